"""Figures of the shock backtest: gains by kind of shock at two lines, profit adding up, win rates beside a claim."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    height_of,
    interval_rows,
    key,
    names_on_rows,
    number_ticks,
    say,
    share_ticks,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, number
from workbench.report.style import MARKET_CLOSE, MARKET_OPEN, MUTED, OUTCOME, Width, canvas, drawn

_LOOKS: Final = {"open": (MARKET_OPEN, "o", "opener"), "close": (MARKET_CLOSE, "s", "close")}
_AGAINST: Final = {"open": "against the opener, with later news", "close": "against the close"}
#: Two intervals share a row: the row is this much higher than of one.
_TALL: Final = 1.6


@drawn
def paired_gains(rows: pd.DataFrame, *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw gains by kind of shock, after the opener and after the close, one row a kind.

    Parameters
    ----------
    rows : DataFrame
        ``name, games`` and for each of ``open`` and ``close``: ``<end>, <end>_low, <end>_high`` (points, null where
        there are no such games).
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No shock was known in time.", width=width)
    figure, axes = canvas(width=width, height=height_of(round(_TALL * len(rows)), room=0.95))
    zero_line(axes)
    for end, shift in (("open", -0.16), ("close", 0.16)):
        colour, marker, _ = _LOOKS[end]
        interval_rows(
            axes, rows[end], rows[f"{end}_low"], rows[f"{end}_high"], color=colour, marker=marker, shift=shift
        )
    names_on_rows(axes, [str(name) for name in rows["name"]])
    key(axes, [(_AGAINST[end], colour, marker) for end, (colour, marker, _) in _LOOKS.items()])
    number_ticks(axes.xaxis, digits=1)
    axes.set_xlabel("gain in mean absolute error (points; right: the adjusted line is better)")
    clear = sum(int((rows[f"{end}_low"] > 0).sum()) for end in _LOOKS)
    return told(figure, title, subtitle=subtitle,
                detail=f"{count(len(rows), 'kind')} of shock; intervals wholly above zero: {clear}.")  # fmt: skip


@drawn
def profit(paths: Mapping[str, pd.DataFrame], *, title: str, subtitle: str, width: Width = "page") -> Finding:
    """Draw profit adding up week by week, and the band that a bettor who breaks even stays in.

    Parameters
    ----------
    paths : mapping of str to DataFrame
        ``open`` and ``close``, from ``profit_path``: ``season, week, profit, low, high``.
    """
    whole = {end: path for end, path in paths.items() if len(path)}
    if not whole:
        return waiting(title, subtitle=subtitle, reason="No bet reached the threshold.", width=width)
    calendar = pd.concat(whole.values())[["season", "week"]].drop_duplicates().sort_values(["season", "week"])
    place = {when: i for i, when in enumerate(calendar.itertuples(index=False, name=None))}
    figure, axes = canvas(width=width, height=3.3)
    zero_line(axes, vertical=False)
    ends = {end: float(path["profit"].iloc[-1]) for end, path in whole.items()}
    for end, path in whole.items():
        colour, _, word = _LOOKS[end]
        x = np.array([place[when] for when in path[["season", "week"]].itertuples(index=False, name=None)])
        axes.fill_between(
            x, finite(path["low"]), finite(path["high"]), color=colour, alpha=0.12, linewidth=0, step="post"
        )
        axes.step(x, finite(path["profit"]), color=colour, where="post", linewidth=1.8)
        up = 5 if ends[end] >= max(ends.values()) else -5
        say(axes, (float(x[-1]), ends[end]), f"at the {word} {number(ends[end], digits=0, signed=True)}", color=colour,
            dx=5, dy=up)  # fmt: skip
    firsts = calendar.reset_index(drop=True).drop_duplicates("season")
    axes.set_xticks(firsts.index, [str(season) for season in firsts["season"]])
    axes.set_xlim(-1, len(calendar) * 1.24)
    axes.set_xlabel("weeks with bets, from each season's first; bands: where a break-even bettor stays, 95 %")
    axes.set_ylabel("profit (units of stake)")
    number_ticks(axes.yaxis)
    return told(figure, title, subtitle=subtitle, detail=f"Profit over {count(len(calendar), 'week')} with bets.")


@drawn
def win_rates(
    rows: pd.DataFrame, *, break_even: float, title: str, subtitle: str, width: Width = "page"
) -> Finding:  # fmt: skip
    """Draw win rates with their intervals beside the break-even rate.

    Parameters
    ----------
    rows : DataFrame
        ``name, value, low, high, look`` (open, close or claim) in the order drawn.
    break_even : float
    """
    if rows.empty:
        return waiting(title, subtitle=subtitle, reason="No such event in these seasons.", width=width)
    colours = {"open": MARKET_OPEN, "close": MARKET_CLOSE, "claim": OUTCOME}
    markers = {"open": "o", "close": "s", "claim": "D"}
    figure, axes = canvas(width=width, height=height_of(len(rows), room=1.0))
    zero_line(axes, at=break_even)
    for look, colour in colours.items():
        mine = rows["look"].eq(look)
        shown = rows[["value", "low", "high"]].where(mine, np.nan)
        interval_rows(axes, shown["value"], shown["low"], shown["high"], color=colour, marker=markers[look])
    names_on_rows(axes, [str(name) for name in rows["name"]])
    say(axes, (break_even, -0.6), "break-even", dx=0, dy=7, ha="center", color=MUTED)
    share_ticks(axes.xaxis)
    axes.set_xlabel("win rate, pushes aside (%)")
    above = int((rows["low"] > break_even).sum())
    return told(figure, title, subtitle=subtitle,
                detail=f"{above} of {count(len(rows), 'interval')} wholly above break-even.")  # fmt: skip
