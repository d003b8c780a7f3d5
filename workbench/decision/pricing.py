"""Price both sides of every chosen quote from the model's draws, and compare with the market."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.decision.model import ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.three_way import is_three_way, side_chances, side_fair, side_shares, three_way_sides
from workbench.market.odds import expected_value
from workbench.market.overround import fair_probabilities, overround
from workbench.market.prices import Chances, chances, profits, stake_shares
from workbench.schema import LINELESS, SIDE_SIGN, THREE_WAY

_Floats = NDArray[np.float64]
SIDES: dict[str, tuple[str, str]] = {
    "spread": ("home", "away"),
    "total": ("over", "under"),
    "moneyline": ("home", "away"),
}
_GAME = ["game_id", "season", "week", "kickoff_utc", "game_type", "home_team", "away_team"]


def sides_of(quotes: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return one row a game, market and side: what is offered, and the opposite price.

    Of home, draw and away each is a side, and its opposite the two others together (`workbench.decision.three_way`).
    """
    offers = quotes.merge(games[_GAME], on="game_id", how="inner", validate="many_to_one").rename(
        columns={"recorded_at": "quote_recorded_at", "age_hours": "quote_age_hours"}
    )
    three = is_three_way(offers)
    two = offers[~three]
    plus = two.assign(side=[SIDES[m][0] for m in two["market"]], price=two["price_home"], price_other=two["price_away"])
    minus = two.assign(
        side=[SIDES[m][1] for m in two["market"]], price=two["price_away"], price_other=two["price_home"]
    )
    parts = [plus, minus, *([three_way_sides(offers[three])] if three.any() else [])]
    every = pd.concat(parts, ignore_index=True)
    return every.sort_values(["game_id", "market", "side"], kind="stable").reset_index(drop=True)


def priced(sides: pd.DataFrame, draws: ModelDraws, *, policy: Policy) -> pd.DataFrame:
    """Attach the model's chances, the market's, and the edge in points, probability and expected value.

    Parameters
    ----------
    sides : DataFrame
        From `sides_of`, only games the model drew.
    draws : ModelDraws
    policy : Policy
    """
    row = draw_rows(sides, draws)
    line, sign = bet_terms(sides)
    seen = model_chances(sides, draws)
    market_win = _market_win(sides, policy=policy)
    fair_line = _fair_line(sides, draws, row=row)
    price = sides["price"].to_numpy(dtype=np.float64)
    return sides.assign(
        fair_line=fair_line,
        fair_price=seen.fair_price,
        win=seen.win,
        push=seen.push,
        lose=seen.lose,
        market_win=market_win,
        edge_points=sign * (fair_line - line),
        edge_prob=seen.decided - market_win,
        edge_ev=expected_value(seen.win, seen.lose, price=price),
        overround=_overround(sides),
        effective_draws=effective_draws(draws)[row],
    )


def model_chances(sides: pd.DataFrame, draws: ModelDraws) -> Chances:
    """Return the model's chances of each row's bet at its own line."""
    row = draw_rows(sides, draws)
    line, sign = bet_terms(sides)
    win, push, lose = (np.empty(len(sides)) for _ in range(3))
    for total in (False, True):
        mine = np.flatnonzero(((sides["market"] == "total").to_numpy() == total) & ~is_three_way(sides))
        values = settled_values(draws, total=total)[row[mine]]
        part = chances(values, draws.weights[row[mine]], line=line[mine], sign=sign[mine])
        win[mine], push[mine], lose[mine] = part.win, part.push, part.lose
    three = np.flatnonzero(is_three_way(sides))
    won = side_chances(settled_values(draws, total=False)[row[three]], draws.weights[row[three]], sign[three])
    win[three], push[three], lose[three] = won, 0.0, 1.0 - won
    return Chances(win=win, push=push, lose=lose)


def draw_profits(sides: pd.DataFrame, draws: ModelDraws, *, row: int) -> _Floats:
    """Return the profit of one unit on each bet of one game in each of its draws, shape (n_draws, n_bets)."""
    line, sign = bet_terms(sides)
    columns = [
        profits(bet_shares(settled_values(draws, total=market == "total")[row], market, line=at, sign=s), price=price)
        for market, at, s, price in zip(sides["market"], line, sign, sides["price"], strict=True)
    ]
    return np.stack(columns, axis=1)


def bet_shares(values: NDArray[np.int16], market: str, *, line: float, sign: float) -> _Floats:
    """Return the share of one bet's stake that wins or loses in each draw of margin or total."""
    if market == THREE_WAY:
        return side_shares(values.astype(np.float64), sign)
    return stake_shares(values, line, sign=sign)


def bet_terms(sides: pd.DataFrame) -> tuple[_Floats, _Floats]:
    """Return each bet's line (0 where there is none) and sign."""
    line = np.where(sides["market"].isin(LINELESS), 0.0, sides["line"].to_numpy(dtype=np.float64))
    sign = np.array([SIDE_SIGN[side] for side in sides["side"]], dtype=np.float64)
    return line, sign


def draw_rows(sides: pd.DataFrame, draws: ModelDraws) -> NDArray[np.intp]:
    """Return the row of each side's game in the draws."""
    place = {str(game): row for row, game in enumerate(draws.game_ids)}
    return np.array([place[game] for game in sides["game_id"]], dtype=np.intp)


def settled_values(draws: ModelDraws, *, total: bool) -> NDArray[np.int16]:
    """Return what bets look at: the total, or the margin, shape (n_games, n_draws)."""
    values: NDArray[np.int16] = draws.home + draws.away if total else draws.home - draws.away
    return values


def effective_draws(draws: ModelDraws) -> _Floats:
    """Return Kish's effective number of draws a game: what the tilt has left; endless where chances are exact."""
    if draws.exact:
        return np.full(len(draws.game_ids), np.inf)
    left: _Floats = 1.0 / (draws.weights**2).sum(axis=1)
    return left


def _market_win(sides: pd.DataFrame, *, policy: Policy) -> _Floats:
    three, won = is_three_way(sides), np.empty(len(sides))
    prices = sides.loc[~three, ["price", "price_other"]].to_numpy(dtype=np.float64)
    won[~three] = fair_probabilities(prices, method=policy.overround_method)[:, 0]
    if three.any():
        won[three] = side_fair(sides[three], method=policy.overround_method)
    return won


def _overround(sides: pd.DataFrame) -> _Floats:
    three, margin = is_three_way(sides), np.empty(len(sides))
    margin[~three] = overround(sides.loc[~three, ["price", "price_other"]].to_numpy(dtype=np.float64))
    # of a long shot the others together may cost more than they pay: no price, and still the same sum
    margin[three] = (1.0 / sides.loc[three, ["price", "price_other"]].to_numpy(dtype=np.float64)).sum(axis=1) - 1.0
    return margin


def _fair_line(sides: pd.DataFrame, draws: ModelDraws, *, row: NDArray[np.intp]) -> _Floats:
    market = sides["market"].to_numpy()
    return np.select([market == "spread", market == "total"], [draws.fair_margin[row], draws.fair_total[row]], np.nan)
