"""Figures of football with three outcomes: who forecast best, what was tuned, how the trigger watched, reliability."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from workbench.intervals import share_interval
from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    Floats,
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
from workbench.report.sentences import count, number
from workbench.report.style import (
    BASELINE,
    INK,
    MARKET_CLOSE,
    MARKET_OPEN,
    MODEL,
    MUTED,
    Width,
    canvas,
    drawn,
    panels,
)

OUTCOME_NAMES: Final = {"home": "home win", "draw": "draw", "away": "away win"}
#: Bins of a reliability panel hold at least this many matches.
_FEWEST: Final = 15
_BINS: Final = 8


@drawn
def score_gaps(rows: pd.DataFrame, *, title: str, subtitle: str, width: Width = "wide") -> Finding:
    """Draw how much worse each forecaster is than the close, by score, with paired intervals.

    Parameters
    ----------
    rows : DataFrame
        ``score`` (words), ``name``, ``value, low, high``; right of zero is worse than the close.
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No match has prices and a result.", width=width)
    scores = list(dict.fromkeys(rows["score"]))
    names = list(dict.fromkeys(rows["name"]))
    figure, grid = panels(1, len(scores), width=width, height=height_of(len(names), room=1.0), sharey=True)
    for axes, score in zip(grid[0], scores, strict=True):
        part = rows[rows["score"] == score]
        zero_line(axes)
        interval_rows(axes, part["value"], part["low"], part["high"])
        axes.set_title(score)
        axes.locator_params(axis="x", nbins=4)
        number_ticks(axes.xaxis, digits=3)
    names_on_rows(grid[0][0], names)
    grid[0][len(scores) // 2].set_xlabel("worse than the close by")
    worst = rows.sort_values("value").to_dict("records")[-1]
    detail = f"Largest: {worst['name']}, {worst['score']}, {number(worst['value'], digits=4, signed=True)}."
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def tuning_curves(tried: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw the log loss of every setting tried, a line a spread, over the half-life.

    Parameters
    ----------
    tried : DataFrame
        ``half_life_days, spread, log_loss``.
    """
    if len(tried) < 2:
        return waiting(title, subtitle=subtitle, reason="One setting was tried.", width=width)
    figure, axes = canvas(width=width, height=3.0)
    best = tried.sort_values("log_loss", kind="stable").to_dict("records")[0]
    styles = ["-", "--", ":"]
    ends = tried[tried["half_life_days"] == tried["half_life_days"].max()].sort_values("log_loss", kind="stable")
    for place, spread in enumerate(finite(ends["spread"])):
        ordered = tried[tried["spread"] == spread].sort_values("half_life_days")
        x, y = finite(ordered["half_life_days"]), finite(ordered["log_loss"])
        colour = MODEL if spread == best["spread"] else BASELINE
        axes.plot(x, y, color=colour, linestyle=styles[place % len(styles)], marker="o", markersize=4)
        # the smallest loss is labelled below its line, the others above theirs
        say(axes, (float(x[-1]), float(y[-1])), f"spread {number(spread)}", color=INK, dx=6, dy=-5 if place == 0 else 5)
    axes.scatter([best["half_life_days"]], [best["log_loss"]], s=70, facecolor="none", edgecolor=INK, zorder=4)
    axes.set_xlim(right=float(tried["half_life_days"].max()) * 1.18)
    axes.set_xlabel("days after which a match counts half")
    axes.set_ylabel("log loss a match")
    number_ticks(axes.yaxis, digits=3, signed=False)
    worst = number(float(finite(tried["log_loss"]).max()), digits=4)
    return told(figure, title, subtitle=subtitle, detail=f"{len(tried)} settings; the worst has {worst}.")


@drawn
def watched_excess(
    watched: pd.DataFrame, *, margin: float, title: str, subtitle: str, width: Width = "page"
) -> Finding:
    """Draw the rolling Brier score of the model less the market's, batch by batch, and the margin of the trigger.

    Parameters
    ----------
    watched : DataFrame
        ``week, excess, fired``.
    margin : float
    """
    known = watched[watched["excess"].notna()]
    if known.empty:
        return waiting(title, subtitle=subtitle, reason="Too few matches for the trigger to look at.", width=width)
    figure, axes = canvas(width=width, height=2.8)
    x, y = finite(known["week"]), finite(known["excess"])
    zero_line(axes, vertical=False)
    axes.axhline(margin, color=MARKET_CLOSE, linestyle="--", linewidth=1.2)
    axes.plot(x, y, color=MODEL, marker="o", markersize=3.5)
    fired = known[known["fired"]]
    axes.scatter(finite(fired["week"]), finite(fired["excess"]), s=80, facecolor="none", edgecolor=INK, zorder=4)
    say(axes, (float(x[0]), margin), "the trigger's margin", color=MARKET_CLOSE, dy=6, ha="left")
    axes.set_ylim(min(0.0, float(y.min())) - 0.01, max(margin, float(y.max())) * 1.25)
    axes.set_xlabel("batch of the season")
    axes.set_ylabel("rolling Brier, model less market")
    number_ticks(axes.yaxis, digits=2)
    detail = f"{count(len(known), 'look')}; the largest excess is {number(y.max(), digits=3, signed=True)}."
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def outcome_reliability(
    matches: pd.DataFrame, *, forecasters: Mapping[str, str], title: str, subtitle: str, width: Width = "wide"
) -> Finding:
    """Draw how often each outcome came against how often it was forecast, a panel an outcome.

    Parameters
    ----------
    matches : DataFrame
        ``won`` (0, 1, 2) and ``<forecaster>_home``, ``_draw``, ``_away``.
    forecasters : mapping of str to str
        Name and label of two: the model, and the close.
    """
    if len(matches) < 2 * _FEWEST:
        return waiting(title, subtitle=subtitle, reason="Reliability waits for more results.", width=width)
    figure, grid = panels(1, len(OUTCOME_NAMES), width=width, height=3.3, sharey=True)
    colours = dict(zip(forecasters, (MODEL, MARKET_CLOSE, MARKET_OPEN), strict=False))
    outside = 0
    for place, (axes, (outcome, word)) in enumerate(zip(grid[0], OUTCOME_NAMES.items(), strict=True)):
        came = finite(matches["won"] == place)
        _level_line(axes)
        for shift, name in zip((-0.006, 0.006), forecasters, strict=False):
            bins = reliability_bins(finite(matches[f"{name}_{outcome}"]), came)
            outside += int(((bins["low"] > bins["said"]) | (bins["high"] < bins["said"])).sum())
            _dots(axes, bins, colour=colours[name], marker="o" if shift < 0 else "s", shift=shift)
        axes.set_title(word)
        axes.set_xlabel("forecast")
    grid[0][0].set_ylabel("came")
    marks = [
        Line2D([], [], color=colours[name], marker=mark, markersize=5, linestyle="", label=label)
        for (name, label), mark in zip(forecasters.items(), "os", strict=False)
    ]
    grid[0][1].legend(handles=marks, loc="upper left", frameon=False, fontsize=8, handletextpad=0.2)
    detail = f"{count(outside, 'interval')} leave the diagonal."
    return told(figure, title, subtitle=subtitle, detail=detail)


def reliability_bins(said: Floats, came: Floats) -> pd.DataFrame:
    """Return forecasts in bins of equal size: ``said`` (mean), ``came`` (share) with Wilson's ``low, high``, ``n``.

    Examples
    --------
    >>> reliability_bins(np.linspace(0.1, 0.9, 30), np.tile([0.0, 1.0], 15))[["came", "n"]].to_numpy().tolist()
    [[0.4666666666666667, 15.0], [0.5333333333333333, 15.0]]
    """
    order = np.argsort(said, kind="stable")
    parts = np.array_split(order, max(min(_BINS, len(said) // _FEWEST), 1))
    rows = []
    for part in parts:
        low, high = share_interval(came[part].sum(), len(part))
        rows.append((said[part].mean(), came[part].mean(), float(low), float(high), len(part)))
    return pd.DataFrame(rows, columns=["said", "came", "low", "high", "n"])


def _level_line(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.0, linestyle=":")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal", anchor="W")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.5, 1])
        share_ticks(axis)


def _dots(axes: Axes, bins: pd.DataFrame, *, colour: str, marker: str, shift: float) -> None:
    x = finite(bins["said"]) + shift
    axes.vlines(x, finite(bins["low"]), finite(bins["high"]), color=colour, linewidth=1.1, alpha=0.7)
    axes.scatter(x, finite(bins["came"]), s=18, color=colour, marker=marker, linewidths=0, zorder=3)
