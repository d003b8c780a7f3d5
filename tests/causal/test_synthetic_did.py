"""Synthetic difference-in-differences, augmented and pooled synthetic controls.

TIGHT: closed forms. AUGSYNTH: pysyncon's simplex weights stop at 1e-12 in their loss, which the ridge step carries on:
2e-3 of the outcome's unit. POOLED: 60 panels of noise sd 3 leave a Monte-Carlo standard error near 0.25.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.controls.augmented_control import augmented_control
from workbench.causal.controls.pooled_synthetic import pooled_synthetic
from workbench.causal.controls.synthetic_did import (
    did_weights,
    difference_in_differences,
    synthetic_did,
    weighted_difference,
)
from workbench.errors import ValidationError
from workbench.stages.studies.control_panels import simulated_panel

TIGHT, AUGSYNTH, POOLED = 1e-8, 2e-3, 0.8


class TestSyntheticDid:
    def test_equal_weights_are_plain_did_worked_by_hand(self):
        panel = simulated_panel(1).panel
        y = panel.matrix
        before, after = y[:20], y[20:]
        by_hand = (after[:, 0].mean() - before[:, 0].mean()) - (after[:, 1:].mean() - before[:, 1:].mean())
        assert difference_in_differences(panel) == pytest.approx(by_hand, abs=TIGHT)

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 1000))
    def test_unit_and_time_effects_of_any_size_change_nothing(self, seed):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=(8, 12))
        moved = y + rng.normal(0, 50, size=(8, 1)) + rng.normal(0, 50, size=(1, 12))
        made = []
        for values in (y, moved):
            units, times = did_weights(values[1:], values[:1], n_before=9)
            assert units.sum() == pytest.approx(1, abs=TIGHT)
            assert times.sum() == pytest.approx(1, abs=TIGHT)
            made.append(weighted_difference(values[1:], values[:1], units=units, times=times))
        # The ridge is set by first differences, which a time effect changes: unit effects alone are tested exactly.
        shifted = y + rng.normal(0, 50, size=(8, 1))
        units, times = did_weights(shifted[1:], shifted[:1], n_before=9)
        assert weighted_difference(shifted[1:], shifted[:1], units=units, times=times) == pytest.approx(
            made[0], abs=1e-6
        )

    def test_an_effect_is_found_with_either_error_and_intervals_hold_it(self):
        rng = np.random.default_rng(4)
        factor = np.cumsum(rng.normal(size=30))
        loading = rng.uniform(0, 2, size=25)
        y = 20 + np.outer(factor, loading) + rng.normal(0, 0.5, size=(30, 25))
        y[20:, :5] += 3.0
        frame = pd.DataFrame(y)
        for errors in ("placebo", "jackknife"):
            made = synthetic_did(frame.iloc[:, 5:], frame.iloc[:, :5], n_before=20, errors=errors, rng=rng)
            assert made.interval[0] < 3 < made.interval[1]
            assert 0 < made.standard_error < 1

    def test_one_treated_unit_has_no_jackknife(self):
        frame = pd.DataFrame(np.random.default_rng(1).normal(size=(10, 5)))
        with pytest.raises(ValidationError, match="two treated units"):
            synthetic_did(frame.iloc[:, 1:], frame.iloc[:, :1], n_before=6, errors="jackknife",
                          rng=np.random.default_rng(1))  # fmt: skip


class TestAugmented:
    # Compiled for the first time, the library's own docstrings warn of their backslashes.
    @pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
    def test_it_is_pysyncons_at_the_same_penalty(self):
        from pysyncon import AugSynth, Dataprep

        panel = simulated_panel(2).panel
        frame = panel.outcomes.rename_axis("t").reset_index().melt(id_vars="t", var_name="u", value_name="y")
        prep = Dataprep(
            foo=frame, predictors=["y"], predictors_op="mean", dependent="y", unit_variable="u", time_variable="t",
            treatment_identifier="treated", controls_identifier=panel.donors, time_predictors_prior=range(1, 21),
            time_optimize_ssr=range(1, 21),
        )  # fmt: skip
        theirs = AugSynth()
        theirs.fit(dataprep=prep, lambda_=5.0, use_covariates=False)
        ours = augmented_control(panel, penalty=5.0)
        assert ours.weights.to_numpy() == pytest.approx(theirs.W, abs=AUGSYNTH)

    def test_weights_sum_to_one_and_the_past_fits_no_worse_than_without_the_ridge(self):
        from workbench.causal.controls.synthetic_control import fit_synthetic_control

        panel = simulated_panel(3).panel
        made = augmented_control(panel)
        assert made.pre_rmspe <= fit_synthetic_control(panel).pre_rmspe + TIGHT
        # Centred donors: the ridge step adds weights that sum to zero.
        assert made.weights.sum() == pytest.approx(1, abs=1e-6)

    def test_a_huge_penalty_leaves_the_synthetic_control(self):
        panel = simulated_panel(3).panel
        from workbench.causal.controls.synthetic_control import fit_synthetic_control

        assert augmented_control(panel, penalty=1e12).value == pytest.approx(
            fit_synthetic_control(panel).effect, abs=1e-4
        )


class TestPooled:
    def seasons(self, effect, *, seed=1, groups=12):
        rng = np.random.default_rng(seed)
        rows, treated = [], []
        for group in range(groups):
            strength = rng.normal(0, 4, size=14)
            for unit in range(14):
                y = strength[unit] + rng.normal(0, 3, size=16)
                if unit < 2:
                    y[8:] += effect
                    treated.append((f"t{unit}", group, 8))
                rows += [(f"t{unit}", group, time, value) for time, value in enumerate(y)]
        panel = pd.DataFrame(rows, columns=["unit", "group", "time", "outcome"])
        return panel, pd.DataFrame(treated, columns=["unit", "group", "time"])

    def test_a_planted_effect_is_found_and_nothing_is_not(self):
        for effect in (4.0, 0.0):
            made = pooled_synthetic(*self.seasons(effect), rng=np.random.default_rng(2))
            assert made.estimate.value == pytest.approx(effect, abs=POOLED)
            assert made.estimate.low < effect < made.estimate.high
            assert (made.estimate.p_value < 0.01) == (effect > 0)
            assert made.estimate.treated == 24

    def test_donors_are_never_treated_themselves(self):
        panel, treatments = self.seasons(4.0)
        made = pooled_synthetic(panel, treatments, rng=np.random.default_rng(2))
        assert (made.cases["donors"] == 12).all()

    def test_what_cannot_be_fitted_is_said(self):
        panel, treatments = self.seasons(0.0, groups=2)
        late = treatments.assign(time=[2, 8, 8, 8])
        made = pooled_synthetic(panel, late, rng=np.random.default_rng(2))
        assert len(made.cases) == 3
        assert "too few games" in made.left_out[0]
        with pytest.raises(ValidationError, match="None of 4 treatments"):
            pooled_synthetic(panel, late.assign(time=1), rng=np.random.default_rng(2))
