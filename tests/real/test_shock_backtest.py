"""Coaching changes and rest of real games, walked forward: no adjustment of a real line is known to help.

Tolerance: a gain beyond POINTS in mean absolute error would be more than any peer has over the closing line (FACTS: a
tie among good forecasters is some .05 points); it would mean a leak.
"""

import pandas as pd
import pytest

from workbench.backtest.shock_adjusted import adjusted_lines, walk_shocks
from workbench.backtest.shock_effects import BASELINES
from workbench.backtest.shock_scores import gain
from workbench.clock import decision_instants

pytestmark = pytest.mark.real
POINTS = 0.25
NAMED = {baseline.name: baseline for baseline in BASELINES}


@pytest.fixture(scope="module")
def walked(real_data):
    """Rest and new coaches from the schedule alone, opener and close from the line file."""
    games = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")
    games = games[games["season"].ge(2007) & games["result"].notna()].reset_index(drop=True)
    stamps = pd.to_datetime(games["gameday"] + " " + games["gametime"]).dt.tz_localize("America/New_York")
    kick = stamps.dt.tz_convert("UTC").dt.as_unit("us")
    close = games["spread_line"].astype("float64")
    panel = pd.DataFrame(
        {"game_id": games["game_id"], "season": games["season"].astype("int64"), "week": games["week"].astype("int64"),
         "game_type": games["game_type"], "home_team": games["home_team"], "away_team": games["away_team"],
         "neutral": games["location"].eq("Neutral"), "kickoff_utc": kick, "margin": games["result"].astype("float64"),
         "total": games["total"].astype("float64"), "home_market_rating": close / 2, "away_market_rating": -close / 2,
         "open_line": close, "close_line": close, "open_total": games["total_line"], "close_total": games["total_line"],
         "opened_at": decision_instants(kick, decide_at="open"), "late_at": kick - pd.Timedelta(hours=1)}
    )  # fmt: skip
    parts = []
    for side, sign in (("home", 1), ("away", -1)):
        own = games[["game_id", "season", "week", f"{side}_team", f"{side}_rest", f"{side}_coach"]].set_axis(
            ["game_id", "season", "week", "team", "rest", "coach"], axis=1
        )
        parts.append(own.assign(sign=sign, kickoff=kick))
    sides = pd.concat(parts).sort_values(["team", "season", "week"], kind="stable")
    sides["before"] = sides.groupby(["team", "season"])["coach"].shift()
    kinds = {
        "bye": sides["rest"].ge(13) & sides["week"].gt(1),
        "short_rest": sides["rest"].le(5),
        "coaching_change": sides["before"].notna() & sides["before"].ne(sides["coach"]),
    }
    touches = pd.concat([sides[mine].assign(type=kind) for kind, mine in kinds.items()], ignore_index=True)
    told = touches.assign(
        event_id=touches["type"] + touches["game_id"] + touches["team"], band="any", treated=True, oracle=False,
        known_at=touches["kickoff"] - pd.Timedelta(days=6),
    )  # fmt: skip
    return walk_shocks(panel, told, seasons=[2023, 2024])


def test_no_adjustment_of_a_real_close_gains_more_than_a_leak_would(walked):
    lines = adjusted_lines(walked, NAMED["close"])
    assert len(lines) > 50
    found = gain(lines)
    assert abs(found["gain"]) < POINTS
    assert found["gain_low"] < POINTS


def test_what_is_left_after_the_close_is_small_for_rest(walked):
    """The market prices rest: published, a bye is worth +0.31 since 2011 and priced +0.97 (Lopez & Bliss 2024)."""
    last = walked.effects.query("season == 2024 and baseline == 'close' and type in ['bye', 'short_rest']")
    assert len(last) > 1
    assert (last["low"] < 0.31 - 0.97 + 1).all()
    assert last["effect"].abs().max() < 1.5
