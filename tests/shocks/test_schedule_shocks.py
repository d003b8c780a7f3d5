"""Shocks of the schedule: byes, rest, nights, divisions, venues. All counted in whole days and hours: exact."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.shocks.database import derive_events
from workbench.shocks.rest import rest_events
from workbench.shocks.schedule_shocks import division_events, prime_time_events, schedule_events
from workbench.shocks.venue import venue_events
from workbench.store.frames import conform


def game(
    week: int,
    home: str,
    away: str,
    *,
    day: str,
    hour: str = "13:00",
    season: int = 2022,
    kind: str = "REG",
    **more: object,
) -> dict[str, object]:
    """One row of the schedule; day and hour are Eastern."""
    kick = pd.Timestamp(f"{day} {hour}", tz="America/New_York").tz_convert("UTC")
    row = {
        "game_id": f"{season}_{week:02d}_{away}_{home}", "season": season, "week": week, "game_type": kind,
        "kickoff_utc": kick, "home_team": home, "away_team": away, "neutral": False, "division_game": False,
        "roof": "outdoors", "stadium": f"{home} Field", "known_at": pd.Timestamp(f"{season}-05-15 10:00", tz="UTC"),
    }  # fmt: skip
    return row | more


def schedule(*rows: dict[str, object]) -> pd.DataFrame:
    return conform(pd.DataFrame(rows), name="games")


def keys(events: pd.DataFrame) -> set[tuple[str, int, str]]:
    return set(events[["type", "week", "team"]].itertuples(index=False, name=None))


def test_a_week_off_is_a_bye_and_its_dose_the_days_beyond_seven() -> None:
    games = schedule(
        game(1, "KC", "BUF", day="2022-09-11"),
        game(3, "KC", "LV", day="2022-09-25"),
        game(3, "NYJ", "BUF", day="2022-09-26"),
    )
    events = rest_events({"games": games})
    assert keys(events) == {("bye", 3, "KC"), ("bye", 3, "BUF")}
    assert events.set_index("team")["dose"].to_dict() == {"KC": 7.0, "BUF": 8.0}


def test_the_openers_and_the_week_off_before_a_play_off_game_are_no_byes() -> None:
    games = schedule(
        game(1, "KC", "BUF", day="2022-09-11"),
        game(18, "KC", "LV", day="2023-01-08"),
        game(20, "KC", "CIN", day="2023-01-21", kind="DIV"),
        game(22, "PHI", "KC", day="2023-02-12", kind="SB"),
    )
    found = rest_events({"games": games})
    assert found[found["week"].gt(18)].empty
    assert not found["week"].eq(1).any()


def test_a_game_that_was_never_finished_leaves_no_bye() -> None:
    games = schedule(game(16, "CHI", "BUF", day="2022-12-24"), game(18, "BUF", "NE", day="2023-01-08"))
    events = rest_events({"games": games})
    assert keys(events) == {("long_rest", 18, "BUF")}
    row = events.iloc[0]
    assert (row["detail"], row["quality"]) == ("put off", "disputed")
    assert pd.isna(row["known_at"])


@pytest.mark.parametrize(
    ("day", "found"), [("2022-09-15", "short_rest"), ("2022-09-17", None), ("2022-09-20", "long_rest")]
)
def test_short_is_under_six_days_and_long_over_eight(day: str, found: str | None) -> None:
    games = schedule(game(1, "KC", "BUF", day="2022-09-11"), game(2, "KC", "LV", day=day))
    assert keys(rest_events({"games": games})) == ({(found, 2, "KC")} if found else set())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(4, 12), min_size=1, max_size=6))
def test_without_weeks_off_every_game_is_at_most_one_rest_shock(gaps: list[int]) -> None:
    days = pd.Timestamp("2022-09-08") + pd.to_timedelta(pd.Series([0, *gaps]).cumsum(), unit="D")
    games = schedule(*[game(i + 1, "KC", f"T{i}", day=str(day.date())) for i, day in enumerate(days)])
    events = rest_events({"games": games})
    assert not events["game_id"].duplicated().any()
    assert events["type"].ne("bye").all()
    assert len(events) == sum(gap < 6 or gap > 8 for gap in gaps)


@pytest.mark.parametrize(
    ("day", "hour", "night"),
    [
        ("2022-09-15", "20:15", "thursday_night"),
        ("2022-09-18", "20:20", "sunday_night"),
        ("2022-09-19", "19:15", "monday_night"),
        ("2022-12-17", "20:15", "saturday_night"),
        ("2022-09-18", "18:59", None),
        ("2022-09-18", "16:25", None),
    ],
)
def test_prime_time_begins_at_seven_in_the_evening_eastern(day: str, hour: str, night: str | None) -> None:
    events = prime_time_events({"games": schedule(game(2, "KC", "LAC", day=day, hour=hour))})
    assert events["detail"].tolist() == ([night] if night else [])
    assert events["team"].isna().all()


def test_1999_whose_hours_are_not_known_has_no_prime_time() -> None:
    old = game(4, "KC", "LV", day="1999-10-01", hour="20:30", season=1999)
    assert prime_time_events({"games": schedule(old)}).empty


def test_a_monday_on_neutral_ground_is_prime_time_too() -> None:
    fires = game(8, "LAC", "MIA", day="2003-10-27", hour="21:00", season=2003, neutral=True)
    event = prime_time_events({"games": schedule(fires)}).iloc[0]
    assert (event["detail"], event["quality"]) == ("monday_night", "derived")


def test_division_games_are_those_the_schedule_marks() -> None:
    games = schedule(game(1, "KC", "LV", day="2022-09-11", division_game=True), game(1, "NYG", "BUF", day="2022-09-11"))
    events = division_events({"games": games})
    assert events["game_id"].tolist() == ["2022_01_LV_KC"]
    assert events["event_id"].tolist() == ["division_game_2022_01_LV_KC"]


def home_weeks(*stadiums: str, team: str = "DET", roof: str = "dome") -> list[dict[str, object]]:
    days = pd.date_range("2022-09-11", periods=len(stadiums), freq="7D")
    return [
        game(i + 1, team, f"V{i}", day=str(day.date()), stadium=stadium, roof=roof)
        for i, (day, stadium) in enumerate(zip(days, stadiums, strict=True))
    ]


def test_venue_changes_are_abroad_neutral_or_moved_and_never_the_final() -> None:
    rows = home_weeks("Ford Field", "Ford Field", "Ford Field", "Elsewhere Park")
    abroad = game(6, "DET", "ATL", day="2022-10-16", neutral=True, stadium="Wembley Stadium")
    neutral = game(7, "DET", "GB", day="2022-10-23", neutral=True, stadium="Somewhere Dome")
    final = game(22, "DET", "KC", day="2023-02-12", neutral=True, stadium="State Farm Stadium", kind="SB")
    games = schedule(*rows, abroad, neutral, final)
    events, kickoffs = venue_events({"games": games}), games.set_index("game_id")["kickoff_utc"]
    changes = events[events["type"].eq("venue_change")].set_index("week")
    assert changes["detail"].to_dict() == {4: "moved", 6: "abroad", 7: "neutral"}
    assert changes["known_at"].eq(changes["game_id"].map(kickoffs)).to_dict() == {4: True, 6: False, 7: True}
    assert changes.loc[6, "known_at"] == abroad["known_at"]
    assert changes["note"].str.contains("no report dates it").to_dict() == {4: True, 6: False, 7: True}


def test_a_move_that_only_kick_off_bounds_is_not_said_to_be_known_at_the_opener() -> None:
    abroad = game(5, "DET", "ATL", day="2022-10-09", neutral=True, stadium="Wembley Stadium")
    rows = home_weeks("Ford Field", "Ford Field", "Ford Field", "Elsewhere Park")
    events = derive_events({"games": schedule(*rows, abroad)}).events
    changes = events[events["type"].eq("venue_change")].set_index("week")
    assert changes["anticipation"].to_dict() == {4: "unknown", 5: "before_open"}
    assert changes["quality"].to_dict() == {4: "derived", 5: "sourced"}


def test_a_team_at_home_under_a_roof_is_shocked_only_in_the_open() -> None:
    rows = home_weeks("Ford Field", "Ford Field")
    away = game(3, "GB", "DET", day="2022-09-25", stadium="Lambeau Field")
    under = game(4, "MIN", "DET", day="2022-10-02", roof="dome", stadium="U.S. Bank Stadium")
    green_bay = home_weeks("Lambeau Field", "Lambeau Field", team="GB", roof="outdoors")
    events = venue_events({"games": schedule(*rows, away, under, *green_bay)})
    assert keys(events[events["type"].eq("dome_team_outdoors")]) == {("dome_team_outdoors", 3, "DET")}


def test_no_schedule_no_shocks() -> None:
    assert schedule_events({}).empty
