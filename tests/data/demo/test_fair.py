"""The lines that the simulated league calls fair are: its own games end above them as often as below.

4,440 games (four leagues of ten seasons): a share has a standard error of .0078 once pushes are out; held to three.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.data.demo.fair import FAIR_SPREADS, FAIR_TOTALS
from workbench.data.demo.league import build_world, play_league
from workbench.data.demo.truth import PlantedTruth

SEEDS = range(11, 15)
THREE_ERRORS = 0.024


@pytest.fixture(scope="module")
def played() -> pd.DataFrame:
    parts = []
    for seed in SEEDS:
        world = build_world(seed, seasons=tuple(range(2015, 2025)), planted=PlantedTruth())
        league = play_league(world, now=pd.Timestamp("2026-01-01", tz="UTC"))
        home, away = (league.fixtures[f"{side}_score"].to_numpy(np.float64) for side in ("home", "away"))
        expected = {name: league.expected[f"expected_{name}"].to_numpy(np.float64) for name in ("margin", "total")}
        parts.append(pd.DataFrame({"margin": home - away, "total": home + away}).assign(
            expected_margin=expected["margin"], expected_total=expected["total"]))  # fmt: skip
    return pd.concat(parts, ignore_index=True).dropna()


def above(outcome: pd.Series, line: np.ndarray) -> float:
    """Return how often outcomes end above the nearest half point of a line, pushes aside."""
    line = np.round(2.0 * line) / 2.0
    return float((outcome > line).sum() / (outcome != line).sum())


def test_favourites_cover_fair_spreads_as_often_as_not(played: pd.DataFrame) -> None:
    sign = np.where(played["expected_margin"] < 0, -1.0, 1.0)
    margin, expected = played["margin"] * sign, played["expected_margin"] * sign
    assert above(margin, FAIR_SPREADS.lines_of(expected)) == pytest.approx(0.5, abs=THREE_ERRORS)
    # Whoever took seven-point expectations for lines would see underdogs win: the half point and more between them.
    seven = expected.between(6.0, 9.0).to_numpy()
    assert above(margin[seven], expected[seven].to_numpy()) < above(
        margin[seven], FAIR_SPREADS.lines_of(expected[seven])
    )


def test_games_go_over_fair_totals_as_often_as_not(played: pd.DataFrame) -> None:
    fair = FAIR_TOTALS.lines_of(played["expected_total"])
    assert above(played["total"], fair) == pytest.approx(0.5, abs=THREE_ERRORS)


def test_an_underdogs_fair_spread_is_the_favourites_mirror() -> None:
    lines = np.arange(-25.0, 25.5, 0.5)
    np.testing.assert_allclose(FAIR_SPREADS.means_of(-lines), -FAIR_SPREADS.means_of(lines), atol=1e-12)
