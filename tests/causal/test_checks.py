"""The checks: planted faults are found, sound designs are left alone, and published values come out.

Tolerances. False alarms are counted over SIMULATIONS invented leagues without any effect; a true rate of 5 % stays
within ALARMS of them with probability above 99.9 % (binomial). PUBLISHED values are given to three decimals.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.causal.designs import ManyDesign, PlainDesign, invented_games
from workbench.causal.checks.base import CheckResult, refits
from workbench.causal.checks.multiple_testing import family_table, multiple_testing
from workbench.causal.checks.placebo_outcome import placebo_outcome
from workbench.causal.checks.placebo_timing import placebo_timing, shifted
from workbench.causal.checks.placebo_treatment import permuted, placebo_treatment
from workbench.causal.checks.power import power_check
from workbench.causal.checks.pre_trends import detectable_slope, joint_p, pre_trends
from workbench.causal.checks.random_common_cause import random_common_cause
from workbench.causal.checks.robustness_value import adjusted, bound, partial_r2, robustness, robustness_value
from workbench.causal.checks.run import CheckPlan, checks_table, gathered, run_checks
from workbench.causal.checks.subset import subset
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

SIMULATIONS = 50
ALARMS = int(stats.binom.ppf(0.999, SIMULATIONS, 0.05))
PUBLISHED = 6e-4
DESIGN = PlainDesign(controls=("rating",))
MANY = ManyDesign(controls=("rating",))
QUICK = CheckPlan(placebos=60, noises=10, subsets=20, placebo_outcomes=("last4_residual",), earlier=(1, 2))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def estimate(p_value: float = 0.5, *, value: float = 1.0, error: float = 1.0) -> Estimate:
    return Estimate(
        value=value, standard_error=error, low=value - 1.96 * error, high=value + 1.96 * error, p_value=p_value,
        rows=900, treated=100, clusters=40, method="least squares", inference="cluster",
    )  # fmt: skip


NULL_CHECKS: dict[str, Callable[[pd.DataFrame, np.random.Generator], CheckResult]] = {
    "placebo treatment": lambda rows, r: placebo_treatment(MANY, rows, rng=r, draws=50),
    "placebo timing": lambda rows, r: placebo_timing(DESIGN, rows),
    "placebo outcome": lambda rows, r: placebo_outcome(DESIGN, rows, outcomes=["last4_residual"]),
    "random common cause": lambda rows, r: random_common_cause(DESIGN, rows, rng=r, draws=10),
    "subset": lambda rows, r: subset(DESIGN, rows, rng=r, draws=20),
    "robustness value": lambda rows, r: robustness_value(DESIGN, rows),
}


@pytest.mark.parametrize("name", sorted(NULL_CHECKS))
def test_where_nothing_is_wrong_a_check_fails_in_about_one_of_twenty(name: str) -> None:
    verdicts = [NULL_CHECKS[name](invented_games(rng(i), seasons=5), rng(1000 + i)).verdict for i in range(SIMULATIONS)]
    assert verdicts.count("fails") <= ALARMS


@pytest.mark.parametrize("known", [True, False])
def test_leads_without_a_trend_fail_in_about_one_of_twenty(known: bool) -> None:
    leads, cov = np.arange(-5, -1), 0.5 * np.eye(4) + 0.5
    paths = rng(3).multivariate_normal(np.zeros(4), cov, size=200)
    frames = (pd.DataFrame({"horizon": leads, "estimate": p, "standard_error": 1.0}) for p in paths)
    verdicts = [pre_trends(f, covariance=cov if known else None).verdict for f in frames]
    assert verdicts.count("fails") <= stats.binom.ppf(0.999, 200, 0.05)


def test_standard_errors_half_as_large_as_they_should_be_fail_the_placebos() -> None:
    liar = PlainDesign(controls=("rating",), error_scale=0.5)
    found = placebo_treatment(liar, invented_games(rng(1)), rng=rng(2), draws=100)
    assert found.verdict == "fails"
    assert len(found.table) == 101


def test_a_planted_effect_lies_outside_its_placebos() -> None:
    found = placebo_treatment(MANY, invented_games(rng(4), effect=4.0), rng=rng(5), draws=100)
    assert found.verdict == "passes"
    assert (found.table["estimate"].abs() >= abs(found.table["estimate"][0])).sum() == 1
    assert "0 lie as far out" in found.sentence


def test_a_treatment_that_never_varies_within_a_week_cannot_be_permuted() -> None:
    rows = invented_games(rng(1)).assign(shock=lambda f: (f["week"] == 3).astype(float))
    assert placebo_treatment(DESIGN, rows, rng=rng(0)).verdict == "cannot say"


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_permuting_keeps_what_each_week_holds(seed: int) -> None:
    r = rng(seed)
    codes, values = r.integers(0, 5, 60), r.normal(size=60)
    lot = permuted(values, codes=codes, rng=r)
    for code in range(5):
        assert sorted(lot[codes == code]) == sorted(values[codes == code])


def test_one_by_one_and_all_at_once_fit_the_same() -> None:
    rows = invented_games(rng(1))
    lots = {f"placebo_{i}": rng(i).permutation(rows["shock"].to_numpy()) for i in range(3)}
    assert refits(DESIGN, rows, treatments=lots) == refits(MANY, rows, treatments=lots)


def test_confounding_by_strength_shows_in_an_earlier_outcome_and_not_once_it_is_held() -> None:
    rows = invented_games(rng(6), confounding=0.4)
    assert placebo_outcome(PlainDesign(), rows, outcomes=["last4_residual"]).verdict == "fails"
    assert placebo_outcome(DESIGN, rows, outcomes=["last4_residual"]).verdict == "passes"


def test_an_earlier_outcome_among_the_controls_is_taken_from_them() -> None:
    rows = invented_games(rng(6), confounding=0.4)
    design = PlainDesign(controls=("last4_residual",))
    assert placebo_outcome(design, rows, outcomes=["last4_residual"]).verdict == "fails"


def test_a_placebo_that_could_not_have_shown_three_points_cannot_say() -> None:
    rows = invented_games(rng(6), seasons=1, teams=4)
    assert (
        placebo_outcome(DESIGN, rows.assign(then=50 * rows["noise_control"]), outcomes=["then"]).verdict == "cannot say"
    )
    assert placebo_outcome(DESIGN, rows, outcomes=[]).verdict == "cannot say"


def test_an_effect_that_starts_before_its_shock_fails_the_timing() -> None:
    rows = invented_games(rng(7), seasons=10)
    early = shifted(rows, treatment=rows["shock"].to_numpy(), games=1)
    rows["margin"] += 6 * early
    assert placebo_timing(DESIGN, rows, earlier=(1,)).verdict == "fails"
    assert placebo_timing(DESIGN, rows, earlier=(3,)).verdict == "passes"


def test_shifting_moves_a_team_s_shock_to_its_game_before_whichever_side_it_plays() -> None:
    rows = pd.DataFrame({"season": 1, "week": [1, 2, 3], "home_team": ["a", "b", "a"], "away_team": ["b", "a", "c"]})
    moved = shifted(rows, treatment=np.array([0.0, 0.0, 1.0]), games=1)
    assert moved.tolist() == [0.0, -1.0, 0.0]
    both = shifted(rows, treatment=np.array([0.0, 2.0, 0.0]), games=1, sides="both")
    assert both.tolist() == [2.0, 0.0, 0.0]


def test_noise_as_a_control_moves_nothing_in_many_rows_and_is_not_judged_in_few() -> None:
    assert random_common_cause(DESIGN, invented_games(rng(8)), rng=rng(9)).verdict == "passes"
    few = invented_games(rng(8), seasons=1, teams=8).head(24)
    assert random_common_cause(DESIGN, few, rng=rng(9), tolerance=9.0).verdict == "cannot say"
    assert random_common_cause(DESIGN, few, rng=rng(9), tolerance=1e-6).verdict == "fails"


def test_an_effect_of_one_season_alone_fails_the_subsets() -> None:
    rows = invented_games(rng(10), seasons=8)
    rows["margin"] += np.where(rows["season"] == 2003, 25.0, 0.0) * rows["shock"]
    found = subset(DESIGN, rows, rng=rng(11))
    assert found.verdict == "fails"
    assert "2003 weighs most" in found.sentence
    assert len(found.table) == 50 + 8


def test_few_treated_rows_make_no_subsets() -> None:
    rows = invented_games(rng(10)).assign(shock=lambda f: (f.index < 5).astype(float))
    assert subset(DESIGN, rows, rng=rng(0)).verdict == "cannot say"


def test_the_published_robustness_of_darfur_comes_out() -> None:
    found = robustness(4.18, 783)  # Cinelli & Hazlett (2020), table 1: RV 13.9 %, RV_alpha 7.6 %, R2 2.2 %
    assert (found.value, found.value_alpha, found.partial_r2) == pytest.approx((0.139, 0.076, 0.022), abs=PUBLISHED)


@pytest.mark.parametrize(
    ("with_treatment", "with_outcome", "value", "error"),
    [(0.0092, 0.1246, 0.0752, 0.0219), (0.0183, 0.2493, 0.0529, 0.0204), (0.0275, 0.3741, 0.0304, 0.0187)],
)  # Cinelli, Ferwerda & Hazlett, sensemakr: bounds once, twice and three times as strong as being female
def test_the_published_bounds_of_darfur_come_out(
    with_treatment: float, with_outcome: float, value: float, error: float
) -> None:
    found = adjusted(0.0973, 0.0233, degrees_of_freedom=783, with_treatment=with_treatment, with_outcome=with_outcome)
    assert found == pytest.approx((value, error), abs=PUBLISHED)


def test_a_confounder_as_strong_as_the_robustness_value_brings_the_estimate_to_zero() -> None:
    rv = robustness(4.18, 783).value
    value, _ = adjusted(4.18, 1.0, degrees_of_freedom=783, with_treatment=rv, with_outcome=rv)
    assert value == pytest.approx(0.0, abs=1e-12)  # an identity: rounding alone


@given(st.floats(0.1, 40), st.integers(10, 5000))
@settings(max_examples=40, deadline=None)
def test_robustness_values_are_shares_and_the_interval_goes_first(t: float, dof: int) -> None:
    found = robustness(t, dof)
    assert 0 <= found.value_alpha <= found.value < 1
    assert (found.value_alpha == 0) == (t / np.sqrt(dof) <= stats.t.isf(0.025, dof - 1) / np.sqrt(dof - 1))


def test_a_bound_worked_by_hand() -> None:
    # d = .1/.9; between = .01/.81; eta^2 = (1 + sqrt(.012346))^2 / (1 - .012346) = 1.25; 1.25 x .2/.8 = .3125
    assert bound(0.1, 0.2) == pytest.approx((1 / 9, 0.3125), abs=1e-12)


def test_slopes_both_ways_give_the_partial_r2() -> None:
    rows = invented_games(rng(12))
    residuals = [PlainDesign(outcome=c, treatment="rating").fit(rows).value for c in ("margin", "last4_residual")]
    left = [
        rows[c] - rows[c].mean() - b * (rows["rating"] - rows["rating"].mean())
        for c, b in zip(("margin", "last4_residual"), residuals, strict=True)
    ]
    expected = np.corrcoef(*left)[0, 1] ** 2
    assert partial_r2(DESIGN, rows, one="margin", other="last4_residual", held=["rating"]) == pytest.approx(expected)


def test_an_effect_that_a_control_like_ours_could_explain_fails_and_a_large_one_passes() -> None:
    weak = invented_games(rng(13), confounding=0.5)
    weak["margin"] += 4 * weak["rating"]
    weak["proxy"] = weak["rating"] + rng(1).normal(0, 1.5, len(weak))
    assert robustness_value(PlainDesign(controls=("proxy",)), weak).verdict == "fails"
    strong = invented_games(rng(14), effect=8.0)
    assert robustness_value(DESIGN, strong).verdict == "passes"
    assert robustness_value(PlainDesign(), strong).verdict == "cannot say"
    assert robustness_value(DESIGN, invented_games(rng(15))).verdict == "cannot say"


def test_the_sign_of_the_effect_does_not_matter_to_its_robustness() -> None:
    rows = invented_games(rng(14), effect=8.0)
    flipped = rows.assign(margin=-rows["margin"])
    one, other = (robustness_value(DESIGN, r).table["adjusted_estimate"].iloc[0] for r in (rows, flipped))
    assert one == pytest.approx(-other)


def test_holm_and_benjamini_hochberg_worked_by_hand() -> None:
    family = {name: estimate(p) for name, p in (("a", 0.01), ("b", 0.02), ("c", 0.03), ("d", 0.5))}
    table = family_table(family)
    assert table["holm"].tolist() == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert table["benjamini_hochberg"].tolist() == pytest.approx([0.04, 0.04, 0.04, 0.5])
    verdicts = {name: multiple_testing(family, member=name).verdict for name in family}
    assert verdicts == {"a": "passes", "b": "cannot say", "c": "cannot say", "d": "cannot say"}


def test_one_lucky_effect_among_many_fails_and_an_untested_one_cannot_say() -> None:
    family = {f"null {i}": estimate(0.5) for i in range(9)} | {"lucky": estimate(0.04), "bare": estimate(float("nan"))}
    assert multiple_testing(family, member="lucky").verdict == "fails"
    assert multiple_testing(family, member="bare").verdict == "cannot say"
    assert len(family_table(family)) == 10
    assert family_table({}).empty


def test_power_names_the_games_that_could_see_three_points() -> None:
    assert power_check(estimate(error=1.5)).verdict == "cannot say"
    assert power_check(estimate(error=1.5)).table["treated_needed"].item() == 197  # 100 x (4.2025 / 3)^2 = 196.2
    assert power_check(estimate(error=1.0)).verdict == "passes"


def test_a_trend_before_the_shock_fails_and_a_flat_precise_path_passes() -> None:
    horizons = np.arange(-4, 4)
    flat = pd.DataFrame({"horizon": horizons, "estimate": 0.0, "standard_error": 0.5})
    assert pre_trends(flat).verdict == "passes"
    assert pre_trends(flat.assign(estimate=flat["horizon"] + 1.0)).verdict == "fails"
    assert pre_trends(flat.assign(standard_error=5.0)).verdict == "cannot say"
    assert pre_trends(flat[flat["horizon"] >= 0]).verdict == "cannot say"


def test_the_trend_named_without_a_covariance_is_seen_at_least_four_times_of_five() -> None:
    steps = np.array([-3.0, -2.0, -1.0])
    slope = detectable_slope(steps, errors=np.ones(3))
    paths = rng(16).normal(slope * steps, 1.0, size=(2000, 3))
    seen = np.mean([joint_p(p, errors=np.ones(3)) < 0.05 for p in paths])
    assert seen > 0.8 - 0.03  # three Monte-Carlo errors of 0.009


def test_more_leads_than_clusters_cannot_be_tested_jointly() -> None:
    path = pd.DataFrame({"horizon": [-4, -3, -2, 0], "estimate": 0.0, "standard_error": 1.0})
    assert pre_trends(path, covariance=np.eye(4), clusters=3).verdict == "cannot say"


def test_a_missing_treatment_is_refused() -> None:
    rows = invented_games(rng(1))
    rows.loc[3, "shock"] = np.nan
    with pytest.raises(ValidationError, match="1 missing of"):
        placebo_treatment(DESIGN, rows, rng=rng(0))


def test_inputs_are_left_as_they_were() -> None:
    rows = invented_games(rng(1))
    before = rows.copy(deep=True)
    run_checks(DESIGN, rows, rng=rng(0), plan=QUICK)
    pd.testing.assert_frame_equal(rows, before)


def test_the_same_seed_gives_the_same_verdicts() -> None:
    rows = invented_games(rng(2), effect=4.0)
    one, other = (checks_table({"a": run_checks(MANY, rows, rng=rng(5), plan=QUICK)}) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_a_large_planted_effect_survives_and_says_so() -> None:
    rows = invented_games(rng(20), effect=5.0, seasons=8)
    family = {"injury": DESIGN.fit(rows), "noise": estimate(0.6)}
    path = pd.DataFrame({"horizon": [-3, -2, 0], "estimate": [0.1, -0.1, 5.0], "standard_error": 0.4})
    checked = run_checks(MANY, rows, rng=rng(21), name="injury", plan=QUICK, family=family, path=path)
    assert checked.survives
    assert len(checked.results) == 9
    assert checked.sentence.startswith("Injury +5")
    assert "survives: no check fails" in checked.sentence


def test_a_confounded_estimate_does_not_survive_and_the_sentence_names_what_failed() -> None:
    rows = invented_games(rng(22), confounding=0.5)
    checked = run_checks(PlainDesign(), rows, rng=rng(23), name="firing", plan=QUICK)
    assert not checked.survives
    assert "does not survive" in checked.sentence
    assert "placebo outcome" in checked.sentence


def test_two_failures_are_told_in_the_plural() -> None:
    results = [CheckResult(name=n, verdict="fails", table=pd.DataFrame(), sentence="") for n in ("one", "two")]
    assert gathered(estimate(), results).sentence.endswith("does not survive: one and two fail.")
