"""Quarterback changes and values: exits, returns, causes by rule, and no look ahead.

Values are compared at 1e-9: sums of a few floats.
"""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.shocks.anticipation import opener_instants, with_anticipation
from workbench.shocks.quarterback_values import PRIOR_PLAYS, USUAL_PLAYS, quarterback_values
from workbench.shocks.quarterbacks import bound_known, quarterback_events
from workbench.store.frames import conform

Tables = dict[str, pd.DataFrame]
SEASON = 2022


def kickoff(week: int, season: int = SEASON) -> pd.Timestamp:
    return pd.Timestamp(f"{season}-09-08 17:00", tz="UTC") + pd.Timedelta(weeks=week - 1)


def tables(starters: str, *, play_offs: int = 0, season: int = SEASON) -> Tables:
    """A team whose starters are the letters, week by week; the last ``play_offs`` of them in the play-offs."""
    rows = [
        {
            "game_id": f"{season}_{week:02d}_XX_KC", "season": season, "week": week,
            "game_type": "WC" if week > len(starters) - play_offs else "REG", "kickoff_utc": kickoff(week, season),
            "home_team": "KC", "away_team": "XX", "neutral": False, "known_at": kickoff(1, season), "team": "KC",
            "quarterback_id": who, "quarterback_name": f"Mr {who}",
        }
        for week, who in enumerate(starters, start=1)
    ]  # fmt: skip
    return {name: conform(pd.DataFrame(rows), name=name) for name in ("games", "starters")}


def with_reports(
    facts: Tables, *, week: int, status: str = "ACT", code: str = "A01", report: str | None = None
) -> Tables:
    """Add the roster and report of player A in one week; B is on both, so that the season is covered."""
    who = [("A", status, code, report), ("B", "ACT", "A01", "Questionable")]
    rows = pd.DataFrame(
        [
            {
                "season": SEASON, "week": week, "team": "KC", "player_id": p, "status": s, "status_code": c,
                "report_status": r, "known_at": kickoff(week),
            }
            for p, s, c, r in who
        ]
    )  # fmt: skip
    reports = rows.assign(known_at=kickoff(week) - pd.Timedelta(days=2))
    return facts | {"rosters": conform(rows, name="rosters"), "injuries": conform(reports, name="injuries")}


def shape(starters: str) -> list[tuple[str, int, str]]:
    events = quarterback_events(tables(starters))
    return list(events[["type", "week", "player_id"]].itertuples(index=False, name=None))


def test_exit_and_return_are_two_events() -> None:
    assert shape("AABBA") == [("quarterback_exit", 3, "A"), ("quarterback_return", 5, "A")]


def test_the_exit_of_a_stand_in_is_an_exit_and_the_first_choice_still_returns() -> None:
    expected = [("quarterback_exit", 2, "A"), ("quarterback_exit", 3, "B"), ("quarterback_return", 4, "A")]
    assert shape("ABCA") == expected


def test_a_first_choice_hurt_again_leaves_again() -> None:
    kinds = [kind for kind, *_ in shape("ABABA")]
    assert kinds == ["quarterback_exit", "quarterback_return", "quarterback_exit", "quarterback_return"]


@settings(max_examples=15, deadline=None)
@given(st.text(alphabet="ABC", min_size=2, max_size=12))
def test_every_change_is_one_event_and_returns_never_outnumber_exits(starters: str) -> None:
    events = quarterback_events(tables(starters))
    assert len(events) == sum(x != y for x, y in pairwise(starters))
    exits = events["type"].eq("quarterback_exit").sum()
    assert exits >= len(events) - exits
    assert not events["event_id"].duplicated().any()


def test_the_games_missed_run_until_he_starts_again() -> None:
    exit_ = quarterback_events(tables("AABBBA")).iloc[0]
    assert (exit_["realised_games"], exit_["realised_severity"], exit_["last_week"]) == (3, "2-4", 5)
    assert exit_["expected_severity"] == 1.0


@pytest.mark.parametrize(
    ("status", "code", "report", "cause"),
    [
        ("RES", "R40", None, "suspension"),
        ("RES", "R06", "Out", "suspension"),
        ("ACT", "A01", "Out", "injury"),
        ("INA", "A01", "Doubtful", "injury"),
        ("RES", "R01", None, "injury"),
        ("INA", "A01", "Questionable", "injury"),
        ("ACT", "A01", None, "benching"),
        ("ACT", "A01", "Questionable", "unknown"),
        ("INA", "A01", None, "unknown"),
        ("RES", "R02", None, "unknown"),
    ],
)
def test_causes_go_by_rule(status: str, code: str, report: str | None, cause: str) -> None:
    facts = with_reports(tables("AABBB"), week=3, status=status, code=code, report=report)
    assert quarterback_events(facts)["cause"].tolist() == [cause]


def test_a_last_week_off_before_a_play_off_start_is_rest() -> None:
    facts = with_reports(tables("AABA", play_offs=1), week=3)
    assert quarterback_events(facts)["cause"].tolist() == ["rest", "rest"]


def test_without_reports_no_cause_is_guessed() -> None:
    assert quarterback_events(tables("AABA", play_offs=1))["cause"].tolist() == ["unknown", "unknown"]


def test_a_report_dates_the_exit_and_a_reserve_list_only_bounds_it() -> None:
    said = quarterback_events(with_reports(tables("AAB"), week=3, report="Out")).iloc[0]
    assert (said["known_at"], said["quality"]) == (kickoff(3) - pd.Timedelta(days=2), "sourced")
    listed = quarterback_events(with_reports(tables("AAB"), week=3, status="RES", code="R01")).iloc[0]
    assert (listed["known_at"], listed["quality"]) == (kickoff(3), "assumed")


@pytest.mark.parametrize(
    ("code", "report", "dated"), [("A01", "Out", True), ("A01", "Questionable", False), ("A01", None, False)]
)
def test_what_no_report_dates_is_known_at_kick_off_and_never_said_to_move_the_line(
    code: str, report: str | None, dated: bool
) -> None:
    facts = with_reports(tables("AABA"), week=3, code=code, report=report)
    events = quarterback_events(facts)
    judged = with_anticipation(events, opener_instants(facts), bound=bound_known(events))
    exit_, back = (row for _, row in judged.iterrows())
    assert (exit_["known_at"] < kickoff(3), exit_["known_at"] <= kickoff(3)) == (dated, True)
    assert exit_["anticipation"] == ("open_to_close" if dated else "unknown")
    assert exit_["note"].endswith("; no report dates it: known at kick-off at the latest.") != dated
    assert (back["known_at"], back["anticipation"], back["quality"]) == (kickoff(4), "unknown", "derived")


def test_seasons_without_any_report_are_dated_by_kick_off() -> None:
    events = quarterback_events(tables("ABA"))
    assert events["known_at"].tolist() == [kickoff(2), kickoff(3)]
    assert events["quality"].eq("derived").all()


def stats(*rows: tuple[int, int, str, float, float]) -> pd.DataFrame:
    """Season, week, player, attempts and points added by passing."""
    named = ["season", "week", "player_id", "attempts", "passing_epa"]
    frame = pd.DataFrame(rows, columns=named).assign(team="KC", position="QB", player_name="Mr", sacks=0.0, carries=0.0)
    known = [kickoff(week, season) + pd.Timedelta(days=2) for season, week, *_ in rows]
    return conform(frame.assign(known_at=known, rushing_epa=0.0), name="player_weeks")


def test_who_was_named_but_did_not_play_gives_way_to_who_threw() -> None:
    facts = tables("AAA") | {
        "player_weeks": stats((SEASON, 1, "A", 30, 1.0), (SEASON, 2, "B", 30, 1.0), (SEASON, 3, "A", 30, 1.0))
    }
    events = quarterback_events(facts)
    assert events["player_id"].tolist() == ["A", "A"]
    assert events["quality"].tolist() == ["disputed", "disputed"]


def test_a_value_worked_by_hand() -> None:
    """2021 sets the newcomers' level, 10 points on 100 plays; in 2022 he adds 8 on 40: (8 + 300 * .1) / 340 * 38."""
    facts = {"player_weeks": stats((2021, 1, "Z", 100, 10.0), (2022, 1, "A", 40, 8.0))}
    asked = pd.DataFrame({"player_id": ["A", "new", None], "season": 2022, "week": 2})
    value = quarterback_values(asked, facts)
    assert value.iloc[0] == pytest.approx(USUAL_PLAYS * (8.0 + PRIOR_PLAYS * 0.1) / (40 + PRIOR_PLAYS), abs=1e-9)
    assert value.iloc[1] == pytest.approx(USUAL_PLAYS * 0.1, abs=1e-9)
    assert pd.isna(value.iloc[2])


def test_there_is_no_value_before_a_season_lies_behind() -> None:
    facts = {"player_weeks": stats((2021, 1, "A", 40, 8.0))}
    assert quarterback_values(pd.DataFrame({"player_id": ["A"], "season": [2021], "week": [5]}), facts).isna().all()


def test_this_week_and_the_future_never_move_a_value() -> None:
    past = [(2021, 1, "Z", 100, 10.0), (2022, 1, "A", 40, 8.0)]
    asked = pd.DataFrame({"player_id": ["A"], "season": [2022], "week": [2]})
    later = [(2022, 2, "A", 40, -90.0), (2022, 3, "B", 40, 50.0), (2023, 1, "A", 40, 70.0)]
    before = quarterback_values(asked, {"player_weeks": stats(*past)})
    pd.testing.assert_series_equal(before, quarterback_values(asked, {"player_weeks": stats(*past, *later)}))


def test_yards_stand_in_where_points_are_missing() -> None:
    row = stats((2021, 1, "Z", 100, 10.0), (2022, 1, "A", 40, 8.0))
    blank = row.assign(
        passing_epa=row["passing_epa"].mask(row["player_id"].eq("A")), passing_yards=400.0, passing_tds=3.0
    )
    asked = pd.DataFrame({"player_id": ["A", "new"], "season": 2022, "week": 2})
    value = quarterback_values(asked, {"player_weeks": conform(blank, name="player_weeks")})
    assert value.iloc[0] > value.iloc[1]
