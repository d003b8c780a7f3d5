"""How far trends may differ before an effect is in doubt: sensitivity after Rambachan & Roth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from workbench.causal.panels.fixed_length import shortest_half_length
from workbench.causal.panels.long_panel import Floats
from workbench.errors import ValidationError

_Z: Final = float(norm.ppf(0.975))
_MBARS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
#: Bisection steps to a breakdown value, and how far it is looked for.
_HALVINGS: Final = 30
_FURTHEST: Final = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAround:
    """An event-study path about its reference period.

    Attributes
    ----------
    before : ndarray of int, shape (n_before,)
        Steps from the reference, -1, -2, ... (nearest first), without a gap.
    after : ndarray of int, shape (n_after,)
        Steps 1, 2, ...
    effect : ndarray, shape (n_before + n_after,)
    covariance : ndarray, shape (n_before + n_after, n_before + n_after)
    target : ndarray, shape (n_after,)
        Weights of the effect looked at, on the steps after.
    """

    before: Floats
    after: Floats
    effect: Floats
    covariance: Floats
    target: Floats

    @property
    def weight(self) -> Floats:
        """The target's weights on the whole path."""
        return np.concatenate([np.zeros(len(self.before)), self.target])

    @property
    def value(self) -> float:
        """The target under parallel trends."""
        return float(self.weight @ self.effect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Honest:
    """Robust intervals of one target, and where they first hold zero.

    Attributes
    ----------
    relative : DataFrame
        ``mbar, low, high``: trends after treatment break by at most ``mbar`` times their worst break before.
    smooth : DataFrame
        ``m, low, high``: slopes of the difference in trends change by at most ``m`` a period; 0 is a straight line.
    relative_breakdown, smooth_breakdown : float
        Largest ``mbar`` and ``m`` at which the interval leaves zero out; 0 where none does, infinite where all do.
    target : str
        What is looked at, in words.
    value : float
        Its estimate under parallel trends.
    notes : tuple of str
    """

    relative: pd.DataFrame
    smooth: pd.DataFrame
    relative_breakdown: float
    smooth_breakdown: float
    target: str
    value: float
    notes: tuple[str, ...]


def path_around(
    horizons: Sequence[int],
    effect: ArrayLike,
    covariance: ArrayLike,
    *,
    reference: int = -1,
    target: Sequence[int] = (),
) -> PathAround:
    """Order a path about its reference period.

    Parameters
    ----------
    horizons : sequence of int, shape (n,)
        Without the reference.
    effect : array_like, shape (n,)
    covariance : array_like, shape (n, n)
    reference : int, default -1
    target : sequence of int
        Horizons averaged; empty: all from 0 on that follow without a gap.

    Raises
    ------
    ValidationError
        If no horizon before or after lies next to the reference, or a target is not among them.
    """
    where = {int(h) - reference: i for i, h in enumerate(horizons)}
    before = [s for s in _run(where, -1)]
    after = [s for s in _run(where, 1)]
    if not before or not any(s + reference >= 0 for s in after):
        raise ValidationError(
            f"Sensitivity needs effects next to the reference {reference} on both sides, got horizons {list(horizons)}."
        )
    aims = [h - reference for h in target] or [s for s in after if s + reference >= 0]
    if not set(aims) <= set(after):
        raise ValidationError(f"The target horizons {list(target)} must follow the reference without a gap.")
    order = [where[s] for s in (*before, *after)]
    weights = np.array([1.0 / len(aims) if s in aims else 0.0 for s in after])
    return PathAround(
        before=np.array(before, dtype=np.float64), after=np.array(after, dtype=np.float64),
        effect=np.asarray(effect, dtype=np.float64)[order],
        covariance=np.asarray(covariance, dtype=np.float64)[np.ix_(order, order)], target=weights,
    )  # fmt: skip


def _run(where: dict[int, int], step: int) -> list[int]:
    found, s = [], step
    while s in where:
        found.append(s)
        s += step
    return found


def relative_interval(path: PathAround, *, mbar: float) -> tuple[float, float]:
    """Return a robust interval when breaks of trend after treatment are at most ``mbar`` times the worst before.

    With pre-treatment steps ``d_s``, the bias of the target is at most ``mbar * c * max |d_s|``, ``c`` the sum of the
    absolute tail sums of the target's weights. Each end is the outermost over ``s`` and both signs of the end of a
    one-sided 97.5 % interval for its linear form, so the interval holds the effect in at least 95 %: whichever step is
    the true maximum has its own form among them. Wider than the paper's conditional intervals, never too narrow.

    Examples
    --------
    >>> path = path_around([-2, 0], [0.5, 3.0], [[0.01, 0.0], [0.0, 0.04]])
    >>> low, high = relative_interval(path, mbar=1.0)
    >>> round(low, 3), round(high, 3)  # 3 -+ (0.5 + 1.96 sqrt(0.04 + 0.01))
    (2.062, 3.938)
    """
    steps = _steps_before(path)
    tails = np.cumsum(path.target[::-1])[::-1]
    scale = mbar * float(np.abs(tails).sum())
    forms = np.vstack([path.weight + sign * scale * steps for sign in (1.0, -1.0)])
    centre = forms @ path.effect
    reach = _Z * np.sqrt(np.einsum("ij,jk,ik->i", forms, path.covariance, forms))
    return float((centre - reach).min()), float((centre + reach).max())


def _steps_before(path: PathAround) -> Floats:
    """Return each step from one pre-treatment effect to the next (the reference is zero) as a form on the path."""
    n = len(path.before)
    steps = np.zeros((n, len(path.effect)))
    for i in range(n):
        steps[i, i] = -1.0
        if i:
            steps[i, i - 1] = 1.0
    return steps


def smooth_interval(path: PathAround, *, m: float) -> tuple[float, float]:
    """Return the fixed-length interval when the difference in trends bends by at most ``m`` a period.

    The centre is the affine estimator, target plus a weighting of the effects before treatment, that makes the interval
    shortest given its worst bias (section 3.2 of the paper); weights depend on the covariance only.

    Examples
    --------
    >>> path = path_around([-2, 0], [0.5, 3.0], [[0.01, 0.0], [0.0, 0.04]])
    >>> low, high = smooth_interval(path, m=0.0)  # a line through the reference takes 0.5 further down: 3 + 0.5
    >>> round(low, 3), round(high, 3)
    (3.062, 3.938)
    """
    weights, half = shortest_half_length(path.before, path.after, target=path.target, covariance=path.covariance, m=m)
    centre = float(weights @ path.effect)
    return centre - half, centre + half


def honest_sensitivity(path: PathAround, *, target: str = "mean effect after treatment") -> Honest:
    """Return robust intervals over both restrictions with their breakdown values.

    The grid of ``m`` runs to where the interval holds zero, or to half the estimate a period.

    References
    ----------
    .. [1] Rambachan & Roth (2023), doi:10.1093/restud/rdad018
    """
    relative = pd.DataFrame([(b, *relative_interval(path, mbar=b)) for b in _MBARS], columns=["mbar", "low", "high"])
    broken = _breakdown(lambda mbar: relative_interval(path, mbar=mbar), start=1.0)
    bent = _breakdown(lambda m: smooth_interval(path, m=m), start=max(abs(path.value), 1e-9) / 10)
    top = bent * 1.5 if 0 < bent < np.inf else abs(path.value) / 2
    grid = np.linspace(0, top, 7)
    smooth = pd.DataFrame([(m, *smooth_interval(path, m=float(m))) for m in grid], columns=["m", "low", "high"])
    notes = (
        "Relative magnitudes: union of one-sided intervals over the steps before treatment, conservative.",
        "Smoothness: shortest fixed-length interval given its worst bias.",
    )
    return Honest(
        relative=relative, smooth=smooth, relative_breakdown=broken, smooth_breakdown=bent, target=target,
        value=path.value, notes=notes,
    )  # fmt: skip


def _breakdown(interval: Callable[[float], tuple[float, float]], *, start: float) -> float:
    """Return the largest restriction whose interval leaves zero out, by bisection."""

    def holds_zero(value: float) -> bool:
        low, high = interval(value)
        return low <= 0 <= high

    if holds_zero(0.0):
        return 0.0
    low, high = 0.0, start
    while not holds_zero(high):
        low, high = high, 2 * high
        if high > _FURTHEST * start:
            return float("inf")
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds_zero(middle) else (middle, high)
        if high - low < 1e-4 * high:
            break
    return low
