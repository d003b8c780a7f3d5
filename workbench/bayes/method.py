"""What networks and baselines have in common: learn from rows, forecast rows.

Rows are a frame with the columns of ``features.player_yards.rows.ROW_COLUMNS`` (written down here too, for kernels do
not know one another) and one float column a feature, null where a feature is masked. ``yards`` is null where unknown.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import pandas as pd

from workbench.bayes.forecast import IntegerForecast

#: Columns beside the features.
ROW_COLUMNS: Final[dict[str, str]] = {
    **dict.fromkeys(("player_id", "player_name", "position", "team", "opponent", "game_id"), "str"),
    **{"season": "int64", "week": "int64", "kickoff_utc": "datetime64[us, UTC]", "cutoff_utc": "datetime64[us, UTC]"},
    **{"role": "str", "earlier_games": "int64", "yards": "float64", "volume": "float64"},
}


class Fitted(Protocol):
    """A method that has learned."""

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        ...

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the predictive distribution of every row; ``yards`` is never looked at."""
        ...


class Method(Protocol):
    """A method that can learn."""

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        ...

    def fit(self, rows: pd.DataFrame, *, features: Sequence[str], seed: int) -> Fitted:
        """Learn from rows whose ``yards`` are known."""
        ...
