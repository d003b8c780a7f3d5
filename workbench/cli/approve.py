"""Approval and the kill switch: the two things only a person may do."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.clock import Week, utc
from workbench.errors import StoreError
from workbench.stages.bookkeeping import stage_ledger, stage_policy

if TYPE_CHECKING:
    from workbench.cli.week import Asked


def approve_week(asked: "Asked", *, games: tuple[str, ...], by: str) -> str:
    """Approve a week's proposed bets and say how many; their status changes, nothing else.

    Parameters
    ----------
    asked : Asked
    games : tuple of str
        Only bets on these games; empty takes every proposed bet.
    by : str
        Who approves; empty takes the user's login name.

    Raises
    ------
    StoreError
        If there is nothing to approve: says why.
    """
    settings, policy = asked.settings, stage_policy(asked.settings)
    ledger = stage_ledger(settings)
    try:
        bets = ledger.bets(league=settings.league, policy=policy.name, week=Week(asked.season, asked.week))
        wanted = bets[bets["game_id"].isin(games)] if games else bets[bets["status"].isin(["proposed", "approved"])]
        if wanted.empty:
            held = ", ".join(f"{n} {status}" for status, n in bets["status"].value_counts().items()) or "none"
            raise StoreError(
                f"Only proposed bets can be approved; {asked.season} week {asked.week} has: {held}. "
                "Shadow bets wait for the gate (see the page of 07_publish_picks)."
            )
        name = by or getpass.getuser()
        n = ledger.approve(wanted, league=settings.league, policy=policy.name, by=name, at=utc(datetime.now(UTC)))
    finally:
        ledger.close()
    return f"Approved {n} of {len(wanted)} bets, by {name}. `workbench publish` writes them into picks.csv."


def switch(asked: "Asked", *, halted: bool, reason: str) -> str:
    """Halt betting in a league, or let it go on, and say so."""
    ledger = stage_ledger(asked.settings)
    try:
        ledger.set_kill_switch(league=asked.settings.league, halted=halted, reason=reason, at=utc(datetime.now(UTC)))
    finally:
        ledger.close()
    return f"Betting in {asked.settings.label} is {'halted: every bet is refused' if halted else 'on again'}."
