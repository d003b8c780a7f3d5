"""The trigger and the path: by hand, with the future changed, on planted failures; the trigger's chances.

Tolerances: coverage of a season of 1,400 rows has a standard error of .008, held to three; rates of 2,000 simulated
seasons have one of .011 at worst, held to three.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.bayes.conformal.laws import SUPPORT, normal_forecast
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import coverage
from workbench.errors import LeakageError, ValidationError
from workbench.lifecycle.recalibrate import RecalibrationPolicy, recalibration_path, rolling_coverage
from workbench.lifecycle.recalibration_alternatives import alternatives_table, recalibration_alternatives
from workbench.lifecycle.recalibration_power import trigger_characteristics

WEEKS, PER_WEEK = 20, 70


def _season(season, rng, *, wrong=1.0, weeks=WEEKS, from_week=1):
    """A season whose forecasts claim ``wrong`` times the true standard deviation from a week on."""
    n = weeks * PER_WEEK
    week = np.repeat(np.arange(1, weeks + 1), PER_WEEK)
    means, sds = rng.uniform(10, 60, n), rng.uniform(8, 25, n)
    yards = np.rint(rng.normal(means, sds)).clip(*SUPPORT)
    said = np.where(week >= from_week, wrong, 1.0) * sds
    games = np.array([f"{season}_{w}_{i % 15}" for i, w in enumerate(week)])
    frame = pd.DataFrame({"season": season, "week": week, "game_id": games, "yards": yards})
    return frame, normal_forecast(means, said)


def _path(now, before, **policy):
    return recalibration_path(
        now[0], now[1], calibration_rows=before[0], calibration_forecast=before[1], policy=RecalibrationPolicy(**policy)
    )


def _mid(path, rows, mask=slice(None)):
    held = coverage(tuple(path.intervals), rows["yards"], level=0.9, mid=True)
    return held[mask].mean()


def test_a_calibrated_model_is_kept_and_its_forecasts_are_untouched():
    rng = np.random.default_rng(1)
    before, now = _season(2021, rng), _season(2022, rng)
    path = _path(now, before)
    assert (path.weeks["decision"] == "kept").all()
    np.testing.assert_array_equal(path.forecast.cdf, now[1].cdf)
    assert path.weeks["rows_seen"].eq(4 * PER_WEEK).all()
    assert path.weeks["week"].tolist() == list(range(1, WEEKS + 1))


@pytest.mark.parametrize(("wrong", "way"), [(0.72, "pit"), (0.1, "residuals")])
def test_a_model_that_fails_is_caught_in_its_first_week_and_mended(wrong, way):
    rng = np.random.default_rng(2)
    before, now = _season(2021, rng, wrong=wrong), _season(2022, rng, wrong=wrong)
    path = _path(now, before)
    assert path.weeks["decision"].iloc[0] == "recalibrated"
    assert path.weeks["way"].mode()[0] == way
    assert _mid(path, now[0]) == pytest.approx(0.9, abs=0.024)


def test_a_model_that_fails_from_mid_season_on_is_caught_within_weeks():
    rng = np.random.default_rng(3)
    before, now = _season(2021, rng), _season(2022, rng, wrong=0.6, from_week=6)
    path = _path(now, before)
    first = path.weeks.loc[path.weeks["triggered"], "week"].min()
    assert 7 <= first <= 9
    late = (now[0]["week"] >= 12).to_numpy()
    plain = coverage(now[1], now[0]["yards"], level=0.9, mid=True)[late].mean()
    assert plain < 0.75
    assert abs(_mid(path, now[0], late) - 0.9) < 0.4 * abs(plain - 0.9)


def test_nothing_of_a_week_changes_with_its_own_or_later_outcomes():
    rng = np.random.default_rng(4)
    before, now = _season(2021, rng, wrong=0.7, weeks=5), _season(2022, rng, wrong=0.7, weeks=7)
    changed = now[0].copy()
    changed.loc[changed["week"] >= 5, "yards"] = rng.integers(-20, 200, (changed["week"] >= 5).sum())
    hidden = now[0].copy()
    hidden.loc[hidden["week"] >= 5, "yards"] = np.nan
    upto = (now[0]["week"] <= 5).to_numpy()
    whole = _path(now, before)
    rules = recalibration_alternatives(
        now[0], now[1], calibration_rows=before[0], calibration_forecast=before[1]
    )  # fmt: skip
    for frame in (changed, hidden):
        path = _path((frame, now[1]), before)
        pd.testing.assert_frame_equal(path.weeks.head(5), whole.weeks.head(5))
        np.testing.assert_array_equal(path.forecast.cdf[upto], whole.forecast.cdf[upto])
        np.testing.assert_array_equal(path.intervals.upper[upto], whole.intervals.upper[upto])
        again = recalibration_alternatives(
            frame, now[1], calibration_rows=before[0], calibration_forecast=before[1]
        )  # fmt: skip
        for name, found in rules.items():
            np.testing.assert_array_equal(found.lower[upto], again[name].lower[upto], err_msg=name)
    assert not np.array_equal(_path((changed, now[1]), before).forecast.cdf, whole.forecast.cdf)


def test_the_order_of_rows_changes_nothing_but_their_order():
    rng = np.random.default_rng(5)
    before, now = _season(2021, rng, wrong=0.7, weeks=6), _season(2022, rng, wrong=0.7, weeks=4)
    order = rng.permutation(len(now[0]))
    one, other = _path(now, before), _path((now[0].iloc[order], now[1].rows(order)), before)
    np.testing.assert_allclose(one.forecast.cdf[order], other.forecast.cdf, atol=1e-9)
    np.testing.assert_allclose(one.weeks["coverage"], other.weeks["coverage"])


def test_the_trigger_is_strict_and_counts_rows():
    # 20 games of 5 rows, 85 of 100 held: exactly five points off does not fire, one row more missed does.
    means = np.full(101, 30.0)
    forecast = normal_forecast(means, np.full(101, 10.0))
    frame = pd.DataFrame({"season": 2022, "week": [1] * 100 + [2], "game_id": [f"g{i // 5}" for i in range(101)]})

    def decided(missed, n=100):
        rows = frame.assign(yards=[150.0] * missed + [30.0] * (100 - missed) + [np.nan])
        keep = np.r_[np.arange(100 - n, 100), 100]
        return recalibration_path(
            rows.iloc[keep],
            forecast.rows(keep),
            calibration_rows=rows.iloc[:0],
            calibration_forecast=forecast.rows(np.arange(0)),
        ).weeks.iloc[-1]

    assert decided(15)["decision"] == "kept"
    assert decided(16)["decision"] == "recalibrated"
    assert decided(5)["decision"] == "kept"
    assert decided(4)["decision"] == "recalibrated"  # 96 %: over-cover counts too
    few = decided(30, n=99)
    assert few["decision"] == "too few rows"
    assert "99 rows" in few["evidence"]
    assert "100 are needed" in few["evidence"]


def test_a_window_of_play_offs_reaches_back_until_it_holds_enough_rows():
    rng = np.random.default_rng(12)
    before, now = _season(2021, rng, weeks=10), _season(2022, rng, weeks=3)
    # The last four weeks of the season before have five rows each.
    keep = ((before[0]["week"] <= 6) | (np.arange(700) % PER_WEEK < 5)).to_numpy()
    path = _path(now, (before[0][keep], before[1].rows(keep)))
    assert path.weeks["rows_seen"].tolist() == [20 + 4 * PER_WEEK, 20 + 4 * PER_WEEK, 20 + 4 * PER_WEEK]
    short = _path(now, (before[0][keep], before[1].rows(keep)), window_rows=1)
    assert short.weeks["rows_seen"].tolist() == [20, 15 + PER_WEEK, 10 + 2 * PER_WEEK]
    assert short.weeks["decision"].tolist()[:2] == ["too few rows", "too few rows"]


def test_the_first_week_of_a_model_without_a_past_says_so():
    rng = np.random.default_rng(6)
    now = _season(2022, rng, weeks=1)
    path = _path(now, (now[0].iloc[:0], now[1].rows(np.arange(0))))
    row = path.weeks.iloc[0]
    assert row["decision"] == "too few rows"
    assert row["evidence"] == "No earlier row is known."
    assert np.isnan(row["coverage"])


def test_the_interval_of_rolling_coverage_is_clustered_and_stays_within_its_range():
    games = np.repeat([f"g{i}" for i in range(40)], 5)
    alike = np.repeat(np.r_[np.zeros(8), np.ones(32)], 5)
    share, low, high = rolling_coverage(alike, games)
    assert share == 0.8
    # All five rows of a game alike: worth 40 rows or so, by Wilson (.65, .90); as 200 rows it would be (.74, .85).
    assert (low, high) == (pytest.approx(0.65, abs=0.02), pytest.approx(0.90, abs=0.02))
    share, low, high = rolling_coverage(np.ones(200), games)
    assert (share, high) == (1.0, 1.0)
    assert 0.97 < low < 0.99


def test_calibration_rows_must_come_before_and_frames_must_fit():
    rng = np.random.default_rng(7)
    before, now = _season(2021, rng, weeks=2), _season(2022, rng, weeks=2)
    with pytest.raises(LeakageError, match="before every row"):
        _path(before, now)
    with pytest.raises(ValidationError, match="game_id"):
        _path((now[0].drop(columns="game_id"), now[1]), before)
    with pytest.raises(ValidationError, match="needs rows"):
        _path((now[0].iloc[:0], now[1].rows(np.arange(0))), before)
    with pytest.raises(ValidationError, match="policy"):
        RecalibrationPolicy(level=90)


def test_always_on_rules_stand_beside_the_trigger():
    rng = np.random.default_rng(8)
    before, now = _season(2021, rng, wrong=0.75), _season(2022, rng, wrong=0.75)
    path = _path(now, before)
    rules = recalibration_alternatives(now[0], now[1], calibration_rows=before[0], calibration_forecast=before[1])
    table = alternatives_table(now[0], rules, path=path).set_index("rule")
    assert set(table.index) == {*rules, "trigger"}
    assert table.loc["as it is", "coverage"] < 0.82
    mended = table.drop(index="as it is")
    assert (abs(mended["coverage"] - 0.9) < 0.024).all()
    assert (table["low"] < table["coverage"]).all()
    assert (table["coverage"] < table["high"]).all()
    assert (mended["width"] > table.loc["as it is", "width"]).all()


def test_chances_of_the_trigger_meet_the_binomial():
    # No sharing within games, one window of 100 rows: weekly rate P(|X/100 - .9| > .05), X binomial.
    found = trigger_characteristics(
        rng=np.random.default_rng(9), coverages=(0.9, 0.8), windows=(2,), games_a_week=10, rows_a_game=5, shared=0.0
    ).set_index(["true_coverage", "since"])
    for true in (0.9, 0.8):
        exact = stats.binom.cdf(84, 100, true) + stats.binom.sf(95, 100, true)
        assert found.loc[(true, "always"), "weekly_rate"] == pytest.approx(exact, abs=0.01)


def test_the_policys_window_has_the_chances_it_was_chosen_by():
    found = trigger_characteristics(rng=np.random.default_rng(10), coverages=(0.9, 0.8, 0.26))
    found = found.set_index(["true_coverage", "since"])
    assert found["window_weeks"].eq(RecalibrationPolicy().window_weeks).all()
    assert found.loc[(0.9, "always"), "season_rate"] < 0.1 + 0.033
    assert found.loc[(0.8, "this season"), "by_week_4"] == pytest.approx(0.84, abs=0.033)
    assert found.loc[(0.26, "always"), "median_first_week"] == 1
    assert found.loc[(0.26, "this season"), "median_first_week"] == 2


def test_a_path_reads_forecasts_on_one_support_only():
    rng = np.random.default_rng(11)
    before, now = _season(2021, rng, weeks=2), _season(2022, rng, weeks=2)
    other = IntegerForecast(type(SUPPORT)(-60, 201), np.column_stack([before[1].cdf, np.ones(len(before[1]))]))
    with pytest.raises(ValidationError, match="one support"):
        _path(now, (before[0], other))
