"""Shape of the draws: when their spread and tails have drifted from the games, and how to mend it by reweighting.

What a week leaves is a residual a game (``shape_residuals``). A sequential test over the weeks since the shape was last
set decides whether to touch it at all; only then is it refitted on a rolling window. Applying it reweights the draws:
scores stay scores, and key numbers stay.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from workbench.simulate.loop import Scores
from workbench.simulate.masses import Masses, margin_masses, randomized_pit, total_masses
from workbench.simulate.tilt import exponential_weights

Floats = NDArray[np.float64]

WINDOW_WEEKS: Final = 6
#: On average at least this many weeks pass between false alarms: about four and a half seasons.
WEEKS_BETWEEN_FALSE_ALARMS: Final = 100.0
#: Draws further from the mean than this many sds count as tail.
TAIL_SDS: Final = 1.645
#: Pseudo-games behind a multiplier of one: six weeks hold about 90 games, too few to stand alone.
PRIOR_GAMES: Final = 90.0
#: Spreads, in units of the draws' own, between which the test bets.
ALTERNATIVES: Final = (0.75, 0.85, 0.92, 1.08, 1.17, 1.3)
_CLIP: Final = 1e-6
_LIMITS: Final = (0.7, 1.4)


@dataclass(frozen=True, slots=True)
class Shape:
    """Multipliers of the draws' shape; one changes nothing.

    Attributes
    ----------
    margin_spread, total_spread : float
        Of the standard deviation.
    margin_tail, total_tail : float
        Of the probability to land further than 1.645 sds from the mean.
    """

    margin_spread: float = 1.0
    margin_tail: float = 1.0
    total_spread: float = 1.0
    total_tail: float = 1.0


@dataclass(frozen=True, slots=True)
class DriftVerdict:
    """Whether the shape has drifted.

    Attributes
    ----------
    drift : bool
    evidence : float
        The e-detector's value now, in weeks: drift is declared when it passes ``threshold``.
    threshold : float
        Also the guarantee: on average at least this many weeks between false alarms.
    weeks, games : int
        Since the shape was last set.
    sentence : str
    """

    drift: bool
    evidence: float
    threshold: float
    weeks: int
    games: int
    sentence: str


def shape_residuals(
    scores: Scores, weights: Floats, *, home_score: NDArray[np.int64], away_score: NDArray[np.int64],
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Return what each finished game says of the shape of its draws.

    Parameters
    ----------
    scores, weights
        As drawn and weighted before the games.
    home_score, away_score : ndarray of int64, shape (n_games,)
    rng : Generator
        For the randomized transform.

    Returns
    -------
    DataFrame, one row a game
        ``margin_z, total_z`` (realised minus mean, in the draws' sds), ``margin_tail, total_tail`` (the probability the
        draws gave to the tails), ``margin_pit, total_pit``.
    """
    home, away = np.asarray(home_score, dtype=np.int64), np.asarray(away_score, dtype=np.int64)
    columns: dict[str, Floats] = {}
    for name, masses, realised in (
        ("margin", margin_masses(scores, weights), home - away),
        ("total", total_masses(scores, weights), home + away),
    ):
        columns[f"{name}_z"] = (realised - masses.mean) / masses.sd
        columns[f"{name}_tail"] = _tail(masses)
        columns[f"{name}_pit"] = randomized_pit(masses, realised, rng=rng)
    return pd.DataFrame(columns)


def _tail(masses: Masses) -> Floats:
    outside = np.abs(masses.points - masses.mean[:, None]) > TAIL_SDS * masses.sd[:, None]
    probability: Floats = np.where(outside, masses.mass, 0.0).sum(axis=1)
    return probability


def drift_verdict(
    residuals: pd.DataFrame, *, weeks_between_false_alarms: float = WEEKS_BETWEEN_FALSE_ALARMS
) -> DriftVerdict:
    """Say whether the draws' spread has drifted, by a Shiryaev-Roberts e-detector.

    While the draws are right their transforms are uniform, so a bet that pays the density of a wider or narrower normal
    against the standard one multiplies wealth by one on average. Each week starts such a bet with one unit; the sum of
    all wealth grows by one a week on average, so it passes N no sooner than after N weeks on average.

    Parameters
    ----------
    residuals : DataFrame
        Rows of ``shape_residuals`` since the shape was last set, with ``season, week``.
    weeks_between_false_alarms : float

    References
    ----------
    .. [1] Shin, Ramdas & Rinaldo (2024), E-detectors, doi:10.51387/23-NEJSDS51
    """
    wealth, weeks, best = np.zeros((2, len(ALTERNATIVES))), 0, 0.0
    for _, week in residuals.sort_values(["season", "week"]).groupby(["season", "week"]):
        wealth = (wealth + 1.0) * np.exp(np.stack([_log_bets(week[f"{name}_pit"]) for name in ("margin", "total")]))
        weeks, best = weeks + 1, max(best, float(wealth.mean()))
    drift = best >= weeks_between_false_alarms
    which, side = np.unravel_index(int(wealth.argmax()), wealth.shape)
    direction = "wider" if ALTERNATIVES[side] > 1.0 else "narrower"
    words = (
        f"{('Margins', 'Totals')[which]} have come out {direction} than drawn: the shape is refitted."
        if drift
        else f"No drift of the shape over {weeks} weeks: the draws are used as they are set."
    )
    return DriftVerdict(drift, best, weeks_between_false_alarms, weeks, len(residuals), words)


def _log_bets(pit: "pd.Series[float]") -> Floats:
    """Return the log of a week's bets: normals of other spreads against the standard normal."""
    normal = ndtri(np.clip(pit.to_numpy(dtype=float), _CLIP, 1.0 - _CLIP))
    sds = np.array(ALTERNATIVES)
    bets: Floats = len(normal) * -np.log(sds) - 0.5 * np.square(normal).sum() * (1.0 / sds**2 - 1.0)
    return bets


def updated_shape(
    shape: Shape, residuals: pd.DataFrame, *, window_weeks: int = WINDOW_WEEKS
) -> tuple[Shape, DriftVerdict]:
    """Return the shape to use next and why: refitted on the last weeks if it has drifted, else as it was.

    Parameters
    ----------
    shape : Shape
        In use when the residuals were made.
    residuals : DataFrame
        Since the shape was last set, with ``season, week``.
    window_weeks : int, default 6
    """
    verdict = drift_verdict(residuals)
    if not verdict.drift:
        return shape, verdict
    weeks = residuals[["season", "week"]].drop_duplicates().sort_values(["season", "week"]).tail(window_weeks)
    return _fitted_shape(shape, residuals.merge(weeks, on=["season", "week"])), verdict


def _fitted_shape(shape: Shape, window: pd.DataFrame) -> Shape:
    values = {}
    for name in ("margin", "total"):
        z, tail = window[f"{name}_z"].to_numpy(dtype=float), window[f"{name}_tail"].to_numpy(dtype=float)
        spread = np.sqrt((np.square(z).sum() + PRIOR_GAMES) / (len(z) + PRIOR_GAMES))
        outside = (np.abs(z) > TAIL_SDS).sum() + PRIOR_GAMES * tail.mean()
        values[f"{name}_spread"] = _limited(getattr(shape, f"{name}_spread") * spread)
        values[f"{name}_tail"] = _limited(
            getattr(shape, f"{name}_tail") * outside / (tail.sum() + PRIOR_GAMES * tail.mean())
        )
    return Shape(**values)


def _limited(multiplier: float) -> float:
    return float(np.clip(multiplier, *_LIMITS))


def shaped_weights(scores: Scores, shape: Shape, *, base: Floats | None = None) -> Floats:
    """Reweight draws so that spread and tails are those of the draws times the shape's multipliers, means unchanged.

    Parameters
    ----------
    scores : Scores
    shape : Shape
    base : ndarray, shape (n_games, n_draws), optional

    Returns
    -------
    ndarray, shape (n_games, n_draws)
        Weights summing to one a game, to give to ``tilted_weights`` as its base.
    """
    n_games, n_draws = scores.home.shape
    start = np.full((n_games, n_draws), 1.0 / n_draws) if base is None else np.asarray(base, dtype=float)
    if shape == Shape():
        return start
    weights = np.empty_like(start)
    for game in range(n_games):
        one = slice(game, game + 1)
        features, target = _shape_features(scores, shape, start, one)
        weights[one] = exponential_weights(features, target=target, base=start[one]).weights
    return weights


def _shape_features(scores: Scores, shape: Shape, start: Floats, one: slice) -> tuple[Floats, Floats]:
    rows, goals = [], []
    for values, spread, tail in (
        (scores.margin[one][0], shape.margin_spread, shape.margin_tail),
        (scores.total[one][0], shape.total_spread, shape.total_tail),
    ):
        mean = start[one][0] @ values
        z = (values - mean) / np.sqrt(start[one][0] @ np.square(values - mean))
        outside = (np.abs(z) > TAIL_SDS).astype(float)
        probability = float(start[one][0] @ outside)
        rows += [z, np.square(z), outside]
        goals += [0.0, spread**2, probability * tail]
    return np.stack(rows)[None], np.array(goals)[None]
