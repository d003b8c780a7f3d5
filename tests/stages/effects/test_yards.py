"""Yards against what was to be expected, as games."""

import math

import pandas as pd
import pytest

from workbench.stages.effects.yards import with_yards


def players(*rows: tuple[str, int, str, str, float, float | None]) -> pd.DataFrame:
    columns = ["game_id", "week", "team", "position", "passing_yards", "yards_vs_projection"]
    return pd.DataFrame(rows, columns=columns).assign(season=2020)


GAME = pd.DataFrame({"game_id": ["g"], "home_team": ["A"], "away_team": ["B"]})


def test_runners_and_receivers_are_means_of_a_side_home_less_away() -> None:
    told = players(
        ("g", 5, "A", "RB", 0.0, 10.0),
        ("g", 5, "A", "RB", 0.0, 20.0),
        ("g", 5, "A", "RB", 0.0, None),  # nothing to be held against: left out, not zero
        ("g", 5, "B", "RB", 0.0, -5.0),
        ("g", 5, "A", "WR", 0.0, 8.0),
        ("g", 5, "B", "TE", 0.0, 2.0),
    )
    row = with_yards(GAME, told).iloc[0]
    assert (row["rushing_yards_gap"], row["rushing_yards_both"]) == (20.0, 5.0)
    assert (row["receiving_yards_gap"], row["receiving_yards_both"]) == (6.0, 5.0)


def test_a_side_with_nobody_makes_the_game_missing() -> None:
    row = with_yards(GAME, players(("g", 5, "A", "RB", 0.0, 10.0))).iloc[0]
    assert math.isnan(row["rushing_yards_gap"])
    assert math.isnan(row["rushing_yards_both"])
    assert math.isnan(row["passing_yards_gap"])


def passing(*, weeks: int, last: float) -> pd.DataFrame:
    rows = [(f"w{week}", week, team, "QB", 100.0 * week, None) for week in range(1, weeks + 1) for team in "AB"]
    now = [("g", weeks + 1, "A", "QB", last, None), ("g", weeks + 1, "A", "WR", 30.0, None),
           ("g", weeks + 1, "B", "QB", 250.0, None)]  # fmt: skip
    return players(*rows, *now)


def test_passing_is_the_team_s_and_held_against_its_last_eight_games() -> None:
    row = with_yards(GAME, passing(weeks=10, last=400.0)).iloc[0]
    # Weeks 3 to 10 mean 650; the receiver who threw counts with his team.
    assert row["passing_yards_gap"] == pytest.approx(430 - 250)
    assert row["passing_yards_both"] == pytest.approx(((430 - 650) + (250 - 650)) / 2)


def test_two_games_do_not_say_what_passing_to_expect() -> None:
    assert math.isnan(with_yards(GAME, passing(weeks=2, last=400.0)).iloc[0]["passing_yards_gap"])
    assert with_yards(GAME, passing(weeks=3, last=400.0)).iloc[0]["passing_yards_gap"] == pytest.approx(180.0)


def test_a_later_game_never_changes_what_was_expected_before() -> None:
    told = passing(weeks=6, last=400.0)
    later = pd.concat([told, players(("h", 8, "A", "QB", 9999.0, None))], ignore_index=True)
    one, other = (with_yards(GAME, t) for t in (told, later))
    pd.testing.assert_frame_equal(one, other)
