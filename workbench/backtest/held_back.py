"""A model that is told later than it might be: what a bet would be worth if its price were older than it says.

Openers without a time stamp count as known on Tuesday 06:00 ET. Some were posted on Sunday evening, before the last
games of the week were over; whoever forecasts with those games and bets at that price has seen what the price had not.
Held back by two days, the forecast knows nothing of last weekend, and its closing line value is a lower bound.
"""

from dataclasses import dataclass

import pandas as pd

from workbench.clock import AsOf
from workbench.decision.model import Model, ModelDraws, no_draws


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A model that sees the world as it was some hours before the decision; prices are those of the decision.

    Attributes
    ----------
    model : Model
    hours : float
        Not negative.
    """

    model: Model
    hours: float

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        """Return the model's draws from an earlier view (implements ``decision.model.Model``).

        A game that was not known to be played then, such as a play-off before its teams are, has no forecast.
        """
        then = view.earlier(view.instant - pd.Timedelta(hours=self.hours))
        scheduled = then.table("games", columns=["game_id"], seasons=sorted(set(games["season"])))["game_id"]
        known = games[games["game_id"].isin(scheduled)].reset_index(drop=True)
        return self.model.draws(then, known, quotes[quotes["game_id"].isin(scheduled)]) if len(known) else no_draws()
