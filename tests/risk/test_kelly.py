"""Kelly stakes. SLSQP stops at 1e-12 in growth, which leaves shares within 1e-4 of the optimum."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.risk.kelly import kelly_fraction, simultaneous_kelly

CLOSE = 1e-4


def growth(shares: np.ndarray, returns: np.ndarray, weights: np.ndarray) -> float:
    return float(weights @ np.log1p(returns @ shares))


def test_the_textbook_bet_sixty_percent_at_evens_is_a_fifth() -> None:
    # Kelly (1956): p - q
    assert kelly_fraction(0.6, 0.4, price=2.0) == pytest.approx(0.2, abs=1e-12)


def test_a_push_returns_the_stake_and_raises_the_share() -> None:
    # .5 win, .1 push, .4 lose at 1.91: (.5 x .91 - .4) / (.91 x .9) by hand
    assert kelly_fraction(0.5, 0.4, price=1.91) == pytest.approx(0.055 / 0.819, abs=1e-12)


@given(win=st.floats(0.05, 0.9), push=st.floats(0.0, 0.1), price=st.floats(1.2, 6.0))
@settings(max_examples=40, deadline=None)
def test_one_bet_on_draws_is_the_closed_form(win: float, push: float, price: float) -> None:
    lose = 1.0 - win - push if win + push < 0.98 else 0.02
    push = 1.0 - win - lose
    found = simultaneous_kelly([[price - 1.0], [0.0], [-1.0]], [win, push, lose])
    assert found[0] == pytest.approx(min(float(kelly_fraction(win, lose, price=price)), 0.99), abs=1e-3)


def test_two_correlated_bets_match_a_brute_force_grid() -> None:
    rng = np.random.default_rng(11)
    common = rng.normal(size=4000)
    won = [common + rng.normal(size=4000) > -0.15, common + rng.normal(size=4000) > -0.10]
    returns = np.stack([np.where(w, 0.91, -1.0) for w in won], axis=1)
    weights = np.full(4000, 1 / 4000)
    found = simultaneous_kelly(returns, weights)
    grid = np.arange(0.0, 0.3, 0.005)
    best = max(itertools.product(grid, grid), key=lambda pair: growth(np.array(pair), returns, weights))
    assert np.abs(found - np.array(best)).max() <= 0.005
    assert growth(found, returns, weights) >= growth(np.array(best), returns, weights) - 1e-12
    alone = [simultaneous_kelly(returns[:, [bet]], weights)[0] for bet in range(2)]
    assert found.sum() < sum(alone)  # bets that win together are one bet, partly


def test_independent_bets_keep_almost_their_own_shares() -> None:
    outcomes = np.array(list(itertools.product([0.91, -1.0], repeat=2)))
    chance = np.array([0.55 * 0.55, 0.55 * 0.45, 0.45 * 0.55, 0.45 * 0.45])
    found = simultaneous_kelly(outcomes, chance)
    assert found[0] == pytest.approx(found[1], abs=CLOSE)
    assert found[0] == pytest.approx(float(kelly_fraction(0.55, 0.45, price=1.91)), rel=0.02)


def test_a_bet_that_loses_on_average_gets_nothing() -> None:
    returns = np.array([[0.91, 0.91], [0.91, -1.0], [-1.0, 0.91], [-1.0, -1.0]])
    found = simultaneous_kelly(returns, [0.3, 0.3, 0.2, 0.2])
    assert found[0] > 0.0
    assert found[1] == 0.0


def test_the_order_of_draws_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    returns = rng.choice([0.91, 0.0, -1.0], size=(500, 3), p=[0.54, 0.02, 0.44])
    order = rng.permutation(500)
    weights = np.full(500, 1 / 500)
    assert simultaneous_kelly(returns, weights) == pytest.approx(
        simultaneous_kelly(returns[order], weights[order]), abs=1e-9
    )


def test_a_sure_thing_still_leaves_a_reserve() -> None:
    assert simultaneous_kelly([[1.0], [1.0]], [0.5, 0.5])[0] <= 0.99 + 1e-9


def pairs(win: float, correlation: float) -> np.ndarray:
    """Chances of (win, win), (win, lose), (lose, win), (lose, lose) of two bets alike."""
    shared = correlation * win * (1 - win)
    split = win * (1 - win) - shared
    return np.array([win**2 + shared, split, split, (1 - win) ** 2 + shared])


EVENS = np.array(list(itertools.product([1.0, -1.0], repeat=2)))


@pytest.mark.parametrize("win", [0.52, 0.55, 0.6, 0.7])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.8, 1.0])
def test_two_bets_alike_at_evens_are_the_closed_form(win: float, correlation: float) -> None:
    # f each maximizes P(++) log(1 + 2f) + P(--) log(1 - 2f), so f = (P(++) - P(--)) / (2 (P(++) + P(--)))
    lose = 1.0 - win
    alike = (win - lose) / (2 * (win**2 + lose**2 + 2 * correlation * win * lose))
    found = simultaneous_kelly(EVENS, pairs(win, correlation))
    # bets that always win together share one stake, however it is split
    assert found.sum() == pytest.approx(2 * alike, abs=2 * CLOSE)
    assert correlation == 1.0 or found == pytest.approx([alike, alike], abs=CLOSE)


def test_the_closer_two_bets_go_together_the_less_is_staked_on_both() -> None:
    together = [simultaneous_kelly(EVENS, pairs(0.56, c)).sum() for c in (-0.4, 0.0, 0.25, 0.5, 0.75, 1.0)]
    assert (np.diff(together) < 0).all()
    assert together[-1] == pytest.approx(0.12, abs=CLOSE)  # one bet in two names: p - q


def horse_race(chance: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Optimal shares on exclusive outcomes, by the closed form: bet while chance x price is above the reserve rate."""
    order = np.argsort(-chance * price)
    reserve, backed = 1.0, 0
    while backed < len(order) and chance[order[backed]] * price[order[backed]] > reserve:
        backed += 1
        inside = order[:backed]
        reserve = (1 - chance[inside].sum()) / (1 - (1 / price[inside]).sum())
    return np.maximum(chance - reserve / price, 0.0)


@pytest.mark.parametrize(
    ("chance", "price"),
    [
        ((0.50, 0.28, 0.22), (2.20, 3.40, 3.60)),  # a home win alone
        ((0.45, 0.33, 0.22), (2.30, 3.60, 3.30)),  # a home win and a draw
        ((0.40, 0.35, 0.25), (2.60, 3.00, 3.50)),  # a draw is taken below fair only as cover
        ((0.34, 0.33, 0.33), (2.70, 2.80, 2.90)),  # nothing
    ],
)
def test_exclusive_outcomes_are_the_closed_form_of_a_horse_race(
    chance: tuple[float, ...], price: tuple[float, ...]
) -> None:
    # Kelly (1956), where the track takes its part; Smoczynski & Tomkins (2010), Mathematical Scientist 35, 10-17
    p, o = np.array(chance), np.array(price)
    returns = np.where(np.eye(3, dtype=bool), o - 1.0, -1.0)
    assert simultaneous_kelly(returns, p) == pytest.approx(horse_race(p, o), abs=CLOSE)


def one_game(*, seed: int, n: int = 5000) -> np.ndarray:
    """Returns of a spread, a total and a moneyline on the same draws of one game's score, shape (n, 3)."""
    rng = np.random.default_rng(seed)
    home, away = rng.poisson(25.5, n), rng.poisson(20.0, n)
    margin, total = home - away, home + away
    return np.stack(
        [
            0.91 * (margin > 4) - (margin < 4),
            0.95 * (total > 44.5) - (total < 44.5),
            0.55 * (margin > 0) - (margin < 0),
        ],
        axis=1,
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spread_total_and_moneyline_of_one_game_match_a_brute_force_grid(seed: int) -> None:
    returns = one_game(seed=seed)
    outcomes, counts = np.unique(returns, axis=0, return_counts=True)
    chance = counts / counts.sum()
    found = simultaneous_kelly(returns, np.full(len(returns), 1 / len(returns)))
    step = 0.01
    axes = [np.arange(max(0.0, share - 0.08), share + 0.08, step) for share in np.round(found, 2)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    wealth = 1.0 + grid @ outcomes.T
    growths = np.where((wealth > 0).all(axis=1), np.log(np.maximum(wealth, 1e-9)) @ chance, -np.inf)
    assert growth(found, outcomes, chance) >= growths.max()
    assert np.abs(found - grid[growths.argmax()]).max() <= 2 * step  # growth is flat along the spread and moneyline
    alone = [float(simultaneous_kelly(returns[:, [bet]], np.full(5000, 1 / 5000))[0]) for bet in range(3)]
    assert found[0] + found[2] < alone[0] + alone[2]  # the margin decides both


@given(seed=st.integers(0, 10_000), bets=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_no_small_change_of_any_stake_would_grow_faster(seed: int, bets: int) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.choice([-1.0, -0.5, 0.0, 0.9, 1.4], size=(60, bets))
    weights = rng.dirichlet(np.ones(60))
    found = simultaneous_kelly(returns, weights)
    slope = (weights / (1.0 + returns @ found)) @ returns
    if found.sum() < 0.98:  # below the reserve
        assert slope[found > 0] == pytest.approx(0.0, abs=CLOSE)
        assert (slope[found == 0] < CLOSE).all()
