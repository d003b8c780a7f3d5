"""From a season's model to what is delivered: what may touch what, to the bit.

Tolerances: coverage of 600 rows of a planted law has a standard error of .012, calibrated on as many .017; two and a
half of them.
"""

import numpy as np
import pytest

from tests.stages.calibration.seasons import SD, parted, said, seasons
from workbench.bayes.conformal.intervals import mid_intervals
from workbench.bayes.conformal.recalibrated import recalibrated
from workbench.bayes.scores.coverage import coverage
from workbench.errors import LeakageError
from workbench.lifecycle.recalibrate import RecalibrationPolicy
from workbench.stages.calibration.deliver import cross_calibrated, delivered

CALIBRATION, SEASON = seasons((2023,), a_week=75, seed=1), seasons((2024,), weeks=12, a_week=50, seed=2)
NARROW = 0.6 * SD


def _changed(rows, chosen):
    """Return rows whose chosen yards are wildly different."""
    return rows.assign(yards=rows["yards"].where(~chosen, 200.0 - rows["yards"]))


def _delivered(calibration=CALIBRATION, season=SEASON, *, sd=NARROW, policy=None):
    return delivered(parted(calibration, season), past=said(calibration, sd=sd), coming=said(season, sd=sd),
                     policy=policy)  # fmt: skip


class TestCrossCalibration:
    @pytest.mark.parametrize("week", [1, 4])
    def test_a_weeks_own_outcomes_never_touch_its_own_half(self, week):
        forecast = said(CALIBRATION, sd=NARROW)
        mine = CALIBRATION["week"].mod(2).eq(week % 2).to_numpy()
        before = cross_calibrated(CALIBRATION, forecast).cdf
        after = cross_calibrated(_changed(CALIBRATION, CALIBRATION["week"].eq(week)), forecast).cdf
        assert np.array_equal(before[mine], after[mine])
        assert not np.allclose(before[~mine], after[~mine])

    def test_each_half_is_calibrated_by_the_other(self):
        forecast = said(CALIBRATION, sd=NARROW)
        odd = CALIBRATION["week"].mod(2).eq(1).to_numpy()
        learned = recalibrated(
            forecast.rows(~odd), CALIBRATION.loc[~odd, "yards"], forecast=forecast.rows(odd)
        ).forecast  # fmt: skip
        assert np.array_equal(cross_calibrated(CALIBRATION, forecast).cdf[odd], learned.cdf)

    def test_narrow_forecasts_come_to_cover(self):
        rows = seasons((2023,), weeks=12, a_week=50, seed=3)
        raw, mended = said(rows, sd=NARROW), cross_calibrated(rows, said(rows, sd=NARROW))
        held = [
            coverage(tuple(mid_intervals(f, 0.9)), rows["yards"], level=0.9, mid=True).mean() for f in (raw, mended)
        ]
        assert held[0] < 0.75
        assert held[1] == pytest.approx(0.9, abs=0.04)

    def test_a_season_of_one_half_stays_as_it_is(self):
        rows = CALIBRATION[CALIBRATION["week"].eq(3)]
        assert np.array_equal(cross_calibrated(rows, said(rows)).cdf, said(rows).cdf)

    def test_what_it_is_given_is_left_alone(self):
        forecast = said(CALIBRATION, sd=NARROW)
        kept = forecast.cdf.copy()
        cross_calibrated(CALIBRATION, forecast)
        assert np.array_equal(forecast.cdf, kept)


class TestDelivery:
    def test_is_the_static_recalibration_where_nothing_triggers(self):
        found = _delivered(policy=RecalibrationPolicy(tolerance=0.5))
        static = recalibrated(said(CALIBRATION, sd=NARROW), CALIBRATION["yards"], forecast=said(SEASON, sd=NARROW))
        assert static.way != "none"
        assert not found.path.weeks["triggered"].any()
        assert np.array_equal(found.path.forecast.cdf, static.forecast.cdf)

    def test_keeps_the_models_own_words_beside_it(self):
        found = _delivered()
        assert np.array_equal(found.raw.cdf, said(SEASON, sd=NARROW).cdf)
        assert np.array_equal(found.raw_past.cdf, said(CALIBRATION, sd=NARROW).cdf)
        assert np.array_equal(found.past.cdf, cross_calibrated(CALIBRATION, said(CALIBRATION, sd=NARROW)).cdf)

    def test_covers_after_a_model_that_did_not(self):
        found = _delivered()
        held = coverage(tuple(found.path.intervals), SEASON["yards"], level=0.9, mid=True)
        assert held.mean() == pytest.approx(0.9, abs=0.04)

    @pytest.mark.parametrize("week", [1, 5, 12])
    def test_of_a_week_is_touched_by_no_outcome_of_it_or_later(self, week):
        policy = RecalibrationPolicy(tolerance=0.01)
        before, after = (
            _delivered(season=s, policy=policy).path for s in (SEASON, _changed(SEASON, SEASON["week"].ge(week)))
        )
        earlier = SEASON["week"].le(week).to_numpy()
        assert np.array_equal(before.forecast.cdf[earlier], after.forecast.cdf[earlier])
        assert before.weeks.iloc[:week].equals(after.weeks.iloc[:week])
        if week < 12:
            assert not np.array_equal(before.forecast.cdf[~earlier], after.forecast.cdf[~earlier])

    def test_of_the_first_week_looks_back_on_the_calibration_season_alone(self):
        found = _delivered()
        last = CALIBRATION["week"].max()
        assert f"to 2023 week {last}" in found.path.weeks["evidence"].iloc[0]
        assert found.path.weeks["rows_seen"].iloc[0] <= len(CALIBRATION)

    def test_mends_a_change_in_mid_season(self):
        wide = SEASON["week"].ge(5)
        mean = 40.0 + 12.0 * SEASON["share"]
        season = SEASON.assign(yards=SEASON["yards"].where(~wide, np.rint(mean + 2.5 * (SEASON["yards"] - mean))))
        found = _delivered(season=season, sd=SD)
        assert found.path.weeks.set_index("week")["triggered"].loc[8:].all()
        late = SEASON["week"].ge(9).to_numpy()
        kept = _delivered(season=season, sd=SD, policy=RecalibrationPolicy(tolerance=0.99))
        held = [
            coverage(tuple(f.path.intervals), season["yards"], level=0.9, mid=True)[late].mean() for f in (found, kept)
        ]
        assert held[1] < 0.6
        assert held[0] > held[1] + 0.15

    def test_unplayed_rows_are_forecast_as_played_ones(self):
        last = SEASON["week"].eq(12)
        found = _delivered(season=SEASON.assign(yards=SEASON["yards"].mask(last)))
        assert np.array_equal(found.path.forecast.cdf, _delivered().path.forecast.cdf)

    def test_refuses_seasons_that_are_swapped(self):
        with pytest.raises(LeakageError, match="weeks before every row asked about"):
            _delivered(calibration=SEASON, season=CALIBRATION)
