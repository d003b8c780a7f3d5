"""Grade bets: what they paid, and what the market made of their price by kick-off."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.decision.pricing import bet_terms
from workbench.decision.settle import settle
from workbench.decision.three_way import closing_values, is_three_way
from workbench.market.clv import ClosingLineValue, MarketState, closing_line_value
from workbench.market.keynumbers import KeyNumbers, Lattice
from workbench.market.overround import OverroundMethod
from workbench.schema import LINELESS, SIDE_SIGN, THREE_WAY

_Floats = NDArray[np.float64]
#: Moves of probability below this are rounding, not moves.
_NO_MOVE = 1e-9
#: What grading adds to a settled bet.
GRADE_COLUMNS = (
    "close_source", "close_recorded_at", "close_age_hours", "close_line", "close_price", "close_price_other",
    "close_stale", "cross_source", "clv_points", "clv_prob", "clv_ev", "ev_at_close", "clv_verdict", "headline",
)  # fmt: skip


def grade(
    bets: pd.DataFrame,
    closes: pd.DataFrame,
    *,
    results: pd.DataFrame,
    games: pd.DataFrame,
    key_numbers: KeyNumbers,
    books: Sequence[str] = (),
    overround_method: OverroundMethod = "power",
) -> pd.DataFrame:
    """Return the bets settled and graded.

    Parameters
    ----------
    bets : DataFrame
        Rows of a slip or of the ledger's ``weekly_bets``.
    closes : DataFrame
        From `workbench.decision.quotes.closing_quotes`: games that have not kicked off have none.
    results, games : DataFrame
        The fact tables as known now.
    key_numbers : KeyNumbers
        From `workbench.decision.history.known_key_numbers` for the bets' season.
    books : sequence of str
        Order in which another book's close is taken where the bet's own has none (``cross_source``).

    Returns
    -------
    DataFrame
        The bets in their order, with `SETTLED_COLUMNS` and `GRADE_COLUMNS`. A bet with no close at all has null CLV and
        counts as stale. ``headline``: settled otherwise than void, close fresh and of the same source.
    """
    settled = settle(bets, results, games=games).reset_index(drop=True)
    closed = settled.drop(columns=[name for name in GRADE_COLUMNS if name in settled]).join(
        _close_of_each(settled, closes, books=books)
    )
    value = _values(closed, key_numbers, method=overround_method)
    three = is_three_way(closed)
    if three.any():
        known = closing_values(closed[three], closes, method=overround_method)
        for column in known:
            getattr(value, str(column))[three] = known[column]
    void = (closed["outcome"] == "void").to_numpy()
    units = {
        "clv_points": np.where(closed["market"].isin(LINELESS), np.nan, value.points),
        "clv_prob": value.prob,
        "clv_ev": value.ev,
        "ev_at_close": value.ev_at_close,
    }
    graded = closed.assign(**{name: np.where(void, np.nan, column) for name, column in units.items()})
    graded["clv_verdict"] = verdicts(graded["clv_prob"].to_numpy(dtype=np.float64))
    graded["headline"] = graded["clv_prob"].notna() & ~graded["close_stale"] & ~graded["cross_source"]
    return graded


def verdicts(clv_prob: _Floats) -> NDArray[np.str_]:
    """Return better, same or worse by the move in probability (it sees line and price together); empty if unknown."""
    known = np.isfinite(clv_prob)
    moved = [~known, clv_prob > _NO_MOVE, clv_prob < -_NO_MOVE]
    return np.select(moved, ["", "better", "worse"], default="same")


def _close_of_each(bets: pd.DataFrame, closes: pd.DataFrame, *, books: Sequence[str]) -> pd.DataFrame:
    """Return each bet's close: its own book's, else the first other book's, flagged."""
    rank = {book: place for place, book in enumerate(books)}
    offered = bets[["game_id", "market", "source", "side"]].assign(_bet=np.arange(len(bets)))
    named = closes.rename(columns={"source": "close_source", "recorded_at": "close_recorded_at", "line": "close_line"})
    named = named.rename(columns={"age_hours": "close_age_hours"})
    pairs = offered.merge(named, on=["game_id", "market"], how="inner")
    pairs["cross_source"] = pairs["close_source"] != pairs["source"]
    pairs["_rank"] = pairs["close_source"].map(rank).fillna(len(rank))
    ordered = pairs.sort_values(["_bet", "cross_source", "_rank", "close_source"], kind="stable")
    first = ordered.drop_duplicates("_bet").set_index("_bet").reindex(np.arange(len(bets)))
    sign = np.array([SIDE_SIGN[side] for side in bets["side"]])
    home, draw, away = (first[f"price_{name}"].to_numpy(dtype=np.float64) for name in ("home", "draw", "away"))
    price = np.select([sign > 0, sign < 0], [home, away], default=draw)
    together = 1.0 / (1.0 / home + 1.0 / draw + 1.0 / away - 1.0 / price)
    other = np.where(bets["market"] == THREE_WAY, together, np.where(sign > 0, away, home))
    return pd.DataFrame(
        {
            "close_source": first["close_source"].astype("str").where(first["close_source"].notna(), ""),
            "close_recorded_at": first["close_recorded_at"],
            "close_age_hours": first["close_age_hours"].astype("float64"),
            "close_line": first["close_line"].astype("float64"),
            "close_price": price,
            "close_price_other": other,
            "close_stale": first["close_stale"].astype("boolean").fillna(True).astype(bool),
            "cross_source": first["cross_source"].astype("boolean").fillna(False).astype(bool),
        }
    )


def _values(closed: pd.DataFrame, key_numbers: KeyNumbers, *, method: OverroundMethod) -> ClosingLineValue:
    """Return the closing line value of every bet, lattice by lattice."""
    units: dict[str, _Floats] = {name: np.full(len(closed), np.nan) for name in ("points", "prob", "ev", "ev_at_close")}
    for lattice, mine in lattices(closed, key_numbers):
        part = closed[mine]
        _, sign = bet_terms(part)
        value = closing_line_value(
            _state(part, "line", price="price", other="price_other"),
            _state(part, "close_line", price="close_price", other="close_price_other"),
            sign=sign,
            lattice=lattice,
            method=method,
        )
        for name, column in units.items():
            column[mine] = getattr(value, name)
    return ClosingLineValue(**units)


def lattices(rows: pd.DataFrame, key_numbers: KeyNumbers) -> list[tuple[Lattice, NDArray[np.bool_]]]:
    """Return each lattice with the rows it prices: totals, margins, and play-off margins, which cannot be tied.

    Home, draw and away need none: their prices say all there is to say.
    """
    total = (rows["market"] == "total").to_numpy()
    margin = ~total & ~is_three_way(rows)
    playoff = (
        ~rows["game_type"].isin(["REG", ""]).to_numpy() if "game_type" in rows else np.zeros(len(rows), dtype=bool)
    )
    parts = [
        (key_numbers.total, total),
        (key_numbers.margin, margin & ~playoff),
        (key_numbers.playoff_margin, margin & playoff),
    ]
    return [(lattice, mine) for lattice, mine in parts if mine.any()]


def _state(rows: pd.DataFrame, line: str, *, price: str, other: str) -> MarketState:
    """Return a quote as home or over against away or under, whichever side was bet."""
    plus = np.array([SIDE_SIGN[side] > 0 for side in rows["side"]], dtype=bool)
    ours, theirs = rows[price].to_numpy(dtype=np.float64), rows[other].to_numpy(dtype=np.float64)
    at = np.where(rows["market"].isin(LINELESS), 0.0, rows[line].to_numpy(dtype=np.float64))
    return MarketState(line=at, price_plus=np.where(plus, ours, theirs), price_minus=np.where(plus, theirs, ours))
