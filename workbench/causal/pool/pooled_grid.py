"""The exact posterior of the hierarchical model: Gaussian given the two spreads, summed over a grid of them.

No sampler, no Monte-Carlo error, no convergence to judge: the weekly path, and the oracle of the sampled one. The
marginal likelihood of the spreads is that of a random-effects meta-analysis [1]_.

References
----------
.. [1] Röver (2020), Bayesian random-effects meta-analysis using the bayesmeta R package, doi:10.18637/jss.v093.i06
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.causal.pool.pooling import LEVEL, CellEstimates, Floats, PriorScales, Targets, check_targets

#: Nodes a spread. Doubling them moves no end of an interval by 0.5 % of its width (tests/causal/test_hierarchical.py).
NODES: Final = 28
#: The grid ends at this many prior scales: the half-normal leaves six in ten million beyond.
REACH: Final = 5.0
#: Nodes below this share of the largest weight are left out: together under a hundred-thousandth.
NEGLIGIBLE: Final = 1e-8
#: Halvings of the bracket of a quantile, to 1e-9 of its width.
HALVINGS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPool:
    """The posterior as a mixture: one Gaussian a node of the grid.

    Attributes
    ----------
    cells : CellEstimates
    scales : PriorScales
    type_spread, cell_spread : ndarray, shape (n_nodes,)
        The spreads at each node, outcome unit.
    weight : ndarray, shape (n_nodes,)
        Posterior probability of each node, summing to one.
    """

    cells: CellEstimates
    scales: PriorScales
    type_spread: Floats
    cell_spread: Floats
    weight: Floats

    def effects(self, targets: Targets) -> pd.DataFrame:
        """Return ``effect, standard_error, low, high`` (95 %), one row a target."""
        check_targets(targets, self.cells)
        moments = [self._moments(targets, node) for node in range(len(self.weight))]
        return _mixture_summary(
            np.array([mean for mean, _ in moments]), np.array([variance for _, variance in moments]), self.weight
        )

    def spreads(self) -> pd.DataFrame:
        """Return ``name, effect, standard_error, low, high`` of the two spreads, nearest node."""
        rows = [_weighted_summary(v, self.weight) for v in (self.type_spread, self.cell_spread)]
        return pd.DataFrame(rows).assign(name=["spread of types", "spread of cells"])

    def _moments(self, targets: Targets, node: int) -> tuple[Floats, Floats]:
        """Return mean and variance of each target, given one node's spreads."""
        between, within = float(self.type_spread[node]), float(self.cell_spread[node])
        cross = _prior_covariance(targets, Targets.of_cells(self.cells), self.scales, between=between, within=within)
        prior = _prior_variance(targets, self.scales, between=between, within=within)
        solved = np.linalg.solve(
            _marginal_covariance(self.cells, self.scales, between=between, within=within),
            np.column_stack([self.cells.estimate, cross.T]),
        )
        variance = prior - np.einsum("ij,ji->i", cross, solved[:, 1:])
        return cross @ solved[:, 0], np.maximum(variance, 0.0)


def grid_pool(cells: CellEstimates, *, scales: PriorScales | None = None, nodes: int = NODES) -> GridPool:
    """Pool cell estimates exactly.

    Parameters
    ----------
    cells : CellEstimates
        Of one outcome.
    scales : PriorScales, optional
        Points of margin by default.
    nodes : int, default 28
        A spread; the grid has their square.

    Returns
    -------
    GridPool

    Examples
    --------
    >>> frame = pd.DataFrame({"type": ["bye", "injury"], "severity_band": "any", "position": "any",
    ...     "outcome": "margin", "estimate": [1.0, -3.0], "standard_error": [0.5, 2.0], "n": [400, 30]})
    >>> from workbench.causal.pool.pooling import cell_estimates
    >>> cells = cell_estimates(frame)
    >>> pooled = grid_pool(cells).effects(Targets.of_cells(cells))
    >>> pooled["effect"].round(1).tolist()
    [0.9, -1.3]
    """
    scales = scales or PriorScales()
    unit, mass = _half_normal_nodes(nodes)
    between, within = (a.ravel() for a in np.meshgrid(unit * scales.types, unit * scales.cells, indexing="ij"))
    log_weight = np.log(np.outer(mass, mass).ravel()) + _log_marginal(cells, scales, between=between, within=within)
    weight = np.exp(log_weight - log_weight.max())
    kept = weight > NEGLIGIBLE
    return GridPool(
        cells=cells,
        scales=scales,
        type_spread=between[kept],
        cell_spread=within[kept],
        weight=weight[kept] / weight[kept].sum(),
    )


def _half_normal_nodes(count: int) -> tuple[Floats, Floats]:
    """Return nodes of a standard half-normal, dense near zero where the posterior bends, and their masses."""
    root = (np.arange(count) + 0.5) / count
    value = REACH * root**2
    mass = np.exp(-(value**2) / 2) * root
    return value, mass / mass.sum()


def _log_marginal(cells: CellEstimates, scales: PriorScales, *, between: Floats, within: Floats) -> Floats:
    """Return the log likelihood of the estimates at each pair of spreads, effects integrated out."""
    fixed = _marginal_covariance(cells, scales, between=0.0, within=0.0)
    same = (cells.type_index[:, None] == cells.type_index).astype(float)
    eye = np.eye(len(cells.estimate))
    found = np.empty(len(between))
    for node, (of_types, of_cells) in enumerate(zip(between, within, strict=True)):
        root = np.linalg.cholesky(fixed + of_types**2 * same + of_cells**2 * eye)
        white = np.linalg.solve(root, cells.estimate)
        found[node] = -0.5 * white @ white - np.log(np.diag(root)).sum()
    return found


def _marginal_covariance(cells: CellEstimates, scales: PriorScales, *, between: float, within: float) -> Floats:
    seen = Targets.of_cells(cells)
    return cells.covariance + _prior_covariance(seen, seen, scales, between=between, within=within)


def _prior_covariance(left: Targets, right: Targets, scales: PriorScales, *, between: float, within: float) -> Floats:
    """Return the prior covariance of effects: the mean they share, the type's level and slope, the cell itself."""
    same_type = (left.type_index[:, None] == right.type_index) & (left.type_index[:, None] >= 0)
    same_cell = (left.cell_index[:, None] == right.cell_index) & (left.cell_index[:, None] >= 0)
    slope = scales.slope**2 * np.outer(left.severity, right.severity)
    return np.asarray(scales.mean**2 + same_type * (between**2 + slope) + same_cell * within**2)


def _prior_variance(targets: Targets, scales: PriorScales, *, between: float, within: float) -> Floats:
    return np.asarray(scales.mean**2 + between**2 + (scales.slope * targets.severity) ** 2 + within**2)


def _mixture_summary(means: Floats, variances: Floats, weight: Floats) -> pd.DataFrame:
    """Return mean, standard deviation and central interval of Gaussian mixtures, shapes (n_nodes, n_targets)."""
    mean = weight @ means
    spread = np.sqrt(weight @ (variances + (means - mean) ** 2))
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = (_mixture_quantile(means, np.sqrt(variances), weight, probability=p) for p in tails)
    return pd.DataFrame({"effect": mean, "standard_error": spread, "low": low, "high": high})


def _mixture_quantile(means: Floats, deviations: Floats, weight: Floats, *, probability: float) -> Floats:
    """Return the quantile of each mixture by halving a bracket that holds every component's."""
    low: Floats = (means - 6 * deviations).min(axis=0)
    high: Floats = (means + 6 * deviations).max(axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = weight @ ndtr((middle - means) / np.maximum(deviations, 1e-300)) < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _weighted_summary(values: Floats, weight: Floats) -> dict[str, float]:
    """Return mean, standard deviation and central interval of weighted points."""
    mean = float(weight @ values)
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    low, high = (float(values[order][np.searchsorted(reached, p)]) for p in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return {"effect": mean, "standard_error": float(np.sqrt(weight @ (values - mean) ** 2)), "low": low, "high": high}
