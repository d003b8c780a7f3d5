"""A law that changes in a season: outcomes, tables and the exact law change together, and nothing else does.

Tolerances: means of laws to rounding, and to what the largest of 1.5 times the yards lose at the end of the support
(two hundredths); frequencies of the draw that was played within four standard errors of its law.
"""

import numpy as np
import pytest

from workbench.bayes.conformal.intervals import mid_intervals
from workbench.bayes.scores.against_law import exact_share_held, share_held
from workbench.bayes.scores.coverage import coverage
from workbench.data.demo.yards_drift import YardsDrift
from workbench.data.demo.yards_league import YardsLeague, yards_league
from workbench.errors import ValidationError
from workbench.features.player_yards.rows import player_yards

ERRORS = 4.0
EDGE = 0.02


@pytest.fixture(scope="module")
def league() -> YardsLeague:
    return yards_league(12, seasons=(2023, 2024))


def drift(league: YardsLeague, scale: float) -> YardsDrift:
    return YardsDrift(league=league, season=2024, first_week=8, scale=scale)


@pytest.mark.parametrize("scale", [0.6, 1.5])
def test_the_changed_draw_follows_the_changed_law_and_the_rest_is_as_it_was(league, scale):
    changed = drift(league, scale)
    rows = league.players
    after = changed.changes(rows).to_numpy()
    law, before = changed.forecast(rows), league.forecast(rows)
    assert np.array_equal(law.cdf[~after], before.cdf[~after])
    assert law.mean[after] == pytest.approx(scale * before.mean[after], rel=EDGE, abs=0.5)
    yards = changed.outcomes(rows)
    ends = mid_intervals(law, 0.9)
    held = coverage((ends.lower, ends.upper), yards, level=0.9, mid=True)[after]
    expected = share_held(law, ends.lower, ends.upper, mid=True)[after]
    assert abs(held.mean() - expected.mean()) < ERRORS * held.std() / np.sqrt(after.sum())
    assert exact_share_held(law, law, level=0.9) == pytest.approx(0.9, abs=1e-9)


def test_a_scale_of_one_changes_nothing(league):
    same = drift(league, 1.0)
    assert same.outcomes(league.players).equals(league.players["yards"])
    assert same.tables["player_weeks"].equals(league.tables["player_weeks"])
    assert same.forecast(league.players).cdf == pytest.approx(league.forecast(league.players).cdf, abs=1e-12)


def test_only_backs_and_only_later_weeks_change_and_features_see_it_afterwards(league):
    changed = drift(league, 0.6)
    lines, before = changed.tables["player_weeks"], league.tables["player_weeks"]
    moved = lines["rushing_yards"].ne(before["rushing_yards"])
    assert moved.sum() > 300
    assert lines.loc[moved, "position"].eq("RB").all()
    assert lines.loc[moved, "week"].min() == 8
    kept, new = (player_yards(t, target="rushing_yards", seasons=(2024,)).rows for t in (league.tables, changed.tables))
    assert kept["player_id"].equals(new["player_id"])
    seen = new["yards_long"].ne(kept["yards_long"]) & new["yards_long"].notna()
    assert new.loc[seen, "week"].min() == 9  # the changed week itself is forecast from unchanged ones
    assert new["yards"].equals(changed.outcomes(kept))


def test_a_scale_of_nothing_is_refused(league):
    with pytest.raises(ValidationError, match="above zero"):
        drift(league, 0.0)
