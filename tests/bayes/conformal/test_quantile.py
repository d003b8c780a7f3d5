"""The finite-sample quantile: by hand, by property, and against MAPIE.

Tolerances: quantiles of scores are scores themselves, so equal to the last digit; coverage of 4,000 draws of
exchangeable rows has a standard error of .0047 at 90 %, so it is held to three of them.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.bayes.conformal.quantile import conformal_quantile, rows_needed
from workbench.errors import ValidationError

SHARES = st.floats(0.05, 0.95)
SCORES = st.lists(st.integers(-20, 20), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("n", "coverage", "rank"), [(9, 0.9, 9), (10, 0.9, 10), (19, 0.9, 18), (99, 0.9, 90), (4, 0.5, 3)]
)
def test_the_quantile_is_the_score_of_the_rank_worked_by_hand(n, coverage, rank):
    assert conformal_quantile(np.arange(1, n + 1)[::-1], coverage) == rank


def test_too_few_rows_have_no_finite_quantile_and_one_more_has():
    assert conformal_quantile(np.zeros(8), 0.9) == np.inf
    assert conformal_quantile(np.zeros(9), 0.9) == 0.0
    assert rows_needed(0.9) == 9
    assert conformal_quantile([], 0.5) == np.inf


@given(SCORES, SHARES)
@settings(max_examples=60, deadline=None)
def test_it_is_the_smallest_score_with_enough_at_or_below_it(scores, coverage):
    found, wanted = conformal_quantile(scores, coverage), coverage * (len(scores) + 1) - 1e-9
    values = np.asarray(scores)
    if found == np.inf:
        assert len(values) < wanted
    else:
        assert (values <= found).sum() >= wanted > (values < found).sum() - 1e-6


@given(SCORES, SHARES, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing(scores, coverage, random):
    shuffled = list(scores)
    random.shuffle(shuffled)
    for spread in (0.0, 1.0):
        one, other = (conformal_quantile(s, coverage, spread=spread) for s in (scores, shuffled))
        assert one == pytest.approx(other, abs=1e-9)


@given(SCORES, SHARES)
@settings(max_examples=40, deadline=None)
def test_equal_weights_are_no_weights_and_a_weight_of_two_is_a_row_twice(scores, coverage):
    assert conformal_quantile(scores, coverage, weights=np.ones(len(scores))) == conformal_quantile(scores, coverage)
    doubled = conformal_quantile(scores, coverage, weights=np.full(len(scores), 2.0))
    assert doubled == conformal_quantile([*scores, *scores], coverage)


def test_a_row_without_weight_is_as_if_it_were_not_there():
    assert conformal_quantile([1, 2, 99], 0.6, weights=[1, 1, 0]) == conformal_quantile([1, 2], 0.6)


def test_a_heavier_test_row_needs_a_larger_score():
    found = conformal_quantile(np.arange(100), 0.9, test_weight=np.array([0.0, 1.0, 20.0]))
    assert found.tolist() == [89.0, 90.0, np.inf]


def test_spread_scores_are_cut_within_their_atom():
    # Four of four zeros, each a uniform on [-1/2, 1/2], and the next row beyond: half of 5 rows is 2.5 of 4, at 1/8.
    assert conformal_quantile(np.zeros(4), 0.5, spread=1.0) == pytest.approx(0.125)


def test_a_spread_quantile_lies_within_half_a_yard_of_the_plain_one():
    scores = np.random.default_rng(3).integers(-5, 30, 500)
    plain, spread = (conformal_quantile(scores, 0.9, spread=s) for s in (0.0, 1.0))
    assert abs(plain - spread) <= 0.5


def test_exchangeable_rows_are_covered_at_least_as_often_as_promised_on_average():
    rng = np.random.default_rng(11)
    draws = rng.integers(0, 6, (4000, 24))  # coarse: many ties
    held = [d[-1] <= conformal_quantile(d[:-1], 0.9) for d in draws]
    assert np.mean(held) >= 0.9 - 3 * 0.0047
    without = rng.normal(size=(4000, 24))
    exact = np.mean([d[-1] <= conformal_quantile(d[:-1], 0.9) for d in without])
    assert exact == pytest.approx(22 / 24, abs=3 * 0.0047)  # ceil(24 x .9) = 22 of 24


@pytest.mark.parametrize("scores", [[1.0, np.nan], [[1.0], [2.0]]])
def test_a_missing_score_is_refused(scores):
    with pytest.raises(ValidationError):
        conformal_quantile(scores, 0.9)


def test_a_percentage_and_a_negative_weight_are_refused():
    with pytest.raises(ValidationError, match="between 0 and 1"):
        conformal_quantile([1.0], 90)
    with pytest.raises(ValidationError, match="at least 0"):
        conformal_quantile([1.0], 0.5, weights=[-1.0])
