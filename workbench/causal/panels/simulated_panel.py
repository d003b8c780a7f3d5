"""A staggered panel whose truth is known: effects grow with exposure and differ by cohort."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.causal.panels.long_panel import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPanel:
    """Rows and what is true of them.

    Attributes
    ----------
    rows : DataFrame
        ``unit, time, outcome, cohort`` (0: never treated) and ``truth``, the row's own effect.
    overall : float
        Mean effect over treated rows.
    by_horizon : mapping of int to float
    """

    rows: pd.DataFrame
    overall: float
    by_horizon: Mapping[int, float]


#: First treated periods and their shares; 0 is never.
COHORTS: Final[Mapping[int, float]] = {0: 0.3, 4: 0.25, 6: 0.25, 8: 0.2}


def simulated_panel(
    rng: np.random.Generator,
    *,
    units: int = 240,
    periods: int = 10,
    effect: float = 1.0,
    growth: float = 0.35,
    trend: float = 0.0,
    noise: float = 1.0,
) -> SimulatedPanel:
    """Draw a panel: unit and period effects, autocorrelated noise, and effects that grow since treatment.

    Parameters
    ----------
    rng : Generator
    units, periods : int
    effect : float
        On the day of treatment; cohorts differ from it by up to a third either way.
    growth : float
        Added each period since.
    trend : float
        By which treated units would have drifted from the others a period anyway: breaks parallel trends.
    noise : float
        Standard deviation of the noise.
    """
    starts = np.array(list(COHORTS))
    cohort = rng.permutation(np.repeat(starts, _counts(units)))
    time = np.arange(1, periods + 1)
    since = time[None, :] - cohort[:, None]
    on = (cohort[:, None] > 0) & (since >= 0)
    scale = 1 + (cohort[:, None] - 6) / 6
    truth = np.where(on, effect * scale + growth * since, 0.0)
    level = rng.normal(size=units)[:, None] + 0.3 * (cohort[:, None] > 0) + np.cumsum(rng.normal(0.2, 0.3, periods))
    drift = trend * time[None, :] * (cohort[:, None] > 0)
    values = level + drift + truth + _noise(rng, shape=(units, periods), scale=noise)
    rows = pd.DataFrame(
        {
            "unit": np.repeat([f"u{i:03d}" for i in range(units)], periods),
            "time": np.tile(time, units),
            "outcome": values.ravel(),
            "cohort": np.repeat(cohort, periods),
            "truth": truth.ravel(),
        }
    )
    by = {int(h): float(truth[on & (since == h)].mean()) for h in np.unique(since[on])}
    return SimulatedPanel(rows=rows, overall=float(truth[on].mean()), by_horizon=by)


def _counts(units: int) -> list[int]:
    shares = np.array(list(COHORTS.values()))
    counts = np.floor(shares * units).astype(int)
    counts[0] += units - counts.sum()
    return [int(c) for c in counts]


def _noise(rng: np.random.Generator, *, shape: tuple[int, int], scale: float) -> Floats:
    noise = rng.normal(scale=scale, size=shape)
    for t in range(1, shape[1]):
        noise[:, t] = 0.5 * noise[:, t - 1] + np.sqrt(0.75) * noise[:, t]
    return noise
