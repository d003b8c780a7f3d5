"""Sun & Abraham's saturated regression, as pyfixest has it."""

import re
import warnings
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.causal.panels.long_panel import Floats, LongPanel
from workbench.causal.quiet import logging_kept
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

_Z = float(norm.ppf(0.975))
_CELL: Final = re.compile(r"rel_time::(?P<time>-?[\d.]+):.*::(?P<cohort>-?[\d.]+)$")


def rows_of(panel: LongPanel) -> pd.DataFrame:
    """Return a panel's seen cells as rows ``unit, time, outcome, cohort (0: never), cluster``, times from 1."""
    unit, time = np.nonzero(panel.seen)
    start = np.where(np.isfinite(panel.cohort), panel.cohort + 1, 0)[unit]
    return pd.DataFrame(
        {
            "unit": unit,
            "time": time + 1,
            "outcome": panel.outcome[unit, time],
            "cohort": start.astype(np.int64),
            "cluster": panel.cluster[unit],
        }
    )


def saturated(panel: LongPanel) -> tuple[Estimate, pd.DataFrame]:
    """Return the interaction-weighted overall effect, and the path by horizon.

    Compares with the never treated only. The overall effect takes every treated unit and period alike.

    Returns
    -------
    Estimate
    DataFrame
        ``horizon, estimate, standard_error, low, high``.

    Raises
    ------
    ValidationError
        If there are no never-treated units.

    References
    ----------
    .. [1] Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006
    """
    if np.isfinite(panel.cohort).all():
        raise ValidationError("The saturated regression compares with the never treated; there are none.")
    import pyfixest

    rows = rows_of(panel)
    with logging_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        event = pyfixest.event_study(
            rows, yname="outcome", idname="unit", tname="time", gname="cohort", cluster="cluster", estimator="saturated"
        )
        model = getattr(event, "mod", event)
        cells = _cells(list(model._coefnames))
    beta, covariance = np.asarray(model._beta_hat), np.asarray(model._vcov)
    counted = rows.assign(horizon=rows["time"] - rows["cohort"]).groupby(["cohort", "horizon"]).size()
    cells["n"] = [int(counted.get((c, h), 0)) for c, h in zip(cells["cohort"], cells["horizon"], strict=True)]
    by = {int(part["horizon"].iloc[0]): part for _, part in cells.groupby("horizon")}
    path = [{"horizon": h, **_combined(beta, covariance, part)} for h, part in by.items()]
    whole = _combined(beta, covariance, cells[cells["horizon"] >= 0])
    treated = int((rows["cohort"].gt(0) & (rows["time"] >= rows["cohort"])).sum())
    overall = _estimate(
        whole["estimate"], whole["standard_error"], panel, rows=len(rows), treated=treated,
        method="saturated (Sun–Abraham)",
    )  # fmt: skip
    return overall, pd.DataFrame(path)


def _cells(names: list[str]) -> pd.DataFrame:
    found = [(i, match) for i, name in enumerate(names) if (match := _CELL.search(name))]
    return pd.DataFrame(
        {
            "column": [i for i, _ in found],
            "horizon": [int(float(m["time"])) for _, m in found],
            "cohort": [int(float(m["cohort"])) for _, m in found],
        }
    ).query("cohort > 0")


def _combined(beta: Floats, covariance: Floats, part: pd.DataFrame) -> dict[str, float]:
    weight = np.zeros(len(beta))
    weight[part["column"].to_numpy()] = part["n"] / part["n"].sum()
    value, error = float(weight @ beta), float(np.sqrt(weight @ covariance @ weight))
    return {"estimate": value, "standard_error": error, "low": value - _Z * error, "high": value + _Z * error}


def _estimate(value: float, error: float, panel: LongPanel, *, rows: int, treated: int, method: str) -> Estimate:
    return Estimate(
        value=value, standard_error=error, low=value - _Z * error, high=value + _Z * error,
        p_value=float(2 * norm.sf(abs(value) / error)), rows=rows, treated=treated,
        clusters=len(np.unique(panel.cluster[np.isfinite(panel.cohort)])), method=method, inference="cluster",
    )  # fmt: skip
