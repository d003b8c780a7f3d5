"""Estimates in groups of rows, one colour a meaning, with published values beside them where there are any."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    interval_rows,
    key,
    names_on_rows,
    number_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, listing, number
from workbench.report.style import INK, MARKET_CLOSE, MODEL, OUTCOME, Width, canvas, drawn

#: What a series means, its colour and its mark.
SERIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "game": ("on the game", OUTCOME, "o"),
    "in_the_line": ("in the closing line", MODEL, "s"),
    "after_close": ("left after the close", MARKET_CLOSE, "D"),
}


@drawn
def grouped_figure(
    frame: pd.DataFrame, *, title: str, subtitle: str, label: str = "points, 95 % interval", width: Width = "page"
) -> Finding:
    """Draw a group of rows a label, one row a number.

    Parameters
    ----------
    frame : DataFrame
        In the order drawn: ``label, number`` (a key of ``SERIES``), ``value, low, high``; optional ``published``.
    title : str
        The finding.
    """
    if frame.empty:
        return waiting(title, subtitle=subtitle, reason="Estimates wait for games.", width=width)
    labels = list(dict.fromkeys(frame["label"]))
    shown = [name for name in SERIES if name in set(frame["number"])]
    figure, axes = canvas(width=width, height=0.95 + (0.14 + 0.11 * len(shown)) * max(len(labels), 2))
    zero_line(axes)
    shifts = np.linspace(-0.25, 0.25, len(shown)) if len(shown) > 1 else [0.0]
    for name, shift in zip(shown, shifts, strict=True):
        mine = frame[frame["number"].eq(name)].set_index("label").reindex(labels)
        _, colour, marker = SERIES[name]
        interval_rows(axes, mine["value"], mine["low"], mine["high"], color=colour, marker=marker, shift=float(shift))
        if "published" in mine:
            told_before = finite(mine["published"])
            rows = np.arange(len(labels)) + float(shift)
            axes.scatter(told_before, rows, s=90, marker="|", color=INK, linewidths=2.2, zorder=5)
    names_on_rows(axes, [str(name) for name in labels])
    number_ticks(axes.xaxis)
    axes.set_xlabel(label)
    entries = [(SERIES[name][0], SERIES[name][1], SERIES[name][2]) for name in shown]
    if "published" in frame and frame["published"].notna().any():
        entries.append(("published", INK, "|"))
    key(axes, entries, columns=4)
    return told(figure, title, subtitle=subtitle, detail=_detail(frame))


def _detail(frame: pd.DataFrame) -> str:
    off = frame[(finite(frame["low"]) > 0) | (finite(frame["high"]) < 0)]
    said = [f"{row['label']} {SERIES[str(row['number'])][0]} {number(row['value'], digits=1, signed=True)}"
            for row in off.to_dict("records")]  # fmt: skip
    return f"{count(len(frame), 'interval')}; away from zero: {listing(said, most=8) if said else 'none'}."
