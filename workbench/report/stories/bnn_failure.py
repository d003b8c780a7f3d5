"""What the page of the known failure says and draws."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.calibration import coverage_by_size
from workbench.report.figures.coverage import coverage_dots
from workbench.report.figures.studies import shares_of_variance
from workbench.report.figures.yards import yards_of_interval
from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, listing, number, percent
from workbench.report.stories.studies import head, key_number
from workbench.stages.studies.bnn_failure import PUBLISHED_COVERAGE, PUBLISHED_ERROR, PUBLISHED_ROWS, FailureStudy
from workbench.stages.studies.bnn_failure_claims import FAILED
from workbench.stages.studies.bnn_failure_fits import LEVEL, Scored
from workbench.stages.studies.bnn_failure_measures import measured
from workbench.stages.studies.claims import Claim, span

__all__ = ["head"]
_STRIP: Final = (
    ("Mean's intervals hold", "mean_coverage"), ("The yards' hold", "mid"),
    ("Doubt's share of variance", "epistemic_share"),
    ("MAE of the median", "median_error"), ("CRPS, yards", "crps"), ("Worst R-hat", "r_hat"),
)  # fmt: skip
#: Coverage this far from what is promised still counts as covering.
_NEAR: Final = 0.05


def findings(result: FailureStudy) -> list[str]:
    """Return what failed, that it falls, that no prior mends it, what the variance is made of, and what mends it."""
    said = (_failure(result), _fall(result), _prior(result), _parts(result), _published(result), _mended(result),
            _chains(result), _missing(result))  # fmt: skip
    return [sentence for sentence in said if sentence]


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name)) for label, name in _STRIP)
    return [entry for entry in shown if entry is not None]


# --- sentences -----------------------------------------------------------------------------------------------------
def _failure(result: FailureStudy) -> str:
    fit = result.reference
    mean, yards = _said(fit, "mean_closed"), _said(fit, "mid")
    wrong = measured(fit, "mean_closed").high < LEVEL - _NEAR
    why = (
        "The draws are the same; the first interval is one of the average, and asks how well the average is known, "
        "not how far a player strays from it."
        if wrong
        else "Here the two hardly differ: the mean is so badly known that its doubt is as wide as the luck."
    )
    return f"Of 90 % intervals of the network's mean {mean} held, of 90 % intervals of the yards {yards}. {why}"


def _fall(result: FailureStudy) -> str:
    fall = result.fall
    if fall is None:
        return ""
    first, last, lost = fall
    more = f"from {count(first.learned, 'row')} to {count(last.learned, 'row')}"
    points = [100.0 * value for value in (lost.value, lost.low, lost.high)]
    change = estimate(*points, unit="percentage points", digits=1, signed=True)
    if lost.high < 0.0:
        return f"More data made it worse: {more} the coverage of the mean's intervals changed by {change}."
    if lost.low > 0.0:
        return f"More data helped here: {more} the coverage of the mean's intervals changed by {change}."
    return f"Whether more data make it worse is not told apart here: {more} it changed by {change}."


def _prior(result: FailureStudy) -> str:
    fits = result.by_prior if len(result.by_prior) > 1 else result.all_rows
    if len(fits) < 2:
        return ""
    held = [(fit.spec.sigma, measured(fit, "mean_closed")) for fit in fits]
    low, high = min(held, key=lambda x: x[1].value), max(held, key=lambda x: x[1].value)
    yards = [measured(fit, "mid").value for fit in fits]
    verdict = "No prior scale mends it" if high[1].high < LEVEL - _NEAR else "The prior scale decides here"
    below = sum(h.high < FAILED for _, h in held)
    return (
        f"{verdict}: on {count(fits[0].learned, 'row')} the mean's intervals held {percent(low[1].value, digits=1)} at "
        f"scale {low[0]:g} and {percent(high[1].value, digits=1)} at scale {high[0]:g}, wholly below "
        f"{percent(FAILED)} at {below} of {count(len(held), 'scale')}; the yards' held "
        f"{percent(min(yards), digits=1)} to {percent(max(yards), digits=1)}."
    )


def _parts(result: FailureStudy) -> str:
    first, last = result.by_size[0], result.by_size[-1]
    if first is last:
        return f"Doubt about the mean is {_said(first, 'epistemic_share')} of the predictive variance."
    return (
        f"Doubt about the mean is {_said(first, 'epistemic_share')} of the predictive variance after "
        f"{count(first.learned, 'row')} and {_said(last, 'epistemic_share')} after {count(last.learned, 'row')}: "
        "the rest is luck that no mean knows."
    )


def _published(result: FailureStudy) -> str:
    fits = [fit for fit in (*result.by_size, result.fit(selected=True)) if fit is not None]
    held = {fit: measured(fit, "mean_closed").value for fit in fits}
    near = min(fits, key=lambda fit: abs(held[fit] - PUBLISHED_COVERAGE))
    errors = [measured(fit, "mean_error").value for fit in fits]
    lower = "no fit here comes as low" if min(errors) > PUBLISHED_ERROR + 0.5 else "a fit here comes as low"
    return (
        f"Published were {percent(PUBLISHED_COVERAGE)} on {count(PUBLISHED_ROWS, 'row')} with a mean absolute error of "
        f"{number(PUBLISHED_ERROR, digits=1)} yards; nearest is {percent(held[near], digits=1)} ({_lower(near)}). "
        f"Errors here are {number(min(errors), digits=1)} to {number(max(errors), digits=1)} yards: {lower}, and which "
        "player-games it was measured on is not known."
    )


def _mended(result: FailureStudy) -> str:
    steps = result.fixes
    if len(steps) < 2:
        return ""
    best, mean, plain = steps.iloc[int(steps["crps"].argmin())], steps.iloc[0], steps.iloc[1]
    return (
        f"On all rows, reading the yards instead of the mean takes coverage from {percent(mean['coverage'], digits=1)} "
        f"to {percent(plain['coverage'], digits=1)} and CRPS from {number(mean['crps'])} to {number(plain['crps'])} "
        f"yards; a role or a tenth of the players is still left at {percent(plain['worst_cell'])}. Lowest CRPS: "
        f"{best['step'][:1].lower()}{best['step'][1:]}, {number(best['crps'])} yards, worst cell "
        f"{percent(best['worst_cell'])}."
    )


def _chains(result: FailureStudy) -> str:
    fits, failed = result.sampled, [f for f in result.sampled if not f.published]
    if not fits:
        return "Nothing was sampled in full: every fit is by the fast path."
    if not failed:
        return f"All {count(len(fits), 'fit')} by full sampling converged at unseen rows: {_worst(result)}."
    return (
        f"{len(failed)} of {count(len(fits), 'fit')} by full sampling did not converge, left out of every headline: "
        f"{listing([_lower(f) for f in failed])}."
    )


def _worst(result: FailureStudy) -> str:
    table = result.convergence
    r_hat = float(table[["r_hat_mean", "r_hat_scale"]].to_numpy().max())
    ess = float(table[["ess_mean", "ess_scale"]].to_numpy().min())
    diverged = int(table["divergences"].sum())
    return f"R-hat at most {number(r_hat, digits=3)}, {number(ess, digits=0)} effective draws or more, " + (
        count(diverged, "divergence")
    )


def _missing(result: FailureStudy) -> str:
    if not result.missing:
        return ""
    names = [f"{s.title[:1].lower()}{s.title[1:]}" for s in result.missing]
    verb = "is" if len(names) == 1 else "are"
    return f"{count(len(names), 'fit')} had not been drawn and {verb} left out: {listing(names)}."


def _said(fit: Scored, measure: str) -> str:
    found = measured(fit, measure)
    return estimate(found.value, found.low, found.high, unit="%", digits=1)


def _lower(fit: Scored) -> str:
    return f"{fit.spec.title[:1].lower()}{fit.spec.title[1:]}"


# --- figures -------------------------------------------------------------------------------------------------------
def size_figure(result: FailureStudy) -> Finding:
    """Draw coverage against rows learned from, for both kinds of interval."""
    fall = result.fall
    title = "The mean's intervals hold less the more is learned" if fall and fall[2].high < 0 else (
        "Intervals of the mean, and of the yards, by how much was learned"
    )  # fmt: skip
    return coverage_by_size(result.size_curve, title=title, subtitle=_subtitle(result, "two layers, usual prior"))


def example_figure(result: FailureStudy) -> Finding:
    """Draw both kinds of interval over the same player-games."""
    title = f"The mean's intervals are {number(_ratio(result), digits=1)} times narrower than the yards'"
    fit = result.reference
    return yards_of_interval(
        result.examples, title=title, label="yards",
        subtitle=_subtitle(result, f"two layers, {count(fit.learned, 'row')} learned from"),
    )  # fmt: skip


def prior_figure(result: FailureStudy) -> Finding:
    """Draw the coverage of the mean's intervals by prior scale, on samples and on all rows."""
    fits = list(dict.fromkeys([*result.by_prior, *result.all_rows]))
    held = [measured(fit, "mean_closed") for fit in fits]
    rows = pd.DataFrame(
        {
            "name": [f"scale {fit.spec.sigma:g}, {fit.learned:,} rows" for fit in fits],
            "value": [h.value for h in held], "low": [h.low for h in held], "high": [h.high for h in held],
            "band_low": LEVEL - _NEAR, "band_high": LEVEL + _NEAR,
            "reached": [abs(h.value - LEVEL) <= _NEAR for h in held],
        }
    )  # fmt: skip
    best = max(held, key=lambda h: h.value).value
    title = f"At its best prior scale the mean's intervals hold {percent(best, digits=1)}"
    return coverage_dots(
        rows, title=title, subtitle=_subtitle(result, "two layers"), label="of 90 % intervals of the mean held",
        aim=LEVEL,
    )  # fmt: skip


def variance_figure(result: FailureStudy) -> Finding:
    """Draw doubt's share of the variance by fit, role and size of the forecast."""
    table = result.variance_shares
    last = result.by_size[-1]
    shown = table[table["by"].eq("all") | table["fit"].eq(last.spec.title)]
    names = [_cell_name(row) for row in shown.to_dict("records")]
    title = f"{percent(1 - measured(last, 'epistemic_share').value, digits=1)} of the variance is luck, not ignorance"
    return shares_of_variance(
        shown.assign(name=names), title=title,
        subtitle=_subtitle(result, f"roles and tenths: {_lower(last)}"),
    )  # fmt: skip


def _cell_name(row: Mapping[Hashable, Any]) -> str:
    if row["by"] == "all":
        return f"{str(row['network']).replace('_', ' ')}, {int(row['learned']):,} rows"
    return f"tenth {row['cell']}" if str(row["by"]).startswith("tenth") else f"{row['by']}: {row['cell']}"


def _ratio(result: FailureStudy) -> float:
    return measured(result.reference, "width").value / max(measured(result.reference, "mean_width").value, 1e-9)


def _subtitle(result: FailureStudy, what: str) -> str:
    seasons = span(min(result.test_seasons), max(result.test_seasons))
    return f"{result.title}, {count(result.tested, 'player-game')} of {seasons}; {what}; 95 % intervals by game"


# --- tables --------------------------------------------------------------------------------------------------------
def prior_table(result: FailureStudy) -> pd.DataFrame:
    """Return one row a fit of the baseline: coverage, width and error of both kinds of interval."""
    fits = sorted([f for f in result.fits if not f.spec.selected], key=lambda f: (f.learned, f.spec.sigma))
    return pd.DataFrame([_prior_row(fit) for fit in fits if fit.spec.network == "two_layer"])


def _prior_row(fit: Scored) -> dict[str, object]:
    found = {name: measured(fit, name) for name in ("mean_closed", "mid", "mean_width", "width", "median_error")}
    return {
        "prior_scale": fit.spec.sigma, "rows": fit.learned, "engine": "NUTS" if fit.convergence else "fast",
        "mean_held": _with(found["mean_closed"]), "mean_width": found["mean_width"].value,
        "yards_held": _with(found["mid"]), "yards_width": found["width"].value,
        "error": found["median_error"].value, "converged": _word(fit),
    }  # fmt: skip


def _with(found: object) -> str:
    value, low, high = (100 * float(getattr(found, name)) for name in ("value", "low", "high"))
    return f"{value:.1f} ({low:.1f}–{high:.1f})"


def _word(fit: Scored) -> str:
    return "no chains" if not fit.convergence else "yes" if fit.published else "no"


def convergence_words(result: FailureStudy) -> list[str]:
    """Return what each fit's chains say of each other."""
    return [f"{fit.spec.title}: {fit.verdict}" for fit in result.sampled]


PRIOR_LABELS: Final = {
    "prior_scale": "prior scale", "mean_held": "mean's held, %", "mean_width": "its width",
    "yards_held": "yards' held, %",
    "yards_width": "width", "error": "MAE",
}  # fmt: skip
FIX_LABELS: Final = {"coverage": "mid-coverage", "worst_cell": "worst cell", "crps_low": "low", "crps_high": "high"}
POPULATION_LABELS: Final = {
    "mean_coverage": "mean's held", "coverage": "yards' held", "error": "MAE of the mean", "error_low": "from",
    "error_high": "to",
}  # fmt: skip


def for_print(result: FailureStudy, size: Finding, examples: Finding) -> list[TableItem | FigureItem]:
    """Return what the dissertation prints: the two figures, the prior table and the steps that mend it."""
    note = f"{count(result.tested, 'player-game')}, intervals clustered by game."
    return [
        FigureItem("failure-by-size", size), FigureItem("failure-examples", examples),
        TableItem("failure-prior", prior_table(result), "Both kinds of 90 % interval by prior scale and rows",
                  note=note, labels=PRIOR_LABELS, digits=1),
        TableItem("failure-fixes", result.fixes, "What mends it, step by step, on all rows", note=note,
                  labels=FIX_LABELS, digits=3),
    ]  # fmt: skip
