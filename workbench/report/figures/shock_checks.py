"""How far a list of events can be trusted: shares found right, and what its events are said to be."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
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
from workbench.report.sentences import count, listing, percent
from workbench.report.style import BASELINE, BETTER, INK, MARKET_OPEN, MODEL, PAPER, WORSE, Width, canvas, drawn


@drawn
def shares_right_figure(rows: pd.DataFrame, *, aim: float, subtitle: str, width: Width = "page") -> Finding:
    """Draw the share of events found right with its 95 % interval, one type a row, lowest first.

    Parameters
    ----------
    rows : DataFrame
        ``type, read, right, share, low, high``.
    aim : float
        Drawn as a line.
    """
    if rows.empty:
        return waiting(
            "Nobody has read these events yet", subtitle=subtitle, reason="No event read by eye is among them."
        )
    rows = rows.sort_values(["share", "read"], kind="stable")
    figure, axes = canvas(width=width, height=height_of(len(rows)))
    zero_line(axes, at=aim)
    interval_rows(axes, rows["share"], rows["low"], rows["high"])
    names_on_rows(axes, [str(name).replace("_", " ") for name in rows["type"]])
    axes.set_xlim(-0.02, 1.16)
    axes.set_xticks(np.arange(0, 1.01, 0.2))
    for place, (right, read) in enumerate(zip(rows["right"], rows["read"], strict=True)):
        say(axes, (1.03, place), f"{right} of {read}", color=INK)
    share_ticks(axes.xaxis)
    axes.set_xlabel("share right, 95 % interval; the line is the aim")
    read, right = int(rows["read"].sum()), int(rows["right"].sum())
    worst = rows.loc[rows["right"].lt(rows["read"]), "type"].str.replace("_", " ").tolist()
    detail = f"Types with an event found wrong: {listing(worst, most=len(worst) or 1)}."
    return told(figure, f"{right} of {count(read, 'event')} read by eye are right", subtitle=subtitle, detail=detail)


#: Colours from sure to unsure, each with a look of its own in grey print.
_TONES: Final = ((BETTER, ""), (MODEL, ""), (MARKET_OPEN, "///"), (WORSE, "xxx"), (BASELINE, "..."))


@drawn
def words_figure(
    table: pd.DataFrame, *, words: Sequence[str], title: str, subtitle: str, label: str, width: Width = "page"
) -> Finding:
    """Draw what share of each type's events each word holds for, as one bar a type.

    Parameters
    ----------
    table : DataFrame
        ``type`` and one column of counts a word.
    words : sequence of str
        In the order drawn, from sure to unsure; at most five.
    """
    if table.empty:
        return waiting(title, subtitle=subtitle, reason="There are no events.", width=width)
    shown = [word for word in words if word in table.columns]
    counts = table.set_index("type")[shown].astype(float)
    shares = counts.div(counts.sum(axis=1), axis=0).sort_values(shown, ascending=False, kind="stable")
    figure, axes = canvas(width=width, height=height_of(len(shares), room=0.95))
    left = np.zeros(len(shares))
    for word, (colour, hatch) in zip(shown, _TONES, strict=False):
        look: dict[str, Any] = {"color": colour, "alpha": 0.75, "hatch": hatch, "edgecolor": PAPER, "linewidth": 0.6}
        axes.barh(range(len(shares)), shares[word], left=left, height=0.7, **{k: v for k, v in look.items() if v})
        left += shares[word].to_numpy()
    names_on_rows(axes, [str(name).replace("_", " ") for name in shares.index])
    axes.set_xlim(0, 1)
    share_ticks(axes.xaxis)
    axes.set_xlabel(label)
    key(axes, [(w.replace("_", " "), c, "s") for w, (c, _) in zip(shown, _TONES, strict=False)], columns=len(shown))
    whole = counts.sum() / counts.to_numpy().sum()
    parts = [f"{word.replace('_', ' ')} {percent(whole[word])}" for word in shown]
    detail = f"Of all events: {listing(parts)}."
    return told(figure, title, subtitle=subtitle, detail=detail)
