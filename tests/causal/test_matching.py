"""Fired coaches against their like: mean reversion is not an effect."""

import numpy as np
import pandas as pd
import pytest

from workbench.causal.games.matching import matched_comparison
from workbench.errors import ValidationError


def seasons(seed: int, *, effect: float, n: int = 25) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Teams whose coach goes after the worst luck of weeks 0-7, and by coin toss among those; pure luck reverts."""
    rng = np.random.default_rng(seed)
    rows, events = [], []
    for season in range(n):
        strength = rng.normal(0, 4, 32)
        noise = rng.normal(0, 12, (32, 16))
        last4 = noise[:, 4:8].mean(axis=1)
        unlucky = np.argsort(last4)[:8]
        fired = set(rng.choice(unlucky, 2, replace=False))
        for team in range(32):
            for week in range(16):
                margin = strength[team] + noise[team, week] + effect * (team in fired and week >= 8)
                known = noise[team, max(0, week - 4) : week]
                rows.append((season, week, f"T{team}", margin, strength[team], known.mean() if week else np.nan))
            if team in fired:
                events.append((season, 8, f"T{team}"))
    names = ["season", "week", "team", "margin", "market_rating", "last4_residual"]
    panel = pd.DataFrame(rows, columns=names)
    won = (panel["margin"] > 0).to_numpy(dtype=float).reshape(-1, 16)
    before = np.column_stack([np.full(len(won), np.nan), won.cumsum(axis=1)[:, :-1] / np.arange(1, 16)])
    panel["win_rate"] = before.ravel()
    return panel, pd.DataFrame(events, columns=["season", "week", "team"])


def test_a_null_effect_looks_like_one_to_the_naive_and_not_to_the_matched():
    panel, events = seasons(1, effect=0.0)
    found = matched_comparison(panel, events, outcome="margin")
    assert found.naive.low > 0
    assert found.matched.low < 0 < found.matched.high


def test_a_planted_effect_is_recovered_by_matching():
    panel, events = seasons(2, effect=6.0)
    found = matched_comparison(panel, events, outcome="margin", last=None)
    assert found.matched.low < 6.0 < found.matched.high
    assert found.matched.standard_error < 1.5


def test_what_the_match_leaves_apart_is_taken_out_by_regression():
    panel, events = seasons(7, effect=0.0, n=40)
    panel["margin"] += 2 * panel["last4_residual"].fillna(0) * (panel["week"] >= 8)  # now the gap matters
    found = matched_comparison(panel, events, outcome="margin", last=0, window=0)
    assert abs(found.adjusted.value) < abs(found.matched.value)
    assert found.adjusted.low < 0 < found.adjusted.high


def test_matching_brings_the_groups_together():
    panel, events = seasons(3, effect=0.0)
    balance = matched_comparison(panel, events, outcome="margin", neighbours=1, caliper=1.0).balance.set_index(
        "covariate"
    )
    assert balance.loc["last4_residual", "difference_before"] < -1
    # The usual rule: under a quarter of a standard deviation apart.
    assert balance["difference_after"].abs().max() < 0.25


def test_what_happens_after_the_firing_never_changes_the_match():
    panel, events = seasons(4, effect=0.0, n=6)
    later = panel["week"] >= 8
    changed = panel.assign(margin=panel["margin"].where(~later, panel["margin"] * -3 + 40))
    first, second = (matched_comparison(rows, events, outcome="margin") for rows in (panel, changed))
    pd.testing.assert_frame_equal(first.pairs, second.pairs)
    assert first.matched.value != second.matched.value


def test_matches_are_of_the_same_season_not_fired_by_then_and_used_once():
    panel, events = seasons(5, effect=0.0, n=6)
    pairs = matched_comparison(panel, events, outcome="margin").pairs
    fired = events.set_index(["season", "team"])["week"]
    later = pairs.merge(fired.rename("own"), left_on=["season", "match"], right_index=True)
    assert (later["match_week"] < later["own"]).all()
    # Whoever is fired later is among the matches: to leave him out is to choose by what came after.
    assert len(later) > 0
    assert (pairs["match"] != pairs["team"]).all()
    assert not pairs.duplicated(["season", "match"]).any()
    assert ((pairs["match_week"] - pairs["week"]).abs() <= 1).all()


def test_the_matched_difference_is_that_worked_by_hand():
    # Two fired teams (f, g), each with one like team (x, y) and one unlike (z): after 10 - 4 and 2 - 6, mean 1.
    rows = []
    for season, team, rating, after in (
        (1, "f", -5, 10),
        (1, "x", -5, 4),
        (1, "z", 9, 90),
        (2, "g", 3, 2),
        (2, "y", 3, 6),
        (2, "z", 9, 90),
    ):
        rows += [(season, week, team, rating, 0.0 if week == 1 else after) for week in (1, 2)]
    panel = pd.DataFrame(rows, columns=["season", "week", "team", "market_rating", "margin"])
    events = pd.DataFrame({"season": [1, 2], "week": 2, "team": ["f", "g"]})
    found = matched_comparison(
        panel, events, outcome="margin", covariates=("market_rating",), neighbours=1, window=0, caliper=0.1
    )
    assert found.matched.value == pytest.approx(((10 - 4) + (2 - 6)) / 2)
    assert found.naive.value == pytest.approx((10 + 2) / 2)


def test_events_without_a_match_are_listed_and_none_at_all_is_refused():
    panel, events = seasons(6, effect=0.0, n=4)
    late = pd.concat([events, pd.DataFrame({"season": [0], "week": [99], "team": ["T99"]})])
    assert matched_comparison(panel, late, outcome="margin").unmatched["team"].tolist() == ["T99"]
    with pytest.raises(ValidationError, match="must find a match"):
        matched_comparison(panel, events, outcome="margin", caliper=0.0)
