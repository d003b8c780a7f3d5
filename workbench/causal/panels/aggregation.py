"""Group-time effects summed up: overall, by horizon, by cohort, by calendar time, with uniform bands."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from workbench.causal.panels.group_time import GroupTime, cluster_sums, clustered_covariance
from workbench.causal.panels.long_panel import Floats
from workbench.causal.result import Estimate

Kind = Literal["simple", "dynamic", "group", "calendar"]
Z = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    """One way of summing up.

    Attributes
    ----------
    kind : {"simple", "dynamic", "group", "calendar"}
    overall : Estimate
        ``simple``: every treated unit and period alike; ``dynamic``: horizons alike; ``group``: units alike, each its
        own mean over time; ``calendar``: periods alike.
    table : DataFrame
        ``key`` (horizon, cohort or time), ``estimate, standard_error, low, high`` (pointwise), ``band_low, band_high``
        (all at once). Of ``dynamic`` the reference horizon is a row of zeros without a standard error.
    effect : ndarray, shape (n_keys,)
    covariance : ndarray, shape (n_keys, n_keys)
        Both without the reference.
    keys : tuple of int
        Horizons or positions, of ``effect``.
    """

    kind: Kind
    overall: Estimate
    table: pd.DataFrame
    effect: Floats
    covariance: Floats
    keys: tuple[int, ...]


def aggregated(
    effects: GroupTime, *, kind: Kind, rng: np.random.Generator | None = None, draws: int = 999
) -> Aggregation:
    """Sum up group-time effects, cohorts weighted by their units.

    Parameters
    ----------
    effects : GroupTime
    kind : {"simple", "dynamic", "group", "calendar"}
    rng : Generator, optional
        Of the multiplier bootstrap behind the uniform bands; None: no bands, which is quicker.
    draws : int
        Of the bootstrap.

    References
    ----------
    .. [1] Callaway & Sant'Anna (2021), section 3 and theorem 3, doi:10.1016/j.jeconom.2020.12.001
    """
    keys, blocks = _blocks(effects, kind=kind)
    parts = [_weighted(effects, block) for block in blocks]
    estimate = np.array([value for value, _ in parts])
    influence = np.column_stack([part for _, part in parts])
    covariance = clustered_covariance(influence, effects.panel)
    spread = np.sqrt(np.diag(covariance))
    critical = _uniform_critical(influence, effects, spread=spread, rng=rng, draws=draws)
    table = pd.DataFrame({"key": _labels(effects, keys, kind=kind), "estimate": estimate, "standard_error": spread})
    for low, high, width in (("low", "high", Z), ("band_low", "band_high", critical)):
        table[low], table[high] = estimate - width * spread, estimate + width * spread
    if kind == "dynamic":
        table = _with_reference(table, -1 - effects.anticipation)
    overall = _overall(effects, np.array(keys), estimate=estimate, influence=influence, kind=kind)
    return Aggregation(
        kind=kind, overall=overall, table=table, effect=estimate, covariance=covariance, keys=tuple(map(int, keys))
    )


def _blocks(effects: GroupTime, *, kind: Kind) -> tuple[list[int], list[NDArray[np.bool_]]]:
    """Return the keys, and for each the cells (as booleans) that it sums up."""
    after = effects.horizon >= 0
    if kind == "simple":
        return [0], [after]
    by = {"dynamic": effects.horizon, "group": effects.cohort, "calendar": effects.period}[kind]
    of = np.ones_like(after) if kind == "dynamic" else after
    keys = [int(k) for k in np.unique(by[of])]
    return keys, [of & (by == key) for key in keys]


def _cohort_sizes(effects: GroupTime) -> Floats:
    """Return the share of each cell's cohort among all units."""
    sizes = {int(g): float((effects.panel.cohort == g).mean()) for g in effects.panel.cohorts}
    return np.array([sizes[int(g)] for g in effects.cohort])


def _weighted(effects: GroupTime, block: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Return the mean of cells weighted by cohort, its influence function counting that shares are estimated."""
    cells = np.flatnonzero(block)
    share = _cohort_sizes(effects)[cells]
    weight = share / share.sum()
    value = float(weight @ effects.effect[cells])
    member = (effects.panel.cohort[:, None] == effects.cohort[cells][None, :]) - share
    drift = (member @ (effects.effect[cells] - value)) / share.sum() / effects.panel.n_units
    return value, effects.influence[:, cells] @ weight + drift


def _overall(effects: GroupTime, keys: Floats, *, estimate: Floats, influence: Floats, kind: Kind) -> Estimate:
    if kind == "group":
        share = np.array([(effects.panel.cohort == g).mean() for g in keys])
        weight = share / share.sum()
        member = (effects.panel.cohort[:, None] == keys[None, :]) - share
        drift = member @ (estimate - weight @ estimate) / share.sum() / effects.panel.n_units
    else:
        counted = keys >= 0 if kind == "dynamic" else np.ones(len(keys), dtype=bool)
        weight = counted / counted.sum()
        drift = np.zeros(effects.panel.n_units)
    part = influence @ weight + drift
    words = {"simple": "every treated unit and period alike", "dynamic": "every horizon alike",
             "group": "every treated unit alike", "calendar": "every period alike"}[kind]  # fmt: skip
    return estimate_of(float(weight @ estimate), part, effects, method=f"group-time effects, {words}")


def estimate_of(value: float, influence: Floats, effects: GroupTime, *, method: str) -> Estimate:
    """Return an estimate from its value and influence function."""
    panel = effects.panel
    spread = float(np.sqrt(clustered_covariance(influence[:, None], panel)[0, 0]))
    p = float(2 * norm.sf(abs(value) / spread)) if spread > 0 else float("nan")
    return Estimate(
        value=value, standard_error=spread, low=value - Z * spread, high=value + Z * spread, p_value=p,
        rows=int(panel.seen.sum()), treated=int((panel.seen & panel.treated).sum()),
        clusters=len(np.unique(panel.cluster[np.isfinite(panel.cohort)])), method=method, inference="cluster",
    )  # fmt: skip


def _uniform_critical(
    influence: Floats, effects: GroupTime, *, spread: Floats, rng: np.random.Generator | None, draws: int
) -> float:
    """Return the 95 % quantile of the largest |t| over the multiplier bootstrap, never below the pointwise one."""
    live = spread > 0
    if rng is None or live.sum() < 2:
        return Z
    summed = cluster_sums(influence[:, live], effects.panel) / spread[live]
    flips = 2.0 * rng.integers(0, 2, size=(draws, summed.shape[0])) - 1.0
    return max(Z, float(np.quantile(np.abs(flips @ summed).max(axis=1), 0.95)))


def _labels(effects: GroupTime, keys: list[int], *, kind: Kind) -> list[object]:
    if kind == "dynamic":
        return list(keys)
    return ["all"] if kind == "simple" else [effects.panel.periods[k] for k in keys]


def _with_reference(table: pd.DataFrame, reference: int) -> pd.DataFrame:
    zero = {"key": reference, "estimate": 0.0} | dict.fromkeys(["low", "high", "band_low", "band_high"], 0.0)
    whole = pd.concat([table, pd.DataFrame([zero | {"standard_error": np.nan}])], ignore_index=True)
    return whole.sort_values("key", ignore_index=True)
