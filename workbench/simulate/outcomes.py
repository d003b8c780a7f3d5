"""Estimate how drives end: counts in, smoothed probabilities out.

Every estimate is a Dirichlet posterior mean: counts plus ``strength`` pseudo-drives spread as a coarser estimate says.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.simulate import states as s

Floats = NDArray[np.float64]

#: Pseudo-drives behind one (clock phase, score cell), spread as phase and score cell say apart.
CELL_STRENGTH: Final = 5.0
#: Pseudo-drives behind one kind of overtime possession, spread as the fourth quarter's equivalent says.
OVERTIME_STRENGTH: Final = 15.0
ZONE_STRENGTH: Final = 20.0
_RAKING_ROUNDS: Final = 15
#: Steps of the rate of the offence in which the outcome table takes team strength out of the score.
RATE_BINS: Final = np.linspace(-1.2, 1.2, 9)


def counts(frame: pd.DataFrame, keys: list[str], shape: tuple[int, ...]) -> Floats:
    """Return the weighted number of drives in each combination of integer columns."""
    index = np.ravel_multi_index(tuple(frame[key].to_numpy() for key in keys), shape)
    weight = frame["weight"].to_numpy(dtype=float)
    weighted = np.bincount(index, weights=weight, minlength=int(np.prod(shape))).astype(np.float64)
    return weighted.reshape(shape)


def posterior(observed: Floats, *, prior: Floats, strength: float) -> Floats:
    """Return Dirichlet posterior means along the last axis.

    Examples
    --------
    >>> posterior(np.array([3.0, 1.0]), prior=np.array([0.5, 0.5]), strength=4.0)
    array([0.625, 0.375])
    """
    total = observed.sum(axis=-1, keepdims=True) + strength
    return (observed + strength * prior) / total  # type: ignore[no-any-return]


def shares(observed: Floats) -> Floats:
    """Return rows scaled to sum to one."""
    return observed / observed.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]


def outcome_table(
    drives: pd.DataFrame, *, exponents: Floats, rates: Floats | None = None, beliefs: Floats | None = None
) -> Floats:
    """Return how an average team's drives end, by cell and field zone, shape (n_cells, n_zones, n_outcomes).

    A log-linear model fitted by iterative proportional fitting: cell x outcome and (phase group, zone) x outcome are
    matched, the three-way interaction is left out. Thin cells lean on clock phase and score cell taken apart. The rate
    of the offence enters as a fixed offset: teams that lead are better teams, and without the offset the draws would
    take that for an effect of leading.

    Parameters
    ----------
    drives : DataFrame
        Prepared drives, with ``rate``.
    exponents : ndarray, shape (n_outcomes,)
    rates, beliefs : ndarray, shape (n_drives, n_days), optional
        Rates that the offence may have had, and how far each is believed; by default ``rate`` for sure.
    """
    group = s.GROUP_OF_PHASE[s.PHASE_OF_CELL]
    by_cell = counts(drives, ["cell", "outcome_code"], (s.N_CELLS, s.N_OUTCOMES))
    target = posterior(by_cell, prior=_cell_prior(drives), strength=CELL_STRENGTH)
    zone_target = _zone_target(drives)
    sure = drives["rate"].to_numpy()[:, None]
    exposure = _exposure(
        drives, group, sure if rates is None else rates, np.ones_like(sure) if beliefs is None else beliefs
    )
    size = by_cell.sum(axis=1).clip(1.0)[:, None, None] * exposure
    offset = np.exp(RATE_BINS[:, None] * exponents)
    table = np.repeat(target[:, None, :], s.N_ZONES, axis=1)
    for _ in range(_RAKING_ROUNDS):
        now = np.einsum("czb,czbk->ck", exposure, _predicted(table, offset))
        table = shares(table * (target / now)[:, None, :])
        predicted = size[..., None] * _predicted(table, offset)
        for g in range(s.N_GROUPS):
            by_zone = predicted[group == g].sum(axis=(0, 2))
            table[group == g] *= (zone_target[g] / shares(by_zone))[None]
        table = shares(table)
    return table


def _predicted(table: Floats, offset: Floats) -> Floats:
    return shares(table[:, :, None, :] * offset)


def _zone_target(drives: pd.DataFrame) -> Floats:
    by_zone = counts(drives, ["group", "zone", "outcome_code"], (s.N_GROUPS, s.N_ZONES, s.N_OUTCOMES))
    return posterior(by_zone, prior=shares(by_zone.sum(axis=1) + 0.1)[:, None, :], strength=ZONE_STRENGTH)


def _cell_prior(drives: pd.DataFrame) -> Floats:
    group = s.GROUP_OF_PHASE
    by_phase = counts(drives, ["phase", "outcome_code"], (s.N_PHASES, s.N_OUTCOMES))
    by_group = np.stack([by_phase[group == g].sum(axis=0) for g in range(s.N_GROUPS)])
    phase = posterior(by_phase, prior=shares(by_group + 0.1)[group], strength=CELL_STRENGTH)
    by_lead = counts(drives, ["group", "lead", "outcome_code"], (s.N_GROUPS, s.N_DIFFERENCES, s.N_OUTCOMES))
    prior = np.empty((s.N_CELLS, s.N_OUTCOMES))
    for cell, its_phase in enumerate(s.PHASE_OF_CELL):
        g = group[its_phase]
        leads = by_lead[g, s.CELL_OF[its_phase] == cell].sum(axis=0)
        base = shares(by_group[g] + 0.1)
        prior[cell] = phase[its_phase] * posterior(leads, prior=base, strength=CELL_STRENGTH) / base
    return shares(prior)


def _exposure(drives: pd.DataFrame, group: NDArray[np.int64], rates: Floats, beliefs: Floats) -> Floats:
    """Return the share of each cell's drives by zone and rate of the offence, shape (n_cells, n_zones, n_bins)."""
    n_bins = len(RATE_BINS)
    nearest = np.rint((rates - RATE_BINS[0]) / (RATE_BINS[1] - RATE_BINS[0])).clip(0, n_bins - 1).astype(np.int64)
    state = (drives["cell"].to_numpy() * s.N_ZONES + drives["zone"].to_numpy())[:, None] * n_bins + nearest
    weight = drives["weight"].to_numpy()[:, None] * beliefs
    observed = np.bincount(state.ravel(), weights=weight.ravel(), minlength=s.N_CELLS * s.N_ZONES * n_bins)
    by_cell = observed.astype(np.float64).reshape(s.N_CELLS, -1)
    by_group = np.stack([by_cell[group == g].sum(axis=0) for g in range(s.N_GROUPS)])
    pooled = shares(by_group + 0.05)[group]
    return posterior(by_cell, prior=pooled, strength=ZONE_STRENGTH).reshape(s.N_CELLS, s.N_ZONES, n_bins)


def overtime_table(overtime: pd.DataFrame, outcome: Floats) -> Floats:
    """Return how overtime possessions end, shape (4, n_zones, n_outcomes).

    Kinds: first, reply to a field goal, sudden death, reply to a touchdown. Too few to stand alone, they lean on the
    fourth quarter: level early in it (first possession) and in its last five minutes (sudden death), and down 3 or 7
    in its last minutes, where only a score helps.
    """

    def fourth(seconds: int, lead: int) -> Floats:
        cell: Floats = outcome[s.CELL_OF[s.PHASE_OF[1, seconds], lead + s.MAX_DIFFERENCE]]
        return cell

    prior = np.stack([fourth(550, 0), fourth(150, -3), fourth(250, 0), fourth(150, -7)])
    prior[..., s.END] = 1e-4
    prior = shares(prior)
    observed = counts(overtime, ["stage", "outcome_code"], (4, s.N_OUTCOMES))
    zones = counts(overtime, ["stage", "zone"], (4, s.N_ZONES)) + 0.5
    mean = np.einsum("sz,szk->sk", shares(zones), prior)
    wanted = posterior(observed, prior=shares(mean), strength=OVERTIME_STRENGTH)
    return shares(prior * (wanted / mean)[:, None, :])
