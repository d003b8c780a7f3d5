"""Judge every priced row: hard gates that must all hold, the filter, soft gates that warn; in words."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.decision.policy import Controls, Policy
from workbench.market.prices import on_half_points
from workbench.risk.gates import Verdict, allowed, hard, reasons, soft
from workbench.schema import LINELESS

#: Lines no book would post; a wrong unit or sign lies beyond.
LINE_BOUNDS = {"spread": (-30.0, 30.0), "total": (20.0, 80.0)}


class Judgement(NamedTuple):
    """What the gates say of one row.

    Attributes
    ----------
    chosen : bool
        Every hard gate holds and the filter passes: a candidate for a stake.
    refusal : str
        Why not, in words; empty for a candidate.
    warning : str
        What the soft gates say.
    """

    chosen: bool
    refusal: str
    warning: str


def judged(prices: pd.DataFrame, *, policy: Policy, controls: Controls) -> list[Judgement]:
    """Return a judgement a row, in order."""
    return [_judgement(row, policy=policy, controls=controls) for row in prices.to_dict("records")]


def _judgement(row: dict[Any, Any], *, policy: Policy, controls: Controls) -> Judgement:
    verdicts = [*_hard_gates(row, policy=policy, controls=controls), *_soft_gates(row, policy=policy)]
    warning = reasons(verdicts, hard=False)
    if not allowed(verdicts):
        return Judgement(chosen=False, refusal=reasons(verdicts, hard=True), warning=warning)
    under = _filtered(row, policy=policy)
    return Judgement(chosen=not under, refusal=under, warning=warning)


def _filtered(row: dict[Any, Any], *, policy: Policy) -> str:
    """Return which filter a row falls under, in words; empty for a value bet. Filters at 0 are off, but for EV's."""
    if row["edge_ev"] < policy.minimum_edge_ev:
        return f"expected value {_percent(row['edge_ev'])} is under the filter of {_percent(policy.minimum_edge_ev)}"
    points, least = row["edge_points"], policy.minimum_edge_points
    if least > 0 and points < least:  # a moneyline has no points: null is not under
        return f"an edge of {points:+.1f} points is under the filter of {least:+.1f}"
    if policy.minimum_edge_prob > 0 and row["edge_prob"] < policy.minimum_edge_prob:
        over = f"{100 * row['edge_prob']:+.1f} points of probability"
        return f"an edge of {over} is under the filter of {100 * policy.minimum_edge_prob:+.1f}"
    if policy.minimum_confidence > 0 and not row["confidence"] >= policy.minimum_confidence:
        sure = row["confidence"]
        told = f"only {100 * sure:.0f} % sure of value" if np.isfinite(sure) else "how sure the model is, is not known"
        return f"{told}, under the filter of {100 * policy.minimum_confidence:.0f} %"
    return ""


def _hard_gates(row: dict[Any, Any], *, policy: Policy, controls: Controls) -> list[Verdict]:
    needed = [row[name] for name in ("price", "price_other", "win", "lose", "market_win", "edge_ev")]
    low, high = LINE_BOUNDS.get(row["market"], (0.0, 0.0))
    line = 0.0 if row["market"] in LINELESS else row["line"]
    in_bounds = low <= line <= high and policy.minimum_price <= row["price"] <= policy.maximum_price
    age = row["quote_age_hours"]
    return [
        hard(
            "kill switch", not controls.halted, reason=f"betting is halted: {controls.halt_reason or 'no reason given'}"
        ),
        hard("missing", bool(np.isfinite([*needed, line]).all()), reason="a price, line or chance is missing"),
        hard("grid", bool(on_half_points(line)), reason=f"line {line:g} is off the half-point grid"),
        hard("bounds", in_bounds, reason=f"line {line:g} at price {row['price']:.2f} is out of bounds"),
        hard("stale", age <= policy.maximum_quote_age_hours, reason=f"the quote is {age:.1f} h old"),
        hard(
            "overround",
            0.0 <= row["overround"] <= policy.maximum_overround,
            reason=f"the prices carry a margin of {_percent(row['overround'])}",
        ),
        _sanity(row, policy=policy),
    ]


def _sanity(row: dict[Any, Any], *, policy: Policy) -> Verdict:
    if row["market"] in LINELESS:
        beyond = f"an edge of {100 * row['edge_prob']:.0f} points of probability is too good to believe"
        return hard("sanity", abs(row["edge_prob"]) <= policy.sanity_edge_prob, reason=beyond)
    beyond = f"{abs(row['edge_points']):.1f} points from the market is too far to believe"
    return hard("sanity", abs(row["edge_points"]) <= policy.sanity_edge_points, reason=beyond)


def _soft_gates(row: dict[Any, Any], *, policy: Policy) -> list[Verdict]:
    few = f"only {row['effective_draws']:.0f} effective draws"
    return [
        soft("price assumed", not row["price_assumed"], reason="the price is assumed (-110)"),
        soft("instant assumed", not row["instant_assumed"], reason="the quote's instant is assumed"),
        soft("executable", row["source"] != "consensus", reason="consensus is not executable"),
        soft("draws", row["effective_draws"] >= policy.minimum_effective_draws, reason=few),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:+.1f} %"
