"""Was the closing line value that edges promised earned: a regression walked forward, held against what came."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.decision.clustered import clustered_line, weeks_of
from workbench.decision.performance import expected_clv
from workbench.intervals import Estimate, clustered_mean

Step = Literal["week", "season"]
BIN_COLUMNS: Final = ("low", "high", "expected", "realized", "realized_low", "realized_high", "bets", "weeks")


@dataclass(frozen=True, slots=True)
class ExpectedClv:
    """Expected against realized closing line value, in the measure asked for.

    Attributes
    ----------
    bets : DataFrame
        The bets with an expectation and a fresh close of their own book: as given, with ``expected`` and ``realized``.
    slope, intercept : Estimate
        Of realized on expected, clustered by week; calibrated is 1 and 0.
    calibrated_p : float
        Of slope 1 and intercept 0 together.
    bias : Estimate
        Realized less expected, mean.
    bins : DataFrame
        `BIN_COLUMNS`: fifths of the bets by expectation.
    without : int
        Bets with a close but too little history for an expectation.
    """

    bets: pd.DataFrame
    slope: Estimate
    intercept: Estimate
    calibrated_p: float
    bias: Estimate
    bins: pd.DataFrame
    without: int

    @property
    def calibrated(self) -> bool | None:
        """Whether slope 1 and intercept 0 together survive a test at 5 %; None where they cannot be tested."""
        return None if np.isnan(self.calibrated_p) else self.calibrated_p >= 0.05


def walked_expectation(
    bets: pd.DataFrame, *, step: Step = "week", within: str = "", edge: str = "edge_points", clv: str = "clv_points"
) -> "pd.Series[float]":
    """Return each bet's expected CLV from bets of strictly earlier weeks, or of strictly earlier seasons.

    Parameters
    ----------
    bets : DataFrame
        Graded bets: ``season, week, headline`` and the two below.
    step : {"week", "season"}
        How often the regression is fitted anew.
    within : str
        A column such as ``source``: an expectation then rests on bets of the same value only.
    edge, clv : str
        What is regressed on what; ``edge_prob`` and ``clv_prob`` where there are no lines.

    Returns
    -------
    Series
        In the bets' order; null with too little history, or without an edge in that measure.
    """
    rows = (
        bets[[edge, clv, "headline"]].reset_index(drop=True).set_axis(["edge_points", "clv_points", "headline"], axis=1)
    )
    stamp = weeks_of(bets) if step == "week" else bets["season"].to_numpy(np.int64)
    kind = pd.factorize(bets[within], sort=True)[0] if within else np.zeros(len(rows), dtype=np.int64)
    expected = np.full(len(rows), np.nan)
    for one in np.unique(kind):
        members = np.flatnonzero(kind == one)
        order = members[np.argsort(stamp[members], kind="stable")]
        firsts = np.unique(stamp[order], return_index=True)[1].tolist()
        ordered = rows.iloc[order]
        for first, last in zip(firsts, [*firsts[1:], len(order)], strict=True):
            expected[order[first:last]] = expected_clv(ordered.iloc[:first], ordered["edge_points"].iloc[first:last])
    return pd.Series(expected, index=bets.index)


def expected_against_realized(
    bets: pd.DataFrame,
    *,
    step: Step = "week",
    within: str = "",
    edge: str = "edge_points",
    clv: str = "clv_points",
    earlier: pd.DataFrame | None = None,
    n_bins: int = 5,
) -> ExpectedClv:
    """Return how the expectation, walked forward, compares with what was realized.

    Parameters
    ----------
    bets : DataFrame
        Graded bets.
    step, within, edge, clv : str
        As in `walked_expectation`.
    earlier : DataFrame, optional
        Bets of earlier seasons: they are learned from and not themselves judged.
    n_bins : int, default 5
    """
    known = bets if earlier is None or earlier.empty else pd.concat([earlier, bets])
    expected = walked_expectation(known.reset_index(drop=True), step=step, within=within, edge=edge, clv=clv)
    whole = bets.assign(expected=expected.to_numpy()[len(known) - len(bets) :], realized=bets[clv])
    valued = whole[whole["headline"].astype(bool) & whole["realized"].notna()]
    kept = valued[valued["expected"].notna()].reset_index(drop=True)
    weeks = weeks_of(kept)
    line = clustered_line(kept["expected"], kept["realized"], weeks)
    return ExpectedClv(
        bets=kept,
        slope=line.slope,
        intercept=line.intercept,
        calibrated_p=line.identity_p,
        bias=clustered_mean(kept["realized"] - kept["expected"], weeks),
        bins=_bins(kept, n_bins=n_bins),
        without=len(valued) - len(kept),
    )


def _bins(kept: pd.DataFrame, *, n_bins: int) -> pd.DataFrame:
    if len(kept) < n_bins:
        return pd.DataFrame(columns=list(BIN_COLUMNS))
    order = kept["expected"].rank(method="first").to_numpy(np.float64)
    place = np.minimum(((order - 1) * n_bins / len(kept)).astype(np.int64), n_bins - 1)
    return pd.DataFrame([_bin(kept[place == b]) for b in range(n_bins)], columns=list(BIN_COLUMNS))


def _bin(part: pd.DataFrame) -> dict[str, float]:
    weeks = weeks_of(part)
    found = clustered_mean(part["realized"], weeks)
    return {
        "low": float(part["expected"].min()),
        "high": float(part["expected"].max()),
        "expected": float(part["expected"].mean()),
        "realized": found.value,
        "realized_low": found.low,
        "realized_high": found.high,
        "bets": len(part),
        "weeks": len(np.unique(weeks)),
    }
