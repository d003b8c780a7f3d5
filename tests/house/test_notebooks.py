"""Notebook anatomy (STYLE, Notebooks): what every committed notebook must and must not contain."""

import ast
import json
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NOTEBOOKS = sorted(p for p in (REPOSITORY / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
WEEKLY = [p for p in NOTEBOOKS if p.parent.name == "weekly"]


def cells(path: Path, kind: str) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(path.read_text())["cells"] if c["cell_type"] == kind]


def name(path: Path) -> str:
    return path.stem


def test_there_are_notebooks():
    assert len(WEEKLY) >= 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
class TestEveryNotebook:
    def test_is_stored_without_outputs(self, path):
        code = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
        assert not any(c["outputs"] or c["execution_count"] for c in code)

    def test_has_one_title_which_is_a_question_or_an_invitation(self, path):
        titles = [m for text in cells(path, "markdown") for m in re.findall(r"^# .+$", text, re.M)]
        assert len(titles) == 1

    def test_is_small(self, path):
        code = cells(path, "code")
        assert len(code) <= 20
        assert sum(len([line for line in c.splitlines() if line.strip()]) for c in code) <= 100
        assert max(len(c.splitlines()) for c in code) <= 20

    def test_defines_nothing_and_catches_nothing(self, path):
        nodes = [n for c in cells(path, "code") for n in ast.walk(ast.parse(c.replace("%", "#")))]
        banned = (ast.FunctionDef, ast.ClassDef, ast.Try, ast.Lambda, ast.While)
        assert not [type(n).__name__ for n in nodes if isinstance(n, banned)]

    def test_types_no_result_in_prose(self, path):
        # A number with a decimal point in prose is a result somebody typed; constants live in settings.
        assert not [t for t in cells(path, "markdown") if re.search(r"\d+\.\d+", t)]


@pytest.mark.parametrize("path", WEEKLY, ids=name)
class TestEveryWeeklyNotebook:
    def test_opens_with_its_decision_and_closes_with_what_would_change_our_mind(self, path):
        markdown = cells(path, "markdown")
        assert "Decision" in markdown[0]
        assert "Reads" in markdown[0]
        assert any("What would change our mind" in t for t in markdown)

    def test_has_one_parameters_cell_of_typed_literals_with_help(self, path):
        tagged = [c for c in json.loads(path.read_text())["cells"] if "parameters" in c["metadata"].get("tags", [])]
        assert len(tagged) == 1
        lines = [line for line in "".join(tagged[0]["source"]).splitlines() if line.strip()]
        assert all(re.match(r"\w+: .+ = .+  # .+", line) for line in lines), lines
