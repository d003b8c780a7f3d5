"""Line files and closing columns through the border, into one table of quotes."""

from dataclasses import dataclass

import pandas as pd

from workbench.data.lines.dated import before_kickoff, raw_quotes, timed_quotes
from workbench.data.nflverse.schedule import closing_quotes
from workbench.data.nflverse.source import SCHEDULE_FILE
from workbench.data.prices import checked_american, offered
from workbench.data.quality import Border, cross
from workbench.data.quality_report import LineGrid, TableQuality
from workbench.data.quarantine import quarantined
from workbench.data.rules import on_half_points
from workbench.data.source import Degradation, RawFiles
from workbench.errors import SourceError

#: A source with at least this many lines and more than this share off the half-point grid sells averages, not lines.
GRID_LINES, GRID_SHARE = 20, 0.2


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quotes that came through the border."""

    border: Border
    degraded: list[Degradation]


def load_quotes(
    lines: RawFiles, *, every_game: pd.DataFrame, games: pd.DataFrame, schedule: pd.DataFrame
) -> tuple[Quotes, tuple[LineGrid, ...]]:
    """Return the quotes of the games from the line files and the schedule's closing columns.

    Parameters
    ----------
    lines : RawFiles
    every_game : DataFrame
        The whole schedule with kick-offs, to tell an unknown game from one of another season.
    games : DataFrame
        The games facts of the wanted seasons.
    schedule : DataFrame
        The schedule's rows of the wanted seasons.
    """
    raw, degraded = _read(lines)
    dated = timed_quotes(raw, schedule=every_game.drop_duplicates("game_id"))
    known = dated["kickoff_utc"].notna()
    quarantine = [_unknown_games(dated[~known])]
    own = dated[known & dated["season"].isin(games["season"].unique())]
    early = before_kickoff(own)
    closes = closing_quotes(schedule.drop_duplicates("game_id")).assign(file=SCHEDULE_FILE)
    candidates = pd.concat([own[early].drop(columns="kickoff_utc"), closes], ignore_index=True)
    priced = checked_american(candidates[candidates["game_id"].isin(games["game_id"])])
    offers = offered(priced.kept)
    grids = line_grids(offers)
    rejected = offers["source"].isin([grid.source for grid in grids if grid.rejected])
    quarantine += [priced.quarantine, _rejected(offers[rejected])]
    border = _crossed(offers[~rejected])
    others = pd.concat([*quarantine, border.quarantine], ignore_index=True)
    counts = {str(rule): int(count) for rule, count in others["rule"].value_counts().items()}
    quality = TableQuality(
        rows_in=border.quality.rows_in + len(others) - len(border.quarantine) + int((~early).sum()),
        kept=border.quality.kept,
        identical_duplicates=border.quality.identical_duplicates,
        after_kickoff=int((~early).sum()),
        quarantined=counts,
        newest_known_at=border.quality.newest_known_at,
    )
    degraded += [
        Degradation(f"lines of {grid.source}", f"{grid.off_grid_share:.0%} off the half-point grid: averages, rejected")
        for grid in grids
        if grid.rejected
    ]
    return Quotes(Border(border.facts, others, quality), degraded), grids


def _read(lines: RawFiles) -> tuple[pd.DataFrame, list[Degradation]]:
    parts, degraded = [], []
    for raw in lines.files.values():
        try:
            part, notes = raw_quotes(raw)
        except SourceError as error:
            degraded.append(Degradation(f"lines of {raw.name}", str(error)))
            continue
        parts += [part] if len(part) else []
        degraded += notes
    return (pd.concat(parts, ignore_index=True) if parts else _no_quotes()), degraded


def _no_quotes() -> pd.DataFrame:
    text = ("game_id", "market", "source", "kind", "file")
    number = ("line", "american_home", "american_away")
    columns = dict.fromkeys(text, "str") | dict.fromkeys(number, "float64")
    columns |= {"recorded_at": "datetime64[us, UTC]", "instant_assumed": "bool"}
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


def _unknown_games(rows: pd.DataFrame) -> pd.DataFrame:
    words = rows["game_id"].map(lambda value: f"A quote needs a game of the schedule, got {value}. A team's old code?")
    return quarantined(rows, table="quotes", rule="unknown_game", column="game_id", reason=words)


def _rejected(rows: pd.DataFrame) -> pd.DataFrame:
    words = rows["source"].map(
        lambda name: f"A source's lines must be a book's, got {name}. Averages of several books?"
    )
    return quarantined(rows, table="quotes", rule="averaged_source", column="line", reason=words)


def line_grids(quotes: pd.DataFrame) -> tuple[LineGrid, ...]:
    """Return, for each source, how many of its lines lie off the half-point grid."""
    lines = quotes[quotes["line"].notna()]
    off = (~on_half_points(lines["line"])).groupby(lines["source"]).agg(["size", "sum"])
    return tuple(
        LineGrid(str(source), int(size), int(count), bool(size >= GRID_LINES and count > GRID_SHARE * size))
        for source, size, count in off.itertuples()
    )


def _crossed(offers: pd.DataFrame) -> Border:
    """Check quotes file by file name, so that a quarantined row names where it came from."""
    border = cross(offers, name="quotes", source="")
    return border
