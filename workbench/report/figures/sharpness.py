"""Figures of the sharpness study: errors by season, what the close adds, and the weakest cells raw and shrunken."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    interval_rows,
    key,
    names_on_rows,
    number_ticks,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, listing, number, percent
from workbench.report.style import BASELINE, MARKET_CLOSE, MARKET_OPEN, MODEL, Width, canvas, drawn, panels


@drawn
def errors_by_season(
    seasons: pd.DataFrame, *, names: Mapping[str, str], title: str, subtitle: str, width: Width = "page"
) -> Finding:
    """Draw root mean squared errors of opener and close by season, one panel a market.

    Parameters
    ----------
    seasons : DataFrame
        ``market, season, end, rmse, low, high`` (points).
    names : mapping of str to str
        A panel's heading by its market.
    """
    shown = [market for market in names if market in set(seasons["market"])]
    if not shown:
        return waiting(title, subtitle=subtitle, reason="No season has enough games.", width=width)
    figure, grid = panels(len(shown), 1, width=width, height=0.5 + 1.9 * len(shown), sharex=True)
    for axes, market in zip(grid[:, 0], shown, strict=True):
        of_it = seasons[seasons["market"] == market]
        for end, colour, mark, shift in (("open", MARKET_OPEN, "D", -0.14), ("close", MARKET_CLOSE, "o", 0.14)):
            rows = of_it[of_it["end"] == end]
            x = finite(rows["season"]) + shift
            axes.vlines(x, finite(rows["low"]), finite(rows["high"]), color=colour, linewidth=2.2, alpha=0.4)
            axes.scatter(x, finite(rows["rmse"]), s=22, color=colour, marker=mark, linewidths=0, zorder=3)
        axes.set_title(names[market], fontsize=9)
        axes.set_ylabel("points")
        number_ticks(axes.yaxis, signed=False)
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    key(grid[-1, 0], [("opener", MARKET_OPEN, "D"), ("close", MARKET_CLOSE, "o")], columns=2)
    grid[-1, 0].get_legend().set_loc("lower right")
    grid[-1, 0].get_legend().set_bbox_to_anchor((1.0, 1.0))
    first, last = int(seasons["season"].min()), int(seasons["season"].max())
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(shown), 'market')}, {first} to {last}.")


@drawn
def what_the_close_adds(rows: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw which share of the opener's loss the close takes off, source by source.

    Parameters
    ----------
    rows : DataFrame
        In the order drawn: ``name, cut, cut_low, cut_high, cross_source``; an opener beside another book's close is
        drawn in grey.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No source has an opener and a close.", width=width)
    figure, axes = canvas(width=width, height=height_of(len(rows), room=0.95))
    zero_line(axes)
    for crossed, colour, mark in ((False, MARKET_CLOSE, "o"), (True, BASELINE, "D")):
        seen = rows["cross_source"].to_numpy(dtype=bool) == crossed
        values = [np.where(seen, finite(rows[name]), np.nan) for name in ("cut", "cut_low", "cut_high")]
        interval_rows(axes, *values, color=colour, marker=mark)
    names_on_rows(axes, [str(name) for name in rows["name"]])
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    share_ticks(axes.xaxis, signed=True)
    axes.set_xlabel("of the opener's loss that the close takes off (right: the close is better)")
    if rows["cross_source"].any():
        key(axes, [("own close", MARKET_CLOSE, "o"), ("another book's close", BASELINE, "D")], columns=2)
    above = rows[rows["cut_low"] > 0]
    said = [f"{name} {percent(value, digits=1)}" for name, value in zip(above["name"], above["cut"], strict=True)]
    return told(figure, title, subtitle=subtitle, detail=f"Above zero: {listing(said, most=8)}.")


@drawn
def weakest_cells(
    rows: pd.DataFrame, *, title: str, subtitle: str, break_even: float | None = None, width: Width = "page"
) -> Finding:
    """Draw cells raw and pulled to the others of their kind, in points of a hundred.

    Parameters
    ----------
    rows : DataFrame
        In the order drawn: ``name, value, low, high, shrunk, shrunk_low, shrunk_high`` (shares of one).
    break_even : float, optional
        What a side must win above what was said before a bet at the usual price pays.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No cell has enough games.", width=width)
    figure, axes = canvas(width=width, height=height_of(2 * len(rows), room=0.6) * 0.78 + 0.5)
    zero_line(axes)
    if break_even is not None:
        for end in (-break_even, break_even):
            axes.axvline(end, color=BASELINE, linewidth=1.0, linestyle=":")
    interval_rows(axes, rows["value"], rows["low"], rows["high"], color=BASELINE, marker="D", shift=-0.17)
    pulled = [rows[name] for name in ("shrunk", "shrunk_low", "shrunk_high")]
    interval_rows(axes, *pulled, color=MODEL, shift=0.17)
    names_on_rows(axes, [str(name) for name in rows["name"]])
    share_ticks(axes.xaxis, signed=True)
    axes.set_xlabel("more often than the close says")
    entries = [("as seen", BASELINE, "D"), ("to be expected again (shrunken)", MODEL, "o")]
    if break_even is not None:
        entries.append((f"pays at −110 ({number(100 * break_even, digits=1)})", BASELINE, ":"))
    key(axes, entries, columns=3)
    first = rows.iloc[0]
    seen, again = (percent(float(first[c]), digits=1, signed=True) for c in ("value", "shrunk"))
    return told(figure, title, subtitle=subtitle, detail=f"Furthest: {first['name']}, {seen} seen, {again} expected.")
