"""Random common cause: a control of pure noise must leave the estimate where it is.

False alarms: noise moves a sound estimate by about its standard error over the square root of the rows, so a tolerance
of a quarter of a standard error is left in far fewer than 5 % of cases from 200 rows on; with fewer, it cannot say.
"""

from typing import Final

import numpy as np
import pandas as pd

from workbench.causal.checks.base import CheckResult, Refits, Verdict, refits_of
from workbench.causal.result import Design, Estimate

NAME: Final = "random common cause"
_FEWEST: Final = 200


def random_common_cause(
    design: Design,
    rows: pd.DataFrame,
    *,
    rng: np.random.Generator,
    draws: int = 20,
    tolerance: float = 0.25,
    estimate: Estimate | None = None,
    again: Refits | None = None,
) -> CheckResult:
    """Add a normal control and fit again, several times.

    Parameters
    ----------
    tolerance : float, default 0.25
        How far nineteen of twenty draws may move the estimate, in standard errors.
    again : Refits, optional
        Of the design on these rows, where they are at hand.

    Returns
    -------
    CheckResult
        Its table has one row a draw: ``draw, estimate, moved`` (in standard errors).
    """
    real = estimate or design.fit(rows)
    noise = rng.standard_normal((draws, len(rows))).T
    found = (again or refits_of(design, rows)).beside(noise)
    moved = (found - real.value) / real.standard_error
    table = pd.DataFrame({"draw": np.arange(draws), "estimate": found, "moved": moved})
    far = float(np.quantile(np.abs(moved), 0.95))
    verdict: Verdict = "fails" if not far <= tolerance else "passes" if real.rows >= _FEWEST else "cannot say"
    sentence = (
        f"Noise as a control moves the estimate by at most {far:.3f} standard errors in nineteen of twenty draws "
        f"({tolerance:g} allowed)."
    )
    if verdict == "cannot say":
        sentence += f" {real.rows} rows are too few to tell: noise moves any estimate there."
    return CheckResult(name=NAME, verdict=verdict, table=table, sentence=sentence)
