"""What every family of distributions offers, to PyMC and to numpy."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Family(Protocol):
    """A distribution of standardized yards whose parameters are a network's outputs.

    Each family is a module. ``outputs`` has shape (..., N_PARAMETERS): rows, or draws and rows.
    """

    @property
    def N_PARAMETERS(self) -> int:  # noqa: N802 - a module's constant
        """How many outputs a row has."""
        ...

    def cdf(self, outputs: Floats, points: Floats) -> Floats:
        """Return P(Y <= points): points (n_points,), result (..., n_points)."""
        ...

    def mean(self, outputs: Floats) -> Floats:
        """Return the mean in standardized yards, shape (...)."""
        ...

    def log_sd(self, outputs: Floats) -> Floats:
        """Return the log of the standard deviation in standardized yards, shape (...)."""
        ...

    def log_likelihood(self, outputs: Any, yards: Any) -> Any:
        """Return log p(yards | outputs) as a PyTensor expression, shape (n_rows,)."""
        ...
