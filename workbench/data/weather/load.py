"""Hourly observations through the border.

The files give wall-clock hours of the game's place (at that reading, and at no other, observed temperatures follow the
schedule's own closely in every zone). A row is known at kick-off, or at the hour observed where that is later: nobody
who bets before the game has it, so every use of it is an oracle.
"""

from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.data.columns import Names, read_parquet, renamed
from workbench.data.quality import Border, cross
from workbench.data.quarantine import quarantined
from workbench.data.source import Degradation, RawFile, RawFiles
from workbench.data.weather.zones import in_utc, local_zones
from workbench.errors import FormatError, SourceError
from workbench.schema import WEATHER

_NAMES: Names = {
    "game_id": ("nflverse_game_id",),
    "temperature_f": ("Temperature",),
    "wind_mph": ("WindSpeed",),
    "precipitation_inches": ("Precipitation",),  # inches by their size: the heaviest hours hold about one
    "distance_miles": ("DistanceToStation",),
    "condition": ("EstimatedCondition",),
}
_HOUR = "TimeMeasure"


@dataclass(slots=True)
class Observed:
    """The observations that came through, one border a file.

    Attributes
    ----------
    borders : list of Border
    degraded : list of Degradation
    """

    borders: list[Border] = field(default_factory=list)
    degraded: list[Degradation] = field(default_factory=list)


def load_weather(raws: RawFiles, *, every_game: pd.DataFrame, games: pd.DataFrame) -> Observed:
    """Return the observations of the games.

    Parameters
    ----------
    raws : RawFiles
    every_game : DataFrame
        The whole schedule, to tell an unknown game from one of another season.
    games : DataFrame
        The games facts of the wanted seasons.
    """
    out = Observed()
    for raw in raws.files.values():
        try:
            out.borders.append(_border(raw, every_game=every_game, games=games))
        except SourceError as error:
            out.degraded.append(Degradation(f"weather of {raw.name}", str(error)))
    return out


def _border(raw: RawFile, *, every_game: pd.DataFrame, games: pd.DataFrame) -> Border:
    frame = read_parquet(raw)
    absent = [name for name in ("nflverse_game_id", _HOUR) if name not in frame.columns]
    if absent:
        raise FormatError(f"{raw.name} needs the columns {', '.join(absent)}, which are absent. Renamed?")
    unknown = frame[~frame["nflverse_game_id"].isin(every_game["game_id"])]
    border = cross(observations(frame, games=games), name="weather", source=raw.name)
    if unknown.empty:
        return border
    rows = unknown.rename(columns={"nflverse_game_id": "game_id"})
    words = rows["game_id"].map(
        lambda value: f"An observation needs a game of the schedule, got {value}. A team's old code?"
    )
    bad = quarantined(
        rows, table="weather", rule="unknown_game", column="game_id", reason=words.astype("str"), source=raw.name
    )
    counts = border.quality.quarantined | {"unknown_game": len(bad)}
    quality = replace(border.quality, rows_in=border.quality.rows_in + len(bad), quarantined=counts)
    return Border(border.facts, pd.concat([bad, border.quarantine], ignore_index=True), quality)


def observations(raw: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the raw hours of some games as weather facts.

    Parameters
    ----------
    raw : DataFrame
        With ``nflverse_game_id`` and ``TimeMeasure``, the wall clock of the place.
    games : DataFrame
        ``game_id, season, week, kickoff_utc, home_team`` and, where known, ``stadium``.

    Returns
    -------
    DataFrame
        Candidate facts; an hour that cannot be read leaves ``observed_at`` missing, for the border to see.
    """
    have = renamed(raw, table=WEATHER, names=_NAMES).assign(local=raw[_HOUR])
    place = games.assign(zone=local_zones(games))[["game_id", "season", "week", "kickoff_utc", "zone"]]
    out = have.merge(place, on="game_id", how="inner")
    out["observed_at"] = in_utc(pd.to_datetime(out["local"], format="mixed", errors="coerce"), zones=out["zone"])
    out["known_at"] = out["observed_at"].clip(lower=out["kickoff_utc"]).fillna(out["kickoff_utc"])
    return out.drop(columns=["local", "zone", "kickoff_utc"])
