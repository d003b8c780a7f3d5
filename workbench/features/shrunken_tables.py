"""Tables of shrunken numbers: tallies and league priors in, one row a unit and metric out."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.features.league_priors import design_effect, prior_of
from workbench.features.priors import BetaPrior
from workbench.features.shrinkage import Shrunken, shrink_means, shrink_rates
from workbench.features.tallies import totals

#: The spread left once a unit's own expectation is allowed for never falls below this share: teams do change.
_MINIMUM_SPREAD_SHARE: Final = 0.25
_LEAGUE_ONLY: Final[dict[str, float | str]] = {"expected": 0.0, "explained": 0.0, "prior_source": "league"}
_RESULTS: Final = ("shrunk", "standard_error", "weight", "prior_mean")


def shrunken_rows(
    tallies: pd.DataFrame, *, priors: pd.DataFrame, unit: str = "team", expected: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return each unit's numbers, shrunk towards the league or towards an expectation of its own.

    Parameters
    ----------
    tallies : DataFrame
        Rows ``metric, <unit>, total, n`` of the season to date.
    priors : DataFrame
        As returned by ``league_priors.league_priors``; metrics without a prior, or whose spread could not be estimated,
        are left out.
    unit : str, default "team"
    expected : DataFrame, optional
        One row a metric and unit: ``expected`` (deviation from the league's mean), ``explained`` (the part of the
        between-unit variance that such expectations explain) and ``prior_source``. Its units appear in the result even
        before they have played (n = 0); units that it lacks keep the league's prior.

    Returns
    -------
    DataFrame
        ``metric, <unit>, raw, n, shrunk, standard_error, weight, prior_mean, prior_source``.
    """
    usable = priors[priors["mean"].notna() & priors["between_variance"].notna() & priors["within_variance"].gt(0)]
    prior_rows = {str(row["metric"]): row for _, row in usable.iterrows()}
    rows = totals(tallies, by=["metric", unit]) if len(tallies) else _no_totals(unit)
    rows = rows.assign(**_LEAGUE_ONLY) if expected is None else rows.merge(expected, on=["metric", unit], how="outer")
    rows = rows.fillna({"total": 0.0, "n": 0.0} | _LEAGUE_ONLY)
    rows = rows[rows["metric"].isin(list(prior_rows))].reset_index(drop=True)
    numbers = {name: np.full(len(rows), np.nan) for name in _RESULTS}
    raw = np.divide(rows["total"], rows["n"], out=np.full(len(rows), np.nan), where=rows["n"].gt(0))
    # units whose expectation explains equally much share a prior spread
    for group in rows.groupby(["metric", "explained"], sort=True).indices.values():
        members = np.asarray(group)
        alike = rows.iloc[members]
        result = _shrunken(alike, prior=prior_rows[str(alike["metric"].iloc[0])])
        for name in _RESULTS:
            numbers[name][members] = getattr(result, name)
    rows = rows.assign(raw=raw, **numbers)
    return rows[["metric", unit, "raw", "n", *_RESULTS, "prior_source"]]


def _no_totals(unit: str) -> pd.DataFrame:
    return pd.DataFrame({"metric": pd.Series(dtype="str"), unit: pd.Series(dtype="str"), "total": [], "n": []})


def _shrunken(rows: pd.DataFrame, *, prior: pd.Series) -> Shrunken:
    """Shrink units of one metric that share a prior spread."""
    spread = float(prior["between_variance"])
    left = max(spread - float(rows["explained"].iloc[0]), _MINIMUM_SPREAD_SHARE * spread)
    league = prior_of(prior)
    means = league.mean + rows["expected"].to_numpy(dtype=np.float64)
    total, n = (rows[name].to_numpy(dtype=np.float64) for name in ("total", "n"))
    if isinstance(league, BetaPrior):
        worth = 1.0 / design_effect(prior)
        means = np.clip(means, 1e-4, 1.0 - 1e-4)
        return shrink_rates(total * worth, trials=n * worth, prior=league.narrowed(left), prior_means=means)
    raw = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    prior_here = league.moved(league.mean, variance=left)
    return shrink_means(raw, n=n, unit_variance=float(prior["within_variance"]), prior=prior_here, prior_means=means)
