"""Gates.

Simulated rates have a Monte-Carlo standard error of at most 0.0035 at 20,000 bettors. FACTS rounds to whole percents
and its moves were real (many are zero), ours are normal with the same sd of 1.79: held to 2 points.
"""

import numpy as np
import pytest
from scipy.stats import norm

from workbench.risk.gates import allowed, clv_gate, gate_operating_characteristics, hard, reasons, soft

SD_OF_MOVES = 1.79  # FACTS: spread moves from open to close


def test_five_of_six_hard_gates_are_not_enough() -> None:
    verdicts = [hard(f"gate {i}", True, reason="") for i in range(5)] + [hard("bounds", False, reason="out of bounds")]
    assert not allowed(verdicts)
    assert reasons(verdicts, hard=True) == "out of bounds"


def test_a_soft_gate_warns_and_lets_through() -> None:
    verdicts = [hard("stale", True, reason="old"), soft("price", False, reason="assumed")]
    assert allowed(verdicts)
    assert reasons(verdicts, hard=False) == "assumed"


def test_the_gate_opens_at_the_threshold_and_not_below() -> None:
    assert clv_gate([0.3] * 10).passed
    assert not clv_gate([0.29] * 10).passed
    assert not clv_gate([2.0] * 9).passed


def test_the_gate_weighs_bets_equally_and_leaves_out_what_has_no_close() -> None:
    gate = clv_gate([1.0, 0.0] * 5 + [np.nan] * 7)
    assert (gate.n_bets, gate.mean) == (10, 0.5)
    # sd of five ones and five zeros is .527; 1.96 x .527 / sqrt(10) = .327
    assert (gate.low, gate.high) == pytest.approx((0.173, 0.827), abs=1e-3)


def test_without_bets_the_gate_is_shadow_and_says_how_many_are_needed() -> None:
    gate = clv_gate([])
    assert not gate.passed
    assert "10 needed" in gate.reason


@pytest.mark.parametrize(("n_bets", "published"), [(10, 0.30), (20, 0.23), (32, 0.16)])
def test_a_bettor_without_skill_passes_as_often_as_published(n_bets: int, published: float) -> None:
    moves = norm.ppf((np.arange(2000) + 0.5) / 2000) * SD_OF_MOVES
    (point,) = gate_operating_characteristics(moves, n_bets=[n_bets], rng=np.random.default_rng(1))
    assert point.pass_rate == pytest.approx(published, abs=0.02)
    assert point.pass_rate == pytest.approx(norm.sf(0.3 * np.sqrt(n_bets) / SD_OF_MOVES), abs=4 * point.pass_rate_error)


def test_the_calibrated_threshold_lets_one_unskilled_bettor_in_twenty_pass() -> None:
    moves = norm.ppf((np.arange(2000) + 0.5) / 2000) * SD_OF_MOVES
    (first,) = gate_operating_characteristics(moves, n_bets=[20], rng=np.random.default_rng(1))
    assert first.calibrated_threshold == pytest.approx(1.645 * SD_OF_MOVES / np.sqrt(20), abs=0.03)
    (again,) = gate_operating_characteristics(
        moves, n_bets=[20], threshold=first.calibrated_threshold, rng=np.random.default_rng(2)
    )
    assert again.pass_rate == pytest.approx(0.05, abs=0.01)


def test_skill_passes_more_often() -> None:
    rates = [
        gate_operating_characteristics([1.79], n_bets=[20], true_clv=clv, rng=np.random.default_rng(4))[0].pass_rate
        for clv in (0.0, 0.3, 0.6)
    ]
    assert rates[0] < rates[1] < rates[2]
