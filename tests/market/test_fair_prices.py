"""What bets pay. Settling is arithmetic on half points: exact; chances are sums of weights: 1e-12."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.market.prices import chances, on_half_points, profits, stake_shares

whole = st.integers(-60, 60)
quarter_line = st.integers(-120, 120).map(lambda quarters: quarters / 4)


@given(whole, quarter_line)
@settings(max_examples=40, deadline=None)
def test_what_one_side_wins_the_other_loses(value: int, line: float) -> None:
    assert stake_shares(value, line, sign=1) == -stake_shares(value, line, sign=-1)


@given(whole, quarter_line)
@settings(max_examples=40, deadline=None)
def test_a_quarter_line_is_half_a_bet_on_each_neighbour(value: int, line: float) -> None:
    near = [line, line] if on_half_points(line) else [line - 0.25, line + 0.25]
    assert stake_shares(value, line, sign=1) == np.mean([np.sign(value - at) for at in near])


@given(st.lists(st.tuples(whole, st.floats(0.01, 1.0)), min_size=2, max_size=30), quarter_line)
@settings(max_examples=30, deadline=None)
def test_chances_sum_to_one_and_the_fair_price_is_worth_nothing(draws: list[tuple[int, float]], line: float) -> None:
    values, weights = np.array([v for v, _ in draws]), np.array([w for _, w in draws])
    fair = chances(values, weights / weights.sum(), line=line, sign=1)
    assert fair.win + fair.push + fair.lose == pytest.approx(1.0, abs=1e-12)
    if fair.win > 0:
        assert fair.win * (fair.fair_price - 1) - fair.lose == pytest.approx(0.0, abs=1e-12)


def test_draws_and_their_lattice_give_the_same_chances() -> None:
    rng = np.random.default_rng(7)
    margins = rng.integers(-10, 11, 5000)
    support, counts = np.unique(margins, return_counts=True)
    from_draws = chances(margins, np.full(5000, 1 / 5000), line=3.0, sign=-1)
    from_lattice = chances(support, counts / 5000, line=3.0, sign=-1)
    for field in ("win", "push", "lose", "decided"):
        assert getattr(from_draws, field) == pytest.approx(getattr(from_lattice, field), abs=1e-12)


def test_a_bet_that_always_pushes_has_no_fair_price() -> None:
    certain = chances([3], [1.0], line=3.0, sign=1)
    assert np.isnan(certain.decided).all()
    assert np.isnan(certain.fair_price).all()


def test_a_half_loss_costs_half_the_stake() -> None:
    assert profits([-0.5, 0.5], price=1.91).tolist() == pytest.approx([-0.5, 0.455], abs=1e-12)


def test_the_line_nobody_offered_is_off_the_grid() -> None:
    assert on_half_points([13.847, 13.5, 14.0, 3.25]).tolist() == [False, True, True, False]
