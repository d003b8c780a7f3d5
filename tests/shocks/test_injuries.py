"""Injuries: each way a spell can begin, go on and end, read off one player's season."""

from collections.abc import Callable

import pandas as pd
import pytest

from workbench.shocks.events import COLUMNS
from workbench.shocks.injuries import injury_events
from workbench.shocks.severity import PRIOR_WEIGHTS

Personnel = Callable[..., dict[str, pd.DataFrame]]
PLAYS = ("AAA", "ACT", "A01", 0.8, None)
#: Ruled out on Friday's report, inactive on Sunday.
OUT = ("AAA", "INA", "A01", None, "Out")
INACTIVE = ("AAA", "INA", "A01", None, None)
RESERVE = ("AAA", "RES", "R01", None, None)


def season(**weeks: tuple[str, str, str, float | None, str | None]) -> dict[int, object]:
    return {week: weeks.get(f"w{week}", PLAYS) for week in range(1, 13)}


def test_a_player_ruled_out_for_two_games_is_one_exit_and_one_return(personnel: Personnel) -> None:
    events = injury_events(personnel(season(w5=OUT, w6=OUT)))
    assert list(events.columns) == list(COLUMNS)
    assert events["type"].to_list() == ["injury", "injury_return"]
    exit_, back = events.iloc[0], events.iloc[1]
    assert (exit_["week"], exit_["last_week"], exit_["realised_games"], exit_["realised_severity"]) == (5, 6, 2, "2-4")
    assert exit_["dose"] == pytest.approx(0.8)
    assert exit_["expected_severity"] == pytest.approx(0.8 * PRIOR_WEIGHTS["WR"])
    assert (exit_["detail"], exit_["cause"], exit_["source_table"]) == ("starter", "injury", "injuries")
    assert exit_["known_at"] == pd.Timestamp("2023-10-06T17:00:00+00:00"), "Friday's report"
    assert exit_["anticipation"] == "open_to_close"
    assert (back["week"], back["game_id"]) == (7, "2023_07_BBB_AAA")
    assert back["anticipation"] == "unknown", "no report clears him: kick-off is only the latest plausible instant"


def test_a_return_the_report_foretold_is_known_then(personnel: Personnel) -> None:
    events = injury_events(personnel(season(w5=OUT, w6=("AAA", "ACT", "A01", 0.7, ""))))
    back = events.set_index("type").loc["injury_return"]
    assert back["known_at"] == pd.Timestamp("2023-10-13T17:00:00+00:00")
    assert back["anticipation"] == "open_to_close"


def test_a_spell_goes_on_while_he_is_inactive_without_a_word(personnel: Personnel) -> None:
    events = injury_events(personnel(season(w5=OUT, w6=INACTIVE, w7=OUT)))
    assert events["type"].to_list() == ["injury", "injury_return"]
    assert events.loc[0, "realised_games"] == 3


def test_a_reserve_list_without_return_is_season_ending(personnel: Personnel) -> None:
    events = injury_events(
        personnel(
            season(**{f"w{week}": RESERVE for week in range(8, 13)}),
        )
    )
    assert events["type"].to_list() == ["injury"]
    only = events.iloc[0]
    assert only["source_table"] == "rosters"
    assert only["anticipation"] == "unknown"
    assert pd.isna(only["realised_games"]), "the newest season may go on"


def test_a_finished_season_tells_how_it_ended(personnel: Personnel) -> None:
    old = personnel(season(**{f"w{week}": RESERVE for week in range(8, 13)}))
    new = personnel({}, season=2024)
    events = injury_events({name: pd.concat([old[name], new[name]], ignore_index=True) for name in old})
    assert events["detail"].to_list() == ["starter, season-ending"]
    assert events["realised_games"].to_list() == [5]
    assert events["realised_severity"].to_list() == ["5+"]


@pytest.mark.parametrize("code", ["R40", "R06", "R02", "R30", "R33"])
def test_the_suspended_and_the_retired_are_not_injured(personnel: Personnel, code: str) -> None:
    assert injury_events(personnel(season(w5=("AAA", "RES", code, None, None)))).empty


def test_the_ill_are_told_from_the_injured(personnel: Personnel) -> None:
    events = injury_events(personnel(season(w5=("AAA", "RES", "R59", None, None))))
    assert events["cause"].to_list() == ["illness", "illness"]


def test_questionable_and_inactive_starts_nothing(personnel: Personnel) -> None:
    assert injury_events(personnel(season(w5=("AAA", "INA", "A01", None, "Questionable")))).empty


def test_a_doubtful_player_who_played_is_an_exit_of_no_games_and_no_return(personnel: Personnel) -> None:
    events = injury_events(personnel(season(w5=("AAA", "ACT", "A01", 0.5, "Doubtful"))))
    assert events["type"].to_list() == ["injury"]
    assert events.loc[0, "realised_games"] == 0
    assert pd.isna(events.loc[0, "realised_severity"])


def test_quarterbacks_and_players_of_few_snaps_are_left_out(personnel: Personnel) -> None:
    assert injury_events(personnel(season(w5=OUT), position="QB")).empty
    few = {week: ("AAA", "ACT", "A01", 0.2, None) for week in range(1, 13)} | {5: OUT}
    assert injury_events(personnel(few)).empty


def test_nothing_after_the_ruling_enters_the_expected_severity(personnel: Personnel) -> None:
    short, long = personnel(season(w5=OUT)), personnel(season(**{f"w{w}": OUT for w in range(5, 13)}))
    known = ["event_id", "known_at", "anticipation", "expected_severity", "dose", "note", "source_rows"]
    pd.testing.assert_series_equal(injury_events(short).loc[0, known], injury_events(long).loc[0, known])


def test_without_rosters_there_are_no_events() -> None:
    assert injury_events({}).empty
    assert list(injury_events({}).columns) == list(COLUMNS)


def test_a_word_after_kickoff_rules_nobody_out_of_that_game(personnel: Personnel) -> None:
    tables = personnel(season(w5=("AAA", "ACT", "A01", 0.4, "Out")))
    late = tables["injuries"].assign(known_at=tables["injuries"]["known_at"] + pd.Timedelta(days=2, hours=1))
    assert injury_events({**tables, "injuries": late}).empty
