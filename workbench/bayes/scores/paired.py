"""Two methods on identical rows: the difference of their scores, outcomes of a game erring together."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError
from workbench.intervals import Estimate, clustered_mean

Floats = NDArray[np.float64]


def paired(a: ArrayLike, b: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Return the mean of ``a - b`` over the rows where both are known, with its clustered interval.

    Parameters
    ----------
    a, b : array_like, shape (n_rows,)
        One score a row of two methods, such as their absolute errors: below zero, ``a`` errs less.
    clusters : array_like, shape (n_rows,)
        The row's game, or week.
    level : float, default 0.95

    Returns
    -------
    Estimate
        ``n`` is the number of rows compared.

    Raises
    ------
    ValidationError
        If the two are not of the same rows.

    Examples
    --------
    >>> found = paired([3.0, 5.0, 4.0], [4.0, 5.0, np.nan], ["g1", "g2", "g3"])
    >>> found.value, found.n
    (-0.5, 2)
    """
    first, second, games = _identical(a, b, clusters)
    return clustered_mean(first - second, games, level=level)


def paired_rmse(a: ArrayLike, b: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Return the difference of two root mean squares from squared errors a row, linearized for its interval.

    Examples
    --------
    >>> found = paired_rmse([9.0, 25.0], [4.0, 4.0], ["g1", "g2"])
    >>> round(found.value, 3) == round(17**0.5 - 2, 3)
    True
    """
    first, second, games = _identical(a, b, clusters)
    if not len(first):
        return clustered_mean(first, games, level=level)
    roots = np.sqrt(first.mean()), np.sqrt(second.mean())
    # d sqrt(m) = dm / (2 sqrt(m)); a perfect method has no slope, and none of its squares moves it.
    slopes = [0.5 / root if root > 0.0 else 0.0 for root in roots]
    found = clustered_mean(first * slopes[0] - second * slopes[1], games, level=level)
    shift = float(roots[0] - roots[1]) - found.value
    return Estimate(
        found.value + shift, found.standard_error, found.low + shift, found.high + shift, found.n, found.clusters
    )


def paired_table(
    a: pd.DataFrame, b: pd.DataFrame, clusters: ArrayLike, *, measures: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Compare two methods in every measure their row scores share.

    Parameters
    ----------
    a, b : DataFrame
        ``summary(...).rows`` of two methods on the same rows, in the same order.
    clusters : array_like, shape (n_rows,)
    measures : tuple of str, default all shared
        Columns to compare. ``squared_error`` is compared as ``rmse``.

    Returns
    -------
    DataFrame, one row a measure
        ``measure, a, b`` (means over the shared rows; the RMSE's root of them), ``difference, low, high, rows, games``.

    Raises
    ------
    ValidationError
        If the two do not have the same rows.
    """
    if len(a) != len(b):
        raise ValidationError(f"A paired comparison needs identical rows, got {len(a)} and {len(b)}.")
    shared = measures or tuple(name for name in a.columns if name in b.columns)
    return pd.DataFrame([_compared(name, a[name], b[name], clusters) for name in shared])


def _compared(name: str, a: ArrayLike, b: ArrayLike, clusters: ArrayLike) -> dict[str, object]:
    root = name == "squared_error"
    first, second, _ = _identical(a, b, clusters)
    means = [float(x.mean()) if len(x) else float("nan") for x in (first, second)]
    found = (paired_rmse if root else paired)(a, b, clusters)
    return {
        "measure": "rmse" if root else name, "a": means[0] ** 0.5 if root else means[0],
        "b": means[1] ** 0.5 if root else means[1], "difference": found.value, "low": found.low, "high": found.high,
        "rows": found.n, "games": found.clusters,
    }  # fmt: skip


def _identical(a: ArrayLike, b: ArrayLike, clusters: ArrayLike) -> tuple[Floats, Floats, NDArray[np.generic]]:
    first, second, games = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64), np.asarray(clusters)
    if not first.shape == second.shape == games.shape:
        raise ValidationError(
            f"A paired comparison needs identical rows, got shapes {first.shape}, {second.shape} and {games.shape}."
        )
    known = np.isfinite(first) & np.isfinite(second)
    return first[known], second[known], games[known]
