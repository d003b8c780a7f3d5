"""Figures of the studies: gains with their intervals, by season or by comparison."""

from collections.abc import Sequence

import numpy as np
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
from workbench.report.sentences import count, listing
from workbench.report.style import Width, canvas, drawn


@drawn
def gains(rows: pd.DataFrame, *, subtitle: str, label: str, title: str, width: Width = "page") -> Finding:
    """Draw gains with their 95 % intervals, one a row; right of zero is better.

    Parameters
    ----------
    rows : DataFrame
        ``name, value, low, high``, in the order drawn.
    label : str
        Of the axis, with its unit.
    title : str
        The finding.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="Nothing to compare.", width=width)
    figure, axes = canvas(width=width, height=height_of(len(rows)))
    zero_line(axes)
    interval_rows(axes, rows["value"], rows["low"], rows["high"])
    names_on_rows(axes, [str(name) for name in rows["name"]])
    span = float(np.nanmax(np.abs(finite(rows[["low", "high"]].to_numpy()))))
    number_ticks(axes.xaxis, digits=3 if span < 0.1 else 2)
    axes.set_xlabel(label)
    return told(figure, title, subtitle=subtitle, detail=_detail(rows))


def _detail(rows: pd.DataFrame) -> str:
    above, below = rows[rows["low"] > 0], rows[rows["high"] < 0]
    parts = (("wholly above zero", above), ("wholly below zero", below))
    said = [f"{word}: {listing([str(n) for n in part['name']])}" for word, part in parts if len(part)]
    return f"{count(len(rows), 'interval')}; {'; '.join(said) or 'none leaves zero'}."


def season_title(rows: pd.DataFrame, *, who: str, over: str) -> str:
    """Return how many seasons gained, for a figure of gains by season.

    Examples
    --------
    >>> rows = pd.DataFrame({"value": [0.1, -0.2, 0.3]})
    >>> season_title(rows, who="the model", over="the line")
    'The model gains on the line in 2 of 3 seasons'
    """
    better: Sequence[bool] = (rows["value"] > 0).tolist()
    return f"{who[:1].upper()}{who[1:]} gains on {over} in {sum(better)} of {count(len(better), 'season')}"
