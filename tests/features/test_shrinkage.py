"""Empirical Bayes: hand-worked values, Efron and Morris's batters, planted priors, and what must always hold.

Tolerances: published numbers carry three decimals, so half a unit of the third (5e-4) where we compute what the paper
computed. Planted truths are recovered within three standard errors of the estimator at the sizes used, stated beside.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.features.shrinkage import (
    BetaPrior,
    NormalPrior,
    beta_prior,
    normal_prior,
    shrink_means,
    shrink_rates,
)

# Efron & Morris (1977), Stein's paradox in statistics, Scientific American 236(5): 18 batters of 1970, their first 45
# at-bats. Published there: grand average .265, shrinking factor .212, Clemente .400 to .294.
HITS_IN_45 = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
SEASON = np.array(
    [.346, .298, .276, .222, .273, .270, .263, .210, .269, .230, .264, .256, .303, .264, .226, .285, .316, .200]
)  # fmt: skip
THIRD_DECIMAL = 5e-4


def test_the_batters_of_efron_and_morris_come_out_as_published():
    raw = HITS_IN_45 / 45
    average = raw.mean()
    result = shrink_means(raw, n=[45] * 18, unit_variance=average * (1 - average))
    assert average == pytest.approx(0.265, abs=THIRD_DECIMAL)
    assert result.weight == pytest.approx(np.full(18, 0.212), abs=THIRD_DECIMAL)
    assert result.shrunk[0] == pytest.approx(0.294, abs=THIRD_DECIMAL)
    # "more than three times" smaller squared error about the season's averages
    assert np.sum((raw - SEASON) ** 2) > 3 * np.sum((result.shrunk - SEASON) ** 2)


def test_a_known_normal_prior_gives_the_textbook_posterior():
    # V = 4/100 = .04, A = .01: weight .2, posterior variance .04 * .2 = .008
    result = shrink_means([0.5], n=[100], unit_variance=4.0, prior=NormalPrior(mean=0.1, variance=0.01))
    assert result.weight[0] == pytest.approx(0.2)
    assert result.shrunk[0] == pytest.approx(0.18)
    assert result.standard_error[0] == pytest.approx(np.sqrt(0.008))
    assert result.prior_strength == pytest.approx(400.0)


def test_the_james_stein_weight_by_hand():
    # y = (-3, -1, 0, 1, 3), V = 1: sum of squares 20, k - 3 = 2, weight = 1 - 2/20
    prior = normal_prior([-3, -1, 0, 1, 3], sampling_variances=[1.0] * 5)
    result = shrink_means([-3, -1, 0, 1, 3], n=[1] * 5, unit_variance=1.0, prior=prior)
    assert result.weight == pytest.approx(np.full(5, 0.9))


def test_units_that_differ_only_by_chance_are_pulled_almost_all_the_way():
    prior = normal_prior([0.001, -0.001, 0.0, 0.0005] * 8, sampling_variances=[1.0] * 32)
    result = shrink_means([0.001] * 32, n=[1] * 32, unit_variance=1.0, prior=prior)
    # Paule-Mandel gives 0; James-Stein leaves 2 / (k - 1) of weight
    assert result.weight == pytest.approx(np.full(32, 2 / 31))


def test_a_planted_normal_prior_is_recovered():
    rng = np.random.default_rng(11)
    n = rng.integers(50, 400, size=2000)
    truth = rng.normal(0.05, 0.1, size=2000)
    raw = rng.normal(truth, 1.0 / np.sqrt(n))
    prior = normal_prior(raw, sampling_variances=1.0 / n)
    # sd of the variance estimate about A sqrt(2/k) (1 + V/A) = .01 x .032 x 1.5 = .0005; of the mean .003
    assert prior.variance == pytest.approx(0.01, abs=0.0015)
    assert prior.mean == pytest.approx(0.05, abs=0.009)


def test_normal_standard_errors_cover_the_truth_when_the_prior_is_estimated_from_few():
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(300):
        n = rng.integers(20, 200, size=10)
        truth = rng.normal(0.0, 0.1, size=10)
        result = shrink_means(rng.normal(truth, 1 / np.sqrt(n)), n=n, unit_variance=1.0)
        inside.append(np.abs(result.shrunk - truth) < 1.645 * result.standard_error)
    # 90 % nominal; 3,000 correlated checks, so two points either way, and over-covering is allowed one more
    assert 0.88 < np.mean(inside) < 0.93


def test_a_planted_beta_prior_is_recovered():
    rng = np.random.default_rng(3)
    trials = rng.integers(30, 300, size=1500)
    rates = rng.beta(12.0, 28.0, size=1500)
    prior = beta_prior(rng.binomial(trials, rates), trials=trials)
    # sd of log strength about sqrt(2/k) (1 + s/n) = .037 x 1.3: 5 %; three of them
    assert prior.mean == pytest.approx(0.3, abs=0.007)
    assert prior.strength == pytest.approx(40.0, rel=0.15)


def test_the_beta_binomial_posterior_by_hand():
    # prior 8 of 20, data 9 of 10: 17 of 30; variance 17/30 * 13/30 / 31
    result = shrink_rates([9], trials=[10], prior=BetaPrior(mean=0.4, strength=20.0))
    assert result.shrunk[0] == pytest.approx(17 / 30)
    assert result.weight[0] == pytest.approx(1 / 3)
    assert result.standard_error[0] == pytest.approx(np.sqrt(17 / 30 * 13 / 30 / 31))


def test_rates_that_do_not_differ_get_a_strong_prior_and_no_error():
    assert beta_prior([50] * 20, trials=[100] * 20).strength > 1e4
    assert beta_prior([0, 0, 0], trials=[10, 10, 10]).strength > 1e4
    assert 0 < beta_prior([0, 0, 0], trials=[10, 10, 10]).mean < 0.05


def test_a_unit_without_observations_sits_on_the_prior():
    means = shrink_means([np.nan, 1.0], n=[0, 10], unit_variance=1.0, prior=NormalPrior(0.5, 0.04))
    rates = shrink_rates([0, 5], trials=[0, 10], prior=BetaPrior(0.3, 20.0))
    for result, prior_mean, spread in ((means, 0.5, 0.2), (rates, 0.3, np.sqrt(0.3 * 0.7 / 21))):
        assert np.isnan(result.raw[0])
        assert result.weight[0] == 0
        assert result.shrunk[0] == pytest.approx(prior_mean)
        assert result.standard_error[0] == pytest.approx(spread)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: shrink_means([1.0], n=[5], unit_variance=0.0), "must be positive"),
        (lambda: shrink_means([1.0], n=[-5], unit_variance=1.0), "not negative"),
        (lambda: shrink_rates([6], trials=[5]), "swapped"),
        (lambda: beta_prior([0], trials=[0]), "at least one unit"),
        (lambda: normal_prior([np.nan], sampling_variances=[1.0]), "at least one unit"),
        (lambda: normal_prior([1.0, 2.0], sampling_variances=[1.0, 0.0]), "must be positive"),
    ],
)
def test_bad_input_is_refused_with_the_rule_it_breaks(call, words):
    with pytest.raises(ValidationError, match=words):
        call()


counts = st.lists(st.integers(0, 5000), min_size=2, max_size=12)


@settings(max_examples=50, deadline=None)
@given(counts, st.floats(-5, 5), st.floats(1e-4, 10), st.integers(0, 40), st.randoms(use_true_random=False))
def test_means_shrink_between_raw_and_prior_with_weight_rising_in_n(n, mean, variance, units, random):
    raw = [random.uniform(-10, 10) for _ in n]
    prior = NormalPrior(mean, variance, units=units, typical_variance=0.1)
    result = shrink_means(raw, n=n, unit_variance=2.0, prior=prior)
    low, high = np.minimum(raw, mean), np.maximum(raw, mean)
    assert (result.shrunk >= low - 1e-9).all()
    assert (result.shrunk <= high + 1e-9).all()
    order = np.argsort(n)
    assert (np.diff(result.weight[order]) >= -1e-12).all()
    assert ((result.weight >= 0) & (result.weight < 1)).all()
    assert np.isfinite(result.standard_error).all()


@settings(max_examples=50, deadline=None)
@given(counts, st.floats(0.01, 0.99), st.floats(0.5, 1e5), st.randoms(use_true_random=False))
def test_rates_shrink_between_raw_and_prior_with_weight_rising_in_n(n, mean, strength, random):
    won = [random.randint(0, trials) for trials in n]
    result = shrink_rates(won, trials=n, prior=BetaPrior(mean, strength))
    seen = np.asarray(n) > 0
    raw = np.where(seen, result.raw, mean)
    assert (result.shrunk >= np.minimum(raw, mean) - 1e-9).all()
    assert (result.shrunk <= np.maximum(raw, mean) + 1e-9).all()
    assert (np.diff(result.weight[np.argsort(n)]) >= -1e-12).all()
