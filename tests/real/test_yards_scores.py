"""Scores on the NFL's own yards: the past distribution of like games as forecast.

Tolerances: coverage of a pooled distribution carried over two seasons moves by two points at most with how the league
runs; the atom at zero is a matter of ten points.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores import cells, summary

pytestmark = pytest.mark.real

SUPPORT = Support(-30, 330)
CARRIED_OVER = 0.02
_COLUMNS = ["season", "week", "recent_team", "opponent_team", "player_id", "position", "carries", "rushing_yards"]


@pytest.fixture(scope="module")
def scored(real_data: Path) -> tuple[pd.DataFrame, IntegerForecast]:
    """Backs of 2019-2020, forecast by the yards of 2014-2018 after a last game of as many carries."""
    folder = real_data / "nflverse" / "stats_player"
    parts = [pd.read_parquet(folder / f"stats_player_week_{s}.parquet", columns=_COLUMNS) for s in range(2014, 2021)]
    lines = pd.concat(parts, ignore_index=True)
    lines = lines[lines["position"].eq("RB")].sort_values(["season", "week"], kind="stable")
    lines["last"] = lines.groupby("player_id")["carries"].shift()
    lines = lines.dropna(subset=["last"]).assign(band=lambda f: pd.cut(f["last"], [-1, 0, 1, 2, 4, 7, 11, 15, 19, 60]))
    past, now = lines[lines["season"] <= 2018], lines[lines["season"] >= 2019]
    laws = {band: _empirical(part["rushing_yards"]) for band, part in past.groupby("band", observed=True)}
    pair = now[["recent_team", "opponent_team"]].min(axis=1) + now[["recent_team", "opponent_team"]].max(axis=1)
    rows = now.assign(yards=now["rushing_yards"], game_id=now["season"] * 100 + now["week"]).reset_index(drop=True)
    rows["game_id"] = rows["game_id"].astype("str") + pair.reset_index(drop=True)
    return rows, IntegerForecast(SUPPORT, np.stack([laws[band] for band in rows["band"]]))


def _empirical(yards: "pd.Series[float]") -> np.ndarray:
    return (yards.to_numpy()[:, None] <= SUPPORT.yards).mean(axis=0)


def test_exact_coverage_is_the_level_where_the_atom_at_zero_bends_the_others(scored):
    rows, law = scored
    found = summary(law, rows)
    assert found.value("exact_coverage_90") == pytest.approx(0.9, abs=CARRIED_OVER)
    assert found.value("coverage_90") > found.value("exact_coverage_90") > found.value("mid_coverage_90")
    table = found.table.set_index("measure")
    assert table.loc["mid_coverage_90", "value"] == pytest.approx(table.loc["mid_coverage_90", "target"], abs=0.02)


def test_the_lowest_forecasts_miss_the_band_by_the_atom_alone(scored):
    rows, law = scored
    lowest = cells(law, rows, by=("decile",)).query("by == 'decile'").iloc[0]
    assert lowest["rows"] >= 250
    assert (lowest["verdict"], lowest["exact_verdict"]) == ("outside", "inside")
