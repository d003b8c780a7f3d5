"""Injuries of players other than quarterbacks: ruled out by report or reserve list, and back again.

A spell begins in the first week a regular is ruled Out or Doubtful, or stands on a reserve list of the injured or ill,
and lasts until he plays; it is one exit and, if he plays again that season, one return. The clock is reset each season.
An exit rests on the ruling alone, never on whether he then played: a Doubtful player who did is an exit of no games.
"""

from typing import Final

import pandas as pd

from workbench.shocks.anticipation import opener_instants, with_anticipation
from workbench.shocks.events import empty_events
from workbench.shocks.player_weeks import player_weeks
from workbench.shocks.position_weights import weights_of
from workbench.shocks.severity import expected_severity, position_group, realised_severity
from workbench.shocks.spells import (
    ILL_RESERVE,
    INJURED_RESERVE,
    left,
    over,
    played,
    reported_out,
    row_keys,
    ruled_out,
    season_weights,
    spells,
)
from workbench.shocks.team_games import Tables, as_events

#: A regular usually takes this share of his side's snaps, a starter that.
REGULAR_SHARE: Final = 0.25
STARTER_SHARE: Final = 0.6
_ILLNESS: Final = "illness|covid|flu|not injury"


def injury_events(
    tables: Tables, *, weeks: pd.DataFrame | None = None, weights: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return exits (``injury``) and returns (``injury_return``) of regulars.

    ``known_at``: the final report's own instant; of a reserve list without a report, and of a return without one, the
    kick-off (the latest plausible: anticipation is then ``unknown``). ``dose`` is the usual snap share, lost or back.
    ``detail``: ``starter`` or ``rotational``, with ``, season-ending`` where a reserve list held him to the end.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``games`` and ``rosters``; ``injuries``, ``snaps`` and ``quotes`` where there are any.
    weeks : DataFrame, optional
        Of :func:`workbench.shocks.player_weeks.player_weeks`, where it is at hand.
    weights : DataFrame, optional
        Of :func:`workbench.shocks.spells.season_weights`, where they are at hand.

    Returns
    -------
    DataFrame
        The event table; empty where there are no rosters.
    """
    weeks = player_weeks(tables) if weeks is None else weeks
    if weeks.empty:
        return empty_events()
    weeks = weeks[position_group(weeks["position"]).ne("QB")].reset_index(drop=True)
    weights = season_weights(tables, weeks=weeks) if weights is None else weights
    found = spells(weeks, begins=ruled_out(weeks), ends=played(weeks) | left(weeks))
    share = weeks["prior_share"].loc[found["first"]]
    regular = found[share.ge(REGULAR_SHARE).to_numpy()]
    exits = _exits(weeks, spells=regular, weights=weights)
    events = pd.concat([exits, _returns(weeks, spells=regular, exits=exits)], ignore_index=True)
    bound = events.pop("bound").astype(bool)
    return with_anticipation(events, opener_instants(tables), bound=bound)


def _exits(weeks: pd.DataFrame, *, spells: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    rows = weeks.loc[spells["first"]].reset_index(drop=True)
    last = weeks.loc[spells["last"]].reset_index(drop=True)
    done = over(weeks, spells=spells)
    reported = reported_out(rows)
    listed = rows["status_code"].where(rows["status"].eq("RES"))
    ill = listed.isin(ILL_RESERVE) | rows["ailment"].str.contains(_ILLNESS, case=False).fillna(False)
    weight = weights_of(rows, groups=position_group(rows["position"]), weights=weights)
    held = last["status_code"].isin(INJURED_RESERVE) & last["status"].eq("RES") & (spells["after"].to_numpy() < 0)
    events = rows.assign(
        cause=pd.Series("injury", index=rows.index).mask(ill.astype(bool), "illness"),
        detail=_role(rows["prior_share"]) + pd.Series("", index=rows.index).mask(held & done, ", season-ending"),
        known_at=rows["report_known_at"].where(reported, rows["roster_known_at"]),
        expected_severity=expected_severity(
            rows["prior_share"], weights=weight, said=rows["report_status"].where(reported, "reserve")
        ),
        dose=rows["prior_share"],
        realised_games=pd.Series(spells["weeks_out"].to_numpy(), dtype="Int64").where(done),
        last_week=last["week"],
        source_table=pd.Series("injuries", index=rows.index).where(reported, "rosters"),
        source_rows=row_keys(rows),
        quality="sourced",
        note=_exit_words(rows, reported=reported),
        bound=~reported,
    )
    events["realised_severity"] = realised_severity(events["realised_games"])
    return as_events(events, type="injury", dose_unit="snap share lost").assign(bound=events["bound"])


def _returns(weeks: pd.DataFrame, *, spells: pd.DataFrame, exits: pd.DataFrame) -> pd.DataFrame:
    """Return the games in which a player of an exit plays again, after missing at least one."""
    ended = spells["after"].ge(0).to_numpy() & spells["weeks_out"].gt(0).to_numpy()
    back = weeks.loc[spells.loc[ended, "after"]].reset_index(drop=True)
    out = exits[ended].reset_index(drop=True)
    cleared = back["report_known_at"].notna() & back["report_status"].isna()
    events = back.assign(
        cause=out["cause"],
        detail=out["detail"].str.replace(", season-ending", "", regex=False),
        known_at=back["report_known_at"].where(cleared, back["roster_known_at"]),
        expected_severity=out["expected_severity"],
        dose=out["dose"],
        last_week=back["week"],
        source_table=pd.Series("injuries", index=back.index).where(cleared, "rosters"),
        source_rows=out["source_rows"] + ";" + row_keys(back),
        quality="derived",
        note=back["player_name"] + " plays again after " + out["realised_games"].astype("str") + " missed.",
        bound=~cleared,
    )[played(back) & ~left(back)]
    return as_events(events, type="injury_return", dose_unit="snap share regained").assign(
        bound=events["bound"].reset_index(drop=True)
    )


def _role(share: "pd.Series[float]") -> "pd.Series[str]":
    return share.ge(STARTER_SHARE).map({True: "starter", False: "rotational"}).astype("str")


def _exit_words(rows: pd.DataFrame, *, reported: "pd.Series[bool]") -> "pd.Series[str]":
    how = ("ruled " + rows["report_status"]).where(reported, "on reserve list " + rows["status_code"])
    share = (100 * rows["prior_share"]).round().astype("Int64").astype("str")
    ailment = (" (" + rows["ailment"].str.lower() + ")").fillna("")
    return rows["player_name"] + ", " + rows["team"] + ", " + how + ailment + "; usually " + share + " % of snaps."
