"""Exposures as columns: counted, signed and summed by hand."""

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stages.effects.world import exposed
from workbench.shocks.events import BOTH_TEAMS
from workbench.stages.effects.questions import Question
from workbench.stages.effects.treatments import chosen_exposures, held_columns, treatment, with_treatment

GAMES = pd.DataFrame({"game_id": ["a", "b", "c"]})
#: Home has two events in a, away one; in b the away team's dose is not known; c is left alone.
HIT = exposed(
    {"game_id": "a", "dose": 2.0},
    {"game_id": "a", "dose": 0.5},
    {"game_id": "a", "sign": -1, "team": "B", "dose": 4.0},
    {"game_id": "b", "sign": -1, "team": "C", "dose": None},
)


@pytest.mark.parametrize(
    ("unit", "signed", "expected"),
    [
        ("event", True, [0.0, -1.0, 0.0]),  # a team counts once, so a's two teams cancel
        ("event", False, [2.0, 1.0, 0.0]),
        ("count", True, [1.0, -1.0, 0.0]),
        ("count", False, [3.0, 1.0, 0.0]),
        ("dose", True, [-1.5, math.nan, 0.0]),
        ("dose", False, [6.5, math.nan, 0.0]),
    ],
)
def test_each_unit_is_counted_as_by_hand(unit: Any, signed: bool, expected: list[float]) -> None:
    found = treatment(GAMES, HIT, unit=unit, signed=signed)
    pd.testing.assert_series_equal(found, pd.Series(expected), check_names=False)


def test_an_unknown_dose_is_missing_and_never_zero_even_beside_a_known_one() -> None:
    both = exposed({"game_id": "a", "dose": 3.0}, {"game_id": "a", "dose": None})
    other_side = exposed({"game_id": "a", "dose": 3.0}, {"game_id": "a", "sign": -1, "dose": None})
    for hit in (both, other_side):
        assert math.isnan(treatment(GAMES, hit, unit="dose")[0])
        assert treatment(GAMES, hit, unit="dose")[1] == 0.0  # no event at all is known to be none


def test_games_beyond_the_horizons_asked_for_are_not_treated() -> None:
    hit = exposed({"game_id": "a", "horizon": 0}, {"game_id": "b", "horizon": 1}, {"game_id": "c", "horizon": 2})
    assert treatment(GAMES, hit).tolist() == [1.0, 0.0, 0.0]
    assert treatment(GAMES, hit, horizons=(1, 2)).tolist() == [0.0, 1.0, 1.0]


def test_a_shock_to_both_teams_counts_once_a_game_and_has_no_side() -> None:
    windy = exposed({"game_id": "b", "type": "wind", "team": None, "sign": 0, "dose": 7.0})
    assert treatment(GAMES, windy, signed=False).tolist() == [0.0, 1.0, 0.0]
    assert treatment(GAMES, windy, unit="dose", signed=False).tolist() == [0.0, 7.0, 0.0]


def test_no_exposure_gives_a_column_of_nothing() -> None:
    assert treatment(GAMES, HIT.iloc[:0]).tolist() == [0.0, 0.0, 0.0]
    assert held_columns(GAMES, HIT.iloc[:0], signed=True).shape == (3, 0)


SIDES = st.sampled_from([-1, 1])
ROWS = st.lists(st.tuples(st.sampled_from("abc"), SIDES, st.integers(0, 4), st.floats(-5, 5) | st.none()), max_size=12)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(["event", "count", "dose"]))
def test_to_swap_home_and_away_turns_the_sign_of_a_difference_and_leaves_a_sum(rows: Any, unit: Any) -> None:
    hit = exposed(*({"game_id": g, "sign": s, "horizon": h, "dose": d} for g, s, h, d in rows))
    turned = hit.assign(sign=-hit["sign"])
    for signed, factor in ((True, -1.0), (False, 1.0)):
        one, other = (treatment(GAMES, h, unit=unit, horizons=(0, 3), signed=signed) for h in (hit, turned))
        pd.testing.assert_series_equal(one * factor + 0.0, other + 0.0, rtol=1e-12, atol=1e-12)


def test_a_shock_to_both_teams_never_enters_the_signed_columns() -> None:
    kinds = [*BOTH_TEAMS, "injury"]
    hit = exposed(*({"game_id": "a", "type": k, "sign": 0 if k in BOTH_TEAMS else -1} for k in kinds))
    assert list(held_columns(GAMES, hit, signed=True)) == ["held_injury"]
    assert set(held_columns(GAMES, hit, signed=False)) == {f"held_{k}" for k in kinds}
    assert held_columns(GAMES, hit, signed=True)["held_injury"].tolist() == [-1.0, 0.0, 0.0]


def question(**asked: Any) -> Question:
    return Question(**{"name": "shock", "label": "A shock", "types": ("suspension",), "kind": "team", **asked})


def test_a_question_chooses_by_type_cause_and_detail() -> None:
    hit = exposed(
        {"game_id": "a", "type": "wind", "detail": "oracle: strong"},
        {"game_id": "b", "type": "wind", "detail": "oracle: breeze"},
        {"game_id": "c", "type": "quarterback_exit", "cause": "injury"},
        {"game_id": "c", "type": "quarterback_exit", "cause": "unknown"},
    )
    chosen = chosen_exposures(hit, question(types=("wind",), details=("oracle: strong",)))
    assert chosen["game_id"].tolist() == ["a"]
    hurt = chosen_exposures(hit, question(types=("quarterback_exit",), causes=("injury",)))
    assert hurt["event_id"].tolist() == ["e2"]


def test_games_after_the_last_horizon_are_neither_treated_nor_clean() -> None:
    hit = exposed({"game_id": "a", "horizon": 0}, {"game_id": "b", "horizon": 4, "sign": -1})
    found = with_treatment(GAMES, hit, question=question(last_horizon=3))
    assert found["shock"].tolist() == [1.0, 0.0, 0.0]
    assert found["after_shock"].tolist() == [0.0, -1.0, 0.0]


def test_what_the_opener_knew_moves_aside_when_only_late_news_is_asked_for() -> None:
    late = {"anticipation": "open_to_close"}
    hit = exposed({"game_id": "a", **late}, {"game_id": "b"}, {"game_id": "c", "anticipation": "unknown", "sign": -1})
    found = with_treatment(GAMES, hit, question=question(), late_only=True)
    assert found["shock"].tolist() == [1.0, 0.0, 0.0]
    assert found["after_shock"].tolist() == [0.0, 1.0, -1.0]
    everything = with_treatment(GAMES, hit, question=question())
    assert everything["shock"].tolist() == [1.0, 1.0, -1.0]
    assert everything["after_shock"].eq(0.0).all()
