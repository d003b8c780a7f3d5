"""``sbr_*``: opening and closing spreads and totals a game, closing moneylines, without stamps."""

import pandas as pd

from workbench.data.lines.history import RAW_QUOTE

SOURCE = "sbr"


def sbr_quotes(games: pd.DataFrame) -> pd.DataFrame:
    """Return opening and closing quotes, spreads turned into ``home_line``.

    Games that the file cannot name (``nflverse_game_id`` missing) are left out.
    """
    named = games[games["nflverse_game_id"].notna()]
    parts = []
    for market, kind, line, home, away in (
        ("spread", "open", "home_open_spread", None, None),
        ("spread", "close", "home_close_spread", None, None),
        ("total", "open", "open_over_under", None, None),
        ("total", "close", "close_over_under", None, None),
        ("moneyline", "close", None, "home_close_ml", "away_close_ml"),
    ):
        part = pd.DataFrame({"game_id": named["nflverse_game_id"], "market": market, "source": SOURCE, "kind": kind})
        values = named[line].astype("float64") if line else pd.Series(float("nan"), index=named.index)
        part["line"] = -values if market == "spread" else values
        for column, name in (("american_home", home), ("american_away", away)):
            part[column] = named[name].astype("float64") if name else float("nan")
        parts.append(part)
    return pd.concat(parts, ignore_index=True).assign(recorded_at=pd.NaT, instant_assumed=True)[RAW_QUOTE]
