"""What the page of staggered treatment says."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.figures import event_study as figures
from workbench.report.figures.studies import gains
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.did import Did, cohort_names
from workbench.stages.studies.did_claims import RIVALS

_STRIP = (
    ("Average effect", "att_simple", True),
    ("By horizon", "att_dynamic", True),
    ("By unit", "att_group", True),
    ("Imputation", "imputation", True),
    ("Two-way fixed effects", "twfe", True),
    ("Breakdown Mbar", "breakdown_mbar", False),
)
_KINDS = {
    "simple": "treated rows",
    "dynamic": "horizons",
    "group": "units",
    "calendar": "periods",
}


def head(run: StudyRun, result: Did, *, smoke: bool) -> Block:
    """Return the head of the page: the panel's own, for it need not be the league's."""
    whose = "a simulated panel with known truth" if result.simulated is not None else "the panel given"
    panel = result.panel
    return page.header(
        run.settings.label,
        f"{whose}, {panel.periods[0]} to {panel.periods[-1]}{', smoke size' if smoke else ''}",
        as_of=run.as_of,
        status="complete",
        question=run.study.question,
        title=run.study.title,
        simulated=run.settings.simulated,
    )


def findings(result: Did) -> list[str]:
    """Return the effect, whether trends were parallel, how far that may fail, and what rivals say."""
    return [s for s in (_effect(result), _truth(result), result.pre_trends.sentence, _honest(result),
                        _rivals(result), _whose(result)) if s]  # fmt: skip


def _effect(result: Did) -> str:
    whole = result.aggregations["simple"].overall
    panel = result.panel
    compared = "never treated" if result.effects.controls == "never" else "not treated yet or ever"
    return (
        f"The treatment changes {result.outcome} by {estimate(whole.value, whole.low, whole.high, signed=True)}, "
        f"{against_zero(whole.low, whole.high)}: the mean over every treated unit and period, "
        f"{count(int(np.isfinite(panel.cohort).sum()), 'unit')} of {count(len(panel.cohorts), 'cohort')} "
        f"({listing(cohort_names(panel))}) against units {compared}."
    )


def _truth(result: Did) -> str:
    if result.simulated is None:
        return ""
    whole, truth = result.aggregations["simple"].overall, result.simulated.overall
    inside = "inside" if whole.low <= truth <= whole.high else "outside"
    return (
        f"No panel was given: this one is simulated, its true average effect is {number(truth)}, {inside} the interval."
    )


def _honest(result: Did) -> str:
    honest = result.honest
    if honest is None:
        return "How far trends may differ cannot be judged: no effect before treatment lies beside the reference."
    if honest.relative_breakdown == 0:
        return "Already with parallel trends the interval of the mean effect holds zero: nothing to break down."
    if np.isinf(honest.relative_breakdown):
        return "No break of trend in proportion to those before treatment brings zero into the interval."
    return (
        f"The sign holds as long as trends break after treatment by at most {number(honest.relative_breakdown)} times "
        f"their worst break before, or bend by at most {number(honest.smooth_breakdown, digits=3)} a period."
    )


def _rivals(result: Did) -> str:
    whole, old = result.aggregations["simple"].overall, result.rivals["twfe"]
    return (
        f"Two-way fixed effects would say {number(old.value, signed=True)} for {number(whole.value, signed=True)}. "
        f"{result.two_way.warning}"
    )


def _whose(result: Did) -> str:
    return (
        "" if result.simulated is not None else "The panel is the file given; nothing on this page is about the league."
    )


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def path_figure(result: Did) -> Finding:
    """Draw the event study."""
    path = result.event_study
    after = path[path["horizon"] >= 0]
    clear = int(((after["band_low"] > 0) | (after["band_high"] < 0)).sum())
    title = (
        f"{clear} of {count(len(after), 'horizon')} since treatment {'has' if clear == 1 else 'have'} a band off zero"
    )
    p = result.pre_trends.p_value
    tested = f"joint test before treatment p = {number(p)}" if np.isfinite(p) else "nothing before treatment to test"
    return figures.event_path(
        path, title=title, subtitle=f"group-time effects by horizon; {tested}", label=result.outcome
    )


def cell_figure(result: Did) -> Finding:
    """Draw effects by cohort and period."""
    cells = result.effects.table()
    after = cells[cells["horizon"] >= 0]
    low, high = after["estimate"].min(), after["estimate"].max()
    title = f"effects of cohorts run from {number(low, signed=True)} to {number(high, signed=True)}"
    return figures.cohort_cells(
        cells, title=title, subtitle="bold: 95 % interval leaves zero out; the base period is blank"
    )


def rival_figure(result: Did) -> Finding:
    """Draw the estimators beside one another."""
    found = {f"group-time, {words} alike": result.aggregations[k].overall for k, words in _KINDS.items()}
    found |= {words: result.rivals[name] for name, words in RIVALS.items() if name in result.rivals}
    rows = pd.DataFrame([{"name": n, "value": e.value, "low": e.low, "high": e.high} for n, e in found.items()])
    gap = result.rivals["twfe"].value - result.aggregations["simple"].overall.value
    title = f"two-way fixed effects lie {number(abs(gap))} {'above' if gap > 0 else 'below'} the group-time mean"
    return gains(rows, subtitle="average effects, 95 % intervals clustered by unit", label=result.outcome, title=title)


def honest_figure(result: Did, which: Literal["relative", "smooth"]) -> Finding | Block:
    """Draw robust intervals under one restriction."""
    honest = result.honest
    if honest is None:
        return page.note("Sensitivity needs effects on both sides of the reference period.")
    relative = which == "relative"
    broken = honest.relative_breakdown if relative else honest.smooth_breakdown
    words = "times the worst break of trend before" if relative else "bend of the difference in trends a period"
    holds = "zero stays out throughout"
    if np.isfinite(broken):
        shown = number(broken, digits=2 if relative else 3)
        holds = f"zero stays out up to {shown}" if broken > 0 else "zero is inside from the start"
    return figures.sensitivity(
        honest.relative if relative else honest.smooth, by="mbar" if relative else "m",
        value=honest.value, breakdown=broken, title=f"{holds}: {words}", outcome=result.outcome, label=words,
        subtitle=f"{honest.target}, robust 95 % intervals; dashed: the estimate under parallel trends",
    )  # fmt: skip


def cell_table(result: Did) -> pd.DataFrame:
    """Return effects by cohort and period."""
    return result.effects.table()


def trend_words(result: Did) -> list[str]:
    """Return what the tests before treatment say, by horizon and by cohort."""
    cells = result.cell_trends
    said = f"By cohort and period: {cells.sentence}" if cells.tested != result.pre_trends.tested else ""
    return [s for s in (f"By horizon: {result.pre_trends.sentence}", said) if s]


def warning_words(result: Did) -> list[str]:
    """Return what is wrong with two-way fixed effects here."""
    two_way = result.two_way
    share = two_way.forbidden_share
    said = f"Weight on comparisons with already treated units: {percent(share)}." if np.isfinite(share) else ""
    return [s for s in (two_way.warning, said) if s]
