"""The simulated league as written: the feed's shape, sums that add up, truth kept apart and recovered.

Tolerances: means of games have a standard error of 12.8 / sqrt(405) = 0.64 points of margin, so results are held to
truth within 3 standard errors; market errors are standard deviations over 430 games, known to 3.4 % (1 s.e.) each.
"""

from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest

from workbench.clock import utc, week_instants, week_tuesdays
from workbench.data.demo import NOW, league_digest, write_league
from workbench.data.demo.keys import words
from workbench.data.demo.truth import PlantedTruth, Truth, load_truth
from workbench.errors import FormatError

# The columns of the real schedule file, in its order.
SCHEDULE_COLUMNS = (
    "game_id season game_type week gameday weekday gametime away_team away_score home_team home_score location result "
    "total overtime old_game_id gsis nfl_detail_id pfr pff espn ftn away_rest home_rest away_moneyline home_moneyline "
    "spread_line away_spread_odds home_spread_odds total_line under_odds over_odds div_game roof surface temp wind "
    "away_qb_id home_qb_id away_qb_name home_qb_name away_coach home_coach referee stadium_id stadium"
)
# Columns that the truth shares with the feed.
PUBLIC_COLUMNS = set(
    words("game_id season week game_type home_team away_team home_rest away_rest team player_id temp wind depth")
)
SIGMAS = 3.0  # two-sided, in standard errors


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("league") / "demo"
    write_league(folder)
    return folder


@pytest.fixture(scope="module")
def truth(league: Path) -> Truth:
    return load_truth(league)


@pytest.fixture(scope="module")
def games(league: Path) -> pd.DataFrame:
    frame = pd.read_parquet(league / "schedules" / "games.parquet")
    local = pd.to_datetime(frame["gameday"] + " " + frame["gametime"]).dt.tz_localize("America/New_York")
    return frame.assign(kickoff=local.dt.tz_convert("UTC"))


@pytest.fixture(scope="module")
def plays(league: Path) -> pd.DataFrame:
    return seasons_of(league, "pbp")


@pytest.fixture(scope="module")
def lines(league: Path) -> pd.DataFrame:
    return seasons_of(league, "lines")


def seasons_of(league: Path, table: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(p) for p in sorted((league / table).glob("*.parquet"))], ignore_index=True)


def played(games: pd.DataFrame) -> pd.DataFrame:
    return games[games["result"].notna()]


def test_the_schedule_has_the_columns_of_the_real_one(games: pd.DataFrame) -> None:
    assert list(games.drop(columns="kickoff").columns) == SCHEDULE_COLUMNS.split()


def test_every_team_plays_thirteen_games_and_rests_once(games: pd.DataFrame) -> None:
    regular = games[games["game_type"] == "REG"]
    both = pd.concat(
        [regular[["season", "week", f"{s}_team"]].set_axis(["s", "w", "t"], axis=1) for s in ("home", "away")]
    )
    assert not both.duplicated().any()
    assert (both.groupby(["s", "t"]).size() == 13).all()
    hosted = regular.groupby(["season", "home_team"]).size()
    assert hosted.between(4, 9).all()
    assert regular.groupby("season")["location"].agg(lambda x: (x == "Neutral").sum()).eq(1).all()


def test_nobody_plays_on_thursday_after_a_monday(games: pd.DataFrame) -> None:
    regular = games[games["game_type"] == "REG"]
    assert regular[["home_rest", "away_rest"]].to_numpy().min() >= 4


def test_finished_seasons_have_play_offs_without_ties_and_the_current_one_has_none(games: pd.DataFrame) -> None:
    finals = games[games["game_type"] != "REG"]
    assert finals.groupby("season").size().to_dict() == {2021: 7, 2022: 7, 2023: 7}
    assert (finals["result"] != 0).all()
    assert (finals[finals["game_type"] == "SB"]["location"] == "Neutral").all()


def test_scores_add_up_from_the_plays(games: pd.DataFrame, plays: pd.DataFrame) -> None:
    gained = plays["posteam_score_post"] - plays["posteam_score"]
    conceded = plays["defteam_score_post"] - plays["defteam_score"]
    for side in ("home", "away"):
        own = np.where(plays["posteam"] == plays[f"{side}_team"], gained, conceded)
        sums = pd.Series(own).groupby(plays["game_id"]).sum()
        final = played(games).set_index("game_id")[f"{side}_score"]
        pd.testing.assert_series_equal(sums.sort_index(), final.sort_index(), check_names=False, check_dtype=False)


def test_points_come_only_from_scoring_plays(plays: pd.DataFrame) -> None:
    made = plays[["posteam_score_post", "defteam_score_post"]].sum(axis=1) - plays[
        ["posteam_score", "defteam_score"]
    ].sum(axis=1)
    tries = plays["down"].isna() & (plays["play_type"] != "kickoff")
    kick = (plays["field_goal_result"] == "made") * 3
    expected = 6 * plays["touchdown"] + 2 * plays["safety"] + kick
    assert (made[~tries] == expected[~tries]).all()
    assert set(made[tries & (plays["play_type"] == "extra_point")]) == {0, 1}
    assert set(made[tries & (plays["play_type"] == "pass")]) <= {0, 2}


def test_downs_are_legal_and_the_clock_never_runs_back(plays: pd.DataFrame) -> None:
    snaps = plays[plays["down"].notna()]
    assert snaps["down"].between(1, 4).all()
    assert snaps["yardline_100"].between(1, 99).all()
    assert snaps["ydstogo"].between(1, 99).all()
    assert (snaps["ydstogo"] <= snaps["yardline_100"]).all()
    regulation = plays[plays["qtr"] <= 4]
    assert (regulation.groupby("game_id")["game_seconds_remaining"].diff().dropna() <= 0).all()


def test_the_next_down_follows_from_the_yards_gained(plays: pd.DataFrame) -> None:
    following = plays.shift(-1)
    kept = plays["play_type"].isin(["pass", "run"]) & plays["down"].notna() & following["down"].notna()
    kept &= (plays["game_id"] == following["game_id"]) & (plays["fixed_drive"] == following["fixed_drive"])
    kept &= plays["posteam"] == following["posteam"]
    first = plays["yards_gained"] >= plays["ydstogo"]
    assert (following["down"][kept & first] == 1).all()
    assert (following["down"][kept & ~first] == plays["down"][kept & ~first] + 1).all()
    moved = plays["yardline_100"] - plays["yards_gained"]
    assert (following["yardline_100"][kept] == moved[kept].clip(1, 99)).all()


def test_a_play_has_one_passer_or_one_rusher(plays: pd.DataFrame) -> None:
    snaps = plays[plays["play_type"].isin(["pass", "run"]) & plays["down"].notna()]
    assert (snaps["passer_player_id"].notna() ^ snaps["rusher_player_id"].notna()).all()
    assert (snaps["qb_dropback"] == (snaps["was_pressure"].notna()).astype(float)).all()
    assert snaps.loc[snaps["qb_scramble"] == 1, "rusher_player_id"].notna().all()


def test_drive_results_agree_with_the_play_that_ends_them(plays: pd.DataFrame) -> None:
    kicks = plays[plays["field_goal_result"] == "made"]
    assert (kicks["fixed_drive_result"] == "Field goal").all()
    assert (plays.loc[plays["play_type"] == "punt", "fixed_drive_result"].isin(["Punt", "Opp touchdown"])).all()
    own = plays[(plays["touchdown"] == 1) & (plays["return_touchdown"] == 0)]
    assert (own["fixed_drive_result"] == "Touchdown").all()
    shares = plays.drop_duplicates(["game_id", "fixed_drive"])["fixed_drive_result"].value_counts(normalize=True)
    # About 9,200 drives: standard errors of .004; real seasons have .20-.23 and .14-.17.
    assert 0.18 < shares["Touchdown"] < 0.24
    assert 0.12 < shares["Field goal"] < 0.18


def test_player_weeks_are_sums_of_the_plays(league: Path, plays: pd.DataFrame) -> None:
    weeks = seasons_of(league, "stats_player").set_index(["season", "week", "player_id"])
    passes = plays[plays["passer_player_id"].notna() & plays["down"].notna()]
    yards = (
        (passes["yards_gained"] * passes["complete_pass"])
        .groupby([passes["season"], passes["week"], passes["passer_player_id"]])
        .sum()
    )
    assert np.allclose(weeks.loc[list(yards.index), "passing_yards"], yards)
    assert weeks["passing_yards"].sum() == pytest.approx(weeks["receiving_yards"].sum())
    assert weeks["sacks"].sum() == plays["sack"].sum()
    assert weeks["carries"].sum() == plays["rush_attempt"].sum()


def test_only_one_quarterback_takes_the_snaps(league: Path, games: pd.DataFrame) -> None:
    snaps = seasons_of(league, "snap_counts")
    full = snaps[(snaps["position"] == "QB") & (snaps["offense_pct"] == 1)].set_index(["game_id", "team"])["player"]
    done = played(games)
    starters = pd.concat(
        [
            done[["game_id", f"{s}_team", f"{s}_qb_name"]].set_axis(["game_id", "team", "name"], axis=1)
            for s in ("home", "away")
        ]
    ).set_index(["game_id", "team"])["name"]
    assert (full.reindex(starters.index) == starters).all()


def test_charting_and_pressures_join_the_plays(league: Path, plays: pd.DataFrame) -> None:
    charted = seasons_of(league, "ftn_charting")
    keys = charted.rename(columns={"nflverse_game_id": "game_id", "nflverse_play_id": "play_id"})[
        ["game_id", "play_id"]
    ]
    joined = keys.astype({"play_id": "float32"}).merge(plays[["game_id", "play_id"]], how="left", indicator=True)
    assert (joined["_merge"] == "both").all()
    pressures = seasons_of(league, "pfr_advstats")
    assert pressures["times_sacked"].sum() == plays["sack"].sum()
    assert (pressures["times_pressured"] >= pressures["times_sacked"]).all()


def test_no_truth_leaks_into_a_public_file(league: Path, truth: Truth) -> None:
    tables = (truth.games, truth.strengths, truth.shocks, truth.market, truth.players)
    hidden = {column for table in tables for column in table.columns} - PUBLIC_COLUMNS
    assert {"expected_margin", "attack", "effect_points", "close_margin", "value_points", "precipitation"} <= hidden
    for path in league.rglob("*.parquet"):
        if path.parent.name != "truth":
            assert not set(pd.read_parquet(path).columns) & hidden, path.name


def test_nothing_public_is_later_than_now(league: Path, games: pd.DataFrame, lines: pd.DataFrame) -> None:
    assert lines["commit_time"].max() <= NOW
    assert seasons_of(league, "injuries")["date_modified"].max() <= NOW
    waiting = games[games["kickoff"] > NOW]
    assert set(waiting["week"]) == {11, 12, 13, 14}
    hidden = [
        "home_score",
        "result",
        "overtime",
        "temp",
        "wind",
        "home_qb_id",
        "away_qb_name",
        "referee",
        "spread_line",
    ]
    assert waiting[hidden].isna().all(axis=None)
    assert set(lines.loc[lines["week"] == 11, "season"]) == {2021, 2022, 2023, 2024}
    assert len(seasons_of(league, "weekly_rosters").query("season == 2024 and week > 10")) == 0


def test_injuries_are_dated_before_the_kick_off_they_concern(league: Path, games: pd.DataFrame) -> None:
    reports = seasons_of(league, "injuries")
    kickoffs = pd.concat(
        [
            games[["season", "week", f"{s}_team", "kickoff"]].set_axis(["season", "week", "team", "kickoff"], axis=1)
            for s in ("home", "away")
        ]
    )
    dated = reports.merge(kickoffs, on=["season", "week", "team"], how="left", validate="m:1")
    assert dated["kickoff"].notna().all()
    assert (dated["date_modified"] < dated["kickoff"] - pd.Timedelta(hours=1)).all()
    local = dated["date_modified"].dt.tz_convert("America/New_York")
    sundays = dated["kickoff"].dt.tz_convert("America/New_York").dt.day_of_week == 6
    assert set(local[sundays].dt.day_name()) <= {"Wednesday", "Thursday", "Friday", "Saturday"}


def test_a_quarterback_reported_out_does_not_play_and_his_backup_does(league: Path, games: pd.DataFrame) -> None:
    reports = seasons_of(league, "injuries")
    out = reports[(reports["position"] == "QB") & (reports["report_status"] == "Out")]
    passers = pd.concat(
        [
            played(games)[["season", "week", f"{s}_team", f"{s}_qb_id"]].set_axis(
                ["season", "week", "team", "qb"], axis=1
            )
            for s in ("home", "away")
        ]
    )
    met = out.merge(passers, on=["season", "week", "team"])
    assert len(met) > 20
    assert (met["qb"] != met["gsis_id"]).all()


def test_rosters_show_suspensions_reserves_and_trades(league: Path, truth: Truth) -> None:
    rosters = seasons_of(league, "weekly_rosters")
    codes = rosters.groupby("status_description_abbr").size()
    assert {"A01", "I01", "R01", "R40", "W03"} <= set(codes.index)
    moved = truth.shocks[(truth.shocks["kind"] == "trade_buyer") & (truth.shocks["season"] < 2024)]
    for trade in moved.itertuples(index=False):
        own = rosters[(rosters["season"] == trade.season) & (rosters["player_id"] == trade.player_id)]
        assert set(own.loc[own["week"] >= trade.first_week, "team"]) == {trade.team}
        assert trade.team not in set(own.loc[own["week"] < trade.first_week, "team"])


def test_the_truth_is_the_sum_of_its_parts(truth: Truth) -> None:
    g, planted = truth.games, truth.planted
    for side, other, sign in (("home", "away", 1.0), ("away", "home", -1.0)):
        parts = g[f"{side}_attack"] + g[f"{side}_quarterback"] + g[f"{side}_attack_shock"]
        parts -= g[f"{other}_defence"] + g[f"{other}_defence_shock"]
        parts += sign * g["home_field"] / 2 + (g[f"{side}_rest"] - g[f"{other}_rest"]) / 2 + g["weather_total"] / 2
        assert np.allclose(g[f"expected_{side}"], planted.mean_total_points / 2 + parts)
    assert set(g["home_field"]) == {0.0, planted.home_field_points}


def test_the_planted_wind_slope_stands_in_the_truth(truth: Truth) -> None:
    dry = truth.games[~truth.games["precipitation"] & truth.games["wind"].notna() & (truth.games["temp"] > 32)]
    over = (dry["wind"] - truth.planted.wind_calm_mph).clip(lower=0)
    assert np.allclose(dry["weather_total"], truth.planted.wind_total_points_per_mph * over)
    assert (over > 0).mean() > 0.2


def test_results_scatter_about_the_truth_without_bias(games: pd.DataFrame, truth: Truth) -> None:
    both = played(games).merge(
        truth.games[["game_id", "expected_margin", "expected_total"]], on="game_id", validate="1:1"
    )
    for result, expected, spread in (("result", "expected_margin", 12.8), ("total", "expected_total", 12.2)):
        gap = both[result] - both[expected]
        assert abs(gap.mean()) < SIGMAS * spread / np.sqrt(len(both))
        slope = np.cov(both[result], both[expected])[0, 1] / both[expected].var()
        assert abs(slope - 1) < SIGMAS * spread / np.sqrt(len(both)) / both[expected].std()
        assert gap.std() == pytest.approx(spread, rel=SIGMAS / np.sqrt(2 * len(both)))


def test_a_quarterbacks_absence_has_its_planted_size(truth: Truth) -> None:
    out = truth.shocks[truth.shocks["kind"] == "quarterback_out"]
    planted = truth.planted
    error = planted.backup_drop_sd_points / np.sqrt(out.groupby(["season", "team"]).ngroups)
    drops = -out.groupby(["season", "team"])["effect_points"].first()
    assert abs(drops.mean() - planted.backup_drop_points) < SIGMAS * error
    assert out["surprise"].mean() == pytest.approx(0.25, abs=SIGMAS * np.sqrt(0.25 * 0.75 / len(out)))


def test_strengths_drift_by_the_planted_step(truth: Truth) -> None:
    ordered = truth.strengths.sort_values(["season", "team", "week"])
    steps = ordered.groupby(["season", "team"])[["attack", "defence"]].diff().dropna().to_numpy().ravel()
    assert steps.std() == pytest.approx(truth.planted.weekly_drift_sd_points, rel=SIGMAS / np.sqrt(2 * len(steps)))


def test_a_coaching_change_follows_bad_luck_and_does_nothing(games: pd.DataFrame, truth: Truth) -> None:
    changes = truth.shocks[truth.shocks["kind"] == "coaching_change"]
    assert len(changes) >= 4
    assert (changes["effect_points"] == 0).all()
    both = played(games).merge(truth.games[["game_id", "expected_margin"]], on="game_id")
    before = []
    for change in changes.itertuples(index=False):
        own = both[(both["season"] == change.season) & (both["week"] < change.first_week)]
        for side, sign in (("home", 1), ("away", -1)):
            mine = own[own[f"{side}_team"] == change.team]
            before += list(sign * (mine["result"] - mine["expected_margin"]))
        season = games[games["season"] == change.season]
        mine = [season.loc[season[f"{side}_team"] == change.team, f"{side}_coach"] for side in ("home", "away")]
        assert pd.concat(mine).nunique() == 2
    assert np.mean(before) < 0  # who is dismissed was unlucky: what follows regresses to the mean


def test_the_market_opens_noisy_and_closes_sharp(truth: Truth) -> None:
    both = truth.market.merge(truth.games, on="game_id", suffixes=("", "_game"))
    usual = (both["home_quarterback"] == both["home_quarterback_usual"]) & (
        both["away_quarterback"] == both["away_quarterback_usual"]
    )
    calm = both[usual & (both["home_rest"] == both["away_rest"])]
    error = {w: (calm[f"{w}_margin"] - calm["expected_margin"]).std() for w in ("open", "wednesday", "close")}
    within = SIGMAS / np.sqrt(2 * len(calm))
    assert error["open"] == pytest.approx(truth.planted.open_error_points, rel=within)
    assert error["close"] == pytest.approx(truth.planted.close_error_points, rel=within)
    assert error["open"] > error["wednesday"] > error["close"]


def test_the_market_is_slow_to_price_a_new_quarterback(truth: Truth) -> None:
    planted = truth.planted
    shocks = truth.shocks[(truth.shocks["kind"] == "quarterback_out") & ~truth.shocks["surprise"]]
    both = truth.market.merge(truth.games, on="game_id")
    met = both.merge(shocks, left_on=["season", "week", "home_team"], right_on=["season", "first_week", "team"])
    share = 1 - (met["open_margin"] - met["expected_margin"]) / -met["effect_points"]
    error = planted.open_error_points / met["effect_points"].abs().mean() / np.sqrt(len(met))
    assert abs(share.mean() - planted.market_open_share_of_new_quarterback) < SIGMAS * error
    late = 1 - (met["close_margin"] - met["expected_margin"]) / -met["effect_points"]
    assert abs(late.mean() - 1) < SIGMAS * error


def test_who_knows_the_truth_beats_the_close_by_a_modest_amount(truth: Truth) -> None:
    both = truth.market.merge(truth.games[["game_id", "expected_margin"]], on="game_id")
    edge = both["expected_margin"] - both["wednesday_margin"]
    gained = np.sign(edge) * (both["close_margin"] - both["wednesday_margin"])
    assert 0.7 < gained.mean() < 1.6


def test_line_records_are_on_the_grid_with_prices_that_a_book_would_offer(lines: pd.DataFrame) -> None:
    for column in ("home_spread_open", "home_spread_last", "total_line_open", "total_line_last"):
        assert (lines[column] * 2 % 1 == 0).all()
    for column in ("home_spread_last_price", "away_spread_last_price", "over_price_last", "under_price_last"):
        assert lines[column].between(-120, -100).all()
    home, away = lines["home_ml_last"], lines["away_ml_last"]
    assert (home.abs() >= 100).all()
    assert (away.abs() >= 100).all()
    implied = sum(np.where(p < 0, -p / (100 - p), 100 / (100 + p)) for p in (home, away))
    assert cast("np.ndarray", implied).mean() == pytest.approx(1.04, abs=0.005)  # odds are whole cents
    assert ((lines["home_spread_last"] < 0) == (home < away))[lines["home_spread_last"].abs() >= 1].all()


def test_quotes_are_fresh_on_wednesday_and_before_kick_off(games: pd.DataFrame, lines: pd.DataFrame) -> None:
    assert (lines["hours_to_kick"] > 0).all()
    done = played(games)
    noon = week_instants(done["kickoff"], days_after_tuesday=1, hour=12).set_axis(done["game_id"])
    for book in ("action-hq-consensus", "draftkings", "fanduel"):
        own = lines[(lines["home_spread_last_source"] == book) & lines["game_id"].isin(done["game_id"])]
        age = own["game_id"].map(noon) - own["commit_time"]
        fresh = own[(age >= pd.Timedelta(0)) & (age <= pd.Timedelta(hours=24))]
        assert set(fresh["game_id"]) == set(done["game_id"])
        assert (own.groupby("game_id")["hours_to_kick"].min() < 3).all()


def test_the_opener_is_one_books_first_state_before_the_week_begins(games: pd.DataFrame, lines: pd.DataFrame) -> None:
    first = lines.groupby("game_id").first()
    assert set(first["home_spread_open_source"]) == {"draftkings"}
    assert (first["home_spread_open"] == first["home_spread_last"]).all()
    tuesdays = week_tuesdays(first["kickoff_utc"]).dt.tz_localize("America/New_York")
    assert (first["commit_time"] < tuesdays).all()


def test_the_schedules_closing_line_is_the_last_consensus_with_its_sign_turned(
    games: pd.DataFrame, lines: pd.DataFrame
) -> None:
    consensus = lines[lines["home_spread_last_source"] == "action-hq-consensus"]
    last = consensus.sort_values("commit_time").groupby("game_id").last()
    done = played(games).set_index("game_id")
    assert (done["spread_line"] == -last.loc[done.index, "home_spread_last"]).all()
    assert np.corrcoef(done["spread_line"], done["result"])[0, 1] > 0.3


EARLY = utc("2021-11-03T17:00:00+00:00")  # eight weeks of the first season are played


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("early") / "demo"
    write_league(folder, seasons=(2021,), now=EARLY)
    return folder


def test_the_same_seed_writes_the_same_bytes_over_what_was_there(early: Path, tmp_path: Path) -> None:
    again = tmp_path / "demo"
    again.mkdir()
    (again / "stray.parquet").write_bytes(b"of an earlier league")
    write_league(again, seasons=(2021,), now=EARLY)
    files = sorted(p.relative_to(early) for p in early.rglob("*") if p.is_file())
    assert len(files) == 15
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    assert all((early / f).read_bytes() == (again / f).read_bytes() for f in files)
    assert [p.name for p in tmp_path.iterdir()] == ["demo"]


def test_later_weeks_and_seasons_only_reveal_and_never_change_what_was(
    early: Path, league: Path, games: pd.DataFrame, lines: pd.DataFrame
) -> None:
    before = lines[(lines["season"] == 2021) & (lines["commit_time"] <= EARLY)].reset_index(drop=True)
    pd.testing.assert_frame_equal(seasons_of(early, "lines"), before)
    first = pd.read_parquet(league / "pbp" / "play_by_play_2021.parquet")
    pd.testing.assert_frame_equal(seasons_of(early, "pbp"), first[first["week"] <= 8].reset_index(drop=True))
    known = pd.read_parquet(early / "schedules" / "games.parquet")
    done = games[(games["season"] == 2021) & (games["week"] <= 8)].drop(columns="kickoff")
    pd.testing.assert_frame_equal(known[known["week"] <= 8], done)
    assert known.loc[known["week"] > 8, "result"].isna().all()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calm") / "demo"
    planted = PlantedTruth(quarterback_injury_rate=0.0, home_field_points=0.0, open_error_points=1.0)
    write_league(folder, seed=1, seasons=(2021,), now=EARLY, planted=planted)
    return folder


def test_planted_effects_can_be_changed(calm: Path) -> None:
    truth = load_truth(calm)
    assert truth.planted.open_error_points == 1.0
    assert (truth.games["home_field"] == 0).all()
    assert "quarterback_out" not in set(truth.shocks["kind"])


def test_another_seed_is_another_league_and_another_digest(calm: Path, early: Path) -> None:
    ours, theirs = (pd.read_parquet(p / "schedules" / "games.parquet") for p in (early, calm))
    assert not ours["game_id"].equals(theirs["game_id"])
    assert league_digest(1) != league_digest(2)
    assert league_digest(1) == league_digest(1)


def test_real_data_has_no_truth_to_load(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="keeps its truth"):
        load_truth(tmp_path)
