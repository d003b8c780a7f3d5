"""The real mirror across the border: row counts, signs, grids, coverage and the instants of every table.

Counts are those published in the data's own README and schedule; shares carry the tolerance said beside them.
"""

from pathlib import Path

import pandas as pd
import pytest

from workbench.clock import decision_instants, stats_known_at
from workbench.data.ingest import load_league
from workbench.data.source import LoadedFacts
from workbench.schema import FACT_TABLES
from workbench.settings import Settings
from workbench.store.tables import FactStore, write_facts

pytestmark = pytest.mark.real

#: Reading all seasons of plays and players would cost the time of the other real tests: two suffice here.
SEASONS = (1999, 2008, 2012, 2018, 2022, 2023, 2024)
#: Two files of closing lines differ on up to half the games, by 0.15 points in the mean (the README's trap 2).
MEAN_GAP = 0.25


@pytest.fixture(scope="module")
def folder(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="module")
def facts(real_data: Path, folder: Path) -> LoadedFacts:
    sources = {"nflverse": {"base": str(real_data / "nflverse")}, "lines": {"base": str(real_data / "nfl_lines")}}
    settings = Settings.model_validate({"sources": sources})
    return load_league(settings, seasons=SEASONS, root=folder)


@pytest.fixture(scope="module")
def store(facts: LoadedFacts, folder: Path) -> FactStore:
    return FactStore(folder, write_facts(folder, facts.tables))


def lines_of(facts: LoadedFacts, **where: object) -> pd.DataFrame:
    quotes = facts.tables["quotes"]
    for column, value in where.items():
        quotes = quotes[quotes[column].eq(value)]
    return quotes.merge(facts.tables["games"][["game_id", "kickoff_utc"]], on="game_id")


def test_every_row_is_accounted_for(facts: LoadedFacts) -> None:
    for name, quality in facts.report.tables.items():
        stopped = quality.identical_duplicates + quality.after_kickoff + sum(quality.quarantined.values())
        assert quality.rows_in == quality.kept + stopped, name
    assert len(facts.quarantine) == facts.report.quarantined


def test_row_counts_are_those_of_the_files(facts: LoadedFacts) -> None:
    counts = {name: len(frame) for name, frame in facts.tables.items()}
    assert counts["games"] == counts["results"] == 259 + 267 + 267 + 267 + 284 + 285 + 285
    assert counts["starters"] == 2 * counts["games"]
    assert counts["plays"] == 49_434 + 49_665 + 49_492
    assert counts["charting"] == 41_643 + 48_225 + 48_031
    assert counts["player_weeks"] == 4_777 + 5_354 + 5_281 + 5_631 + 5_653 + 5_597


def test_the_schedule_passes_whole_and_only_known_faults_are_quarantined(facts: LoadedFacts) -> None:
    for name in ("games", "results", "starters", "conditions", "plays", "charting", "pressures", "snaps"):
        assert facts.report.tables[name].quarantined == {}, name
    assert set(facts.report.tables["rosters"].quarantined) == {"not_nullable"}
    bad = facts.quarantine.query("table == 'quotes'").groupby("source")["rule"].unique()
    assert set(bad.index) <= {"sbr_2011_2021.parquet", "books_2016_2024.parquet", "history_2024.parquet"}
    assert set(bad["history_2024.parquet"]) == {"stale_state"}


def test_every_team_is_one_of_32_franchises(facts: LoadedFacts) -> None:
    teams = set(facts.tables["games"]["home_team"])
    assert len(teams) == 32
    assert {"LA", "LAC", "LV"} <= teams
    assert not {"STL", "SD", "OAK"} & teams


def test_the_year_without_hours_says_so(facts: LoadedFacts) -> None:
    assert ("kick-off times 1999", "259 games without gametime: 13:00 ET assumed") in facts.report.degraded


@pytest.mark.parametrize("source", ["legacy", "books_consensus", "sbr", "consensus", "draftkings"])
def test_the_signs_of_line_files_and_schedule_agree(facts: LoadedFacts, source: str) -> None:
    last = lines_of(facts, market="spread", source=source)
    last = last[last["kind"].ne("open")].sort_values("recorded_at").groupby("game_id").tail(1)
    close = lines_of(facts, market="spread", source="schedule_close")
    both = last.merge(close, on="game_id", suffixes=("", "_close"))
    assert len(both) > 200
    assert both["line"].corr(both["line_close"]) > 0.9
    assert abs((both["line"] - both["line_close"]).mean()) < MEAN_GAP
    assert (both["line"] * both["line_close"] < 0).mean() < 0.05


def test_the_closing_spread_predicts_the_margin_with_its_sign(facts: LoadedFacts) -> None:
    close = lines_of(facts, market="spread", source="schedule_close")
    both = close.merge(facts.tables["results"], on="game_id")
    margin = both["home_score"] - both["away_score"]
    # Each season's slope of margin on line is near 1; its standard error over 1,914 games is about 0.05.
    assert margin.cov(both["line"]) / both["line"].var() == pytest.approx(1.0, abs=0.2)
    favoured = both["line"] > 0
    assert margin[favoured].mean() > 4
    assert margin[~favoured].mean() < -2


def test_the_legacy_last_line_equals_the_schedules_close_before_2009(facts: LoadedFacts) -> None:
    last = lines_of(facts, market="spread", source="legacy", kind="close")
    both = last.merge(lines_of(facts, market="spread", source="schedule_close"), on="game_id", suffixes=("", "_s"))
    same = both["line"].eq(both["line_s"]).groupby(both["season"]).mean()
    assert same[[1999, 2008]].to_list() == [1.0, 1.0]
    assert same[[2012, 2018, 2022]].between(0.5, 0.9).all()


def test_no_source_sells_averages(facts: LoadedFacts) -> None:
    assert {grid.source for grid in facts.report.grids} >= {"consensus", "draftkings", "legacy", "schedule_close"}
    assert [grid.source for grid in facts.report.grids if grid.off_grid] == []


def test_openers_are_those_of_the_years_that_have_them(facts: LoadedFacts) -> None:
    opens = lines_of(facts, market="spread", kind="open", source="legacy")
    assert 1999 not in set(opens["season"])
    moved = opens.merge(
        lines_of(facts, market="spread", kind="close", source="legacy"), on="game_id", suffixes=("", "_c")
    )
    share = (moved["line"] != moved["line_c"]).groupby(moved["season"]).mean()
    assert share[[2008, 2012, 2018, 2023]].between(0.7, 0.9).all()
    assert opens["instant_assumed"].all()


def fresh_at_both_ends(quotes: pd.DataFrame) -> set[str]:
    """Games with a quote of the last 24 h on Wednesday noon and one of the last 3 h before kick-off."""
    ordered = quotes.sort_values("recorded_at")
    before = ordered[ordered["known_at"] <= decision_instants(ordered["kickoff_utc"])].groupby("game_id").tail(1)
    age = decision_instants(before["kickoff_utc"]) - before["recorded_at"]
    last = ordered.groupby("game_id").tail(1)
    closing = last["kickoff_utc"] - last["recorded_at"] <= pd.Timedelta(hours=3)
    return set(before.loc[age <= pd.Timedelta(hours=24), "game_id"]) & set(last.loc[closing, "game_id"])


def test_wednesday_2024_has_a_fresh_consensus_at_both_ends_for_188_games_and_for_232_with_the_last_lines(
    facts: LoadedFacts, real_data: Path
) -> None:
    quotes = lines_of(facts, market="spread", source="consensus", kind="live", season=2024)
    states = pd.read_parquet(real_data / "nfl_lines" / "history_2024.parquet")
    stamps = pd.MultiIndex.from_frame(states[["nflverse_game_id", "commit_time"]])
    history = quotes[pd.MultiIndex.from_frame(quotes[["game_id", "recorded_at"]]).isin(stamps)]
    # The README counts the history alone; open_last_* adds stamped last lines of the same book, 47 of them later.
    assert len(fresh_at_both_ends(history)) == 188
    assert len(fresh_at_both_ends(quotes)) == 232


def test_the_added_last_lines_lie_nearer_to_the_schedules_close_than_the_states_they_replace(
    facts: LoadedFacts, real_data: Path
) -> None:
    quotes = lines_of(facts, market="spread", source="consensus", kind="live", season=2024).sort_values("recorded_at")
    states = pd.read_parquet(real_data / "nfl_lines" / "history_2024.parquet")
    stamps = pd.MultiIndex.from_frame(states[["nflverse_game_id", "commit_time"]])
    old = pd.MultiIndex.from_frame(quotes[["game_id", "recorded_at"]]).isin(stamps)
    close = lines_of(facts, market="spread", source="schedule_close").set_index("game_id")["line"]
    newest, before = quotes.groupby("game_id").tail(1), quotes[old].groupby("game_id").tail(1).set_index("game_id")
    added = newest[~newest.index.isin(quotes.index[old])].set_index("game_id")
    gap = (added["line"] - close).abs().mean()
    assert len(added) == 47
    assert gap < (before["line"].reindex(added.index) - close).abs().mean()


def test_no_quote_is_known_before_it_was_recorded_or_taken_after_kickoff(facts: LoadedFacts) -> None:
    quotes = lines_of(facts)
    assert (quotes["known_at"] >= quotes["recorded_at"]).all()
    assert (quotes["recorded_at"] <= quotes["kickoff_utc"]).all()
    live = quotes[quotes["kind"].ne("close")]
    assert (live["recorded_at"] < live["kickoff_utc"]).all()


@pytest.mark.parametrize("name", ["results", "starters", "conditions", "plays", "charting", "pressures", "snaps"])
def test_nothing_of_a_game_is_known_before_it_starts(facts: LoadedFacts, name: str) -> None:
    rows = facts.tables[name].merge(facts.tables["games"][["game_id", "kickoff_utc"]], on="game_id")
    assert len(rows) == len(facts.tables[name])
    lead = rows["known_at"] - rows["kickoff_utc"]
    least = {"results": 4.0, "starters": 0.0, "conditions": 0.0}.get(name)
    if least is None:
        assert (rows["known_at"] == stats_known_at(rows["kickoff_utc"])).all()
    else:
        assert (lead == pd.Timedelta(hours=least)).all()


def test_the_store_shows_a_wednesday_nothing_of_its_own_week(store: FactStore, facts: LoadedFacts) -> None:
    week = facts.tables["games"].query("season == 2024 and week == 10")
    view = store.as_of(decision_instants(week["kickoff_utc"]).min())
    for name in ("results", "starters", "conditions", "plays", "player_weeks", "rosters", "snaps"):
        seen = view.table(name, columns=["season", "week"], seasons=[2024])
        assert seen["week"].max() == 9, name
    assert set(view.table("games", columns=["week"], seasons=[2024])["week"]) == set(range(1, 19))
    quotes = view.table("quotes", seasons=[2024]).query("week == 10")
    assert set(quotes["game_id"]) == set(week["game_id"])
    assert quotes["known_at"].max() <= view.instant


def test_every_table_comes_back_from_the_store_as_it_went_in(store: FactStore, facts: LoadedFacts) -> None:
    view = store.as_of(pd.Timestamp("2030-01-01T00:00Z"))
    for name, frame in facts.tables.items():
        order = ["season", *FACT_TABLES[name].key]
        back = view.table(name)
        pd.testing.assert_frame_equal(
            back.sort_values(order, ignore_index=True), frame.sort_values(order, ignore_index=True)
        )
