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
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, listing, percent
from workbench.report.style import MODEL, Width, canvas, drawn


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


@drawn
def shares_of_variance(rows: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw which share of the forecasts' variance is doubt about their mean, one row a fit or a group.

    Parameters
    ----------
    rows : DataFrame
        ``name, share, low, high`` (shares of one), in the order drawn.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No network was fitted.", width=width)
    figure, axes = canvas(width=width, height=height_of(len(rows)))
    interval_rows(axes, rows["share"], rows["low"], rows["high"])
    names_on_rows(axes, [str(name) for name in rows["name"]])
    axes.set_xlim(left=0.0)
    share_ticks(axes.xaxis, digits=0 if float(rows["high"].max()) > 0.1 else 1)
    axes.set_xlabel("of the predictive variance is doubt about the mean")
    shares = finite(rows["share"])
    top = int(np.nanargmax(shares))
    detail = f"Largest: {rows['name'].iloc[top]}, {percent(float(shares[top]), digits=1)}."
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def cost_and_truth(engines: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw what each sampler costs against how wide its doubt is: on the line it is as wide as that of long chains.

    Parameters
    ----------
    engines : DataFrame
        ``name, cpu_seconds, sd_ratio`` (of the predictive mean, to the reference's).
    """
    if engines.empty:
        return waiting(title, subtitle=subtitle, reason="No engine came to an end.", width=width)
    figure, axes = canvas(width=width, height=2.9)
    zero_line(axes, at=1.0, vertical=False)
    x, y = finite(engines["cpu_seconds"]), finite(engines["sd_ratio"])
    axes.set_xscale("log")
    axes.scatter(x, y, s=38, color=MODEL, linewidths=0, zorder=3)
    axes.set_xlim(x.min() / 2.0, x.max() * 6.0)
    axes.set_ylim(0.0, max(1.2, float(y.max()) * 1.15))
    for at, ratio, name in zip(x, y, engines["name"], strict=True):
        say(axes, (float(at), float(ratio)), str(name), dx=8)
    axes.set_xlabel("CPU seconds")
    axes.set_ylabel("sd of the mean over long chains'")
    number_ticks(axes.yaxis, digits=1, signed=False)
    cheap = str(engines["name"].iloc[int(np.argmin(x))])
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(x), 'engine')}; cheapest: {cheap}.")


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
