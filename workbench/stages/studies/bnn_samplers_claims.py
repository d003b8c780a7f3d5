"""What the study of samplers claims."""

from collections.abc import Iterator
from typing import Final

from workbench.stages.studies.bnn_race import FAST
from workbench.stages.studies.bnn_samplers import SamplersStudy
from workbench.stages.studies.claims import Claim

#: The claim that is the study's estimate: what the week's engine gives up.
HEADLINE: Final = f"crps_{FAST}"
WORDS: Final = {
    "numpyro": "numpyro's NUTS (ours)", "pymc": "PyMC's NUTS", "nutpie": "nutpie's NUTS",
    FAST: "the anchored fast path", "pathfinder": "Pathfinder", "advi": "mean-field ADVI",
}  # fmt: skip
_ONE_RUN: Final = "one run, one machine"


def bnn_samplers_claims(result: SamplersStudy, *, targets: bool) -> list[Claim]:
    """Return every number of the study.

    Parameters
    ----------
    result : SamplersStudy
    targets : bool
        Whether targets apply: they were set for real player-games at full size.
    """
    made = [*_gaps(result), *_costs(result), *_spreads(result), *_week(result), *_density(result, targets)]
    return [*made, *_reference(result, targets)]


def _bare(name: str, what: str, value: float, *, games: int, why: str = _ONE_RUN, digits: int = 2, unit: str = "",
          target: str = "", reached: bool | None = None) -> Iterator[Claim]:  # fmt: skip
    if value == value:
        yield Claim(name=name, what=what, value=value, games=games, without_interval=why, digits=digits, unit=unit,
                    target=target, reached=reached)  # fmt: skip


def _gaps(result: SamplersStudy) -> Iterator[Claim]:
    for name, gap in result.gaps.items():
        yield Claim(
            name=f"crps_{name}", what=f"CRPS of {WORDS[name]} less that of long chains", value=gap.value, low=gap.low,
            high=gap.high, standard_error=gap.standard_error, games=gap.clusters, unit="yards",
            interval_is="clustered by game",
        )  # fmt: skip


def _costs(result: SamplersStudy) -> Iterator[Claim]:
    for row in result.finished.to_dict("records"):
        name, who = str(row["sampler"]), WORDS[str(row["sampler"])]
        yield from _bare(f"cpu_{name}", f"CPU time of {who}", float(row["cpu_seconds"]), games=result.games,
                         unit="s", digits=1)  # fmt: skip
        what = f"effective draws of predictive mean and log scale, the fewer, a CPU second of {who}"
        yield from _bare(f"ess_{name}", what, float(row["least_per_cpu_second"]), games=result.games)
        yield from _bare(f"r_hat_{name}", f"R-hat of the predictive mean, {who}", float(row["r_hat"]),
                         games=result.games, digits=3)  # fmt: skip


def _spreads(result: SamplersStudy) -> Iterator[Claim]:
    for row in result.finished.to_dict("records"):
        name, who = str(row["sampler"]), WORDS[str(row["sampler"])]
        what = f"correlation of predictive means with long chains, {who}"
        yield from _bare(f"correlation_{name}", what, float(row["correlation"]), games=result.games, digits=3)
        what = f"sd of the predictive mean over that of long chains, {who}"
        yield from _bare(f"sd_ratio_{name}", what, float(row["sd_ratio"]), games=result.games)


def _week(result: SamplersStudy) -> Iterator[Claim]:
    what = f"CPU time of the fast path on all {result.week_rows:,} rows"
    yield from _bare("week_fast", what, result.week_seconds, games=result.games, unit="s", digits=1)
    what = f"CPU time of full sampling on all {result.week_rows:,} rows, if its cost is by the row"
    yield from _bare("week_nuts", what, result.week_nuts_seconds, games=result.games, unit="s", digits=0,
                     why="an extrapolation")  # fmt: skip


def _density(result: SamplersStudy, targets: bool) -> Iterator[Claim]:
    for row in result.density.to_dict("records"):
        name = str(row["network"])
        reached = bool(row["equal"]) if targets else None
        yield from _bare(
            f"density_{name}", f"largest difference of log densities, {name}, compiled less PyMC's own",
            float(row["difference"]), games=result.games, why="a largest value over points", digits=5,
            target="what single precision leaves" if targets else "", reached=reached,
        )  # fmt: skip
        what = f"largest difference of gradients as a share of the largest component, {name}"
        yield from _bare(f"gradient_{name}", what, float(row["gradient_difference"]), games=result.games,
                         why="a largest value over points", digits=7)  # fmt: skip


def _reference(result: SamplersStudy, targets: bool) -> Iterator[Claim]:
    found = result.reference
    r_hat, ess = max(found.r_hat_mean, found.r_hat_scale), min(found.ess_mean, found.ess_scale)
    why = "a diagnostic of the chains"
    yield from _bare("reference_r_hat", "R-hat of the long chains", r_hat, games=result.games, why=why, digits=3,
                     target="at most 1.01" if targets else "", reached=r_hat <= 1.01 if targets else None)  # fmt: skip
    yield from _bare("reference_ess", "effective draws of the long chains", ess, games=result.games, why=why, digits=0,
                     target="at least 400" if targets else "", reached=ess >= 400.0 if targets else None)  # fmt: skip
