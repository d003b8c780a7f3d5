"""League priors: what is known of a metric before a team has played, as of a week.

A season's own league numbers are mixed with the season before, whose observations count
:data:`PREVIOUS_SEASON_DISCOUNT` each: leagues drift (passing, scoring), so last year's level is worth less than this
year's, but in September it is all there is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.features.metrics import Kind
from workbench.features.priors import MAXIMUM_STRENGTH, BetaPrior, NormalPrior, beta_prior, normal_prior
from workbench.features.tallies import totals

#: What an observation of last season is worth beside one of this season.
PREVIOUS_SEASON_DISCOUNT: Final = 0.25
#: A unit with fewer observations is left out of estimating the spread (a receiver's single trick pass).
MINIMUM_OBSERVATIONS: Final = 5.0
PRIOR_COLUMNS: Final = (
    "season", "week", "metric", "kind", "mean", "between_variance", "within_variance", "prior_strength", "units",
    "n_current", "n_previous", "previous_discount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _SeasonSpread:
    """One season's estimate of a metric's level and spread."""

    mean: float
    between: float
    within: float
    units: int
    observations: float


def league_priors(
    tallies: pd.DataFrame,
    *,
    kinds: dict[str, Kind],
    season: int,
    week: int,
    unit: str = "team",
    previous_discount: float = PREVIOUS_SEASON_DISCOUNT,
) -> pd.DataFrame:
    """Return each metric's league prior as it stood before a week.

    Parameters
    ----------
    tallies : DataFrame
        Rows ``season, week, metric, <unit>, total, n``; only the season's weeks before ``week`` and the season before
        are read.
    kinds : dict of str to {"mean", "rate"}
        The metrics wanted, with their family.
    season, week : int
        The week to be predicted.
    unit : str, default "team"
        The column that names the units.
    previous_discount : float, default 0.25
        What an observation of the season before counts.

    Returns
    -------
    DataFrame
        Columns ``PRIOR_COLUMNS``: ``within_variance`` is the variance of one observation, between games included
        (plays of a game are not independent); ``prior_strength`` the observations that weigh as much as the prior;
        ``units`` how many teams the spread was estimated from. A metric without observations has no row.
    """
    current = tallies[tallies["season"].eq(season) & tallies["week"].lt(week)]
    previous = tallies[tallies["season"].eq(season - 1)]
    rows = []
    for metric, kind in kinds.items():
        spreads = [_spread(part[part["metric"].eq(metric)], kind=kind, unit=unit) for part in (current, previous)]
        if any(spread.observations > 0 for spread in spreads):
            rows.append({"metric": metric, "kind": kind, **_mixed(spreads, kind=kind, discount=previous_discount)})
    frame = pd.DataFrame(rows, columns=[c for c in PRIOR_COLUMNS if c not in {"season", "week", "previous_discount"}])
    return frame.assign(season=season, week=week, previous_discount=previous_discount)[list(PRIOR_COLUMNS)]


def prior_of(row: pd.Series) -> NormalPrior | BetaPrior:
    """Return the prior that a row of :func:`league_priors` describes."""
    if row["kind"] == "rate":
        return BetaPrior(mean=float(row["mean"]), strength=float(row["prior_strength"]))
    return NormalPrior(mean=float(row["mean"]), variance=float(row["between_variance"]), units=int(row["units"]))


def clustered_variance(tallies: pd.DataFrame, *, unit: str = "team") -> float:
    """Return the variance of one observation within a unit, allowing for games.

    The variance of a unit's raw number is taken from its games (each game's total less its count times the unit's raw
    number), pooled over units with at least two games, then divided back to one observation. NaN where no unit has two
    games.
    """
    sums = totals(tallies, unit=unit).set_index(unit)
    games = tallies[tallies["n"] > 0]
    raw = games[unit].map(sums["raw"])
    spare = games[unit].map(sums["games"])
    residual = (games["total"] - games["n"] * raw)[spare > 1] ** 2
    unbiased = residual * spare[spare > 1] / (spare[spare > 1] - 1)
    count = float(games["n"][spare > 1].sum())
    return float(unbiased.sum() / count) if count > 0 else float("nan")


def _spread(tallies: pd.DataFrame, *, kind: Kind, unit: str) -> _SeasonSpread:
    sums = totals(tallies, unit=unit)
    if sums.empty:
        return _SeasonSpread(float("nan"), float("nan"), float("nan"), 0, 0.0)
    observations = float(sums["n"].sum())
    mean = float(sums["total"].sum() / observations)
    counted = sums[sums["n"] >= min(MINIMUM_OBSERVATIONS, sums["n"].max())]
    if kind == "rate":
        prior = beta_prior(counted["total"], trials=counted["n"])
        between, within = prior.variance, mean * (1.0 - mean)
    else:
        within = clustered_variance(tallies, unit=unit)
        between = _between(counted, within=within)
    return _SeasonSpread(mean, between, within, len(counted), observations)


def _between(sums: pd.DataFrame, *, within: float) -> float:
    if not within > 0:
        return float("nan")
    return normal_prior(sums["raw"], sampling_variances=within / sums["n"]).variance


def _mixed(spreads: Iterable[_SeasonSpread], *, kind: Kind, discount: float) -> dict[str, float]:
    current, previous = spreads
    both = [(current, current.observations), (previous, discount * previous.observations)]
    mean, within, between = (_average(both, name) for name in ("mean", "within", "between"))
    # a beta prior of strength s spreads by mean (1 - mean) / (s + 1)
    strength = within / between - (kind == "rate") if between > 0 else MAXIMUM_STRENGTH
    return {
        "mean": mean,
        "between_variance": between,
        "within_variance": within,
        "prior_strength": float(np.clip(strength, 1e-3, MAXIMUM_STRENGTH)),
        "units": max(current.units, previous.units),
        "n_current": current.observations,
        "n_previous": previous.observations,
    }


def _average(parts: list[tuple[_SeasonSpread, float]], name: str) -> float:
    values = np.array([getattr(spread, name) for spread, _ in parts])
    weights = np.array([weight for _, weight in parts])
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else float("nan")
