"""Severity bands: three a type, cut where a reader can remember it.

For players the expected severity is a share: lost snaps times the weight of the position, 0 to 1, cut at a third and at
two thirds. For quarterback changes it is the gap in prior value between the two quarterbacks, in points of margin, cut
at 1.5 (about a lesser starter for another) and at 4 (about half of what oddsmakers give the best over his backup).
A shock without a severity (a bye, a rivalry) has the band ``any``.
"""

from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ParameterError

SeverityBand = Literal["low", "middle", "high", "any"]
SeverityScale = Literal["share", "quarterback_points"]

#: The bands in order; ``any`` stands for no or unknown severity, and for all bands together.
BANDS: Final[tuple[SeverityBand, ...]] = ("low", "middle", "high")
#: Below the first cut is low, above the second is high.
CUTS: Final[dict[SeverityScale, tuple[float, float]]] = {"share": (1 / 3, 2 / 3), "quarterback_points": (1.5, 4.0)}
#: Where a band stands on a scale from 0 to 1, so that one slope serves both scales.
MIDPOINTS: Final[dict[str, float]] = {"low": 1 / 6, "middle": 1 / 2, "high": 5 / 6, "any": 1 / 2}
#: Types whose severity is a gap in points.
QUARTERBACK_TYPES: Final = ("quarterback_exit", "quarterback_return")


def severity_bands(severity: ArrayLike, *, scale: SeverityScale = "share") -> NDArray[np.object_]:
    """Return the band of each severity; missing severity is ``any``.

    Parameters
    ----------
    severity : array_like, shape (n,)
        A share from 0 to 1, or the value gap in points (a better replacement, below zero, is low).
    scale : {"share", "quarterback_points"}

    Returns
    -------
    ndarray of str, shape (n,)

    Raises
    ------
    ParameterError
        If a share lies outside 0 to 1.

    Examples
    --------
    >>> severity_bands([0.1, 1 / 3, 0.9, float("nan")]).tolist()
    ['low', 'middle', 'high', 'any']
    >>> severity_bands([-0.5, 2.0, 6.5], scale="quarterback_points").tolist()
    ['low', 'middle', 'high']
    """
    values = pd.to_numeric(pd.Series(np.atleast_1d(np.asarray(severity, dtype=object)))).to_numpy("f8", na_value=np.nan)
    outside = (values < 0) | (values > 1)
    if scale == "share" and outside.any():
        raise ParameterError(f"A severity is a share from 0 to 1, got {values[outside][0]}. Points? Say so by scale.")
    low, high = CUTS[scale]
    named = np.select([np.isnan(values), values < low, values > high], ["any", "low", "high"], "middle")
    return named.astype(object)


def scale_of(event_type: str) -> SeverityScale:
    """Return in which unit a type's severity is measured.

    Examples
    --------
    >>> scale_of("quarterback_exit"), scale_of("injury")
    ('quarterback_points', 'share')
    """
    return "quarterback_points" if event_type in QUARTERBACK_TYPES else "share"
