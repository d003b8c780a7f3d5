"""Snaps tied to players: the id first, a name only where it fits one."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.shocks.identity import identified_snaps, match_shares, plain_names


def rosters(rows: list[tuple[str, str, str, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["team", "player_id", "player_name", "pfr_id"]).assign(season=2023, week=1)


def snaps(rows: list[tuple[str, str, str | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["team", "player_name", "pfr_id"])
    return frame.assign(game_id="g", season=2023, week=1, position="WR", offense_share=0.2, defense_share=0.6)


def test_the_id_wins_over_the_name_and_the_larger_share_counts() -> None:
    known = rosters([("KC", "00-1", "Joe Doe", "DoeJo01"), ("KC", "00-2", "Jim Doe", "DoeJi01")])
    found = identified_snaps({"rosters": known, "snaps": snaps([("KC", "Jim Doe", "DoeJo01")])})
    assert found.loc[0, ["player_id", "matched_by", "snap_share"]].to_list() == ["00-1", "pfr_id", 0.6]


def test_without_an_id_the_team_tells_two_of_one_name_apart() -> None:
    known = rosters([("BUF", "00-1", "Josh Allen", None), ("JAX", "00-2", "Josh Allen", None)])
    found = identified_snaps(
        {"rosters": known, "snaps": snaps([("JAX", "Josh Allen", "X"), ("KC", "Josh Allen", "X")])}
    )
    assert found["player_id"].fillna("nobody").to_list() == ["00-2", "nobody"]
    assert found["matched_by"].fillna("none").to_list() == ["name_team", "none"]


def test_a_name_on_another_team_fits_where_it_is_the_only_one() -> None:
    known = rosters([("KC", "00-1", "Odell Beckham Jr.", None)])
    found = identified_snaps({"rosters": known, "snaps": snaps([("LA", "Odell Beckham", None)])})
    assert found.loc[0, ["player_id", "matched_by"]].to_list() == ["00-1", "name"]


def test_the_share_matched_is_measured_by_season() -> None:
    known = rosters([("KC", "00-1", "Joe Doe", "D1"), ("KC", "00-2", "Jim Doe", None)])
    found = identified_snaps(
        {"rosters": known, "snaps": snaps([("KC", "J", "D1"), ("KC", "Jim Doe", None), ("KC", "Nobody", None)])}
    )
    shares = match_shares(found).loc[2023]
    assert shares[["pfr_id", "name_team", "name", "matched", "rows"]].round(3).to_list() == [0.333, 0.333, 0, 0.667, 3]


def test_without_snaps_there_is_nothing_and_without_rosters_nobody() -> None:
    assert identified_snaps({}).empty
    assert identified_snaps({"snaps": snaps([("KC", "Joe", None)])})["player_id"].isna().all()


@given(st.text(max_size=30))
@settings(max_examples=50, deadline=None)
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    once = plain_names(pd.Series([name]))
    again = plain_names(once)
    # A generation may hide behind another ("Joe Jr. III"): a second look may only shorten.
    assert len(again[0]) <= len(once[0])
    assert plain_names(pd.Series([name.upper()]))[0] == plain_names(pd.Series([name.upper().lower()]))[0]
