"""The invented teams and people of the simulated league; no name is meant to be anybody's."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.data.demo.keys import stream, words


@dataclass(frozen=True, slots=True)
class Club:
    """One team: teams 0-3 and 4-7 are the divisions of the first conference, 8-11 and 12-15 of the second."""

    code: str
    city: str
    nickname: str
    stadium: str
    roof: str
    surface: str
    climate_f: float  # mean temperature in September, Fahrenheit
    breeze_mph: float  # mean wind


CLUBS: Final = (
    Club("ALD", "Aldermoor", "Herons", "Heron Field", "outdoors", "grass", 70.0, 9.0),
    Club("BRV", "Brevick", "Anvils", "Anvil Works", "outdoors", "grass", 66.0, 10.0),
    Club("CAX", "Caxton Bay", "Pilots", "Bayside Park", "outdoors", "fieldturf", 68.0, 12.0),
    Club("DUN", "Dunmere", "Foxes", "Dunmere Dome", "dome", "fieldturf", 70.0, 0.0),
    Club("EST", "Estrada", "Suns", "Estrada Bowl", "outdoors", "grass", 88.0, 6.0),
    Club("FEN", "Fenwick", "Rooks", "The Rookery", "outdoors", "fieldturf", 74.0, 8.0),
    Club("GAL", "Galloway", "Mariners", "Harbour Ground", "outdoors", "grass", 72.0, 11.0),
    Club("HAZ", "Hazelton", "Millers", "Millers Dome", "dome", "fieldturf", 70.0, 0.0),
    Club("ISK", "Iskander", "Falconers", "Falcon Heights", "outdoors", "grass", 64.0, 9.0),
    Club("JOR", "Jorvale", "Stags", "Stag Park", "outdoors", "grass", 67.0, 8.0),
    Club("KES", "Kestrel City", "Drovers", "Drover Stadium", "outdoors", "fieldturf", 76.0, 10.0),
    Club("LUM", "Lumley", "Lanterns", "Lantern Dome", "dome", "fieldturf", 70.0, 0.0),
    Club("MOR", "Morwen", "Kites", "Kite Hill", "outdoors", "grass", 65.0, 13.0),
    Club("NOV", "Novara", "Comets", "Comet Ground", "outdoors", "grass", 82.0, 7.0),
    Club("ORR", "Orrin Falls", "Otters", "Otter Field", "outdoors", "fieldturf", 63.0, 9.0),
    Club("PEL", "Pelham", "Titmice", "Pelham Dome", "dome", "fieldturf", 70.0, 0.0),
)
NEUTRAL_GROUND: Final = ("Meridian Ground", "NEU00")
CODES: Final = tuple(club.code for club in CLUBS)
TEAMS: Final = len(CLUBS)

_FIRST: Final = words(
    "Abel Alaric Amos Anselm Arlo Barnaby Bastian Benno Caspar Cato Cyril Dario Denzil Edmund Elias Emeric Ezra "
    "Fabian Felix Fintan Garrick Gideon Hector Hollis Idris Ivo Jarek Joss Kenelm Lambert Lazlo Leander Lucan Magnus "
    "Malachi Marlo Matthias Nestor Niall Octavian Orson Oswin Pascal Percival Quentin Rafferty Remy Roland Rufus "
    "Sandor Silas Stellan Tarquin Thaddeus Tobias Ulric Valentin Virgil Wendell Wystan Xavier Yorick Zebulon Zoltan"
)
_LAST: Final = words(
    "Ashgrove Barrowby Blackmere Bramwell Calloway Cardew Castellane Corrigan Crosswell Dallimore Dancey Dunstable "
    "Ellingham Everdene Fairclough Farrant Fernsby Fitzalan Galbraith Garside Glasswell Gorringe Hallowes Hartnoll "
    "Hathersage Holloway Ingleby Jessamy Kilbride Kirkwall Langholm Larkspur Lockridge Lovelace Mandeville Marchbanks "
    "Merriweather Mountjoy Netherby Northcote Oakshott Ormerod Pendrake Penhallow Quillfeather Ravenscar Redfern "
    "Rookwood Sandringham Satterley Silverlock Stannard Sturridge Tallentire Thistlewood Tremayne Underhill "
    "Vantongeren Wagstaff Warbeck Westerdale Whitlock Winterbourne Wolfenden Yarborough Zellaby"
)


def people(seed: int, *, purpose: int, count: int) -> list[str]:
    """Return ``count`` different full names, the same for the same seed and purpose.

    Examples
    --------
    >>> len(set(people(1, purpose=0, count=500)))
    500
    """
    rng = stream(seed, purpose)
    picks = rng.permutation(len(_FIRST) * len(_LAST))[:count]
    return [f"{_FIRST[i % len(_FIRST)]} {_LAST[i // len(_FIRST)]}" for i in np.asarray(picks)]


def printed(texts: NDArray[np.object_], *, where: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return the texts where they are known, None elsewhere, same shape.

    Examples
    --------
    >>> printed(np.array(["a", "b"], dtype=object), where=np.array([True, False])).tolist()
    ['a', None]
    """
    out = np.full(texts.shape, None, dtype=object)
    out[where] = texts[where]
    return out


def short_name(name: str) -> str:
    """Return a name as the play-by-play has it.

    Examples
    --------
    >>> short_name("Silas Penhallow")
    'S.Penhallow'
    """
    first, last = name.split(" ", 1)
    return f"{first[0]}.{last}"
