"""The slip: every price looked at, the bets chosen, and why, in a canonical form that compares byte for byte."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.clock import Week
from workbench.decision.policy import Policy

#: One row a game, market and side that had a usable quote.
PRICE_COLUMNS: dict[str, str] = {
    "game_id": "str", "season": "int64", "week": "int64", "kickoff_utc": "datetime64[us, UTC]", "game_type": "str",
    "home_team": "str", "away_team": "str", "market": "str", "side": "str", "source": "str",
    "quote_recorded_at": "datetime64[us, UTC]", "quote_age_hours": "float64", "line": "float64", "price": "float64",
    "price_other": "float64", "price_assumed": "bool", "instant_assumed": "bool", "fair_line": "float64",
    "fair_price": "float64", "win": "float64", "push": "float64", "lose": "float64", "market_win": "float64",
    "edge_points": "float64", "edge_prob": "float64", "edge_ev": "float64", "confidence": "float64", "kelly": "float64",
    "stake_units": "float64", "stake_share": "float64", "needs_approval": "bool", "status": "str", "reason": "str",
}  # fmt: skip
#: One row a game that was decided on.
FORECAST_COLUMNS: dict[str, str] = {
    "game_id": "str", "season": "int64", "week": "int64", "kickoff_utc": "datetime64[us, UTC]", "game_type": "str",
    "home_team": "str", "away_team": "str", "fair_margin": "float64", "fair_total": "float64", "home_win": "float64",
    "tie": "float64", "effective_draws": "float64",
}  # fmt: skip
#: Games and markets that could not be priced; ``market`` is empty where the whole game was left out.
EXCLUDED_COLUMNS: dict[str, str] = {"game_id": "str", "market": "str", "reason": "str"}


@dataclass(frozen=True, slots=True)
class Slip:
    """One decision.

    Attributes
    ----------
    prices : DataFrame
        `PRICE_COLUMNS`, one row a game, market and side, ordered so; ``reason`` says why it is bet or not.
        ``status`` is empty where it is not. ``market_win`` and ``edge_prob`` leave pushes aside. ``confidence`` is
        null where the forecast's own error is not known. ``needs_approval`` marks bets that a person must name.
    bets : DataFrame
        The rows of ``prices`` that are bet: status ``shadow`` or ``proposed``.
    forecasts : DataFrame
        `FORECAST_COLUMNS`; ``home_win`` and ``tie`` are probabilities.
    excluded : DataFrame
        `EXCLUDED_COLUMNS`.
    as_of : Timestamp
        The instant of the view, UTC.
    week : Week
    policy : Policy
    base_units : float
        What stakes are shares of: settled bankroll less open stakes.
    """

    prices: pd.DataFrame
    bets: pd.DataFrame
    forecasts: pd.DataFrame
    excluded: pd.DataFrame
    as_of: pd.Timestamp
    week: Week
    policy: Policy
    base_units: float

    def to_bytes(self) -> bytes:
        """Return the canonical form: equal decisions give equal bytes, floats to the last bit."""
        frames = {name: _plain(getattr(self, name)) for name in ("prices", "bets", "forecasts", "excluded")}
        state = {
            "as_of": self.as_of.isoformat(),
            "week": list(self.week),
            "policy": asdict(self.policy),
            "base_units": self.base_units,
        }
        return json.dumps(frames | state, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of `to_bytes`."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


def conformed(frame: pd.DataFrame, *, columns: dict[str, str], order: list[str]) -> pd.DataFrame:
    """Return a frame with exactly these columns and dtypes, ordered; missing columns are null."""
    whole = pd.DataFrame({name: _column(frame, name, dtype=dtype) for name, dtype in columns.items()})
    return whole.sort_values(order, kind="stable").reset_index(drop=True)


def _column(frame: pd.DataFrame, name: str, *, dtype: str) -> "pd.Series[Any]":
    if name in frame:
        values: pd.Series[Any] = frame[name]
        return values.astype(pd.api.types.pandas_dtype(dtype))
    null = {"float64": np.nan, "str": "", "bool": False}.get(dtype, pd.NaT)
    return pd.Series([null] * len(frame), index=frame.index, dtype=dtype)


def _plain(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return columns as lists JSON can hold; repr of a double is exact, so no bit is lost."""
    return {
        str(name): [value.isoformat() for value in column]
        if isinstance(column.dtype, pd.DatetimeTZDtype)
        else [None if value is pd.NA else value for value in column.tolist()]
        for name, column in frame.items()
    }
