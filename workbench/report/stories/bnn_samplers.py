"""What the page of samplers says and draws."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.studies import cost_and_truth, gains
from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.studies import head, key_number
from workbench.stages.studies.bnn_race import FAST
from workbench.stages.studies.bnn_samplers import EFFECTIVE, SamplersStudy
from workbench.stages.studies.bnn_samplers_claims import WORDS
from workbench.stages.studies.claims import Claim, span

__all__ = ["head"]
_STRIP: Final = (
    ("CRPS lost by the fast path", f"crps_{FAST}", True), ("Its CPU time, all rows", "week_fast", False),
    ("Full sampling's, all rows", "week_nuts", False), ("Its correlation", f"correlation_{FAST}", False),
    ("Its spread over NUTS's", f"sd_ratio_{FAST}", False), ("R-hat of the long chains", "reference_r_hat", False),
)  # fmt: skip


def findings(result: SamplersStudy) -> list[str]:
    """Return why the week has its engine, who draws cheapest, what is lost, who did not finish, and one density."""
    said = (_reason(result), _yardstick(result), _cheapest(result), _truth(result), _others(result),
            _unfinished(result), _one(result), _reference(result))  # fmt: skip
    return [sentence for sentence in said if sentence]


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


# --- sentences -----------------------------------------------------------------------------------------------------
def _reason(result: SamplersStudy) -> str:
    gap, needed = result.gaps.get(FAST), result.week_nuts_seconds
    seconds = number(result.week_seconds, digits=0)
    spent = f"On all {count(result.week_rows, 'row')} the fast path takes {seconds} CPU seconds"
    if not np.isfinite(needed):
        return f"{spent}; no engine with chains came to an end, so there is nothing to compare with."
    ratio = needed / max(result.week_seconds, 1e-9)
    lost = ""
    if gap is not None:
        changed = estimate(gap.value, gap.low, gap.high, unit="yards", signed=True, digits=3)
        lost = f", and changes CRPS on {count(result.rows, 'row')} by {changed}, {against_zero(gap.low, gap.high)}"
    verdict = "cheaper" if ratio > 1.0 else "no cheaper"
    return (
        f"{spent}, full sampling would take {number(needed, digits=0)} for {EFFECTIVE:.0f} effective draws if its cost "
        f"is by the row: the fast path is {verdict}, by a factor of "
        f"{number(max(ratio, 1 / ratio), digits=0 if ratio > 10 else 1)}{lost}."
    )


def _yardstick(result: SamplersStudy) -> str:
    gap = result.gaps.get("numpyro")
    if gap is None:
        return ""
    changed = estimate(gap.value, gap.low, gap.high, unit="yards", signed=True, digits=3)
    return (
        f"The yardstick: a second, shorter run of our own full sampling on the same rows changes CRPS by {changed}. "
        "Its interval is over games and does not know the luck of the draws, so smaller differences mean nothing."
    )


def _cheapest(result: SamplersStudy) -> str:
    chains = result.chains
    if chains.empty:
        return "No engine with chains came to an end."
    said = [f"{WORDS[row['sampler']]} {number(row['least_per_cpu_second'])}" for row in chains.to_dict("records")]
    return f"Effective draws of the predictive mean and its log scale, the fewer, a CPU second: {listing(said)}."


def _truth(result: SamplersStudy) -> str:
    row = _row(result, FAST)
    if row is None:
        return ""
    wide = "wider" if row["sd_ratio"] > 1.0 else "narrower"
    return (
        f"The fast path's predictive means correlate {number(row['correlation'], digits=3)} with those of long chains; "
        f"its doubt about them is {percent(abs(row['sd_ratio'] - 1.0))} {wide}."
    )


def _others(result: SamplersStudy) -> str:
    names = [name for name in ("pathfinder", "advi") if _row(result, name) is not None]
    if not names:
        return ""
    said = []
    for name in names:
        row, gap = _row(result, name) or {}, result.gaps[name]
        said.append(
            f"{WORDS[name]} correlates {number(row['correlation'], digits=3)}, has {percent(row['sd_ratio'])} of the "
            f"doubt and a CRPS changed by {estimate(gap.value, gap.low, gap.high, unit='yards', signed=True)}"
        )
    return f"Of the other approximations: {'; '.join(said)}."


def _unfinished(result: SamplersStudy) -> str:
    left = result.race[result.race["draws"].isna()]
    if left.empty:
        return f"All {count(len(result.race), 'engine')} came to an end."
    said = [f"{WORDS[row['sampler']]}, {row['note']}" for row in left.to_dict("records")]
    return f"{len(left)} of {count(len(result.race), 'engine')} came to no end: {listing(said)}."


def _one(result: SamplersStudy) -> str:
    table = result.density
    odd = table[~table["equal"]]
    if odd.empty:
        return (
            f"All engines draw from one density: compiled and PyMC's own log densities differ by at most "
            f"{number(table['difference'].max(), digits=4)}, their gradients by "
            f"{table['gradient_difference'].max():.0e} of their largest component, over {count(len(table), 'network')}."
        )
    return f"The compiled density is not PyMC's own for {listing([str(name) for name in odd['network']])}."


def _reference(result: SamplersStudy) -> str:
    return f"What all are held against, {result.reference_draws:,} draws a chain: {result.reference.verdict}"


def _row(result: SamplersStudy, name: str) -> Mapping[Hashable, Any] | None:
    found = result.finished[result.finished["sampler"].eq(name)]
    return None if found.empty else found.iloc[0].to_dict()


# --- figures and tables --------------------------------------------------------------------------------------------
def gap_figure(result: SamplersStudy) -> Finding:
    """Draw what each engine gives up in CRPS."""
    rows = pd.DataFrame(
        [{"name": WORDS[n], "value": -g.value, "low": -g.high, "high": -g.low} for n, g in result.gaps.items()],
        columns=["name", "value", "low", "high"],
    )
    worst = rows.loc[[int(rows["value"].to_numpy().argmin())]] if len(rows) else rows
    title = "No engine came to an end" if rows.empty else f"{_first(str(worst['name'].iloc[0]))} loses most"
    return gains(rows, title=title, label="CRPS saved against long chains, yards", subtitle=_subtitle(result))


def cost_figure(result: SamplersStudy) -> Finding:
    """Draw CPU time against the width of the doubt: right of one is too wide, low is cheap."""
    shown = result.finished.assign(name=[WORDS[name] for name in result.finished["sampler"]])
    title = "Which engines have the doubt of long chains, and at what price"
    return cost_and_truth(shown, title=title, subtitle=_subtitle(result))


def race_shown(result: SamplersStudy) -> pd.DataFrame:
    """Return the race for readers."""
    table = result.race.assign(engine=[WORDS[name] for name in result.race["sampler"]])
    columns = ["engine", "version", "draws", "seconds", "cpu_seconds", "ess_mean", "ess_scale", "least_per_cpu_second",
               "r_hat", "divergences", "correlation", "sd_ratio", "scale_sd_ratio", "note"]  # fmt: skip
    return table[columns].astype(dict.fromkeys(columns[2:-1], "float64"))


RACE_LABELS: Final = {
    "seconds": "wall s", "cpu_seconds": "CPU s", "ess_mean": "ESS mean", "ess_scale": "ESS scale",
    "least_per_cpu_second": "fewer a CPU s", "r_hat": "R-hat", "sd_ratio": "sd ratio", "scale_sd_ratio": "of scale",
}  # fmt: skip
RACE_DIGITS: Final = {
    "draws": 0, "seconds": 0, "cpu_seconds": 0, "ess_mean": 0, "ess_scale": 0, "least_per_cpu_second": 2, "r_hat": 3,
    "divergences": 0, "correlation": 3, "sd_ratio": 2, "scale_sd_ratio": 2,
}  # fmt: skip
DENSITY_DIGITS: Final = {"log_density": 1, "difference": 4, "relative": 7, "gradient": 1, "gradient_difference": 7}


def for_print(result: SamplersStudy, costs: Finding) -> list[TableItem | FigureItem]:
    """Return what the dissertation prints: the table of engines, of densities, and their cost against their truth."""
    note = f"{result.network}, {result.rows:,} rows; CPU time of one run on one machine."
    return [
        FigureItem("samplers-cost", costs),
        TableItem("samplers-race", race_shown(result).drop(columns=["note", "version"]), "Engines on one posterior",
                  note=note, labels=RACE_LABELS, digits=RACE_DIGITS),
        TableItem("samplers-density", result.density.drop(columns=["equal"]),
                  "Compiled density against PyMC's own in double precision", digits=DENSITY_DIGITS),
    ]  # fmt: skip


def _subtitle(result: SamplersStudy) -> str:
    seasons = span(min(result.test_seasons), max(result.test_seasons))
    return (
        f"{result.title}, {count(result.rows, 'row')} learned from, {count(result.tested, 'player-game')} of "
        f"{seasons}; 95 % intervals by game"
    )


def _first(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
