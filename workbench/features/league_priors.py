"""League priors: what is known of a metric before a team has played, as of a week.

A season's own league numbers are mixed with the season before, whose observations count
:data:`PREVIOUS_SEASON_DISCOUNT` each: leagues drift (passing, scoring), so last year's level is worth less than this
year's, but in September it is all there is.
"""

from typing import Final

import numpy as np
import pandas as pd

from workbench.features.metrics import Kind
from workbench.features.priors import MAXIMUM_STRENGTH, BetaPrior, Floats, NormalPrior, beta_prior, normal_prior
from workbench.features.tallies import totals

#: What an observation of last season is worth beside one of this season.
PREVIOUS_SEASON_DISCOUNT: Final = 0.25
#: A unit with fewer observations is left out of estimating the spread (a receiver's single trick pass).
MINIMUM_OBSERVATIONS: Final = 5.0
PRIOR_COLUMNS: Final = (
    "season", "week", "metric", "kind", "mean", "between_variance", "within_variance", "prior_strength", "units",
    "n_current", "n_previous", "previous_discount",
)  # fmt: skip


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
    current = tallies["season"].eq(season) & tallies["week"].lt(week)
    seen = tallies[current | tallies["season"].eq(season - 1)]
    spreads = season_spreads(seen, kinds=kinds, unit=unit)
    rows = [
        {"metric": metric, "kind": kinds[str(metric)], **_mixed(part, season=season, discount=previous_discount)}
        for metric, part in spreads.groupby("metric", sort=True)
    ]
    frame = pd.DataFrame(rows, columns=[c for c in PRIOR_COLUMNS if c not in {"season", "week", "previous_discount"}])
    return frame.assign(season=season, week=week, previous_discount=previous_discount)[list(PRIOR_COLUMNS)]


def season_spreads(tallies: pd.DataFrame, *, kinds: dict[str, Kind], unit: str = "team") -> pd.DataFrame:
    """Return each season's own level and spread of each metric.

    Parameters
    ----------
    tallies : DataFrame
        Rows ``season, metric, <unit>, total, n``.
    kinds : dict of str to {"mean", "rate"}
    unit : str, default "team"

    Returns
    -------
    DataFrame
        ``season, metric, kind, mean, within, between, units, observations``: ``within`` and ``between`` are NaN where
        the season has too few games to tell.
    """
    counted = tallies[tallies["metric"].isin(list(kinds)) & tallies["n"].gt(0)]
    sums = totals(counted, by=["season", "metric", unit])
    within = clustered_variances(counted, unit=unit)
    rows = []
    for (season, metric), group in sums.groupby(["season", "metric"], sort=True)[["total", "n"]]:
        total, n = group["total"].to_numpy(dtype=np.float64), group["n"].to_numpy(dtype=np.float64)
        kind = kinds[str(metric)]
        mean = float(total.sum() / n.sum())
        inside = float(within.get((season, metric), float("nan")))
        if kind == "rate":
            # plays of a game go together (a script, a rival), so that a rate varies more than coin tosses would
            inside = float(np.nanmax([inside, mean * (1.0 - mean)]))
        between = _between(total, n, kind=kind, within=inside)
        rows.append((season, metric, kind, mean, inside, between, len(n), n.sum()))
    columns = ["season", "metric", "kind", "mean", "within", "between", "units", "observations"]
    return pd.DataFrame(rows, columns=columns)


def prior_of(row: pd.Series) -> NormalPrior | BetaPrior:
    """Return the prior that a row of :func:`league_priors` describes.

    A beta prior counts in effective trials: observations divided by :func:`design_effect`.
    """
    if row["kind"] == "rate":
        return BetaPrior(mean=float(row["mean"]), strength=float(row["prior_strength"]) / design_effect(row))
    units = int(row["units"])
    seen = float(row["n_current"]) + float(row["previous_discount"]) * float(row["n_previous"])
    return NormalPrior(
        mean=float(row["mean"]),
        variance=float(row["between_variance"]),
        units=units,
        typical_variance=float(row["within_variance"]) * units / seen,
    )


def design_effect(row: pd.Series) -> float:
    """Return how many observations of a rate carry as much as one independent trial.

    1 for means, which say it in ``within_variance``.
    """
    if row["kind"] == "mean":
        return 1.0
    return float(row["within_variance"] / (row["mean"] * (1.0 - row["mean"])))


def observations_of_weight_half(mean: float, *, within: float, between: float, kind: Kind) -> float:
    """Return how many observations weigh as much as the prior.

    Examples
    --------
    >>> observations_of_weight_half(0.0, within=4.0, between=0.02, kind="mean")
    200.0
    >>> observations_of_weight_half(0.5, within=0.25, between=0.0025, kind="rate")
    99.0
    """
    if not between > 0:
        return MAXIMUM_STRENGTH
    # a beta prior of strength s spreads by mean (1 - mean) / (s + 1)
    own = within / (mean * (1.0 - mean)) if kind == "rate" else 0.0
    return float(np.clip(within / between - own, 1e-3, MAXIMUM_STRENGTH))


def clustered_variances(tallies: pd.DataFrame, *, unit: str = "team") -> pd.Series:
    """Return the variance of one observation within a unit, allowing for games; by season and metric.

    The variance of a unit's raw number is taken from its games (each game's total less its count times the unit's raw
    number), pooled over units with at least two games, then divided back to one observation. Seasons without such units
    are left out.
    """
    groups = tallies.groupby(["season", "metric", unit], observed=True, sort=False)
    total, count = (groups[name].transform("sum") for name in ("total", "n"))
    games = groups["n"].transform("size")
    spare = games > 1
    residual = (tallies["total"] - tallies["n"] * total / count) ** 2 * games / (games - 1).clip(lower=1)
    parts = pd.DataFrame({"residual": residual[spare], "n": tallies.loc[spare, "n"]})
    sums = parts.groupby([tallies.loc[spare, "season"], tallies.loc[spare, "metric"]], observed=True).sum()
    return sums["residual"] / sums["n"]


def _between(total: Floats, n: Floats, *, kind: Kind, within: float) -> float:
    """Return the between-unit variance of the true numbers; NaN where it cannot be estimated."""
    kept = n >= min(MINIMUM_OBSERVATIONS, float(n.max()))
    if not within > 0:
        return float("nan")
    if kind == "rate":
        mean = float(total.sum() / n.sum())
        worth = mean * (1.0 - mean) / within
        return beta_prior(total[kept] * worth, trials=n[kept] * worth).variance
    return normal_prior(total[kept] / n[kept], sampling_variances=within / n[kept]).variance


def _mixed(spreads: pd.DataFrame, *, season: int, discount: float) -> dict[str, float]:
    """Mix a metric's season to date with the season before."""
    worth = spreads["observations"].to_numpy() * np.where(spreads["season"].eq(season), 1.0, discount)
    mean, within, between = (
        _average(spreads[name].to_numpy(dtype=np.float64), worth) for name in ("mean", "within", "between")
    )
    strength = observations_of_weight_half(mean, within=within, between=between, kind=spreads["kind"].iloc[0])
    seen = spreads.set_index("season")["observations"]
    return {
        "mean": mean,
        "between_variance": between,
        "within_variance": within,
        "prior_strength": strength,
        "units": int(spreads["units"].max()),
        "n_current": float(seen.get(season, 0.0)),
        "n_previous": float(seen.get(season - 1, 0.0)),
    }


def _average(values: Floats, weights: Floats) -> float:
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else float("nan")
