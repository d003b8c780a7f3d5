"""Pieces that several figures share: the waiting panel, rows of dots with intervals, direct labels."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import ArrayLike, NDArray

from workbench.report.drawing import Finding
from workbench.report.sentences import number, percent
from workbench.report.style import BASELINE, GRID, INK, MODEL, MUTED, PAPER, WIDTHS, Width, drawn

#: Height of one row of a dot plot, in inches: labels of 8.5 points with air between.
ROW: Final = 0.215

Floats = NDArray[np.float64]


@drawn
def waiting(title: str, *, subtitle: str, reason: str, width: Width = "page") -> Finding:
    """Return the panel of a figure that has nothing to show yet."""
    figure = Figure(figsize=(WIDTHS[width], 1.1))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.plot([0.004, 0.996, 0.996, 0.004, 0.004], [0.02, 0.02, 0.98, 0.98, 0.02], color=GRID, linewidth=1.2)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.text(0.5, 0.5, reason, ha="center", va="center", color=MUTED, parse_math=False)
    return Finding(figure, title, subtitle, f"{title}. {reason}")


def finite(values: ArrayLike) -> Floats:
    """Return values as floats, missing ones as NaN."""
    return pd.to_numeric(pd.Series(np.asarray(values).ravel()), errors="coerce").to_numpy(dtype=np.float64)


def names_on_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a horizontal plot, the first on top, without ticks and with room at both ends."""
    axes.set_yticks(np.arange(len(names)), [plain(n) for n in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    for label in axes.get_yticklabels():
        label.set_color(INK)
        label.set_parse_math(False)


def plain(text: object) -> str:
    """Return a text that no drawing library takes for mathematics, cut where it is too long for a label."""
    shown = str(text)
    return shown if len(shown) <= 34 else f"{shown[:33]}…"


def interval_rows(
    axes: Axes,
    centres: ArrayLike,
    lows: ArrayLike,
    highs: ArrayLike,
    *,
    color: str = MODEL,
    marker: str = "o",
    shift: float = 0.0,
) -> None:
    """Draw a dot and its interval on each row; a missing interval leaves the dot hollow."""
    middle, low, high = finite(centres), finite(lows), finite(highs)
    rows = np.arange(middle.size) + shift
    known = np.isfinite(low) & np.isfinite(high)
    axes.hlines(rows[known], low[known], high[known], color=color, linewidth=2.4, alpha=0.4, capstyle="round")
    axes.scatter(middle[known], rows[known], s=30, color=color, marker=marker, zorder=3, linewidths=0)
    bare = np.isfinite(middle) & ~known
    hollow: dict[str, Any] = {"facecolor": PAPER, "edgecolor": color, "linewidths": 1.3}
    axes.scatter(middle[bare], rows[bare], s=30, marker=marker, zorder=3, **hollow)


def zero_line(axes: Axes, *, at: float = 0.0, vertical: bool = True) -> None:
    """Draw the line that values are measured from."""
    (axes.axvline if vertical else axes.axhline)(at, color=BASELINE, linewidth=1.0, zorder=1)


def say(axes: Axes, point: tuple[float, float], text: str, **style: Any) -> None:
    """Write a direct label beside a point; ``dx`` and ``dy`` move it by points of type."""
    moved = (style.pop("dx", 4), style.pop("dy", 0))
    options: dict[str, Any] = {"ha": "left", "va": "center", "fontsize": 8.5, "color": MUTED} | style
    axes.annotate(
        plain(text),
        point,
        xytext=moved,
        textcoords="offset points",
        parse_math=False,
        annotation_clip=False,
        **options,
    )


def label_offsets(axes: Axes, x: Floats, y: Floats, names: Sequence[str]) -> list[tuple[float, float]]:
    """Return where each point's label goes, in points of type, so that labels keep clear of points and one another.

    Greedy: each label in turn takes the corner of its point that is least crowded. The axes' limits must be set.
    """
    page = axes.figure.bbox
    # The axes take about 85 % of the figure once labelled.
    scale = np.array([float(page.width), float(page.height)]) * 0.85 * 72 / float(axes.figure.dpi)
    dots = np.column_stack([x / np.ptp(axes.get_xlim()) * scale[0], y / np.ptp(axes.get_ylim()) * scale[1]])
    taken = [np.array([*(dot - 3), *(dot + 3)]) for dot in dots]
    offsets = []
    for dot, name in zip(dots, names, strict=True):
        size = np.array([5.6 * len(name), 8.0])
        corners = [np.array(c) for c in ((4.0, 1.5), (4.0, -9.5), (-4 - size[0], 1.5), (-4 - size[0], -9.5))]
        boxes = [np.array([*(dot + c), *(dot + c + size)]) for c in corners]
        best = int(np.argmin([sum(_overlap(box, other) for other in taken) for box in boxes]))
        taken.append(boxes[best])
        offsets.append((float(corners[best][0]), float(corners[best][1] + size[1] / 2)))
    return offsets


def _overlap(one: Floats, other: Floats) -> float:
    """Return the area that two boxes (left, low, right, high) share."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    return float(np.prod(np.clip(sides, 0, None)))


def key(axes: Axes, entries: Sequence[tuple[str, str, str]], *, columns: int = 4) -> None:
    """Write a one-line key above the axes: (label, colour, marker or line style)."""
    looks: list[dict[str, Any]] = [
        {"marker": mark, "linestyle": "none", "markersize": 6} if mark in "osD|^v" else {"linestyle": mark}
        for _, _, mark in entries
    ]
    pairs = zip(entries, looks, strict=True)
    handles = [Line2D([], [], color=colour, label=label, **look) for (label, colour, _), look in pairs]
    axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        borderaxespad=0.2,
        handletextpad=0.4,
        columnspacing=1.4,
        labelcolor=MUTED,
        borderpad=0.1,
    )


def height_of(rows: int, *, room: float = 0.75) -> float:
    """Return the height in inches of a plot with that many rows."""
    return room + ROW * max(rows, 2)


def told(figure: Figure, title: str, *, subtitle: str, detail: str) -> Finding:
    """Return a finding whose title starts as a sentence does, and whose alternative text adds what is drawn."""
    title = title[:1].upper() + title[1:]
    return Finding(figure, title, subtitle, f"{title}. {detail}")


def share_ticks(axis: Axis, *, digits: int = 0, signed: bool = False) -> None:
    """Write an axis of shares in percent."""
    axis.set_major_formatter(lambda value, _: percent(value, digits=digits, signed=signed))


def number_ticks(axis: Axis, *, digits: int = 0, signed: bool = True) -> None:
    """Write an axis of amounts; without decimals only whole amounts are marked."""
    if digits == 0:
        axis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(lambda value, _: number(value, digits=digits, signed=signed))


def weeks_axis(axes: Axes, weeks: Floats, *, label: str = "week", room: float = 0.16) -> None:
    """Lay out an axis of weeks with room for a label at its right end."""
    span = max(float(weeks[-1] - weeks[0]), 1.0)
    axes.set_xlim(weeks[0] - 0.6 - 0.01 * span, weeks[-1] + 0.4 + room * span)
    axes.xaxis.set_major_locator(MultipleLocator(1 if span <= 12 else 2))
    axes.set_xticks([w for w in axes.get_xticks() if weeks[0] <= w <= weeks[-1]])
    axes.set_xlabel(label)


def running_band(axes: Axes, x: Floats, estimates: Floats) -> float:
    """Draw a running estimate with its band, and return how far the axis must reach.

    Parameters
    ----------
    estimates : ndarray, shape (n, 3)
        Value, low and high; the first bands, from two or three clusters, are too wide to tell anything and may run
        off the axis.
    """
    axes.fill_between(x, estimates[:, 1], estimates[:, 2], color=MODEL, alpha=0.16, linewidth=0)
    axes.plot(x, estimates[:, 0], color=MODEL, marker="o" if len(x) < 30 else "", markersize=4.5)
    settled = estimates[3:] if len(estimates) > 4 else estimates
    largest = max(float(np.max(np.abs(np.nan_to_num(settled)))), float(np.max(np.abs(np.nan_to_num(estimates[:, 0])))))
    return largest * 1.12
