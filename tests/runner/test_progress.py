"""What a person sees while notebooks run."""

import io

import pytest

from workbench.runner import progress
from workbench.runner.progress import LiveProgress, PlainProgress


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_plain_lines_say_what_runs_how_long_it_took_and_what_is_kept(clock):
    lines: list[str] = []
    plain = PlainProgress(lines.append)
    plain.begin(["a", "b"])
    plain.unchanged("a")
    plain.started("b", expected=12.0)
    plain.finished("b", seconds=9.26)
    plain.end()
    assert lines == ["a: unchanged", "b: running, took 12 s last time", "b: done in 9.3 s"]


def test_plain_lines_name_the_cell_only_now_and_then(clock):
    lines: list[str] = []
    plain = PlainProgress(lines.append)
    plain.started("b", expected=None)
    for index in range(1, 31):
        clock[0] += 1.0
        plain.cell("b", index=index, total=30)
    assert lines == ["b: running", *(f"b: cell {n} of 30, {n} s" for n in (10, 20, 30))]


def test_the_live_table_shows_state_cell_elapsed_and_last_time(clock):
    from rich.console import Console

    screen = io.StringIO()
    live = LiveProgress(Console(file=screen, width=100, force_terminal=True, color_system=None))
    live.begin(["01_ingest", "02_profiles", "06_simulate"])
    live.unchanged("01_ingest")
    live.started("02_profiles", expected=7.5)
    live.cell("02_profiles", index=4, total=17)
    clock[0] += 3.0
    live.end()
    rows = [line.split() for line in screen.getvalue().splitlines()]
    assert ["01_ingest", "unchanged"] in rows
    assert ["02_profiles", "running", "cell", "4/17", "3.0", "s", "7.5", "s"] in rows
    assert ["06_simulate", "waiting"] in rows
