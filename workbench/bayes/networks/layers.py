"""The parts networks are made of: dense layers whose free variables are standard normal, and the rows they see."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from workbench.bayes.networks.base import NetworkData

#: Prior standard deviation of the log of a noise scale; its centre is a scale of one standard deviation of yards.
_LOG_SCALE_SD = 0.5
#: Prior of the log of a group's sd: 0.05 standard deviations of yards, about two yards, within a factor of e.
#: Rows to 2019, scored on 2021-22: 0.05 and none are as good (CRPS 15.13 and 15.14), 0.2 is too much (15.22).
_LOG_GROUP_SD = np.log(0.05)
_LOG_GROUP_SD_SD = 0.5


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


def soft_clipped(values: Any, *, at: float = 3.0) -> Any:
    """Return values that never pass ``at`` either way and hardly move near zero: float32 stays away from overflow."""
    import pymc as pm

    return pm.math.tanh(values * np.float32(1.0 / at)) * np.float32(at)


def hidden_layers(inputs: Any, *, n_inputs: int, units: int, layers: int, sigma: float) -> Any:
    """Return the last of tanh layers named layer0, layer1, ..."""
    import pymc as pm

    hidden = inputs
    for layer in range(layers):
        fan_in = n_inputs if layer == 0 else units
        hidden = pm.math.tanh(dense(f"layer{layer}", hidden, shape=(fan_in, units), sigma=sigma))
    return hidden


def residual_layers(inputs: Any, *, n_inputs: int, units: int, layers: int, sigma: float) -> Any:
    """Return tanh layers of which each is added to the sum of those before, shrunk so that depth adds no variance."""
    import pymc as pm

    hidden = hidden_layers(inputs, n_inputs=n_inputs, units=units, layers=1, sigma=sigma)
    for layer in range(1, layers):
        step = pm.math.tanh(dense(f"layer{layer}", hidden, shape=(units, units), sigma=sigma))
        hidden = (hidden + step) * np.float32(np.sqrt(0.5))
    return hidden


#: Free variables of ``pooled_intercepts`` for teams and players that an engine which seeks modes must hold.
GROUP_SDS: Final = ("team_log_sd", "player_log_sd")


@dataclass(frozen=True, slots=True)
class GroupRows:
    """The groups of a model's rows as ``pm.Data`` containers, each (n_rows,)."""

    player: Any
    team: Any


def group_rows(data: NetworkData) -> GroupRows:
    """Register players and teams in the model that is open."""
    import pymc as pm

    return GroupRows(pm.Data("player", data.player), pm.Data("team", data.team))


def pooled_intercepts(name: str, groups: Any, *, n_groups: int) -> Any:
    """Return an intercept a row, partially pooled: N(0, sd) over groups, sd learned, non-centred.

    The sd is log-normal about 0.05 standard deviations of yards (95 %: 0.02 to 0.13). A group never seen is drawn from
    the same population: no row informs its free variable.
    """
    import pymc as pm

    offsets = pm.Normal(f"{name}_offsets", 0.0, 1.0, shape=n_groups)
    log_sd = pm.Normal(f"{name}_log_sd", 0.0, 1.0) * np.float32(_LOG_GROUP_SD_SD) + np.float32(_LOG_GROUP_SD)
    return pm.math.exp(log_sd) * offsets[groups]
