"""A small league of drives with known truth, and the model fitted on it once."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.simulate.loop import Scores
from workbench.simulate.model import DriveModel, fit_drive_model

#: How the planted league's drives end.
PLANTED = {
    "punt": 0.41,
    "touchdown": 0.22,
    "field_goal": 0.16,
    "turnover": 0.13,
    "downs": 0.05,
    "missed_field_goal": 0.03,
}
DRIVE_SECONDS = 165


def planted_drives(n_games: int, *, seed: int) -> pd.DataFrame:
    """Games of two halves of eleven drives whose outcomes depend on nothing."""
    rng = np.random.default_rng(seed)
    n_drives = 22
    number = np.tile(np.arange(n_drives), n_games)
    game = np.repeat(np.arange(n_games), n_drives)
    outcome = rng.choice(list(PLANTED), p=list(PLANTED.values()), size=len(game))
    points = np.select(
        [outcome == "touchdown", outcome == "field_goal"],
        [rng.choice([6, 7, 8], p=[0.08, 0.88, 0.04], size=len(game)), 3],
    )
    in_half = number % 11
    home = (number + number // 11) % 2 == 0
    return pd.DataFrame(
        {
            "game_id": [f"g{g:04d}" for g in game],
            "season": 2020 + (game % 2),
            "week": 1 + game % 17,
            "drive": number + 1,
            "posteam": np.where(home, "H", "A"),
            "is_home": home,
            "period": np.where(number < 11, np.where(in_half < 6, 1, 2), np.where(in_half < 6, 3, 4)),
            "start_yardline_100": rng.choice(
                [75.0, 60.0, 45.0, 85.0, 30.0], p=[0.5, 0.2, 0.1, 0.15, 0.05], size=len(game)
            ),
            "start_seconds_remaining": np.where(number < 11, 3600.0, 1800.0) - in_half * DRIVE_SECONDS,
            "outcome": outcome,
            "points_for": points,
            "points_against": 0,
        }
    )


@pytest.fixture(scope="session")
def toy_drives() -> pd.DataFrame:
    return planted_drives(250, seed=1)


@pytest.fixture(scope="session")
def toy_model(toy_drives: pd.DataFrame) -> DriveModel:
    return fit_drive_model(toy_drives, basis="a planted league")


@pytest.fixture(scope="session")
def steady_model(toy_model: DriveModel) -> DriveModel:
    """The toy model without variation from game to game: faster to reason about by hand."""
    return replace(toy_model, tables=replace(toy_model.tables, spread_difference=0.0, spread_sum=0.0))


@pytest.fixture(scope="session")
def scores_of() -> Callable[..., Scores]:
    """Scores typed by hand."""

    def build(home: list[list[int]], away: list[list[int]]) -> Scores:
        h, a = np.array(home, dtype=np.int16), np.array(away, dtype=np.int16)
        return Scores(h, a, np.zeros(h.shape, dtype=bool), 0)

    return build


@pytest.fixture(scope="session")
def planted_shares() -> dict[str, float]:
    return PLANTED
