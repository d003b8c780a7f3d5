"""What bets may do to a bankroll. By hand to 1e-12; pooled sums within a hundred-thousandth a game; simulated
probabilities within four Monte-Carlo standard errors, which with fixed seeds fail for a wrong formula only."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from workbench.risk.ruin import (
    STEP,
    Profits,
    expected_shortfall,
    pooled_profits,
    repeated_weeks,
    summed_profits,
    value_at_risk,
)


def bet(share: float, *, win: float, price: float = 2.0) -> Profits:
    return pooled_profits([share * (price - 1.0), -share], [win, 1.0 - win])


def log_step(size: float, *, up: float) -> Profits:
    """A week that multiplies the bankroll by exp(size) or divides it by as much."""
    return pooled_profits([math.expm1(size), math.expm1(-size)], [up, 1.0 - up])


def test_the_risk_of_one_bet_by_hand() -> None:
    # 2 % of the bankroll at 1.91, winning 55 %
    week = bet(0.02, win=0.55, price=1.91)
    assert week.mean == pytest.approx(0.02 * (0.55 * 0.91 - 0.45), abs=1e-12)
    assert week.chance_of_loss == pytest.approx(0.45, abs=1e-12)
    assert week.growth == pytest.approx(0.55 * math.log(1.0182) + 0.45 * math.log(0.98), abs=1e-12)
    assert value_at_risk(week) == expected_shortfall(week) == pytest.approx(0.02, abs=1e-12)


def test_a_bet_that_loses_less_than_one_week_in_twenty_is_at_risk_of_less_than_nothing() -> None:
    week = bet(0.02, win=0.97, price=1.05)
    assert value_at_risk(week) == pytest.approx(-0.001, abs=1e-12)  # nineteen weeks in twenty it gains
    # of the worst twentieth, three in a hundred lose 2 % and two gain .1 %
    assert expected_shortfall(week) == pytest.approx((0.03 * 0.02 - 0.02 * 0.001) / 0.05, abs=1e-12)
    assert value_at_risk(week, level=0.98) == pytest.approx(0.02, abs=1e-12)


def test_two_bets_on_two_games_by_hand() -> None:
    week = summed_profits([bet(0.02, win=0.6), bet(0.01, win=0.5)])
    assert week.values == pytest.approx([-0.03, -0.01, 0.01, 0.03], abs=1e-12)
    assert week.chances == pytest.approx([0.2, 0.2, 0.3, 0.3], abs=1e-12)
    assert value_at_risk(week, level=0.8) == pytest.approx(0.03, abs=1e-12)
    assert value_at_risk(week, level=0.75) == pytest.approx(0.01, abs=1e-12)
    assert expected_shortfall(week, level=0.6) == pytest.approx((0.2 * 0.03 + 0.2 * 0.01) / 0.4, abs=1e-12)


def test_sixteen_bets_alike_are_a_binomial() -> None:
    week = summed_profits([bet(0.01, win=0.55)] * 16)
    won = np.arange(17)
    assert week.values == pytest.approx(0.01 * (2 * won - 16), abs=STEP)
    assert week.chances == pytest.approx(binom.pmf(won, 16, 0.55), abs=1e-12)
    assert week.chance_of_loss == pytest.approx(binom.cdf(7, 16, 0.55), abs=1e-12)
    assert value_at_risk(week) == pytest.approx(-0.01 * (2 * binom.ppf(0.05, 16, 0.55) - 16), abs=STEP)


@given(
    shares=st.lists(st.floats(0.001, 0.025), min_size=1, max_size=5),
    win=st.floats(0.2, 0.8),
    price=st.floats(1.3, 4.0),
)
@settings(max_examples=25, deadline=None)
def test_sums_keep_mean_and_variance_and_risk_is_ordered(shares: list[float], win: float, price: float) -> None:
    parts = [bet(share, win=win, price=price) for share in shares]
    week = summed_profits(parts)
    assert week.mean == pytest.approx(sum(p.mean for p in parts), abs=1e-12)
    assert week.sd == pytest.approx(math.sqrt(sum(p.sd**2 for p in parts)), abs=2 * STEP * len(parts))
    assert week.growth <= math.log1p(week.mean) + 1e-12
    assert value_at_risk(week) <= expected_shortfall(week) + 1e-12 <= sum(shares) + STEP
    assert -week.mean <= expected_shortfall(week) + 1e-12


def test_the_whole_bankroll_on_one_bet_never_grows() -> None:
    assert bet(1.0, win=0.9).growth == -math.inf


def test_no_bet_is_no_risk() -> None:
    nothing = summed_profits([])
    assert (nothing.mean, nothing.growth, nothing.chance_of_loss) == (0.0, 0.0, 0.0)
    assert value_at_risk(nothing) == expected_shortfall(nothing) == 0.0


@pytest.mark.parametrize("up", [0.5, 0.55])
def test_the_gamblers_ruin_of_even_bets(up: float) -> None:
    # in logarithms every week is a step of one size, and a half is five steps down: the gambler's ruin within n weeks
    steps, weeks = 5, 60
    size = math.log(2.0) / steps
    found = repeated_weeks(
        log_step(size, up=up), weeks=weeks, paths=20_000, ruin_share=0.5 + 1e-4, rng=np.random.default_rng(4)
    )
    ends = 2 * np.arange(weeks + 1) - weeks
    chance = binom.pmf(np.arange(weeks + 1), weeks, up)
    odds = up / (1 - up)
    # reflection: paths that end at k > -5 and touched -5 are as many as end at -10 - k, with k + 5 more steps up
    touched = sum(binom.pmf((weeks - 10 - k) / 2, weeks, up) * odds ** (k + 5) for k in ends[ends > -steps].tolist())
    exact = chance[ends <= -steps].sum() + touched
    assert found.ruin == pytest.approx(exact, abs=4 * found.ruin_error)


def test_ever_falling_to_a_half_at_full_kelly_is_one_in_two() -> None:
    # Thorp (2006), The Kelly criterion in blackjack, sports betting and the stock market, section 7.3: at a share c of
    # Kelly the chance of ever falling to a share x is x**(2 / c - 1) for small bets: 1/2 at full, 1/8 at half Kelly
    rng = np.random.default_rng(9)
    for c, told in ((1.0, 1 / 2), (0.5, 1 / 8)):
        found = repeated_weeks(bet(c * 0.1, win=0.55), weeks=2000, paths=3000, rng=rng)
        # bets of 10 % overshoot the half a little, so fewer touch it than in the limit of small bets
        assert told * 0.8 < found.ruin < told * 1.05
    assert repeated_weeks(bet(0.025, win=0.55), weeks=2000, paths=3000, rng=rng).ruin < 0.02  # quarter Kelly: 1/128


def test_drawdowns_of_a_sure_loss_and_a_sure_gain_by_hand() -> None:
    rng = np.random.default_rng(1)
    down = repeated_weeks(Profits(np.array([-0.1]), np.ones(1)), weeks=3, paths=10, rng=rng)
    assert down.drawdown == down.drawdown_high == pytest.approx(1 - 0.9**3, abs=1e-12)
    assert (down.ruin, down.median_wealth) == (0.0, pytest.approx(0.729, abs=1e-12))
    up = repeated_weeks(Profits(np.array([0.1]), np.ones(1)), weeks=3, paths=10, rng=rng)
    assert up.drawdown == 0.0
    ruined = repeated_weeks(Profits(np.array([-0.25]), np.ones(1)), weeks=3, paths=10, rng=rng)
    assert ruined.ruin == 1.0  # .75, .5625, .42
    assert ruined.ruin_error > 0.0


def test_two_weeks_drawdown_by_hand() -> None:
    # half up, half down by a tenth: up up 0, up down .1, down up .1, down down .19
    found = repeated_weeks(bet(0.1, win=0.5), weeks=2, paths=40_000, rng=np.random.default_rng(2))
    assert found.drawdown == pytest.approx((0.0 + 0.1 + 0.1 + 0.19) / 4, abs=4 * found.drawdown_error)


def test_the_same_generator_gives_the_same_weeks() -> None:
    one, other = (repeated_weeks(bet(0.05, win=0.5), weeks=9, paths=500, rng=np.random.default_rng(3)) for _ in "ab")
    assert one == other
