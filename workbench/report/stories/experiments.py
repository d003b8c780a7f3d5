"""What the page of experiments says."""

from collections.abc import Sequence

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures.experiments import paired_changes
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, listing, number
from workbench.stages.studies.claims import span
from workbench.stages.studies.experiment_pairs import ALPHA, MEASURES, PRIMARY, Gap
from workbench.stages.studies.experiments import Compared, Experiments

_VERDICT_WORDS = {
    "better": "is better than its base", "worse": "is worse than its base", "mixed": "gains and loses",
    "unclear": "cannot be told from its base", "the same": "changes nothing that is measured",
}  # fmt: skip


def findings(result: Experiments) -> list[str]:
    """Return what each experiment came to, those with a verdict first, and how many looks there were."""
    order = {"better": 0, "worse": 1, "mixed": 2, "unclear": 3, "the same": 4}
    told = [_told(one) for one in sorted(result.compared, key=lambda one: order[one.verdict])[:4]]
    start = (
        ["No experiment has been run on this league: those below are simulated, to show how the page reads."]
        if result.planted
        else []
    )
    return [*start, *told, _looks(result)]


def _told(one: Compared) -> str:
    trial = " (tried at smoke size only)" if one.smoke else ""
    main = next((g for g in one.gaps if g.measure in PRIMARY and g.standard_error > 0), None)
    shown = "" if main is None else f" {MEASURES[main.measure][0].capitalize()} changes by {_gap(main)}."
    return f"{one.name}{trial} {_VERDICT_WORDS[one.verdict]}: {one.because}.{shown}"


def _gap(gap: Gap) -> str:
    unit = MEASURES[gap.measure][1]
    return estimate(gap.value, gap.low, gap.high, unit=unit, signed=True)


def _looks(result: Experiments) -> str:
    most = int(result.looks["looks"].max()) if len(result.looks) else 0
    return (
        f"{count(len(result.compared), 'experiment')} asked the same seasons {count(most, 'question')}; at "
        f"{number(100 * ALPHA, digits=0)} % each, luck alone would answer {number(ALPHA * most, digits=1)} of them, so "
        "verdicts are corrected for all of them together (Holm)."
    )


def numbers(result: Experiments) -> list[KeyNumber]:
    """Return the strip: of each experiment the first measure that the change moved."""
    entries = []
    for one in result.compared[:6]:
        gap = next((g for g in one.gaps if g.measure in PRIMARY and g.standard_error > 0), None)
        if gap is not None:
            words, unit, _ = MEASURES[gap.measure]
            entries.append(KeyNumber(f"{one.name}: {words}", gap.value, gap.low, gap.high, unit=unit, signed=True))
    return entries


def question_table(result: Experiments) -> pd.DataFrame:
    """Return what was asked: one row an experiment and change."""
    rows = [
        {
            "experiment": one.name,
            "what": one.what,
            "changed": key,
            "from": before,
            "to": after,
            "seasons": span(min(one.seasons), max(one.seasons)),
            "base": one.base,
            "verdict": one.verdict,
        }
        for one in result.compared
        for key, before, after in one.changes
    ]
    return pd.DataFrame(rows)


def gap_figure(result: Experiments) -> Finding:
    """Draw the paired differences."""
    rows = pd.DataFrame(
        [
            {"name": one.name, "measure": g.measure, "value": g.value, "low": g.low, "high": g.high,
             "look": _look(result, one, g)}
            for one in result.compared
            for g in one.gaps
            if g.measure in PRIMARY
        ],
        columns=["name", "measure", "value", "low", "high", "look"],
    ).drop_duplicates(["name", "measure"], keep="last")  # fmt: skip
    sure = sorted({one.name for one in result.compared if one.verdict in ("better", "worse", "mixed")})
    title = f"more than luck parts change from base in {listing(sure)}" if sure else "no change is told from its base"
    return paired_changes(
        rows, title=title, subtitle="change less base on the same games and weeks, 95 % intervals, weeks taken whole"
    )


def _look(result: Experiments, one: Compared, gap: Gap) -> str:
    label = f"{one.name} {one.digest[:12]}"
    mine = result.looks[(result.looks["experiment"] == label) & (result.looks["measure"] == gap.measure)]
    if mine.empty or float(mine["p_holm"].iloc[0]) >= ALPHA:
        return "unclear"
    return "better" if bool(mine["better"].iloc[0]) else "worse"


def gap_table(result: Experiments) -> pd.DataFrame:
    """Return every measure of every experiment: base, change, difference, interval, p-values."""
    adjusted = {(row["experiment"], row["measure"]): row["p_holm"] for row in result.looks.to_dict("records")}
    rows = []
    for one in result.compared:
        for g in one.gaps:
            digits = 4 if g.measure in ("brier", "log_loss", "growth", "roi") else 2
            rows.append(
                {
                    "experiment": one.name,
                    "measure": MEASURES[g.measure][0],
                    "base": number(g.base, digits=digits),
                    "change": number(g.change, digits=digits),
                    "difference": number(g.value, digits=digits, signed=True),
                    "95 % interval": _ends(g, digits=digits),
                    "p": number(g.p, digits=3),
                    "p, all looks": number(adjusted.get((f"{one.name} {one.digest[:12]}", g.measure)), digits=3),
                    "weeks": g.weeks,
                }
            )
    return pd.DataFrame(rows)


def _ends(gap: Gap, *, digits: int) -> str:
    if gap.standard_error == 0:
        return "the same every week"
    return f"{number(gap.low, digits=digits)} to {number(gap.high, digits=digits)}"


def reasons(result: Experiments) -> Sequence[str]:
    """Return why each experiment was made."""
    return [f"{one.name} ({one.digest[:8]}): {one.why}" for one in result.compared]


def run_words(result: Experiments) -> Sequence[str]:
    """Return which runs each experiment joins."""
    return [f"{one.name}: {listing([run[:12] for run in one.runs], most=8)}." for one in result.compared if one.runs]
