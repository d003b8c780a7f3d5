"""``history_*``: timestamped line states. Every state is a live quote, every distinct opener an opening quote."""

import pandas as pd

#: Books by the names the files use; one without an entry keeps its own.
BOOKS = {"action-hq-consensus": "consensus"}

#: market -> source, timestamp, line and price columns, ``{}`` standing for ``open`` or ``last``.
_MARKETS = {
    "spread": (
        "home_spread_{}_source", "home_spread_{}_timestamp", "home_spread_{}",
        "home_spread_{}_price", "away_spread_{}_price",
    ),
    "total": ("total_line_{}_source", "total_line_{}_timestamp", "total_line_{}", "over_price_{}", "under_price_{}"),
    "moneyline": ("ml_{}_source", "ml_{}_timestamp", None, "home_ml_{}", "away_ml_{}"),
}  # fmt: skip

#: The columns of a quote before its prices are looked at.
RAW_QUOTE = [
    "game_id", "market", "source", "kind", "line", "american_home", "american_away", "recorded_at", "seen_at",
    "instant_assumed",
]  # fmt: skip


def side_quotes(states: pd.DataFrame, *, side: str) -> pd.DataFrame:
    """Return one end of a wide line file as long quotes, spreads turned into ``home_line``, stamps as they stand.

    Parameters
    ----------
    states : DataFrame
        With ``nflverse_game_id`` and the ``_open`` or ``_last`` columns of the line files.
    side : {"open", "last"}

    Returns
    -------
    DataFrame
        ``game_id, market, source, stamp, line, american_home, american_away`` and what ``states`` carried as
        ``commit_time``; rows without a source are no quotes and are left out.
    """
    parts = []
    for market, names in _MARKETS.items():
        source, stamp, line, home, away = (None if name is None else name.format(side) for name in names)
        part = pd.DataFrame({"game_id": states["nflverse_game_id"], "market": market}, index=states.index)
        part["source"] = _column(states, source).replace(BOOKS)
        part["stamp"] = pd.to_datetime(_column(states, stamp), utc=True, format="ISO8601").dt.as_unit("us")
        # Sportsbook notation ends here: home -3.5 becomes home_line +3.5.
        part["line"] = -_number(states, line) if market == "spread" else _number(states, line)
        part["american_home"], part["american_away"] = _number(states, home), _number(states, away)
        if "commit_time" in states.columns:
            part["commit_time"] = states["commit_time"]
        parts.append(part[part["source"].notna()])
    return pd.concat(parts, ignore_index=True)


def _column(frame: pd.DataFrame, name: str | None) -> pd.Series:
    return frame[name] if name in frame.columns else pd.Series(None, index=frame.index, dtype="str")


def _number(frame: pd.DataFrame, name: str | None) -> "pd.Series[float]":
    return pd.to_numeric(_column(frame, name), errors="coerce").astype("float64")


def history_quotes(states: pd.DataFrame) -> pd.DataFrame:
    """Return the quotes of a line history.

    A state is recorded when it was committed; ``seen_at`` is when its book itself last showed it. An opener is recorded
    at its own stamp; the same opener stands in many states and counts once.
    """
    live = side_quotes(states, side="last").rename(columns={"commit_time": "recorded_at", "stamp": "seen_at"})
    opens = side_quotes(states, side="open").rename(columns={"stamp": "recorded_at"})
    opens = opens.assign(kind="open", seen_at=opens["recorded_at"]).drop_duplicates(
        ["game_id", "market", "source", "recorded_at", "line"]
    )
    both = pd.concat([live.assign(kind="live"), opens], ignore_index=True)
    stamped = both[both["recorded_at"].notna()].assign(instant_assumed=False)
    return stamped.assign(recorded_at=stamped["recorded_at"].dt.as_unit("us"))[RAW_QUOTE]
