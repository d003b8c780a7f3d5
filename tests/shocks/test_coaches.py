"""Coaching changes: derived, corrected, dated. The dates of the NFL are the issue's own."""

import pandas as pd
import pytest

from workbench.shocks.coaches import coach_corrections, coaching_comparison, coaching_events
from workbench.store.frames import conform

Tables = dict[str, pd.DataFrame]


def tables(coaches: dict[tuple[int, int], str], *, team: str = "LA") -> Tables:
    """A team at home every week against one opponent, coached by whom each (season, week) names."""
    rows = []
    for (season, week), coach in coaches.items():
        kick = pd.Timestamp(f"{season}-09-07 13:00", tz="America/New_York") + pd.Timedelta(weeks=week - 1)
        rows.append(
            {
                "game_id": f"{season}_{week:02d}_XX_{team}", "season": season, "week": week, "game_type": "REG",
                "kickoff_utc": kick.tz_convert("UTC"), "home_team": team, "away_team": "XX", "neutral": False,
                "known_at": pd.Timestamp(f"{season}-05-15", tz="UTC"), "coach": coach, "team": team,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    return {name: conform(frame, name=name) for name in ("games", "starters")}


def seasons(name: str, *years: int, weeks: int = 17) -> dict[tuple[int, int], str]:
    return {(year, week): name for year in years for week in range(1, weeks + 1)}


def test_a_new_name_within_a_season_is_a_change_of_unknown_cause() -> None:
    coaches = seasons("Ann", 2010) | {(2010, week): "Bob" for week in range(10, 18)}
    event = coaching_events(tables(coaches)).iloc[0]
    assert (event["detail"], event["cause"], event["week"], event["replaced_by"]) == (
        "mid_season",
        "unknown",
        10,
        "Bob",
    )
    assert pd.isna(event["known_at"])
    assert (event["last_week"], event["realised_games"]) == (17, 8)


def test_a_change_between_seasons_is_known_by_the_spring() -> None:
    event = coaching_events(tables(seasons("Ann", 2010) | seasons("Bob", 2011))).iloc[0]
    assert (event["detail"], event["season"], event["week"]) == ("off_season", 2011, 1)
    assert event["known_at"] == pd.Timestamp("2011-05-15", tz="UTC")


def test_a_dismissal_the_column_misses_is_added_and_dated() -> None:
    facts = tables(seasons("Jeff Fisher", 2016))
    assert coaching_events(facts, corrected=False).empty
    event = coaching_events(facts).iloc[0]
    assert (event["week"], event["cause"], event["replaced_by"]) == (15, "fired", "John Fassel")
    assert event["known_at"] == pd.Timestamp("2016-12-12 18:00", tz="America/New_York")
    assert event["quality"] == "sourced"


def test_the_man_added_is_who_the_next_season_is_compared_with() -> None:
    events = coaching_events(tables(seasons("Jeff Fisher", 2016) | seasons("Sean McVay", 2017)))
    assert events["player_id"].tolist() == ["Jeff Fisher", "John Fassel"]
    assert events["detail"].tolist() == ["mid_season", "off_season"]


def test_a_misdated_change_is_moved() -> None:
    coaches = seasons("Norv Turner", 2000) | {(2000, week): "Terry Robiskie" for week in range(4, 18)}
    row = coaching_comparison(tables(coaches, team="WAS")).iloc[0]
    assert (row["derived_week"], row["corrected_week"], row["what"], row["cause"]) == (4, 15, "misdated", "fired")


def test_an_absence_is_no_dismissal() -> None:
    coaches = seasons("Mike Martz", 2005) | {(2005, week): "Joe Vitt" for week in range(6, 18)}
    event = coaching_events(tables(coaches)).iloc[0]
    assert (event["detail"], event["cause"]) == ("absence", "illness")


def test_another_league_is_never_corrected() -> None:
    facts = tables(seasons("Somebody Else", 2016))
    assert coaching_events(facts).empty
    assert coaching_comparison(facts).empty


def test_every_correction_has_a_date_a_cause_and_a_source() -> None:
    listed = coach_corrections()
    assert listed.notna().all().all()
    assert set(listed["cause"]) == {"fired", "resigned", "illness", "suspension", "return"}
    assert set(listed["action"]) == {"confirmed", "misdated", "add", "not_a_change"}
    assert not listed.duplicated(["season", "team", "from_week"]).any()


@pytest.mark.parametrize(
    ("season", "team", "gone", "day"),
    [
        (2016, "LA", "Jeff Fisher", "2016-12-12"), (2015, "MIA", "Joe Philbin", "2015-10-05"),
        (2015, "TEN", "Ken Whisenhunt", "2015-11-03"), (2024, "NYJ", "Robert Saleh", "2024-10-08"),
        (2024, "NO", "Dennis Allen", "2024-11-04"), (2024, "CHI", "Matt Eberflus", "2024-11-29"),
        (2000, "WAS", "Norv Turner", "2000-12-04"),
    ],
)  # fmt: skip
def test_the_known_errors_of_the_column_are_listed(season: int, team: str, gone: str, day: str) -> None:
    listed = coach_corrections().set_index(["season", "team", "out_coach"])
    assert str(listed.loc[(season, team, gone), "date"].date()) == day


def test_changing_the_list_one_is_given_changes_nothing() -> None:
    given = coach_corrections()
    given["cause"] = "nothing"
    assert not coach_corrections()["cause"].eq("nothing").any()
