"""Drives derived from plays: each way a possession can change hands, worked by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.features.drive_outcomes import OUTCOMES
from workbench.features.drives import DRIVE_COLUMNS, derive_drives

HOME, AWAY = "HOM", "AWY"


class Script:
    """A game written play by play; the running score and clock keep themselves."""

    def __init__(self, game_id: str = "2024_01_AWY_HOM") -> None:
        self.rows: list[dict[str, object]] = []
        self.score = {HOME: 0, AWAY: 0}
        self.clock = 3600.0
        self.game_id = game_id

    def add(
        self, team: str, kind: str, *, points: int = 0, conceded: int = 0, seconds: float = 30.0, **extra: object
    ) -> "Script":
        other = AWAY if team == HOME else HOME
        before = self.score[team] - self.score[other]
        self.score[team] += points
        self.score[other] += conceded
        down = np.nan if kind in ("kickoff", "extra_point") else 1.0
        row = {
            "game_id": self.game_id, "season": 2024, "week": 1, "play_id": 10 * (len(self.rows) + 1), "posteam": team,
            "defteam": other, "home_team": HOME, "play_type": kind, "down": down, "ydstogo": 10.0, "yardline_100": 70.0,
            "yards_gained": 3.0, "score_differential": float(before), "game_seconds_remaining": self.clock,
            "interception": 0.0, "fumble": 0.0, "posteam_score_post": float(self.score[team]),
            "defteam_score_post": float(self.score[other]),
        }  # fmt: skip
        self.rows.append(row | extra)
        self.clock -= seconds
        return self

    def to(self, clock: float) -> "Script":
        self.clock = clock
        return self

    def drives(self, **columns: object) -> pd.DataFrame:
        return derive_drives(pd.DataFrame(self.rows).assign(**columns))


def outcomes(drives: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(drives["posteam"], drives["outcome"], strict=True))


def test_a_touchdown_carries_its_extra_point_and_its_clock():
    game = Script().add(HOME, "kickoff", seconds=5).add(HOME, "run").add(HOME, "pass", points=6, seconds=20)
    game.add(HOME, "extra_point", points=1, seconds=0).add(AWAY, "kickoff", seconds=5).add(AWAY, "punt", down=4.0)
    first = game.drives().iloc[0]
    assert first["outcome"] == "touchdown"
    assert (first["points_for"], first["points_against"], first["plays"], first["seconds"]) == (7, 0, 2, 50)
    assert bool(first["is_home"])


def test_a_two_point_try_belongs_to_the_drive_before_it():
    game = (
        Script()
        .add(HOME, "run", points=6)
        .add(HOME, "pass", down=np.nan, points=2)
        .add(AWAY, "kickoff")
        .add(AWAY, "punt")
    )
    drives = game.drives()
    assert outcomes(drives) == [(HOME, "touchdown"), (AWAY, "punt")]
    assert drives["points_for"].tolist() == [8, 0]
    assert drives["plays"].tolist() == [1, 0], "a try is no snap of the drive"


def test_an_interception_returned_for_a_touchdown_is_the_opponents():
    game = Script().add(HOME, "pass", interception=1.0, conceded=6).add(AWAY, "extra_point", points=1)
    drives = game.add(HOME, "kickoff").add(HOME, "run").add(HOME, "punt", down=4.0).drives()
    assert outcomes(drives) == [(HOME, "opponent_touchdown"), (HOME, "punt")]
    assert drives["points_against"].tolist() == [7, 0]


def test_a_muffed_punt_starts_a_new_drive_of_the_same_team():
    game = (
        Script()
        .add(HOME, "run")
        .add(HOME, "punt", down=4.0, fumble=1.0)
        .add(HOME, "run")
        .add(HOME, "field_goal", points=3)
    )
    assert outcomes(game.drives()) == [(HOME, "punt"), (HOME, "field_goal")]


def test_an_interception_fumbled_back_starts_a_new_drive_of_the_same_team():
    game = Script().add(HOME, "pass", interception=1.0, fumble=1.0).add(HOME, "run").add(HOME, "punt", down=4.0)
    assert outcomes(game.drives()) == [(HOME, "turnover"), (HOME, "punt")]


def test_an_onside_kick_recovered_by_its_own_team_is_no_drive_of_the_receiver():
    game = Script().add(HOME, "run", points=6).add(HOME, "extra_point", points=1).add(AWAY, "kickoff")
    drives = game.add(HOME, "run").add(HOME, "punt", down=4.0).add(AWAY, "run").drives()
    assert outcomes(drives)[:2] == [(HOME, "touchdown"), (HOME, "punt")]
    assert drives["drive"].tolist() == [1, 2, 3]


def test_a_kick_returned_for_a_touchdown_is_a_drive_without_a_snap():
    game = (
        Script().add(AWAY, "kickoff", points=6).add(AWAY, "extra_point", points=1).add(HOME, "kickoff").add(HOME, "run")
    )
    first = game.drives().iloc[0]
    assert (first["posteam"], first["outcome"], first["plays"], first["points_for"]) == (AWAY, "touchdown", 0, 7)
    assert np.isnan(first["start_yardline_100"])


def test_a_safety_counts_against_the_team_in_possession():
    game = Script().add(HOME, "run", conceded=2).add(AWAY, "kickoff").add(AWAY, "run").add(AWAY, "punt", down=4.0)
    drives = game.drives()
    assert outcomes(drives) == [(HOME, "safety"), (AWAY, "punt")]
    assert drives["points_against"].tolist() == [2, 0]


def test_a_missed_field_goal_a_failed_fourth_down_and_a_fumble_are_told_apart():
    game = Script().add(HOME, "field_goal", down=4.0).add(AWAY, "run", down=4.0, yards_gained=2.0)
    drives = game.add(HOME, "run", fumble=1.0).add(AWAY, "run").add(AWAY, "punt", down=4.0).drives()
    assert outcomes(drives) == [
        (HOME, "missed_field_goal"), (AWAY, "downs"), (HOME, "turnover"), (AWAY, "punt"),
    ]  # fmt: skip


def test_the_half_ends_a_drive_even_if_the_same_team_opens_the_next():
    game = Script().to(1830).add(HOME, "run", seconds=25).add(HOME, "run", seconds=5).to(1800)
    drives = game.add(HOME, "kickoff", seconds=0).add(HOME, "run").add(HOME, "punt", down=4.0).drives()
    assert outcomes(drives) == [(HOME, "end_half"), (HOME, "punt")]
    assert drives["seconds"].iloc[0] == 30
    assert drives["period"].tolist() == [2, 3]


def test_overtime_is_a_period_of_its_own_though_its_clock_starts_again():
    game = Script().to(20).add(HOME, "run", seconds=20).to(600).add(AWAY, "kickoff", seconds=0).add(AWAY, "run")
    drives = game.add(AWAY, "field_goal", points=3).drives()
    assert outcomes(drives) == [(HOME, "end_half"), (AWAY, "field_goal")]
    assert drives["period"].tolist() == [4, 5]


def test_play_ids_out_of_order_do_not_matter():
    game = (
        Script()
        .add(HOME, "run")
        .add(HOME, "run")
        .add(HOME, "punt", down=4.0)
        .add(AWAY, "run")
        .add(AWAY, "punt", down=4.0)
    )
    expected = game.drives()
    game.rows[1]["play_id"] = 9999  # a correction appended to the end
    pd.testing.assert_frame_equal(game.drives(), expected)


def test_the_feeds_own_drive_numbers_win_where_they_exist():
    game = Script().add(HOME, "run").add(HOME, "run", fumble=1.0).add(HOME, "run").add(HOME, "punt", down=4.0)
    assert len(game.drives()) == 1
    numbered = game.drives(fixed_drive=[1.0, 1.0, 2.0, 2.0])
    assert outcomes(numbered) == [(HOME, "turnover"), (HOME, "punt")]


def test_a_game_without_the_feeds_numbers_is_derived_beside_one_that_has_them():
    one = Script("2024_01_A").add(HOME, "run").add(HOME, "run").add(HOME, "run", fumble=1.0)
    two = Script("2024_01_B").add(HOME, "run").add(AWAY, "run").add(AWAY, "punt", down=4.0)
    plays = pd.concat([pd.DataFrame(one.rows).assign(fixed_drive=[1.0, 2.0, 2.0]), pd.DataFrame(two.rows)])
    assert derive_drives(plays).groupby("game_id").size().tolist() == [2, 2]


def test_without_scores_points_and_outcomes_are_missing_never_zero():
    game = Script().add(HOME, "run").add(HOME, "punt", down=4.0).add(AWAY, "run")
    bare = pd.DataFrame(game.rows).drop(columns=["posteam_score_post", "defteam_score_post", "home_team"])
    drives = derive_drives(bare)
    assert drives["points_for"].isna().all()
    assert drives["outcome"].isna().all()
    assert drives["is_home"].isna().all()
    assert drives["plays"].tolist() == [1, 1]


def test_no_plays_give_no_drives_in_the_same_columns():
    empty = derive_drives(pd.DataFrame(Script().add(HOME, "run").rows).iloc[:0])
    assert list(empty.columns) == list(DRIVE_COLUMNS)
    assert empty.empty


KINDS = ("run", "pass", "punt", "field_goal", "kickoff", "extra_point", "no_play")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([HOME, AWAY]), st.sampled_from(KINDS), st.sampled_from([0, 0, 0, 2, 3, 6])),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 2**31),
)
def test_points_of_drives_add_up_to_the_score_whatever_happens(plays, seed):
    game = Script()
    game.add(HOME, "run")  # a try before any play would have no drive to belong to
    for team, kind, points in plays:
        game.add(team, kind, points=points)
    shuffled = pd.DataFrame(game.rows).sample(frac=1, random_state=seed)
    drives = derive_drives(shuffled)
    home = np.where(drives["is_home"], drives["points_for"], drives["points_against"]).sum()
    assert home == game.score[HOME]
    assert drives[["points_for", "points_against"]].to_numpy().sum() == sum(game.score.values())
    assert set(drives["outcome"]) <= set(OUTCOMES)
    assert (drives["seconds"].dropna() >= 0).all()


@pytest.mark.parametrize("missing", ["interception", "fumble", "yards_gained"])
def test_a_missing_optional_column_never_stops_the_week(missing):
    game = Script().add(HOME, "run").add(HOME, "punt", down=4.0).add(AWAY, "run")
    assert len(derive_drives(pd.DataFrame(game.rows).drop(columns=missing))) == 2
