"""What the picks page says."""

import math

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import picks as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, percent
from workbench.report.stories.frame import as_of_words
from workbench.risk.gates import ClvGate, OperatingPoint
from workbench.stages.publish import Published


def findings(result: Published) -> list[str]:
    """Return whether anyone may act, why, and how far the gate can be trusted."""
    book = gate_book(result)
    return [
        _acting(result),
        *_named(result),
        *([f"The gate of {book}: {result.gates[book].reason}."] if book else []),
        *_trust(result, book),
        *([] if result.of_record else ["The picks are an earlier run's slip of record; this run's slip was advisory."]),
    ]


def _acting(result: Published) -> str:
    picks = result.picks
    ready, waiting = int(picks["ready"].sum()), int((picks["status"] == "proposed").sum())
    if result.halted:
        return f"Nothing may be acted on: betting is halted ({result.halted})."
    if ready:
        more = f"; {waiting} more {'waits' if waiting == 1 else 'wait'} for approval" if waiting else ""
        return f"{count(ready, 'pick')} {'is' if ready == 1 else 'are'} ready: approved by a person, who may act{more}."
    if waiting:
        return (
            f"No pick is ready: {count(waiting, 'pick')} {'waits' if waiting == 1 else 'wait'} for a person's approval "
            "by name: workbench approve."
        )
    if len(picks):
        return "Nothing may be acted on: every pick is a shadow pick, written down and graded."
    return "There are no picks this week."


def _named(result: Published) -> list[str]:
    """Say which picks are too large to be approved with the others."""
    picks = result.picks
    large = picks[picks["needs_approval"]]
    if large.empty:
        return []
    games = large.groupby("game_id")["stake_share"].sum()
    limit, most = percent(result.policy.approval_share, digits=1), percent(games.max(), digits=1)
    one = len(large) == 1
    return [
        f"{count(len(large), 'pick')} on {count(len(games), 'game')} {'passes' if one else 'pass'} {limit} of the "
        f"bankroll by game (the largest {most}): a person approves {'it' if one else 'them'} only by naming the game."
    ]


def _trust(result: Published, book: str) -> list[str]:
    point = operating_point(result, result.gates[book].n_bets) if book else None
    if point is None:
        return []
    return [
        f"At {point.n_bets} bets a bettor without any skill passes this gate {percent(point.pass_rate)} of the time; a "
        f"threshold of {point.calibrated_threshold:+.1f} points would let 5 % through."
    ]


def gate_book(result: Published) -> str:
    """Return the book whose gate the page shows: the one with most graded bets."""
    counted = {book: gate.n_bets for book, gate in result.gates.items()}
    return max(counted, key=lambda book: counted[book]) if counted else ""


def operating_point(result: Published, n_bets: int) -> OperatingPoint | None:
    """Return the simulated operating point nearest to a number of bets."""
    return min(result.operating, key=lambda p: abs(p.n_bets - n_bets), default=None)


def numbers(result: Published) -> list[KeyNumber]:
    """Return the strip."""
    book = gate_book(result)
    gate = result.gates[book] if book else None
    point = operating_point(result, gate.n_bets) if gate else None
    clv = KeyNumber("Mean at the gate", None) if gate is None else _clv(gate)
    rate = None if point is None else point.pass_rate
    error = 0.0 if point is None else 1.96 * point.pass_rate_error
    return [
        KeyNumber("Picks", len(result.picks), digits=0),
        KeyNumber("Ready", int(result.picks["ready"].sum()), digits=0),
        KeyNumber("Staked", float(result.picks["stake_share"].sum()), unit="%", digits=1),
        clv,
        KeyNumber("Bets at the gate", gate.n_bets if gate else 0, digits=0),
        KeyNumber(
            "No-skill pass rate",
            rate,
            None if rate is None else rate - error,
            None if rate is None else rate + error,
            "%",
        ),
    ]


def _clv(gate: ClvGate) -> KeyNumber:
    low, high = (None if math.isnan(end) else end for end in (gate.low, gate.high))
    return KeyNumber("Mean at the gate", gate.mean, low, high, unit="points", signed=True)


def gate_figure(result: Published) -> Finding:
    """Draw the gate."""
    book = gate_book(result)
    gate = result.gates[book]
    point = operating_point(result, gate.n_bets)
    return figures.gate_meter(
        gate.mean,
        gate.low,
        gate.high,
        n=gate.n_bets,
        threshold=gate.threshold,
        minimum_bets=gate.minimum_bets,
        false_pass=None if point is None else point.pass_rate,
        subtitle=f"mean closing line value of the last {result.policy.gate_weeks} graded weeks, {book}, "
        f"{as_of_words(result.as_of)}",
    )


def stakes_figure(result: Published) -> Finding:
    """Draw stakes beside what was wanted before the caps."""
    picks, policy = result.picks, result.policy
    wanted = policy.flat_share if policy.staking == "flat" else policy.kelly_fraction * picks["kelly"]
    named = picks["away_team"] + " at " + picks["home_team"] + ", " + picks["market"] + " " + picks["side"]
    shown = pd.DataFrame({"label": named, "stake_share": picks["stake_share"], "wanted": wanted})
    return figures.stakes(
        shown,
        cap_bet=policy.caps.bet,
        cap_week=policy.caps.week,
        subtitle=f"share of the bankroll, {as_of_words(result.as_of)}",
    )


def operating_table(result: Published) -> pd.DataFrame:
    """Return how the gate behaves for a bettor without skill, and the threshold that would let 5 % through."""
    return pd.DataFrame(
        [
            {
                "bets": p.n_bets,
                "no_skill_pass_rate": 100 * p.pass_rate,
                "threshold_for_5_percent": p.calibrated_threshold,
            }
            for p in result.operating
        ]
    )


def pick_table(result: Published) -> pd.DataFrame:
    """Return the picks as a person would act on them."""
    picks = result.picks
    how = np.where(picks["needs_approval"], "by naming the game", "with the others")
    approval = np.where(picks["status"] == "shadow", "", how)
    ready = np.where(picks["ready"], "ready", "")
    shown = picks.assign(approval=approval, ready=ready)
    # what decides whether one may act comes first: a phone shows the left of a table
    return shown[["game_id", "status", "ready", "stake_units", "reason", "source", "approval"]]


def status(result: Published) -> str:
    """Return the page's status word: what was decided of the picks, also while betting is halted."""
    found = set(result.picks["status"])
    return "approved" if "approved" in found else "proposed" if "proposed" in found else "shadow"


def gate_words(result: Published) -> list[str]:
    """Return each book's verdict as a sentence."""
    return [f"{book}: {g.reason}." for book, g in result.gates.items()]
