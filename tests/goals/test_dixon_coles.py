"""Strengths from scores: worked by hand, against a likelihood written anew, and where the truth was planted.

Tolerances: 1e-6 against other optimizers, which stop at about that; planted truth within four standard errors, those
being about 0.03 for a strength of 20 clubs over 40 matches a pairing-season, stated where used.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize
from scipy.stats import poisson

from workbench.errors import ValidationError
from workbench.goals.dixon_coles import Matches, Memory, Strengths, _Problem, fitted, low_score_factor
from workbench.goals.grid import cells, scoreline_probabilities

CLOSE = 1e-6


def drawn_matches(rng, *, clubs=6, rounds=4, rho=0.0, attack=None, defence=None, level=0.1, home=0.3):
    """Every pairing at both grounds, some rounds of it, ages spread over two years."""
    pairs = np.array([(i, j) for i in range(clubs) for j in range(clubs) if i != j] * rounds)
    a = np.zeros(clubs) if attack is None else attack
    d = np.zeros(clubs) if defence is None else defence
    ours = np.exp(level + home + a[pairs[:, 0]] - d[pairs[:, 1]])
    theirs = np.exp(level + a[pairs[:, 1]] - d[pairs[:, 0]])
    grid = scoreline_probabilities(ours, theirs, rho=rho)
    h, g = cells()
    cell = (grid.cumsum(axis=1) > rng.random(len(pairs))[:, None]).argmax(axis=1)
    age = rng.uniform(0, 730, len(pairs))
    return Matches(pairs[:, 0], pairs[:, 1], h[cell].astype(np.int64), g[cell].astype(np.int64), age)


def written_anew(x, matches, *, memory, n):
    """The same penalised likelihood as the paper writes it, match by match."""
    attack, defence, (level, home, rho) = x[:n], x[n : 2 * n], x[-3:]
    total = 0.0
    for i, j, u, v, t in zip(matches.home, matches.away, matches.home_goals, matches.away_goals, matches.age_days,
                             strict=True):  # fmt: skip
        ours, theirs = np.exp(level + home + attack[i] - defence[j]), np.exp(level + attack[j] - defence[i])
        tau = {(0, 0): 1 - ours * theirs * rho, (0, 1): 1 + ours * rho, (1, 0): 1 + theirs * rho, (1, 1): 1 - rho}
        weight = 0.5 ** (t / memory.half_life_days)
        total += weight * (np.log(tau.get((u, v), 1.0)) + poisson.logpmf(u, ours) + poisson.logpmf(v, theirs))
    return -total + 0.5 * (np.sum(attack**2) + np.sum(defence**2)) / memory.spread**2


class TestTheFit:
    def test_of_equal_clubs_is_the_logarithm_of_weighted_mean_goals(self):
        # no low score, so rho has nothing to say; a spread near zero keeps every club average. Weights 1 and 1/2:
        # home goals (4 + 2/2) / 1.5 = 10/3, away goals (2 + 3/2) / 1.5 = 7/3
        matches = Matches(
            np.array([0, 1]), np.array([1, 0]), np.array([4, 2]), np.array([2, 3]), np.array([0.0, 100.0])
        )
        found = fitted(matches, n_teams=2, memory=Memory(100.0, 1e-4))
        assert found.level == pytest.approx(np.log(7 / 3), abs=1e-5)
        assert found.home == pytest.approx(np.log(10 / 7), abs=1e-5)
        assert found.matches == pytest.approx(1.5)
        assert np.abs(found.attack).max() < 1e-5

    def test_is_that_of_a_likelihood_written_anew_and_another_optimizer(self):
        matches = drawn_matches(np.random.default_rng(1), clubs=4, rounds=2, rho=-0.08)
        memory = Memory(300.0, 0.4)
        found = fitted(matches, n_teams=4, memory=memory)
        other = minimize(
            lambda x: written_anew(x, matches, memory=memory, n=4), np.zeros(11), method="L-BFGS-B",
            bounds=[(None, None)] * 10 + [(-0.15, 0.15)], options={"ftol": 1e-14, "gtol": 1e-9, "maxfun": 50_000},
        )  # fmt: skip
        mine = np.r_[found.attack, found.defence, found.level, found.home, found.rho]
        # the value at the top agrees to rounding; the place, as well as differences taken by an optimizer allow
        assert written_anew(mine, matches, memory=memory, n=4) <= other.fun + 1e-7
        assert mine == pytest.approx(other.x, abs=2e-3)

    def test_climbs_along_the_slope_of_its_own_value(self):
        matches = drawn_matches(np.random.default_rng(2), clubs=3, rounds=2, rho=-0.1)
        low = [(matches.home_goals == h) & (matches.away_goals == a) for h, a in ((0, 0), (0, 1), (1, 0), (1, 1))]
        problem = _Problem(matches=matches, weights=np.ones(len(matches.home)), low=low, prior=np.zeros(6), spread=0.5,
                           n_teams=3)  # fmt: skip
        x = np.random.default_rng(3).normal(0, 0.1, 9)
        numeric = approx_fprime(x, lambda y: problem.climb(y)[0], 1e-7)
        assert problem.climb(x)[1] == pytest.approx(numeric, abs=2e-4)  # forward differences of a sum of 12 matches

    def test_finds_planted_strengths_home_advantage_and_dependence(self):
        rng = np.random.default_rng(4)
        attack, defence = rng.normal(0, 0.3, 10), rng.normal(0, 0.3, 10)
        attack, defence = attack - attack.mean(), defence - defence.mean()
        matches = drawn_matches(rng, clubs=10, rounds=120, rho=-0.1, attack=attack, defence=defence)
        found = fitted(matches, n_teams=10, memory=Memory(1e6, 5.0))
        # 10,800 matches: 2,160 games a club and about 2,700 goals, so a standard error of about 0.02
        assert found.attack - found.attack.mean() == pytest.approx(attack, abs=0.08)
        assert found.defence - found.defence.mean() == pytest.approx(defence, abs=0.08)
        assert found.home == pytest.approx(0.3, abs=0.06)
        assert found.rho == pytest.approx(-0.1, abs=0.04)

    def test_from_another_start_is_the_same(self):
        matches = drawn_matches(np.random.default_rng(5))
        memory = Memory(400.0, 0.4)
        cold = fitted(matches, n_teams=6, memory=memory)
        odd = Strengths(np.full(6, 0.3), np.full(6, -0.3), 0.5, -0.2, 0.1, 1.0)
        warm = fitted(matches, n_teams=6, memory=memory, start=odd)
        for name in ("attack", "defence", "level", "home", "rho"):
            assert getattr(warm, name) == pytest.approx(getattr(cold, name), abs=CLOSE)

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 10_000))
    def test_does_not_depend_on_the_order_of_matches(self, seed):
        rng = np.random.default_rng(seed)
        matches = drawn_matches(rng, clubs=4, rounds=1)
        order = rng.permutation(len(matches.home))
        mixed = Matches(*(getattr(matches, n)[order] for n in ("home", "away", "home_goals", "away_goals", "age_days")))
        memory = Memory(365.0, 0.4)
        one, other = (fitted(m, n_teams=4, memory=memory) for m in (matches, mixed))
        assert one.attack == pytest.approx(other.attack, abs=CLOSE)

    def test_takes_a_club_without_matches_for_its_prior(self):
        matches = drawn_matches(np.random.default_rng(6), clubs=3)
        prior = np.array([0.0, 0.0, 0.0, -0.2])
        found = fitted(matches, n_teams=4, memory=Memory(365.0, 0.4), prior_attack=prior, prior_defence=prior / 2)
        assert found.attack[3] == pytest.approx(-0.2, abs=CLOSE)
        assert found.defence[3] == pytest.approx(-0.1, abs=CLOSE)

    def test_forgets_what_is_old(self):
        # club 0 lost everything long ago and has won everything since, at either ground
        at_home = np.arange(80) % 2 == 0
        won = np.arange(80) >= 40
        first, second = np.where(at_home, 0, 1), np.where(at_home, 1, 0)
        zero_scores, other_scores = np.where(won, 3, 0), np.where(won, 0, 3)
        both = Matches(
            first, second, np.where(at_home, zero_scores, other_scores), np.where(at_home, other_scores, zero_scores),
            np.where(won, 10.0, 2000.0),
        )  # fmt: skip
        short, long = (fitted(both, n_teams=2, memory=Memory(h, 0.5)) for h in (100.0, 1e6))
        assert short.attack[0] - short.attack[1] > 0.5
        assert abs(long.attack[0] - long.attack[1]) < 0.05


class TestWhatIsRefused:
    def test_no_match_at_all(self):
        none = np.empty(0, dtype=np.int64)
        with pytest.raises(ValidationError, match="needs matches, got none"):
            fitted(Matches(none, none, none, none, np.empty(0)), n_teams=2, memory=Memory(365.0, 0.4))

    def test_a_match_that_lies_ahead(self):
        one = np.array([1])
        with pytest.raises(ValidationError, match="after the instant"):
            Matches(one, one, one, one, np.array([-0.5]))

    def test_a_memory_of_nothing(self):
        with pytest.raises(ValidationError, match="above 0"):
            Memory(0.0, 0.4)

    def test_prior_means_of_other_clubs(self):
        one = np.array([1])
        with pytest.raises(ValidationError, match="one a team"):
            fitted(Matches(one, one, one, one, np.array([1.0])), n_teams=2, memory=Memory(9.0, 1.0),
                   prior_attack=np.zeros(3))  # fmt: skip


def test_dependence_moves_mass_without_making_any():
    # the four corrections cancel: tau's mean over independent Poisson goals is one
    for rho in (-0.13, 0.05):
        h, a = cells()
        means = (np.array([[1.4]]), np.array([[1.1]]))
        plain = poisson.pmf(h, 1.4) * poisson.pmf(a, 1.1)
        factor = low_score_factor(h.astype(float), a.astype(float), means=means, rho=rho)[0]
        assert plain @ factor == pytest.approx(plain.sum(), abs=1e-12)
