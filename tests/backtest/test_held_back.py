"""A model told later: it sees an earlier view, and no game that was not known then.

Tolerances: none.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.backtest.held_back import HeldBack
from workbench.clock import AsOf, utc
from workbench.decision.model import ModelDraws
from workbench.errors import LeakageError
from workbench.store.frames import FrameAsOf

DECISION = utc("2024-01-09T11:00Z")


class Seen:
    """A model that takes down what it is shown."""

    def __init__(self) -> None:
        self.instant, self.games, self.quotes = None, [], []

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        self.instant, self.games, self.quotes = view.instant, list(games["game_id"]), list(quotes["game_id"])
        scores, n = np.zeros((len(games), 1), dtype=np.int16), len(games)
        names = games["game_id"].to_numpy(dtype=str)
        return ModelDraws(names, scores, scores, np.ones((n, 1)), np.zeros(n), np.full(n, 40.0))


@pytest.fixture
def games() -> pd.DataFrame:
    """A regular game known since May, a play-off known since Monday."""
    known = [utc("2023-05-01T00:00Z"), utc("2024-01-08T06:00Z")]
    return pd.DataFrame(
        {
            "game_id": ["regular", "playoff"], "season": 2023, "week": 19, "game_type": ["REG", "WC"],
            "kickoff_utc": utc("2024-01-13T18:00Z"), "home_team": ["A", "C"], "away_team": ["B", "D"],
            "neutral": False, "known_at": known,
        }
    )  # fmt: skip


def test_a_game_not_known_then_has_no_forecast_and_its_price_is_not_shown(games: pd.DataFrame):
    seen, view = Seen(), FrameAsOf({"games": games}, DECISION)
    quotes = pd.DataFrame({"game_id": ["regular", "playoff"]})
    draws = HeldBack(seen, hours=48.0).draws(view, view.table("games"), quotes)
    assert seen.instant == utc("2024-01-07T11:00Z")
    assert (seen.games, seen.quotes) == (["regular"], ["regular"])
    assert list(draws.game_ids) == ["regular"]


def test_nothing_known_is_no_draws_and_no_question_to_the_model(games: pd.DataFrame):
    seen, view = Seen(), FrameAsOf({"games": games}, DECISION)
    late = view.table("games").query("game_id == 'playoff'")
    draws = HeldBack(seen, hours=48.0).draws(view, late, pd.DataFrame({"game_id": ["playoff"]}))
    assert len(draws.game_ids) == 0
    assert seen.instant is None


def test_held_back_by_less_than_nothing_would_be_a_leak(games: pd.DataFrame):
    view = FrameAsOf({"games": games}, DECISION)
    with pytest.raises(LeakageError):
        HeldBack(Seen(), hours=-1.0).draws(view, view.table("games"), pd.DataFrame({"game_id": []}))
