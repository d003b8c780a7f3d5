"""Players who change teams within a season: trades, and moves by another way.

A *trade* is a move between two teams' squads within two weeks, with no cut between, into the new team's squad no later
than its first game after the deadline, of a player who usually took a quarter of his side's snaps, took them for the
old team of late and was never on its practice squad that season. It is one event for each team. Anything else is a
*move* (of players whose usual share is known): waived and signed, late, or a lesser role. Rosters do not say how a
player came, so a short cited list (``trade_corrections``) has the last word where it speaks.
"""

from typing import Final

import pandas as pd

from workbench.clock import week_instants
from workbench.shocks.anticipation import opener_instants, with_anticipation
from workbench.shocks.events import empty_events
from workbench.shocks.player_weeks import player_weeks
from workbench.shocks.position_weights import weights_of
from workbench.shocks.severity import expected_severity, position_group
from workbench.shocks.spells import row_keys, season_weights
from workbench.shocks.team_games import Tables, as_events, table_of, team_games
from workbench.shocks.trade_corrections import corrected_trades

TRADE_SHARE: Final = 0.25
#: Of late: in one of as many games on the old team's squad this season.
GAMES_OF_LATE: Final = 4
STAR_SHARE: Final = 0.6
WEEKS_BETWEEN: Final = 2
#: The deadline is 16:00 ET on the Tuesday after this week's games (2021: 2 November; 2022: 1 November; 2023: 31
#: October; 2024, moved back a week by the clubs in March: 5 November).
DEADLINE_WEEK: Final[dict[int, int]] = {2021: 8, 2022: 8, 2023: 8}
_DEADLINE_WEEK_SINCE_2024: Final = 9
_DEADLINE_HOUR: Final = 16
#: On the squad, whether he plays or not; released, waived or let go.
_HELD: Final = ("ACT", "INA", "RES", "PUP", "EXE", "SUS")
_CUT: Final = ("CUT", "TRC", "TRT", "TRD", "RET")


def deadlines(games: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Return each season's trade deadline in UTC, for the seasons whose week of it is in the schedule.

    Examples
    --------
    >>> games = pd.DataFrame({"season": [2024], "week": [9], "kickoff_utc": pd.to_datetime(["2024-11-03T18:00Z"])})
    >>> deadlines(games)[2024].isoformat()
    '2024-11-05T21:00:00+00:00'
    """
    week = games["season"].map(DEADLINE_WEEK).fillna(_DEADLINE_WEEK_SINCE_2024)
    own = games[games["week"].eq(week)]
    stamps = week_instants(own["kickoff_utc"], days_after_tuesday=7, hour=_DEADLINE_HOUR)
    return stamps.groupby(own["season"]).min()


def trade_events(
    tables: Tables, *, weeks: pd.DataFrame | None = None, weights: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return trades (``trade_out`` for the old team, ``trade_in`` for the new) and moves (``move``, the new team).

    ``known_at``: the earliest of the new team's report that names him, the deadline where his first game lies beyond
    it, and that game's kick-off. It is the latest plausible instant, so anticipation is ``before_open`` or ``unknown``
    unless his old team still listed him after the opener. ``dose`` is the usual snap share that changes sides.
    """
    weeks = player_weeks(tables) if weeks is None else weeks
    if weeks.empty:
        return empty_events()
    games = table_of(tables, "games")
    changes = team_changes(weeks, games=games)
    if changes.empty:
        return empty_events()
    weights = season_weights(tables, weeks=weeks) if weights is None else weights
    changes["weight"] = weights_of(changes, groups=position_group(changes["position"]), weights=weights)
    traded = changes[changes["is_trade"]]
    moved = changes[~changes["is_trade"]]
    instants = opener_instants(tables)
    sides = [(traded, "trade_in"), (_old_side(traded, games=games), "trade_out"), (moved, "move")]
    parts = [_events(_with_rest_of_season(rows, games=games), kind=kind) for rows, kind in sides]
    return with_known_between(pd.concat(parts, ignore_index=True), instants=instants)


def team_changes(weeks: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return one row a change of squad within a season, of players whose usual share is known.

    Parameters
    ----------
    weeks : DataFrame
        Of :func:`workbench.shocks.player_weeks.player_weeks`.
    games : DataFrame
        The ``games`` facts.

    Returns
    -------
    DataFrame
        The new team's first row of the player, and ``old_team, old_week, old_kickoff, old_played, cut`` (released or
        on a practice squad between), ``deadline``, ``in_time``, ``derived_trade`` (what rosters
    say), ``is_trade`` (after the corrections), ``reported`` and ``why`` (the list's words).
    """
    held = weeks[weeks["status"].isin(_HELD)].sort_values(["player_id", "season", "week", "kickoff_utc"])
    before = held.groupby(["player_id", "season"])[["team", "week", "kickoff_utc", "played"]].shift()
    before.columns = pd.Index(["old_team", "old_week", "old_kickoff", "old_played"])
    rows = held.join(before)
    rows = rows[rows["old_team"].notna() & rows["old_team"].ne(rows["team"]) & rows["prior_share"].notna()]
    rows = rows.reset_index(drop=True)
    rows["left"] = _left_by(rows, weeks=weeks)
    rows["cut"] = rows["left"].notna()
    rows["deadline"] = pd.to_datetime(rows["season"].map(deadlines(games)), utc=True).astype("datetime64[us, UTC]")
    rows["in_time"] = rows["kickoff_utc"].le(
        _first_after(rows["team"], after=rows["deadline"], rows=rows, games=games)["kickoff_utc"]
    )
    soon = _weeks_between(rows, games=games).le(WEEKS_BETWEEN)
    used = rows["prior_share"].ge(TRADE_SHARE) & _used_of_late(rows, weeks=weeks)
    rows["derived_trade"] = soon & ~rows["cut"] & rows["in_time"] & used
    return corrected_trades(rows)


def _used_of_late(rows: pd.DataFrame, *, weeks: pd.DataFrame) -> "pd.Series[bool]":
    """Return which players the old team used: a quarter of snaps in a late game, no practice squad that season.

    Who was released had mostly sat for weeks, or had been lifted from a practice squad for a game; who was traded had
    mostly played. Where the snaps of all those games are unknown, nothing speaks against him.
    """
    old = rows[["season", "player_id", "old_team", "old_week"]].reset_index(names="row")
    seen = weeks[["season", "player_id", "team", "week", "status", "status_code", "snap_share", "played"]]
    both = old.merge(seen.rename(columns={"team": "old_team"}), on=["season", "player_id", "old_team"])
    both = both[both["week"].le(both["old_week"])].sort_values(["row", "week"])
    both["share"] = both["snap_share"].fillna(0.0).where(both["played"].notna())
    most = both.groupby("row").tail(GAMES_OF_LATE).groupby("row")["share"].max().reindex(rows.index)
    practice = both.loc[both["status"].eq("DEV") | both["status_code"].str.startswith("P", na=False), "row"]
    return (most.isna() | most.ge(TRADE_SHARE)) & ~rows.index.isin(practice)


def _weeks_between(rows: pd.DataFrame, *, games: pd.DataFrame) -> "pd.Series[int]":
    """Return the weeks from the last row with the old team to the first with the new, byes next to either left out."""
    sides = team_games(games)[["season", "week", "team"]].sort_values(["team", "season", "week"])
    by = sides.groupby(["team", "season"])["week"]
    byes = sides.assign(after=by.shift(-1) - sides["week"] - 1, before=sides["week"] - by.shift() - 1).fillna(0.0)
    old = rows[["season", "old_week", "old_team"]].merge(
        byes, left_on=["season", "old_week", "old_team"], right_on=["season", "week", "team"], how="left"
    )["after"]
    new = rows[["season", "week", "team"]].merge(byes, on=["season", "week", "team"], how="left")["before"]
    off = (old.fillna(0.0) + new.fillna(0.0)).set_axis(rows.index)
    return (rows["week"] - rows["old_week"] - off).clip(lower=0)


def _left_by(rows: pd.DataFrame, *, weeks: pd.DataFrame) -> "pd.Series[str]":
    """Return how players left who were released, or on a practice squad, from the last old week on; else null.

    On the old team's practice squad alone anyone may sign him; on another's he must have been let go before.
    """
    loose = weeks[weeks["status"].isin([*_CUT, "DEV"])][["player_id", "season", "week", "team", "status"]]
    both = (
        rows[["player_id", "season", "week", "old_week", "old_team"]]
        .reset_index()
        .merge(loose.rename(columns={"week": "loose_week", "team": "loose_team"}), on=["player_id", "season"])
    )
    hits = both[both["loose_week"].between(both["old_week"], both["week"])]
    let_go = hits["status"].isin(_CUT) | hits["loose_team"].ne(hits["old_team"])
    out = pd.Series(None, index=rows.index, dtype="str")
    out[rows.index.isin(hits["index"])] = "practice_squad"
    out[rows.index.isin(hits.loc[let_go, "index"])] = "waived"
    return out


def _first_after(
    teams: "pd.Series[str]", *, after: "pd.Series[pd.Timestamp]", rows: pd.DataFrame, games: pd.DataFrame
) -> pd.DataFrame:
    """Return each team's first game of the season after an instant: ``game_id, week, kickoff_utc``; null where none."""
    sides = pd.concat(
        [
            games[["season", "week", "game_id", "kickoff_utc", side]].rename(columns={side: "team"})
            for side in ("home_team", "away_team")
        ]
    ).sort_values("kickoff_utc")
    asked = pd.DataFrame({"season": rows["season"], "team": teams, "after": after, "row": range(len(rows))})
    asked = asked.dropna(subset=["after"]).sort_values("after")
    found = pd.merge_asof(
        asked,
        sides,
        left_on="after",
        right_on="kickoff_utc",
        by=["season", "team"],
        direction="forward",
        allow_exact_matches=False,
    )
    return found.set_index("row")[["game_id", "week", "kickoff_utc"]].reindex(range(len(rows))).set_axis(rows.index)


def _old_side(traded: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the trades as the old team has them: its first game without him.

    Rosters may list him, inactive, with the old team in the week after the deadline: he was gone all the same.
    """
    played = traded["old_played"].fillna(False).astype(bool)
    late = traded["old_kickoff"].gt(traded["deadline"]) & ~played
    first = _first_after(
        traded["old_team"], after=traded["old_kickoff"].mask(late, traded["deadline"]), rows=traded, games=games
    )
    out = traded.assign(
        team=traded["old_team"],
        game_id=first["game_id"],
        week=first["week"].astype("Int64"),
        kickoff_utc=first["kickoff_utc"],
        new_team=traded["team"],
    )
    return out[out["game_id"].notna()]


def _with_rest_of_season(rows: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with the team's games from the first one on: how many, and the week of the last."""
    sides = team_games(games)[["season", "week", "team", "game_id"]]
    both = (
        rows[["season", "team", "week"]]
        .reset_index()
        .merge(sides.rename(columns={"week": "game_week"}), on=["season", "team"])
    )
    left = both[both["game_week"].ge(both["week"])].groupby("index")["game_week"]
    return rows.assign(realised_games=left.size(), last_week=left.max())


def _events(rows: pd.DataFrame, *, kind: str) -> pd.DataFrame:
    """Return changes of squad as events of one type, with the instants that bound them."""
    out_of = rows["old_team"] if "new_team" not in rows.columns else rows["team"]
    into = rows["team"] if "new_team" not in rows.columns else rows["new_team"]
    instants = [rows["roster_known_at"], rows["report_known_at"], rows["kickoff_utc"], _by_deadline(rows)]
    known = pd.concat(instants, axis=1).min(axis=1)  # the old team's kick-off too: he was not there
    share = rows["prior_share"]
    old_rows = row_keys(rows.assign(team=out_of, week=rows["old_week"].astype("int64")))
    how = "waived or signed" if kind == "move" else "traded"
    events = rows.assign(
        cause=rows["reported"].fillna(rows["left"]).fillna("unknown")
        if kind == "move"
        else "trade",
        detail=share.ge(STAR_SHARE).map({True: "star", False: "regular"}),
        known_at=known,
        expected_severity=expected_severity(share, weights=rows["weight"], said=pd.Series("gone", index=rows.index)),
        dose=share,
        source_rows=old_rows + ";" + row_keys(rows.assign(team=into)),
        quality=rows["why"].notna().map({True: "sourced", False: "derived"}),
        note=rows["player_name"] + " " + how + ", " + out_of + " to " + into + "; usually "
        + (100 * share).round().astype("Int64").astype("str") + " % of snaps.",
    )  # fmt: skip
    unit = "snap share lost" if kind == "trade_out" else "snap share gained"
    typed = as_events(events, type=kind, dose_unit=unit, source_table="rosters")
    return typed.assign(last_seen=events["old_kickoff"].reset_index(drop=True))


def _by_deadline(rows: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Return the deadline where a trade's first game lies beyond it: it was made by then."""
    return rows["deadline"].where(rows["is_trade"] & rows["roster_known_at"].gt(rows["deadline"]))


def with_known_between(events: pd.DataFrame, *, instants: pd.DataFrame) -> pd.DataFrame:
    """Return events with anticipation: between opener and close only where his old team played after the opener."""
    opened = pd.Series(instants["opened_at"].reindex(events["game_id"]).to_numpy(), index=events.index)
    opened = opened.dt.tz_localize("UTC") if opened.dt.tz is None else opened
    seen = events.pop("last_seen")
    return with_anticipation(events, instants, bound=~seen.gt(opened))
