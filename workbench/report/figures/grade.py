"""Were we right, and was the price good: CLV bet by bet, reliability, and the Brier score beside the market's."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from workbench.report.drawing import Finding
from workbench.report.figures.parts import (
    Floats,
    finite,
    key,
    number_ticks,
    say,
    share_ticks,
    told,
    waiting,
    weeks_axis,
    zero_line,
)
from workbench.report.intervals import Z95, mean_interval, share_interval
from workbench.report.sentences import against_zero, compared, count, estimate, number
from workbench.report.style import BASELINE, BETTER, MARKET_CLOSE, MODEL, PAPER, WORSE, Width, canvas, drawn

_VERDICTS: Final = (("better", BETTER, "o"), ("same", BASELINE, "s"), ("worse", WORSE, "D"))
#: A band from fewer bets or weeks than this is wider than the figure and tells nothing.
_FEWEST: Final = 4


@drawn
def clv_by_bet(
    grades: pd.DataFrame, *, subtitle: str, interval: tuple[float, float] | None = None, width: Width = "page"
) -> Finding:
    """Draw each bet's closing line value in points, with the running mean and its 95 % band.

    Parameters
    ----------
    grades : DataFrame
        In order of time: ``clv_points, clv_verdict``; optional ``week`` (the band is clustered by it where it holds
        several) and ``headline`` (bool; False is drawn hollow and left out of the mean: stale or cross-source).
    interval : (low, high), optional
        The 95 % interval the page tells elsewhere, so that it tells one; by default Student's, clustered.
    """
    kept = grades.dropna(subset=["clv_points"]).reset_index(drop=True) if not grades.empty else grades
    if kept.empty:
        reason = "CLV waits for the close."
        return waiting("No bet has a closing line yet", subtitle=subtitle, reason=reason, width=width)
    counted = kept["headline"].to_numpy(dtype=bool) if "headline" in kept else np.ones(len(kept), dtype=bool)
    running = _running_mean(kept, counted)
    figure, axes = canvas(width=width, height=3.2)
    zero_line(axes, vertical=False)
    order = np.arange(1, len(kept) + 1)
    axes.fill_between(order, running[:, 1], running[:, 2], color=MODEL, alpha=0.16, linewidth=0)
    axes.plot(order, running[:, 0], color=MODEL)
    _bet_dots(axes, kept, counted)
    reach = max(float(np.nanmax(np.abs(finite(kept["clv_points"])))), 0.5) * 1.25
    axes.set_ylim(-reach, reach)  # early bands are wider than any bet and run off the edge
    axes.set_xlim(0.3, len(kept) + 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    number_ticks(axes.yaxis, digits=1)
    axes.set_xlabel("bets in order of time (count); hollow: stale or other source, left out of the mean")
    axes.set_ylabel("CLV (points)")
    key(axes, [*_VERDICTS, ("mean, 95 % band", MODEL, "-")])
    mean, *ends = _whole_mean(kept, counted)
    low, high = interval or ends
    better, worse = (int(((kept["clv_verdict"] == v).to_numpy() & counted).sum()) for v in ("better", "worse"))
    title = f"Mean CLV {estimate(mean, low, high, unit='points', signed=True)}, {against_zero(low, high)}"
    title += f"; {better} better, {worse} worse than the close"
    return told(figure, title, subtitle=subtitle, detail=f"{count(len(kept), 'bet')} in order of time.")


def _clusters(kept: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the weeks where there are several, each bet by itself otherwise."""
    if "week" in kept and kept["week"].nunique() > 1:
        return kept["week"].to_numpy(dtype=np.int64)
    return np.arange(len(kept))


def _whole_mean(
    kept: pd.DataFrame, counted: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> tuple[float, float, float]:
    return mean_interval(finite(kept["clv_points"])[counted], clusters=_clusters(kept)[counted])


def _running_mean(kept: pd.DataFrame, counted: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Floats:
    points, clusters = finite(kept["clv_points"]), _clusters(kept)
    rows = []
    for n in range(1, len(kept) + 1):
        chosen = counted[:n]
        mean, low, high = mean_interval(points[:n][chosen], clusters=clusters[:n][chosen])
        enough = np.unique(clusters[:n][chosen]).size >= _FEWEST
        rows.append((mean, low if enough else np.nan, high if enough else np.nan))
    return np.array(rows)


def _bet_dots(axes: Axes, kept: pd.DataFrame, counted: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> None:
    order, points = np.arange(1, len(kept) + 1), finite(kept["clv_points"])
    for verdict, colour, marker in _VERDICTS:
        chosen = (kept["clv_verdict"] == verdict).to_numpy()
        for rows, face in ((chosen & counted, colour), (chosen & ~counted, PAPER)):
            axes.scatter(
                order[rows],
                points[rows],
                s=24,
                facecolor=face,
                edgecolor=colour,
                marker=marker,
                linewidths=1.2,
                zorder=3,
            )


@drawn
def reliability(
    predicted: ArrayLike,
    outcome: ArrayLike,
    *,
    subtitle: str,
    bins: int = 10,
    what: str = "home win",
    width: Width = "page",
) -> Finding:
    """Draw how often what was forecast happened, by tenths of the forecast, with 95 % intervals.

    Parameters
    ----------
    predicted : array_like, shape (n,)
        Probabilities.
    outcome : array_like, shape (n,)
        1, 0, or 0.5 for a tie; missing where not graded.
    """
    p, y = finite(predicted), finite(outcome)
    known = np.isfinite(p) & np.isfinite(y)
    if not known.any():
        reason = "Reliability waits for results."
        return waiting("No forecast is graded yet", subtitle=subtitle, reason=reason, width=width)
    middle, share, n = _binned(p[known], y[known], bins)
    low, high = share_interval(share * n, n)
    figure, axes = canvas(width=width, height=3.6 if width == "column" else 4.2)
    axes.plot([0, 1], [0, 1], color=BASELINE, linewidth=1.2, linestyle=":")
    axes.vlines(middle, low, high, color=MODEL, linewidth=2.4, alpha=0.4, capstyle="round")
    axes.scatter(middle, share, s=30, color=MODEL, zorder=3, linewidths=0)
    for x, top, games in zip(middle, high, n, strict=True):
        say(axes, (x, top), number(games, digits=0), dx=0, dy=7, ha="center", fontsize=7.5)
    say(axes, (1.0, 1.0), "as forecast", dx=6)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.02, 1.06)
    axes.set_aspect("equal", anchor="W")
    share_ticks(axes.xaxis)
    share_ticks(axes.yaxis)
    axes.set_xlabel(f"forecast probability of {what} (%)")
    axes.set_ylabel("share that happened (%); above: games")
    missed = int(((middle < low) | (middle > high)).sum())
    title = f"{missed} of {count(n.size, 'bin')} {'misses its' if missed == 1 else 'miss their'} 95 % interval"
    title += "; 1 in 20 would by luck"
    return told(figure, title, subtitle=subtitle, detail=f"Forecast against happened, {count(int(n.sum()), 'game')}.")


def _binned(p: Floats, y: Floats, bins: int) -> tuple[Floats, Floats, Floats]:
    """Return the used bins' mean forecast, share that happened, and number."""
    index = np.clip((p * bins).astype(np.int64), 0, bins - 1)
    n = np.bincount(index, minlength=bins).astype(np.float64)
    used = n > 0
    forecast, happened = (np.bincount(index, weights=w, minlength=bins)[used] / n[used] for w in (p, y))
    return forecast, happened, n[used]


@drawn
def brier_by_week(
    scores: pd.DataFrame,
    *,
    subtitle: str,
    market: str = "market at close",
    interval: tuple[float, float] | None = None,
    width: Width = "page",
) -> Finding:
    """Draw the model's and the market's Brier score by week, with the difference's interval in the title.

    Parameters
    ----------
    scores : DataFrame
        ``week, model, market, n`` (weekly means over the same games); optional ``standard_error`` of the weekly
        difference, drawn as a bar about the model's dot.
    interval : (low, high), optional
        The 95 % interval the page tells elsewhere, so that it tells one; by default of the mean difference,
        clustered by week.
    """
    kept = scores.dropna(subset=["model", "market"]).reset_index(drop=True) if not scores.empty else scores
    if kept.empty:
        reason = "Brier scores wait for results."
        return waiting("No week is graded yet", subtitle=subtitle, reason=reason, width=width)
    weeks, model, close = finite(kept["week"]), finite(kept["model"]), finite(kept["market"])
    figure, axes = canvas(width=width, height=3.0)
    label = "week"
    if "standard_error" in kept:
        half = Z95 * finite(kept["standard_error"])
        axes.vlines(weeks, model - half, model + half, color=MODEL, linewidth=5, alpha=0.22)
        label = "week; bar: 95 % interval of the difference to the market"
    axes.plot(weeks, close, color=MARKET_CLOSE, marker="s", markersize=5, linewidth=1.2, linestyle="--")
    axes.plot(weeks, model, color=MODEL, marker="o", markersize=5.5, linewidth=1.6)
    axes.axhline(0.25, color=BASELINE, linewidth=1.0, linestyle=":")
    for values, name, colour, other in ((model, "model", MODEL, close), (close, market, MARKET_CLOSE, model)):
        up = 5 if values[-1] >= other[-1] else -5
        say(axes, (float(weeks[-1]), float(values[-1])), name, color=colour, dx=8, dy=up)
    weeks_axis(axes, weeks, label=label, room=0.3)
    say(axes, (axes.get_xlim()[1], 0.25), "always one half", dx=0, dy=6, ha="right")
    axes.set_ylabel("Brier score (lower is better)")
    title = _brier_title(model - close, finite(kept["n"]), weeks, interval)
    return told(figure, title, subtitle=subtitle, detail=f"Weekly Brier scores of {count(len(kept), 'week')}.")


def _brier_title(gaps: Floats, games: Floats, weeks: Floats, interval: tuple[float, float] | None) -> str:
    each = games.astype(np.int64)
    mean, *ends = mean_interval(np.repeat(gaps, each), clusters=np.repeat(weeks, each))
    low, high = interval or ends
    shown = estimate(mean, low, high, signed=True, digits=None if np.isfinite(low) else 4)
    verdict = compared(low, high, below="ahead of", above="behind")
    return f"The model is {verdict} the market: Brier difference {shown} over {count(int(games.sum()), 'game')}"
