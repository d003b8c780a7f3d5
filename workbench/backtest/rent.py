"""Which module earns its keep: what variants with it and without it scored on the same games, and a verdict.

A difference counts what the module adds, so that positive is good on every measure: closing line value in points with
it less without it, Brier score and log loss without it less with it. Weeks are resampled whole, the same weeks for both
sides; with fewer than six weeks games are, and the table says so. A verdict looks at three numbers a module, and Holm's
step-down over all modules keeps the chance that luck alone decides any of them at five in a hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from workbench.decision.evaluation import brier, log_loss
from workbench.decision.variants import Comparison, comparisons
from workbench.intervals import holm

Floats = NDArray[np.float64]
Verdict = Literal["pays", "unclear", "does not pay"]
VERDICTS: Final[tuple[Verdict, ...]] = ("pays", "unclear", "does not pay")
RENT_COLUMNS: Final = (
    "module", "against", "measure", "scope", "with_it", "without_it", "difference", "low", "high", "standard_error",
    "p", "p_holm", "detectable", "n", "n_weeks", "blocks",
)  # fmt: skip
#: The looks a verdict rests on: the same number of edges a week for everybody, and every game's probabilities.
PRIMARY: Final = (("clv_points", "ten largest edges"), ("brier", "all targets"), ("log_loss", "all targets"))
#: The least a module must add to be worth keeping: points, and a fifth of what a usual Brier gap of open and close is.
LEAST_RENT: Final = {"clv_points": 0.05, "brier": 0.0005, "log_loss": 0.001}
#: Resamples: the smallest p-value is then a tenth of what the strictest of eighteen looks asks for.
RESAMPLES: Final = 4_000
ALPHA: Final = 0.05
_MINIMUM_WEEKS: Final = 6
_POWER: Final = 0.8


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two ratios on the same blocks.

    Attributes
    ----------
    first, second, value : float
        The two ratios, and the first less the second.
    low, high : float
        95 % interval; null with fewer than two blocks.
    standard_error, p : float
        Of the resamples; p is two-sided.
    """

    first: float
    second: float
    value: float
    low: float
    high: float
    standard_error: float
    p: float


def paired_difference(
    first: ArrayLike, second: ArrayLike, *, blocks: ArrayLike, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Difference:
    """Return the difference of two means whose terms fall into common blocks, resampling whole blocks.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Terms of either mean in rows of common length; NaN where that side has no term in a row, so that the two may
        rest on different bets of the same weeks.
    blocks : array_like, shape (n,)
    rng : Generator
    resamples : int

    Returns
    -------
    Difference
        Percentiles about the estimate are widened by ``sqrt(k / (k - 1))`` and the ratio of Student's to the normal
        quantile, without which k blocks cover too seldom (Hesterberg 2015, doi:10.1080/00031305.2015.1089789).

    Examples
    --------
    >>> d = paired_difference([1.0, 3.0, 2.0], [0.0, 2.0, 1.0], blocks=["a", "b", "c"], rng=np.random.default_rng(1))
    >>> d.value, round(d.low, 9), round(d.high, 9)
    (1.0, 1.0, 1.0)
    """
    _, place = np.unique(np.asarray(blocks), return_inverse=True)
    sides = [np.asarray(side, dtype=np.float64) for side in (first, second)]
    sums = np.stack([column for side in sides for column in _block_sums(side, place)])
    ratios = _ratios(sums.sum(axis=1))
    value = float(ratios[0] - ratios[1])
    k = sums.shape[1]
    if k < 2 or not np.isfinite(value):
        return Difference(float(ratios[0]), float(ratios[1]), value, np.nan, np.nan, np.nan, np.nan)
    counts = rng.multinomial(k, np.full(k, 1.0 / k), size=resamples).astype(np.float64)
    drawn = _ratios((counts @ sums.T).T)
    off = (drawn[0] - drawn[1] - value)[np.isfinite(drawn[0] - drawn[1])]
    off *= np.sqrt(k / (k - 1)) * t.ppf(0.975, k - 1) / norm.ppf(0.975)
    low, high = value + np.quantile(off, [0.025, 0.975])
    return Difference(
        float(ratios[0]), float(ratios[1]), value, float(low), float(high), float(off.std()), _p_value(value, off)
    )


def _block_sums(values: Floats, place: NDArray[np.intp]) -> tuple[Floats, Floats]:
    known, n = np.isfinite(values), int(place.max()) + 1 if len(place) else 0
    terms = np.bincount(place, weights=np.where(known, values, 0.0), minlength=n)
    return terms.astype(np.float64), np.bincount(place, weights=known, minlength=n).astype(np.float64)


def _ratios(sums: Floats) -> Floats:
    """Return both means from term sums and counts, shape (2, ...); null where nothing was counted."""
    with np.errstate(invalid="ignore", divide="ignore"):
        out: Floats = np.stack([sums[0] / sums[1], sums[2] / sums[3]])
    return out


def _p_value(value: float, off: Floats) -> float:
    """Return how often chance moves a difference of nothing as far as this one, either way; one where none moved."""
    if value == 0.0 or len(off) == 0:
        return 1.0
    return float((1 + np.count_nonzero(np.abs(off) >= abs(value) * (1 - 1e-12))) / (1 + len(off)))


def rent_table(
    picks: pd.DataFrame,
    said: pd.DataFrame,
    *,
    rng: np.random.Generator,
    pairs: Sequence[Comparison] | None = None,
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """Return what each module adds, on closing line value, Brier score and log loss.

    Parameters
    ----------
    picks, said : DataFrame
        Of `backtest.rent_walk.VariantWeeks`; variants that are not there are not compared.
    rng : Generator
    pairs : sequence of Comparison, optional
        Default: both looks at all six modules.
    resamples : int

    Returns
    -------
    DataFrame
        `RENT_COLUMNS`: one row a comparison, measure and scope. ``difference`` is positive where the module helps.
        ``p_holm`` is there for the looks a verdict rests on, adjusted for all of them against the same base.
        ``detectable`` is the difference that would have been found four times in five at the strictest of these looks.
    """
    there = set(said.columns)
    wanted = [c for c in (comparisons() if pairs is None else pairs) if {c.having, c.lacking} <= there]
    rows = [row for pair in wanted for row in _pair_rows(picks, said, pair, rng=rng, resamples=resamples)]
    table = pd.DataFrame(rows, columns=[c for c in RENT_COLUMNS if c not in ("p_holm", "detectable")])
    table["p_holm"] = np.nan
    looks = pd.Series(list(zip(table["measure"], table["scope"], strict=True)), dtype=object).isin(list(PRIMARY))
    table["detectable"] = np.nan
    for against, mine in table[looks & table["p"].notna()].groupby("against"):
        table.loc[mine.index, "p_holm"] = holm(mine["p"].to_numpy())
        reach, own = norm.ppf(1 - ALPHA / 2 / len(mine)) + norm.ppf(_POWER), table["against"] == against
        table.loc[own, "detectable"] = reach * table.loc[own, "standard_error"]
    return table.reindex(columns=list(RENT_COLUMNS))


def _pair_rows(
    picks: pd.DataFrame, said: pd.DataFrame, pair: Comparison, *, rng: np.random.Generator, resamples: int
) -> list[dict[str, object]]:
    """Return the rows of one module against one base."""
    rows: list[dict[str, object]] = []

    def add(measure: str, scope: str, frame: pd.DataFrame, sign: float) -> None:
        blocks, name = _blocks(frame)
        d = paired_difference(frame["having"], frame["lacking"], blocks=blocks, rng=rng, resamples=resamples)
        low, high = sorted((sign * d.low, sign * d.high)) if np.isfinite(d.low) else (np.nan, np.nan)
        counted = {"n": int(frame["having"].notna().sum()), "n_weeks": _weeks(frame).nunique(), "blocks": name}
        told = {"module": pair.module, "against": pair.against, "measure": measure, "scope": scope}
        numbers = {"with_it": d.first, "without_it": d.second, "difference": sign * d.value, "low": low, "high": high}
        rows.append(told | numbers | {"standard_error": d.standard_error, "p": d.p} | counted)

    for scope, rule in (("ten largest edges", "top"), ("bets chosen", "bet")):
        add("clv_points", scope, _clv_terms(picks[picks[rule].astype(bool)], pair), 1.0)
    both = said[said["outcome"].notna() & said[pair.having].notna() & said[pair.lacking].notna()]
    for scope in ("all targets", *sorted(set(both["target"]))):
        part = both if scope == "all targets" else both[both["target"] == scope]
        for measure, score in (("brier", brier), ("log_loss", log_loss)):
            terms = {side: score(part[getattr(pair, side)], part["outcome"]) for side in ("having", "lacking")}
            add(measure, scope, part[["game_id", "season", "week"]].assign(**terms), -1.0)
    return rows


def _clv_terms(picks: pd.DataFrame, pair: Comparison) -> pd.DataFrame:
    """Return the closing line values of both sides' picks below each other, each in its own column."""
    graded = picks[picks["headline"].astype(bool) & picks["clv_points"].notna()]
    parts = []
    for side in ("having", "lacking"):
        own = graded[graded["variant"] == getattr(pair, side)]
        parts.append(own[["game_id", "season", "week"]].assign(**{side: own["clv_points"].astype(np.float64)}))
    both: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return both.reindex(columns=["game_id", "season", "week", "having", "lacking"])


def _weeks(frame: pd.DataFrame) -> "pd.Series[int]":
    weeks: pd.Series[int] = frame["season"] * 100 + frame["week"]
    return weeks


def _blocks(frame: pd.DataFrame) -> tuple[ArrayLike, str]:
    weeks = _weeks(frame)
    if weeks.nunique() >= _MINIMUM_WEEKS:
        return weeks.to_numpy(), "week"
    return frame["game_id"].to_numpy(), "game"


def rent_verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a verdict a module and base: ``module, against, verdict, because``.

    Pays: after Holm's correction at least one of the three looks is better with the module, and none is surely worse
    (its whole interval below zero). Does not pay: at least one is worse after correction and none better, or all three
    intervals end below the least worth having, or the module changes nothing at all. Unclear: everything else.
    """
    looks = table[table["p_holm"].notna() | (table["difference"] == 0.0)]
    looks = looks[[pair in PRIMARY for pair in zip(looks["measure"], looks["scope"], strict=True)]]
    rows = [
        {"module": module, "against": against, **_verdict(part)}
        for (module, against), part in looks.groupby(["module", "against"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["module", "against", "verdict", "because"])


def _verdict(looks: pd.DataFrame) -> dict[str, str]:
    if (looks["difference"] == 0.0).all():
        return {"verdict": "does not pay", "because": "it changes nothing here"}
    sure = looks["p_holm"] < ALPHA
    better, worse = sure & (looks["difference"] > 0), sure & (looks["difference"] < 0)
    if better.any() and not (looks["high"] < 0).any():
        return {"verdict": "pays", "because": f"{_listed(looks[better])} better"}
    if worse.any() and not better.any():
        return {"verdict": "does not pay", "because": f"{_listed(looks[worse])} worse"}
    if better.any():
        return {
            "verdict": "unclear",
            "because": f"{_listed(looks[better])} better, {_listed(looks[looks.high < 0])} worse",
        }
    if (looks["high"] < looks["measure"].map(LEAST_RENT)).all():
        return {"verdict": "does not pay", "because": "too little to be worth having"}
    return {"verdict": "unclear", "because": "chance could do it"}


def _listed(looks: pd.DataFrame) -> str:
    words = {"clv_points": "closing line value", "brier": "Brier score", "log_loss": "log loss"}
    return " and ".join(words[name] for name in looks["measure"])
