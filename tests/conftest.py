"""Fixtures every test may ask for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.databases import ledger, ledger_url, postgres_url, shared_postgres

__all__ = ["ledger", "ledger_url", "postgres_url", "shared_postgres"]

# Two threads add in another order than one, and slips are compared by the byte: one, as the runner gives its kernels.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

#: Where JAX keeps what it compiled, and that it keeps all that took longer than reading it would. The size is never
#: reached; that there is one makes JAX lock the folder while it writes.
COMPILED = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.05",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "JAX_COMPILATION_CACHE_MAX_SIZE": "2000000000",
}
REPOSITORY = Path(__file__).parents[1]
#: Files that take longest, longest first: a worker takes a file whole, and one that is left for last has the other
#: workers wait. The first two run the demo and the real week that others read, so that neither waits for the other.
LONGEST = (
    "tests/stages/test_studies.py",
    "tests/real/test_week.py",
    "tests/leakage/test_future.py",
    "tests/leakage/test_late_rows.py",
    "tests/leakage/test_calibration_future.py",
    "tests/leakage/test_production.py",
    "tests/leakage/test_real_future.py",
    "tests/bayes/sampling/test_nuts.py",
    "tests/bayes/test_network_method.py",
    "tests/bayes/sampling/test_compiled.py",
    "tests/stages/test_bad_input.py",
    "tests/stages/test_week.py",
    "tests/leakage/test_effects_future.py",
    "tests/stages/test_rent_stage.py",
    "tests/stages/effects/test_trouble.py",
    "tests/stages/calibration/test_week.py",
    "tests/stages/test_bnn_study.py",
    "tests/real/test_calibration_week_real.py",
)
#: What a stage's run is named by, and nothing else: a copy of it is a whole workbench.
PARTS = ("workbench", "params", "notebooks", "requirements.lock")
#: Few draws, two weeks of warm-up and one of rent tests: the same code in a fraction of the time.
SMALL = ("--set", "draws=1000", "--set", "warmup=2", "--set", "rent_weeks=1")
#: Enough of the past for every stage of the real week to have its say; `make bench` runs the week with all of it.
REAL_FIRST_SEASON = 2014
#: Where the sources are below the folder of real data.
REAL_SOURCES = {"nflverse": "nflverse", "lines": "nfl_lines"}
# A week takes half a minute on an idle machine; a stuck one must end the suite all the same.
PATIENCE_SECONDS = 900


def pytest_configure(config: pytest.Config) -> None:
    """Let a process find what another has compiled: networks are compiled in kernels and workers by the hundred.

    JAX names an entry by the program, its own version and the processor, so that no other program is ever run. The
    folder is pytest's own, and goes with ``make clean``.
    """
    cache = getattr(config, "cache", None)  # none under -p no:cacheprovider
    if cache is not None:
        os.environ |= {"JAX_COMPILATION_CACHE_DIR": str(cache.mkdir("jax")), **COMPILED}
    config.option.loadscopereorder = False  # xdist would begin with the files of most tests, not of the longest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; within them, and of all others, the order stays as random as it came."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@dataclass(frozen=True)
class Project:
    """A copy of the workbench and what its runs leave, so that no run touches the checkout or sees it change."""

    folder: Path
    league: str = "demo"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts" / self.league

    @property
    def pages(self) -> Path:
        return self.folder / "reports" / self.league / "2024_week10"

    def start(self, *words: str, **popen: object) -> "subprocess.Popen[str]":
        """Start a command of the command line in this project."""
        return subprocess.Popen([sys.executable, "-c", _MAIN, *words], cwd=self.folder, env=_quiet(), **popen)  # type: ignore[call-overload,no-any-return]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the command line in this project to its end."""
        with self.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            out, error = process.communicate(timeout=PATIENCE_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    def python(self, code: str, *, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run lines of Python in this project."""
        return subprocess.run(
            [sys.executable, "-c", code], cwd=self.folder, env=_quiet() | (environment or {}),
            capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip

    def copy(self, folder: Path) -> "Project":
        """Return an independent copy: what one test breaks, no other sees."""
        shutil.copytree(self.folder, folder)
        return Project(folder, self.league)


_MAIN = "from workbench.cli import main; main()"
#: Settings of whoever runs the tests, another package on the path, and what would have every process compile anew.
_LEFT_OUT = ("WORKBENCH_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


def _quiet() -> dict[str, str]:
    """The environment without settings of whoever runs the tests; one thread, no screen."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    return kept | {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real data (nflverse/, nfl_lines/, ...); skips where it is absent."""
    folder = Path(os.environ.get("WORKBENCH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "nflverse" / "schedules" / "games.parquet").exists():
        pytest.skip("real data not found: set WORKBENCH_REAL_DATA to a folder with nflverse/ and nfl_lines/")
    return folder


@pytest.fixture(scope="session")
def new_project() -> Callable[[Path], Project]:
    """Make a project without any run in a folder."""

    def made(folder: Path) -> Project:
        folder.mkdir(parents=True)
        for name in PARTS:
            part = REPOSITORY / name
            if part.is_dir():
                shutil.copytree(part, folder / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
            else:
                shutil.copy2(part, folder / name)
        return Project(folder)

    return made


@pytest.fixture(scope="session")
def demo_week(tmp_path_factory: pytest.TempPathFactory, new_project: Callable[[Path], Project]) -> Project:
    """The demo league's week, run once for the whole suite through the command line. To be read, never changed."""
    return _run_once("demo_week", ("--profile", "demo", *SMALL), factory=tmp_path_factory, new_project=new_project)


@pytest.fixture(scope="session")
def real_week(
    tmp_path_factory: pytest.TempPathFactory, new_project: Callable[[Path], Project], real_data: Path
) -> Project:
    """The NFL's week 10 of 2024, run once for the whole suite through the command line. To be read, never changed."""
    sources = [f"sources.{name}.base={real_data / folder}" for name, folder in REAL_SOURCES.items()]
    words = (
        "--profile",
        "nfl",
        "--season",
        "2024",
        "--week",
        "10",
        *SMALL,
        "--set",
        f"first_season={REAL_FIRST_SEASON}",
        *(w for s in sources for w in ("--set", s)),
    )
    return _run_once("real_week", words, factory=tmp_path_factory, new_project=new_project)


def _run_once(
    name: str, words: tuple[str, ...], *, factory: pytest.TempPathFactory, new_project: Callable[[Path], Project]
) -> Project:
    """Run a week in a folder that all workers share; the first to come runs it, the others wait."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    said = shared / f"{name}.txt"
    with FileLock(shared / f"{name}.lock"):
        if not said.exists():
            done = new_project(shared / name).run("weekly", *words)
            said.write_text(f"{done.returncode}\n{done.stdout}{done.stderr}")
    assert said.read_text().startswith("0\n"), said.read_text()
    return Project(shared / name, "nfl" if name == "real_week" else "demo")


@pytest.fixture(scope="module")
def networks_built_once() -> Iterator[None]:
    """Build a network of one size once, for tests of who is trained on what that train the same network many times.

    The functions of a network depend on these sizes alone, not on the rows (tests/bayes/sampling/test_compiled.py); to
    build them takes longer than a tiny fit.
    """
    from workbench.bayes import network_method
    from workbench.bayes.sampling import anchored

    built = anchored.compiled

    def compiled(network: Any, data: Any, *, sigma: float, hold: Any = ()) -> Any:
        import jax

        sizes = data.inputs.shape[1], data.n_players, data.n_teams, data.centre, data.scale
        key = (network, *sizes, sigma, tuple(hold))
        if key not in _BUILT:
            _BUILT[key] = built(network, data, sigma=sigma, hold=hold)
        jax.config.update("jax_enable_x64", False)  # as whoever builds one does
        return _BUILT[key]

    with pytest.MonkeyPatch.context() as patch:
        for module in (anchored, network_method):
            patch.setattr(module, "compiled", compiled)
        yield


_BUILT: dict[Any, Any] = {}


@pytest.fixture
def demo_copy(demo_week: Project, tmp_path: Path) -> Project:
    """A copy of the demo week to break."""
    return demo_week.copy(tmp_path / "project")
