"""`workbench leaks` and `workbench replay`: what they print, say to do, and return."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench import cli
from workbench.backtest.equivalence import DIFFERENCE_COLUMNS, no_differences
from workbench.backtest.leaks import LeakTest
from workbench.cli import leaks as leaks_module
from workbench.cli import replay as replay_module
from workbench.clock import Week

WEEK = Week(2024, 6)
ROW = ["prices", "g1", "spread", "home", "win", "0.5", "0.6"]

Command = Callable[..., tuple[int, str, str]]


def differing(n: int = 1) -> pd.DataFrame:
    return pd.DataFrame([ROW] * n, columns=list(DIFFERENCE_COLUMNS)) if n else no_differences()


def outcome(n: int = 0, *, planted: bool = False, touched: int = 500) -> LeakTest:
    return LeakTest(WEEK, "the future cut off", touched, differing(n), 1.5, planted)


@pytest.fixture
def command(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command in an empty project and gives (exit, out, error)."""
    for name in [n for n in os.environ if n.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "demo.yaml").write_text("league: demo\nlabel: Tiny league\nsimulated: true\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(leaks_module, "study_facts", lambda settings: None)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, error = capfd.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, error

    return run


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the search finds, and what it was asked for."""
    told: dict[str, Any] = {"tests": []}

    def search(settings: Any, facts: Any, *, weeks: Any) -> Iterator[LeakTest]:
        told.update(settings=settings, weeks=weeks)
        yield from told["tests"]

    monkeypatch.setattr(leaks_module, "leak_tests", search)
    return told


def test_a_search_that_finds_nothing_says_how_hard_it_looked(command: Command, found: dict[str, Any]) -> None:
    found["tests"] = [outcome(), outcome(2, planted=True)]
    code, out, _ = command("leaks", "--season", "2023", "--weeks", "6,10", "--decide-at", "open")
    assert code == 0
    assert found["weeks"] == [Week(2023, 6), Week(2023, 10)]
    assert found["settings"].decide_at == "open"
    lines = out.splitlines()
    assert len(lines) == 4
    assert lines[1].endswith("identical")
    assert "PLANTED" in lines[2]
    assert "1 provocations touched 500 rows" in lines[3]
    assert "all 1 planted leaks were caught" in lines[3]


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (outcome(1), "Find what reads past its instant there"),
        (outcome(0, planted=True), "the search is blind"),
    ],
    ids=["a leak", "a planted one not caught"],
)
def test_a_leak_is_an_exit_of_one_and_one_line_of_what_to_do(
    test: LeakTest, said: str, command: Command, found: dict[str, Any]
) -> None:
    found["tests"] = [outcome(), test, outcome(2, planted=True)]
    code, out, error = command("leaks")
    assert code == 1
    assert said in error.splitlines()[-1]
    assert "Nothing leaks" not in out
    if len(test.differing):
        assert "g1" in error
        assert "workbench leaks --profile demo --season 2024 --weeks 6" in error


def test_a_search_that_touched_nothing_proves_nothing(command: Command, found: dict[str, Any]) -> None:
    found["tests"] = [outcome(touched=0), outcome(2, planted=True)]
    code, out, error = command("leaks")
    assert code == 1
    assert "no row to touch" in out
    assert "nothing is proved" in error
    found["tests"].append(outcome())
    assert command("leaks")[0] == 0


def test_weeks_that_are_no_numbers_are_refused(command: Command, found: dict[str, Any]) -> None:
    code, _, error = command("leaks", "--weeks", "6,ten")
    assert code == 2
    assert "'ten'" in error


@pytest.mark.parametrize("n", [0, 50])
def test_a_replay_prints_the_same_slip_or_the_rows(n: int, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        sentence, changed, differences, same = "2024 week 10: the finding.", ("Because.",), differing(n), not n

    monkeypatch.setattr(replay_module, "replay_week", lambda settings, week: Found)
    code, out, _ = command("replay", "--week", "10")
    assert code == (1 if n else 0)
    assert out.startswith("2024 week 10: the finding.\n  Because.\n")
    assert out.count("spread") == min(n, 40)
    assert ("10 values more" in out) == (n == 50)
