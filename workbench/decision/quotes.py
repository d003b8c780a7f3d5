"""Which book's quote is bet into: one a game and market, chosen once by preference; and which quote is the close."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.market.odds import STANDARD_PRICE
from workbench.market.prices import on_half_points
from workbench.schema import LINELESS, THREE_WAY

#: The columns of a chosen quote, in order.
QUOTE_COLUMNS = (
    "game_id", "market", "source", "recorded_at", "line", "price_home", "price_away", "price_draw",
    "price_assumed", "instant_assumed", "age_hours",
)  # fmt: skip
_SECONDS = 3600.0


def chosen_quotes(latest: pd.DataFrame, *, books: Sequence[str], maximum_age_hours: float) -> pd.DataFrame:
    """Return the quote to bet into for each game and market: the most preferred book with a usable one.

    A book's quote is its latest at the instant. It is usable if it is fresh and whole (a line on the half-point grid,
    all its decimal prices above 1); an unusable one passes the turn to the next book, never to an average of books.

    Parameters
    ----------
    latest : DataFrame
        Of `latest_quotes`.
    books : sequence of str
        In order of preference; other books are not looked at.
    maximum_age_hours : float
        Age above which a quote is stale.

    Returns
    -------
    DataFrame
        At most one row a game and market, columns `QUOTE_COLUMNS`, ordered by game and market.
    """
    known = latest[latest["source"].isin(list(books))]
    usable = known[quote_faults(known, maximum_age_hours=maximum_age_hours) == ""]
    rank = usable["source"].map({book: place for place, book in enumerate(books)})
    ordered = usable.assign(_rank=rank).sort_values(["game_id", "market", "_rank"], kind="stable")
    return ordered.drop_duplicates(["game_id", "market"])[list(QUOTE_COLUMNS)].reset_index(drop=True)


def latest_quotes(quotes: pd.DataFrame, games: pd.DataFrame, *, at: pd.Timestamp) -> pd.DataFrame:
    """Return each book's latest pre-game quote a game and market at an instant, with its age in hours.

    Parameters
    ----------
    quotes, games : DataFrame
        The fact tables as of the instant.
    at : Timestamp
        The decision, UTC.
    """
    timed = _with_kickoff(quotes, games)
    timed = timed[(timed["recorded_at"] <= at) & _before_kickoff(timed)]
    return _last_of_each(timed.assign(age_hours=_hours(at - timed["recorded_at"])))


def closing_quotes(
    quotes: pd.DataFrame, games: pd.DataFrame, *, at: pd.Timestamp, maximum_age_hours: float
) -> pd.DataFrame:
    """Return each book's last quote before kick-off a game and market, stale when older than the limit.

    Parameters
    ----------
    quotes, games : DataFrame
        The fact tables as known now.
    at : Timestamp
        Now, UTC: games that kick off later have no close yet.
    maximum_age_hours : float
        Age at kick-off above which a close is stale.

    Returns
    -------
    DataFrame
        Columns `QUOTE_COLUMNS` (``age_hours`` counted to kick-off) and ``close_stale``. Quotes off the half-point
        grid or without usable prices are passed over, as at decision.
    """
    timed = _with_kickoff(quotes, games)
    timed = timed[_before_kickoff(timed) & (timed["kickoff_utc"] <= at)]
    timed = timed.assign(age_hours=_hours(timed["kickoff_utc"] - timed["recorded_at"]))
    whole = timed[quote_faults(timed, maximum_age_hours=np.inf) == ""]
    last = _last_of_each(whole)[list(QUOTE_COLUMNS)]
    return last.assign(close_stale=last["age_hours"] > maximum_age_hours).reset_index(drop=True)


def quote_faults(quotes: pd.DataFrame, *, maximum_age_hours: float) -> "pd.Series[str]":
    """Return why each quote cannot be used, in words; empty where it can."""
    prices = quotes[["price_home", "price_away", "price_draw"]].to_numpy(dtype=np.float64)
    # the draw is no price of the other markets: one that never comes leaves their sums as they are
    prices[(quotes["market"] != THREE_WAY).to_numpy(), 2] = np.inf
    missing = np.isnan(prices).any(axis=1)
    line = np.where(quotes["market"].isin(LINELESS), 0.0, quotes["line"].to_numpy(dtype=np.float64))
    age = quotes["age_hours"].to_numpy(dtype=np.float64)
    faults = np.select(
        [
            ~np.isfinite(line),
            ~on_half_points(line),
            missing,
            (prices <= 1.0).any(axis=1),
            (1.0 / prices).sum(axis=1) < 1.0,
            age > maximum_age_hours,
        ],
        [
            "no line",
            "a line off the half-point grid",
            "a price missing",
            "a price of 1 or below (American odds?)",
            "prices that carry no margin",
            f"older than {maximum_age_hours:g} h",
        ],
        default="",
    )
    return pd.Series(faults, index=quotes.index, dtype="str")


def _with_kickoff(quotes: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Attach kick-offs; a spread or total without a price is -110, flagged."""
    timed = quotes.merge(games[["game_id", "kickoff_utc"]], on="game_id", how="inner", validate="many_to_one")
    for column in ("line", "price_home", "price_away", "price_draw"):
        timed[column] = timed[column].astype("float64") if column in timed else np.nan
    unpriced = ~timed["market"].isin(LINELESS) & timed[["price_home", "price_away"]].isna().any(axis=1)
    for column in ("price_home", "price_away"):
        timed[column] = timed[column].mask(unpriced & timed[column].isna(), STANDARD_PRICE)
    timed["line"] = timed["line"].mask(timed["market"].isin(LINELESS))
    return timed.assign(
        price_assumed=timed["price_assumed"].astype("bool") | unpriced,
        instant_assumed=timed["instant_assumed"].astype("bool"),
    )


def _before_kickoff(timed: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a quote is a pre-game one: only a closing column may be recorded at kick-off itself."""
    closing = (timed["kind"] == "close") & (timed["recorded_at"] == timed["kickoff_utc"])
    return (timed["recorded_at"] < timed["kickoff_utc"]) | closing


def _hours(span: "pd.Series[pd.Timedelta]") -> "pd.Series[float]":
    return span.dt.total_seconds() / _SECONDS


def _last_of_each(timed: pd.DataFrame) -> pd.DataFrame:
    # ties cannot happen within the table's key; kind settles them if they do, whatever the rows' order
    ordered = timed.sort_values(["game_id", "market", "source", "recorded_at", "kind"], kind="stable")
    return ordered.drop_duplicates(["game_id", "market", "source"], keep="last")
