"""May we act, and on what: the slate of bets with their caps, and the gate with what it lets through by luck."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    Floats,
    finite,
    height_of,
    key,
    names_on_rows,
    number_ticks,
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, estimate, is_missing, number, percent
from workbench.report.style import BETTER, INK, MODEL, MUTED, PAPER, WORSE, Width, canvas, drawn

#: Stakes are rounded down to hundredths of a unit: a share this little short was not cut.
_ROUNDED = 1e-4


@drawn
def stakes(
    bets: pd.DataFrame,
    *,
    subtitle: str,
    cap_bet: float = 0.025,
    cap_week: float = 0.15,
    width: Width = "page",
) -> Finding:
    """Draw each bet's stake as a share of the bankroll, what was wanted before caps, and the cap.

    Parameters
    ----------
    bets : DataFrame
        ``label, stake_share, wanted`` (the fractional Kelly or flat stake before caps).
    cap_bet, cap_week : float
        Shares of the bankroll.
    """
    if bets.empty:
        reason = "No price passed the gates: no edge, no bet."
        return waiting("No bet this week", subtitle=subtitle, reason=reason, width=width)
    kept = bets.sort_values("stake_share", ascending=False, kind="stable").reset_index(drop=True)
    stake, asked = finite(kept["stake_share"]), finite(kept["wanted"])
    figure, axes = canvas(width=width, height=height_of(len(kept), room=1.0))
    reach = max(cap_bet, float(np.nanmax(np.concatenate([stake, asked]))))
    _stake_bars(axes, stake, asked)
    axes.axvline(cap_bet, color=WORSE, linewidth=1.4, linestyle="--")
    names_on_rows(axes, kept["label"].astype(str).tolist())
    cap = f"cap a bet, {percent(cap_bet, digits=1)}"
    key(axes, [("stake", MODEL, "s"), ("wanted before caps", INK, "|"), (cap, WORSE, "--")])
    axes.set_xlim(0, reach * 1.14)
    share_ticks(axes.xaxis, digits=1)
    axes.set_xlabel("share of the bankroll (%)")
    total, capped = percent(float(np.nansum(stake)), digits=1), int((asked > stake + _ROUNDED).sum())
    title = f"{count(len(kept), 'bet')} put {total} of the bankroll at risk (cap {percent(cap_week)})"
    title += f"; caps cut {count(capped, 'stake')}" if capped else ""
    return told(figure, title, subtitle=subtitle, detail="Stakes by bet as shares of the bankroll.")


def _stake_bars(axes: Axes, stake: Floats, asked: Floats) -> None:
    rows = np.arange(stake.size)
    axes.barh(rows, stake, height=0.5, color=MODEL)
    axes.scatter(asked, rows, marker="|", s=70, color=INK, linewidths=1.4, zorder=4)
    reach = float(np.nanmax(np.concatenate([stake, asked])))
    for row, (share, kelly) in enumerate(zip(stake, asked, strict=True)):
        if share > 0.2 * reach:
            say(axes, (share, row), percent(share, digits=1), dx=-6, ha="right", color=PAPER)
        else:
            say(axes, (float(np.fmax(share, kelly)), row), percent(share, digits=1), dx=7)


@drawn
def gate_meter(
    mean_clv: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    n: int,
    subtitle: str,
    threshold: float = 0.3,
    minimum_bets: int = 10,
    false_pass: float | None = None,
    width: Width = "page",
) -> Finding:
    """Draw the gate: the mean closing line value of the last two weeks against its threshold.

    Parameters
    ----------
    mean_clv, low, high : float or None
        Mean clv_points with its 95 % interval.
    n : int
        Graded spread and total bets behind it.
    false_pass : float, optional
        How often a bettor without skill passes this gate with so many bets, from simulation.
    """
    if mean_clv is None or is_missing(mean_clv) or n == 0:
        reason = f"No graded shadow bet yet; the gate asks for {minimum_bets}."
        return waiting("The gate waits for graded shadow bets", subtitle=subtitle, reason=reason, width=width)
    figure, axes = canvas(width=width, height=1.6)
    _meter(axes, mean_clv, [float(v) for v in (low, high) if v is not None and not is_missing(v)], threshold)
    say(axes, (mean_clv, 0), f"{number(mean_clv, signed=True)}, n = {n}", color=INK, dx=0, dy=15, ha="center")
    passed = mean_clv >= threshold and n >= minimum_bets
    luck = "" if false_pass is None else f"; without skill one passes {percent(false_pass)} of the time"
    reason = f" (needs {minimum_bets} bets, has {n})" if n < minimum_bets else ""
    shown = estimate(mean_clv, low, high, unit="points", signed=True, digits=2)
    title = f"The gate {'is passed' if passed else 'stays shut'}{reason}: {shown}{luck}"
    return told(figure, title, subtitle=subtitle, detail=f"Threshold {number(threshold, digits=1)} points a bet.")


def _meter(axes: Axes, mean: float, ends: list[float], threshold: float) -> None:
    marks = [mean, threshold, 0.0, *ends]
    reach = max(marks) - min(marks)
    right = max(marks) + 0.25 * reach
    axes.set_xlim(min(marks) - 0.12 * reach, right)
    axes.axvspan(threshold, right, color=BETTER, alpha=0.13, linewidth=0)
    zero_line(axes)
    axes.axvline(threshold, color=BETTER, linewidth=1.6)
    if len(ends) == 2:
        axes.hlines(0, ends[0], ends[1], color=MODEL, linewidth=4, alpha=0.4, capstyle="round")
    axes.scatter([mean], [0], s=80, color=MODEL, zorder=3, linewidths=0)
    say(axes, (right, -0.8), f"passes from {number(threshold, digits=1, signed=True)}", dx=-6, ha="right", color=MUTED)
    axes.set_yticks([])
    axes.set_ylim(-1.2, 1.5)
    axes.grid(visible=False)
    number_ticks(axes.xaxis, digits=1)
    axes.set_xlabel("mean closing line value (points a bet; bar: 95 % interval)")
