"""Who was known at the cutoff to miss the game: the game-day roster, the last roster seen, and the injury reports.

Teams name their inactives 90 minutes before kick-off, and every move to or from a reserve list is public by then, so
that ``kickoff_minus_90`` reads the game's own weekly roster, though that fact is dated kick-off. A view that holds it
is one of a game that was played; of a game to come no view does, and the cutoff falls back on what ``wednesday`` goes
by: the last roster known says who was on a reserve list, off the team or not signed to it (a state INA of an earlier
week says nothing about this one), and reports rule out by ``Out`` and ``Doubtful`` (doubtful players play about one
time in twenty).
"""

from typing import Final

import pandas as pd

from workbench.features.player_yards.states import as_of
from workbench.features.player_yards.team_games import Cutoff

#: The one state of a week's roster in which a player dresses; every stat line of 2021-2024 belongs to it.
ACTIVE: Final = "ACT"
#: Last known states that leave a player to be expected.
_MAY_PLAY: Final = (ACTIVE, "INA")
_RULED_OUT: Final = ("Out", "Doubtful")
#: How much a report worries, by its game status; a limited or missed practice without a status worries least.
_CONCERN: Final = {"Questionable": 2.0, "Doubtful": 3.0, "Out": 4.0}
_PRACTICE: Final = {"Limited Participation in Practice": 1.0, "Did Not Participate In Practice": 1.0}


def availability(
    members: pd.DataFrame, *, rosters: pd.DataFrame, injuries: pd.DataFrame, cutoff: Cutoff
) -> pd.DataFrame:
    """Return what was known at each row's cutoff about the player's taking part.

    Parameters
    ----------
    members : DataFrame
        From :func:`candidates`.
    rosters, injuries : DataFrame
        Rows of ``schema.ROSTERS`` and ``schema.INJURIES``; either may be empty.
    cutoff : {"kickoff_minus_90", "wednesday"}

    Returns
    -------
    DataFrame, index of ``members``
        ``expected`` (bool): not known to miss the game; ``settled`` (bool): the game-day roster says so, so that
        ``expected`` means to dress; ``report`` (float): 0 without a report of the week, 1 a practice limited or
        missed, 2 questionable, 3 doubtful, 4 out; null before the first report of all.
    """
    reports = _reports(members, injuries)
    last = _last_rosters(members, rosters)
    off_team = last["status"].notna() & (~last["status"].isin(_MAY_PLAY) | last["team"].ne(members["team"]))
    out = off_team | reports["ruled_out"]
    settled = pd.Series(False, index=members.index)
    if cutoff == "kickoff_minus_90":
        own = own_rosters(members, rosters)
        settled = own["named"]
        out = out.where(~settled, ~own["dressed"])
    return pd.DataFrame({"expected": ~out, "settled": settled, "report": reports["concern"]})


def own_rosters(members: pd.DataFrame, rosters: pd.DataFrame) -> pd.DataFrame:
    """Return whether the team's roster of the game's week is there, and whether the player dressed by it.

    Parameters
    ----------
    members : DataFrame
        ``season, week, team, player_id``.
    rosters : DataFrame
        Rows of ``schema.ROSTERS``; may be empty, and a row without a state says nothing.

    Returns
    -------
    DataFrame, index of ``members``
        ``named, dressed`` (bool).
    """
    keys = ["season", "week", "team", "player_id"]
    rows = rosters.reindex(columns=[*keys, "status"]).dropna(subset=["status"])
    teams = rows[keys[:3]].drop_duplicates().assign(named=True)
    dressed = rows.loc[rows["status"].eq(ACTIVE), keys].drop_duplicates().assign(dressed=True)
    found = members[keys].merge(teams, on=keys[:3], how="left").merge(dressed, on=keys, how="left")
    return found[["named", "dressed"]].eq(True).set_axis(members.index)


def _begun(members: pd.DataFrame, facts: pd.DataFrame) -> "pd.Series[bool]":
    """Whether any of the facts was known at the row's cutoff: before, absence says nothing."""
    first = facts["known_at"].min() if len(facts) else pd.NaT
    return members["cutoff_utc"].ge(first)


def _last_rosters(members: pd.DataFrame, rosters: pd.DataFrame) -> pd.DataFrame:
    rows = rosters.reindex(columns=["player_id", "team", "status", "known_at"]).dropna(subset=["status"])
    return as_of(members, rows, by={"player_id": "player_id"}, at="cutoff_utc", columns=["team", "status"])


def _reports(members: pd.DataFrame, injuries: pd.DataFrame) -> pd.DataFrame:
    """Return the last report of the game's week known by the cutoff."""
    keys = ["season", "week", "team", "player_id"]
    rows = injuries.reindex(columns=[*keys, "report_status", "practice_status", "known_at"])
    concern = rows["report_status"].map(_CONCERN).astype("float64")
    concern = concern.fillna(rows["practice_status"].map(_PRACTICE).astype("float64")).fillna(0.0)
    rows = rows.assign(concern=concern, ruled_out=rows["report_status"].isin(_RULED_OUT))
    found = members[[*keys, "cutoff_utc"]].reset_index(drop=True).reset_index(names="place")
    found = found.merge(rows[[*keys, "known_at", "concern", "ruled_out"]], on=keys)
    found = found[found["known_at"] <= found["cutoff_utc"]].sort_values("known_at", kind="stable")
    last = found.drop_duplicates("place", keep="last").set_index("place").reindex(range(len(members)))
    last = last.set_axis(members.index)
    return pd.DataFrame(
        {
            "concern": last["concern"].astype("float64").fillna(0.0).where(_begun(members, injuries)),
            "ruled_out": last["ruled_out"].eq(True),
        }
    )
