"""Were the prices good, and did edges pay: closing line value so far, win rate by edge, expected against realized."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator

from workbench.decision.edge_buckets import EdgeBuckets
from workbench.decision.expected_clv import ExpectedClv
from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    key,
    number_ticks,
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import against_zero, count, estimate, percent
from workbench.report.style import BASELINE, INK, MODEL, OUTCOME, Width, canvas, drawn

#: A running band from fewer weeks is wider than the figure.
_FEWEST: Final = 4


@drawn
def cumulative_clv(weeks: pd.DataFrame, *, subtitle: str, unit: str = "points", width: Width = "page") -> Finding:
    """Draw each week's closing line value and the mean so far, with the band for one look and that for every week.

    Parameters
    ----------
    weeks : DataFrame
        From `decision.clv_weeks.clv_by_week`.
    unit : str
        ``points``, or ``%`` for a CLV in probability.
    """
    if weeks.empty:
        reason = "CLV waits for the close."
        return waiting("No bet has a closing line yet", subtitle=subtitle, reason=reason, width=width)
    figure, axes = canvas(width=width, height=3.0)
    x = np.arange(1, len(weeks) + 1, dtype=np.float64)
    mean = finite(weeks["mean"])
    settled = slice(min(_FEWEST, len(x)) - 1, None)
    zero_line(axes, vertical=False)
    for low, high, alpha in (("anytime_low", "anytime_high", 0.10), ("low", "high", 0.20)):
        bounds = finite(weeks[low])[settled], finite(weeks[high])[settled]
        axes.fill_between(x[settled], *bounds, color=MODEL, alpha=alpha, linewidth=0)
    axes.scatter(x, finite(weeks["clv"]), s=10 if len(x) > 40 else 20, color=BASELINE, linewidths=0, zorder=2)
    axes.plot(x, mean, color=MODEL, zorder=3)
    reach = float(np.nanmax(np.abs(np.concatenate([mean, np.nanquantile(np.abs(finite(weeks["clv"])), [0.97])])))) * 1.3
    axes.set_ylim(-max(reach, 1e-3), max(reach, 1e-3))
    betting_weeks_axis(axes, weeks)
    round_steps(axes.yaxis)
    (share_ticks if unit == "%" else number_ticks)(axes.yaxis, digits=1, signed=True)
    axes.set_ylabel("CLV a bet (%)" if unit == "%" else f"CLV a bet ({unit})")
    key(axes, [("week", BASELINE, "o"), ("mean so far; dark band: one look, light: every week", MODEL, "-")], columns=2)
    last = weeks.iloc[-1]
    told_mean = estimate(last["mean"], last["low"], last["high"], unit=unit, signed=True)
    title = f"Mean CLV {told_mean} a bet over {count(int(last['bets_so_far']), 'bet')}, "
    title += against_zero(last["low"], last["high"])
    return told(figure, title, subtitle=subtitle, detail=_always(last))


def _always(last: "pd.Series[float]") -> str:
    verdict = against_zero(last["anytime_low"], last["anytime_high"])
    return f"By the band that allows a look every week it is {verdict}."


def round_steps(axis: Axis) -> None:
    """Mark steps of one, two or five, which need no more decimals than the axis writes."""
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))


def betting_weeks_axis(axes: Axes, weeks: pd.DataFrame, *, room: float = 0.0) -> None:
    """Mark weeks, or the seasons where there are several; ``room`` is left for a label at the right, as a share."""
    seasons = weeks["season"].to_numpy(np.int64)
    axes.set_xlim(0.2, len(weeks) * (1 + room) + 0.8)
    if len(np.unique(seasons)) == 1:
        step = 1 if len(weeks) <= 12 else 2
        labels = weeks["week"].to_numpy(np.int64)[::step]
        axes.set_xticks(np.arange(1, len(weeks) + 1, step), [str(week) for week in labels])
        axes.set_xlabel("week")
        return
    first = np.flatnonzero(np.r_[True, seasons[1:] != seasons[:-1]])
    step = max(1, round(len(first) / 8))
    axes.set_xticks(first[::step] + 1, [str(season) for season in seasons[first][::step]])
    axes.set_xlabel("betting weeks, marked where a season begins")


@drawn
def win_rate_by_edge(buckets: EdgeBuckets, *, subtitle: str, width: Width = "page") -> Finding:
    """Draw the share of bets won by edge, with Wilson's intervals, beside what was needed and what the model said."""
    table = buckets.table
    if table.empty or not table["decided"].sum():
        reason = "Win rates wait for results."
        return waiting("No bet is decided yet", subtitle=subtitle, reason=reason, width=width)
    figure, axes = canvas(width=width, height=2.9)
    x = np.arange(len(table), dtype=np.float64)
    said, needed = finite(table["said"]), finite(table["break_even"])
    axes.hlines(needed, x - 0.32, x + 0.32, color=BASELINE, linewidth=1.6)
    axes.scatter(x, said, s=26, marker="_", color=INK, linewidths=1.6, zorder=3)
    rates, low, high = (finite(table[name]) for name in ("win_rate", "win_low", "win_high"))
    axes.vlines(x, low, high, color=MODEL, linewidth=2.4, alpha=0.4, capstyle="round")
    axes.scatter(x, rates, s=30, color=MODEL, zorder=4, linewidths=0)
    for at, rate in zip(x, rates, strict=True):
        say(axes, (at, rate), percent(rate), dx=7, color=INK)
    named = zip(table["label"], table["decided"], strict=True)
    axes.set_xticks(x, [f"{label}\n{count(int(n), 'bet')}" for label, n in named])
    axes.set_xlim(-0.6, len(x) - 0.2)
    axes.grid(visible=False, axis="x")
    round_steps(axes.yaxis)
    share_ticks(axes.yaxis)
    axes.set_xlabel("expected value by the model at the price offered; bets won or lost")
    axes.set_ylabel("won (%)")
    key(axes, [("won, 95 %", MODEL, "o"), ("needed at the price", BASELINE, "-"), ("model said", INK, "-")], columns=3)
    return told(figure, edge_title(buckets), subtitle=subtitle, detail=_slopes(buckets))


def edge_title(buckets: EdgeBuckets) -> str:
    """Return whether larger edges won more often, said plainly."""
    words = {
        "rises": "Larger edges won more often",
        "falls": "Larger edges won less often",
        "not told apart from flat": "Win rate does not rise with edge as far as can be told",
        "too few to tell": "Too few bets to tell whether larger edges win more often",
    }
    slope = buckets.slope
    a_point = "" if not np.isfinite(slope.low) else f": {_a_point(slope.value, slope.low, slope.high)}"
    over = buckets.slope_over_market
    if not np.isfinite(over.low):
        return words[buckets.trend] + a_point
    beyond = estimate(over.value, over.low, over.high, signed=True)
    # at like prices the market's chances differ too little to matter
    if abs(over.value - slope.value) < 0.1 * slope.standard_error:
        return words[buckets.trend] + a_point
    return f"{words[buckets.trend]}{a_point}; beyond the market's own chances {beyond}"


def _a_point(value: float, low: float, high: float) -> str:
    """Return a slope as percentage points won more for one percentage point more of edge."""
    return f"{estimate(value, low, high, signed=True)} points of win rate for each point of expected value"


def _slopes(buckets: EdgeBuckets) -> str:
    told_of = {"rises": "rises with edge", "falls": "falls with edge"}
    return f"Closing line value {told_of.get(buckets.clv_trend, 'is ' + buckets.clv_trend)}."


@drawn
def expected_against_realized_clv(
    found: ExpectedClv, *, subtitle: str, unit: str = "points", width: Width = "page"
) -> Finding:
    """Draw realized against expected closing line value by fifths of the expectation, and the line through all."""
    if found.bins.empty:
        reason = "An expectation needs twenty graded bets of earlier weeks."
        return waiting("No expectation can be checked yet", subtitle=subtitle, reason=reason, width=width)
    figure, axes = canvas(width=width, height=3.3)
    bins = found.bins
    x, y, low, high = (finite(bins[n]) for n in ("expected", "realized", "realized_low", "realized_high"))
    ends = np.array([min(x.min(), 0.0), x.max() * 1.12])
    zero_line(axes, vertical=False)
    axes.plot(ends, ends, color=BASELINE, linewidth=1.2, linestyle=":")
    axes.plot(ends, found.intercept.value + found.slope.value * ends, color=MODEL, linewidth=1.2, alpha=0.7)
    axes.vlines(x, low, high, color=OUTCOME, linewidth=2.4, alpha=0.35, capstyle="round")
    axes.scatter(x, y, s=30, color=OUTCOME, zorder=3, linewidths=0)
    say(axes, (float(ends[1]), float(ends[1])), "as expected", dx=3)
    axes.set_xlim(ends[0], ends[1] * 1.16)
    for axis in (axes.xaxis, axes.yaxis):
        round_steps(axis)
    ticks = share_ticks if unit == "%" else number_ticks
    ticks(axes.xaxis, digits=1, signed=True)
    ticks(axes.yaxis, digits=1, signed=True)
    axes.set_xlabel(f"CLV expected from edge, fitted on earlier weeks ({unit})")
    axes.set_ylabel(f"CLV realized ({unit})")
    key(axes, [("fifth of the bets, 95 %", OUTCOME, "o"), ("line through all bets", MODEL, "-")], columns=2)
    return told(
        figure, expected_title(found), subtitle=subtitle, detail=f"{count(len(found.bets), 'bet')}, five fifths."
    )


def expected_title(found: ExpectedClv) -> str:
    """Return whether realized CLV followed the expectation."""
    line = f"slope {estimate(found.slope.value, found.slope.low, found.slope.high)}"
    mean = f"realized less expected {estimate(found.bias.value, found.bias.low, found.bias.high, signed=True)}"
    if found.calibrated is None:
        return f"Too few weeks to say whether expected CLV is calibrated: {mean}"
    verdict = "is not told apart from calibrated" if found.calibrated else "is not calibrated"
    if found.calibrated and found.slope.low <= 0:
        verdict = "is told apart neither from calibrated nor from useless"
    return f"Expected CLV {verdict}: {line} where 1 is right, {mean}"
