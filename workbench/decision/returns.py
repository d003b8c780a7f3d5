"""What the bets paid: return on stakes as played and flat, returns on the bankroll week by week, and how bad it got."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.decision.clustered import clustered_ratio, weeks_of
from workbench.decision.performance import DECIDED
from workbench.intervals import Estimate, clustered_mean, wilson
from workbench.risk.returns import Drawdown, Run, Sharpe, longest_run, maximum_drawdown, sharpe_ratio

WEEK_COLUMNS: Final = (
    "season", "week", "as_of", "n_bets", "base_units", "staked_units", "profit_units", "return", "wealth", "drawdown",
)  # fmt: skip
SPLIT_COLUMNS: Final = (
    "by", "value", "bets", "weeks", "staked_units", "profit_units", "roi", "roi_low", "roi_high",
    "flat_roi", "flat_roi_low", "flat_roi_high", "clv", "clv_low", "clv_high", "clv_bets",
)  # fmt: skip
#: By what a return is split: CLV of different sources means different things, an assumed price was never offered.
SPLITS: Final = ("price_assumed", "market", "source", "season")


@dataclass(frozen=True, slots=True)
class Money:
    """What a strategy earned, with intervals clustered by week.

    Attributes
    ----------
    bets, weeks, seasons : int
        Settled bets at risk or pushed (not void), weeks with any, seasons.
    staked_units, profit_units : float
    roi, flat_roi : Estimate
        Profit over stakes as played; and had every bet been of one unit.
    win_rate : Estimate
        Of bets won or lost; a half win is a win, a half loss a loss.
    weekly : Estimate
        Mean return of a betting week on the bankroll at its decision.
    growth : float
        Last wealth over first, each season's account carried on by its returns.
    sharpe : Sharpe
        Mean over standard deviation of the betting weeks' returns; a season's is times the root of ``weeks / seasons``.
    drawdown : Drawdown
        Of wealth week by week; positions count weeks, 0 is before the first.
    losing_bets, losing_weeks : Run
        Longest runs of losses among bets won or lost, in order of settlement, and of weeks that lost.
    """

    bets: int
    weeks: int
    seasons: int
    staked_units: float
    profit_units: float
    roi: Estimate
    flat_roi: Estimate
    win_rate: Estimate
    weekly: Estimate
    growth: float
    sharpe: Sharpe
    drawdown: Drawdown
    losing_bets: Run
    losing_weeks: Run


def settled_bets(bets: pd.DataFrame) -> pd.DataFrame:
    """Return the bets that are settled and not void, with ``flat_profit``: profit had the stake been one unit."""
    kept = bets[bets["profit_units"].notna() & ~bets["outcome"].isin(["void", "waiting"]) & (bets["stake_units"] > 0)]
    return kept.assign(flat_profit=kept["profit_units"] / kept["stake_units"])


def weekly_returns(bets: pd.DataFrame) -> pd.DataFrame:
    """Return the betting weeks with their return on the bankroll.

    Parameters
    ----------
    bets : DataFrame
        Graded bets of a walk, with ``base_units``: the settled bankroll at the decision less open stakes.

    Returns
    -------
    DataFrame
        `WEEK_COLUMNS`, in order of time. ``return`` is the week's profit over ``base_units``; ``wealth`` compounds it
        from 1 over seasons, whatever bankroll each season began with.
    """
    kept = settled_bets(bets)
    weeks = kept.groupby(["season", "week"], sort=True).agg(
        as_of=("as_of", "min"),
        n_bets=("stake_units", "size"),
        base_units=("base_units", "first"),
        staked_units=("stake_units", "sum"),
        profit_units=("profit_units", "sum"),
    )
    weeks = weeks.reset_index()
    weeks["return"] = weeks["profit_units"] / weeks["base_units"]
    weeks["wealth"] = (1.0 + weeks["return"]).cumprod()
    peak = np.maximum.accumulate(np.maximum(weeks["wealth"].to_numpy(np.float64), 1.0))
    return weeks.assign(drawdown=1.0 - weeks["wealth"] / peak)[list(WEEK_COLUMNS)]


def money(bets: pd.DataFrame, *, level: float = 0.95) -> Money | None:
    """Return what the bets earned; None where none is settled.

    Parameters
    ----------
    bets : DataFrame
        Graded bets of a walk.
    level : float, default 0.95
    """
    kept = settled_bets(bets).sort_values(["settled_at", "game_id", "market", "side"], kind="stable")
    if kept.empty:
        return None
    weeks, labels = weekly_returns(bets), weeks_of(kept)
    decided = kept[kept["outcome"].isin(DECIDED)]
    lost = decided["profit_units"].to_numpy(np.float64) < 0
    seasons = int(weeks["season"].nunique())
    return Money(
        bets=len(kept),
        weeks=len(weeks),
        seasons=seasons,
        staked_units=float(kept["stake_units"].sum()),
        profit_units=float(kept["profit_units"].sum()),
        roi=clustered_ratio(kept["profit_units"], kept["stake_units"], labels, level=level),
        flat_roi=clustered_mean(kept["flat_profit"], labels, level=level),
        win_rate=clustered_mean(won_share(decided), weeks_of(decided), level=level),
        weekly=clustered_mean(weeks["return"], level=level),
        growth=float(weeks["wealth"].iloc[-1]),
        sharpe=sharpe_ratio(weeks["return"], periods_a_year=len(weeks) / seasons, level=level),
        drawdown=maximum_drawdown(np.concatenate([[1.0], weeks["wealth"].to_numpy(np.float64)])),
        losing_bets=longest_run(lost),
        losing_weeks=longest_run(weeks["profit_units"].to_numpy(np.float64) < 0),
    )


def won_share(decided: pd.DataFrame) -> "pd.Series[float]":
    """Return 1 for a bet won and 0 for one lost; a half win is a win and a push, so it counts 1, a half loss 0."""
    return decided["outcome"].isin(["win", "half_win"]).astype(np.float64)


def return_split(bets: pd.DataFrame, *, by: Sequence[str] = SPLITS, clv: str = "clv_points") -> pd.DataFrame:
    """Return the return on stakes and the CLV of every part of the bets.

    Parameters
    ----------
    bets : DataFrame
        Graded bets.
    by : sequence of str
        Columns, each split by alone; ``all`` comes first.
    clv : str, default "clv_points"
        Which measure of it: of fresh closes of the bet's own book only.

    Returns
    -------
    DataFrame
        `SPLIT_COLUMNS`, intervals clustered by week.
    """
    kept = settled_bets(bets)
    kept = kept.assign(_clv=kept[clv].where(kept["headline"].astype(bool)))
    rows = [_part(kept, by="all", value="all")] if len(kept) else []
    for column in by:
        for value, part in kept.groupby(column, sort=True):
            rows.append(_part(part, by=column, value=str(value)))
    return pd.DataFrame(rows, columns=list(SPLIT_COLUMNS))


def verdict_split(bets: pd.DataFrame, *, by: str = "source") -> pd.DataFrame:
    """Return how many bets had a better, the same or a worse price than the close, by source.

    Returns
    -------
    DataFrame
        ``by`` (``all`` first), ``bets, better, same, worse, beat_the_close`` = better / (better + worse) with ``low,
        high`` clustered by week and ``wilson_low, wilson_high``; fresh closes of the bet's own book.
    """
    counted = bets[bets["headline"].astype(bool)]
    groups = [("all", counted), *counted.groupby(by, sort=True)]
    return pd.DataFrame([{by: str(value)} | _verdicts(part) for value, part in groups])


def _verdicts(part: pd.DataFrame) -> dict[str, float]:
    counts = {verdict: int((part["clv_verdict"] == verdict).sum()) for verdict in ("better", "same", "worse")}
    moved = part[part["clv_verdict"].isin(["better", "worse"])]
    share = clustered_mean((moved["clv_verdict"] == "better").to_numpy(np.float64), weeks_of(moved))
    low, high = wilson(counts["better"], len(moved))
    return {"bets": len(part)} | counts | {
        "beat_the_close": share.value, "low": float(np.clip(share.low, 0.0, 1.0)),
        "high": float(np.clip(share.high, 0.0, 1.0)), "wilson_low": low, "wilson_high": high,
    }  # fmt: skip


def _part(part: pd.DataFrame, *, by: str, value: str) -> dict[str, object]:
    labels = weeks_of(part)
    roi = clustered_ratio(part["profit_units"], part["stake_units"], labels)
    flat = clustered_mean(part["flat_profit"], labels)
    valued = part[part["_clv"].notna()]
    clv = clustered_mean(valued["_clv"], weeks_of(valued))
    return {
        "by": by,
        "value": value,
        "bets": len(part),
        "weeks": len(np.unique(labels)),
        "staked_units": float(part["stake_units"].sum()),
        "profit_units": float(part["profit_units"].sum()),
        "roi": roi.value,
        "roi_low": roi.low,
        "roi_high": roi.high,
        "flat_roi": flat.value,
        "flat_roi_low": flat.low,
        "flat_roi_high": flat.high,
        "clv": clv.value,
        "clv_low": clv.low,
        "clv_high": clv.high,
        "clv_bets": len(valued),
    }
