"""Difference-in-differences with unit and time effects."""

import numpy as np
import pandas as pd
import pytest

from workbench.causal.panels.fixed_effects import FixedEffectsDiD, fixed_effects_did
from workbench.errors import ValidationError

#: Two packages, one least-squares problem.
SAME = 1e-6


def panel(seed: int = 0, *, effect: float = 2.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(30), 6), np.tile(np.arange(6), 30)
    treated = ((unit < 12) & (time >= 3)).astype(float)
    outcome = rng.normal(0, 3, 30)[unit] + 0.5 * time + effect * treated + rng.normal(0, 1, len(unit))
    return pd.DataFrame({"unit": unit, "time": time, "treated": treated, "outcome": outcome})


def estimate(rows: pd.DataFrame):
    return fixed_effects_did(rows, unit="unit", time="time", outcome="outcome", treatment="treated")


def test_two_units_and_two_times_give_the_difference_of_differences():
    rows = pd.DataFrame({
        "unit": [1, 1, 2, 2, 3, 3], "time": [0, 1] * 3, "treated": [0, 1, 0, 0, 0, 0],
        "outcome": [1.0, 6.0, 2.0, 3.0, 0.0, 3.0],
    })  # fmt: skip
    assert estimate(rows).value == pytest.approx(5 - (1 + 3) / 2)


def test_a_planted_effect_is_recovered():
    found = estimate(panel(effect=2.0))
    assert found.low < 2.0 < found.high
    assert found.standard_error < 0.5


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # the oracle's own
def test_the_effect_and_its_error_are_those_of_feols():
    import pyfixest

    rows = panel(3)
    oracle = pyfixest.feols("outcome ~ treated | unit + time", data=rows, vcov={"CRV1": "unit"})
    found = estimate(rows)
    assert found.value == pytest.approx(float(oracle.coef()["treated"]), abs=SAME)
    # Two conventions of counting six period effects in the small-sample factor of 180 rows: half of 6 / 180.
    assert found.standard_error == pytest.approx(float(oracle.se()["treated"]), rel=0.02)


def test_a_unit_seen_once_says_nothing():
    rows = panel(4)
    once = pd.concat([rows, pd.DataFrame({"unit": [99], "time": [5], "treated": [1.0], "outcome": [80.0]})])
    assert estimate(once).value == pytest.approx(estimate(rows).value, abs=SAME)
    assert estimate(once).rows == len(rows)


def test_repeated_cross_sections_compare_the_means_of_groups():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"group": rng.integers(0, 2, 400), "time": rng.integers(0, 2, 400)})
    rows["treated"] = (rows["group"] * rows["time"]).astype(float)
    rows["outcome"] = rows["group"] + 2 * rows["time"] + 3 * rows["treated"] + rng.normal(size=400)
    means = rows.groupby(["group", "time"])["outcome"].mean()
    expected = means[1, 1] - means[1, 0] - means[0, 1] + means[0, 0]
    design = FixedEffectsDiD(
        outcome="outcome", treatment="treated", unit="group", time="time", cluster="row", repeated=True
    )
    assert design.fit(rows.assign(row=range(400))).value == pytest.approx(expected, abs=SAME)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"treated": 0.0}, "never does"), ({"treated": np.nan}, "must be known"), ({"time": 0}, "there twice")],
)
def test_what_cannot_be_estimated_is_refused_with_its_reason(change, words):
    with pytest.raises(ValidationError, match=words):
        estimate(panel().assign(**change))
