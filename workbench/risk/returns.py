"""Money on plain arrays: drawdown, Sharpe ratio, losing runs, and how many bets tell a return from none."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from workbench.errors import ValidationError

_Floats = NDArray[np.float64]
_UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall from a peak.

    Attributes
    ----------
    share : float
        Of the peak that was lost, 0 where wealth never fell.
    peak, trough : int
        Positions in the wealth given; equal where it never fell.
    recovered : int or None
        Where wealth first stood at the peak again; None where it has not.
    """

    share: float
    peak: int
    trough: int
    recovered: int | None


@dataclass(frozen=True, slots=True)
class Sharpe:
    """Mean return over its standard deviation.

    Attributes
    ----------
    period, period_low, period_high : float
        A period, with its 95 % interval; NaN with fewer than three periods or returns that do not vary.
    annual, annual_low, annual_high : float
        The same times the square root of the periods a year.
    periods : int
    periods_a_year : float
    """

    period: float
    period_low: float
    period_high: float
    annual: float
    annual_low: float
    annual_high: float
    periods: int
    periods_a_year: float


@dataclass(frozen=True, slots=True)
class Run:
    """The longest unbroken run: its length and the position of its first member (-1 where there is none)."""

    length: int
    first: int


def drawdowns(wealth: ArrayLike) -> _Floats:
    """Return the share lost since the highest wealth so far, shape (n,), 0 or more.

    Examples
    --------
    >>> drawdowns([100.0, 120.0, 90.0, 130.0]).round(2)
    array([0.  , 0.  , 0.25, 0.  ])
    """
    owned = _positive(wealth)
    peaks = np.maximum.accumulate(owned)
    fallen: _Floats = 1.0 - owned / peaks
    return fallen


def maximum_drawdown(wealth: ArrayLike) -> Drawdown:
    """Return the deepest fall, the first of equals.

    Parameters
    ----------
    wealth : array_like, shape (n,)
        From before the first bet on; above 0 until it is lost.

    Raises
    ------
    ValidationError
        If there is no wealth to begin with.

    Examples
    --------
    >>> maximum_drawdown([100.0, 120.0, 90.0, 130.0])
    Drawdown(share=0.25, peak=1, trough=2, recovered=3)
    """
    owned = _positive(wealth)
    fallen = drawdowns(owned)
    trough = int(np.argmax(fallen))
    if fallen[trough] <= 0:
        return Drawdown(0.0, 0, 0, 0)
    peak = int(np.argmax(owned[: trough + 1]))
    back = np.flatnonzero(owned[trough:] >= owned[peak])
    return Drawdown(float(fallen[trough]), peak, trough, int(trough + back[0]) if len(back) else None)


def sharpe_ratio(returns: ArrayLike, *, periods_a_year: float, level: float = 0.95) -> Sharpe:
    """Return the Sharpe ratio of a period and of a year, with Lo's interval.

    Parameters
    ----------
    returns : array_like, shape (n,)
        One a period, over no risk-free rate: money not bet earns nothing here.
    periods_a_year : float
        A year's ratio is a period's times the root of this: right where periods are independent.
    level : float, default 0.95

    References
    ----------
    .. [1] Lo (2002), The Statistics of Sharpe Ratios, doi:10.2469/faj.v58.n4.2453: the standard error of independent
       returns is ``sqrt((1 + SR**2 / 2) / n)``.

    Examples
    --------
    >>> found = sharpe_ratio([0.01, 0.03, -0.01, 0.01], periods_a_year=16)
    >>> round(found.period, 4), round(found.annual, 4)
    (0.6124, 2.4495)
    """
    paid = np.asarray(returns, dtype=np.float64)
    spread = float(paid.std(ddof=1)) if len(paid) > 2 else 0.0
    if not spread > 0:
        return _sharpe(_UNKNOWN, _UNKNOWN, periods=len(paid), periods_a_year=periods_a_year)
    ratio = float(paid.mean()) / spread
    reach = float(ndtri((1 + level) / 2)) * math.sqrt((1 + ratio**2 / 2) / len(paid))
    return _sharpe(ratio, reach, periods=len(paid), periods_a_year=periods_a_year)


def longest_run(flags: ArrayLike) -> Run:
    """Return the longest unbroken run of true flags, the first of equals.

    Examples
    --------
    >>> longest_run([True, False, True, True, False])
    Run(length=2, first=2)
    """
    held = np.concatenate([[False], np.asarray(flags, dtype=bool), [False]])
    turns = np.flatnonzero(held[1:] != held[:-1])
    starts, ends = turns[::2], turns[1::2]
    if not len(starts):
        return Run(0, -1)
    longest = int(np.argmax(ends - starts))
    return Run(int((ends - starts)[longest]), int(starts[longest]))


def bets_needed(effect: float, *, standard_deviation: float, power: float = 0.8, level: float = 0.95) -> float:
    """Return how many independent bets tell a mean from zero, two-sided; infinite where the effect is none or negative.

    Parameters
    ----------
    effect : float
        The mean a bet, in any unit.
    standard_deviation : float
        Of one bet, in the same unit.
    power, level : float

    References
    ----------
    .. [1] ``((z_(1 + level) / 2 + z_power) sd / effect) ** 2``, the usual sample size of a mean.

    Examples
    --------
    >>> round(bets_needed(0.05, standard_deviation=0.95))  # a 5 % return at about even money
    2833
    """
    if not (np.isfinite(effect) and np.isfinite(standard_deviation)):
        return _UNKNOWN
    if effect <= 0:
        return math.inf
    return ((float(ndtri((1 + level) / 2)) + float(ndtri(power))) * standard_deviation / effect) ** 2


def _sharpe(ratio: float, reach: float, *, periods: int, periods_a_year: float) -> Sharpe:
    low, high, root = ratio - reach, ratio + reach, math.sqrt(periods_a_year)
    return Sharpe(ratio, low, high, ratio * root, low * root, high * root, periods, periods_a_year)


def _positive(wealth: ArrayLike) -> _Floats:
    owned = np.asarray(wealth, dtype=np.float64)
    if not len(owned) or not owned[0] > 0 or not np.isfinite(owned).all():
        raise ValidationError(f"Wealth starts above 0 and is known throughout, got {owned[:1]}. Are these returns?")
    return owned
