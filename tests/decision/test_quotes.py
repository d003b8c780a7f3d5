"""Which quote is the latest, the chosen and the closing one. Ages are differences of stamps: exact."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from workbench.clock import utc
from workbench.decision.quotes import QUOTE_COLUMNS, chosen_quotes, closing_quotes, latest_quotes

WEDNESDAY = utc("2024-11-06T17:00Z")
Frames = dict[str, pd.DataFrame]
Make = Callable[..., Any]


def hours_before(hours: float) -> dict[str, pd.Timestamp]:
    return {"recorded_at": WEDNESDAY - pd.Timedelta(hours=hours)}


@pytest.fixture
def states(make_quote: Make, make_quotes: Make) -> pd.DataFrame:
    """Five states of one spread: three before Wednesday noon, two after."""
    lines = {30.0: 1.0, 6.0: 2.0, 2.0: 3.0, -1.0: 4.0, -80.0: 5.0}
    return make_quotes([make_quote("g1", "spread", line=line, **hours_before(h)) for h, line in lines.items()])


def test_the_latest_quote_is_the_last_at_the_instant_even_if_later_rows_are_handed_in(
    states: pd.DataFrame, frames: Frames
) -> None:
    latest = latest_quotes(states, frames["games"], at=WEDNESDAY)
    assert latest[["line", "age_hours"]].to_numpy().tolist() == [[3.0, 2.0]]
    assert latest_quotes(states, frames["games"], at=WEDNESDAY - pd.Timedelta("3h"))["line"].tolist() == [2.0]


def test_the_close_is_the_last_before_kickoff(states: pd.DataFrame, frames: Frames) -> None:
    closes = closing_quotes(states, frames["games"], at=utc("2024-12-01T00:00Z"), maximum_age_hours=24.0)
    assert closes["line"].tolist() == [5.0]  # 80 hours after Wednesday noon, 17 before Sunday's kick-off
    assert closes["age_hours"].tolist() == [17.0]
    assert not closes["close_stale"].any()


def test_a_close_off_the_grid_is_passed_over(states: pd.DataFrame, frames: Frames) -> None:
    off = states.assign(line=states["line"].mask(states["line"] == 5.0, 5.123))
    closes = closing_quotes(off, frames["games"], at=utc("2024-12-01T00:00Z"), maximum_age_hours=24.0)
    assert closes["line"].tolist() == [4.0]


def test_choosing_keeps_one_row_a_game_and_market_in_order(frames: Frames) -> None:
    latest = latest_quotes(frames["quotes"].sample(frac=1.0, random_state=1), frames["games"], at=WEDNESDAY)
    chosen = chosen_quotes(latest, books=("consensus",), maximum_age_hours=24.0)
    assert list(chosen.columns) == list(QUOTE_COLUMNS)
    assert not chosen.duplicated(["game_id", "market"]).any()
    assert chosen[["game_id", "market"]].apply(tuple, axis=1).is_monotonic_increasing
    assert chosen_quotes(latest, books=("fanduel",), maximum_age_hours=24.0).empty
