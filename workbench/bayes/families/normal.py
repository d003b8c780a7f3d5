"""The normal distribution: a location and the log of a scale, both in standardized yards."""

from typing import Any

import numpy as np

from workbench.bayes.families.base import Floats, normal_cdf

N_PARAMETERS = 2


def log_likelihood(outputs: Any, yards: Any) -> Any:
    """Return log p(yards | outputs) of each row as a PyTensor expression, shape (n_rows,), constants included."""
    import pytensor.tensor as pt

    z = (yards - outputs[:, 0]) * pt.exp(-outputs[:, 1])
    return -0.5 * z**2 - outputs[:, 1] - np.float32(0.5 * np.log(2.0 * np.pi))


def cdf(outputs: Floats, points: Floats) -> Floats:
    """Return P(Y <= points), both standardized: outputs (..., 2), points (n_points,), result (..., n_points)."""
    z = (points - outputs[..., 0, None]) * np.exp(-outputs[..., 1, None])
    return np.asarray(normal_cdf(z))


def mean(outputs: Floats) -> Floats:
    """Return the mean in standardized yards, shape (...)."""
    return outputs[..., 0]


def log_sd(outputs: Floats) -> Floats:
    """Return the log of the standard deviation in standardized yards, shape (...)."""
    return outputs[..., 1]
