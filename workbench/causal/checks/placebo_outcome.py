"""Placebo outcome: an outcome that was settled before the shock, on which it must show nothing.

False alarms: each outcome is tested at 5 % divided by their number.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from workbench.causal.checks.base import ALARM, WORTH_SEEING, CheckResult, Verdict, variant, with_interval
from workbench.causal.result import Design
from workbench.errors import ValidationError

NAME: Final = "placebo outcome"
_SEEN: Final = 2.8  # standard errors that an effect must have to be seen four times of five at 5 %


def placebo_outcome(
    design: Design, rows: pd.DataFrame, *, outcomes: Sequence[str], worth: float = WORTH_SEEING
) -> CheckResult:
    """Fit the design on outcomes of earlier games.

    Parameters
    ----------
    outcomes : sequence of str
        Columns settled before the treatment, such as ``last4_residual``; one that is a control is taken from them.
    worth : float, default 3
        In the outcomes' unit: a pass counts only where an effect of this size would be seen four times of five.

    Returns
    -------
    CheckResult
        Its table has one row an outcome: ``outcome, estimate, standard_error, low, high, p_value, rows``.
    """
    columns = ["outcome", "estimate", "standard_error", "low", "high", "p_value", "rows"]
    if not outcomes:
        empty = pd.DataFrame({name: [] for name in columns})
        return CheckResult(name=NAME, verdict="cannot say", table=empty, sentence="No earlier outcome is at hand.")
    fitted = {}
    for outcome in outcomes:
        held = tuple(c for c in design.controls if c != outcome)
        known = rows.loc[pd.to_numeric(rows[outcome], errors="coerce").notna()].reset_index(drop=True)
        try:
            fitted[outcome] = variant(design, outcome=outcome, controls=held).fit(known)
        except ValidationError:  # too few rows have it for the shock to be told from the rest
            continue
    if not fitted:
        empty = pd.DataFrame({name: [] for name in columns})
        sentence = "Too few rows have an earlier outcome."
        return CheckResult(name=NAME, verdict="cannot say", table=empty, sentence=sentence)
    tested = [(o, e.value, e.standard_error, e.low, e.high, e.p_value, e.rows) for o, e in fitted.items()]
    worst = min(fitted, key=lambda o: fitted[o].p_value)
    failed = fitted[worst].p_value < ALARM / len(fitted)
    blind = max(_SEEN * e.standard_error for e in fitted.values()) > worth
    shown = with_interval(fitted[worst])
    sentence = f"On {worst}, settled before, the shock shows {shown}: "
    sentence += (
        "it cannot have caused that, so something else sets these rows apart." if failed else "nothing, as it must."
    )
    if blind and not failed:
        sentence += f" But {worth:g} points would often go unseen."
    verdict: Verdict = "fails" if failed else "cannot say" if blind else "passes"
    table = pd.DataFrame(tested, columns=columns)
    return CheckResult(name=NAME, verdict=verdict, table=table, sentence=sentence)
