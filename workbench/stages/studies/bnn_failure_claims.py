"""What the study of the known failure claims."""

from collections.abc import Iterator
from typing import Final

from workbench.bayes.sampling.convergence import ESS_AT_LEAST, R_HAT_AT_MOST
from workbench.bayes.scores.paired import paired
from workbench.intervals import Estimate
from workbench.stages.studies.bnn_failure import FIXES, FailureStudy
from workbench.stages.studies.bnn_failure_fits import Scored
from workbench.stages.studies.bnn_failure_measures import measured, with_the_ball
from workbench.stages.studies.claims import Claim

#: The claim that is the study's estimate.
HEADLINE: Final = "mean_coverage"
#: The mean's intervals are to hold fewer than so many: the failure reproduced.
FAILED: Final = 0.5
_BY_GAME: Final = "clustered by game"


def bnn_failure_claims(result: FailureStudy, *, targets: bool) -> list[Claim]:
    """Return every number of the study.

    Parameters
    ----------
    result : FailureStudy
    targets : bool
        Whether the targets apply: they were set for real player-games at full size.
    """
    made = [*_reference(result, targets), *_sizes(result, targets), *_priors(result, targets), *_rest(result)]
    return [*made, *_chains(result, targets)]


def _claim(
    name: str, what: str, found: Estimate, *, unit: str = "%", target: str = "", reached: bool | None = None
) -> Claim:
    return Claim(
        name=name, what=what, value=found.value, low=found.low, high=found.high, standard_error=found.standard_error,
        games=found.clusters, unit=unit, target=target, reached=reached, interval_is=_BY_GAME,
    )  # fmt: skip


def _failing(name: str, what: str, found: Estimate, *, targets: bool) -> Claim:
    """Return a claim of the mean's coverage; it is reproduced where the whole interval lies below a half."""
    target, reached = ("below 50 %", found.high < FAILED) if targets else ("", None)
    return _claim(name, what, found, target=target, reached=reached)


def _reference(result: FailureStudy, targets: bool) -> Iterator[Claim]:
    fit = result.reference
    who = f"two layers, {fit.learned:,} rows"
    what = f"of 90 % intervals of the posterior mean held, closed ({who})"
    yield _failing(HEADLINE, what, measured(fit, "mean_closed"), targets=targets)
    shares = {
        "mean_mid": "of 90 % intervals of the posterior mean held, ends counting half",
        "closed": "of 90 % equal-tailed intervals of the yards held, closed",
        "mid": "of 90 % intervals of the yards as delivered held, ends counting half",
        "exact": "of 90 % intervals of the yards held, zero counted by its share",
        "epistemic_share": "of the predictive variance is doubt about the mean",
    }
    for name, words in shares.items():
        yield _claim(name, f"{words} ({who})", measured(fit, name))
    yards = {
        "mean_width": "width of 90 % intervals of the posterior mean",
        "width": "width of 90 % intervals of the yards as delivered",
        "median_error": "mean absolute error of the predictive median",
        "mean_error": "mean absolute error of the posterior mean",
        "crps_of_mean": "CRPS of the posterior of the mean",
        "crps": "CRPS of the posterior predictive",
    }
    for name, words in yards.items():
        yield _claim(name, f"{words} ({who})", measured(fit, name), unit="yards")


def _sizes(result: FailureStudy, targets: bool) -> Iterator[Claim]:
    for fit in result.by_size:
        if fit is not result.reference:
            rows = f"{fit.learned:,} rows, {_engine(fit)}"
            held, what = measured(fit, "mean_closed"), f"of 90 % intervals of the posterior mean held, closed ({rows})"
            # The target is about the published size and all rows; a small sample knows its mean less well.
            full = targets and not fit.spec.n
            yield _failing(f"mean_coverage_{fit.learned}", what, held, targets=full)
            what = f"of 90 % intervals of the yards as delivered held, ends counting half ({rows})"
            yield _claim(f"mid_{fit.learned}", what, measured(fit, "mid"))
        what = f"of the predictive variance is doubt about the mean ({fit.learned:,} rows)"
        if fit is not result.reference:
            yield _claim(f"epistemic_share_{fit.learned}", what, measured(fit, "epistemic_share"))
    fall = result.fall
    if fall is not None:
        first, last, lost = fall
        target, reached = ("below zero", lost.high < 0.0) if targets else ("", None)
        what = f"change of the mean's coverage from {first.learned:,} to {last.learned:,} rows, same player-games"
        yield Claim(
            name="fall", what=what, value=100.0 * lost.value, low=100.0 * lost.low, high=100.0 * lost.high,
            standard_error=100.0 * lost.standard_error, games=lost.clusters, unit="pp", target=target, reached=reached,
            interval_is=_BY_GAME,
        )  # fmt: skip


def _priors(result: FailureStudy, targets: bool) -> Iterator[Claim]:
    for where, fits in (("", result.by_prior), ("all_", result.all_rows)):
        for fit in fits:
            if fit is result.reference or (where and fit in result.by_size):
                continue
            name, rows = f"{where}sigma_{fit.spec.sigma:g}", f"prior scale {fit.spec.sigma:g}, {fit.learned:,} rows"
            what = f"of 90 % intervals of the posterior mean held, closed ({rows})"
            yield _failing(f"mean_coverage_{name}", what, measured(fit, "mean_closed"), targets=targets)
            what = f"of 90 % intervals of the yards as delivered held, ends counting half ({rows})"
            yield _claim(f"mid_{name}", what, measured(fit, "mid"))
            what = f"mean absolute error of the predictive median ({rows})"
            yield _claim(f"median_error_{name}", what, measured(fit, "median_error"), unit="yards")


def _rest(result: FailureStudy) -> Iterator[Claim]:
    chosen = with_the_ball(result.reference)
    what = "of 90 % intervals of the posterior mean held, closed, on those who got the ball (conditions on the outcome)"
    yield _claim("with_the_ball", what, measured(chosen, "mean_closed"))
    whole, own = result.fit(), result.fit(selected=True)
    if own is not None:
        what = "of 90 % intervals of the posterior mean held, closed, learned from and scored on those who got the ball"
        yield _claim("own_selected", what, measured(own, "mean_closed"))
        what = "mean absolute error of the posterior mean, learned from and scored on those who got the ball"
        yield _claim("own_selected_error", what, measured(own, "mean_error"), unit="yards")
    for name in FIXES:
        fit = result.fit(name)
        if whole is not None and fit is not None:
            gained = paired(whole.rows["crps"], fit.rows["crps"], whole.rows["game_id"])
            yield _claim(f"gain_{name}", f"CRPS saved by {name} over two layers, all rows", gained, unit="yards")


def _chains(result: FailureStudy, targets: bool) -> Iterator[Claim]:
    """Yield the worst of every fit in a headline, and how many of all fits by full sampling those are."""
    if not result.sampled:
        return
    facts = [fit.convergence for fit in result.sampled if fit.published]
    whole = len(facts) == len(result.sampled)
    yield Claim(
        name="converged", what=f"fits by full sampling that converged, of {len(result.sampled)}",
        value=float(len(facts)), games=result.games, without_interval="a count", digits=0,
        target="all" if targets else "", reached=whole if targets else None,
    )  # fmt: skip
    yield Claim(
        name="divergences", what="divergent draws of all fits", games=result.games, without_interval="a count",
        value=float(sum(int(fit.convergence["divergences"]) for fit in result.sampled)), digits=0,
    )  # fmt: skip
    if not facts:
        return
    r_hat = max(float(f[name]) for f in facts for name in ("r_hat_mean", "r_hat_scale"))
    ess = min(float(f[name]) for f in facts for name in ("ess_mean", "ess_scale"))
    checks = (
        ("r_hat", "largest R-hat of predictive mean and scale over the fits published", r_hat,
         f"at most {R_HAT_AT_MOST:g}", r_hat <= R_HAT_AT_MOST, 3),
        ("ess", "fewest effective draws of predictive mean and scale over the fits published", ess,
         f"at least {ESS_AT_LEAST:g}", ess >= ESS_AT_LEAST, 0),
    )  # fmt: skip
    for name, what, value, target, reached, digits in checks:
        if value == value:
            yield Claim(
                name=name, what=what, value=value, games=result.games, without_interval="a diagnostic of the chains",
                digits=digits, target=target if targets else "", reached=reached if targets else None,
            )  # fmt: skip


def _engine(fit: Scored) -> str:
    return "full sampling" if fit.convergence else "fast path"
