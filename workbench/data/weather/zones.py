"""The time zone a game is played in: observations carry the wall clock of the place."""

import numpy as np
import pandas as pd

#: The home stadium's zone of each franchise today; the Rams played in St. Louis until 2015.
_OF_TEAM: dict[str, str] = {
    **dict.fromkeys(
        ("ATL", "BAL", "BUF", "CAR", "CIN", "CLE", "DET", "JAX", "MIA", "NE", "NYG", "NYJ", "PHI", "PIT", "TB", "WAS"),
        "America/New_York",
    ),
    **dict.fromkeys(("CHI", "DAL", "GB", "HOU", "KC", "MIN", "NO", "TEN"), "America/Chicago"),
    **dict.fromkeys(("LA", "LAC", "LV", "SEA", "SF"), "America/Los_Angeles"),
    "ARI": "America/Phoenix",
    "DEN": "America/Denver",
    "IND": "America/Indiana/Indianapolis",  # no daylight saving until 2006
}  # fmt: skip
_ST_LOUIS_UNTIL = 2015
#: Places where a game was played away from its home team's city, by a part of the stadium's name.
_OF_STADIUM: dict[str, str] = {
    **dict.fromkeys(("Wembley", "Twickenham", "Tottenham"), "Europe/London"),
    **dict.fromkeys(("Allianz Arena", "Deutsche Bank Park"), "Europe/Berlin"),
    "Corinthians": "America/Sao_Paulo",
    "Azteca": "America/Mexico_City",
    "Rogers Centre": "America/Toronto",
    **dict.fromkeys(("Sun Devil", "University of Phoenix", "State Farm Stadium"), "America/Phoenix"),
    **dict.fromkeys(("Superdome", "Reliant", "NRG", "Cowboys Stadium", "AT&T", "U.S. Bank"), "America/Chicago"),
    **dict.fromkeys(("Qualcomm", "Levi's", "SoFi", "Allegiant"), "America/Los_Angeles"),
    **dict.fromkeys(
        ("Raymond James", "Alltel", "Ford Field", "Dolphin", "Hard Rock", "Lucas Oil", "MetLife", "Giants Stadium",
         "Mercedes-Benz Stadium"),
        "America/New_York",
    ),
}  # fmt: skip
#: Where nothing tells the place, the westernmost zone of the league: the latest plausible instant.
FALLBACK = "America/Los_Angeles"


def local_zones(games: pd.DataFrame) -> "pd.Series[str]":
    """Return the time zone of each game's place.

    Parameters
    ----------
    games : DataFrame
        ``season, home_team`` and, where known, ``stadium``.

    Examples
    --------
    >>> games = pd.DataFrame({"season": [2012, 2012, 2016], "home_team": "LA", "stadium": ["Wembley Stadium", "", ""]})
    >>> local_zones(games).to_list()
    ['Europe/London', 'America/Chicago', 'America/Los_Angeles']
    """
    zones = games["home_team"].map(_OF_TEAM).fillna(FALLBACK).astype("str")
    zones = zones.mask(games["home_team"].eq("LA") & games["season"].le(_ST_LOUIS_UNTIL), "America/Chicago")
    if "stadium" not in games.columns:
        return zones
    names = games["stadium"].fillna("").astype("str")
    for part, zone in _OF_STADIUM.items():
        zones = zones.mask(names.str.contains(part, regex=False), zone)
    return zones


def in_utc(local: "pd.Series[pd.Timestamp]", *, zones: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """Return wall-clock times in UTC; of an hour that a clock change repeats, the later.

    Parameters
    ----------
    local : Series of datetime64 (naive), shape (n,)
    zones : Series of str, shape (n,)
        Names of time zones.
    """
    parts = [
        of_zone.dt.tz_localize(str(zone), ambiguous=np.zeros(len(of_zone), dtype=bool), nonexistent="shift_forward")
        .dt.tz_convert("UTC")
        .dt.as_unit("us")
        for zone, of_zone in local.groupby(zones)
    ]
    whole = pd.concat(parts) if parts else local.dt.tz_localize("UTC")
    return whole.reindex(local.index).astype("datetime64[us, UTC]")
