"""Hourly weather of 2000-2020 across the border: units, the wall clock it is read in, and when it counts as known."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.nflverse import schedule
from workbench.data.source import RawFile, RawFiles
from workbench.data.weather.load import load_weather

pytestmark = pytest.mark.real

FILE = "hourly_2000_2020.parquet"
#: Read an hour or more off, temperatures follow the schedule's own visibly less closely.
CLOSE_ENOUGH_F = 2.6


@pytest.fixture(scope="module")
def weather(real_data: Path) -> pd.DataFrame:
    path = real_data / "nfl_weather" / FILE
    if not path.exists():
        pytest.skip("hourly weather not found beside the real data")
    whole = schedule.with_kickoff(pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet"))
    raws = RawFiles({FILE: RawFile(FILE, hashlib.sha256(path.read_bytes()).hexdigest(), path)})
    found = load_weather(raws, every_game=whole, games=schedule.games(whole))
    assert found.degraded == []
    border = found.borders[0]
    assert border.quality.quarantined == {"range": 1}, "one hour of 9.988 inches"
    names = {"temp": "schedule_f"}
    columns = ["game_id", "kickoff_utc", "home_team", "stadium", "roof", "temp", "gametime"]
    return border.facts.merge(whole[columns].rename(columns=names), on="game_id")


def test_precipitation_is_in_inches(weather: pd.DataFrame) -> None:
    rain = weather["precipitation_inches"].dropna()
    assert rain.max() < 1.5, "in millimetres a season's heaviest hour would be above ten"
    assert rain.gt(0).mean() == pytest.approx(0.08, abs=0.03)


@pytest.mark.parametrize("teams", [("SEA", "SF", "LAC", "LV"), ("DEN",), ("GB", "CHI", "KC"), ("BUF", "NE", "PIT")])
def test_the_hour_of_kickoff_is_the_one_that_fits_the_schedules_temperature(
    weather: pd.DataFrame, teams: tuple[str, ...]
) -> None:
    own = weather[weather["home_team"].isin(teams) & weather["roof"].eq("outdoors") & weather["gametime"].ne("09:00")]
    own = own[~own["stadium"].str.contains("Wembley|Twickenham|Tottenham|Azteca")]
    hours = ((own["observed_at"] - own["kickoff_utc"]).dt.total_seconds() / 3600).round()
    gap = (own["temperature_f"] - own["schedule_f"]).abs().groupby(hours).mean()
    best = gap.loc[-1.0:0.0].min()
    assert best < CLOSE_ENOUGH_F
    assert gap[3.0] > best + 0.5


def test_nothing_is_known_before_kickoff(weather: pd.DataFrame) -> None:
    assert (weather["known_at"] >= weather["kickoff_utc"]).all()
    assert (weather["known_at"] >= weather["observed_at"]).all()
