"""The facts behind an event, in words: what a person needs beside an event's claim to check it by eye."""

from typing import Any

import pandas as pd

from workbench.clock import EASTERN
from workbench.shocks.team_games import Tables, table_of, team_games

Row = dict[Any, Any]

_PLAYER = ("rosters", ("status", "status_code")), ("injuries", ("report_status", "practice_status", "known_at"))


def raw_rows(events: pd.DataFrame, tables: Tables) -> "pd.Series[str]":
    """Return, for each event, the source rows it rests on as one text.

    The game and, for a team, its game before; who started and coached both; the readings; the player's roster and
    report rows around the week.
    """
    games = team_games(table_of(tables, "games"))
    rows: dict[tuple[Any, Any], Row] = {(row["game_id"], row["team"]): row for row in games.to_dict("records")}
    previous = games.groupby("team")["game_id"].shift()
    before_of = dict(zip(zip(games["game_id"], games["team"], strict=True), previous, strict=True))
    home = games[games["is_home"]].set_index("game_id")["team"].to_dict()
    looked = _Lookup(tables, events)
    out = []
    for event in events.to_dict("records"):
        both = pd.isna(event["team"])
        team = home.get(event["game_id"]) if both else event["team"]
        now = rows.get((event["game_id"], team))
        parts = [] if now is None else [_game_words(now), *looked.around(now)]
        before = None if now is None else rows.get((before_of[event["game_id"], team], team))
        if before is not None and not both:
            parts += ["before: " + _game_words(before), *looked.around(before)]
        parts += looked.of_player(event)
        out.append(" | ".join(parts))
    return pd.Series(out, index=events.index, dtype="str")


def _game_words(values: Row) -> str:
    kick = pd.Timestamp(values["kickoff_utc"]).tz_convert(EASTERN).strftime("%a %Y-%m-%d %H:%M ET")
    place = f"{values['stadium']}, {values['roof']}{', neutral' if values['neutral'] else ''}"
    side = "home to" if values["is_home"] else "at"
    return f"{values['game_id']} {values['game_type']}: {values['team']} {side} {values['opponent']}, {kick}, {place}"


class _Lookup:
    """Rows of the fact tables by game and team, and by player and season."""

    def __init__(self, tables: Tables, events: pd.DataFrame) -> None:
        starters, conditions, weather = (table_of(tables, name) for name in ("starters", "conditions", "weather"))
        weather = weather if weather.empty else weather[weather["game_id"].isin(events["game_id"])]
        self._starters = {} if starters.empty else starters.set_index(["game_id", "team"]).to_dict("index")
        self._conditions = {} if conditions.empty else conditions.set_index("game_id").to_dict("index")
        self._rain = {} if weather.empty else dict(list(weather.groupby("game_id")))
        self._players = {name: _by_player(table_of(tables, name), events) for name, _ in _PLAYER}

    def around(self, values: Row) -> list[str]:
        key = values["game_id"]
        out = []
        who = self._starters.get((key, values["team"]))
        if who is not None:
            out.append(f"quarterback {who['quarterback_name']}, coach {who['coach']}")
        sky = self._conditions.get(key)
        if sky is not None:
            out.append(f"{sky['temperature_f']} F, wind {sky['wind_mph']} mph")
        if key in self._rain:
            hours = self._rain[key].sort_values("observed_at")
            fell = ", ".join(
                f"{at.tz_convert(EASTERN):%H:%M} {inches}"
                for at, inches in zip(hours["observed_at"], hours["precipitation_inches"], strict=True)
            )
            out.append(f"inches by hour ET: {fell}")
        return out

    def of_player(self, values: Row) -> list[str]:
        out = []
        for name, columns in _PLAYER:
            rows = self._players[name].get((values["season"], values["player_id"]))
            if rows is None:
                continue
            near = rows[rows["week"].sub(values["week"]).abs().le(2)].sort_values(["week", "team"])
            words = [
                f"week {row['week']} {row['team']} " + " ".join(str(row[c]) for c in columns)
                for _, row in near.iterrows()
            ]
            out.append(f"{name}: " + "; ".join(words))
        return out


def _by_player(rows: pd.DataFrame, events: pd.DataFrame) -> dict[Any, pd.DataFrame]:
    """Return the rows of the events' players by season and player."""
    if rows.empty:
        return {}
    named = rows[rows["player_id"].isin(events["player_id"].dropna())]
    return dict(list(named.groupby(["season", "player_id"])))
