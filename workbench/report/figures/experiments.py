"""The figure of experiments: what each change made of price, forecast and growth, weeks taken whole."""

from typing import Final

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    height_of,
    interval_rows,
    names_on_rows,
    number_ticks,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count
from workbench.report.style import BASELINE, BETTER, WORSE, Width, drawn, panels

_LABELS: Final = {
    "clv": "closing line value (points)", "brier": "Brier score (left: better)", "growth": "log growth a week",
}  # fmt: skip
#: Verdict of a look: colour and marker, so that grey print still tells them apart.
_LOOKS: Final = {"better": (BETTER, "D"), "worse": (WORSE, "s"), "unclear": (BASELINE, "o")}


@drawn
def paired_changes(rows: pd.DataFrame, *, title: str, subtitle: str, width: Width = "wide") -> Finding:
    """Draw, an experiment a row and a measure a panel, the change less its base.

    Parameters
    ----------
    rows : DataFrame
        ``name, measure, value, low, high, look``: of ``clv, brier, growth``; look is ``better, worse`` or ``unclear``.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No experiment has been run.", width=width)
    names = list(dict.fromkeys(rows["name"]))
    figure, grid = panels(
        1, len(_LABELS), width=width, height=height_of(round(1.3 * len(names)), room=1.0), sharey=True
    )
    for axes, (measure, label) in zip(grid[0], _LABELS.items(), strict=True):
        mine = rows[rows["measure"] == measure].set_index("name").reindex(names)
        zero_line(axes)
        for look, (colour, marker) in _LOOKS.items():
            shown = mine.where(mine["look"] == look)
            interval_rows(axes, shown["value"], shown["low"], shown["high"], color=colour, marker=marker)
        names_on_rows(axes, names)
        if measure == "growth":
            share_ticks(axes.xaxis, digits=1, signed=True)
        else:
            number_ticks(axes.xaxis, digits=1 if measure == "clv" else 3)
        axes.locator_params(axis="x", nbins=4)
        axes.set_xlabel(label)
    clear = int((rows["look"] != "unclear").sum())
    return told(figure, title, subtitle=subtitle,
                detail=f"{count(len(names), 'experiment')}; differences that are no luck: {clear}.")  # fmt: skip
