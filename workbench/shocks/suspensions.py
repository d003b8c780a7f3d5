"""Suspensions, and the return from them: roster codes alone.

R40 is the reserve list of the suspended; R06 was asked for beside it, yet every player it holds in 2021-2024 had left
his squad: such events are ``disputed``. Not suspensions here: the commissioner's exempt list (E02), his indefinite bans
(R30), a club's own (R33), the retired (R02) and the ill (R27, R59).
"""

from typing import Final

import pandas as pd

from workbench.shocks.anticipation import opener_instants, with_anticipation
from workbench.shocks.events import empty_events
from workbench.shocks.player_weeks import player_weeks
from workbench.shocks.position_weights import weights_of
from workbench.shocks.severity import expected_severity, position_group, realised_severity
from workbench.shocks.spells import over, row_keys, season_weights, spells
from workbench.shocks.team_games import Tables, as_events

SUSPENDED: Final = ("R40", "R06")
LEFT_SQUAD: Final = "R06"
_BACK: Final = ("ACT", "INA")
#: About what suspended players took before: half the snaps.
ASSUMED_SHARE: Final = 0.5


def suspension_events(
    tables: Tables, *, weeks: pd.DataFrame | None = None, weights: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return suspensions (``suspension``) and returns from them (``suspension_return``), quarterbacks included.

    ``known_at`` is the kick-off of the first game missed or played again: rosters tell no earlier, although the league
    says so days before, so anticipation is ``before_open`` or ``unknown``, never between. ``dose`` is the usual snap
    share; where no snap of his is known, ``ASSUMED_SHARE`` stands in, the event is ``assumed`` and its note says so.
    """
    weeks = player_weeks(tables) if weeks is None else weeks
    if weeks.empty:
        return empty_events()
    listed = weeks["status"].eq("RES") & weeks["status_code"].isin(SUSPENDED)
    found = spells(weeks, begins=listed, ends=~listed)
    weights = season_weights(tables, weeks=weeks) if weights is None else weights
    exits = _exits(weeks, spells=found, weights=weights)
    events = pd.concat([exits, _returns(weeks, spells=found, exits=exits)], ignore_index=True)
    return with_anticipation(events, opener_instants(tables), bound=pd.Series(True, index=events.index))


def _exits(weeks: pd.DataFrame, *, spells: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    rows = weeks.loc[spells["first"]].reset_index(drop=True)
    unknown, doubtful = rows["prior_share"].isna(), rows["status_code"].eq(LEFT_SQUAD)
    share = rows["prior_share"].fillna(ASSUMED_SHARE)
    weight = weights_of(rows, groups=position_group(rows["position"]), weights=weights)
    said = pd.Series("suspended", index=rows.index)
    events = rows.assign(
        detail=rows["status_code"],
        cause=doubtful.map({True: "left_squad", False: "suspended"}),
        known_at=rows["roster_known_at"],
        expected_severity=expected_severity(share, weights=weight, said=said),
        dose=share,
        realised_games=pd.Series(spells["weeks_out"].to_numpy(), dtype="Int64").where(over(weeks, spells=spells)),
        last_week=weeks.loc[spells["last"], "week"].to_numpy(),
        source_rows=row_keys(rows),
        quality=unknown.map({True: "assumed", False: "sourced"}).mask(doubtful, "disputed"),
        note=_words(rows, unknown=unknown),
    )
    events["realised_severity"] = realised_severity(events["realised_games"])
    return as_events(events, type="suspension", dose_unit="snap share lost", source_table="rosters")


def _words(rows: pd.DataFrame, *, unknown: "pd.Series[bool]") -> "pd.Series[str]":
    share = "usually " + (100 * rows["prior_share"]).round().astype("Int64").astype("str") + " % of snaps"
    said = share.mask(unknown, "his usual share unknown, half assumed")
    return rows["player_name"] + ", " + rows["team"] + ", reserve list " + rows["status_code"] + "; " + said + "."


def _returns(weeks: pd.DataFrame, *, spells: pd.DataFrame, exits: pd.DataFrame) -> pd.DataFrame:
    """Return the first weeks after a suspension that list the player among those who may play."""
    ended = spells["after"].ge(0).to_numpy()
    back = weeks.loc[spells.loc[ended, "after"]].reset_index(drop=True)
    out = exits[ended].reset_index(drop=True)
    events = back.assign(
        cause=out["cause"],
        detail=out["detail"],
        known_at=back["roster_known_at"],
        expected_severity=out["expected_severity"],
        dose=out["dose"],
        last_week=back["week"],
        source_rows=out["source_rows"] + ";" + row_keys(back),
        quality=out["quality"],
        note=back["player_name"] + " is back after " + out["realised_games"].astype("str") + " games suspended.",
    )[back["status"].isin(_BACK)]
    return as_events(events, type="suspension_return", dose_unit="snap share regained", source_table="rosters")
