"""Scorelines: chances worked by hand, and what reweighting keeps.

Tolerances: rounding of float64 sums over 169 cells, 1e-12; what lies beyond twelve goals, 1e-5 at means up to 4.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.goals.grid import cells, outcome_probabilities, reweighted, scoreline_probabilities

MEANS = st.floats(0.2, 4.0)


@settings(max_examples=30, deadline=None)
@given(MEANS, MEANS, st.floats(-0.14, 0.14))
def test_chances_of_all_scores_sum_to_one_and_keep_the_means(ours, theirs, rho):
    grid = scoreline_probabilities(np.array([ours]), np.array([theirs]), rho=rho)
    home, away = cells()
    assert grid.min() >= 0
    assert grid.sum() == pytest.approx(1.0, abs=1e-12)
    if rho > -0.1 and ours * theirs < 6:  # no cell is cut at zero
        assert grid[0] @ home == pytest.approx(ours, abs=2e-3)  # goals beyond twelve
        assert grid[0] @ away == pytest.approx(theirs, abs=2e-3)


def test_a_goalless_draw_by_hand():
    # exp(-1.5) exp(-1.0) (1 - 1.5 * 1.0 * -0.1)
    grid = scoreline_probabilities(np.array([1.5]), np.array([1.0]), rho=-0.1)
    assert grid[0, 0] == pytest.approx(np.exp(-2.5) * 1.15, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(MEANS, MEANS, st.tuples(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.05, 1)))
def test_reweighting_hits_the_outcomes_and_keeps_ratios_within_each(ours, theirs, asked):
    wanted = np.array([asked]) / sum(asked)
    grid = scoreline_probabilities(np.array([ours]), np.array([theirs]), rho=-0.05)
    moved = reweighted(grid, wanted)
    assert outcome_probabilities(moved) == pytest.approx(wanted, abs=1e-12)
    home, away = cells()
    for side in (home > away, home == away, home < away):
        was, now = grid[0, side], moved[0, side]
        assert now / now.sum() == pytest.approx(was / was.sum(), abs=1e-12)


def test_equal_sides_win_equally_often():
    chance = outcome_probabilities(scoreline_probabilities(np.array([1.3]), np.array([1.3]), rho=-0.1))
    assert chance[0, 0] == pytest.approx(chance[0, 2], abs=1e-12)
