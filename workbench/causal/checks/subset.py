"""Subsets: the estimate must not hang on a few games or on one season.

False alarms: a subset without a share 1 - f of the rows differs from the whole by se sqrt((1 - f) / f); the farthest of
the draws is judged at 2.5 % for all (Sidak). Leaving out one season at a time gives a jackknife variance, judged
against the design's own by a chi-square at 2.5 %. A sound design fails in about one of twenty cases.
"""

from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.checks.base import ALARM, CheckResult, Verdict, signed, treatment_of, values_of
from workbench.causal.result import Design, Estimate

NAME: Final = "subset"
#: Treated rows and seasons below which a subset says nothing.
_FEWEST_TREATED: Final = 20
_FEWEST_SEASONS: Final = 4


def subset(
    design: Design,
    rows: pd.DataFrame,
    *,
    rng: np.random.Generator,
    draws: int = 50,
    fraction: float = 0.8,
    estimate: Estimate | None = None,
) -> CheckResult:
    """Fit on random subsets, and on all seasons but one.

    Returns
    -------
    CheckResult
        Its table has one row a fit: ``left_out`` ("a fifth", or the season), ``estimate, rows``.
    """
    real = estimate or design.fit(rows)
    if np.count_nonzero(treatment_of(design, rows)) < _FEWEST_TREATED:
        empty = pd.DataFrame({"left_out": [], "estimate": [], "rows": []})
        sentence = f"Fewer than {_FEWEST_TREATED} rows are treated: each subset would hang on a few."
        return CheckResult(name=NAME, verdict="cannot say", table=empty, sentence=sentence)
    size = round(fraction * len(rows))
    lots = [rng.choice(len(rows), size, replace=False) for _ in range(draws)]
    random = [design.fit(rows.iloc[np.sort(lot)].reset_index(drop=True)) for lot in lots]
    seasons = _without_each_season(design, rows)
    verdict, sentence = _judged(real, random, seasons, fraction=fraction)
    fits = [(share_left(fraction), e) for e in random] + [(str(s), e) for s, e in seasons.items()]
    table = pd.DataFrame([(name, e.value, e.rows) for name, e in fits], columns=["left_out", "estimate", "rows"])
    return CheckResult(name=NAME, verdict=verdict, table=table, sentence=sentence)


def share_left(fraction: float) -> str:
    """Return what a random subset leaves out, in words.

    Examples
    --------
    >>> share_left(0.8)
    '20 % at random'
    """
    return f"{100 * (1 - fraction):.0f} % at random"


def _without_each_season(design: Design, rows: pd.DataFrame) -> dict[int, Estimate]:
    """Return the fits without each season that holds treatment: to leave out another tells little."""
    treated = rows.loc[treatment_of(design, rows) != 0, "season"]
    names = sorted(int(s) for s in treated.unique())
    if len(names) < _FEWEST_SEASONS:
        return {}
    return {s: design.fit(rows.loc[rows["season"] != s].reset_index(drop=True)) for s in names}


def _judged(
    real: Estimate, random: list[Estimate], seasons: dict[int, Estimate], *, fraction: float
) -> tuple[Verdict, str]:
    found = values_of(random)
    far = np.abs(found - real.value).max() / (real.standard_error * np.sqrt((1 - fraction) / fraction))
    # A tenth is let pass, as for the placebos: the error itself is estimated.
    limit = 1.1 * stats.norm.isf(-np.expm1(np.log1p(-ALARM / 2) / found.size) / 2)
    said = f"Subsets of {100 * fraction:.0f} % give {signed(found.min())} to {signed(found.max())}"
    if not seasons:
        ending = f"; fewer than {_FEWEST_SEASONS} seasons hold treatment, so none is left out by itself."
        return ("fails" if far > limit else "passes"), said + ending
    each = values_of(seasons.values())
    n = each.size
    jackknife = (n - 1) / n * float(((each - each.mean()) ** 2).sum())
    ratio = jackknife / real.standard_error**2
    most = list(seasons)[int(np.argmax(np.abs(each - real.value)))]
    said += f", leaving out a season {signed(each.min())} to {signed(each.max())}; {most} weighs most"
    failed = far > limit or ratio > stats.chi2.isf(ALARM / 2, n - 1) / (n - 1)
    ending = ": more than its standard error allows." if failed else ", no more than its standard error allows."
    return ("fails" if failed else "passes"), said + ending
