"""The bankroll as a fold over bets: never stored as a running total that a re-run could add to twice."""

import math

import pandas as pd

from workbench.store.ledger.schema import BANKROLL_HISTORY

_WEEK = ["season", "week"]


def settled_bankroll(bets: pd.DataFrame, *, instant: pd.Timestamp, initial_units: float) -> float:
    """Return the bankroll once every bet settled by the instant has paid.

    The sum is exact whatever the order of the rows.
    """
    settled = bets[bets["settled_at"].notna() & (bets["settled_at"] <= instant)]
    return initial_units + math.fsum(settled["profit_units"].dropna())


def open_positions(bets: pd.DataFrame, *, instant: pd.Timestamp) -> dict[str, float]:
    """Return the units at stake by game: placed before the instant, not settled by it.

    A bet placed at the very instant belongs to the decision being repeated, and does not stand in its own way.
    """
    at_stake = bets[(bets["placed_at"] < instant) & ~(bets["settled_at"] <= instant)]
    return {str(game): math.fsum(part) for game, part in at_stake.groupby("game_id")["stake_units"]}


def folded(bets: pd.DataFrame, *, initial_units: float) -> pd.DataFrame:
    """Return the weeks' bankrolls: opening, staked, profit, closing; a week's profit is what is settled so far.

    Parameters
    ----------
    bets : DataFrame
        ``weekly_bets`` of one league and policy.
    initial_units : float
    """
    opening, rows = initial_units, []
    for (season, week), part in bets.groupby(_WEEK, sort=True):
        profit = math.fsum(part["profit_units"].dropna())
        rows.append(
            {
                "season": season,
                "week": week,
                "opening_units": opening,
                "staked_units": math.fsum(part["stake_units"].dropna()),
                "profit_units": profit,
                "closing_units": opening + profit,
                "n_bets": len(part),
                "n_settled": int(part["profit_units"].notna().sum()),
            }
        )
        opening += profit
    names = [column.name for column in BANKROLL_HISTORY.columns if column.name not in ("league", "policy")]
    return pd.DataFrame(rows, columns=names)
