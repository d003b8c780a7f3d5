"""Two-way fixed effects as they were long used, with a warning: where their weights on effects turn negative."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from workbench.causal.panels.long_panel import Floats, LongPanel
from workbench.causal.panels.two_way import two_way
from workbench.causal.result import Estimate

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoWayFixedEffects:
    """The regression on a treatment dummy with unit and period effects.

    Attributes
    ----------
    overall : Estimate
    negative_share : float
        Share of treated cells whose effect enters with a negative weight.
    negative_weight : float
        Sum of the negative weights (all weights sum to one).
    forbidden_share : float
        Weight on comparisons of later with already treated units, where such a decomposition exists; else missing.
    warning : str
        What this means, in a sentence.
    """

    overall: Estimate
    negative_share: float
    negative_weight: float
    forbidden_share: float
    warning: str


def two_way_fixed_effects(panel: LongPanel) -> TwoWayFixedEffects:
    """Fit the regression and look into its weights.

    References
    ----------
    .. [1] de Chaisemartin & D'Haultfœuille (2020), doi:10.1257/aer.20181169, for the weights.
    .. [2] Goodman-Bacon (2021), doi:10.1016/j.jeconom.2021.03.014, for the comparisons.
    """
    solver = two_way(panel.seen)
    dose = solver.residual(panel.treated.astype(np.float64))
    outcome = solver.residual(np.where(panel.seen, panel.outcome, 0.0))
    size = float((dose**2).sum())
    value = float((dose * outcome).sum() / size)
    score = (dose * (outcome - value * dose)).sum(axis=1) / size
    summed = np.bincount(panel.cluster, weights=score, minlength=panel.n_clusters)
    n = panel.n_clusters
    error = float(np.sqrt(n / max(n - 1, 1) * (summed**2).sum()))
    cells = panel.seen & panel.treated
    weight = dose[cells] / size
    negative, mass = float((weight < -1e-12).mean()), float(weight[weight < 0].sum())
    forbidden = forbidden_share(panel)
    overall = Estimate(
        value=value, standard_error=error, low=value - _Z * error, high=value + _Z * error,
        p_value=float(2 * norm.sf(abs(value) / error)) if error > 0 else float("nan"), rows=int(panel.seen.sum()),
        treated=int(cells.sum()), clusters=len(np.unique(panel.cluster[cells.any(axis=1)])),
        method="two-way fixed effects", inference="cluster",
    )  # fmt: skip
    return TwoWayFixedEffects(
        overall=overall, negative_share=negative, negative_weight=mass, forbidden_share=forbidden,
        warning=_warning(negative, forbidden),
    )  # fmt: skip


def _warning(negative: float, forbidden: float) -> str:
    parts = []
    if negative > 0:
        parts.append(f"{100 * negative:.0f} % of treated cells enter with a negative weight")
    if np.isfinite(forbidden) and forbidden > 0:
        parts.append(f"{100 * forbidden:.0f} % of the weight compares later with already treated units")
    if not parts:
        return "No treated cell has a negative weight and no comparison is forbidden."
    return f"{'; '.join(parts)}: not to be read where effects change over time."


def forbidden_share(panel: LongPanel) -> float:
    """Return the Goodman-Bacon weight on comparisons of later with already treated units; missing if unbalanced."""
    if not panel.seen.all():
        return float("nan")
    starts, counts = np.unique(panel.cohort, return_counts=True)
    size = counts / counts.sum()
    on = np.clip((panel.n_periods - starts) / panel.n_periods, 0, 1)
    clean, forbidden = 0.0, 0.0
    for e in range(len(starts)):
        for later in range(e + 1, len(starts)):
            pair = size[e] * size[later]
            early, late = float(on[e]), float(on[later])
            # Weights of the paper's equation 10, up to their common denominator.
            clean += pair * (early - late) * (1 - early)
            forbidden += pair * late * (early - late)
    total = clean + forbidden
    return float(forbidden / total) if total > 0 else float("nan")


def twfe_weights(panel: LongPanel) -> Floats:
    """Return the weight of each cell's effect in the regression: they sum to one over treated cells."""
    dose = two_way(panel.seen).residual(panel.treated.astype(np.float64))
    return np.asarray(np.where(panel.seen & panel.treated, dose / (dose**2).sum(), 0.0))
