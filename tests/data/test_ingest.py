"""The one door: whole loads of a little league, and each fault that sources really have."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from workbench.clock import utc
from workbench.data.changes import changes
from workbench.data.ingest import demo_folder, fingerprint, load_league, probe
from workbench.data.source import LoadedFacts
from workbench.errors import FetchError, FormatError, StoreError
from workbench.schema import FACT_TABLES
from workbench.settings import Settings
from workbench.store.tables import FactStore, write_facts

Tables = dict[str, pd.DataFrame]
Load = Callable[[], LoadedFacts]
Write = Callable[[pd.DataFrame, Path], None]
SEASONS = (2024,)

SCHEDULE = Path("schedules") / "games.parquet"
PLAYS = Path("pbp") / "play_by_play_2024.parquet"
HTML = b"<!DOCTYPE html><html><body>Rate limit exceeded</body></html>"


def reasons(facts: LoadedFacts, feature: str) -> list[str]:
    return [note.reason for note in facts.degraded if note.feature.startswith(feature)]


def test_a_league_loads_into_conformed_tables_and_a_report_that_adds_up(load: Load) -> None:
    facts = load()
    assert set(facts.tables) == {"games", "results", "starters", "conditions", "quotes", "plays", "player_weeks"}
    for name, frame in facts.tables.items():
        quality = facts.report.tables[name]
        assert list(frame.columns) == [*FACT_TABLES[name].columns, *FACT_TABLES[name].optional]
        assert len(frame) == quality.kept
        stopped = quality.identical_duplicates + quality.after_kickoff + sum(quality.quarantined.values())
        assert quality.rows_in == quality.kept + stopped
    assert len(facts.quarantine) == facts.report.quarantined == 0


def test_facts_go_into_the_store_and_come_out_as_they_stood_on_wednesday(load: Load, tmp_path: Path) -> None:
    facts = load()
    store = FactStore(tmp_path, write_facts(tmp_path, facts.tables))
    wednesday = store.as_of(utc("2024-09-11T16:00:00+00:00"))
    assert wednesday.table("results")["game_id"].to_list() == ["2024_01_ARI_BUF", "2024_01_KC_LV"]
    assert set(wednesday.table("plays")["week"]) == {1}
    assert len(wednesday.table("games")) == 4
    assert wednesday.table("starters")["week"].max() == 1


def test_missing_seasons_and_columns_degrade_named_features(load: Load) -> None:
    facts = load()
    assert reasons(facts, "injury reports 2024") == ["the source does not have it"]
    assert reasons(facts, "clean-against-pressured splits") == ["the plays files have no was_pressure"]


def test_an_unchanged_league_loads_the_same_from_the_cache(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load()

    def refuse(*args: object) -> pd.DataFrame:
        raise AssertionError("an unchanged season was parsed again")

    monkeypatch.setattr("workbench.data.load.READERS", dict.fromkeys(FACT_TABLES, refuse))
    second = load()
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, second.tables[name])
    assert first.report == second.report


def test_a_damaged_cache_is_only_lost_work(load: Load, tmp_path: Path) -> None:
    first = load()
    for path in (tmp_path / "artifacts" / "parsed").iterdir():
        path.write_bytes(b"half a fi")
    pd.testing.assert_frame_equal(first.tables["plays"], load().tables["plays"])


def test_the_fingerprint_follows_content_and_not_place_or_time(
    settings: Settings, mirror: Path, tmp_path: Path, frames: Tables, write: Write
) -> None:
    def print_of(root: str) -> str:
        return fingerprint(settings, seasons=SEASONS, root=tmp_path / root)

    first = print_of("a")
    (mirror / SCHEDULE).touch()
    assert print_of("a") == print_of("b") == first
    write(frames["schedule"].assign(home_score=99.0), mirror / SCHEDULE)
    assert print_of("a") != first
    newer = print_of("a")
    (mirror / SCHEDULE).write_bytes(HTML)
    assert print_of("a") != newer, "a feed gone stale must reach the page"


def test_asking_whether_anything_changed_imports_no_pandas(settings: Settings, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from workbench.settings import Settings; "
        "from workbench.data.ingest import fingerprint; "
        "s = Settings.model_validate_json(sys.argv[1]); fingerprint(s, seasons=(2024,), root=Path(sys.argv[2])); "
        "print(sorted({'pandas', 'pyarrow', 'duckdb', 'pandera', 'httpx'} & set(sys.modules)))"
    )
    arguments = [sys.executable, "-c", code, settings.model_dump_json(), str(tmp_path / "x")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("fault", ["truncated", "html"])
def test_a_broken_play_file_degrades_its_feature_and_the_next_run_recovers(
    mirror: Path, load: Load, fault: str
) -> None:
    good = (mirror / PLAYS).read_bytes()
    (mirror / PLAYS).write_bytes(HTML if fault == "html" else good[: len(good) // 2])
    facts = load()
    assert "plays" not in facts.tables
    said = reasons(facts, "play-by-play features 2024")[0]
    assert ("HTML page" if fault == "html" else "cut short") in said
    (mirror / PLAYS).write_bytes(good)
    assert len(load().tables["plays"]) == 6


def test_a_play_file_that_breaks_after_a_good_run_keeps_the_good_plays_and_says_so(mirror: Path, load: Load) -> None:
    load()
    (mirror / PLAYS).write_bytes(HTML)
    facts = load()
    assert len(facts.tables["plays"]) == 6
    assert "HTML page" in reasons(facts, "a fresh pbp/play_by_play_2024.parquet")[0]


def test_a_broken_schedule_stops_with_one_clear_error(mirror: Path, load: Load) -> None:
    good = (mirror / SCHEDULE).read_bytes()
    (mirror / SCHEDULE).write_bytes(HTML)
    with pytest.raises(FormatError, match="HTML page"):
        load()
    (mirror / SCHEDULE).unlink()
    with pytest.raises(FetchError, match=r"sources\.nflverse\.base"):
        load()
    (mirror / SCHEDULE).write_bytes(good)
    assert len(load().tables["games"]) == 4


def test_a_schedule_without_dates_names_the_column(mirror: Path, load: Load, frames: Tables, write: Write) -> None:
    write(frames["schedule"].drop(columns="gameday"), mirror / SCHEDULE)
    with pytest.raises(FormatError, match="gameday"):
        load()


def test_a_schedule_without_prices_weather_or_coaches_still_loads(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    lean = ["game_id", "season", "week", "game_type", "gameday", "gametime", "location"]
    lean += ["home_team", "away_team", "home_score", "away_score"]
    write(frames["schedule"][lean], mirror / SCHEDULE)
    facts = load()
    assert len(facts.tables["games"]) == 4
    assert len(facts.tables["starters"]) == 0
    assert set(facts.tables["quotes"]["source"]) == {"consensus", "draftkings"}


@pytest.mark.parametrize("column", ["posteam", "season", "game_id"])
def test_plays_without_a_column_they_need_degrade_by_name(
    mirror: Path, load: Load, frames: Tables, write: Write, column: str
) -> None:
    write(frames["plays"].drop(columns=column), mirror / PLAYS)
    facts = load()
    assert "plays" not in facts.tables
    assert column in reasons(facts, "play-by-play features 2024")[0]


def test_stat_lines_without_a_week_degrade_by_name(mirror: Path, load: Load, frames: Tables, write: Write) -> None:
    write(frames["stats"].drop(columns="week"), mirror / "stats_player" / "stats_player_week_2024.parquet")
    assert "week" in reasons(load(), "player stat lines 2024")[0]


def test_duplicated_games_are_counted_once(mirror: Path, load: Load, frames: Tables, write: Write) -> None:
    games = frames["schedule"]
    write(pd.concat([games, games.iloc[:2]]), mirror / SCHEDULE)
    facts = load()
    assert facts.report.tables["games"].identical_duplicates == 2
    for name in ("games", "results", "starters", "quotes"):
        assert not facts.tables[name].duplicated(list(FACT_TABLES[name].key)).any()
    assert len(facts.tables["results"]) == 3


def test_a_game_listed_twice_with_two_scores_keeps_the_first(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    games = frames["schedule"]
    other = games.iloc[[0]].assign(week=9, home_score=3.0)
    write(pd.concat([games, other]), mirror / SCHEDULE)
    facts = load()
    assert facts.report.tables["games"].quarantined == {"conflicting_duplicate": 1}
    assert facts.tables["results"].set_index("game_id").loc["2024_01_ARI_BUF", "home_score"] == 34


def test_an_unknown_team_is_quarantined_with_everything_of_its_game(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    games = frames["schedule"]
    games.loc[0, "home_team"] = "LON"
    write(games, mirror / SCHEDULE)
    facts = load()
    assert "2024_01_ARI_BUF" not in set(facts.tables["games"]["game_id"])
    assert "2024_01_ARI_BUF" not in set(facts.tables["results"]["game_id"])
    bad = facts.quarantine.query("table == 'games'").iloc[0]
    assert (bad["rule"], bad["value"], bad["source"]) == ("unknown_team", "LON", "schedules/games.parquet")
    plays = facts.quarantine.query("table == 'plays'")
    assert len(plays) == 2, "the plays of a game that is not there are kept apart, not lost"


def test_a_game_moved_to_another_week_is_reported_and_its_lines_follow_it(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    before = load().tables
    games = frames["schedule"]
    games.loc[0, ["week", "gameday"]] = [2, "2024-09-17"]
    write(games, mirror / SCHEDULE)
    after = load().tables
    assert changes(before, after) == (
        {"kind": "moved to another week", "game_id": "2024_01_ARI_BUF", "before": "week 1", "after": "week 2"},
    )
    lines = after["quotes"].query("game_id == '2024_01_ARI_BUF'")
    assert set(lines["week"]) == {2}
    assert len(lines.query("source == 'consensus'")) == 12, "the state after the old kick-off is now before the new"


def test_the_report_tells_what_changed_since_the_facts_written_last(
    mirror: Path, load: Load, frames: Tables, write: Write, tmp_path: Path
) -> None:
    first = load()
    assert first.report.changes == ()
    write_facts(tmp_path / "artifacts", first.tables)
    write(frames["schedule"].iloc[1:].assign(home_score=[18.0, 24.0, None]), mirror / SCHEDULE)
    assert [(change["kind"], change["before"], change["after"]) for change in load().report.changes] == [
        ("vanished game", "week 1", "not in the schedule"),
        ("changed score", "17-20", "18-20"),
    ]


def test_damaged_earlier_facts_cost_only_the_comparison(load: Load, tmp_path: Path) -> None:
    version = write_facts(tmp_path / "artifacts", load().tables)
    (tmp_path / "artifacts" / version.tables["games"][0].file).write_bytes(b"")
    facts = load()
    assert len(facts.tables["games"]) == 4
    assert reasons(facts, "changes since the facts before")
    (tmp_path / "artifacts" / "facts" / "latest.json").write_text("half a no")
    assert reasons(load(), "changes since the facts before")


def test_facts_of_another_release_are_ingested_anew_and_cost_only_the_comparison(load: Load, tmp_path: Path) -> None:
    version = write_facts(tmp_path / "artifacts", load().tables)
    (tmp_path / "artifacts" / "facts" / "latest.json").write_text(json.dumps(version.to_json() | {"release": 1}))
    facts = load()
    assert "another release" in reasons(facts, "changes since the facts before")[0]
    assert write_facts(tmp_path / "artifacts", facts.tables) == version
    assert reasons(load(), "changes since the facts before") == []


def test_late_feeds_are_named_as_of_an_instant(settings: Settings, tmp_path: Path) -> None:
    late = utc("2024-09-20T12:00:00+00:00")
    facts = load_league(settings, seasons=SEASONS, root=tmp_path / "a", as_of=late)
    assert reasons(facts, "results, week 2") == ["1 finished games are not in the feed yet"]
    assert ("results, week 2", "1 finished games are not in the feed yet") in facts.report.degraded


def test_a_line_of_a_game_no_schedule_knows_is_quarantined(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    write(frames["history"].assign(nflverse_game_id="2024_01_ARI_LON"), mirror / "lines" / "history_2024.parquet")
    facts = load()
    assert set(facts.quarantine["rule"]) == {"unknown_game"}
    assert set(facts.tables["quotes"]["source"]) == {"schedule_close"}


def test_without_line_files_the_closing_columns_remain(mirror: Path, load: Load) -> None:
    (mirror / "lines" / "history_2024.parquet").unlink()
    facts = load()
    assert set(facts.tables["quotes"]["source"]) == {"schedule_close"}
    assert reasons(facts, "decision quotes")


def test_a_full_disk_stops_clearly_and_the_next_run_recovers(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match="disk is full"):
            load()
    assert len(load().tables["games"]) == 4


def test_raw_bytes_changed_on_disk_are_refused(load: Load, tmp_path: Path) -> None:
    load()
    for path in (tmp_path / "artifacts" / "raw").iterdir():
        if path.is_file():
            path.write_bytes(bytes(reversed(path.read_bytes())))
    with pytest.raises(FormatError, match="changed on disk"):
        load()


def test_probe_tells_which_source_answers(settings: Settings, mirror: Path, tmp_path: Path) -> None:
    told = {name: (good, said) for name, good, said in probe(settings, root=tmp_path / "p")}
    assert told["nflverse"] == (True, "the schedule is there")
    assert told["lines"] == (True, "1 files")
    (mirror / SCHEDULE).unlink()
    (mirror / "lines" / "history_2024.parquet").unlink()
    told = {name: (good, said) for name, good, said in probe(settings, root=tmp_path / "q")}
    assert not told["nflverse"][0]
    assert not told["lines"][0]


def test_a_url_and_a_folder_of_one_layout_give_equal_facts_and_fingerprints(
    settings: Settings, mirror: Path, load: Load, tmp_path: Path
) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(mirror)))
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        sources = settings.sources.model_dump(mode="json")
        sources["nflverse"]["base"] = f"http://127.0.0.1:{http.server_port}"
        remote = Settings.model_validate({"sources": sources})
        root = tmp_path / "remote"
        facts, again = load_league(remote, seasons=SEASONS, root=root), load_league(remote, seasons=SEASONS, root=root)
        prints = [fingerprint(remote, seasons=SEASONS, root=root), fingerprint(settings, seasons=SEASONS, root=root)]
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
    local = load()
    assert prints[0] == prints[1]
    assert facts.report == again.report == local.report
    for name, frame in local.tables.items():
        pd.testing.assert_frame_equal(facts.tables[name], frame)


def test_the_demo_league_goes_through_the_same_door(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def write_league(folder: Path, *, seed: int) -> None:
        folder.parent.mkdir(parents=True)
        mirror.rename(folder)
        written.append(seed)

    monkeypatch.setattr("workbench.data.demo.write_league", write_league)
    demo = Settings(league="demo", simulated=True)
    root = tmp_path / "artifacts"
    first, again = load_league(demo, seasons=SEASONS, root=root), load_league(demo, seasons=SEASONS, root=root)
    assert written == [demo.seed]
    assert first.report == again.report
    assert {"schedule_close", "consensus"} <= set(first.tables["quotes"]["source"])
    assert demo_folder(demo, root=root).parent == root / "demo"
