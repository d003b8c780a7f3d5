"""Which steps are run, and what their kernels import ahead."""

import json
from pathlib import Path

import pytest

from workbench.errors import ParameterError
from workbench.runner.plan import Step, imported_modules, select

STEPS = [
    Step(name=name, notebook=Path(f"{name}.ipynb"), key=lambda: "k", is_done=lambda key: False)
    for name in ("01_ingest", "02_profiles", "06_simulate")
]


def names(steps):
    return [step.name for step in steps]


def test_all_steps_run_unless_asked_otherwise():
    assert names(select(STEPS)) == ["01_ingest", "02_profiles", "06_simulate"]


def test_only_the_named_run_in_their_own_order():
    assert names(select(STEPS, only=["06_simulate", "01_ingest"])) == ["01_ingest", "06_simulate"]


def test_from_leaves_out_those_before():
    assert names(select(STEPS, start="02_profiles")) == ["02_profiles", "06_simulate"]


def test_an_unknown_stage_is_refused_and_the_nearest_named():
    with pytest.raises(ParameterError, match="Did you mean '02_profiles'"):
        select(STEPS, start="02_profile")


def test_the_modules_a_notebook_imports_are_found_without_running_it(tmp_path):
    notebook = tmp_path / "n.ipynb"
    sources = ["import pandas as pd, json", "from workbench.stages import ingest", "%matplotlib inline", "x = 1"]
    cells = [{"cell_type": "code", "metadata": {}, "source": [s]} for s in sources]
    notebook.write_text(json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# T"]}, *cells]}))
    assert imported_modules(notebook) == ("pandas", "json", "workbench.stages", "workbench.stages.ingest")
