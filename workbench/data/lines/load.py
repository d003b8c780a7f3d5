"""Line files and closing columns through the border, into one table of quotes."""

from dataclasses import dataclass, replace

import pandas as pd

from workbench.data.lines.dated import before_kickoff, raw_quotes, timed_quotes
from workbench.data.nflverse.schedule import closing_quotes
from workbench.data.nflverse.source import SCHEDULE_FILE
from workbench.data.prices import checked_american, checked_decimal, offered
from workbench.data.quality import Border, cross
from workbench.data.quality_report import LineGrid
from workbench.data.quarantine import Checked, quarantined
from workbench.data.rules import on_half_points
from workbench.data.sides import swapped_sides
from workbench.data.source import Degradation, RawFiles
from workbench.errors import SourceError

#: A source with at least this many lines and more than this share off the half-point grid sells averages, not lines.
GRID_LINES, GRID_SHARE = 20, 0.2
#: A state whose book last showed it longer ago than this is no quote of the instant it was recorded.
STALE_STATE = pd.Timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quotes that came through the border.

    Attributes
    ----------
    border : Border
    grids : tuple of LineGrid
        By source.
    degraded : list of Degradation
    """

    border: Border
    grids: tuple[LineGrid, ...]
    degraded: list[Degradation]


def load_quotes(lines: RawFiles, *, every_game: pd.DataFrame, games: pd.DataFrame, schedule: pd.DataFrame) -> Quotes:
    """Return the quotes of the games from the line files and the schedule's closing columns.

    Parameters
    ----------
    lines : RawFiles
    every_game : DataFrame
        The whole schedule with kick-offs, to tell an unknown game from one of another season.
    games : DataFrame
        The games facts of the wanted seasons.
    schedule : DataFrame
        The schedule's rows of those games.
    """
    raw, degraded = _read(lines, schedule=every_game)
    dated = timed_quotes(raw, schedule=every_game.drop_duplicates("game_id"))
    unknown = dated["kickoff_utc"].isna()
    own = dated[dated["game_id"].isin(games["game_id"])]
    early = before_kickoff(own)
    fresh = _sound_states(own[early])
    closes = closing_quotes(schedule).assign(file=SCHEDULE_FILE)
    dropped = ["kickoff_utc", "seen_at", "suspect"]
    priced = _priced(pd.concat([fresh.kept.drop(columns=dropped), closes], ignore_index=True))
    offers = offered(priced.kept)
    grids = line_grids(offers)
    averaged = offers["source"].isin([grid.source for grid in grids if grid.rejected])
    border = cross(offers[~averaged], name="quotes", source="")
    before = [_unknown_games(dated[unknown]), fresh.quarantine, priced.quarantine, _averages(offers[averaged])]
    whole = _with_quarantine(border, pd.concat(before, ignore_index=True), after_kickoff=int((~early).sum()))
    return Quotes(whole, grids, degraded + _rejected_sources(grids) + swapped_sides(border.facts))


def _read(lines: RawFiles, *, schedule: pd.DataFrame) -> tuple[pd.DataFrame, list[Degradation]]:
    parts: list[pd.DataFrame] = [_no_quotes()]
    degraded: list[Degradation] = []
    for raw in lines.files.values():
        try:
            part, notes = raw_quotes(raw, schedule=schedule)
        except SourceError as error:
            degraded.append(Degradation(f"lines of {raw.name}", str(error)))
            continue
        parts += [part] if len(part) else []
        degraded += notes
    # All-missing columns of one file must not decide the type of the whole.
    return pd.concat([part.astype(_TYPES) for part in parts], ignore_index=True), degraded


_TEXT = ("game_id", "market", "source", "kind", "file")
_NUMBER = ("line", "american_home", "american_away", "price_home", "price_away")
_STAMP = ("recorded_at", "seen_at")
_TYPES: dict[str, str] = (
    dict.fromkeys(_TEXT, "str")
    | dict.fromkeys(_NUMBER, "float64")
    | dict.fromkeys(_STAMP, "datetime64[us, UTC]")
    | {"instant_assumed": "bool", "suspect": "bool"}
)


def _no_quotes() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in _TYPES})


def _priced(quotes: pd.DataFrame) -> Checked:
    american = checked_american(quotes)
    decimal = checked_decimal(american.kept)
    return Checked(decimal.kept, pd.concat([american.quarantine, decimal.quarantine], ignore_index=True))


def _sound_states(quotes: pd.DataFrame) -> Checked:
    """Stop states whose book last showed them long before, and lines that the file itself doubts."""
    doubted = quotes["suspect"] & quotes["line"].notna()
    words = quotes.loc[doubted, "line"].map(
        lambda line: f"The file flags this spread as suspect: {line}. A total, or the other sign, in its place?"
    )
    suspect = quarantined(quotes[doubted], table="quotes", rule="suspect_at_source", column="line", reason=words)
    timely = _timely(quotes[~doubted])
    return Checked(timely.kept, pd.concat([suspect, timely.quarantine], ignore_index=True))


def _timely(quotes: pd.DataFrame) -> Checked:
    stale = quotes["recorded_at"] - quotes["seen_at"] > STALE_STATE
    words = quotes.loc[stale, "seen_at"].map(
        lambda seen: f"A state must have been seen within 24 h of its recording, was seen {seen}. A book taken down?"
    )
    bad = quarantined(quotes[stale], table="quotes", rule="stale_state", column="seen_at", reason=words)
    return Checked(quotes[~stale], bad)


def _unknown_games(rows: pd.DataFrame) -> pd.DataFrame:
    words = rows["game_id"].map(lambda value: f"A quote needs a game of the schedule, got {value}. A team's old code?")
    return quarantined(rows, table="quotes", rule="unknown_game", column="game_id", reason=words)


def _averages(rows: pd.DataFrame) -> pd.DataFrame:
    words = rows["source"].map(lambda name: f"A line must be one a book offered, got {name}'s. Averages of books?")
    return quarantined(rows, table="quotes", rule="averaged_source", column="line", reason=words)


def line_grids(quotes: pd.DataFrame) -> tuple[LineGrid, ...]:
    """Return, for each source, how many of its lines lie off the half-point grid."""
    lines = quotes[quotes["line"].notna()]
    off = (~on_half_points(lines["line"])).groupby(lines["source"]).agg(["size", "sum"])
    return tuple(
        LineGrid(str(source), int(size), int(count), bool(size >= GRID_LINES and count > GRID_SHARE * size))
        for source, size, count in off.itertuples()
    )


def _rejected_sources(grids: tuple[LineGrid, ...]) -> list[Degradation]:
    return [
        Degradation(f"lines of {grid.source}", f"{grid.off_grid_share:.0%} off the half-point grid: averages, rejected")
        for grid in grids
        if grid.rejected
    ]


def _with_quarantine(border: Border, before: pd.DataFrame, *, after_kickoff: int) -> Border:
    """Return the border with what was stopped ahead of it counted in."""
    every = pd.concat([before, border.quarantine], ignore_index=True)
    counts = {str(rule): int(count) for rule, count in every["rule"].value_counts().items()}
    rows_in = border.quality.rows_in + len(before) + after_kickoff
    quality = replace(border.quality, rows_in=rows_in, after_kickoff=after_kickoff, quarantined=counts)
    return Border(border.facts, every, quality)
