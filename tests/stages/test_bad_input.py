"""Bad input taken through the whole ingest stage: a clear error, or a quarantine row; and the next good run recovers.

What the border does with each single row is tried in tests/data. Here only what crosses the stage's boundary counts:
the artifacts, the week's view, the facts that later stages read.
"""

import errno
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.clock import Week
from workbench.data import ingest
from workbench.decision.policy import Policy
from workbench.decision.quotes import chosen_quotes, latest_quotes
from workbench.errors import FormatError, SourceError, StoreError, WorkbenchError
from workbench.settings import SETTINGS_VARIABLE, Settings, load_settings
from workbench.stages.context import FACTS, StageRun, open_stage, week_instant
from workbench.stages.ingest import ingest_week
from workbench.stages.keys import KEY_VARIABLE
from workbench.store import atomic
from workbench.store.runs import Manifest, RunStore
from workbench.store.tables import FactStore, FactsVersion

WEEK = Week(2024, 10)
PLAYS = "pbp/play_by_play_2024.parquet"
LINES = "lines/history_2024.parquet"
SCHEDULE = "schedules/games.parquet"


@dataclass(frozen=True)
class Stage:
    """The ingest stage over a league whose raw files a test may spoil."""

    settings: Settings
    league: Path
    good: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def store(self) -> RunStore:
        return RunStore(self.settings.league_artifacts)

    def run(self, key: str) -> Manifest:
        """Run the stage as its notebook does, and point the week at it."""
        self.monkeypatch.setenv(KEY_VARIABLE, key)
        opened: StageRun = open_stage("01_ingest", profile="demo", season=WEEK.season, week=WEEK.week)
        result = ingest_week(opened)
        return opened.finish(
            status="simulated", findings=["it ran"], numbers=[], as_of=result.as_of, data_hash=result.version.digest
        )

    def shown(self) -> Manifest:
        """What the week points at."""
        return self.store.require("01_ingest", WEEK)

    def quality(self) -> dict[str, Any]:
        return dict(json.loads(self.store.path(self.shown(), "data_quality.json").read_text()))

    def quarantine(self) -> pd.DataFrame:
        return pd.read_parquet(self.store.path(self.shown(), "quarantine.parquet"))

    def facts(self) -> FactStore:
        version = FactsVersion.from_json(json.loads(self.store.path(self.shown(), FACTS).read_text()))
        return FactStore(self.settings.league_artifacts, version)

    def write(self, name: str, content: bytes | pd.DataFrame) -> None:
        """Replace a raw file."""
        path = self.league / name
        path.unlink()  # it may be linked
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.to_parquet(path, index=False)

    def frame(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.good / name)

    def mend(self, name: str) -> None:
        self.write(name, (self.good / name).read_bytes())


@pytest.fixture(scope="module")
def good(demo_week: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the raw league and, beside it, what one good run of the stage over one season left."""
    folder = tmp_path_factory.mktemp("good")
    shutil.copytree(next((demo_week.artifacts / "demo").iterdir()), folder / "league")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _stage(folder, folder / "league", monkeypatch).run("good")
    return folder


def _stage(folder: Path, good: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    overrides = {"artifacts": str(folder / "artifacts"), "first_season": "2024"}
    settings = load_settings("demo", overrides=overrides)
    monkeypatch.setenv(SETTINGS_VARIABLE, settings.to_json())
    monkeypatch.setattr(ingest, "demo_folder", lambda settings, *, root: folder / "league")
    return Stage(settings, folder / "league", good, monkeypatch)


@pytest.fixture
def stage(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The stage after its good run, in a folder of its own."""
    shutil.copytree(good, tmp_path / "own")
    return _stage(tmp_path / "own", good / "league", monkeypatch)


def recovers(stage: Stage, before: Manifest, *names: str) -> None:
    """The next run with good input leaves what the undisturbed one did."""
    for name in names:
        stage.mend(name)
    again = stage.run("recovered")
    assert again.data_hash == before.data_hash
    same = {"facts.json", "drives.parquet", "playcalling.parquet", "qb_splits.parquet", "quarantine.parquet"}
    assert {n: h for n, h in again.files.items() if n in same} == {n: h for n, h in before.files.items() if n in same}


def refused(stage: Stage, before: Manifest, error: type[WorkbenchError], words: str) -> None:
    """A run that cannot go on says why, and leaves the week as it was."""
    with pytest.raises(error, match=words):
        stage.run("bad")
    assert stage.shown().key == before.key
    assert not stage.store.is_complete("bad")


def test_a_schedule_that_is_a_page_stops_the_stage_and_leaves_the_week_as_it_was(stage: Stage) -> None:
    before = stage.shown()
    shutil.rmtree(stage.settings.league_artifacts / "raw")  # else the good bytes of the last run would stand in
    stage.write(SCHEDULE, b"<!DOCTYPE html><title>502 Bad Gateway</title>")
    refused(stage, before, FormatError, "must be parquet.*An HTML page")
    recovers(stage, before, SCHEDULE)


def test_a_schedule_without_scores_names_the_column(stage: Stage) -> None:
    before = stage.shown()
    stage.write(SCHEDULE, stage.frame(SCHEDULE).drop(columns="home_score"))
    refused(stage, before, SourceError, "needs the columns home_score, which are absent")
    recovers(stage, before, SCHEDULE)


def test_plays_cut_short_after_a_good_run_stay_as_they_were_and_the_page_says_so(stage: Stage) -> None:
    before = stage.run("good")  # from this folder: its bytes are kept
    stage.write(PLAYS, (stage.good / PLAYS).read_bytes()[:-1000])
    bad = stage.run("bad")
    assert bad.data_hash == before.data_hash
    assert any("must " in note["reason"] and "2024" in note["feature"] for note in stage.quality()["degraded"])
    recovers(stage, before, PLAYS)
    assert not [note for note in stage.quality()["degraded"] if "must " in note["reason"]]


def test_plays_without_a_column_cost_one_feature_and_not_the_week(stage: Stage) -> None:
    before = stage.shown()
    stage.write(PLAYS, stage.frame(PLAYS).drop(columns="qb_hit"))
    stage.run("bad")
    noted = [note for note in stage.quality()["degraded"] if "qb_hit" in note["reason"]]
    assert [note["feature"] for note in noted] == ["quarterback hits by play 2024"]
    recovers(stage, before, PLAYS)


def test_games_that_come_twice_count_once(stage: Stage) -> None:
    before = stage.shown()
    games = stage.frame(SCHEDULE)
    stage.write(SCHEDULE, pd.concat([games, games.tail(20)], ignore_index=True))
    bad = stage.run("bad")
    assert bad.data_hash == before.data_hash
    assert stage.quality()["tables"]["games"]["identical_duplicates"] == 20
    recovers(stage, before, SCHEDULE)


def test_lines_nobody_offered_and_odds_of_the_other_notation_are_set_aside_and_never_bet(stage: Stage) -> None:
    before = stage.shown()
    lines = stage.frame(LINES)
    wednesday = week_instant(stage.facts(), WEEK)
    recent = lines.index[(lines["commit_time"] <= wednesday) & lines["nflverse_game_id"].str.startswith("2024_10_")]
    averaged, decimal = recent[-2], recent[-1]
    lines.loc[averaged, "home_spread_last"] = -13.847
    lines.loc[decimal, ["over_price_last", "under_price_last"]] = [1.91, 1.91]
    stage.write(LINES, lines)
    stage.run("bad")
    rows = stage.quarantine()
    assert rows.loc[rows["rule"] == "half_point_grid", "value"].to_list() == ["13.847"]
    assert "An average of several books?" in rows.loc[rows["rule"] == "half_point_grid", "reason"].item()
    assert "Decimal odds?" in rows.loc[rows["rule"] == "american_odds", "reason"].item()
    view = stage.facts().as_of(wednesday)
    latest = latest_quotes(view.table("quotes", seasons=[2024]), view.table("games", seasons=[2024]), at=wednesday)
    usable = chosen_quotes(latest, books=Policy().books, maximum_age_hours=24.0)
    assert not usable["line"].eq(13.847).any()
    for market, game in (("spread", averaged), ("total", decimal)):
        game_id = lines.loc[game, "nflverse_game_id"]
        older = usable[(usable["game_id"] == game_id) & (usable["market"] == market)]
        assert not older["recorded_at"].eq(lines.loc[game, "commit_time"]).any()  # the quote before stands in, or none
    recovers(stage, before, LINES)
    assert stage.quarantine().empty


def test_a_source_that_sells_averages_is_refused_whole(stage: Stage) -> None:
    before = stage.shown()
    lines = stage.frame(LINES)
    lines["home_spread_last"] = lines["home_spread_last"] + 0.153
    stage.write(LINES, lines)
    stage.run("bad")
    rejected = [grid for grid in stage.quality()["grids"] if grid["rejected"]]
    assert rejected
    assert any(
        grid["source"] in note["reason"] + note["feature"] for grid in rejected for note in stage.quality()["degraded"]
    )
    recovers(stage, before, LINES)


def test_a_game_moved_to_another_week_is_told_and_decided_in_its_new_week(stage: Stage) -> None:
    before = stage.run("good")
    games = stage.frame(SCHEDULE)
    moved = games.loc[games["game_id"].str.startswith("2024_10_"), "game_id"].iloc[0]
    row = games["game_id"] == moved
    games.loc[row, "week"] = 11
    games.loc[row, "gameday"] = (pd.to_datetime(games.loc[row, "gameday"]) + pd.Timedelta(days=7)).dt.strftime(
        "%Y-%m-%d"
    )
    stage.write(SCHEDULE, games)
    stage.run("bad")
    changes = stage.quality()["changes"]
    assert any(moved in json.dumps(change) for change in changes)
    known = stage.facts().as_of(pd.Timestamp("2200-01-01", tz="UTC")).table("games", seasons=[2024])
    assert known.set_index("game_id").loc[moved, "week"] == 11
    recovers(stage, before, SCHEDULE)


def test_a_team_nobody_knows_is_set_aside_with_its_rows(stage: Stage) -> None:
    before = stage.shown()
    plays = stage.frame(PLAYS)
    strange = plays.index[plays["posteam"].notna()][:3]
    plays.loc[strange, "posteam"] = "XXX"
    stage.write(PLAYS, plays)
    stage.run("bad")
    rows = stage.quarantine()
    assert rows["rule"].to_list() == ["unknown_team"] * 3
    assert "got XXX" in rows["reason"].iloc[0]
    assert stage.quality()["tables"]["plays"]["quarantined"] == {"unknown_team": 3}
    recovers(stage, before, PLAYS)


@pytest.mark.parametrize("file", ["parquet", "manifest.json"])
def test_a_disk_full_at_any_write_is_said_and_leaves_the_week_as_it_was(
    stage: Stage, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stage.shown()
    shutil.rmtree(stage.settings.league_artifacts / "facts")  # so that facts have to be written
    flush = atomic._flush

    def full(path: Path) -> None:
        if file in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(path)

    with monkeypatch.context() as disk:
        disk.setattr(atomic, "_flush", full)
        refused(stage, before, StoreError, "The disk is full: .* run the same command again")
    assert not [p for p in stage.settings.league_artifacts.rglob(".*.partial")]
    recovers(stage, before)
