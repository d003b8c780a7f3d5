"""What the notebook runner costs, as ratios in one run: against fresh Python processes, and against itself unchanged.

The stages are synthetic: each imports what a stage imports and computes for about a second, on one thread.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark

STAGES = 4
# The bars. The ratio is usually well below one: the next stage's imports run beside this stage's work.
MOST_AGAINST_PROCESSES = 1.4
MOST_UNCHANGED = 0.05

CELLS = (
    "import numpy as np\nimport pandas as pd\nfrom scipy import optimize, stats\nimport matplotlib.pyplot as plt",
    "rng = np.random.default_rng(seed)\nframe = pd.DataFrame(rng.normal(size=(600_000, 6)), columns=list('abcdef'))",
    "means = frame.groupby((frame['a'] * 10).round()).mean()\nordered = frame.sort_values(['b', 'c'])",
    "fitted = optimize.minimize(lambda x: ((frame['a'] - x[0]) ** 2 + (frame['b'] - x[1]) ** 2).mean(), [1.0, 1.0])",
    "density = stats.gaussian_kde(frame['a'].to_numpy()[:5_000])(np.linspace(-3, 3, 400))\nprint(len(means))",
)

RUNNER = """
import sys
from pathlib import Path
from workbench.runner.plan import Step
from workbench.runner.progress import PlainProgress
from workbench.runner.sequence import Options, run_sequence
from workbench.store.runs import lock_digest, run_key, source_digest

folder = Path(sys.argv[1])
package = folder / "copy" / "workbench"  # a copy: whoever edits the package while this runs does not change the keys

def step(number):
    notebook = folder / f"stage{number}.ipynb"
    def key():
        return run_key(notebook=notebook.read_bytes(), source_digest=source_digest(package), inputs={},
                       lock_digest=lock_digest(folder / "copy" / "requirements.lock"), parameters={"seed": number})
    return Step(name=notebook.stem, notebook=notebook, key=key, is_done=lambda key: True, parameters={"seed": number})

outcomes = run_sequence([step(n) for n in range(int(sys.argv[2]))], progress=PlainProgress(lambda line: None),
                        options=Options(records=folder / "executed", root=folder))
print(*sorted({o.status for o in outcomes}))
"""


def written(folder: Path) -> None:
    """Write each stage twice: as a notebook and as a script with the same lines."""
    parameters = {"cell_type": "code", "id": "p", "metadata": {"tags": ["parameters"]}, "source": "seed: int = 0"}
    cells = [
        parameters,
        *({"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": s} for i, s in enumerate(CELLS)),
    ]
    cells = [{**cell, "outputs": [], "execution_count": None} for cell in cells]
    body = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    for number in range(STAGES):
        (folder / f"stage{number}.ipynb").write_text(json.dumps(body))
        (folder / f"stage{number}.py").write_text("\n".join([f"seed = {number}", *CELLS]))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict[str, float]:
    folder = tmp_path_factory.mktemp("week")
    written(folder)
    repository = Path(__file__).parents[2]
    shutil.copytree(repository / "workbench", folder / "copy" / "workbench")
    shutil.copy(repository / "requirements.lock", folder / "copy")
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}

    def scripts() -> None:
        for number in range(STAGES):
            subprocess.run(
                [sys.executable, str(folder / f"stage{number}.py")], check=True, env=alone, stdout=subprocess.DEVNULL
            )

    def notebooks() -> None:
        command = [sys.executable, "-c", RUNNER, str(folder), str(STAGES)]
        said.append(subprocess.run(command, check=True, env=alone, stdout=subprocess.PIPE, text=True).stdout)

    said: list[str] = []
    scripts()  # files into memory, bytecode onto disk: neither side pays for the other
    took = {"processes": seconds(scripts), "runner": seconds(notebooks), "unchanged": seconds(notebooks)}
    assert said == ["done\n", "unchanged\n"]
    return took


def test_the_runner_costs_little_more_than_a_fresh_process_a_stage(measured, stated):
    ratio = measured["runner"] / measured["processes"]
    print(f"runner {measured['runner']:.1f} s, processes {measured['processes']:.1f} s, ratio {ratio:.2f}")
    what = "time of four synthetic notebooks through the runner over the same code as fresh processes"
    stated("runner", what, ratio, at_most=MOST_AGAINST_PROCESSES)
    assert ratio <= MOST_AGAINST_PROCESSES


def test_an_unchanged_week_costs_next_to_nothing(measured, stated):
    ratio = measured["unchanged"] / measured["runner"]
    print(f"unchanged {measured['unchanged']:.2f} s, first {measured['runner']:.1f} s, ratio {ratio:.3f}")
    what = "time of four synthetic notebooks run again unchanged over the first run"
    stated("unchanged", what, ratio, at_most=MOST_UNCHANGED, digits=3)
    assert ratio < MOST_UNCHANGED
