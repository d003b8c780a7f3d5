"""A network under a law made for yards: a point mass at zero beside a skewed law, both a row's own."""

from typing import TYPE_CHECKING, Final

import numpy as np

from workbench.bayes.families.skewed import log_likelihood
from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import dense, hidden_layers, observed_rows, side_by_side, soft_clipped

if TYPE_CHECKING:
    import pymc as pm

_UNITS = 8
#: Prior centres of location, log scale, skew, log tail and logit of the zero; one zero in twenty.
_CENTRES: Final = (-0.5, -0.5, 0.5, 0.0, -3.0)
#: Skew, and the log of the tail, stay within this of zero; the scale within a factor of exp(3).
_WIDEST_SKEW: Final = 1.5
_WIDEST_LOG_TAIL: Final = 0.7
_WIDEST_LOGIT: Final = 8.0


def build(data: NetworkData, sigma: float) -> "pm.Model":
    """Return the model: two tanh layers of 8, and all parameters of the law from the last."""
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        hidden = hidden_layers(rows.inputs, n_inputs=data.inputs.shape[1], units=_UNITS, layers=2, sigma=sigma)
        top = dense("top", hidden, shape=(_UNITS, 4), sigma=sigma)
        tail = pm.Normal("log_tail", 0.0, 1.0) * np.float32(0.3)
        outputs = side_by_side(
            top[:, 0] + np.float32(_CENTRES[0]),
            soft_clipped(top[:, 1] + np.float32(_CENTRES[1])),
            soft_clipped(top[:, 2] + np.float32(_CENTRES[2]), at=_WIDEST_SKEW),
            soft_clipped(tail + np.float32(_CENTRES[3]), at=_WIDEST_LOG_TAIL),
            soft_clipped(2.0 * top[:, 3] + np.float32(_CENTRES[4]), at=_WIDEST_LOGIT),
            np.float32(-data.centre / data.scale),
            np.float32(0.5 / data.scale),
        )
        outputs = pm.Deterministic(OUTPUTS, outputs)
        pm.Potential("likelihood", log_likelihood(outputs, rows.yards))
    return model


SKEWED = Network("skewed", "A point mass at zero and a skewed law", "skewed", build)
