"""Notebooks in sequence: fresh processes, kept results, faults that are told and leave nothing half made."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from workbench.cli import EXIT_TERMINATED
from workbench.errors import ParameterError, StageError, StoreError
from workbench.runner.executed import HIDDEN
from workbench.runner.sequence import Hooks, Options, run_sequence
from workbench.store import atomic
from workbench.store.locks import holder
from workbench.store.runs import RunStore

pytestmark = pytest.mark.notebooks

# A kernel starts in 1 to 5 s, on a machine that does other things as well.
PATIENCE_SECONDS = 180.0
# ipykernel's own poll takes a second; Linux ends the kernel at once.
ORPHAN_SECONDS = 10.0


@pytest.fixture
def options(tmp_path):
    return Options(records=tmp_path / "executed", root=tmp_path, limit_seconds=PATIENCE_SECONDS)


def outputs(notebook: Path) -> str:
    return "\n".join(json.dumps(cell.get("outputs", "")) for cell in json.loads(notebook.read_text())["cells"])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


def waited_until(condition, *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())


class TestAGoodWeek:
    def test_each_stage_has_a_fresh_process_and_what_is_unchanged_is_kept(self, tmp_path, step, options, heard):
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        second.mkdir()
        pages: list[tuple[str, bool, bool]] = []
        kept: list[tuple[str, str]] = []
        hooks = Hooks(
            on_executed=lambda s, n, key: pages.append(
                (s.name, n.is_file(), threading.current_thread().name == "MainThread")
            ),
            on_unchanged=lambda s, n, key: kept.append((n.name, key)),
        )
        steps = [
            step("succeeds", key="k1", folder=str(first), number=41),
            step("succeeds", key="k2", folder=str(second)),
        ]
        outcomes = run_sequence(steps, options=options, progress=heard, hooks=hooks)
        one, two = (json.loads((folder / "succeeds.json").read_text()) for folder in (first, second))
        assert [o.status for o in outcomes] == ["done", "done"]
        assert (one["sum"], two["sum"]) == (42, 2)  # given, and the default
        assert (one["key"], two["key"]) == ("k1", "k2")  # known only after the kernel was started ahead
        assert one["pid"] != two["pid"]
        assert one["parent"] == two["parent"] == os.getpid()  # started, never forked from one another
        assert one["threads"] == "1"
        assert one["folder"] == str(tmp_path)
        assert not alive(one["pid"])
        assert not alive(two["pid"])
        assert pages == [("succeeds", True, False)] * 2  # pages are made beside the next stage, not before it
        assert ("cell", "succeeds", 5, 5) in heard.said  # parameters, the injected ones and three more
        assert heard.said[-1] == ("end",)

        (first / "succeeds.json").unlink()
        again = run_sequence(steps, options=options, progress=heard, hooks=hooks)
        assert [o.status for o in again] == ["unchanged", "unchanged"]
        assert not (first / "succeeds.json").exists()
        assert kept == [("succeeds.ipynb", "k1"), ("succeeds.ipynb", "k2")]

    def test_what_is_gone_or_forced_is_run_again_and_told_how_long_it_took(self, tmp_path, step, options, heard):
        run_sequence([step("succeeds")], options=options, progress=heard)
        assert ("started", "succeeds", False) in heard.said
        gone = step("succeeds", done=lambda key: False)
        assert run_sequence([gone], options=options, progress=heard)[0].status == "done"
        assert ("started", "succeeds", True) in heard.said


class TestParameters:
    def test_nothing_runs_if_any_stage_is_given_a_wrong_parameter(self, tmp_path, step, options, heard):
        steps = [step("succeeds"), step("raises", number=3)]
        with pytest.raises(ParameterError, match="raises has no parameter 'number'"):
            run_sequence(steps, options=options, progress=heard)
        assert not (tmp_path / "succeeds.json").exists()
        assert heard.said == []

    def test_a_cell_that_is_no_schema_is_refused_before_anything_runs(self, step, options, heard):
        with pytest.raises(ParameterError, match="untyped_parameter"):
            run_sequence([step("succeeds"), step("untyped_parameter")], options=options, progress=heard)
        assert heard.said == []

    def test_a_missing_notebook_is_named(self, step, options, heard):
        with pytest.raises(ParameterError, match=r"no notebook 'never_written.ipynb'"):
            run_sequence([step("never_written")], options=options, progress=heard)


class TestFaults:
    def test_a_stage_that_raises_keeps_its_notebook_and_stops_the_week(self, tmp_path, step, options, heard):
        seen: list[tuple[str, str]] = []

        def on_failed(failed, notebook, reason):
            seen.append((reason, outputs(notebook)))  # the notebook is there before its page is tried
            raise OSError("no page today")

        with pytest.raises(StageError, match=r"raises failed, cell \d: ValueError: odds of -110") as failure:
            run_sequence(
                [step("raises"), step("succeeds")], options=options, progress=heard, hooks=Hooks(on_failed=on_failed)
            )
        reason, saved = seen[0]
        assert "odds of -110" in reason
        assert "kept" in saved
        assert "ValueError" in saved
        assert "executed/key-of-raises/raises.ipynb" in str(failure.value)
        assert failure.value.__notes__ == ["Its page could not be made: no page today"]
        assert not (tmp_path / "after").exists()
        assert not (tmp_path / "succeeds.json").exists()
        assert ("failed", "raises") in heard.said
        assert not (tmp_path / "executed" / "key-of-raises" / "run.json").exists()

    def test_a_stage_past_its_limit_is_stopped_and_its_partial_notebook_kept(self, tmp_path, step, heard):
        options = Options(records=tmp_path / "executed", root=tmp_path, limit_seconds=1.0)
        began = time.monotonic()
        with pytest.raises(StageError, match="longer than the limit of 1 s"):
            run_sequence([step("hangs")], options=options, progress=heard)
        assert time.monotonic() - began < PATIENCE_SECONDS
        saved = outputs(tmp_path / "executed" / "key-of-hangs" / "hangs.ipynb")
        assert "going to sleep" in saved
        assert "StageTimeLimit" in saved

    def test_a_process_that_dies_is_told_and_its_last_words_kept(self, tmp_path, step, options, heard):
        with pytest.raises(StageError, match="its process died"):
            run_sequence([step("dies")], options=options, progress=heard)
        saved = outputs(tmp_path / "executed" / "key-of-dies" / "dies.ipynb")
        assert "last words" in saved
        assert "KernelDied" in saved

    def test_half_an_artifact_is_never_seen_and_the_next_run_replaces_it(self, tmp_path, step, options, heard):
        store = RunStore(tmp_path)
        name = "leaves_half_an_artifact"
        with pytest.raises(StageError):
            run_sequence([step(name, done=store.is_complete)], options=options, progress=heard)
        assert [p.name for p in (tmp_path / "runs").iterdir()] == [f"key-of-{name}.partial"]
        assert store.latest("half", (2024, 10)) is None

        run_sequence([step(name, done=store.is_complete, whole=True)], options=options, progress=heard)
        assert [p.name for p in (tmp_path / "runs").iterdir()] == [f"key-of-{name}"]
        found = store.require("half", (2024, 10))
        assert sorted(found.files) == ["first.txt", "second.txt"]

    def test_a_secret_and_the_machines_folders_never_reach_the_saved_notebook(self, tmp_path, step, heard):
        options = Options(
            records=tmp_path / "executed", root=tmp_path, environment={"ODDS_API_KEY": "s3cr3t"}, secrets=("s3cr3t",)
        )
        with pytest.raises(StageError, match="refused for key") as failure:
            run_sequence([step("prints_a_secret", folder="")], options=options, progress=heard)
        text = (tmp_path / "executed" / "key-of-prints_a_secret" / "prints_a_secret.ipynb").read_text()
        assert "s3cr3t" not in text
        assert "s3cr3t" not in str(failure.value)
        assert f"key: {HIDDEN}" in text
        assert str(tmp_path) not in text
        assert "here: ." in text

    def test_a_full_disk_is_told_and_the_next_run_recovers(self, tmp_path, step, options, heard, monkeypatch):
        flush = atomic._flush

        def full(path):
            if ".ipynb" in path.name:
                raise OSError(errno.ENOSPC, "No space left on device")
            flush(path)

        with monkeypatch.context() as disk:
            disk.setattr(atomic, "_flush", full)
            with pytest.raises(StoreError, match=r"The disk is full: succeeds.ipynb"):
                run_sequence([step("succeeds")], options=options, progress=heard)
        assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["kernels.log"]
        assert run_sequence([step("succeeds")], options=options, progress=heard)[0].status == "done"

    def test_a_page_that_cannot_be_made_leaves_the_stage_to_be_run_again(self, tmp_path, step, options, heard):
        def on_executed(done, notebook, key):
            raise StageError("the page is lost")

        with pytest.raises(StageError, match="the page is lost"):
            run_sequence([step("succeeds")], options=options, progress=heard, hooks=Hooks(on_executed=on_executed))
        assert not (tmp_path / "executed" / "key-of-succeeds" / "run.json").exists()


RUNNER = """
import signal
import sys
from pathlib import Path
from workbench.cli import stop_in_order
from workbench.runner.plan import Step
from workbench.runner.progress import PlainProgress
from workbench.runner.sequence import Options, run_sequence
from workbench.store.locks import artifact_lock
from workbench.store import atomic
from workbench.store.locks import holder
from workbench.store.runs import RunStore

signal.signal(signal.SIGTERM, stop_in_order)
folder, notebook, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
store = RunStore(folder)
step = Step(name="waits", notebook=notebook, key=lambda: "k", is_done=store.is_complete,
            parameters={"folder": str(folder), "seconds": seconds})
with artifact_lock(folder, command="workbench weekly"):
    store.sweep()
    print(run_sequence([step], options=Options(records=folder / "executed", root=folder),
                       progress=PlainProgress(lambda line: None))[0].status)
"""


class TestAKilledRunner:
    def test_it_leaves_no_kernel_and_no_lock_and_the_next_run_recovers(self, tmp_path):
        notebook = Path(__file__).parents[1] / "notebooks" / "waits.ipynb"
        command = [sys.executable, "-c", RUNNER, str(tmp_path), str(notebook)]
        killed = subprocess.Popen([*command, "600"])
        sign = tmp_path / "alive"
        try:
            assert waited_until(lambda: sign.is_file() and sign.read_text(), seconds=PATIENCE_SECONDS)
            refused = subprocess.run([*command, "0"], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        finally:
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        assert "LockedError" in refused.stderr
        assert f"process {killed.pid} (`workbench weekly`" in refused.stderr
        assert waited_until(lambda: not alive(int(sign.read_text())), seconds=ORPHAN_SECONDS)
        assert [p.name for p in (tmp_path / "runs").iterdir()] == ["k.partial"]

        recovered = subprocess.run([*command, "0"], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert recovered.stdout == "done\n", recovered.stderr
        assert [p.name for p in (tmp_path / "runs").iterdir()] == ["k"]
        assert RunStore(tmp_path).is_complete("k")

    def test_told_to_stop_it_ends_its_kernel_lets_go_of_the_lock_and_keeps_the_notebook(self, tmp_path):
        notebook = Path(__file__).parents[1] / "notebooks" / "waits.ipynb"
        sign = tmp_path / "alive"
        with subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(tmp_path), str(notebook), "600"], stderr=subprocess.PIPE, text=True
        ) as told:
            assert waited_until(lambda: sign.is_file() and sign.read_text(), seconds=PATIENCE_SECONDS)
            told.terminate()
            _, error = told.communicate(timeout=PATIENCE_SECONDS)
        assert told.returncode == EXIT_TERMINATED
        assert error == ""
        assert not alive(int(sign.read_text()))
        assert holder(tmp_path) is None
        assert (tmp_path / "executed" / "k" / "waits.ipynb").is_file()
        assert not (tmp_path / "executed" / "k" / "run.json").exists()
