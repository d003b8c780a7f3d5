"""The game panel: values worked by hand, nothing of a game before it, nothing invented where facts are missing.

Hand-worked values hold to 1e-12 (a few additions in floating point).
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.features.panel_league import game, quote, random_league, result, stamped
from workbench.features.panels import GAME_COLUMNS, game_panel
from workbench.features.panels.circumstances import eras, precipitation
from workbench.features.panels.efficiency import offence_epa

BEFORE = [f"{side}_{name}" for name in ("market_rating", "win_rate", "last4_residual", "games_played")
          for side in ("home", "away")]  # fmt: skip

ROWS = [
    game(2010, 1, "A", "B", home_rest_days=7, roof=" dome ", surface=""),
    game(2010, 1, "C", "D", hour=3),
    game(2010, 2, "B", "C", division_game=True),
    game(2010, 2, "D", "A", hour=3, neutral=True),
    game(2010, 4, "A", "C"),
]
SCORES = [(20, 10), (14, 14), (7, 10), (30, 24), (0, 3)]
TABLES = {
    "games": stamped(ROWS),
    "results": stamped([result(row, *score) for row, score in zip(ROWS, SCORES, strict=True)]),
    "quotes": stamped(
        [
            quote(ROWS[0], line=3.0, kind="open", source="legacy"),
            quote(ROWS[0], line=4.0, kind="close", source="legacy"),
            quote(ROWS[1], line=2.5, kind="close", source="schedule_close"),
            quote(ROWS[0], line=41.0, kind="open", source="sbr", market="total"),
            quote(ROWS[0], line=38.5, kind="close", source="sbr", market="total"),
        ]
    ),
    "starters": stamped(
        [
            {"game_id": ROWS[0]["game_id"], "team": "A", "quarterback_id": "qa", "coach": "Ann", "known_at": None},
            {"game_id": ROWS[0]["game_id"], "team": "B", "quarterback_id": "qb", "coach": None, "known_at": None},
        ]
    ),
}


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return game_panel(TABLES).set_index("game_id", drop=False)


def test_outcomes_against_the_lines_are_those_worked_by_hand(panel: pd.DataFrame) -> None:
    first = panel.loc["2010_01_B_A"]
    assert (first["margin"], first["total"]) == (10.0, 30.0)
    assert (first["margin_vs_open"], first["margin_vs_close"], first["line_move"]) == (7.0, 6.0, 1.0)
    assert (first["total_vs_open"], first["total_vs_close"], first["total_move"]) == (-11.0, -8.5, -2.5)
    assert (first["open_total_source"], first["close_source"]) == ("sbr", "legacy")


def test_a_game_without_opener_or_line_has_none(panel: pd.DataFrame) -> None:
    second, third = panel.loc["2010_01_D_C"], panel.loc["2010_02_C_B"]
    assert second["margin_vs_close"] == -2.5
    assert second[["open_line", "margin_vs_open", "line_move", "open_instant_assumed"]].isna().all()
    assert third[["close_line", "margin_vs_close", "close_source"]].isna().all()


def test_records_count_earlier_games_of_the_season_and_a_tie_is_half_a_win(panel: pd.DataFrame) -> None:
    last = panel.loc["2010_04_C_A"]
    assert (last["home_games_played"], last["away_games_played"]) == (2.0, 2.0)
    assert (last["home_win_rate"], last["away_win_rate"]) == (0.5, 0.75)  # A: won, lost; C: tied, won
    opening = panel.loc["2010_01_B_A"]
    assert opening["home_games_played"] == 0.0
    assert np.isnan(opening["home_win_rate"])


def test_rest_is_the_schedule_s_where_it_says_and_counted_in_days_where_not(panel: pd.DataFrame) -> None:
    assert panel.loc["2010_01_B_A", "home_rest_days"] == 7.0
    assert np.isnan(panel.loc["2010_01_B_A", "away_rest_days"])
    assert panel.loc["2010_04_C_A", ["home_rest_days", "away_rest_days"]].to_list() == [14.0, 14.0]


def test_who_played_and_where_stands_beside_the_right_team(panel: pd.DataFrame) -> None:
    first = panel.loc["2010_01_B_A"]
    assert (first["home_quarterback_id"], first["away_quarterback_id"], first["home_coach"]) == ("qa", "qb", "Ann")
    assert first["roof"] == "dome"
    assert pd.isna(first["surface"])
    assert pd.isna(first["away_coach"])
    assert panel.loc["2010_02_A_D", "neutral"]
    assert (panel["era"] == "2002-2010").all()


def test_the_last_four_residuals_are_averaged_across_seasons_and_no_further() -> None:
    rows = [game(2010, week, "A", "B") for week in (1, 2, 3)] + [game(2011, week, "B", "A") for week in (1, 2)]
    rows += [game(2013, 1, "A", "B")]
    margins = [1, 2, 3, -4, -5, 0]  # A's residual by game, the line being zero: 1 2 3 4 5
    scores = [result(row, 20 + margin, 20) for row, margin in zip(rows, margins, strict=True)]
    closes = [quote(row, line=0.0, kind="close", source="legacy") for row in rows]
    tables = {"games": stamped(rows), "results": stamped(scores), "quotes": stamped(closes)}
    panel = game_panel(tables)
    assert panel.loc[:3, "home_last4_residual"].isna().all()  # fewer than four before
    assert panel.loc[4, "away_last4_residual"] == pytest.approx((1 + 2 + 3 + 4) / 4, abs=1e-12)
    assert panel.loc[4, "home_last4_residual"] == pytest.approx(-2.5, abs=1e-12)
    assert np.isnan(panel.loc[5, "home_last4_residual"])  # two seasons on, they tell nothing


def test_epa_is_the_mean_over_passes_and_runs_on_a_down() -> None:
    kinds = ["pass", "run", "pass", "punt", "run", "pass"]
    plays = pd.DataFrame({"game_id": "g", "posteam": ["A"] * 5 + ["B"], "play_type": kinds, "down": 1.0})
    plays["epa"] = [0.5, -0.2, np.nan, 3.0, 0.3, -1.0]
    plays.loc[4, "down"] = np.nan  # a try for two
    found = offence_epa(plays).set_index("team")
    assert found.loc["A", "epa_per_play"] == pytest.approx(0.15, abs=1e-12)
    assert found["epa_plays"].to_dict() == {"A": 2, "B": 1}
    assert offence_epa(plays.drop(columns="epa")).empty


def rain(row: dict[str, object], hours: list[float], inches: list[float]) -> pd.DataFrame:
    kick = pd.Timestamp(str(row["kickoff_utc"]))
    return stamped(
        [
            {"game_id": row["game_id"], "observed_at": kick + pd.Timedelta(hours=hour), "precipitation_inches": fell}
            for hour, fell in zip(hours, inches, strict=True)
        ]
    )


def test_precipitation_sums_the_hours_of_the_game_and_leaves_out_impossible_ones() -> None:
    seen = rain(ROWS[1], [-2, -1, 0, 1, 2, 2.5, 3, 4], [9.0, 1.0, 0.1, 5.0, 0.1, 0.2, 0.3, 1.0])
    # Of the hours from kick-off to three after: .1, an impossible 5, .2 (the most of two in one hour), .3.
    found = game_panel({**TABLES, "weather": seen}).set_index("game_id")["precipitation_inches"]
    assert found["2010_01_D_C"] == pytest.approx(0.6, abs=1e-12)
    assert found.drop("2010_01_D_C").isna().all()


def test_rain_is_not_known_under_a_roof_or_from_two_hours_alone() -> None:
    hours = [0.0, 1.0, 2.0]
    for row, part in ((ROWS[0], 3), (ROWS[1], 2)):
        weather = rain(row, hours[:part], [0.2] * part)
        assert game_panel({**TABLES, "weather": weather})["precipitation_inches"].isna().all()
    assert precipitation(pd.DataFrame(), games=TABLES["games"]).empty


def test_eras_begin_where_something_changed() -> None:
    found = eras(pd.Series([1999, 2010, 2011, 2019, 2020, 2021]))
    assert found.to_list() == ["1999-2001", "2002-2010", "2011-2019", "2011-2019", "2020", "2021 on"]


@pytest.mark.parametrize("missing", ["quotes", "starters"])
def test_a_missing_table_leaves_nulls_and_keeps_the_rows(missing: str) -> None:
    panel = game_panel({name: frame for name, frame in TABLES.items() if name != missing})
    assert len(panel) == len(ROWS)
    gone = {"quotes": "close_line", "starters": "home_coach"}[missing]
    assert panel[gone].isna().all()
    assert list(panel) == list(GAME_COLUMNS)


def test_without_games_or_results_the_panel_is_empty_and_typed() -> None:
    for tables in ({}, {"games": TABLES["games"]}, {"results": TABLES["results"]}):
        panel = game_panel(tables)
        assert panel.empty
        assert {name: str(dtype) for name, dtype in panel.dtypes.items()} == GAME_COLUMNS


def test_a_game_not_yet_played_is_not_in_the_panel() -> None:
    panel = game_panel({**TABLES, "results": TABLES["results"].iloc[:-1]})
    assert "2010_04_C_A" not in set(panel["game_id"])


def test_the_order_of_the_rows_given_does_not_matter() -> None:
    league = random_league(4)
    shuffled = {name: frame.sample(frac=1.0, random_state=1) for name, frame in league.items()}
    pd.testing.assert_frame_equal(game_panel(shuffled), game_panel(league))


def test_the_tables_given_are_not_changed() -> None:
    league = random_league(5)
    copies = {name: frame.copy() for name, frame in league.items()}
    game_panel(league)
    for name, frame in league.items():
        pd.testing.assert_frame_equal(frame, copies[name])


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), which=st.integers(0, 35), points=st.integers(1, 30))
def test_no_row_of_an_earlier_or_the_same_week_sees_a_game_change(seed: int, which: int, points: int) -> None:
    league = random_league(seed)
    changed = _other_game(league, which=which, points=points)
    before, after = game_panel(league), game_panel(changed)
    own = league["games"].iloc[which]
    seen = before["season"].lt(own["season"]) | (before["season"].eq(own["season"]) & before["week"].le(own["week"]))
    pd.testing.assert_frame_equal(before.loc[seen, BEFORE], after.loc[seen, BEFORE])
    others = before["game_id"].ne(own["game_id"])
    outcomes = ["margin", "total", "close_line", "open_line", "line_move", "margin_vs_close"]
    pd.testing.assert_frame_equal(before.loc[others, outcomes], after.loc[others, outcomes])


def test_a_game_changed_is_seen_by_its_teams_next_week() -> None:
    league = random_league(0)
    before, after = game_panel(league), game_panel(_other_game(league, which=3, points=20))
    moved = (before[BEFORE].fillna(0.0) - after[BEFORE].fillna(0.0)).abs().gt(1e-9)
    for name in ("market_rating", "win_rate", "last4_residual"):
        assert moved[[f"home_{name}", f"away_{name}"]].to_numpy().any(), name


def _other_game(league: dict[str, pd.DataFrame], *, which: int, points: int) -> dict[str, pd.DataFrame]:
    """The league with another winner and another line in one game."""
    game_id = league["games"]["game_id"].iloc[which]
    results, quotes = league["results"].copy(), league["quotes"].copy()
    own = results["game_id"].eq(game_id)
    turned = np.where(results["home_score"] > results["away_score"], 0, 60 + points)
    results["home_score"] = results["home_score"].where(~own, turned)
    quotes["line"] = quotes["line"].where(quotes["game_id"].ne(game_id), quotes["line"] + points)
    return {**league, "results": results, "quotes": quotes}
