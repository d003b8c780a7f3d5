"""Figures of the overround study: what each method gains, and how favourites and longshots did."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    interval_rows,
    names_on_rows,
    number_ticks,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, listing
from workbench.report.style import BETTER, GRID, MARKET_OPEN, MODEL, MUTED, OUTCOME, WORSE, Width, canvas, drawn, panels

#: Log loss is shown in units of this: methods differ in the fourth decimal.
SCALE: Final = 1e4
_LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    "additive": (MARKET_OPEN, "--"),
    "power": (MODEL, "-"),
    "shin": (WORSE, ":"),
    "odds_ratio": (BETTER, "-."),
}


@drawn
def method_gains(rows: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw what each method gains on the proportional one, markets below one another.

    Parameters
    ----------
    rows : DataFrame
        In the order drawn: ``market, name, gain, gain_low, gain_high`` (log loss).
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No market has enough priced closes.", width=width)
    figure, axes = canvas(width=width, height=height_of(len(rows), room=0.9))
    zero_line(axes)
    scaled = [SCALE * finite(rows[name]) for name in ("gain", "gain_low", "gain_high")]
    interval_rows(axes, *scaled)
    names_on_rows(axes, [f"{name}" for name in rows["name"]])
    market = rows["market"].tolist()
    for row in [place for place in range(1, len(market)) if market[place] != market[place - 1]]:
        axes.axhline(row - 0.5, color=GRID, linewidth=1.0)
    number_ticks(axes.xaxis)
    axes.set_xlabel("log-loss gain over proportional, ten-thousandths (right: better)")
    clear = rows[(rows["gain_low"] > 0) | (rows["gain_high"] < 0)]
    left = listing([str(name) for name in clear["name"]])
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(rows), 'interval')}; off zero alone: {left}.")


@drawn
def favourite_curves(
    curves: pd.DataFrame, *, names: Mapping[str, str], title: str, subtitle: str, width: Width = "wide"
) -> Finding:
    """Draw, by price, what happened and what each method says, both less the proportional probability.

    Parameters
    ----------
    curves : DataFrame
        ``name, method, probability, bias, low, high``; the method ``outcome`` is what happened.
    names : mapping of str to str
        A panel's heading by its ``name``; the panels in this order.
    """
    shown = [name for name in names if name in set(curves["name"])]
    if not shown:
        reason = "Prices hardly differ: there is no favourite to look at."
        return waiting(title, subtitle=subtitle, reason=reason, width=width)
    figure, grid = panels(1, len(shown), width=width, height=3.6, sharey=True)
    for axes, name in zip(grid[0], shown, strict=True):
        rows = curves[curves["name"] == name]
        zero_line(axes, vertical=False)
        came = rows[rows["method"] == "outcome"]
        x = finite(came["probability"])
        axes.vlines(x, finite(came["low"]), finite(came["high"]), color=OUTCOME, linewidth=2.2, alpha=0.35)
        axes.scatter(x, finite(came["bias"]), s=24, color=OUTCOME, linewidths=0, zorder=3)
        for method, (colour, dash) in _LOOKS.items():
            line = rows[rows["method"] == method].sort_values("probability")
            axes.plot(finite(line["probability"]), finite(line["bias"]), color=colour, linestyle=dash, linewidth=1.8)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        share_ticks(axes.xaxis)
        share_ticks(axes.yaxis, digits=0, signed=True)
        axes.set_title(names[name], fontsize=9, pad=6)
        axes.set_xlabel("proportional probability")
    grid[0][0].set_ylabel("less the proportional probability")
    present = [m for m in _LOOKS if m in set(curves["method"])]
    entries = [("what happened, 95 %", OUTCOME, "o")]
    entries += [(m.replace("shin", "Shin").replace("_", " "), *_LOOKS[m]) for m in present]
    figure.legend(handles=_handles(entries), loc="outside lower center", ncols=len(entries), labelcolor=MUTED)
    detail = f"{count(len(shown), 'market')}: {listing([names[name] for name in shown])}."
    return told(figure, title, subtitle=subtitle, detail=detail)


def _handles(entries: Sequence[tuple[str, str, str]]) -> list[Line2D]:
    looks: list[dict[str, Any]] = [
        {"marker": "o", "linestyle": "none"} if mark == "o" else {"linestyle": mark} for *_, mark in entries
    ]
    return [Line2D([], [], color=c, label=name, **look) for (name, c, _), look in zip(entries, looks, strict=True)]
