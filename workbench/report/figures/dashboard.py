"""Where do we stand this season: bankroll, weekly return, Brier against the market, CLV adding up."""

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    Floats,
    finite,
    number_ticks,
    running_band,
    say,
    share_ticks,
    told,
    waiting,
    weeks_axis,
    zero_line,
)
from workbench.report.intervals import mean_interval
from workbench.report.sentences import against_zero, compared, count, estimate, number, percent
from workbench.report.style import (
    BASELINE,
    BETTER,
    INK,
    MARKET_CLOSE,
    MODEL,
    OUTCOME,
    WORSE,
    Width,
    canvas,
    drawn,
)


@drawn
def bankroll(history: pd.DataFrame, *, subtitle: str, start: float = 1000.0, width: Width = "page") -> Finding:
    """Draw the bankroll week by week, and the band that luck alone would keep it in.

    Parameters
    ----------
    history : DataFrame
        ``week, bankroll`` in units; optional ``low, high``: the 95 % band of the same stakes at fair prices.
    start : float
        Units at the start.
    """
    if history.empty:
        reason = "No bet is settled yet."
        return waiting("The bankroll has not moved yet", subtitle=subtitle, reason=reason, width=width)
    weeks, units = finite(history["week"]), finite(history["bankroll"])
    figure, axes = canvas(width=width, height=3.1)
    axes.axhline(start, color=BASELINE, linewidth=1.0)
    banded = "low" in history and "high" in history
    if banded:
        axes.fill_between(weeks, finite(history["low"]), finite(history["high"]), color=OUTCOME, alpha=0.1, linewidth=0)
    axes.plot(weeks, units, color=MODEL, marker="o", markersize=4.5)
    say(axes, (float(weeks[-1]), float(units[-1])), f"{number(units[-1], digits=0)} units", color=INK, dx=8)
    weeks_axis(axes, weeks, label="week; grey band: where luck alone keeps it, 95 %" if banded else "week")
    number_ticks(axes.yaxis, signed=False)
    axes.set_ylabel("bankroll (units)")
    title = _bankroll_title(history, units, start)
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(history), 'week')}.")


def _bankroll_title(history: pd.DataFrame, units: Floats, start: float) -> str:
    peak = np.maximum.accumulate(np.append(start, units))[1:]
    now, moved = number(units[-1], digits=0), percent(units[-1] / start - 1, digits=1, signed=True)
    title = f"The bankroll stands at {now} units ({moved})"
    if "low" in history and "high" in history:
        inside = bool(history["low"].iloc[-1] <= units[-1] <= history["high"].iloc[-1])
        title += ", where luck alone could put it" if inside else ", where luck alone would rarely put it"
    return f"{title}; deepest fall {percent(float(np.max(1 - units / peak)), digits=1)}"


@drawn
def weekly_roi(
    history: pd.DataFrame, *, subtitle: str, interval: tuple[float, float] | None = None, width: Width = "page"
) -> Finding:
    """Draw each week's return on stakes, wider where more was staked, with the season's interval.

    Parameters
    ----------
    history : DataFrame
        ``week, profit_units, stake_units``.
    interval : (low, high), optional
        The 95 % interval the page tells elsewhere, so that it tells one; by default of the ratio, weeks as its units.
    """
    kept = history[finite(history["stake_units"]) > 0].reset_index(drop=True) if not history.empty else history
    if kept.empty:
        reason = "Returns wait for results."
        return waiting("No week has a settled bet yet", subtitle=subtitle, reason=reason, width=width)
    weeks, profit, stake = (finite(kept[c]) for c in ("week", "profit_units", "stake_units"))
    share, total = profit / stake, float(profit.sum() / stake.sum())
    # Total profit over total stake: a ratio, linearized, with weeks as its units.
    _, *ends = mean_interval((profit - total * stake) / stake.mean())
    low, high = interval or (total + end for end in ends)
    figure, axes = canvas(width=width, height=2.8)
    if np.isfinite(low):
        axes.axhspan(low, high, color=MODEL, alpha=0.13, linewidth=0)
    colours = [BETTER if value >= 0 else WORSE for value in share]
    axes.bar(weeks, share, width=0.25 + 0.55 * stake / stake.max(), color=colours, zorder=2)
    zero_line(axes, vertical=False)
    axes.axhline(total, color=MODEL, linewidth=1.6, zorder=3)
    say(axes, (float(weeks[-1]) + 0.5, total), "season", color=MODEL, dx=4, dy=7)
    weeks_axis(axes, weeks, label="week; wider bar: larger stakes; blue: season with its 95 % interval")
    reach = max(float(np.abs(share).max()), 0.1) * 1.2
    axes.set_ylim(-reach, reach)
    share_ticks(axes.yaxis, signed=True)
    axes.set_ylabel("return on stakes (%)")
    title = f"Return on stakes {estimate(total, low, high, unit='%', signed=True)}, {against_zero(low, high)}"
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(kept), 'week')} with settled bets.")


def _to_date(values: Floats, label: Floats) -> tuple[Floats, Floats]:
    """Return the weeks, and the mean up to each with its 95 % interval, clustered by week."""
    weeks = np.unique(label)
    return weeks, np.array([mean_interval(values[label <= w], clusters=label[label <= w]) for w in weeks])


@drawn
def brier_gap(
    scores: pd.DataFrame, *, subtitle: str, market: str = "the market at the close", width: Width = "page"
) -> Finding:
    """Draw the season-to-date Brier difference between model and market with its 95 % band, clustered by week.

    Parameters
    ----------
    scores : DataFrame
        One row a game in order of time: ``week, model, market`` (squared errors of the same game).
    """
    kept = scores.dropna(subset=["model", "market"]) if not scores.empty else scores
    if kept.empty:
        reason = "Brier scores wait for results."
        return waiting("No game is graded yet", subtitle=subtitle, reason=reason, width=width)
    weeks, running = _to_date(finite(kept["model"]) - finite(kept["market"]), finite(kept["week"]))
    figure, axes = canvas(width=width, height=2.9)
    zero_line(axes, vertical=False)
    reach = max(running_band(axes, weeks, running), 0.002)
    axes.set_ylim(-reach, reach)
    weeks_axis(axes, weeks, label="week (season to date; band: 95 %, clustered by week)")
    number_ticks(axes.yaxis, digits=3)
    for text, y, va, colour in (
        ("↑ market better", 0.99, "top", MARKET_CLOSE),
        ("↓ model better", 0.01, "bottom", MODEL),
    ):
        axes.text(0.995, y, text, transform=axes.transAxes, ha="right", va=va, color=colour, fontsize=8.5)
    axes.set_ylabel("Brier score, model − market")
    mean, low, high = running[-1]
    verdict = compared(low, high, below="better than", above="worse than")
    shown = estimate(mean, low, high, signed=True, digits=None if np.isfinite(low) else 4)
    title = f"The model's Brier score is {verdict} {market}: {shown}"
    detail = f"{count(len(kept), 'game')} in {count(len(weeks), 'week')}."
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def cumulative_clv(
    grades: pd.DataFrame, *, subtitle: str, interval: tuple[float, float] | None = None, width: Width = "page"
) -> Finding:
    """Draw closing line value adding up over the season, with the 95 % band of its sum.

    Parameters
    ----------
    grades : DataFrame
        One row a bet in order of time: ``week, clv_points``.
    interval : (low, high), optional
        The 95 % interval of the mean a bet that the page tells elsewhere, so that it tells one; by default
        Student's, clustered by week.
    """
    kept = grades.dropna(subset=["clv_points"]) if not grades.empty else grades
    if kept.empty:
        reason = "CLV waits for the close."
        return waiting("No bet has a closing line yet", subtitle=subtitle, reason=reason, width=width)
    label = finite(kept["week"])
    weeks, means = _to_date(finite(kept["clv_points"]), label)
    total = means * np.array([(label <= w).sum() for w in weeks])[:, None]
    figure, axes = canvas(width=width, height=2.9)
    zero_line(axes, vertical=False)
    reach = max(running_band(axes, weeks, total), 1.0)
    axes.set_ylim(-reach, reach)
    sum_now = number(total[-1, 0], digits=1, signed=True)
    say(axes, (float(weeks[-1]), float(total[-1, 0])), f"{sum_now} points", color=INK, dx=8)
    weeks_axis(axes, weeks, label="week (band: 95 %, clustered by week)")
    number_ticks(axes.yaxis)
    axes.set_ylabel("CLV, sum (points)")
    mean, *ends = means[-1].tolist()
    low, high = interval or ends
    a_bet = estimate(mean, low, high, signed=True)
    title = f"CLV adds up to {sum_now} points over {count(len(kept), 'bet')}: {a_bet} a bet"
    return told(figure, title, subtitle=subtitle, detail=f"{against_zero(low, high)}.")
