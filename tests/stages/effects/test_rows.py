"""Rows of a question: its seasons, its treatment, what is held beside it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.stages.effects.world import exposed, hand_frames
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import QUESTIONS, question_named
from workbench.stages.effects.rows import held_types, question_rows, question_window

SPANS = {
    "quarterback_exit": (2019, 2022), "quarterback_return": (2019, 2022), "injury": (2021, 2022), "bye": (2019, 2022),
    "injury_return": (2021, 2022), "trade_in": (2021, 2022), "trade_out": (2021, 2022), "move": (2021, 2022),
    "wind": (2019, 2022), "precipitation": None, "coaching_change": (2019, 2022),
}  # fmt: skip


def league(**extra: Any) -> pd.DataFrame:
    """Four seasons of four games, eras changing in 2021."""
    rows = [
        (f"{season}-{week}", season, week, "AC"[week % 2], "BD"[week % 2], "old" if season < 2021 else "new")
        for season in range(2019, 2023)
        for week in range(1, 5)
    ]
    games = pd.DataFrame(rows, columns=["game_id", "season", "week", "home_team", "away_team", "era"])
    outcomes = np.arange(float(len(games)))
    return games.assign(neutral=False, margin=outcomes, margin_vs_close=outcomes, **extra)


@pytest.fixture
def frames() -> EffectFrames:
    hit = exposed(
        {"game_id": "2019-1", "season": 2019, "type": "quarterback_exit", "cause": "unknown"},
        {"game_id": "2021-1", "season": 2021, "type": "quarterback_exit", "cause": "injury"},
        {"game_id": "2022-2", "season": 2022, "type": "quarterback_exit", "cause": "benching", "sign": -1},
        {"game_id": "2021-2", "season": 2021, "type": "injury", "sign": -1},
        {"game_id": "2021-3", "season": 2021, "type": "injury_return"},
        {"game_id": "2020-1", "season": 2020, "type": "bye"},
        {"game_id": "2021-4", "season": 2021, "type": "bye"},
        {"game_id": "2021-4", "season": 2021, "type": "wind", "team": None, "sign": 0},
        {"game_id": "2022-1", "season": 2022, "type": "trade_in"},
        {"game_id": "2022-1", "season": 2022, "type": "move"},
    )
    return hand_frames(league(), hit, spans=SPANS)


def test_a_question_of_a_cause_begins_where_causes_are_known(frames: EffectFrames) -> None:
    assert question_window(frames, question_named("quarterback_exit")) == (2019, 2022)
    assert question_window(frames, question_named("quarterback_injury"))[0] == 2021
    rows = question_rows(frames, question_named("quarterback_injury"))
    assert rows.games["season"].min() == 2021
    assert rows.events == 1


def test_a_question_of_a_cause_ends_where_causes_stop_being_known() -> None:
    hit = exposed(
        {"game_id": "2020-1", "season": 2020, "type": "quarterback_exit", "cause": "injury"},
        {"game_id": "2022-1", "season": 2022, "type": "quarterback_exit", "cause": "unknown"},
        {"game_id": "2022-2", "season": 2022, "type": "quarterback_exit", "cause": "unknown"},
    )
    first, last = question_window(hand_frames(league(), hit, spans=SPANS), question_named("quarterback_injury"))
    assert (first, last) == (2020, 2021)


def test_a_type_that_cannot_be_derived_has_no_season_and_no_row(frames: EffectFrames) -> None:
    rows = question_rows(frames, question_named("precipitation"))
    assert rows.first_season > rows.last_season
    assert (len(rows.games), rows.events) == (0, 0)


def test_a_cause_never_told_has_no_season(frames: EffectFrames) -> None:
    only_unknown = frames.exposures[frames.exposures["cause"].ne("injury") & frames.exposures["cause"].ne("benching")]
    again = hand_frames(frames.games, only_unknown, spans=SPANS)
    first, last = question_window(again, question_named("quarterback_injury"))
    assert first > last


def test_no_season_outside_a_type_s_window_is_read(frames: EffectFrames) -> None:
    rows = question_rows(frames, question_named("injury"))
    assert set(rows.games["season"]) == {2021, 2022}


@pytest.mark.parametrize("asked", [q for q in QUESTIONS if set(q.types) <= set(SPANS)], ids=lambda q: q.name)
def test_held_types_never_hold_the_question_s_own_nor_a_twin_nor_an_unknown_zero(
    asked: Any, frames: EffectFrames
) -> None:
    first, last = question_window(frames, asked)
    held = held_types(frames, asked, first=first, last=last)
    assert not set(held) & set(asked.types)
    twins = {"trade_in": {"move"}, "trade_out": {"move"}, "injury": {"injury_return"}}
    assert not set(held) & set().union(*(twins.get(kind, set()) for kind in asked.types))
    for kind in held:
        begins, ends = SPANS[kind] or (1, 0)
        assert begins <= first
        assert ends >= last


def test_a_difference_is_held_beside_differences_and_a_total_beside_sums(frames: EffectFrames) -> None:
    team = question_rows(frames, question_named("bye"))
    assert "held_wind" not in team.games
    whole = question_rows(frames, question_named("wind"))
    assert whole.games.set_index("game_id").loc["2022-2", "held_quarterback_exit"] == 1.0
    assert team.games.set_index("game_id").loc["2022-2", "held_quarterback_exit"] == -1.0


def test_home_field_has_a_column_for_every_era_but_one_and_none_on_neutral_ground(frames: EffectFrames) -> None:
    rows = question_rows(frames, question_named("bye"))
    assert [c for c in rows.controls if c.startswith("home_in_")] == ["home_in_old"]
    assert rows.games["home_in_old"].tolist() == [1.0] * 8 + [0.0] * 8
    moved = hand_frames(frames.games.assign(neutral=frames.games["week"].eq(1)), frames.exposures, spans=SPANS)
    again = question_rows(moved, question_named("bye")).games
    assert again["home_in_old"].tolist() == [0.0, 1.0, 1.0, 1.0] * 2 + [0.0] * 8


def test_a_control_that_never_varies_is_left_out(frames: EffectFrames) -> None:
    rows = question_rows(frames, question_named("trade_in"))
    assert all(rows.games[name].nunique() > 1 for name in rows.controls)
    assert "after_trade_in" not in rows.controls


def test_games_of_unknown_dose_are_left_out_and_not_made_controls() -> None:
    hit = exposed(
        {"game_id": "2020-1", "season": 2020, "type": "quarterback_exit", "dose": None},
        {"game_id": "2021-1", "season": 2021, "type": "quarterback_exit", "dose": -4.0},
    )
    rows = question_rows(hand_frames(league(), hit, spans=SPANS), question_named("quarterback_gap"))
    assert "2020-1" not in set(rows.games["game_id"])
    assert len(rows.games) == 15
    assert rows.events == 1
    assert rows.games.set_index("game_id").loc["2021-1", "quarterback_gap"] == -4.0


def test_the_frames_are_not_changed_by_asking(frames: EffectFrames) -> None:
    before = (frames.games.copy(), frames.exposures.copy())
    for name in ("bye", "wind", "quarterback_injury"):
        question_rows(frames, question_named(name), late_only=True)
    pd.testing.assert_frame_equal(frames.games, before[0])
    pd.testing.assert_frame_equal(frames.exposures, before[1])
