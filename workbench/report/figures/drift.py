"""Figures of a law that changes in the middle of a season: what intervals hold before and afterwards."""

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import finite, key, share_ticks, told, waiting, weeks_axis, zero_line
from workbench.report.sentences import count, percent
from workbench.report.style import BASELINE, GRID, MARKET_CLOSE, MODEL, Width, drawn, panels


@drawn
def held_through_change(
    weekly: pd.DataFrame, *, title: str, subtitle: str, level: float, tolerance: float, changed_from: int,
    width: Width = "page",
) -> Finding:  # fmt: skip
    """Draw what weekly intervals hold of the law, a panel a scale: calibrated once, and recalibrated when off.

    Parameters
    ----------
    weekly : DataFrame
        ``scale, week, kind`` (``as_it_is`` or ``delivered``), ``mid, low, high`` (shares of one).
    level, tolerance : float
        Shares of one.
    changed_from : int
        The first week of the new law.
    """
    if weekly.empty:
        return waiting(title, subtitle=subtitle, reason="No season was played.", width=width)
    scales = sorted(weekly["scale"].unique())
    figure, axes = panels(1, len(scales), width=width, height=2.9, sharey=True)
    for axis, scale in zip(axes[0], scales, strict=True):
        axis.axhspan(level - tolerance, min(level + tolerance, 1.0), color=GRID, zorder=0)
        zero_line(axis, at=level, vertical=False)
        axis.axvline(changed_from - 0.5, color=BASELINE, linewidth=1.0, linestyle="--")
        for kind, colour, marker in (("once", MARKET_CLOSE, "s"), ("delivered", MODEL, "o")):
            mine = weekly[weekly["scale"].eq(scale) & weekly["kind"].eq(kind)].sort_values("week")
            weeks, bounds = finite(mine["week"]), (finite(mine["low"]), finite(mine["high"]))
            axis.fill_between(weeks, *bounds, color=colour, alpha=0.15, linewidth=0)
            axis.plot(weeks, finite(mine["mid"]), color=colour, marker=marker, markersize=4)
        weeks_axis(axis, weeks, label=f"week, {scale:g} times the yards", room=0.0)
        share_ticks(axis.yaxis)
    axes[0][0].set_ylabel(f"of the law held at {percent(level)}")
    key(axes[0][0], [("calibrated once", MARKET_CLOSE, "s"), ("as delivered", MODEL, "o")])
    last = weekly[weekly["week"].eq(weekly["week"].max()) & weekly["kind"].eq("delivered")]
    ends = ", ".join(f"{s:g} times {percent(m, digits=0)}" for s, m in zip(last["scale"], last["mid"], strict=True))
    detail = f"{count(len(scales), 'change')}; in the last week what is delivered holds: {ends}."
    return told(figure, title, subtitle=subtitle, detail=detail)
