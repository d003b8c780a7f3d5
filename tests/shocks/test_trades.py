"""Trades: the rule's every clause, one at a time."""

from collections.abc import Callable

import pandas as pd
import pytest

from workbench.shocks.trades import trade_events

Personnel = Callable[..., dict[str, pd.DataFrame]]
#: The deadline of 2023 is Tuesday 31 October; week 8 here is played on 29 October.
DEADLINE = pd.Timestamp("2023-10-31T20:00:00+00:00")


def stay(team: str, *, share: float = 0.8) -> tuple[str, str, str, float, None]:
    return (team, "ACT", "A01", share, None)


def moved(week: int, *, share: float = 0.8, gap: int = 0) -> dict[int, object]:
    old = {w: stay("AAA", share=share) for w in range(1, week - gap)}
    return old | {w: stay("BBB", share=share) for w in range(week, 13)}


def test_a_trade_is_one_event_for_each_team(personnel: Personnel) -> None:
    events = trade_events(personnel(moved(6))).set_index("type")
    assert sorted(events.index) == ["trade_in", "trade_out"]
    assert events["team"].to_dict() == {"trade_in": "BBB", "trade_out": "AAA"}
    assert events["week"].to_list() == [6, 6]
    assert set(events["detail"]) == {"star"}
    assert events["dose"].to_list() == pytest.approx([0.8, 0.8])
    assert events["realised_games"].to_list() == [7, 7]
    assert events["last_week"].to_list() == [12, 12]
    assert set(events["anticipation"]) == {"unknown"}


def test_at_the_deadline_the_next_game_is_the_last_in_time_and_the_deadline_dates_it(personnel: Personnel) -> None:
    events = trade_events(personnel(moved(9)))
    assert sorted(events["type"]) == ["trade_in", "trade_out"]
    assert set(events["known_at"]) == {DEADLINE}
    assert trade_events(personnel(moved(10)))["type"].to_list() == ["move"]


def test_a_cut_or_a_practice_squad_between_makes_it_a_move(personnel: Personnel) -> None:
    loose = (("AAA", "CUT", "W03", "waived"), ("AAA", "DEV", "P01", "practice_squad"), ("BBB", "DEV", "P01", "waived"))
    for team, status, code, cause in loose:
        states = moved(6, gap=1) | {5: (team, status, code, None, None)}
        events = trade_events(personnel(states))
        assert events["type"].to_list() == ["move"]
        assert events["cause"].to_list() == [cause]


def test_more_than_two_weeks_between_make_it_a_move(personnel: Personnel) -> None:
    assert sorted(trade_events(personnel(moved(6, gap=1)))["type"]) == ["trade_in", "trade_out"]
    assert trade_events(personnel(moved(6, gap=2)))["type"].to_list() == ["move"]


def test_a_bye_next_to_the_trade_does_not_count(personnel: Personnel) -> None:
    weeks = tuple(week for week in range(1, 13) if week not in (4, 5))
    states = {week: state for week, state in moved(6, gap=2).items() if week in weeks}
    assert sorted(trade_events(personnel(states, weeks=weeks))["type"]) == ["trade_in", "trade_out"]


def test_share_parts_stars_regulars_and_the_rest(personnel: Personnel) -> None:
    assert set(trade_events(personnel(moved(6, share=0.3)))["detail"]) == {"regular"}
    assert trade_events(personnel(moved(6, share=0.2)))["type"].to_list() == ["move"]


def test_a_report_of_the_new_team_dates_a_trade_before_kickoff(personnel: Personnel) -> None:
    states = moved(6) | {6: ("BBB", "ACT", "A01", 0.8, "")}
    known = trade_events(personnel(states)).set_index("type")["known_at"]
    assert known["trade_in"] == pd.Timestamp("2023-10-13T17:00:00+00:00")
    assert known["trade_in"] == known["trade_out"]


def test_a_player_whose_share_nobody_knows_is_no_event(personnel: Personnel) -> None:
    states = {week: (team, "ACT", "A01", None, None) for week, (team, *_) in moved(6).items()}
    assert trade_events(personnel(states)).empty
    assert trade_events({}).empty


def test_a_player_the_old_team_had_not_used_of_late_is_no_trade(personnel: Personnel) -> None:
    idle = {week: ("AAA", "INA", "A01", None, None) for week in range(4, 8)}
    assert trade_events(personnel(moved(8) | idle))["type"].to_list() == ["move"]
    once = idle | {5: stay("AAA", share=0.3)}
    assert sorted(trade_events(personnel(moved(8) | once))["type"]) == ["trade_in", "trade_out"]


def test_a_player_lifted_from_a_practice_squad_that_season_is_no_trade(personnel: Personnel) -> None:
    lifted = moved(8) | {2: ("AAA", "DEV", "P07", None, None)}
    assert trade_events(personnel(lifted))["type"].to_list() == ["move"]
    lifted = moved(8) | {2: ("AAA", "ACT", "P07", 0.8, None)}
    assert trade_events(personnel(lifted))["type"].to_list() == ["move"]
