"""A causal graph as data: named nodes, observed or not, and arrows; acyclic by construction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from workbench.errors import ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One variable of a graph.

    Attributes
    ----------
    label : str
        What the figure writes in its box.
    observed : bool
        Whether we have it, be it by proxy.
    columns : tuple of str
        Columns of the panels that measure it; empty where none does.
    phrase : str
        The same for a sentence: "team strength".
    proxy : bool
        Whether the columns only stand for it.
    """

    label: str
    observed: bool = True
    columns: tuple[str, ...] = ()
    phrase: str = ""
    proxy: bool = False

    @property
    def words(self) -> str:
        """The phrase, or the label in lower case."""
        return self.phrase or self.label.lower()


@dataclass(frozen=True, kw_only=True)
class CausalGraph:
    """A directed acyclic graph with its treatment and its outcome.

    Attributes
    ----------
    nodes : mapping of str to Node
    edges : tuple of (str, str)
        From cause to effect.
    treatment, outcome : str

    Raises
    ------
    ValidationError
        If an edge, the treatment or the outcome names no node, or the arrows run in a circle.

    Examples
    --------
    >>> graph = CausalGraph(
    ...     nodes={"x": Node(label="X"), "y": Node(label="Y"), "u": Node(label="U", observed=False)},
    ...     edges=(("x", "y"), ("u", "x"), ("u", "y")), treatment="x", outcome="y")
    >>> sorted(graph.observed)
    ['x', 'y']
    """

    nodes: Mapping[str, Node]
    edges: tuple[tuple[str, str], ...]
    treatment: str
    outcome: str

    def __post_init__(self) -> None:
        import networkx as nx

        object.__setattr__(self, "nodes", MappingProxyType(dict(self.nodes)))
        named = {name for edge in self.edges for name in edge} | {self.treatment, self.outcome}
        if unknown := sorted(named - set(self.nodes)):
            raise ValidationError(f"Every name in a graph must be a node, got {unknown}. A typing error in an edge?")
        if not nx.is_directed_acyclic_graph(self.digraph):
            circle = " -> ".join(cause for cause, _ in nx.find_cycle(self.digraph))
            raise ValidationError(f"A causal graph must be acyclic, got {circle} and back. Two instants in one node?")

    @cached_property
    def digraph(self) -> Any:
        """The same as a networkx ``DiGraph``."""
        import networkx as nx

        drawn = nx.DiGraph()
        drawn.add_nodes_from(self.nodes)
        drawn.add_edges_from(self.edges)
        return drawn

    @property
    def observed(self) -> frozenset[str]:
        """Names of the nodes that we have."""
        return frozenset(name for name, node in self.nodes.items() if node.observed)

    def descendants(self, name: str) -> frozenset[str]:
        """Return what the node moves, directly or not."""
        import networkx as nx

        return frozenset(nx.descendants(self.digraph, name))

    def mediators(self) -> frozenset[str]:
        """Return the nodes on a directed path from treatment to outcome."""
        import networkx as nx

        return self.descendants(self.treatment) & frozenset(nx.ancestors(self.digraph, self.outcome))

    def phrases(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names' phrases, in the order the graph lists its nodes."""
        wanted = set(names)
        return tuple(node.words for name, node in self.nodes.items() if name in wanted)
