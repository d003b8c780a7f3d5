"""Synthetic difference-in-differences: donors and past times weighted so that trends before treatment are parallel.

Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), doi:10.1257/aer.20190159. The two weight problems are solved
exactly (``simplex``), where the authors' R package stops Frank-Wolfe early and drops small weights.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.causal.controls.control_panel import ControlPanel, Floats
from workbench.causal.controls.simplex import simplex_weights
from workbench.errors import ValidationError

StandardErrors = Literal["placebo", "jackknife"]
#: Of the noise, in the time weights' ridge: only to make them unique.
_TIME_RIDGE: Final = 1e-6
_PLACEBOS: Final = 200
_Z95: Final = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticDid:
    """A synthetic difference-in-differences.

    Attributes
    ----------
    value : float
        Mean effect on the treated over the treated times.
    standard_error : float
        NaN where none was asked for, or where there is none.
    unit_weights, time_weights : Series
        By donor, and by time before treatment; each not negative, summing to one.
    inference : str
        How the standard error was had, in words.
    """

    value: float
    standard_error: float
    unit_weights: "pd.Series[float]"
    time_weights: "pd.Series[float]"
    inference: str

    @property
    def interval(self) -> tuple[float, float]:
        """The normal 95 % interval."""
        return self.value - _Z95 * self.standard_error, self.value + _Z95 * self.standard_error


def did_weights(controls: Floats, treated: Floats, *, n_before: int) -> tuple[Floats, Floats]:
    r"""Return unit and time weights.

    Parameters
    ----------
    controls : ndarray, shape (n_controls, n_times)
    treated : ndarray, shape (n_treated, n_times)
    n_before : int

    Returns
    -------
    ndarray, shape (n_controls,), and ndarray, shape (n_before,)

    Notes
    -----
    Unit weights have an intercept and the ridge :math:`\zeta^2 T_0` with :math:`\zeta = (N_1 T_1)^{1/4} \sigma`,
    :math:`\sigma` the sd of the controls' first differences before treatment; time weights an intercept and next to no
    ridge. Intercepts are taken out by centring.
    """
    before, after = controls[:, :n_before], controls[:, n_before:]
    noise = float(np.diff(before, axis=1).std(ddof=1)) if n_before > 1 else 0.0
    zeta = (len(treated) * after.shape[1]) ** 0.25 * noise
    path = treated[:, :n_before].mean(axis=0)
    units = simplex_weights(
        (before - before.mean(axis=1, keepdims=True)).T, path - path.mean(), ridge=zeta**2 * n_before
    )
    later = after.mean(axis=1)
    ridge = max((_TIME_RIDGE * noise) ** 2 * len(controls), 0.0)
    times = simplex_weights(before - before.mean(axis=0, keepdims=True), later - later.mean(), ridge=ridge)
    return units, times


def weighted_difference(controls: Floats, treated: Floats, *, units: Floats, times: Floats) -> float:
    """Return the difference of differences under given weights.

    Examples
    --------
    >>> controls = np.array([[1.0, 1.0, 2.0], [3.0, 3.0, 4.0]])
    >>> half = np.array([0.5, 0.5])
    >>> weighted_difference(controls, np.array([[0.0, 2.0, 9.0]]), units=half, times=half)
    7.0
    """
    n_before = len(times)
    gap = treated.mean(axis=0) - units @ controls
    return float(gap[n_before:].mean() - times @ gap[:n_before])


def difference_in_differences(panel: ControlPanel) -> float:
    """Return the plain difference of differences: every donor and every time before treatment counts the same."""
    values = panel.matrix.T
    n = len(panel.donors)
    units, times = np.full(n, 1 / n), np.full(panel.n_before, 1 / panel.n_before)
    return weighted_difference(values[1:], values[:1], units=units, times=times)


def synthetic_did(
    controls: pd.DataFrame,
    treated: pd.DataFrame,
    *,
    n_before: int,
    errors: StandardErrors = "placebo",
    rng: np.random.Generator,
) -> SyntheticDid:
    """Estimate a synthetic difference-in-differences.

    Parameters
    ----------
    controls : DataFrame, shape (n_times, n_controls)
    treated : DataFrame, shape (n_times, n_treated)
        All treated from the same time on.
    n_before : int
        Times before treatment.
    errors : {"placebo", "jackknife"}
        Placebo: as if controls, in turn or drawn, had been treated (their algorithm 4); it takes noise to be alike in
        both groups. Jackknife: units left out in turn with weights kept (algorithm 3); it needs two treated units.
    rng : Generator
        Draws groups of placebo units where several units are treated.

    Raises
    ------
    ValidationError
        If the jackknife is asked for with one treated unit, or placebos with too few controls.
    """
    y0, y1 = controls.to_numpy(np.float64).T, treated.to_numpy(np.float64).T
    units, times = did_weights(y0, y1, n_before=n_before)
    value = weighted_difference(y0, y1, units=units, times=times)
    if errors == "jackknife":
        error, inference = _jackknife(y0, y1, units=units, times=times), "jackknife, weights kept"
    else:
        made = placebo_differences(y0, n_treated=len(y1), n_before=n_before, rng=rng)
        error, inference = float(made.std(ddof=0)), f"placebo: sd over {len(made)} untreated units or groups of them"
    return SyntheticDid(
        value=value,
        standard_error=error,
        unit_weights=pd.Series(units, index=[str(c) for c in controls.columns], name="weight"),
        time_weights=pd.Series(times, index=controls.index[:n_before], name="weight"),
        inference=inference,
    )


def synthetic_did_of(panel: ControlPanel, *, rng: np.random.Generator) -> SyntheticDid:
    """Return the synthetic difference-in-differences of one treated unit, its error from placebos."""
    return synthetic_did(panel.outcomes.iloc[:, 1:], panel.outcomes.iloc[:, :1], n_before=panel.n_before, rng=rng)


def placebo_differences(controls: Floats, *, n_treated: int, n_before: int, rng: np.random.Generator) -> Floats:
    """Return the estimates with controls as if treated: each in turn for one, drawn groups for several.

    Raises
    ------
    ValidationError
        If no more controls than treated units are there.
    """
    n = len(controls)
    if n <= n_treated:
        raise ValidationError(f"A placebo needs more controls than treated units, got {n} for {n_treated}.")
    if n_treated == 1:
        groups = [np.array([place]) for place in range(n)]
    else:
        groups = [rng.choice(n, size=n_treated, replace=False) for _ in range(_PLACEBOS)]
    made = []
    for group in groups:
        rest = np.delete(controls, group, axis=0)
        units, times = did_weights(rest, controls[group], n_before=n_before)
        made.append(weighted_difference(rest, controls[group], units=units, times=times))
    return np.array(made)


def _jackknife(controls: Floats, treated: Floats, *, units: Floats, times: Floats) -> float:
    if len(treated) < 2:
        raise ValidationError("The jackknife needs two treated units, got one. Ask for placebo errors.")
    made = [weighted_difference(controls, np.delete(treated, i, axis=0), units=units, times=times)
            for i in range(len(treated))]  # fmt: skip
    for i in range(len(controls)):
        kept = np.delete(units, i)
        if kept.sum() <= 0:
            return float("nan")
        made.append(weighted_difference(np.delete(controls, i, axis=0), treated, units=kept / kept.sum(), times=times))
    values = np.array(made)
    return float(np.sqrt((len(values) - 1) / len(values) * np.square(values - values.mean()).sum()))
