"""Does a larger edge win more often: bets in buckets of edge, with a test of the trend that needs no buckets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.decision.clustered import clustered_line, clustered_ratio, p_value, weeks_of
from workbench.decision.performance import DECIDED
from workbench.decision.returns import settled_bets, won_share
from workbench.intervals import Estimate, clustered_mean, wilson

Trend = Literal["rises", "falls", "not told apart from flat", "too few to tell"]
#: Expected values a bet at which buckets part: the filter is 2 %.
EDGES: Final = (0.02, 0.03, 0.04, 0.06, 0.10)
BUCKET_COLUMNS: Final = (
    "low", "high", "label", "bets", "decided", "won", "edge", "win_rate", "win_low", "win_high", "said", "break_even",
    "market", "roi", "roi_low", "roi_high", "clv", "clv_low", "clv_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EdgeBuckets:
    """Bets by edge.

    Attributes
    ----------
    table : DataFrame
        `BUCKET_COLUMNS`: ``win_rate`` with Wilson's interval, ``said`` (the model's), ``market`` (no-vig) and
        ``break_even`` at the price paid, all means of bets won or lost; ROI and CLV clustered by week.
    slope : Estimate
        Change of the win rate with one more unit of edge (0.01 of it is a percentage point), clustered by week.
    slope_over_market : Estimate
        The same of the win less the market's no-vig probability: the part that is not longer or shorter odds.
    clv_slope : Estimate
        Of CLV with one more unit of edge.
    slope_p, slope_over_market_p, clv_slope_p : float
        Two-sided.
    trend, clv_trend : str
        What the 95 % interval says of the win rate, and of CLV.
    """

    table: pd.DataFrame
    slope: Estimate
    slope_over_market: Estimate
    clv_slope: Estimate
    slope_p: float
    slope_over_market_p: float
    clv_slope_p: float
    trend: Trend
    clv_trend: Trend


def edge_buckets(
    bets: pd.DataFrame, *, edge: str = "edge_ev", edges: Sequence[float] = EDGES, clv: str = "clv_points"
) -> EdgeBuckets:
    """Return bets by edge.

    Parameters
    ----------
    bets : DataFrame
        Graded bets.
    edge : str, default "edge_ev"
        ``edge_ev`` or ``edge_prob``, which every market has; ``edge_points`` leaves moneylines out.
    edges : sequence of float
        Ascending; bets below the first have a bucket of their own, the last is open above.
    clv : str, default "clv_points"
        Or ``clv_prob``, where there are no lines.
    """
    kept = settled_bets(bets)
    kept = kept[kept[edge].notna()]
    bounds = [-np.inf, *edges, np.inf]
    place = np.digitize(kept[edge].to_numpy(np.float64), bounds[1:-1])
    # whatever measures it, the closing line value of what is kept stands in one column
    kept = kept.assign(_clv=kept[clv].where(kept["headline"].astype(bool)))
    rows = [_bucket(kept[place == b], edge=edge, low=bounds[b], high=bounds[b + 1]) for b in np.unique(place)]
    decided = kept[kept["outcome"].isin(DECIDED)]
    won, weeks = won_share(decided), weeks_of(decided)
    slope = clustered_line(decided[edge], won, weeks).slope
    over = clustered_line(decided[edge], won - decided["market_win"], weeks).slope
    valued = kept[kept["_clv"].notna()]
    clv_slope = clustered_line(valued[edge], valued["_clv"], weeks_of(valued)).slope
    return EdgeBuckets(
        table=pd.DataFrame(rows, columns=list(BUCKET_COLUMNS)),
        slope=slope,
        slope_over_market=over,
        clv_slope=clv_slope,
        slope_p=p_value(slope),
        slope_over_market_p=p_value(over),
        clv_slope_p=p_value(clv_slope),
        trend=trend_of(slope),
        clv_trend=trend_of(clv_slope),
    )


def trend_of(slope: Estimate) -> Trend:
    """Return what a slope's interval says.

    Examples
    --------
    >>> trend_of(Estimate(1.0, 0.2, 0.6, 1.4, n=50, clusters=10))
    'rises'
    """
    if not (np.isfinite(slope.low) and np.isfinite(slope.high)):
        return "too few to tell"
    return "rises" if slope.low > 0 else "falls" if slope.high < 0 else "not told apart from flat"


def _bucket(part: pd.DataFrame, *, edge: str, low: float, high: float) -> dict[str, object]:
    decided, valued = part[part["outcome"].isin(DECIDED)], part[part["_clv"].notna()]
    won = float(won_share(decided).sum())
    rate_low, rate_high = wilson(won, len(decided))
    roi = clustered_ratio(part["profit_units"], part["stake_units"], weeks_of(part))
    clv = clustered_mean(valued["_clv"], weeks_of(valued))
    return {
        "low": low,
        "high": high,
        "label": _label(low, high),
        "bets": len(part),
        "decided": len(decided),
        "won": won,
        "edge": float(part[edge].mean()),
        "win_rate": won / len(decided) if len(decided) else np.nan,
        "win_low": rate_low,
        "win_high": rate_high,
        "said": float((decided["win"] / (decided["win"] + decided["lose"])).mean()),
        "break_even": float((1.0 / decided["price"]).mean()),
        "market": float(decided["market_win"].mean()),
        "roi": roi.value,
        "roi_low": roi.low,
        "roi_high": roi.high,
        "clv": clv.value,
        "clv_low": clv.low,
        "clv_high": clv.high,
    }


def _label(low: float, high: float) -> str:
    ends = [f"{100 * end:.3g}" for end in (low, high)]
    if not np.isfinite(low):
        return f"under {ends[1]} %"
    return f"{ends[0]} % and more" if not np.isfinite(high) else f"{ends[0]} to {ends[1]} %"
