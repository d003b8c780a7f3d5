"""Season files as one table of matches: teams, goals, kick-off, prices of home, draw and away by bookmaker.

A season is named by the year it starts in: "2324" is 2023. Times are UK wall clock. Before 2019-20 the files have no
kick-off times: a match without one is taken to start at the latest plausible instant, 20:15, so that its result is
never known too early.
"""

import csv
import io
import re
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.clock import LONDON
from workbench.data.columns import read_parquet
from workbench.data.epl.source import season_of_code
from workbench.data.quarantine import Checked, empty_quarantine, quarantined
from workbench.data.source import RawFile
from workbench.errors import FormatError

#: Prefixes of price columns: what was collected before the match, and the close.
BOOKS: Final = {"pinnacle": ("PS", "PSC"), "bet365": ("B365", "B365C")}
OUTCOMES: Final = ("H", "D", "A")
NEEDED: Final = ("Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG")
LATEST_KICKOFF: Final = pd.Timedelta(hours=20, minutes=15)
PRICES: Final = tuple(f"{p}{o}" for prefixes in BOOKS.values() for p in prefixes for o in OUTCOMES)
#: The division of the files; others are not this league's.
DIVISION: Final = "E0"


def read_matches(raw: RawFile) -> Checked:
    """Return the matches of one file, and the rows that cannot be matches.

    Returns
    -------
    Checked
        ``kept``: game_id, season, home_team, away_team, home_score, away_score (float, null while not played),
        kickoff_utc, kickoff_assumed, file, and the columns `PRICES` (float, null where not quoted).

    Raises
    ------
    FormatError
        If the file cannot be read, lacks a column that makes a match, or holds no match.
    """
    table = read_parquet(raw) if raw.name.endswith(".parquet") else _read_csv(raw)
    absent = [name for name in NEEDED if name not in table.columns]
    if absent:
        raise FormatError(
            f"{raw.name} needs the columns {', '.join(absent)}, which are absent. Another site's file, or a cut header?"
        )
    rows = table[_text(table, "HomeTeam").ne("") | _text(table, "AwayTeam").ne("")].reset_index(drop=True)
    if rows.empty:
        raise FormatError(f"{raw.name} holds no match. An empty season, or another table?")
    named = _named(rows, raw=raw)
    return _sound(named)


def _read_csv(raw: RawFile) -> pd.DataFrame:
    """Read a CSV whose lines may be longer or shorter than its header, as the site's older seasons are."""
    content = raw.path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    lines = list(csv.reader(io.StringIO(text)))
    header = [name.strip() for name in lines[0]]
    width = len(header)
    cells = [[*line[:width], *[""] * (width - len(line))] for line in lines[1:]]
    table = pd.DataFrame(cells, columns=header, dtype="str")
    return table.loc[:, [bool(name) for name in header]].loc[:, ~pd.Index([n for n in header if n]).duplicated()]


def _named(rows: pd.DataFrame, *, raw: RawFile) -> pd.DataFrame:
    day = _dates(rows["Date"])
    home, away = _text(rows, "HomeTeam"), _text(rows, "AwayTeam")
    season = _seasons(rows, name=raw.name, day=day)
    clock = pd.to_timedelta(
        _text(rows, "Time").where(lambda t: t.str.fullmatch(r"\d{1,2}:\d{2}"), "") + ":00", errors="coerce"
    )
    local = day + clock.fillna(LATEST_KICKOFF)
    out = pd.DataFrame(
        {
            "game_id": season.astype("str") + "_" + home.map(_slug) + "_" + away.map(_slug),
            "season": season,
            "home_team": home,
            "away_team": away,
            "home_score": pd.to_numeric(rows["FTHG"], errors="coerce"),
            "away_score": pd.to_numeric(rows["FTAG"], errors="coerce"),
            "kickoff_utc": local.dt.tz_localize(LONDON).dt.tz_convert("UTC").dt.as_unit("us"),
            "kickoff_assumed": clock.isna(),
            "division": _text(rows, "Div").replace("", DIVISION),
            "date": _text(rows, "Date"),
            "file": raw.name,
        }
    )
    prices = {name: pd.to_numeric(rows[name], errors="coerce") if name in rows else np.nan for name in PRICES}
    return out.assign(**{name: pd.Series(value, index=rows.index, dtype="float64") for name, value in prices.items()})


def _sound(rows: pd.DataFrame) -> Checked:
    """Stop rows of another division and rows whose date is none."""
    found, kept = [empty_quarantine()], rows
    rules = (
        (
            "division",
            "division",
            kept["division"].ne(DIVISION),
            "A match must be of division E0, got {}. Another file?",
        ),
        ("date", "date", kept["kickoff_utc"].isna(), "A match needs a date such as 19/05/2024, got {}. Cut short?"),
        ("season", "season", kept["season"].eq(0), "A match needs its season, got none from its file or date."),
    )
    for rule, column, broken, words in rules:
        bad = kept[broken.reindex(kept.index)]
        reason = bad[column].map(lambda value, words=words: words.format(repr(value)))
        found.append(quarantined(bad, table="games", rule=rule, column=column, reason=reason))
        kept = kept.drop(index=bad.index)
    return Checked(kept.drop(columns=["division", "date"]), pd.concat(found, ignore_index=True))


def _seasons(rows: pd.DataFrame, *, name: str, day: "pd.Series[pd.Timestamp]") -> "pd.Series[int]":
    """Return each row's season: its column's, the file name's, or that of the file's first match."""
    if "season" in rows.columns:
        return rows["season"].astype("str").map(_season_or_none)
    said = [code for code in re.findall(r"(?<!\d)\d{4}(?!\d)", name) if _season_or_none(code)]
    first = day.min()
    start = _season_or_none(said[0]) if said else 0 if pd.isna(first) else first.year - (first.month < 7)
    return pd.Series(int(start), index=rows.index)


def _season_or_none(code: str) -> int:
    try:
        return season_of_code(code)
    except ValueError:
        return 0


def _dates(dates: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """Return days; the site writes 19/05/2024 and, in older files, 19/05/01."""
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        whole: pd.Series[pd.Timestamp] = dates.dt.normalize().astype("datetime64[us]")
        return whole
    text = dates.astype("str").str.strip()
    long = pd.to_datetime(text, format="%d/%m/%Y", errors="coerce")
    short = pd.to_datetime(text, format="%d/%m/%y", errors="coerce")
    days: pd.Series[pd.Timestamp] = long.fillna(short).astype("datetime64[us]")
    return days


def _text(rows: pd.DataFrame, name: str) -> "pd.Series[str]":
    if name not in rows.columns:
        return pd.Series("", index=rows.index, dtype="str")
    return rows[name].astype("str").fillna("").str.strip().replace({"nan": "", "None": ""})


def _slug(team: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", team)
