"""Ratings from earlier closing lines: one update by hand, planted strengths found, a team never seen without one."""

import numpy as np
import pandas as pd
import pytest

from tests.features.panel_league import game, stamped
from workbench.features.panels.market_ratings import MarketRatingParameters, market_ratings

HAND = MarketRatingParameters(
    noise_sd=2.0, week_sd=0.0, season_kept=0.5, season_sd=0.0, first_sd=4.0, home_points=3.0, home_sd=0.0,
    home_season_sd=0.0,
)  # fmt: skip
#: Rounded constants and a filter still learning: planted ratings (sd 5) within a point and a half in the mean square.
RECOVERED_POINTS = 1.5


def lined(rows: list[dict[str, object]], lines: list[float]) -> pd.DataFrame:
    return stamped(rows).assign(close_line=lines)


def test_one_line_moves_two_teams_as_worked_by_hand() -> None:
    rows = [game(2010, 1, "A", "B"), game(2010, 2, "B", "A"), game(2011, 1, "A", "B")]
    found = market_ratings(lined(rows, [6.0, np.nan, np.nan]), parameters=HAND)
    assert found.iloc[0].isna().all()
    # The line says 3 more than home field; each team takes 16 / (16 + 16 + 4) of it; a new season keeps half.
    assert found.iloc[1].to_list() == [pytest.approx(-4 / 3), pytest.approx(4 / 3)]
    assert found.iloc[2].to_list() == [pytest.approx(2 / 3), pytest.approx(-2 / 3)]


def test_a_neutral_site_has_no_home_field() -> None:
    rows = [game(2010, 1, "A", "B", neutral=True), game(2010, 2, "B", "A")]
    found = market_ratings(lined(rows, [6.0, 0.0]), parameters=HAND)
    assert found.loc[1, "away_market_rating"] == pytest.approx(16 / 36 * 6)


def test_a_team_without_an_earlier_line_has_no_rating() -> None:
    rows = [game(2010, 1, "A", "B"), game(2010, 2, "A", "C"), game(2010, 3, "C", "B")]
    found = market_ratings(lined(rows, [6.0, np.nan, 1.0]), parameters=HAND)
    assert np.isnan(found.loc[1, "away_market_rating"])
    assert np.isnan(found.loc[2, "home_market_rating"])
    assert np.isfinite(found.loc[2, "away_market_rating"])


def test_games_of_one_week_do_not_see_one_another() -> None:
    rows = [game(2010, 1, "A", "B"), game(2010, 2, "A", "B"), game(2010, 2, "C", "D"), game(2010, 3, "C", "D")]
    low, high = (market_ratings(lined(rows, [1.0, line, 2.0, 3.0])) for line in (-9.0, 9.0))
    pd.testing.assert_frame_equal(low.iloc[:3], high.iloc[:3])


def test_planted_strengths_are_found_and_opponents_are_allowed_for() -> None:
    rng = np.random.default_rng(7)
    strength = rng.normal(0, 5, 16)
    rows, lines = [], []
    for week in range(1, 18):
        order = rng.permutation(16)
        for home, away in order.reshape(8, 2):
            rows.append(game(2010, week, f"T{home:02d}", f"T{away:02d}"))
            lines.append(round(2 * (strength[home] - strength[away] + 2.5 + rng.normal(0, 1))) / 2)
    found = market_ratings(lined(rows, lines)).iloc[-8:]
    last = stamped(rows).iloc[-8:]
    for side in ("home", "away"):
        truth = strength[last[f"{side}_team"].str[1:].astype(int)] - strength.mean()
        gap = found[f"{side}_market_rating"] - truth
        assert np.sqrt((gap**2).mean()) < RECOVERED_POINTS
