"""The player-week panel: projections by hand, from strictly earlier weeks only, and snap shares found by id or name.

Hand-worked values hold to 1e-12. The planted mean is recovered within four standard errors.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.features.panel_league import game, random_league, stamped
from workbench.features.panels import PLAYER_COLUMNS, player_week_panel
from workbench.features.panels.projections import ProjectionParameters, position_means, projected_yards
from workbench.features.panels.snap_shares import snap_shares

HALF = {"WR": ProjectionParameters(decay=0.5, strength=1.0)}


def wide_receiver_lines() -> pd.DataFrame:
    old = {"player_id": "old", "position": "WR", "season": 2009, "week": 1, "yards": 10.0}
    new = {"player_id": "new", "position": "WR", "season": 2010}
    return pd.DataFrame([old, *(new | {"week": week, "yards": y} for week, y in ((1, 20.0), (2, 40.0), (4, 99.0)))])


def test_a_projection_is_that_worked_by_hand() -> None:
    found = projected_yards(wide_receiver_lines(), parameters=HALF)
    assert np.isnan(found[0])  # no season before it tells a position's mean
    assert found[1] == pytest.approx(10.0, abs=1e-12)  # a first game: the position's mean
    assert found[2] == pytest.approx((20 + 10) / (1 + 1), abs=1e-12)
    assert found[3] == pytest.approx((40 + 0.5 * 20 + 10) / (1.5 + 1), abs=1e-12)


def test_a_game_without_yards_counts_for_nothing() -> None:
    lines = wide_receiver_lines()
    lines.loc[2, "yards"] = np.nan
    assert projected_yards(lines, parameters=HALF)[3] == pytest.approx((0.5 * 20 + 10) / (0.5 + 1), abs=1e-12)


def test_a_position_s_mean_is_that_of_the_three_seasons_before() -> None:
    lines = pd.DataFrame(
        {"position": "TE", "season": [2001, 2002, 2003, 2004, 2005, 2005], "yards": [90, 1, 2, 6, 7, 8]}
    )
    assert position_means(lines).to_list() == pytest.approx([np.nan, 90, 45.5, 31, 3, 3], nan_ok=True)


def test_a_planted_mean_is_recovered_from_many_games() -> None:
    rng = np.random.default_rng(3)
    old = pd.DataFrame({"player_id": "o", "position": "WR", "season": 2009, "week": range(1, 17), "yards": 40.0})
    new = pd.DataFrame({"player_id": "n", "position": "WR", "season": 2010, "week": range(1, 401)})
    new["yards"] = rng.normal(80, 30, len(new))
    slow = {"WR": ProjectionParameters(decay=0.99, strength=1.0)}
    found = projected_yards(pd.concat([old, new], ignore_index=True), parameters=slow).iloc[-1]
    effective = (1 + 0.99) / (1 - 0.99)  # games that weigh as much as these, for the variance of their mean
    assert found == pytest.approx(80, abs=4 * 30 / np.sqrt(effective))


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), which=st.integers(0, 71), yards=st.floats(500, 900))
def test_no_projection_of_an_earlier_or_the_same_week_sees_a_game_change(seed: int, which: int, yards: float) -> None:
    league = random_league(seed)
    lines = league["player_weeks"].copy()
    lines.loc[which, "passing_yards"] = yards
    before, after = player_week_panel(league), player_week_panel({**league, "player_weeks": lines})
    season, week = lines.loc[which, "season"], lines.loc[which, "week"]
    seen = before["season"].lt(season) | (before["season"].eq(season) & before["week"].le(week))
    pd.testing.assert_series_equal(before.loc[seen, "projection_yards"], after.loc[seen, "projection_yards"])
    own = (before["player_id"] == lines.loc[which, "player_id"]) & ~seen & before["projection_yards"].notna()
    assert (before.loc[own, "projection_yards"] != after.loc[own, "projection_yards"]).all()


def stat_tables() -> dict[str, pd.DataFrame]:
    row = game(2023, 5, "KC", "DEN")
    names = ["player_id", "player_name", "position", "team", "passing_yards", "rushing_yards", "receiving_yards"]
    stats = [
        ("q", "Pat Passer", "QB", "KC", 300.0, 20.0, 0.0),
        ("r", "Rob Runner Jr.", "RB", "KC", 0.0, 80.0, 30.0),
        ("w", "Wes Wide", "WR", "DEN", 0.0, 5.0, 70.0),
        ("t", "Tim Tight", "TE", "DEN", 0.0, 0.0, 40.0),
        ("k", "Ken Kicker", "K", "DEN", 0.0, 0.0, 0.0),
        ("n", "No Body", "RB", "XYZ", 0.0, 9.0, 0.0),
    ]
    week = [dict(zip(names, stat, strict=True)) | {"season": 2023, "week": 5} for stat in stats]
    return {"games": stamped([row]), "player_weeks": pd.DataFrame(week)}


def test_the_yards_are_the_position_s_own_and_others_are_left_out() -> None:
    panel = player_week_panel(stat_tables()).set_index("player_id")
    assert panel["yards"].to_dict() == {"q": 300.0, "r": 80.0, "w": 70.0, "t": 40.0}
    assert (panel["game_id"] == "2023_05_DEN_KC").all()
    assert panel["opponent"].to_dict() == {"q": "DEN", "r": "DEN", "w": "KC", "t": "KC"}
    assert panel["projection_yards"].isna().all()
    assert panel["snap_share"].isna().all()


def test_snap_shares_are_found_by_id_first_and_by_name_where_there_is_none() -> None:
    tables = stat_tables()
    keys = {"game_id": "2023_05_DEN_KC", "season": 2023, "week": 5}
    snaps = pd.DataFrame(
        [
            keys | {"team": "KC", "player_name": "Patrick Passer", "pfr_id": "P1", "offense_share": 1.0},
            keys | {"team": "KC", "player_name": "ROB RUNNER", "pfr_id": "R1", "offense_share": 0.6},
            keys | {"team": "DEN", "player_name": "Wes Wide", "pfr_id": "W1", "offense_share": 0.9},
            keys | {"team": "DEN", "player_name": "Wes Wide", "pfr_id": "W2", "offense_share": 0.1},
        ]
    )
    rosters = pd.DataFrame({"player_id": ["q", "q", "t"], "pfr_id": ["P1", "P1", None]})
    panel = player_week_panel({**tables, "snaps": snaps, "rosters": rosters}).set_index("player_id")
    assert panel["snap_share"].dropna().to_dict() == {"q": 1.0, "r": 0.6}  # two of one name: nobody is found
    by_name = player_week_panel({**tables, "snaps": snaps.drop(columns="pfr_id"), "rosters": rosters})
    assert by_name.set_index("player_id")["snap_share"].dropna().to_dict() == {"r": 0.6}
    nowhere = rosters.assign(pfr_id=np.nan)
    assert snap_shares(panel.reset_index(), {"snaps": snaps, "rosters": nowhere}).notna().sum() == 1


def test_without_stat_lines_or_games_the_panel_is_empty_and_typed() -> None:
    for tables in ({}, {"games": stat_tables()["games"]}, {"player_weeks": stat_tables()["player_weeks"]}):
        panel = player_week_panel(tables)
        assert panel.empty
        assert list(panel) == list(PLAYER_COLUMNS)
