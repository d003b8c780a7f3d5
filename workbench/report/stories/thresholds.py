"""What the page of thresholds says."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import thresholds as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, interval, number, percent
from workbench.report.stories.studies import key_number, said
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.thresholds import Thresholds
from workbench.stages.studies.thresholds_claims import HEADLINE
from workbench.stages.studies.thresholds_clv import RATE, USUAL_BETS
from workbench.stages.studies.thresholds_rows import RULES, Row, RuleName, overview

_STRIP: Final = (
    ("Gate open without skill", HEADLINE),
    ("Ever open in a season", "gate_default_false"),
    ("+0.3 bettor killed", "kill_default_false"),
    ("By evidence, gate", "gate_sequential_false"),
    ("By evidence, kill", "kill_sequential_false"),
    ("Brier alarm on the close", "brier_weeks"),
)
_WORLD_WORDS: Final = {"default": "as set", "sequential": "by evidence"}


def findings(result: Thresholds, claims: Sequence[Claim]) -> list[str]:
    """Return what the thresholds do, the surprising one first."""
    known = {claim.name: claim for claim in claims}
    return [s for s in (_gate(known), _kill(known), _evidence(known), _forecasts(known, result), _retrain(known),
                        _rent(known), _filter(result), _published(claims)) if s]  # fmt: skip


def _gate(known: dict[str, Claim]) -> str:
    week, season = known[HEADLINE], known["gate_default_false"]
    return (
        f"A bettor without skill who makes {USUAL_BETS} bets a week finds the CLV gate open in {said(week)} of weeks, "
        f"and at some time in {said(season)} of seasons: looked at every week, it is a matter of patience."
    )


def _kill(known: dict[str, Claim]) -> str:
    killed, calibrated = known["kill_default_false"], known["kill_calibrated_false"]
    words = calibrated.what.split("(")[1].split(")")[0]
    return (
        f"Two weeks of zero or less end the season of a true +0.3 bettor in {said(killed)}; "
        f"{words} would do so in {said(calibrated)}, and stop one without skill in "
        f"{said(known['kill_calibrated_power'])}."
    )


def _evidence(known: dict[str, Claim]) -> str:
    opened, power = known["gate_sequential_false"], known["gate_sequential_power"]
    stopped, caught = known["kill_sequential_false"], known["kill_sequential_power"]
    return (
        f"Judged by evidence, however often it is looked at, the gate opens for no skill in {said(opened)} of "
        f"seasons and for +0.6 in {said(power)}; the switch stops +0.3 in {said(stopped)} and no skill in "
        f"{said(caught)}."
    )


def _forecasts(known: dict[str, Claim], result: Thresholds) -> str:
    weeks, alarm, seen = known["brier_weeks"], known["brier_default_false"], known["brier_sequential_power"]
    return (
        f"The closing line itself trips the Brier alarm in {said(weeks)} of {count(len(result.brier_weeks), 'week')} "
        f"on record and, if it were exactly right, in {said(alarm)} of seasons; evidence against the probabilities "
        f"errs in {said(known['brier_sequential_false'])} and finds a forecaster twice too sure in {said(seen)}."
    )


def _retrain(known: dict[str, Claim]) -> str:
    false, strict = known["retrain_default_false"], known["retrain_calibrated_false"]
    return (
        f"A goals model that is almost the market's equal is tuned again within a season in {said(false)} at the "
        f"margin as set, one clearly worse in {said(known['retrain_default_power'])}; the calibrated margin does so in "
        f"{said(strict)} and {said(known['retrain_calibrated_power'])}."
    )


def _rent(known: dict[str, Claim]) -> str:
    false, power = known["rent_default_false"], known["rent_default_power"]
    return (
        f"Looked at weekly, the rent verdict says of some module that it pays, though none does, in {said(false)} of "
        f"seasons; a module worth the line's way from opener to close is found in {said(power)}."
    )


def _filter(result: Thresholds) -> str:
    half = result.filters[result.filters["real_share"] == 0.25].iloc[0]
    none = result.filters[
        (result.filters["real_share"] == 0) & (result.filters["threshold"] == result.policy.minimum_edge_ev)
    ]
    return (
        f"A filter of {percent(result.policy.minimum_edge_ev)} expected value does not make value: where no edge is "
        f"real a bet that passes is worth {percent(none['worth'].iloc[0], digits=1, signed=True)}, where a quarter is, "
        f"only claims above {percent(half['break_even'], digits=1)} break even."
    )


def _published(claims: Sequence[Claim]) -> str:
    aimed = [claim for claim in claims if claim.reached is not None]
    missed = [claim for claim in aimed if not claim.reached]
    if not aimed:
        return ""
    if not missed:
        return f"All {len(aimed)} published rates are found again."
    parts = "; ".join(f"{c.what} is {said(c)} ({c.target})" for c in missed)
    return f"{len(aimed) - len(missed)} of {len(aimed)} published rates are found again; not so: {parts}."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name)) for label, name in _STRIP)
    return [entry for entry in shown if entry is not None]


def overview_figure(result: Thresholds) -> Finding:
    """Draw error and power of every rule."""
    rows = pd.DataFrame([_pair(wrong, right) for wrong, right in overview(result.rows, bets=USUAL_BETS)])
    default = rows[rows["policy"] == "default"]
    loud = int((default["wrong"] > 0.5).sum())
    title = f"{loud} of {count(len(default), 'rule')} as set fire wrongly in most seasons"
    return figures.error_and_power(
        rows, rate=RATE, title=title,
        subtitle=f"shares of simulated seasons, 95 % Monte-Carlo intervals; {USUAL_BETS} bets a week; truths below",
    )  # fmt: skip


def _pair(wrong: Row, right: Row) -> dict[str, object]:
    return {
        "name": RULES[wrong.rule].title, "policy": wrong.policy, "wrong": wrong.found.season_rate,
        "wrong_error": wrong.found.season_error, "right": right.found.season_rate,
        "right_error": right.found.season_error,
    }  # fmt: skip


def rule_table(result: Thresholds) -> pd.DataFrame:
    """Return one row a rule and policy: what it decides, its setting, how often it errs and finds, and when."""
    rows = []
    for wrong, right in overview(result.rows, bets=USUAL_BETS):
        rule = RULES[wrong.rule]
        rows.append(
            {
                "rule": rule.title,
                "policy": wrong.policy,
                "setting": wrong.setting,
                "fires wrongly": _rate(wrong),
                "a week": percent(wrong.found.weekly_rate, digits=1),
                "finds": _rate(right),
                "median": f"{rule.unit} {right.found.median_week:.0f}"
                if np.isfinite(right.found.median_week)
                else "never",
                "wrongly where": wrong.truth,
                "to be found": right.truth,
                "what then": rule.decides,
                "where": rule.where,
            }
        )
    return pd.DataFrame(rows)


def _rate(row: Row) -> str:
    low, high = row.found.interval()
    return f"{percent(row.found.season_rate, digits=1)} ({interval(100 * low, 100 * high, digits=1)})"


def gate_figure(result: Thresholds) -> Finding:
    """Draw the gate's power curves."""
    none = result.power[result.power["level"].abs() < 1e-9].sort_values("bets")
    most, least = none["default"].iloc[0], none["default"].iloc[-1]
    title = f"without skill the gate is open in {percent(most)} of weeks on {none['bets'].iloc[0]} bets, still in "
    title += f"{percent(least)} on {none['bets'].iloc[-1]}"
    return figures.power_curves(
        result.power, threshold=result.policy.gate_clv_points, title=title,
        subtitle=f"bets of two weeks, CLV drawn from {len(result.seen.moves):,} spread moves",
    )  # fmt: skip


def time_figure(result: Thresholds, rule: RuleName) -> Finding:
    """Draw the weeks one rule takes to decide."""
    table = result.table
    mine = table[(table["rule"] == rule) & (table["by_week"].map(len) > 0)]
    if rule in ("gate", "kill", "alert"):
        mine = mine[mine["bets"] == USUAL_BETS]
    known = {(r.rule, r.policy): (w, r) for w, r in overview(result.rows, bets=USUAL_BETS)}
    best = known.get((rule, "sequential"), known[rule, "default"])
    title = (
        f"{_WORLD_WORDS[best[0].policy]} it fires in {percent(best[1].found.season_rate)} of seasons where it should "
        f"({best[1].truth}), wrongly in {percent(best[0].found.season_rate, digits=1)}"
    )
    return figures.decision_times(
        mine, unit=RULES[rule].unit, title=title,
        subtitle=f"{RULES[rule].title}: {RULES[rule].decides}; share of simulated seasons by {RULES[rule].unit}",
    )  # fmt: skip


def filter_figure(result: Thresholds) -> Finding:
    """Draw what the filter on expected value is worth."""
    set_at = result.policy.minimum_edge_ev
    at = result.filters[(result.filters["threshold"] - set_at).abs() < 1e-9]
    losing = at[at["worth"] < 0]["real_share"]
    title = f"at {percent(set_at)} bets lose money unless more than {percent(losing.max())} of an edge is real"
    return figures.filter_worth(
        result.filters, threshold=set_at, title=title,
        subtitle="spreads at an assumed price; the model differs from the line by an sd of two points; exact",
    )  # fmt: skip


def world_table(result: Thresholds) -> pd.DataFrame:
    """Return gate and switch where the simulation's assumptions are changed, one row a world and truth."""
    told = result.worlds.assign(
        column=result.worlds["rule"] + ", " + result.worlds["policy"].map(_WORLD_WORDS),
        cell=[
            f"{percent(r, digits=1)} (±{number(196 * e, digits=1)})"
            for r, e in zip(result.worlds["season_rate"], result.worlds["season_error"], strict=True)
        ],
    )
    wide = told.pivot_table(index=["world", "truth"], columns="column", values="cell", aggfunc="first", sort=False)
    return wide.reset_index().rename_axis(columns=None)


def quote_table(result: Thresholds) -> pd.DataFrame:
    """Return how often quotes on record trip the gates that need no model, by source."""
    counted = result.seen.quotes.assign(
        gate=result.seen.quotes["gate"] + result.seen.quotes["hard"].map({True: " (hard)", False: " (soft)"})
    )
    shown = counted.assign(cell=[percent(s, digits=2) for s in counted["share"]])
    wide = shown.pivot_table(index=["source", "quotes"], columns="gate", values="cell", aggfunc="first", sort=False)
    return wide.reset_index().rename_axis(columns=None)


def decision_words(result: Thresholds) -> list[str]:
    """Return how often what needs a model fired at real decisions."""
    if result.decisions is None:
        return []
    return [
        f"{line['gate'].capitalize()}: {percent(line['share'], digits=1)} of {count(line['rows'], 'row')}."
        for line in result.decisions.to_dict("records")
    ]


def power_table(result: Thresholds) -> pd.DataFrame:
    """Return every rule, policy and truth with its rates."""
    table = result.table
    return pd.DataFrame(
        {
            "rule": [RULES[rule].title for rule in table["rule"]],
            "policy": table["policy"],
            "setting": table["setting"],
            "truth": table["truth"],
            "bets": table["bets"],
            "weeks": [f"{percent(r, digits=1)} ± {number(100 * e, digits=1)}"
                      for r, e in zip(table["weekly_rate"], table["weekly_error"], strict=True)],
            "seasons": [f"{percent(r, digits=1)} ± {number(100 * e, digits=1)}"
                        for r, e in zip(table["season_rate"], table["season_error"], strict=True)],
            "median week": table["median_week"],
        }
    )  # fmt: skip
