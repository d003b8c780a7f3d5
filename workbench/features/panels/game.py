"""The game panel: outcomes against the lines, what went before, and what surrounded each played game."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from workbench.clock import EASTERN
from workbench.features.panels.circumstances import circumstances, eras
from workbench.features.panels.efficiency import offence_epa
from workbench.features.panels.history import side_history
from workbench.features.panels.lines import panel_lines
from workbench.features.panels.market_ratings import market_ratings
from workbench.schema import FACT_TABLES

#: What both sides have, after ``home_`` and ``away_``.
SIDE_COLUMNS: Final[dict[str, str]] = {
    "rest_days": "float64",
    "market_rating": "float64",
    "win_rate": "float64",
    "last4_residual": "float64",
    "games_played": "float64",
    "epa_per_play": "float64",
    "quarterback_id": "str",
    "coach": "str",
}
#: The columns of the panel, in order, and their types.
GAME_COLUMNS: Final[dict[str, str]] = {
    **{"game_id": "str", "season": "int64", "week": "int64", "game_type": "str", "era": "str"},
    **{"kickoff_utc": "datetime64[us, UTC]", "home_team": "str", "away_team": "str"},
    **{"neutral": "bool", "division_game": "boolean"},
    **dict.fromkeys(("home_score", "away_score", "margin", "total"), "float64"),
    **dict.fromkeys(("open_line", "close_line", "open_total", "close_total"), "float64"),
    **dict.fromkeys(("open_source", "close_source", "open_total_source", "close_total_source"), "str"),
    **{"open_instant_assumed": "boolean"},
    **dict.fromkeys(("open_recorded_at", "close_recorded_at"), "datetime64[us, UTC]"),
    **dict.fromkeys(("margin_vs_open", "margin_vs_close", "line_move"), "float64"),
    **dict.fromkeys(("total_vs_open", "total_vs_close", "total_move"), "float64"),
    **{f"{side}_{name}": dtype for name, dtype in SIDE_COLUMNS.items() for side in ("home", "away")},
    **dict.fromkeys(("temperature_f", "wind_mph", "precipitation_inches"), "float64"),
    **dict.fromkeys(("roof", "surface", "stadium"), "str"),
}
_SPREAD_NAMES: Final = {"move": "line_move"}
_TOTAL_NAMES: Final = {
    "move": "total_move",
    "open_line": "open_total",
    "close_line": "close_total",
    "open_source": "open_total_source",
    "close_source": "close_total_source",
}


def game_panel(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row a played game, by season, week and kick-off.

    Signs: ``margin`` is home less away, lines are expected home margins, ``line_move`` is close less open.
    ``market_rating``, ``win_rate``, ``last4_residual`` and ``games_played`` come from strictly earlier weeks.
    ``epa_per_play``, ``quarterback_id``, ``coach`` and the weather are of the game itself: outcomes, treatments or
    oracles, never something that was known before. A season's first game carries the schedule's rest of seven days by
    convention; ``games_played`` is zero there.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Fact tables by name (``schema``): ``games`` and ``results`` make the rows; ``quotes, starters, conditions,
        weather, plays`` fill columns, which are null where they are missing.

    Returns
    -------
    DataFrame
        Columns and types of ``GAME_COLUMNS``. ``open_line`` is null where no real opener is known (before 2007) and
        ``line_move`` also where opener and close have no source in common.

    Examples
    --------
    >>> game_panel({}).empty
    True
    """
    played = _played(tables)
    if played.empty:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in GAME_COLUMNS.items()})
    lined = _with_lines(played, quotes=_table(tables, "quotes"))
    told = lined.merge(side_history(lined), on="game_id", how="left").join(market_ratings(lined))
    whole = _with_sides(told, tables).merge(circumstances({**tables, "games": played}), on="game_id", how="left")
    missing = whole.reindex(columns=list(GAME_COLUMNS))
    return missing.astype(GAME_COLUMNS)


def _table(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """Return a fact table with at least its required columns; without rows where it is missing."""
    frame = tables.get(name)
    return pd.DataFrame(columns=list(FACT_TABLES[name].columns)) if frame is None else frame


def _played(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    games, results = _table(tables, "games"), _table(tables, "results")
    scores = results[["game_id", "home_score", "away_score"]]
    both = games.drop(columns="known_at").merge(scores, on="game_id", validate="1:1")
    ordered = both.sort_values(["season", "week", "kickoff_utc", "game_id"], kind="stable", ignore_index=True)
    typed = ordered.astype(
        {"season": "int64", "week": "int64", "kickoff_utc": "datetime64[us, UTC]", "neutral": "bool"}
    )
    return typed.assign(
        era=eras(typed["season"]),
        margin=(typed["home_score"] - typed["away_score"]).astype("float64"),
        total=(typed["home_score"] + typed["away_score"]).astype("float64"),
        **{name: _plain_words(typed, name) for name in ("roof", "surface")},
    )


def _plain_words(games: pd.DataFrame, name: str) -> "pd.Series[str]":
    """Return a text column without the feed's stray blanks and empty strings."""
    words = games[name] if name in games else pd.Series(None, index=games.index)
    stripped = words.astype("str").str.strip()
    return stripped.mask(stripped.eq(""))


def _with_lines(played: pd.DataFrame, *, quotes: pd.DataFrame) -> pd.DataFrame:
    if "line" not in quotes:
        quotes = quotes.assign(line=float("nan"))
    spread = panel_lines(quotes, played, market="spread").rename(columns=_SPREAD_NAMES)
    total = panel_lines(quotes, played, market="total").rename(columns=_TOTAL_NAMES)
    totals = total[["game_id", *_TOTAL_NAMES.values()]]
    lined = played.merge(spread, on="game_id", how="left").merge(totals, on="game_id", how="left")
    return lined.assign(
        margin_vs_open=lined["margin"] - lined["open_line"],
        margin_vs_close=lined["margin"] - lined["close_line"],
        total_vs_open=lined["total"] - lined["open_total"],
        total_vs_close=lined["total"] - lined["close_total"],
    )


def _with_sides(games: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Add what each side was in the game itself: efficiency, quarterback, coach, and rest."""
    epa = offence_epa(_table(tables, "plays"))[["game_id", "team", "epa_per_play"]]
    starters = _table(tables, "starters").reindex(columns=["game_id", "team", "quarterback_id", "coach"])
    rest = _rest_days(games)
    out = games
    for side in ("home", "away"):
        for facts in (epa, starters):
            own = [name for name in facts if name not in ("game_id", "team")]
            named = facts.rename(columns={"team": f"{side}_team"} | {name: f"{side}_{name}" for name in own})
            out = out.merge(named, on=["game_id", f"{side}_team"], how="left", validate="m:1")
        given = out[f"{side}_rest_days"] if f"{side}_rest_days" in out else rest[side].astype("float64")
        out[f"{side}_rest_days"] = given.astype("float64").fillna(rest[side])
    return out


def _rest_days(games: pd.DataFrame) -> pd.DataFrame:
    """Return days since each side's last game of the season by kick-off dates; null before its first."""
    days = games["kickoff_utc"].dt.tz_convert(EASTERN).dt.tz_localize(None).dt.normalize()
    sides = pd.concat({side: pd.DataFrame({"season": games["season"], "team": games[f"{side}_team"], "day": days})
                       for side in ("home", "away")}, names=["side", "row"])  # fmt: skip
    ordered = sides.sort_values("day", kind="stable")
    rest = ordered.groupby(["season", "team"])["day"].diff().dt.days.astype("float64")
    return pd.DataFrame({side: rest.xs(side, level="side").reindex(games.index) for side in ("home", "away")})
