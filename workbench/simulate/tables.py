"""Estimators of the drive tables: counts in, smoothed probabilities out.

Every estimate is a Dirichlet posterior mean: counts plus ``strength`` pseudo-drives spread as a coarser estimate says.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.simulate import states as s

Floats = NDArray[np.float64]

#: Pseudo-drives behind one (clock phase, score cell), spread as phase and score cell say apart.
CELL_STRENGTH: Final = 25.0
#: Pseudo-drives behind one kind of overtime possession, spread as the fourth quarter's equivalent says.
OVERTIME_STRENGTH: Final = 30.0
ZONE_STRENGTH: Final = 20.0
POINTS_STRENGTH: Final = 15.0
KEPT_STRENGTH: Final = 200.0
N_QUANTILES: Final = 33
_MINIMUM_LENGTHS: Final = 60
_RAKING_ROUNDS: Final = 40
#: How the log odds of each outcome (against a punt) move with a team's scoring rate, a touchdown's by one.
EXPONENTS: Final = np.array([0.0, 1.0, 0.38, 0.36, 0.33, 0.14, 0.3, -0.17, 0.0])
ZONE_GROUP: Final = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def counts(frame: pd.DataFrame, keys: list[str], shape: tuple[int, ...]) -> Floats:
    """Return the weighted number of drives in each combination of integer columns."""
    index = np.ravel_multi_index(tuple(frame[key].to_numpy() for key in keys), shape)
    return np.bincount(index, weights=frame["weight"], minlength=int(np.prod(shape))).reshape(shape)


def posterior(observed: Floats, *, prior: Floats, strength: float) -> Floats:
    """Return Dirichlet posterior means along the last axis.

    Examples
    --------
    >>> posterior(np.array([3.0, 1.0]), prior=np.array([0.5, 0.5]), strength=4.0)
    array([0.625, 0.375])
    """
    total = observed.sum(axis=-1, keepdims=True) + strength
    return (observed + strength * prior) / total  # type: ignore[no-any-return]


def _shares(observed: Floats) -> Floats:
    return observed / observed.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]


def outcome_table(drives: pd.DataFrame) -> Floats:
    """Return how drives end, by score-and-clock cell and field zone, shape (n_cells, n_zones, n_outcomes).

    A log-linear model fitted by iterative proportional fitting: cell x outcome and (phase group, zone) x outcome are
    matched, the three-way interaction is left out. Thin cells lean on clock phase and score cell taken apart.
    """
    group = s.GROUP_OF_PHASE[s.PHASE_OF_CELL]
    by_cell = counts(drives, ["cell", "outcome_code"], (s.N_CELLS, s.N_OUTCOMES))
    target = posterior(by_cell, prior=_cell_prior(drives), strength=CELL_STRENGTH)
    by_zone = counts(drives, ["group", "zone", "outcome_code"], (s.N_GROUPS, s.N_ZONES, s.N_OUTCOMES))
    group_share = _shares(by_zone.sum(axis=1))[:, None, :]
    zone_target = posterior(by_zone, prior=group_share, strength=ZONE_STRENGTH)
    exposure = _zone_exposure(drives, group)
    table = np.repeat(target[:, None, :], s.N_ZONES, axis=1)
    for _ in range(_RAKING_ROUNDS):
        table *= (target / np.einsum("cz,czk->ck", exposure, table))[:, None, :]
        table = _shares(table)
        for g in range(s.N_GROUPS):
            cells = group == g
            mass = exposure[cells] * by_cell[cells].sum(axis=1, keepdims=True).clip(1.0)
            now = np.einsum("cz,czk->zk", mass, table[cells]) / mass.sum(axis=0)[:, None]
            table[cells] *= (zone_target[g] / now)[None]
        table = _shares(table)
    return table


def _cell_prior(drives: pd.DataFrame) -> Floats:
    group = s.GROUP_OF_PHASE
    by_phase = counts(drives, ["phase", "outcome_code"], (s.N_PHASES, s.N_OUTCOMES))
    by_group = np.stack([by_phase[group == g].sum(axis=0) for g in range(s.N_GROUPS)])
    phase = posterior(by_phase, prior=_shares(by_group + 0.1)[group], strength=CELL_STRENGTH)
    by_lead = counts(drives, ["group", "lead", "outcome_code"], (s.N_GROUPS, s.N_DIFFERENCES, s.N_OUTCOMES))
    prior = np.empty((s.N_CELLS, s.N_OUTCOMES))
    for cell, its_phase in enumerate(s.PHASE_OF_CELL):
        g = group[its_phase]
        leads = by_lead[g, s.CELL_OF[its_phase] == cell].sum(axis=0)
        base = _shares(by_group[g] + 0.1)
        prior[cell] = phase[its_phase] * posterior(leads, prior=base, strength=CELL_STRENGTH) / base
    return _shares(prior)


def _zone_exposure(drives: pd.DataFrame, group: NDArray[np.int64]) -> Floats:
    by_cell = counts(drives, ["cell", "zone"], (s.N_CELLS, s.N_ZONES))
    by_group = np.stack([by_cell[group == g].sum(axis=0) for g in range(s.N_GROUPS)])
    return posterior(by_cell, prior=_shares(by_group + 0.5)[group], strength=ZONE_STRENGTH)


def overtime_table(overtime: pd.DataFrame, outcome: Floats) -> Floats:
    """Return how overtime possessions end: first, reply to a field goal, sudden death, reply to a touchdown.

    Too few to stand alone, they lean on the fourth quarter: level early in it (first possession and sudden death), and
    down 3 or 7 in its last two minutes, where only a score helps.
    """

    def fourth(seconds: int, lead: int) -> Floats:
        return outcome[s.CELL_OF[s.PHASE_OF[1, seconds], lead + s.MAX_DIFFERENCE]]

    prior = np.stack([fourth(550, 0), fourth(150, -3), fourth(550, 0), fourth(150, -7)])
    prior[..., s.END] = 1e-4
    prior = _shares(prior)
    observed = counts(overtime, ["stage", "outcome_code"], (4, s.N_OUTCOMES))
    zones = counts(overtime, ["stage", "zone"], (4, s.N_ZONES)) + 0.5
    mean = np.einsum("sz,szk->sk", _shares(zones), prior)
    wanted = posterior(observed, prior=_shares(mean), strength=OVERTIME_STRENGTH)
    return _shares(prior * (wanted / mean)[:, None, :])


def length_table(drives: pd.DataFrame) -> Floats:
    """Return quantiles of drive lengths, shape (n_phases, 3 sides of the score, 3 zone groups, n_outcomes, 33).

    Within 300 s of the end of a half the length is a share of what was left. A combination with fewer than 60 drives
    takes the quantiles of the next coarser one: without zone, without side, the group of phases.
    """
    left = drives["left_in_half"].to_numpy()
    late = left <= s.SHARE_SECONDS
    length = np.where(late, drives["seconds"] / np.maximum(left, 1), drives["seconds"])
    frame = drives.assign(
        length=length, side=s.score_side(drives["start_score_differential"].to_numpy()),
        zones=ZONE_GROUP[drives["zone"]], kind=s.GROUP_OF_PHASE[drives["phase"]] * 2 + late,
    )  # fmt: skip
    shape = (s.N_PHASES, 3, 3, s.N_OUTCOMES)
    table = np.full((*shape, N_QUANTILES), np.nan)
    kinds = np.array([s.GROUP_OF_PHASE[p] * 2 + _is_late(p) for p in range(s.N_PHASES)])
    for keys in (["late"], ["late", "outcome_code"], ["kind", "outcome_code"], ["phase", "outcome_code"],
                 ["phase", "side", "outcome_code"], ["phase", "side", "zones", "outcome_code"]):  # fmt: skip
        for key, lengths in frame.assign(late=late.astype(int)).groupby(keys)["length"]:
            if len(lengths) >= _MINIMUM_LENGTHS or keys == ["late"]:
                _assign(table, dict(zip(keys, key, strict=True)), kinds, _quantiles(lengths.to_numpy()))
    return table


def _is_late(phase: int) -> int:
    half = int(phase >= s.N_FIRST)
    return int(np.flatnonzero(s.PHASE_OF[half] == phase).max() <= s.SHARE_SECONDS)


def _quantiles(lengths: Floats) -> Floats:
    return np.quantile(lengths, np.linspace(0.0, 1.0, N_QUANTILES))


def _assign(table: Floats, key: dict[str, int], kinds: NDArray[np.int64], values: Floats) -> None:
    phases = np.arange(s.N_PHASES)
    if "late" in key:
        phases = phases[kinds % 2 == key["late"]]
    if "kind" in key:
        phases = phases[kinds == key["kind"]]
    if "phase" in key:
        phases = phases[phases == key["phase"]]
    everything = slice(None)
    table[phases, key.get("side", everything), key.get("zones", everything), key.get("outcome_code", everything)] = (
        values
    )


def next_zones(drives: pd.DataFrame) -> Floats:
    """Return where the next drive starts, by how and whence the last one ended, shape (n_outcomes, n_zones, n_zones)."""
    changed = drives[drives["next_changed"] & ~drives["outcome_code"].isin([s.TOUCHDOWN, s.FIELD_GOAL])]
    observed = counts(changed, ["outcome_code", "zone", "next_zone"], (s.N_OUTCOMES, s.N_ZONES, s.N_ZONES))
    overall = _shares(observed.sum(axis=(0, 1)) + 0.5)
    by_outcome = posterior(observed.sum(axis=1), prior=overall, strength=ZONE_STRENGTH)
    return posterior(observed, prior=by_outcome[:, None, :], strength=ZONE_STRENGTH)


def kickoff_zones(drives: pd.DataFrame) -> Floats:
    """Return where drives start after a kick-off, before and within the last five minutes, shape (2, n_zones)."""
    kicked = drives[drives["next_changed"] & drives["outcome_code"].isin([s.TOUCHDOWN, s.FIELD_GOAL])]
    late = ((kicked["half"] == 1) & (kicked["left_after"] <= s.SHARE_SECONDS)).astype(np.int64)
    observed = counts(kicked.assign(late=late), ["late", "next_zone"], (2, s.N_ZONES))
    return posterior(observed, prior=_shares(observed.sum(axis=0) + 0.5), strength=ZONE_STRENGTH)


def kept_zones(drives: pd.DataFrame) -> Floats:
    """Return where a drive starts for a team that kicked and kept the ball, shape (n_zones,)."""
    kept = drives[drives["next_kept"]]
    return _shares(counts(kept, ["next_zone"], (s.N_ZONES,)) + 1.0)


def kept_probabilities(drives: pd.DataFrame) -> Floats:
    """Return how often a scoring team keeps the ball, by clock phase and its lead then, shape (n_phases, 61).

    Onside kicks: tried when trailing late. Leads are pooled into trailing or not, phases into the last 300 s or not.
    """
    scored = drives[
        drives["outcome_code"].isin([s.TOUCHDOWN, s.FIELD_GOAL]) & (drives["next_changed"] | drives["next_kept"])
    ]
    late = (scored["half"] == 1) & (scored["left_after"] <= s.SHARE_SECONDS)
    behind = scored["start_score_differential"] + scored["points_for"] < 0
    rate = float(np.average(scored["next_kept"], weights=scored["weight"])) if len(scored) else 0.0
    table = np.full((s.N_PHASES, s.N_DIFFERENCES), rate)
    for is_late in (False, True):
        for is_behind in (False, True):
            rows = scored[(late == is_late) & (behind == is_behind)]
            kept = (rows["weight"] * rows["next_kept"]).sum()
            value = (kept + KEPT_STRENGTH * rate) / (rows["weight"].sum() + KEPT_STRENGTH)
            phases = [p for p in range(s.N_PHASES) if (p >= s.N_FIRST and _is_late(p) == 1) == is_late]
            leads = np.arange(s.N_DIFFERENCES) < s.MAX_DIFFERENCE
            table[np.ix_(phases, leads == is_behind)] = value
    return table


def points_table(drives: pd.DataFrame) -> Floats:
    """Return how often a touchdown is worth 6, 7 and 8, by phase and the lead before the try, shape (3, 61, 3)."""
    scored = drives[(drives["outcome_code"] == s.TOUCHDOWN) & drives["points_for"].isin([6, 7, 8])]
    lead = s.difference_index(scored["start_score_differential"].to_numpy(dtype=float) + 6.0)
    phase = s.point_phase(scored["left_in_game_after"].to_numpy(dtype=float))
    frame = scored.assign(lead=lead, points_phase=phase, points_code=scored["points_for"].astype(np.int64) - 6)
    observed = counts(frame, ["points_phase", "lead", "points_code"], (s.N_POINT_PHASES, s.N_DIFFERENCES, 3))
    overall = _shares(observed.sum(axis=(0, 1)) + np.array([0.1, 1.0, 0.1]))
    by_phase = posterior(observed.sum(axis=1), prior=overall, strength=POINTS_STRENGTH)
    by_lead = posterior(observed.sum(axis=0), prior=overall, strength=POINTS_STRENGTH)
    prior = _shares(by_phase[:, None, :] * by_lead[None] / overall)
    return posterior(observed, prior=prior, strength=POINTS_STRENGTH)
