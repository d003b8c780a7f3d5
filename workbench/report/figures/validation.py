"""Do simulated games look like real ones: the mass on each margin, and the PIT."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from workbench.report.drawing import Finding
from workbench.report.figures.parts import Floats, key, number_ticks, share_ticks, told, waiting
from workbench.report.intervals import share_interval
from workbench.report.sentences import count, estimate, number, percent
from workbench.report.style import BASELINE, MODEL, MUTED, OUTCOME, Width, canvas, drawn


def gaussian_shares(margins: Floats, *, weights: Floats, largest: int) -> Floats:
    """Return how often games would end by 0, 1, ... largest points, were margins Gaussian with this mean and spread.

    Examples
    --------
    >>> gaussian_shares(np.array([-1.0, 1.0]), weights=np.ones(2), largest=1).round(3)
    array([0.383, 0.483])
    """
    mean = float(np.average(margins, weights=weights))
    normal = stats.norm(mean, float(np.sqrt(np.average((margins - mean) ** 2, weights=weights))))
    points = np.arange(largest + 1)
    up, down = (normal.cdf(s * points + 0.5) - normal.cdf(s * points - 0.5) for s in (1, -1))
    return np.asarray(up + np.where(points > 0, down, 0.0), dtype=np.float64)


def _by_points(margins: Floats, *, largest: int, weights: Floats | None = None) -> Floats:
    counted = np.bincount(np.abs(margins).astype(np.int64), weights=weights, minlength=largest + 1)
    return np.asarray(counted[: largest + 1], dtype=np.float64)


@drawn
def margins_against_real(
    simulated: ArrayLike,
    real: ArrayLike,
    *,
    subtitle: str,
    weights: ArrayLike | None = None,
    largest: int = 28,
    width: Width = "page",
) -> Finding:
    """Draw how often games end by each number of points: real with 95 % intervals, simulated, and a Gaussian baseline.

    Parameters
    ----------
    simulated : array_like, shape (n_games, n_draws) or (n_draws,)
        Margins, home minus away.
    real : array_like, shape (n_games,)
    weights : array_like, shape of simulated, optional
    """
    played, draws = (np.asarray(m, dtype=np.float64).ravel() for m in (real, simulated))
    if played.size == 0 or draws.size == 0:
        title = "Nothing to hold against real games yet"
        return waiting(title, subtitle=subtitle, reason="No graded game yet.", width=width)
    tilt = np.ones(draws.size) if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    model = _by_points(draws, largest=largest, weights=tilt) / tilt.sum()
    share = _by_points(played, largest=largest) / played.size
    low, high = share_interval(share * played.size, np.full(share.size, played.size))
    figure, axes = canvas(width=width, height=3.4)
    points = np.arange(largest + 1)
    axes.bar(points, model, width=0.8, color=MODEL, alpha=0.5)
    axes.plot(points, gaussian_shares(draws, weights=tilt, largest=largest), color=BASELINE, linestyle=":")
    axes.vlines(points, low, high, color=OUTCOME, linewidth=1.3)
    axes.scatter(points, share, s=16, color=OUTCOME, zorder=4, linewidths=0)
    key(
        axes,
        [("simulated", MODEL, "s"), ("real, 95 % interval", OUTCOME, "o"), ("Gaussian, same spread", BASELINE, ":")],
    )
    axes.set_xticks([t for t in (0, 3, 7, 10, 14, 17, 21, 24, 28) if t <= largest])
    share_ticks(axes.yaxis)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("margin of victory (points)")
    axes.set_ylabel("share of games (%)")
    three = estimate(share[3], low[3], high[3], unit="%", digits=1)
    outside = int(((model < low) | (model > high)).sum())
    detail = (
        f"{outside} of {points.size} simulated shares outside the real interval; {count(played.size, 'real game')}."
    )
    title = f"Games decided by exactly 3: simulated {percent(model[3], digits=1)}, real {three}"
    return told(figure, title, subtitle=subtitle, detail=detail)


@drawn
def pit_histogram(
    pit: ArrayLike, *, subtitle: str, bins: int = 20, what: str = "margin", width: Width = "page"
) -> Finding:
    """Draw the randomized PIT with the band that a calibrated forecast stays in, bin by bin, 95 % of the time.

    Parameters
    ----------
    pit : array_like, shape (n_games,)
        Values in [0, 1].
    bins : int
        Bins of the histogram and of the chi-square test named in the title.
    """
    values = np.asarray(pit, dtype=np.float64).ravel()
    values = values[np.isfinite(values)]
    if values.size == 0:
        return waiting(f"No PIT of {what} yet", subtitle=subtitle, reason="No graded game yet.", width=width)
    counts, ends = np.histogram(values, bins=bins, range=(0.0, 1.0))
    low, high = stats.binom.ppf([0.025, 0.975], values.size, 1 / bins)
    figure, axes = canvas(width=width, height=2.7)
    axes.bar(ends[:-1], counts, width=np.diff(ends) * 0.9, align="edge", color=MODEL, alpha=0.65)
    axes.axhspan(low, high, color=OUTCOME, alpha=0.12, linewidth=0)
    axes.axhline(values.size / bins, color=OUTCOME, linewidth=1.0)
    note: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "bottom", "color": MUTED, "fontsize": 8.5}
    axes.text(1.0, 1.0, "grey band: 95 % of bins of a calibrated forecast", **note)
    axes.set_xlim(0, 1)
    number_ticks(axes.yaxis, signed=False)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel(f"PIT of {what}: where the result fell in its forecast (0 to 1)")
    axes.set_ylabel("games (count)")
    p = float(stats.chisquare(counts).pvalue)
    verdict = "is not rejected" if p >= 0.01 else "is rejected"
    title = f"Calibration of {what} {verdict} at 1 % ({bins} bins, p = {number(p, digits=3)})"
    outside = int(((counts < low) | (counts > high)).sum())
    detail = f"{outside} of {bins} bins outside the band, {count(int(values.size), 'game')}."
    return told(figure, title, subtitle=subtitle, detail=detail)
