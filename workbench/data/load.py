"""Raw files in, facts out: every table through its border, an unchanged season from the cache."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.data.cache import FactCache
from workbench.data.columns import read_parquet
from workbench.data.lines.load import load_quotes
from workbench.data.nflverse import players, plays, schedule
from workbench.data.nflverse.source import SCHEDULE_FILE, SEASON_FILES, SeasonFile, spans
from workbench.data.quality import Border, cross
from workbench.data.quality_report import LineGrid, QualityReport, TableQuality, summed
from workbench.data.quarantine import empty_quarantine
from workbench.data.source import Degradation, LoadedFacts, RawFile, RawFiles
from workbench.data.weather.load import load_weather
from workbench.errors import FormatError, SourceError, ValidationError
from workbench.schema import FACT_TABLES

Reader = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]

#: By fact table: from a season's raw frame and the games (with kick-offs) to candidate facts.
READERS: dict[str, Reader] = {
    "plays": lambda raw, games: plays.plays(raw, kickoffs=games),
    "charting": lambda raw, games: plays.charting(raw, kickoffs=games),
    "pressures": lambda raw, games: plays.pressures(raw, kickoffs=games),
    "snaps": lambda raw, games: plays.snaps(raw, kickoffs=games),
    "player_weeks": lambda raw, games: players.player_weeks(raw, games=games),
    "injuries": lambda raw, games: players.injuries(raw, games=games),
    "rosters": lambda raw, games: players.rosters(raw, games=games),
}


#: What a reader misses where an optional column is absent.
FEATURES: dict[tuple[str, str], str] = {
    ("plays", "was_pressure"): "clean-against-pressured splits (charted blitz and game-level pressure stand in)",
    ("plays", "qb_hit"): "quarterback hits by play",
    ("plays", "qb_dropback"): "dropbacks as nflverse flags them (passes, sacks and scrambles stand in)",
    ("plays", "shotgun"): "shotgun rate from play-by-play (charting stands in)",
    ("plays", "no_huddle"): "no-huddle rate from play-by-play (charting stands in)",
    ("plays", "xpass"): "pass rate over nflverse's expectation (an own expectation stands in)",
    ("plays", "wp"): "win-probability filters (score and clock stand in)",
    ("plays", "fixed_drive"): "nflverse's drives (boundaries are derived)",
    ("plays", "fixed_drive_result"): "nflverse's drives (boundaries are derived)",
    ("rosters", "pfr_id"): "matching rosters to snaps by id (names stand in)",
    ("snaps", "pfr_id"): "matching rosters to snaps by id (names stand in)",
}


@dataclass(slots=True)
class Gathered:
    """Parts of fact tables as they come in, by table."""

    facts: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    quarantine: list[pd.DataFrame] = field(default_factory=lambda: [empty_quarantine()])
    quality: dict[str, list[TableQuality]] = field(default_factory=dict)
    degraded: list[Degradation] = field(default_factory=list)

    def add(self, name: str, border: Border) -> None:
        """Take in one part of a table."""
        self.facts.setdefault(name, []).append(border.facts)
        self.quarantine.append(border.quarantine)
        self.quality.setdefault(name, []).append(border.quality)

    def loaded(self, *, grids: tuple[LineGrid, ...]) -> LoadedFacts:
        """Return the whole, in the schema's order of tables."""
        tables = {name: pd.concat(self.facts[name], ignore_index=True) for name in FACT_TABLES if self.facts.get(name)}
        report = QualityReport(
            tables={name: summed(self.quality[name]) for name in tables},
            grids=grids,
            degraded=tuple((item.feature, item.reason) for item in self.degraded),
        )
        quarantine = pd.concat(self.quarantine, ignore_index=True)
        return LoadedFacts(tables=tables, quarantine=quarantine, degraded=self.degraded, report=report)


def load_facts(
    nflverse: RawFiles,
    lines: RawFiles,
    *,
    seasons: Sequence[int],
    cache: FactCache,
    teams: Collection[str] | None,
    weather: RawFiles | None = None,
) -> LoadedFacts:
    """Return the facts of some seasons from the raw files of all sources.

    Parameters
    ----------
    nflverse, lines : RawFiles
    seasons : sequence of int
    cache : FactCache
    teams : collection of str, optional
        The league's teams; None takes the schedule's word for it.
    weather : RawFiles, optional
        Hourly observations; a league without them has no such table.

    Raises
    ------
    FormatError
        If the schedule cannot be read or lacks what makes a game.
    """
    out = Gathered(degraded=[*nflverse.degraded, *lines.degraded])
    every_game = read_schedule(nflverse.files[SCHEDULE_FILE])
    wanted = every_game[every_game["season"].isin(list(seasons))].reset_index(drop=True)
    sound = _schedule_facts(wanted, out=out, teams=teams)
    games = out.facts["games"][0]
    known = frozenset(games["home_team"]) if teams is None else frozenset(teams)
    _season_facts(nflverse, games=games, out=out, cache=cache, teams=known, seasons=seasons)
    quotes = load_quotes(lines, every_game=every_game, games=games, schedule=sound)
    out.degraded += quotes.degraded
    out.add("quotes", quotes.border)
    if weather is not None:
        _weather_facts(weather, every_game=every_game, games=games, out=out)
    return out.loaded(grids=quotes.grids)


def read_schedule(raw: RawFile) -> pd.DataFrame:
    """Return the whole schedule with kick-offs in UTC and one code a franchise.

    Raises
    ------
    FormatError
        If it lacks what makes a game.
    """
    frame = read_parquet(raw)
    needed = ("game_id", "season", "week", "game_type", "gameday", "home_team", "away_team", "home_score", "away_score")
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise FormatError(f"{raw.name} needs the columns {', '.join(absent)}, which are absent. Another release?")
    return schedule.with_kickoff(frame)


def _schedule_facts(wanted: pd.DataFrame, *, out: Gathered, teams: Collection[str] | None) -> pd.DataFrame:
    """Take in the tables that the schedule holds; return its rows whose games passed the border."""
    out.degraded += schedule.assumed_kickoffs(wanted)
    border = cross(schedule.games(wanted), name="games", source=SCHEDULE_FILE, teams=teams)
    out.add("games", border)
    sound = wanted[wanted["game_id"].isin(border.facts["game_id"])].drop_duplicates("game_id")
    for name, read in (
        ("results", schedule.results),
        ("starters", schedule.starters),
        ("conditions", schedule.conditions),
    ):
        out.add(name, cross(read(sound), name=name, source=SCHEDULE_FILE, teams=teams))
    return sound


def _season_facts(
    raws: RawFiles,
    *,
    games: pd.DataFrame,
    out: Gathered,
    cache: FactCache,
    teams: frozenset[str],
    seasons: Sequence[int],
) -> None:
    lacking: dict[tuple[str, str], list[int]] = {}
    for file in SEASON_FILES:
        for season in seasons:
            raw = raws.files.get(file.pattern.format(season=season))
            if raw is None:
                continue
            try:
                border = _season(file, raw, games=games[games["season"].eq(season)], cache=cache, teams=teams)
            except (SourceError, ValidationError) as error:
                out.degraded.append(Degradation(f"{file.feature} {season}", str(error)))
                continue
            out.add(file.table, border)
            for column in border.quality.missing_columns:
                lacking.setdefault((file.table, column), []).append(season)
    out.degraded += _missing_column_notes(lacking)


def _season(file: SeasonFile, raw: RawFile, *, games: pd.DataFrame, cache: FactCache, teams: frozenset[str]) -> Border:
    key = cache.key(file.table, raw.sha256, games=games, teams=teams)
    kept = cache.read(key, name=file.table)
    if kept is not None:
        return kept
    try:
        candidate = READERS[file.table](read_parquet(raw), games)
    except KeyError as error:
        raise ValidationError(f"{raw.name} needs the column {error}, which is absent. Renamed?") from error
    border = cross(candidate, name=file.table, source=raw.name, teams=teams)
    cache.write(key, border)
    return border


def _weather_facts(raws: RawFiles, *, every_game: pd.DataFrame, games: pd.DataFrame, out: Gathered) -> None:
    observed = load_weather(raws, every_game=every_game, games=games)
    out.degraded += [*raws.degraded, *observed.degraded]
    for border in observed.borders:
        out.add("weather", border)


def _missing_column_notes(lacking: dict[tuple[str, str], list[int]]) -> list[Degradation]:
    """Name the features that absent columns take away, once a table and set of seasons."""
    gathered: dict[tuple[str, str, str], list[str]] = {}
    for (table, column), seasons in lacking.items():
        feature = FEATURES.get((table, column), f"columns of {table}")
        gathered.setdefault((feature, table, spans(seasons)), []).append(column)
    return [
        Degradation(f"{feature} {when}", f"the {table} files have no {', '.join(columns)}")
        for (feature, table, when), columns in gathered.items()
    ]
