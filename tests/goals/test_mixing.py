"""A logarithmic pool and the weight it learns.

Tolerances: a weight is found to 1e-3 (the search's step is 1e-4); on 4,000 planted matches it lies within 0.15 of the
planted one, four standard errors of about 0.035.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.goals.mixing import MINIMUM_MATCHES, model_weight, pooled


def forecasts(rng, n, *, spread=0.5):
    raw = np.exp(rng.normal(np.array([0.4, 0.0, 0.1]), spread, (n, 3)))
    return raw / raw.sum(axis=1, keepdims=True)


def came(rng, chance):
    return (chance.cumsum(axis=1) > rng.random(len(chance))[:, None]).argmax(axis=1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 9999), st.floats(0, 1))
def test_a_pool_is_a_distribution_between_its_parts(seed, weight):
    rng = np.random.default_rng(seed)
    model, market = forecasts(rng, 5), forecasts(rng, 5)
    found = pooled(model, market, weight=weight)
    assert found.sum(axis=1) == pytest.approx(np.ones(5))
    assert pooled(model, market, weight=0.0) == pytest.approx(market)
    assert pooled(model, market, weight=1.0) == pytest.approx(model)
    assert pooled(market, market, weight=weight) == pytest.approx(market)


@pytest.mark.parametrize("planted", [0.0, 0.3, 1.0])
def test_the_weight_is_the_planted_one(planted):
    rng = np.random.default_rng(7)
    model, market = forecasts(rng, 4000), forecasts(rng, 4000)
    found = model_weight(model, market, came(rng, pooled(model, market, weight=planted)))
    assert found == pytest.approx(planted, abs=0.15)
    assert 0 <= found <= 1


def test_a_useless_model_beside_the_truth_weighs_nothing():
    rng = np.random.default_rng(8)
    market = forecasts(rng, 4000)
    assert model_weight(forecasts(rng, 4000), market, came(rng, market)) < 0.06


def test_too_few_matches_leave_the_market_its_word():
    rng = np.random.default_rng(9)
    few = forecasts(rng, MINIMUM_MATCHES - 1)
    assert model_weight(few, forecasts(rng, len(few)), came(rng, few)) == 0.0


def test_forecasts_and_outcomes_that_do_not_match_are_refused():
    rng = np.random.default_rng(10)
    with pytest.raises(ValidationError, match="must match"):
        model_weight(forecasts(rng, 3), forecasts(rng, 4), np.zeros(3, dtype=int))
