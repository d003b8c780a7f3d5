"""What shock-adjusted lines would have been worth: error on identical games, and bets settled by the house's rules."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from workbench.backtest.shock_adjusted import ShockWalk, adjusted_lines
from workbench.backtest.shock_effects import BASELINES, Baseline
from workbench.decision.intervals import MINIMUM_CLUSTERS, clustered_ratio, wilson
from workbench.decision.settle import settle
from workbench.features.evaluation import clustered_mean

#: -110, in decimals: no price is known of most of these lines.
PRICE: Final = 1.0 + 100.0 / 110.0
BREAK_EVEN: Final = 1.0 / PRICE
_SIDES: Final = {"spread": ("home", "away"), "total": ("over", "under")}
GAIN_COLUMNS: Final = ("games", "gain", "gain_error", "gain_low", "gain_high", "baseline_mae", "adjusted_mae")
BET_COLUMNS: Final = ("bets", "wins", "pushes", "win_rate", "win_low", "win_high", "roi", "roi_low", "roi_high")


def gain(rows: pd.DataFrame) -> dict[str, float]:
    """Return by how much the adjusted line's absolute error is lower: paired on the same games, clustered by week.

    Parameters
    ----------
    rows : DataFrame
        From ``adjusted_lines``.

    Returns
    -------
    dict
        ``GAIN_COLUMNS`` in points; the interval is null under five weeks.
    """
    before, after = (rows["outcome"] - rows["line"]).abs(), (rows["outcome"] - rows["mean"]).abs()
    out = {"games": len(rows), "baseline_mae": float(before.mean()), "adjusted_mae": float(after.mean())}
    weeks = rows["season"] * 100 + rows["week"]
    if weeks.nunique() < MINIMUM_CLUSTERS:
        missing = dict.fromkeys(("gain_error", "gain_low", "gain_high"), math.nan)
        return out | {"gain": float((before - after).mean())} | missing
    found = clustered_mean(before - after, weeks)
    return out | {"gain": found.value, "gain_error": found.standard_error, "gain_low": found.low,
                  "gain_high": found.high}  # fmt: skip


def gain_table(
    walk: ShockWalk, *, baselines: Sequence[Baseline] = BASELINES, adjusters: Sequence[str] = ("library", "share")
) -> pd.DataFrame:
    """Return the gain of each baseline, all known shocks together (``type`` = all) and each alone.

    Returns
    -------
    DataFrame
        ``baseline, adjuster, type, oracle`` and ``GAIN_COLUMNS``. A type alone is judged on the games it touches.
    """
    rows: list[dict[str, Any]] = []
    for baseline in baselines:
        for adjuster in adjusters:
            mine = walk.parts[walk.parts["baseline"].eq(baseline.name) & walk.parts["adjuster"].eq(adjuster)]
            kinds = mine.drop_duplicates("type").set_index("type")["oracle"].to_dict()
            chosen = [("all", False, ()), *((str(k), bool(o), (str(k),)) for k, o in sorted(kinds.items()))]
            for kind, oracle, types in chosen:
                lines = adjusted_lines(walk, baseline, adjuster=adjuster, types=types, oracle=oracle)  # type: ignore[arg-type]
                if len(lines):
                    named = {"baseline": baseline.name, "adjuster": adjuster, "type": kind, "oracle": oracle}
                    rows.append(named | gain(lines))
    return pd.DataFrame(rows, columns=["baseline", "adjuster", "type", "oracle", *GAIN_COLUMNS])


def shock_bets(lines: pd.DataFrame, results: pd.DataFrame, *, threshold: float) -> pd.DataFrame:
    """Return one settled unit bet at -110 a game where the adjustment moves the line by a threshold or more.

    Parameters
    ----------
    lines : DataFrame
        From ``adjusted_lines``.
    results : DataFrame
        The ``results`` fact table.
    threshold : float
        Points.

    Returns
    -------
    DataFrame
        Settled bets: ``side, price, price_assumed, stake_units, outcome, profit_units``, ordered by kick-off.
    """
    chosen = lines[lines["shift"].abs().ge(threshold)]
    sides = [_SIDES[m][0 if s > 0 else 1] for m, s in zip(chosen["market"], chosen["shift"], strict=True)]
    return settled(chosen.assign(side=sides), results)


def settled(bets: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return one-unit bets at -110 settled: games, market, side and line are given; pushes give the stake back."""
    whole = bets.assign(price=PRICE, price_assumed=True, stake_units=1.0)
    done = settle(whole.drop(columns="outcome", errors="ignore"), results)
    return done.sort_values(["kickoff_utc", "game_id"], kind="stable", ignore_index=True)


def bet_record(bets: pd.DataFrame, *, rng: np.random.Generator) -> dict[str, float]:
    """Return ``BET_COLUMNS``: Wilson's interval of the win rate (pushes aside), week-block interval of the return."""
    won, lost = (int(bets["outcome"].eq(word).sum()) for word in ("win", "loss"))
    rate = wilson(won, won + lost)
    weeks = (bets["season"] * 100 + bets["week"]).to_numpy()
    roi = clustered_ratio(bets["profit_units"], bets["stake_units"], clusters=weeks, rng=rng)
    return {
        "bets": len(bets), "wins": won, "pushes": int(bets["outcome"].eq("push").sum()), "win_rate": rate.value,
        "win_low": rate.low, "win_high": rate.high, "roi": roi.value, "roi_low": roi.low, "roi_high": roi.high,
    }  # fmt: skip


def profit_path(bets: pd.DataFrame, *, rng: np.random.Generator, resamples: int = 1000) -> pd.DataFrame:
    """Return cumulative profit by week with the band a bettor without skill would stay in.

    Returns
    -------
    DataFrame, one row a week with bets
        ``season, week, bets, profit, low, high``: units. The band holds 95 % of the paths of a bettor who breaks even:
        the same weeks, each profit's sign drawn at random.
    """
    grouped = bets.groupby(["season", "week"])
    weeks = grouped.agg(bets=("profit_units", "size"), own=("profit_units", "sum")).reset_index()
    signs = rng.choice([-1.0, 1.0], size=(resamples, len(weeks)))
    paths = np.cumsum(signs * weeks["own"].to_numpy(dtype=np.float64), axis=1)
    low, high = np.quantile(paths, [0.025, 0.975], axis=0) if len(weeks) else (np.empty(0), np.empty(0))
    return weeks.assign(profit=weeks["own"].cumsum(), low=low, high=high).drop(columns="own")


def bets_needed(true_roi: float, *, power: float = 0.8, design_effect: float = 1.0) -> int:
    """Return how many bets at -110 show a true return, two-sided at 5 %, with a given power.

    Examples
    --------
    >>> bets_needed(0.02)
    17795
    """
    share = (1.0 + true_roi) / PRICE
    variance = share * (1.0 - share) * PRICE**2
    reach = float(stats.norm.ppf(0.975) + stats.norm.ppf(power))
    return math.ceil(design_effect * variance * (reach / true_roi) ** 2)
