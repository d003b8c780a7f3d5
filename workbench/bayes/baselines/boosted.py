"""Gradient-boosted quantiles: one ensemble of trees a level, put together to a distribution over whole yards."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pandas as pd

from workbench.bayes.baselines.quantile_curve import forecast_from_quantiles
from workbench.bayes.baselines.rows import Floats, feature_matrix, known_yards
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.errors import FormatError

if TYPE_CHECKING:
    import lightgbm

#: Every twentieth, and the ends of the 95 % and 98 % intervals.
LEVELS: Final = (0.01, 0.025, *(round(0.05 * step, 2) for step in range(1, 20)), 0.975, 0.99)


@dataclass(frozen=True, slots=True)
class FittedBoosted:
    """Boosted quantiles that have learned.

    Attributes
    ----------
    support : Support
    features : tuple of str
    levels : tuple of float
    models : tuple of str
        LightGBM's own text of each level's trees.
    threads : int
    """

    support: Support
    features: tuple[str, ...]
    levels: tuple[float, ...]
    models: tuple[str, ...]
    threads: int = 1

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return "boosted"

    def quantiles(self, rows: pd.DataFrame) -> Floats:
        """Return the quantiles of jittered yards as the trees give them, crossings and all, (n_rows, n_levels)."""
        import lightgbm as lgb

        inputs = feature_matrix(rows, features=self.features)
        if not len(inputs):
            return np.empty((0, len(self.levels)))
        trees = [lgb.Booster(model_str=text) for text in self.models]
        return np.column_stack([np.asarray(tree.predict(inputs, num_threads=self.threads)) for tree in trees])

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the predictive distribution of every row; ``yards`` is never looked at."""
        return forecast_from_quantiles(self.quantiles(rows), levels=self.levels, support=self.support)

    def to_plain(self) -> dict[str, object]:
        """Return what JSON can hold."""
        return {
            "method": self.name, "support": list(self.support), "features": list(self.features),
            "levels": list(self.levels), "models": list(self.models),
        }  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Mapping[str, object], *, threads: int = 1) -> Self:
        """Return what :meth:`to_plain` gave.

        Raises
        ------
        FormatError
            If it is not that.
        """
        kept = json.loads(json.dumps(dict(plain)))
        try:
            return cls(
                Support(*kept["support"]),
                tuple(kept["features"]),
                tuple(kept["levels"]),
                tuple(kept["models"]),
                threads,
            )
        except (KeyError, TypeError) as error:
            raise FormatError(f"Boosted quantiles are kept with their models and levels: {error}.") from error


@dataclass(frozen=True, slots=True)
class BoostedQuantiles:
    """LightGBM on the pinball loss at every level.

    Trees are grown on jittered yards (see ``quantile_curve``), missing features keep a branch of their own, and the
    same seed gives the same trees.

    Attributes
    ----------
    support : Support
    rounds : int
        Trees a level.
    leaves, least_rows : int
        Leaves a tree and rows a leaf.
    learning_rate, feature_share : float
    levels : tuple of float
    threads : int
    """

    support: Support
    rounds: int = 150
    leaves: int = 12
    least_rows: int = 80
    learning_rate: float = 0.05
    feature_share: float = 0.8
    levels: tuple[float, ...] = LEVELS
    threads: int = 1

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return "boosted"

    def fit(self, rows: pd.DataFrame, *, features: Sequence[str], seed: int) -> FittedBoosted:
        """Learn from rows whose ``yards`` are known.

        Raises
        ------
        ValidationError
            If there are no rows, yards are unknown, or a feature is lacking.
        """
        import lightgbm as lgb

        inputs, yards = feature_matrix(rows, features=features), known_yards(rows)
        jittered = yards + np.random.default_rng(seed).uniform(-0.5, 0.5, len(yards))
        binned = lgb.Dataset(inputs, label=jittered, free_raw_data=False, params=self._settings(seed)).construct()
        models = tuple(self._grown(binned, level=level, seed=seed) for level in self.levels)
        return FittedBoosted(self.support, tuple(features), self.levels, models, self.threads)

    def _grown(self, binned: "lightgbm.Dataset", *, level: float, seed: int) -> str:
        import lightgbm as lgb

        settings = self._settings(seed) | {"objective": "quantile", "alpha": level}
        return str(lgb.train(settings, binned, num_boost_round=self.rounds).model_to_string())

    def _settings(self, seed: int) -> dict[str, object]:
        # Row-wise by force: measuring which way is faster would let the clock choose the order of sums.
        return {
            "num_leaves": self.leaves, "min_data_in_leaf": self.least_rows, "learning_rate": self.learning_rate,
            "feature_fraction": self.feature_share, "num_threads": self.threads, "seed": seed, "verbosity": -1,
            "deterministic": True, "force_row_wise": True, "feature_pre_filter": False,
        }  # fmt: skip
