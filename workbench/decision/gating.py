"""From graded shadow bets to what the next decision may propose."""

import pandas as pd

from workbench.decision.policy import Controls, Policy
from workbench.risk.gates import ClvGate, clv_gate


def source_gates(shadow_bets: pd.DataFrame, *, policy: Policy) -> dict[str, ClvGate]:
    """Return the closing-line-value gate of each of the policy's books.

    Parameters
    ----------
    shadow_bets : DataFrame
        Graded bets of record of the last completed weeks, one league and policy: source, market, clv_points, headline.
        Moneylines, stale closes and closes of another book do not count.
    policy : Policy
    """
    counted = shadow_bets[shadow_bets["market"].isin(["spread", "total"]) & shadow_bets["headline"].eq(True)]
    return {
        book: clv_gate(
            counted.loc[counted["source"] == book, "clv_points"].to_numpy(dtype="float64"),
            threshold=policy.gate_clv_points,
            minimum_bets=policy.gate_minimum_bets,
        )
        for book in policy.books
    }


def controls_of(gates: dict[str, ClvGate], *, halted: bool = False, halt_reason: str = "") -> Controls:
    """Return the controls that `workbench.decision.decide.decide` obeys."""
    return Controls(
        open_sources=frozenset(book for book, gate in gates.items() if gate.passed),
        halted=halted,
        halt_reason=halt_reason,
    )
