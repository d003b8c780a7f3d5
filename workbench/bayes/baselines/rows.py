"""What every baseline asks of its rows, refused at the border with the likely cause."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]


def feature_matrix(rows: pd.DataFrame, *, features: Sequence[str]) -> Floats:
    """Return the features as numbers, NaN where masked.

    Parameters
    ----------
    rows : DataFrame
    features : sequence of str

    Returns
    -------
    ndarray, shape (n_rows, n_features)

    Raises
    ------
    ValidationError
        If there are no features, or the rows lack one.
    """
    lacking = [name for name in features if name not in rows.columns]
    if lacking or not len(features):
        raise ValidationError(
            f"Rows need every feature the method is given, got none of {lacking or 'any'}. Rows of another target?"
        )
    return rows[list(features)].to_numpy(dtype=np.float64, na_value=np.nan)


def known_yards(rows: pd.DataFrame) -> Floats:
    """Return the yards to learn from, shape (n_rows,).

    Raises
    ------
    ValidationError
        If there are no rows, or a row's yards are unknown.
    """
    if "yards" not in rows.columns or rows.empty:
        raise ValidationError(f"A method learns from rows with yards, got {len(rows)} rows. A season without data?")
    yards = rows["yards"].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(yards).all():
        raise ValidationError(
            f"A method learns from known yards, got {(~np.isfinite(yards)).sum()} of {len(yards)} rows without. "
            "Games not played yet?"
        )
    return yards
