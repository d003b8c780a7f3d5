"""Two arms of an experiment on the same weeks and games: what the change made of each measure, and if it is luck."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from workbench.decision.evaluation import brier, log_loss
from workbench.intervals import holm

Floats = NDArray[np.float64]
#: Measures: words, unit, and whether more is better.
MEASURES: Final = {
    "clv": ("closing line value", "points", True),
    "brier": ("Brier score", "", False),
    "log_loss": ("log loss", "", False),
    "roi": ("return on stakes", "%", True),
    "growth": ("log growth a week", "%", True),
}
#: What a verdict rests on: the price, the forecast, the money.
PRIMARY: Final = ("clv", "brier", "growth")
ALPHA: Final = 0.05
_KEY: Final = ["season", "week"]


@dataclass(frozen=True, slots=True)
class Arm:
    """What one run of the study ``backtest`` left: its tables, as far as a comparison reads them.

    Attributes
    ----------
    bets : DataFrame
        ``season, week, clv_points, headline, profit_units, stake_units, base_units``.
    evaluated : DataFrame
        ``game_id, season, week, target, model, outcome``.
    weeks : DataFrame
        ``season, week``: decided, with or without bets.
    """

    bets: pd.DataFrame
    evaluated: pd.DataFrame
    weeks: pd.DataFrame

    def of_seasons(self, seasons: Sequence[int]) -> "Arm":
        """Return the part of some seasons."""
        parts = (self.bets, self.evaluated, self.weeks)
        return Arm(*(part[part["season"].isin(list(seasons))].reset_index(drop=True) for part in parts))


@dataclass(frozen=True, slots=True)
class Gap:
    """The change's value of a measure less the base's, weeks taken whole.

    Attributes
    ----------
    measure : str
    base, change : float
    value, low, high, standard_error, p : float
        95 % interval and two-sided p-value, Student on weeks less one; NaN with fewer than two weeks.
    weeks, terms : int
        ``terms`` counts the change's bets, events or weeks.
    """

    measure: str
    base: float
    change: float
    value: float
    low: float
    high: float
    standard_error: float
    p: float
    weeks: int
    terms: int


def gaps(base: Sequence[Arm], change: Sequence[Arm], *, same_lines: bool = True) -> list[Gap]:
    """Return every measure of the change beside the base's.

    Parameters
    ----------
    base, change : sequence of Arm
        One a seed, in the same order; seeds share their weeks.
    same_lines : bool, default True
        Whether both were decided at the same instant: else spreads and totals are other events, and only winners are
        scored.
    """
    sums = {name: [_pair_sums(name, b, c, same_lines=same_lines) for b, c in zip(base, change, strict=True)]
            for name in MEASURES}  # fmt: skip
    found = [ratio_gap(name, pd.concat(parts)) for name, parts in sums.items()]
    bets = sum(len(arm.bets) for arm in change)  # a return's denominator is units, and a reader asks for bets
    return [replace(gap, terms=bets) if gap.measure == "roi" else gap for gap in found]


def _pair_sums(name: str, base: Arm, change: Arm, *, same_lines: bool) -> pd.DataFrame:
    """Return, a week, numerators and denominators of both arms: ``season, week, n0, d0, n1, d1``."""
    if name in ("brier", "log_loss"):
        return _score_sums(name, base, change, same_lines=same_lines)
    calendar = pd.concat([base.weeks[_KEY], change.weeks[_KEY]]).drop_duplicates()
    for place, arm in enumerate((base, change)):
        calendar = calendar.merge(_money_sums(name, arm, place=place), on=_KEY, how="left")
    filled = calendar.fillna(0.0)
    if name == "growth":  # a week without a bet is a week without growth
        filled[["d0", "d1"]] = 1.0
    return filled


def _money_sums(name: str, arm: Arm, *, place: int) -> pd.DataFrame:
    bets = arm.bets
    if name == "clv":
        bets = bets[bets["headline"].astype(bool) & bets["clv_points"].notna()]
        terms = bets.assign(n=bets["clv_points"].astype(float), d=1.0)
    elif name == "roi":
        settled = bets[bets["profit_units"].notna() & (bets["outcome"] != "void")]
        terms = settled.assign(n=settled["profit_units"].astype(float), d=settled["stake_units"].astype(float))
    else:
        terms = bets.assign(n=bets["profit_units"].astype(float).fillna(0.0) / bets["base_units"].astype(float), d=1.0)
    summed = terms.groupby(_KEY)[["n", "d"]].sum().reset_index()
    if name == "growth":
        summed["n"] = np.log1p(summed["n"].clip(lower=-0.999999))
    return summed.rename(columns={"n": f"n{place}", "d": f"d{place}"})


def _score_sums(name: str, base: Arm, change: Arm, *, same_lines: bool) -> pd.DataFrame:
    columns = ["game_id", "target", *_KEY, "model", "outcome"]
    both = base.evaluated[columns].merge(
        change.evaluated[["game_id", "target", "model"]], on=["game_id", "target"], suffixes=("_0", "_1")
    )
    both = both[both[["model_0", "model_1", "outcome"]].notna().all(axis=1)]
    if not same_lines:
        both = both[both["target"] == "win"]
    score = brier if name == "brier" else log_loss
    scored = both[_KEY].copy()
    for place in (0, 1):
        scored[f"n{place}"] = np.asarray(score(both[f"model_{place}"], both["outcome"]), dtype=float)
        scored[f"d{place}"] = 1.0
    return scored.groupby(_KEY)[["n0", "d0", "n1", "d1"]].sum().reset_index()


def ratio_gap(measure: str, weeks: pd.DataFrame) -> Gap:
    """Return the gap of two ratios of weekly sums, its error from how weeks pull at either ratio.

    Parameters
    ----------
    weeks : DataFrame
        ``season, week, n0, d0, n1, d1``; a week may stand there once a seed.

    Examples
    --------
    >>> frame = pd.DataFrame({"season": 1, "week": [1, 2, 3], "n0": 1.0, "d0": 1.0, "n1": [1.0, 2.0, 3.0], "d1": 1.0})
    >>> found = ratio_gap("clv", frame)
    >>> found.value, round(found.standard_error, 3), found.weeks
    (1.0, 0.577, 3)
    """
    sums = weeks.groupby(_KEY)[["n0", "d0", "n1", "d1"]].sum().to_numpy(dtype=float).T
    k = sums.shape[1]
    n0, d0, n1, d1 = sums.sum(axis=1) if k else np.zeros(4)
    if not (d0 > 0 and d1 > 0):
        return Gap(measure, *(float("nan"),) * 7, weeks=k, terms=int(d1))
    ratios = n0 / d0, n1 / d1
    pull = (sums[2] - ratios[1] * sums[3]) / d1 - (sums[0] - ratios[0] * sums[1]) / d0
    value = float(ratios[1] - ratios[0])
    if k < 2:
        return Gap(measure, ratios[0], ratios[1], value, *(float("nan"),) * 4, weeks=k, terms=int(d1))
    error = float(np.sqrt(k / (k - 1) * np.square(pull).sum()))
    if error < 1e-15:  # both arms did the same in every week
        return Gap(measure, ratios[0], ratios[1], value, value, value, 0.0, 1.0, weeks=k, terms=int(d1))
    reach = float(stdtrit(k - 1, 0.975)) * error
    p = float(2 * stdtr(k - 1, -abs(value) / error))
    return Gap(measure, ratios[0], ratios[1], value, value - reach, value + reach, error, p, weeks=k, terms=int(d1))


def holm_looks(found: Iterable[tuple[str, Sequence[int], Sequence[Gap]]]) -> pd.DataFrame:
    """Return the looks that verdicts rest on, corrected for all experiments that looked at some of the same seasons.

    Parameters
    ----------
    found : iterable of (experiment, seasons, gaps)

    Returns
    -------
    DataFrame
        ``experiment, measure, value, low, high, p, p_holm, looks, better``: a look at which nothing changed is none.
    """
    every = list(found)
    rows = [
        {"experiment": name, "seasons": frozenset(seasons), "measure": g.measure, "value": g.value, "low": g.low,
         "high": g.high, "p": g.p, "better": (g.value > 0) == MEASURES[g.measure][2]}
        for name, seasons, several in every
        for g in several
        if g.measure in PRIMARY and np.isfinite(g.p) and g.standard_error > 0
    ]  # fmt: skip
    columns = ["experiment", "seasons", "measure", "value", "low", "high", "p", "better"]
    looks = pd.DataFrame(rows, columns=columns)
    adjusted, counted = [], []
    for row in rows:
        shared = [other for other in rows if other["seasons"] & row["seasons"]]  # type: ignore[operator]
        corrected = holm(np.array([other["p"] for other in shared], dtype=float))
        adjusted.append(float(corrected[next(i for i, other in enumerate(shared) if other is row)]))
        counted.append(len(shared))
    return looks.assign(p_holm=adjusted, looks=counted).drop(columns="seasons")


def verdict(experiment: str, looks: pd.DataFrame) -> tuple[str, str]:
    """Return a verdict and why: ``better, worse, mixed, unclear`` or ``the same``.

    Parameters
    ----------
    looks : DataFrame
        From `holm_looks`.
    """
    mine = looks[looks["experiment"] == experiment]
    if mine.empty:
        return "the same", "no price, forecast or stake differs"
    sure = mine[mine["p_holm"] < ALPHA]
    better, worse = (
        [MEASURES[m][0] for m in sure.loc[sure["better"].astype(bool) == wanted, "measure"]] for wanted in (True, False)
    )
    if better and worse:
        return "mixed", f"{' and '.join(better)} better, {' and '.join(worse)} worse"
    if better or worse:
        return ("better", " and ".join(better)) if better else ("worse", " and ".join(worse))
    return "unclear", "no difference that chance could not make"
