"""The hierarchical regression: linear in the features, players and teams pooled in part, noise that the features scale.

Fitted in closed steps, in seconds on all rows, where the zoo's ``glm`` is the same idea sampled.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.bayes.baselines.mixed_model import MixedModel, fit_mixed
from workbench.bayes.baselines.rows import Floats, feature_matrix, known_yards
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.errors import FormatError

Noise = Literal["normal", "residuals"]
GROUPS: Final = ("player_id", "team")
#: Standard deviations beyond which a new row's feature counts as this far out: a line has no bound of its own.
_FURTHEST: Final = 4.0
_PARTS: Final = ("slopes", "effects", "spreads", "variances", "noise")


@dataclass(frozen=True, slots=True, eq=False)
class FittedHierarchical:
    """A hierarchical regression that has learned.

    Attributes
    ----------
    support : Support
    features : tuple of str
    centres, scales : ndarray, shape (n_features,)
    masked : ndarray of bool, shape (n_features,)
        Features that were missing in some training rows and get a column that says so.
    places : dict of str to dict of str to int
        Where each group's effect stands, by kind.
    model : MixedModel
    errors : ndarray
        Standardized residuals, rising; empty: the noise is normal.
    """

    support: Support
    features: tuple[str, ...]
    centres: Floats
    scales: Floats
    masked: NDArray[np.bool_]
    places: dict[str, dict[str, int]]
    model: MixedModel
    errors: Floats

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return "hierarchical_residuals" if len(self.errors) else "hierarchical"

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the predictive distribution of every row; who was never seen gets the population."""
        means, scales = self.moments(rows)
        steps = (self.support.yards + 0.5 - means[:, None]) / scales[:, None]
        if len(self.errors):
            cdf = np.searchsorted(self.errors, steps.ravel(), side="right").reshape(steps.shape) / len(self.errors)
        else:
            cdf = ndtr(steps)
        cdf[:, -1] = 1.0
        return IntegerForecast(self.support, cdf)

    def moments(self, rows: pd.DataFrame) -> tuple[Floats, Floats]:
        """Return each row's mean and standard deviation in yards, what is unknown of its player and team included."""
        columns = _columns(
            feature_matrix(rows, features=self.features), centres=self.centres, scales=self.scales, masked=self.masked
        )
        means, variances = columns @ self.model.slopes, np.exp(columns @ self.model.noise)
        for kind, name in enumerate(GROUPS):
            place = rows[name].map(self.places[name]).fillna(-1).to_numpy(dtype=np.int64)
            known = place >= 0
            means = means + np.where(known, self.model.effects[place], 0.0)
            variances = variances + np.where(known, self.model.spreads[place], self.model.variances[kind])
        return means, np.sqrt(variances)

    def to_plain(self) -> dict[str, object]:
        """Return what JSON can hold."""
        return {
            "method": self.name, "support": list(self.support), "features": list(self.features),
            "centres": self.centres.tolist(), "scales": self.scales.tolist(), "masked": self.masked.tolist(),
            "places": self.places, "errors": self.errors.tolist(),
            "model": {name: getattr(self.model, name).tolist() for name in _PARTS},
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
            model = MixedModel(*(np.array(kept["model"][name], dtype=np.float64) for name in _PARTS))
            centres, scales, errors = (
                np.array(kept[name], dtype=np.float64) for name in ("centres", "scales", "errors")
            )
            masked = np.array(kept["masked"], dtype=bool)
            names = tuple(kept["features"])
            return cls(Support(*kept["support"]), names, centres, scales, masked, kept["places"], model, errors)
        except (KeyError, TypeError) as error:
            raise FormatError(f"A hierarchical regression is kept with its model and places: {error}.") from error


@dataclass(frozen=True, slots=True)
class HierarchicalGLM:
    """Linear mean with player and team effects, log-linear noise.

    Attributes
    ----------
    support : Support
    noise : {"normal", "residuals"}, default "normal"
        The shape of the noise: a normal, or that of the standardized training residuals.
    """

    support: Support
    noise: Noise = "normal"

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return "hierarchical_residuals" if self.noise == "residuals" else "hierarchical"

    def fit(self, rows: pd.DataFrame, *, features: Sequence[str], seed: int) -> FittedHierarchical:
        """Learn from rows whose ``yards`` are known; nothing is drawn.

        Raises
        ------
        ValidationError
            If there are no rows, yards are unknown, or a feature is lacking.
        """
        inputs, yards = feature_matrix(rows, features=features), known_yards(rows)
        missing = np.isnan(inputs)
        counts = np.maximum((~missing).sum(axis=0), 1)
        centres = np.where(missing, 0.0, inputs).sum(axis=0) / counts
        scales = np.sqrt(np.square(np.where(missing, 0.0, inputs - centres)).sum(axis=0) / counts)
        masked = np.asarray(missing.any(axis=0) & ~missing.all(axis=0))
        # A constant feature says nothing: divided by one it is a column of zeros.
        scales = np.where(scales > 1e-9 * np.maximum(1.0, np.abs(centres)), scales, 1.0)
        columns = _columns(inputs, centres=centres, scales=scales, masked=masked)
        places, groups, kinds = _grouped(rows)
        model = fit_mixed(columns, yards, groups=groups, kinds=kinds)
        fitted = FittedHierarchical(
            self.support, tuple(features), centres, scales, masked, places, model, np.empty(0)
        )  # fmt: skip
        if self.noise == "normal":
            return fitted
        means, spread = fitted.moments(rows)
        errors = np.sort((yards - means) / spread)
        return FittedHierarchical(self.support, tuple(features), centres, scales, masked, places, model, errors)


def _columns(inputs: Floats, *, centres: Floats, scales: Floats, masked: NDArray[np.bool_]) -> Floats:
    """Return one, the standardized features (zero where missing) and which are missing."""
    standard = np.nan_to_num(np.clip((inputs - centres) / scales, -_FURTHEST, _FURTHEST))
    gaps = np.isnan(inputs)[:, masked].astype(np.float64)
    return np.column_stack([np.ones(len(inputs)), standard, gaps])


def _grouped(
    rows: pd.DataFrame,
) -> tuple[dict[str, dict[str, int]], NDArray[np.int64], NDArray[np.int64]]:
    places: dict[str, dict[str, int]] = {}
    columns: list[NDArray[np.int64]] = []
    kinds: list[int] = []
    for kind, name in enumerate(GROUPS):
        labels = sorted(set(rows[name].dropna().astype(str)))
        places[name] = {label: len(kinds) + place for place, label in enumerate(labels)}
        kinds += [kind] * len(labels)
        columns.append(np.asarray(rows[name].map(places[name]), dtype=np.int64))
    return places, np.column_stack(columns), np.array(kinds, dtype=np.int64)
