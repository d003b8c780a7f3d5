"""What the study of causal benchmarks claims, beside what was published or planted."""

from collections.abc import Iterator

from workbench.stages.studies.causal_benchmarks import WITHIN, CausalBenchmarks
from workbench.stages.studies.claims import Claim

_SIMULATED_HEADLINE = "simulated_error_synthetic_did"
_NAMES = {
    "synthetic control": "synthetic_control",
    "synthetic DiD": "synthetic_did",
    "augmented": "augmented",
    "difference in differences": "did",
}
#: The standard error of the paper's synthetic DiD, by its placebos, lies between these.
_PUBLISHED_ERROR = (8.0, 10.0)


def headline(result: CausalBenchmarks) -> str:
    """Return the name of the claim that is the study's estimate."""
    named = [b.name for b in result.published if b.low is not None]
    return named[0] if named else _SIMULATED_HEADLINE


def benchmark_claims(result: CausalBenchmarks) -> list[Claim]:
    """Return every number of the study."""
    return [*_published(result), *_simulated(result)]


def _published(result: CausalBenchmarks) -> Iterator[Claim]:
    for b in result.published:
        yield Claim(
            name=b.name, what=f"{b.dataset}: {b.what}", value=b.value, low=b.low, high=b.high,
            standard_error=b.standard_error, games=b.rows, digits=3 if abs(b.value) < 1 else 2,
            target=f"{b.published:g} within {100 * WITHIN:g} %", reached=b.reached,
            without_interval=b.how if b.low is None else "", interval_is=b.how if b.low is not None else "",
        )  # fmt: skip
        if b.name == "prop99_synthetic_did" and b.standard_error is not None:
            low, high = _PUBLISHED_ERROR
            yield Claim(
                name="prop99_synthetic_did_error", what="Proposition 99: standard error of the synthetic DiD",
                value=b.standard_error, games=b.rows, target=f"{low:g} to {high:g}", digits=2,
                reached=low <= b.standard_error <= high, without_interval="it is itself a spread of placebos",
            )  # fmt: skip


def _simulated(result: CausalBenchmarks) -> Iterator[Claim]:
    for row in result.simulated.to_dict("records"):
        method, panels = str(row["method"]), int(row["panels"])
        yield Claim(
            name=f"simulated_error_{_NAMES[method]}", what=f"mean error against the planted effect, {method}",
            value=row["error"], low=row["low"], high=row["high"], games=panels, interval_is="panels independent",
        )  # fmt: skip
        yield Claim(
            name=f"simulated_coverage_{_NAMES[method]}", what=f"95 % intervals that hold the planted effect, {method}",
            value=row["covered"], low=row["covered_low"], high=row["covered_high"], games=panels, unit="%",
            interval_is="Wilson's",
        )  # fmt: skip
    yield Claim(
        name="planted", what="planted effect of every simulated panel", value=result.truth,
        games=int(result.simulated["panels"].max()), without_interval="it was planted",
    )  # fmt: skip
