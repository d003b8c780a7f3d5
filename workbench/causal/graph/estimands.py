"""What each shock type's number means: the estimand as a sentence, what is held, what we cannot see."""

from dataclasses import dataclass

from workbench.causal.graph.catalogue import RECIPES, graph_of
from workbench.causal.graph.identify import Independence, backdoor_set, implied_independences, phrase_list
from workbench.causal.graph.nodes import LEFT, TOTAL

_ABSORBING = ("coaching_change", "trade_in", "trade_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A shock type's estimand and what it rests on.

    Attributes
    ----------
    type : str
    adjustment : frozenset of str, or None
        A minimal back-door set of observed nodes; None where none exists.
    controls : mapping of str to tuple of str
        What is adjusted for all the same: node to panel columns.
    estimand, left_after_line, backdoor : str
        Sentences: the effect on the game, what is left after the line, and what closes the back doors.
    unseen : tuple of str
        Phrases of what would have to be seen.
    testable_implications : tuple of Independence
        What the graph claims of observed variables; those that data contradict speak against it.
    """

    type: str
    adjustment: frozenset[str] | None
    controls: dict[str, tuple[str, ...]]
    estimand: str
    left_after_line: str
    backdoor: str
    unseen: tuple[str, ...]
    testable_implications: tuple[Independence, ...]


def identified(shock_type: str) -> Identified:
    """Return a shock type's estimand and what it rests on.

    Examples
    --------
    >>> sorted(identified("bye").adjustment)
    ['opponent_rest', 'week']
    >>> identified("coaching_change").adjustment is None, identified("coaching_change").unseen
    (True, ('the mood of the locker room',))
    """
    graph = graph_of(shock_type)
    doors = backdoor_set(graph)
    return Identified(
        type=shock_type, adjustment=doors.adjustment, controls=controls_for(shock_type),
        estimand=estimand_sentence(shock_type), left_after_line=left_sentence(shock_type), backdoor=doors.sentence,
        unseen=graph.phrases(doors.unseen),
        testable_implications=implied_independences(graph, among=set(graph.nodes) - {LEFT}),
    )  # fmt: skip


def controls_for(shock_type: str) -> dict[str, tuple[str, ...]]:
    """Return what is adjusted for, node to panel columns of the team's own side.

    Examples
    --------
    >>> controls_for("coaching_change")["results"]
    ('win_rate', 'last4_residual')
    """
    graph = graph_of(shock_type)
    return {name: graph.nodes[name].columns for name in graph.nodes if name in backdoor_set(graph).controls}


def unseen(shock_type: str) -> tuple[str, ...]:
    """Return what we cannot see and would have to, as phrases; empty where the effect is identified.

    Examples
    --------
    >>> unseen("wind")
    ()
    """
    graph = graph_of(shock_type)
    return graph.phrases(backdoor_set(graph).unseen)


def estimand_sentence(shock_type: str) -> str:
    """Return the estimand of the effect on the game: whose average, of what, against what, holding what.

    Examples
    --------
    >>> estimand_sentence("bye")  # doctest: +ELLIPSIS
    "The average effect of a week off before the game on the affected team's margin, in points, over the games..."
    """
    recipe, graph = RECIPES[shock_type], graph_of(shock_type)
    what = "the game's total" if recipe.outcome == TOTAL else "the affected team's margin"
    span = (
        "over the games it hits (weeks 0 to 3, and the rest of the season), against the same team-seasons without it"
        if shock_type in _ABSORBING
        else "over the games it hits, against the same games without it"
    )
    controls = backdoor_set(graph).controls
    held = f", holding {phrase_list(graph.phrases(controls))}" if controls else ""
    proxies = graph.phrases(name for name in controls if graph.nodes[name].proxy)
    measured = f" {_capital(phrase_list(proxies))}: held by proxy." if proxies else ""
    return f"The average effect of {recipe.phrase} on {what}, in points, {span}{held}.{measured}"


def left_sentence(shock_type: str) -> str:
    """Return what the second number is, and why the line itself is never held.

    Examples
    --------
    >>> left_sentence("wind").startswith("The line does not cause the total")
    True
    """
    graph = graph_of(shock_type)
    outcome = graph.nodes[graph.outcome].words
    return (
        f"The line does not cause {outcome}: it is a descendant of the same causes and of the shock itself, so holding "
        "it would take out part of what the shock does. What is left after it is the effect on "
        f"{outcome} minus the closing line: the effect on the game less the part already in the price."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
