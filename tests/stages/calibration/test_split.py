"""Which seasons teach, calibrate and are forecast. Everything is exact."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stages.calibration.seasons import seasons
from workbench.stages.calibration.split import season_rows


def _rows(*entries: tuple[int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=["season", "week", "yards"])


def test_seasons_are_parted_as_by_hand() -> None:
    rows = _rows((2020, 1, 1.0), (2021, 18, 2.0), (2022, 1, 3.0), (2022, 18, 4.0), (2023, 1, 5.0), (2023, 2, np.nan))
    found = season_rows(rows, season=2023)
    assert found.season == 2023
    assert found.training["yards"].to_list() == [1.0, 2.0]
    assert found.calibration["yards"].to_list() == [3.0, 4.0]
    assert found.forecast["week"].to_list() == [1, 2]
    assert found.forecast["yards"].isna().to_list() == [False, True]


def test_every_part_is_numbered_from_zero() -> None:
    found = season_rows(seasons((2021, 2022, 2023), weeks=2).sample(frac=1.0, random_state=1), season=2023)
    for part in (found.training, found.calibration, found.forecast):
        assert part.index.to_list() == list(range(48))


def test_unknown_yards_neither_teach_nor_calibrate() -> None:
    found = season_rows(_rows((2021, 1, np.nan), (2022, 1, np.nan), (2023, 1, np.nan)), season=2023)
    assert (len(found.training), len(found.calibration), len(found.forecast)) == (0, 0, 1)


def test_weeks_after_the_last_one_asked_for_are_left_out() -> None:
    rows = seasons((2022, 2023), weeks=5, a_week=2)
    found = season_rows(rows, season=2023, last_week=3)
    assert sorted(set(found.forecast["week"])) == [1, 2, 3]
    assert sorted(set(found.calibration["week"])) == [1, 2, 3, 4, 5]


def test_later_seasons_are_in_no_part() -> None:
    found = season_rows(seasons((2021, 2022, 2023, 2024), weeks=1, a_week=2), season=2023)
    assert {*found.training["season"], *found.calibration["season"], *found.forecast["season"]} == {2021, 2022, 2023}


def test_nothing_is_split_into_nothing() -> None:
    found = season_rows(_rows(), season=2023)
    assert found.training.empty
    assert found.calibration.empty
    assert found.forecast.empty


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(2015, 2026), st.integers(1, 22), st.sampled_from([np.nan, 3.0])), max_size=30),
    st.integers(2016, 2025),
)
def test_no_calibration_or_forecast_season_ever_trains(entries: list[tuple[int, int, float]], season: int) -> None:
    found = season_rows(_rows(*entries), season=season)
    assert (found.training["season"] <= season - 2).all()
    assert (found.calibration["season"] == season - 1).all()
    assert (found.forecast["season"] == season).all()
    known = pd.Series([e[0] for e in entries if not np.isnan(e[2])], dtype="int64")
    assert len(found.training) == (known <= season - 2).sum()
    assert len(found.calibration) == (known == season - 1).sum()


@pytest.mark.parametrize("last_week", [None, 4])
def test_the_order_of_the_rows_does_not_matter_to_who_is_in(last_week: int | None) -> None:
    rows = seasons((2021, 2022, 2023), weeks=6, a_week=3)
    one, other = (
        season_rows(r, season=2023, last_week=last_week) for r in (rows, rows.sample(frac=1.0, random_state=2))
    )
    for name in ("training", "calibration", "forecast"):
        keys = ["game_id", "player_id", "yards"]
        pd.testing.assert_frame_equal(
            getattr(one, name).sort_values(keys, ignore_index=True),
            getattr(other, name).sort_values(keys, ignore_index=True),
        )
