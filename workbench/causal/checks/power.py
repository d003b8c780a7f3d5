"""Power: could an effect worth seeing have been seen, and if not, how many games would it take.

It never fails: an estimate is not wrong for being imprecise, but a null without power is no null.
"""

from typing import Final

import pandas as pd

from workbench.causal.checks.base import WORTH_SEEING, CheckResult
from workbench.causal.power import minimal_detectable, n_to_see
from workbench.causal.result import Estimate

NAME: Final = "power"


def power_check(estimate: Estimate, *, worth: float = WORTH_SEEING, power: float = 0.8) -> CheckResult:
    """Say whether an effect worth seeing would have been seen.

    Examples
    --------
    >>> few = Estimate(value=1.0, standard_error=1.5, low=-1.9, high=3.9, p_value=0.5, rows=900, treated=100,
    ...                clusters=40, method="ols", inference="cluster")
    >>> power_check(few).sentence
    'With 100 treated rows 4.2 points would be seen four times of five; for 3 points it takes 197.'
    """
    error = estimate.standard_error
    seen = minimal_detectable(error, power=power)
    # The variance of an effect on few among many goes as one over the treated.
    needed = n_to_see(worth, standard_error=error, n=estimate.treated, power=power)
    table = pd.DataFrame({
        "standard_error": [error], "detectable": [seen], "worth": [worth],
        "treated": [estimate.treated], "treated_needed": [needed], "rows": [estimate.rows],
    })  # fmt: skip
    often = "four times of five" if power == 0.8 else f"with probability {power:g}"
    sentence = f"With {estimate.treated} treated rows {seen:.1f} points would be seen {often}"
    enough = seen <= worth
    sentence += "." if enough else f"; for {worth:g} points it takes {needed}."
    return CheckResult(name=NAME, verdict="passes" if enough else "cannot say", table=table, sentence=sentence)
