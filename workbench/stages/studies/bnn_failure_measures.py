"""What is measured of one fit of the diagnosis: coverage, widths, scores, and what part of the variance is doubt."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from workbench.bayes.scores.cells import deciles
from workbench.intervals import Estimate, clustered_mean
from workbench.stages.studies.bnn_failure_fits import Scored

MEASURES: Final = {
    "mean_closed": "share", "mean_mid": "share", "mean_width": "yards", "mean_error": "yards", "crps_of_mean": "yards",
    "closed": "share", "plain_mid": "share", "mid": "share", "exact": "share", "width": "yards",
    "median_error": "yards", "crps": "yards", "epistemic_share": "share",
}  # fmt: skip


def measured(fit: Scored, measure: str) -> Estimate:
    """Return one measure of a fit with its interval by game; the names are those of ``MEASURES``."""
    return clustered_mean(values_of(fit.rows, measure), fit.rows["game_id"])


def with_the_ball(fit: Scored) -> Scored:
    """Return a fit scored only on those who got the ball: a set that conditions on the outcome."""
    return replace(fit, rows=fit.rows[fit.rows["volume"].ge(1)].reset_index(drop=True))


def values_of(rows: pd.DataFrame, measure: str) -> "pd.Series[float]":
    """Return one measure of each row."""
    if measure == "mean_width":
        return (rows["mean_high"] - rows["mean_low"]).astype("float64")
    if measure == "width":
        return (rows["high"] - rows["low"]).astype("float64")
    if measure == "epistemic_share":
        return rows["epistemic"] / (rows["epistemic"] + rows["aleatoric"])
    return rows[measure]


def measure_rows(fit: Scored) -> list[dict[str, object]]:
    """Return every measure of a fit, one row each."""
    spec = fit.spec
    named = {"network": spec.network, "sigma": spec.sigma, "rows": fit.learned, "sampler": spec.sampler}
    named |= {"selected": spec.selected, "published": fit.published}
    return [
        named | {"measure": name, "unit": unit, "value": e.value, "low": e.low, "high": e.high, "games": e.clusters}
        for name, unit in MEASURES.items() for e in [measured(fit, name)]
    ]  # fmt: skip


def variance_share(fit: Scored, rows: pd.DataFrame, *, by: str, cell: str) -> dict[str, object]:
    """Return how much of the variance of some rows is doubt about the mean."""
    held = clustered_mean(values_of(rows, "epistemic_share"), rows["game_id"])
    noise, doubt = (float(np.sqrt(rows[name].mean())) for name in ("aleatoric", "epistemic"))
    return {
        "fit": fit.spec.title, "network": fit.spec.network, "learned": fit.learned, "by": by, "cell": cell,
        "share": held.value, "low": held.low, "high": held.high, "noise_sd": noise, "doubt_sd": doubt,
        "rows": len(rows),
    }  # fmt: skip


def variance_cells(fit: Scored) -> list[dict[str, object]]:
    """Return the share of doubt by role and by tenth of the expectation."""
    tenth = pd.Series(deciles(fit.rows["centre"].to_numpy(np.float64)), index=fit.rows.index)
    found = [variance_share(fit, part, by="role", cell=str(role)) for role, part in fit.rows.groupby("role", sort=True)]
    return found + [
        variance_share(fit, part, by="tenth of expectation", cell=f"{int(place) + 1}")
        for place, part in fit.rows.groupby(tenth)
    ]


def population_row(name: str, fit: Scored) -> dict[str, object]:
    """Return what a fit holds on one population."""
    held, yards = measured(fit, "mean_closed"), measured(fit, "mid")
    error = measured(fit, "mean_error")
    return {
        "population": name, "fit": fit.spec.title, "rows": len(fit.rows), "mean_coverage": held.value, "low": held.low,
        "high": held.high, "coverage": yards.value, "error": error.value, "error_low": error.low,
        "error_high": error.high,
    }  # fmt: skip


def step_row(name: str, fit: Scored, *, mean: bool) -> dict[str, object]:
    """Return one step from the failure to what mends it."""
    held = measured(fit, "mean_mid" if mean else "mid")
    width, score = (measured(fit, m) for m in (("mean_width", "crps_of_mean") if mean else ("width", "crps")))
    return {
        "step": name, "coverage": held.value, "low": held.low, "high": held.high, "width": width.value,
        "worst_cell": worst_cell(fit, "mean_mid" if mean else "mid"), "crps": score.value, "crps_low": score.low,
        "crps_high": score.high,
    }  # fmt: skip


def worst_cell(fit: Scored, measure: str) -> float:
    """Return the coverage furthest from the level among roles and tenths of the expectation."""
    rows = fit.rows.assign(tenth=deciles(fit.rows["centre"].to_numpy(np.float64)))
    cells = [rows.groupby(name)[measure].mean() for name in ("role", "tenth")]
    values = pd.concat(cells).to_numpy(np.float64)
    return float(values[np.argmax(np.abs(values - 0.9))])
