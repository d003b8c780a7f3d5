"""A mixture of three normals: three logits of a gate, three locations, three logs of scales; standardized yards."""

from typing import Any, Final

import numpy as np
from scipy.special import log_softmax

from workbench.bayes.families.base import Floats, normal_cdf

N_EXPERTS: Final = 3
N_PARAMETERS = 3 * N_EXPERTS


def log_likelihood(outputs: Any, yards: Any) -> Any:
    """Return log p(yards | outputs) of each row as a PyTensor expression, shape (n_rows,), constants included."""
    import pytensor.tensor as pt

    gate, location, log_scale = _parts(outputs)
    z = (yards[:, None] - location) * pt.exp(-log_scale)
    terms = gate - 0.5 * z**2 - log_scale - np.float32(0.5 * np.log(2.0 * np.pi))
    return _log_sum(terms) - _log_sum(gate)


def cdf(outputs: Floats, points: Floats) -> Floats:
    """Return P(Y <= points), both standardized: outputs (..., 9), points (n_points,), result (..., n_points)."""
    gate, location, log_scale = _parts(outputs)
    weight = np.exp(log_softmax(gate, axis=-1))
    inverse = np.exp(-log_scale)
    total = np.zeros((*outputs.shape[:-1], len(points)), dtype=np.result_type(outputs, points))
    for expert in range(N_EXPERTS):
        at = (points - location[..., expert, None]) * inverse[..., expert, None]
        total += weight[..., expert, None] * normal_cdf(at)
    return total


def mean(outputs: Floats) -> Floats:
    """Return the mean in standardized yards, shape (...)."""
    gate, location, _ = _parts(outputs)
    return np.asarray((np.exp(log_softmax(gate, axis=-1)) * location).sum(axis=-1))


def log_sd(outputs: Floats) -> Floats:
    """Return the log of the standard deviation in standardized yards, shape (...): within experts and between them."""
    gate, location, log_scale = _parts(outputs)
    weight = np.exp(log_softmax(gate, axis=-1))
    between = (location - mean(outputs)[..., None]) ** 2
    return np.asarray(0.5 * np.log((weight * (np.exp(2.0 * log_scale) + between)).sum(axis=-1)))


def _parts(outputs: Any) -> tuple[Any, Any, Any]:
    """Return logits of the gate, locations and logs of scales, each (..., 3)."""
    first, second = N_EXPERTS, 2 * N_EXPERTS
    return outputs[..., :first], outputs[..., first:second], outputs[..., second:]


def _log_sum(terms: Any) -> Any:
    """Return log sum exp over three columns, (n_rows,): PyTensor's own reduction accumulates in double precision."""
    import pytensor.tensor as pt

    columns = [terms[:, expert] for expert in range(N_EXPERTS)]
    highest = pt.maximum(pt.maximum(columns[0], columns[1]), columns[2])
    return highest + pt.log(sum(pt.exp(column - highest) for column in columns))
