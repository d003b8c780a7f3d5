"""Simulated margins as pictures: the shares on each number, and the bars that games are drawn with."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from workbench.report.figures.parts import Floats
from workbench.report.style import MODEL

#: Margins beyond this are drawn at the edge: one game in three hundred.
EDGE: Final = 42
KEY_NUMBERS: Final = (3, 7)
POINTS: Final = np.arange(-EDGE, EDGE + 1)


def margin_shares(margins: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Return the share of draws at each margin from -EDGE to EDGE, those beyond at the edges.

    Parameters
    ----------
    margins : array_like, shape (n_draws,)
        Home minus away, points.
    weights : array_like, shape (n_draws,), optional
        Draw weights; by default all alike.

    Returns
    -------
    ndarray, shape (2 * EDGE + 1,)
        Sums to one.

    Examples
    --------
    >>> shares = margin_shares([3, 3, -7, 60])
    >>> shares[EDGE + 3].item(), shares[EDGE - 7].item(), shares[2 * EDGE].item()
    (0.5, 0.25, 0.25)
    """
    index = np.clip(np.rint(np.asarray(margins, dtype=np.float64)), -EDGE, EDGE).astype(np.int64).ravel() + EDGE
    tilt = None if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    total = np.bincount(index, weights=tilt, minlength=2 * EDGE + 1)
    return np.asarray(total / total.sum(), dtype=np.float64)


def home_chance(shares: Floats) -> float:
    """Return the home team's share of wins, ties counted half."""
    return float(shares[EDGE + 1 :].sum() + shares[EDGE] / 2)


def mass_on(shares: Floats, numbers: Sequence[int]) -> float:
    """Return the share of games decided by exactly one of these numbers of points."""
    return float(sum(shares[EDGE + k] + shares[EDGE - k] for k in numbers))


def central_margins(shares: Floats, level: float) -> tuple[int, int]:
    """Return the margins between which the middle share of draws lies.

    Examples
    --------
    >>> central_margins(margin_shares(range(-10, 11)), 0.8)
    (-8, 8)
    """
    low, high = np.searchsorted(np.cumsum(shares), [(1 - level) / 2, (1 + level) / 2])
    return int(low) - EDGE, int(high) - EDGE


def margin_bars(axes: Axes, shares: Floats, *, gap: float = 0.12) -> None:
    """Draw the shares: home wins dark, away wins light, ties lightest.

    One outline a side keeps the page small: a slate of sixteen games holds 1,360 bars.
    """
    for chosen, alpha in ((POINTS > 0, 1.0), (POINTS < 0, 0.5), (POINTS == 0, 0.25)):
        sides = np.column_stack([POINTS[chosen] - 0.5 + gap / 2, POINTS[chosen] + 0.5 - gap / 2]).ravel()
        heights = np.column_stack([shares[chosen], np.zeros(int(chosen.sum()))]).ravel()
        axes.stairs(heights, np.append(sides, sides[-1]), fill=True, color=MODEL, alpha=alpha, linewidth=0)
