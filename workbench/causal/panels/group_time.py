"""Effects of each cohort in each period, from comparisons with units not treated yet or ever (Callaway & Sant'Anna)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.causal.panels.doubly_robust import doubly_robust_change
from workbench.causal.panels.long_panel import Floats, LongPanel
from workbench.errors import ValidationError

ControlUnits = Literal["never", "notyet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTime:
    """Group-time effects with their influence functions.

    Attributes
    ----------
    panel : LongPanel
    cohort, period : ndarray of int, shape (n_cells,)
        Positions of the first treated period and of the period of each cell.
    effect : ndarray, shape (n_cells,)
    influence : ndarray, shape (n_units, n_cells)
        What each unit adds to the estimation error: ``effect - truth`` is about its sum over units.
    treated : ndarray of int, shape (n_cells,)
        Treated units behind each cell.
    controls : {"never", "notyet"}
    anticipation : int
    notes : tuple of str
    """

    panel: LongPanel
    cohort: NDArray[np.int64]
    period: NDArray[np.int64]
    effect: Floats
    influence: Floats
    treated: NDArray[np.int64]
    controls: ControlUnits
    anticipation: int
    notes: tuple[str, ...]

    @property
    def horizon(self) -> NDArray[np.int64]:
        """Periods since the first treated one, shape (n_cells,)."""
        return self.period - self.cohort

    @property
    def covariance(self) -> Floats:
        """Covariance of the effects, clustered, shape (n_cells, n_cells)."""
        return clustered_covariance(self.influence, self.panel)

    def table(self) -> pd.DataFrame:
        """Return one row a cell: ``cohort, time, horizon, estimate, standard_error, low, high, treated``."""
        spread = np.sqrt(np.diag(self.covariance))
        labels = self.panel.periods
        return pd.DataFrame(
            {
                "cohort": [labels[g] for g in self.cohort],
                "time": [labels[t] for t in self.period],
                "horizon": self.horizon,
                "estimate": self.effect,
                "standard_error": spread,
                "low": self.effect - 1.959964 * spread,
                "high": self.effect + 1.959964 * spread,
                "treated": self.treated,
            }
        )


def clustered_covariance(influence: Floats, panel: LongPanel) -> Floats:
    """Return the covariance of estimates from their influence functions, summed within clusters."""
    summed = cluster_sums(influence, panel)
    n = summed.shape[0]
    # Influence functions carry each group's own n / (n - 1); clusters of several units need theirs.
    scale = 1.0 if n == panel.n_units else n / (n - 1)
    return np.asarray(scale * summed.T @ summed)


def cluster_sums(influence: Floats, panel: LongPanel) -> Floats:
    """Return influence functions summed within clusters, shape (n_clusters, n_estimates)."""
    if panel.n_clusters == panel.n_units:
        return influence
    summed = np.zeros((panel.n_clusters, influence.shape[1]))
    np.add.at(summed, panel.cluster, influence)
    return summed


def group_time_effects(panel: LongPanel, *, controls: ControlUnits = "notyet", anticipation: int = 0) -> GroupTime:
    """Estimate the effect of each cohort in each period.

    Each cell compares the change of a cohort since its last period before treatment (less the periods of anticipation)
    with the change of units untreated throughout. With covariates the comparison is doubly robust: an outcome
    regression among controls and odds of treatment, both on the covariates' values in the base period.

    Parameters
    ----------
    panel : LongPanel
    controls : {"never", "notyet"}, default "notyet"
        Compare with units never treated, or with all not treated by the later end of the comparison.
    anticipation : int, default 0
        Periods before treatment in which units may already react.

    Raises
    ------
    ValidationError
        If no cohort has both a base period and controls.

    References
    ----------
    .. [1] Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001
    """
    if anticipation < 0:
        raise ValidationError(f"Anticipation must be 0 periods or more, got {anticipation}.")
    if controls == "never" and np.isfinite(panel.cohort).all():
        raise ValidationError("Controls that are never treated were asked for; there are none. Use controls=notyet?")
    cells, notes = [], []
    for cohort in panel.cohorts:
        base = int(cohort) - 1 - anticipation
        if base < 0:
            notes.append(f"The cohort of {panel.periods[cohort]} has no period before its anticipation: left out.")
            continue
        made = [_cell(panel, int(cohort), t, base=base, controls=controls, anticipation=anticipation)
                for t in range(panel.n_periods) if t != base]  # fmt: skip
        lost = sum(cell is None for cell in made)
        if lost:
            notes.append(f"The cohort of {panel.periods[cohort]} lacks controls or treated units in {lost} periods.")
        if (panel.cohort == cohort).sum() == 1:
            notes.append(
                f"One unit starts in {panel.periods[cohort]}: its standard errors know the controls' noise only."
            )
        cells += [(int(cohort), cell) for cell in made if cell is not None]
    if not any(cell[0] >= cohort for cohort, cell in cells):
        raise ValidationError(
            "No cohort has untreated units to be compared with after it starts. Too few never treated?"
        )
    return GroupTime(
        panel=panel,
        cohort=np.array([cohort for cohort, _ in cells]),
        period=np.array([cell[0] for _, cell in cells]),
        effect=np.array([cell[1] for _, cell in cells]),
        influence=np.column_stack([cell[2] for _, cell in cells]),
        treated=np.array([cell[3] for _, cell in cells]),
        controls=controls, anticipation=anticipation, notes=tuple(notes),
    )  # fmt: skip


def _cell(
    panel: LongPanel, cohort: int, period: int, *, base: int, controls: ControlUnits, anticipation: int
) -> tuple[int, float, Floats, int] | None:
    """Return period, effect, influence and treated units of one cell; None where a side has fewer than two units."""
    change = panel.outcome[:, period] - panel.outcome[:, base]
    known = np.isfinite(change)
    if panel.covariates.shape[2]:
        known &= np.isfinite(panel.covariates[:, base]).all(axis=1)
    treated = (panel.cohort == cohort) & known
    late = max(period, base) + anticipation
    compared = known & (panel.cohort > late if controls == "notyet" else ~np.isfinite(panel.cohort))
    compared &= panel.cohort != cohort
    if treated.sum() < 1 or compared.sum() < 2:
        return None
    if panel.covariates.shape[2]:
        effect, influence = doubly_robust_change(change, treated, compared, covariates=panel.covariates[:, base])
    else:
        effect, influence = _mean_difference(change, treated, compared)
    return period, effect, influence, int(treated.sum())


def _mean_difference(change: Floats, treated: NDArray[np.bool_], compared: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Return the difference of mean changes, and each unit's part of its error (Welch's variance when squared)."""
    influence = np.zeros(len(change))
    means = []
    for side, sign in ((treated, 1.0), (compared, -1.0)):
        n = int(side.sum())
        mean = float(change[side].mean())
        influence[side] = sign * (change[side] - mean) / n * np.sqrt(n / max(n - 1, 1))
        means.append(mean)
    return means[0] - means[1], influence
