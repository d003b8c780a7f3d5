"""The nflverse source: which file holds which fact table, for which seasons."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from workbench.data.fetch import Fetcher
from workbench.data.source import Degradation, RawFile, RawFiles
from workbench.errors import FetchError, SourceError

SCHEDULE_FILE = "schedules/games.parquet"


@dataclass(frozen=True, slots=True)
class SeasonFile:
    """One file a season of one fact table.

    Attributes
    ----------
    table : str
    pattern : str
        With ``{season}``.
    feature : str
        What a season without the file cannot show.
    first_season : int
        The public release starts here: earlier seasons are not asked for.
    """

    table: str
    pattern: str
    feature: str
    first_season: int


SEASON_FILES: tuple[SeasonFile, ...] = (
    SeasonFile("plays", "pbp/play_by_play_{season}.parquet", "play-by-play features", 1999),
    SeasonFile(
        "charting", "ftn_charting/ftn_charting_{season}.parquet", "charted splits (blitz, shotgun, motion)", 2022
    ),
    SeasonFile("pressures", "pfr_advstats/advstats_week_pass_{season}.parquet", "game-level pressure rate", 2018),
    SeasonFile("player_weeks", "stats_player/stats_player_week_{season}.parquet", "player stat lines", 1999),
    SeasonFile("injuries", "injuries/injuries_{season}.parquet", "injury reports", 2009),
    SeasonFile("rosters", "weekly_rosters/roster_weekly_{season}.parquet", "weekly rosters", 2002),
    SeasonFile("snaps", "snap_counts/snap_counts_{season}.parquet", "snap shares", 2012),
)


@dataclass(slots=True)
class NflverseSource:
    """The files of an nflverse-data release.

    Attributes
    ----------
    fetcher : Fetcher
    workers : int
        Requests at once.
    """

    fetcher: Fetcher
    workers: int = 6
    name: str = "nflverse"

    def fetch(self, seasons: Sequence[int]) -> RawFiles:
        """Revalidate the schedule and the files of these seasons.

        Raises
        ------
        FetchError
            If there is no schedule: nothing can be done without it.
        FormatError
            If the schedule is not parquet and no earlier one is kept.
        """
        try:
            return self._fetch(seasons)
        finally:
            self.fetcher.close()

    def _fetch(self, seasons: Sequence[int]) -> RawFiles:
        schedule = self.fetcher.fetch(SCHEDULE_FILE)
        if schedule is None:
            raise FetchError(f"The source must hold {SCHEDULE_FILE}, got nothing. Is sources.nflverse.base right?")
        wanted = [(file, season) for file in SEASON_FILES for season in seasons if season >= file.first_season]
        with ThreadPoolExecutor(self.workers) as pool:
            looked = list(pool.map(lambda item: self._season(*item), wanted))
        found = {SCHEDULE_FILE: schedule} | {raw.name: raw for raw, _ in looked if raw is not None}
        missing = _by_feature([gap for _, gap in looked if gap is not None])
        stale = [Degradation(f"a fresh {name}", raw.stale) for name, raw in found.items() if raw.stale]
        return RawFiles(found, (*stale, *missing))

    def _season(self, file: SeasonFile, season: int) -> tuple[RawFile | None, tuple[str, int, str] | None]:
        try:
            raw = self.fetcher.fetch(file.pattern.format(season=season))
        except SourceError as error:
            return None, (file.feature, season, str(error))
        return raw, None if raw else (file.feature, season, "the source does not have it")


def _by_feature(gaps: Sequence[tuple[str, int, str]]) -> list[Degradation]:
    """Gather seasons that miss the same feature for the same reason into one line."""
    seasons: dict[tuple[str, str], list[int]] = {}
    for feature, season, reason in gaps:
        seasons.setdefault((feature, reason), []).append(season)
    return [Degradation(f"{feature} {spans(years)}", reason) for (feature, reason), years in seasons.items()]


def spans(seasons: Sequence[int]) -> str:
    """Return seasons as text, runs joined.

    Examples
    --------
    >>> spans([2019, 1999, 2000, 2001])
    '1999-2001, 2019'
    """
    runs: list[list[int]] = []
    for season in sorted(seasons):
        if runs and season == runs[-1][-1] + 1:
            runs[-1].append(season)
        else:
            runs.append([season])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
