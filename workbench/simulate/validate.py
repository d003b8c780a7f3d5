"""Are the draws like the games? Spread, key numbers, tails, calibration and scores, against a rounded normal curve."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import chi2

from workbench.intervals import clustered_mean, wilson
from workbench.simulate.loop import Scores
from workbench.simulate.masses import Masses, margin_masses, randomized_pit, total_masses

Floats = NDArray[np.float64]
Row = dict[str, object]

KEY_MARGINS: Final = (0, 3, 6, 7, 10, 14)
TAIL_MARGINS: Final = (15, 22, 29)
N_BINS: Final = 20
_Z: Final = 1.959964
#: Pseudo-draws of a smooth curve with the draws' key numbers, mixed in before taking logs: finitely many draws leave
#: gaps that are no forecast.
_PSEUDO_DRAWS: Final = 500.0
_RESAMPLES: Final = 500
#: A perfect correlation has no Fisher transform.
_PERFECT: Final = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class ValidationTable:
    """How the draws compare with the games.

    Attributes
    ----------
    measures : DataFrame
        One row a measure: ``measure, unit, simulated, real, low, high`` (95 % interval of the real value), ``gaussian``
        (the same of the baseline), ``inside`` (whether the simulated value lies in the interval).
    calibration : DataFrame
        One row a market: ``market, forecaster, chi_square, p_value`` of the randomized transform in 20 bins.
    scores : DataFrame
        One row a market and score: ``market, score, simulated, gaussian, difference, low, high``: mean log score
        (higher is better) and CRPS (lower is better), paired difference with its 95 % interval clustered by week.
    pit : DataFrame
        One row a game: ``margin, total``, the randomized transforms of the draws.
    n_games : int
    """

    measures: pd.DataFrame
    calibration: pd.DataFrame
    scores: pd.DataFrame
    pit: pd.DataFrame
    n_games: int


def validate_draws(
    scores: Scores, weights: Floats, results: pd.DataFrame, *, margin_sd: ArrayLike, total_sd: ArrayLike,
    rng: np.random.Generator,
) -> ValidationTable:  # fmt: skip
    """Compare draws with the games they were drawn for, and with a normal curve rounded to whole points.

    Parameters
    ----------
    scores : Scores, of n_games and n_draws
    weights : ndarray, shape (n_games, n_draws)
    results : DataFrame, in the same order
        ``home_score, away_score``; ``overtime`` where known; ``cluster`` (the week) for intervals, else every game.
    margin_sd, total_sd : array_like, scalar or shape (n_games,)
        Standard deviations of the normal baseline, learned before these games; its means are those of the draws.
    rng : Generator
        For the randomized transform and the bootstrap.

    Returns
    -------
    ValidationTable
    """
    home, away = (results[name].to_numpy(dtype=np.int64) for name in ("home_score", "away_score"))
    clusters = pd.factorize(results["cluster"])[0] if "cluster" in results else np.arange(len(home))
    measures, calibration, compared, pits = [], [], [], {}
    for name, masses, real, sd in (
        ("margin", margin_masses(scores, weights), home - away, margin_sd),
        ("total", total_masses(scores, weights), home + away, total_sd),
    ):
        normal = rounded_normal(masses, sd)
        measures += _spreads(name, masses, normal, real, rng)
        measures += _key_masses(masses, normal, real) if name == "margin" else []
        pits[name] = randomized_pit(masses, real, rng=rng)
        transforms = (("drive model", pits[name]), ("gaussian", randomized_pit(normal, real, rng=rng)))
        calibration += [{"market": name, "forecaster": who} | uniformity(pit) for who, pit in transforms]
        compared += _paired_scores(name, masses, normal, real, clusters, n_draws=weights.shape[1])
    measures += _joint(scores, weights, results, home, away)
    table = pd.DataFrame(measures)
    table["inside"] = table["simulated"].between(table["low"], table["high"])
    return ValidationTable(
        table, pd.DataFrame(calibration), pd.DataFrame(compared), pd.DataFrame(pits), len(home)
    )  # fmt: skip


def rounded_normal(masses: Masses, sd: ArrayLike) -> Masses:
    """Return the baseline: a normal curve with the same means, rounded to whole points."""
    spread = np.broadcast_to(np.asarray(sd, dtype=float), masses.mean.shape)[:, None]
    edges = np.concatenate([masses.points - 0.5, [np.inf]])
    edges[0] = -np.inf
    reached = ndtr((edges - masses.mean[:, None]) / spread)
    return Masses(masses.points, np.diff(reached, axis=1))


def uniformity(pit: Floats) -> dict[str, float]:
    """Return the chi-square of transforms in 20 bins against uniform, and its p-value.

    Examples
    --------
    >>> uniformity((np.arange(200) + 0.5) / 200)
    {'chi_square': 0.0, 'p_value': 1.0}
    """
    observed = np.histogram(pit, bins=N_BINS, range=(0.0, 1.0))[0]
    expected = len(pit) / N_BINS
    statistic = float(np.square(observed - expected).sum() / expected)
    return {"chi_square": statistic, "p_value": float(chi2.sf(statistic, N_BINS - 1))}


def _row(
    measure: str, unit: str, simulated: float, real: float, interval: tuple[float, float], normal: float
) -> dict[str, object]:
    return {
        "measure": measure, "unit": unit, "simulated": simulated, "real": real, "low": interval[0], "high": interval[1],
        "gaussian": normal,
    }  # fmt: skip


def _spreads(name: str, masses: Masses, normal: Masses, real: NDArray[np.int64], rng: np.random.Generator) -> list[Row]:
    residual = real - masses.mean
    pick = rng.integers(0, len(real), size=(_RESAMPLES, len(real)))
    about = np.quantile(np.sqrt(np.square(residual[pick]).mean(axis=1)), [0.025, 0.975])
    pooled = np.quantile(real[pick].std(axis=1), [0.025, 0.975])

    def both(of: Masses) -> tuple[float, float]:
        within = float(np.square(of.sd).mean())
        return within**0.5, (within + float(of.mean.var())) ** 0.5

    drawn, curve = both(masses), both(normal)
    return [
        _row(f"{name} sd about its mean", "points", drawn[0], float(np.sqrt(np.square(residual).mean())),
             (about[0], about[1]), curve[0]),
        _row(f"{name} sd, games pooled", "points", drawn[1], float(real.std()), (pooled[0], pooled[1]), curve[1]),
    ]  # fmt: skip


def _key_masses(masses: Masses, normal: Masses, real: NDArray[np.int64]) -> list[Row]:
    away = np.abs(masses.points)
    events = [(f"|margin| = {k}", away == k, np.abs(real) == k) for k in KEY_MARGINS]
    events += [(f"|margin| >= {k}", away >= k, np.abs(real) >= k) for k in TAIL_MARGINS]
    return [
        _row(name, "share", float(masses.mass[:, drawn].sum(axis=1).mean()), float(happened.mean()),
             wilson(int(happened.sum()), len(real)), float(normal.mass[:, drawn].sum(axis=1).mean()))
        for name, drawn, happened in events
    ]  # fmt: skip


def _joint(
    scores: Scores, weights: Floats, results: pd.DataFrame, home: NDArray[np.int64], away: NDArray[np.int64]
) -> list[Row]:
    margin, total = scores.margin.astype(float), scores.total.astype(float)
    margin_mean, total_mean = (weights * margin).sum(axis=1), (weights * total).sum(axis=1)
    margin -= margin_mean[:, None]
    total -= total_mean[:, None]
    moments = [
        float((weights * a * b).sum(axis=1).mean()) for a, b in ((margin, total), (margin, margin), (total, total))
    ]
    real = float(np.corrcoef(home - away - margin_mean, home + away - total_mean)[0, 1])
    half = _Z / np.sqrt(max(len(home) - 3, 1))
    angle = float(np.arctanh(np.clip(real, -_PERFECT, _PERFECT)))
    interval = (float(np.tanh(angle - half)), float(np.tanh(angle + half)))
    rows = [
        _row("correlation of margin and total", "", moments[0] / np.sqrt(moments[1] * moments[2]), real, interval, 0.0)
    ]
    if "overtime" in results:
        happened = results["overtime"].to_numpy(dtype=float)
        drawn = float((weights * scores.overtime).sum(axis=1).mean())
        rows.append(
            _row("overtime", "share", drawn, float(happened.mean()), wilson(int(happened.sum()), len(home)), np.nan)
        )
    return rows


def _paired_scores(
    name: str, masses: Masses, normal: Masses, real: NDArray[np.int64], clusters: NDArray[np.int64], *, n_draws: int
) -> list[Row]:
    at = smoothed(masses, n_draws=n_draws).at(real)
    pairs = (
        ("log score", np.log(np.maximum(at, 1e-300)), np.log(np.maximum(normal.at(real), 1e-300))),
        ("CRPS", _crps(masses, real), _crps(normal, real)),
    )
    rows: list[Row] = []
    for score, drawn, curve in pairs:
        gain = clustered_mean(drawn - curve, clusters)
        rows.append(
            {"market": name, "score": score, "simulated": float(drawn.mean()), "gaussian": float(curve.mean()),
             "difference": gain.value, "low": gain.low, "high": gain.high}
        )  # fmt: skip
    return rows


def smoothed(masses: Masses, *, n_draws: int) -> Masses:
    """Return distributions with their gaps filled: 500 pseudo-draws of a normal curve times the pooled key numbers.

    The curve has each game's own mean and sd; the key numbers are the ratio of all games' draws to all games' curves.
    """
    curve = rounded_normal(masses, masses.sd)
    pooled = curve.mass.sum(axis=0)
    lattice = np.where(pooled > 0.0, (masses.mass.sum(axis=0) + 1e-3) / np.maximum(pooled, 1e-3), 1.0)
    filled = curve.mass * lattice
    filled /= filled.sum(axis=1, keepdims=True)
    share = n_draws / (n_draws + _PSEUDO_DRAWS)
    return Masses(masses.points, share * masses.mass + (1.0 - share) * filled)


def _crps(masses: Masses, real: NDArray[np.int64]) -> Floats:
    reached = np.cumsum(masses.mass, axis=1)
    crps: Floats = np.square(reached - (masses.points >= real[:, None])).sum(axis=1)
    return crps
