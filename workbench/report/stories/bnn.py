"""What the page of networks that cover says."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.scores.cells import FULL_CELL
from workbench.bayes.scores.transform import randomized_pit
from workbench.report.blocks import Block, stacked
from workbench.report.drawing import Finding
from workbench.report.figures.calibration import coverage_path, said_and_covered, transform_histogram
from workbench.report.figures.coverage import coverage_dots
from workbench.report.figures.studies import gains
from workbench.report.figures.yards import width_and_score
from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.bnn_tables import (
    about,
    cell_name,
    method_table,
    named,
    rule_table,
    rule_words,
    season_words,
    share,
)
from workbench.report.stories.studies import key_number
from workbench.stages.studies.bnn import DELIVERED, HYBRID, BnnStudy
from workbench.stages.studies.bnn_claims import (
    BAND,
    CELL_BAND,
    EXTERNAL_SEASON,
    external_of,
    full_cells,
    gain_of,
    method_words,
    records,
    row_of,
    slug,
)
from workbench.stages.studies.bnn_methods import ENSEMBLE
from workbench.stages.studies.claims import Claim

_STRIP: Final = (
    ("90 % intervals hold", "coverage_90", False),
    ("CRPS", "crps_ensemble", False),
    ("Wider than the best baseline", "wider_than_best", True),
    (f"Against ESPN {EXTERNAL_SEASON}", f"espn_{EXTERNAL_SEASON}", True),
    (f"Against posted lines {EXTERNAL_SEASON}", f"props_{EXTERNAL_SEASON}", True),
)
_PIT_SEED: Final = 5


# --- sentences -----------------------------------------------------------------------------------------------------
def findings(result: BnnStudy) -> list[str]:
    """Return what was found, what was not reached first."""
    said = [_held(result), _scored(result), _width(result), _cells(result), *_external(result), _rules(result),
            _hybrid(result)]  # fmt: skip
    told = [(good, text) for good, text in said if text]
    return [text for good, text in told if not good] + [text for good, text in told if good]


def _held(result: BnnStudy) -> tuple[bool, str]:
    found = result.score(DELIVERED, "held_90")
    inside = BAND[0] <= found["value"] <= BAND[1]
    share = estimate(found["value"], found["low"], found["high"], unit="%", digits=1)
    return inside, (
        f"When the ensemble said 90 %, it was {share}: {count(len(result.rows), 'player-game')} of "
        f"{season_words(result)}, {result.target.title.lower()}, {'inside' if inside else 'outside'} 88 to 92 %."
    )


def _scored(result: BnnStudy) -> tuple[bool, str]:
    found = gain_of(result, ENSEMBLE, result.best, "crps")
    gain = estimate(found["gain"], found["low"], found["high"], unit="yards", digits=2, signed=True)
    alike = row_of(result.alike, baseline=result.best)
    same = estimate(alike["gain"], alike["low"], alike["high"], unit="yards", digits=2, signed=True)
    bases = [method.name for method in result.methods.baselines]
    beaten = [base for base in bases if gain_of(result, ENSEMBLE, base, "crps")["low"] > 0]
    return len(beaten) == len(bases), (
        f"Against the best baseline ({method_words(result.best)}) the ensemble gains {gain} of CRPS, "
        f"{against_zero(found['low'], found['high'])}; {len(beaten)} of {count(len(bases), 'baseline')} "
        f"{'is' if len(beaten) == 1 else 'are'} clearly beaten. With the same calibration for both it gains {same}."
    )


def _width(result: BnnStudy) -> tuple[bool, str]:
    found = gain_of(result, ENSEMBLE, result.best, "width")
    narrower = estimate(abs(found["gain"]), *_ends(found), unit="yards", digits=2)
    mine, theirs = (row_of(result.widths, method=name)["coverage"] for name in (ENSEMBLE, result.best))
    word = "narrower" if found["gain"] >= 0 else "wider"
    return bool(found["high"] >= 0), (
        f"Brought to the same 90 % on the season before, its intervals are {narrower} {word} on average than those of "
        f"{method_words(result.best)}; they then held {percent(mine, digits=1)}, the baseline's "
        f"{percent(theirs, digits=1)}."
    )


def _ends(found: dict[str, Any]) -> tuple[float, float]:
    """Return the ends of the interval of the gain's size, in the direction of its sign."""
    low, high = float(found["low"]), float(found["high"])
    return (low, high) if found["gain"] >= 0 else (-high, -low)


def _cells(result: BnnStudy) -> tuple[bool, str]:
    full, every = full_cells(result), result.delivery.cells
    small = every[every["rows"].lt(FULL_CELL) & every["by"].ne("all")]
    out, missed = full[full["verdict"].eq("outside")], small[small["verdict"].eq("misses")]
    wrong = pd.concat([out, missed])
    if not len(full) + len(small):
        return True, ""
    head = (
        f"{len(full) - len(out)} of {count(len(full), 'cell')} with {FULL_CELL} rows or more hold 85 to 95 %, and "
        f"{len(small) - len(missed)} of {len(small)} smaller ones may"
    )
    named = [f"{cell_name(row)} {percent(row['mid_coverage'], digits=1)}" for row in records(wrong)]
    return wrong.empty, f"{head}; not {listing(named, most=4)}." if named else f"{head}."


def _external(result: BnnStudy) -> list[tuple[bool, str]]:
    said = []
    for source, words in (("espn", "ESPN's projections"), ("props", "posted lines")):
        for season in sorted(set(result.externals["season"])):
            found = external_of(result, source, season)
            if found is None:
                continue
            gap = estimate(found["difference"], found["low"], found["high"], unit="yards", digits=2, signed=True)
            verdict = against_zero(found["low"], found["high"])
            said.append((bool(found["low"] <= 0), (
                f"On {count(int(found['rows']), 'player-game')} of {season} the median misses by "
                f"{number(found['forecast'])} yards, {words} by {number(found['external'])}: {gap}, {verdict}."
            )))  # fmt: skip
    return said


def _rules(result: BnnStudy) -> tuple[bool, str]:
    weeks, rules = result.delivery.path.weeks, result.delivery.rules
    fired = int(weeks["triggered"].sum())
    plain = row_of(rules, rule="as it is")
    before, after = (result.score(name, "crps")["value"] for name in (ENSEMBLE, DELIVERED))
    cost = f"That changed CRPS from {number(before)} to {number(after)} yards."
    nearest = records(rules.iloc[[int((rules["coverage"] - 0.9).abs().to_numpy().argmin())]])[0]
    return True, (
        f"As the networks say them, 90 % intervals would have held "
        f"{estimate(plain['coverage'], plain['low'], plain['high'], unit='%', digits=1)}; they are calibrated once a "
        f"season, on the one before, and the weekly watch recalibrated {fired} of {count(len(weeks), 'week')}. {cost} "
        f"Nearest to 90 % came the rule “{rule_words(nearest['rule'])}” with {percent(nearest['coverage'], digits=1)}."
    )


def _hybrid(result: BnnStudy) -> tuple[bool, str]:
    row = row_of(result.delivery.rules, rule="hybrid")
    mine, theirs = (result.score(name, "crps")["value"] for name in (ENSEMBLE, HYBRID))
    worst = (
        f", its worst cell ({named(row['worst_cell'])}) holds {percent(row['worst_cell_coverage'])}"
        if row["worst_cell"] else ""
    )  # fmt: skip
    return True, (
        f"The hybrid (the ensemble's mean, a regression's residuals) holds {percent(row['coverage'], digits=1)}{worst}"
        f"; its CRPS is {number(theirs)} against {number(mine)} yards."
    )


def numbers(result: BnnStudy, claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = [key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP]
    label = f"CRPS gain over {method_words(result.best)}"
    shown.insert(2, key_number(label, known.get(f"crps_gain_{slug(result.best)}"), signed=True))
    return [entry for entry in shown if entry is not None]


def atom_words(result: BnnStudy) -> list[str]:
    """Return why three coverages of one interval differ."""
    closed, mid, exact = (result.score(DELIVERED, f"{kind}coverage_90") for kind in ("", "mid_", "exact_"))
    zeros = float(result.rows["yards"].eq(0).mean())
    return [
        f"Plain equal-tailed quantiles, ends in full: {share(closed)}.",
        f"Half of each end: {share(mid)}; the forecasts themselves expect {percent(mid['target'], digits=1)} of it, "
        f"because {percent(zeros, digits=1)} of outcomes are exactly zero and an end that lies on them counts half.",
        f"Exact, the end's share that belongs inside: {share(exact)}.",
        f"Delivered are the ends nearest to the tails when half of an end is counted: "
        f"{share(result.score(DELIVERED, 'held_90'))}.",
    ]


def notes(result: BnnStudy) -> list[str]:
    """Return what was left out, assumed or is missing."""
    sampled = [f"{row['network']} {row['season']}: {row['verdict']}" for row in records(result.methods.sampling)]
    return [*result.notes, *result.external_notes, *sampled, (
        "The best baseline is the one with the lowest CRPS on the test rows themselves, which flatters it. No wider "
        "means: the 95 % interval of the paired difference, clustered by game, does not lie wholly above zero."
    )]  # fmt: skip


# --- figures -------------------------------------------------------------------------------------------------------
def curve_figure(result: BnnStudy) -> Finding:
    """Draw what intervals promise against what they hold."""
    found = result.score(DELIVERED, "held_90")
    title = f"Of 90 % intervals {percent(found['value'], digits=1)} hold"
    return said_and_covered(result.curves.assign(method=result.curves["method"].map(method_words)), title=title,
                            subtitle=about(result))  # fmt: skip


def transform_figure(result: BnnStudy) -> Finding:
    """Draw where outcomes fell in the forecasts delivered."""
    made, rng = result.delivery.path.forecast, np.random.default_rng(_PIT_SEED)
    p = result.scores[DELIVERED].uniform["p_value"]
    title = f"Outcomes {'do not fall' if p < 0.05 else 'fall'} evenly in their forecasts (p = {number(p)})"
    return transform_histogram(
        randomized_pit(made, result.rows["yards"], rng).tolist(), title=title, subtitle=about(result), width="page"
    )


def cell_figure(result: BnnStudy) -> Finding:
    """Draw coverage where it may hide."""
    shown = result.delivery.cells
    rows = pd.DataFrame({
        "name": [f"{cell_name(row)} ({int(row['rows']):,})" for row in records(shown)],
        "value": shown["mid_coverage"], "low": shown["low"], "high": shown["high"], "band_low": CELL_BAND[0],
        "band_high": CELL_BAND[1], "reached": shown["verdict"].isin(["inside", "meets"]),
    })  # fmt: skip
    out = int((~rows["reached"]).sum())
    title = (
        f"{out} of {count(len(rows), 'cell')} off by more than five points"
        if out
        else "No cell is off by more than five points"
    )
    return coverage_dots(rows, title=title, subtitle=f"{about(result)}; rows in brackets",
                         label="of 90 % intervals held", aim=0.9)  # fmt: skip


def sharpness_figure(result: BnnStudy) -> Finding:
    """Draw methods by width at equal coverage and by CRPS."""
    table = result.widths[result.widths["method"].ne(DELIVERED)]
    best = records(table.sort_values("crps"))[0]
    title = f"The lowest CRPS is that of {method_words(best['method'])}: {number(best['crps'])} yards"
    shown = table.assign(name=table["method"].map(method_words), baseline=table["kind"].eq("baseline"))
    return width_and_score(shown, title=title, subtitle=about(result))


def gain_figure(result: BnnStudy) -> Finding:
    """Draw every network's CRPS gain over the best baseline, and the ensemble's over the others."""
    table = result.gains[result.gains["measure"].eq("crps")]
    mine = table[table["baseline"].eq(result.best) | table["method"].eq(ENSEMBLE)]
    mine = mine[mine["method"].ne(DELIVERED)]
    rows = pd.DataFrame({
        "name": mine["method"].map(method_words) + " over " + mine["baseline"].map(method_words),
        "value": mine["gain"], "low": mine["low"], "high": mine["high"],
    })  # fmt: skip
    better = int((rows["low"] > 0).sum())
    title = f"{better} of {count(len(rows), 'gain')} in CRPS above zero, interval and all"
    return gains(
        rows, subtitle=about(result), label="CRPS gained, yards (right of zero the network is better)", title=title
    )


def week_figure(result: BnnStudy) -> Finding:
    """Draw the last test season's weeks: rolling coverage before each, and what was decided."""
    weeks, policy = result.delivery.path.weeks, result.delivery.path.policy
    last = weeks[weeks["season"].eq(weeks["season"].max())]
    fired = int(last["triggered"].sum())
    return coverage_path(
        last, title=f"Recalibrated before {fired} of {count(len(last), 'week')} of {int(weeks['season'].max())}",
        subtitle=f"{about(result)}; calibrated on the season before, {policy.window_weeks} weeks back",
        level=policy.level, tolerance=policy.tolerance,
    )  # fmt: skip


def rule_figure(result: BnnStudy) -> Finding:
    """Draw what each rule of recalibration held."""
    rules = result.delivery.rules
    inside = rules["coverage"].between(*BAND)
    wide = rules["width"].map(lambda yards: f" ({number(yards, digits=1)} yards)")
    rows = pd.DataFrame({
        "name": rules["rule"].map(rule_words) + wide,
        "value": rules["coverage"], "low": rules["low"], "high": rules["high"], "band_low": BAND[0],
        "band_high": BAND[1], "reached": inside,
    })  # fmt: skip
    title = f"{int(inside.sum())} of {count(len(rows), 'rule')} hold 88 to 92 %"
    return coverage_dots(rows, title=title, subtitle=f"{about(result)}; mean widths in brackets",
                         label="of 90 % intervals held", aim=0.9)  # fmt: skip


def pictures(*drawn: Finding) -> Block:
    """Return figures one under the other."""
    return stacked([finding.block() for finding in drawn])


def for_print(result: BnnStudy) -> list[TableItem | FigureItem]:
    """Return what goes into the dissertation."""
    note = f"{about(result)}. Intervals are clustered by game."
    kind = result.target.name.replace("_", "-")
    return [
        FigureItem(f"networks-said-{kind}", curve_figure(result)),
        FigureItem(f"networks-cells-{kind}", cell_figure(result)),
        FigureItem(f"networks-gains-{kind}", gain_figure(result)),
        TableItem(f"networks-methods-{kind}", method_table(result), "Coverage, scores and errors by method", note=note),
        TableItem(f"networks-rules-{kind}", rule_table(result), "Rules of recalibration", note=note),
    ]
