"""Other people's numbers for the same player-games: ESPN's projections and posted prop lines, from folders of files.

What was seen in these files, and what is done about it:

- ESPN's yards are sometimes twice what their own attempts and points say (3 % of running backs', 2019-2022: 8.5 yards a
  carry, and points that fit the half). They are halved, flagged, and the published number is kept beside: unmended, a
  comparison would flatter us. A few are hundredfold; they are left out.
- ESPN's state is the last before the game (nobody ruled out on Friday has a projection), so it knows about what we know
  90 minutes before kick-off. Its correlation with outcomes is that of prop lines: no sign of later editing.
- ESPN gives the team of the day it was read, and so do props: neither is used. Players join by their id alone.
- Props carry no instant, and book 30 ("open") repeats book 15 ("consensus"): no movement can be had, and a line may be
  later than a Wednesday. It is a fair yardstick 90 minutes before kick-off only.
- One book a player-game, by preference; a mean of books is a line nobody offered. Consensus first, the only one of both
  seasons. Lines priced far from even are no medians (in 2022 half the rows: .5
  yards at long odds) and are left out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import pyarrow.lib as pa

from workbench.errors import FormatError, ValidationError

Yards = Literal["rushing_yards", "receiving_yards", "passing_yards"]
#: What ESPN calls the attempts that make these yards.
_ATTEMPTS: Final[dict[str, str]] = {
    "rushing_yards": "projected_rushing_attempts",
    "receiving_yards": "projected_receiving_targets",
    "passing_yards": "projected_passing_attempts",
}
#: Whose yards an attempt are regular enough to be checked; others are no rows of these targets.
_CHECKED: Final[dict[str, tuple[str, ...]]] = {
    "rushing_yards": ("RB",),
    "receiving_yards": ("WR", "TE"),
    "passing_yards": ("QB",),
}
_ESPN: Final = "espn_player_projections_*.parquet"
_PROPS: Final = "props_over_under_*.parquet"
#: Yards an attempt over the position's median: of running backs none lie between 1.5 and 1.7, and points fit the half.
DOUBLED: Final = (1.6, 2.6)
#: Books by preference: consensus, then those with prices of their own; last "open", which repeats consensus.
BOOKS: Final = (15, 68, 69, 79, 30)
#: No-vig chances of the over that make a line a median.
EVEN: Final = (0.4, 0.6)
KEY: Final = ["player_id", "season", "week"]
_PROP_COLUMNS: Final = [
    "bet_type", "line_type", "period", "book_id", "side", "value", "odds", *KEY, "game_id",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class External:
    """Numbers of others.

    Attributes
    ----------
    source : str
    rows : DataFrame, one row a player-game
        ``player_id, season, week, value, source`` (yards). ESPN's also ``published`` (before mending) and ``doubled``;
        props' also ``game_id, book_id`` and ``over_probability`` (without the bookmaker's margin).
    notes : tuple of str
        What was left out or mended, counted; why there is nothing, if so.
    """

    source: str
    rows: pd.DataFrame
    notes: tuple[str, ...]


def espn_projections(folder: Path | None, *, yards: Yards) -> External:
    """Read ESPN's projections, regular season only (the source has no other).

    Parameters
    ----------
    folder : Path or None
        With ``espn_player_projections_*.parquet``; None: none.
    yards : {"rushing_yards", "receiving_yards", "passing_yards"}

    Raises
    ------
    FormatError
        If a file cannot be read or lacks its columns.
    """
    wanted, attempts = f"projected_{yards}", _ATTEMPTS[yards]
    frame, missing = _all_files(folder, _ESPN, [*KEY, "espn_id", "position", wanted, attempts], parameter="peers")
    if frame is None:
        return External("espn", _nothing("published", "doubled"), missing)
    projected = frame[frame[wanted].notna()]
    once = projected.drop_duplicates(["season", "week", "espn_id"])
    named = once[once["player_id"].notna()].drop_duplicates(KEY)
    published = named[wanted].astype("float64")
    rate = published / named[attempts].astype("float64").where(lambda tries: tries > 0)
    excess = rate / rate.groupby(named["position"]).transform("median")
    excess = excess.where(named["position"].isin(_CHECKED[yards]))
    doubled, absurd = excess.between(*DOUBLED), excess > DOUBLED[1]
    rows = named[KEY].astype({"season": "int64", "week": "int64"}).assign(
        value=published.where(~doubled, published / 2.0), published=published, doubled=doubled, source="espn"
    )[~absurd]  # fmt: skip
    return External("espn", rows.reset_index(drop=True), (
        f"ESPN: {len(projected) - len(once):,} rows that repeat another were dropped (identical, the first is kept), "
        f"{len(once) - len(named):,} of {len(once):,} have no player id or share one and are left out.",
        f"ESPN: {int(doubled.sum()):,} projections are about twice what their own attempts say and were halved; "
        f"{int(absurd.sum()):,} are further off and were left out.",
    ))  # fmt: skip


def prop_lines(folder: Path | None, *, yards: Yards) -> External:
    """Read posted over-under lines of whole games, one a player-game by ``BOOKS``.

    Parameters
    ----------
    folder : Path or None
        With ``props_over_under_*.parquet``; None: none.
    yards : {"rushing_yards", "receiving_yards", "passing_yards"}

    Raises
    ------
    FormatError
        If a file cannot be read or lacks its columns.
    """
    frame, missing = _all_files(folder, _PROPS, _PROP_COLUMNS, parameter="props")
    if frame is None:
        return External("props", _nothing("game_id", "book_id", "over_probability"), missing)
    texts = frame.astype(dict.fromkeys(("bet_type", "line_type", "period", "side"), "str"))
    asked = texts[texts["bet_type"].eq(yards) & texts["period"].eq("event") & texts["line_type"].eq("total")]
    named = asked[asked["player_id"].notna() & asked["book_id"].isin(BOOKS)]
    quotes = _two_sided(named)
    even = quotes[quotes["over_probability"].between(*EVEN)]
    order = even["book_id"].map({book: place for place, book in enumerate(BOOKS)})
    rows = even.assign(order=order).sort_values([*KEY, "order"]).drop_duplicates(KEY).drop(columns="order")
    return External("props", rows.assign(source="props").reset_index(drop=True), (
        f"Props: {len(asked) - len(named):,} of {len(asked):,} prices have no player id or an unknown book; of "
        f"{len(quotes):,} lines with both prices {len(quotes) - len(even):,} are not priced near even and left out.",
        f"Props: {len(rows):,} player-games, {int(rows['book_id'].ne(BOOKS[0]).sum()):,} of them not from book "
        f"{BOOKS[0]} (consensus, not executable), {int((rows['value'] * 2 % 1 != 0).sum()):,} off the half-yard grid. "
        "No instant is known: a line may be later than Wednesday.",
    ))  # fmt: skip


def _two_sided(prices: pd.DataFrame) -> pd.DataFrame:
    """Return a line a player-game and book where both sides are priced at the same yards, its margin taken out."""
    keys = [*KEY, "game_id", "book_id", "value"]
    typed = prices.astype({"value": "float64", "odds": "float64", "season": "int64", "week": "int64"})
    typed = typed[typed["odds"].abs() >= 100.0]  # American prices start at 100; 0 stands for none
    unique = typed.drop_duplicates([*keys, "side"])
    wide = unique.pivot(index=keys, columns="side", values="odds").reindex(columns=["over", "under"]).dropna()
    odds = wide.to_numpy()
    implied = np.where(odds > 0, 100.0, -odds) / (np.abs(odds) + 100.0)
    # A book's several lines for one player are alternatives: the one nearest even is its line.
    lines = wide.reset_index()[keys].assign(over_probability=implied[:, 0] / implied.sum(axis=1))
    nearest = (lines["over_probability"] - 0.5).abs().sort_values(kind="stable").index
    return lines.loc[nearest].drop_duplicates([*KEY, "game_id", "book_id"]).sort_index()


def _all_files(
    folder: Path | None, pattern: str, columns: list[str], *, parameter: str
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    if folder is None:
        return None, (f"No folder was given: set the parameter {parameter} to compare with {pattern}.",)
    files = sorted(folder.glob(pattern))
    if not files:
        return None, (f"The folder of {parameter} has no {pattern}: its numbers are left out.",)
    return pd.concat([_read(path, columns) for path in files], ignore_index=True), ()


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=columns)
    except (pa.ArrowInvalid, pa.ArrowKeyError, KeyError, OSError) as error:
        raise FormatError(f"{path.name} must be parquet with {', '.join(columns)}: {error}") from error


def _nothing(*more: str) -> pd.DataFrame:
    kinds = {"player_id": "str", "season": "int64", "week": "int64", "value": "float64", "source": "str"}
    rest = {"game_id": "str", "book_id": "int64", "doubled": "bool"}
    return pd.DataFrame(
        {name: pd.Series(dtype=kinds.get(name) or rest.get(name, "float64")) for name in (*kinds, *more)}
    )


def unique_player_games(rows: pd.DataFrame) -> None:
    """Refuse rows of which two are one player-game.

    Raises
    ------
    ValidationError
        If a player has two rows in a week.
    """
    if (repeated := int(rows.duplicated(KEY).sum())) > 0:
        raise ValidationError(f"A comparison needs one row a player-game, got {repeated} repeated. Two targets in one?")
