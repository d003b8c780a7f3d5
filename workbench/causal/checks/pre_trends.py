"""Pre-trends: before the shock, treated and controls must have moved alike.

False alarms: a joint test at 5 % where the leads' covariance is known, Bonferroni over the leads where not. A test that
passes proves little if a trend large enough to matter would often go unseen (Roth 2022), so the pass says which trend
would have been seen four times of five, and is withheld where that trend could fake an effect worth seeing.

References
----------
.. [1] Roth (2022), doi:10.1257/aeri.20210236.
"""

from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.checks.base import ALARM, WORTH_SEEING, CheckResult, Floats, Verdict
from workbench.causal.panels.pre_trends import joint_pre_trends

NAME: Final = "pre-trends"
_POWER: Final = 0.8
_MANY: Final = 1_000_000


def pre_trends(
    path: pd.DataFrame,
    *,
    covariance: Floats | None = None,
    clusters: int | None = None,
    worth: float = WORTH_SEEING,
    reference: int = -1,
) -> CheckResult:
    """Test the leads of an event study against zero, and say which trend they would have shown.

    Parameters
    ----------
    path : DataFrame
        ``horizon, estimate, standard_error``; the reference horizon may be absent, or there with standard error zero.
    covariance : ndarray, shape (n, n), optional
        Of the estimates, in the path's rows.
    clusters : int, optional
        Behind the covariance; by default so many that they do not matter.
    worth : float, default 3
        The bias, in points, that a trend must not be able to hide.
    reference : int, default -1
        The horizon that effects are measured from.
    """
    error = path["standard_error"].to_numpy(dtype=np.float64)
    horizon = path["horizon"].to_numpy(dtype=np.float64)
    lead = (horizon < reference) & np.isfinite(error) & (error > 0)
    table = path.loc[lead, ["horizon", "estimate", "standard_error"]].reset_index(drop=True)
    if not lead.any():
        return CheckResult(
            name=NAME, verdict="cannot say", table=table, sentence="No game before the shock is estimated."
        )
    steps, values = horizon[lead] - reference, path.loc[lead, "estimate"].to_numpy(dtype=np.float64)
    if covariance is None:
        p_value, trend = joint_p(values, errors=error[lead]), detectable_slope(steps, errors=error[lead])
    else:
        known = np.asarray(covariance, dtype=np.float64)[np.ix_(lead, lead)]
        tested = joint_pre_trends(values, known, steps=steps, clusters=clusters or _MANY)
        p_value, trend = tested.p_value, tested.detectable_slope
    if not np.isfinite(p_value):
        sentence = f"{int(lead.sum())} horizons are too many for {clusters} clusters to be tested jointly."
        return CheckResult(name=NAME, verdict="cannot say", table=table, sentence=sentence)
    later = horizon[horizon >= 0]
    bias = trend * float(np.mean(later - reference)) if later.size else trend
    failed, blind = p_value < ALARM, bias > worth
    many = f"{int(lead.sum())} {'horizons' if lead.sum() > 1 else 'horizon'}"
    sentence = f"Over {many} before the shock p = {p_value:.3f} for no difference. "
    sentence += f"A trend of {trend:.2f} a game would be seen four times of five; it would fake {bias:.1f} afterwards."
    verdict: Verdict = "fails" if failed else "cannot say" if blind else "passes"
    return CheckResult(name=NAME, verdict=verdict, table=table, sentence=sentence)


def joint_p(values: Floats, *, errors: Floats) -> float:
    """Return the p-value of all leads being zero whatever their dependence (Bonferroni).

    Examples
    --------
    >>> round(joint_p(np.array([1.96, 0.0]), errors=np.ones(2)), 3)
    0.1
    """
    return min(1.0, values.size * 2 * float(stats.norm.sf(np.abs(values / errors).max())))


def detectable_slope(steps: Floats, *, errors: Floats) -> float:
    """Return the linear trend, a game, that the lead which shows a trend best sees four times of five.

    Parameters
    ----------
    steps : ndarray, shape (n,)
        Horizons less the reference.

    Examples
    --------
    >>> round(detectable_slope(np.array([-1.0]), errors=np.ones(1)), 2)
    2.8
    """
    best = float(np.max(np.abs(steps) / errors))
    return float(stats.norm.isf(ALARM / 2 / steps.size) + stats.norm.isf(1 - _POWER)) / best
