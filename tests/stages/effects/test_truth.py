"""What was planted is found again by the questions themselves: treatments, controls, designs, both numbers.

Six simulated leagues of ten seasons are one league of sixty: 6,240 games. Where the planted effect is smaller than
that can show (half a point for a bye that few teams meet alone), it is planted larger, so that an effect of the wrong
sign, or of nothing, would fail: each interval must hold the truth and, for what is there, exclude zero on its side.

Tolerance: an interval of 95 % misses one time in twenty. Of the six pools of leagues tried (seeds from 1, 101, ...),
the first missed the bye by a twentieth of a point; over forty leagues a bye is left with -5.15 +- .37, planted -5.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from tests.stages.effects.world import AS_EVENTS, hand_frames, pooled_frames, realised
from workbench.data.demo.panel import PanelLeague, panel_league
from workbench.data.demo.truth import PlantedTruth
from workbench.stages.effects.absorbing import absorbing_effects, matched_firings
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.estimates import outcome_of, two_numbers, unpriced_shares
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import question_named
from workbench.stages.effects.rows import question_rows

PLANTED = PlantedTruth(bye_points=5.0, market_bye_points=10.0, short_week_points=-3.0)
LEAGUES, FIRST_SEED = 6, 101
ASKED = ("quarterback_injury", "bye", "short_rest", "suspension", "wind_per_mph", "cold", "precipitation")
#: The panel's name of what each question asks about.
SHOCKS = {"quarterback_injury": "quarterback_out", "bye": "bye", "short_rest": "short_rest", "wind_per_mph": "windy",
          "suspension": "fake_week", "cold": "cold", "precipitation": "precipitation"}  # fmt: skip
#: What is truly there: question, number, sign.
THERE = [
    ("quarterback_injury", "game", -1), ("quarterback_injury", "after_open", -1), ("bye", "game", 1),
    ("bye", "after_close", -1), ("short_rest", "game", -1), ("wind_per_mph", "game", -1),
    ("precipitation", "game", -1),
]  # fmt: skip
NOT_THERE = [
    ("quarterback_injury", "after_close"), ("short_rest", "after_close"), ("suspension", "game"),
    ("suspension", "after_close"),
]  # fmt: skip


class Pool(NamedTuple):
    leagues: list[PanelLeague]
    frames: EffectFrames
    estimates: pd.DataFrame
    cache: EstimateCache


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    leagues = [panel_league(seed, planted=PLANTED) for seed in range(FIRST_SEED, FIRST_SEED + LEAGUES)]
    frames = pooled_frames(leagues)
    cache = EstimateCache(tmp_path_factory.mktemp("cache"))
    found = two_numbers(frames, questions=[question_named(n) for n in ASKED], cache=cache)
    return Pool(leagues, frames, found.set_index(["question", "number"]), cache)


def truth_of(pool: Pool, name: str, number: str) -> float:
    question = question_named(name)
    rows = question_rows(pool.frames, question, late_only=number == "after_open").games
    shock, outcome = SHOCKS[name], outcome_of(question, number)
    if (name, number) == ("quarterback_injury", "after_open"):
        shock = "quarterback_fresh"  # only his first game is news to the opener
    assert len(rows) == len(pool.frames.games)
    return realised(rows[name], [league.contributions[shock, outcome] for league in pool.leagues])


@pytest.mark.parametrize(("name", "number", "sign"), THERE)
def test_an_effect_that_was_planted_is_found_with_its_sign(name: str, number: str, sign: int, pool: Pool) -> None:
    found = pool.estimates.loc[(name, number)]
    truth = truth_of(pool, name, number)
    assert np.sign(truth) == sign
    assert found["low"] <= truth <= found["high"], truth
    assert sign * found["low"] > 0
    assert sign * found["high"] > 0


@pytest.mark.parametrize(("name", "number"), NOT_THERE)
def test_what_was_not_planted_is_not_found(name: str, number: str, pool: Pool) -> None:
    found = pool.estimates.loc[(name, number)]
    truth = truth_of(pool, name, number)
    assert abs(truth) < 0.05  # a share of the market's own half-point grid at most
    assert found["low"] <= 0 <= found["high"]
    # so narrow that a planted quarterback (-5) or bye (5) could not hide in it
    assert found["high"] - found["low"] < 5.0


def test_the_market_is_seen_to_price_twice_what_a_bye_is_worth(pool: Pool) -> None:
    asked = [question_named(n) for n in ("bye", "quarterback_injury")]
    shares = unpriced_shares(pool.frames, questions=asked, cache=pool.cache).set_index("question")
    bye = shares.loc["bye"]
    assert bye["share_low"] <= -1.0 <= bye["share_high"] < 0
    assert bye["priced"] == pytest.approx(PLANTED.market_bye_points, abs=4.0)  # two errors of half the interval
    quarterback = shares.loc["quarterback_injury"]
    assert quarterback["share_low"] <= 0.0 <= quarterback["share_high"] < 0.6
    assert quarterback["priced"] < -2.5


def test_a_new_coach_does_nothing_though_the_naive_comparison_says_he_does(pool: Pool) -> None:
    asked = question_named("coaching_change")
    found = absorbing_effects(pool.frames, questions=[asked], cache=pool.cache)
    row = found.estimates.set_index("number")
    assert row["why_not"].eq("").all()
    assert row.loc["after_close", "low"] <= 0 <= row.loc["after_close", "high"]
    firings = matched_firings(pool.frames, question=asked, cache=pool.cache)
    ways = firings[firings["outcome"].eq("margin") & firings["span"].eq("weeks 0 to 3")].set_index("way")
    assert ways.loc["naive", "low"] > 0.0  # regression to the mean looks like a good coach
    assert ways.loc["adjusted", "low"] <= 0 <= ways.loc["adjusted", "high"]
    assert ways.loc["adjusted", "value"] < ways.loc["naive", "value"]


def test_to_swap_home_and_away_changes_no_effect_on_a_team(pool: Pool) -> None:
    other = {"home": "away", "away": "home"}
    columns = [c for c in pool.frames.games if c.startswith(("home_", "away_"))]
    names = {c: f"{other[c[:4]]}{c[4:]}" for c in columns}
    one = pool.frames.games["season"].le(pool.frames.games["season"].min() + 9)
    games = pool.frames.games[one]
    turned = games.rename(columns=names).assign(
        **{c: -games[c] for c in ("margin", "margin_vs_open", "margin_vs_close")}
    )
    hit = pool.frames.exposures[pool.frames.exposures["game_id"].isin(games["game_id"])]
    windows = {words[0]: (int(games["season"].min()), int(games["season"].max())) for words in AS_EVENTS.values()}
    values: list[Any] = []
    for frame, exposed in ((games, hit), (turned, hit.assign(sign=-hit["sign"]))):
        own = hand_frames(frame.reset_index(drop=True), exposed.reset_index(drop=True), spans=windows)
        asked = [question_named(n) for n in ("quarterback_injury", "short_rest")]
        found = two_numbers(own, questions=asked, cache=EstimateCache(pool.cache.folder / "swap"), numbers=("game",))
        values.append(found[["value", "standard_error"]].to_numpy(dtype=float))
    assert np.abs(values[0][:, 0]).min() > 0.1
    np.testing.assert_allclose(values[0], values[1], rtol=1e-8)  # sums are taken in another order


def test_two_runs_leave_equal_bytes(pool: Pool, tmp_path: Path) -> None:
    asked = [question_named("bye"), question_named("cold")]
    two_numbers(pool.frames, questions=asked, cache=EstimateCache(tmp_path))
    again = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert len(again) >= 4
    assert all((pool.cache.folder / name).read_bytes() == content for name, content in again.items())
