"""Three experts under one gate: each its own location and noise scale, for backs who hardly play, share, or carry."""

from typing import TYPE_CHECKING, Final

import numpy as np

from workbench.bayes.families.mixture import N_EXPERTS, log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import dense, observed_rows, soft_clipped

if TYPE_CHECKING:
    import pymc as pm

_UNITS = 8
#: Prior centres of locations and log scales, standardized: near zero yards and narrow, middling, long and wide. They
#: tell the experts apart, or chains would disagree on who is who.
_LOCATIONS: Final = (-0.9, -0.3, 0.8)
_LOG_SCALES: Final = (-2.0, -0.7, 0.0)


def build(data: NetworkData, sigma: float) -> "pm.Model":
    """Return the model: one tanh layer of 8 that the gate and the experts read."""
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        hidden = pm.math.tanh(dense("layer0", rows.inputs, shape=(data.inputs.shape[1], _UNITS), sigma=sigma))
        gate, location, spread = (
            dense(name, hidden, shape=(_UNITS, N_EXPERTS), sigma=sigma) for name in ("gate", "mean", "noise")
        )
        location = location + np.array(_LOCATIONS, dtype=np.float32)
        spread = soft_clipped(spread + np.array(_LOG_SCALES, dtype=np.float32))
        outputs = pm.Deterministic(OUTPUTS, pm.math.concatenate([gate, location, spread], axis=1))
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


EXPERTS = Network("experts", "Three experts, a gate, a noise scale each", "mixture", build)
