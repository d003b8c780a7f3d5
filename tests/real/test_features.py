"""Drives, splits and profiles on real seasons, against a reference and against published rates.

Floors stand a little below what was measured, so that only a real loss fails: each is the lower end of the 99 % Wilson
interval of the measurement, rounded down. Published rates are bands wide enough for every season since 2019.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.data.nflverse import plays as reader
from workbench.data.nflverse.schedule import starters, with_kickoff
from workbench.features.drives import derive_drives
from workbench.features.pass_expectation import fitted_expectation
from workbench.features.passer_names import match_passers
from workbench.features.play_order import action_plays, points_by_play
from workbench.features.profiles import team_profiles, team_tallies
from workbench.features.quarterbacks import BLITZ_BASIS, PROXY_BASIS, quarterback_dropbacks, quarterback_splits
from workbench.features.snaps import scrimmage_snaps
from workbench.features.tallies import totals
from workbench.store.frames import FrameAsOf, conform

pytestmark = pytest.mark.real

SEASONS = range(2019, 2025)
# Measured on 1,105 games and 23,811 drives of 2019-2022: .9946 (Wilson 99 % .986-.998) and .9995 (.9990-.9997).
GAMES_WITH_EQUAL_COUNTS = 0.986
DRIVES_MATCHED = 0.999
# Measured on the 11,582 scoring plays that the reference lists: .9996 (.9986-.9999).
SCORING_PLAYS_EQUAL = 0.998
Z99 = 2.576
MAIN = ("epa_per_play", "success_rate", "points_per_drive")


def wilson(hits: int, n: int, *, z: float = Z99) -> tuple[float, float]:
    share, spread = hits / n, z * np.sqrt(hits / n * (1 - hits / n) / n + z**2 / (4 * n**2))
    centre, scale = share + z**2 / (2 * n), 1 + z**2 / n
    return (centre - spread) / scale, (centre + spread) / scale


@pytest.fixture(scope="module")
def schedule(real_data: Path) -> pd.DataFrame:
    return with_kickoff(pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet"))


@pytest.fixture(scope="module")
def facts(real_data: Path, schedule: pd.DataFrame) -> dict[str, pd.DataFrame]:
    def seasons(folder: str, first: int) -> Iterator[pd.DataFrame]:
        for path in sorted((real_data / "nflverse" / folder).glob("*.parquet")):
            if first <= int(path.stem[-4:]) <= SEASONS[-1]:
                yield pd.read_parquet(path)

    kickoffs = schedule[["game_id", "kickoff_utc"]]
    read = {"plays": reader.plays, "charting": reader.charting, "pressures": reader.pressures}
    folders = {"plays": ("pbp", 2019), "charting": ("ftn_charting", 2022), "pressures": ("pfr_advstats", 2021)}
    frames = {
        name: pd.concat([read[name](raw, kickoffs=kickoffs) for raw in seasons(*folders[name])], ignore_index=True)
        for name in read
    } | {"starters": starters(schedule[schedule["season"].ge(2018)])}
    return {name: conform(frame[frame["known_at"].notna()], name=name) for name, frame in frames.items()}


@pytest.fixture(scope="module")
def drives(facts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return derive_drives(facts["plays"])


@pytest.fixture(scope="module")
def reference(real_data: Path) -> pd.DataFrame:
    actions = pd.read_parquet(real_data / "nfl_drives" / "pbp_actions_2016_2022.parquet")
    return actions[actions["season"].isin(list(SEASONS))]


@pytest.fixture(scope="module")
def matched(facts: dict[str, pd.DataFrame], drives: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The reference's plays from scrimmage with our drive: the drive of that team under way at that time."""
    snaps = reference[reference["action"].ne("extra_point")]
    keys = snaps[["game_id", "play_counter", "drive"]].rename(columns={"play_counter": "play_id", "drive": "theirs"})
    order = action_plays(facts["plays"][facts["plays"]["season"].le(2022)])
    order["row"] = np.arange(len(order))
    first = drives[drives["start_seconds_remaining"].notna()]
    opening = order[order["down"].notna() & order["play_type"].ne("kickoff")].merge(
        first[["game_id", "posteam", "start_seconds_remaining", "start_yardline_100", "drive"]],
        left_on=["game_id", "posteam", "game_seconds_remaining", "yardline_100"],
        right_on=["game_id", "posteam", "start_seconds_remaining", "start_yardline_100"],
    )
    opening = opening.sort_values("row").drop_duplicates(["game_id", "drive"])
    started = order[["row", "game_id", "play_id"]].merge(opening[["row", "drive"]], on="row", how="left")
    started["drive"] = started.groupby("game_id")["drive"].ffill()
    return keys.merge(started, on=["game_id", "play_id"], how="left")


def test_drive_counts_agree_with_the_reference(matched):
    games = matched.groupby("game_id")[["theirs", "drive"]].nunique()
    equal = int(games["theirs"].eq(games["drive"]).sum())
    low, high = wilson(equal, len(games))
    assert len(games) == 1105
    assert equal / len(games) >= GAMES_WITH_EQUAL_COUNTS, f"{equal}/{len(games)}, 99 % {low:.4f}-{high:.4f}"


def test_drives_hold_the_same_plays_as_the_reference(matched):
    assert matched["drive"].notna().all()
    ours = matched.groupby(["game_id", "drive"])["theirs"].nunique()
    theirs = matched.groupby(["game_id", "theirs"]).agg(spread=("drive", "nunique"), drive=("drive", "first"))
    whole = theirs["spread"].eq(1)
    pure = ours.reindex(pd.MultiIndex.from_arrays([theirs.index.get_level_values(0), theirs["drive"]])).eq(1).to_numpy()
    same = int((whole.to_numpy() & pure).sum())
    low, high = wilson(same, len(theirs))
    assert same / len(theirs) >= DRIVES_MATCHED, f"{same}/{len(theirs)}, 99 % {low:.4f}-{high:.4f}"


def test_scoring_plays_bring_what_the_reference_says(facts, reference):
    """Play by play, because the reference lists only a part of the plays: 7.7 % of its drives lack points of ours."""
    order = action_plays(facts["plays"][facts["plays"]["season"].le(2022)])
    points = points_by_play(order)
    gained = np.where(points.posteam_is_first, points.first_team, points.second_team)
    ours = order[["game_id", "play_id"]].assign(gained=gained)
    both = reference.merge(ours, left_on=["game_id", "play_counter"], right_on=["game_id", "play_id"], how="left")
    said = both["posteam_score_post"] - both["posteam_score"]
    scoring = said.gt(0) | both["gained"].gt(0)
    equal = int(both.loc[scoring, "gained"].eq(said[scoring]).sum())
    low, high = wilson(equal, int(scoring.sum()))
    assert equal / scoring.sum() >= SCORING_PLAYS_EQUAL, f"{equal}/{scoring.sum()}, 99 % {low:.4f}-{high:.4f}"


def test_points_of_drives_add_up_to_every_final_score(drives, schedule):
    home = drives["points_for"].where(drives["is_home"], drives["points_against"]).groupby(drives["game_id"]).sum()
    away = drives["points_against"].where(drives["is_home"], drives["points_for"]).groupby(drives["game_id"]).sum()
    final = schedule.set_index("game_id").loc[home.index]
    assert len(home) == 1675
    assert home.eq(final["home_score"]).all()
    assert away.eq(final["away_score"]).all()


def test_league_rates_are_those_of_professional_football(drives, facts):
    """Bands hold every season of 2019-2024; the centres are Pro-Football-Reference's season averages."""
    earnest = drives[drives["outcome"].ne("end_half")]
    by_season = drives.groupby("season")
    per_game = by_season.size() / by_season["game_id"].nunique()
    assert per_game.between(20.5, 23.5).all(), "about 11 drives a team and game"
    touchdowns = by_season["outcome"].agg(lambda outcome: outcome.eq("touchdown").mean())
    assert touchdowns.between(0.20, 0.26).all()
    points = earnest.groupby("season")["points_for"].mean()
    assert points.between(1.9, 2.5).all()
    assert drives["seconds"].mean() == pytest.approx(165, abs=10), "about 2:45 a drive"
    assert drives["start_yardline_100"].mean() == pytest.approx(71, abs=2), "the average start is the own 29"
    snaps = scrimmage_snaps(facts["plays"])
    dropped = snaps[snaps["dropback"].eq(1)]
    assert snaps.groupby("season")["dropback"].mean().between(0.57, 0.64).all()
    assert dropped.groupby("season")["sack"].mean().between(0.054, 0.072).all(), "scrambles count as dropbacks"


def test_the_fitted_pass_expectation_holds_on_the_next_season(facts):
    """Measured on 2023 after 2022: area under the curve .763, calibration within 5 points in every tenth."""
    snaps = scrimmage_snaps(facts["plays"])
    before, after = snaps[snaps["season"].eq(2022)], snaps[snaps["season"].eq(2023)]
    chance = pd.Series(fitted_expectation(before).probabilities(after))
    passed = after["dropback"].reset_index(drop=True)
    ranks = chance.rank()
    area = (ranks[passed.eq(1)].mean() - (passed.sum() + 1) / 2) / passed.eq(0).sum()
    assert area > 0.75
    tenth = np.minimum(np.floor(chance * 10), 9)
    gap = (passed.groupby(tenth).mean() - chance.groupby(tenth).mean()).abs()
    assert gap.max() < 0.07
    assert abs(passed.mean() - chance.mean()) < 0.02


def test_pressures_find_their_passers(facts):
    """Measured: 99.9 % of dropbacks of 2021-2024 belong to a passer matched by name; the rest are trick plays."""
    dropped = quarterback_dropbacks(facts["plays"][facts["plays"]["season"].ge(2021)])
    games = dropped.groupby(["game_id", "posteam", "player_id"]).agg(
        n=("dropback", "size"), player_name=("player_name", "first")
    )
    games = games.reset_index().rename(columns={"posteam": "team"})
    matched = match_passers(games, pressures=facts["pressures"])
    assert matched["n"].sum() / games["n"].sum() > 0.995
    assert matched["times_pressured"].sum() / matched["n"].sum() == pytest.approx(0.22, abs=0.03)


def test_quarterback_splits_label_their_stand_ins_on_the_mirror(facts):
    recent = {name: frame[frame["season"].ge(2023)] for name, frame in facts.items()}
    splits = quarterback_splits(
        recent["plays"], season=2024, week=10, charting=recent["charting"], pressures=recent["pressures"]
    ).splits
    assert {BLITZ_BASIS, PROXY_BASIS} < set(splits["basis"])
    assert "pressure flag" not in set(splits["basis"])
    epa = splits[splits["metric"].eq("epa_per_dropback") & splits["split"].eq("all") & splits["n"].ge(200)]
    best = epa.sort_values("shrunk")["player_name"].iloc[-1]
    assert best == "L.Jackson", "the season's leader in EPA a dropback after nine weeks of 2024"


def test_profiles_predict_the_rest_of_the_season_better_than_raw_numbers(facts):
    """Paired over teams, both for offence and defence; measured in the report of the features."""
    gains, calibration = [], []
    played = team_tallies(FrameAsOf(facts, pd.Timestamp("2025-03-01T00:00:00Z")), season=2024, week=99)
    for season in (2023, 2024):
        kickoff = pd.Timestamp(f"{season}-10-05T16:00:00Z")  # the Wednesday of week 5
        result = team_profiles(FrameAsOf(facts, kickoff), season=season, week=5)
        rest = played[played["season"].eq(season) & played["week"].ge(5)]
        rows = result.profiles.merge(
            totals(rest, by=["metric", "team"])[["metric", "team", "raw", "n"]],
            on=["metric", "team"],
            suffixes=("", "_rest"),
        )
        rows = rows.merge(result.league_priors[["metric", "within_variance"]], on="metric")
        rows = rows[rows["metric"].isin([f"{side}_{name}" for side in ("offence", "defence") for name in MAIN])]
        error = {name: (rows[name] - rows["raw_rest"]) ** 2 for name in ("raw", "shrunk")}
        scale = rows["within_variance"] / rows["n_rest"] + rows["standard_error"] ** 2
        gains.append((error["raw"] - error["shrunk"]) / scale)
        calibration.append(error["shrunk"] / scale)
    gain, spread = pd.concat(gains), pd.concat(calibration)
    assert gain.mean() - 3 * gain.std() / np.sqrt(len(gain) / 6) > 0, "six metrics of a team count as one"
    # 1 if the standard errors are honest; teams also change within a season (a quarterback is hurt): up to 1.5
    assert 0.8 < spread.mean() < 1.5


def test_nothing_known_later_moves_a_profile(facts):
    """Every row known after the instant is changed; the profile of the week is the same to the last byte."""
    instant = pd.Timestamp("2024-11-06T17:00:00Z")
    recent = {name: frame[frame["season"].ge(2022)] for name, frame in facts.items()}
    plays, starters_ = recent["plays"].copy(), recent["starters"]
    later = plays["known_at"].gt(instant)
    plays.loc[later, ["epa", "success", "yards_gained", "posteam_score_post"]] = 77.0
    coach = starters_["coach"].mask(starters_["known_at"].gt(instant), "Nobody")
    poisoned = recent | {"plays": plays, "starters": starters_.assign(coach=coach)}
    before, after = (team_profiles(FrameAsOf(frames, instant), season=2024, week=10) for frames in (recent, poisoned))
    pd.testing.assert_frame_equal(before.profiles, after.profiles)
    assert set(before.profiles["week"]) == {10}
