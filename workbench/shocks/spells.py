"""Spells of absence: from the first week a player is ruled out until he plays again, within one team's season."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.shocks.position_weights import closing_moves, position_weights
from workbench.shocks.severity import position_group
from workbench.shocks.team_games import Tables

#: Final words of a report that rule a player out.
RULED_OUT: Final = ("Out", "Doubtful")
#: Reserve lists of the injured: injured reserve, to return from it, unable to perform, hurt outside football.
INJURED_RESERVE: Final = ("R01", "R48", "R04", "R05")
#: Reserve lists of the ill: outside football, and the pandemic's.
ILL_RESERVE: Final = ("R27", "R59")
#: A player with one of these statuses is no longer there to be missed.
_GONE: Final = ("CUT", "RET", "TRD", "TRC", "TRT", "DEV", "EXE", "SUS", "E01", "E14")
#: His team's season, within which a spell runs.
STINT: Final = ["player_id", "season", "team"]


def ruled_out(weeks: pd.DataFrame) -> "pd.Series[bool]":
    """Return which player-weeks were ruled out by the report or a reserve list of the injured or ill.

    A word that came after kick-off (hurt in the game) rules nobody out of it.
    """
    listed = weeks["status"].eq("RES") & weeks["status_code"].isin([*INJURED_RESERVE, *ILL_RESERVE])
    return reported_out(weeks) | listed


def reported_out(weeks: pd.DataFrame) -> "pd.Series[bool]":
    """Return which player-weeks the report ruled out, no later than kick-off."""
    return weeks["report_status"].isin(RULED_OUT) & weeks["report_known_at"].le(weeks["kickoff_utc"])


def spells(weeks: pd.DataFrame, *, begins: "pd.Series[bool]", ends: "pd.Series[bool]") -> pd.DataFrame:
    """Return one row a spell.

    A spell begins in a week that ``begins``, goes on while nothing ends it, and ends before the first week that
    ``ends`` and does not begin one.

    Parameters
    ----------
    weeks : DataFrame
        Of :func:`workbench.shocks.player_weeks.player_weeks`, in its order, with a running index.
    begins, ends : Series of bool, aligned with weeks

    Returns
    -------
    DataFrame
        ``first, last, after`` (row labels: first and last week of the spell; the week after it within the stint, -1
        where there is none), ``weeks_out`` (of the spell, those not played).
    """
    state = pd.Series(np.where(begins, 1.0, np.where(ends, 0.0, np.nan)), index=weeks.index)
    stint = weeks.groupby(STINT, sort=False).ngroup()
    on = state.groupby(stint).ffill().fillna(0.0).eq(1.0)
    fresh = on & ~on.groupby(stint).shift(fill_value=False)
    number = fresh.cumsum()[on]
    label = weeks.index.to_series()[on].groupby(number)
    out = pd.DataFrame({"first": label.min(), "last": label.max()})
    out["weeks_out"] = (~played(weeks))[on].groupby(number).sum().astype("int64")
    following = (out["last"] + 1).where(out["last"] + 1 < len(weeks), out["last"])
    same = stint.loc[following].to_numpy() == stint.loc[out["last"]].to_numpy()
    out["after"] = np.where(same & following.ne(out["last"]).to_numpy(), following, -1)
    return out.reset_index(drop=True)


def left(weeks: pd.DataFrame) -> "pd.Series[bool]":
    """Return which player-weeks list a player who left, or is held back for another reason than his health."""
    elsewhere = weeks["status"].eq("RES") & ~weeks["status_code"].isin([*INJURED_RESERVE, *ILL_RESERVE])
    return weeks["status"].isin(_GONE) | elsewhere


def lost_shares(weeks: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Return the snap share missing in the first week of each spell: ``game_id, team, group, lost_share``."""
    rows = weeks.loc[spells["first"], ["game_id", "team", "position", "prior_share"]].dropna(subset=["prior_share"])
    out = rows.assign(group=position_group(rows["position"])).rename(columns={"prior_share": "lost_share"})
    return out.drop(columns="position").reset_index(drop=True)


def season_weights(tables: Tables, *, weeks: pd.DataFrame) -> pd.DataFrame:
    """Return the position weights as of each season of the player-weeks, from the absences of earlier seasons.

    See Also
    --------
    workbench.shocks.position_weights.position_weights
    """
    others = weeks[position_group(weeks["position"]).ne("QB")].reset_index(drop=True)
    found = spells(others, begins=ruled_out(others), ends=played(others) | left(others))
    seasons = sorted(int(season) for season in weeks["season"].unique())
    return position_weights(lost_shares(others, found), moves=closing_moves(tables), seasons=seasons)


def played(weeks: pd.DataFrame) -> "pd.Series[bool]":
    """Return who took a snap, nobody where the game's snaps are unknown."""
    return weeks["played"].fillna(False).astype(bool)


def over(weeks: pd.DataFrame, *, spells: pd.DataFrame) -> "pd.Series[bool]":
    """Return which spells are done: something followed, or the season has gone on without them."""
    last = weeks.loc[spells["last"], ["season", "week"]]
    newest = weeks["season"].max()
    final = weeks.loc[weeks["season"].eq(newest), "week"].max()
    done = spells["after"].ge(0).to_numpy() | (last["season"].lt(newest) | last["week"].lt(final)).to_numpy()
    return pd.Series(done, index=range(len(spells)))


def row_keys(rows: pd.DataFrame) -> "pd.Series[str]":
    """Return the natural keys of roster or report rows: season, week, team, player."""
    season, week = rows["season"].astype("str"), rows["week"].astype("str")
    return season + "|" + week + "|" + rows["team"].astype("str") + "|" + rows["player_id"].astype("str")
