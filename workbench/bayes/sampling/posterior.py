"""Draws of a network's free variables, chain by chain, whatever engine made them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from workbench.errors import ValidationError

if TYPE_CHECKING:
    import arviz as az

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Posterior:
    """Draws of one network on one set of rows.

    Attributes
    ----------
    draws : dict of str to ndarray, each shape (n_chains, n_draws, *shape)
        The free variables, standard normal a priori; the scales multiply them inside the network.
    sampler : str
        The engine: ``nuts``, or the name of a fast path.
    divergences : int
        Of the kept draws; 0 where the engine has none.
    seconds, cpu_seconds : float
        Of the wall and of all processes, compiling left out; 0 where unknown.
    tree_steps : float
        Gradients a kept draw; 0 where the engine has no trees.
    settings : dict
        What the engine was asked for: plain JSON.

    Raises
    ------
    ValidationError
        If there are no draws, the variables disagree in chains and draws, or a draw is not finite.

    Examples
    --------
    >>> made = Posterior(draws={"w": np.arange(8.0).reshape(2, 4)}, sampler="nuts")
    >>> made.n_chains, made.n_draws, made.flat(4)["w"]
    (2, 4, array([0., 2., 4., 6.]))
    """

    draws: dict[str, Array]
    sampler: str
    divergences: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    tree_steps: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        leading = {values.shape[:2] if values.ndim >= 2 else () for values in self.draws.values()}
        if len(leading) != 1 or () in leading or 0 in next(iter(leading)):
            shapes = {name: values.shape for name, values in self.draws.items()}
            raise ValidationError(f"Draws must share (n_chains, n_draws), each at least 1, got {shapes}.")
        broken = sorted(name for name, values in self.draws.items() if not np.isfinite(values).all())
        if broken:
            raise ValidationError(f"Draws must be finite; those of {', '.join(broken)} are not. Did a chain diverge?")

    @property
    def n_chains(self) -> int:
        """How many chains there are."""
        return int(next(iter(self.draws.values())).shape[0])

    @property
    def n_draws(self) -> int:
        """How many draws a chain has."""
        return int(next(iter(self.draws.values())).shape[1])

    def flat(self, n: int | None = None) -> dict[str, Array]:
        """Return all draws in one row, or ``n`` of them, as even over and along the chains as can be.

        Parameters
        ----------
        n : int, optional
            All if None or more than there are.

        Returns
        -------
        dict of str to ndarray, each shape (n, *shape)
            Chain by chain, in the order drawn.

        Raises
        ------
        ValidationError
            If fewer than one draw is asked for.
        """
        total = self.n_chains * self.n_draws
        if n is not None and n < 1:
            raise ValidationError(f"At least 1 draw must be asked for, got {n}.")
        kept = np.arange(total) if n is None or n >= total else _even_places(n, self.n_chains, self.n_draws)
        return {name: values.reshape(total, *values.shape[2:])[kept] for name, values in self.draws.items()}

    def chains(self, *, first: int = 0, draws: int | None = None) -> Self:
        """Return the chains cut to ``draws`` draws from ``first`` on; the counts of the whole are kept."""
        end = None if draws is None else first + draws
        cut = {name: values[:, first:end] for name, values in self.draws.items()}
        return type(self)(**{**_fields(self), "draws": cut})


def to_inference_data(posterior: Posterior) -> "az.InferenceData":
    """Return the draws as arviz holds them, all else as attributes: an open format once written (NetCDF)."""
    import arviz as az

    kept = {name: value for name, value in _fields(posterior).items() if name != "draws"}
    attributes = {**kept, "settings": json.dumps(kept["settings"], sort_keys=True)}
    made: az.InferenceData = az.from_dict(posterior=posterior.draws, posterior_attrs=attributes)
    return made


def from_inference_data(inference_data: "az.InferenceData") -> Posterior:
    """Return what ``to_inference_data`` was given.

    Raises
    ------
    ValidationError
        If an attribute is missing: the data were not made by ``to_inference_data``.
    """
    group: Any = inference_data["posterior"]
    missing = sorted(set(_PLAIN) - set(group.attrs))
    if missing:
        raise ValidationError(f"A posterior needs the attributes {', '.join(missing)}; these draws are someone else's.")
    plain: dict[str, Any] = {name: kind(group.attrs[name]) for name, kind in _PLAIN.items()}
    draws = {str(name): np.asarray(values) for name, values in group.data_vars.items()}
    return Posterior(draws=draws, **{**plain, "settings": json.loads(plain["settings"])})


_PLAIN: Mapping[str, type] = {
    "sampler": str, "divergences": int, "seconds": float, "cpu_seconds": float, "tree_steps": float, "settings": str,
}  # fmt: skip


def _fields(posterior: Posterior) -> dict[str, Any]:
    return {name: getattr(posterior, name) for name in Posterior.__dataclass_fields__}


def _even_places(n: int, n_chains: int, n_draws: int) -> NDArray[np.int64]:
    """Return n places in chains laid end to end: each chain its share, spread from its first draw on."""
    shares = [n * (chain + 1) // n_chains - n * chain // n_chains for chain in range(n_chains)]
    return np.concatenate(
        [chain * n_draws + np.arange(share) * n_draws // max(share, 1) for chain, share in enumerate(shares)]
    )
