"""Play-calling: expectation, over expectation, tempo, and the labels that say where they come from.

Tolerances: rates over n plays are compared within three binomial standard errors, computed in place.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.features.pass_expectation import MINIMUM_PLAYS, fitted_expectation
from workbench.features.playcalling import TENDENCY_COLUMNS, play_situations, playcalling_tendencies
from workbench.features.snaps import dropbacks, scrimmage_snaps, with_charting


def league_plays(weeks=6, *, teams=4, plays=60, seed=3, aggressive="T0"):
    """Plays whose pass rate depends on the down alone, but for one team that passes .15 more on every down."""
    rng = np.random.default_rng(seed)
    rows = []
    for season in (2023, 2024):
        for week in range(1, weeks + 1):
            order = rng.permutation(teams)
            for home, away in zip(order[::2], order[1::2], strict=True):
                game = f"{season}_{week:02d}_T{away}_T{home}"
                for play in range(2 * plays):
                    team, other = (f"T{home}", f"T{away}") if (play // 5) % 2 == 0 else (f"T{away}", f"T{home}")
                    down = 1.0 + play % 3
                    chance = {1.0: 0.4, 2.0: 0.55, 3.0: 0.8}[down] + (0.15 if team == aggressive else 0.0)
                    passed = rng.random() < chance
                    rows.append(
                        {
                            "season": season, "week": week, "game_id": game, "play_id": play + 1, "posteam": team,
                            "defteam": other, "home_team": f"T{home}", "play_type": "pass" if passed else "run",
                            "down": down, "ydstogo": float(rng.integers(1, 15)),
                            "yardline_100": float(rng.integers(5, 95)), "score_differential": 0.0,
                            "game_seconds_remaining": 3600.0 - 25.0 * play, "qb_scramble": 0.0, "sack": 0.0,
                            "complete_pass": 1.0,
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def plays():
    return league_plays()


@pytest.fixture(scope="module")
def tendencies(plays):
    return playcalling_tendencies(plays, season=2024, week=6)


def test_the_team_that_passes_more_stands_out_over_expectation(tendencies):
    rows = tendencies.tendencies
    over = rows[rows["metric"].eq("pass_rate_over_expected") & rows["split"].eq("all")].set_index("team")["raw"]
    # expectation includes the team itself, a quarter of the league: .15 x 3/4 = .11 over
    assert over["T0"] == pytest.approx(0.11, abs=3 * np.sqrt(0.25 / 300))
    assert over.drop("T0").max() < over["T0"]


def test_buckets_partition_the_plays(tendencies):
    rows = tendencies.tendencies
    rate = rows[rows["metric"].eq("pass_rate")]
    counted = rate.groupby(["team", "split"])["n"].sum().unstack()
    assert (counted.sub(counted["all"], axis=0) == 0).all().all()
    down = rate[rate["split"].eq("down")].pivot_table(index="team", columns="bucket", values="raw")
    assert (down["3rd"] > down["1st"]).all()


def test_rows_carry_their_size_weight_and_expectation(tendencies):
    rows = tendencies.tendencies
    assert list(rows.columns) == list(TENDENCY_COLUMNS)
    assert rows["weight"].between(0, 1).all()
    assert rows["standard_error"].gt(0).all()
    is_pass = rows["metric"].isin(("pass_rate", "pass_rate_over_expected"))
    assert rows.loc[is_pass, "expected"].between(0, 1).all()
    assert rows.loc[~is_pass, "expected"].isna().all()


def test_tempo_is_the_gap_between_snaps(tendencies):
    rows = tendencies.tendencies
    tempo = rows[rows["metric"].eq("seconds_per_play")]
    assert tempo["raw"].eq(25.0).all(), "snaps 25 seconds apart, and changes of possession do not count"


def test_an_incompletion_stops_the_clock_and_is_no_tempo(plays):
    situations = play_situations(plays.assign(complete_pass=0.0)).snaps
    after_run = situations["seconds_since_snap"].notna()
    before = situations.groupby("game_id")["play_type"].shift()
    assert before[after_run].eq("run").all()


def test_the_feeds_own_expectation_is_used_and_named(plays):
    result = playcalling_tendencies(plays.assign(xpass=0.5), season=2024, week=6)
    assert result.tendencies["basis"].eq("feed xpass").all()
    row = result.tendencies.query("metric == 'pass_rate' and split == 'all' and team == 'T0'").iloc[0]
    assert row["expected"] == 0.5
    assert not any("xpass" in note for note in result.notes)


def test_a_fitted_expectation_and_missing_feeds_are_said(tendencies):
    assert tendencies.tendencies["basis"].eq("fitted on the league's plays").all()
    assert any("xpass" in note for note in tendencies.notes)
    assert any("shotgun rate" in note for note in tendencies.notes)


def test_charting_gives_shotgun_where_the_plays_do_not(plays):
    charting = plays[["game_id", "play_id", "season", "week"]].assign(shotgun=plays["down"].eq(3), no_huddle=False)
    rows = playcalling_tendencies(plays, season=2024, week=6, charting=charting).tendencies
    shotgun = rows[rows["metric"].eq("shotgun_rate")]
    assert shotgun["raw"].between(0.3, 0.37).all(), "every third play is a third down"
    both = with_charting(scrimmage_snaps(plays.assign(shotgun=1.0)), charting=charting)
    assert both["shotgun"].eq(1.0).all(), "the feed's own value wins"


def test_later_weeks_change_nothing(plays, tendencies):
    later = plays["season"].eq(2024) & plays["week"].ge(6)
    poisoned = plays.assign(play_type=plays["play_type"].mask(later, "pass"))
    again = playcalling_tendencies(poisoned, season=2024, week=6)
    pd.testing.assert_frame_equal(again.tendencies, tendencies.tendencies)


def test_nothing_played_gives_an_empty_table_and_a_sentence(plays):
    result = playcalling_tendencies(plays, season=2030, week=1)
    assert result.tendencies.empty
    assert result.notes == ("No plays of the season before this week.",)


def test_the_expectation_recovers_a_planted_rate_by_down(plays):
    snaps = scrimmage_snaps(plays[~plays["posteam"].eq("T0")])
    chances = pd.Series(fitted_expectation(snaps).probabilities(snaps), index=snaps.index)
    fitted = chances.groupby(snaps["down"]).mean()
    for down, planted in {1.0: 0.4, 2.0: 0.55, 3.0: 0.8}.items():
        assert fitted[down] == pytest.approx(planted, abs=3 * np.sqrt(planted * (1 - planted) / 350))


def test_too_few_plays_give_the_leagues_mean(plays):
    snaps = scrimmage_snaps(plays).head(MINIMUM_PLAYS - 1)
    assert fitted_expectation(snaps).probabilities(snaps) == pytest.approx(snaps["dropback"].mean())


def test_a_dropback_is_derived_where_the_feed_lacks_it():
    snaps = pd.DataFrame({"play_type": ["pass", "run", "run"], "qb_scramble": [0.0, 1.0, 0.0], "sack": [1.0, 0.0, 0.0]})
    assert dropbacks(snaps).tolist() == [1, 1, 0]
    assert dropbacks(snaps.assign(qb_dropback=[0.0, np.nan, 1.0])).tolist() == [0, 1, 1]


def test_the_first_week_of_a_season_has_no_tendencies_yet_and_says_so(plays):
    result = playcalling_tendencies(plays, season=int(plays["season"].max()) + 1, week=1)
    assert result.tendencies.empty
    assert result.notes == ("No plays of the season before this week.",)
