"""Draws from past finals: planted scatter, exact means, no play-off tie, streams keyed by game.

Tolerances: 20,000 draws of a margin with sd 13 leave a standard error of 0.1 on its mean and 0.07 on its sd.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ValidationError
from workbench.simulate.drives import game_seeds
from workbench.simulate.score_model import ScoreModel, fit_score_model, resampled_scores

N_DRAWS = 20_000


@pytest.fixture(scope="module")
def finals() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    points = rng.choice([0, 3, 6, 7, 10, 13, 14, 17, 20, 21, 23, 24, 27, 28, 31, 34, 38], size=(3_000, 2))
    return pd.DataFrame({"season": 2010, "home_score": points[:, 0], "away_score": points[:, 1], "overtime": False})


@pytest.fixture(scope="module")
def model(finals: pd.DataFrame) -> ScoreModel:
    return fit_score_model(finals, margin_sd=12.0, total_sd=13.0)


def draws(model: ScoreModel, *, games: list[str], playoff: bool = False):
    n = len(games)
    return resampled_scores(
        model,
        margin_mean=np.linspace(-6, 6, n),
        total_mean=np.full(n, 40.0),
        seeds=game_seeds(games, seed=1),
        playoff=np.full(n, playoff),
        n_draws=N_DRAWS,
    )


def test_the_reweighted_finals_scatter_as_asked(model: ScoreModel):
    margin = (model.home - model.away).astype(float)
    mean = model.weights @ margin
    assert model.weights @ (margin - mean) ** 2 == pytest.approx(12.0**2, rel=1e-6)


def test_draws_are_past_finals_about_their_expectation(model: ScoreModel, finals: pd.DataFrame):
    scores = draws(model, games=["a", "b", "c"])
    assert scores.margin.mean(axis=1) == pytest.approx([-6, 0, 6], abs=0.4)
    assert scores.total.mean(axis=1) == pytest.approx([40, 40, 40], abs=0.4)
    seen = set(zip(finals["home_score"], finals["away_score"], strict=True))
    assert set(zip(scores.home[0].tolist(), scores.away[0].tolist(), strict=True)) <= seen


def test_a_play_off_is_never_drawn_level_though_a_regular_game_may_be(model: ScoreModel):
    assert (draws(model, games=["a"]).margin == 0).any()
    assert not (draws(model, games=["a"], playoff=True).margin == 0).any()


def test_a_game_draws_the_same_beside_other_games(model: ScoreModel):
    alone = resampled_scores(
        model, margin_mean=[-6.0], total_mean=[40.0], seeds=game_seeds(["a"], seed=1), playoff=[False], n_draws=50
    )
    beside = draws(model, games=["a", "b", "c"])
    assert alone.home[0].tolist() == beside.home[0, :50].tolist()


def test_too_few_finals_are_refused_with_what_to_do(finals: pd.DataFrame):
    with pytest.raises(ValidationError, match="200 final scores, got 10 finals"):
        fit_score_model(finals.head(10), margin_sd=12.0, total_sd=13.0)
