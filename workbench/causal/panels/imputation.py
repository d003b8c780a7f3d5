"""What the treated would have done, from unit and period effects of the untreated (Borusyak, Jaravel & Spiess)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.causal.panels.long_panel import Floats, LongPanel
from workbench.causal.panels.two_way import Mask, TwoWay, identified, two_way
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class Imputation:
    """The imputation estimator.

    Attributes
    ----------
    overall : Estimate
        Every treated unit and period alike.
    two_stage : Estimate
        Gardner's: the same number, its standard error about one common effect, so wider where effects differ.
    path : DataFrame
        ``horizon, estimate, standard_error, low, high, treated``, from horizon 0 on.
    effects : ndarray, shape (n_units, n_periods)
        Outcome less imputed untreated outcome, missing where untreated, unseen or not told.
    notes : tuple of str
    """

    overall: Estimate
    two_stage: Estimate
    path: pd.DataFrame
    effects: Floats
    notes: tuple[str, ...]


def imputed_effects(panel: LongPanel, *, anticipation: int = 0) -> Imputation:
    """Fit unit and period effects on untreated cells, impute the others, average the differences.

    Standard errors are the conservative ones of the paper's section 4.3: residuals of treated cells are taken about
    their cohort's and horizon's mean, weighted as the estimand weights them, and summed within clusters.

    Raises
    ------
    ValidationError
        If no treated cell can be imputed.

    References
    ----------
    .. [1] Borusyak, Jaravel & Spiess (2024), doi:10.1093/restud/rdae007
    .. [2] Gardner (2022), doi:10.48550/arXiv.2207.05943; pyfixest's ``did2s`` agrees (compared in the tests) but
       stops at units with a single untreated period.
    """
    start = (panel.cohort - anticipation)[:, None]
    exposed = np.arange(panel.n_periods)[None, :] >= start
    solver = two_way(panel.seen & ~exposed)
    told = identified(solver)
    of = panel.seen & panel.treated & told
    if not of.any():
        raise ValidationError("No treated unit is seen in a period that untreated units tell of: nothing to impute.")
    unit, period = solver.effects(np.where(solver.mask, panel.outcome, 0.0))
    untreated = unit[:, None] + period[None, :]
    effects = np.where(of, panel.outcome - untreated, np.nan)
    horizon = np.where(
        panel.treated, np.arange(panel.n_periods)[None, :] - np.nan_to_num(panel.cohort[:, None], posinf=0), -1
    )
    overall = _estimate(panel, solver, effects, of=of, fitted=untreated)
    two_stage = _estimate(panel, solver, effects, of=of, fitted=untreated, common=True)
    rows = []
    for h in np.unique(horizon[of]):
        at = of & (horizon == h)
        found = _estimate(panel, solver, effects, of=at, fitted=untreated)
        rows.append({"horizon": int(h), "estimate": found.value, "standard_error": found.standard_error,
                     "low": found.low, "high": found.high, "treated": found.treated})  # fmt: skip
    lost = int((panel.seen & panel.treated & ~told).sum())
    notes = (f"{lost} treated cells cannot be imputed: no untreated unit is seen in their period.",) if lost else ()
    return Imputation(overall=overall, two_stage=two_stage, path=pd.DataFrame(rows), effects=effects, notes=notes)


def _estimate(
    panel: LongPanel, solver: TwoWay, effects: Floats, *, of: Mask, fitted: Floats, common: bool = False
) -> Estimate:
    """Return the mean effect over some treated cells with its conservative standard error."""
    weight = np.where(of, 1.0 / of.sum(), 0.0)
    value = float(np.nansum(np.where(of, effects, 0.0) * weight))
    unit, period = solver.effects(weight)
    spread_over = np.where(solver.mask, -(np.nan_to_num(unit)[:, None] + period[None, :]), 0.0)
    residual = np.where(solver.mask, np.where(solver.mask, panel.outcome, 0.0) - np.nan_to_num(fitted), 0.0)
    centre = np.full(effects.shape, value) if common else _about(panel, effects, of=of, weight=weight)
    treated = np.where(of, effects - centre, 0.0)
    by_unit = (spread_over * residual + weight * treated).sum(axis=1)
    summed = np.bincount(panel.cluster, weights=by_unit, minlength=panel.n_clusters)
    n = int((np.bincount(panel.cluster) > 0).sum())
    error = float(np.sqrt(n / max(n - 1, 1) * (summed**2).sum()))
    p = float(2 * norm.sf(abs(value) / error)) if error > 0 else float("nan")
    return Estimate(
        value=value, standard_error=error, low=value - _Z * error, high=value + _Z * error, p_value=p,
        rows=int(solver.mask.sum() + of.sum()), treated=int(of.sum()),
        clusters=len(np.unique(panel.cluster[of.any(axis=1)])), inference="cluster",
        method="two-stage (Gardner)" if common else "imputation",
    )  # fmt: skip


def _about(panel: LongPanel, effects: Floats, *, of: Mask, weight: Floats) -> Floats:
    """Return each treated cell's weighted mean effect over its cohort in its period, the unit itself left out.

    Leaving it out undoes the overfitting of small cohorts; a cohort of one is compared with all treated.
    """
    mean = np.full(effects.shape, float(np.nanmean(effects[of])))
    square = np.where(of, weight**2, 0.0)
    plain = np.where(of, effects, 0.0)
    for cohort in panel.cohorts:
        rows = panel.cohort == cohort
        total, mass = (square[rows] * plain[rows]).sum(axis=0), square[rows].sum(axis=0)
        others = mass - square[rows]
        enough = others > 1e-300
        left_out = (total - square[rows] * plain[rows]) / np.where(enough, others, 1.0)
        mean[rows] = np.where(enough, left_out, mean[rows])
    return mean
