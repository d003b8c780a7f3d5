"""What a standard error lets one see."""

import numpy as np
import pytest

from workbench.causal.power import minimal_detectable, n_to_see, power_table, power_to_see
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

#: Power at the minimal detectable effect counts the far tail too, about 1e-6.
NEARLY = 1e-5


def estimate(error: float, treated: int) -> Estimate:
    return Estimate(
        value=1.0, standard_error=error, low=0.0, high=2.0, p_value=0.1, rows=900, treated=treated, clusters=50,
        method="m", inference="cluster",
    )  # fmt: skip


def test_the_minimal_detectable_effect_is_two_point_eight_standard_errors():
    assert minimal_detectable(1.0) == pytest.approx(1.959964 + 0.841621, abs=1e-5)


def test_the_minimal_detectable_effect_is_seen_with_eighty_percent():
    assert power_to_see(minimal_detectable(0.7), 0.7) == pytest.approx(0.80, abs=NEARLY)


def test_with_the_number_needed_the_points_are_seen():
    n = n_to_see(3.0, standard_error=2.0, n=50)
    assert power_to_see(3.0, 2.0 * np.sqrt(50 / n)) >= 0.80
    assert power_to_see(3.0, 2.0 * np.sqrt(50 / (n - 2))) < 0.80


def test_the_table_says_what_is_not_seen_and_how_much_would_be_needed():
    table = power_table({"bye": estimate(0.5, 300), "coach": estimate(2.0, 50)}).set_index("estimate")
    assert table["seen"].tolist() == [True, False]
    assert table.loc["coach", "treated_needed"] == 175


def test_no_standard_error_is_refused():
    with pytest.raises(ValidationError, match="above 0"):
        power_to_see(3.0, float("nan"))
