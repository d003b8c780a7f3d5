"""Figures of one treated unit: its path beside the synthetic one, gaps among placebos, weights, donors left out."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    Floats,
    finite,
    height_of,
    key,
    names_on_rows,
    number_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, number, percent
from workbench.report.style import BASELINE, GRID, MARKET_CLOSE, MODEL, OUTCOME, Width, canvas, drawn


def _time_axis(axes: Axes, times: "pd.Series[Any]", after: "pd.Series[bool]") -> Floats:
    """Lay out times as numbers where they are, otherwise as places with names; mark where treatment starts."""
    if pd.api.types.is_numeric_dtype(times):
        x = times.to_numpy(dtype=np.float64)
        number_ticks(axes.xaxis, digits=0, signed=False)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    else:
        x = np.arange(len(times), dtype=np.float64)
        shown = np.unique(np.linspace(0, len(times) - 1, min(7, len(times))).astype(int))
        axes.set_xticks(shown, [str(times.iloc[i])[:10] for i in shown])
    first = int(np.argmax(after.to_numpy()))
    axes.axvline((x[first - 1] + x[first]) / 2, color=BASELINE, linewidth=1.0, linestyle=":")
    return x


@drawn
def paths(gaps: pd.DataFrame, *, unit: str, outcome: str, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw the treated unit's path beside the synthetic one.

    Parameters
    ----------
    gaps : DataFrame
        ``time, treated, synthetic, after``.
    """
    figure, axes = canvas(width=width, height=3.5)
    x = _time_axis(axes, gaps["time"], gaps["after"])
    axes.plot(x, gaps["treated"], color=OUTCOME)
    axes.plot(x, gaps["synthetic"], color=MODEL, linestyle="--")
    key(axes, [(unit, OUTCOME, "-"), ("synthetic", MODEL, "--"), ("treatment", BASELINE, ":")])
    axes.set_ylabel(outcome)
    detail = f"{count(len(gaps), 'time')}, {count(int(gaps['after'].sum()), 'time')} of them treated."
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def placebo_gaps(
    gaps: pd.DataFrame,
    placebos: pd.DataFrame,
    *,
    unit: str,
    outcome: str,
    title: str,
    subtitle: str,
    others: str = "placebo units",
    width: Width = "page",
) -> Finding:
    """Draw the treated unit's gap among other gaps.

    Parameters
    ----------
    gaps : DataFrame
        ``time, gap, after``.
    placebos : DataFrame, shape (n_times, n_others)
        One column a line.
    others : str
        What the other lines are.
    """
    if placebos.empty:
        return waiting(title, subtitle=subtitle, reason=f"There are no {others}.", width=width)
    figure, axes = canvas(width=width, height=3.5)
    x = _time_axis(axes, gaps["time"], gaps["after"])
    zero_line(axes, vertical=False)
    lines = placebos.to_numpy(dtype=np.float64)
    axes.plot(x, lines, color=BASELINE, alpha=0.45, linewidth=0.8)
    axes.plot(x, gaps["gap"], color=MARKET_CLOSE, linewidth=2.2)
    key(axes, [(unit, MARKET_CLOSE, "-"), (others, BASELINE, "-"), ("treatment", BASELINE, ":")])
    axes.set_ylabel(f"gap in {outcome}")
    return told(figure, title, subtitle=subtitle, detail=f"The gap among {count(lines.shape[1], 'other line')}.")


@drawn
def weights(
    weights: "pd.Series[float]", *, title: str, subtitle: str, most: int = 12, width: Width = "page"
) -> Finding:
    """Draw donors' weights, the heaviest on top; those below a thousandth are left out."""
    kept = weights[weights > 1e-3].sort_values(ascending=False).head(most)
    figure, axes = canvas(width=width, height=height_of(len(kept), room=0.8))
    rows = np.arange(len(kept))
    axes.hlines(rows, 0, finite(kept), color=GRID, linewidth=2.0)
    axes.scatter(finite(kept), rows, color=MODEL, s=34, zorder=3, linewidths=0)
    for row, value in zip(rows, finite(kept), strict=True):
        axes.annotate(number(value, digits=3), (value, row), xytext=(6, 0), textcoords="offset points", va="center")
    names_on_rows(axes, [str(name) for name in kept.index])
    axes.set_xlim(0, float(kept.max()) * 1.15)
    axes.set_xlabel("weight")
    said = ", ".join(f"{name} {percent(value)}" for name, value in kept.head(3).items())
    return told(figure, title, subtitle=subtitle, detail=f"Heaviest: {said}.")
