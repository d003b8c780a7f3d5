"""Power: could an effect worth seeing have been seen, and if not, how many games would it take.

It never fails: an estimate is not wrong for being imprecise, but a null without power is no null.
"""

import math
from typing import Final

import pandas as pd
from scipy import stats

from workbench.causal.checks.base import ALARM, WORTH_SEEING, CheckResult
from workbench.causal.result import Estimate

NAME: Final = "power"


def detectable_effect(standard_error: float, *, power: float = 0.8, alpha: float = ALARM) -> float:
    """Return the smallest effect that is seen with the given probability.

    Examples
    --------
    >>> round(detectable_effect(1.0), 2)
    2.8
    """
    return float(stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * standard_error


def treated_needed(estimate: Estimate, *, worth: float = WORTH_SEEING, power: float = 0.8) -> int:
    """Return the treated rows with which an effect of this size would be seen, all else equal.

    The variance of an effect of few among many goes as one over the treated.
    """
    return math.ceil(estimate.treated * (detectable_effect(estimate.standard_error, power=power) / worth) ** 2)


def power_check(estimate: Estimate, *, worth: float = WORTH_SEEING, power: float = 0.8) -> CheckResult:
    """Say whether an effect worth seeing would have been seen.

    Examples
    --------
    >>> few = Estimate(value=1.0, standard_error=1.5, low=-1.9, high=3.9, p_value=0.5, rows=900, treated=100,
    ...                clusters=40, method="ols", inference="cluster")
    >>> power_check(few).sentence
    'With 100 treated rows 4.2 points would be seen four times of five; for 3 points it takes 197.'
    """
    seen, needed = (
        detectable_effect(estimate.standard_error, power=power),
        treated_needed(estimate, worth=worth, power=power),
    )
    table = pd.DataFrame({
        "standard_error": [estimate.standard_error], "detectable": [seen], "worth": [worth],
        "treated": [estimate.treated], "treated_needed": [needed], "rows": [estimate.rows],
    })  # fmt: skip
    often = "four times of five" if power == 0.8 else f"with probability {power:g}"
    sentence = f"With {estimate.treated} treated rows {seen:.1f} points would be seen {often}"
    enough = seen <= worth
    sentence += "." if enough else f"; for {worth:g} points it takes {needed}."
    return CheckResult(name=NAME, verdict="passes" if enough else "cannot say", table=table, sentence=sentence)
