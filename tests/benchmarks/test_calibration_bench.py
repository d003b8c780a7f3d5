"""What a season's model costs: found again against trained, and beside a boosted one, as ratios in one run.

Processor seconds, one thread each, so that other work on the machine does not count.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.stages.calibration.seasons import FEATURES, SUPPORT, seasons
from workbench.bayes.baselines.boosted import BoostedQuantiles
from workbench.bayes.ensemble import production_method
from workbench.features.player_yards.targets import target_named
from workbench.lifecycle.registry import ModelRegistry
from workbench.stages.calibration.season_model import Origin, season_model
from workbench.stages.calibration.split import SeasonRows, season_rows
from workbench.store.ledger.engine import opened

pytestmark = pytest.mark.benchmark

MOST_FOUND_AGAIN = 0.25
MOST_AGAINST_BOOSTED = 12.0
MOST_BYTES = 2 * 1024**3
#: Seasons of 1,296 rows, as many as the real ones have.
YEARS = tuple(range(2002, 2025))
WEEKS, A_WEEK = 18, 72

_PEAK = """
import resource
from tests.benchmarks.test_calibration_bench import split, trained
rows = split()
trained(rows).forecast(rows.calibration)
print(len(rows.training), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def split() -> SeasonRows:
    """Return 27,000 rows to learn from, a season to calibrate on and one to forecast."""
    return season_rows(seasons(YEARS, weeks=WEEKS, a_week=A_WEEK), season=2024)


def trained(rows: SeasonRows):
    """Fit the week's own method on every row."""
    return production_method(support=tuple(SUPPORT), workers=1).fit(rows.training, features=FEATURES, seed=1)


@dataclass(frozen=True)
class Took:
    """Processor seconds of training, of finding again with forecasts, of the fit alone and of the boosted fit."""

    rows: int
    trained: float
    found: float
    fit: float
    boosted: float


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.fixture(scope="module")
def took(tmp_path_factory: pytest.TempPathFactory) -> Took:
    rows = split()
    with ModelRegistry(opened("sqlite://"), tmp_path_factory.mktemp("bench"), league="nfl") as registry:

        def forecast() -> None:
            origin = Origin(seed=1, workers=1, run_key="bench")
            target = target_named("rushing_yards")
            found = season_model(rows, target=target, features=FEATURES, registry=registry, origin=origin)
            for part in (rows.calibration, rows.forecast):
                found.champion.fitted.forecast(part)

        first, again = _seconds(forecast), _seconds(forecast)
    boosted = BoostedQuantiles(support=SUPPORT, threads=1)
    fits = (
        _seconds(lambda: trained(rows)), _seconds(lambda: boosted.fit(rows.training, features=FEATURES, seed=1))
    )  # fmt: skip
    return Took(len(rows.training), first, again, *fits)


def test_a_model_found_again_costs_a_quarter_of_training_it_at_most(took: Took, stated: Callable[..., None]) -> None:
    ratio = took.found / took.trained
    print(f"\n{took.rows} rows: {took.trained:.1f} s trained, {took.found:.1f} s found again, {ratio:.2f}")
    what = "processor time of a season's model found again, two seasons forecast, over training it first"
    stated("calibration-found-again", what, ratio, at_most=MOST_FOUND_AGAIN)
    assert ratio <= MOST_FOUND_AGAIN


def test_the_networks_cost_a_bounded_multiple_of_boosted_quantiles(took: Took, stated: Callable[..., None]) -> None:
    ratio = took.fit / took.boosted
    print(f"\n{took.rows} rows: {took.fit:.1f} s networks, {took.boosted:.1f} s boosted, {ratio:.2f}")
    what = "processor time of the week's networks fitted on all rows over one boosted fit of 23 quantiles"
    stated("calibration-fit", what, ratio, at_most=MOST_AGAINST_BOOSTED)
    assert ratio <= MOST_AGAINST_BOOSTED


def test_the_fast_path_on_all_rows_stays_under_two_gigabytes(stated: Callable[..., None]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PEAK], cwd=Path(__file__).parents[2], env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows, peak = map(int, done.stdout.split())
    assert rows > 26_000
    print(f"\n{rows} rows: {peak / 1024**2:.0f} MB")
    what = "peak memory of the week's networks fitted on 27,000 rows and a season forecast, over 2 GB"
    stated("calibration-memory", what, peak / MOST_BYTES, at_most=1.0)
    assert peak < MOST_BYTES
