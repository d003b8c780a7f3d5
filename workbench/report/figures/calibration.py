"""Figures of calibration: said against covered, where outcomes fell, and coverage week by week."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.report.drawing import Finding
from workbench.report.figures.parts import finite, key, say, share_ticks, told, waiting, zero_line
from workbench.report.sentences import count, listing, percent
from workbench.report.style import (
    BASELINE,
    BETTER,
    GRID,
    MARKET_CLOSE,
    MARKET_OPEN,
    MODEL,
    MUTED,
    PAPER,
    WORSE,
    Width,
    canvas,
    drawn,
)

#: Colours and shapes of methods in the order given: the first is what the page is about.
LOOKS: Final = (
    (MODEL, "o", "-"), (MARKET_CLOSE, "s", "--"), (BASELINE, "D", "-."), (MARKET_OPEN, "^", ":"),
    (BETTER, "v", (0, (5, 1))), (WORSE, "P", (0, (1, 1))),
)  # fmt: skip


@drawn
def said_and_covered(
    curves: pd.DataFrame, *, title: str, subtitle: str, label: str = "of outcomes inside", width: Width = "page"
) -> Finding:
    """Draw the share of outcomes inside central intervals against the share they promise.

    Parameters
    ----------
    curves : DataFrame
        ``method, level, covered, low, high`` (shares of one); methods keep their first order, at most six are drawn.
    """
    if curves.empty:
        return waiting(title, subtitle=subtitle, reason="No forecast has met its outcome yet.", width=width)
    figure, axes = canvas(width=width, height=3.6)
    axes.plot([0, 1], [0, 1], color=BASELINE, linewidth=1.0, zorder=1)
    methods = list(dict.fromkeys(curves["method"]))[: len(LOOKS)]
    ends: list[tuple[float, float, str, str]] = []
    for (colour, marker, dash), method in zip(LOOKS, methods, strict=False):
        rows = curves[curves["method"].eq(method)].sort_values("level")
        at, covered = finite(rows["level"]), finite(rows["covered"])
        axes.fill_between(at, finite(rows["low"]), finite(rows["high"]), color=colour, alpha=0.14, linewidth=0)
        axes.plot(at, covered, color=colour, linestyle=dash, marker=marker, markersize=4.5)
        ends.append((float(at[-1]), float(covered[-1]), str(method), str(colour)))
    for (x, _, name, colour), height in zip(ends, _apart([end[1] for end in ends]), strict=True):
        say(axes, (x, height), name, dx=8, color=colour)
    axes.set_xlim(0, 1.28)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(np.linspace(0, 1, 6))
    share_ticks(axes.xaxis)
    share_ticks(axes.yaxis)
    axes.set_xlabel("the interval promises")
    axes.set_ylabel(label)
    return told(figure, title, subtitle=subtitle, detail=_at_ninety(curves, methods))


def _apart(heights: Sequence[float], *, gap: float = 0.055) -> list[float]:
    """Return heights moved down as little as keeps labels readable.

    Examples
    --------
    >>> _apart([0.95, 0.94, 0.2])
    [0.95, 0.895, 0.2]
    """
    moved: dict[int, float] = {}
    lowest = np.inf
    for place in sorted(range(len(heights)), key=lambda i: -heights[i]):
        lowest = min(heights[place], lowest - gap)
        moved[place] = round(float(lowest), 6)
    return [moved[place] for place in range(len(heights))]


def _at_ninety(curves: pd.DataFrame, methods: Sequence[str]) -> str:
    near = curves[np.isclose(curves["level"], 0.9)].set_index("method")["covered"]
    said = [f"{m} {percent(near[m], digits=1)}" for m in methods if m in near.index]
    return f"Of 90 % intervals: {listing(said, most=6)}." if said else "The line is perfect calibration."


@drawn
def transform_histogram(
    values: Sequence[float], *, title: str, subtitle: str, bins: int = 20, width: Width = "column"
) -> Finding:
    """Draw where outcomes fell in their forecasts (randomized PIT): flat if calibrated, a hill if too wide.

    Parameters
    ----------
    values : sequence of float
        Between 0 and 1.
    """
    pits = finite(np.asarray(values))
    pits = pits[np.isfinite(pits)]
    if pits.size == 0:
        return waiting(title, subtitle=subtitle, reason="No forecast has met its outcome yet.", width=width)
    figure, axes = canvas(width=width, height=2.5)
    shares = np.histogram(pits, bins=bins, range=(0.0, 1.0))[0] / pits.size
    half = 1.96 * np.sqrt((1 / bins) * (1 - 1 / bins) / pits.size)
    axes.axhspan(1 / bins - half, 1 / bins + half, color=GRID, zorder=0)
    edges = np.linspace(0, 1, bins + 1)
    axes.bar(edges[:-1], shares, width=1 / bins * 0.92, align="edge", color=MODEL, alpha=0.75)
    zero_line(axes, at=1 / bins, vertical=False)
    axes.set_xlim(0, 1)
    share_ticks(axes.xaxis)
    share_ticks(axes.yaxis)
    axes.set_xlabel("share of the forecast below the outcome")
    axes.set_ylabel("of outcomes")
    out = int((np.abs(shares - 1 / bins) > half).sum())
    detail = f"{out} of {bins} bars leave the band that chance alone would fill."
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def coverage_path(
    path: pd.DataFrame, *, title: str, subtitle: str, level: float, tolerance: float, width: Width = "page"
) -> Finding:
    """Draw rolling coverage as it was known before each week, the band in which nothing is done, and what was done.

    Parameters
    ----------
    path : DataFrame
        ``week, coverage, low, high, rows, decision`` (``recalibrated``, ``kept``, or too few rows); coverage null
        where nothing was known.
    level, tolerance : float
        Shares of one.
    """
    known = path[path["coverage"].notna()] if len(path) else path
    if known.empty:
        return waiting(title, subtitle=subtitle, reason="No week has been played yet.", width=width)
    figure, axes = canvas(width=width, height=2.8)
    axes.axhspan(level - tolerance, min(level + tolerance, 1.0), color=GRID, zorder=0)
    zero_line(axes, at=level, vertical=False)
    weeks, covered = finite(known["week"]), finite(known["coverage"])
    axes.vlines(weeks, finite(known["low"]), finite(known["high"]), color=MODEL, linewidth=2.2, alpha=0.4)
    for word, colour, marker, face in (
        ("kept", MODEL, "o", MODEL), ("recalibrated", WORSE, "D", WORSE), ("too few rows", MODEL, "o", PAPER),
    ):  # fmt: skip
        chosen = known["decision"].eq(word).to_numpy()
        look: dict[str, Any] = {"facecolor": face, "edgecolor": colour, "linewidths": 1.3}
        axes.scatter(weeks[chosen], covered[chosen], s=34, marker=marker, zorder=3, **look)
    _decision_key(axes)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    share_ticks(axes.yaxis)
    low = float(np.nanmin(np.append(finite(known["low"]), covered)))  # a week of one game has no interval
    axes.set_ylim(max(0.0, min(low, level - 2 * tolerance) - 0.02), 1.01)
    axes.set_xlabel("before week")
    axes.set_ylabel(f"of {percent(level)} intervals held")
    changed = [str(int(week)) for week in weeks[known["decision"].eq("recalibrated").to_numpy()]]
    detail = f"Recalibrated before week {listing(changed, most=20)}." if changed else "Never recalibrated."
    return told(figure, title, subtitle=subtitle, detail=detail)


def _decision_key(axes: Axes) -> None:
    entries = [("kept", MODEL, "o"), ("recalibrated", WORSE, "D"), ("in the shade nothing is done", BASELINE, "-")]
    key(axes, entries)
    axes.text(1.0, 1.02, "hollow: too few rows", transform=axes.transAxes, ha="right", color=MUTED, fontsize=8.0)


@drawn
def coverage_by_size(
    rows: pd.DataFrame, *, title: str, subtitle: str, level: float = 0.9, width: Width = "page"
) -> Finding:
    """Draw coverage against how many rows were learned from: the lesson of intervals of the mean.

    Parameters
    ----------
    rows : DataFrame
        ``kind, rows, coverage, low, high`` (shares of one), one line a kind.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No network was fitted.", width=width)
    figure, axes = canvas(width=width, height=3.0)
    zero_line(axes, at=level, vertical=False)
    for (colour, marker, dash), kind in zip(LOOKS, dict.fromkeys(rows["kind"]), strict=False):
        mine = rows[rows["kind"].eq(kind)].sort_values("rows")
        at, covered = finite(mine["rows"]), finite(mine["coverage"])
        axes.vlines(at, finite(mine["low"]), finite(mine["high"]), color=colour, linewidth=2.2, alpha=0.4)
        axes.plot(at, covered, color=colour, linestyle=dash, marker=marker, markersize=5)
        say(axes, (float(at[-1]), float(covered[-1])), str(kind), dx=8, color=colour)
    axes.set_xscale("log")
    sizes = sorted(set(finite(rows["rows"])))
    axes.set_xticks(sizes, [f"{int(size):,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlim(min(sizes) * 0.8, max(sizes) * 4.0)
    axes.set_ylim(0, 1.02)
    share_ticks(axes.yaxis)
    axes.set_xlabel("rows learned from")
    axes.set_ylabel(f"of {percent(level)} intervals held")
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(rows), 'fit')}; the line is {percent(level)}.")
