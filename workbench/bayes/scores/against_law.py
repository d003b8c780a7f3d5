"""How good a forecast is where the law of what it forecasts is known: no luck of a draw is left in these numbers.

The law of a row may know more than any forecaster can (the latent state). A row's own coverage is therefore not to be
the level; the mean over rows is.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.forecast import IntegerForecast
from workbench.errors import ValidationError

Floats = NDArray[np.float64]


def share_held(law: IntegerForecast, lower: ArrayLike, upper: ArrayLike, *, mid: bool = False) -> Floats:
    """Return how much of each law its interval holds, P(lower <= Y <= upper).

    Parameters
    ----------
    law : IntegerForecast
    lower, upper : array_like, shape (n_rows,)
        Closed ends in yards; ends between whole yards hold the whole yards between them.
    mid : bool, default False
        Half the atom at an end that is a whole yard, as mid-coverage of outcomes has it; an interval of one yard holds
        its atom whole.

    Returns
    -------
    ndarray, shape (n_rows,)
    """
    first, last = np.ceil(np.asarray(lower, dtype=np.float64)), np.floor(np.asarray(upper, dtype=np.float64))
    held = np.maximum(law.at(last) - law.at(first - 1.0), 0.0)
    if not mid:
        return held
    at_ends = [(law.at(end) - law.at(end - 1.0)) * (end == given) for end, given in ((first, lower), (last, upper))]
    return np.where(first == last, held, held - 0.5 * (at_ends[0] + at_ends[1]))


def exact_share_held(forecast: IntegerForecast, law: IntegerForecast, *, level: float) -> Floats:
    """Return what ``exact_coverage`` of outcomes is on average over each law, shape (n_rows,).

    It is the chance that the forecast's randomized transform falls between its tails: free of where atoms lie, and the
    level to the last digit if the forecast is the law.

    Raises
    ------
    ValidationError
        If supports or rows differ.

    Examples
    --------
    A coin bent to .9 taken for fair, and the other way round.

    >>> from workbench.bayes.forecast import Support
    >>> fair, bent = (IntegerForecast(Support(0, 1), np.array([[p, 1.0]])) for p in (0.5, 0.9))
    >>> [exact_share_held(*pair, level=0.8).round(3).tolist() for pair in ((fair, bent), (bent, fair))]
    [[0.8], [0.444]]
    """
    _same(forecast, law)
    tail, mass = (1.0 - level) / 2.0, forecast.mass
    after = forecast.cdf
    before = after - mass
    within = np.clip(after, tail, 1.0 - tail) - np.clip(before, tail, 1.0 - tail)
    # An outcome without mass is held or not by where it stands, as of outcomes.
    inside = ((after > tail) & (before < 1.0 - tail)).astype(np.float64)
    share = np.divide(within, mass, out=inside, where=mass > 0.0)
    return np.asarray((law.mass * share).sum(axis=1))


def crps_excess(forecast: IntegerForecast, law: IntegerForecast) -> Floats:
    """Return by how much the forecast's expected CRPS exceeds the law's own, in yards, shape (n_rows,).

    Raises
    ------
    ValidationError
        If supports or rows differ.

    Notes
    -----
    Over outcomes drawn from the law L, the CRPS of F is on average ``sum (F - L)^2 + sum L (1 - L)``; the second is
    what the law itself scores.
    """
    _same(forecast, law)
    return np.asarray(np.square(forecast.cdf - law.cdf).sum(axis=1))


def _same(forecast: IntegerForecast, law: IntegerForecast) -> None:
    if forecast.support != law.support or len(forecast) != len(law):
        raise ValidationError(
            f"A forecast is held against the law of the same rows on one support, got {len(forecast)} and {len(law)} "
            f"rows on {forecast.support} and {law.support}."
        )
