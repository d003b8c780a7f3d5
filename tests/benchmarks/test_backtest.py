"""Fifteen seasons with 10,000 draws a game: minutes on two cores, what two cores are worth, memory.

The issue's own limits: 600 seconds, 1.7 times as fast on two cores as on one (so 0.588 of the time), 3 GB. Real data;
on a machine that does other work the seconds and the ratio say more of that work than of the walk.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from workbench.settings import load_settings
from workbench.stages.studies.backtest_seasons import Walked, walked_seasons
from workbench.stages.studies.context import study_facts
from workbench.store.tables import FactStore

pytestmark = [pytest.mark.benchmark, pytest.mark.real]

SECONDS, TWO_OVER_ONE, GIGABYTES = 600.0, 1 / 1.7, 3.0
SEASONS, FEW = range(2010, 2025), range(2012, 2016)
DRAWS = 10_000


@pytest.fixture(scope="module")
def walk(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Walked]:
    """Walk seasons of the real NFL from nothing kept."""
    root = tmp_path_factory.mktemp("nfl")
    sources = {"nflverse": "nflverse", "lines": "nfl_lines", "weather": "nfl_weather"}
    overrides = {f"sources.{name}.base": str(real_data / folder) for name, folder in sources.items()}
    settings = load_settings("nfl", overrides={**overrides, "artifacts": str(root), "draws": str(DRAWS)})
    store: FactStore = study_facts(settings)

    def walked(seasons: range, *, workers: int, name: str) -> Walked:
        compute = settings.compute.model_copy(update={"workers": workers})
        mine = settings.model_copy(update={"compute": compute})
        return walked_seasons(store, settings=mine, seasons=seasons, decide_at="open", folder=root / name)

    return walked


def test_fifteen_seasons_stay_within_their_minutes_and_memory(walk: Callable[..., Walked], stated: Callable[..., None]):
    with PeakMemory() as peak:
        found = walk(SEASONS, workers=2, name="all")
    games = len(found.walk.forecasts)
    print(f"\n{len(SEASONS)} seasons, {games} games: {found.seconds:.0f} s, {peak.gigabytes:.2f} GB")
    words = f"{len(SEASONS)} seasons of {DRAWS:,} draws a game on two cores"
    stated("backtest_seconds", f"seconds of {words}", found.seconds, at_most=SECONDS, games=games, digits=0)
    stated("backtest_memory", f"GB of {words}, all processes", peak.gigabytes, at_most=GIGABYTES, games=games)
    assert found.fresh == len(SEASONS)
    assert found.seconds <= SECONDS
    assert peak.gigabytes <= GIGABYTES


def test_two_cores_are_worth_seventeen_tenths_of_one(walk: Callable[..., Walked], stated: Callable[..., None]):
    walk(range(2011, 2013), workers=2, name="warm")  # workers start and compile once
    one, two = (walk(FEW, workers=n, name=f"on-{n}") for n in (1, 2))
    ratio = two.seconds / one.seconds
    print(f"\n{len(FEW)} seasons: {one.seconds:.0f} s on one core, {two.seconds:.0f} s on two ({1 / ratio:.2f} times)")
    what = f"time of {len(FEW)} seasons on two cores over that on one"
    stated("backtest_cores", what, ratio, at_most=TWO_OVER_ONE, games=len(one.walk.forecasts), digits=3)
    assert one.walk.bets.equals(two.walk.bets)
    assert ratio <= TWO_OVER_ONE


class PeakMemory:
    """The most memory that this process and its children held at once, sampled every fifth of a second."""

    def __enter__(self) -> "PeakMemory":
        self.gigabytes, self._over = 0.0, threading.Event()
        self._watch = threading.Thread(target=self._sample, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._over.is_set():
            held = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.gigabytes = max(self.gigabytes, held / 1e9)
            time.sleep(0.2)
