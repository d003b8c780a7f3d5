"""Scores and clustered intervals. Tolerances: identities to 1e-12; coverage of a 95 % interval over 400 samples has a
standard error of 1.1 points, so between 90 and 99 % is three errors either way and a cushion for few clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.features.evaluation import brier_score, clustered_mean, log_loss, win_outcome


def test_one_value_a_cluster_gives_the_usual_standard_error() -> None:
    x = np.array([1.0, 4.0, 2.0, 7.0])
    estimate = clustered_mean(x, np.arange(4))
    assert estimate.standard_error == pytest.approx(x.std(ddof=1) / 2, abs=1e-12)
    assert estimate.high - estimate.value == pytest.approx(3.182446 * estimate.standard_error, rel=1e-6)  # t(.975, 3)


def test_repeating_every_value_within_its_cluster_adds_no_precision() -> None:
    x, weeks = np.array([1.0, 4.0, 2.0, 7.0]), np.arange(4)
    once, thrice = clustered_mean(x, weeks), clustered_mean(np.repeat(x, 3), np.repeat(weeks, 3))
    assert thrice.standard_error == pytest.approx(once.standard_error, abs=1e-12)
    assert (thrice.n, thrice.clusters) == (12, 4)


def test_the_interval_covers_as_often_as_it_says_when_weeks_share_a_shock() -> None:
    rng = np.random.default_rng(11)
    weeks = np.repeat(np.arange(40), 15)
    covered = []
    for _ in range(400):
        estimate = clustered_mean(rng.normal(size=40)[weeks] + rng.normal(size=600), weeks)
        covered.append(estimate.low <= 0 <= estimate.high)
    assert 0.90 <= np.mean(covered) <= 0.99


def test_a_missing_score_or_a_single_week_is_refused() -> None:
    with pytest.raises(ValidationError, match="1 missing"):
        clustered_mean([0.1, np.nan], [1, 2])
    with pytest.raises(ValidationError, match="two weeks"):
        clustered_mean([0.1, 0.2], [1, 1])


@given(st.floats(0.01, 0.99))
def test_both_scores_are_proper_and_blind_to_the_side(p: float) -> None:
    truth = 0.7
    expected = [
        truth * s([q], [1])[0] + (1 - truth) * s([q], [0])[0] for s in (brier_score, log_loss) for q in (p, truth)
    ]
    assert expected[1] <= expected[0] + 1e-12
    assert expected[3] <= expected[2] + 1e-12
    assert brier_score([p], [1])[0] == pytest.approx(brier_score([1 - p], [0])[0], abs=1e-12)


def test_a_tie_is_half_a_win() -> None:
    assert win_outcome([0])[0] == 0.5
    assert brier_score([0.5], win_outcome([0]))[0] == 0.0
    assert log_loss([0.5], [0.5])[0] == pytest.approx(np.log(2))
