"""A law made for yards: a point mass at zero, and beside it a sinh-arcsinh normal, skewed and with tails of its own.

The continuous part is Y = location + scale * sinh((asinh(Z) + skew) / tail) for a standard normal Z: skew above zero
leans to the right, a tail above one is lighter than the normal's. Its distribution function has a closed form, so
whole yards get F(k + 0.5) - F(k - 0.5). Training uses the density at k instead, times nothing: a yard is about a
fortieth of a standard deviation, and the relative error of a cell is about (yard / local scale)^2 / 24
(``tests/bayes/families`` measures it).

Outputs of a row: location, log of the scale, skew, log of the tail, logit of the zero, and where zero and a
half-yard are in standardized yards (the same in every row).

References
----------
.. [1] Jones & Pewsey (2009), Sinh-arcsinh distributions, doi:10.1093/biomet/asp053
"""

from typing import Any

import numpy as np
from scipy.special import expit, kv

from workbench.bayes.families.base import Floats, normal_cdf

N_PARAMETERS = 7


def log_likelihood(outputs: Any, yards: Any) -> Any:
    """Return log p(yards | outputs) of each row as a PyTensor expression, shape (n_rows,).

    A density in standardized yards: at zero its mass is spread over the one yard that is zero.
    """
    import pytensor.tensor as pt

    logit, zero, half_yard = outputs[:, 4], outputs[:, 5], outputs[:, 6]
    elsewhere = _log_density(outputs, yards) - pt.softplus(logit)
    log_share = -pt.softplus(-logit) - pt.log(2.0 * half_yard)
    at_zero = pt.logaddexp(elsewhere, log_share)  # type: ignore[no-untyped-call]
    return pt.switch(pt.lt(abs(yards - zero), half_yard), at_zero, elsewhere)


def cdf(outputs: Floats, points: Floats) -> Floats:
    """Return P(Y <= points), both standardized: outputs (..., 7), points (n_points,), result (..., n_points)."""
    location, log_scale, skew, log_tail, logit, zero, _ = (outputs[..., i, None] for i in range(N_PARAMETERS))
    at = np.arcsinh((points - location) * np.exp(-log_scale)) * np.exp(log_tail) - skew
    share = expit(logit)
    return np.asarray((1.0 - share) * normal_cdf(np.sinh(at)) + share * (points >= zero))


def mean(outputs: Floats) -> Floats:
    """Return the mean in standardized yards, shape (...)."""
    first, _ = _moments(outputs)
    share = expit(outputs[..., 4])
    return np.asarray((1.0 - share) * first + share * outputs[..., 5])


def log_sd(outputs: Floats) -> Floats:
    """Return the log of the standard deviation in standardized yards, shape (...)."""
    first, variance = _moments(outputs)
    share = expit(outputs[..., 4])
    return np.asarray(0.5 * np.log((1.0 - share) * (variance + share * (first - outputs[..., 5]) ** 2)))


def _log_density(outputs: Any, yards: Any) -> Any:
    import pytensor.tensor as pt

    location, log_scale, skew, log_tail = (outputs[:, i] for i in range(4))
    z = (yards - location) * pt.exp(-log_scale)
    at = pt.arcsinh(z) * pt.exp(log_tail) - skew
    normal = -0.5 * pt.sinh(at) ** 2 - np.float32(0.5 * np.log(2.0 * np.pi))
    return normal + pt.log(pt.cosh(at)) + log_tail - 0.5 * pt.log1p(z**2) - log_scale


def _moments(outputs: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the continuous part."""
    location, scale = outputs[..., 0], np.exp(outputs[..., 1])
    power = np.exp(-outputs[..., 3])
    lean = outputs[..., 2] * power
    first = np.sinh(lean) * _bessel(power)
    second = 0.5 * (np.cosh(2.0 * lean) * _bessel(2.0 * power) - 1.0)
    return location + scale * first, scale**2 * np.maximum(second - first**2, 1e-12)


def _bessel(power: Floats) -> Floats:
    """Return E[exp(power * asinh(Z))], symmetric in Z (Jones & Pewsey, section 2.3)."""
    wave = kv((power + 1.0) / 2.0, 0.25) + kv((power - 1.0) / 2.0, 0.25)
    return np.asarray(np.exp(0.25) / np.sqrt(8.0 * np.pi) * wave)
