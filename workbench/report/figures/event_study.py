"""Event studies: paths with their bands, effects by cohort and time, and how far trends may differ."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.report.drawing import Finding
from workbench.report.figures.parts import Floats, finite, key, number_ticks, say, told, waiting, zero_line
from workbench.report.sentences import count, number
from workbench.report.style import BASELINE, MODEL, MUTED, PAPER, Width, canvas, drawn

_NOTHING: Final = "No effect could be estimated."


@drawn
def event_path(
    path: pd.DataFrame, *, title: str, subtitle: str, label: str, unit: str = "periods", width: Width = "page"
) -> Finding:
    """Draw effects by horizon: pointwise intervals as bars, the uniform band behind, the reference hollow.

    Parameters
    ----------
    path : DataFrame
        ``horizon, estimate, standard_error, low, high`` and, where there is one, ``band_low, band_high``; the row
        without a standard error is the reference.
    label : str
        Of the outcome's axis.
    unit : str
        What horizons count.
    """
    if path.empty:
        return waiting(title, subtitle=subtitle, reason=_NOTHING, width=width)
    figure, axes = canvas(width=width, height=3.0)
    rows = path.sort_values("horizon")
    at, value = finite(rows["horizon"]), finite(rows["estimate"])
    zero_line(axes, vertical=False)
    if "band_low" in rows:
        axes.fill_between(at, finite(rows["band_low"]), finite(rows["band_high"]), color=MODEL, alpha=0.13, linewidth=0)
    known = np.isfinite(finite(rows["standard_error"]))
    axes.vlines(
        at[known], finite(rows["low"])[known], finite(rows["high"])[known], color=MODEL, linewidth=2.2, alpha=0.55
    )
    for chosen, mark in ((known & (at < 0), "s"), (known & (at >= 0), "o")):
        axes.scatter(at[chosen], value[chosen], s=30, color=MODEL, marker=mark, linewidths=0, zorder=3)
    axes.scatter(at[~known], value[~known], s=30, facecolor=PAPER, edgecolor=MODEL, linewidths=1.3, zorder=3)
    axes.axvline(-0.5, color=BASELINE, linewidth=0.9, linestyle=":", zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.set_xlabel(f"{unit} since the first treated one (reference hollow)")
    number_ticks(axes.yaxis, digits=_digits(value))
    axes.set_ylabel(label)
    _path_key(axes, banded="band_low" in rows)
    detail = f"{count(len(rows), 'horizon')} from {number(at[0], digits=0)} to {number(at[-1], digits=0)}."
    return told(figure, title, subtitle=subtitle, detail=detail)


def _path_key(axes: Axes, *, banded: bool) -> None:
    entries = [("before treatment", MODEL, "s"), ("since treatment", MODEL, "o"), ("95 % interval", MODEL, "-")]
    key(axes, entries)
    if banded:
        axes.text(
            1.0, 1.02, "shaded: 95 % for all at once", transform=axes.transAxes, ha="right", color=MUTED, fontsize=8.0
        )


def _digits(values: Floats) -> int:
    span = float(np.nanmax(np.abs(values), initial=1e-9))
    return 0 if span >= 20 else 1 if span >= 1 else 2 if span >= 0.1 else 3


@drawn
def cohort_cells(cells: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw the effect of each cohort in each period as a grid; a dot marks an interval that leaves zero out.

    Parameters
    ----------
    cells : DataFrame
        ``cohort, time, horizon, estimate, low, high``.
    """
    if cells.empty:
        return waiting(title, subtitle=subtitle, reason=_NOTHING, width=width)
    grid = cells.pivot_table(index="cohort", columns="time", values="estimate", sort=True)
    figure, axes = canvas(width=width, height=0.9 + 0.34 * max(len(grid), 2))
    values = grid.to_numpy(dtype=np.float64)
    reach = float(np.nanmax(np.abs(values), initial=1e-9))
    axes.imshow(values, cmap="PuOr_r", vmin=-reach, vmax=reach, aspect="auto")
    axes.grid(visible=False)
    axes.set_xticks(np.arange(grid.shape[1]), [str(t) for t in grid.columns])
    axes.set_yticks(np.arange(grid.shape[0]), [str(g) for g in grid.index])
    if grid.shape[1] > 14:
        axes.set_xticks(np.arange(0, grid.shape[1], int(np.ceil(grid.shape[1] / 12))),
                        [str(t) for t in grid.columns[:: int(np.ceil(grid.shape[1] / 12))]])  # fmt: skip
    _values(axes, cells, grid, reach=reach)
    axes.set_xlabel("period")
    axes.set_ylabel("first treated")
    clear = int(((cells["low"] > 0) | (cells["high"] < 0)).sum())
    return told(figure, title, subtitle=subtitle, detail=f"{clear} of {count(len(cells), 'cell')} leave zero out.")


def _values(axes: Axes, cells: pd.DataFrame, grid: pd.DataFrame, *, reach: float) -> None:
    """Write each effect in its cell, in bold where its interval leaves zero out."""
    if grid.size > 160:
        return
    rows, columns = list(grid.index), list(grid.columns)
    digits = _digits(np.array([reach]))
    for cell in cells.to_dict("records"):
        sure = cell["low"] > 0 or cell["high"] < 0
        dark = abs(cell["estimate"]) > 0.6 * reach
        axes.text(
            columns.index(cell["time"]), rows.index(cell["cohort"]), number(cell["estimate"], digits=digits),
            ha="center", va="center", fontsize=7.0, color="#ffffff" if dark else "#1b1f26",
            fontweight="bold" if sure else "normal",
        )  # fmt: skip


@drawn
def sensitivity(
    intervals: pd.DataFrame, *, by: str, value: float, breakdown: float, title: str, subtitle: str, label: str,
    outcome: str, width: Width = "page",
) -> Finding:  # fmt: skip
    """Draw robust intervals against how far trends may differ, and where zero enters.

    Parameters
    ----------
    intervals : DataFrame
        ``low, high`` and the column ``by``.
    value : float
        The estimate under parallel trends.
    breakdown : float
        Infinite: never; 0: from the start.
    """
    figure, axes = canvas(width=width, height=2.4)
    at = finite(intervals[by])
    zero_line(axes, vertical=False)
    axes.fill_between(at, finite(intervals["low"]), finite(intervals["high"]), color=MODEL, alpha=0.16, linewidth=0)
    axes.vlines(at, finite(intervals["low"]), finite(intervals["high"]), color=MODEL, linewidth=2.2, alpha=0.55)
    axes.axhline(value, color=MODEL, linewidth=1.0, linestyle="--")
    if 0 < breakdown <= at.max():
        axes.axvline(breakdown, color=BASELINE, linewidth=0.9, linestyle=":")
        say(axes, (breakdown, float(axes.get_ylim()[1])), f"breaks down at {number(breakdown, digits=2)}", va="top")
    axes.set_xlabel(label)
    axes.set_ylabel(outcome)
    number_ticks(axes.yaxis, digits=_digits(finite(intervals["high"])))
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(at), 'interval')}, widening to the right.")
