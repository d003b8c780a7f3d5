"""Speed of the draws, as a ratio in one run.

The limit is 20 times the drawing of as many uniforms. Both are timed in processor seconds, the best of several rounds,
so that other work on the machine does not count.
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from workbench.simulate.drives import game_seeds, simulate_scores
from workbench.simulate.model import DriveModel, fit_drive_model

pytestmark = pytest.mark.benchmark

LIMIT = 20.0
N_GAMES, N_DRAWS, ROUNDS = 16, 10_000, 4


@pytest.fixture(scope="module")
def model() -> DriveModel:
    """A model of 22 drives a game with the usual shares of outcomes."""
    rng = np.random.default_rng(1)
    number = np.tile(np.arange(22), 250)
    game = np.repeat(np.arange(250), 22)
    names = ["punt", "touchdown", "field_goal", "turnover", "downs", "missed_field_goal"]
    outcome = rng.choice(names, p=[0.41, 0.22, 0.16, 0.13, 0.05, 0.03], size=len(game))
    home = (number + number // 11) % 2 == 0
    drives = pd.DataFrame(
        {
            "game_id": game, "season": 2023, "drive": number + 1, "posteam": np.where(home, "H", "A"), "is_home": home,
            "start_yardline_100": rng.choice([75.0, 60.0, 45.0, 85.0], size=len(game)),
            "start_seconds_remaining": np.where(number < 11, 3600.0, 1800.0) - (number % 11) * 165,
            "outcome": outcome, "points_for": np.select([outcome == "touchdown", outcome == "field_goal"], [7, 3]),
            "points_against": 0, "period": np.where(number < 11, 1, 3),
        }
    )  # fmt: skip
    return fit_drive_model(drives)


def _best_seconds(action: Callable[[], object]) -> float:
    best = np.inf
    for _ in range(ROUNDS):
        start = time.process_time()
        action()
        best = min(best, time.process_time() - start)
    return best


def test_a_week_of_draws_costs_at_most_twenty_times_its_uniforms(model: DriveModel, stated: Callable[..., None]):
    seeds = game_seeds([f"2024_10_{game}" for game in range(N_GAMES)], seed=1)

    def draw() -> int:
        return simulate_scores(
            model, margin_mean=np.linspace(-10, 10, N_GAMES), total_mean=np.full(N_GAMES, 44.0), seeds=seeds,
            season=2024, playoff=False, n_draws=N_DRAWS,
        ).uniforms  # fmt: skip

    uniforms = draw()
    drawing = _best_seconds(draw)
    ratio = drawing / _best_seconds(lambda: np.random.default_rng(1).random(uniforms))
    reused = drawing / _best_seconds(lambda: _fill(uniforms))
    print(f"\n{N_GAMES} x {N_DRAWS:,} draws: {ratio:.1f} times the drawing of {uniforms / 1e6:.1f} million uniforms")
    print(f"({reused:.1f} times where the uniforms go into one small buffer, over and over)")
    what = f"processor time of {N_DRAWS:,} draws of {N_GAMES} games over that of drawing as many uniforms"
    stated("draws", what, ratio, at_most=LIMIT, games=N_GAMES, digits=1)
    assert ratio <= LIMIT


def _fill(uniforms: int) -> None:
    rng, buffer = np.random.default_rng(1), np.empty(3 * N_DRAWS)
    for _ in range(uniforms // len(buffer)):
        rng.random(out=buffer)
