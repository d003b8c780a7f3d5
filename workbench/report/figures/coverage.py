"""Coverage of intervals, estimator by estimator, against the band aimed at."""

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    interval_rows,
    key,
    names_on_rows,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, listing, percent
from workbench.report.style import BASELINE, GRID, MODEL, WORSE, Width, canvas, drawn


@drawn
def coverage_dots(
    rows: pd.DataFrame, *, title: str, subtitle: str, label: str, aim: float = 0.95, digits: int = 0,
    width: Width = "page",
) -> Finding:  # fmt: skip
    """Draw one share a row with its Monte-Carlo interval, and behind it the band it should lie in.

    Parameters
    ----------
    rows : DataFrame
        ``name, value, low, high, band_low, band_high, reached`` (shares of one), in the order drawn.
    label : str
        Of the axis.
    aim : float
        What the share should be, drawn as a line.
    digits : int
        Decimals of the axis, for shares that lie close together.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="Nothing of this kind was tried.", width=width)
    figure, axes = canvas(width=width, height=height_of(len(rows), room=0.95))
    places = np.arange(len(rows))
    starts, ends = finite(rows["band_low"]), finite(rows["band_high"])
    axes.barh(places, ends - starts, left=starts, height=0.98, color=GRID, zorder=0)
    zero_line(axes, at=aim)
    hits = rows["reached"].to_numpy(dtype=bool)
    for chosen, colour, marker in ((hits, MODEL, "o"), (~hits, WORSE, "D")):
        shown = [finite(rows[name]).copy() for name in ("value", "low", "high")]
        for values in shown:
            values[~chosen] = np.nan
        interval_rows(axes, shown[0], shown[1], shown[2], color=colour, marker=marker)
    names_on_rows(axes, [str(name) for name in rows["name"]])
    share_ticks(axes.xaxis, digits=digits)
    axes.set_xlabel(label)
    key(axes, [("inside the band", MODEL, "o"), ("outside", WORSE, "D"), ("aimed at", BASELINE, "-")])
    return told(figure, title, subtitle=subtitle, detail=_detail(rows))


def _detail(rows: pd.DataFrame) -> str:
    out = rows[~rows["reached"].astype(bool)]
    if out.empty:
        return f"All {count(len(rows), 'share')} lie in the band."
    said = [f"{name} {percent(value, digits=1)}" for name, value in zip(out["name"], out["value"], strict=True)]
    return f"Outside the band: {listing(said)}."
