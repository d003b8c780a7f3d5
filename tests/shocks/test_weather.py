"""Weather shocks: thresholds, hours and the open air. Inches are sums of three decimals: 1e-9 is rounding."""

import pandas as pd
import pytest

from workbench.shocks.weather import rain_at_games, weather_events
from workbench.store.frames import conform

KICK = pd.Timestamp("2015-11-08 18:00", tz="UTC")


def games(roof: str = "outdoors") -> pd.DataFrame:
    row = {
        "game_id": "2015_09_A_B", "season": 2015, "week": 9, "game_type": "REG", "kickoff_utc": KICK, "home_team": "B",
        "away_team": "A", "neutral": False, "roof": roof, "known_at": pd.Timestamp("2015-05-15", tz="UTC"),
    }  # fmt: skip
    return conform(pd.DataFrame([row]), name="games")


def readings(*, wind: float | None = None, temperature: float | None = None) -> pd.DataFrame:
    row = {"game_id": "2015_09_A_B", "season": 2015, "week": 9, "wind_mph": wind, "temperature_f": temperature}
    return conform(pd.DataFrame([row | {"known_at": KICK}]), name="conditions")


def hours(inches: dict[int, float | None], *, temperature: float = 50.0, miles: float = 3.0) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "game_id": "2015_09_A_B", "observed_at": [KICK + pd.Timedelta(hours=h) for h in inches],
            "precipitation_inches": list(inches.values()), "temperature_f": temperature, "distance_miles": miles,
        }
    )  # fmt: skip
    return rows


@pytest.mark.parametrize(
    ("mph", "dose", "detail"), [(8.0, None, None), (9.0, 1.0, "oracle: breeze"), (20.0, 12.0, "oracle: strong")]
)
def test_wind_counts_from_above_a_calm_of_eight(mph: float, dose: float | None, detail: str | None) -> None:
    events = weather_events({"games": games(), "conditions": readings(wind=mph)})
    assert events["dose"].tolist() == ([dose] if dose else [])
    assert events["detail"].tolist() == ([detail] if detail else [])


@pytest.mark.parametrize(("degrees", "dose"), [(33.0, []), (32.0, [1.0]), (10.0, [23.0])])
def test_cold_is_freezing_or_below(degrees: float, dose: list[float]) -> None:
    events = weather_events({"games": games(), "conditions": readings(temperature=degrees)})
    assert events["dose"].tolist() == dose


@pytest.mark.parametrize("roof", ["dome", "closed"])
def test_there_is_no_weather_under_a_roof(roof: str) -> None:
    tables = {
        "games": games(roof),
        "conditions": readings(wind=30.0, temperature=0.0),
        "weather": hours({0: 1.0, 1: 1.0, 2: 1.0}),
    }
    assert weather_events(tables).empty


def test_rain_is_summed_from_an_hour_before_to_three_after() -> None:
    weather = hours({-2: 5.0, -1: 0.1, 0: 0.2, 1: 0.0, 3: 0.04, 4: 5.0})
    assert rain_at_games(games(), weather)["inches"].iloc[0] == pytest.approx(0.34, abs=1e-9)


def test_two_hours_of_readings_do_not_tell_whether_it_rained() -> None:
    assert weather_events({"games": games(), "weather": hours({0: 0.5, 1: 0.5, 2: None})}).empty


def test_a_trace_is_no_rain_and_a_far_station_is_an_assumption() -> None:
    assert weather_events({"games": games(), "weather": hours({0: 0.005, 1: 0.0, 2: 0.0})}).empty
    far = weather_events({"games": games(), "weather": hours({0: 0.5, 1: 0.0, 2: 0.0}, miles=20.0)})
    assert far["quality"].tolist() == ["assumed"]


def test_wet_and_freezing_is_snow() -> None:
    events = weather_events({"games": games(), "weather": hours({0: 0.1, 1: 0.1, 2: 0.1}, temperature=30.0)})
    assert events["detail"].tolist() == ["oracle: snow or sleet"]


def test_weather_is_an_oracle_known_at_kick_off_to_nobody_who_bets() -> None:
    events = weather_events({"games": games(), "conditions": readings(wind=25.0, temperature=20.0)})
    assert events["known_at"].eq(KICK).all()
    assert events["anticipation"].eq("unknown").all()
    assert events["detail"].str.startswith("oracle").all()
