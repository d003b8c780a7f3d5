"""Four hidden layers, each added to the one before, and a noise scale that each row has of its own."""

from typing import TYPE_CHECKING

from workbench.bayes.families.normal import log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import dense, observed_rows, residual_layers, side_by_side, soft_clipped

if TYPE_CHECKING:
    import pymc as pm

_UNITS = 8
_LAYERS = 4


def build(data: NetworkData, sigma: float) -> "pm.Model":
    """Return the model: residual tanh layers of 8, and mean and log scale of the last with the inputs beside it."""
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        hidden = residual_layers(rows.inputs, n_inputs=data.inputs.shape[1], units=_UNITS, layers=_LAYERS, sigma=sigma)
        top = dense("top", hidden, shape=(_UNITS, 2), sigma=sigma)
        past = dense("past", rows.inputs, shape=(data.inputs.shape[1], 2), sigma=sigma)
        location, spread = (top + past)[:, 0], soft_clipped((top + past)[:, 1])
        outputs = pm.Deterministic(OUTPUTS, side_by_side(location, spread))
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


DEEP_SKIP = Network("deep_skip", "Four layers with skip connections, a noise scale a row", "normal", build)
