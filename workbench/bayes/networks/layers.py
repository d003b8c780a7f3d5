"""The parts networks are made of: dense layers whose free variables are standard normal, and the rows they see."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.bayes.networks.base import NetworkData

#: Prior standard deviation of the log of a noise scale; its centre is a scale of one standard deviation of yards.
_LOG_SCALE_SD = 0.5


@dataclass(frozen=True, slots=True)
class ModelRows:
    """The data of a model as ``pm.Data`` containers.

    Attributes
    ----------
    inputs, yards : PyTensor variables, shapes (n_rows, n_inputs) and (n_rows,)
    """

    inputs: Any
    yards: Any


def observed_rows(data: NetworkData) -> ModelRows:
    """Register inputs and yards in the model that is open."""
    import pymc as pm

    return ModelRows(pm.Data("inputs", data.inputs), pm.Data("yards", data.yards))


def widths(data: NetworkData, *, units: int, layers: int) -> list[tuple[int, int]]:
    """Return (fan-in, units) of each hidden layer."""
    return [(data.inputs.shape[1] if layer == 0 else units, units) for layer in range(layers)]


def dense(name: str, inputs: Any, *, shape: tuple[int, int], sigma: float) -> Any:
    """Return a dense layer: weights ~ N(0, sigma / sqrt(fan-in)), biases ~ N(0, sigma), free variables whitened."""
    import pymc as pm

    weights = pm.Normal(f"{name}_weights", 0.0, 1.0, shape=shape)
    biases = pm.Normal(f"{name}_biases", 0.0, 1.0, shape=shape[1])
    return inputs @ weights * np.float32(sigma / np.sqrt(shape[0])) + biases * np.float32(sigma)


def log_scale(name: str) -> Any:
    """Return the log of a common noise scale, prior N(0, 0.5), free variable whitened."""
    import pymc as pm

    return pm.Normal(f"{name}_log_scale", 0.0, 1.0) * np.float32(_LOG_SCALE_SD)


def side_by_side(*columns: Any) -> Any:
    """Return columns of shape (n_rows,), or scalars that hold for every row, as (n_rows, n_columns)."""
    import pytensor.tensor as pt

    return pt.stack(pt.broadcast_arrays(*columns), axis=1)
