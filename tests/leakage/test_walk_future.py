"""A season walked as the backtest walks it: whatever happens after a week, the walk until then is the same.

Compared to the bit, no tolerance. The weeks are the fifth, the sixth and the eighth, and what is dealt out anew are the
outcomes after the sixth, which the season's model, put together as of the eighth, has seen.
"""

import dataclasses
from typing import Any

import pandas as pd
import pytest

from workbench.backtest.leaks import walk_differences
from workbench.backtest.season import SeasonWalk
from workbench.clock import Week
from workbench.stages.provoke import walk_tests

SIXTH = Week(2024, 6)


def test_a_walk_until_a_week_does_not_show_what_comes_after_it(demo_league: Any) -> None:
    settings = demo_league.settings.model_copy(update={"draws": 300})
    (test,) = walk_tests(settings, demo_league.store, demo_league.tables, week=SIXTH)
    assert test.identical, test.differing.to_string()
    assert test.touched > 100


def walk(week: int, *, win: float = 0.5, clv_points: float = 0.5) -> SeasonWalk:
    """A walk of one bet in one week."""
    stamp = {"season": 2024, "week": week}
    bet = stamp | {"game_id": f"g{week}", "market": "spread", "side": "home", "win": win}
    return SeasonWalk(
        bets=pd.DataFrame([bet | {"clv_points": clv_points}]),
        prices=pd.DataFrame([bet]),
        forecasts=pd.DataFrame([stamp | {"game_id": f"g{week}", "fair_margin": 3.0}]),
        evaluated=pd.DataFrame([stamp | {"game_id": f"g{week}", "target": "win", "model": 0.6}]),
        excluded=pd.DataFrame(columns=["game_id", "market", "reason", "season", "week"]),
        weeks=pd.DataFrame([stamp | {"slip": "abc", "bankroll": 1000.0}]),
    )


def test_a_later_week_may_differ_and_an_earlier_one_may_not() -> None:
    one, other = (SeasonWalk.joined([walk(6), walk(7, win=win)]) for win in (0.5, 0.6))
    assert walk_differences(one, other, through=Week(2024, 6)).empty
    assert set(walk_differences(one, other, through=Week(2024, 7))["table"]) == {"bets", "prices"}


@pytest.mark.parametrize(
    ("frame", "column"),
    [
        ("bets", "clv_points"),
        ("prices", "win"),
        ("forecasts", "fair_margin"),
        ("evaluated", "model"),
        ("weeks", "bankroll"),
    ],
)
def test_the_last_bit_of_any_frame_is_seen(frame: str, column: str) -> None:
    one = walk(6)
    changed = getattr(one, frame).copy()
    changed[column] = changed[column] * (1 + 2**-52)
    found = walk_differences(one, dataclasses.replace(one, **{frame: changed}), through=Week(2024, 6))
    assert found[["table", "column"]].to_numpy().tolist() == [[frame, column]]
