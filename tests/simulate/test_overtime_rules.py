"""Overtime: rules by season, and draws that keep them. Rules as published by the league for each season."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.simulate import states as s
from workbench.simulate.block import Block
from workbench.simulate.extra_time import play_overtime
from workbench.simulate.loop import draw_block
from workbench.simulate.overtime import overtime_rules


@pytest.mark.parametrize(
    ("season", "playoff", "kind", "seconds", "can_tie"),
    [
        (2009, True, 0, 900, False),
        (2010, True, 1, 900, False),
        (2011, False, 0, 900, True),
        (2012, False, 1, 900, True),
        (2017, False, 1, 600, True),
        (2021, True, 1, 900, False),
        (2022, True, 2, 900, False),
        (2024, False, 1, 600, True),
        (2025, False, 2, 600, True),
    ],
)
def test_each_season_has_its_rules(season, playoff, kind, seconds, can_tie):
    rules = overtime_rules(season, playoff=playoff)
    assert (int(rules.kind), int(rules.seconds), bool(rules.can_tie)) == (kind, seconds, can_tie)


@pytest.mark.parametrize("season", [2009, 2015, 2024])
def test_a_playoff_game_never_ties(toy_model, season):
    rules = overtime_rules(season, playoff=True)
    home, away, overtime, _ = draw_block(
        toy_model.tables, np.zeros((4000, 2)), rules=rules, rng=np.random.default_rng(1)
    )
    assert overtime.sum() > 50
    assert (home != away).all()


def test_a_regular_game_ties_now_and_then(toy_model):
    rules = overtime_rules(2024, playoff=False)
    home, away, overtime, _ = draw_block(
        toy_model.tables, np.zeros((4000, 2)), rules=rules, rng=np.random.default_rng(1)
    )
    tied = home == away
    assert 0 < tied.sum() < overtime.sum()
    assert not (tied & ~overtime).any()


def _level_games(model, outcome: int, *, season: int, playoff: bool) -> np.ndarray:
    """Scores (2, n) after overtime in which every possession ends one way."""
    only = np.full_like(model.tables.overtime, 1e-9)
    only[outcome] = 1.0
    late = np.full_like(model.tables.outcome, 1e-9)
    late[outcome] = 1.0
    tables = replace(model.tables, overtime=only, outcome=late)
    block = Block(tables, np.zeros((500, 2)), rng=np.random.default_rng(2))
    play_overtime(block, draws=np.arange(500), rules=overtime_rules(season, playoff=playoff))
    return block.score.reshape(2, 500)


def test_a_first_touchdown_ends_it_under_the_modified_rule(steady_model):
    score = _level_games(steady_model, s.TOUCHDOWN, season=2024, playoff=False)
    assert (np.sort(score, axis=0)[0] == 0).all()
    assert (np.sort(score, axis=0)[1] == 6).all()


def test_both_possess_where_the_rule_says_so(steady_model):
    score = np.sort(_level_games(steady_model, s.TOUCHDOWN, season=2023, playoff=True), axis=0)
    # A touchdown and a try each; then the reply wins or loses on two points, or sudden death adds six.
    assert (score[0] >= 6).all()
    assert set(np.unique(score[1] - score[0])) <= {1, 6}


def test_field_goals_are_answered_once_and_then_decide(steady_model):
    score = np.sort(_level_games(steady_model, s.FIELD_GOAL, season=2024, playoff=True), axis=0)
    assert (score == np.array([[3], [6]])).all()


def test_sudden_death_ends_with_the_first_field_goal(steady_model):
    score = np.sort(_level_games(steady_model, s.FIELD_GOAL, season=2008, playoff=True), axis=0)
    assert (score == np.array([[0], [3]])).all()


def test_a_regular_game_without_scores_stays_level(steady_model):
    score = _level_games(steady_model, s.PUNT, season=2024, playoff=False)
    # The planted table lets 1e-9 of other endings through: not one in 500 games.
    assert (score == 0).all()
