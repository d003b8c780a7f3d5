"""Team profiles on a small planted league: roll-forward, stamps, missing feeds, and the truth behind the plays."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from workbench.features.metrics import METRICS, side_metric
from workbench.features.profiles import KINDS, PROFILE_COLUMNS, team_profiles

INSTANT = pd.Timestamp("2024-10-02T16:00:00Z")
TEAMS = [f"T{i}" for i in range(8)]
STRENGTH = dict(zip(TEAMS, np.linspace(-0.35, 0.35, len(TEAMS)), strict=True))
DRIVES, SNAPS = 8, 5


class Frames:
    """Facts in frames; every row of them counts as known."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self.frames = frames
        self.instant = INSTANT

    def has(self, name: str) -> bool:
        return name in self.frames

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, seasons: Sequence[int] | None = None
    ) -> pd.DataFrame:
        frame = self.frames[name]
        if seasons is not None:
            frame = frame[frame["season"].isin(list(seasons))]
        return frame if columns is None else frame.reindex(columns=list(columns))


def game_plays(season: int, week: int, home: str, away: str, rng: np.random.Generator) -> pd.DataFrame:
    """One game: drives take turns, a drive is snaps and then a touchdown or a punt, likelier for the stronger."""
    rows, score, clock, play = [], {home: 0, away: 0}, 3600.0, 0
    for number in range(2 * DRIVES):
        team, other = (home, away) if number % 2 == 0 else (away, home)
        scored = rng.random() < 0.25 + 0.4 * STRENGTH[team]
        for snap in range(SNAPS + 1):
            play, clock = play + 1, clock - 30.0
            last = snap == SNAPS
            passed = rng.random() < 0.6
            before = score[team] - score[other]
            score[team] += 7 * (last and scored)
            rows.append(
                {
                    "season": season, "week": week, "game_id": f"{season}_{week:02d}_{away}_{home}", "play_id": play,
                    "posteam": team, "defteam": other, "home_team": home,
                    "play_type": "punt" if last and not scored else "pass" if passed else "run",
                    "down": 4.0 if last and not scored else 1.0 + snap % 3, "ydstogo": 10.0,
                    "yardline_100": 70.0 - 10 * snap, "score_differential": float(before),
                    "game_seconds_remaining": clock, "epa": rng.normal(STRENGTH[team], 1.2),
                    "success": float(rng.random() < 0.45 + 0.3 * STRENGTH[team]), "yards_gained": rng.normal(5, 6),
                    "sack": 0.0, "qb_scramble": 0.0, "interception": 0.0, "fumble": 0.0, "complete_pass": 1.0,
                    "posteam_score_post": float(score[team]), "defteam_score_post": float(score[other]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def facts() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(7)
    games, starters = [], []
    for season in (2022, 2023, 2024):
        for week in range(1, 8):
            order = rng.permutation(TEAMS)
            for home, away in zip(order[::2], order[1::2], strict=True):
                game = game_plays(season, week, home, away, rng)
                games.append(game)
                for team in (home, away):
                    coach = "New" if (season, team) == (2024, "T0") else f"{team} coach"
                    starters.append((season, week, game["game_id"].iloc[0], team, coach))
    return {
        "plays": pd.concat(games, ignore_index=True),
        "starters": pd.DataFrame(starters, columns=["season", "week", "game_id", "team", "coach"]),
    }


@pytest.fixture(scope="module")
def week5(facts):
    return team_profiles(Frames(facts), season=2024, week=5)


def test_every_row_is_stamped_and_says_how_far_it_was_shrunk(week5):
    rows = week5.profiles
    assert list(rows.columns) == list(PROFILE_COLUMNS)
    assert rows["as_of"].eq(INSTANT).all()
    assert rows["weight"].between(0, 1).all()
    assert rows["standard_error"].gt(0).all()
    assert rows.groupby("metric")["team"].nunique().eq(len(TEAMS)).all()
    expected = rows["weight"] * rows["raw"].fillna(0) + (1 - rows["weight"]) * rows["prior_mean"]
    assert rows["shrunk"].to_numpy() == pytest.approx(expected.to_numpy())
    assert not rows.duplicated(["team", "metric"]).any()


def test_only_weeks_strictly_before_count(week5):
    plays = week5.profiles[week5.profiles["metric"].eq("offence_epa_per_play")]
    # four weeks of 8 drives with 5 snaps, and a sixth that is no punt where the drive scored
    assert plays["n"].between(4 * DRIVES * SNAPS, 4 * DRIVES * (SNAPS + 1)).all()


def test_the_future_may_change_and_the_profile_does_not(facts, week5):
    later = facts["plays"]["season"].eq(2024) & facts["plays"]["week"].ge(5)
    poisoned = facts["plays"].copy()
    poisoned.loc[later, ["epa", "success", "yards_gained"]] = [99.0, 1.0, 99.0]
    poisoned.loc[later, "posteam_score_post"] += 50.0
    again_starters = facts["starters"].copy()
    again_starters.loc[again_starters["season"].eq(2024) & again_starters["week"].ge(5), "coach"] = "Somebody else"
    again = team_profiles(Frames({"plays": poisoned, "starters": again_starters}), season=2024, week=5)
    pd.testing.assert_frame_equal(again.profiles, week5.profiles)
    pd.testing.assert_frame_equal(again.league_priors, week5.league_priors)


def test_shrunken_numbers_lie_nearer_the_planted_strength_than_raw_ones(week5):
    rows = week5.profiles[week5.profiles["metric"].eq("offence_epa_per_play")].set_index("team")
    truth = pd.Series(STRENGTH)
    raw_error = ((rows["raw"] - truth) ** 2).mean()
    shrunk_error = ((rows["shrunk"] - truth) ** 2).mean()
    assert shrunk_error < raw_error
    assert (rows["shrunk"] - truth).abs().lt(4 * rows["standard_error"]).all()


def test_a_new_coach_changes_the_prior_and_its_source(week5):
    sources = week5.profiles.drop_duplicates("team").set_index("team")["prior_source"]
    assert sources["T0"] == "last season, new coach"
    assert sources["T7"] == "last season, same coach"
    assert week5.coaches["is_new"].sum() == 1


def test_before_the_first_game_a_team_sits_on_its_prior(facts):
    start = team_profiles(Frames(facts), season=2024, week=1).profiles
    assert start["n"].eq(0).all()
    assert start["raw"].isna().all()
    assert start["weight"].eq(0).all()
    epa = start[start["metric"].eq("offence_epa_per_play")].set_index("team")["shrunk"]
    assert epa["T7"] > epa["T0"], "last season is carried over"


def test_a_first_season_falls_back_to_the_league(facts):
    only = {name: frame[frame["season"].eq(2024)] for name, frame in facts.items()}
    profiles = team_profiles(Frames(only), season=2024, week=5)
    assert profiles.profiles["prior_source"].eq("league").all()
    assert profiles.carry_over.team_seasons == 0


def test_a_missing_feed_leaves_the_metric_out_and_says_so(facts):
    bare = facts | {"plays": facts["plays"].drop(columns=["epa", "success"])}
    profiles = team_profiles(Frames(bare), season=2024, week=5)
    assert not profiles.profiles["metric"].str.contains("epa|success").any()
    assert "epa per play" in profiles.notes[0]
    assert "shotgun rate" in profiles.notes[0]
    assert "offence_points_per_drive" in set(profiles.profiles["metric"])


def test_no_plays_at_all_give_an_empty_profile_with_a_note(facts):
    nothing = facts | {"plays": facts["plays"].iloc[:0]}
    profiles = team_profiles(Frames(nothing), season=2024, week=5)
    assert profiles.profiles.empty
    assert profiles.notes == ("No plays are known before this week: there are no profiles.",)


def test_every_profile_name_leads_back_to_its_metric():
    assert {side_metric(name)[1].name for name in KINDS} == {metric.name for metric in METRICS}
