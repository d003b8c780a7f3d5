"""Invented walks with planted truth: bettors whose closing line value and return are known, calibrated forecasters."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.backtest.season import SeasonWalk

#: Decimal price of -110.
PRICE: Final = 1.0 + 100.0 / 110.0
_KICKOFF: Final = pd.Timestamp("2020-09-13 17:00", tz="UTC")


def invented_bets(
    rng: np.random.Generator,
    *,
    weeks: int = 18,
    per_week: int = 8,
    seasons: int = 1,
    clv: float = 0.5,
    slope: float = 0.0,
    win: float = 0.54,
    shared: float = 0.5,
) -> pd.DataFrame:
    """Return graded spread bets at -110 by a bettor with known truth.

    Parameters
    ----------
    clv : float
        True mean of clv_points at the mean edge of 2 points; bets of a week share ``shared`` of its standard deviation.
    slope : float
        Points of CLV for each point of edge beyond 2.
    win : float
        True probability of winning a bet; a return of ``win * PRICE - 1`` on each unit.
    """
    n = weeks * per_week * seasons
    week = np.repeat(np.arange(weeks * seasons), per_week)
    edge = rng.uniform(0.5, 3.5, n)
    luck = shared * rng.normal(size=weeks * seasons)[week] + np.sqrt(1 - shared**2) * rng.normal(size=n)
    points = clv + slope * (edge - 2.0) + 1.5 * luck
    won = rng.random(n) < win
    stake = np.round(rng.uniform(5.0, 25.0, n), 2)
    kickoff = _KICKOFF + pd.to_timedelta(7 * week, unit="D") + pd.to_timedelta(365 * (week // weeks), unit="D")
    return pd.DataFrame(
        {
            "game_id": [f"g{i}" for i in range(n)], "season": 2020 + week // weeks, "week": week % weeks + 1,
            "game_type": "REG", "market": np.where(np.arange(n) % 3 == 0, "total", "spread"),
            "side": np.where(np.arange(n) % 3 == 0, "over", "home"),
            "source": np.where(np.arange(n) % 4 == 0, "sbr", "legacy"),
            "kickoff_utc": kickoff, "as_of": kickoff - pd.Timedelta(days=5),
            "settled_at": kickoff + pd.Timedelta(hours=4),
            "line": 3.5, "price": PRICE, "price_assumed": np.arange(n) % 5 == 0, "win": 0.55, "push": 0.0, "lose": 0.45,
            "market_win": 0.5, "edge_points": edge, "edge_prob": edge / 60, "edge_ev": 0.02 + edge / 40,
            "stake_units": stake, "base_units": 1000.0, "outcome": np.where(won, "win", "loss"),
            "profit_units": np.where(won, stake * (PRICE - 1), -stake), "clv_points": points, "clv_prob": points / 40,
            "clv_verdict": np.where(points > 0, "better", "worse"), "headline": True,
        }
    )  # fmt: skip


def invented_games(
    rng: np.random.Generator, *, weeks: int = 20, per_week: int = 14, noise: float = 0.3
) -> pd.DataFrame:
    """Return evaluated games: the close knows the chance, market and model see it through noise on the logit."""
    n = weeks * per_week
    logit = rng.normal(0.25, 0.8, n)
    chance: NDArray[np.float64] = 1 / (1 + np.exp(-logit))
    blurred = {
        name: 1 / (1 + np.exp(-(logit + s * rng.normal(size=n))))
        for name, s in (("market", noise), ("model", 2 * noise))
    }
    week = np.repeat(np.arange(weeks), per_week)
    return pd.DataFrame(
        {
            "game_id": [f"g{i}" for i in range(n)], "season": 2020, "week": week + 1, "game_type": "REG",
            "target": "win", **blurred, "close": chance, "outcome": (rng.random(n) < chance).astype(np.float64),
        }
    )  # fmt: skip


def invented_walk(rng: np.random.Generator, *, weeks: int = 18) -> SeasonWalk:
    """Return one season's walk of invented bets and games."""
    bets, games = invented_bets(rng, weeks=weeks), invented_games(rng, weeks=weeks)
    told = bets.groupby(["season", "week"], as_index=False).agg(
        as_of=("as_of", "first"), bankroll=("base_units", "first")
    )
    return SeasonWalk(bets=bets, prices=bets, forecasts=games, evaluated=games, excluded=bets[:0], weeks=told)
