"""The variables that graphs are drawn from, with the panel columns that measure them (contract of the panels).

Columns are those of the team's own side; a game-level design takes home minus away (or both, for totals).
"""

from types import MappingProxyType
from typing import Final

from workbench.causal.graph.model import Node

#: Names with one meaning in every graph.
SHOCK: Final = "shock"
MARGIN: Final = "margin"
TOTAL: Final = "total"
OPEN: Final = "open_line"
CLOSE: Final = "close_line"
LEFT: Final = "left_after_close"

NODES: Final = MappingProxyType(
    {
        "private_fitness": Node(label="True fitness of players", phrase="players' true fitness", observed=False),
        "other_injuries": Node(label="Other injuries", phrase="other injuries of the team", observed=False),
        "locker_room": Node(label="Locker room", phrase="the mood of the locker room", observed=False),
        "front_office": Node(label="Front office's plans", phrase="what the front office plans", observed=False),
        "luck": Node(label="Luck so far", phrase="luck in past results", observed=False),
        "conduct": Node(label="Conduct off the field", phrase="conduct off the field", observed=False),
        "league_plan": Node(label="League's scheduling", phrase="how the league makes its schedule", observed=False),
        "storm": Node(label="Emergency at home", phrase="the emergency behind a move", observed=False),
        "front": Node(label="Weather system", phrase="the weather system", observed=False),
        "week": Node(label="Season and week", phrase="the calendar", columns=("season", "week")),
        "strength": Node(
            label="Team strength before", phrase="team strength before", columns=("market_rating",), proxy=True
        ),
        "opponent": Node(
            label="Opponent strength", phrase="the opponent's strength", columns=("opponent_market_rating",), proxy=True
        ),
        "results": Node(label="Results so far", phrase="results so far", columns=("win_rate", "last4_residual")),
        "quarterback": Node(
            label="Starter's value",
            phrase="the starter's value",
            columns=("market_rating", "last4_residual"),
            proxy=True,
        ),
        "opponent_rest": Node(label="Opponent's rest", phrase="the opponent's rest", columns=("rest_days",)),
        "venue": Node(label="Home or away", phrase="home or away", columns=("is_home",)),
        "stadium": Node(label="Stadium and roof", phrase="stadium and roof", columns=("stadium", "roof", "surface")),
        "other_weather": Node(
            label="Other weather",
            phrase="the rest of the weather",
            columns=("temperature_f", "wind_mph", "precipitation_inches"),
        ),
        MARGIN: Node(label="Margin", phrase="the team's margin", columns=("margin",)),
        TOTAL: Node(label="Total points", phrase="the total", columns=("total",)),
        OPEN: Node(label="Opening line", phrase="the opening line", columns=("open_line",)),
        CLOSE: Node(label="Closing line", phrase="the closing line", columns=("close_line",)),
        LEFT: Node(label="Left after the close", phrase="what is left after the close", columns=("margin_vs_close",)),
    }
)
