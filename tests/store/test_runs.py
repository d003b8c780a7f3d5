"""Runs by key: whole or absent, verified when read, one at a time."""

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import LockedError, MissingArtifactError, StoreError
from workbench.store import atomic, runs
from workbench.store.atomic import disk_errors, replacing, write_text
from workbench.store.locks import artifact_lock, holder
from workbench.store.runs import Manifest, RunStore, lock_digest, run_key, source_digest

WEEK = (2024, 10)


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path)


def manifest(key: str = "k1", **changes) -> Manifest:
    whole = Manifest(stage="06_simulate", league="demo", kind="predictions", season=2024, week=10, key=key)
    return replace(whole, **changes)


def committed(store: RunStore, key: str = "k1", **files: str) -> Manifest:
    working = store.open(key)
    for name, content in (files or {"draws": "1 2 3"}).items():
        (working / f"{name}.csv").write_text(content)
    return store.commit(manifest(key))


def notebook(*sources: str, outputs=(), **metadata) -> bytes:
    cells = [{"cell_type": "code", "metadata": metadata, "source": s, "outputs": list(outputs)} for s in sources]
    return json.dumps({"cells": cells, "metadata": metadata}).encode()


class TestKeys:
    PARTS = {  # noqa: RUF012
        "notebook": notebook("1 + 1"),
        "source_digest": "s",
        "lock_digest": "l",
        "parameters": {"week": 10, "season": 2024},
        "inputs": {"01_ingest": "abc"},
    }

    @pytest.mark.parametrize(
        "change",
        [
            {"notebook": notebook("1 + 2")},
            {"source_digest": "t"},
            {"lock_digest": "m"},
            {"parameters": {"week": 11, "season": 2024}},
            {"inputs": {"01_ingest": "abd"}},
            {"inputs": {}},
        ],
    )
    def test_any_change_of_what_a_run_is_made_from_changes_its_key(self, change):
        assert run_key(**{**self.PARTS, **change}) != run_key(**self.PARTS)

    def test_the_order_of_parameters_does_not(self):
        turned = {**self.PARTS, "parameters": {"season": 2024, "week": 10}}
        assert run_key(**turned) == run_key(**self.PARTS)

    def test_running_a_notebook_in_the_editor_does_not(self):
        run = notebook("1 + 1", outputs=[{"output_type": "stream", "text": "2"}], scrolled=True)
        assert run_key(**{**self.PARTS, "notebook": run}) == run_key(**self.PARTS)

    def test_a_tag_does(self):
        tagged = notebook("1 + 1", tags=["parameters"])
        assert run_key(**{**self.PARTS, "notebook": tagged}) != run_key(**self.PARTS)

    def test_a_source_file_changed_renamed_or_added_changes_the_digest_and_a_cache_does_not(self, tmp_path):
        (tmp_path / "a.py").write_text("x = 1")
        first = source_digest(tmp_path)
        (tmp_path / "__pycache__").mkdir()
        (tmp_path / "__pycache__" / "a.pyc").write_text("?")
        (tmp_path / "cli").mkdir()
        (tmp_path / "cli" / "app.py").write_text("?")
        assert source_digest(tmp_path) == first
        (tmp_path / "a.py").write_text("x = 2")
        second = source_digest(tmp_path)
        (tmp_path / "a.py").rename(tmp_path / "b.py")
        assert len({first, second, source_digest(tmp_path)}) == 3

    def test_without_a_lock_the_digest_says_so(self, tmp_path):
        assert lock_digest(tmp_path / "requirements.lock") == "unlocked"


class TestCommit:
    def test_a_run_is_partial_until_committed_and_then_whole(self, store, tmp_path):
        working = store.open("k1")
        assert working == tmp_path / "runs" / "k1.partial"
        (working / "deep").mkdir()
        (working / "deep" / "draws.csv").write_text("1 2 3")
        assert not store.is_complete("k1")
        whole = store.commit(manifest())
        assert list(whole.files) == ["deep/draws.csv"]
        assert store.is_complete("k1")
        assert not working.exists()
        view = tmp_path / "predictions" / "2024_week10"
        assert (view / "deep" / "draws.csv").read_text() == "1 2 3"
        assert store.latest("06_simulate", WEEK) == whole
        assert store.manifest("k1") == whole

    def test_the_view_moves_to_the_newer_run_and_back_without_leftovers(self, store, tmp_path):
        first = committed(store, "k1", draws="1", only_in_first="x")
        second = committed(store, "k2", draws="2")
        view = tmp_path / "predictions" / "2024_week10"
        assert sorted(p.name for p in view.iterdir()) == ["draws.csv", "manifest.json"]
        assert store.is_current(second)
        assert not store.is_current(first)
        store.promote(first)
        assert store.latest("06_simulate", WEEK) == first
        assert (view / "draws.csv").read_text() == "1"
        assert store.path(second, "draws.csv").read_text() == "2"

    def test_a_forced_run_replaces_the_one_of_the_same_key(self, store):
        committed(store, "k1", draws="1")
        again = committed(store, "k1", draws="2")
        assert store.path(again, "draws.csv").read_text() == "2"
        assert [p.name for p in (store.root / "runs").iterdir()] == ["k1"]

    def test_a_committed_file_is_not_saved_over_by_accident(self, store):
        path = store.path(committed(store), "draws.csv")
        assert not path.stat().st_mode & 0o222

    def test_what_a_killed_run_left_is_replaced(self, store):
        (store.open("k1") / "half.csv").write_text("1")
        assert list(store.open("k1").iterdir()) == []

    def test_sweeping_removes_what_killed_runs_left_and_nothing_else(self, store):
        committed(store, "k1")
        store.open("k2")
        assert store.sweep() == ["k2.partial"]
        assert store.is_complete("k1")

    def test_a_run_that_was_not_opened_or_did_not_end_well_is_not_committed(self, store):
        with pytest.raises(StoreError, match="was not opened"):
            store.commit(manifest())
        store.open("k1")
        with pytest.raises(StoreError, match="'failed'"):
            store.commit(manifest(status="failed"))

    @settings(max_examples=15, deadline=None)
    @given(
        st.dictionaries(st.text("abc", min_size=1), st.floats(allow_nan=False, allow_infinity=False), max_size=3),
        st.integers(1, 22),
    )
    def test_a_manifest_comes_back_as_it_went(self, parameters, week):
        whole = manifest(parameters=parameters, week=week, summary={"findings": ["é ≥ 3"]})
        assert Manifest.from_json(whole.to_json()) == whole

    def test_a_manifest_that_cannot_be_read_says_so(self):
        with pytest.raises(StoreError, match="--force"):
            Manifest.from_json('{"stage": "06_simulate"}')

    def test_weeks_come_oldest_first(self, store):
        for key, week in (("k1", 10), ("k2", 9)):
            store.open(key)
            store.commit(manifest(key, week=week))
        assert [m.week for m in store.weeks()] == [9, 10]


class TestReading:
    def test_a_missing_stage_is_named_with_the_command(self, store):
        with pytest.raises(MissingArtifactError, match="`workbench run 06_simulate --season 2024 --week 10` first"):
            store.require("06_simulate", WEEK)

    def test_a_file_never_left_is_named(self, store):
        with pytest.raises(MissingArtifactError, match=r"has not left 'slip.csv'"):
            store.path(committed(store), "slip.csv")

    def test_a_corrupted_file_is_detected_by_its_hash_and_its_run_is_not_complete(self, store):
        whole = committed(store)
        path = store.folder("k1") / "draws.csv"
        path.chmod(0o644)
        path.write_text("1 2 4")
        with pytest.raises(StoreError, match=r"hash differs.*--force"):
            store.path(whole, "draws.csv")
        assert not store.is_complete("k1")

    def test_a_file_that_is_gone_makes_its_run_incomplete(self, store):
        committed(store)
        (store.folder("k1") / "draws.csv").unlink()
        assert not store.is_complete("k1")

    def test_a_damaged_manifest_makes_its_run_incomplete(self, store):
        committed(store)
        (store.folder("k1") / "manifest.json").write_text("{")
        assert not store.is_complete("k1")


class TestAFullDisk:
    @pytest.fixture
    def full(self, monkeypatch):
        def refuse(*_, **__):
            raise OSError(errno.ENOSPC, "No space left on device")

        return lambda target, name: monkeypatch.setattr(target, name, refuse)

    def test_a_write_leaves_what_was_there_and_nothing_half_written(self, tmp_path, full):
        write_text(tmp_path / "a.txt", "before")
        full(atomic, "_flush")
        with pytest.raises(StoreError, match=r"The disk is full: a.txt was not written.*Free some space"):
            write_text(tmp_path / "a.txt", "after")
        assert (tmp_path / "a.txt").read_text() == "before"
        assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]

    def test_a_commit_leaves_the_week_as_it_was(self, store, full):
        first = committed(store, "k1", draws="1")
        working = store.open("k2")
        (working / "draws.csv").write_text("2")
        full(runs, "write_text")
        with pytest.raises(StoreError, match="The disk is full"):
            store.commit(manifest("k2"))
        assert store.latest("06_simulate", WEEK) == first
        assert not store.is_complete("k2")

    def test_a_view_that_could_not_be_moved_still_reads_the_old_run(self, store, full, monkeypatch):
        first = committed(store, "k1", draws="1")
        working = store.open("k2")
        (working / "draws.csv").write_text("2")
        full(runs, "_link")
        with pytest.raises(StoreError, match="The disk is full"):
            store.commit(manifest("k2"))
        latest = store.require("06_simulate", WEEK)
        assert latest == first
        assert store.path(latest, "draws.csv").read_text() == "1"

    def test_opening_a_run_says_so(self, store, full):
        full(Path, "mkdir")
        with pytest.raises(StoreError, match="The disk is full"):
            store.open("k1")

    def test_a_folder_that_may_not_be_written_is_told_apart(self):
        with pytest.raises(StoreError, match="may not be written here"), disk_errors("a.txt"):
            raise PermissionError(errno.EACCES, "Permission denied")

    def test_other_errors_pass(self):
        with pytest.raises(FileNotFoundError), disk_errors("a.txt"):
            raise FileNotFoundError(errno.ENOENT, "no such file")

    def test_an_error_while_writing_leaves_nothing(self, tmp_path):
        def half(path: Path) -> None:
            path.write_text("half")
            raise ValueError("cut off")

        with pytest.raises(ValueError, match="cut off"), replacing(tmp_path / "a.txt") as path:
            half(path)
        assert list(tmp_path.iterdir()) == []

    def test_files_on_a_system_without_links_are_copied(self, store, monkeypatch):
        def refuse(*_):
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
        committed(store, draws="1 2 3")
        assert (store.root / "predictions" / "2024_week10" / "draws.csv").read_text() == "1 2 3"


HOLD = """
import sys
from pathlib import Path
from workbench.store.locks import artifact_lock
with artifact_lock(Path(sys.argv[1]), command="workbench weekly"):
    print("held", flush=True)
    sys.stdin.read()
"""


class TestTheLock:
    def test_a_second_run_is_refused_and_told_by_whom_and_a_dead_one_holds_nothing(self, tmp_path):
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout
            assert other.stdout.readline() == "held\n"
            with (
                pytest.raises(
                    LockedError, match=rf"process {other.pid} \(`workbench weekly`, since 20.*`kill {other.pid}`"
                ),
                artifact_lock(tmp_path, command="mine"),
            ):
                pytest.fail("two runs at once")
            seen = holder(tmp_path)
            assert seen is not None
            assert (seen.pid, seen.command) == (other.pid, "workbench weekly")
            other.kill()
            other.wait()
            assert holder(tmp_path) is None  # its note is still there, its lock is not
            with artifact_lock(tmp_path, command="mine"):
                mine = holder(tmp_path)
        assert mine is not None
        assert mine.pid == os.getpid()

    def test_it_is_free_before_and_after(self, tmp_path):
        assert holder(tmp_path / "never") is None
        with artifact_lock(tmp_path / "made", command="mine"):
            pass
        assert holder(tmp_path / "made") is None

    def test_an_error_under_it_lets_it_go(self, tmp_path):
        with pytest.raises(RuntimeError, match="oops"), artifact_lock(tmp_path, command="mine"):
            raise RuntimeError("oops")
        assert holder(tmp_path) is None

    def test_leagues_do_not_stand_in_each_others_way(self, tmp_path):
        with artifact_lock(tmp_path / "nfl", command="a"), artifact_lock(tmp_path / "demo", command="b"):
            shutil.rmtree(tmp_path / "none", ignore_errors=True)
            assert holder(tmp_path / "nfl") is not None
