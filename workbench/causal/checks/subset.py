"""Subsets: the estimate must not hang on a few games or on one season.

False alarms: a subset without a share 1 - f of the rows differs from the whole by se sqrt((1 - f) / f); the farthest of
the draws is judged at 2.5 % for all (Sidak). Leaving out one season at a time gives a jackknife variance, judged
against the design's own by a chi-square at 2.5 %. A sound design fails in about one of twenty cases.
"""

from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.checks.base import ALARM, CheckResult, Floats, Refits, Verdict, refits_of, signed, treatment_of
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
    again: Refits | None = None,
) -> CheckResult:
    """Fit on random subsets, and on all seasons but one.

    Parameters
    ----------
    draws, fraction : int, float
        How many subsets, and of which share of the rows.
    again : Refits, optional
        Of the design on these rows, where they are at hand.

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
    lots = [np.sort(rng.choice(len(rows), size, replace=False)) for _ in range(draws)]
    refitted = again or refits_of(design, rows)
    random, names = refitted.on_rows(lots), _treated_seasons(design, rows)
    seasons = dict(zip(names, refitted.without_seasons(names), strict=True))
    verdict, sentence = _judged(real, random, seasons, fraction=fraction)
    known = rows[design.outcome].notna().to_numpy()
    counts = [int(known[lot].sum()) for lot in lots] + [int(known[rows["season"] != s].sum()) for s in names]
    table = pd.DataFrame(
        {"left_out": [share_left(fraction)] * draws + [str(s) for s in names],
         "estimate": [*random, *seasons.values()], "rows": counts}
    )  # fmt: skip
    return CheckResult(name=NAME, verdict=verdict, table=table, sentence=sentence)


def share_left(fraction: float) -> str:
    """Return what a random subset leaves out, in words.

    Examples
    --------
    >>> share_left(0.8)
    '20 % at random'
    """
    return f"{100 * (1 - fraction):.0f} % at random"


def _treated_seasons(design: Design, rows: pd.DataFrame) -> list[int]:
    """Return the seasons that hold treatment, each left out by itself: to leave out another tells little."""
    treated = rows.loc[treatment_of(design, rows) != 0, "season"]
    names = sorted(int(s) for s in treated.unique())
    return names if len(names) >= _FEWEST_SEASONS else []


def _judged(real: Estimate, random: Floats, seasons: dict[int, float], *, fraction: float) -> tuple[Verdict, str]:
    found = random[np.isfinite(random)]
    far = np.abs(found - real.value).max() / (real.standard_error * np.sqrt((1 - fraction) / fraction))
    # A tenth is let pass, as for the placebos: the error itself is estimated.
    limit = 1.1 * stats.norm.isf(-np.expm1(np.log1p(-ALARM / 2) / found.size) / 2)
    said = f"Subsets of {100 * fraction:.0f} % give {signed(found.min())} to {signed(found.max())}"
    if not seasons:
        ending = f"; fewer than {_FEWEST_SEASONS} seasons hold treatment, so none is left out by itself."
        return ("fails" if far > limit else "passes"), said + ending
    able = {season: value for season, value in seasons.items() if np.isfinite(value)}
    each = np.array(list(able.values()))
    n = each.size
    jackknife = (n - 1) / n * float(((each - each.mean()) ** 2).sum())
    ratio = jackknife / real.standard_error**2
    most = list(able)[int(np.argmax(np.abs(each - real.value)))]
    said += f", leaving out a season {signed(each.min())} to {signed(each.max())}; {most} weighs most"
    failed = far > limit or ratio > stats.chi2.isf(ALARM / 2, n - 1) / (n - 1)
    ending = ": more than its standard error allows." if failed else ", no more than its standard error allows."
    return ("fails" if failed else "passes"), said + ending
