"""The fact store: nothing later than its instant comes out, nothing unchanged is written, nothing changed is read."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.clock import AsOf, utc
from workbench.errors import LeakageError, StoreError
from workbench.schema import FACT_TABLES, FACTS_RELEASE
from workbench.store.frames import FrameAsOf, conform, empty_facts
from workbench.store.tables import FactStore, FactsVersion, latest_facts, write_facts

NOON = utc("2024-11-06T17:00:00+00:00")


def results(hours: list[int], *, season: int = 2024) -> pd.DataFrame:
    """Results known so many hours after (or before) Wednesday noon."""
    return pd.DataFrame(
        {
            "game_id": [f"{season}_10_{i}" for i in range(len(hours))],
            "season": season,
            "week": 10,
            "home_score": range(len(hours)),
            "away_score": 0,
            "overtime": False,
            "known_at": [NOON + pd.Timedelta(hours=h) for h in hours],
        }
    )


def stored(root: Path, frame: pd.DataFrame) -> FactStore:
    return FactStore(root, write_facts(root, {"results": frame}))


def test_a_row_known_a_second_later_stays_out_and_one_known_at_the_instant_comes_out(tmp_path: Path) -> None:
    frame = results([0, 0])
    frame.loc[1, "known_at"] += pd.Timedelta(microseconds=1)
    assert stored(tmp_path, frame).as_of(NOON).table("results")["game_id"].to_list() == ["2024_10_0"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.lists(st.integers(-99, 99), min_size=1, max_size=20), ask=st.integers(-120, 120))
def test_a_view_equals_the_frame_filtered_by_hand(tmp_path: Path, hours: list[int], ask: int) -> None:
    frame, instant = results(hours), NOON + pd.Timedelta(hours=ask)
    seen = stored(tmp_path, frame).as_of(instant).table("results")
    by_hand = set(frame.loc[[h <= ask for h in hours], "game_id"])
    assert set(seen["game_id"]) == by_hand
    assert set(FrameAsOf({"results": frame}, instant).table("results")["game_id"]) == by_hand


def test_both_views_keep_the_protocol_and_give_equal_frames(tmp_path: Path) -> None:
    frame = results([-5, -3, 4])
    store: AsOf = stored(tmp_path, frame).as_of(NOON)
    memory: AsOf = FrameAsOf({"results": frame}, NOON)
    pd.testing.assert_frame_equal(store.table("results"), memory.table("results"))


def test_a_later_instant_is_refused_and_an_earlier_one_sees_less(tmp_path: Path) -> None:
    for view in (stored(tmp_path, results([-5, -1])).as_of(NOON), FrameAsOf({"results": results([-5, -1])}, NOON)):
        assert len(view.earlier(NOON - pd.Timedelta(hours=3)).table("results")) == 1
        with pytest.raises(LeakageError, match="later"):
            view.earlier(NOON + pd.Timedelta(seconds=1))


def test_an_instant_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LeakageError, match="time zone"):
        stored(tmp_path, results([0])).as_of(pd.Timestamp("2024-11-06 12:00"))


def test_an_absent_table_is_an_empty_frame_with_its_columns_typed(tmp_path: Path) -> None:
    view = stored(tmp_path, results([0])).as_of(NOON)
    assert not view.has("plays")
    assert view.has("results")
    pd.testing.assert_frame_equal(view.table("plays"), empty_facts("plays"))
    assert list(view.table("plays", columns=["epa", "down"]).columns) == ["epa", "down"]


def test_columns_and_seasons_narrow_a_table_without_showing_more(tmp_path: Path) -> None:
    frame = pd.concat([results([-1, 5], season=2023), results([-1, 5])])
    seen = stored(tmp_path, frame).as_of(NOON).table("results", columns=["game_id"], seasons=[2023])
    assert seen.to_dict("list") == {"game_id": ["2023_10_0"]}


def test_unknown_tables_and_columns_are_named(tmp_path: Path) -> None:
    view = stored(tmp_path, results([0])).as_of(NOON)
    with pytest.raises(StoreError, match="'scores'"):
        view.table("scores")
    with pytest.raises(StoreError, match="no column points"):
        view.table("results", columns=["points"])
    with pytest.raises(StoreError, match="'scores'"):
        write_facts(tmp_path, {"scores": results([0])})


@pytest.mark.parametrize("name", list(FACT_TABLES))
def test_every_table_keeps_its_types_through_the_disk(tmp_path: Path, name: str) -> None:
    table = FACT_TABLES[name]
    value = {"i": 2024, "f": 1.5, "b": True, "s": "x", "t": NOON}
    frame = pd.DataFrame({column: [value[dtype]] for column, dtype in table.columns.items()})
    whole = conform(frame, name=name)
    store = FactStore(tmp_path, write_facts(tmp_path, {name: frame}))
    pd.testing.assert_frame_equal(store.as_of(NOON).table(name), whole)
    assert whole[list(table.optional)].isna().all(axis=None), "what is missing must stay missing"


def test_a_missing_optional_integer_is_missing_and_not_zero(tmp_path: Path) -> None:
    game = {
        "game_id": "g", "season": 2024, "week": 1, "game_type": "REG", "kickoff_utc": NOON, "home_team": "A",
        "away_team": "B", "neutral": False, "known_at": NOON, "home_rest_days": None,
    }  # fmt: skip
    store = FactStore(tmp_path, write_facts(tmp_path, {"games": pd.DataFrame([game])}))
    assert store.as_of(NOON).table("games")["home_rest_days"].isna().all()


def test_the_order_of_rows_does_not_change_a_version(tmp_path: Path) -> None:
    frame = results([-5, 3, 1])
    assert write_facts(tmp_path, {"results": frame}) == write_facts(tmp_path, {"results": frame[::-1]})


def test_an_unchanged_season_is_not_written_again(tmp_path: Path) -> None:
    old, new = results([-5], season=2023), results([-5])
    first = write_facts(tmp_path, {"results": pd.concat([old, new])})
    stamps = {file.file: (tmp_path / file.file).stat().st_mtime_ns for file in first.tables["results"]}
    changed = write_facts(tmp_path, {"results": pd.concat([old, new.assign(home_score=9)])})
    kept, made = changed.tables["results"]
    assert stamps[kept.file] == (tmp_path / kept.file).stat().st_mtime_ns
    assert made.file not in stamps
    assert first.digest != changed.digest


def test_a_reader_of_the_older_version_still_sees_it(tmp_path: Path) -> None:
    older = stored(tmp_path, results([-5]))
    stored(tmp_path, results([-5]).assign(home_score=77))
    assert older.as_of(NOON).table("results")["home_score"].to_list() == [0]


def test_the_version_written_last_can_be_asked_for(tmp_path: Path) -> None:
    assert latest_facts(tmp_path) is None
    write_facts(tmp_path, {"results": results([-5])})
    last = write_facts(tmp_path, {"results": results([-5, 1])})
    assert latest_facts(tmp_path) == last
    (tmp_path / "facts" / "latest.json").write_text("{half")
    with pytest.raises(StoreError, match="cannot be read"):
        latest_facts(tmp_path)


def test_a_version_survives_its_json(tmp_path: Path) -> None:
    version = write_facts(tmp_path, {"results": results([-5])})
    again = FactsVersion.from_json(json.loads(json.dumps(version.to_json())))
    assert again == version
    with pytest.raises(StoreError, match=r"malformed.* Run the ingest stage again"):
        FactsVersion.from_json(version.to_json() | {"results": [{"season": 2024}]})


@pytest.mark.parametrize("written", [None, 1, FACTS_RELEASE + 1])
def test_facts_that_meant_something_else_are_refused_with_what_to_do_next(tmp_path: Path, written: int | None) -> None:
    write_facts(tmp_path, {"results": results([-5])})
    note = tmp_path / "facts" / "latest.json"
    plain = json.loads(note.read_text())
    assert plain.pop("release") == FACTS_RELEASE
    note.write_text(json.dumps(plain if written is None else plain | {"release": written}))
    with pytest.raises(StoreError, match=f"theirs is {written or 1}, .* Run the ingest stage again"):
        latest_facts(tmp_path)
    anew = write_facts(tmp_path, {"results": results([-5])})
    assert latest_facts(tmp_path) == anew


def test_a_changed_file_is_refused_and_the_next_write_mends_it(tmp_path: Path) -> None:
    version = write_facts(tmp_path, {"results": results([-5])})
    path = tmp_path / version.tables["results"][0].file
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match="was changed"):
        FactStore(tmp_path, version).as_of(NOON).table("results")
    assert write_facts(tmp_path, {"results": results([-5])}) == version
    assert len(FactStore(tmp_path, version).as_of(NOON).table("results")) == 1
    path.unlink()
    with pytest.raises(StoreError, match="gone"):
        FactStore(tmp_path, version).as_of(NOON).table("results")


def test_a_full_disk_is_said_plainly_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = write_facts(tmp_path, {"results": results([-5])})

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match="disk is full"):
            write_facts(tmp_path, {"results": results([-5, 1])})
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "latest.json"]
    assert latest_facts(tmp_path) == before
    assert [path.name for path in files] == [Path(before.tables["results"][0].file).name]
    assert len(stored(tmp_path, results([-5, 1])).version.tables["results"]) == 1


def test_many_threads_may_read_one_store(tmp_path: Path) -> None:
    store = stored(tmp_path, results(list(range(-50, 50))))
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: len(store.as_of(NOON).table("results")), range(12)))
    assert counts == [51] * 12


def test_facts_without_a_required_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="known_at"):
        write_facts(tmp_path, {"results": results([0]).drop(columns="known_at")})


def test_a_value_that_pandas_would_bend_in_silence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"home_score.*1\.5 is no whole number"):
        write_facts(tmp_path, {"results": results([0]).assign(home_score=1.5)})
    with pytest.raises(StoreError, match=r"overtime.*missing"):
        write_facts(tmp_path, {"results": results([0]).assign(overtime=None)})
