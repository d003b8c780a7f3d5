"""One comparison of changes, right if either the outcome regression or the odds of treatment is right."""

import numpy as np
from numpy.typing import NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
_NEWTON_STEPS = 30
#: Beyond these odds a treated unit has no like among the controls.
_LARGEST_SCORE = 0.999


def doubly_robust_change(
    change: Floats, treated: NDArray[np.bool_], compared: NDArray[np.bool_], *, covariates: Floats
) -> tuple[float, Floats]:
    """Return the effect on the treated and each unit's part of its error.

    Parameters
    ----------
    change : ndarray, shape (n_units,)
        Of the outcome, between the two periods compared.
    treated, compared : ndarray of bool, shape (n_units,)
    covariates : ndarray, shape (n_units, n_covariates)

    Raises
    ------
    ValidationError
        If there are too few controls for the covariates, or covariates tell treated from controls perfectly.

    References
    ----------
    .. [1] Sant'Anna & Zhao (2020), doi:10.1016/j.jeconom.2020.06.003, the panel estimator of section 3.
    """
    used = treated | compared
    d = treated[used].astype(np.float64)
    raw = covariates[used]
    spread = raw.std(axis=0)
    x = np.column_stack([np.ones(len(raw)), (raw - raw.mean(axis=0)) / np.where(spread > 0, spread, 1.0)])
    if compared.sum() <= x.shape[1] + 1:
        raise ValidationError(
            f"{x.shape[1] - 1} covariates need more than {x.shape[1] + 1} controls, got {int(compared.sum())}."
        )
    score, hessian = _logit(x, d)
    odds = score / (1 - score) * (1 - d)
    control = 1 - d
    gram = np.linalg.pinv((x * control[:, None]).T @ x)
    coefficient = gram @ (x * control[:, None]).T @ change[used]
    residual = change[used] - x @ coefficient
    mean_treated = float((d * residual).sum() / d.sum())
    mean_control = float((odds * residual).sum() / odds.sum())
    # Each unit's part in the two weighted means, then in the regression and the odds that they rest on.
    part = d * (residual - mean_treated) / d.sum() - odds * (residual - mean_control) / odds.sum()
    shift = (x * (d / d.sum() - odds / odds.sum())[:, None]).sum(axis=0)
    part -= (x * (control * residual)[:, None]) @ gram @ shift
    slope = (x * (odds * (residual - mean_control) / odds.sum())[:, None]).sum(axis=0)
    part -= (x * (d - score)[:, None]) @ hessian @ slope
    influence = np.zeros(len(change))
    influence[used] = part
    return mean_treated - mean_control, influence


def _logit(x: Floats, d: Floats) -> tuple[Floats, Floats]:
    """Return fitted probabilities of treatment and the inverse of the information."""
    coefficient = np.zeros(x.shape[1])
    for _ in range(_NEWTON_STEPS):
        score = 1 / (1 + np.exp(-np.clip(x @ coefficient, -30, 30)))
        inverse = np.linalg.pinv((x * (score * (1 - score))[:, None]).T @ x)
        step = inverse @ x.T @ (d - score)
        coefficient += step
        if np.abs(step).max() < 1e-10:
            break
    if score[d == 0].max() > _LARGEST_SCORE or score[d == 1].min() > _LARGEST_SCORE:
        raise ValidationError("The covariates tell treated units from controls almost surely: nobody is comparable.")
    return score, np.asarray(inverse, dtype=np.float64)
