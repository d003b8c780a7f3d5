"""Estimate what links drives: how long one lasts, where the next starts, who gets it, what a touchdown is worth."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.simulate import states as s
from workbench.simulate.outcomes import ZONE_STRENGTH, counts, posterior, shares

Floats = NDArray[np.float64]

POINTS_STRENGTH: Final = 15.0
KEPT_STRENGTH: Final = 200.0
#: Equally likely lengths kept of each kind of drive.
N_QUANTILES: Final = 64
LENGTH_STRENGTH: Final = 10.0
_LEVELS: Final = (
    ("late",), ("late", "outcome_code"), ("kind", "outcome_code"), ("kind", "side", "outcome_code"),
    ("phase", "side", "outcome_code"), ("phase", "side", "length_zone", "outcome_code"),
)  # fmt: skip


def length_table(drives: pd.DataFrame) -> NDArray[np.float32]:
    """Return quantiles of drive lengths by ``states.length_key``, shape (n_keys, 64).

    Within 300 s of the end of a half the length is a share of what was left. Each kind of drive is shrunk to the next
    coarser kind (``_LEVELS``): its own lengths are mixed with 10 pseudo-drives as long as the coarser kind's.
    """
    frame = _length_frame(drives)
    keys = pd.MultiIndex.from_product(
        [range(s.N_PHASES), range(s.N_SIDES), range(s.N_LENGTH_ZONES), range(s.N_OUTCOMES)],
        names=["phase", "side", "length_zone", "outcome_code"],
    ).to_frame(index=False)
    late = np.array([_is_late(phase) for phase in range(s.N_PHASES)])
    keys = keys.assign(late=late[keys["phase"]], kind=s.GROUP_OF_PHASE[keys["phase"]] * 2 + late[keys["phase"]])
    table = np.zeros((len(keys), N_QUANTILES))
    for level in _LEVELS:
        rows = keys.groupby(list(level)).indices
        for key, kind in frame.groupby(list(level))[["length", "weight"]]:
            where = rows.get(key if len(level) > 1 else key[0])
            if where is not None:
                table[where] = _mixed_quantiles(kind, table[where[0]], first=level == _LEVELS[0])
    # A drive that the clock ends uses all that is left: a share of one, or more seconds than a half has.
    ends = (keys["outcome_code"] == s.END).to_numpy()
    table[ends] = np.where(keys["late"] == 1, 1.0, s.HALF_SECONDS).reshape(-1, 1)[ends]
    return table.astype(np.float32)


def _mixed_quantiles(kind: pd.DataFrame, parent: Floats, *, first: bool) -> Floats:
    lengths, weight = kind["length"].to_numpy(), kind["weight"].to_numpy()
    if not first:
        lengths = np.concatenate([lengths, parent])
        weight = np.concatenate([weight, np.full(N_QUANTILES, LENGTH_STRENGTH / N_QUANTILES)])
    order = np.argsort(lengths, kind="stable")
    reached = np.cumsum(weight[order])
    middle = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES * reached[-1]
    return lengths[order][np.searchsorted(reached, middle)]  # type: ignore[no-any-return]


def _length_frame(drives: pd.DataFrame) -> pd.DataFrame:
    left = drives["left_in_half"].to_numpy()
    late = (left <= s.SHARE_SECONDS).astype(np.int64)
    length = np.where(late == 1, drives["seconds"] / np.maximum(left, 1), drives["seconds"])
    return drives.assign(
        length=length, late=late, kind=s.GROUP_OF_PHASE[drives["phase"]] * 2 + late,
        side=np.sign(drives["lead"] - s.MAX_DIFFERENCE) + 1, length_zone=s.LENGTH_ZONE[drives["zone"]],
    )  # fmt: skip


def _is_late(phase: int) -> int:
    half = int(phase >= s.N_FIRST)
    return int(np.flatnonzero(s.PHASE_OF[half] == phase).max() <= s.SHARE_SECONDS)


def zone_table(drives: pd.DataFrame) -> Floats:
    """Return where the next drive starts, rows as in ``tables``: by outcome and zone, kick-offs, kept kick-offs."""
    kept = shares(counts(drives[drives["next_kept"]], ["next_zone"], (s.N_ZONES,)) + 1.0)
    return np.concatenate([_next_zones(drives).reshape(-1, s.N_ZONES), _kickoff_zones(drives), kept[None]])


def _next_zones(drives: pd.DataFrame) -> Floats:
    changed = drives[drives["next_changed"] & ~drives["outcome_code"].isin([s.TOUCHDOWN, s.FIELD_GOAL])]
    observed = counts(changed, ["outcome_code", "zone", "next_zone"], (s.N_OUTCOMES, s.N_ZONES, s.N_ZONES))
    overall = shares(observed.sum(axis=(0, 1)) + 0.5)
    by_outcome = posterior(observed.sum(axis=1), prior=overall, strength=ZONE_STRENGTH)
    return posterior(observed, prior=by_outcome[:, None, :], strength=ZONE_STRENGTH)


def _kickoff_zones(drives: pd.DataFrame) -> Floats:
    kicked = drives[drives["next_changed"] & drives["outcome_code"].isin([s.TOUCHDOWN, s.FIELD_GOAL])]
    observed = counts(kicked.assign(late=_late_after(kicked)), ["late", "next_zone"], (2, s.N_ZONES))
    return posterior(observed, prior=shares(observed.sum(axis=0) + 0.5), strength=ZONE_STRENGTH)


def _late_after(drives: pd.DataFrame) -> NDArray[np.int64]:
    late = (drives["half"] == 1) & (drives["left_after"] <= s.SHARE_SECONDS)
    return late.to_numpy().astype(np.int64)


def kept_probabilities(drives: pd.DataFrame) -> Floats:
    """Return how often a scoring team keeps its kick-off, by 2 x (last five minutes) + (still behind), shape (4,)."""
    scored = drives[drives["outcome_code"].isin([s.TOUCHDOWN, s.FIELD_GOAL])]
    scored = scored[scored["next_changed"] | scored["next_kept"]]
    behind = scored["lead"] - s.MAX_DIFFERENCE + scored["points_for"] < 0
    frame = scored.assign(state=2 * _late_after(scored) + behind, kept=scored["next_kept"].astype(np.int64))
    observed = counts(frame, ["state", "kept"], (4, 2))
    return posterior(observed, prior=shares(observed.sum(axis=0) + 0.5), strength=KEPT_STRENGTH)[:, 1]


def muffed_probability(drives: pd.DataFrame) -> float:
    """Return how often a punting team gets the ball back."""
    punts = drives[(drives["outcome_code"] == s.PUNT) & (drives["next_changed"] | drives["next_kept"])]
    return float(np.average(punts["next_kept"], weights=punts["weight"])) if len(punts) else 0.0


def try_points(drives: pd.DataFrame) -> Floats:
    """Return how often a try gives 0, 1 and 2 points, by phase and the lead before it, shape (3, 61, 3)."""
    scored = drives[(drives["outcome_code"] == s.TOUCHDOWN) & drives["points_for"].isin([6, 7, 8])]
    frame = scored.assign(
        lead=np.minimum(scored["lead"] + 6, s.N_DIFFERENCES - 1), points=scored["points_for"].astype(np.int64) - 6,
        point_phase=s.POINT_PHASE_OF[scored["left_in_game_after"].astype(np.int64)],
    )  # fmt: skip
    observed = counts(frame, ["point_phase", "lead", "points"], (s.N_POINT_PHASES, s.N_DIFFERENCES, 3))
    overall = shares(observed.sum(axis=(0, 1)) + np.array([0.1, 1.0, 0.1]))
    by_phase = posterior(observed.sum(axis=1), prior=overall, strength=POINTS_STRENGTH)
    by_lead = posterior(observed.sum(axis=0), prior=overall, strength=POINTS_STRENGTH)
    prior = shares(by_phase[:, None, :] * by_lead[None] / overall)
    return posterior(observed, prior=prior, strength=POINTS_STRENGTH)
