"""Augmented synthetic control: what imbalance the weights leave is taken out by a ridge regression.

Ben-Michael, Feller & Rothstein (2021), doi:10.1080/01621459.2021.1929245. As in pysyncon's ``AugSynth`` and the R
package ``augsynth`` with ``progfunc="Ridge"`` on outcomes, with the exact simplex solver inside (the same weights to
1e-3 at a given penalty, compared in the tests).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.causal.controls.control_panel import ControlPanel, Floats
from workbench.causal.controls.simplex import simplex_weights

_PENALTIES: Final = 20
_SMALLEST: Final = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentedControl:
    """An augmented synthetic control.

    Attributes
    ----------
    value : float
        Mean gap over the treated times.
    weights : Series
        By donor, summing to one; some may be negative: that is the augmentation.
    penalty : float
        Of the ridge, in squared units of the outcome.
    pre_rmspe : float
    gap : ndarray, shape (n_times,)
    """

    value: float
    weights: "pd.Series[float]"
    penalty: float
    pre_rmspe: float
    gap: Floats


def augmented_control(panel: ControlPanel, *, penalty: float | None = None) -> AugmentedControl:
    """Fit an augmented synthetic control on all outcomes before treatment.

    Parameters
    ----------
    panel : ControlPanel
    penalty : float, optional
        By default the largest one within a standard error of the best, by leaving out one time before treatment each
        (all but the last, as ``augsynth`` does).
    """
    values = panel.matrix
    before = values[: panel.n_before]
    centred = before - before[:, 1:].mean(axis=1, keepdims=True)
    donors, treated = centred[:, 1:], centred[:, 0]
    chosen = _penalty(donors, treated) if penalty is None else penalty
    plain = simplex_weights(donors, treated)
    weights = plain + _ridge_step(donors, treated, plain, penalties=np.array([chosen]))[0]
    gap = values[:, 0] - values[:, 1:] @ weights
    return AugmentedControl(
        value=float(gap[panel.n_before :].mean()),
        weights=pd.Series(weights, index=panel.donors, name="weight"),
        penalty=float(chosen),
        pre_rmspe=float(np.sqrt(np.mean(np.square(gap[: panel.n_before])))),
        gap=gap,
    )


def _ridge_step(donors: Floats, treated: Floats, weights: Floats, *, penalties: Floats) -> Floats:
    """Return what each penalty adds to the weights, shape (n_penalties, n_donors)."""
    left, sizes, right = np.linalg.svd(donors, full_matrices=False)
    rest = left.T @ (treated - donors @ weights)
    shrunk: Floats = rest * sizes / (np.square(sizes) + penalties[:, None]) @ right
    return shrunk


def _penalty(donors: Floats, treated: Floats) -> float:
    """Return the cross-validated penalty: the largest whose error is within one standard error of the least."""
    n = len(treated)
    largest = float(np.linalg.svd(donors, compute_uv=False)[0] ** 2) or 1.0
    penalties = largest * _SMALLEST ** ((np.arange(_PENALTIES + 1) - 1) / _PENALTIES)
    if n < 3:
        return largest
    missed = []
    for held in range(n - 1):
        kept = np.arange(n) != held
        plain = simplex_weights(donors[kept], treated[kept])
        weights = plain + _ridge_step(donors[kept], treated[kept], plain, penalties=penalties)
        missed.append(np.square(treated[held] - weights @ donors[held]))
    errors = np.array(missed)
    mean, spread = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
    best = int(np.argmin(mean))
    return float(penalties[mean <= mean[best] + spread[best]].max())
