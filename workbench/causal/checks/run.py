"""All checks on one estimate, and what is left standing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.causal.checks.base import WORTH_SEEING, CheckResult, Floats, refits_of, with_interval
from workbench.causal.checks.multiple_testing import multiple_testing
from workbench.causal.checks.placebo_outcome import placebo_outcome
from workbench.causal.checks.placebo_timing import Sides, placebo_timing
from workbench.causal.checks.placebo_treatment import placebo_treatment
from workbench.causal.checks.power import power_check
from workbench.causal.checks.pre_trends import pre_trends
from workbench.causal.checks.random_common_cause import random_common_cause
from workbench.causal.checks.robustness_value import robustness_value
from workbench.causal.checks.subset import subset
from workbench.causal.result import Design, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPlan:
    """Which checks are run, and how long.

    Attributes
    ----------
    placebos, noises, subsets : int
        Draws of each; a draw costs a fit.
    placebo_outcomes : tuple of str
        Columns settled before the treatment; where empty the check cannot say.
    placebo_within : tuple of str
        Rows trade treatments only where these agree.
    earlier : tuple of int
        Games by which the shock is dated earlier; empty leaves the check out.
    sides : {"difference", "both"}
        Whether the treatment is home minus away, or of both teams.
    benchmarks : tuple of str, optional
        Controls that a hidden confounder is compared with; by default all of the design's.
    worth : float
        The effect worth seeing, in the outcome's unit.
    """

    placebos: int = 200
    noises: int = 20
    subsets: int = 50
    placebo_outcomes: tuple[str, ...] = ()
    placebo_within: tuple[str, ...] = ("season", "week")
    earlier: tuple[int, ...] = ()
    sides: Sides = "difference"
    benchmarks: tuple[str, ...] | None = None
    worth: float = WORTH_SEEING


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An estimate with its checks.

    Attributes
    ----------
    estimate : Estimate
    results : tuple of CheckResult
    survives : bool
        No check fails. Those that cannot say are listed, not counted against it.
    sentence : str
    """

    estimate: Estimate
    results: tuple[CheckResult, ...]
    survives: bool
    sentence: str


def run_checks(
    design: Design,
    rows: pd.DataFrame,
    *,
    rng: np.random.Generator,
    name: str = "The estimate",
    plan: CheckPlan | None = None,
    family: Mapping[str, Estimate] | None = None,
    path: pd.DataFrame | None = None,
    path_covariance: Floats | None = None,
    path_clusters: int | None = None,
    estimate: Estimate | None = None,
) -> Checked:
    """Run every check that the inputs allow.

    Parameters
    ----------
    name : str
        Of the estimate, in the sentence, and in the family where one is given.
    family : mapping of str to Estimate, optional
        All effects looked at, this one among them by its name.
    path, path_covariance, path_clusters : DataFrame, ndarray, int, optional
        An event study's horizons, their covariance and the clusters behind it, for the pre-trends.
    estimate : Estimate, optional
        The design on these rows, where it is already at hand.
    """
    asked = plan or CheckPlan()
    real = estimate or design.fit(rows)
    again = refits_of(design, rows)
    results = [
        placebo_treatment(
            design, rows, rng=rng, draws=asked.placebos, within=asked.placebo_within, estimate=real, again=again
        ),
        placebo_outcome(design, rows, outcomes=asked.placebo_outcomes, worth=asked.worth),
        random_common_cause(design, rows, rng=rng, draws=asked.noises, estimate=real, again=again),
        subset(design, rows, rng=rng, draws=asked.subsets, estimate=real, again=again),
        robustness_value(design, rows, benchmarks=asked.benchmarks, estimate=real),
        power_check(real, worth=asked.worth),
    ]
    if asked.earlier:
        results.append(placebo_timing(design, rows, earlier=asked.earlier, sides=asked.sides, worth=asked.worth))
    if path is not None:
        results.append(pre_trends(path, covariance=path_covariance, clusters=path_clusters, worth=asked.worth))
    if family is not None:
        results.append(multiple_testing(family, member=name))
    return gathered(real, results, name=name)


def gathered(estimate: Estimate, results: Sequence[CheckResult], *, name: str = "The estimate") -> Checked:
    """Return what is left standing of an estimate after its checks."""
    by = {v: [r.name for r in results if r.verdict == v] for v in ("passes", "fails", "cannot say")}
    survives = not by["fails"]
    head = f"{name[:1].upper()}{name[1:]} {with_interval(estimate)}"
    if survives:
        said = f"{head} survives: no check fails, {len(by['passes'])} of {len(results)} pass"
    else:
        said = f"{head} does not survive: {_and(by['fails'])} {'fail' if len(by['fails']) > 1 else 'fails'}"
    unsaid = f"; {_and(by['cannot say'])} cannot say" if by["cannot say"] else ""
    return Checked(estimate=estimate, results=tuple(results), survives=survives, sentence=f"{said}{unsaid}.")


def checks_table(checked: Mapping[str, Checked]) -> pd.DataFrame:
    """Return one row an estimate and check, for the page's matrix: ``estimate, check, verdict, sentence, survives``."""
    rows = [
        (name, result.name, result.verdict, result.sentence, one.survives)
        for name, one in checked.items()
        for result in one.results
    ]
    return pd.DataFrame(rows, columns=["estimate", "check", "verdict", "sentence", "survives"])


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
