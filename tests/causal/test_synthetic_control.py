"""Synthetic controls of one unit: panels, weights, predictors, placebos, hull.

TIGHT: closed forms and exact fits, solved by non-negative least squares: 1e-8.
SLSQP: pysyncon's inner solver stops at 1e-6 in its loss, which leaves weights within 2e-3.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.controls.control_panel import aggregates, control_panel, first_treated
from workbench.causal.controls.control_placebos import leave_one_out, placebos_in_space, placebos_in_time
from workbench.causal.controls.control_predictors import parse_predictor, predictor_matrix
from workbench.causal.controls.convex_hull import convex_hull_check
from workbench.causal.controls.simplex import simplex_weights
from workbench.causal.controls.synthetic_control import ControlSpec, fit_synthetic_control
from workbench.errors import ValidationError

TIGHT, SLSQP = 1e-8, 2e-3


def long(paths, **more):
    """A long panel of named paths over 2000, 2001, ..."""
    rows = [(u, 2000 + t, float(y)) for u, path in paths.items() for t, y in enumerate(path)]
    return pd.DataFrame(rows, columns=["unit", "year", "y"]).assign(**more)


def panel_of(frame, *, treated="a", at="2003", **options):
    return control_panel(
        frame, unit="unit", time="year", outcome="y", treated_unit=treated, treatment_time=at, **options
    )


def factor_panel(rng, *, effect=-5.0, noise=0.1, n_before=15, n_after=5, donors=12):
    factors = np.cumsum(rng.normal(size=(n_before + n_after, 2)), axis=0)
    loadings = rng.uniform(0, 2, size=(donors, 2))
    own = np.array([0.5, 0.3, 0.2]) @ loadings[:3]
    paths = 40 + factors @ np.vstack([own, loadings]).T
    paths = paths + rng.normal(0, noise, size=paths.shape)
    paths[n_before:, 0] += effect
    frame = long({"a": paths[:, 0]} | {f"d{i}": paths[:, i + 1] for i in range(donors)})
    return panel_of(frame, at=str(2000 + n_before))


class TestPanels:
    PATHS = {"a": [1, 2, 3, 9], "b": [0, 1, 2, 2], "c": [2, 3, 4, 4]}  # noqa: RUF012

    def test_the_first_treated_time_and_the_units_are_told_by_value(self):
        frame = long(self.PATHS)
        frame["unit"] = frame["unit"].map({"a": 17.0, "b": 2.0, "c": 3.0})
        for written in ("17", "17.0"):
            panel = panel_of(frame.sample(frac=1, random_state=1), treated=written, at="2003.0")
            assert (panel.treated, panel.donors, panel.n_before) == ("17", ["2", "3"], 3) or set(panel.donors) == {
                "2",
                "3",
            }
            assert panel.before.tolist() == [2000, 2001, 2002]

    def test_dates_and_text_are_times_too(self):
        assert first_treated(pd.DatetimeIndex(["2000-01-01", "2001-01-01", "2002-01-01"]), "2001-06-01") == 2
        assert first_treated(pd.Index(["2000q1", "2000q2", "2000q3"]), "2000q3") == 2

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"treated": "z"}, "no unit 'z'"),
            ({"at": "1990"}, "two times before"),
            ({"at": "2010"}, "two times before"),
            ({"at": "soon"}, "cannot be read"),
            ({"exclude": ["q"]}, "no unit to exclude 'q'"),
            ({"exclude": ["b"]}, "needs two donors"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_reason(self, change, said):
        with pytest.raises(ValidationError, match=said):
            panel_of(long(self.PATHS), **change)

    def test_two_rows_of_one_unit_and_time_are_refused(self):
        frame = long(self.PATHS)
        with pytest.raises(ValidationError, match="has two at 2000"):
            panel_of(pd.concat([frame, frame.head(1)]))

    def test_a_donor_with_a_hole_is_left_out_and_it_is_noted(self):
        frame = long(self.PATHS | {"d": [1, 1, np.nan, 1]})
        panel = panel_of(frame)
        assert panel.donors == ["b", "c"]
        assert "missing outcomes: d" in panel.notes[0]

    def test_the_sum_of_the_others_is_suspected(self):
        rng = np.random.default_rng(1)
        wide = pd.DataFrame(rng.normal(10, 3, size=(12, 5)), columns=list("abcde"))
        assert aggregates(wide) == []
        assert aggregates(wide.assign(all=wide.sum(axis=1))) == [("all", "sum")]
        assert aggregates(wide.assign(all=wide.mean(axis=1))) == [("all", "mean")]


class TestWeights:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 10_000), st.integers(2, 8), st.integers(2, 9))
    def test_no_other_convex_combination_is_nearer(self, seed, rows, donors):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(rows, donors)), rng.normal(size=rows)
        weights = simplex_weights(x, y)
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1, abs=TIGHT)
        best = np.linalg.norm(x @ weights - y)
        for other in [*rng.dirichlet(np.ones(donors), size=50), *np.eye(donors)]:
            assert best <= np.linalg.norm(x @ other - y) + TIGHT
            step = weights + 0.01 * (other - weights)  # near by too, where a bad optimum would show
            assert best <= np.linalg.norm(x @ step - y) + TIGHT

    def test_a_ridge_evens_them_out(self):
        x, y = np.array([[0.0, 1.0, 4.0], [1.0, 3.0, 2.0]]), np.array([0.0, 1.0])
        assert simplex_weights(x, y).round(6).tolist() == [1, 0, 0]
        assert simplex_weights(x, y, ridge=1e6) == pytest.approx(np.full(3, 1 / 3), abs=1e-4)

    # Compiled for the first time, the library's own docstrings warn of their backslashes.
    @pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
    def test_they_are_pysyncons_at_given_predictor_weights(self):
        from pysyncon import Synth

        rng = np.random.default_rng(3)
        x = pd.DataFrame(rng.normal(size=(5, 8)), columns=[f"u{i}" for i in range(8)])
        shares = rng.dirichlet(np.ones(5))
        theirs = Synth()
        theirs.fit(X0=x.iloc[:, 1:], X1=x["u0"], Z0=x.iloc[:, 1:], Z1=x["u0"], custom_V=shares)
        scaled = np.sqrt(shares)[:, None] * x.div(x.std(axis=1), axis=0).to_numpy()
        assert simplex_weights(scaled[:, 1:], scaled[:, 0]) == pytest.approx(theirs.W, abs=SLSQP)

    def test_a_fit_without_noise_is_exact_and_finds_the_effect(self):
        panel = factor_panel(np.random.default_rng(5), noise=0.0)
        fit = fit_synthetic_control(panel)
        assert fit.pre_rmspe == pytest.approx(0, abs=1e-6)
        assert fit.effect == pytest.approx(-5, abs=1e-5)
        assert fit.weights.sum() == pytest.approx(1, abs=TIGHT)

    def test_moving_all_outcomes_moves_nothing_and_scaling_scales(self):
        panel = factor_panel(np.random.default_rng(6))
        frame = panel.outcomes.rename_axis("year").reset_index().melt(id_vars="year", var_name="unit", value_name="y")
        base = fit_synthetic_control(panel)
        other = fit_synthetic_control(panel_of(frame.assign(y=100 + 3 * frame["y"]), at="2015"))
        assert other.effect == pytest.approx(3 * base.effect, abs=1e-6)
        assert other.weights.to_numpy() == pytest.approx(base.weights.to_numpy(), abs=1e-6)


class TestPredictors:
    def frame(self):
        frame = long({"a": [1, 2, 3, 9], "b": [0, 1, 2, 2], "c": [2, 3, 4, 4]})
        frame["x"] = np.where(frame["year"] < 2003, frame["year"] - 2000.0, 99.0)  # after treatment: must not be seen
        frame.loc[frame["year"] == 2000, "x"] = np.nan
        return frame.assign(low=1.0, high=3.0, **{"a/b:c": 7.0})

    def test_a_plain_column_is_the_mean_of_what_is_there_before_treatment(self):
        values = predictor_matrix(panel_of(self.frame()), ["x", "y:2000:2001", "y@2002", "low/low+high", "low+high"])
        assert values["a"].tolist() == [1.5, 1.5, 3.0, 0.25, 4.0]

    def test_a_column_named_with_signs_is_that_column(self):
        assert predictor_matrix(panel_of(self.frame()), ["a/b:c"])["a"].tolist() == [7.0]
        assert parse_predictor("a/b:c:2000:2001", ["a/b:c"]).columns == ("a/b:c",)

    def test_a_column_that_is_not_there_and_a_donor_without_a_value_are_named(self):
        with pytest.raises(ValidationError, match="'gdp', which is no column"):
            predictor_matrix(panel_of(self.frame()), ["gdp"])
        frame = self.frame()
        frame.loc[frame["unit"] == "c", "x"] = np.nan
        with pytest.raises(ValidationError, match="no value before treatment for: c"):
            predictor_matrix(panel_of(frame), ["x"])

    def test_they_make_the_weights_and_have_weights_of_their_own(self):
        rng = np.random.default_rng(8)
        panel = factor_panel(rng, noise=0.0)
        spec = ControlSpec(predictors=("y:2000:2004", "y:2005:2009", "y:2010:2014"))
        fit = fit_synthetic_control(panel, spec=spec)
        assert fit.predictor_weights.sum() == pytest.approx(1, abs=TIGHT)
        assert list(fit.balance.index) == list(spec.predictors)
        assert fit.effect == pytest.approx(-5, abs=1.0)  # three numbers tell less than fifteen outcomes


class TestHeldAgainst:
    def test_an_effect_stands_out_among_placebos_and_none_does_not(self):
        hits = []
        for effect in (-5.0, 0.0):
            panel = factor_panel(np.random.default_rng(11), effect=effect, noise=0.3)
            fit = fit_synthetic_control(panel)
            space = placebos_in_space(panel, fit, spec=ControlSpec())
            assert space.low < fit.effect < space.high
            hits.append(space.p_value)
        assert hits[0] == pytest.approx(1 / 13)  # first of thirteen
        assert hits[1] > 1 / 13

    def test_placebo_dates_see_nothing_of_what_came_later(self):
        panel = factor_panel(np.random.default_rng(12), effect=-50.0)
        same = factor_panel(np.random.default_rng(12), effect=0.0)
        table = placebos_in_time(panel, spec=ControlSpec())
        pd.testing.assert_frame_equal(table, placebos_in_time(same, spec=ControlSpec()))
        assert table["effect"].abs().max() < 1
        assert len(table) == 4

    def test_leaving_out_a_donor_takes_its_weight_away(self):
        panel = factor_panel(np.random.default_rng(13))
        fit = fit_synthetic_control(panel)
        table, gaps = leave_one_out(panel, fit, spec=ControlSpec())
        assert set(table["left_out"]) == set(fit.weights.index[fit.weights > 1e-3])
        assert gaps.shape == (20, len(table))
        assert (table["pre_rmspe"] >= fit.pre_rmspe - 1e-9).all()  # fewer donors never fit better

    @pytest.mark.parametrize(("level", "verdict", "share"), [(0.0, "passes", 0.0), (500.0, "fails", 1.0)])
    def test_a_unit_beyond_all_donors_is_outside_their_hull(self, level, verdict, share):
        panel = factor_panel(np.random.default_rng(14), noise=0.0)
        frame = panel.outcomes.rename_axis("year").reset_index().melt(id_vars="year", var_name="unit", value_name="y")
        frame.loc[frame["unit"] == "a", "y"] += level
        moved = panel_of(frame, at="2015")
        check = convex_hull_check(moved, pre_rmspe=fit_synthetic_control(moved).pre_rmspe)
        assert (check.verdict, check.outside_share, check.inside) == (verdict, share, level == 0)
