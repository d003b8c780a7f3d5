"""A PyMC network compiled to JAX functions of its free variables and of the rows: one model for every engine."""

import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData

if TYPE_CHECKING:
    from collections.abc import Callable

#: The names of the model's data, in the order the functions take them.
ROWS: Final = ("inputs", "yards", "player", "team")
#: Values of the free variables, by name.
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The functions of one network, pure and ready for ``jax.jit``, ``grad`` and ``vmap``; float32.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        Free variables, each standard normal a priori.
    log_likelihood : callable
        ``(values, rows) -> (n_rows,)``; rows a mapping with the entries of ``ROWS``.
    outputs : callable
        ``(values, rows) -> (n_rows, n_parameters)``, in standardized yards.
    """

    shapes: dict[str, tuple[int, ...]]
    log_likelihood: "Callable[[Values, Mapping[str, Any]], Any]"
    outputs: "Callable[[Values, Mapping[str, Any]], Any]"

    def log_prior(self, values: Values) -> Any:
        """Return the log prior density up to its constant: every free variable is standard normal."""
        import jax.numpy as jnp

        return -0.5 * sum(jnp.sum(values[name] ** 2) for name in self.shapes)

    def log_posterior(self, values: Values, rows: Mapping[str, Any]) -> Any:
        """Return the log posterior density up to a constant."""
        return self.log_prior(values) + self.log_likelihood(values, rows).sum()


def rows_of(data: NetworkData) -> dict[str, Any]:
    """Return the rows as the compiled functions take them."""
    return {name: getattr(data, name) for name in ROWS}


@contextmanager
def float32_models() -> Iterator[None]:
    """Build and compile in single precision: half the memory, and for these networks the same draws."""
    from pytensor.configdefaults import config

    with warnings.catch_warnings(), config.change_flags(floatX="float32"):
        warnings.filterwarnings("ignore", message="Explicitly requested dtype")
        warnings.filterwarnings("ignore", message="IProgress not found")  # a progress bar that nobody asked for
        yield


def compiled(network: Network, data: NetworkData, *, sigma: float, hold: Collection[str] = ()) -> Compiled:
    """Build a network on its data and compile it.

    Parameters
    ----------
    network : Network
    data : NetworkData
        Fixes the number of inputs and groups, and the scale; the functions take any rows.
    sigma : float
        Prior scale of weights and biases.
    hold : collection of str
        Free variables that the likelihood's gradient does not see, so that only their prior moves them:
        ``network.held`` for an engine that seeks modes, none for one that draws.
    """
    sizes = data.inputs.shape[1], data.n_players, data.n_teams
    found = _of_sizes(network, *sizes, centre=data.centre, scale=data.scale, sigma=sigma, hold=tuple(hold))
    _single_precision()  # whoever was here since may have turned it off
    return found


@lru_cache(maxsize=32)
def _of_sizes(
    network: Network, n_inputs: int, n_players: int, n_teams: int, *, centre: float, scale: float, sigma: float,
    hold: tuple[str, ...],
) -> Compiled:  # fmt: skip
    """Build a network on rows that stand for any: building takes seconds, and one network is asked for many times."""
    none, nobody = np.zeros(2, np.float32), np.zeros(2, np.int32)
    rows = NetworkData(np.zeros((2, n_inputs), np.float32), none, nobody, nobody, n_players, n_teams, centre, scale)
    with float32_models():
        model = network.build(rows, sigma)
        names = [variable.name for variable in model.value_vars]
        shapes = {v.name: tuple(int(n) for n in v.type.shape) for v in model.value_vars}
        terms = model.logp(vars=[*model.observed_RVs, *model.potentials], sum=False)
        (likelihood,) = terms
        return Compiled(
            shapes,
            _held(_function(model, likelihood, names=names), hold),
            _function(model, model.replace_rvs_by_values([model[OUTPUTS]])[0], names=names),
        )


def _function(model: Any, expression: Any, *, names: list[str]) -> "Callable[[Values, Mapping[str, Any]], Any]":
    """Return a PyTensor expression as a function of values and rows."""
    from pymc.sampling.jax import get_jaxified_graph
    from pytensor.graph.replace import clone_replace

    _single_precision()
    used = [name for name in ROWS if name in model.named_vars]
    inputs = {name: model[name].type() for name in used}
    replaced = clone_replace([expression], {model[name]: inputs[name] for name in used}, rebuild_strict=False)
    graph = get_jaxified_graph([*model.value_vars, *inputs.values()], replaced)

    def function(values: Values, rows: Mapping[str, Any]) -> Any:
        return graph(*(values[name] for name in names), *(rows[name] for name in used))[0]

    return function


def _single_precision() -> None:
    import jax
    import pymc.sampling.jax  # noqa: F401 - PyTensor's linker turns double precision on as it is loaded

    jax.config.update("jax_enable_x64", False)  # type: ignore[no-untyped-call]


def _held(function: "Callable[[Values, Mapping[str, Any]], Any]", hold: Collection[str]) -> "Callable[..., Any]":
    """Return the function with no gradient along some free variables."""
    import jax

    if not hold:
        return function

    def held(values: Values, rows: Mapping[str, Any]) -> Any:
        return function({k: jax.lax.stop_gradient(v) if k in hold else v for k, v in values.items()}, rows)

    return held
