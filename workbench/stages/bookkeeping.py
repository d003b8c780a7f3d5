"""The ledger as the stages use it: opened once, asked for the state a decision rests on."""

import hashlib

import pandas as pd

from workbench.backtest.season import MODEL as MODEL
from workbench.decision.policy import Policy
from workbench.settings import Settings
from workbench.store.ledger import Ledger, open_ledger
from workbench.store.runs import Manifest

#: Run keys of replayed weeks begin so: they follow from facts and code, which a run's key holds already.
WARMUP = "warmup-"

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
