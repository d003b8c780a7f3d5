"""Suspensions: the roster code alone decides, and what a code does not say stays open."""

from collections.abc import Callable

import pandas as pd
import pytest

from workbench.shocks.severity import PRIOR_WEIGHTS
from workbench.shocks.suspensions import ASSUMED_SHARE, suspension_events

Personnel = Callable[..., dict[str, pd.DataFrame]]
PLAYS = ("AAA", "ACT", "A01", 0.6, None)


def suspended(first: int, last: int, *, code: str = "R40") -> dict[int, object]:
    out = {week: ("AAA", "RES", code, None, None) for week in range(first, last + 1)}
    return {week: out.get(week, PLAYS) for week in range(1, 13)}


def test_four_games_are_one_suspension_and_one_return(personnel: Personnel) -> None:
    events = suspension_events(personnel(suspended(3, 6))).set_index("type")
    exit_, back = events.loc["suspension"], events.loc["suspension_return"]
    assert (exit_["week"], exit_["last_week"], exit_["realised_games"], exit_["realised_severity"]) == (3, 6, 4, "2-4")
    assert exit_["expected_severity"] == pytest.approx(0.6 * PRIOR_WEIGHTS["WR"])
    assert (exit_["quality"], exit_["anticipation"]) == ("sourced", "unknown")
    assert (back["week"], back["known_at"]) == (7, pd.Timestamp("2023-10-22T17:00:00+00:00"))


def test_a_bye_within_does_not_part_it(personnel: Personnel) -> None:
    weeks = tuple(week for week in range(1, 13) if week != 5)
    states = {week: state for week, state in suspended(3, 6).items() if week in weeks}
    events = suspension_events(personnel(states, weeks=weeks))
    assert events["type"].to_list() == ["suspension", "suspension_return"]
    assert events.loc[0, "realised_games"] == 3


def test_an_unknown_share_is_assumed_and_says_so(personnel: Personnel) -> None:
    first = suspension_events(personnel(suspended(1, 4))).iloc[0]
    assert (first["dose"], first["quality"]) == (ASSUMED_SHARE, "assumed")
    assert "unknown" in first["note"]


def test_the_list_of_those_who_left_is_disputed(personnel: Personnel) -> None:
    events = suspension_events(personnel(suspended(3, 12, code="R06")))
    assert events["quality"].to_list() == ["disputed"]
    assert events["cause"].to_list() == ["left_squad"]
    assert pd.isna(events.loc[0, "realised_games"]), "it has not ended yet"


@pytest.mark.parametrize("code", ["E02", "R02", "R27", "R59", "R01", "R30", "R33"])
def test_no_other_list_is_a_suspension(personnel: Personnel, code: str) -> None:
    assert suspension_events(personnel(suspended(3, 6, code=code))).empty


def test_one_who_is_released_does_not_return(personnel: Personnel) -> None:
    states = suspended(3, 6) | {week: ("AAA", "CUT", "W03", None, None) for week in range(7, 13)}
    assert suspension_events(personnel(states))["type"].to_list() == ["suspension"]
    assert suspension_events({}).empty
