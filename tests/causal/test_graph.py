"""Causal graphs: textbook answers worked by hand, and what holds of every shock type's graph. All exact."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.graph.catalogue import RECIPES, graph_of
from workbench.causal.graph.estimands import controls_for, estimand_sentence, identified, left_sentence, unseen
from workbench.causal.graph.identify import backdoor_set, implied_independences, instruments, is_backdoor_set
from workbench.causal.graph.model import CausalGraph, Node
from workbench.causal.graph.nodes import CLOSE, LEFT, OPEN
from workbench.errors import ValidationError
from workbench.shocks.events import BOTH_TEAMS, ShockType

#: Columns of the panels' contract that a control may name.
PANEL_COLUMNS = {
    "season", "week", "market_rating", "opponent_market_rating", "win_rate", "last4_residual", "rest_days", "is_home",
    "stadium", "roof", "surface", "temperature_f", "wind_mph", "precipitation_inches",
}  # fmt: skip


def graph(edges: str, *, hidden: str = "") -> CausalGraph:
    """Return a graph from arrows such as "zx xy"; treatment x, outcome y."""
    pairs = tuple((arrow[0], arrow[1]) for arrow in edges.split())
    names = sorted({name for pair in pairs for name in pair})
    nodes = {name: Node(label=name.upper(), observed=name not in hidden) for name in names}
    return CausalGraph(nodes=nodes, edges=pairs, treatment="x", outcome="y")


def test_a_common_cause_is_adjusted_for() -> None:
    fork = graph("zx zy xy")
    assert backdoor_set(fork).adjustment == {"z"}
    assert is_backdoor_set(fork, {"z"})
    assert not is_backdoor_set(fork, set())


def test_in_m_bias_nothing_is_adjusted_for_and_the_collider_would_open_a_door() -> None:
    m = graph("ax am bm by xy", hidden="ab")
    assert backdoor_set(m).adjustment == frozenset()
    assert is_backdoor_set(m, set())
    assert not is_backdoor_set(m, {"m"})


def test_a_collider_that_is_also_a_cause_needs_one_of_its_parents_too() -> None:
    butterfly = graph("ax am bm by mx my xy")
    found = backdoor_set(butterfly).adjustment
    assert found in ({"m", "a"}, {"m", "b"})
    assert not is_backdoor_set(butterfly, {"m"})


def test_a_mediator_is_left_alone() -> None:
    chain = graph("xm my xy")
    assert chain.mediators() == {"m"}
    assert backdoor_set(chain).adjustment == frozenset()
    assert not is_backdoor_set(chain, {"m"})


def test_a_descendant_of_the_treatment_is_never_adjusted_for() -> None:
    assert not is_backdoor_set(graph("xy xd yd"), {"d"})


def test_with_an_instrument_and_a_hidden_cause_no_set_does_and_the_hidden_cause_is_named() -> None:
    instrument = graph("zx xy ux uy", hidden="u")
    doors = backdoor_set(instrument)
    assert doors.adjustment is None
    assert doors.unseen == {"u"}
    assert "we cannot see u" in doors.sentence
    assert instruments(instrument) == {"z"}


def test_seeing_everything_would_close_the_door_of_the_hidden_cause() -> None:
    assert backdoor_set(graph("zx xy ux uy", hidden="u"), observed_only=False).adjustment == {"u"}


def test_a_hidden_cause_behind_an_observed_one_does_no_harm() -> None:
    assert backdoor_set(graph("uz zx uy zy xy", hidden="u")).adjustment == {"z"}


def test_what_is_adjusted_for_beside_a_hidden_cause_is_kept() -> None:
    doors = backdoor_set(graph("zx zy ux uy xy", hidden="u"))
    assert (doors.adjustment, doors.controls, doors.unseen) == (None, {"z"}, {"u"})


def test_where_the_outcome_causes_the_treatment_no_set_helps() -> None:
    doors = backdoor_set(graph("yx"))
    assert doors.adjustment is None
    assert doors.sentence == "No set closes the back doors: y is a cause of x."


def test_a_chain_implies_that_its_ends_are_unrelated_given_the_middle() -> None:
    (claim,) = implied_independences(graph("xm my"))
    assert (claim.left, claim.right, claim.given) == ("x", "y", {"m"})
    assert claim.sentence.endswith("are unrelated, given m.")


def test_circles_and_unknown_names_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"acyclic, got"):
        graph("xy yz zx")
    with pytest.raises(ValidationError, match=r"must be a node, got \['q'\]"):
        CausalGraph(nodes={"x": Node(label="X"), "y": Node(label="Y")}, edges=(("q", "x"),), treatment="x", outcome="y")


def test_every_shock_type_has_a_graph_and_there_are_no_others() -> None:
    assert set(RECIPES) == set(get_args(ShockType))


@pytest.mark.parametrize("shock_type", sorted(RECIPES))
def test_every_type_says_what_it_means_and_never_holds_the_line(shock_type: str) -> None:
    drawn, meant = graph_of(shock_type), identified(shock_type)
    assert drawn.outcome == ("total" if shock_type in BOTH_TEAMS else "margin")
    assert {OPEN, CLOSE, LEFT} <= set(drawn.nodes)
    assert not {OPEN, CLOSE, LEFT} & set(meant.controls)
    assert not is_backdoor_set(drawn, {*meant.controls, CLOSE})
    assert (meant.adjustment is None) == bool(meant.unseen)
    assert estimand_sentence(shock_type).startswith("The average effect of ")
    assert left_sentence(shock_type).startswith("The line does not cause ")
    assert {column for columns in controls_for(shock_type).values() for column in columns} <= PANEL_COLUMNS
    assert meant.testable_implications


@pytest.mark.parametrize("shock_type", sorted(RECIPES))
def test_what_is_left_after_the_line_needs_no_more_than_the_effect_itself(shock_type: str) -> None:
    assert backdoor_set(graph_of(shock_type, outcome=LEFT)).controls == set(controls_for(shock_type))


def test_the_schedule_is_identified_and_a_firing_is_not() -> None:
    assert not unseen("bye")
    assert unseen("coaching_change") == ("the mood of the locker room",)
    assert {"strength", "results"} <= set(controls_for("coaching_change"))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12), st.frozensets(st.integers(2, 5)))
@settings(max_examples=40, deadline=None)
def test_a_set_that_is_found_closes_every_back_door_and_holds_nothing_hidden(
    pairs: list[tuple[int, int]], hidden: frozenset[int]
) -> None:
    edges = tuple({(str(min(p)), str(max(p))) for p in pairs if p[0] != p[1]} | {("4", "5")})
    nodes = {str(n): Node(label=str(n), observed=n not in hidden or n > 3) for n in range(6)}
    drawn = CausalGraph(nodes=nodes, edges=edges, treatment="4", outcome="5")
    doors = backdoor_set(drawn)
    if doors.adjustment is not None:
        assert is_backdoor_set(drawn, doors.adjustment)
        assert doors.adjustment <= drawn.observed
        assert all(not is_backdoor_set(drawn, doors.adjustment - {name}) for name in doors.adjustment)
    else:
        assert is_backdoor_set(drawn, doors.controls | doors.unseen)
