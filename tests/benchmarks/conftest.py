"""Benchmarks state their ratios where the table of measured numbers finds them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.stages.studies.benchmarks import leave_benchmark
from workbench.stages.studies.claims import Claim

BENCHMARKS = Path(__file__).parents[2] / "artifacts" / "benchmarks"


@pytest.fixture(scope="session")
def stated() -> Callable[..., None]:
    """State a ratio, its limit, and on how many games it was taken; before it is asserted, so that a miss is told."""

    def state(name: str, what: str, ratio: float, *, at_most: float, games: int = 0, digits: int = 2) -> None:
        claim = Claim(
            name=name, what=what, value=ratio, games=games, target=f"at most {at_most:g}", reached=ratio <= at_most,
            without_interval="a ratio within one run on one machine", digits=digits,
        )  # fmt: skip
        leave_benchmark(claim, folder=BENCHMARKS, question=what)

    return state
