"""Severity: worked by hand, bounded, and weights that recover what was planted from earlier seasons only."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.shocks.position_weights import closing_moves, position_weights, weights_of
from workbench.shocks.severity import MISS_CHANCE, PRIOR_WEIGHTS, expected_severity, position_group, realised_severity

#: 2,000 games with noise of one point and about a third of a player lost a game: standard error below 0.05 a group.
RECOVERY = 0.15


def test_severity_is_chance_times_share_times_weight() -> None:
    found = expected_severity(
        pd.Series([0.8, 0.8, np.nan]), weights=pd.Series([0.5, 2.0, 0.5]), said=pd.Series(["Out", "Doubtful", "Out"])
    )
    assert found[0] == pytest.approx(0.4)
    assert found[1] == 1.0
    assert np.isnan(found[2]), "an unknown share is no share of nothing"


@given(share=st.floats(0, 1), weight=st.floats(0, 3), said=st.sampled_from(sorted(MISS_CHANCE)))
@settings(max_examples=40, deadline=None)
def test_severity_lies_between_nothing_and_one(share: float, weight: float, said: str) -> None:
    found = expected_severity(pd.Series([share]), weights=pd.Series([weight]), said=pd.Series([said]))
    assert 0 <= found[0] <= 1


def test_realised_severity_is_in_words() -> None:
    games = pd.Series([0, 1, 2, 4, 5, None], dtype="Int64")
    assert realised_severity(games).fillna("none").to_list() == ["none", "1", "2-4", "2-4", "5+", "none"]


def test_every_group_has_a_prior() -> None:
    assert set(position_group(pd.Series(["LT", "DE", "FS", "XX"]))) <= set(PRIOR_WEIGHTS)


def planted(rng: np.random.Generator, *, seasons: tuple[int, ...], weight: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Games whose close moves by ``weight`` points a lost tackle and nothing else, with noise of one point."""
    count = 1_000 * len(seasons)
    moves = pd.DataFrame(
        {
            "game_id": [f"g{i}" for i in range(count)], "season": np.repeat(seasons, 1_000), "week": 5,
            "home_team": "AAA", "away_team": "BBB",
        }
    )  # fmt: skip
    lost_home, lost_away = rng.random(count) < 0.4, rng.random(count) < 0.4
    moves["move"] = -weight * (lost_home.astype(float) - lost_away) + rng.normal(size=count)
    parts = [
        moves.loc[lost, ["game_id"]].assign(team=team, group="T", lost_share=1.0)
        for lost, team in ((lost_home, "AAA"), (lost_away, "BBB"))
    ]
    return pd.concat(parts, ignore_index=True), moves


def test_a_planted_weight_is_recovered_and_the_others_keep_their_prior() -> None:
    lost, moves = planted(np.random.default_rng(3), seasons=(2021, 2022), weight=1.0)
    found = position_weights(lost, moves=moves, seasons=[2023]).set_index("group")
    assert found.loc["T", "weight"] == pytest.approx(1.0, abs=RECOVERY)
    assert found.loc["WR", "weight"] == pytest.approx(PRIOR_WEIGHTS["WR"])
    assert found.loc["T", "standard_error"] < found.loc["WR", "standard_error"]


def test_the_first_season_has_the_prior_alone_and_later_seasons_never_enter() -> None:
    lost, moves = planted(np.random.default_rng(4), seasons=(2021, 2022), weight=1.0)
    found = position_weights(lost, moves=moves, seasons=[2021, 2022])
    first = found[found["season"].eq(2021)].set_index("group")["weight"]
    assert first.to_dict() == pytest.approx(PRIOR_WEIGHTS)
    bent = moves.assign(move=moves["move"].where(moves["season"].lt(2022), 99.0))
    pd.testing.assert_frame_equal(found, position_weights(lost, moves=bent, seasons=[2021, 2022]))


def test_a_season_without_weights_falls_back_on_the_prior() -> None:
    rows = pd.DataFrame({"season": [2021, 2022]})
    weights = pd.DataFrame({"season": [2022], "group": ["T"], "weight": [0.9]})
    assert weights_of(rows, groups=pd.Series(["T", "T"]), weights=weights).to_list() == [PRIOR_WEIGHTS["T"], 0.9]


def test_a_close_is_measured_against_earlier_closes_only() -> None:
    games = pd.DataFrame(
        {
            "game_id": ["a", "b"], "season": 2023, "week": [1, 2], "home_team": "AAA", "away_team": "BBB",
            "neutral": True, "kickoff_utc": pd.to_datetime(["2023-09-10T17:00Z", "2023-09-17T17:00Z"]),
        }
    )  # fmt: skip
    quotes = pd.DataFrame(
        {"game_id": ["a", "b"], "market": "spread", "kind": "close", "source": "schedule_close", "line": [4.0, 4.0]}
    )
    moves = closing_moves({"games": games, "quotes": quotes})["move"]
    # 4.0 against nothing known; then each team's rating has gone 0.15 of the way: 4.0 - 2 x 0.15 x 4.0.
    assert moves.to_list() == pytest.approx([4.0, 2.8])
    assert closing_moves({"games": games}).empty
