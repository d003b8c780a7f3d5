"""Approval and the kill switch: the two things only a person may do."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from workbench.clock import Week, utc
from workbench.errors import StoreError
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.publish import named_only

if TYPE_CHECKING:
    from workbench.cli.week import Asked

#: What a person may approve; approving twice changes nothing.
_OPEN = ("proposed", "approved")


def approve_week(asked: "Asked", *, games: tuple[str, ...], by: str) -> str:
    """Approve a week's proposed bets and say which; their status changes, nothing else.

    Parameters
    ----------
    asked : Asked
    games : tuple of str
        Only bets on these games, marked or not; empty takes every proposed bet that is not marked: what passes the
        approval share must be named.
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
        marked = named_only(bets)
        wanted = bets[bets["game_id"].isin(games) if games else bets["status"].isin(_OPEN) & ~marked]
        waiting = bets[(bets["status"] == "proposed") & marked & ~bets.index.isin(wanted.index)]
        limit = f"{100 * policy.approval_share:g} % of the bankroll"
        if wanted.empty:
            raise StoreError(_nothing(asked, bets, by_name=_by_name(waiting), limit=limit))
        name = by or getpass.getuser()
        n = ledger.approve(wanted, league=settings.league, policy=policy.name, by=name, at=utc(datetime.now(UTC)))
    finally:
        ledger.close()
    return "\n".join(
        [
            f"Approved {n} of {len(wanted)} bets, by {name}. `workbench publish` writes them into picks.csv.",
            *_listed(f"Over {limit}, and approved by naming the game:", _by_name(wanted[marked[wanted.index]])),
            *_listed(f"Over {limit}, still to be approved by naming the game:", _by_name(waiting)),
        ]
    )


def _nothing(asked: "Asked", bets: pd.DataFrame, *, by_name: list[str], limit: str) -> str:
    if by_name:
        return "\n".join([f"Every bet left to approve passes {limit} and must be named (--game GAME_ID):", *by_name])
    held = ", ".join(f"{n} {status}" for status, n in bets["status"].value_counts().items()) or "none"
    return (
        f"Only proposed bets can be approved; {asked.season} week {asked.week} has: {held}. "
        "Shadow bets wait for the gate (see the page of 07_publish_picks)."
    )


def _by_name(bets: pd.DataFrame) -> list[str]:
    """Return a line a game: what its bets stake together."""
    return [
        f"  --game {game}: {len(part)} bet{'s' if len(part) > 1 else ''}, "
        f"{100 * part['stake_share'].sum():.1f} % of the bankroll"
        for game, part in bets.groupby("game_id")
    ]


def _listed(title: str, lines: list[str]) -> list[str]:
    return [title, *lines] if lines else []


def switch(asked: "Asked", *, halted: bool, reason: str) -> str:
    """Halt betting in a league, or let it go on, and say so."""
    ledger = stage_ledger(asked.settings)
    try:
        ledger.set_kill_switch(league=asked.settings.league, halted=halted, reason=reason, at=utc(datetime.now(UTC)))
    finally:
        ledger.close()
    return f"Betting in {asked.settings.label} is {'halted: every bet is refused' if halted else 'on again'}."
