"""A challenger beside the champion: the same player-games, paired."""

from dataclasses import dataclass

import pandas as pd

from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.proper import crps
from workbench.intervals import Estimate, clustered_mean
from workbench.lifecycle.versions import ModelVersion
from workbench.stages.calibration.season_model import Registered


@dataclass(frozen=True, slots=True, eq=False)
class Challenge:
    """How a challenger compares with the champion.

    Attributes
    ----------
    version : ModelVersion
        The challenger.
    gain : Estimate
        Mean CRPS of the champion less the challenger's in yards, by game: above zero the challenger is better.
    """

    version: ModelVersion
    gain: Estimate


def challenge(challenger: Registered, *, rows: pd.DataFrame, against: IntegerForecast) -> Challenge:
    """Compare on every row whose yards are known, neither recalibrated."""
    known = rows["yards"].notna().to_numpy()
    yards = rows.loc[known, "yards"]
    theirs = crps(challenger.fitted.forecast(rows[known]), yards)
    return Challenge(
        challenger.version, clustered_mean(crps(against.rows(known), yards) - theirs, rows.loc[known, "game_id"])
    )
