"""What each module adds: closing line value, Brier score and log loss side by side, one row a module."""

from typing import Final

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    interval_rows,
    names_on_rows,
    number_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count
from workbench.report.style import BASELINE, BETTER, WORSE, Width, drawn, panels

#: Measure, what the axis says, its factor and decimals: differences of scores are told in thousandths.
MEASURES: Final = (
    ("clv_points", "closing line value (points)", 1.0, 1),
    ("brier", "Brier score (thousandths)", 1000.0, 0),
    ("log_loss", "log loss (thousandths)", 1000.0, 0),
)
_COLOURS: Final = {"pays": BETTER, "does not pay": WORSE, "unclear": BASELINE}
_MARKERS: Final = {"pays": "o", "does not pay": "D", "unclear": "s"}


@drawn
def rents(rows: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw what each module adds on three measures.

    Parameters
    ----------
    rows : DataFrame
        One row a module and measure: ``name, measure, difference, low, high, verdict``; positive is better.
    """
    if rows.empty:
        reason = "No week is over yet."
        return waiting(title, subtitle=subtitle, reason=reason, width=width)
    names = list(dict.fromkeys(rows["name"]))
    figure, grid = panels(1, len(MEASURES), width=width, height=height_of(len(names), room=0.95), sharey=True)
    for axes, (measure, label, factor, digits) in zip(grid[0], MEASURES, strict=True):
        own = rows[rows["measure"] == measure].set_index("name").reindex(names)
        zero_line(axes)
        for verdict, colour in _COLOURS.items():
            part = own[["difference", "low", "high"]].where(own["verdict"] == verdict) * factor
            values = (finite(part[c]) for c in ("difference", "low", "high"))
            interval_rows(axes, *values, color=colour, marker=_MARKERS[verdict])
        number_ticks(axes.xaxis, digits=digits)
        axes.set_xlabel(label)
        axes.margins(x=0.08)
    names_on_rows(grid[0][0], [_labelled(rows, name) for name in names])
    for axes in grid[0][1:]:
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    clear = int((rows["low"] > 0).sum())
    return told(
        figure,
        title,
        subtitle=subtitle,
        detail=f"{count(len(names), 'module')}, right is better; intervals wholly above zero: {clear} of {len(rows)}.",
    )


def _labelled(rows: pd.DataFrame, name: str) -> str:
    verdict = str(rows.loc[rows["name"] == name, "verdict"].iloc[0])
    return f"{name}: {verdict}"
