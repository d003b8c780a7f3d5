"""A plain least-squares design and invented games, for whoever tests what runs a design again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.result import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainDesign:
    """Least squares of an outcome on a treatment, controls and a constant, errors of the same size.

    ``error_scale`` makes a liar of it: its standard errors times that.
    """

    outcome: str = "margin"
    treatment: str = "shock"
    controls: tuple[str, ...] = ()
    error_scale: float = 1.0

    def with_controls(self, controls: tuple[str, ...]) -> Self:
        return replace(self, controls=controls)

    def fit(self, rows: pd.DataFrame) -> Estimate:
        held = np.column_stack([np.ones(len(rows)), *(rows[c].to_numpy(dtype=float) for c in self.controls)])
        basis, _ = np.linalg.qr(held)
        x, y = (
            v - basis @ (basis.T @ v) for v in (rows[c].to_numpy(dtype=float) for c in (self.treatment, self.outcome))
        )
        dof = len(rows) - held.shape[1] - 1
        value = float(x @ y / (x @ x))
        error = self.error_scale * float(np.sqrt(((y - value * x) ** 2).sum() / dof / (x @ x)))
        half = float(stats.t.isf(0.025, dof)) * error
        treated = int(np.count_nonzero(rows[self.treatment]))
        return Estimate(
            value=value, standard_error=error, low=value - half, high=value + half,
            p_value=float(2 * stats.t.sf(abs(value) / error, dof)), rows=len(rows), treated=treated, clusters=treated,
            method="least squares", inference="cluster",
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyDesign(PlainDesign):
    """The same, which fits several treatments in one call."""

    def fit_many(self, rows: pd.DataFrame, treatments: Iterable[str]) -> dict[str, Estimate]:
        return {t: replace(self, treatment=t).fit(rows) for t in treatments}


def invented_games(
    rng: np.random.Generator, *, effect: float = 0.0, confounding: float = 0.0, seasons: int = 5, teams: int = 8
) -> pd.DataFrame:
    """Return games of a round of leagues: margin = effect x shock + strength + noise (sd 6), shock home minus away.

    ``confounding`` lets strength, and with it an earlier outcome, decide who is hit.
    """
    weeks = 12
    n = seasons * weeks * teams // 2
    sides = np.concatenate([rng.permutation(teams) for _ in range(seasons * weeks)]).reshape(n, 2)
    games = pd.DataFrame({"season": np.repeat(np.arange(2001, 2001 + seasons), n // seasons)})
    games["week"] = np.tile(np.repeat(np.arange(1, weeks + 1), teams // 2), seasons)
    games["game_id"] = [f"g{i}" for i in range(n)]
    games["home_team"], games["away_team"] = (np.char.add("T", sides[:, k].astype(str)) for k in (0, 1))
    strength = rng.normal(0, 3, n)
    hit = rng.random((n, 2)) < 0.15
    if confounding:
        hit[:, 0] = rng.random(n) < 1 / (1 + np.exp(1.7 - confounding * strength))
    games["shock"] = hit[:, 0].astype(float) - hit[:, 1]
    games["rating"] = strength
    games["noise_control"] = rng.normal(0, 1, n)
    games["last4_residual"] = 0.5 * strength + rng.normal(0, 2, n)
    games["margin"] = effect * games["shock"] + strength + rng.normal(0, 6, n)
    return games
