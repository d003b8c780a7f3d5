"""The event study on games: worked by hand, against a dense mixed model, and on leagues whose truth is known.

Tolerances: 1e-6 where the same algebra is done twice; means over simulated leagues within four Monte-Carlo
standard errors.
"""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.causal.games.game_strength import dyadic_covariance, fit_strength
from workbench.causal.games.season_clock import UNEXPOSED, season_clock
from workbench.causal.games.staggered_games import StaggeredDesign
from workbench.errors import ValidationError

_SPEC = importlib.util.spec_from_file_location("staggered_league", Path(__file__).with_name("staggered_league.py"))
assert _SPEC is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
assert _SPEC.loader is not None
_SPEC.loader.exec_module(_MODULE)
league = _MODULE.league

EXACT = 1e-6
DESIGN = StaggeredDesign(outcome="margin", prior="prior")
#: Simulated leagues a case: enough to tell an effect of 4 points from 3, in two seconds.
LEAGUES = 24


def games(*rows):
    names = ["week", "home_team", "away_team", "margin"]
    frame = pd.DataFrame(rows, columns=names).assign(season=2020)
    return frame.assign(game_id=[f"g{i}" for i in range(len(frame))])


def events(*rows):
    return pd.DataFrame(rows, columns=["team", "season", "first_week"])


class TestTheClock:
    ROWS = games((1, "A", "B", 3), (2, "B", "A", 1), (4, "A", "C", 7), (5, "C", "B", 0), (6, "B", "A", 2))

    def test_counts_games_not_weeks_and_starts_anew_each_season(self):
        rows = pd.concat([self.ROWS, self.ROWS.assign(season=2021)], ignore_index=True)
        clock = season_clock(rows, events(("A", 2020, 3)), outcome="margin")
        own = np.where(np.isin(clock.home, clock.home[[0]]), clock.home_since, clock.away_since)
        assert own[:5].tolist() == [-2, -1, 0, UNEXPOSED, 1]
        assert (clock.home_since[5:] == UNEXPOSED).all()
        assert clock.treated.tolist() == [False, False, True, False, True] + [False] * 5

    def test_games_from_a_second_event_on_are_left_out_and_it_is_said(self):
        clock = season_clock(self.ROWS, events(("A", 2020, 2), ("A", 2020, 5)), outcome="margin")
        assert len(clock.outcome) == 4
        assert "1 games after a team's second event" in clock.notes[0]

    def test_the_prior_is_each_team_seasons_first_value_for_later_ones_know_of_the_event(self):
        rows = self.ROWS.assign(home_prior=[5, 9, 9, 1, 9], away_prior=[2, 9, 9, 9, 9])
        clock = season_clock(rows, events(("A", 2020, 3)), outcome="margin", prior="prior")
        assert clock.fixed[:, 1].tolist() == [3, -3, 5 - 9, 9 - 2, -3]

    def test_neutral_games_have_no_home_field(self):
        clock = season_clock(self.ROWS.assign(neutral=[True] + [False] * 4), events(), outcome="margin")
        assert clock.fixed[:, 0].tolist() == [0, 1, 1, 1, 1]

    def test_a_missing_column_is_named(self):
        with pytest.raises(ValidationError, match="must have the column 'first_week'"):
            season_clock(self.ROWS, pd.DataFrame({"team": ["A"], "season": [2020]}), outcome="margin")


@pytest.fixture(scope="module")
def fitted():
    made = league(np.random.default_rng(1), seasons=2, teams=10)
    return fit_strength(season_clock(made.games, made.events, outcome="margin", prior="prior"))


class TestTheStrengths:
    def test_are_the_dense_generalized_least_squares(self, fitted):
        clock, plain = fitted.clock, ~fitted.clock.treated
        z = np.zeros((len(clock.outcome), len(clock.season)))
        z[np.arange(len(z)), clock.home] = 1
        z[np.arange(len(z)), clock.away] -= 1
        v = np.eye(plain.sum()) + fitted.ratio * z[plain] @ z[plain].T
        x, y = clock.fixed[plain], clock.outcome[plain]
        inverse = np.linalg.inv(v)
        beta = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y)
        strength = fitted.ratio * z[plain].T @ inverse @ (y - x @ beta)
        assert fitted.coefficient == pytest.approx(beta, abs=EXACT)
        assert fitted.residual == pytest.approx(clock.outcome - clock.fixed @ beta - z @ strength, abs=EXACT)
        free = plain.sum() - x.shape[1]
        assert fitted.noise_sd**2 == pytest.approx((y - x @ beta) @ inverse @ (y - x @ beta) / free, abs=EXACT)

    def test_weights_reproduce_the_estimate_from_the_outcomes_themselves(self, fitted):
        clock = fitted.clock
        weights = np.where(clock.treated, 1 / clock.treated.sum(), 0.0)[:, None]
        whole = weights + fitted.imputation_weights(weights)
        assert whole[:, 0] @ clock.outcome == pytest.approx(fitted.residual[clock.treated].mean(), abs=EXACT)
        assert clock.fixed.T @ whole[:, 0] == pytest.approx(0, abs=EXACT)  # fixed effects are taken out exactly

    def test_pairs_that_share_a_team_or_a_week_are_counted_once(self, fitted):
        clock = fitted.clock
        score = np.random.default_rng(2).normal(size=len(clock.outcome))
        sides = [np.array([clock.home, clock.away])] * 2
        shares = (sides[0][:, None, :, None] == sides[1][None, :, None, :]).any(axis=(0, 1))
        shares |= clock.week[:, None] == clock.week[None, :]
        assert dyadic_covariance(score[:, None], clock)[0, 0] == pytest.approx(score @ shares @ score, abs=EXACT)


def fits(design=DESIGN, n=LEAGUES, **options):
    for seed in range(n):
        made = league(np.random.default_rng([seed, 11]), **options)
        yield made, design.fit(made.games, made.events)


def gap_and_error(found):
    """Mean error of the overall effect over leagues, its Monte-Carlo standard error, and how many intervals cover."""
    gaps = np.array([study.overall.value - made.realised for made, study in found])
    covers = sum(study.overall.low <= made.realised <= study.overall.high for made, study in found)
    return gaps.mean(), gaps.std(ddof=1) / np.sqrt(len(gaps)), covers


class TestPlantedTruth:
    @pytest.mark.parametrize(
        "options",
        [
            {"effect": lambda _: 4.0},
            {"effect": lambda h: -6.0 * 0.8**h},
            {"effect": lambda _: 3.0, "spread": 4.0},
        ],
        ids=["constant", "decaying", "differing"],
    )
    def test_is_found_and_covered(self, options):
        gap, error, covers = gap_and_error(list(fits(**options)))
        assert gap == pytest.approx(0, abs=4 * error)
        assert covers >= 19  # of 24 at 95 %: fewer has a chance below one in 500

    def test_nothing_is_found_where_there_is_nothing_before_or_after(self):
        found = list(fits())
        gap, error, covers = gap_and_error(found)
        assert gap == pytest.approx(0, abs=4 * error)
        assert covers >= 19
        assert sum(study.pre_trend[1] < 0.05 for _, study in found) <= 5  # 24 at 5 %: more, below one in 800

    def test_regression_to_the_mean_is_removed_by_shrinking_and_not_by_team_season_effects(self):
        leagues = [league(np.random.default_rng([seed, 11]), selected=True) for seed in range(12)]
        unshrunken = replace(DESIGN, shrunken=False)
        shrunken, plain = ([(m, d.fit(m.games, m.events)) for m in leagues] for d in (DESIGN, unshrunken))
        gap, error, covers = gap_and_error(shrunken)
        assert gap == pytest.approx(0, abs=4 * error)
        assert covers >= 9  # of 12 at 95 %
        assert (
            gap_and_error(plain)[0] > 4
        )  # measured 5.7 points: an unlucky spell reads as weakness, its end as an effect
        # Selection on results shows before the event all the same: the leads say so, and cannot tell it from a trend.
        assert sum(study.pre_trend[1] < 0.05 for _, study in shrunken) >= 9

    def test_the_remaining_games_are_told_apart_from_the_first(self):
        found = [s for _, s in fits(effect=lambda h: 5.0 if h < 4 else 0.0)]
        first = np.array([s.overall.value for s in found])
        later = np.array([s.remaining.value for s in found])
        assert first.mean() == pytest.approx(5, abs=4 * first.std() / np.sqrt(LEAGUES))
        assert later.mean() == pytest.approx(0, abs=4 * later.std() / np.sqrt(LEAGUES))


@pytest.fixture(scope="module")
def study():
    made = league(np.random.default_rng(5), effect=lambda _: 4.0)
    return DESIGN.fit(made.games, made.events)


class TestTheResult:
    def test_has_every_horizon_with_the_reference_at_zero(self, study):
        assert study.path["horizon"].tolist() == [-4, -3, -2, -1, 0, 1, 2, 3, 4]
        reference = study.path.set_index("horizon").loc[-1]
        assert reference["estimate"] == 0
        assert np.isnan(reference["standard_error"])

    def test_overall_is_the_mean_of_its_horizons_weighted_by_games(self, study):
        first = study.path[study.path["horizon"].between(0, 3)]
        assert study.overall.value == pytest.approx(np.average(first["estimate"], weights=first["n"]))
        assert study.overall.treated == first["n"].sum()

    def test_two_treated_sides_of_one_game_take_both_effects(self):
        made = league(np.random.default_rng(6), effect=lambda _: 20.0, noise=1e-3, rate=0.5)
        study = DESIGN.fit(made.games, made.events)
        assert study.overall.value == pytest.approx(20, abs=3)  # strengths are known nearly exactly, whoever meets whom

    def test_mirrored_games_change_no_sign_of_an_effect(self):
        made = league(np.random.default_rng(7), effect=lambda _: 4.0, seasons=3)
        swapped = made.games.rename(
            columns={
                "home_team": "away_team",
                "away_team": "home_team",
                "home_prior": "away_prior",
                "away_prior": "home_prior",
            }
        ).assign(margin=-made.games["margin"], neutral=True)
        one = DESIGN.fit(made.games.assign(neutral=True), made.events)
        two = DESIGN.fit(swapped, made.events)
        assert two.overall.value == pytest.approx(one.overall.value, abs=EXACT)

    def test_too_few_events_are_refused(self):
        made = league(np.random.default_rng(8), seasons=1)
        with pytest.raises(ValidationError, match="at least 3 events with games before and after, got 0"):
            DESIGN.fit(made.games, made.events.iloc[:0])
