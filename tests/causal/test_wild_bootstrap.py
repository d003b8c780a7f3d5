"""The wild bootstrap and randomization: exact where they must be, and covering where clusters are few."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.causal.games.game_design import GameDesign, PreparedGames
from workbench.causal.games.randomization import randomization_draws
from workbench.causal.games.wild_bootstrap import wild_draws

#: Rounding only.
SAME = 1e-8
DESIGN = GameDesign(outcome="margin", treatment="shock", draws=199)
EFFECT = 3.0
TEAMS, WEEKS = 32, 17


def schedule(seasons: int, *, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for season in range(seasons):
        for week in range(WEEKS):
            order = rng.permutation(TEAMS)
            rows.append(
                pd.DataFrame({"home_team": order[:16], "away_team": order[16:]}).assign(season=season, week=week)
            )
    return pd.concat(rows, ignore_index=True)


def margins(games: pd.DataFrame, *, rng: np.random.Generator) -> np.ndarray:
    """Strength that drifts (autocorrelation .9), a league-wide week, and noise: what clustering is for."""
    shape = (games["season"].max() + 1, TEAMS, WEEKS)
    drift = np.empty(shape)
    drift[:, :, 0] = rng.normal(0, 3, shape[:2])
    for week in range(1, WEEKS):
        drift[:, :, week] = 0.9 * drift[:, :, week - 1] + rng.normal(0, 3 * np.sqrt(1 - 0.81), shape[:2])
    drift += rng.normal(0, 5, (*shape[:2], 1))
    weekly = rng.normal(0, 1, (shape[0], WEEKS))
    season, week = games["season"], games["week"]
    sides = drift[season, games["home_team"], week] - drift[season, games["away_team"], week]
    return sides + weekly[season, week] + rng.normal(2, 13, len(games))


def shocks(games: pd.DataFrame, *, absorbing: int | None, rng: np.random.Generator) -> np.ndarray:
    """One week a team-season, or for good in so many team-seasons; home less away."""
    seasons = int(games["season"].max()) + 1
    treated = np.zeros((seasons * TEAMS, WEEKS))
    if absorbing is None:
        treated[np.arange(len(treated)), rng.integers(3, 13, len(treated))] = 1
    else:
        for unit in rng.choice(len(treated), absorbing, replace=False):
            treated[unit, rng.integers(4, WEEKS - 4) :] = 1
    by_team = treated.reshape(seasons, TEAMS, WEEKS)
    season, week = games["season"], games["week"]
    return by_team[season, games["home_team"], week] - by_team[season, games["away_team"], week]


def coverage(*, absorbing: int | None, seasons: int, leagues: int, inference: str) -> float:
    """Share of leagues whose 95 % interval holds the planted effect (a test of the truth at 5 % is the same)."""
    rng = np.random.default_rng(20)
    games = schedule(seasons, rng=rng)
    base = DESIGN.prepared(games.assign(margin=0.0))
    held = []
    for _ in range(leagues):
        shock = shocks(games, absorbing=absorbing, rng=rng)
        outcome = base.off.residuals(EFFECT * shock + margins(games, rng=rng))
        fit = PreparedGames(
            replace(DESIGN, inference="cluster"), games.assign(shock=shock), base.off, base.clusters, outcome, 0
        ).fit("shock")
        if inference == "cluster":
            held.append(fit.estimate().low <= EFFECT <= fit.estimate().high)
            continue
        drawn = (wild_draws if inference == "wild bootstrap" else randomization_draws)(fit, draws=199, rng=rng)
        held.append(drawn.p_value(EFFECT, estimate=fit.value, standard_error=fit.standard_error) > 0.05)
    return float(np.mean(held))


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(1)
    games = schedule(1, rng=rng)
    games["shock"] = shocks(games, absorbing=6, rng=rng)
    games["margin"] = EFFECT * games["shock"] + margins(games, rng=rng)
    return DESIGN.prepared(games).fit("shock")


@pytest.mark.parametrize("null", [0.0, 2.5])
def test_the_polynomial_in_the_null_is_the_bootstrap_made_at_that_null(fit, null):
    drawn = wild_draws(fit, draws=7, rng=np.random.default_rng(5))
    owners = np.unique(fit.owners[0], return_inverse=True)[1]
    points = np.sqrt([0.5, 1.0, 1.5])
    choices = np.concatenate([-points, points])
    weights = np.random.default_rng(5).choice(choices, size=(owners.max() + 1, 7))[owners]
    restricted = fit.prepared.outcome - null * fit.left
    for draw in range(7):
        outcome = fit.prepared.off.residuals(weights[:, draw] * restricted)
        again = PreparedGames(DESIGN, fit.prepared.games, fit.prepared.off, fit.prepared.clusters, outcome, 0).fit(
            "shock"
        )
        assert drawn.level[draw] - null * drawn.slope[draw] == pytest.approx(again.value, abs=SAME)
        powers = np.array([1, -2 * null, null**2])
        variance = max(powers @ drawn.linked[:, draw], powers @ drawn.alone[:, draw])
        assert np.sqrt(variance) == pytest.approx(again.standard_error, rel=1e-6)


@pytest.mark.parametrize("inference", ["wild bootstrap", "randomization"])
def test_the_interval_holds_the_effects_that_are_not_rejected_and_no_others(fit, inference):
    estimate = replace(fit.prepared.design, inference=inference).fit(fit.prepared.games)
    make = wild_draws if inference == "wild bootstrap" else randomization_draws
    drawn = make(fit, draws=199, rng=np.random.default_rng(0))
    p_values = [
        drawn.p_value(null, estimate=fit.value, standard_error=fit.standard_error)
        for null in (estimate.low - 0.05, estimate.low + 0.05, estimate.high - 0.05, estimate.high + 0.05)
    ]
    assert [p > 0.05 for p in p_values] == [False, True, True, False]
    assert estimate.low < estimate.value < estimate.high
    assert estimate.inference == inference


def test_the_same_seed_gives_the_same_interval_and_another_seed_another(fit):
    auto = replace(DESIGN, inference="wild bootstrap")
    first, again = auto.fit(fit.prepared.games), auto.fit(fit.prepared.games)
    assert first == again
    assert replace(auto, seed=1).fit(fit.prepared.games).low != first.low


def test_permuting_keeps_every_week_its_treatments(fit):
    from workbench.causal.games.randomization import _permuted

    permuted = _permuted(fit, draws=5, rng=np.random.default_rng(0))
    week = fit.prepared.clusters.week
    for draw in range(5):
        for code in np.unique(week):
            assert sorted(permuted[week == code, draw]) == sorted(fit.raw[week == code])
    assert not np.array_equal(permuted[:, 0], fit.raw)


def test_intervals_of_one_game_shocks_cover_a_planted_effect():
    # 200 leagues: 93-97 % aimed at, and three Monte-Carlo errors of 1.5 % on top.
    assert 0.93 - 0.046 < coverage(absorbing=None, seasons=2, leagues=200, inference="cluster") < 0.97 + 0.046


@pytest.mark.study
@pytest.mark.parametrize(
    ("absorbing", "inference"),
    [
        (None, "cluster"), (None, "randomization"), (60, "wild bootstrap"), (20, "wild bootstrap"),
        (10, "wild bootstrap"),
    ],
)  # fmt: skip
def test_intervals_cover_a_planted_effect_with_many_and_with_few_treated_clusters(absorbing, inference):
    # 300 leagues: a Monte-Carlo error of 1.3 %.
    assert 0.93 - 0.038 < coverage(absorbing=absorbing, seasons=3, leagues=300, inference=inference) < 0.97 + 0.038
