"""The causal graph of a shock: what moves it, what moves the game, what is held, and what we cannot see."""

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch

from workbench.causal.graph.identify import backdoor_set, phrase_list
from workbench.causal.graph.model import CausalGraph
from workbench.causal.graph.nodes import CLOSE, OPEN
from workbench.report.drawing import Finding
from workbench.report.figures.parts import Floats, told
from workbench.report.style import (
    BASELINE,
    GRID,
    INK,
    MARKET_CLOSE,
    MARKET_OPEN,
    MODEL,
    MUTED,
    OUTCOME,
    PAPER,
    WIDTHS,
    Width,
    drawn,
)

#: In points of type: a box takes two lines of fifteen letters, also where the page's own font is a little wider.
_BOX: Final = np.array([84.0, 30.0])
_LETTERS: Final = 15
_BOLD_LETTERS: Final = 13
_ROW: Final = 60.0
_KEY: Final = 34.0
#: Bends tried for an arrow, the straightest first.
_BENDS: Final = (0.0, 0.12, -0.12, 0.25, -0.25, 0.4, -0.4, 0.6, -0.6, 0.8, -0.8, 1.0, -1.0)

Places = Mapping[str, Floats]


@drawn
def causal_graph_figure(
    graph: CausalGraph,
    *,
    subtitle: str,
    adjusted: Iterable[str] | None = None,
    title: str | None = None,
    width: Width = "column",
) -> Finding:
    """Draw a graph in rows: unseen causes, seen ones, those held, the shock and its outcome, and what hears of them.

    Parameters
    ----------
    adjusted : iterable of str, optional
        Nodes held; by default what the back-door criterion asks for.
    title : str, optional
        By default what is held, and what we cannot see.
    """
    doors = backdoor_set(graph)
    held = frozenset(doors.controls if adjusted is None else adjusted)
    rows = _rows(graph, held)
    size = np.array([WIDTHS[width] * 72, _ROW * len(rows) + _KEY])
    figure = Figure(figsize=(size[0] / 72, size[1] / 72))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, size[0])
    axes.set_ylim(0, size[1])
    places = _places(rows, size)
    boxes = {name: _box(axes, graph, name, at=at, held=held) for name, at in places.items()}
    for cause, effect in graph.edges:
        _arrow(axes, graph, (cause, effect), places=places, boxes=boxes)
    _key(axes)
    seen = f"{len(graph.nodes)} variables and {len(graph.edges)} arrows. {doors.sentence}"
    return told(figure, title or _title(graph, held, doors.unseen), subtitle=subtitle, detail=seen)


def _title(graph: CausalGraph, held: frozenset[str], unseen: frozenset[str]) -> str:
    what = phrase_list(graph.phrases(held))
    name = graph.nodes[graph.treatment].label
    if unseen:
        return f"{name}: we hold {what}, and cannot see {phrase_list(graph.phrases(unseen))}"
    return f"{name}: holding {what} closes every back door" if held else f"{name}: no back door is open"


def _rows(graph: CausalGraph, held: frozenset[str]) -> list[list[str]]:
    """Return the names row by row, from the top; causes of the shock alone stand left, of the outcome alone right."""
    x, y = graph.treatment, graph.outcome
    after, through = graph.descendants(x), graph.mediators()
    lines = [n for n in (OPEN, CLOSE) if n in graph.nodes and n not in through]
    before = [n for n in graph.nodes if n not in after and n != x and n not in lines]
    into = {n: (graph.digraph.has_edge(n, x), graph.digraph.has_edge(n, y)) for n in before}
    before.sort(key=lambda n: into[n][1] - into[n][0])
    rows = [
        [n for n in before if not graph.nodes[n].observed and n not in held],
        [n for n in before if graph.nodes[n].observed and n not in held],
        [n for n in before if n in held],
        [x, *(n for n in graph.nodes if n in through and n != y), y],
        [*lines, *(n for n in graph.nodes if n in after and n not in through and n != y and n not in lines)],
    ]
    return [row for row in rows if row]


def _places(rows: list[list[str]], size: Floats) -> dict[str, Floats]:
    """Return each box's middle; a row of the shock and its outcome alone spans the width."""
    room = size[0] - _BOX[0] - 12
    places: dict[str, Floats] = {}
    for depth, row in enumerate(rows):
        height = size[1] - _ROW * (depth + 0.5)
        # Rows in turn a little aside, so that arrows between far rows find a way between boxes.
        aside = 0.0 if len(row) > 3 else (0.05 if depth % 2 else -0.05)
        shares = [0.5 + aside] if len(row) == 1 else list(_shares(len(row), aside))
        places |= {name: np.array([_BOX[0] / 2 + 6 + s * room, height]) for name, s in zip(row, shares, strict=True)}
    return places


def _shares(n: int, aside: float) -> Floats:
    edge = 0.0 if n > 2 else 0.08
    return np.clip(np.linspace(edge, 1 - edge, n) + aside, 0.0, 1.0)


def _box(axes: Axes, graph: CausalGraph, name: str, *, at: Floats, held: frozenset[str]) -> FancyBboxPatch:
    node, ends = graph.nodes[name], {graph.treatment: MODEL, graph.outcome: OUTCOME}
    colours = {OPEN: MARKET_OPEN, CLOSE: MARKET_CLOSE} | ends
    look: dict[str, Any] = {
        "facecolor": GRID if name in held else PAPER,
        "edgecolor": colours.get(name, INK if node.observed else MUTED),
        "linewidth": 2.4 if name in ends else 1.0,
        "linestyle": "-" if node.observed else (0, (3, 2)),
    }
    style = "round,pad=0,rounding_size=4" if node.observed else "round,pad=0,rounding_size=14"
    corner, (wide, high) = tuple(at - _BOX / 2), (float(side) for side in _BOX)
    box = FancyBboxPatch(corner, wide, high, boxstyle=style, zorder=3, **look)
    axes.add_patch(box)
    lines = "\n".join(wrap(node.label, _BOLD_LETTERS if name in ends else _LETTERS))
    weight = "bold" if name in ends else "normal"
    slant = "normal" if node.observed else "italic"
    axes.text(
        float(at[0]),
        float(at[1]),
        lines,
        ha="center",
        va="center",
        fontsize=8.5,
        weight=weight,
        style=slant,
        zorder=4,
        linespacing=1.1,
    )
    return box


def _arrow(
    axes: Axes,
    graph: CausalGraph,
    edge: tuple[str, str],
    *,
    places: Places,
    boxes: Mapping[str, FancyBboxPatch],
) -> None:
    """Draw an arrow along the straightest bend that keeps clear of other boxes."""
    cause, effect = edge
    others = [at for name, at in places.items() if name not in edge]
    start, end, right = places[cause], places[effect], float(axes.get_xlim()[1])
    bend = min(_BENDS, key=lambda b: (_hits(start, end, bend=b, others=others, right=right) + 2 * abs(b), abs(b)))
    main = edge == (graph.treatment, graph.outcome)
    heard = effect in (OPEN, CLOSE) and cause not in (OPEN, graph.treatment)
    look: dict[str, Any] = {"color": MODEL if main else BASELINE if heard else MUTED}
    look["linewidth"] = 2.4 if main else 0.6 if heard else 1.0
    look["linestyle"] = "-" if graph.nodes[cause].observed else (0, (3, 2))
    arrow = FancyArrowPatch(
        tuple(start), tuple(end), patchA=boxes[cause], patchB=boxes[effect], shrinkA=1, shrinkB=2,
        connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=8 if not main else 13, zorder=2, **look,
    )  # fmt: skip
    axes.add_patch(arrow)


def _hits(start: Floats, end: Floats, *, bend: float, others: list[Floats], right: float) -> int:
    """Return how many points of the curve lie in other boxes or off the page."""
    dx, dy = end - start
    middle = (start + end) / 2 + bend * np.array([dy, -dx])
    t = np.linspace(0.03, 0.97, 40)[:, None]
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    inside = sum((np.abs(curve - at) < _BOX / 2 + 3).all(axis=1).sum() for at in others)
    return int(inside + ((curve[:, 0] < 2) | (curve[:, 0] > right - 2)).sum())


def _key(axes: Axes) -> None:
    entries = [
        Patch(facecolor=GRID, edgecolor=INK, linewidth=1.0, label="held"),
        Patch(facecolor=PAPER, edgecolor=MUTED, linewidth=1.0, linestyle=(0, (2, 1)), label="we cannot see it"),
        Patch(facecolor=PAPER, edgecolor=MODEL, linewidth=2.2, label="the shock"),
        Patch(facecolor=PAPER, edgecolor=OUTCOME, linewidth=2.2, label="its outcome"),
    ]
    axes.legend(handles=entries, loc="lower center", ncols=4, borderaxespad=0.3, columnspacing=1.4, handlelength=1.6)
