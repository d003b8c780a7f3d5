"""Several networks as one method: a linear pool of their forecasts, each learned on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.forecast import IntegerForecast, pooled
from workbench.bayes.network_method import PRODUCTION, FittedNetwork, NetworkMethod, Sampler
from workbench.bayes.zoo import network_named
from workbench.errors import FormatError, ValidationError

_NAME: Final = "ensemble"
#: Before a network's place: NetCDF wants names that begin with a letter.
_PLACE: Final = "network"
#: Between a network's place and a variable's name, among the arrays of an ensemble.
_BETWEEN: Final = "__"


@dataclass(frozen=True, slots=True, eq=False)
class FittedEnsemble:
    """Networks that have learned on the same rows.

    Attributes
    ----------
    networks : tuple of FittedNetwork

    Raises
    ------
    ValidationError
        If there are none.
    """

    networks: tuple[FittedNetwork, ...]

    def __post_init__(self) -> None:
        if not self.networks:
            raise ValidationError("An ensemble needs a network.")

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return _NAME

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the pool of the networks' predictive distributions, each with one vote."""
        return pooled([network.forecast(rows) for network in self.networks])

    def mean_forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the pool of the posteriors of the MEAN: the known failure, shown beside ``forecast``."""
        return pooled([network.mean_forecast(rows) for network in self.networks])

    def to_plain(self) -> dict[str, Any]:
        """Return everything but the draws, as JSON holds it."""
        return {"method": _NAME, "networks": [network.to_plain() for network in self.networks]}

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the draws, named by the network's place and the variable's name."""
        return {
            f"{_PLACE}{place}{_BETWEEN}{name}": values
            for place, network in enumerate(self.networks)
            for name, values in network.to_arrays().items()
        }

    @classmethod
    def load(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return what ``to_plain`` and ``to_arrays`` gave.

        Raises
        ------
        FormatError
            If it is not an ensemble.
        """
        if plain.get("method") != _NAME:
            raise FormatError(f"An ensemble is kept as method {_NAME!r}, got {plain.get('method')!r}.")
        parts: list[dict[str, NDArray[Any]]] = [{} for _ in plain["networks"]]
        for key, values in arrays.items():
            place, _, name = key.partition(_BETWEEN)
            parts[int(place.removeprefix(_PLACE))][name] = values
        return cls(tuple(FittedNetwork.load(p, a) for p, a in zip(plain["networks"], parts, strict=True)))


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Networks that can learn, pooled.

    Attributes
    ----------
    methods : tuple of NetworkMethod
    """

    methods: tuple[NetworkMethod, ...]

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return _NAME

    def fit(self, rows: pd.DataFrame, *, features: Sequence[str], seed: int) -> FittedEnsemble:
        """Learn from rows whose ``yards`` are known, network by network.

        Raises
        ------
        ValidationError
            As ``NetworkMethod.fit``.
        """
        return FittedEnsemble(tuple(method.fit(rows, features=features, seed=seed) for method in self.methods))


def production_method(*, support: tuple[int, int], workers: int = 1, sampler: Sampler = "fast") -> Ensemble:
    """Return the method of the week: the networks of ``PRODUCTION``, pooled.

    Parameters
    ----------
    support : tuple of int
        First and last whole yard.
    workers : int
        Threads; no draw depends on it.
    sampler : {"fast", "nuts"}
    """
    return Ensemble(
        tuple(
            NetworkMethod(
                network=network_named(choice.network), support=support, sigma=choice.sigma, options=choice.options,
                sampler=sampler, workers=workers,
            )
            for choice in PRODUCTION
        )
    )  # fmt: skip
