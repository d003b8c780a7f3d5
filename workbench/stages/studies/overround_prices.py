"""Closing prices with a real price on every side, and which side won: what methods are judged on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import AsOf
from workbench.decision.quotes import closing_quotes
from workbench.schema import THREE_WAY

Floats = NDArray[np.float64]
#: Fewer games than this say nothing of methods a few thousandths apart.
MINIMUM_GAMES: Final = 100
_EVER: Final = pd.Timestamp("2200-01-01", tz="UTC")
_FRESH_HOURS: Final = 3.0
#: Markets in the order shown.
MARKET_ORDER: Final = ("moneyline", "spread", "total", THREE_WAY)
#: Prices in the order of outcomes; markets of two have no draw.
PRICE_COLUMNS: Final = ("price_home", "price_draw", "price_away")
_KEPT: Final = ["game_id", "market", "source", "season", "week", "line", *PRICE_COLUMNS, "price_assumed", "won"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedMarket:
    """One bookmaker's closes of one market.

    Attributes
    ----------
    market : str
        ``moneyline``, ``spread``, ``total`` or ``1x2``.
    source : str
    prices : ndarray, shape (n_games, n_outcomes)
        Decimal.
    won : ndarray of int, shape (n_games,)
        Which outcome won; pushes and ties are left out.
    weeks : ndarray of int, shape (n_games,)
        What games share their luck with.
    seasons : ndarray of int, shape (n_games,)
    left_out : int
        Games whose longest price equal parts of the margin would make impossible: left out for every method.
    """

    market: str
    source: str
    prices: Floats
    won: NDArray[np.intp]
    weeks: NDArray[np.int64]
    seasons: NDArray[np.int64]
    left_out: int

    @property
    def name(self) -> str:
        """Market and source in one word, for claims."""
        return f"{self.market}_{self.source}"


def priced_markets(closes: pd.DataFrame, *, seasons: Sequence[int] = ()) -> list[PricedMarket]:
    """Return each market of each source with enough games, the largest source of a market first.

    Parameters
    ----------
    closes : DataFrame
        Of `league_closes`, without assumed prices.
    seasons : sequence of int
        Empty: all.
    """
    rows = closes[closes["season"].isin(list(seasons))] if seasons else closes
    found = [made for _, part in rows.groupby(["market", "source"], sort=True) for made in _market(part)]
    return sorted(found, key=lambda m: (MARKET_ORDER.index(m.market), -len(m.won), m.source))


def league_closes(view: AsOf) -> pd.DataFrame:
    """Return fresh closes joined with who won; a push is no one's.

    Returns
    -------
    DataFrame
        One row a game, market and source: ``game_id, market, source, season, week, line, price_home, price_draw,
        price_away, price_assumed, won`` (the place of the outcome among its market's prices).
    """
    # An early price may be young at an early kick-off; it is no close for that.
    quotes = view.table("quotes")
    quotes = quotes[quotes["kind"] != "open"]
    closes = closing_quotes(quotes, view.table("games"), at=_EVER, maximum_age_hours=_FRESH_HOURS)
    results = view.table("results")[["game_id", "season", "week", "home_score", "away_score"]]
    rows = closes[~closes["close_stale"]].merge(results, on="game_id", validate="many_to_one")
    margin, total = rows["home_score"] - rows["away_score"], rows["home_score"] + rows["away_score"]
    over = (margin.where(rows["market"] != "total", total) - rows["line"].fillna(0.0)).to_numpy(np.float64)
    three = (rows["market"] == THREE_WAY).to_numpy()
    won = np.where(three, 1 - np.sign(over), np.where(over > 0, 0, 1)).astype(np.intp)
    rows = rows.assign(won=won, week=rows["season"] * 100 + rows["week"])
    kept = rows.loc[three | (over != 0), _KEPT].reset_index(drop=True)
    return pd.DataFrame(kept)


def _market(part: pd.DataFrame) -> Iterator[PricedMarket]:
    named = [name for name in PRICE_COLUMNS if part[name].notna().all()]
    prices = part[named].to_numpy(np.float64)
    inverse = 1.0 / prices
    booksum = inverse.sum(axis=1)
    whole = booksum >= 1.0
    possible = inverse.min(axis=1) > (booksum - 1.0) / len(named)
    kept = whole & possible
    if kept.sum() < MINIMUM_GAMES:
        return
    first: Any = part.iloc[0]
    yield PricedMarket(
        market=str(first["market"]),
        source=str(first["source"]),
        prices=prices[kept],
        won=part["won"].to_numpy(np.intp)[kept],
        weeks=part["week"].to_numpy(np.int64)[kept],
        seasons=part["season"].to_numpy(np.int64)[kept],
        left_out=int((whole & ~possible).sum()),
    )
