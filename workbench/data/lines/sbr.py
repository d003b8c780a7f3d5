"""``sbr_*``: opening and closing spreads and totals a game, closing moneylines, without stamps."""

import pandas as pd

from workbench.data.lines.history import RAW_QUOTE

SOURCE = "sbr"

#: market, kind, line column, price columns; prices of lines are not in the file.
_COLUMNS = (
    ("spread", "open", "home_open_spread", None, None),
    ("spread", "close", "home_close_spread", None, None),
    ("total", "open", "open_over_under", None, None),
    ("total", "close", "close_over_under", None, None),
    ("moneyline", "close", None, "home_close_ml", "away_close_ml"),
)


def sbr_quotes(games: pd.DataFrame) -> pd.DataFrame:
    """Return opening and closing quotes, spreads turned into ``home_line``.

    Rows that the file itself flags (``spread_suspect``: a total in the spread's place, a sign against the opener) are
    ``suspect``; games that it cannot name keep a missing ``game_id``. Both are for the border to see.
    """
    parts = []
    for market, kind, line, home, away in _COLUMNS:
        part = pd.DataFrame({"game_id": games["nflverse_game_id"], "market": market, "source": SOURCE, "kind": kind})
        values = _number(games, line)
        # Sportsbook notation ends here: home -3.5 becomes home_line +3.5.
        part["line"] = -values if market == "spread" else values
        part["american_home"], part["american_away"] = _number(games, home), _number(games, away)
        part["suspect"] = market == "spread" and games.get("spread_suspect", False)
        parts.append(part)
    both = pd.concat(parts, ignore_index=True)
    return both.assign(recorded_at=None, seen_at=None, instant_assumed=True)[[*RAW_QUOTE, "suspect"]]


def _number(games: pd.DataFrame, name: str | None) -> "pd.Series[float]":
    if name is None:
        return pd.Series(float("nan"), index=games.index)
    return pd.to_numeric(games[name], errors="coerce").astype("float64")
