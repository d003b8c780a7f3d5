"""Estimates kept by content."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.stages.effects import cache as module
from workbench.stages.effects.cache import EstimateCache, content_key

ROWS = pd.DataFrame({"team": ["A", "B"], "margin": [3.0, -1.0]})


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., tuple[dict[str, Any], int]]:
    """Ask a fresh cache over one folder for the mean margin; returns the answer and how often it was computed."""

    def ask(rows: pd.DataFrame = ROWS, *, name: str = "mean", **options: Any) -> tuple[dict[str, Any], int]:
        cache = EstimateCache(tmp_path / "kept")
        answer = cache.get(
            name, lambda: {"mean": rows["margin"].mean(), "n": np.int64(len(rows)), "none": np.nan},
            frames={"rows": rows}, options=options,
        )  # fmt: skip
        assert cache.found + cache.made == 1
        return answer, cache.made

    return ask


def test_the_same_content_is_found_again_and_says_the_same(asked: Any) -> None:
    made = asked(seed=1)
    assert made == ({"mean": 1.0, "n": 2, "none": None}, 1)
    found = asked(ROWS.copy(), seed=1)
    assert found == (made[0], 0)
    assert list(found[0]) == list(made[0]) == ["mean", "n", "none"]  # tables keep the order of their columns


def test_another_index_is_the_same_content(asked: Any) -> None:
    asked()
    assert asked(ROWS.set_axis([7, 9]))[1] == 0


@pytest.mark.parametrize(
    "rows",
    [
        ROWS.assign(margin=[3.0, np.nextafter(-1.0, 0.0)]),
        ROWS.assign(margin=[3.0, np.nan]),
        ROWS.iloc[::-1],
        ROWS.iloc[:1],
        ROWS.rename(columns={"team": "side"}),
        ROWS.assign(more=0.0),
    ],
    ids=["one bit", "missing", "order", "fewer", "name", "column"],
)
def test_changed_rows_are_computed_anew(rows: pd.DataFrame, asked: Any) -> None:
    asked()
    answer, made = asked(rows)
    assert made == 1
    assert answer["mean"] == pytest.approx(rows["margin"].mean(), abs=0.0)


def test_other_options_another_name_and_other_code_are_computed_anew(
    asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(seed=1)
    assert asked(seed=2)[1] == 1
    assert asked(name="other", seed=1)[1] == 1
    monkeypatch.setattr(module, "_makers", lambda: "another revision")
    assert asked(seed=1)[1] == 1


@pytest.mark.parametrize("left", [b"", b'{"mean": 1.', b"null", b"\xff\xfe\x00"])
def test_a_damaged_file_is_computed_anew_and_made_whole(left: bytes, asked: Any, tmp_path: Path) -> None:
    whole, _ = asked()
    (file,) = (tmp_path / "kept").glob("mean-*.json")
    good = file.read_bytes()
    file.write_bytes(left)
    assert asked() == (whole, 1)
    assert file.read_bytes() == good
    assert asked()[1] == 0


def test_a_computation_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def stops() -> dict[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        EstimateCache(tmp_path / "kept").get("x", stops, frames={"rows": ROWS}, options={})
    assert not list(tmp_path.rglob("*.json"))


def test_a_write_that_is_cut_off_leaves_no_half_file(asked: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", lost)
    monkeypatch.setattr(Path, "replace", lost)
    with pytest.raises(OSError, match="no space"):
        asked()
    assert not list((tmp_path / "kept").glob("mean-*.json"))
    monkeypatch.undo()
    assert asked()[1] == 1


def test_two_folders_filled_alike_are_equal_to_the_byte(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        EstimateCache(tmp_path / folder).get(
            "x", lambda: {"b": 1 / 3, "a": [np.float64(2.5)]}, frames={"rows": ROWS}, options={"k": (1, 2)}
        )
    one, other = ({p.name: p.read_bytes() for p in (tmp_path / f).iterdir()} for f in ("one", "other"))
    assert len(one) == 1
    assert one == other


def test_a_key_tells_frames_by_name_apart() -> None:
    other = ROWS.assign(margin=0.0)
    assert content_key({"a": ROWS, "b": other}, {}) != content_key({"a": other, "b": ROWS}, {})
    assert content_key({"b": other, "a": ROWS}, {}) == content_key({"a": ROWS, "b": other}, {})
