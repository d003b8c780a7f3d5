"""Kick-offs of the real schedule: no game at an hour at which nobody plays.

Counts are of the file itself: 102 games at 09:00 in 2000-2005, five of Europe's at 21:30 in 2017 and 2018.
"""

from pathlib import Path

import pandas as pd
import pytest

from workbench.clock import EASTERN
from workbench.data.nflverse.schedule import assumed_kickoffs, results, with_kickoff

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def raw(real_data: Path) -> pd.DataFrame:
    return pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")


@pytest.fixture(scope="module")
def clock(raw: pd.DataFrame) -> pd.DataFrame:
    """The schedule with its repaired Eastern wall clock."""
    dated = with_kickoff(raw)
    local = dated["kickoff_utc"].dt.tz_convert(EASTERN)
    return dated.assign(hour=local.dt.strftime("%H:%M"), day=local.dt.strftime("%Y-%m-%d"))


def test_nobody_kicks_off_before_half_past_nine_and_every_game_keeps_its_day(clock: pd.DataFrame) -> None:
    assert clock["hour"].min() == "09:30"
    assert clock["day"].eq(clock["gameday"]).all()


def test_half_past_nine_is_europe_and_only_europe(clock: pd.DataFrame) -> None:
    early = clock[clock["hour"].lt("11:00")]
    assert early["location"].eq("Neutral").all()
    assert set(early["stadium_id"].str[:3]) == {"LON", "GER", "FRA"}
    assert not clock[clock["stadium_id"].str[:3].isin(["LON", "GER", "FRA"])]["hour"].ge("17:00").any()


def test_each_turned_kick_off_is_counted(raw: pd.DataFrame, clock: pd.DataFrame) -> None:
    turned = clock["gametime"].notna() & clock["hour"].ne(clock["gametime"])
    assert clock[turned].groupby("season").size().to_dict() == {
        **dict.fromkeys(range(2000, 2006), 17), 2017: 3, 2018: 2,
    }  # fmt: skip
    said = {note.feature for note in assumed_kickoffs(raw) if "half a day" in note.reason}
    assert said == {f"kick-off times {season}" for season in (*range(2000, 2006), 2017, 2018)}


def test_a_monday_nights_result_is_known_on_tuesday(clock: pd.DataFrame) -> None:
    night = clock[clock["game_id"].eq("2003_08_MIA_SD") | clock["old_game_id"].eq(2003102700)]
    known = results(night)["known_at"].dt.tz_convert(EASTERN)
    assert known.dt.strftime("%A %H:%M").to_list() == ["Tuesday 01:00"]
