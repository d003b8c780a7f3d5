"""Group-time effects and their sums: worked by hand, against other estimators, and where two-way fixed effects fail.

Tolerances: 1e-9 where the same arithmetic is done twice; pyfixest's small-sample factors differ and ours count that
cohort shares are estimated, so standard errors are compared within 6 %; simulated means within four Monte-Carlo
standard errors.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.panels.aggregation import aggregated
from workbench.causal.panels.group_time import group_time_effects
from workbench.causal.panels.imputation import imputed_effects
from workbench.causal.panels.kept_estimators import rows_of, saturated
from workbench.causal.panels.long_panel import long_panel
from workbench.causal.panels.simulated_panel import simulated_panel
from workbench.causal.panels.two_way_fixed_effects import forbidden_share, twfe_weights, two_way_fixed_effects
from workbench.errors import ValidationError

EXACT = 1e-9
STANDARD_ERRORS = 0.06


def panel_of(paths, cohorts, **more):
    """A panel from each unit's outcomes over periods 1, 2, ... and its first treated period."""
    n, periods = np.shape(paths)
    rows = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), periods),
            "time": np.tile(np.arange(1, periods + 1), n),
            "outcome": np.ravel(paths),
            "cohort": np.repeat(cohorts, periods),
        }
    )
    return long_panel(rows.assign(**more), unit="unit", time="time", outcome="outcome", cohort="cohort")


# Two units each: treated from 2, treated from 3, never. The never treated rise by 1 a period on average.
HAND = panel_of(
    [[0, 4, 6, 9], [2, 4, 8, 9], [1, 2, 6, 8], [3, 4, 8, 10], [0, 1, 2, 3], [4, 5, 6, 7]], [2, 2, 3, 3, 0, 0]
)


def cell(effects, cohort, time):
    table = effects.table()
    return table[(table["cohort"] == cohort) & (table["time"] == time)].iloc[0]


class TestByHand:
    def test_each_cell_is_a_difference_of_mean_changes(self):
        never = group_time_effects(HAND, controls="never")
        # Cohort 2 goes from 1 to 4, 7, 9 and the never treated from 2 to 3, 4, 5; cohort 3 from 3 to 7, 9.
        assert [cell(never, 2, t)["estimate"] for t in (2, 3, 4)] == pytest.approx([2, 4, 5])
        assert [cell(never, 3, t)["estimate"] for t in (1, 3, 4)] == pytest.approx([0, 3, 4])

    def test_not_yet_treated_join_the_controls_until_they_start(self):
        notyet = group_time_effects(HAND, controls="notyet")
        # In period 2 four controls rise by one each: 3 - 1; their spread is nil, the treated changes are 4 and 2.
        assert cell(notyet, 2, 2)["estimate"] == pytest.approx(2)
        assert cell(notyet, 2, 2)["standard_error"] == pytest.approx(1)  # sd sqrt(2) over sqrt(2) units
        assert cell(notyet, 2, 3)["estimate"] == pytest.approx(4)  # cohort 3 has started: only the never treated

    def test_sums_weigh_cells_by_units_and_horizons_alike(self):
        effects = group_time_effects(HAND, controls="never")
        by = {kind: aggregated(effects, kind=kind) for kind in ("simple", "dynamic", "group", "calendar")}
        assert by["simple"].overall.value == pytest.approx((2 + 4 + 5 + 3 + 4) / 5)
        assert by["dynamic"].table.set_index("key")["estimate"].to_dict() == pytest.approx(
            {-2: 0, -1: 0, 0: 2.5, 1: 4, 2: 5}
        )
        assert by["dynamic"].overall.value == pytest.approx((2.5 + 4 + 5) / 3)
        assert by["group"].table["estimate"].tolist() == pytest.approx([11 / 3, 3.5])
        assert by["group"].overall.value == pytest.approx((11 / 3 + 3.5) / 2)
        assert by["calendar"].table["estimate"].tolist() == pytest.approx([2, 3.5, 4.5])

    def test_two_by_two_has_the_welch_standard_error(self):
        panel = panel_of([[0, 3], [0, 5], [0, 1], [0, 2], [0, 0]], [2, 2, 0, 0, 0])
        whole = aggregated(group_time_effects(panel), kind="simple").overall
        assert whole.value == pytest.approx(3)
        assert whole.standard_error == pytest.approx(np.sqrt(2 / 2 + 1 / 3))

    def test_anticipation_moves_the_base_back(self):
        effects = group_time_effects(HAND, controls="never", anticipation=1)
        assert set(effects.table()["cohort"]) == {3}  # cohort 2 has no period two before its start
        assert cell(effects, 3, 3)["estimate"] == pytest.approx((7 - 2) - (4 - 2))
        assert "no period before its anticipation" in effects.notes[0]

    def test_units_missing_at_one_end_leave_that_cell_only(self):
        paths = HAND.outcome.copy()
        paths[0, 2] = np.nan
        effects = group_time_effects(panel_of(paths, [2, 2, 3, 3, 0, 0]), controls="never")
        assert cell(effects, 2, 3)["estimate"] == pytest.approx((8 - 2) - 2)
        assert cell(effects, 2, 3)["treated"] == 1
        assert cell(effects, 2, 4)["estimate"] == pytest.approx(5)


class TestRefuses:
    def test_never_treated_controls_where_there_are_none(self):
        panel = panel_of(HAND.outcome, [2, 2, 3, 3, 4, 4])
        with pytest.raises(ValidationError, match=r"there are none\. Use controls=notyet"):
            group_time_effects(panel, controls="never")

    def test_negative_anticipation(self):
        with pytest.raises(ValidationError, match="0 periods or more, got -1"):
            group_time_effects(HAND, anticipation=-1)


@given(shift=st.floats(-50, 50), scale=st.floats(0.1, 10), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_unit_and_period_effects_do_not_matter_and_units_of_measurement_carry_over(shift, scale, seed):
    rng = np.random.default_rng(seed)
    cohorts = np.repeat([2, 3, 0], 4)
    paths = rng.normal(size=(12, 4))
    moved = scale * (paths + rng.normal(size=(12, 1)) + shift * rng.normal(size=4))
    before, after = (group_time_effects(panel_of(p, cohorts)) for p in (paths, moved))
    assert after.effect == pytest.approx(scale * before.effect, abs=1e-8 * (1 + abs(shift)) * scale)
    assert after.table()["standard_error"].to_numpy() == pytest.approx(
        scale * before.table()["standard_error"].to_numpy()
    )


@pytest.fixture(scope="module")
def drawn():
    made = simulated_panel(np.random.default_rng(7))
    return made, long_panel(made.rows, unit="unit", time="time", outcome="outcome", cohort="cohort")


class TestBesideOthers:
    def test_the_saturated_regression_gives_the_same_as_never_treated_controls(self, drawn):
        # Sun & Abraham (2021, section 4): with never-treated controls and no covariates the two coincide.
        ours = aggregated(group_time_effects(drawn[1], controls="never"), kind="dynamic").table.set_index("key")
        whole, path = saturated(drawn[1])
        theirs = path.set_index("horizon")
        assert theirs["estimate"].to_dict() == pytest.approx(ours["estimate"].drop(-1).to_dict(), abs=1e-7)
        ratio = theirs["standard_error"] / ours["standard_error"].drop(-1)
        assert ratio.to_numpy() == pytest.approx(1, abs=STANDARD_ERRORS)
        simple = aggregated(group_time_effects(drawn[1], controls="never"), kind="simple").overall
        assert whole.value == pytest.approx(simple.value, abs=1e-7)

    def test_two_stages_give_the_imputation_estimate(self, drawn):
        import pyfixest

        rows = rows_of(drawn[1])
        rows["treated"] = (rows["cohort"].gt(0) & (rows["time"] >= rows["cohort"])).astype(float)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas' coming ways, inside the library
            told = pyfixest.did2s(
                rows, yname="outcome", first_stage="~ 0 | unit + time", second_stage="~ treated", treatment="treated",
                cluster="unit",
            ).tidy().loc["treated"]  # fmt: skip
        ours = imputed_effects(drawn[1])
        assert ours.overall.value == ours.two_stage.value == pytest.approx(told["Estimate"], abs=1e-6)
        assert ours.two_stage.standard_error == pytest.approx(told["Std. Error"], rel=0.005)

    def test_two_way_fixed_effects_is_the_dummy_regression(self, drawn):
        panel = drawn[1]
        found = two_way_fixed_effects(panel)
        unit, time = np.nonzero(panel.seen)
        design = np.column_stack(
            [panel.treated[unit, time], np.eye(panel.n_units)[unit], np.eye(panel.n_periods)[time][:, 1:]]
        )
        slope = np.linalg.lstsq(design.astype(float), panel.outcome[unit, time], rcond=None)[0][0]
        assert found.overall.value == pytest.approx(slope, abs=EXACT)


class TestImputation:
    def test_is_worked_by_hand(self):
        found = imputed_effects(HAND)
        # The untreated rise by one a period exactly; units 0 to 3 start from 0, 2, 1 and 3.
        assert found.effects[0].tolist()[1:] == pytest.approx([3, 4, 6])
        assert found.effects[1].tolist()[1:] == pytest.approx([1, 4, 4])
        assert found.overall.value == pytest.approx((3 + 4 + 6 + 1 + 4 + 4 + 3 + 4 + 3 + 4) / 10)
        assert found.path.set_index("horizon")["estimate"].to_dict() == pytest.approx({0: 10 / 4, 1: 16 / 4, 2: 5})

    def test_periods_without_untreated_units_are_not_imputed_and_it_is_said(self):
        panel = panel_of(HAND.outcome, [2, 2, 3, 3, 4, 4])
        found = imputed_effects(panel)
        assert np.isnan(found.effects[:, 3]).all()
        assert "6 treated cells cannot be imputed" in found.notes[0]


class TestTwoWayFixedEffects:
    def test_weights_sum_to_one_and_give_back_the_coefficient_of_noiseless_effects(self, drawn):
        made, panel = drawn
        weights = twfe_weights(panel)
        assert weights.sum() == pytest.approx(1)
        truth = made.rows["truth"].to_numpy().reshape(panel.n_units, panel.n_periods)
        clean = panel_of(truth, np.where(np.isfinite(panel.cohort), panel.cohort + 1, 0))
        assert two_way_fixed_effects(clean).overall.value == pytest.approx((weights * truth).sum())

    def test_an_early_and_a_late_cohort_have_the_published_weights(self):
        # One early (from 2 of 3), one late unit pair (from 3 of 3), no never: Goodman-Bacon's weights for k, l:
        # clean D_k - D_l = 1/3 times 1 - D_k = 1/3; forbidden D_l = 1/3 times D_k - D_l = 1/3: one half each.
        panel = panel_of(np.zeros((4, 3)), [2, 2, 3, 3])
        assert forbidden_share(panel) == pytest.approx(0.5)

    def test_one_cohort_has_neither_negative_weights_nor_forbidden_comparisons(self):
        found = two_way_fixed_effects(panel_of(np.random.default_rng(1).normal(size=(8, 4)), [3] * 4 + [0] * 4))
        assert (found.negative_share, found.forbidden_share) == (0, 0)
        assert "no comparison is forbidden" in found.warning


def test_growing_effects_are_found_where_two_way_fixed_effects_miss_them():
    truths, rows = [], []
    for seed in range(40):
        made = simulated_panel(np.random.default_rng(seed), units=120)
        panel = long_panel(made.rows, unit="unit", time="time", outcome="outcome", cohort="cohort")
        ours, imputed = aggregated(group_time_effects(panel), kind="simple").overall, imputed_effects(panel).overall
        rows.append([ours.value, imputed.value, two_way_fixed_effects(panel).overall.value])
        truths.append([e.low <= made.overall <= e.high for e in (ours, imputed)])
    gap = np.mean(rows, axis=0) - made.overall
    spread = np.std(rows, axis=0) / np.sqrt(len(rows))
    assert np.abs(gap[:2]) == pytest.approx(0, abs=4 * spread[0])
    assert gap[2] < -0.2  # a fifth of the true effect at treatment, measured -0.33
    # 40 draws at 95 %: fewer than 33 inside has a chance below one in 500
    assert np.sum(truths, axis=0).min() >= 33


def test_a_covariate_that_drives_both_trend_and_treatment_is_allowed_for():
    rng = np.random.default_rng(3)
    naive, robust = [], []
    for _ in range(25):
        n = 300
        x = rng.normal(size=n)
        treated = rng.random(n) < 1 / (1 + np.exp(-x))
        paths = np.column_stack([rng.normal(size=n), rng.normal(size=n) + 2 * x + 1.0 * treated])
        frame = pd.DataFrame(
            {"unit": np.repeat(np.arange(n), 2), "time": np.tile([1, 2], n), "outcome": paths.ravel(),
             "cohort": np.repeat(np.where(treated, 2, 0), 2), "x": np.repeat(x, 2)}
        )  # fmt: skip
        names = {"unit": "unit", "time": "time", "outcome": "outcome", "cohort": "cohort"}
        for given_, out in (((), naive), (("x",), robust)):
            whole = aggregated(group_time_effects(long_panel(frame, **names, covariates=given_)), kind="simple").overall
            out.append([whole.value, whole.low <= 1 <= whole.high, whole.standard_error])
    naive, robust = np.array(naive), np.array(robust)
    assert naive[:, 0].mean() > 2
    assert robust[:, 0].mean() == pytest.approx(1, abs=4 * robust[:, 0].std() / np.sqrt(25))
    assert robust[:, 1].sum() >= 20  # 25 at 95 %: fewer has a chance below one in 800
    assert robust[:, 2].mean() == pytest.approx(robust[:, 0].std(), rel=0.4)


def test_uniform_bands_are_wider_than_pointwise_intervals_and_reproducible(drawn):
    effects = group_time_effects(drawn[1])
    one, two = (aggregated(effects, kind="dynamic", rng=np.random.default_rng(4)).table for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    known = one.dropna(subset=["standard_error"])
    width = (known["band_high"] - known["estimate"]) / known["standard_error"]
    assert width.min() == pytest.approx(width.max())
    assert 2.3 < width.max() < 3.1  # thirteen horizons: between one comparison's 1.96 and Bonferroni's 2.89, and noise


def test_clusters_of_copies_have_the_standard_error_of_the_originals():
    rng = np.random.default_rng(2)
    paths, cohorts = rng.normal(size=(20, 3)), np.repeat([2, 3, 0, 0], 5)
    once = group_time_effects(panel_of(paths, cohorts))
    rows = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(60), 3), "time": np.tile([1, 2, 3], 60),
            "outcome": np.repeat(paths, 3, axis=0).ravel(), "cohort": np.repeat(np.repeat(cohorts, 3), 3),
            "town": np.repeat(np.repeat(np.arange(20), 3), 3),
        }
    )  # fmt: skip
    names = {"unit": "unit", "time": "time", "outcome": "outcome", "cohort": "cohort"}
    thrice = group_time_effects(long_panel(rows, **names, cluster="town"))
    assert thrice.effect == pytest.approx(once.effect)
    # The small-sample factors are per group in one and per cluster in the other: 5/4 and less against 20/19.
    ratio = thrice.table()["standard_error"] / once.table()["standard_error"]
    assert ratio.to_numpy() == pytest.approx(1, abs=0.15)
