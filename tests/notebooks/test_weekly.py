"""The weekly notebooks as a reader meets them: pages of the demo week that the suite ran once, and notebooks alone."""

import html
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import MissingArtifactError
from workbench.settings import load_settings
from workbench.stages.catalogue import STAGES, Stage
from workbench.stages.context import open_stage
from workbench.stages.keys import KEY_VARIABLE

pytestmark = pytest.mark.notebooks

# DESIGN section 7 aims under 1.5 MB a page; the demo league's 8 games must stay well inside what the NFL's 16 need.
PAGE_BYTES = 1_500_000
REPOSITORY = Path(__file__).parents[2]


def name(stage: Stage) -> str:
    return stage.name


def pages(week: Any) -> list[Path]:
    return sorted((week.folder / "reports").rglob("*.html"))


def test_there_is_a_page_a_stage_an_index_a_week_a_season_and_one_above(demo_week: Any) -> None:
    made = {p.relative_to(demo_week.folder / "reports").as_posix() for p in pages(demo_week)}
    stages = {f"demo/2024_week10/{stage.name}.html" for stage in STAGES}
    assert made == stages | {"demo/2024_week10/index.html", "demo/season_2024.html", "index.html"}
    index = (demo_week.pages / "index.html").read_text()
    assert all(f'href="{stage.name}.html"' in index for stage in STAGES)
    assert "2024_week10/index.html" in (demo_week.folder / "reports" / "demo" / "season_2024.html").read_text()


@pytest.mark.parametrize("stage", STAGES, ids=name)
class TestEveryPage:
    def test_is_small_and_says_that_the_league_is_simulated(self, stage: Stage, demo_week: Any) -> None:
        page = demo_week.pages / f"{stage.name}.html"
        assert page.stat().st_size < PAGE_BYTES
        assert "simulated" in page.read_text().lower()

    def test_opens_with_findings_and_numbers_and_shows_what_made_it(self, stage: Stage, demo_week: Any) -> None:
        text = html.unescape((demo_week.pages / f"{stage.name}.html").read_text())
        manifest = json.loads((demo_week.artifacts / stage.kind / "2024_week10" / "manifest.json").read_text())
        assert stage.question in text
        assert 1 <= len(manifest["summary"]["findings"]) <= 8
        assert manifest["summary"]["numbers"]
        for finding in manifest["summary"]["findings"]:
            assert finding in re.sub(r"<[^>]+>", "", text)
        assert manifest["data_hash"][:8] in text

    def test_its_notebook_ran_to_the_end_and_lies_beside_it(self, stage: Stage, demo_week: Any) -> None:
        notebook = json.loads((demo_week.pages / f"{stage.name}.ipynb").read_text())
        code = [c for c in notebook["cells"] if c["cell_type"] == "code" and "".join(c["source"]).strip()]
        assert all(c["execution_count"] for c in code)
        outputs = [o for c in code for o in c["outputs"]]
        assert not [o for o in outputs if o["output_type"] == "error"]
        # a warning in a cell is something nobody looked at
        assert not [o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == "stderr"]


def test_no_page_notebook_or_artifact_names_a_folder_of_the_machine(demo_week: Any) -> None:
    texts = [*(demo_week.folder / "reports").rglob("*.*"), *(demo_week.artifacts / "runs").rglob("*.*")]
    texts += [*(demo_week.artifacts / "executed").rglob("*.ipynb")]
    folders = {str(demo_week.folder), str(REPOSITORY), sys.prefix, str(Path.home())} - {"/"}
    # Home may be a word that pages use ("/root"); only with a folder behind it is it a path.
    found = [
        (path.name, folder)
        for path in texts
        if path.is_file()
        for folder in folders
        if f"{folder}/".encode() in path.read_bytes()
    ]
    assert not found


ALONE = """
import sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient

notebook = Path("notebooks/weekly") / sys.argv[1]
NotebookClient(
    nbformat.read(notebook, as_version=4), timeout=600, kernel_name="python3",
    resources={"metadata": {"path": str(notebook.parent)}},
).execute()
print("done")
"""


def alone(project: Any, stage: str) -> Any:
    """Run a notebook as JupyterLab does: its own folder, its default parameters, nobody's settings."""
    code = f"import sys; sys.argv[1:] = ['{stage}.ipynb']\n{ALONE}"
    return project.python(code, environment={"PYTHONPATH": str(project.folder)})


@pytest.mark.parametrize("stage", [s.name for s in STAGES if s.name in ("02_profiles", "11_dashboard")])
def test_a_notebook_alone_runs_with_its_default_parameters(stage: str, demo_copy: Any) -> None:
    done = alone(demo_copy, stage)
    assert done.stdout == "done\n", done.stderr[-2000:]


@pytest.mark.study
def test_every_notebook_alone_runs_in_order_from_nothing(new_project: Any, tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    for stage in STAGES:
        done = alone(project, stage.name)
        assert done.stdout == "done\n", done.stderr[-2000:]
    assert sorted(p.parent.parent.name for p in project.artifacts.glob("*/2024_week10/manifest.json")) == sorted(
        s.kind for s in STAGES
    )


def test_a_notebook_alone_whose_upstream_is_missing_names_the_stage_to_run(demo_copy: Any) -> None:
    shutil.rmtree(demo_copy.artifacts / "grading")
    done = alone(demo_copy, "11_dashboard")
    assert done.returncode != 0
    assert "MissingArtifactError" in done.stderr
    assert "Run `workbench run 08_grade_and_clv --season 2024 --week 10` first." in done.stderr


@pytest.mark.parametrize("stage", [s for s in STAGES if s.needs], ids=name)
def test_every_stage_names_what_it_misses(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_settings("demo", overrides={"artifacts": str(tmp_path)})
    monkeypatch.setenv("WORKBENCH_SETTINGS", settings.to_json())
    monkeypatch.setenv(KEY_VARIABLE, "k")
    with pytest.raises(MissingArtifactError, match=f"Run `workbench run {stage.needs[0]} --season 2024 --week 10`"):
        open_stage(stage.name, profile="demo", season=2024, week=10)
    assert not any(tmp_path.rglob("*.partial"))
