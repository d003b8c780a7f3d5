"""Where the money went: the bankroll with its drawdown, and the return by season, market, book and kind of price."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.decision.returns import Money
from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    interval_rows,
    key,
    names_on_rows,
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.figures.performance import betting_weeks_axis, round_steps
from workbench.report.sentences import against_zero, count, estimate, percent
from workbench.report.style import BASELINE, INK, MODEL, WORSE, Width, canvas, drawn, panels

#: What the values of a split mean to a reader.
WORDS: Final[Mapping[tuple[str, str], str]] = {
    ("all", "all"): "all bets",
    ("price_assumed", "True"): "price assumed (−110)",
    ("price_assumed", "False"): "price as offered",
    ("source", "consensus"): "consensus (not executable)",
}
#: Parts with fewer bets are left out of the picture, not of the table: their intervals leave the page.
_FEWEST_BETS: Final = 10


@drawn
def bankroll_and_drawdown(weeks: pd.DataFrame, *, subtitle: str, money: Money | None, width: Width = "page") -> Finding:
    """Draw wealth week by week above the share lost since its peak.

    Parameters
    ----------
    weeks : DataFrame
        From `decision.returns.weekly_returns`.
    money : Money or None
        From `decision.returns.money`, of the same bets.
    """
    if weeks.empty or money is None:
        reason = "A bankroll moves once bets are settled."
        return waiting("No bet is settled yet", subtitle=subtitle, reason=reason, width=width)
    figure, grid = panels(2, 1, width=width, height=3.9, sharex=True, gridspec_kw={"height_ratios": [2.2, 1.0]})
    above, below = grid[0][0], grid[1][0]
    x = np.arange(0, len(weeks) + 1, dtype=np.float64)
    wealth = np.concatenate([[1.0], finite(weeks["wealth"])])
    fallen = np.concatenate([[0.0], finite(weeks["drawdown"])])
    above.axhline(1.0, color=BASELINE, linewidth=1.0)
    above.plot(x, wealth, color=MODEL)
    say(above, (float(x[-1]), float(wealth[-1])), percent(wealth[-1] - 1.0, digits=0, signed=True), color=INK, dx=5)
    above.set_ylabel("bankroll, start = 100 %")
    round_steps(above.yaxis)
    share_ticks(above.yaxis)
    below.fill_between(x, -fallen, 0.0, color=WORSE, alpha=0.55, linewidth=0)
    below.set_ylabel("below its peak")
    share_ticks(below.yaxis)
    below.set_ylim(-max(float(fallen.max()), 0.01) * 1.35, 0.0)
    deepest = int(np.argmax(fallen))
    deep = percent(-fallen[deepest], digits=0)
    if fallen[deepest] > 0:
        right = deepest > 0.8 * len(x)
        at = (float(x[deepest]), -float(fallen[deepest]))
        say(below, at, deep, color=INK, dx=-6 if right else 6, ha="right" if right else "left")
    betting_weeks_axis(below, weeks, room=0.09)
    below.set_xlim(left=-0.2)
    growth = f"The bankroll {_moved(money.growth)} over {count(money.weeks, 'betting week')}"
    title = f"{growth}; at worst it stood {percent(money.drawdown.share)} below its peak"
    if money.seasons > 1:
        subtitle = f"{subtitle}; each season's account carried on by its returns"
    return told(figure, title, subtitle=subtitle, detail=_recovery(money))


def _moved(growth: float) -> str:
    if abs(growth - 1.0) < 0.005:
        return "ended where it began"
    return f"{'grew' if growth > 1 else 'shrank'} by {percent(abs(growth - 1.0))}"


def _recovery(money: Money) -> str:
    if money.drawdown.share == 0:
        return "It never fell below a peak."
    back = money.drawdown.recovered
    if back is None:
        return "It has not come back to that peak."
    return f"It came back to that peak after {count(back - money.drawdown.peak, 'betting week')}."


@drawn
def return_forest(split: pd.DataFrame, *, subtitle: str, width: Width = "page") -> Finding:
    """Draw the return on stakes by season, market, book and kind of price, with intervals clustered by week.

    Parameters
    ----------
    split : DataFrame
        From `decision.returns.return_split`; one-valued splits are left out.
    """
    varied = split.groupby("by")["value"].transform("nunique") > 1
    rows = split[(split["by"] == "all") | (varied & (split["bets"] >= _FEWEST_BETS))].reset_index(drop=True)
    if rows.empty:
        reason = "A return waits for settled bets."
        return waiting("No bet is settled yet", subtitle=subtitle, reason=reason, width=width)
    figure, axes = canvas(width=width, height=height_of(len(rows), room=0.95))
    zero_line(axes)
    interval_rows(axes, rows["roi"], rows["roi_low"], rows["roi_high"])
    flat: dict[str, Any] = {"facecolor": "none", "edgecolor": BASELINE, "linewidths": 1.2}
    axes.scatter(finite(rows["flat_roi"]), np.arange(len(rows)), s=22, marker="D", zorder=3, **flat)
    names_on_rows(axes, [_named(row) for row in rows.to_dict("records")])
    ends = np.r_[finite(rows["roi_low"]), finite(rows["roi_high"]), finite(rows["roi"])]
    near = min(float(np.nanmax(np.abs(ends))), 3.0 * float(np.nanmedian(np.abs(ends))) + 0.05)
    axes.set_xlim(-near * 1.05, near * 1.05)
    for row, n in enumerate(rows["bets"]):
        say(axes, (near * 1.05, row), f"{n:,}", dx=34, ha="right", fontsize=7.5)
    share_ticks(axes.xaxis, signed=True)
    axes.set_xlabel("profit on units staked (%); right: bets; intervals that leave the picture are in the table")
    key(axes, [("as staked, 95 % by week", MODEL, "o"), ("one unit a bet", BASELINE, "D")], columns=2)
    return told(figure, return_title(rows), subtitle=subtitle, detail=f"{count(len(rows), 'part')} of the bets.")


def return_title(split: pd.DataFrame) -> str:
    """Return the return on stakes, said plainly."""
    whole = split[split["by"] == "all"].iloc[0]
    shown = estimate(whole["roi"], whole["roi_low"], whole["roi_high"], unit="%", signed=True)
    verdict = against_zero(whole["roi_low"], whole["roi_high"])
    return f"Return on stakes {shown}, {verdict}, over {count(int(whole['bets']), 'bet')}"


def _named(row: Mapping[object, object]) -> str:
    pair = (str(row["by"]), str(row["value"]))
    return WORDS.get(pair, pair[1].replace("_", " "))


@drawn
def beat_the_close_by_source(verdicts: pd.DataFrame, *, subtitle: str, width: Width = "page") -> Finding:
    """Draw the share of moved prices that moved our way, by the book bet at.

    Parameters
    ----------
    verdicts : DataFrame
        From `decision.returns.verdict_split`.
    """
    rows = verdicts[verdicts["better"] + verdicts["worse"] > 0].reset_index(drop=True) if len(verdicts) else verdicts
    if rows.empty:
        reason = "CLV waits for the close."
        return waiting("No bet has a closing line yet", subtitle=subtitle, reason=reason, width=width)
    figure, axes = canvas(width=width, height=height_of(len(rows), room=0.9))
    zero_line(axes, at=0.5)
    low = rows["low"].where(rows["low"].notna(), rows["wilson_low"])
    high = rows["high"].where(rows["high"].notna(), rows["wilson_high"])
    interval_rows(axes, rows["beat_the_close"], low.clip(lower=0), high.clip(upper=1))
    names_on_rows(
        axes, [f"{row['source']} ({row['better']} / {row['same']} / {row['worse']})" for row in rows.to_dict("records")]
    )
    axes.set_xlim(0, 1)
    share_ticks(axes.xaxis)
    axes.set_xlabel("better among better and worse than the close (%); in brackets: better / same / worse")
    whole = rows.iloc[0]
    ours = estimate(whole["beat_the_close"], low.iloc[0], high.iloc[0], unit="%")
    title = f"{ours} of the prices that moved moved our way"
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(rows) - 1, 'source')}.")
