"""What the page of causal benchmarks says."""

from collections.abc import Sequence

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import studies as figures
from workbench.report.figures.parts import waiting
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number, verdict
from workbench.report.stories.synthetic_control import methods_figure, paths_figure
from workbench.stages.studies.causal_benchmarks import WITHIN, CausalBenchmarks
from workbench.stages.studies.claims import Claim

_STRIP = (
    ("Proposition 99, synthetic DiD", "prop99_synthetic_did", True),
    ("Proposition 99, synthetic control", "prop99_synthetic_control", True),
    ("Basque, weight of Catalonia", "basque_catalonia", False),
    ("Card & Krueger", "card_krueger", True),
    ("Error on simulated, synthetic DiD", "simulated_error_synthetic_did", True),
    ("Coverage, synthetic DiD", "simulated_coverage_synthetic_did", False),
)


def findings(result: CausalBenchmarks, claims: Sequence[Claim]) -> list[str]:
    """Return what was reproduced, what was not, and what simulated panels say."""
    return [s for s in (_published(result), _simulated(result), _errors(result),
                        verdict(claims) if result.published else "", *result.notes) if s]  # fmt: skip


def _published(result: CausalBenchmarks) -> str:
    if not result.published:
        return ""
    missed = [f"{b.dataset}, {b.what} ({number(b.value)} for {number(b.published)})" for b in result.published
              if not b.reached]  # fmt: skip
    furthest = max(result.published, key=lambda b: b.off)
    said = f"not so: {listing(missed)}" if missed else f"the furthest is off by {percent(furthest.off, digits=1)}"
    return (
        f"{len(result.published) - len(missed)} of {count(len(result.published), 'published number')} are reproduced "
        f"within {percent(WITHIN)}; {said}."
    )


def _simulated(result: CausalBenchmarks) -> str:
    table = result.simulated
    told = [
        f"{row['method']} {estimate(row['covered'], row['covered_low'], row['covered_high'], unit='%')}"
        for row in table.to_dict("records")
    ]
    return (
        f"On {count(int(table['panels'].max()), 'simulated panel')} with a planted effect of "
        f"{number(result.truth, signed=True)}, 95 % intervals from placebos hold it this often: {'; '.join(told)}."
    )


def _errors(result: CausalBenchmarks) -> str:
    off = result.simulated[(result.simulated["low"] > 0) | (result.simulated["high"] < 0)]
    if off.empty:
        return "No method's mean error on them is told apart from zero."
    told = [f"{r['method']} ({estimate(r['error'], r['low'], r['high'], signed=True)})" for r in off.to_dict("records")]
    return f"Their mean error leaves zero for {listing(told)}."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def published_table(result: CausalBenchmarks) -> pd.DataFrame:
    """Return one row a published number: ours, how far off, its interval, its source."""
    return pd.DataFrame(
        [
            {"dataset": b.dataset, "number": b.what, "published": b.published, "ours": b.value,
             "off_percent": 100 * b.off,
             "standard_error": b.standard_error, "reached": b.reached, "source": b.source}
            for b in result.published
        ]
    )  # fmt: skip


def error_figure(result: CausalBenchmarks) -> Finding:
    """Draw each method's mean error on simulated panels."""
    rows = result.simulated.rename(columns={"method": "name", "error": "value"})
    away = int(((rows["low"] > 0) | (rows["high"] < 0)).sum())
    title = f"{count(away, 'method')} of {len(rows)} {'misses' if away == 1 else 'miss'} the planted effect on average"
    subtitle = f"{count(int(rows['panels'].max()), 'simulated panel')}, 95 % intervals over panels"
    return figures.gains(rows, subtitle=subtitle, label="mean error in the outcome's unit", title=title)


def panel_figures(result: CausalBenchmarks, name: str) -> list[Finding]:
    """Return a published panel's paths and its methods beside one another; one that says so where it is not there."""
    study = result.panels.get(name)
    if study is None:
        reason = "Its file was not given."
        return [waiting(f"{name}: nothing to draw", subtitle="published panel", reason=reason)]
    return [paths_figure(study), methods_figure(study)]
