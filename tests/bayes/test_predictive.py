"""Draws of outputs become forecasts of the outcome, and of its mean alone.

Tolerances: 1e-6 of a probability in single precision; where draws are random, four standard errors of what is averaged.
"""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from workbench.bayes.encode import Encoder
from workbench.bayes.families import FAMILIES
from workbench.bayes.predictive import decomposition, mean_only, predictive, thinned

SUPPORT = (-40, 160)
ENCODER = Encoder(("x",), (0.0,), (1.0,), (), {}, (), (), centre=40.0, scale=20.0)


def normal_draws(means: np.ndarray, sd: float) -> np.ndarray:
    """Return outputs of the normal family, one row: means and sd in yards."""
    location = (means - 40.0) / 20.0
    return np.stack([location, np.full_like(location, np.log(sd / 20.0))], axis=-1)[:, None, :]


def test_one_draw_is_its_own_distribution():
    forecast = predictive(normal_draws(np.array([50.0]), 10.0), family="normal", encoder=ENCODER, support=SUPPORT)
    assert_allclose(forecast.at([50]), norm.cdf(0.05), atol=1e-6)  # P(Y <= 50) = F(50.5)
    assert_allclose(forecast.sd, np.sqrt(100.0 + 1.0 / 12.0), rtol=1e-4)  # whole yards add a twelfth


def test_two_draws_are_mixed_not_averaged():
    forecast = predictive(normal_draws(np.array([20.0, 80.0]), 5.0), family="normal", encoder=ENCODER, support=SUPPORT)
    assert forecast.mass[0, 50 - SUPPORT[0]] < 1e-6
    assert_allclose(forecast.at([50]), 0.5, atol=1e-6)


def test_noise_and_doubt_add_up_in_the_predictive_and_only_doubt_is_in_the_mean():
    rng = np.random.default_rng(0)
    outputs = normal_draws(rng.normal(60.0, 6.0, size=4_000), 12.0)
    both = predictive(outputs, family="normal", encoder=ENCODER, support=SUPPORT, draws=4_000)
    doubt = mean_only(outputs, family="normal", encoder=ENCODER, support=SUPPORT)
    assert_allclose(both.sd, np.sqrt(144.0 + 36.0), rtol=0.03)  # four errors of 4,000 draws: 4 * 0.011 * a fifth
    assert_allclose(doubt.sd, 6.0, rtol=0.05)
    parts = decomposition(outputs, family="normal", encoder=ENCODER)
    assert_allclose(parts.aleatoric, 144.0, rtol=1e-9)
    assert_allclose(parts.epistemic, 36.0, rtol=0.09)
    assert_allclose(parts.epistemic_share, parts.epistemic / (144.0 + parts.epistemic))


def test_the_posterior_of_the_mean_counts_draws():
    forecast = mean_only(
        normal_draws(np.array([10.2, 10.4, 12.0, -300.0]), 5.0), family="normal", encoder=ENCODER, support=SUPPORT
    )
    assert forecast.at([9])[0] == 0.25  # the one below the support lies on its first yard
    assert forecast.at([10])[0] == 0.75
    assert forecast.at([12])[0] == 1.0


@pytest.mark.parametrize("family", FAMILIES)
def test_mean_and_variance_agree_with_the_parts(family):
    """The support is wide enough for all of the mass; rounding to whole yards adds a twelfth."""
    rng = np.random.default_rng(1)
    outputs = rng.normal(0.0, 0.25, size=(50, 6, FAMILIES[family].N_PARAMETERS))
    if family == "skewed":
        outputs[..., 3] *= 0.2  # heavier tails would reach past the support
        outputs[..., 5], outputs[..., 6] = -40.0 / 20.0, 0.5 / 20.0
    forecast = predictive(outputs, family=family, encoder=ENCODER, support=(-400, 500))
    parts = decomposition(outputs, family=family, encoder=ENCODER)
    mean = FAMILIES[family].mean(outputs).mean(axis=0) * 20.0 + 40.0
    assert_allclose(forecast.mean, mean, atol=0.02)
    assert_allclose(forecast.sd, np.sqrt(parts.aleatoric + parts.epistemic + 1.0 / 12.0), rtol=2e-3)


def test_chunks_change_nothing(monkeypatch):
    outputs = np.random.default_rng(2).normal(0.0, 0.3, size=(20, 30, 2))
    whole = predictive(outputs, family="normal", encoder=ENCODER, support=SUPPORT)
    monkeypatch.setattr("workbench.bayes.predictive._CHUNK", 20 * 201 * 7)
    assert_allclose(predictive(outputs, family="normal", encoder=ENCODER, support=SUPPORT).cdf, whole.cdf, atol=1e-12)


def test_thinning_keeps_first_and_last_and_hardly_moves_a_quantile():
    outputs = np.random.default_rng(3).normal(0.0, 0.3, size=(400, 30, 2))
    assert thinned(np.arange(400), 3).tolist() == [0, 200, 399]
    few, many = (predictive(outputs, family="normal", encoder=ENCODER, support=SUPPORT, draws=n) for n in (200, 400))
    for level in (0.05, 0.5, 0.95):
        # Doubt of 6 yards over 200 of 400 draws: standard error 0.3 at the median, about 0.5 in the tails.
        assert abs(few.quantile(level) - many.quantile(level)).max() <= 2


def test_a_season_fits_into_little_memory():
    outputs = np.zeros((400, 150, 2), dtype=np.float32)
    tracemalloc.start()
    predictive(outputs, family="normal", encoder=ENCODER, support=(-30, 330), draws=400)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250e6  # all at once would be 430 MB more


def test_no_rows_make_an_empty_forecast():
    assert len(predictive(np.zeros((5, 0, 2)), family="normal", encoder=ENCODER, support=SUPPORT)) == 0
    assert len(mean_only(np.zeros((5, 0, 2)), family="normal", encoder=ENCODER, support=SUPPORT)) == 0
