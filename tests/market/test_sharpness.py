"""The accuracy of lines. Tolerances: 1e-9 where worked by hand; planted sizes to four standard errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.intervals import clustered_mean
from workbench.market.sharpness import gain_of_close, line_accuracy, variance_share

LINES = np.array([3.0, -2.0, 7.0, 0.0])
MARGINS = np.array([6.0, -6.0, 7.0, 5.0])  # errors 3, -4, 0, 5


def test_by_hand():
    found = line_accuracy(LINES, MARGINS, clusters=[1, 2, 3, 4])
    assert found.rmse.value == pytest.approx(np.sqrt(50 / 4))
    assert found.mae.value == 3.0
    assert found.bias.value == 1.0
    # margins about their mean 3: 9 + 81 + 16 + 4 = 110; 1 - 50 / 110
    assert found.variance_share.value == pytest.approx(60 / 110)
    assert found.rmse.low == pytest.approx(np.sqrt(max(clustered_mean([9, 16, 0, 25], [1, 2, 3, 4]).low, 0)))


def test_the_gain_of_the_close_is_worked_by_hand_and_turns_with_the_roles():
    closed = LINES + np.array([1.0, -2.0, 0.0, 0.0])  # errors 2, -2, 0, 5
    gain = gain_of_close(LINES, closed, MARGINS, clusters=[1, 1, 2, 2])
    assert gain.value == (5 + 12) / 4
    assert gain_of_close(closed, LINES, MARGINS, clusters=[1, 1, 2, 2]).value == -gain.value


def test_a_planted_line_is_described_as_it_was_planted():
    rng = np.random.default_rng(7)
    truth = rng.normal(0.0, 6.0, 8000)
    found = line_accuracy(truth - 0.5, truth + rng.normal(0.0, 13.0, 8000), clusters=np.arange(8000) // 16)
    for estimate, planted in ((found.bias, 0.5), (found.rmse, np.sqrt(169.25)), (found.mae, 10.38)):
        assert abs(estimate.value - planted) < 4 * estimate.standard_error
    share = 1 - 169.25 / (36 + 169)
    assert abs(found.variance_share.value - share) < 4 * found.variance_share.standard_error


def test_the_interval_of_the_share_is_that_of_resampled_weeks():
    rng = np.random.default_rng(8)
    line = rng.normal(0.0, 6.0, 1500)
    outcome, week = line + rng.normal(0.0, 13.0, 1500), np.arange(1500) // 15
    found = variance_share(line, outcome, week)
    shares = []
    for _ in range(400):
        rows = np.concatenate([np.flatnonzero(week == w) for w in rng.integers(0, 100, 100)])
        shares.append(1 - np.mean((outcome[rows] - line[rows]) ** 2) / np.var(outcome[rows]))
    # a bootstrap of 400 knows a standard deviation to about 3.5 %
    assert found.standard_error == pytest.approx(np.std(shares), rel=0.15)


@given(shift=st.floats(-30, 30), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_moving_lines_and_outcomes_together_changes_nothing(shift, seed):
    rng = np.random.default_rng(seed)
    line, outcome = rng.normal(size=20), rng.normal(size=20)
    before = line_accuracy(line, outcome, np.arange(20))
    after = line_accuracy(line + shift, outcome + shift, np.arange(20))
    for name in ("rmse", "mae", "bias", "variance_share"):
        assert getattr(after, name).value == pytest.approx(getattr(before, name).value, abs=1e-9)


def test_a_missing_line_is_refused():
    with pytest.raises(ValidationError, match="1 are missing"):
        line_accuracy([1.0, np.nan], [1.0, 2.0], clusters=[1, 2])


def test_an_outcome_that_never_differs_leaves_no_share():
    assert np.isnan(variance_share([1.0, 2.0], [3.0, 3.0], clusters=[1, 2]).value)
