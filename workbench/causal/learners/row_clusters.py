"""Errors of averages and slopes whose rows err together, by one or two ways of clustering."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from workbench.errors import ParameterError, ValidationError

Floats = NDArray[np.float64]


def clustered_covariance(influence: Floats, rows: pd.DataFrame, *, clusters: Sequence[str]) -> Floats:
    """Return the covariance of estimates from each row's part in their error.

    Parameters
    ----------
    influence : ndarray, shape (n_rows, n_estimates)
        Parts that add up to the estimates' errors (mean-zero sums, already divided by the sample size).
    rows : DataFrame, shape (n_rows, ...)
    clusters : one or two column names
        Two are added, and what they share subtracted; negative directions are cut to zero.

    References
    ----------
    .. [1] Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136

    Examples
    --------
    Two clusters whose rows err together: (1 + 1)² + (-2)² = 8, times 2 / (2 - 1).

    >>> rows = pd.DataFrame({"team": ["a", "a", "b"]})
    >>> float(clustered_covariance(np.array([[1.0], [1.0], [-2.0]]), rows, clusters=["team"])[0, 0])
    16.0
    """
    total = np.zeros((influence.shape[1],) * 2)
    for size in range(1, len(clusters) + 1):
        for names in combinations(clusters, size):
            total += (-1) ** (size + 1) * _one_way(influence, rows[list(names)])
    values, vectors = np.linalg.eigh((total + total.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def freedom(rows: pd.DataFrame, *, clusters: Sequence[str]) -> int:
    """Return the degrees of freedom for a t interval: the fewest clusters of any way, less one."""
    return min(int(rows[name].nunique()) for name in clusters) - 1


def interval(value: Floats, error: Floats, *, degrees: int) -> tuple[Floats, Floats, Floats]:
    """Return low, high (95 %) and the two-sided p-value of no effect, by Student's t."""
    reach = stats.t.ppf(0.975, degrees) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stats.t.sf(np.abs(value) / error, degrees)
    return value - reach, value + reach, p_value


def check_clusters(rows: pd.DataFrame, *, clusters: Sequence[str]) -> None:
    """Raise unless one or two columns of at least ten clusters are given."""
    if not 1 <= len(clusters) <= 2:
        raise ParameterError(f"Rows are clustered by one or two columns, got {list(clusters)}.")
    for name in clusters:
        if rows[name].isna().any() or rows[name].nunique() < 10:
            raise ValidationError(
                f"Clusters {name!r} need 10 labels or more and none missing: too few to say an error."
            )


def _one_way(influence: Floats, labels: pd.DataFrame) -> Floats:
    codes = labels.groupby(list(labels), sort=False, observed=True).ngroup().to_numpy()
    count = int(codes.max()) + 1
    sums = np.zeros((count, influence.shape[1]))
    np.add.at(sums, codes, influence)
    return np.asarray(sums.T @ sums * count / max(count - 1, 1))
