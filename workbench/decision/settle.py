"""Settle bets: overtime counts, equal to the line is a push, quarter lines are two halves, unplayed weeks are void.

Of home, draw and away one wins and two lose.
"""

from typing import Literal

import numpy as np
import pandas as pd

from workbench.clock import stats_known_at, week_tuesdays
from workbench.decision.pricing import bet_terms
from workbench.decision.three_way import is_three_way, side_shares
from workbench.market.prices import profits, stake_shares

Outcome = Literal["win", "loss", "push", "void", "half_win", "half_loss", "waiting"]

_OUTCOME_OF_SHARE: dict[float, Outcome] = {1.0: "win", 0.5: "half_win", 0.0: "push", -0.5: "half_loss", -1.0: "loss"}
#: What settling adds to a bet.
SETTLED_COLUMNS = ("outcome", "profit_units", "home_score", "away_score", "settled_at")


def settle(bets: pd.DataFrame, results: pd.DataFrame, *, games: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the bets with their outcome and profit.

    Parameters
    ----------
    bets : DataFrame
        game_id, season, week, kickoff_utc (as scheduled when bet), market, side, line, price, stake_units.
    results : DataFrame
        The ``results`` fact table: final scores, overtime included.
    games : DataFrame, optional
        The schedule as known now. A bet on a game that vanished from its week, or was moved out of its
        Tuesday-to-Monday week, is void; without a schedule only the results' week can tell.

    Returns
    -------
    DataFrame
        The bets in their order with ``outcome`` (win, loss, push, void, half_win, half_loss, waiting),
        ``profit_units`` (null while waiting, 0 for pushes and voids), scores and ``settled_at`` (UTC; for a
        game that was never played the Tuesday 06:00 ET after its week).
    """
    scores = results[["game_id", "season", "week", "home_score", "away_score", "known_at"]].rename(
        columns={"season": "_played_season", "week": "_played_week", "known_at": "settled_at"}
    )
    stale = [column for column in SETTLED_COLUMNS if column in bets]
    joined = bets.drop(columns=stale).merge(scores, on="game_id", how="left", validate="many_to_one")
    void = _void(joined, games=games)
    played = joined["home_score"].notna().to_numpy() & ~void
    home, away = (joined[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("home_score", "away_score"))
    line, sign = bet_terms(joined)
    value = np.where((joined["market"] == "total").to_numpy(), home + away, home - away)
    three = is_three_way(joined)
    owed = np.where(three, side_shares(value, sign), stake_shares(np.where(played, value, line), line, sign=sign))
    shares = np.where(played, owed, 0.0)
    paid = profits(shares, price=joined["price"].to_numpy(dtype=np.float64))
    stake = joined["stake_units"].to_numpy(dtype=np.float64)
    outcome = np.select([void, played], ["void", [_OUTCOME_OF_SHARE[share] for share in shares]], default="waiting")
    return joined.drop(columns=["_played_season", "_played_week"]).assign(
        outcome=pd.array(outcome, dtype="str"),
        profit_units=np.where(void | played, paid * stake, np.nan),
        home_score=home,
        away_score=away,
        settled_at=joined["settled_at"].fillna(stats_known_at(joined["kickoff_utc"])).where(played | void),
    )


def _void(joined: pd.DataFrame, *, games: pd.DataFrame | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each bet's game was not, or can no longer be, played within its week."""
    elsewhere = joined["_played_week"].notna() & (
        (joined["_played_week"] != joined["week"]) | (joined["_played_season"] != joined["season"])
    )
    weeks = set() if games is None else set(zip(games["season"], games["week"], strict=True))
    scheduled = np.array([key in weeks for key in zip(joined["season"], joined["week"], strict=True)], dtype=bool)
    if games is None or not scheduled.any():
        return elsewhere.to_numpy(dtype=bool)
    now = joined[["game_id", "season", "week"]].merge(
        games[["game_id", "season", "week", "kickoff_utc"]], on=["game_id", "season", "week"], how="left"
    )["kickoff_utc"]
    moved = week_tuesdays(now) != week_tuesdays(joined["kickoff_utc"].reset_index(drop=True))
    # a schedule that lacks the whole week is a gap in the data, not a postponement
    return elsewhere.to_numpy(dtype=bool) | (scheduled & (now.isna() | moved).to_numpy(dtype=bool))
