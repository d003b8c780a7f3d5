"""Robustness value: how strong a confounder that we do not see must be to explain the estimate away.

False alarms: only what is called significant at 5 % can fail, so where there is no effect it fails in at most one of
twenty cases.

References
----------
.. [1] Cinelli & Hazlett (2020), doi:10.1111/rssb.12348.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.checks.base import ALARM, CheckResult, effect_of, share, signed, variant
from workbench.causal.result import Design, Estimate

NAME: Final = "robustness value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """How much of what is left a confounder would have to explain, of treatment and outcome alike.

    Attributes
    ----------
    value : float
        To bring the estimate to zero (RV).
    value_alpha : float
        To bring its interval to zero (RV at the level asked for).
    partial_r2 : float
        Of the treatment with the outcome: what a confounder must explain of the treatment if it explains all else.
    """

    value: float
    value_alpha: float
    partial_r2: float


def robustness(
    t_statistic: float, degrees_of_freedom: float, *, alpha: float = ALARM, share_gone: float = 1.0
) -> Robustness:
    """Return the robustness values of a regression coefficient.

    Parameters
    ----------
    t_statistic, degrees_of_freedom : float
        Of the coefficient. A clustered t, smaller than the classic one, gives a smaller and so a careful value.
    alpha : float, default 0.05
    share_gone : float, default 1
        Which share of the estimate the confounder must explain.

    Examples
    --------
    Exposure to violence and attitudes to peace in Darfur (Cinelli & Hazlett 2020, table 1):

    >>> found = robustness(4.18, 783)
    >>> round(found.value, 3), round(found.value_alpha, 3), round(found.partial_r2, 3)
    (0.139, 0.076, 0.022)
    """
    dof = degrees_of_freedom
    f = share_gone * abs(t_statistic) / np.sqrt(dof)
    limit = float(stats.t.isf(alpha / 2, dof - 1)) / np.sqrt(dof - 1)
    return Robustness(
        value=_explained(f),
        value_alpha=_explained(f - limit) if f * limit <= 1 else (f**2 - limit**2) / (1 + f**2),
        partial_r2=float(t_statistic**2 / (t_statistic**2 + dof)),
    )


def _explained(f: float) -> float:
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2) if f > 0 else 0.0


def adjusted(
    estimate: float, standard_error: float, *, degrees_of_freedom: float, with_treatment: float, with_outcome: float
) -> tuple[float, float]:
    """Return the estimate, and its standard error, had a confounder of this strength been held.

    Parameters
    ----------
    with_treatment, with_outcome : float
        The confounder's partial R2 with the treatment, and with the outcome given the treatment. The bias is taken
        towards zero.

    Examples
    --------
    A confounder as strong as being female, in the same study (table 2):

    >>> value, error = adjusted(0.0973, 0.0233, degrees_of_freedom=783, with_treatment=0.0092, with_outcome=0.1246)
    >>> round(value, 3), round(error, 3)
    (0.075, 0.022)
    """
    dof = degrees_of_freedom
    bias = standard_error * np.sqrt(dof) * np.sqrt(with_outcome * with_treatment / (1 - with_treatment))
    error = standard_error * np.sqrt(max(1 - with_outcome, 0.0) / (1 - with_treatment) * dof / (dof - 1))
    return float(np.sign(estimate) * (abs(estimate) - bias)), float(error)


def bound(with_treatment: float, with_outcome: float, *, times: float = 1.0) -> tuple[float, float]:
    """Return the strength of a confounder that is so many times as strong as an observed control.

    Parameters
    ----------
    with_treatment, with_outcome : float
        The control's own partial R2 with the treatment, and with the outcome given the treatment.
    times : float, default 1

    Returns
    -------
    tuple of float
        Partial R2 with the treatment and with the outcome (equations 52 and 53 of [1]), at most one.

    Examples
    --------
    >>> tuple(round(part, 3) for part in bound(0.1, 0.2))
    (0.111, 0.313)
    """
    d = min(times * with_treatment / (1 - with_treatment), 1.0)
    between = min(times * with_treatment**2 / ((1 - min(times * with_treatment, 0.999)) * (1 - with_treatment)), 0.999)
    eta = (np.sqrt(times) + np.sqrt(between)) / np.sqrt(1 - between)
    return float(d), float(min(eta**2 * with_outcome / (1 - with_outcome), 1.0))


def partial_r2(design: Design, rows: pd.DataFrame, *, one: str, other: str, held: Sequence[str]) -> float:
    """Return the share of two columns' variance that they have in common beyond the rest of the design.

    The slope of one on the other times the slope of the other on one, each by the design itself, so that its fixed
    effects are taken out too.
    """
    forward = effect_of(variant(design, outcome=one, treatment=other, controls=tuple(held)), rows)
    back = effect_of(variant(design, outcome=other, treatment=one, controls=tuple(held)), rows)
    return float(np.clip(forward * back, 0.0, 0.999))


def robustness_value(
    design: Design,
    rows: pd.DataFrame,
    *,
    benchmarks: Sequence[str] | None = None,
    estimate: Estimate | None = None,
    degrees_of_freedom: float | None = None,
) -> CheckResult:
    """Compare the confounder that would explain the estimate away with the controls that we have.

    Parameters
    ----------
    benchmarks : sequence of str, optional
        Controls to compare with; by default all of the design's.
    degrees_of_freedom : float, optional
        By default rows less controls less two; fewer where fixed effects were taken out.

    Returns
    -------
    CheckResult
        Passes if the estimate's interval stays off zero beside a confounder as strong as the strongest control. Its
        table has one row a control: ``control, with_treatment, with_outcome, adjusted_estimate, adjusted_low,
        adjusted_high``.
    """
    real = estimate or design.fit(rows)
    dof = degrees_of_freedom or max(real.rows - len(design.controls) - 2, 3)
    found = robustness(real.value / real.standard_error, dof)
    names = list(design.controls if benchmarks is None else benchmarks)
    lines = [_benchmark(design, rows, control=name, real=real, dof=dof) for name in names]
    columns = ["control", "with_treatment", "with_outcome", "adjusted_estimate", "adjusted_low", "adjusted_high"]
    table = pd.DataFrame(lines, columns=columns)
    said = (
        f"A confounder that explains {share(found.value, digits=1)} of what is left of shock and outcome would bring "
        f"the estimate to zero, {share(found.value_alpha, digits=1)} its interval."
    )
    if real.p_value >= ALARM:
        sentence = f"{said} The estimate is not told apart from zero as it is."
        return CheckResult(name=NAME, verdict="cannot say", table=table, sentence=sentence)
    if table.empty:
        sentence = f"{said} No control is at hand to compare with."
        return CheckResult(name=NAME, verdict="cannot say", table=table, sentence=sentence)
    worst = table.loc[(np.sign(real.value) * _nearest(table, real)).idxmin()]
    gone = worst["adjusted_low"] <= 0 <= worst["adjusted_high"] or worst["adjusted_estimate"] * real.value < 0
    left = f"{signed(worst['adjusted_low'])} to {signed(worst['adjusted_high'])}"
    sentence = f"{said} One as strong as {worst['control']} would leave {left}."
    return CheckResult(name=NAME, verdict="fails" if gone else "passes", table=table, sentence=sentence)


def _nearest(table: pd.DataFrame, real: Estimate) -> "pd.Series[float]":
    """Return the end of each adjusted interval on zero's side."""
    return table["adjusted_low"] if real.value > 0 else table["adjusted_high"]


def _benchmark(
    design: Design, rows: pd.DataFrame, *, control: str, real: Estimate, dof: float
) -> Mapping[str, str | float]:
    others = tuple(c for c in design.controls if c != control)
    y, x = design.outcome, design.treatment
    own = partial_r2(design, rows, one=x, other=control, held=others)
    outcome = partial_r2(design, rows, one=y, other=control, held=(*others, x))
    with_treatment, with_outcome = bound(own, outcome)
    with_treatment = min(with_treatment, 0.999)
    value, error = adjusted(
        real.value,
        real.standard_error,
        degrees_of_freedom=dof,
        with_treatment=with_treatment,
        with_outcome=with_outcome,
    )
    half = float(stats.t.isf(ALARM / 2, dof - 1)) * error
    return {
        "control": control, "with_treatment": with_treatment, "with_outcome": with_outcome, "adjusted_estimate": value,
        "adjusted_low": value - half, "adjusted_high": value + half,
    }  # fmt: skip
