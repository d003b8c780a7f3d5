"""What to adjust for, found from separators: the back-door criterion, instruments and testable implications.

References
----------
.. [1] Pearl (2009), Causality, 2nd edition, section 3.3 (back-door) and 7.4 (instruments).
.. [2] van der Zander, Liskiewicz & Textor (2019), doi:10.1016/j.artint.2018.12.006 (minimal separators in linear time).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from workbench.causal.graph.model import CausalGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdoor:
    """What closes the back doors between a treatment and an outcome.

    Attributes
    ----------
    adjustment : frozenset of str, or None
        A minimal set of observed nodes that closes them all; None where none does.
    controls : frozenset of str
        What we adjust for: the adjustment, or, where there is none, the observed part of a set that would do.
    unseen : frozenset of str
        The rest of that set: unobserved nodes that leave a door open. Empty where the effect is identified.
    sentence : str
        The same in words.
    """

    adjustment: frozenset[str] | None
    controls: frozenset[str]
    unseen: frozenset[str]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Independence:
    """One claim that the graph makes on data: two nodes tell nothing of one another, given others."""

    left: str
    right: str
    given: frozenset[str]
    sentence: str


def backdoor_set(
    graph: CausalGraph, *, treatment: str | None = None, outcome: str | None = None, observed_only: bool = True
) -> Backdoor:
    """Find a minimal set that closes every back door, without touching what the treatment moves.

    Parameters
    ----------
    treatment, outcome : str, optional
        By default the graph's own.
    observed_only : bool, default True
        Whether only nodes that we have may be adjusted for; False tells what would do if we saw everything.

    Examples
    --------
    >>> from workbench.causal.graph.model import Node
    >>> nodes = {name: Node(label=name) for name in "xyz"}
    >>> fork = CausalGraph(nodes=nodes, edges=(("z", "x"), ("z", "y"), ("x", "y")), treatment="x", outcome="y")
    >>> backdoor_set(fork).adjustment
    frozenset({'z'})
    """
    x, y = treatment or graph.treatment, outcome or graph.outcome
    allowed = frozenset(graph.nodes) - graph.descendants(x) - {x, y}
    needed = _unobserved_needed(graph, (x, y), allowed=allowed) if observed_only else allowed - graph.observed
    whole = _separator(graph, (x, y), allowed=(allowed & graph.observed) | needed)
    if whole is None:
        sentence = f"No set closes the back doors: {graph.nodes[y].words} is a cause of {graph.nodes[x].words}."
        return Backdoor(adjustment=None, controls=frozenset(), unseen=frozenset(), sentence=sentence)
    unseen = whole - graph.observed if observed_only else frozenset()
    controls = whole - unseen
    return Backdoor(
        adjustment=None if unseen else controls, controls=controls, unseen=unseen,
        sentence=_backdoor_sentence(graph, controls=controls, unseen=unseen),
    )  # fmt: skip


def is_backdoor_set(graph: CausalGraph, nodes: Collection[str]) -> bool:
    """Whether adjusting for these nodes closes every back door and leaves every front door open."""
    import networkx as nx

    x, y = graph.treatment, graph.outcome
    if set(nodes) & (graph.descendants(x) | {x, y}):
        return False
    return bool(nx.is_d_separator(_without_outgoing(graph, x), x, y, set(nodes)))


def instruments(graph: CausalGraph) -> frozenset[str]:
    """Return observed nodes that move the treatment and reach the outcome through nothing else."""
    import networkx as nx

    x, y = graph.treatment, graph.outcome
    cut = _without_outgoing(graph, x)
    able = graph.observed - graph.descendants(x) - {x, y}
    return frozenset(
        z for z in able if nx.is_d_separator(cut, z, y, set()) and not nx.is_d_separator(graph.digraph, z, x, set())
    )


def implied_independences(graph: CausalGraph, *, among: Iterable[str] | None = None) -> tuple[Independence, ...]:
    """Return an independence for each pair of observed nodes without an arrow that observed nodes separate.

    Parameters
    ----------
    among : iterable of str, optional
        Nodes to be paired; by default all observed ones.
    """
    import networkx as nx

    names = [n for n in graph.nodes if n in graph.observed and (among is None or n in set(among))]
    found = []
    for left, right in combinations(names, 2):
        if graph.digraph.has_edge(left, right) or graph.digraph.has_edge(right, left):
            continue
        given = nx.find_minimal_d_separator(graph.digraph, left, right, restricted=set(graph.observed) - {left, right})
        if given is not None:
            sentence = _independence_sentence(graph, left, right, given=frozenset(given))
            found.append(Independence(left=left, right=right, given=frozenset(given), sentence=sentence))
    return tuple(found)


def _without_outgoing(graph: CausalGraph, treatment: str) -> Any:
    cut = graph.digraph.copy()
    cut.remove_edges_from(list(graph.digraph.out_edges(treatment)))
    return cut


def _separator(graph: CausalGraph, pair: tuple[str, str], *, allowed: frozenset[str]) -> frozenset[str] | None:
    import networkx as nx

    x, y = pair
    found = nx.find_minimal_d_separator(_without_outgoing(graph, x), x, y, restricted=set(allowed))
    return None if found is None else frozenset(found)


def _unobserved_needed(graph: CausalGraph, pair: tuple[str, str], *, allowed: frozenset[str]) -> frozenset[str]:
    """Return unobserved nodes without which no set closes the doors: each is dropped while the rest still do."""
    kept = allowed - graph.observed
    for name in sorted(kept):
        if _separator(graph, pair, allowed=(allowed & graph.observed) | (kept - {name})) is not None:
            kept -= {name}
    return kept


def phrase_list(words: Collection[str]) -> str:
    """Return words as a phrase: ``a, b and c``."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "nothing"


def _backdoor_sentence(graph: CausalGraph, *, controls: frozenset[str], unseen: frozenset[str]) -> str:
    held = phrase_list(graph.phrases(controls))
    if not unseen:
        return f"Adjusting for {held} closes every back door." if controls else "No back door is open."
    missing = phrase_list(graph.phrases(unseen))
    many = "they move" if len(unseen) > 1 else "it moves"
    done = f"we adjust for {held}, and " if controls else ""
    return (
        f"No set that we observe closes every back door: we cannot see {missing}, and {many} both the shock and the "
        f"outcome; {done}the number is an effect only as far as what we cannot see plays no part."
    )


def _independence_sentence(graph: CausalGraph, left: str, right: str, *, given: frozenset[str]) -> str:
    one, other = graph.nodes[left].words, graph.nodes[right].words
    held = f", given {phrase_list(graph.phrases(given))}" if given else ""
    return f"{one[:1].upper()}{one[1:]} and {other} are unrelated{held}."
