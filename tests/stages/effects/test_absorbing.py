"""Shocks that stay: which events a design is given, and what it says with too few."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.stages.effects.world import exposed, hand_frames
from workbench.stages.effects.absorbing import absorbing_effects, absorbing_events
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import question_named

SPANS = {"coaching_change": (2020, 2021), "trade_in": None, "trade_out": None}


def frames() -> EffectFrames:
    games = pd.DataFrame({"game_id": ["a", "b"], "season": [2020, 2021], "week": 5, "home_team": "A", "era": "one"})
    games = games.assign(away_team="B", neutral=False, margin=np.array([3.0, 1.0]), margin_vs_close=0.0)
    hit = exposed(
        {"game_id": "a", "type": "coaching_change", "detail": "mid_season", "season": 2020, "week": 5},
        {"game_id": "b", "type": "coaching_change", "detail": "off_season", "season": 2021, "week": 1},
        {"game_id": "b", "type": "coaching_change", "detail": "mid_season", "season": 2019, "week": 5},
    )
    return hand_frames(games.assign(home_market_rating=0.0, away_market_rating=0.0), hit, spans=SPANS)


def test_only_events_of_the_question_s_detail_and_window_are_given_to_the_design() -> None:
    found = absorbing_events(frames(), question_named("coaching_change"))
    assert found.to_dict("records") == [{"team": "A", "season": 2020, "first_week": 5}]


def test_fewer_than_three_events_are_counted_and_not_studied(tmp_path: Path) -> None:
    asked = [question_named(name) for name in ("coaching_change", "trade_in", "bye")]
    found = absorbing_effects(frames(), questions=asked, cache=EstimateCache(tmp_path))
    row = found.estimates.set_index(["question", "number"])
    assert row.loc[("coaching_change", "game"), "why_not"] == "only 1 events"
    assert row.loc[("trade_in", "game"), "why_not"] == "only 0 events"
    assert "bye" not in set(found.estimates["question"])
    assert found.paths.empty
    assert found.pre_trends.empty
    assert not list(tmp_path.iterdir())
