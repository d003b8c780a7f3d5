"""The ledger as the stages use it: opened once, asked for the state a decision rests on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.clock import Week
from workbench.decision.gating import controls_of, source_gates
from workbench.decision.policy import Controls, Policy
from workbench.risk.gates import ClvGate
from workbench.settings import Settings
from workbench.store.ledger import Ledger, open_ledger
from workbench.store.runs import Manifest

#: Run keys of replayed weeks begin so: they follow from facts and code, which a run's key holds already.
WARMUP = "warmup-"
#: Name of the model in ``model_evaluations``.
MODEL = "week_model"

_BET = ["season", "week", "game_id", "market", "side", "source", "line", "price", "stake_units", "status"]
_EMPTY = "empty"
_GRADE = ["outcome", "profit_units", "clv_points", "clv_prob", "headline"]


def stage_ledger(settings: Settings) -> Ledger:
    """Open the league's ledger, migrated to the newest release."""
    if not settings.ledger:
        settings.league_artifacts.mkdir(parents=True, exist_ok=True)
    return open_ledger(settings.ledger_url)


def note_run(settings: Settings, manifest: Manifest) -> None:
    """Write a finished run into the ledger's ``runs``: what ran when, as of which instant, and what it found."""
    stamps = {name: pd.Timestamp(getattr(manifest, name)) for name in ("as_of", "started", "finished")}
    names = ("stage", "league", "season", "week", "status", "summary")
    ledger = stage_ledger(settings)
    try:
        ledger.record_run({"run_key": manifest.key, **{name: getattr(manifest, name) for name in names}, **stamps})
    finally:
        ledger.close()


def stage_policy(settings: Settings) -> Policy:
    """Return the policy the settings state."""
    return Policy.from_mapping(settings.policy.model_dump())


def ledger_state(settings: Settings, *, stage: str, season: int, week: int) -> str:
    """Return a hash of what a stage reads in the ledger, and of nothing it writes there itself.

    Simulate reads earlier weeks; publish and grade the week's bets too, without their grades; the dashboard everything.
    """
    ledger_file = settings.league_artifacts / "ledger.sqlite"
    if not settings.ledger and not ledger_file.exists():
        return _EMPTY
    ledger = stage_ledger(settings)
    try:
        bets = ledger.bets(league=settings.league, policy=stage_policy(settings).name)
        halted, _ = ledger.kill_switch(league=settings.league)
    finally:
        ledger.close()
    stamp = bets["season"] * 100 + bets["week"]
    now = season * 100 + week
    earlier, own = bets[stamp < now], bets[stamp == now]
    if stage == "06_simulate":
        earlier, own = earlier[~earlier["run_key"].str.startswith(WARMUP)], own.iloc[:0]
    if earlier.empty and own.empty and not halted:  # a ledger without a row that counts is as good as none
        return _EMPTY
    if stage == "06_simulate":
        parts = [_digest(earlier, [*_BET, *_GRADE])]
    else:
        graded = [*_BET, *_GRADE] if stage == "11_dashboard" else _BET
        parts = [_digest(earlier, [*_BET, *_GRADE]), _digest(own, graded)]
    return hashlib.sha256("|".join([*parts, str(halted)]).encode()).hexdigest()


def _digest(bets: pd.DataFrame, columns: list[str]) -> str:
    ordered = bets[columns].sort_values(columns[:5], kind="stable")
    return hashlib.sha256(ordered.to_csv(index=False).encode()).hexdigest()


def gates_before(
    ledger: Ledger, *, settings: Settings, policy: Policy, week: Week, instant: pd.Timestamp
) -> dict[str, ClvGate]:
    """Return each book's closing-line-value gate as it stood before a week's decision."""
    shadow = ledger.shadow_bets(
        league=settings.league, policy=policy.name, before=week, instant=instant, n_weeks=policy.gate_weeks
    )
    return source_gates(shadow, policy=policy)


@dataclass(frozen=True, slots=True)
class Account:
    """What a decision rests on besides facts and model.

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


def account_before(ledger: Ledger, *, settings: Settings, policy: Policy, week: Week, instant: pd.Timestamp) -> Account:
    """Return the account as it stood at a week's decision, whatever has been graded since."""
    named = {"league": settings.league, "policy": policy.name}
    halted, reason = ledger.kill_switch(league=settings.league)
    gates = gates_before(ledger, settings=settings, policy=policy, week=week, instant=instant)
    return Account(
        bankroll=ledger.bankroll_at(instant, initial_units=policy.bankroll, **named),
        open_by_game=ledger.open_stakes(instant, **named),
        controls=controls_of(gates, halted=halted, halt_reason=reason),
    )
