"""Facts changed after an instant: what was known stays to the bit, the rest is another. Exact, no tolerance."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.backtest.bent_facts import (
    TICK,
    Tables,
    earlier_seasons_late,
    feeds_late,
    future_bent,
    future_dropped,
    outcomes_shuffled,
    past_rewritten,
    rows_arriving_late,
    rows_changed,
)
from workbench.store.frames import conform

INSTANT = pd.Timestamp("2024-10-09T16:00Z")
CHANGES = {"bent": future_bent, "rewritten": past_rewritten, "dealt": outcomes_shuffled, "dropped": future_dropped}


def league(n: int = 40) -> Tables:
    """Games of two seasons, one a day about the instant and a year before, each with a result and a quote."""
    days = [INSTANT + pd.Timedelta(days=d, hours=1) for d in range(-n // 2, n // 2)]
    stamps = pd.to_datetime([d - pd.Timedelta(days=365) for d in days] + days, utc=True)
    named = {"game_id": [f"g{i}" for i in range(2 * n)], "season": [2023] * n + [2024] * n, "week": [1] * 2 * n}
    results = pd.DataFrame(named | {"home_score": range(2 * n), "away_score": range(100, 100 + 2 * n)})
    quotes = pd.DataFrame(named | {"market": "spread", "source": "legacy", "kind": "live", "recorded_at": stamps})
    return {
        "results": conform(results.assign(overtime=False, known_at=stamps), name="results"),
        "quotes": conform(
            quotes.assign(price_assumed=False, instant_assumed=False, line=3.5, known_at=stamps), name="quotes"
        ),
    }


def known(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["known_at"] <= INSTANT].reset_index(drop=True)


def later(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["known_at"] > INSTANT].reset_index(drop=True)


@pytest.mark.parametrize("change", CHANGES)
@given(seed=st.integers(0, 2**31))
@settings(max_examples=5, deadline=None)
def test_what_was_known_stays_to_the_bit_and_the_future_is_another(change: str, seed: int) -> None:
    tables = league()
    changed = CHANGES[change](tables, instant=INSTANT, seed=seed)
    for name, frame in changed.items():
        pd.testing.assert_frame_equal(known(frame), known(tables[name]), check_exact=True)
        assert not later(frame).equals(later(tables[name]))
        conform(frame, name=name)
    assert rows_changed(tables, changed, instant=INSTANT) >= 10


def test_a_correction_comes_a_tick_after_the_instant_beside_what_it_corrects() -> None:
    tables = league()
    extra = later(past_rewritten(tables, instant=INSTANT, seed=1)["results"])
    corrections = extra[extra["known_at"] == INSTANT + TICK]
    both = corrections.merge(known(tables["results"]), on="game_id", suffixes=("", "_then"))
    assert len(both) == len(known(tables["results"]))
    assert (both["home_score"] != both["home_score_then"]).all()


def test_a_quote_of_the_future_claims_to_be_older_than_it_is() -> None:
    quotes = later(past_rewritten(league(), instant=INSTANT, seed=1)["quotes"])
    assert (quotes.loc[quotes["known_at"] == INSTANT + TICK, "recorded_at"] < INSTANT).all()


@given(seed=st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_no_game_keeps_its_own_outcome_and_none_is_lost(seed: int) -> None:
    tables = league()
    dealt = later(outcomes_shuffled(tables, instant=INSTANT, seed=seed)["results"])
    own = later(tables["results"])
    assert (dealt["home_score"] != own["home_score"]).all()
    assert sorted(dealt["home_score"]) == sorted(own["home_score"])
    assert (dealt["away_score"] - dealt["home_score"] == 100).all()  # a game's scores stay together
    assert dealt["game_id"].equals(own["game_id"])


@pytest.mark.parametrize("hours", [None, 30.0])
def test_a_late_feed_comes_later_never_sooner_and_says_the_same(hours: float | None) -> None:
    tables = league()
    late = feeds_late(tables, instant=INSTANT, seed=1, hours=hours)
    for name, frame in late.items():
        assert (frame["known_at"] >= tables[name]["known_at"]).all()
        said: Any = [column for column in frame if column != "known_at"]
        pd.testing.assert_frame_equal(frame[said], tables[name][said], check_exact=True)
    assert (late["quotes"]["recorded_at"] <= INSTANT).sum() > (late["quotes"]["known_at"] <= INSTANT).sum()
    missing = sum(len(known(tables[name])) - len(known(late[name])) for name in tables)
    assert rows_arriving_late(tables, late, instant=INSTANT) == missing > 0
    if (
        hours
    ):  # by hand: a row a day; the last came 23 hours ago and is there in seven, the one before is there since 17
        assert missing == len(tables)


def test_only_rows_of_earlier_seasons_arrive_late_and_all_at_once() -> None:
    tables = league()
    late = earlier_seasons_late(tables, instant=INSTANT, seed=1, season=2024, share=0.5)["results"]
    moved = late["known_at"] != tables["results"]["known_at"]
    assert 5 < moved.sum() < 35
    assert (late.loc[moved, "season"] == 2023).all()
    assert (late.loc[moved, "known_at"] == INSTANT + TICK).all()
