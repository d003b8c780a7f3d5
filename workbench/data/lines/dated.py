"""A line file's rows as quotes, joined to their games and dated."""

from collections.abc import Callable, Mapping

import pandas as pd

from workbench.clock import week_instants
from workbench.data.columns import read_parquet
from workbench.data.lines.books import books_quotes
from workbench.data.lines.history import RAW_QUOTE, history_quotes
from workbench.data.lines.open_last import degraded_openers, open_last_quotes
from workbench.data.lines.sbr import sbr_quotes
from workbench.data.lines.source import prefix_of
from workbench.data.source import Degradation, RawFile

#: Prefix of a file's name -> how its rows become quotes.
ADAPTERS: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "history_": history_quotes,
    "open_last_": open_last_quotes,
    "books_": books_quotes,
    "sbr_": sbr_quotes,
}


def raw_quotes(raw: RawFile) -> tuple[pd.DataFrame, list[Degradation]]:
    """Return a line file's quotes before their prices and instants are looked at.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """
    prefix = prefix_of(raw.name)
    frame = read_parquet(raw)
    if prefix is None or frame.empty:
        return pd.DataFrame(columns=[*RAW_QUOTE, "file"]), []
    try:
        quotes = ADAPTERS[prefix](frame)
    except KeyError as error:
        return pd.DataFrame(columns=[*RAW_QUOTE, "file"]), [
            Degradation(f"lines of {raw.name}", f"column {error} is missing")
        ]
    return quotes.assign(file=raw.name), degraded_openers(frame) if prefix == "open_last_" else []


def timed_quotes(quotes: pd.DataFrame, *, schedule: pd.DataFrame) -> pd.DataFrame:
    """Return quotes joined to their games and dated.

    An opener without a stamp counts from Tuesday 06:00 ET of its week, a close from kick-off; both are known when
    they are recorded.

    Parameters
    ----------
    quotes : DataFrame
        Of :func:`raw_quotes`.
    schedule : DataFrame
        ``game_id, season, week, kickoff_utc``; quotes of other games keep missing season, week and kick-off.
    """
    ids = ["game_id", "season", "week", "kickoff_utc"]
    joined = quotes.merge(schedule[ids], on="game_id", how="left")
    played = joined["kickoff_utc"].notna()
    recorded = pd.to_datetime(joined["recorded_at"], utc=True).dt.as_unit("us")
    assumed = joined["kickoff_utc"].copy()
    opens = played & joined["kind"].eq("open")
    assumed[opens] = week_instants(joined.loc[opens, "kickoff_utc"], days_after_tuesday=0, hour=6)
    recorded = recorded.fillna(assumed)
    return joined.assign(recorded_at=recorded, known_at=recorded)


def before_kickoff(quotes: pd.DataFrame) -> "pd.Series[bool]":
    """Return which quotes a bettor could still have taken; a closing column stands at kick-off itself."""
    early = quotes["recorded_at"] < quotes["kickoff_utc"]
    return early | (quotes["kind"].eq("close") & quotes["recorded_at"].eq(quotes["kickoff_utc"]))
