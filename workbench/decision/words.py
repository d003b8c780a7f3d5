"""Every row's reason, in words a person reads: sportsbook notation appears here and nowhere below."""

from collections.abc import Mapping
from typing import Any

from workbench.decision.judgement import Judgement
from workbench.schema import LINELESS


def offer(row: Mapping[Any, Any]) -> str:
    """Return a bet as a sportsbook writes it.

    Examples
    --------
    >>> offer({"market": "spread", "side": "home", "line": 3.5, "price": 1.91, "home_team": "KC", "away_team": "DEN"})
    'KC -3.5 at 1.91'
    >>> offer({"market": "total", "side": "under", "line": 44.5, "price": 1.95, "home_team": "KC", "away_team": "DEN"})
    'under 44.5 at 1.95'
    >>> offer({"market": "1x2", "side": "draw", "price": 3.4, "home_team": "Arsenal", "away_team": "Chelsea"})
    'draw at 3.40'
    """
    team = row.get(f"{row['side']}_team", "") or row["side"]
    if row["market"] == "total":
        return f"{row['side']} {row['line']:g} at {row['price']:.2f}"
    if row["side"] == "draw":
        return f"draw at {row['price']:.2f}"
    if row["market"] in LINELESS:
        return f"{team} to win at {row['price']:.2f}"
    handicap = -row["line"] if row["side"] == "home" else row["line"]
    return f"{team} {_signed(handicap)} at {row['price']:.2f}"


def bet_sentence(row: Mapping[Any, Any], warning: str) -> str:
    """Return why a row is bet, and how its stake was sized."""
    view = f"Bet {offer(row)}: {_fair(row)}, expected value {100 * row['edge_ev']:+.1f} %; stake {row['sizing']}"
    return f"{view}. Mind: {warning}." if warning else f"{view}."


def refusal_sentence(row: Mapping[Any, Any], judgement: Judgement) -> str:
    """Return why a row is not bet."""
    if judgement.refusal:
        return f"No bet: {judgement.refusal}."
    sizing = row.get("sizing")
    carried = isinstance(sizing, str) and sizing.startswith("the game's")
    return f"No bet: {sizing}." if carried else "No bet: the caps leave no stake."


def _fair(row: Mapping[Any, Any]) -> str:
    if row["market"] in LINELESS:
        return f"fair price {row['fair_price']:.2f}"
    if row["market"] == "total":
        return f"fair total {row['fair_line']:.1f}, {abs(row['edge_points']):.1f} points off the market"
    handicap = -row["fair_line"] if row["side"] == "home" else row["fair_line"]
    return f"fair line {_signed(round(handicap, 1))}, {abs(row['edge_points']):.1f} points off the market"


def _signed(handicap: float) -> str:
    return "pick" if handicap == 0 else f"{handicap:+g}"
