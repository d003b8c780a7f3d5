"""What a synthetic control is held against: units and dates that were never treated, and donors left out."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import t

from workbench.causal.controls.control_panel import ControlPanel
from workbench.causal.controls.synthetic_control import ControlSpec, SyntheticControl, fit_synthetic_control

#: A placebo whose past fits this many times worse (in RMSPE) tells little of the treated unit's luck
#: (Abadie, Diamond & Hainmueller 2010 look at 20, 5 and 2 times the mean squared error).
COMPARABLE: Final = float(np.sqrt(20.0))
_FEWEST: Final = 5
_LEAST_WEIGHT: Final = 1e-3
_DATES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacePlacebos:
    """Every donor as if it had been treated.

    Attributes
    ----------
    units : DataFrame
        ``unit, effect, pre_rmspe, post_rmspe, ratio, comparable``, a row a donor.
    gaps : DataFrame, shape (n_times, n_donors)
        Index: times.
    p_value : float
        Share of all units, the treated one among them, whose ratio is at least the treated unit's.
    standard_error : float
        Root mean square of the comparable placebos' effects: they have none of their own.
    low, high : float
        95 % interval: the estimate with a t-quantile of that many placebos times the standard error.
    """

    units: pd.DataFrame
    gaps: pd.DataFrame
    p_value: float
    standard_error: float
    low: float
    high: float

    @property
    def comparable(self) -> int:
        """Placebos behind the standard error."""
        return int(self.units["comparable"].sum())


def placebos_in_space(panel: ControlPanel, fit: SyntheticControl, *, spec: ControlSpec) -> SpacePlacebos:
    """Fit every donor as if it had been treated, the treated unit not among its donors.

    Parameters
    ----------
    panel : ControlPanel
    fit : SyntheticControl
        Of the treated unit, under the same ``spec``.
    spec : ControlSpec
    """
    made = {}
    for unit in panel.donors:
        others = [name for name in panel.donors if name != unit]
        made[unit] = fit_synthetic_control(panel.treating(unit, donors=others), spec=spec)
    units = pd.DataFrame(
        [(u, f.effect, f.pre_rmspe, f.post_rmspe, f.ratio) for u, f in made.items()],
        columns=["unit", "effect", "pre_rmspe", "post_rmspe", "ratio"],
    )
    near = units["pre_rmspe"] <= COMPARABLE * fit.pre_rmspe
    units["comparable"] = near if near.sum() >= min(_FEWEST, len(units)) else True
    error, half = placebo_spread(units.loc[units["comparable"], "effect"])
    return SpacePlacebos(
        units=units,
        gaps=pd.DataFrame({u: f.gaps["gap"].to_numpy() for u, f in made.items()}, index=panel.times),
        p_value=float((1 + (units["ratio"] >= fit.ratio).sum()) / (1 + len(units))),
        standard_error=error,
        low=fit.effect - half,
        high=fit.effect + half,
    )


def placebo_spread(effects: "pd.Series[float]") -> tuple[float, float]:
    """Return the standard error that effects of nothing show, and the half-width of a 95 % interval.

    Examples
    --------
    >>> placebo_spread(pd.Series([3.0, -4.0]))[0]
    3.5355339059327378
    """
    error = float(np.sqrt(np.mean(np.square(effects))))
    return error, float(t.ppf(0.975, max(len(effects), 1))) * error


def placebos_in_time(panel: ControlPanel, *, spec: ControlSpec, dates: int = _DATES) -> pd.DataFrame:
    """Fit as if treatment had come earlier, on times before the real one: there should be no effect.

    Matched on outcomes alone: predictors averaged over windows after a placebo date would tell of its future.

    Returns
    -------
    DataFrame
        ``time, effect, pre_rmspe, post_rmspe, ratio, n_before, n_after``; empty with fewer than six times before.
    """
    columns = ["time", "effect", "pre_rmspe", "post_rmspe", "ratio", "n_before", "n_after"]
    if panel.n_before < 6:
        return pd.DataFrame(columns=columns)
    places = np.unique(np.linspace(panel.n_before // 2, panel.n_before - 2, dates).round().astype(int))
    rows = []
    for place in places:
        fit = fit_synthetic_control(panel.treated_at(int(place)), spec=ControlSpec())
        rows.append((panel.times[place], fit.effect, fit.pre_rmspe, fit.post_rmspe, fit.ratio, int(place),
                     panel.n_before - int(place)))  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def leave_one_out(
    panel: ControlPanel, fit: SyntheticControl, *, spec: ControlSpec
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit again without each donor that has weight, to see whether one donor carries the answer.

    Returns
    -------
    DataFrame
        ``left_out, weight, effect, pre_rmspe``, the heaviest donor first.
    DataFrame, shape (n_times, n_left_out)
        The gaps. Both empty where leaving one out would leave fewer than two.
    """
    heavy = fit.weights[fit.weights > _LEAST_WEIGHT].sort_values(ascending=False)
    rows, gaps = [], {}
    for unit, weight in heavy.items() if len(panel.donors) > 2 else ():
        others = [name for name in panel.donors if name != unit]
        made = fit_synthetic_control(panel.treating(panel.treated, donors=others), spec=spec)
        rows.append((str(unit), float(weight), made.effect, made.pre_rmspe))
        gaps[str(unit)] = made.gaps["gap"].to_numpy()
    table = pd.DataFrame(rows, columns=["left_out", "weight", "effect", "pre_rmspe"])
    return table, pd.DataFrame(gaps, index=panel.times)
