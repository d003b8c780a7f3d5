"""What sharpness is measured on: one row a game, market and source, with the opener, the close and what happened."""

from datetime import tzinfo
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.clock import EASTERN, LONDON, AsOf
from workbench.decision.quotes import closing_quotes, quote_faults
from workbench.market.outcome_scores import ranked_probability_score
from workbench.market.overround import OverroundMethod, fair_probabilities
from workbench.schema import THREE_WAY

Floats = NDArray[np.float64]
#: Spread of the normal curve through which a line is usually read as a win probability: nothing in it is fitted.
WIN_SD: Final = 13.0
#: A win read off the spread: a market of its own here, with an opener where moneylines have none.
SPREAD_WIN: Final = "win"
_EVER: Final = pd.Timestamp("2200-01-01", tz="UTC")
_FRESH_HOURS: Final = 3.0
#: Openers without a book of their own, and the source of the same file whose close stands beside them.
_CROSSED: Final = {"books_open": "books_consensus"}
_ENDS: Final = ("open", "close")
_PRICES: Final = ["price_home", "price_draw", "price_away"]
_KEY: Final = ["game_id", "market", "source"]
_VALUES: Final = ["line", *_PRICES]
#: Bands of what is favoured by how much: of a home line, a total, a probability of home, and of the shortest of three.
_BANDS: Final = {
    "spread": ((-7.0, -3.0, 0.0, 3.0, 7.0), ""),
    "total": ((40.0, 44.0, 48.0), ""),
    "moneyline": ((0.25, 0.4, 0.5, 0.6, 0.75), " %"),
    THREE_WAY: ((0.4, 0.5, 0.6, 0.7), " %"),
}
#: Home lines lie on half points, so that bands can be named by their ends.
_SPREADS: Final = (
    "away by over 7", "away by 3.5 to 7", "away by 0.5 to 3", "home by 0 to 2.5", "home by 3 to 6.5",
    "home by 7 or more",
)  # fmt: skip
#: Columns of the rows; ``open`` and ``loss_open`` are null where the source has no opener.
COLUMNS: Final = (
    "game_id", "market", "source", "season", "week", "part", "weekday", "size", "open", "close", "outcome",
    "error_open", "error_close", "loss_open", "loss_close", "cross_source",
)  # fmt: skip


def sharpness_rows(view: AsOf, *, method: OverroundMethod) -> pd.DataFrame:
    """Return every source's opener and close of every market beside what happened.

    Parameters
    ----------
    view : AsOf
        Of one league.
    method : OverroundMethod
        How margins are taken out of moneylines and of three-way prices.

    Returns
    -------
    DataFrame
        `COLUMNS`. Spreads and totals: lines and outcomes in points, losses their squared errors. Moneylines: the
        probability that home wins (a tie is half a win), losses in Brier. ``win``: the same, read off the spread by a
        normal curve. Three outcomes: the probability of the favourite of the close and whether it won, losses ranked
        probability scores. ``week`` is the cluster; ``cross_source`` marks an opener whose close is another book's.
    """
    games, results = view.table("games"), view.table("results")
    quotes = _both_ends(view.table("quotes"), games)
    played = games.merge(results[["game_id", "home_score", "away_score"]], on="game_id")
    zone = LONDON if view.table("quotes")["market"].eq(THREE_WAY).any() else EASTERN
    rows = quotes.merge(_described(played, zone=zone), on="game_id", validate="many_to_one")
    parts = [_points(rows[rows["market"].isin(["spread", "total"])])]
    parts.append(_read_as_wins(rows[rows["market"] == "spread"]))
    parts.append(_moneylines(rows[rows["market"] == "moneyline"], method=method))
    parts.append(_three_way(rows[rows["market"] == THREE_WAY], method=method))
    kept = [part[list(COLUMNS)] for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=list(COLUMNS))


def _both_ends(quotes: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return the opener and fresh close of each game, market and source, side by side."""
    # An early price may be young at an early kick-off; it is no close for that.
    closes = quotes[quotes["kind"] != "open"]
    close = closing_quotes(closes, games, at=_EVER, maximum_age_hours=_FRESH_HOURS)
    close = close[~close["close_stale"]]
    opens = quotes[quotes["kind"] == "open"].assign(age_hours=0.0)
    for column in _VALUES:
        opens[column] = opens[column].astype("float64") if column in opens else np.nan
    priced = opens["market"].isin(["spread", "total"])
    opens.loc[priced, ["price_home", "price_away"]] = opens.loc[priced, ["price_home", "price_away"]].fillna(2.0 / 1.05)
    opens = opens[quote_faults(opens, maximum_age_hours=np.inf) == ""]
    opens = opens.sort_values("recorded_at", kind="stable").drop_duplicates(["game_id", "market", "source"])
    return pd.concat([_joined(close, opens), _crossed(close, opens)], ignore_index=True)


def _joined(close: pd.DataFrame, opens: pd.DataFrame) -> pd.DataFrame:
    """Return every close, beside the opener of its own source where there is one."""
    both = close[[*_KEY, *_VALUES]].merge(opens[[*_KEY, *_VALUES]], on=_KEY, how="left", suffixes=("_close", "_open"))
    return both.assign(cross_source=False)


def _crossed(close: pd.DataFrame, opens: pd.DataFrame) -> pd.DataFrame:
    """Return openers that no book signs, beside the close of the same file."""
    borrowed = opens[opens["source"].isin(list(_CROSSED))].assign(own=lambda rows: rows["source"])
    borrowed["source"] = borrowed["source"].map(_CROSSED)
    left, right = close[[*_KEY, *_VALUES]], borrowed[[*_KEY, *_VALUES, "own"]]
    both = left.merge(right, on=_KEY, suffixes=("_close", "_open"))
    both["source"] = both["own"] + " to " + both["source"]
    return both.drop(columns="own").assign(cross_source=True)


def _described(played: pd.DataFrame, *, zone: tzinfo) -> pd.DataFrame:
    """Return when each game was, in the words of its cells, and its scores."""
    regular = (played["game_type"] == "REG").to_numpy()
    quarter = (4 * (played["week"] - 1) // _last_regular(played)).clip(upper=3).to_numpy()
    words = np.array(["first quarter", "second quarter", "third quarter", "last quarter"], dtype=object)
    return pd.DataFrame(
        {
            "game_id": played["game_id"],
            "season": played["season"],
            "week": played["season"] * 100 + played["week"],
            "part": np.where(regular, words[quarter.astype(np.intp)], "play-offs"),
            "weekday": played["kickoff_utc"].dt.tz_convert(zone).dt.day_name(),
            "margin": (played["home_score"] - played["away_score"]).astype("float64"),
            "points": (played["home_score"] + played["away_score"]).astype("float64"),
        }
    )


def _last_regular(played: pd.DataFrame) -> "pd.Series[int]":
    weeks = played["week"].where(played["game_type"] == "REG")
    return weeks.groupby(played["season"]).transform("max").fillna(1).astype("int64")


def _points(rows: pd.DataFrame) -> pd.DataFrame:
    outcome = rows["margin"].where(rows["market"] == "spread", rows["points"])
    made = rows.assign(outcome=outcome, open=rows["line_open"], close=rows["line_close"])
    sizes = [_banded(part["close"], market=str(market)) for market, part in made.groupby("market")]
    return _with_losses(made.assign(size=pd.concat(sizes) if sizes else ""))


def _read_as_wins(spreads: pd.DataFrame) -> pd.DataFrame:
    made = spreads.assign(
        market=SPREAD_WIN,
        outcome=(np.sign(spreads["margin"]) + 1) / 2,
        open=ndtr(spreads["line_open"] / WIN_SD),
        close=ndtr(spreads["line_close"] / WIN_SD),
        size=_banded(spreads["line_close"], market="spread"),
    )
    return _with_losses(made)


def _moneylines(rows: pd.DataFrame, *, method: OverroundMethod) -> pd.DataFrame:
    ends = {
        end: fair_probabilities(rows[[f"price_home_{end}", f"price_away_{end}"]].to_numpy(np.float64), method=method)
        for end in _ENDS
    }
    made = rows.assign(outcome=(np.sign(rows["margin"]) + 1) / 2, **{end: p[:, 0] for end, p in ends.items()})
    return _with_losses(made.assign(size=_banded(made["close"], market="moneyline")))


def _three_way(rows: pd.DataFrame, *, method: OverroundMethod) -> pd.DataFrame:
    fair = {
        end: fair_probabilities(rows[[f"{name}_{end}" for name in _PRICES]].to_numpy(np.float64), method=method)
        for end in _ENDS
    }
    won = (1 - np.sign(rows["margin"])).to_numpy(np.intp)
    favourite = fair["close"].argmax(axis=1) if len(rows) else np.empty(0, dtype=np.intp)
    place = np.arange(len(rows))
    made = rows.assign(outcome=(favourite == won).astype(np.float64))
    for end, p in fair.items():
        known = np.isfinite(p).all(axis=1)
        loss = np.full(len(rows), np.nan)
        loss[known] = ranked_probability_score(p[known], won[known])
        made[end], made[f"loss_{end}"] = p[place, favourite], loss
        made[f"error_{end}"] = made["outcome"] - made[end]
    return made.assign(size=_banded(made["close"], market=THREE_WAY))


def _with_losses(rows: pd.DataFrame) -> pd.DataFrame:
    made = rows.copy()
    for end in _ENDS:
        made[f"error_{end}"] = made["outcome"] - made[end]
        made[f"loss_{end}"] = made[f"error_{end}"] ** 2
    return made


def _banded(values: "pd.Series[float]", *, market: str) -> "pd.Series[str]":
    """Return each value's band in words."""
    edges, tail = _BANDS[market]
    shown = [f"{100 * edge:g}" if tail else f"{edge:g}" for edge in edges]
    between = (f"{low} to {high}{tail}" for low, high in pairwise(shown))
    names = [f"below {shown[0]}{tail}", *between, f"{shown[-1]}{tail} and above"]
    place = np.searchsorted(edges, values.to_numpy(np.float64), side="right")
    return pd.Series(np.array(_SPREADS if market == "spread" else names, dtype=object)[place], index=values.index)
