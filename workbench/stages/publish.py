"""Stage 07, publish: whether we may act, and on what."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from workbench.backtest.account import gates_before
from workbench.decision.policy import Policy
from workbench.risk.gates import ClvGate, OperatingPoint, gate_operating_characteristics
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.context import StageRun, decision_instant
from workbench.store.tables import FactStore

#: What a person needs to act on a pick, in this order.
PICK_COLUMNS = (
    "game_id", "kickoff_utc", "away_team", "home_team", "market", "side", "line", "price", "source", "stake_units",
    "stake_share", "kelly", "fair_line", "win", "push", "edge_points", "edge_prob", "edge_ev", "confidence",
    "needs_approval", "status", "approved_by", "ready", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing leaves and its notebook explains.

    Attributes
    ----------
    as_of : Timestamp
    picks : DataFrame
        The slip of record, columns `PICK_COLUMNS`. ``ready``: a person approved it and betting is not halted; nothing
        else may be acted on.
    gates : dict of str to ClvGate
        By book, as they stood before the decision.
    shadow : DataFrame
        The graded bets the gate looked at.
    operating : tuple of OperatingPoint
        How often a bettor without skill passes the gate.
    policy : Policy
    of_record : bool
        Whether the picks are the simulate stage's slip, or an earlier run's that stays on record.
    halted : str
        Why betting is halted; empty where it is not.
    """

    as_of: pd.Timestamp
    picks: pd.DataFrame
    gates: dict[str, ClvGate]
    shadow: pd.DataFrame
    operating: tuple[OperatingPoint, ...]
    policy: Policy
    of_record: bool
    halted: str


def publish_week(run: StageRun) -> Published:
    """Export the slip of record with each bet's status, beside the gate that set it."""
    facts = run.facts()
    instant = decision_instant(run, facts)
    policy = stage_policy(run.settings)
    account = {"league": run.settings.league, "policy": policy.name}
    ledger = stage_ledger(run.settings)
    try:
        bets = ledger.bets(week=run.week, **account)
        gates = gates_before(ledger, league=run.settings.league, policy=policy, week=run.week, instant=instant)
        halted, why = ledger.kill_switch(league=run.settings.league)
        shadow = ledger.shadow_bets(before=run.week, instant=instant, n_weeks=policy.gate_weeks, **account)
    finally:
        ledger.close()
    picks = exported(bets, halted=halted)
    operating = _operating(facts, instant, policy=policy, seed=run.settings.seed)
    run.save_table("picks.csv", picks)
    run.save_json(
        "gate.json",
        {"gates": {book: asdict(gate) for book, gate in gates.items()}, "operating": [asdict(p) for p in operating]},
    )
    of_record = bool(run.read_json("06_simulate", "metadata.json")["of_record"])
    stopped = (why or "no reason given") if halted else ""
    return Published(instant, picks, gates, shadow, operating, policy, of_record, stopped)


def exported(bets: pd.DataFrame, *, halted: bool) -> pd.DataFrame:
    """Return bets of record as picks: `PICK_COLUMNS`, ready just where a person approved them and nothing is halted."""
    ready = (bets["status"] == "approved") & (not halted)
    picks = bets.assign(needs_approval=named_only(bets), ready=ready)[list(PICK_COLUMNS)]
    return picks.sort_values(["kickoff_utc", "game_id", "market"]).reset_index(drop=True)


def named_only(bets: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each bet of record is approved only by naming its game; so is one placed before there were marks."""
    marked: pd.Series[bool] = bets["needs_approval"].fillna(True).astype(bool)
    return marked


def _operating(facts: FactStore, instant: pd.Timestamp, *, policy: Policy, seed: int) -> tuple[OperatingPoint, ...]:
    moves = spread_moves(facts, instant)
    if moves.size == 0:
        return ()
    rng = np.random.default_rng(seed)
    return gate_operating_characteristics(moves, threshold=policy.gate_clv_points, rng=rng)


def spread_moves(facts: FactStore, instant: pd.Timestamp) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return how far each game's spread moved from its first to its last known quote of the same source, in points."""
    quotes = facts.as_of(instant).table("quotes", columns=["game_id", "market", "source", "recorded_at", "line"])
    spreads = quotes[(quotes["market"] == "spread") & quotes["line"].notna()].sort_values("recorded_at")
    ends = spreads.groupby(["game_id", "source"])["line"].agg(["first", "last", "size"])
    moved = ends[ends["size"] > 1]
    moves: np.ndarray[tuple[int], np.dtype[np.float64]] = (moved["last"] - moved["first"]).to_numpy(dtype=np.float64)
    return moves
