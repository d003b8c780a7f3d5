"""What a line says of the mean: a line is where chances are even, a mean is where the points balance.

The two are not the same number. Of games with a home_line of 7 as many end above it as below, yet 7 itself is a common
margin and 8 is not: even chances at 7 need a mean near 8. At 2.5 they need one near 1.5. Whoever takes lines for means
thinks favourites of 7 weaker and favourites of 2.5 stronger than the market does, and bets on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FairLines:
    """Lines beside the means at which they are fair; both rise.

    Between the points it is linear, beyond them mean and line keep their distance.

    Attributes
    ----------
    lines, means : tuple of float
        Points of margin (home minus away) or of the total.

    Raises
    ------
    ValidationError
        If they are not as long as each other, empty, or do not rise.

    Examples
    --------
    >>> fair = FairLines(lines=(2.5, 3.0, 3.5), means=(1.5, 3.0, 4.5))
    >>> fair.means_of([2.5, 3.25, 4.5])
    array([1.5 , 3.75, 5.5 ])
    >>> fair.lines_of([3.75])
    array([3.25])
    """

    lines: tuple[float, ...]
    means: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.lines) != len(self.means) or not self.lines:
            raise ValidationError(f"Lines need a mean each, got {len(self.lines)} lines and {len(self.means)} means.")
        if not (_rise(self.lines) and _rise(self.means)):
            raise ValidationError("Fair lines and their means must rise. Was the history too short to learn them from?")

    def means_of(self, lines: ArrayLike) -> Floats:
        """Return the means at which lines are fair, same shape; NaN stays NaN."""
        return _moved(lines, self.lines, self.means)

    def lines_of(self, means: ArrayLike) -> Floats:
        """Return the lines that are fair at these means, same shape; NaN stays NaN."""
        return _moved(means, self.means, self.lines)


@dataclass(frozen=True, slots=True)
class LineScales:
    """What spreads and totals say of the mean margin and the mean total."""

    margin: FairLines
    total: FairLines


def _moved(values: ArrayLike, known: Sequence[float], wanted: Sequence[float]) -> Floats:
    value = np.asarray(values, dtype=np.float64)
    beyond = value - np.clip(value, known[0], known[-1])
    out: Floats = np.interp(value, known, wanted) + beyond
    return out


def _rise(values: Sequence[float]) -> bool:
    return bool((np.diff(values) > 0.0).all())


_SAME: Final = FairLines((0.0,), (0.0,))
#: Lines taken for means: what is left where no history teaches the difference.
AS_MEANS: Final = LineScales(_SAME, _SAME)
