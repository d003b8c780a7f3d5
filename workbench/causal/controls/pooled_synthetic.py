"""Many treated units at once: each beside its own donors, their mean gap held against donors drawn in their place."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.causal.controls.control_panel import Floats
from workbench.causal.controls.simplex import simplex_weights
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

_DRAWS: Final = 2_000
_FEWEST_BEFORE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledSynthetic:
    """A pooled synthetic control.

    Attributes
    ----------
    estimate : Estimate
        Mean over treatments of their mean gaps after less before treatment.
    cases : DataFrame
        ``unit, group, time, effect, pre_rmspe, donors, percentile``: its effect's place among its own placebos.
    left_out : tuple of str
        Treatments that could not be fitted, one sentence each.
    """

    estimate: Estimate
    cases: pd.DataFrame
    left_out: tuple[str, ...]


def pooled_synthetic(
    panel: pd.DataFrame, treatments: pd.DataFrame, *, ridge: float = 1.0, horizon: int | None = None,
    rng: np.random.Generator,
) -> PooledSynthetic:  # fmt: skip
    """Pool the synthetic controls of many treated units, such as team-seasons whose coach was fired.

    Each unit's donors are the units of its group (its season) that were not treated. Game outcomes are noisy and few,
    so weights carry a ridge and a level difference is allowed, as in synthetic DiD; every donor is fitted the same way
    as a placebo, and the randomization distribution draws one unit for each treatment from its group's donors and
    itself.

    A unit treated *because* its past was bad (a coach is fired after losing) reverts to its mean whatever is done, and
    a gap after less before counts that as effect: donors drawn at random had no such past. Read it beside a match on
    the past, never alone.

    Parameters
    ----------
    panel : DataFrame
        ``unit, group, time, outcome``; times are numbers counted alike in a group (the n-th game).
    treatments : DataFrame
        ``unit, group, time``: the first treated time.
    ridge : float
        Times the variance of first differences before treatment and their number: how far weights are evened out.
    horizon : int, optional
        Treated times counted; None: all there are.
    rng : Generator

    Raises
    ------
    ValidationError
        If no treatment can be fitted.
    """
    columns = ["unit", "group", "time", "effect", "pre_rmspe", "donors", "percentile"]
    rows, placebos, left_out = [], [], []
    treated = set(zip(treatments["unit"], treatments["group"], strict=True))
    wide = {g: part.pivot(index="time", columns="unit", values="outcome").sort_index()
            for g, part in panel.groupby("group")}  # fmt: skip
    for unit, group, time in treatments[["unit", "group", "time"]].itertuples(index=False):
        path = _rectangle(wide.get(group), unit=unit, taken={u for u, g in treated if g == group}, time=time,
                          horizon=horizon)  # fmt: skip
        if path is None:
            left_out.append(f"{unit} of {group} has too few games before or after, or too few donors.")
            continue
        values, n_before = path
        effects, errors = _effects(values, n_before=n_before, ridge=ridge)
        rank = float((1 + (effects[1:] <= effects[0]).sum()) / len(effects))
        rows.append((unit, group, time, effects[0], errors[0], len(effects) - 1, rank))
        placebos.append(effects)
    if not rows:
        raise ValidationError(f"None of {len(treatments)} treatments can be fitted. {' '.join(left_out[:3])}")
    cases = pd.DataFrame(rows, columns=columns)
    return PooledSynthetic(
        estimate=_pooled(placebos, rng=rng, n_rows=int(panel.shape[0])), cases=cases, left_out=tuple(left_out)
    )


def _rectangle(
    wide: pd.DataFrame | None, *, unit: Hashable, taken: set[Hashable], time: float, horizon: int | None
) -> tuple[Floats, int] | None:
    """Return outcomes by unit (the treated one first) and the times before; None where too little is there."""
    if wide is None or unit not in wide.columns:
        return None
    rows = wide[wide[unit].notna()]
    n_before = int((rows.index < time).sum())
    rows = rows if horizon is None else rows.iloc[: n_before + horizon]
    donors = [c for c in rows.columns if c not in taken and rows[c].notna().all()]
    if n_before < _FEWEST_BEFORE or len(rows) <= n_before or len(donors) < 3:
        return None
    return rows[[unit, *donors]].to_numpy(dtype=np.float64).T, n_before


def _effects(values: Floats, *, n_before: int, ridge: float) -> tuple[Floats, Floats]:
    """Return each unit's gap after less before treatment, and its error before, with all other donors as donors."""
    effects, errors = np.empty(len(values)), np.empty(len(values))
    past = values[:, :n_before]
    centred = past - past.mean(axis=1, keepdims=True)
    noise = float(np.diff(past, axis=1).var(ddof=1))
    for place in range(len(values)):
        # The treated unit, in place 0, is no donor of a placebo.
        others = np.array([i for i in range(1, len(values)) if i != place])
        weights = simplex_weights(centred[others].T, centred[place], ridge=ridge * noise * n_before)
        gap = values[place] - weights @ values[others]
        effects[place] = gap[n_before:].mean() - gap[:n_before].mean()
        errors[place] = gap[:n_before].std()
    return effects, errors


def _pooled(placebos: list[Floats], *, rng: np.random.Generator, n_rows: int) -> Estimate:
    """Return the mean of the treated units' effects; a draw of nothing takes one unit of each list, the first too."""
    value = float(np.mean([effects[0] for effects in placebos]))
    drawn = np.mean([rng.choice(effects, size=_DRAWS) for effects in placebos], axis=0)
    # About its own middle: placebos of one group need not average to zero.
    centre = float(np.mean([effects[1:].mean() for effects in placebos]))
    error = float(np.sqrt(np.sum([effects[1:].var(ddof=1) for effects in placebos]))) / len(placebos)
    low, high = np.quantile(drawn - drawn.mean(), [0.025, 0.975])
    p = float((1 + (np.abs(drawn - centre) >= abs(value - centre)).sum()) / (1 + _DRAWS))
    return Estimate(
        value=value, standard_error=error, low=value - float(high), high=value - float(low), p_value=p, rows=n_rows,
        treated=len(placebos), clusters=len(placebos), method="pooled synthetic control", inference="randomization",
    )  # fmt: skip
