"""Whether treated units moved like the others before treatment, and whether the test would have noticed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ncfdtr
from scipy.stats import f as f_distribution
from scipy.stats import norm

from workbench.causal.panels.long_panel import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTrends:
    """A joint test that all effects before treatment are zero.

    Attributes
    ----------
    statistic : float
        Wald statistic over its degrees of freedom, times Hotelling's small-sample factor: an F statistic.
    p_value : float
        Missing where there is nothing to test.
    tested : int
        Effects tested (the rank of their covariance).
    largest : float
        Largest of the effects before treatment, in size.
    detectable_slope : float
        The linear drift a period that the test finds four times in five: what a pass does not rule out.
    sentence : str
        The verdict.
    """

    statistic: float
    p_value: float
    tested: int
    largest: float
    detectable_slope: float
    sentence: str


def joint_pre_trends(effects: ArrayLike, covariance: ArrayLike, *, steps: ArrayLike, clusters: int) -> PreTrends:
    """Test effects before treatment jointly.

    Parameters
    ----------
    effects : array_like, shape (n,)
        Before treatment, relative to the reference period.
    covariance : array_like, shape (n, n)
    steps : array_like, shape (n,)
        Periods from the reference (negative), along which a linear drift would grow.
    clusters : int
        Behind the covariance; bounds the test's second degrees of freedom.

    References
    ----------
    .. [1] Roth (2022), doi:10.1257/aeri.20210236: a passed test is weak evidence; hence the detectable slope.

    Examples
    --------
    >>> test = joint_pre_trends([2.0], [[1.0]], steps=[-1], clusters=10_001)
    >>> round(test.statistic, 3), round(test.p_value, 3)
    (4.0, 0.046)
    """
    found, spread = np.asarray(effects, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if found.size == 0:
        return PreTrends(
            statistic=np.nan, p_value=np.nan, tested=0, largest=np.nan, detectable_slope=np.nan,
            sentence="No period before the reference: parallel trends cannot be tested.",
        )  # fmt: skip
    inverse: Floats = np.asarray(np.linalg.pinv(spread, rcond=1e-9, hermitian=True), dtype=np.float64)
    rank = int(np.linalg.matrix_rank(spread, tol=1e-9 * np.abs(spread).max(), hermitian=True))
    room = clusters - rank
    if room < 1:
        return PreTrends(
            statistic=np.nan, p_value=np.nan, tested=rank, largest=float(np.abs(found).max()), detectable_slope=np.nan,
            sentence=f"{rank} effects before treatment are too many for {clusters} clusters to be tested jointly.",
        )  # fmt: skip
    statistic = float(found @ inverse @ found) / rank * room / (clusters - 1)
    p = float(f_distribution.sf(statistic, rank, room))
    slope = _detectable(np.asarray(steps, dtype=np.float64), inverse, rank=rank, room=room)
    return PreTrends(
        statistic=statistic, p_value=p, tested=rank, largest=float(np.abs(found).max()), detectable_slope=slope,
        sentence=_sentence(p, rank=rank, slope=slope),
    )  # fmt: skip


def _detectable(steps: Floats, inverse: Floats, *, rank: int, room: int) -> float:
    """Return the slope at which the test's power is 80 %, by bisection of the noncentral F distribution."""
    unit = float(steps @ inverse @ steps)
    if unit <= 0:
        return float("nan")
    critical = float(f_distribution.ppf(0.95, rank, room))
    low, high = 0.0, 10.0 * float(norm.ppf(0.975) + rank) ** 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if ncfdtr(rank, room, middle, critical) < 0.2 else (middle, high)
    return float(np.sqrt(high / unit))


def _sentence(p: float, *, rank: int, slope: float) -> str:
    if p < 0.05:
        return (
            f"Treated units moved differently before treatment (joint p {p:.3f} over {rank} effects): "
            "doubt the estimate."
        )
    return (
        f"No different movement before treatment is seen (joint p {p:.2f} over {rank} effects); a drift below "
        f"{slope:.2g} a period would often go unseen."
    )
