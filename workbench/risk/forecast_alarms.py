"""Alarms on forecasts and on results: what each does where the truth is known."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
Fired = NDArray[np.bool_]
_ROUNDING: Final = 1e-9
#: Break-even price of a coin: risk 110 to win 100.
ASSUMED_PRICE: Final = 1 + 100 / 110


def brier_alarm(probability: ArrayLike, outcome: ArrayLike, *, baseline: float, ratio: float = 1.2) -> Fired:
    """Return whether each week's mean Brier score exceeds a multiple of the baseline.

    Parameters
    ----------
    probability, outcome : array_like, shape (..., n_weeks, n_games)
    baseline : float
        The forecaster's mean Brier score in the past.
    ratio : float, default 1.2

    Examples
    --------
    >>> brier_alarm([[0.6, 0.6], [0.6, 0.6]], [[1.0, 0.0], [0.0, 0.0]], baseline=0.24)
    array([False,  True])
    """
    return np.asarray(weekly_brier(probability, outcome) > ratio * baseline + _ROUNDING)


def weekly_brier(probability: ArrayLike, outcome: ArrayLike) -> Floats:
    """Return each week's mean Brier score, shape (..., n_weeks)."""
    off = np.asarray(probability, dtype=np.float64) - np.asarray(outcome, dtype=np.float64)
    means: Floats = np.square(off).mean(axis=-1)
    return means


def distorted(
    probability: Floats, *, slope: float = 1.0, shift: float = 0.0, noise: float = 0.0, rng: np.random.Generator
) -> Floats:
    """Return the forecasts of one whose log-odds are stretched, shifted or noisy: known to be worse."""
    odds = slope * logit(probability) + shift
    if noise:
        odds = odds + noise * rng.standard_normal(odds.shape)
    forecast: Floats = expit(odds)
    return forecast


def losing_record(won: NDArray[np.bool_], *, threshold: float = 0.48, n_bets: int = 50) -> Fired:
    """Return whether the share of the last bets won is under a threshold at the end of each week.

    Parameters
    ----------
    won : ndarray of bool, shape (n_seasons, n_weeks, bets_a_week)
    threshold : float, default 0.48
    n_bets : int, default 50
        Nothing fires before there are so many.

    Returns
    -------
    ndarray of bool, shape (n_seasons, n_weeks)
    """
    return np.asarray(rolling_share(won, n_bets=n_bets) < threshold - _ROUNDING)  # NaN is not under anything


def rolling_share(won: NDArray[np.bool_], *, n_bets: int) -> Floats:
    """Return the share of the last bets won at the end of each week; NaN before there are enough."""
    seasons, weeks, each = won.shape
    summed = np.cumsum(np.pad(won.reshape(seasons, -1), ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    end = each * np.arange(1, weeks + 1)
    start = np.maximum(end - n_bets, 0)
    return np.where(end >= n_bets, (summed[:, end] - summed[:, start]) / n_bets, np.nan)


def worse_than_market(gaps: Floats, *, margin: float, minimum: int = 50, window: int | None = None) -> Fired:
    """Return whether, after each round, the mean gap of the latest matches exceeds a margin: a trigger to retrain.

    Parameters
    ----------
    gaps : ndarray, shape (n_seasons, n_rounds, n_matches)
        The model's score minus the market's on the same matches; lower scores are better.
    margin : float
    minimum : int, default 50
        Fewest matches a decision is made on.
    window : int, optional
        Matches looked back on; by default all so far.
    """
    seasons, rounds, each = gaps.shape
    summed = np.cumsum(np.pad(gaps.reshape(seasons, -1), ((0, 0), (1, 0))), axis=1)
    end = each * np.arange(1, rounds + 1)
    start = np.zeros_like(end) if window is None else np.maximum(end - window, 0)
    means = (summed[:, end] - summed[:, start]) / (end - start)
    return np.asarray((end - start >= minimum) & (means > margin + _ROUNDING))


def filter_values(
    thresholds: ArrayLike, *, real_share: float, disagreement_points: float, outcome_points: float,
    price: float = ASSUMED_PRICE, n_grid: int = 20_001,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return what a filter on expected value lets through, and what it is worth, when edges are partly imagined.

    The model differs from the line by a normal amount of which a share is real; margins are normal about the truth.
    Both sides of every game are offered at one price. No draws: the integral is taken on a grid.

    Parameters
    ----------
    thresholds : array_like, shape (n,)
        Of the model's expected value a unit staked.
    real_share : float
        Share of each disagreement that is real: 0 where the market is right.
    disagreement_points, outcome_points : float
        Standard deviations of model minus line, and of the outcome about its mean.
    price : float
        Decimal.

    Returns
    -------
    passing : ndarray, shape (n,)
        Share of games with a side that passes.
    worth : ndarray, shape (n,)
        True expected value a unit staked of what passes; NaN where nothing does.

    Raises
    ------
    ValidationError
        If a standard deviation is not positive.

    Examples
    --------
    With no real edge every bet loses the margin, however high the filter.

    >>> _, worth = filter_values([0.0, 0.05], real_share=0.0, disagreement_points=2.0, outcome_points=13.0)
    >>> worth.round(4)
    array([-0.0455, -0.0455])
    """
    if not (disagreement_points > 0 and outcome_points > 0):
        raise ValidationError("Standard deviations must be positive.")
    edge = np.linspace(0.0, 6.0 * disagreement_points, n_grid)
    weight = norm.pdf(edge / disagreement_points)
    weight /= weight.sum()
    claimed, true = (price * norm.cdf(share * edge / outcome_points) - 1 for share in (1.0, real_share))
    passing, worth = [], []
    for threshold in np.asarray(thresholds, dtype=np.float64):
        through = np.where(claimed >= threshold, weight, 0.0)
        passing.append(through.sum())
        worth.append((through * true).sum() / through.sum() if through.sum() > 0 else np.nan)
    return np.array(passing), np.array(worth)


def break_even_filter(*, real_share: float, outcome_points: float, price: float = ASSUMED_PRICE) -> float:
    """Return the claimed expected value at which a bet is truly worth nothing; infinite where no edge is real.

    Examples
    --------
    >>> round(break_even_filter(real_share=1.0, outcome_points=13.0), 6)
    0.0
    """
    needed = outcome_points * float(norm.ppf(1 / price))
    if real_share <= 0:
        return float("inf")
    return price * float(norm.cdf(needed / real_share / outcome_points)) - 1
