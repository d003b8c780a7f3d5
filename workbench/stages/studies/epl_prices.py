"""Prices of home, draw and away from football-data.co.uk's files: a bookmaker's early price and its close.

The early price was collected on Friday afternoon, or Tuesday for midweek matches: no opener, days younger than one.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.errors import FormatError

#: Prefixes of the columns by bookmaker, early price and close.
BOOKS: Final = {"pinnacle": ("PS", "PSC"), "bet365": ("B365", "B365C")}
OUTCOMES: Final = ("H", "D", "A")
PRICE_COLUMNS: Final = ("price_home", "price_draw", "price_away")
_NEEDED: Final = ("season", "Date", "HomeTeam", "AwayTeam", "FTR")
#: One row a match, bookmaker and kind.
COLUMNS: Final = ("game_id", "season", "week", "kickoff", "market", "source", "kind", *PRICE_COLUMNS, "won")


def read_epl_prices(path: Path | None) -> pd.DataFrame:
    """Return every match's prices of home, draw and away.

    Parameters
    ----------
    path : Path or None
        A parquet or CSV file with football-data.co.uk's columns and ``season`` ("2324"), or a folder with such parquet
        files; None: none.

    Returns
    -------
    DataFrame
        `COLUMNS`: ``week`` is the Monday that ends the match's Tuesday-to-Monday week (its ordinal day), ``kind`` open
        (Friday's or Tuesday's) or close, ``won`` 0, 1 or 2 for home, draw or away. A bookmaker without all three prices
        of a match is left out.

    Raises
    ------
    FormatError
        If there is no such file, it cannot be read or lacks its columns.
    """
    if path is None:
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in COLUMNS})
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise FormatError(f"{path.name} holds no parquet file of matches.")
    matches = pd.concat([_read(file) for file in files], ignore_index=True)
    parts = [
        _prices(matches, book=book, kind=kind, prefix=prefix)
        for book, prefixes in BOOKS.items()
        for kind, prefix in zip(("open", "close"), prefixes, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def _read(file: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(file, dtype={"season": str}) if file.suffix == ".csv" else pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise FormatError(f"{file.name} cannot be read as matches: {error}") from error
    if missing := [name for name in _NEEDED if name not in frame]:
        raise FormatError(f"{file.name} lacks {', '.join(missing)}: are these football-data.co.uk's matches?")
    return frame[frame["FTR"].isin(OUTCOMES)]


def _prices(matches: pd.DataFrame, *, book: str, kind: str, prefix: str) -> pd.DataFrame:
    named = [f"{prefix}{outcome}" for outcome in OUTCOMES]
    if not set(named) <= set(matches):
        return pd.DataFrame(columns=list(COLUMNS))
    prices = matches[named].apply(pd.to_numeric, errors="coerce")
    rows = matches[(prices > 1.0).all(axis=1)]
    date = _dates(rows["Date"])
    made = pd.DataFrame(
        {
            "game_id": rows["season"].astype(str) + " " + rows["HomeTeam"] + " " + rows["AwayTeam"],
            "season": 2000 + rows["season"].astype(str).str[:2].astype(int),
            "week": date.map(lambda day: day.toordinal() + (7 - day.weekday()) % 7),
            "kickoff": date,
            "market": "1x2",
            "source": book,
            "kind": kind,
            "won": rows["FTR"].map({outcome: place for place, outcome in enumerate(OUTCOMES)}),
        }
    )
    made[list(PRICE_COLUMNS)] = prices.loc[rows.index].to_numpy(np.float64)
    return made[list(COLUMNS)]


def _dates(written: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """Return days: as a table keeps them, ISO, or day first as football-data.co.uk writes them."""
    if pd.api.types.is_datetime64_any_dtype(written):
        return written
    iso = pd.to_datetime(written, format="ISO8601", errors="coerce")
    found = iso.fillna(pd.to_datetime(written, format="mixed", dayfirst=True, errors="coerce"))
    if found.isna().any():
        raise FormatError(f"A match's date must be a day, got {written[found.isna()].iloc[0]!r}.")
    return found
