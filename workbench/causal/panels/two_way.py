"""Unit and period effects of an unbalanced panel: fitted, taken out, and inverted without building dummies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.causal.panels.long_panel import Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Solver of the normal equations of unit and period effects on the cells of a mask.

    Attributes
    ----------
    mask : ndarray of bool, shape (n_units, n_periods)
        Cells fitted on.
    per_unit : ndarray, shape (n_units,)
        Cells of each unit.
    schur : ndarray, shape (n_periods, n_periods)
        Generalized inverse of the period block after units are taken out.
    """

    mask: Mask
    per_unit: Floats
    schur: Floats

    def effects(self, score: Floats) -> tuple[Floats, Floats]:
        """Return the unit and period effects whose normal equations have this right-hand side.

        Parameters
        ----------
        score : ndarray, shape (n_units, n_periods)
            Its sums over periods and over units are the right-hand side: an outcome (zero outside the mask) gives the
            least-squares fit, weights of an estimand give the weights of its imputation.
        """
        rows = np.where(self.per_unit > 0, self.per_unit, 1.0)
        unit_sum = np.where(self.per_unit > 0, score.sum(axis=1), 0.0)
        seen = self.mask.astype(np.float64)
        period = self.schur @ (score.sum(axis=0) - seen.T @ (unit_sum / rows))
        unit = (unit_sum - seen @ period) / rows
        return np.where(self.per_unit > 0, unit, np.nan), period

    def residual(self, values: Floats) -> Floats:
        """Return values less their two-way fit, zero outside the mask."""
        inside = np.where(self.mask, values, 0.0)
        unit, period = self.effects(inside)
        return np.where(self.mask, inside - np.nan_to_num(unit)[:, None] - period[None, :], 0.0)


def two_way(mask: Mask) -> TwoWay:
    """Return the solver for the cells of a mask."""
    seen = mask.astype(np.float64)
    per_unit = seen.sum(axis=1)
    scaled = seen / np.where(per_unit > 0, per_unit, 1.0)[:, None]
    normal = np.diag(seen.sum(axis=0)) - seen.T @ scaled
    return TwoWay(mask, per_unit, np.asarray(np.linalg.pinv(normal, rcond=1e-10, hermitian=True), dtype=np.float64))


def identified(solver: TwoWay) -> Mask:
    """Return which cells have an untreated outcome that the fit tells: unit seen, period tied to the others.

    Returns
    -------
    ndarray of bool, shape (n_units, n_periods)
    """
    seen = solver.mask.astype(np.float64)
    linked = seen.T @ seen > 0
    for _ in range(len(linked)):
        wider = linked.astype(np.float64) @ linked.astype(np.float64) > 0
        if (wider == linked).all():
            break
        linked = wider
    # A unit's periods lie in one piece; another period is told where it hangs together with that piece.
    return np.asarray((seen @ linked.astype(np.float64)) > 0)
