"""Placebo treatment: hand the shock to other rows by lot, and see whether the design finds what is not there.

The effect found is first taken out of the outcome, so that the placebos know nothing of it. Rows trade treatments
within a week only, so what differs between weeks stays with every placebo: a share b of the treatment's variance. A
sound design's placebos then spread about their mean by (1 - b) of its squared standard error, and their mean lies about
zero by b (1 - b) of it.

A design that refits swiftly gives its placebos cluster-robust errors, whatever inference is its own: the spread is
judged against these errors, and the share called significant, where few clusters are treated, is then only told.

False alarms: the spread is judged at 2.5 % (chi-square, and a tenth too wide is let pass), the mean at 2.5 % (normal),
so a sound design fails in at most one of twenty cases.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from workbench.causal.checks.base import (
    ALARM,
    CheckResult,
    Floats,
    Refits,
    Verdict,
    refits_of,
    share,
    signed,
    treatment_of,
    values_of,
)
from workbench.causal.result import Design, Estimate

NAME: Final = "placebo treatment"
#: Fewer placebos than this say nothing of a share of one in twenty.
_FEWEST: Final = 40
#: How much too small a standard error is let pass: errors of few clusters are by that much, and no page hangs on it.
_TOLERATED: Final = 0.1
Codes = NDArray[np.integer[Any]]


def placebo_treatment(
    design: Design,
    rows: pd.DataFrame,
    *,
    rng: np.random.Generator,
    draws: int = 200,
    within: Sequence[str] = ("season", "week"),
    estimate: Estimate | None = None,
    again: Refits | None = None,
) -> CheckResult:
    """Permute the treatment among rows of the same season and week, and fit again.

    Parameters
    ----------
    design, rows : Design, DataFrame
        As they were fitted.
    draws : int, default 200
        Placebos; each costs a fit.
    within : sequence of str
        Rows trade treatments only where these columns agree.
    estimate : Estimate, optional
        The design on these rows, where it is already at hand.
    again : Refits, optional
        Its refits, where they are at hand.

    Returns
    -------
    CheckResult
        Its table has one row a placebo: ``draw, estimate, p_value``; draw -1 is the real one.
    """
    treatment = treatment_of(design, rows)
    codes = rows.groupby(list(within), sort=False).ngroup().to_numpy()
    real = estimate or design.fit(rows)
    if not _can_move(treatment, codes):
        sentence = f"The treatment does not vary within {' and '.join(within)}: there is nothing to permute."
        return CheckResult(name=NAME, verdict="cannot say", table=_table(real, []), sentence=sentence)
    lots = {f"placebo_{i}": permuted(treatment, codes=codes, rng=rng) for i in range(draws)}
    fitted = (again or refits_of(design, rows)).placebos(lots, effect=real.value)
    verdict, sentence = _judged(real, fitted, between=share_between(treatment, codes))
    return CheckResult(name=NAME, verdict=verdict, table=_table(real, fitted), sentence=sentence)


def permuted(values: Floats, *, codes: Codes, rng: np.random.Generator) -> Floats:
    """Return values shuffled among rows with the same code, shape (n,)."""
    order = np.lexsort((rng.random(values.size), codes))
    places = np.argsort(codes, kind="stable")
    shuffled = np.empty_like(values)
    shuffled[places] = values[order]
    return shuffled


def _can_move(treatment: Floats, codes: Codes) -> bool:
    groups = pd.Series(treatment).groupby(codes)
    return bool((groups.max() > groups.min()).any())


def share_between(treatment: Floats, codes: Codes) -> float:
    """Return the share of the treatment's variance that lies between groups.

    Examples
    --------
    >>> share_between(np.array([0.0, 1.0, 1.0, 2.0]), np.array([0, 0, 1, 1]))
    0.5
    """
    means = pd.Series(treatment).groupby(codes).transform("mean").to_numpy()
    return float(np.var(means) / np.var(treatment))


def _judged(real: Estimate, fitted: Sequence[Estimate], *, between: float) -> tuple[Verdict, str]:
    found = values_of(fitted)
    n, beyond = found.size, int((np.abs(found) >= abs(real.value)).sum())
    if n < _FEWEST:
        return "cannot say", f"Only {n} placebos could be fitted, fewer than {_FEWEST}."
    called = sum(e.p_value < ALARM for e in fitted)
    centre, spread = float(found.mean()), float(found.var(ddof=1))
    claimed = float(np.mean([e.standard_error**2 for e in fitted]))
    limit = (1 + _TOLERATED) ** 2 * stats.chi2.isf(ALARM / 2, n - 1) / (n - 1)
    wide = spread > limit * claimed * (1 - between)
    shifted = centre**2 > stats.chi2.isf(ALARM / 2, 1) * (claimed * between * (1 - between) + spread / n)
    lot = (1 + beyond) / (1 + n)
    unsupported = real.p_value < ALARM and lot > 2 * ALARM
    said = (
        f"Of {n} placebos {share(called / n)} are called significant (5 % would be by chance), their mean is "
        f"{signed(centre)}; {beyond} lie as far out as the real {signed(real.value)} (p = {lot:.3f} by lot)."
    )
    wrong = (("spread more than the design says", wide), ("do not lie about zero", shifted))
    reasons = [text for text, holds in wrong if holds]
    if reasons:
        said += f" They {' and '.join(reasons)}."
    return ("fails" if reasons or unsupported else "passes"), said


def _table(real: Estimate, fitted: Sequence[Estimate]) -> pd.DataFrame:
    rows = [(-1, real.value, real.p_value), *((i, e.value, e.p_value) for i, e in enumerate(fitted))]
    return pd.DataFrame(rows, columns=["draw", "estimate", "p_value"])
