"""Gates: hard ones must all hold, soft ones warn; and the gate that closing line value opens.

Gates return verdicts with their reason in words. Who calls them stores them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Floats = NDArray[np.float64]
#: Normal quantile of a two-sided 95 % interval.
_Z95 = 1.959963984540054
#: A mean this little under the threshold is on it: sums of tenths are not exact.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate's verdict on one bet.

    Attributes
    ----------
    gate : str
    hard : bool
        Whether failing stops the bet (a soft gate only warns).
    passed : bool
    reason : str
        Why it failed, in words; empty where it passed.
    """

    gate: str
    hard: bool
    passed: bool
    reason: str = ""


def hard(gate: str, passed: bool, *, reason: str) -> Verdict:
    """Return the verdict of a gate that must hold."""
    return Verdict(gate=gate, hard=True, passed=passed, reason="" if passed else reason)


def soft(gate: str, passed: bool, *, reason: str) -> Verdict:
    """Return the verdict of a gate that warns."""
    return Verdict(gate=gate, hard=False, passed=passed, reason="" if passed else reason)


def allowed(verdicts: Sequence[Verdict]) -> bool:
    """Whether every hard gate holds: one failure stops the bet, however many others pass."""
    return all(v.passed for v in verdicts if v.hard)


def reasons(verdicts: Sequence[Verdict], *, hard: bool) -> str:
    """Return the reasons of the failed hard gates, or of the soft ones, joined into one phrase."""
    return "; ".join(v.reason for v in verdicts if not v.passed and v.hard == hard)


@dataclass(frozen=True, slots=True)
class ClvGate:
    """Whether closing line value has earned the right to propose bets.

    Attributes
    ----------
    passed : bool
    n_bets : int
    mean, low, high : float
        Mean clv_points with its 95 % interval (normal, bets taken as independent); null without bets.
    threshold : float
    minimum_bets : int
    reason : str
    """

    passed: bool
    n_bets: int
    mean: float
    low: float
    high: float
    threshold: float
    minimum_bets: int
    reason: str


def clv_gate(clv_points: ArrayLike, *, threshold: float = 0.3, minimum_bets: int = 10) -> ClvGate:
    """Judge the shadow bets of the last completed weeks by their stake-unweighted mean CLV in points.

    Parameters
    ----------
    clv_points : array_like, shape (n_bets,)
        Spreads and totals of one league, policy and source; fresh closes of the same source only. Nulls are left out.
    threshold : float, default 0.3
        Points the mean must reach.
    minimum_bets : int, default 10

    Examples
    --------
    >>> clv_gate([0.5] * 9).reason
    'shadow: 9 graded spread and total bets, 10 needed'
    >>> clv_gate([0.5, 0.0] * 6, threshold=0.2).passed
    True
    """
    points = np.asarray(clv_points, dtype=np.float64)
    points = points[np.isfinite(points)]
    n = len(points)
    mean = math.fsum(points) / n if n else float("nan")
    half = _Z95 * float(points.std(ddof=1)) / math.sqrt(n) if n > 1 else float("nan")
    passed = bool(n >= minimum_bets and mean >= threshold - _ROUNDING)
    return ClvGate(
        passed=passed,
        n_bets=n,
        mean=mean,
        low=mean - half,
        high=mean + half,
        threshold=threshold,
        minimum_bets=minimum_bets,
        reason=_gate_reason(passed, n=n, mean=mean, threshold=threshold, minimum_bets=minimum_bets),
    )


def _gate_reason(passed: bool, *, n: int, mean: float, threshold: float, minimum_bets: int) -> str:
    if n < minimum_bets:
        return f"shadow: {n} graded spread and total bets, {minimum_bets} needed"
    verb = "reaches" if passed else "is under"
    state = "open" if passed else "shadow"
    return f"{state}: mean closing line value of {n} bets is {mean:+.2f} points, which {verb} {threshold:+.2f}"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """How a threshold on mean CLV behaves at one number of bets.

    Attributes
    ----------
    n_bets : int
    pass_rate, pass_rate_error : float
        Share of simulated bettors who pass, and its Monte-Carlo standard error.
    calibrated_threshold : float
        The threshold that this bettor passes with the stated rate.
    """

    n_bets: int
    pass_rate: float
    pass_rate_error: float
    calibrated_threshold: float


def gate_operating_characteristics(
    moves: ArrayLike,
    *,
    n_bets: Sequence[int] = (10, 20, 32),
    true_clv: float = 0.0,
    threshold: float = 0.3,
    calibrated_rate: float = 0.05,
    n_simulations: int = 20_000,
    rng: np.random.Generator,
) -> tuple[OperatingPoint, ...]:
    """Simulate how often a bettor of stated skill passes the CLV gate.

    Parameters
    ----------
    moves : array_like, shape (n_moves,)
        Open-to-close moves in points. A bet takes either side with equal chance, so its CLV is the move with a random
        sign, plus ``true_clv``: a bettor without skill at 0. Bets are independent.
    true_clv : float, default 0
        The bettor's true mean CLV in points.
    calibrated_rate : float, default 0.05
        The pass rate that `OperatingPoint.calibrated_threshold` gives (a false-pass rate when ``true_clv`` is 0).

    Notes
    -----
    FACTS: with spread moves of sd 1.79 a zero-skill bettor passes +0.3 in 30 / 23 / 16 % at 10 / 20 / 32 bets.
    """
    sizes = np.abs(np.asarray(moves, dtype=np.float64))
    points = []
    for n in n_bets:
        drawn = rng.choice(sizes, size=(n_simulations, n)) * rng.choice((-1.0, 1.0), size=(n_simulations, n))
        means = drawn.mean(axis=1) + true_clv
        rate = float(np.mean(means >= threshold))
        points.append(
            OperatingPoint(
                n_bets=n,
                pass_rate=rate,
                pass_rate_error=float(np.sqrt(rate * (1.0 - rate) / n_simulations)),
                calibrated_threshold=float(np.quantile(means, 1.0 - calibrated_rate)),
            )
        )
    return tuple(points)
