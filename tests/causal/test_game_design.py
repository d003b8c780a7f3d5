"""The game as the row: by hand, against other packages, and turned around."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.games.game_design import GameDesign
from workbench.errors import ValidationError

#: Exact algebra, two ways of doing it: rounding only.
SAME = 1e-8
DESIGN = GameDesign(outcome="margin", treatment="bye", inference="cluster")


def league(seed: int, *, seasons: int = 3, teams: int = 8, weeks: int = 10, effect: float = 3.0) -> pd.DataFrame:
    """A small league with strengths, a home field of two points and a planted effect."""
    rng = np.random.default_rng(seed)
    rows = []
    for season in range(seasons):
        strength = rng.normal(0, 5, teams)
        byes = rng.integers(2, weeks, teams)
        for week in range(weeks):
            order = rng.permutation(teams)
            for home, away in zip(order[: teams // 2], order[teams // 2 :], strict=True):
                bye = float(byes[home] == week) - float(byes[away] == week)
                noise, pace = rng.normal(0, 10), rng.normal(44, 8)
                margin = strength[home] - strength[away] + 2 + effect * bye + noise
                rows.append((season, week, f"T{home}", f"T{away}", margin, pace, bye))
    columns = ["season", "week", "home_team", "away_team", "margin", "total", "bye"]
    return pd.DataFrame(rows, columns=columns).assign(neutral=False)


def turned(games: pd.DataFrame) -> pd.DataFrame:
    """The same games told from the away side."""
    swapped = games.rename(columns={"home_team": "away_team", "away_team": "home_team"})
    return swapped.assign(margin=-games["margin"], bye=-games["bye"])


def test_two_meetings_of_two_teams_give_the_effect_worked_by_hand():
    # a beats b by 3 without the bye and by 10 with it, both at a neutral site: strength 3, effect 7.
    games = pd.DataFrame({
        "season": 1, "week": [1, 2, 3], "home_team": "a", "away_team": "b", "margin": [3.0, 10.0, 3.0],
        "bye": [0.0, 1.0, 0.0], "neutral": True,
    })  # fmt: skip
    assert DESIGN.fit(games).value == pytest.approx(7.0, abs=SAME)


def test_a_planted_effect_is_recovered_within_three_errors():
    estimate = DESIGN.fit(league(3, seasons=30, effect=3.0))
    assert abs(estimate.value - 3.0) < 3 * estimate.standard_error
    assert estimate.standard_error < 1.0


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_telling_games_from_the_away_side_keeps_the_effect_and_turns_home_field(seed: int):
    games = league(seed).assign(home=1.0)
    field = GameDesign(outcome="margin", treatment="home", controls=("bye",), intercept="none", inference="cluster")
    here, there = DESIGN.fit(games), DESIGN.fit(turned(games))
    assert there.value == pytest.approx(here.value, abs=SAME)
    assert there.standard_error == pytest.approx(here.standard_error, abs=SAME)
    assert field.fit(turned(games)).value == pytest.approx(-field.fit(games).value, abs=SAME)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-50, 50))
def test_a_constant_added_to_every_margin_moves_home_field_alone(seed: int, shift: float):
    games = league(seed).assign(home=1.0)
    field = GameDesign(outcome="margin", treatment="home", controls=("bye",), intercept="none", inference="cluster")
    moved = games.assign(margin=games["margin"] + shift)
    assert DESIGN.fit(moved).value == pytest.approx(DESIGN.fit(games).value, abs=1e-7)
    assert field.fit(moved).value == pytest.approx(field.fit(games).value + shift, abs=1e-7)


def test_the_effect_equals_least_squares_with_a_dummy_a_team_season():
    games = league(5)
    names = sorted(
        {(s, t) for side in ("home_team", "away_team") for s, t in zip(games["season"], games[side], strict=True)}
    )
    place = {name: number for number, name in enumerate(names)}
    for strength, sign, outcome in (("team_season", -1.0, "margin"), ("sum", 1.0, "total")):
        dummies = np.zeros((len(games), len(names)))
        for row, (season, home, away) in enumerate(
            zip(*(games[name] for name in ("season", "home_team", "away_team")), strict=True)
        ):
            dummies[row, place[season, home]] += 1
            dummies[row, place[season, away]] += sign
        design = np.column_stack([games["bye"], np.ones(len(games)), dummies])
        expected = np.linalg.lstsq(design, games[outcome], rcond=None)[0][0]
        estimate = replace(DESIGN, outcome=outcome, strength=strength).fit(games)
        assert estimate.value == pytest.approx(expected, abs=SAME)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # the oracle's own
def test_the_effect_equals_feols_on_the_team_week_version():
    # pyfixest cannot absorb a signed incidence, but every game told twice, with an effect a team and one an opponent,
    # has the same answer by symmetry.
    import pyfixest

    games = league(7).assign(home=1.0)
    mirrored = turned(games).assign(home=-1.0)
    both = pd.concat([games, mirrored], ignore_index=True)
    both["own"] = both["home_team"] + both["season"].astype(str)
    both["other"] = both["away_team"] + both["season"].astype(str)
    oracle = pyfixest.feols("margin ~ bye + home | own + other", data=both)
    assert DESIGN.fit(games).value == pytest.approx(float(oracle.coef()["bye"]), abs=1e-6)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # the oracle's own
def test_without_strength_the_regression_is_that_of_feols():
    import pyfixest

    games = league(8)
    plain = replace(DESIGN, strength="none").fit(games)
    assert plain.value == pytest.approx(float(pyfixest.feols("margin ~ bye", data=games).coef()["bye"]), abs=SAME)


def test_many_treatments_at_once_are_what_each_is_alone():
    games = league(9)
    games["rest"] = games["bye"] * 6 + np.arange(len(games)) % 3
    together = DESIGN.fit_many(games, ["bye", "rest"])
    assert together["bye"] == DESIGN.fit(games)
    assert together["rest"] == replace(DESIGN, treatment="rest").fit(games)


@pytest.mark.parametrize("inference", ["cluster", "wild bootstrap", "randomization"])
def test_the_effect_alone_is_that_of_the_fit_whatever_its_interval_is_of(inference):
    games = league(9)
    design = replace(DESIGN, inference=inference, draws=9)
    assert design.effect(games) == design.fit(games).value


def test_a_control_that_repeats_home_field_changes_nothing():
    games = league(10).assign(again=1.0)
    assert DESIGN.with_controls(("again",)).fit(games).value == pytest.approx(DESIGN.fit(games).value, abs=SAME)


def test_games_without_outcome_are_left_out_and_counted():
    games = league(11)
    gap = games.assign(margin=games["margin"].where(np.arange(len(games)) >= 4))
    estimate = DESIGN.fit(gap)
    assert estimate == replace(DESIGN.fit(games.iloc[4:]), method=estimate.method)
    assert "4 games without outcome left out" in estimate.method


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("wind", np.nan, "missing in"),
        ("wind", "strong", "must be numeric"),
        ("bye", 0.0, "must vary beyond strength"),
        ("bye", np.nan, "missing in"),
    ],
)
def test_what_cannot_be_estimated_is_refused_with_its_reason(column, values, words):
    games = league(12).assign(wind=5.0).assign(**{column: values})
    with pytest.raises(ValidationError, match=words):
        DESIGN.with_controls(("wind",)).fit(games)


def test_an_absent_column_is_named():
    with pytest.raises(ValidationError, match="home_team"):
        DESIGN.fit(league(13).drop(columns="home_team"))


def test_clusters_are_the_teams_that_own_treatment_and_not_those_they_meet():
    games = league(14, seasons=2, weeks=10).assign(bye=0.0)
    late = (games["season"] == 0) & (games["week"] >= 5)
    games.loc[(games["home_team"] == "T1") & late, "bye"] = 1.0
    games.loc[(games["away_team"] == "T1") & late, "bye"] = -1.0
    fit = DESIGN.prepared(games).fit("bye")
    assert fit.treated_clusters == (1, 5)
    assert DESIGN.fit(games).clusters == 1


def test_few_treated_clusters_call_for_the_wild_bootstrap_and_many_do_not():
    auto = replace(DESIGN, inference="auto", draws=99)
    assert auto.fit(league(15, seasons=2)).inference == "wild bootstrap"
    assert auto.fit(league(15, seasons=20)).inference == "cluster"
