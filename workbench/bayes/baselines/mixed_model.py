"""A regression with player and team effects, each with a variance of its own, by expectation-maximization."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
#: Steps after which the variances of the effects move by under a per cent.
STEPS: Final = 15
#: A ridge that moves nothing but a column that others make up.
_RIDGE: Final = 1e-6
#: Squared residuals are bounded below, for their logarithm is what is fitted.
_LEAST_VARIANCE: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class MixedModel:
    """What was estimated.

    Attributes
    ----------
    slopes : ndarray, shape (n_columns,)
    effects : ndarray, shape (n_groups,)
        Posterior means of all groups' effects, in yards.
    spreads : ndarray, shape (n_groups,)
        Their posterior variances.
    variances : ndarray, shape (n_kinds,)
        Between the groups of a kind (player, team): what a group never seen has.
    noise : ndarray, shape (n_columns,)
        Slopes of the log of the residual variance.
    """

    slopes: Floats
    effects: Floats
    spreads: Floats
    variances: Floats
    noise: Floats


def fit_mixed(columns: Floats, yards: Floats, *, groups: Integers, kinds: Integers) -> MixedModel:
    """Fit ``yards = columns @ slopes + effects of its groups + noise`` with a log-linear noise variance.

    Henderson's equations give slopes and effects together; each kind's variance is the mean of its effects' posterior
    second moments; the log variance is a gamma regression of squared residuals, fitted twice in turn with the mean.

    Parameters
    ----------
    columns : ndarray, shape (n_rows, n_columns)
        The first is one.
    yards : ndarray, shape (n_rows,)
    groups : ndarray, shape (n_rows, n_kinds)
        Place of each row's group among all groups.
    kinds : ndarray, shape (n_groups,)
        The kind of each group, as a column of ``groups``.

    References
    ----------
    .. [1] Henderson (1975), doi:10.2307/2529430
    .. [2] Smyth (1989), doi:10.1111/j.2517-6161.1989.tb01747.x
    """
    width = columns.shape[1]
    noise = np.zeros(width)
    noise[0] = np.log(max(float(yards.var()), _LEAST_VARIANCE))
    variances = np.full(groups.shape[1], 0.05 * max(float(yards.var()), _LEAST_VARIANCE))
    for _ in range(2):
        moments = _normal_equations(
            columns, yards, groups=groups, n_groups=len(kinds), weights=np.exp(-columns @ noise)
        )
        solution, spreads, variances = _effects(*moments, variances=variances, kinds=kinds, width=width)
        fitted = columns @ solution[:width] + solution[width:][groups].sum(axis=1)
        # A row's residual has shrunk by what its own effects took up; their posterior variance gives it back.
        noise = log_variance(columns, np.square(yards - fitted) + spreads[groups].sum(axis=1), start=noise)
    return MixedModel(solution[:width], solution[width:], spreads, variances, noise)


def log_variance(columns: Floats, squares: Floats, *, start: Floats) -> Floats:
    """Return the slopes of the log of a variance whose squared draws are known: gamma regression by scoring."""
    gram = columns.T @ columns + _RIDGE * np.eye(columns.shape[1])
    slopes = start
    for _ in range(20):
        ratio = np.maximum(squares, _LEAST_VARIANCE) * np.exp(-columns @ slopes)
        # A step of more than e-fold is taken in parts: one outlier must not throw the fit away.
        slopes = slopes + np.linalg.solve(gram, columns.T @ np.clip(ratio - 1.0, -1.0, 6.0))
    return slopes


def _normal_equations(
    columns: Floats, yards: Floats, *, groups: Integers, n_groups: int, weights: Floats
) -> tuple[Floats, Floats]:
    width = columns.shape[1]
    left, right = np.zeros((width + n_groups,) * 2), np.zeros(width + n_groups)
    weighted = columns * weights[:, None]
    left[:width, :width], right[:width] = columns.T @ weighted + _RIDGE * np.eye(width), weighted.T @ yards
    for place in groups.T:
        np.add.at(right, width + place, weights * yards)
        for column in range(width):
            left[column, width:] += np.bincount(place, weights=weighted[:, column], minlength=n_groups)
        for other in groups.T:
            np.add.at(left, (width + place, width + other), weights)
    left[width:, :width] = left[:width, width:].T
    return left, right


def _effects(
    left: Floats, right: Floats, *, variances: Floats, kinds: Integers, width: int
) -> tuple[Floats, Floats, Floats]:
    for _ in range(STEPS):
        penalty = np.concatenate([np.zeros(width), 1.0 / variances[kinds]])
        inverse = np.linalg.inv(left + np.diag(penalty))
        solution, spreads = inverse @ right, np.diag(inverse)[width:]
        moments = np.square(solution[width:]) + spreads
        variances = np.array([moments[kinds == kind].mean() for kind in range(len(variances))])
    return solution, spreads, variances
