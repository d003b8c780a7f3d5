"""What a decision rests on besides facts and model: the bankroll, open stakes, and what the gates have earned."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.clock import Week
from workbench.decision.gating import controls_of, source_gates
from workbench.decision.policy import Controls, Policy
from workbench.risk.gates import ClvGate
from workbench.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it stood at an instant.

    Attributes
    ----------
    bankroll : float
        Settled units.
    open_by_game : mapping of str to float
        Units at stake in bets not yet settled.
    controls : Controls
        The gates' verdicts and the kill switch.
    """

    bankroll: float
    open_by_game: Mapping[str, float]
    controls: Controls


def account_before(
    ledger: Ledger, *, league: str, policy: Policy, week: Week, instant: pd.Timestamp, name: str = ""
) -> Account:
    """Return the account as it stood at a week's decision, whatever has been graded since.

    Parameters
    ----------
    ledger : Ledger
    league : str
    policy : Policy
    week : Week
    instant : Timestamp
        Of the decision.
    name : str
        Under which the account is kept; by default the policy's. A backtest keeps one a season.
    """
    named = {"league": league, "policy": name or policy.name}
    halted, reason = ledger.kill_switch(league=league)
    gates = gates_before(ledger, league=league, policy=policy, week=week, instant=instant, name=name)
    return Account(
        bankroll=ledger.bankroll_at(instant, initial_units=policy.bankroll, **named),
        open_by_game=ledger.open_stakes(instant, **named),
        controls=controls_of(gates, halted=halted, halt_reason=reason),
    )


def gates_before(
    ledger: Ledger, *, league: str, policy: Policy, week: Week, instant: pd.Timestamp, name: str = ""
) -> dict[str, ClvGate]:
    """Return each book's closing-line-value gate as it stood before a week's decision."""
    shadow = ledger.shadow_bets(
        league=league, policy=name or policy.name, before=week, instant=instant, n_weeks=policy.gate_weeks
    )
    return source_gates(shadow, policy=policy)
