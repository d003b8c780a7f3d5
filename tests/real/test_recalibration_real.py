"""Recalibration on real yards: carries of running backs, calibrated on 2021, tested on 2022.

Tolerances: 1,300 rows of 2022 after as many of 2021 have a standard error of .012 together, held to two and a half.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.bayes.conformal.comparable import comparable_intervals
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores.coverage import coverage
from workbench.lifecycle.recalibrate import recalibration_path
from workbench.lifecycle.recalibration_alternatives import alternatives_table, recalibration_alternatives

pytestmark = pytest.mark.real

SUPPORT = Support(-30, 330)
COLUMNS = ["player_id", "season", "week", "position", "recent_team", "opponent_team", "carries", "rushing_yards"]


def _seasons(real_data):
    folder = real_data / "nflverse" / "stats_player"
    if not folder.is_dir():
        pytest.skip("no weekly player statistics among the real data")
    files = [folder / f"stats_player_week_{year}.parquet" for year in (2019, 2020, 2021, 2022)]
    weeks = pd.concat([pd.read_parquet(file, columns=COLUMNS) for file in files])
    backs = weeks.loc[(weeks["position"] == "RB") & (weeks["carries"] > 0)].sort_values(["player_id", "season", "week"])
    earlier = backs.groupby("player_id")["rushing_yards"]
    backs["mean"] = earlier.transform(lambda yards: yards.shift().ewm(halflife=3).mean())
    team = backs[["recent_team", "opponent_team"]].apply(lambda pair: "-".join(sorted(pair)), axis=1)
    backs = backs.assign(game_id=backs["season"].astype(str) + "_" + backs["week"].astype(str) + "_" + team)
    backs = backs.rename(columns={"rushing_yards": "yards"}).dropna(subset=["mean", "yards"]).astype({"yards": float})
    return [backs.loc[backs["season"] == season] for season in (2021, 2022)]


def _forecast(rows, sd):
    cdf = stats.norm.cdf((SUPPORT.yards + 0.5 - rows["mean"].to_numpy()[:, None]) / sd)
    cdf[:, -1] = 1.0
    return IntegerForecast(SUPPORT, cdf)


@pytest.mark.parametrize(("sd", "below"), [(5.0, 0.35), (22.0, 0.85)])
def test_intervals_that_are_too_narrow_on_real_yards_are_brought_to_ninety_per_cent(real_data, sd, below):
    before, now = _seasons(real_data)
    forecasts = {"forecast": _forecast(now, sd), "calibration_forecast": _forecast(before, sd)}
    assert coverage(forecasts["forecast"], now["yards"], level=0.9, mid=True).mean() < below
    path = recalibration_path(now, calibration_rows=before, **forecasts)
    rules = recalibration_alternatives(now, calibration_rows=before, **forecasts)
    table = alternatives_table(now, rules, path=path).set_index("rule")
    assert path.weeks["decision"].iloc[0] == "recalibrated"
    mended = table.drop(index="as it is")
    assert (abs(mended["coverage"] - 0.9) < 0.03).all(), table
    found = comparable_intervals(
        forecasts["calibration_forecast"], before["yards"], forecast=forecasts["forecast"]
    )  # fmt: skip
    assert np.isclose(coverage(tuple(found), now["yards"], level=0.9, mid=True).mean(), 0.9, atol=0.03)
