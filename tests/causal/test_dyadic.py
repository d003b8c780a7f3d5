"""Which games may err together, counted one pair at a time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.games.dyadic import dyadic_clusters

#: The same sum in another order: rounding only.
SAME = 1e-9


def pairs_counted_one_by_one(games: pd.DataFrame) -> np.ndarray:
    """Ones where two games share a season and either a team or a week; shape (n, n)."""
    rows = list(games[["season", "week", "home_team", "away_team"]].itertuples(index=False))
    return np.array([
        [float(a[0] == b[0] and (a[1] == b[1] or bool({a[2], a[3]} & {b[2], b[3]}))) for b in rows] for a in rows
    ])  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), once_a_week=st.booleans())
def test_inclusion_and_exclusion_count_every_linked_pair_once(seed: int, once_a_week: bool):
    rng = np.random.default_rng(seed)
    rows = []
    for season in range(2):
        for week in range(4):
            order = rng.permutation(6)
            teams = zip(order[:3], order[3:], strict=True)
            if not once_a_week:  # a team may meet two others, or the same one twice, in a week
                teams = (rng.choice(6, 2, replace=False) for _ in range(4))
            rows += [(season, week, *pair) for pair in teams]
    games = pd.DataFrame(rows, columns=["season", "week", "home_team", "away_team"])
    scores = rng.normal(size=(len(games), 2))
    expected = scores.T @ pairs_counted_one_by_one(games) @ scores
    clusters = dyadic_clusters(games)
    assert clusters.products(scores, scores) == pytest.approx(np.diag(expected), abs=SAME)
    alone = np.einsum("ij,ij->j", scores, scores)
    assert clusters.variances(scores) == pytest.approx(np.maximum(np.diag(expected), alone), abs=SAME)
    covariance = clusters.covariance(scores)
    assert np.diag(covariance) == pytest.approx(clusters.variances(scores), abs=1e-6)
    assert np.linalg.eigvalsh(covariance).min() > -1e-6


def test_errors_of_the_same_teams_in_another_season_are_apart():
    games = pd.DataFrame({"season": [1, 2], "week": [1, 1], "home_team": "a", "away_team": "b"})
    assert dyadic_clusters(games).products(np.ones((2, 1)), np.ones((2, 1)))[0] == 2.0
