"""Rating states at the start of a season, remembered by content: a later week need not read every season before again.

A state depends on nothing but the games it read and the parameters, so what is remembered is named by a hash of exactly
these: a correction of an earlier season, or another league in the same process, is another name.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from workbench.features.rating_data import Integers, RatingData
from workbench.features.rating_filter import FilterParameters, RatingState

#: States kept: two models of a few seasons; one is about a third of a megabyte.
_KEPT: Final = 16
_states: "OrderedDict[str, tuple[RatingState, tuple[str, ...]]]" = OrderedDict()


def remembered_state(
    data: RatingData, weeks: list[Integers], *, parameters: FilterParameters, read: Callable[[], RatingState]
) -> RatingState:
    """Return the state after some weeks, read anew only if exactly these were not read before.

    Parameters
    ----------
    data : RatingData
    weeks : list of ndarray of int64
        Game numbers of the weeks read, the first weeks of ``data``.
    parameters : FilterParameters
    read : callable
        Reads them.

    Returns
    -------
    RatingState
        To the last bit what ``read`` returns: quarterbacks are told by name, for their numbers change when others join,
        but never their order.
    """
    name = _digest(data, weeks, parameters=parameters)
    if name not in _states:
        state = read()
        _states[name] = state, tuple(data.players[i] for i in state.quarterbacks)
        while len(_states) > _KEPT:
            _states.popitem(last=False)
    _states.move_to_end(name)
    state, quarterbacks = _states[name]
    place = {player: number for number, player in enumerate(data.players)}
    return replace(state, quarterbacks=np.array([place[player] for player in quarterbacks], dtype=np.int64))


def _digest(data: RatingData, weeks: list[Integers], *, parameters: FilterParameters) -> str:
    """Hash everything that reading these weeks looks at."""
    games = np.concatenate(weeks) if weeks else np.empty(0, dtype=np.int64)
    sides = np.stack([2 * games, 2 * games + 1], axis=1).ravel()
    shares = np.flatnonzero(np.isin(data.share_side, sides))
    words = [repr(parameters), *data.teams, *(data.players[i] for i in data.share_player[shares])]
    digest = hashlib.sha256("\n".join(words).encode())
    of_games = (data.season, data.tuesday.astype("datetime64[D]").astype(np.int64), data.neutral, data.line)
    of_sides = (data.team, data.opponent, data.points, data.passing_epa, data.rushing_epa, data.turnovers)
    for part, rows in ((of_games, games), (of_sides, sides), ((data.share_side, data.share), shares)):
        for values in part:
            digest.update(np.ascontiguousarray(values[rows]).tobytes())
    digest.update(games.tobytes())
    digest.update(np.array([len(week) for week in weeks]).tobytes())
    return digest.hexdigest()
