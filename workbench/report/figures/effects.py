"""Two numbers a shock: what it does to the game, and what is left after the line moved; and claims under test."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    finite,
    interval_rows,
    key,
    names_on_rows,
    number_ticks,
    say,
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import count, listing, number
from workbench.report.style import (
    BASELINE,
    MARKET_CLOSE,
    MARKET_OPEN,
    MODEL,
    OUTCOME,
    Width,
    canvas,
    drawn,
    panels,
)

#: Fewer games than this are drawn grey.
SMALL: Final = 40
_SERIES: Final = (
    ("effect", "on the game", OUTCOME, "o"),
    ("left_open", "left after the open", MARKET_OPEN, "s"),
    ("left_close", "left after the close", MARKET_CLOSE, "D"),
)


@drawn
def two_numbers_figure(
    frame: pd.DataFrame, *, subtitle: str, small: int = SMALL, title: str | None = None, width: Width = "page"
) -> Finding:
    """Draw a forest of shocks, the largest effect on top: on the game, after the open and after the close.

    Parameters
    ----------
    frame : DataFrame
        One row a shock: ``label, n`` (affected games), ``effect, effect_low, effect_high, left_close, left_close_low,
        left_close_high``, in points; optional ``left_open`` with its ends, missing where no opener is known.
    small : int, default 40
        Shocks with fewer games are drawn grey, below the others.
    title : str, optional
        By default how many shocks move the game, and how many leave something after the close.
    """
    if frame.empty:
        reason = "Effects wait for games."
        return waiting("No shock is estimated yet", subtitle=subtitle, reason=reason, width=width)
    order = np.lexsort((-np.abs(finite(frame["effect"])), finite(frame["n"]) < small))
    rows = frame.iloc[order].reset_index(drop=True)
    grey = finite(rows["n"]) < small
    series = [s for s in _SERIES if s[0] in rows and rows[s[0]].notna().any()]
    figure, axes = canvas(width=width, height=0.95 + (0.1 + 0.1 * len(series)) * max(len(rows), 2))
    zero_line(axes)
    shifts = np.linspace(-0.24, 0.24, len(series)) if len(series) > 1 else [0.0]
    for (name, _, colour, marker), shift in zip(series, shifts, strict=True):
        for chosen, ink in ((~grey, colour), (grey, BASELINE)):
            _some_rows(axes, rows, name, chosen=chosen, color=ink, marker=marker, shift=float(shift))
    names = [f"{label} ({number(n, digits=0)})" for label, n in zip(rows["label"], rows["n"], strict=True)]
    names_on_rows(axes, names)
    _room(axes, rows.loc[~grey] if (~grey).any() else rows, [s[0] for s in series])
    number_ticks(axes.xaxis)
    grey_note = f"; grey: fewer than {small} games" if grey.any() else ""
    axes.set_xlabel(f"points for the affected team, 95 % interval{grey_note}")
    key(axes, [(label, colour, marker) for _, label, colour, marker in series], columns=3)
    return told(figure, title or _two_numbers_title(rows), subtitle=subtitle, detail=_two_numbers_detail(rows))


def _some_rows(
    axes: Axes, rows: pd.DataFrame, name: str, *, chosen: "np.ndarray[Any, np.dtype[np.bool_]]", **look: Any
) -> None:
    middle, low, high = (np.where(chosen, finite(rows[name + end]), np.nan) for end in ("", "_low", "_high"))
    interval_rows(axes, middle, low, high, **look)


def _room(axes: Axes, rows: pd.DataFrame, names: Sequence[str]) -> None:
    """Give room to the intervals of large samples; those of small ones may run off the edge."""
    ends = np.concatenate([finite(rows[name + end]) for name in names for end in ("", "_low", "_high")])
    low, high = min(float(np.nanmin(ends)), 0.0), max(float(np.nanmax(ends)), 0.0)
    pad = 0.06 * max(high - low, 1.0)
    axes.set_xlim(low - pad, high + pad)


def _off_zero(rows: pd.DataFrame, name: str) -> list[str]:
    return [
        str(label)
        for label in rows.loc[(finite(rows[f"{name}_low"]) > 0) | (finite(rows[f"{name}_high"]) < 0), "label"]
    ]


def _two_numbers_title(rows: pd.DataFrame) -> str:
    moved, left = _off_zero(rows, "effect"), _off_zero(rows, "left_close")
    after = f"{listing(left, most=3)} {'leave' if len(left) > 1 else 'leaves'} something" if left else "none is left"
    verb = "moves" if len(moved) == 1 else "move"
    return f"{len(moved)} of {count(len(rows), 'shock')} {verb} the game; after the close {after}"


def _two_numbers_detail(rows: pd.DataFrame) -> str:
    top = rows.iloc[0]
    left = number(top["left_close"], digits=1, signed=True)
    effect = number(top["effect"], digits=1, signed=True)
    return f"Largest: {top['label']}, {effect} points on the game, {left} after the close."


@drawn
def claims_figure(frame: pd.DataFrame, *, subtitle: str, title: str | None = None, width: Width = "page") -> Finding:
    """Draw earlier claims beside our intervals, one panel a unit.

    Parameters
    ----------
    frame : DataFrame
        One row a claim: ``label, unit, claimed, estimate, low, high``.
    """
    if frame.empty:
        return waiting("No claim is under test", subtitle=subtitle, reason="Claims wait for estimates.", width=width)
    units = list(dict.fromkeys(frame["unit"]))
    groups = [frame[frame["unit"] == unit].reset_index(drop=True) for unit in units]
    height = 0.5 + sum(0.55 + 0.3 * len(group) for group in groups)
    ratios = {"gridspec_kw": {"height_ratios": [0.8 + len(group) for group in groups]}}
    figure, grid = panels(len(units), 1, width=width, height=height, **ratios)
    for axes, unit, group in zip(grid[:, 0], units, groups, strict=True):
        zero_line(axes)
        interval_rows(axes, group["estimate"], group["low"], group["high"])
        rows = np.arange(len(group))
        axes.scatter(finite(group["claimed"]), rows, s=34, marker="D", color=OUTCOME, linewidths=0, zorder=4)
        for row, claimed in zip(rows, finite(group["claimed"]), strict=True):
            say(axes, (float(claimed), float(row)), number(claimed, digits=1, signed=True), dx=0, dy=9, ha="center")
        names_on_rows(axes, [str(label) for label in group["label"]])
        axes.set_ylim(len(group) - 0.4, -0.75)
        axes.margins(x=0.12)
        number_ticks(axes.xaxis)
        axes.set_xlabel(str(unit))
    key(grid[0, 0], [("claimed", OUTCOME, "D"), ("estimated here, 95 % interval", MODEL, "o")], columns=2)
    return told(figure, title or _claims_title(frame), subtitle=subtitle, detail=_claims_detail(frame))


def _outside(frame: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    claimed = finite(frame["claimed"])
    return np.asarray((claimed < finite(frame["low"])) | (claimed > finite(frame["high"])))


def _claims_title(frame: pd.DataFrame) -> str:
    out = int(_outside(frame).sum())
    known = int(frame["low"].notna().sum())
    verb = "lies" if out == 1 else "lie"
    return f"{out} of {count(known, 'earlier claim')} {verb} outside what is estimated here"


def _claims_detail(frame: pd.DataFrame) -> str:
    said = [
        f"{label}: claimed {number(claimed, digits=1, signed=True)}, here {number(found, digits=1, signed=True)}"
        for label, claimed, found in zip(
            frame["label"], finite(frame["claimed"]), finite(frame["estimate"]), strict=True
        )
    ]
    return f"{'; '.join(said)}."
