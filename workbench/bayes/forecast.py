"""The forecast every method ends in: a distribution over whole yards, as its cumulative probabilities on a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
#: Rounding of sums of many probabilities.
_SLACK = 1e-6
_TIE = 1e-12


class Support(NamedTuple):
    """The whole yards a forecast is about, both ends included."""

    first: int
    last: int

    @property
    def yards(self) -> Integers:
        """Every integer of the support, shape (n_integers,)."""
        return np.arange(self.first, self.last + 1)


@dataclass(frozen=True, slots=True, eq=False)
class IntegerForecast:
    """Distributions over whole yards, one a row.

    Attributes
    ----------
    support : Support
    cdf : ndarray, shape (n_rows, n_integers)
        P(yards <= k) for every k of the support; rows do not fall and end at one.

    Raises
    ------
    ValidationError
        If the shape does not fit the support, a row falls, or does not end at one.
    """

    support: Support
    cdf: Floats

    def __post_init__(self) -> None:
        width = self.support.last - self.support.first + 1
        if self.cdf.ndim != 2 or self.cdf.shape[1] != width:
            raise ValidationError(f"A forecast of {width} integers needs cdf (n_rows, {width}), got {self.cdf.shape}.")
        if len(self.cdf) and not (
            np.isfinite(self.cdf).all()
            and np.diff(self.cdf, axis=1).min(initial=0.0) >= -_SLACK
            and abs(self.cdf[:, -1] - 1.0).max() <= _SLACK
        ):
            raise ValidationError(
                "Cumulative probabilities must rise to one on the support. Is the support too narrow?"
            )

    def __len__(self) -> int:
        return len(self.cdf)

    def rows(self, index: ArrayLike) -> Self:
        """Return the forecasts of some rows: positions or a mask."""
        return type(self)(self.support, self.cdf[np.asarray(index)])

    def quantile(self, level: float) -> Integers:
        """Return the smallest integer with at least ``level`` at or below it, shape (n_rows,)."""
        return np.asarray(self.support.first + np.argmax(self.cdf >= level - _TIE, axis=1), dtype=np.int64)

    def interval(self, coverage: float) -> tuple[Integers, Integers]:
        """Return the equal-tailed interval, both ends inside it: quantiles (1 - coverage) / 2 and one less that."""
        tail = (1.0 - coverage) / 2.0
        return self.quantile(tail), self.quantile(1.0 - tail)

    @property
    def median(self) -> Integers:
        """The predictive median, shape (n_rows,)."""
        return self.quantile(0.5)

    @property
    def mass(self) -> Floats:
        """P(yards = k), shape (n_rows, n_integers)."""
        return np.diff(self.cdf, axis=1, prepend=0.0).clip(min=0.0)

    @property
    def mean(self) -> Floats:
        """The predictive mean in yards, shape (n_rows,)."""
        return np.asarray(self.support.last - self.cdf[:, :-1].sum(axis=1))

    @property
    def sd(self) -> Floats:
        """The predictive standard deviation in yards, shape (n_rows,)."""
        steps = self.support.yards - self.support.first
        mass = self.mass
        first = mass @ steps
        return np.asarray(np.sqrt(np.maximum(mass @ steps.astype(np.float64) ** 2 - first**2, 0.0)))

    def at(self, yards: ArrayLike) -> Floats:
        """Return P(Y <= yards) for one number a row; outside the support 0 or 1, NaN stays NaN."""
        wanted = np.floor(np.asarray(yards, dtype=np.float64))
        place = np.nan_to_num(wanted - self.support.first, nan=0.0).astype(np.int64)
        inside = self.cdf[np.arange(len(self)), place.clip(0, self.cdf.shape[1] - 1)]
        found = np.where(place < 0, 0.0, np.where(place >= self.cdf.shape[1], 1.0, inside))
        return np.where(np.isnan(wanted), np.nan, found)


def pooled(forecasts: Sequence[IntegerForecast], weights: Sequence[float] | None = None) -> IntegerForecast:
    """Return the mixture of forecasts of the same rows (a linear pool): the ensemble of several networks.

    Raises
    ------
    ValidationError
        If there are none, or their supports differ.
    """
    if not forecasts or len({f.support for f in forecasts}) > 1:
        raise ValidationError("A pool needs forecasts on one support.")
    share = np.full(len(forecasts), 1.0) if weights is None else np.asarray(weights, dtype=np.float64)
    cdf = np.einsum("m,mrk->rk", share / share.sum(), np.stack([f.cdf for f in forecasts]))
    return IntegerForecast(forecasts[0].support, cdf)
