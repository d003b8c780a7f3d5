"""A graph a shock type, as data: what moves the shock, what moves the outcome, and what hears of it.

Every arrow that is absent is a claim. The graphs are small on purpose: a reader must be able to argue with them.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from workbench.causal.graph.model import CausalGraph, Node
from workbench.causal.graph.nodes import CLOSE, LEFT, MARGIN, NODES, OPEN, SHOCK, TOTAL

#: Of the line and of the outcome against it, where the outcome is the total.
_TOTAL_COLUMNS: Final = MappingProxyType({OPEN: "open_total", CLOSE: "close_total", LEFT: "total_vs_close"})
_WEATHER: Final = MappingProxyType(
    {"wind": "wind_mph", "precipitation": "precipitation_inches", "cold": "temperature_f"}
)
_BOTH: Final = MappingProxyType(
    {
        "strength": replace(NODES["strength"], label="Strength of both", phrase="the strength of both teams"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a shock's graph is made of.

    Attributes
    ----------
    label, phrase : str
        Of the shock: in its box, and in a sentence.
    moves_shock, moves_outcome : tuple of str
        Names of nodes with an arrow to the shock, to the outcome.
    between : tuple of (str, str)
        Arrows among those.
    outcome : str
        ``margin`` of the affected team, or ``total`` where both teams are hit.
    opener_knows : bool
        Whether the opener may know of it; the close may always.
    """

    label: str
    phrase: str
    moves_shock: tuple[str, ...]
    moves_outcome: tuple[str, ...]
    between: tuple[tuple[str, str], ...] = ()
    outcome: str = MARGIN
    opener_knows: bool = True


# Results reach the outcome beside strength where strength is only a rating: they hold what the rating has not caught.
_TEAMS: Final = ("strength", "opponent")
_WEATHER_BETWEEN: Final = (
    ("front", "other_weather"),
    ("week", "other_weather"),
    ("stadium", "other_weather"),
    ("stadium", "strength"),
)
_SCHEDULED: Final = (("league_plan", "opponent_rest"),)
_TRADE: Final = (("strength", "results"), ("luck", "results"), ("front_office", "strength"))


def _weather(label: str, phrase: str) -> Recipe:
    return Recipe(
        label=label, phrase=phrase, moves_shock=("front", "week", "stadium"), outcome=TOTAL, opener_knows=False,
        moves_outcome=("strength", "week", "stadium", "other_weather"), between=_WEATHER_BETWEEN,
    )  # fmt: skip


def _trade(label: str, phrase: str) -> Recipe:
    return Recipe(
        label=label, phrase=phrase, moves_shock=("front_office", "strength", "results", "week"),
        moves_outcome=("front_office", *_TEAMS, "results", "week"), between=_TRADE,
    )  # fmt: skip


def _rest(label: str, phrase: str) -> Recipe:
    return Recipe(
        label=label, phrase=phrase, moves_shock=("league_plan", "week", "strength", "venue"),
        moves_outcome=("week", *_TEAMS, "opponent_rest", "venue"), between=_SCHEDULED,
    )  # fmt: skip


RECIPES: Final = MappingProxyType(
    {
        "quarterback_exit": Recipe(
            label="Quarterback out", phrase="losing the starting quarterback",
            moves_shock=("private_fitness", "other_injuries", "results", "quarterback", "week"),
            moves_outcome=("private_fitness", "other_injuries", "quarterback", *_TEAMS, "results", "week"),
            between=(("quarterback", "strength"), ("strength", "results"), ("quarterback", "results")),
        ),
        "quarterback_return": Recipe(
            label="Quarterback back", phrase="the starting quarterback's return",
            moves_shock=("private_fitness", "quarterback", "week"),
            moves_outcome=("private_fitness", "quarterback", *_TEAMS, "week"),
            between=(("quarterback", "strength"),),
        ),
        "injury": Recipe(
            label="Player out", phrase="losing a player to injury",
            moves_shock=("private_fitness", "other_injuries", "week"),
            moves_outcome=("private_fitness", "other_injuries", *_TEAMS, "week"),
            between=(("week", "other_injuries"),),
        ),
        "injury_return": Recipe(
            label="Player back", phrase="a player's return from injury", moves_shock=("private_fitness", "week"),
            moves_outcome=("private_fitness", *_TEAMS, "week"),
        ),
        "coaching_change": Recipe(
            label="Coach replaced", phrase="a change of head coach",
            moves_shock=("locker_room", "strength", "results", "week"),
            # Results among them: the slump that gets a coach fired mends by itself.
            moves_outcome=("locker_room", *_TEAMS, "results", "week"),
            between=(("strength", "results"), ("luck", "results")),
        ),
        "trade_in": _trade("Player traded in", "trading for a player"),
        "trade_out": _trade("Player traded away", "trading a player away"),
        "move": Recipe(
            label="Player signed", phrase="signing a player from another team",
            moves_shock=("other_injuries", "front_office", "results"),
            moves_outcome=("other_injuries", "front_office", *_TEAMS, "results"),
            between=(("strength", "results"), ("luck", "results")),
        ),
        "suspension": Recipe(
            label="Player suspended", phrase="a player's suspension", moves_shock=("conduct", "week"),
            moves_outcome=(*_TEAMS, "week"),
        ),
        "suspension_return": Recipe(
            label="Player back from ban", phrase="a player's return from suspension", moves_shock=("conduct", "week"),
            moves_outcome=(*_TEAMS, "week"),
        ),
        "bye": Recipe(
            label="Bye week before", phrase="a week off before the game", moves_shock=("league_plan", "week"),
            moves_outcome=("week", *_TEAMS, "opponent_rest"), between=_SCHEDULED,
        ),
        "short_rest": _rest("Short week", "a short week"),
        "long_rest": _rest("Long week", "extra days of rest"),
        "prime_time": Recipe(
            label="Prime time", phrase="playing in prime time", outcome=TOTAL,
            moves_shock=("league_plan", "strength", "week"), moves_outcome=("strength", "week", "stadium"),
            between=(("stadium", "strength"),),
        ),
        "division_game": Recipe(
            label="Division game", phrase="meeting a division rival", outcome=TOTAL,
            moves_shock=("league_plan", "week"), moves_outcome=("strength", "week", "stadium"),
        ),
        "wind": _weather("Wind", "wind at kick-off"),
        "precipitation": _weather("Rain or snow", "rain or snow"),
        "cold": _weather("Cold", "cold"),
        "dome_team_outdoors": Recipe(
            label="Dome team outdoors", phrase="taking a dome team outdoors",
            moves_shock=("stadium", "opponent", "venue"), moves_outcome=(*_TEAMS, "venue", "week"),
            between=(("stadium", "strength"),),
        ),
        "venue_change": Recipe(
            label="Home game moved", phrase="playing a home game elsewhere", moves_shock=("league_plan", "storm"),
            moves_outcome=("storm", *_TEAMS, "opponent_rest"), between=_SCHEDULED,
        ),
    }
)  # fmt: skip


def graph_of(shock_type: str, *, outcome: str | None = None) -> CausalGraph:
    """Return a shock type's graph.

    Parameters
    ----------
    shock_type : str
        A type of the shock-event table.
    outcome : str, optional
        By default the effect on the game (``margin`` or ``total``); ``left_after_close`` for what the line leaves.

    Raises
    ------
    KeyError
        If the type is unknown.

    Examples
    --------
    >>> graph_of("bye").nodes["shock"].label
    'Bye week before'
    """
    recipe = RECIPES[shock_type]
    edges = _edges(recipe)
    used = {name for edge in edges for name in edge}
    known = {name: _node(name, shock_type=shock_type, recipe=recipe) for name in NODES if name in used}
    nodes = {SHOCK: Node(label=recipe.label, phrase="the shock"), **known}
    return CausalGraph(nodes=nodes, edges=edges, treatment=SHOCK, outcome=outcome or recipe.outcome)


def _node(name: str, *, shock_type: str, recipe: Recipe) -> Node:
    node = NODES[name]
    if recipe.outcome == TOTAL:
        node = _BOTH.get(name, node)
        if name in _TOTAL_COLUMNS:
            node = replace(node, columns=(_TOTAL_COLUMNS[name],))
    if name == "other_weather":  # the shock itself is not among what is held
        node = replace(node, columns=tuple(c for c in node.columns if c != _WEATHER[shock_type]))
    return node


def _edges(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Return the arrows: causes of shock and outcome, the way through play, and the lines that hear of both.

    The line is no cause of the game. The opener hears what is observed before, and the shock where it is known by then;
    the close hears the shock and whispers of what we cannot see.
    """
    y = recipe.outcome
    causes = [(cause, SHOCK) for cause in recipe.moves_shock] + [(cause, y) for cause in recipe.moves_outcome]
    heard = [(cause, OPEN) for cause in recipe.moves_outcome if NODES[cause].observed and cause != "other_weather"]
    whispers = [
        (cause, CLOSE) for cause in recipe.moves_outcome if not NODES[cause].observed or cause == "other_weather"
    ]
    shock = [(SHOCK, y), (SHOCK, CLOSE), *([(SHOCK, OPEN)] if recipe.opener_knows else [])]
    lines = [(OPEN, CLOSE), (CLOSE, LEFT), (y, LEFT)]
    return tuple(dict.fromkeys([*causes, *recipe.between, *shock, *heard, *whispers, *lines]))
