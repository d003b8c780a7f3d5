"""Key numbers.

Tilts are bisected to 1e-15: means and chances are held to 1e-9. Learnt masses come from 6,000 games whose own standard
error of a 9 to 15 % share is about 0.4 points: held to 1.2 points, three of them.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.market.keynumbers import (
    DEFAULT_SCALE,
    KeyNumbers,
    Lattice,
    fair_means,
    key_numbers,
    market_chances,
    smooth_key_numbers,
    tilted,
    tilts_for_market,
    tilts_for_means,
)


@pytest.fixture(scope="module")
def learnt() -> KeyNumbers:
    """Key numbers learnt from games whose margins pile up on 3 and 7 by construction."""
    rng = np.random.default_rng(3)
    spreads = rng.choice(np.arange(-7, 10.5, 0.5), 6000)
    support = np.arange(-60, 61)
    heaped = np.where(np.isin(np.abs(support), [3, 7]), 2.5, 0.9) * np.where(support == 0, 0.05, 1.0)
    curves = heaped * np.exp(-0.5 * ((support - spreads[:, None]) / 13.0) ** 2)
    cumulative = np.cumsum(curves / curves.sum(axis=1, keepdims=True), axis=1)
    margins = support[(rng.random((6000, 1)) > cumulative).sum(axis=1)]
    totals = np.round(rng.normal(44, 13.3, 6000)).clip(0)
    return key_numbers(margins, totals, expected_margins=spreads, expected_totals=np.full(6000, 44.0))


def mass(lattice: Lattice, pmf: np.ndarray, number: int) -> float:
    return float(pmf[np.abs(lattice.support) == number].sum())


def test_planted_key_numbers_are_found(learnt: KeyNumbers) -> None:
    level = tilted(learnt.margin, 0.0)[0]
    bell = tilted(smooth_key_numbers().margin, 0.0)[0]
    # 2.5 against 0.9 times the curve, less what the heaps take from the rest: about 2.2 and 0.8 times
    assert mass(learnt.margin, level, 3) / mass(learnt.margin, bell, 3) == pytest.approx(2.3, abs=0.25)
    assert mass(learnt.margin, level, 0) < 0.3 * mass(learnt.margin, bell, 0)
    assert learnt.margin.n_games == 6000


@pytest.mark.parametrize("spread", [-3.5, 0.0, 2.5, 9.5])
def test_a_tilt_moves_the_mean_and_keeps_the_heaps(learnt: KeyNumbers, spread: float) -> None:
    pmf = tilted(learnt.margin, tilts_for_means(learnt.margin, spread))[0]
    assert pmf @ learnt.margin.support == pytest.approx(spread, abs=1e-9)
    three = learnt.margin.support == 3
    neighbours = np.isin(learnt.margin.support, [2, 4])
    assert float(pmf[three][0]) > 1.8 * pmf[neighbours].mean()


@given(line=st.integers(-40, 40).map(lambda half: half / 2), decided=st.floats(0.05, 0.95))
@settings(max_examples=30, deadline=None)
def test_the_market_is_given_back_at_its_own_line(learnt: KeyNumbers, line: float, decided: float) -> None:
    tilts = tilts_for_market(learnt.margin, line, decided=decided)
    seen = market_chances(learnt.margin, tilts, line=line, sign=1)
    assert seen.decided == pytest.approx(decided, abs=1e-9)


def test_three_and_a_half_points_are_dearer_across_three_than_across_five(learnt: KeyNumbers) -> None:
    def cost(at: float) -> float:
        tilts = tilts_for_market(learnt.margin, [at], decided=[0.5])
        below, above = (market_chances(learnt.margin, tilts, line=[x], sign=[1]).win for x in (at - 0.5, at + 0.5))
        return float((below - above)[0])

    assert cost(3.0) > 2.0 * cost(5.0)


def test_playoffs_cannot_tie(learnt: KeyNumbers) -> None:
    pmf = tilted(learnt.playoff_margin, tilts_for_means(learnt.playoff_margin, 1.0))[0]
    assert mass(learnt.playoff_margin, pmf, 0) == 0.0
    assert pmf.sum() == pytest.approx(1.0, abs=1e-12)


def test_without_a_history_the_curve_is_smooth_and_says_so() -> None:
    smooth = smooth_key_numbers()
    pmf = tilted(smooth.margin, 0.0)[0]
    assert smooth.margin.n_games == 0
    spread = np.sqrt(pmf @ smooth.margin.support**2)
    assert spread == pytest.approx(DEFAULT_SCALE, abs=0.01)  # cut at 80 points, six sds out


def test_a_game_without_a_line_is_left_out_not_guessed() -> None:
    rng = np.random.default_rng(5)
    margins = np.round(rng.normal(0, 13, 400))
    lines = np.where(np.arange(400) < 100, np.nan, 0.0)
    found = key_numbers(margins, margins + 44, expected_margins=lines, expected_totals=lines + 44)
    assert found.margin.n_games == 300


def test_what_the_market_does_not_say_has_no_tilt() -> None:
    margin = smooth_key_numbers().margin
    assert np.isnan(tilts_for_market(margin, [3.0, np.nan], decided=[np.nan, 0.5])).all()
    assert np.isnan(tilts_for_means(margin, [np.nan])).all()


def test_a_line_is_fair_at_the_mean_worked_by_hand() -> None:
    """Margins of -1, 0 and 3 alike likely: at .5 the 3 needs half the mass, so with x = e^tilt, x^4 = x + 1."""
    three = Lattice(np.array([-1.0, 0.0, 3.0]), np.full(3, 1 / 3), 2 / 3, 1)
    x = 1.2207440846
    assert x**4 == pytest.approx(x + 1, abs=1e-9)
    assert fair_means(three, [0.5]) == pytest.approx([1.5 - 0.5 / (1 + x)], abs=1e-9)


def test_even_chances_at_a_heap_need_a_mean_beyond_it(learnt: KeyNumbers) -> None:
    """Below a heap a line's mean is lower than the line, above it higher, and a favourite's mirror is an underdog's."""
    means = fair_means(learnt.margin, [2.5, 3.5, -2.5, -3.5])
    assert means[0] < 2.5 - 0.3
    assert means[1] > 3.5 + 0.2
    assert means[2:] == pytest.approx(-means[:2], abs=1e-9)
