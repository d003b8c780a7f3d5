"""The rolling mean: what the player made lately, and how far that was off for others it said the same of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd

from workbench.bayes.baselines.rows import Floats, feature_matrix, known_yards
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.errors import FormatError, ValidationError

#: The player's decayed mean of yards over earlier games, of ``features.player_yards.columns``: known at the cutoff.
ROLLING_FEATURE: Final = "yards_long"


@dataclass(frozen=True, slots=True, eq=False)
class FittedRolling:
    """A rolling mean that has learned its errors.

    Attributes
    ----------
    support : Support
    feature : str
    edges : ndarray, shape (n_bands - 1,)
        Rolling means in yards between the bands.
    errors : tuple of ndarray
        A band's errors, outcome minus rolling mean, in yards, rising.
    unseen : ndarray
        Outcomes, rising, that stand for a player without an earlier game.
    """

    support: Support
    feature: str
    edges: Floats
    errors: tuple[Floats, ...]
    unseen: Floats

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return "rolling_mean"

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the predictive distribution of every row; ``yards`` is never looked at."""
        means = feature_matrix(rows, features=(self.feature,))[:, 0]
        band = np.where(np.isnan(means), -1, np.searchsorted(self.edges, means, side="right"))
        cdf = np.empty((len(means), len(self.support.yards)))
        for number in np.unique(band):
            errors = self.unseen if number < 0 else self.errors[number]
            chosen = band == number
            # Half a yard: a rolling mean is no integer, so an outcome is the integer its error rounds to.
            gaps = self.support.yards + 0.5 - np.nan_to_num(means[chosen])[:, None]
            cdf[chosen] = np.searchsorted(errors, gaps, side="right") / len(errors)
        cdf[:, -1] = 1.0
        return IntegerForecast(self.support, cdf)

    def to_plain(self) -> dict[str, object]:
        """Return what JSON can hold."""
        return {
            "method": self.name, "support": list(self.support), "feature": self.feature, "edges": self.edges.tolist(),
            "errors": [band.tolist() for band in self.errors], "unseen": self.unseen.tolist(),
        }  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> Self:
        """Return what :meth:`to_plain` gave.

        Raises
        ------
        FormatError
            If it is not that.
        """
        kept = json.loads(json.dumps(dict(plain)))
        try:
            bands = tuple(np.array(band, dtype=np.float64) for band in kept["errors"])
            edges, unseen = (np.array(kept[name], dtype=np.float64) for name in ("edges", "unseen"))
            return cls(Support(*kept["support"]), str(kept["feature"]), edges, bands, unseen)
        except (KeyError, TypeError) as error:
            raise FormatError(f"A rolling mean is kept with its edges and errors: {error}.") from error


@dataclass(frozen=True, slots=True)
class RollingMean:
    """The player's rolling mean with the errors that training rows of the same band had.

    The mean itself is a feature, made of strictly earlier games by whoever made the rows; nothing is averaged here, so
    no row can see its own game or a later one.

    Attributes
    ----------
    support : Support
    feature : str, default ``ROLLING_FEATURE``
    bands : int
        At most; bands hold as many rows each as may be.
    least_rows : int
        Rows a band needs.
    """

    support: Support
    feature: str = ROLLING_FEATURE
    bands: int = 12
    least_rows: int = 200

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return "rolling_mean"

    def fit(self, rows: pd.DataFrame, *, features: Sequence[str], seed: int) -> FittedRolling:
        """Learn from rows whose ``yards`` are known; of ``features`` only its own is used, and nothing is drawn.

        Raises
        ------
        ValidationError
            If there are no rows, yards are unknown, the rows lack the rolling mean, or nobody has one.
        """
        means, yards = feature_matrix(rows, features=(self.feature,))[:, 0], known_yards(rows)
        seen = ~np.isnan(means)
        if not seen.any():
            raise ValidationError(f"A rolling mean needs players with earlier games, got none with {self.feature}.")
        bands = max(1, min(self.bands, int(seen.sum()) // self.least_rows))
        # Equal means cannot be told apart: a constant feature leaves one band.
        edges = np.unique(np.quantile(means[seen], np.arange(1, bands) / bands))
        edges = edges[edges > means[seen].min()]
        band = np.searchsorted(edges, means[seen], side="right")
        errors = tuple(np.sort((yards - means)[seen][band == number]) for number in range(len(edges) + 1))
        unseen = yards[~seen] if (~seen).sum() >= self.least_rows else yards
        return FittedRolling(self.support, self.feature, edges, errors, np.sort(unseen))
