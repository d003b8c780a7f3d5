"""The command line over a tiny week of two notebooks: what it runs, says, leaves and returns."""

import json
import os
import re
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from workbench import __version__, cli
from workbench.cli.doctor import differing_packages
from workbench.cli.status import week_states
from workbench.cli.week import ask
from workbench.stages import catalogue, keys
from workbench.stages.catalogue import Stage
from workbench.store.locks import artifact_lock
from workbench.store.runs import RunStore

NOTEBOOKS = Path(__file__).parent / "notebooks"
TINY = (
    Stage("01_first", "firsts", "First", "Does it start?", "ingest"),
    Stage("02_second", "seconds", "Second", "Does it go on?", "simulate", needs=("01_first",)),
)
#: What may be imported to find that a week is unchanged. Anything of these costs more than the rest together.
HEAVY = ("pandas", "numpy", "papermill", "nbclient", "nbconvert", "jupyter_client", "matplotlib", "scipy", "duckdb")
# `--help` takes 0.2 s of processor time here; 0.5 s is asked for, doubled for a slower machine.
HELP_SECONDS = 1.0


@pytest.fixture
def week(tmp_path, monkeypatch):
    """A project whose week has two tiny stages; returns what runs a command and gives (exit, out, error)."""
    for name in [n for n in os.environ if n.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "demo.yaml").write_text("league: demo\nlabel: Tiny league\nsimulated: true\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "STAGES", TINY)
    monkeypatch.setattr(catalogue, "NOTEBOOKS", NOTEBOOKS)
    facts = {"digest": "facts-1"}

    def inputs(stage, settings, *, season, week):
        store = RunStore(settings.league_artifacts)
        upstream = {name: store.require(name, (season, week)).key for name in stage.needs}
        return {"settings": json.dumps(settings.keyed(), sort_keys=True), **facts, **upstream}

    monkeypatch.setattr(keys, "inputs", inputs)
    return facts


@pytest.fixture
def command(week, capfd, monkeypatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, error = capfd.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, error

    return run


def pages(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / "reports" / "demo" / "2024_week10").iterdir() if not p.name.startswith("."))


def states() -> list[tuple[str, str]]:
    return [(s.name, s.state) for s in week_states(ask("demo", overrides={}))]


@pytest.mark.notebooks
class TestAWeek:
    def test_from_nothing_to_pages_to_unchanged_to_stale_to_failed(self, command, week, tmp_path):
        assert states() == [("01_first", "missing"), ("02_second", "missing")]
        code, out, error = command("weekly")
        assert (code, out.splitlines()[-1]) == (0, "reports/demo/2024_week10/index.html"), error
        assert "01_first: done in" in error
        assert pages(tmp_path) == ["01_first.html", "01_first.ipynb", "02_second.html", "02_second.ipynb", "index.html"]
        assert "There were 10000 draws." in (tmp_path / out.strip()).read_text()
        assert states() == [("01_first", "done"), ("02_second", "done")]
        for page in (tmp_path / "reports").rglob("*"):
            assert page.is_dir() or str(tmp_path) not in page.read_text()

        index = tmp_path / out.strip()
        index.touch()
        made = index.stat().st_mtime_ns
        code, out, error = command("weekly")
        assert (code, error) == (0, "01_first: unchanged\n02_second: unchanged\n")
        assert out.strip() == "reports/demo/2024_week10/index.html"
        assert index.stat().st_mtime_ns == made

        week["digest"] = "facts-2"
        assert states() == [("01_first", "stale"), ("02_second", "stale")]
        week["digest"] = "facts-1"

        code, out, error = command("weekly", "--set", "draws=666")
        assert code == 1
        assert out == ""
        last = error.splitlines()[-1]
        assert last.startswith("workbench: 02_second failed, cell")
        assert "cursed draws: 666" in last
        assert "artifacts/demo/executed/" in last
        assert "run the same command" in last
        assert "Traceback" not in error
        assert "cursed draws: 666" in (tmp_path / "reports/demo/2024_week10/02_second.html").read_text()
        assert "failed" in index.read_text()

        code, out, error = command("weekly")  # back to what was good: nothing is run, its pages come back
        assert (code, error) == (0, "01_first: unchanged\n02_second: unchanged\n")
        assert "cursed draws: 666" not in (tmp_path / "reports/demo/2024_week10/02_second.html").read_text()
        assert "There were 10000 draws." in index.read_text()
        assert states() == [("01_first", "done"), ("02_second", "done")]

    def test_a_verb_runs_what_its_stage_needs_and_a_single_stage_needs_it_there(self, command, tmp_path):
        code, _, error = command("run", "second")
        assert code == 1
        assert error.splitlines()[-1] == (
            "workbench: 01_first has left nothing for 2024 week 10. "
            "Run `workbench run 01_first --season 2024 --week 10` first."
        )
        code, _, error = command("simulate", "--week", "10")
        assert code == 0, error
        assert re.findall(r"^(\w+): done", error, re.M) == ["01_first", "02_second"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("weekly", "--set", "drows=3"), "There is no setting 'drows' (from --set). Did you mean 'draws'?"),
            (("weekly", "--set", "draws"), "--set takes KEY=VALUE, got 'draws'."),
            (("weekly", "--profile", "dem"), "There is no profile 'dem'. Did you mean 'demo'?"),
            (("weekly", "--from", "nowhere"), "No stage is called 'nowhere'."),
            (("run", "nowhere"), "No stage is called 'nowhere'."),
        ],
    )
    def test_what_there_is_not_is_said_in_one_line_with_exit_2(self, command, words, said):
        code, _, error = command(*words)
        assert code == 2
        assert error.startswith(f"workbench: {said}")
        assert error.count("\n") == 1

    def test_an_unknown_option_is_refused_with_exit_2(self, command):
        code, _, error = command("weekly", "--sason", "2024")
        assert code == 2
        assert "--season" in error

    def test_a_second_run_at_once_is_refused_and_told_by_whom(self, command, tmp_path):
        with artifact_lock(tmp_path / "artifacts" / "demo", command="workbench weekly"):
            code, _, error = command("weekly")
        assert code == 1
        assert f"in use by process {os.getpid()} (`workbench weekly`" in error

    def test_a_traceback_is_shown_only_when_asked_for(self, command, monkeypatch):
        monkeypatch.setattr(sys, "argv", ["workbench", "--debug", "weekly", "--set", "drows=3"])
        monkeypatch.setattr(os, "environ", dict(os.environ))
        with pytest.raises(cli.SettingsError):
            cli.main()

    def test_an_interruption_is_no_traceback(self, command, monkeypatch):
        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(import_module("workbench.cli.week"), "run_sequence", interrupted)
        code, _, error = command("weekly")
        assert code == 130
        assert error == "workbench: interrupted. The same command resumes where it stopped.\n"


class TestStatusAndDoctor:
    def test_status_shows_each_stage_and_who_is_at_work(self, command, tmp_path):
        with artifact_lock(tmp_path / "artifacts" / "demo", command="workbench weekly"):
            code, out, _ = command("status")
        assert code == 0
        assert [line.split() for line in out.splitlines() if "_" in line] == [
            ["01_first", "missing"],
            ["02_second", "missing"],
        ]
        assert f"process {os.getpid()} (`workbench weekly`)" in out

    def test_doctor_shows_where_settings_come_from_and_hides_passwords(self, command, monkeypatch):
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.setattr("workbench.data.ingest.probe", lambda settings, *, root: [("nflverse", True, "it answers")])
        _, out, _ = command("doctor", "--set", "ledger=postgresql://me:pass-word@localhost/l", "--set", "draws=500")
        rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
        assert rows["draws"] == ["500", "--set"]
        assert rows["label"] == ["Tiny", "league", "params/demo.yaml"]
        assert rows["seed"] == ["20240901", "default"]
        assert "pass-word" not in out
        for check in ("Python", "lock", "disk", "run lock", "source nflverse"):
            assert f"  {check}: " in out

    def test_doctor_fails_when_a_source_does_not_answer(self, command, monkeypatch):
        monkeypatch.setattr(
            "workbench.data.ingest.probe", lambda settings, *, root: [("lines", False, "no such folder")]
        )
        assert command("doctor", "--set", "sources.lines.base=nowhere")[0] == 1

    def test_a_package_may_be_locked_at_several_versions_each_for_some_machines(self):
        installed = __import__("pytest").__version__
        assert differing_packages(f"pytest==0.1 ; sys_platform == 'win32' \\\npytest=={installed} \\\n") == []
        assert differing_packages("pytest==0.1\nno-such-package==1\n") == [f"pytest {installed} != 0.1"]


class TestLightness:
    def test_help_lists_every_command_in_half_a_second(self):
        began = time.process_time(), os.times().children_user
        shown = subprocess.run(
            [sys.executable, "-c", "from workbench.cli import main; main()", "--help"], capture_output=True
        )
        spent = os.times().children_user - began[1]
        assert shown.returncode == 0
        for name in ("weekly", "run", "status", "doctor", "ingest", "profiles", "simulate", "publish", "grade"):
            assert re.search(rf"^\s+{name}\s", shown.stdout.decode(), re.M), name
        assert spent < HELP_SECONDS

    def test_the_version_is_the_packages(self, command):
        assert command("--version") == (0, f"{__version__}\n", "")

    def test_looking_at_an_unchanged_week_imports_nothing_heavy(self):
        code = (
            "import sys, workbench.cli.app, workbench.cli.week, workbench.cli.pages, workbench.stages.keys\n"
            f"print([m for m in {HEAVY!r} if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"

    def test_every_command_says_what_it_does(self):
        from workbench.cli.app import app

        assert all(c.help or c.callback.__doc__ for c in app.registered_commands if c.callback)
