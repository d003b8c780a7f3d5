"""League priors, coaches and what is carried over: planted leagues with known spread.

Tolerances: a planted between-unit sd of .1 over 32 teams and 17 games is estimated with a relative standard error of
about sqrt(2/31) x (1 + V/A), 30-35 % on the variance; planted leagues below use more teams so that a fifth suffices.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.features.carry_over import STATED, estimated_carry_over, season_history, season_predictors
from workbench.features.coaches import known_coaches, opening_coaches
from workbench.features.league_priors import (
    MAXIMUM_STRENGTH,
    clustered_variances,
    design_effect,
    league_priors,
    prior_of,
    season_spreads,
)
from workbench.features.shrinkage import BetaPrior, NormalPrior
from workbench.features.shrunken_tables import shrunken_rows

KIND = {"offence_epa_per_play": "mean", "offence_success_rate": "rate"}


def league(
    seasons, *, teams=32, games=17, plays=60, spread=0.1, carried=0.0, game_sd=0.0, mean=0.0, seed=1, coach_of=None
):
    """Tallies of a planted league: true team means with a given spread, part of it carried from season to season."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, spread, size=teams)
    rows = []
    for season in seasons:
        truth = carried * truth + np.sqrt(1 - carried**2) * rng.normal(0, spread, size=teams)
        for week in range(1, games + 1):
            noise = rng.normal(0, np.sqrt(1.0 / plays + game_sd**2), size=teams)
            totals = plays * (mean + truth + noise)
            rows += [
                (season, week, f"{season}_{week}_{t}", f"T{t:02d}", "offence_epa_per_play", total, float(plays))
                for t, total in enumerate(totals)
            ]
    return pd.DataFrame(rows, columns=["season", "week", "game_id", "team", "metric", "total", "n"])


def rates(seasons, *, teams=200, games=17, trials=40, mean=0.45, strength=80.0, script=0.0, seed=2):
    """Tallies of a planted league of success rates; ``script`` adds variation from game to game."""
    rng = np.random.default_rng(seed)
    rows = []
    for season in seasons:
        truth = rng.beta(mean * strength, (1 - mean) * strength, size=teams)
        for week in range(1, games + 1):
            chance = np.clip(truth + rng.normal(0, script, size=teams), 0.02, 0.98)
            won = rng.binomial(trials, chance)
            rows += [
                (season, week, f"{season}_{week}_{t}", f"T{t:03d}", "offence_success_rate", float(w), float(trials))
                for t, w in enumerate(won)
            ]
    return pd.DataFrame(rows, columns=["season", "week", "game_id", "team", "metric", "total", "n"])


def starters_of(tallies, *, changed=()):
    """One coach a team, except that the teams of ``changed`` (season, team) get another from that season on."""
    starters = tallies[["game_id", "season", "week", "team"]].drop_duplicates()
    moves = [(starters["team"].eq(team) & starters["season"].ge(season)).astype(int) for season, team in changed]
    return starters.assign(
        coach=starters["team"] + "-coach-" + sum(moves, start=pd.Series(0, starters.index)).astype(str)
    )


def test_a_planted_spread_and_its_sampling_variance_are_recovered():
    tallies = league([2023], teams=300, spread=0.1, game_sd=0.2)
    spread = season_spreads(tallies, kinds=KIND).iloc[0]
    # one play brings 1 + 60 x .04 = 3.4 of variance once games differ by .2
    assert spread["within"] == pytest.approx(3.4, rel=0.08)
    assert spread["between"] == pytest.approx(0.01, rel=0.2)


def test_the_clustered_variance_by_hand():
    # one team, games of 10 plays with totals 1 and 3: raw .2, residuals -1 and 1, (1 + 1) x 2/1 over 20 plays
    frame = pd.DataFrame({"season": 2024, "metric": "m", "team": "A", "total": [1.0, 3.0], "n": [10.0, 10.0]})
    assert clustered_variances(frame).iloc[0] == pytest.approx(0.2)


def test_games_that_go_together_weaken_rates():
    alone, scripted = (
        league_priors(rates([2023], script=script), kinds=KIND, season=2024, week=1).iloc[0] for script in (0.0, 0.08)
    )
    assert design_effect(alone) == pytest.approx(1.0, abs=0.06)
    # 1 + (40 - 1) x .08^2 / (.45 x .55) is 2.0
    assert design_effect(scripted) == pytest.approx(2.0, rel=0.1)
    assert alone["prior_strength"] == pytest.approx(80, rel=0.2)
    assert scripted["prior_strength"] > 1.5 * alone["prior_strength"]


def test_last_season_counts_a_quarter_and_says_so():
    old = league([2023], mean=0.10, spread=0.01)
    new = league([2024], mean=0.00, spread=0.01, seed=4)
    start = league_priors(pd.concat([old, new]), kinds=KIND, season=2024, week=1).iloc[0]
    later = league_priors(pd.concat([old, new]), kinds=KIND, season=2024, week=18).iloc[0]
    assert start["mean"] == pytest.approx(0.10, abs=0.02)
    assert start["n_current"] == 0
    assert later["previous_discount"] == 0.25
    assert later["mean"] == pytest.approx(0.02, abs=0.02), "a fifth of last season's level is left at the end"


def test_nothing_of_the_week_or_after_is_read():
    tallies = league([2023, 2024])
    before = league_priors(tallies, kinds=KIND, season=2024, week=6)
    later = tallies["season"].eq(2024) & tallies["week"].ge(6)
    poisoned = tallies.assign(total=tallies["total"].where(~later, 1e9))
    pd.testing.assert_frame_equal(league_priors(poisoned, kinds=KIND, season=2024, week=6), before)


def test_the_first_week_of_a_first_season_has_no_prior_instead_of_a_made_up_one():
    assert league_priors(league([2024]), kinds=KIND, season=2024, week=1).empty


def test_a_prior_row_gives_its_prior_back():
    row = league_priors(rates([2023]), kinds=KIND, season=2024, week=1).iloc[0]
    prior = prior_of(row)
    assert isinstance(prior, BetaPrior)
    assert prior.strength * design_effect(row) == pytest.approx(row["prior_strength"])
    mean_row = league_priors(league([2023]), kinds=KIND, season=2024, week=1).iloc[0]
    mean_prior = prior_of(mean_row)
    assert isinstance(mean_prior, NormalPrior)
    assert mean_prior.units == 32


def test_identical_teams_get_a_prior_that_hides_their_noise():
    tallies = rates([2023], strength=1e9)
    row = league_priors(tallies, kinds=KIND, season=2024, week=1).iloc[0]
    assert 2000 < row["prior_strength"] <= MAXIMUM_STRENGTH


def test_shrunken_rows_reduce_the_error_about_the_truth():
    tallies = league([2024], games=4, teams=32, spread=0.1, seed=9)
    rest = league([2024], games=4, teams=32, spread=0.1, seed=9)
    rng = np.random.default_rng(9)
    rng.normal(0, 0.1, size=32)
    truth = rng.normal(0, 0.1, size=32)  # the planted means of the only season
    priors = league_priors(rest, kinds=KIND, season=2024, week=5)
    rows = shrunken_rows(tallies, priors=priors).sort_values("team")
    raw_error = np.mean((rows["raw"].to_numpy() - truth) ** 2)
    assert np.mean((rows["shrunk"].to_numpy() - truth) ** 2) < raw_error
    assert rows["prior_source"].eq("league").all()


def test_a_stayed_coach_is_told_from_a_new_one_and_from_the_future():
    tallies = league([2022, 2023, 2024], teams=2, games=3)
    starters = starters_of(tallies, changed=[(2024, "T01")])
    preseason = known_coaches(starters, season=2024, week=1)
    assert not preseason["is_new"].any(), "before the first game nobody has seen the new coach"
    week2 = known_coaches(starters, season=2024, week=2)
    assert week2["is_new"].to_dict() == {"T00": False, "T01": True}
    assert opening_coaches(starters, season=2024)["is_new"].to_dict() == {"T00": False, "T01": True}


def test_a_planted_carry_over_is_recovered_from_past_seasons_alone():
    tallies = league(range(2010, 2021), teams=64, carried=0.8, seed=21)
    starters = starters_of(tallies)
    history = season_history(tallies, starters=starters, kinds=KIND, season=2020)
    rates_ = estimated_carry_over(history, starters=starters)
    # 576 team-seasons, reliability about .9: standard error .025, the stated centre pulls by a few hundredths
    assert rates_.same_coach["offence"] == pytest.approx(0.8, abs=0.1)
    assert rates_.team_seasons == 9 * 64
    assert rates_.new_coach["offence"] == STATED[1], "no coach changed: the stated rate stands"


def test_one_past_season_leaves_the_stated_rates():
    tallies = league([2023])
    starters = starters_of(tallies)
    history = season_history(tallies, starters=starters, kinds=KIND, season=2024)
    rates_ = estimated_carry_over(history, starters=starters)
    assert (rates_.same_coach["offence"], rates_.new_coach["defence"], rates_.coach_past["offence"]) == STATED
    assert rates_.team_seasons == 0


def test_a_new_coach_brings_his_past_teams_and_nobody_elses():
    tallies = league([2022, 2023, 2024], teams=3, games=17, spread=0.3)
    starters = starters_of(tallies)
    # the coach of T02 moves to T00 after 2023
    moved = starters["season"].eq(2024) & starters["team"].eq("T00")
    starters["coach"] = starters["coach"].mask(moved, "T02-coach-0")
    starters = starters[~(starters["season"].eq(2024) & starters["team"].eq("T02"))]
    history = season_history(tallies, starters=starters, kinds=KIND, season=2024)
    frame = season_predictors(history, season=2024, coaches=known_coaches(starters, season=2024, week=5)).set_index(
        "team"
    )
    assert frame["has_past"].to_dict() == {"T00": True, "T01": False, "T02": False}
    past = history.teams[history.teams["team"].eq("T02")]["deviation"].mean()
    assert np.sign(frame.loc["T00", "coach_past"]) == np.sign(past)
    assert abs(frame.loc["T00", "coach_past"]) < abs(past), "shrunk"
    assert frame.loc["T01", "coach_past"] == 0
