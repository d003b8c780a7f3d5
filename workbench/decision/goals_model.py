"""The model a batch of matches is decided with: scorelines from goals, alone or pooled with the market's prices."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import AsOf
from workbench.decision.model import ModelDraws
from workbench.decision.three_way import PRICE_COLUMNS, is_three_way
from workbench.goals.dixon_coles import Memory
from workbench.goals.grid import cells, outcome_probabilities, reweighted, scoreline_probabilities
from workbench.goals.history import history, strengths_at
from workbench.goals.mixing import pooled
from workbench.market.overround import OverroundMethod, fair_probabilities

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GoalsModel:
    """Strengths fitted anew at every decision; what is tuned on earlier seasons stays.

    Attributes
    ----------
    memory : Memory
        How fast matches are forgotten, how far clubs may lie from their prior.
    weight : float
        The goals' weight in a logarithmic pool with the no-vig prices of the decision: 1 looks at no price, 0 is the
        market.
    overround_method : {"proportional", "additive", "power", "shin", ...}
    """

    memory: Memory
    weight: float = 1.0
    overround_method: OverroundMethod = "power"

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        """Return every scoreline of these matches with its probability (implements ``decision.model.Model``)."""
        home, away = cells()
        grid = self.scorelines(view, games, quotes)
        shape = grid.shape
        unknown = np.full(len(games), np.nan)
        return ModelDraws(
            game_ids=games["game_id"].to_numpy(dtype=str),
            home=np.broadcast_to(home, shape),
            away=np.broadcast_to(away, shape),
            weights=grid,
            fair_margin=grid @ (home - away).astype(np.float64),
            fair_total=grid @ (home + away).astype(np.float64),
            margin_error=unknown,
            total_error=unknown,
            exact=True,
        )

    def scorelines(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> _Floats:
        """Return the probability of every cell of the scoreline grid, shape (n_matches, n_cells)."""
        past = history(view.table("games"), view.table("results"))
        season = int(games["season"].iloc[0])
        strengths = strengths_at(past, instant=view.instant, season=season, memory=self.memory)
        ours, theirs = strengths.means(past.places(games["home_team"]), past.places(games["away_team"]))
        grid = scoreline_probabilities(ours, theirs, rho=strengths.rho)
        return grid if self.weight == 1.0 else self._informed(grid, games=games, quotes=quotes)

    def _informed(self, grid: _Floats, *, games: pd.DataFrame, quotes: pd.DataFrame) -> _Floats:
        """Move home, draw and away to the pool's chances where there is a price; elsewhere the goals stand alone."""
        three = quotes[is_three_way(quotes)].drop_duplicates("game_id").set_index("game_id")
        prices = three.reindex(games["game_id"])[list(PRICE_COLUMNS)].to_numpy(dtype=np.float64)
        quoted = np.isfinite(prices).all(axis=1)
        market = fair_probabilities(prices[quoted], method=self.overround_method)
        outcomes = outcome_probabilities(grid)
        outcomes[quoted] = pooled(outcomes[quoted], market, weight=self.weight)
        return reweighted(grid, outcomes)
