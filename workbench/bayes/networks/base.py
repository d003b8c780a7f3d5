"""What a network is: a builder of a PyMC model, and the distribution its outputs parameterize.

Every free variable of every network is standard normal (the prior's scale multiplies it inside): anchoring, prior
draws and samplers then need to know no network. Outputs are in standardized yards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pymc as pm

#: Name of the model's outputs: a deterministic of shape (n_rows, n_parameters).
OUTPUTS: Final = "outputs"
#: Prior scales of the study; 1 is the default.
PRIOR_SCALES: Final = (0.5, 0.7, 1.0, 1.5)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkData:
    """What a network sees: float32, standardized; no input is missing.

    Attributes
    ----------
    inputs : ndarray of float32, shape (n_rows, n_inputs)
        Standardized features; a masked one is zero, and its mask is an input where it varies.
    yards : ndarray of float32, shape (n_rows,)
        Standardized yards: (yards - centre) / scale; NaN where not known yet.
    player, team : ndarray of int32, shape (n_rows,)
        Index of the group, 0 for one never seen in training.
    n_players, n_teams : int
        How many indices there are, 0 included.
    centre, scale : float
        Yards.
    """

    inputs: NDArray[np.float32]
    yards: NDArray[np.float32]
    player: NDArray[np.int32]
    team: NDArray[np.int32]
    n_players: int
    n_teams: int
    centre: float
    scale: float


@dataclass(frozen=True, slots=True)
class Network:
    """One network of the zoo.

    Attributes
    ----------
    name, title : str
    family : str
        Which distribution its outputs parameterize (``bayes.families``).
    build : callable
        ``build(data, sigma) -> pm.Model``; float32 inside ``sampling.compiled.float32_models()``. The model holds
        ``pm.Data`` named ``inputs``, ``yards``, ``player`` and ``team`` (the last two where it uses them), standard
        normal free variables, the deterministic ``OUTPUTS``, and one likelihood term.
    held : tuple of str
        Free variables that an engine which seeks modes must leave where the prior put them (``compiled(hold=...)``):
        the sds of groups. Offsets and sd share one penalty, so at the joint mode the sd of a thousand players runs
        away and the offsets fit noise; an engine that draws is not concerned.
    """

    name: str
    title: str
    family: str
    build: "Callable[[NetworkData, float], pm.Model]"
    held: tuple[str, ...] = ()
