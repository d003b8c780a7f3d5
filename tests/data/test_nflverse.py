"""nflverse files into facts: every table dated by its one rule, old and new column names, one code a franchise."""

from datetime import date, time

import pandas as pd
import pytest

from workbench.clock import eastern, utc
from workbench.data.nflverse import players, plays, schedule
from workbench.data.nflverse.source import spans
from workbench.data.teams import FRANCHISES, franchise_codes

Tables = dict[str, pd.DataFrame]
KICKOFF = utc("2024-09-08T17:00:00+00:00")
TUESDAY_AFTER = eastern(date(2024, 9, 10), time(6))


@pytest.fixture
def dated(frames: Tables) -> pd.DataFrame:
    return schedule.with_kickoff(frames["schedule"])


def test_kickoffs_turn_from_eastern_to_utc_in_summer_and_winter() -> None:
    raw = pd.DataFrame(
        {"gameday": ["2024-09-08", "2024-12-08"], "gametime": ["13:00", "13:00"], "home_team": "A", "away_team": "B"}
    )
    hours = schedule.with_kickoff(raw)["kickoff_utc"].dt.hour
    assert hours.to_list() == [17, 18]


def test_a_missing_hour_is_one_o_clock_eastern_and_said() -> None:
    raw = pd.DataFrame(
        {"season": 1999, "gameday": ["1999-09-12"], "gametime": [None], "home_team": "A", "away_team": "B"}
    )
    assert schedule.with_kickoff(raw)["kickoff_utc"].iloc[0] == eastern(date(1999, 9, 12), time(13))
    assert [note.feature for note in schedule.assumed_kickoffs(raw)] == ["kick-off times 1999"]
    assert schedule.assumed_kickoffs(raw.drop(columns="gametime"))[0].feature == "kick-off times"


def given(day: str, hour: str, *, location: str = "Home") -> pd.DataFrame:
    return pd.DataFrame(
        {"season": int(day[:4]), "gameday": [day], "gametime": [hour], "location": location, "home_team": "A",
         "away_team": "B"}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "hour", "location", "eastern_hour"),
    [
        ("2003-10-20", "09:00", "Home", "21:00"),  # Monday night; daylight saving ends within the next week
        ("2003-10-27", "09:00", "Neutral", "21:00"),  # San Diego's game in Tempe, a Monday night too
        ("2001-12-22", "09:00", "Home", "21:00"),  # Saturday night
        ("2024-10-06", "09:30", "Neutral", "09:30"),  # London, given rightly
        ("2017-10-29", "21:30", "Neutral", "09:30"),  # London, given wrongly
        ("2013-10-06", "23:30", "Home", "23:30"),  # Oakland after a baseball game: so it was
        ("2016-11-21", "21:30", "Neutral", "21:30"),  # a Monday night in Mexico might
        ("2024-10-06", "13:00", "Home", "13:00"),
    ],
)
def test_a_kick_off_half_a_day_off_is_turned(day: str, hour: str, location: str, eastern_hour: str) -> None:
    raw = given(day, hour, location=location)
    kickoff = schedule.with_kickoff(raw)["kickoff_utc"].iloc[0]
    assert kickoff == eastern(date.fromisoformat(day), time.fromisoformat(eastern_hour))
    assert len(schedule.assumed_kickoffs(raw)) == (hour != eastern_hour)


def test_a_turned_kick_off_is_said_by_season_and_its_result_is_not_known_that_noon() -> None:
    raw = pd.concat([given("2003-10-20", "09:00"), given("2003-10-26", "13:00")], ignore_index=True)
    (note,) = schedule.assumed_kickoffs(raw)
    assert note.feature == "kick-off times 2003"
    assert note.reason.startswith("1 games given at 09:00 ET")
    whole = schedule.with_kickoff(raw).assign(game_id=["x", "y"], week=7, home_score=1, away_score=0)
    assert schedule.results(whole)["known_at"].iloc[0] == eastern(date(2003, 10, 21), time(1))


def test_the_regular_season_is_known_in_may_and_a_playoff_game_on_its_tuesday(dated: pd.DataFrame) -> None:
    both = dated.iloc[:2].assign(game_type=["REG", "WC"])
    known = schedule.games(both)["known_at"]
    assert known.iloc[0] == eastern(date(2024, 5, 15), time(6))
    assert known.iloc[1] == eastern(date(2024, 9, 3), time(6))


def test_neutral_sites_and_moved_franchises_are_told(dated: pd.DataFrame) -> None:
    games = schedule.games(dated)
    assert games["neutral"].to_list() == [False, True, False, False]
    assert games["home_team"].to_list() == ["BUF", "LV", "KC", "ARI"]


def test_a_result_is_known_four_hours_after_kickoff_and_an_unplayed_game_has_none(dated: pd.DataFrame) -> None:
    results = schedule.results(dated)
    assert len(results) == 3
    assert results["known_at"].iloc[0] == KICKOFF + pd.Timedelta(hours=4)


def test_who_played_is_known_at_kickoff_and_never_before(dated: pd.DataFrame) -> None:
    starters = schedule.starters(dated)
    assert len(starters) == 8
    assert (starters["known_at"] >= KICKOFF).all()
    assert set(starters.loc[starters["game_id"].eq("2024_01_ARI_BUF"), "team"]) == {"BUF", "ARI"}
    assert schedule.starters(dated.drop(columns=[c for c in dated if "_qb_" in c or "coach" in c])).empty


def test_weather_is_known_at_kickoff_and_a_missing_temperature_stays_missing(dated: pd.DataFrame) -> None:
    conditions = schedule.conditions(dated)
    assert (conditions["known_at"] == dated["kickoff_utc"]).all()
    assert conditions["temperature_f"].isna().to_list() == [False, True, False, False]


def test_the_closing_spread_keeps_its_sign_positive_for_a_favoured_home_team(dated: pd.DataFrame) -> None:
    quotes = schedule.closing_quotes(dated).query("market == 'spread'")
    assert quotes["line"].to_list() == [6.5, -3.0, 2.5, 1.0]
    assert set(quotes["source"]) == {"schedule_close"}
    assert (quotes["known_at"] == quotes["recorded_at"]).all()


def test_plays_are_known_on_the_tuesday_after_at_six_eastern(dated: pd.DataFrame, frames: Tables) -> None:
    out = plays.plays(frames["plays"], kickoffs=dated)
    assert (out.loc[out["game_id"].eq("2024_01_ARI_BUF"), "known_at"] == TUESDAY_AFTER).all()
    assert set(out["posteam"]) == {"BUF", "LV", "KC"}


def test_a_play_of_an_unknown_game_has_no_instant(dated: pd.DataFrame, frames: Tables) -> None:
    out = plays.plays(frames["plays"].assign(game_id="2024_99_A_B"), kickoffs=dated)
    assert out["known_at"].isna().all()


def test_charting_joins_on_the_nflverse_names_and_a_pistol_is_a_shotgun(dated: pd.DataFrame) -> None:
    raw = pd.DataFrame(
        {"nflverse_game_id": "2024_01_ARI_BUF", "nflverse_play_id": [1, 2, 3, 4], "season": 2024, "week": 1,
         "qb_location": ["S", "U", "P", "0"], "is_no_huddle": [True, False, False, False], "n_blitzers": 1}
    )  # fmt: skip
    out = plays.charting(raw, kickoffs=dated)
    assert out["shotgun"].iloc[:3].to_list() == [True, False, True]
    assert pd.isna(out["shotgun"].iloc[3])
    assert out["no_huddle"].to_list() == [True, False, False, False]


@pytest.mark.parametrize("release", ["old", "new"])
def test_old_and_new_column_names_give_the_same_stat_lines(dated: pd.DataFrame, frames: Tables, release: str) -> None:
    raw = frames["stats"]
    if release == "new":
        names = {"recent_team": "team", "interceptions": "passing_interceptions", "sacks": "sacks_suffered"}
        raw = raw.rename(columns=names).assign(sack_yards_lost=[-12.0, -20.0])
    else:
        raw = raw.assign(sack_yards=[12.0, 20.0])
    out = players.player_weeks(raw, games=schedule.games(dated))
    assert out["team"].to_list() == ["BUF", "LV"]
    assert out["interceptions"].to_list() == [1.0, 0.0]
    assert out["sacks"].to_list() == [2.0, 3.0]
    assert out["sack_yards"].to_list() == [12.0, 20.0]
    assert out["fumbles_lost"].to_list() == [2.0, 0.0]
    assert (out["known_at"] == TUESDAY_AFTER).all()


def test_an_injury_is_known_when_modified_and_without_a_stamp_at_kickoff(dated: pd.DataFrame) -> None:
    stamp = utc("2024-09-06T19:05:30+00:00")
    raw = pd.DataFrame(
        {"season": 2024, "week": 1, "team": ["BUF", "BUF"], "gsis_id": ["a", "b"], "report_status": "Out",
         "date_modified": [stamp, pd.NaT]}
    )  # fmt: skip
    games = schedule.games(dated)
    assert players.injuries(raw, games=games)["known_at"].to_list() == [stamp, KICKOFF]
    assert (players.injuries(raw.drop(columns="date_modified"), games=games)["known_at"] == KICKOFF).all()


def test_the_roster_of_a_team_that_rests_counts_from_the_weeks_last_kickoff(dated: pd.DataFrame) -> None:
    games = schedule.games(dated)
    games.loc[games["game_id"].eq("2024_01_KC_LV"), "kickoff_utc"] += pd.Timedelta(hours=7)
    raw = pd.DataFrame({"season": 2024, "week": 1, "team": ["BUF", "DAL"], "player_id": ["a", "b"], "status": "ACT"})
    known = players.rosters(raw, games=games)["known_at"]
    assert known.to_list() == [KICKOFF, KICKOFF + pd.Timedelta(hours=7)]


def test_every_alias_leads_to_one_franchise_and_codes_stay() -> None:
    aliases = [alias for code, others in FRANCHISES.items() for alias in (code, *others)]
    assert len(aliases) == len(set(aliases)), "an alias of two franchises would join the wrong games"
    assert len(FRANCHISES) == 32
    codes = pd.Series(list(FRANCHISES))
    assert franchise_codes(codes).to_list() == codes.to_list()
    assert franchise_codes(pd.Series(["STL", "SD", "OAK", "LAR", None, "LON"])).fillna("-").to_list() == [
        "LA", "LAC", "LV", "LA", "-", "LON",
    ]  # fmt: skip


def test_seasons_are_written_as_runs() -> None:
    assert spans([2021, 2019, 2020, 2024]) == "2019-2021, 2024"
