"""Published synthetic controls on their own data.

WITHIN: a fiftieth of the published number, as the issue asks; the papers print two or three digits.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.causal.controls.control_panel import control_panel
from workbench.causal.controls.synthetic_control import ControlSpec, fit_synthetic_control
from workbench.causal.controls.synthetic_did import difference_in_differences, synthetic_did_of
from workbench.stages.studies.causal_benchmarks import BASQUE_PREDICTORS, two_by_two

pytestmark = pytest.mark.real

WITHIN = 0.02


@pytest.fixture(scope="module")
def causal(real_data):
    folder = real_data / "causal"
    if not folder.exists():
        pytest.skip("real data has no folder causal/")
    return folder


def test_proposition_99_is_the_papers(causal):
    """Arkhangelsky et al. (2021), table 1: -15.6 (8.4), -19.6 (9.9) and -27.3 (17.7)."""
    panel = control_panel(
        pd.read_csv(causal / "california_prop99.csv"), unit="State", time="Year", outcome="PacksPerCapita",
        treated_unit="California", treatment_time="1989",
    )  # fmt: skip
    did = synthetic_did_of(panel, rng=np.random.default_rng(1))
    assert did.value == pytest.approx(-15.6, rel=WITHIN)
    assert 8 < did.standard_error < 10
    assert fit_synthetic_control(panel).effect == pytest.approx(-19.5, rel=WITHIN)
    assert difference_in_differences(panel) == pytest.approx(-27.35, rel=WITHIN)


@pytest.mark.parametrize("unit", ["regionname", "regionno"])
def test_the_basque_weights_are_abadie_and_gardeazabals(causal, unit):
    frame = pd.read_csv(causal / "basque.csv")
    first = frame.drop_duplicates("regionname")
    named = {name: f"{value:g}" if unit == "regionno" else name
             for name, value in zip(first["regionname"], first["regionno"], strict=True)}  # fmt: skip
    panel = control_panel(
        frame, unit=unit, time="year", outcome="gdpcap", treated_unit=named["Basque Country (Pais Vasco)"],
        treatment_time="1970", exclude=[named["Spain (Espana)"]],
    )  # fmt: skip
    weights = fit_synthetic_control(panel, spec=ControlSpec(predictors=BASQUE_PREDICTORS, fit_first=5)).weights
    assert weights[named["Cataluna"]] == pytest.approx(0.851, rel=WITHIN)
    assert weights[named["Madrid (Comunidad De)"]] == pytest.approx(0.149, rel=WITHIN)


def test_card_and_kruegers_stores(causal):
    """Card & Krueger (1994), table 3, row 4: 2.75 (1.34) for stores seen twice."""
    stores = pd.read_csv(causal / "card_krueger_njmin3.csv")
    value, error, rows = two_by_two(stores[stores["d"] == 1], change="DEMP", group="nj")
    assert (round(value, 2), round(error, 2), rows) == (2.75, 1.34, 384)
