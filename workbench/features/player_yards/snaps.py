"""Offensive snaps of each player-game, by the league's player id.

Snap counts name players by another source's id. A count is tied to a player by the roster of the same team and week
(known at kick-off, before the count is): by the reference id, as far as a roster up to that week has shown it, else by
name. A name that two players of a team share fits nobody. Nothing of a later week can change a tie, so that what was
known of a game stays what it was.
"""

import pandas as pd

from workbench.features.panels.snap_shares import plain_names

_WEEK = ["season", "week", "team"]
#: Columns of a tied count.
COLUMNS = ("game_id", "season", "week", "team", "player_id", "offense_snaps", "snap_share", "known_at")


def offensive_snaps(snaps: pd.DataFrame, rosters: pd.DataFrame) -> pd.DataFrame:
    """Return one row a player and game with an offensive snap.

    Parameters
    ----------
    snaps, rosters : DataFrame
        Rows of ``schema.SNAPS`` and ``schema.ROSTERS``; either may be empty.

    Returns
    -------
    DataFrame
        ``COLUMNS``: ``snap_share`` is of the team's offensive snaps, 0 to 1; ``known_at`` is that of the count.
    """
    names = [*_WEEK, "game_id", "player_name", "pfr_id", "offense_snaps", "offense_share", "known_at"]
    counts = snaps.reindex(columns=names).rename(columns={"offense_share": "snap_share"})
    counts = counts[counts["offense_snaps"].gt(0)]
    if counts.empty or rosters.empty:
        return counts.assign(player_id=pd.Series(index=counts.index, dtype="str")).iloc[:0][list(COLUMNS)]
    known = _known_players(rosters)
    codes = pd.factorize(pd.concat([_week_keys(counts), _week_keys(known)], ignore_index=True))[0]
    counts, known = counts.assign(key=codes[: len(counts)]), known.assign(key=codes[len(counts) :])
    known = known[known["key"].isin(counts["key"].unique())]
    by_id = _tied(counts, known, on=["key", "pfr_id"])
    by_name = _tied(counts.assign(name=_plain(counts)), known.assign(name=_plain(known)), on=["key", "name"])
    tied = counts.assign(player_id=by_id.where(by_id.notna(), by_name)).dropna(subset=["player_id"])
    return tied.drop_duplicates(["game_id", "team", "player_id"])[list(COLUMNS)].reset_index(drop=True)


def _known_players(rosters: pd.DataFrame) -> pd.DataFrame:
    """Return the rosters, each with the reference id that the player's rosters have shown up to then."""
    rows = rosters.reindex(columns=[*_WEEK, "player_id", "player_name", "pfr_id", "known_at"])
    rows = rows.sort_values("known_at", kind="stable")
    return rows.assign(pfr_id=rows.groupby("player_id")["pfr_id"].ffill())


def _week_keys(rows: pd.DataFrame) -> "pd.Series[str]":
    weeks = (rows["season"] * 100 + rows["week"]).astype("str")
    return weeks + rows["team"].astype("str")


def _plain(rows: pd.DataFrame) -> "pd.Series[str]":
    """Return plain names; a name comes back every week and is worked on once."""
    codes, distinct = pd.factorize(rows["player_name"].astype("str"))
    return plain_names(pd.Series(distinct, dtype="str")).reindex(codes).set_axis(rows.index)


def _tied(counts: pd.DataFrame, known: pd.DataFrame, *, on: list[str]) -> "pd.Series[str]":
    """Return the player of each count, where the keys are whole and name one player."""
    whole = known.dropna(subset=on)
    single = whole[~whole.duplicated(on, keep=False)]
    found = counts[on].merge(single[[*on, "player_id"]], on=on, how="left", validate="m:1")["player_id"]
    return found.set_axis(counts.index).where(counts[on].notna().all(axis=1))
