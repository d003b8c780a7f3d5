"""The look of every figure: one colour a meaning, one set of sizes, one way to draw.

Colours are Okabe & Ito's (2008), told apart by colour-blind readers; shape and dash repeat what colour says, so that a
grey print still reads. Figures are drawn on bare ``matplotlib.figure.Figure`` objects: no pyplot, no global state.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import MappingProxyType
from typing import Any, Final, Literal, ParamSpec, TypeVar

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Width = Literal["column", "page", "wide"]

INK: Final = "#1b1f26"
MUTED: Final = "#5c6470"
GRID: Final = "#e4e7ec"
PAPER: Final = "#ffffff"
MODEL: Final = "#0072b2"
MARKET_OPEN: Final = "#e69f00"
MARKET_CLOSE: Final = "#d55e00"
OUTCOME: Final = "#22252a"
BASELINE: Final = "#8f97a3"
BETTER: Final = "#009e73"
WORSE: Final = "#cc79a7"

#: What each colour means; figures use the meaning, never a colour of their own.
MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "model": MODEL,
        "market open": MARKET_OPEN,
        "market close": MARKET_CLOSE,
        "outcome": OUTCOME,
        "baseline": BASELINE,
        "better": BETTER,
        "worse": WORSE,
    }
)

#: A drawn colour and the page variable that takes its place, so that a figure follows the reader's light or dark page.
PAGE_VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        INK: "--wb-ink",
        MUTED: "--wb-muted",
        GRID: "--wb-grid",
        PAPER: "--wb-paper",
        MODEL: "--wb-model",
        MARKET_OPEN: "--wb-open",
        MARKET_CLOSE: "--wb-close",
        OUTCOME: "--wb-outcome",
        BASELINE: "--wb-baseline",
        BETTER: "--wb-better",
        WORSE: "--wb-worse",
    }
)

#: Widths in inches: a journal's text column, a page's reading column, and wider than it.
WIDTHS: Final[Mapping[Width, float]] = MappingProxyType({"column": 5.4, "page": 6.8, "wide": 9.2})

_RC: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same file on every machine
        "font.size": 9.0,
        "axes.labelsize": 9.0,
        "axes.titlesize": 9.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 6.0,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "legend.fontsize": 8.5,
        "legend.frameon": False,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.titlecolor": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "xtick.major.size": 3.0,
        "ytick.major.size": 0.0,
        "xtick.major.width": 0.7,
        "lines.linewidth": 1.8,
        "lines.solid_capstyle": "round",
        "patch.linewidth": 0.0,
        "axes.prop_cycle": cycler(color=[MODEL, MARKET_CLOSE, BASELINE, MARKET_OPEN, BETTER, WORSE]),
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "svg.fonttype": "none",  # text stays text: small files, the page's own font, and a reader can search it
        "svg.hashsalt": "workbench",  # the same figure twice is the same bytes
        "pdf.fonttype": 42,  # TrueType, embedded: journals refuse Type 3
        "axes.unicode_minus": True,
        "path.simplify": True,
    }
)

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def house_style() -> Iterator[None]:
    """Draw or save with the house's settings, leaving the reader's own matplotlib settings as they were."""
    settings: dict[Any, Any] = dict(_RC)
    with mpl.rc_context(settings):
        yield


def drawn(function: Callable[P, R]) -> Callable[P, R]:
    """Run a figure function in the house's style.

    Examples
    --------
    >>> @drawn
    ... def size() -> float:
    ...     return float(mpl.rcParams["font.size"])
    >>> size()
    9.0
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with house_style():
            return function(*args, **kwargs)

    return wrapper


@drawn
def canvas(*, width: Width = "page", height: float = 3.4) -> tuple[Figure, Axes]:
    """Return an empty figure with one pair of axes, ``height`` inches high."""
    figure = Figure(figsize=(WIDTHS[width], height), layout="constrained")
    return figure, figure.subplots()


@drawn
def panels(
    rows: int, columns: int, *, width: Width = "wide", height: float = 5.0, **sharing: Any
) -> tuple[Figure, Any]:
    """Return a figure of small multiples: axes in an object array of shape (rows, columns)."""
    figure = Figure(figsize=(WIDTHS[width], height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **sharing)
