"""How an effect varies: with its dose, between groups, and over the cells of the effect library."""

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
    told,
    waiting,
    zero_line,
)
from workbench.report.sentences import against_zero, count, estimate, number
from workbench.report.style import BASELINE, MARKET_CLOSE, MODEL, OUTCOME, Width, canvas, drawn

#: How far an entry of the library was pooled, and its mark.
_LEVELS: Final = (
    ("cell", "its own cell", MODEL, "o"),
    ("band", "its severity band", MODEL, "^"),
    ("type", "its type", MODEL, "s"),
    ("league", "all", BASELINE, "D"),
)


@drawn
def dose_response_figure(
    frame: pd.DataFrame, *, dose: str, subtitle: str, title: str | None = None, width: Width = "page"
) -> Finding:
    """Draw the effect against the size of the shock, on the game and after the close.

    Parameters
    ----------
    frame : DataFrame
        In order of ``dose``: ``effect, low, high``; optional ``left, left_low, left_high`` after the close, and ``n``.
    dose : str
        The axis, with its unit: "gap in value between the quarterbacks (points)".
    """
    if frame.empty:
        reason = "The dose waits for games."
        return waiting("No dose is estimated yet", subtitle=subtitle, reason=reason, width=width)
    x = finite(frame["dose"])
    figure, axes = canvas(width=width, height=3.2)
    zero_line(axes, vertical=False)
    ends = {"effect": ("low", "high"), "left": ("left_low", "left_high")}
    looks = {"effect": (OUTCOME, "o", "-", "on the game"), "left": (MARKET_CLOSE, "D", "--", "after the close")}
    for name in [n for n in looks if n in frame and frame[n].notna().any()]:
        colour, marker, line, label = looks[name]
        low, high = (finite(frame[end]) for end in ends[name])
        axes.fill_between(x, low, high, color=colour, alpha=0.14, linewidth=0)
        axes.plot(x, finite(frame[name]), color=colour, marker=marker, markersize=4.5, linestyle=line)
        last = int(np.flatnonzero(np.isfinite(finite(frame[name])))[-1])
        say(axes, (float(x[last]), float(finite(frame[name])[last])), label, color=colour, dx=8)
    span = max(float(np.ptp(x)), 1e-9)
    axes.set_xlim(x.min() - 0.03 * span, x.max() + 0.24 * span)
    number_ticks(axes.yaxis)
    axes.set_xlabel(dose)
    axes.set_ylabel("effect (points)")
    first, last_row = frame.iloc[0], frame.iloc[-1]
    shown = estimate(last_row["effect"], last_row["low"], last_row["high"], unit="points", signed=True)
    from_value = number(first["effect"], digits=1, signed=True)
    text = f"From {from_value} points at {first['dose']:g} to {shown} at {last_row['dose']:g}"
    return told(figure, title or text, subtitle=subtitle, detail=f"{count(len(frame), 'dose')}, with 95 % bands.")


@drawn
def heterogeneity_figure(
    groups: pd.DataFrame,
    *,
    subtitle: str,
    overall: tuple[float, float, float] | None = None,
    label: str = "effect (points)",
    title: str | None = None,
    width: Width = "page",
) -> Finding:
    """Draw an effect by groups, beside the effect over all.

    Parameters
    ----------
    groups : DataFrame
        In the order drawn: ``group, effect, low, high, n``.
    overall : (value, low, high), optional
        Drawn as a band.
    """
    if groups.empty:
        return waiting("No group is estimated yet", subtitle=subtitle, reason="Groups wait for games.", width=width)
    figure, axes = canvas(width=width, height=height_of(len(groups), room=0.95))
    zero_line(axes)
    if overall is not None:
        axes.axvspan(overall[1], overall[2], color=BASELINE, alpha=0.2, linewidth=0)
        axes.axvline(overall[0], color=BASELINE, linewidth=1.2, linestyle="--")
        key(axes, [("group", MODEL, "o"), ("over all, 95 % band", BASELINE, "--")], columns=2)
    interval_rows(axes, groups["effect"], groups["low"], groups["high"])
    named = zip(groups["group"], groups["n"], strict=True)
    names_on_rows(axes, [f"{name} ({number(n, digits=0)})" for name, n in named])
    number_ticks(axes.xaxis, digits=1)
    axes.set_xlabel(label)
    return told(figure, title or _groups_title(groups, overall), subtitle=subtitle, detail=_groups_detail(groups))


def _outside(rows: pd.DataFrame, value: float) -> int:
    """Return how many intervals leave a value out."""
    return int(((finite(rows["low"]) > value) | (finite(rows["high"]) < value)).sum())


def _groups_title(groups: pd.DataFrame, overall: tuple[float, float, float] | None) -> str:
    if overall is None:
        off = _outside(groups, 0.0)
        return f"The effect is told apart from zero in {off} of {count(len(groups), 'group')}"
    off = _outside(groups, overall[0])
    return f"{off} of {count(len(groups), 'group')} differ from the effect over all; 1 in 20 would by luck"


def _groups_detail(groups: pd.DataFrame) -> str:
    known = groups.dropna(subset=["effect"])
    if known.empty:
        return "No group has an effect."
    ends = known.loc[[known["effect"].idxmin(), known["effect"].idxmax()]]
    named = zip(ends["group"], finite(ends["effect"]), strict=True)
    said = [f"{name} {number(value, digits=1, signed=True)}" for name, value in named]
    return f"From {said[0]} to {said[1]} points."


@drawn
def library_figure(
    library: pd.DataFrame, *, subtitle: str, outcome: str = "margin", most: int = 24, width: Width = "page"
) -> Finding:
    """Draw the effect library's entries for one outcome, the largest on top.

    Parameters
    ----------
    library : DataFrame
        ``type, severity_band, position, outcome, effect, low, high, n, level``.
    most : int, default 24
        Entries drawn; the alternative text counts the rest.
    """
    kept = library[library["outcome"] == outcome] if not library.empty else library
    if kept.empty:
        reason = "The library waits for five analogs an entry."
        return waiting(f"No entry for {outcome} yet", subtitle=subtitle, reason=reason, width=width)
    order = np.argsort(-np.abs(finite(kept["effect"])), kind="stable")[:most]
    rows = kept.iloc[order].reset_index(drop=True)
    figure, axes = canvas(width=width, height=height_of(len(rows), room=0.95))
    zero_line(axes)
    levels = [look for look in _LEVELS if (rows["level"] == look[0]).any()]
    for level, _, colour, marker in levels:
        mine = (rows["level"] == level).to_numpy()
        parts = (np.where(mine, finite(rows[c]), np.nan) for c in ("effect", "low", "high"))
        interval_rows(axes, *parts, color=colour, marker=marker)
    names_on_rows(axes, _entries(rows))
    number_ticks(axes.xaxis, digits=1)
    axes.set_xlabel(f"effect on {outcome} (points), 95 % interval; in brackets: analogs")
    key(axes, [(f"from {label}", colour, marker) for _, label, colour, marker in levels], columns=3)
    off = _outside(kept, 0.0)
    title = f"{off} of {count(len(kept), 'entry', plural='entries')} on {outcome} are told apart from zero"
    top = rows.iloc[0]
    shown = f"{_entries(rows)[0]}: {number(top['effect'], digits=1, signed=True)}"
    detail = f"Largest {shown}, {against_zero(top['low'], top['high'])}; {len(kept) - len(rows)} not drawn."
    return told(figure, title, subtitle=subtitle, detail=detail)


def _entries(rows: pd.DataFrame) -> list[str]:
    """Return the entries' names: type, position and severity as far as they have them, and their analogs."""
    parts = rows[["type", "position", "severity_band"]].astype(object).fillna("")
    words = parts.apply(lambda row: " ".join(str(part) for part in row if part != ""), axis=1).str.replace("_", " ")
    return [f"{name} ({number(n, digits=0)})" for name, n in zip(words, rows["n"], strict=True)]
