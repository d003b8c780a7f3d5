"""One line of the study of thresholds: a rule, how it is set, the truth it met, and what it did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from workbench.risk.operating import Operating

Policy = Literal["default", "calibrated", "sequential"]
RuleName = Literal["gate", "kill", "alert", "record", "brier", "shape", "coverage", "retrain", "rent"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule decides.

    Attributes
    ----------
    title : str
    decides : str
        What happens where it fires.
    where : str
        The module that holds it; "proposed" where none acts on it.
    unit : str
        What a look is: week, or round.
    """

    title: str
    decides: str
    where: str
    unit: str = "week"


RULES: Final[Mapping[RuleName, Rule]] = {
    "gate": Rule("CLV gate", "bets may be proposed", "risk.gates.clv_gate"),
    "kill": Rule("CLV kill switch", "betting is halted", "a person's, by `workbench halt`"),
    "alert": Rule("CLV alert", "a warning on the dashboard", "decision.performance.clv_alert"),
    "record": Rule("Losing record", "betting is halted", "a person's, by `workbench halt`"),
    "brier": Rule("Brier alarm", "the forecast is looked into", "no module: a habit"),
    "shape": Rule("Shape drift", "the shape of draws is refitted", "simulate.shape.drift_verdict"),
    "coverage": Rule("Coverage trigger", "intervals are recalibrated", "lifecycle.recalibrate"),
    "retrain": Rule("Retraining trigger", "the goals model is tuned again", "backtest.retraining.Trigger", "round"),
    "rent": Rule("Rent verdict", "a module is said to pay", "backtest.rent.rent_verdicts"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A rule met with a truth.

    Attributes
    ----------
    rule, policy : str
    setting : str
        The threshold, in words.
    truth : str
        What was true, in words.
    wrong : bool
        Whether firing is an error under that truth.
    found : Operating
    bets : int
        Bets or games a week; 0 where it does not matter.
    level : float
        The truth as a number: mean CLV, win rate, spread, coverage; NaN where it has none.
    """

    rule: RuleName
    policy: Policy
    setting: str
    truth: str
    wrong: bool
    found: Operating
    bets: int = 0
    level: float = float("nan")


#: For the overview: each rule's truth under which it must not fire, and the one under which it should.
CHIEF: Final[Mapping[RuleName, tuple[str, str]]] = {
    "gate": ("no skill", "+0.6 points"),
    "kill": ("+0.3 points", "no skill"),
    "alert": ("+0.3 points", "−0.3 points"),
    "record": ("54 % of bets won", "50 % of bets won"),
    "brier": ("as good as the close", "twice as sure as it should be"),
    "shape": ("margins spread as drawn", "margins spread 1.20 times as drawn"),
    "coverage": ("90 % covered", "80 % covered since the season began"),
    "retrain": ("almost as good as the market", "clearly worse"),
    "rent": ("no module adds anything", "one module is worth opener to close"),
}


def overview(rows: Iterable[Row], *, bets: int) -> list[tuple[Row, Row]]:
    """Return, by rule and policy, the row that must not fire beside the one that should.

    Parameters
    ----------
    bets : int
        Bets a week, where a rule was tried at several.
    """
    by_name: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        if row.rule in ("gate", "kill", "alert") and row.bets != bets:
            continue
        by_name.setdefault((row.rule, row.policy), {})[row.truth] = row
    pairs = []
    for rule, (wrong, right) in CHIEF.items():
        for policy in ("default", "calibrated", "sequential"):
            found = by_name.get((rule, policy), {})
            if wrong in found and right in found:
                pairs.append((found[wrong], found[right]))
    return pairs


def row_table(rows: Iterable[Row]) -> pd.DataFrame:
    """Return one row a rule, policy and truth, rates with their Monte-Carlo standard errors."""
    return pd.DataFrame(
        [
            {
                "rule": row.rule,
                "policy": row.policy,
                "setting": row.setting,
                "truth": row.truth,
                "level": row.level,
                "bets": row.bets,
                "wrong": row.wrong,
                "weekly_rate": row.found.weekly_rate,
                "weekly_error": row.found.weekly_error,
                "season_rate": row.found.season_rate,
                "season_error": row.found.season_error,
                "median_week": row.found.median_week,
                "by_week": list(row.found.by_week),
                "seasons": row.found.seasons,
            }
            for row in rows
        ]
    )
