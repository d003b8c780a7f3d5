"""Hand-settled slips of every kind. Profits are products of two-digit numbers: held to 1e-9."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.clock import utc
from workbench.decision.settle import settle

SUNDAY = utc("2024-11-10T18:00Z")
Make = Callable[..., pd.DataFrame]


def games(**changes: Any) -> pd.DataFrame:
    """The schedule: g1 on Sunday of week 10, and g9, so that the week is there when g1 is not."""
    rows = [{"game_id": "g1", "kickoff_utc": SUNDAY} | changes, {"game_id": "g9", "kickoff_utc": SUNDAY}]
    frame = pd.DataFrame([{"season": 2024, "week": 10} | row for row in rows])
    return frame.assign(kickoff_utc=frame["kickoff_utc"].astype("datetime64[us, UTC]"))


@pytest.mark.parametrize(
    ("bet", "score", "outcome", "profit"),
    [
        # ten units at 1.91 win 9.10; home_line 3.0 is home -3
        ({"side": "home", "line": 3.0}, (27, 20), "win", 9.1),
        ({"side": "home", "line": 3.0}, (23, 20), "push", 0.0),
        ({"side": "home", "line": 3.0}, (22, 20), "loss", -10.0),
        ({"side": "away", "line": 3.0}, (22, 20), "win", 9.1),
        ({"side": "away", "line": 3.0}, (23, 20), "push", 0.0),
        ({"side": "away", "line": -2.5}, (20, 24), "win", 9.1),  # away -2.5 wins by 4
        ({"side": "home", "line": -2.5}, (20, 22), "win", 9.1),  # home +2.5 loses by 2
        # quarter lines are two halves
        ({"side": "home", "line": 3.25}, (23, 20), "half_loss", -5.0),
        ({"side": "away", "line": 3.25}, (23, 20), "half_win", 4.55),
        ({"side": "home", "line": 2.75}, (23, 20), "half_win", 4.55),
        ({"market": "total", "side": "over", "line": 43.0}, (23, 20), "push", 0.0),
        ({"market": "total", "side": "over", "line": 42.5}, (23, 20), "win", 9.1),
        ({"market": "total", "side": "under", "line": 42.5}, (23, 20), "loss", -10.0),
        ({"market": "total", "side": "under", "line": 43.25}, (23, 20), "half_win", 4.55),
        ({"market": "moneyline", "side": "home", "line": None, "price": 1.5}, (23, 20), "win", 5.0),
        ({"market": "moneyline", "side": "away", "line": None, "price": 2.75}, (23, 20), "loss", -10.0),
        ({"market": "moneyline", "side": "away", "line": None, "price": 2.75}, (20, 20), "push", 0.0),  # an NFL tie
    ],
)
def test_a_bet_settles_by_hand(
    bet: dict[str, Any], score: tuple[int, int], outcome: str, profit: float, make_bets: Make, make_results: Make
) -> None:
    settled = settle(make_bets(bet), make_results({"g1": score}), games=games()).iloc[0]
    assert settled["outcome"] == outcome
    assert settled["profit_units"] == pytest.approx(profit, abs=1e-9)
    assert settled["settled_at"] == SUNDAY + pd.Timedelta("4h")


def test_overtime_counts(make_bets: Make, make_results: Make) -> None:
    # 20-20 after sixty minutes, 26-20 in overtime: the final score settles
    bets = make_bets({"market": "total", "side": "over", "line": 45.5}, {"side": "home", "line": 5.5})
    settled = settle(bets, make_results({"g1": (26, 20)}, overtime=True), games=games())
    assert settled["outcome"].tolist() == ["win", "win"]


def test_a_game_not_played_yet_waits(make_bets: Make, make_results: Make) -> None:
    settled = settle(make_bets({}), make_results({}), games=games()).iloc[0]
    assert settled["outcome"] == "waiting"
    assert pd.isna(settled["profit_units"])
    assert pd.isna(settled["settled_at"])


def test_a_game_moved_within_its_week_still_counts(make_bets: Make, make_results: Make) -> None:
    monday = games(kickoff_utc=SUNDAY + pd.Timedelta(days=1))
    assert settle(make_bets({}), make_results({"g1": (30, 20)}), games=monday)["outcome"].tolist() == ["win"]


@pytest.mark.parametrize(
    "schedule",
    [
        games(kickoff_utc=SUNDAY + pd.Timedelta(days=7)),
        games(kickoff_utc=SUNDAY + pd.Timedelta(days=3)),  # Wednesday belongs to the next Tuesday-to-Monday week
        games(week=11),
        games(game_id="g7"),  # vanished from the schedule
    ],
)
def test_a_game_not_played_within_its_week_is_void(schedule: pd.DataFrame, make_bets: Make, make_results: Make) -> None:
    settled = settle(make_bets({}), make_results({}), games=schedule).iloc[0]
    assert settled["outcome"] == "void"
    assert settled["profit_units"] == 0.0
    assert settled["settled_at"] == utc("2024-11-12T11:00Z")  # Tuesday 06:00 in New York


def test_a_result_of_another_week_is_void_even_without_a_schedule(make_bets: Make, make_results: Make) -> None:
    settled = settle(make_bets({}), make_results({"g1": (30, 20)}, week=11))
    assert settled["outcome"].tolist() == ["void"]


def test_a_schedule_without_the_week_is_a_gap_not_a_postponement(make_bets: Make, make_results: Make) -> None:
    gap = games().assign(week=3)
    assert settle(make_bets({}), make_results({}), games=gap)["outcome"].tolist() == ["waiting"]


def test_settling_twice_is_settling_once(make_bets: Make, make_results: Make) -> None:
    results = make_results({"g1": (30, 20)})
    once = settle(make_bets({}, {"side": "away"}), results, games=games())
    pd.testing.assert_frame_equal(settle(once, results, games=games())[once.columns], once)


@given(home=st.integers(0, 60), away=st.integers(0, 60), quarters=st.integers(-80, 80))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_sides_at_evens_cost_nothing(
    home: int, away: int, quarters: int, make_bets: Make, make_results: Make
) -> None:
    line = {"line": quarters / 4, "price": 2.0}
    settled = settle(make_bets({"side": "home"} | line, {"side": "away"} | line), make_results({"g1": (home, away)}))
    assert settled["profit_units"].sum() == pytest.approx(0.0, abs=1e-9)


def test_only_the_week_that_the_schedule_lacks_waits(make_bets: Make, make_results: Make) -> None:
    # the schedule knows week 10 without g5, and nothing of week 9: g5 is void, g4 waits
    bets = make_bets({"game_id": "g5"}, {"game_id": "g4", "week": 9, "kickoff_utc": SUNDAY - pd.Timedelta(days=7)})
    assert settle(bets, make_results({}), games=games())["outcome"].tolist() == ["void", "waiting"]
