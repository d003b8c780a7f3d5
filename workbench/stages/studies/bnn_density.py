"""Whether another engine samples the PyMC model: both log densities and their gradients at random points."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.sampling.compiled import Compiled, compiled, rows_of

#: Half the logarithm of two pi: the constant of each standard normal, which the compiled density leaves out.
_CONSTANT: Final = 0.9189385332046727
#: Single precision over a few thousand rows: a share of the density, and of the gradient's largest component.
DENSITY_AT_MOST: Final = 1e-4
GRADIENT_AT_MOST: Final = 1e-3


def density_differences(
    networks: Sequence[Network], data: NetworkData, *, sigma: float, n_points: int = 5, seed: int = 0
) -> pd.DataFrame:
    """Return the largest differences between the compiled networks and their PyMC models in double precision.

    Parameters
    ----------
    networks : sequence of Network
    data : NetworkData
    sigma : float
    n_points : int
        Points drawn from the prior.
    seed : int

    Returns
    -------
    DataFrame, one row a network
        ``network, variables`` (scalars), ``points, log_density`` (mean of the model's), ``difference`` (largest of the
        log densities), ``relative`` (its share of the density), ``gradient`` (largest component there), ``gradient_
        difference`` (share of it), ``equal`` (both shares within what single precision leaves).
    """
    return pd.DataFrame([_compared(n, data, sigma=sigma, n_points=n_points, seed=seed) for n in networks])


def _compared(network: Network, data: NetworkData, *, sigma: float, n_points: int, seed: int) -> dict[str, Any]:
    import jax

    functions = compiled(network, data, sigma=sigma)
    ours = jax.jit(jax.value_and_grad(functions.log_posterior))
    names, theirs = _models_own(network, data, sigma=sigma)
    size = sum(int(np.prod(shape)) for shape in functions.shapes.values())
    gaps, slopes, densities, largest = [], [], [], []
    for values in _points(functions, n_points, seed=seed):
        value, slope = ours(values, rows_of(data))
        expected, gradient = theirs(*(values[name].astype(np.float64) for name in names))
        found = np.concatenate([np.ravel(slope[name]) for name in names]).astype(np.float64)
        gaps.append(abs(float(value) - _CONSTANT * size - float(expected)))
        densities.append(float(expected))
        largest.append(float(np.abs(gradient).max()))
        slopes.append(float(np.abs(found - gradient).max()) / largest[-1])
    relative = max(gap / max(abs(density), 1.0) for gap, density in zip(gaps, densities, strict=True))
    return {
        "network": network.name, "variables": size, "points": n_points, "log_density": float(np.mean(densities)),
        "difference": max(gaps), "relative": relative, "gradient": max(largest), "gradient_difference": max(slopes),
        "equal": bool(relative <= DENSITY_AT_MOST and max(slopes) <= GRADIENT_AT_MOST),
    }  # fmt: skip


def _models_own(network: Network, data: NetworkData, *, sigma: float) -> tuple[list[str], Any]:
    """Return the model's variables and PyMC's own log density with its gradient, double precision."""
    from pymc.pytensorf import compile as compile_expression

    model = network.build(data, sigma)
    # The default mode compiles C for a minute to save seconds here.
    expressions = [model.logp(), model.dlogp()]
    compiled_own = compile_expression(model.value_vars, expressions, mode="FAST_COMPILE")
    return [variable.name for variable in model.value_vars], compiled_own


def _points(functions: Compiled, n_points: int, *, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [
        {name: rng.normal(size=shape).astype(np.float32) for name, shape in functions.shapes.items()}
        for _ in range(n_points)
    ]
