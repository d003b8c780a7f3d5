"""The state of many games at once: every game takes one play a step."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

#: Uniforms a game and step: call, pressure, end of dropback, catch, yards, ball lost, clock, return, player, formation,
#: penalty.
DRAWS: Final = 11

SCRIMMAGE: Final = 0
TRY: Final = 1
KICK: Final = 2


@dataclass(frozen=True, slots=True)
class Matchups:
    """What the two teams of each game bring; column 0 is the home team, 1 the away team.

    Attributes
    ----------
    pass_quality, run_quality : ndarray, shape (n, 2)
        The offence against this defence, in the engine's units (see ``engine.qualities``); 0 is average.
    pass_lean : ndarray, shape (n, 2)
        Dropback rate over expectation, in probability.
    poise : ndarray, shape (n, 2)
        The quarterback's catch rate under pressure over the league's, in probability.
    playoff : ndarray of bool, shape (n,)
        Games that cannot end level.
    """

    pass_quality: Floats
    run_quality: Floats
    pass_lean: Floats
    poise: Floats
    playoff: Bools

    def __len__(self) -> int:
        return len(self.playoff)


@dataclass(slots=True)
class Board:
    """The situation before the next play, one entry a game; the simulation moves it.

    ``offence`` is 0 for the home team and 1 for the away team, and the receiver on kick-offs; ``clock`` counts 3600 to
    0 and again 600 to 0 in overtime (``half`` 3); ``yardline`` is yards to the opponent's goal line.
    """

    receiver: Codes
    offence: Codes = field(init=False)
    yardline: Codes = field(init=False)
    down: Codes = field(init=False)
    togo: Codes = field(init=False)
    clock: Codes = field(init=False)
    half: Codes = field(init=False)
    phase: Codes = field(init=False)
    drive: Codes = field(init=False)
    overtime_drive: Codes = field(init=False)
    score: Codes = field(init=False)
    done: Bools = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.receiver)
        self.offence = self.receiver.copy()
        self.yardline = np.full(n, 75)
        self.down = np.ones(n, dtype=np.int64)
        self.togo = np.full(n, 10)
        self.clock = np.full(n, 3600)
        self.half = np.ones(n, dtype=np.int64)
        self.phase = np.full(n, KICK)
        self.drive = np.ones(n, dtype=np.int64)
        self.overtime_drive = np.zeros(n, dtype=np.int64)
        self.score = np.zeros((n, 2), dtype=np.int64)
        self.done = np.zeros(n, dtype=np.bool_)

    def of_offence(self, by_side: Floats) -> Floats:
        """Return the offence's entry of an array of shape (n, 2), shape (n,)."""
        return np.where(self.offence == 0, by_side[:, 0], by_side[:, 1])

    def differential(self) -> Codes:
        """Return the offence's score less the defence's, shape (n,)."""
        home = self.score[:, 0] - self.score[:, 1]
        return np.where(self.offence == 0, home, -home)
