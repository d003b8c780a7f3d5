"""The model the week is decided with: ratings, drive-level draws, tilted to where model and market agree to meet."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import AsOf
from workbench.decision.model import ModelDraws
from workbench.features.forecast import ForecastModel, informed_forecasts
from workbench.features.informed import InformedParameters
from workbench.simulate.drives import game_seeds
from workbench.simulate.loop import Scores
from workbench.simulate.model import DriveModel
from workbench.simulate.score_model import ScoreModel, drawn_scores
from workbench.simulate.shape import Shape, shaped_weights
from workbench.simulate.tilt import tilted_weights


@dataclass(frozen=True, slots=True)
class WeekModel:
    """Ratings and drive-level draws, fitted on earlier seasons only.

    Attributes
    ----------
    forecast : ForecastModel
        Ratings, and how far each is trusted beside the line at the decision.
    drives : DriveModel or ScoreModel
        By what the seasons before hold: plays, or final scores only.
    shape : Shape
        Spread and tails of the draws, as the season so far has them.
    seed : int
        Streams are keyed by game, so that one game's draws depend on no other's.
    n_draws : int
    """

    forecast: ForecastModel
    drives: DriveModel | ScoreModel
    shape: Shape
    seed: int
    n_draws: int

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        """Return draws of these games, centred on the forecast (implements ``decision.model.Model``)."""
        forecasts = self.forecasts(view, games, quotes)
        scores = self.scores(games, forecasts)
        weights = tilted_weights(
            scores,
            margin_mean=forecasts["margin_mean"],
            total_mean=forecasts["total_mean"],
            base=shaped_weights(scores, self.shape),
        )
        return ModelDraws(
            game_ids=games["game_id"].to_numpy(dtype=str),
            home=scores.home,
            away=scores.away,
            weights=weights.weights,
            fair_margin=forecasts["fair_line"].to_numpy(dtype=np.float64),
            fair_total=forecasts["fair_total"].to_numpy(dtype=np.float64),
            margin_error=_error(self.forecast.margin, forecasts["home_line"]),
            total_error=_error(self.forecast.total, forecasts["total_line"]),
        )

    def forecasts(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
        """Return the forecasts of these games in their order, informed by the quotes where there are any."""
        lines, totals = (quotes.loc[quotes["market"] == m, ["game_id", "line"]] for m in ("spread", "total"))
        informed = informed_forecasts(view, games=games, model=self.forecast, lines=lines, totals=totals)
        return games[["game_id"]].merge(informed, on="game_id", how="left", validate="one_to_one")

    def scores(self, games: pd.DataFrame, forecasts: pd.DataFrame) -> Scores:
        """Draw the games about their forecast means."""
        return drawn_scores(
            self.drives,
            margin_mean=forecasts["margin_mean"],
            total_mean=forecasts["total_mean"],
            seeds=game_seeds(games["game_id"], seed=self.seed),
            season=games["season"],
            playoff=games["game_type"] != "REG",
            n_draws=self.n_draws,
        )


def _error(learned: InformedParameters, line: "pd.Series[float]") -> NDArray[np.float64]:
    """Return how far informed means may be off; unknown without a line, for only informed means met earlier closes."""
    error = np.nan if learned.close_sd is None else learned.close_sd
    return np.where(line.notna().to_numpy(), error, np.nan)
