"""The study of the known failure: intervals of a network's mean, set beside intervals of the yards themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.networks.base import PRIOR_SCALES
from workbench.bayes.sampling.nuts_chain import NutsOptions
from workbench.bayes.scores.paired import paired
from workbench.bayes.zoo import network_named
from workbench.errors import ParameterError
from workbench.features.player_yards.targets import target_named
from workbench.features.player_yards.team_games import Cutoff
from workbench.intervals import Estimate
from workbench.stages.studies.bnn_failure_fits import FitPlan, Scored, Spec, said_to, scored_fits
from workbench.stages.studies.bnn_failure_measures import (
    measure_rows,
    measured,
    population_row,
    step_row,
    variance_cells,
    variance_share,
    with_the_ball,
)
from workbench.stages.studies.bnn_posteriors import FOLDER as POSTERIORS
from workbench.stages.studies.bnn_rows import Sampler, split_rows, study_rows
from workbench.stages.studies.context import StudyRun

#: What was published of the failure: rows it was seen on, share held, mean absolute error in yards.
PUBLISHED_ROWS: Final = 2663
PUBLISHED_COVERAGE: Final = 0.26
PUBLISHED_ERROR: Final = 18.7
BASELINE: Final = "two_layer"
#: The prior scale of the fits that are not about the prior.
SIGMA: Final = 1.0
#: Networks that learn what the baseline lacks: a noise scale a row, and a lean to the right.
FIXES: Final = ("deep_skip", "skewed")
_SMOKE: Final = NutsOptions(max_tree_depth=3, start_steps=20, chunk=20)
#: Player-games drawn side by side.
_SHOWN: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureStudy:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    fits : tuple of Scored
        Every fit there is, converged or not.
    missing : tuple of Spec
        Those that were asked for and may not be drawn.
    sizes : tuple of int
        Sample sizes asked for.
    sampler : str
    learned, tested : int
        Rows there are to learn from, and rows scored.
    games : int
        Games scored.
    test_seasons : tuple of int
    train_through : int
    title : str
        The target's.
    notes : tuple of str
    """

    fits: tuple[Scored, ...]
    missing: tuple[Spec, ...]
    sizes: tuple[int, ...]
    sampler: Sampler
    learned: int
    tested: int
    games: int
    test_seasons: tuple[int, ...]
    train_through: int
    title: str
    notes: tuple[str, ...]

    # --- fits by what they are for -------------------------------------------------------------------------------
    def fit(
        self, network: str = BASELINE, *, sigma: float = SIGMA, n: int = 0, sampler: Sampler = "fast",
        selected: bool = False,
    ) -> Scored | None:  # fmt: skip
        """Return one fit; None where there is none."""
        wanted = Spec(network, sigma, n, sampler, selected)
        return next((fit for fit in self.fits if fit.spec == wanted), None)

    @property
    def sampled(self) -> tuple[Scored, ...]:
        """Fits by full sampling."""
        return tuple(fit for fit in self.fits if fit.convergence)

    @property
    def by_size(self) -> tuple[Scored, ...]:
        """Publishable fits of the baseline under the usual prior, by rows: samples, then all rows."""
        mine = [
            fit
            for fit in self.fits
            if (fit.spec.network, fit.spec.sigma, fit.spec.selected) == (BASELINE, SIGMA, False) and fit.published
        ]
        # Where full sampling of a size may be published, its stand-in by the fast path is not needed.
        drawn = {fit.spec.n for fit in mine if fit.convergence}
        return tuple(sorted((f for f in mine if f.convergence or f.spec.n not in drawn), key=lambda f: f.learned))

    @property
    def reference(self) -> Scored:
        """The fit the page is about: the baseline on the largest sample, by full sampling if that converged."""
        samples = [fit for fit in self.by_size if fit.spec.n == max(self.sizes)]
        return samples[0] if samples else self.by_size[-1]

    @property
    def by_prior(self) -> tuple[Scored, ...]:
        """Publishable fits of the baseline on samples of the reference's size, by prior scale."""
        like = self.reference.spec
        mine = [f for f in self.fits if replace(f.spec, sigma=like.sigma) == like and f.published]
        return tuple(sorted(mine, key=lambda fit: fit.spec.sigma))

    @property
    def all_rows(self) -> tuple[Scored, ...]:
        """Fits of the baseline on all rows, by prior scale."""
        mine = [f for f in self.fits if not f.spec.n and f.spec.network == BASELINE and not f.spec.selected]
        return tuple(sorted(mine, key=lambda fit: fit.spec.sigma))

    @property
    def unconverged(self) -> tuple[Scored, ...]:
        """Fits that are reported and stand in no headline."""
        return tuple(fit for fit in self.fits if not fit.published)

    # --- tables --------------------------------------------------------------------------------------------------
    @property
    def coverage(self) -> pd.DataFrame:
        """Long: ``network, sigma, rows, sampler, selected, converged, measure, unit, value, low, high, games``."""
        return pd.DataFrame([row for fit in self.fits for row in measure_rows(fit)])

    @property
    def size_curve(self) -> pd.DataFrame:
        """``kind, rows, coverage, low, high``: closed coverage of the mean's intervals, mid-coverage of the yards'."""
        kinds = {"of the mean": "mean_closed", "of the yards": "mid"}
        return pd.DataFrame([
            {"kind": kind, "rows": fit.learned, "coverage": held.value, "low": held.low, "high": held.high}
            for kind, measure in kinds.items() for fit in self.by_size for held in [measured(fit, measure)]
        ])  # fmt: skip

    @property
    def fall(self) -> tuple[Scored, Scored, Estimate] | None:
        """The smallest and the largest fit of one sampler, and the paired difference in the mean's coverage."""
        drawn = [fit for fit in self.by_size if fit.convergence]
        chosen = drawn if len(drawn) > 1 else [fit for fit in self.by_size if not fit.convergence]
        if len(chosen) < 2:
            return None
        first, last = chosen[0], chosen[-1]
        lost = paired(last.rows["mean_closed"], first.rows["mean_closed"], last.rows["game_id"])
        return first, last, lost

    @property
    def variance_shares(self) -> pd.DataFrame:
        """Doubt's part: ``fit, network, learned, by, cell, share, low, high, noise_sd, doubt_sd`` (yards), ``rows``."""
        fits = (*self.by_size, *[f for f in self.fits if f.spec.network != BASELINE and f.published])
        by_fit = [variance_share(fit, fit.rows, by="all", cell="all") for fit in fits]
        return pd.DataFrame(
            [*by_fit, *variance_cells(self.reference), *variance_cells(self.by_size[-1])]
        ).drop_duplicates(["fit", "by", "cell"], ignore_index=True)

    @property
    def populations(self) -> pd.DataFrame:
        """``population, fit, rows, mean_coverage, low, high, coverage, error``: everybody, and who got the ball."""
        found = [
            population_row("everybody", self.reference),
            population_row("scored on who got the ball", with_the_ball(self.reference)),
        ]
        whole, chosen = self.fit(), self.fit(selected=True)
        found += [population_row("everybody", whole)] if whole is not None and whole is not self.reference else []
        found += [population_row("learned from and scored on who got the ball", chosen)] if chosen is not None else []
        return pd.DataFrame(found)

    @property
    def fixes(self) -> pd.DataFrame:
        """One row a step on all rows: what it holds, how wide, how far its cells lie off, and its CRPS."""
        first = self.fit()
        steps = [("Interval of the mean, two layers", first, True), ("Interval of the yards, two layers", first, False)]
        steps += [(f"Interval of the yards, {_lower(name)}", self.fit(name), False) for name in FIXES]
        return pd.DataFrame([step_row(name, fit, mean=mean) for name, fit, mean in steps if fit is not None])

    @property
    def convergence(self) -> pd.DataFrame:
        """One row a fit by full sampling: ``fit, draws, r_hat_mean, r_hat_scale, ess_mean, ess_scale, divergences``."""
        names = ("r_hat_mean", "r_hat_scale", "ess_mean", "ess_scale", "divergences", "converged")
        return pd.DataFrame([
            {"fit": f.spec.title, "draws": f.draws, **{n: f.convergence[n] for n in names}, "cpu": f.cpu_seconds}
            for f in self.sampled
        ])  # fmt: skip

    @property
    def examples(self) -> pd.DataFrame:
        """Player-games of the reference from the smallest expectation to the largest, for the eye."""
        rows = self.reference.rows.sort_values(["centre", "game_id", "player_id"], ignore_index=True)
        kept = np.unique(np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows))).round().astype(int))
        return rows.iloc[kept].reset_index(drop=True)

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        chief = self.reference
        return {
            "coverage_90": {"posterior mean": measured(chief, "mean_closed"), "yards": measured(chief, "mid")},
            "coverage": self.coverage, "variance_shares": self.variance_shares, "populations": self.populations,
            "fixes": self.fixes, "convergence": self.convergence, "missing": [spec.title for spec in self.missing],
            "verdicts": {fit.spec.title: fit.verdict for fit in self.sampled}, "notes": list(self.notes),
            "rows": {"learned": self.learned, "tested": self.tested, "games": self.games},
        }  # fmt: skip


def bnn_failure_study(
    run: StudyRun, *, target: str = "rushing_yards", cutoff: Cutoff = "kickoff_minus_90", train_through: int = 2021,
    test_seasons: Sequence[int] = (2023, 2024), sampler: Sampler = "nuts",
    sizes: Sequence[int] = (250, 1000, PUBLISHED_ROWS), prior_scales: Sequence[float] = PRIOR_SCALES,
    draws: int = 1500, members: int = 32, drawing: bool = True, workers: int = 2, smoke: bool = False,
    on_progress: Callable[[str], None] | None = None,
) -> FailureStudy:  # fmt: skip
    """Fit the baseline on samples of several sizes and under several priors, and score both kinds of its intervals.

    Parameters
    ----------
    run : StudyRun
    target, cutoff : str
    train_through : int
        Last season learned from.
    test_seasons : sequence of int
        Scored; nothing is chosen on them.
    sampler : {"nuts", "fast"}
        Of the samples; all rows are always fitted by the fast path.
    sizes : sequence of int
        Rows of the samples; the largest is that of the prior sweep.
    prior_scales : sequence of float
    draws : int
        A chain, of two.
    members : int
        Fits of the fast path.
    drawing : bool
        Whether draws that are not kept are made; otherwise their fits are missing, and it is said.
    workers : int
    smoke : bool
        Few rows, draws and members.
    on_progress : callable, optional

    Raises
    ------
    ParameterError
        If there is no such target, cutoff or sampler, a size or prior scale is not positive, or seasons have no rows.
    """
    if sampler not in ("nuts", "fast"):
        raise ParameterError(f"A sampler is nuts or fast, got {sampler!r}.")
    if not sizes or min(sizes) < 20 or not prior_scales or min(prior_scales) <= 0.0 or draws < 10 or members < 1:
        raise ParameterError(
            f"Samples need 20 rows or more, prior scales must be positive, draws 10 or more, members 1 or more; got "
            f"{list(sizes)}, {list(prior_scales)}, {draws} and {members}."
        )
    asked = target_named(target)
    found = study_rows(run, target=target, cutoff=cutoff, smoke=smoke)
    train, test = split_rows(found.rows, train_through=train_through, test_seasons=list(test_seasons))
    plan = FitPlan(
        train=train, test=test, features=found.features, support=asked.support, train_through=train_through,
        artifacts=run.settings.league_artifacts, posteriors=POSTERIORS, about={"target": target, "cutoff": cutoff},
        draws=draws, members=members, workers=workers, drawing=drawing,
    )  # fmt: skip
    kept = tuple(dict.fromkeys(min(size, len(train)) for size in sorted(sizes)))
    scales = tuple(dict.fromkeys((SIGMA, *sorted(prior_scales))))
    fixes: tuple[str, ...] = FIXES
    if smoke:
        plan = replace(plan, test=test.head(240), draws=30, warmup=20, members=8, epochs=3, options=_SMOKE)
        kept, scales, fixes = (160,), (SIGMA,), FIXES[-1:]
    told = on_progress or said_to(run.folder)
    fits, missing = scored_fits(wanted_fits(sampler, sizes=kept, scales=scales, fixes=fixes), plan, on_progress=told)
    return FailureStudy(
        fits=tuple(fits), missing=tuple(missing), sizes=kept, sampler=sampler, learned=len(train),
        tested=len(plan.test), games=int(plan.test["game_id"].nunique()), test_seasons=tuple(sorted(test_seasons)),
        train_through=train_through, title=asked.title, notes=found.notes,
    )  # fmt: skip


def wanted_fits(
    sampler: Sampler, *, sizes: Sequence[int], scales: Sequence[float], fixes: Sequence[str] = FIXES
) -> list[Spec]:
    """Return the fits of the study: by size, by prior, by the fast path on the same sample and on all rows."""
    largest = max(sizes)
    samples = [Spec(BASELINE, SIGMA, n, sampler) for n in sizes]
    priors = [Spec(BASELINE, sigma, largest, sampler) for sigma in scales]
    quick = [Spec(BASELINE, SIGMA, largest, "fast"), *[Spec(BASELINE, sigma, 0, "fast") for sigma in scales]]
    others = [Spec(BASELINE, SIGMA, 0, "fast", selected=True), *[Spec(name, SIGMA, 0, "fast") for name in fixes]]
    return list(dict.fromkeys([*quick, *others, *samples, *priors]))


def _lower(name: str) -> str:
    title = network_named(name).title
    return title[:1].lower() + title[1:]
