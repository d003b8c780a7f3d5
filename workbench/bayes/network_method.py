"""A network as a method: learn from all rows by the fast path, or from a sample of them by full NUTS; forecast rows.

What has learned is a posterior and an encoder. It is kept as plain JSON beside named arrays, never pickled, and a row's
forecast depends on no other row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.encode import Encoder
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.predictive import DRAWS, Variances, decomposition, mean_only, predictive
from workbench.bayes.sampling.anchored import AnchoredOptions, fast_posterior
from workbench.bayes.sampling.compiled import ROWS, Compiled, compiled, rows_of
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.zoo import network_named
from workbench.errors import FormatError, ValidationError

Floats32 = NDArray[np.float32]
Sampler = Literal["fast", "nuts"]
#: Rows whose outputs are computed at once: one compiled function serves any number of rows.
_BLOCK: Final = 512
_ORDER: Final = ["game_id", "player_id"]
_PLAIN: Final = ("sampler", "divergences", "seconds", "cpu_seconds", "tree_steps", "settings")


@dataclass(frozen=True, slots=True)
class NutsRun:
    """How full sampling is run: on how many rows, by how many chains and draws, in how many processes."""

    rows: int = 3000
    chains: int = 2
    warmup: int = 500
    draws: int = 1000
    workers: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class FittedNetwork:
    """A network that has learned, or one plugged together from a posterior drawn elsewhere.

    Attributes
    ----------
    network : Network
    encoder : Encoder
        Of the rows the posterior was drawn on.
    posterior : Posterior
        Its ``settings`` hold ``sigma``, the prior scale it was drawn under.
    support : tuple of int
        First and last whole yard.

    Raises
    ------
    ValidationError
        If the posterior does not say its prior scale.
    """

    network: Network
    encoder: Encoder
    posterior: Posterior
    support: tuple[int, int]
    _engines: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if "sigma" not in self.posterior.settings:
            raise ValidationError("A posterior must say in its settings under which prior scale (sigma) it was drawn.")

    @property
    def sigma(self) -> float:
        """The prior scale."""
        return float(self.posterior.settings["sigma"])

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return _named(self.network, sigma=self.sigma, sampler="nuts" if self.posterior.sampler == "nuts" else "fast")

    def outputs(self, rows: pd.DataFrame, *, draws: int | None = None) -> Floats32:
        """Return the network's outputs, standardized yards, shape (n_draws, n_rows, n_parameters).

        Parameters
        ----------
        rows : DataFrame
            ``yards`` may be null; it is not looked at.
        draws : int, optional
            At most so many, spread evenly; all if None.
        """
        data = self.encoder.encode(rows)
        values, blocks = self.posterior.flat(draws), _blocks(data)
        if "outputs" not in self._engines:
            self._engines["outputs"] = _output_function(self.network, blocks[0], sigma=self.sigma)
        found = [self._engines["outputs"](values, rows_of(block)) for block in blocks]
        return np.concatenate(found, axis=1)[:, : len(rows)]

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the posterior predictive distribution of every row; ``yards`` is never looked at."""
        outputs = self.outputs(rows, draws=DRAWS)
        return predictive(outputs, family=self.network.family, encoder=self.encoder, support=self.support)

    def mean_forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the posterior of the MEAN as if it were a forecast: the known failure, shown beside ``forecast``."""
        return mean_only(self.outputs(rows), family=self.network.family, encoder=self.encoder, support=self.support)

    def variances(self, rows: pd.DataFrame) -> Variances:
        """Return what is noise (aleatoric) and what is doubt (epistemic) in each row's forecast, squared yards."""
        return decomposition(self.outputs(rows, draws=DRAWS), family=self.network.family, encoder=self.encoder)

    def to_plain(self) -> dict[str, Any]:
        """Return everything but the draws, as JSON holds it."""
        kept = {name: getattr(self.posterior, name) for name in _PLAIN}
        return {
            "method": "network", "network": self.network.name, "support": list(self.support),
            "encoder": self.encoder.to_dict(), "posterior": kept,
        }  # fmt: skip

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the draws by name, each shape (n_chains, n_draws, *shape)."""
        return dict(self.posterior.draws)

    @classmethod
    def load(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return what ``to_plain`` and ``to_arrays`` gave; forecasts are equal to the bit.

        Raises
        ------
        FormatError
            If an entry is missing.
        ParameterError
            If the zoo has no such network.
        """
        lacking = sorted({"network", "support", "encoder", "posterior"} - set(plain))
        if lacking or set(_PLAIN) - set(plain["posterior"]):
            raise FormatError(f"A fitted network is kept with its posterior's facts; missing: {lacking or _PLAIN}.")
        first, last = plain["support"]
        facts = {name: plain["posterior"][name] for name in _PLAIN}
        posterior = Posterior(draws={name: np.asarray(values) for name, values in arrays.items()}, **facts)
        encoder = Encoder.from_dict(plain["encoder"])
        return cls(network_named(plain["network"]), encoder, posterior, (int(first), int(last)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMethod:
    """A network that can learn.

    Attributes
    ----------
    network : Network
    support : tuple of int
        First and last whole yard of the forecasts.
    sigma : float
        Prior scale of weights and biases.
    sampler : {"fast", "nuts"}
        An anchored ensemble on all rows, or full sampling of a stated, stratified sample.
    options : AnchoredOptions
        Of the fast path.
    nuts : NutsRun
        Of full sampling.
    workers : int
        Threads of the fast path; no draw depends on it.
    """

    network: Network
    support: tuple[int, int]
    sigma: float = 1.0
    sampler: Sampler = "fast"
    options: AnchoredOptions = field(default_factory=AnchoredOptions)
    nuts: NutsRun = field(default_factory=NutsRun)
    workers: int = 1

    @property
    def name(self) -> str:
        """The method's name, as in the tables."""
        return _named(self.network, sigma=self.sigma, sampler=self.sampler)

    def fit(self, rows: pd.DataFrame, *, features: Sequence[str], seed: int) -> FittedNetwork:
        """Learn from rows whose ``yards`` are known; their order does not matter.

        Raises
        ------
        ValidationError
            If there are no rows, yards are missing or all equal, a feature is absent or infinite, or none varies.
        """
        seen = rows.sort_values(_ORDER, kind="stable", ignore_index=True)
        encoder = Encoder.fit(seen, features=features)
        if self.sampler == "nuts":
            seen = self._sampled(seen, seed=seed)
            encoder = Encoder.fit(seen, features=features)
        posterior = self._drawn(encoder.encode(seen), seed=seed)
        return FittedNetwork(self.network, encoder, posterior, self.support)

    def _sampled(self, rows: pd.DataFrame, *, seed: int) -> pd.DataFrame:
        from workbench.bayes.sampling.sample import stratified_sample

        return stratified_sample(rows, self.nuts.rows, seed=seed)

    def _drawn(self, data: NetworkData, *, seed: int) -> Posterior:
        if self.sampler == "fast":
            return fast_posterior(
                self.network, data, sigma=self.sigma, seed=seed, workers=self.workers, options=self.options
            )
        from workbench.bayes.sampling.nuts import sample_nuts

        run = self.nuts
        return sample_nuts(
            self.network, data, sigma=self.sigma, seed=seed, chains=run.chains, warmup=run.warmup, draws=run.draws,
            workers=run.workers,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One network of the production ensemble: its name in the zoo, its prior scale, its fit."""

    network: str
    sigma: float
    options: AnchoredOptions


#: What the week runs. Chosen on the seasons 2021 and 2022 (trained to 2019 and 2020), before 2023 was opened.
PRODUCTION: Final = (Choice("skewed", 1.0, AnchoredOptions()), Choice("experts", 1.0, AnchoredOptions()))


def _named(network: Network, *, sigma: float, sampler: Sampler) -> str:
    """Return the network's name, and what differs from the fast path under a unit prior scale."""
    scale = "" if sigma == 1.0 else f" sigma {sigma:g}"
    return f"{network.name}{scale}{' nuts' if sampler == 'nuts' else ''}"


def _blocks(data: NetworkData) -> list[NetworkData]:
    """Return the rows in blocks of one size, the last filled up with zeros; one block where there are no rows."""
    n_rows = len(data.inputs)
    lacking = -n_rows % _BLOCK if n_rows else _BLOCK
    padded: dict[str, Any] = {name: _padded(getattr(data, name), lacking) for name in ROWS}
    return [_cut(data, padded, first) for first in range(0, n_rows + lacking, _BLOCK)]


def _cut(data: NetworkData, columns: Mapping[str, Any], first: int) -> NetworkData:
    block: dict[str, Any] = {name: values[first : first + _BLOCK] for name, values in columns.items()}
    return replace(data, **block)


def _padded(values: NDArray[Any], lacking: int) -> NDArray[Any]:
    # Yards are unknown in rows to forecast; the outputs do not read them, but nothing here shall turn on that.
    filler = np.zeros((lacking, *values.shape[1:]), values.dtype)
    whole: NDArray[Any] = np.nan_to_num(np.concatenate([values, filler]))
    return whole


def _output_function(network: Network, data: NetworkData, *, sigma: float) -> Any:
    """Return outputs of all draws at one block of rows, compiled once."""
    ready = _over_draws(compiled(network, data, sigma=sigma))
    return lambda values, rows: np.asarray(ready(values, rows))


@lru_cache(maxsize=32)
def _over_draws(model: Compiled) -> Any:
    import jax

    return jax.jit(jax.vmap(model.outputs, in_axes=(0, None)))
