"""Is what is said 60 % of the time true 60 % of the time: reliability without bins, and what a score is made of.

The recalibrated forecast is the monotone one that fits best (isotonic regression, by pool-adjacent-violators), so no
bin is chosen. A score then is miscalibration less discrimination plus uncertainty.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression
from scipy.special import xlogy

from workbench.errors import ValidationError

_Floats = NDArray[np.float64]
ScoreRule = Literal["brier", "log_loss"]
#: Resampled seasons behind a band: its ends wobble by a twentieth of its width.
RESAMPLES: Final = 1000
_SUREST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class ScoreSplit:
    """What a mean score is made of: ``score = miscalibration - discrimination + uncertainty``.

    Attributes
    ----------
    score : float
        Mean over the forecasts.
    miscalibration : float
        What the best monotone recalibration would gain, 0 or more.
    discrimination : float
        What the recalibrated forecast gains on a constant one, 0 or more.
    uncertainty : float
        The score of the constant forecast at the share observed.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """A forecaster's reliability with the band a calibrated one stays in.

    Attributes
    ----------
    curve : DataFrame
        One row a distinct forecast, ascending: ``predicted, recalibrated, n, band_low, band_high`` (pointwise).
    bins : DataFrame
        Runs of forecasts recalibrated to the same share: ``low, high, predicted`` (mean), ``recalibrated, n``.
    splits : DataFrame
        One row a score: ``score_name, score, miscalibration, discrimination, uncertainty``,
        ``calibrated_high`` (95 % of calibrated forecasters have a smaller miscalibration) and ``p_value`` (the share of
        them with a larger one).
    n : int
    share_outside : float
        Share of forecasts whose recalibrated value lies outside the pointwise band; a twentieth is expected.
    """

    curve: pd.DataFrame
    bins: pd.DataFrame
    splits: pd.DataFrame
    n: int
    share_outside: float


def recalibrated(probability: ArrayLike, outcome: ArrayLike) -> _Floats:
    """Return the monotone recalibration that fits the outcomes best, shape (n,); equal forecasts stay equal.

    Examples
    --------
    >>> recalibrated([0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1])
    array([0. , 0.5, 0.5, 1. ])
    """
    said, happened = _checked(probability, outcome)
    _, place, counts = np.unique(said, return_inverse=True, return_counts=True)
    fitted: _Floats = _isotonic(np.bincount(place, weights=happened) / counts, counts)[place]
    return fitted


def score_split(probability: ArrayLike, outcome: ArrayLike, *, score: ScoreRule = "brier") -> ScoreSplit:
    """Return what a mean score is made of.

    Parameters
    ----------
    probability : array_like, shape (n,)
    outcome : array_like, shape (n,)
        1, 0, or between (a tie is .5).
    score : {"brier", "log_loss"}

    Raises
    ------
    ValidationError
        If there are no forecasts, or one is missing or no probability.

    References
    ----------
    .. [1] Dimitriadis, Gneiting & Jordan (2021), doi:10.1073/pnas.2016191118

    Examples
    --------
    >>> found = score_split([0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1])
    >>> [round(x, 3) for x in (found.score, found.miscalibration, found.discrimination, found.uncertainty)]
    [0.2, 0.075, 0.125, 0.25]
    """
    said, happened = _checked(probability, outcome)
    own = _score(said, happened, score=score)
    best = _score(recalibrated(said, happened), happened, score=score)
    constant = _score(np.full(len(said), happened.mean()), happened, score=score)
    return ScoreSplit(own, own - best, constant - best, constant)


def reliability_of(
    probability: ArrayLike, outcome: ArrayLike, *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Reliability:
    """Return the reliability curve, its band under calibration, and what the scores are made of.

    Parameters
    ----------
    probability, outcome : array_like, shape (n,)
        Rows where either is missing are left out.
    rng : Generator
        Draws outcomes as a calibrated forecaster's would fall, each game by itself.
    resamples : int

    Raises
    ------
    ValidationError
        If nothing is left.

    References
    ----------
    .. [1] Dimitriadis, Gneiting & Jordan (2021), doi:10.1073/pnas.2016191118, consistency bands by resampling.
    """
    said, happened = (np.asarray(x, dtype=np.float64) for x in (probability, outcome))
    known = np.isfinite(said) & np.isfinite(happened)
    said, happened = _checked(said[known], happened[known])
    values, place, counts = np.unique(said, return_inverse=True, return_counts=True)
    fitted = _isotonic(np.bincount(place, weights=happened) / counts, counts)
    drawn = _calibrated(values, counts, rng=rng, resamples=resamples)
    low, high = np.quantile(drawn.fits, [0.025, 0.975], axis=0)
    curve = pd.DataFrame({"predicted": values, "recalibrated": fitted, "n": counts, "band_low": low, "band_high": high})
    outside = (fitted < low - 1e-12) | (fitted > high + 1e-12)
    splits = [_split_row(said, happened, name=name, calibrated=c) for name, c in drawn.miscalibration.items()]
    return Reliability(
        curve=curve,
        bins=_runs(curve),
        splits=pd.DataFrame(splits),
        n=len(said),
        share_outside=float(np.average(outside, weights=counts)),
    )


@dataclass(frozen=True, slots=True)
class _Calibrated:
    """Resampled seasons of a calibrated forecaster: fits of shape (resamples, distinct), miscalibration a score."""

    fits: _Floats
    miscalibration: dict[ScoreRule, _Floats]


def _calibrated(values: _Floats, counts: NDArray[np.int64], *, rng: np.random.Generator, resamples: int) -> _Calibrated:
    hits = rng.binomial(counts, values, size=(resamples, len(values))).astype(np.float64)
    fits = np.stack([_isotonic(row / counts, counts) for row in hits])
    n = counts.sum()
    # With hits of n at one value, a mean score needs no row a game.
    brier = (2 * hits * (fits - values) + counts * (values**2 - fits**2)).sum(axis=1) / n
    sure = np.clip(values, _SUREST, 1 - _SUREST)
    own = hits * np.log(sure) + (counts - hits) * np.log(1 - sure)
    best = xlogy(hits, fits) + xlogy(counts - hits, 1 - fits)
    return _Calibrated(fits, {"brier": brier, "log_loss": (best - own).sum(axis=1) / n})


def _split_row(said: _Floats, happened: _Floats, *, name: ScoreRule, calibrated: _Floats) -> dict[str, object]:
    found = score_split(said, happened, score=name)
    larger = float((calibrated >= found.miscalibration).sum() + 1) / (len(calibrated) + 1)
    return {
        "score_name": name,
        "score": found.score,
        "miscalibration": found.miscalibration,
        "discrimination": found.discrimination,
        "uncertainty": found.uncertainty,
        "calibrated_high": float(np.quantile(calibrated, 0.95)),
        "p_value": larger,
    }


def _runs(curve: pd.DataFrame) -> pd.DataFrame:
    run = (curve["recalibrated"].diff().abs() > 1e-12).cumsum()
    weighted = curve.assign(_sum=curve["predicted"] * curve["n"]).groupby(run)
    runs = weighted.agg(low=("predicted", "min"), high=("predicted", "max"), n=("n", "sum"), total=("_sum", "sum"))
    runs["predicted"] = runs.pop("total") / runs["n"]
    return runs.assign(recalibrated=weighted["recalibrated"].first()).reset_index(drop=True)


def _isotonic(means: _Floats, counts: ArrayLike) -> _Floats:
    fitted: _Floats = isotonic_regression(means, weights=np.asarray(counts, dtype=np.float64)).x
    return np.clip(fitted, 0.0, 1.0)


def _score(said: _Floats, happened: _Floats, *, score: ScoreRule) -> float:
    if score == "brier":
        return float(np.square(said - happened).mean())
    # A recalibrated 0 or 1 is never wrong; one that was said is held a hair from certain, as everywhere.
    bounded = np.where((said == happened), said, np.clip(said, _SUREST, 1 - _SUREST))
    return float(-(xlogy(happened, bounded) + xlogy(1 - happened, 1 - bounded)).mean())


def _checked(probability: ArrayLike, outcome: ArrayLike) -> tuple[_Floats, _Floats]:
    said, happened = (np.asarray(x, dtype=np.float64) for x in (probability, outcome))
    if said.shape != happened.shape or not len(said):
        raise ValidationError(f"Each forecast needs its outcome, got {said.shape} and {happened.shape}.")
    for what, values in (("forecast", said), ("outcome", happened)):
        if not ((values >= 0) & (values <= 1)).all():
            worst = values[~((values >= 0) & (values <= 1))][0]
            raise ValidationError(f"A {what} lies between 0 and 1, got {worst}. Missing, or odds?")
    return said, happened
