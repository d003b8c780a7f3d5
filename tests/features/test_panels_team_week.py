"""The team-week panel mirrors the game panel: what one side gains the other loses. Values are exact."""

import numpy as np
import pandas as pd
import pytest

from tests.features.panel_league import game, quote, random_league, result, stamped
from workbench.features.panels import game_panel, team_week_panel

SIGNED = ["margin", "margin_vs_open", "margin_vs_close", "line", "open_line", "line_move"]
SIDED = ["rest_days", "market_rating", "win_rate", "last4_residual", "games_played", "epa_per_play"]


@pytest.fixture(scope="module")
def teams() -> pd.DataFrame:
    return team_week_panel(game_panel(random_league(11)))


def test_each_game_stands_twice_from_its_own_side() -> None:
    row = game(2023, 5, "KC", "DEN")
    lines = [quote(row, line=7.0, kind="open", source="legacy"), quote(row, line=8.5, kind="close", source="legacy")]
    tables = {"games": stamped([row]), "results": stamped([result(row, 19, 8)]), "quotes": stamped(lines)}
    both = team_week_panel(game_panel(tables)).set_index("team")
    assert both["team_season"].to_dict() == {"KC": "KC-2023", "DEN": "DEN-2023"}
    assert both.loc["KC", SIGNED].to_list() == [11.0, 4.0, 2.5, 8.5, 7.0, 1.5]
    assert both.loc["DEN", SIGNED].to_list() == [-11.0, -4.0, -2.5, -8.5, -7.0, -1.5]
    assert both["is_home"].to_dict() == {"KC": True, "DEN": False}
    assert both.loc["DEN", "opponent"] == "KC"


def test_the_two_sides_of_a_game_mirror_each_other(teams: pd.DataFrame) -> None:
    sides = [teams[teams["is_home"].eq(home)].set_index("game_id").sort_index() for home in (True, False)]
    pd.testing.assert_frame_equal(sides[0][SIGNED], -sides[1][SIGNED] + 0.0)
    swapped = sides[1][[f"opponent_{name}" for name in SIDED]].set_axis(SIDED, axis=1)
    pd.testing.assert_frame_equal(sides[0][SIDED], swapped)
    pd.testing.assert_series_equal(sides[0]["total"], sides[1]["total"])


def test_a_team_s_games_stand_in_order_and_its_record_follows_from_them(teams: pd.DataFrame) -> None:
    for _, own in teams.groupby("team_season"):
        assert own["games_played"].to_list() == list(range(len(own)))
        wins = own["margin"].gt(0) + 0.5 * own["margin"].eq(0)
        expected = (wins.cumsum().shift(1) / own["games_played"]).to_numpy()
        np.testing.assert_allclose(own["win_rate"].to_numpy(), expected)


def test_a_tie_at_a_pick_em_is_a_plain_zero() -> None:
    row = game(2023, 5, "KC", "DEN")
    line = quote(row, line=0.0, kind="close", source="legacy")
    tables = {"games": stamped([row]), "results": stamped([result(row, 20, 20)]), "quotes": stamped([line])}
    both = team_week_panel(game_panel(tables))
    assert not np.signbit(both[["margin", "line", "margin_vs_close"]]).to_numpy().any()


def test_an_empty_panel_stays_empty() -> None:
    assert team_week_panel(game_panel({})).empty
