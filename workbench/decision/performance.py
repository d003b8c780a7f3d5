"""How the bets did: closing line value, beating the close, return; with intervals, split by what may not be pooled."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.clock import Week
from workbench.decision.intervals import Estimate, clustered_mean, clustered_ratio, wilson

#: Outcomes that are settled and were at risk.
DECIDED = ("win", "loss", "half_win", "half_loss")


def performance_summary(grades: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return what the bets earned and what their prices were worth.

    Parameters
    ----------
    grades : DataFrame
        From `workbench.decision.grade.grade`.
    rng : Generator
        For the cluster bootstrap: by week from six weeks on, by game before.

    Returns
    -------
    DataFrame
        One row a group and measure: group, measure, value, low, high, n. The group ``headline`` holds fresh closes of
        the bet's own source; ``all`` holds everything; then by source, market, status, price_assumed, close_stale.
        CLV of different sources is never pooled but in ``all`` and ``headline``, which name their sources.
    """
    rows = [
        {"group": group, "measure": measure, "value": e.value, "low": e.low, "high": e.high, "n": e.n}
        for group, part in groups(grades)
        for measure, e in measures(part, rng=rng).items()
    ]
    return pd.DataFrame(rows, columns=["group", "measure", "value", "low", "high", "n"])


def groups(grades: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the groups of a summary with their rows; empty groups are left out but for the first two."""
    sources = ", ".join(sorted(set(grades["source"]))) or "none"
    yield f"headline ({sources})", grades[grades["headline"].astype(bool)]
    yield f"all ({sources})", grades
    for column in ("source", "market", "status", "price_assumed", "close_stale", "cross_source"):
        for value, part in grades.groupby(column, sort=True):
            yield f"{column} = {value}", part


def measures(grades: pd.DataFrame, *, rng: np.random.Generator) -> dict[str, Estimate]:
    """Return a group's measures: CLV means, beating the close, win rate, return on stakes."""
    weeks = grades["season"].astype(str) + "w" + grades["week"].astype(str)
    clusters = (weeks if weeks.nunique() >= 6 else grades["game_id"]).to_numpy()
    better, worse = (int((grades["clv_verdict"] == verdict).sum()) for verdict in ("better", "worse"))
    decided = grades[grades["outcome"].isin(DECIDED)]
    won = int(decided["outcome"].isin(["win", "half_win"]).sum())
    settled = grades["profit_units"].where(grades["outcome"] != "void")
    clv = {name: clustered_mean(grades[name], clusters, rng=rng) for name in ("clv_points", "clv_prob", "clv_ev")}
    return clv | {
        "ev_at_close": clustered_mean(grades["ev_at_close"], clusters, rng=rng),
        "beat_the_close": wilson(better, better + worse),
        "win_rate": wilson(won, len(decided)),
        "roi": clustered_ratio(settled, grades["stake_units"], clusters=clusters, rng=rng),
    }


class ClvAlert(NamedTuple):
    """Whether four weeks of closing line value are negative.

    Attributes
    ----------
    raised : bool
    mean : Estimate
        Mean clv_points of spreads and totals with fresh closes of the same source.
    sentence : str
    """

    raised: bool
    mean: Estimate
    sentence: str


def clv_alert(grades: pd.DataFrame, *, week: Week, n_weeks: int = 4, rng: np.random.Generator) -> ClvAlert:
    """Return an alert when the mean CLV of the last weeks, this one included, is negative.

    Parameters
    ----------
    grades : DataFrame
        The season's grades so far.
    week : Week
        Later weeks are not looked at.
    n_weeks : int, default 4
        Weeks of this season looked back on.
    """
    recent = grades[
        (grades["season"] == week.season)
        & (grades["week"] <= week.week)
        & (grades["week"] > week.week - n_weeks)
        & grades["headline"].astype(bool)
    ]
    mean = clustered_mean(recent["clv_points"], recent["game_id"].to_numpy(), rng=rng)
    raised = bool(np.isfinite(mean.value) and mean.value < 0)
    if not np.isfinite(mean.value):
        return ClvAlert(raised=False, mean=mean, sentence=f"No closing line value in the last {n_weeks} weeks yet.")
    span = f" (95 % interval {mean.low:+.2f} to {mean.high:+.2f})" if np.isfinite(mean.low) else ""
    verdict = "negative: the market moves against our bets" if raised else "not negative"
    words = f"Mean closing line value of the last {n_weeks} weeks is {mean.value:+.2f} points{span}"
    return ClvAlert(raised=raised, mean=mean, sentence=f"{words}, n = {mean.n}: {verdict}.")


def expected_clv(history: pd.DataFrame, edges: pd.Series) -> "pd.Series[float]":
    """Return the CLV in points that edges like these have earned so far: a regression on earlier weeks only.

    Parameters
    ----------
    history : DataFrame
        Graded bets of earlier weeks: edge_points, clv_points, headline.
    edges : Series
        edge_points of new bets.

    Returns
    -------
    Series
        Null with fewer than 20 graded bets, or for moneylines.
    """
    known = history[history["headline"].astype(bool) & history["clv_points"].notna() & history["edge_points"].notna()]
    if len(known) < 20 or known["edge_points"].nunique() < 2:
        return pd.Series(np.nan, index=edges.index, dtype="float64")
    slope, intercept = np.polyfit(known["edge_points"].to_numpy(float), known["clv_points"].to_numpy(float), 1)
    return pd.Series(intercept + slope * edges.to_numpy(float), index=edges.index)
