"""Changes of the starting quarterback between a team's consecutive games of a season.

A change is a *return* if the man before stood in, directly or down the line, for the new starter (the detail says if he
is hurt or suspended himself); else it is the *exit* of the man before. Each change is one event. Why he left is read
from the reports and the roster of the week of the first game he misses (``workbench.shocks.absences``), from 2021 on; a
return has the cause of its exit. The dose is the gap in prior value, new minus old, in points a game: below zero where
a lesser man takes over. A return, and an exit that neither report nor roster dates, is known at kick-off at the latest.

The schedule now and then names who was expected: where he has no pass, sack or run in the stat lines and a team-mate
threw ten times or more, the team's leading passer counts as the starter and the event is of quality ``disputed``.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.shocks.absences import absence_causes
from workbench.shocks.events import empty_events
from workbench.shocks.quarterback_values import quarterback_values
from workbench.shocks.team_games import Tables, as_events, known_by_kick_off, table_of, team_games

#: Of how many games before the share started by the man who leaves is taken: his expected severity.
SHARE_GAMES: Final = 8
#: So many passes of a team-mate, and none of the named starter, say that the name is wrong.
LEAST_PASSES: Final = 10
_GAME: Final = ["game_id", "team"]


@dataclass(frozen=True, slots=True)
class _Change:
    row: int
    kind: str
    player: str  # whom the event is about: who leaves, or who is back
    other: str  # who takes over, or who makes way
    exit_row: int  # of the exit: itself, or the one that a return ends
    until: int  # row of the last game affected
    missed: int


def quarterback_events(tables: Tables) -> pd.DataFrame:
    """Return exits and returns of starting quarterbacks as events."""
    rows = starter_games(tables)
    if rows.empty:
        return empty_events()
    by_season = rows.groupby(["team", "season"], sort=False)["starter"]
    found = pd.DataFrame([change for _, starters in by_season for change in _changes(starters)])
    if found.empty:
        return empty_events()
    shown = _described(found, rows)
    exit_ = shown["type"].eq("quarterback_exit")
    gone = shown.assign(player_id=shown["before"])
    causes = absence_causes(gone, tables)
    makes_way = shown["row"].map(causes["cause"])
    shown = shown.drop(columns="known_at").join(causes, on="exit_row")
    pushed = ("the other: " + makes_way).where(makes_way.isin(["injury", "suspension"]))
    new, old = shown["starter"], shown["before"]
    both = pd.concat([shown[["season", "week"]].assign(player_id=who) for who in (new, old)], ignore_index=True)
    worth = quarterback_values(both, tables).astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    gap = pd.Series(worth[: len(shown)] - worth[len(shown) :], index=shown.index, dtype="Float64")
    events = shown.assign(
        detail=shown["detail"].where(exit_, pushed),
        known_at=shown["known_at"].where(exit_),
        dose=gap,
        quality=shown["quality"].where(exit_, "derived").mask(shown["mended"], "disputed"),
        source_rows=shown["last_game_id"] + ";" + shown["game_id"] + shown["sources"].where(exit_, "").fillna(""),
        note=shown["starter_name"] + " starts, " + shown["before_name"] + " started the game before; "
        + shown["cause"] + shown["why"].where(exit_, " of the exit").fillna("") + ".",
    )  # fmt: skip
    dated = known_by_kick_off(events)
    return as_events(dated, dose_unit="points a game", position="QB", source_table="starters", anticipation="unknown")


def starter_games(tables: Tables) -> pd.DataFrame:
    """Return each team's games with ``starter`` and ``starter_name``; games without a named starter are left out."""
    games, starters = table_of(tables, "games"), table_of(tables, "starters")
    if games.empty or starters.empty or "quarterback_id" not in starters.columns:
        return pd.DataFrame()
    names = {"quarterback_id": "starter", "quarterback_name": "starter_name"}
    rows = team_games(games).merge(starters[[*_GAME, *names]].rename(columns=names), on=_GAME)
    rows = rows[rows["starter"].notna()].reset_index(drop=True)
    return _mended(rows, table_of(tables, "player_weeks"))


def _mended(rows: pd.DataFrame, stats: pd.DataFrame) -> pd.DataFrame:
    """Return the games with ``mended``: the named man did not play, and who threw most takes his place."""
    if stats.empty:
        return rows.assign(mended=False)
    stats = stats[stats["player_id"].isin(rows["starter"].unique()) | stats["attempts"].ge(LEAST_PASSES)]
    tally = stats[["season", "week", "team", "player_id", "player_name"]].assign(
        plays=stats[["attempts", "sacks", "carries"]].sum(axis=1), attempts=stats["attempts"].fillna(0)
    )
    when = ["season", "week", "team"]
    thrown = tally[tally["attempts"].ge(LEAST_PASSES)].sort_values("attempts").drop_duplicates(when, keep="last")
    played = set(tally.loc[tally["plays"].gt(0), [*when, "player_id"]].itertuples(index=False, name=None))
    out = rows.merge(thrown[[*when, "player_id", "player_name"]], on=when, how="left")
    keys = zip(out["season"], out["week"], out["team"], out["starter"], strict=True)
    absent = pd.Series([key not in played for key in keys], index=out.index) & out["player_id"].notna()
    return out.assign(
        starter=out["starter"].mask(absent, out["player_id"]),
        starter_name=out["starter_name"].mask(absent, out["player_name"]),
        mended=absent,
    ).drop(columns=["player_id", "player_name"])


def bound_known(events: pd.DataFrame) -> "pd.Series[bool]":
    """Return where a change's ``known_at`` is only the latest plausible instant: a weekly roster, or nothing."""
    listed = events["source_rows"].str.contains("rosters:") & ~events["source_rows"].str.contains("injuries:")
    undated = events["cause"].ne("injury")  # only a report that rules him out says when, and then the cause is injury
    exit_ = events["type"].eq("quarterback_exit")
    return events["type"].eq("quarterback_return") | (exit_ & (listed | undated))


def _changes(starters: "pd.Series[str]") -> list[_Change]:
    """Return the changes of one team-season, from its starters in the order of games."""
    who, at = starters.tolist(), starters.index.tolist()
    out: list[_Change] = []
    chain: list[tuple[str, int]] = [
        (who[0], at[0])
    ]  # the first choice, then who stands in for whom, and since which row
    for i in range(1, len(who)):
        new, old = who[i], who[i - 1]
        if new == old:
            continue
        below = next((place for place, (man, _) in enumerate(chain) if man == new), None)
        if below is None:
            again = next((j for j in range(i, len(who)) if who[j] == old), None)
            end = len(who) if again is None else again
            out.append(_Change(at[i], "quarterback_exit", old, new, at[i], at[end - 1], end - i))
            chain.append((new, at[i]))
        else:
            lost_at = chain[below + 1][1]
            out.append(_Change(at[i], "quarterback_return", new, old, lost_at, at[i], 0))
            del chain[below + 1 :]
    return out


def _described(found: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with their game, both men's names, how long it lasted and the share at stake."""
    names = rows.drop_duplicates("starter").set_index("starter")["starter_name"]
    previous = rows.groupby(["team", "season"], sort=False)[["starter", "starter_name", "mended"]].shift()
    leaning = rows["mended"] | previous["mended"].eq(True)
    frame = rows.assign(before=previous["starter"], before_name=previous["starter_name"], mended=leaning)
    shown = found.merge(frame, left_on="row", right_index=True)
    exit_ = shown["kind"].eq("quarterback_exit")
    missed = shown["missed"].where(exit_)
    bands = pd.cut(missed, [0, 1, 4, 99], labels=["1", "2-4", "5+"]).astype("object")
    return shown.assign(
        type=shown["kind"],
        player_id=shown["player"],
        player_name=shown["player"].map(names),
        replaced_by=shown["other"],
        last_week=rows["week"].reindex(shown["until"]).to_numpy(),
        realised_games=missed.astype("Int64"),
        realised_severity=bands,
        expected_severity=_share_started(shown, rows),
    )


def _share_started(shown: pd.DataFrame, rows: pd.DataFrame) -> list[float]:
    """Return the share of the team's last games before the exit that the man started, earlier seasons included."""
    by_team = {team: (part.index.to_numpy(), part["starter"].to_numpy()) for team, part in rows.groupby("team")}
    out = []
    for team, row, player in zip(shown["team"], shown["exit_row"], shown["player"], strict=True):
        index, who = by_team[team]
        place = int(index.searchsorted(row))
        out.append(float((who[max(place - SHARE_GAMES, 0) : place] == player).mean()))
    return out
