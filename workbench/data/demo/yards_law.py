"""The law of a running back's yards: a negative binomial number of carries, each a skewed whole number of yards.

Its distribution function is exact: the generating function of the sum is that of the count at that of a carry, and a
discrete Fourier transform turns it back (what lies off its 1,024 yards would alias, and is below 1e-9).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.bayes.forecast import IntegerForecast, Support

Floats = NDArray[np.float64]
SUPPORT: Final = Support(-30, 330)
#: Whole yards of one carry.
CARRY_YARDS: Final = np.arange(-8, 86)
#: The mean and sd of a carry of nobody in particular, in yards (NFL running backs 2002-2024: 4.2 and 6.2).
_BODY_MEAN, _BODY_SD, _LONG_SHARE, _LONG_FROM, _LONG_MEAN = 2.75, 2.8, 0.10, 6.0, 12.0
#: The transform's yards: -100 to 923.
_FIRST, _POINTS = -100, 1024
_CHUNK: Final = 4000


def _base_carry() -> Floats:
    """Most carries are a few yards either side of three; one in ten breaks away and dies off exponentially."""
    body = np.exp(-0.5 * ((CARRY_YARDS - _BODY_MEAN) / _BODY_SD) ** 2)
    beyond = CARRY_YARDS - _LONG_FROM
    long = np.where(beyond >= 0.0, np.exp(-beyond / _LONG_MEAN), 0.0)
    return np.asarray((1.0 - _LONG_SHARE) * body / body.sum() + _LONG_SHARE * long / long.sum())


BASE_CARRY: Final = _base_carry()


@dataclass(frozen=True, slots=True, eq=False)
class YardsLaw:
    """Laws of yards, one a player-game.

    Attributes
    ----------
    carries : ndarray, shape (n_rows,)
        Mean carries.
    size : float
        Of the negative binomial: variance = mean + mean^2 / size.
    tilt : ndarray, shape (n_rows,)
        How a carry's law leans to long gains, by the exponential family of the base one: P(k) is weighted by
        exp(tilt k), so that gains stay whole and a better back's differ most in the long ones; .01 is about .4 yards.
    """

    carries: Floats
    size: float
    tilt: Floats

    def rows(self, index: NDArray[np.int64]) -> "YardsLaw":
        """Return the laws of some rows."""
        return YardsLaw(self.carries[index], self.size, self.tilt[index])

    @property
    def carry(self) -> Floats:
        """The mass of one carry's yards, shape (n_rows, n_yards)."""
        weighed = BASE_CARRY * np.exp(self.tilt[:, None] * CARRY_YARDS)
        return np.asarray(weighed / weighed.sum(axis=1, keepdims=True))

    @property
    def forecast(self) -> IntegerForecast:
        """The exact law as a forecast: what nobody can beat who knows no more."""
        return IntegerForecast(SUPPORT, np.concatenate([self._cdf(part) for part in self._parts()]))

    def drawn(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return one draw of carries and yards, shape (n_rows,) each."""
        chance = self.size / (self.size + self.carries)
        count = rng.negative_binomial(self.size, chance)
        yards = np.zeros(len(count), dtype=np.int64)
        for part in self._parts():
            reached = np.cumsum(self.rows(part).carry, axis=1)
            owner = np.repeat(np.arange(len(part)), count[part])
            drawn = (reached[owner] < rng.random(len(owner))[:, None]).sum(axis=1).clip(max=len(CARRY_YARDS) - 1)
            yards[part] = np.bincount(owner, weights=CARRY_YARDS[drawn], minlength=len(part)).astype(np.int64)
        return count, yards

    def _parts(self) -> list[NDArray[np.int64]]:
        rows = np.arange(len(self.carries))
        return [rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK)] or [rows]

    def _cdf(self, part: NDArray[np.int64]) -> Floats:
        law = self.rows(part)
        placed = np.zeros((len(part), _POINTS))
        placed[:, CARRY_YARDS % _POINTS] = law.carry
        one = np.fft.rfft(placed, axis=1)
        whole = (1.0 + law.carries[:, None] / law.size * (1.0 - one)) ** -law.size
        yards = np.arange(_FIRST, _FIRST + _POINTS)
        mass = np.fft.irfft(whole, n=_POINTS, axis=1)[:, yards % _POINTS].clip(min=0.0)
        cdf = np.cumsum(mass, axis=1)[:, SUPPORT.first - _FIRST : SUPPORT.last + 1 - _FIRST].clip(max=1.0)
        cdf[:, -1] = 1.0  # what little lies beyond the support stands at its ends
        return np.asarray(cdf)
