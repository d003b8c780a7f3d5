"""What surrounded a game: era, roof, surface, weather; confounders that no team chose that week.

Weather was seen at the game: at the time of a bet it was not known, so every weather column is an oracle.
"""

from collections.abc import Mapping
from typing import Final

import pandas as pd

#: First season of each era, by what changed: 31 teams; 32 teams; the labour agreement that changed the bye week;
#: no crowds; seventeen games.
ERAS: Final[dict[int, str]] = {1999: "1999-2001", 2002: "2002-2010", 2011: "2011-2019", 2020: "2020", 2021: "2021 on"}
#: Hours after kick-off that the hourly precipitation is summed over.
GAME_HOURS: Final = 3
#: More inches in one hour than this is a fault of the record, not rain.
MOST_INCHES: Final = 4.0
#: With fewer sound hours than this, a game's rain is not known.
LEAST_HOURS: Final = 3
#: What the schedule calls a roof that keeps rain out.
UNDER_ROOF: Final = ("dome", "closed")


def eras(seasons: "pd.Series[int]") -> "pd.Series[str]":
    """Return the era of each season; before 1999 there is none.

    Examples
    --------
    >>> eras(pd.Series([2001, 2002, 2020, 2024])).to_list()
    ['1999-2001', '2002-2010', '2020', '2021 on']
    """
    edges = [*ERAS, 9999]
    return pd.cut(seasons, edges, right=False, labels=list(ERAS.values())).astype("str")


def circumstances(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return temperature, wind and precipitation of each game that has any.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``conditions`` and ``weather``, as far as they are there; ``games`` for kick-offs.

    Returns
    -------
    DataFrame
        ``game_id, temperature_f, wind_mph`` (of the schedule: missing under a roof and for most of 2022) and
        ``precipitation_inches`` (over the hours of the game at the nearest station, in the open).
    """
    names = ["temperature_f", "wind_mph"]
    seen = tables.get("conditions", pd.DataFrame(columns=["game_id"])).reindex(columns=["game_id", *names])
    wet = precipitation(tables.get("weather", pd.DataFrame()), games=tables["games"])
    return seen.merge(wet, on="game_id", how="outer")


def precipitation(weather: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the inches of each game: the hours from the one before kick-off to three after, summed.

    Some stations report more than once an hour, what has fallen since the hour began: the most of an hour counts.

    Parameters
    ----------
    weather : DataFrame
        ``game_id, observed_at`` (UTC), ``precipitation_inches``.
    games : DataFrame
        ``game_id, kickoff_utc, roof``.

    Returns
    -------
    DataFrame
        ``game_id, precipitation_inches``; games under a closed roof, and those with fewer than ``LEAST_HOURS`` sound
        hours, are left out.
    """
    if any(name not in weather for name in ("game_id", "observed_at", "precipitation_inches")):
        return pd.DataFrame({"game_id": pd.Series(dtype="str"), "precipitation_inches": pd.Series(dtype="float64")})
    open_air = games.loc[~games["roof"].isin(UNDER_ROOF), ["game_id", "kickoff_utc"]]
    states = weather.merge(open_air, on="game_id")
    since = (states["observed_at"] - states["kickoff_utc"]).dt.total_seconds() / 3600.0
    sound = states["precipitation_inches"].between(0.0, MOST_INCHES) & since.gt(-1.0) & since.le(GAME_HOURS)
    clock_hour = states["observed_at"].dt.floor("h").rename("hour")
    hours = states[sound].groupby(["game_id", clock_hour[sound]])["precipitation_inches"].max()
    games_seen = hours.groupby("game_id").agg(["sum", "size"])
    whole = games_seen[games_seen["size"] >= LEAST_HOURS]
    return whole["sum"].rename("precipitation_inches").reset_index()
