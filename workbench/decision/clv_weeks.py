"""Closing line value week by week, and its mean so far with two bands: for one look, and for looking every week."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.decision.clustered import weeks_of
from workbench.intervals import clustered_mean

_Floats = NDArray[np.float64]
WEEK_COLUMNS: Final = (
    "season", "week", "bets", "clv", "total", "bets_so_far", "weeks_so_far", "mean", "low", "high",
    "anytime_low", "anytime_high",
)  # fmt: skip
#: Weeks at which the anytime band is tightest.
TIGHTEST_WEEKS: Final = 60


def clv_by_week(bets: pd.DataFrame, *, clv: str = "clv_points", level: float = 0.95) -> pd.DataFrame:
    """Return CLV by week, and the mean a bet so far.

    Parameters
    ----------
    bets : DataFrame
        Graded bets; those with a fresh close of their own book count.
    clv : str, default "clv_points"
        Or ``clv_prob``, where there are no lines.
    level : float, default 0.95

    Returns
    -------
    DataFrame
        `WEEK_COLUMNS`, in order of time. ``clv`` is the week's mean a bet, ``total`` the sum so far.
        ``low, high`` are pointwise: Student's, clustered by week, right for one look at a week chosen beforehand.
        ``anytime_low, anytime_high`` hold in all weeks at once (asymptotically), however often one looks.

    References
    ----------
    .. [1] Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Time-uniform central limit theory and asymptotic
       confidence sequences, doi:10.1214/24-AOS2408, theorem 2.2; here over weeks, on the residuals of the mean a bet.
    """
    counted = bets[bets["headline"].astype(bool) & bets[clv].notna()]
    if counted.empty:
        return pd.DataFrame(columns=list(WEEK_COLUMNS))
    weeks = counted.groupby(["season", "week"], sort=True)[clv].agg(["size", "sum", "mean"]).reset_index()
    weeks = weeks.rename(columns={"size": "bets", "mean": "clv"})
    order = np.argsort(weeks_of(counted), kind="stable")
    points, labels = counted[clv].to_numpy(np.float64)[order], weeks_of(counted)[order]
    ends = weeks["bets"].cumsum().to_numpy(np.int64)
    so_far = [clustered_mean(points[:end], labels[:end], level=level) for end in ends]
    sums, sizes = weeks["sum"].to_numpy(np.float64), weeks["bets"].to_numpy(np.float64)
    reach = [_anytime_reach(sums[:t], sizes[:t], level=level) for t in range(1, len(weeks) + 1)]
    mean = np.array([found.value for found in so_far])
    return weeks.assign(
        total=weeks["sum"].cumsum(),
        bets_so_far=ends,
        weeks_so_far=np.arange(1, len(weeks) + 1),
        mean=mean,
        low=[found.low for found in so_far],
        high=[found.high for found in so_far],
        anytime_low=mean - reach,
        anytime_high=mean + reach,
    )[list(WEEK_COLUMNS)]


def anytime_reach(t: int, *, level: float = 0.95, tightest: int = TIGHTEST_WEEKS) -> float:
    """Return the half-width of the anytime band of a mean of t terms, in their standard deviations.

    Examples
    --------
    >>> round(anytime_reach(60), 3), round(1.96 / 60**0.5, 3)
    (0.392, 0.253)
    """
    alpha = 1.0 - level
    # Robbins' mixture is tightest at t where rho^2 = (-2 log alpha + log(-2 log alpha) + 1) / t.
    rho2 = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha)) + 1) / tightest
    grown = t * rho2 + 1
    return float(np.sqrt(2 * grown / (t**2 * rho2) * np.log(np.sqrt(grown) / alpha)))


def _anytime_reach(sums: _Floats, sizes: _Floats, *, level: float) -> float:
    t = len(sums)
    if t < 2:
        return float("nan")
    off = sums - sums.sum() / sizes.sum() * sizes
    return anytime_reach(t, level=level) * float(off.std(ddof=1)) / float(sizes.mean())
