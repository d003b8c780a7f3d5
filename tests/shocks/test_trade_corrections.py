"""The cited list of trades: it speaks of the very move it names, and of no other.

Tolerances: none; what is compared is equal.
"""

import pandas as pd
import pytest

from workbench.shocks.trade_corrections import corrected_trades, trade_comparison, trade_corrections


def changes(*, derived: bool = True, **other: object) -> pd.DataFrame:
    row = {"season": 2021, "player_name": "Jaylon Smith", "old_team": "DAL", "team": "GB", "week": 5}
    return pd.DataFrame([row | other]).assign(derived_trade=derived)


def test_a_reported_release_is_no_trade_and_says_why():
    out = corrected_trades(changes())
    assert out["is_trade"].tolist() == [False]
    assert out["reported"].tolist() == ["released"]
    assert out["why"].str.contains("Released by Dallas").all()


def test_a_reported_trade_that_rosters_hide_is_one():
    own = {"season": 2022, "player_name": "Kadarius Toney", "old_team": "NYG", "team": "KC", "week": 9}
    assert corrected_trades(changes(derived=False, **own))["is_trade"].tolist() == [True]


@pytest.mark.parametrize("other", [{"season": 2020}, {"player_name": "Another"}, {"old_team": "NYG"}, {"team": "SF"}])
@pytest.mark.parametrize("derived", [True, False])
def test_a_move_that_is_not_on_the_list_stays_as_derived(other, derived):
    out = corrected_trades(changes(derived=derived, **other))
    assert out["is_trade"].tolist() == [derived]
    assert out["why"].isna().all()


def test_rows_keep_their_order_and_index():
    both = pd.concat([changes(season=2019), changes(), changes(season=2018)]).set_axis([7, 3, 9])
    out = corrected_trades(both)
    assert out.index.tolist() == [7, 3, 9]
    assert out["is_trade"].tolist() == [True, False, True]


def test_the_comparison_tells_what_was_taken_out_added_and_left():
    toney = {"season": 2022, "player_name": "Kadarius Toney", "old_team": "NYG", "team": "KC", "week": 9}
    rows = pd.concat(
        [changes(), changes(season=2019), changes(derived=False, **toney), changes(derived=False, team="X")]
    )
    out = trade_comparison(corrected_trades(rows.reset_index(drop=True)))
    assert out[["season", "derived", "corrected", "what"]].to_numpy().tolist() == [
        [2019, "trade", "trade", "unchanged"], [2021, "trade", "move", "taken out"], [2022, "move", "trade", "added"],
    ]  # fmt: skip


def test_the_list_names_each_move_once_and_says_where_it_is_known_from():
    listed = trade_corrections()
    assert not listed.duplicated(["season", "player", "out_team", "in_team"]).any()
    assert listed["source"].str.len().gt(20).all()
    assert set(listed["action"]) == {"trade", "not_a_trade"}
    assert (listed["cause"].eq("trade") == listed["action"].eq("trade")).all()
    assert listed["date"].str[:4].astype(int).eq(listed["season"]).all()
