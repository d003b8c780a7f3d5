"""Two numbers of a question, worked by hand; cells of the library from the same games.

Least squares on sixteen games is exact: what is left is rounding, at most one part in a thousand million.
"""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.stages.effects.world import exposed, hand_frames
from workbench.clock import RESULT_LAG
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.cells import event_bands, library_cells, position_group
from workbench.stages.effects.estimates import two_numbers
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import question_named

#: Home field 2, a bye 3 for the team that had it, and errors of one point that cancel within each kind of game.
HOME, BYE = 2.0, 3.0
ROUNDING = 1e-9


@pytest.fixture
def frames() -> EffectFrames:
    """Home after a bye in four games, away in four, neither in eight; every game of other teams."""
    sides = [1] * 4 + [-1] * 4 + [0] * 8
    margins = [HOME + BYE * side + (1.0 if n % 2 else -1.0) for n, side in enumerate(sides)]
    games = pd.DataFrame(
        {
            "game_id": [f"g{n}" for n in range(16)], "season": 2020, "week": [n // 4 + 1 for n in range(16)],
            "home_team": [f"H{n}" for n in range(16)], "away_team": [f"A{n}" for n in range(16)], "era": "one",
            "neutral": False, "margin": margins, "margin_vs_open": margins, "margin_vs_close": margins,
            "kickoff_utc": pd.date_range("2020-09-13T17:00", periods=16, freq="D", tz="UTC"),
        }
    )  # fmt: skip
    hit = exposed(*(
        {"game_id": f"g{n}", "season": 2020, "sign": side, "team": f"{'H' if side > 0 else 'A'}{n}"}
        for n, side in enumerate(sides) if side
    ))  # fmt: skip
    spans = {kind: None for kind in ("quarterback_exit", "quarterback_return", "injury", "suspension", "wind",
             "suspension_return", "short_rest", "long_rest", "dome_team_outdoors", "venue_change", "prime_time",
             "division_game", "precipitation", "cold")}  # fmt: skip
    return hand_frames(games, hit, spans={"bye": (2020, 2020), **spans})


def test_what_is_left_after_the_close_is_the_slope_worked_by_hand(frames: EffectFrames, tmp_path: Path) -> None:
    found = two_numbers(frames, questions=[question_named("bye")], cache=EstimateCache(tmp_path))
    row = found.set_index("number").loc["after_close"]
    assert row["value"] == pytest.approx(BYE, abs=ROUNDING)
    assert (row["events"], row["treated"], row["rows"]) == (8, 8, 16)
    # Sixteen games reject no value at all by the wild bootstrap: such an end is missing, never a number.
    assert math.isnan(row["low"])
    assert math.isnan(row["high"])


def test_no_event_after_the_opener_leaves_nothing_to_say_of_it(frames: EffectFrames, tmp_path: Path) -> None:
    found = two_numbers(frames, questions=[question_named("bye")], cache=EstimateCache(tmp_path))
    row = found.set_index("number").loc["after_open"]
    assert row["why_not"] == "no event became known between opener and close"
    assert math.isnan(row["value"])


def test_each_game_s_teams_alone_leave_no_effect_on_the_game_and_it_says_so(
    frames: EffectFrames, tmp_path: Path
) -> None:
    """With two teams' strengths to every game nothing varies beyond them."""
    found = two_numbers(frames, questions=[question_named("bye")], cache=EstimateCache(tmp_path), numbers=("game",))
    assert "must vary beyond strength" in found.loc[0, "why_not"]


def test_fewer_than_eight_games_are_counted_and_not_estimated(frames: EffectFrames, tmp_path: Path) -> None:
    games = frames.games.assign(margin_vs_close=frames.games["margin_vs_close"].mask(frames.games.index < 1))
    fewer = hand_frames(games, frames.exposures, spans={"bye": (2020, 2020)})
    found = two_numbers(
        fewer, questions=[question_named("bye")], cache=EstimateCache(tmp_path), numbers=("after_close",)
    )
    assert found.loc[0, "why_not"] == "only 7 games with the outcome"


def test_a_cell_says_the_same_as_its_question_where_it_is_all_of_it(frames: EffectFrames, tmp_path: Path) -> None:
    cells = library_cells(frames, cache=EstimateCache(tmp_path))
    cell = cells[cells["outcome"].eq("margin_vs_close")].iloc[0]
    assert cell["estimate"] == pytest.approx(BYE, abs=ROUNDING)
    assert (cell["type"], cell["n"], cell["position"]) == ("bye", 8, "any")
    assert cell["known_at"] == frames.games["kickoff_utc"].max() + RESULT_LAG


def test_positions_go_by_groups_and_bands_by_what_is_lost() -> None:
    groups = position_group(pd.Series(["LT", "T", "FS", None, "QB"]))
    assert groups.tolist() == ["any", "OL", "DB", "any", "QB"]
    row: dict[str, Any] = {"game_id": "g", "expected_severity": 0.5}
    hit = exposed(
        {**row, "type": "quarterback_exit", "dose": -6.0},
        {**row, "type": "quarterback_return", "dose": 6.0},
        {**row, "type": "quarterback_exit", "dose": None},
        {**row, "type": "injury", "dose": None},
    )
    bands = event_bands(hit)
    assert bands[0] == bands[1]  # what an exit loses its return brings back
    assert bands[0] != bands[2]
    assert bands[3] != bands[2]
