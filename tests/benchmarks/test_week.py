"""What the whole week costs: against its stages as fresh processes, against itself unchanged, and in memory.

Times are ratios in one run of one machine; each side starts from the same league, already written and compiled.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from workbench.settings import SETTINGS_VARIABLE, load_settings
from workbench.stages.catalogue import STAGES

pytestmark = pytest.mark.benchmark

# The bars.
MOST_AGAINST_PROCESSES = 1.4
MOST_UNCHANGED = 0.05
MOST_BYTES = 2 * 1024**3


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def scripted(project: Any) -> None:
    """Write each weekly notebook's lines as a script: the same stage code, its tables and figures rendered too."""
    for stage in STAGES:
        cells = [
            "".join(c["source"])
            for c in json.loads((project.folder / "notebooks" / "weekly" / f"{stage.name}.ipynb").read_text())["cells"]
            if c["cell_type"] == "code"
        ]
        (project.folder / f"{stage.name}.py").write_text("\n".join(_shown(cell) for cell in cells))


def _shown(cell: str) -> str:
    """Return a cell whose last expression is rendered, as a notebook would."""
    import ast

    tree = ast.parse(cell)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        return cell
    head = "\n".join(ast.unparse(node) for node in tree.body[:-1])
    return f"{head}\n_ = {ast.unparse(last.value)}\n_ = _ and _._repr_mimebundle_()\n"


def as_processes(project: Any) -> None:
    overrides = {"artifacts": str(project.folder / "artifacts"), "reports": str(project.folder / "reports")}
    settings = load_settings("demo", overrides=overrides).to_json()
    for stage in STAGES:
        code = (project.folder / f"{stage.name}.py").read_text()
        done = project.python(
            code, environment={SETTINGS_VARIABLE: settings, "WORKBENCH_RUN_KEY": f"script-{stage.name}"}
        )
        assert done.returncode == 0, done.stderr


def as_notebooks(project: Any) -> None:
    done = project.run("weekly")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def took(tmp_path_factory: pytest.TempPathFactory, new_project: Callable[[Path], Any]) -> dict[str, float]:
    project = new_project(tmp_path_factory.mktemp("speed") / "project")
    scripted(project)
    as_processes(project)  # writes the league, the bytecode and the caches of files: neither side pays for them
    league = project.artifacts / "demo"

    def afresh() -> None:
        for left in project.artifacts.iterdir():
            if left != league:
                shutil.rmtree(left) if left.is_dir() else left.unlink()

    times = {}
    for name, work in (("processes", as_processes), ("runner", as_notebooks)):
        afresh()
        times[name] = seconds(lambda work=work: work(project))
    times["unchanged"] = seconds(lambda: as_notebooks(project))
    return times


def test_the_week_costs_little_more_than_its_stages_as_fresh_processes(
    took: dict[str, float], stated: Callable[..., None]
) -> None:
    ratio = took["runner"] / took["processes"]
    print(f"runner {took['runner']:.1f} s, processes {took['processes']:.1f} s, ratio {ratio:.2f}")
    what = "time of the demo week from nothing through the runner, pages made, over its stages as fresh processes"
    stated("week_runner", what, ratio, at_most=MOST_AGAINST_PROCESSES)
    assert ratio <= MOST_AGAINST_PROCESSES


def test_an_unchanged_week_costs_next_to_nothing(took: dict[str, float], stated: Callable[..., None]) -> None:
    ratio = took["unchanged"] / took["runner"]
    print(f"unchanged {took['unchanged']:.2f} s, first {took['runner']:.1f} s, ratio {ratio:.3f}")
    what = "time of the demo week run again unchanged over the first run"
    stated("week_unchanged", what, ratio, at_most=MOST_UNCHANGED, digits=3)
    assert ratio < MOST_UNCHANGED


@pytest.mark.real
def test_the_real_week_stays_under_two_gigabytes(
    tmp_path: Path, new_project: Callable[[Path], Any], real_data: Path, stated: Callable[..., None]
) -> None:
    """All processes of the run together, the waiting kernels too; a page they share counts once."""
    project = new_project(tmp_path / "project")
    words = ("weekly", "--profile", "nfl", "--season", "2024", "--week", "10")
    sources = ("nflverse", "nflverse"), ("lines", "nfl_lines")
    for name, folder in sources:
        words += ("--set", f"sources.{name}.base={real_data / folder}")
    began, peak = time.perf_counter(), 0
    with project.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
        while run.poll() is None:
            peak = max(peak, _together(psutil.Process(run.pid)))
            time.sleep(0.25)
        error = run.stderr.read() if run.stderr else ""
    print(f"peak {peak / 1024**2:.0f} MB, {time.perf_counter() - began:.0f} s from nothing")
    assert run.returncode == 0, error
    what = "peak memory of all processes of the real week together, over 2 GB"
    stated("week_memory", what, peak / MOST_BYTES, at_most=1.0, games=14)
    assert peak < MOST_BYTES


def _together(process: psutil.Process) -> int:
    """Return the proportional memory of a process and all below it; one that has just ended counts nothing."""
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    for member in family:
        try:
            total += member.memory_full_info().pss
        except psutil.Error:
            continue
    return total
