"""Hourly weather: the wall clock of the place, when it counts as known, and each fault a file can have."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.cache import FactCache
from workbench.data.fetch import Fetcher
from workbench.data.ingest import fingerprint, load_league, probe
from workbench.data.source import LoadedFacts
from workbench.data.weather.load import observations
from workbench.data.weather.source import WeatherSource
from workbench.data.weather.zones import in_utc, local_zones
from workbench.settings import Settings

#: BUF-ARI kicks off on Sunday 8 September 2024 at 13:00 ET, which is 17:00 UTC.
GAME, KICKOFF = "2024_01_ARI_BUF", pd.Timestamp("2024-09-08T17:00:00+00:00")


def hours() -> pd.DataFrame:
    """Noon to 15:00 at the place, rain in one hour, one impossible hour."""
    return pd.DataFrame(
        {
            "nflverse_game_id": GAME,
            "TimeMeasure": [f"9/8/2024 {hour}:00" for hour in (12, 13, 14, 15)],
            "Temperature": [70.0, 71.0, None, 73.0],
            "WindSpeed": [5.0, 6.0, 7.0, 8.0],
            "Precipitation": [0.0, None, 0.25, 9.988],
            "DistanceToStation": 3.79,
            "EstimatedCondition": ["Clear", "Clear", "Moderate Rain", "Heavy Rain"],
        }
    )


@pytest.fixture
def weathered(settings: Settings, mirror: Path, write: Callable[[pd.DataFrame, Path], None]) -> Settings:
    """The little league with a folder of hourly weather."""
    write(hours(), mirror / "weather" / "hourly_2024.parquet")
    sources = settings.sources.model_dump(mode="json") | {"weather": {"base": str(mirror / "weather")}}
    return Settings.model_validate({"sources": sources})


@pytest.fixture
def load_weathered(weathered: Settings, tmp_path: Path) -> Callable[[], LoadedFacts]:
    return lambda: load_league(weathered, seasons=(2024,), root=tmp_path / "artifacts")


def test_hours_are_read_in_the_zone_of_the_place_and_known_at_kickoff_or_later(
    load_weathered: Callable[[], LoadedFacts],
) -> None:
    weather = load_weathered().tables["weather"]
    assert weather["observed_at"].dt.hour.to_list() == [16, 17, 18]
    assert weather["known_at"].dt.hour.to_list() == [17, 17, 18], "before kick-off an observation is no bettor's"
    assert weather["precipitation_inches"].isna().to_list() == [False, True, False]
    assert set(weather["week"]) == {1}


def test_more_than_four_inches_an_hour_is_set_aside_with_its_reason(
    load_weathered: Callable[[], LoadedFacts],
) -> None:
    facts = load_weathered()
    bad = facts.quarantine.iloc[0]
    assert (bad["table"], bad["rule"], bad["value"]) == ("weather", "range", "9.988")
    assert "must lie between 0 and 4" in bad["reason"]
    quality = facts.report.tables["weather"]
    assert quality.rows_in == quality.kept + sum(quality.quarantined.values()) == 4


def test_an_hour_of_a_game_no_schedule_knows_is_set_aside(
    weathered: Settings, mirror: Path, tmp_path: Path, write: Callable[[pd.DataFrame, Path], None]
) -> None:
    rows = pd.concat([hours().iloc[:2], hours().iloc[:1].assign(nflverse_game_id="2024_01_ARI_LON")])
    write(rows, mirror / "weather" / "hourly_2024.parquet")
    facts = load_league(weathered, seasons=(2024,), root=tmp_path / "a")
    assert facts.report.tables["weather"].quarantined == {"unknown_game": 1}
    assert len(facts.tables["weather"]) == 2


def test_an_hour_that_cannot_be_read_is_set_aside(
    weathered: Settings, mirror: Path, tmp_path: Path, write: Callable[[pd.DataFrame, Path], None]
) -> None:
    write(hours().iloc[:2].assign(TimeMeasure=["noon", "9/8/2024 13:00"]), mirror / "weather" / "hourly_2024.parquet")
    facts = load_league(weathered, seasons=(2024,), root=tmp_path / "a")
    assert facts.report.tables["weather"].quarantined == {"not_nullable": 1}


@pytest.mark.parametrize("column", ["nflverse_game_id", "TimeMeasure"])
def test_a_file_without_what_dates_it_degrades_by_name(
    weathered: Settings, mirror: Path, tmp_path: Path, write: Callable[[pd.DataFrame, Path], None], column: str
) -> None:
    write(hours().drop(columns=column), mirror / "weather" / "hourly_2024.parquet")
    facts = load_league(weathered, seasons=(2024,), root=tmp_path / "a")
    assert "weather" not in facts.tables
    assert next(n.reason for n in facts.degraded if n.feature == "weather of hourly_2024.parquet").count(column) == 1


def test_a_file_without_rain_keeps_the_rest(
    weathered: Settings, mirror: Path, tmp_path: Path, write: Callable[[pd.DataFrame, Path], None]
) -> None:
    write(hours().drop(columns="Precipitation"), mirror / "weather" / "hourly_2024.parquet")
    weather = load_league(weathered, seasons=(2024,), root=tmp_path / "a").tables["weather"]
    assert len(weather) == 4
    assert weather["precipitation_inches"].isna().all()


def test_a_truncated_file_is_named_and_the_rest_of_the_facts_stand(
    weathered: Settings, mirror: Path, tmp_path: Path
) -> None:
    path = mirror / "weather" / "hourly_2024.parquet"
    path.write_bytes(path.read_bytes()[:200])
    facts = load_league(weathered, seasons=(2024,), root=tmp_path / "a")
    assert len(facts.tables["games"]) == 4
    assert any(n.feature == "weather of hourly_2024.parquet" for n in facts.degraded)


def test_without_a_folder_the_missing_rain_is_named_and_no_probe_fails(settings: Settings, tmp_path: Path) -> None:
    facts = load_league(settings, seasons=(2024,), root=tmp_path / "a")
    assert "weather" not in facts.tables
    assert [n.reason for n in facts.degraded if n.feature == "hourly weather"]
    assert "weather" not in {name for name, *_ in probe(settings, root=tmp_path / "a")}


def test_the_probe_and_the_fingerprint_see_the_folder(weathered: Settings, mirror: Path, tmp_path: Path) -> None:
    told = {name: (good, said) for name, good, said in probe(weathered, root=tmp_path / "p")}
    assert told["weather"] == (True, "1 files")
    before = fingerprint(weathered, seasons=(2024,), root=tmp_path / "p")
    hours().iloc[:3].to_parquet(mirror / "weather" / "hourly_2024.parquet")
    assert fingerprint(weathered, seasons=(2024,), root=tmp_path / "p") != before


def test_only_files_of_its_name_are_weather(tmp_path: Path) -> None:
    hours().to_parquet(tmp_path / "history_2024.parquet")
    assert WeatherSource(Fetcher(str(tmp_path), tmp_path / "raw")).fetch(()).files == {}


def test_parsed_seasons_are_kept_by_the_code_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load_weathered: Callable[[], LoadedFacts]
) -> None:
    games, cache = load_weathered().tables["games"], FactCache(tmp_path)
    before = cache.key("rosters", "0", games=games, teams=("A",))
    monkeypatch.setattr("workbench.data.cache.border_digest", lambda: "a schema with one column more")
    assert cache.key("rosters", "0", games=games, teams=("A",)) != before


def test_the_rams_moved_and_the_later_zone_stands_where_nothing_tells_the_place() -> None:
    games = pd.DataFrame({"season": [2015, 2016, 2010], "home_team": ["LA", "LA", "LON"]})
    assert local_zones(games).to_list() == ["America/Chicago", "America/Los_Angeles", "America/Los_Angeles"]


@given(hour=st.integers(0, 23), day=st.integers(1, 28), month=st.sampled_from([9, 10, 11, 12]))
@settings(max_examples=25, deadline=None)
def test_an_hour_west_is_never_earlier_than_the_same_hour_east(hour: int, day: int, month: int) -> None:
    local = pd.Series([pd.Timestamp(2020, month, day, hour)] * 2)
    east, west = in_utc(local, zones=pd.Series(["America/New_York", "America/Los_Angeles"]))
    assert west - east == pd.Timedelta(hours=3)


def test_the_repeated_hour_of_a_clock_change_is_the_later_and_no_hours_give_no_rows() -> None:
    repeated = in_utc(pd.Series([pd.Timestamp("2020-11-01 01:30")]), zones=pd.Series(["America/New_York"]))
    assert repeated[0] == pd.Timestamp("2020-11-01T06:30:00+00:00")
    games = pd.DataFrame({"game_id": ["x"], "season": 2024, "week": 1, "kickoff_utc": [KICKOFF], "home_team": "BUF"})
    assert observations(hours(), games=games).empty
