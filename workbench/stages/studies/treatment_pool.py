"""The effect library's model, looked into: the exact grid, PyMC's draws beside it, and how much the prior decides."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.causal.pool.hierarchical import Convergence, prior_sensitivity, sampled_pool
from workbench.causal.pool.pooled_grid import grid_pool
from workbench.causal.pool.pooling import Targets, cell_estimates

#: Outcomes of which a pool is told in full.
OUTCOMES = ("margin", "margin_vs_close")


@dataclass(frozen=True, slots=True)
class Pooled:
    """The pool of one outcome.

    Attributes
    ----------
    outcome : str
    cells : DataFrame
        One row a cell: ``label, type, severity_band, position, n, estimate, standard_error`` as estimated, ``effect,
        pooled_error, low, high`` pooled on the grid, ``sampled, sampled_low, sampled_high`` where sampled, and the
        prior's pull ``halved, doubled, moved``.
    spreads : DataFrame
        ``name, effect, low, high`` of the two spreads.
    convergence : Convergence or None
        Of the sampler, where it ran.
    """

    outcome: str
    cells: pd.DataFrame
    spreads: pd.DataFrame
    convergence: Convergence | None

    @property
    def moved(self) -> pd.DataFrame:
        """The cells of which the prior decides as much as the games do."""
        return self.cells[self.cells["moved"] > 0.5]

    @property
    def largest_gap(self) -> float:
        """Largest distance between grid and draws, in standard errors; missing where nothing was sampled."""
        gap = (self.cells["sampled"] - self.cells["effect"]).abs() / self.cells["pooled_error"]
        return float(gap.max())


def pooled_outcome(cells: pd.DataFrame, *, outcome: str, sampled: bool, seed: int) -> Pooled | None:
    """Pool one outcome's cells; None where there are none.

    Parameters
    ----------
    cells : DataFrame
        As the library's builder wants them.
    outcome : str
    sampled : bool
        Whether PyMC draws the same posterior too.
    seed : int

    Raises
    ------
    ValidationError
        If sampling did not converge.
    """
    mine = cells[cells["outcome"].eq(outcome)].reset_index(drop=True)
    if mine.empty:
        return None
    ready = cell_estimates(mine)
    grid, targets = grid_pool(ready), Targets.of_cells(ready)
    found = grid.effects(targets).rename(columns={"standard_error": "pooled_error"})
    pulled = prior_sensitivity(ready)[["halved", "doubled", "moved"]]
    shown = mine[["type", "severity_band", "position", "n", "estimate", "standard_error"]].assign(label=_labels(mine))
    table = pd.concat([shown, found, pulled], axis=1).assign(sampled=np.nan, sampled_low=np.nan, sampled_high=np.nan)
    convergence = None
    if sampled:
        draws = sampled_pool(ready, rng=np.random.default_rng(seed))
        draws.convergence.require()
        convergence = draws.convergence
        drawn = draws.effects(targets)
        table = table.assign(sampled=drawn["effect"], sampled_low=drawn["low"], sampled_high=drawn["high"])
    return Pooled(outcome, table, grid.spreads(), convergence)


def _labels(cells: pd.DataFrame) -> "pd.Series[str]":
    words = cells["type"].str.replace("_", " ")
    for column in ("severity_band", "position"):
        words = words + cells[column].map(lambda level: "" if level == "any" else f", {level}")
    return words.str.capitalize()
