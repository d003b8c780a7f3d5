"""What a slip puts at risk: the week's profit from the joint draws of all games, and many weeks like it."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from workbench.decision.model import ModelDraws
from workbench.decision.pricing import draw_profits, draw_rows
from workbench.errors import MarketError
from workbench.risk.ruin import (
    Profits,
    Repeated,
    expected_shortfall,
    pooled_profits,
    repeated_weeks,
    summed_profits,
    value_at_risk,
)
from workbench.simulate.tilt import exponential_weights

#: Eighteen weeks and four rounds of playoffs; ruin is asked over ten such seasons, for in one it is too rare to see.
SEASON_WEEKS = 22
RUIN_SEASONS = 10
#: At this price a unit's profit is the share of the stake that won, or lost.
_EVENS = 2.0


@dataclass(frozen=True, slots=True)
class SlipRisk:
    """What one week's bets may do, and weeks like it.

    Attributes
    ----------
    profits : Profits
        Of the week, as a share of the base. Games are independent; the bets of one game share its draws.
    level : float
    value_at_risk, expected_shortfall : float
        At that level, shares of the base; a loss is positive.
    season : Repeated
        `SEASON_WEEKS` weeks like this one: drawdown.
    seasons : Repeated
        `RUIN_SEASONS` such seasons: ruin.
    """

    profits: Profits
    level: float
    value_at_risk: float
    expected_shortfall: float
    season: Repeated
    seasons: Repeated

    def summary(self) -> dict[str, object]:
        """Return the numbers without the law: what metadata.json holds."""
        return {
            "level": self.level,
            "value_at_risk": self.value_at_risk,
            "expected_shortfall": self.expected_shortfall,
            "expected_profit": self.profits.mean,
            "profit_sd": self.profits.sd,
            "chance_of_loss": self.profits.chance_of_loss,
            "expected_growth": self.profits.growth if np.isfinite(self.profits.growth) else None,
            "season": asdict(self.season),
            "seasons": asdict(self.seasons),
        }


@dataclass(frozen=True, slots=True)
class WeekRisk:
    """A slip's risk as the model sees it, and as the market does.

    Attributes
    ----------
    model : SlipRisk
    market : SlipRisk or None
        With every game's draws reweighted until each bet market's outcomes have their no-vig chances: all the slip has
        then is the book's margin against it. None where no weights reach them.
    """

    model: SlipRisk
    market: SlipRisk | None

    def summary(self) -> dict[str, object]:
        """Return the numbers of both."""
        return {"model": self.model.summary(), "market": None if self.market is None else self.market.summary()}


def week_risk(
    bets: pd.DataFrame, prices: pd.DataFrame, *, draws: ModelDraws, rng: np.random.Generator, level: float = 0.95
) -> WeekRisk | None:
    """Return what a slip puts at risk, on both views; None for a slip without bets.

    Parameters
    ----------
    bets, prices : DataFrame
        Of the slip.
    draws : ModelDraws
        On which the slip was decided.
    rng : Generator
        For the repeated weeks; the week itself is added up, not drawn.
    level : float, default 0.95
    """
    if bets.empty:
        return None
    seeds = rng.spawn(2)
    market = market_draws(bets, prices, draws=draws)
    return WeekRisk(
        model=slip_risk(bets, draws, rng=seeds[0], level=level),
        market=None if market is None else slip_risk(bets, market, rng=seeds[1], level=level),
    )


def slip_risk(bets: pd.DataFrame, draws: ModelDraws, *, rng: np.random.Generator, level: float = 0.95) -> SlipRisk:
    """Return the risk of a week's bets under given draws.

    Parameters
    ----------
    bets : DataFrame
        ``game_id, market, side, line, price, stake_share``.
    draws : ModelDraws
    rng : Generator
    level : float, default 0.95
    """
    profits = week_profits(bets, draws)
    season, seasons = (
        repeated_weeks(profits, weeks=weeks, paths=paths, rng=rng)
        for weeks, paths in ((SEASON_WEEKS, 20_000), (SEASON_WEEKS * RUIN_SEASONS, 5_000))
    )
    return SlipRisk(
        profits=profits,
        level=level,
        value_at_risk=value_at_risk(profits, level=level),
        expected_shortfall=expected_shortfall(profits, level=level),
        season=season,
        seasons=seasons,
    )


def week_profits(bets: pd.DataFrame, draws: ModelDraws) -> Profits:
    """Return the law of the week's profit as a share of the base: exact in the draws, but for pooling."""
    rows = draw_rows(bets, draws)
    parts = []
    for row in np.unique(rows):
        mine = bets[rows == row]
        paid = draw_profits(mine, draws, row=int(row)) @ mine["stake_share"].to_numpy(dtype=np.float64)
        parts.append(pooled_profits(paid, draws.weights[row]))
    return summed_profits(parts)


def market_draws(bets: pd.DataFrame, prices: pd.DataFrame, *, draws: ModelDraws) -> ModelDraws | None:
    """Return the draws of the games that are bet, with the market's chances; None where no weights reach them.

    Of all weights that give every side of a bet market its no-vig probability (pushes aside), those nearest to the
    model's: what becomes of the slip if the market is right and the model sees nothing.

    Parameters
    ----------
    bets, prices : DataFrame
        Of the slip; ``prices`` with ``market_win``.
    draws : ModelDraws
    """
    parts = []
    for row in np.unique(draw_rows(bets, draws)):
        game = str(draws.game_ids[row])
        markets = set(bets.loc[bets["game_id"] == game, "market"])
        sides = prices[(prices["game_id"] == game) & prices["market"].isin(markets)]
        free = sides[sides.duplicated("market")]  # the chances of a market's first side follow from the others
        shares = draw_profits(free.assign(price=_EVENS), draws, row=int(row))
        chance = free["market_win"].to_numpy(dtype=np.float64)
        moments = (np.maximum(shares, 0.0) - chance * np.abs(shares)).T
        try:
            parts.append(exponential_weights(moments[None], target=np.zeros((1, len(free))), base=draws.weights[[row]]))
        except MarketError:
            return None
    kept = np.unique(draw_rows(bets, draws))
    weights = np.concatenate([part.weights for part in parts])
    fair = draws.fair_margin[kept], draws.fair_total[kept]
    return ModelDraws(draws.game_ids[kept], draws.home[kept], draws.away[kept], weights, *fair)
