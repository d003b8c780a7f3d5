"""Coaching changes: what the schedule's coach column tells, and what a cited list of corrections makes of it.

The column misses changes, misdates some, and shows men who stood in for an ill or suspended coach. The list
(``coach_corrections.csv``) holds, for each change within a season, the first week under the other man, the date, the
cause and where that is known from. A row speaks only where the column names the man who left, so no other league is
touched.
"""

from datetime import date, time
from functools import cache
from importlib.resources import files
from typing import Final

import pandas as pd

from workbench.clock import EASTERN, eastern
from workbench.shocks.events import empty_events
from workbench.shocks.team_games import Tables, as_events, table_of, team_games

#: A dismissal counts as known from this Eastern hour of its day; where the team played that day, from its last minute.
KNOWN_FROM: Final = time(18)
KNOWN_AFTER_A_GAME: Final = time(23, 59)
#: Actions that make no change of head coach: an absence, or its end.
ABSENCES: Final = ("illness", "suspension", "return")
_KEYS: Final = ["season", "team", "week"]


@cache
def _corrections() -> pd.DataFrame:
    with files("workbench.shocks").joinpath("coach_corrections.csv").open(encoding="utf-8") as text:
        return pd.read_csv(text, parse_dates=["date"])


def coach_corrections() -> pd.DataFrame:
    """Return the cited corrections.

    Returns
    -------
    DataFrame, one row a change
        ``season, team, from_week`` (first week under ``in_coach``), ``out_coach, in_coach, date, cause, action``
        (confirmed, misdated, add, not_a_change), ``source`` in words.
    """
    return _corrections().copy()


def coach_games(tables: Tables) -> pd.DataFrame:
    """Return each team's games with the column's ``coach``; games without one are left out."""
    games, starters = table_of(tables, "games"), table_of(tables, "starters")
    if games.empty or starters.empty or "coach" not in starters.columns:
        return pd.DataFrame()
    rows = team_games(games).merge(starters[["game_id", "team", "coach"]], on=["game_id", "team"])
    return rows[rows["coach"].notna()].reset_index(drop=True)


def applicable_corrections(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the corrections of seasons at hand whose outgoing coach the column knows for that team."""
    listed = _corrections()
    seen = {
        (s + ahead, t, c)
        for s, t, c in zip(rows["season"], rows["team"], rows["coach"], strict=True)
        for ahead in (0, 1)
    }
    played = set(zip(rows["season"], rows["team"], strict=True))
    known: set[tuple[int, str, str]] = set()
    keep = []
    for season, team, gone, new in listed[["season", "team", "out_coach", "in_coach"]].itertuples(index=False):
        speaks = (season, team) in played and ((season, team, gone) in seen or (season, team, gone) in known)
        known |= {(season, team, new)} if speaks else set()
        keep.append(speaks)
    return listed[keep].reset_index(drop=True)


def corrected_coaches(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the games with the coach the corrections name."""
    coach = rows["coach"].copy()
    fixes = applicable_corrections(rows)[["season", "team", "from_week", "out_coach", "in_coach", "action"]]
    for season, team, first, gone, new, action in fixes.to_numpy().tolist():
        here = rows["season"].eq(season) & rows["team"].eq(team)
        coach = coach.mask(here & rows["week"].ge(first), new)
        if action == "misdated":
            coach = coach.mask(here & rows["week"].lt(first), gone)
    return rows.assign(coach=coach)


def coach_switches(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the games at which a team's coach is another than at its game before, seasons included.

    Returns
    -------
    DataFrame
        The game's columns, ``out_coach`` and ``detail``: mid_season or off_season.
    """
    team = rows.groupby("team", sort=False)
    before, season = team["coach"].shift(), team["season"].shift()
    changed = before.notna() & before.ne(rows["coach"]) & (rows["season"] - season).le(1)
    detail = season.eq(rows["season"]).map({True: "mid_season", False: "off_season"})
    return rows.assign(out_coach=before, detail=detail, last_game_id=team["game_id"].shift())[changed]


def coaching_events(tables: Tables, *, corrected: bool = True) -> pd.DataFrame:
    """Return coaching changes as events.

    ``detail`` is mid_season, off_season or absence (a man stands in, or the absent one comes back). Changes of the list
    are known on their date; those between seasons by the schedule's release at the latest; others unknown.
    """
    rows = coach_games(tables)
    if rows.empty:
        return empty_events()
    switches = coach_switches(corrected_coaches(rows) if corrected else rows)
    dated = _with_causes(switches, rows) if corrected else _undated(switches)
    within = dated["detail"].eq("mid_season")
    spring = dated["known_at"].where(~within & dated["game_type"].eq("REG"))
    known = _known(dated, rows).fillna(spring)
    absent = dated["cause"].isin(ABSENCES)
    last, games = _stay(dated, rows)
    events = dated.assign(
        detail=dated["detail"].mask(absent, "absence"),
        known_at=known,
        player_id=dated["out_coach"], player_name=dated["out_coach"], replaced_by=dated["coach"], position="HC",
        last_week=last, realised_games=games, dose=1.0, expected_severity=1.0,
        source_rows=dated["last_game_id"] + ";" + dated["game_id"],
        quality=dated["source"].notna().map({True: "sourced", False: "derived"}),
        note=dated["source"].fillna(dated["out_coach"] + " before, " + dated["coach"] + " from this game on."),
    )  # fmt: skip
    return as_events(
        events, type="coaching_change", dose_unit="coaches", source_table="starters", anticipation="unknown"
    )


def coaching_comparison(tables: Tables) -> pd.DataFrame:
    """Return in-season switches as derived beside as corrected, one row a switch.

    Returns
    -------
    DataFrame
        ``season, team, out_coach, in_coach, derived_week, corrected_week`` (null: not there), ``cause, date, what``
        (unchanged, added, misdated, absence) and ``why``.
    """
    rows = coach_games(tables)
    columns = [
        "season",
        "team",
        "out_coach",
        "in_coach",
        "derived_week",
        "corrected_week",
        "cause",
        "date",
        "what",
        "why",
    ]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    pair = ["season", "team", "out_coach", "coach"]
    derived = _within(coach_switches(rows))[[*pair, "week"]].rename(columns={"week": "derived_week"})
    mended = _within(coach_switches(corrected_coaches(rows)))[[*pair, "week"]].rename(
        columns={"week": "corrected_week"}
    )
    both = derived.merge(mended, on=pair, how="outer").rename(columns={"coach": "in_coach"})
    fixes = applicable_corrections(rows).rename(columns={"source": "why"})
    out = both.merge(fixes, on=["season", "team", "out_coach", "in_coach"], how="left")
    words = {"confirmed": "unchanged", "add": "added", "misdated": "misdated", "not_a_change": "absence"}
    out["what"] = (
        out["action"]
        .map(words)
        .fillna("unchanged")
        .mask(out["cause"].isin(ABSENCES) & out["action"].eq("add"), "absence added")
    )
    out["cause"] = out["cause"].fillna("unknown")
    whole = out.astype({"derived_week": "Int64", "corrected_week": "Int64"})
    return whole.sort_values(["season", "corrected_week", "team"]).reset_index(drop=True)[columns]


def _within(switches: pd.DataFrame) -> pd.DataFrame:
    return switches[switches["detail"].eq("mid_season")]


def _undated(switches: pd.DataFrame) -> pd.DataFrame:
    none = pd.Series(pd.NaT, index=switches.index, dtype="datetime64[us]")
    return switches.assign(cause="unknown", date=none, source=None)


def _with_causes(switches: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    fixes = applicable_corrections(rows).rename(columns={"in_coach": "coach"})
    named = ["season", "team", "out_coach", "coach"]
    out = switches.merge(fixes[[*named, "date", "cause", "source"]], on=named, how="left")
    return out.assign(cause=out["cause"].fillna("unknown"))


def _known(switches: pd.DataFrame, rows: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Return when dated changes were public, null for those without a date."""
    played = set(zip(rows["team"], rows["kickoff_utc"].dt.tz_convert(EASTERN).dt.date, strict=True))
    known = [
        pd.NaT if pd.isna(day) else _evening(day.date(), played=(team, day.date()) in played)
        for team, day in zip(switches["team"], switches["date"], strict=True)
    ]
    return pd.Series(known, index=switches.index, dtype="datetime64[us, UTC]")


def _evening(day: date, *, played: bool) -> pd.Timestamp:
    return eastern(day, KNOWN_AFTER_A_GAME if played else KNOWN_FROM)


def _stay(switches: pd.DataFrame, rows: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Return the last week of the season under each new man, and how many games that were."""
    starts: dict[tuple[str, int], list[int]] = {}
    for team, season, week in zip(switches["team"], switches["season"], switches["week"], strict=True):
        starts.setdefault((team, season), []).append(week)
    played = {key: part.to_numpy() for key, part in rows.groupby(["team", "season"])["week"]}
    last, games = [], []
    for team, season, week in zip(switches["team"], switches["season"], switches["week"], strict=True):
        weeks = played[team, season]
        later = [other for other in starts[team, season] if other > week]
        his = weeks[(weeks >= week) & (weeks < min(later, default=weeks.max() + 1))]
        last.append(int(his.max()))
        games.append(len(his))
    return last, games
