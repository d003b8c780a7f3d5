"""A line file's rows as quotes, joined to their games and dated."""

from collections.abc import Callable, Mapping

import pandas as pd

from workbench.clock import week_instants
from workbench.data.columns import read_parquet
from workbench.data.lines.books import books_quotes, degraded_book_openers
from workbench.data.lines.history import RAW_QUOTE, history_quotes
from workbench.data.lines.open_last import degraded_openers, open_last_quotes
from workbench.data.lines.sbr import sbr_quotes
from workbench.data.lines.source import prefix_of
from workbench.data.odds_api import PREFIX as ODDS_API
from workbench.data.odds_api import odds_api_quotes
from workbench.data.source import Degradation, RawFile
from workbench.errors import FormatError

#: Prefix of a file's name -> how its rows become quotes.
ADAPTERS: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "history_": history_quotes,
    "open_last_": open_last_quotes,
    "books_": books_quotes,
    "sbr_": sbr_quotes,
}
#: Columns without which a file cannot be dated or joined; any other column may be missing.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "history_": ("nflverse_game_id", "commit_time"),
    "open_last_": ("nflverse_game_id", "season", "home_spread_open", "home_spread_last"),
    "books_": ("game_id", "season", "line_type", "period", "book", "side", "value", "odds"),
    "sbr_": ("nflverse_game_id", "home_open_spread", "home_close_spread", "open_over_under", "close_over_under"),
}
#: What a file of a prefix cannot show although it seems to.
NOTES: Mapping[str, Callable[[pd.DataFrame], list[Degradation]]] = {
    "open_last_": degraded_openers,
    "books_": degraded_book_openers,
}
_PRICES = ("american_home", "american_away", "price_home", "price_away")


def raw_quotes(raw: RawFile, *, schedule: pd.DataFrame) -> tuple[pd.DataFrame, list[Degradation]]:
    """Return a line file's quotes before their prices and instants are looked at, and what it cannot show.

    Raises
    ------
    FormatError
        If the file cannot be read, or lacks what dates and joins its rows.
    """
    if raw.name.startswith(ODDS_API):
        quotes, notes = odds_api_quotes(raw.path.read_bytes(), schedule=schedule), list[Degradation]()
    else:
        quotes, notes = _parquet_quotes(raw)
    for name in _PRICES:
        quotes[name] = quotes[name].astype("float64") if name in quotes.columns else float("nan")
    if "suspect" not in quotes.columns:
        quotes["suspect"] = False
    return quotes.assign(file=raw.name), notes


def _parquet_quotes(raw: RawFile) -> tuple[pd.DataFrame, list[Degradation]]:
    frame, prefix = read_parquet(raw), prefix_of(raw.name)
    if prefix is None or frame.empty:
        return pd.DataFrame(columns=RAW_QUOTE), []
    absent = [name for name in NEEDED[prefix] if name not in frame.columns]
    if absent:
        raise FormatError(f"{raw.name} needs the columns {', '.join(absent)}, which are absent. Renamed?")
    return ADAPTERS[prefix](frame), [*NOTES[prefix](frame)] if prefix in NOTES else []


def timed_quotes(quotes: pd.DataFrame, *, schedule: pd.DataFrame) -> pd.DataFrame:
    """Return quotes joined to their games and dated.

    An opener without a stamp counts from Tuesday 06:00 ET of its week, a close from kick-off; both are known when
    they are recorded.

    Parameters
    ----------
    quotes : DataFrame
        Of :func:`raw_quotes`.
    schedule : DataFrame
        ``game_id, season, week, kickoff_utc``, one row a game; quotes of other games keep missing season, week and
        kick-off.
    """
    joined = quotes.merge(schedule[["game_id", "season", "week", "kickoff_utc"]], on="game_id", how="left")
    recorded = pd.to_datetime(joined["recorded_at"], utc=True).dt.as_unit("us")
    assumed = joined["kickoff_utc"].copy()
    opens = assumed.notna() & joined["kind"].eq("open")
    assumed[opens] = week_instants(joined.loc[opens, "kickoff_utc"], days_after_tuesday=0, hour=6)
    recorded = recorded.fillna(assumed)
    seen = pd.to_datetime(joined["seen_at"], utc=True).dt.as_unit("us")
    return joined.assign(recorded_at=recorded, known_at=recorded, seen_at=seen)


def before_kickoff(quotes: pd.DataFrame) -> "pd.Series[bool]":
    """Return which quotes a bettor could still have taken; a closing column stands at kick-off itself."""
    early = quotes["recorded_at"] < quotes["kickoff_utc"]
    return early | (quotes["kind"].eq("close") & quotes["recorded_at"].eq(quotes["kickoff_utc"]))
