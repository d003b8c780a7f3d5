"""Line files into quotes: the sign turned, the instant honest, averages refused."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pandas as pd
import pytest

from workbench.clock import eastern, utc
from workbench.data.lines.books import books_quotes, degraded_book_openers
from workbench.data.lines.history import history_quotes
from workbench.data.lines.load import line_grids
from workbench.data.lines.open_last import degraded_openers, open_last_quotes
from workbench.data.lines.sbr import sbr_quotes
from workbench.data.lines.source import prefix_of
from workbench.data.source import LoadedFacts

Tables = dict[str, pd.DataFrame]
Load = Callable[[], LoadedFacts]
Write = Callable[[pd.DataFrame, Path], None]
KICKOFF = utc("2024-09-08T17:00:00+00:00")


def spreads(facts: LoadedFacts, source: str) -> pd.DataFrame:
    quotes = facts.tables["quotes"]
    mine = quotes[quotes["market"].eq("spread") & quotes["source"].eq(source)]
    return mine.sort_values(["game_id", "recorded_at"]).reset_index(drop=True)


def opening(**values: object) -> pd.DataFrame:
    """``open_last`` rows of BUF-ARI and KC-LV: the openers move on one game of two."""
    row = {
        "season": 2024, "home_spread_open_source": "legacy", "home_spread_last_source": "legacy",
        "home_spread_open_timestamp": None, "home_spread_last_timestamp": None,
        "home_spread_last_price": -105.0, "away_spread_last_price": -115.0,
    }  # fmt: skip
    games = [("2024_01_ARI_BUF", -5.5, -6.5), ("2024_01_KC_LV", 3.0, 3.0)]
    return pd.DataFrame(
        [row | {"nflverse_game_id": g, "home_spread_open": o, "home_spread_last": c} | values for g, o, c in games]
    )


def book_rows(book: str, home: float, *, price: int = -110, game: str = "2024_01_ARI_BUF") -> list[dict[str, object]]:
    row = {"game_id": game, "season": 2024, "period": "event", "line_type": "spread", "book": book, "odds": price}
    return [row | {"side": "home", "value": home}, row | {"side": "away", "value": -home}]


def test_files_are_known_by_prefix_whatever_the_years() -> None:
    names = [
        "history_2031.parquet",
        "open_last_1.parquet",
        "books_x.parquet",
        "sbr_.parquet",
        "lines/history_1.parquet",
    ]
    assert [prefix_of(name) for name in names] == ["history_", "open_last_", "books_", "sbr_", "history_"]
    assert prefix_of("notes_2024.parquet") is None
    assert prefix_of("history_2024.csv") is None


def test_a_home_favourite_at_minus_six_and_a_half_is_a_home_line_of_plus_six_and_a_half(load: Load) -> None:
    consensus = spreads(load(), "consensus")
    assert consensus["line"].to_list() == [6.0, 6.5, 7.0]
    assert consensus["kind"].unique().tolist() == ["live"]


def test_a_state_after_kickoff_is_left_out_and_counted(load: Load) -> None:
    facts = load()
    quotes = facts.tables["quotes"]
    assert (quotes["recorded_at"] <= KICKOFF + pd.Timedelta(days=7)).all()
    assert facts.report.tables["quotes"].after_kickoff == 3  # one state, three markets
    assert 3.0 not in spreads(facts, "consensus")["line"].to_list()


def test_a_state_is_known_when_committed_and_an_opener_at_its_own_stamp(load: Load) -> None:
    facts = load()
    assert spreads(facts, "consensus")["known_at"].to_list() == [
        utc("2024-09-03T10:00Z"), utc("2024-09-04T15:00Z"), utc("2024-09-08T16:50Z"),
    ]  # fmt: skip
    opener = spreads(facts, "draftkings")
    assert opener["kind"].to_list() == ["open"]
    assert opener["known_at"].to_list() == [utc("2024-09-03T03:00:00.5Z")]
    assert not opener["instant_assumed"].any()


def test_a_missing_price_is_flagged_and_a_total_is_over_and_under(load: Load) -> None:
    facts = load()
    assert spreads(facts, "consensus")["price_assumed"].to_list() == [False, False, True]
    quotes = facts.tables["quotes"]
    total = quotes[quotes["market"].eq("total") & quotes["source"].eq("consensus")].iloc[0]
    assert total["price_home"] == pytest.approx(1 + 100 / 108)
    assert total["price_away"] == pytest.approx(1 + 100 / 112)


def test_a_state_its_book_showed_days_before_is_no_quote_of_now(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    states = frames["history"].assign(home_spread_last_timestamp="2024-09-01 00:00:00.5-07:00")
    write(states, mirror / "lines" / "history_2024.parquet")
    facts = load()
    assert spreads(facts, "consensus").empty
    assert facts.report.tables["quotes"].quarantined == {"stale_state": 3}


def test_an_opener_without_a_stamp_counts_from_tuesday_six_eastern_and_a_last_line_from_kickoff(
    mirror: Path, load: Load, write: Write
) -> None:
    write(opening(), mirror / "lines" / "open_last_1.parquet")
    legacy = spreads(load(), "legacy")
    first = legacy[legacy["game_id"].eq("2024_01_ARI_BUF")]
    assert first["kind"].to_list() == ["open", "close"]
    assert first["line"].to_list() == [5.5, 6.5]
    assert first["known_at"].to_list() == [eastern(date(2024, 9, 3), time(6)), KICKOFF]
    assert first["instant_assumed"].all()


def test_openers_that_repeat_the_last_line_all_season_are_left_out_and_named() -> None:
    repeated = opening().assign(home_spread_open=lambda f: f["home_spread_last"])
    assert set(open_last_quotes(repeated)["kind"]) == {"close"}
    assert degraded_openers(repeated)[0].feature == "openers 2024"
    assert degraded_openers(opening()) == []


def test_a_stamped_last_line_is_a_live_state() -> None:
    stamped = opening(home_spread_last_timestamp="2024-09-08 09:00:00.1-07:00")
    assert set(open_last_quotes(stamped)["kind"]) == {"open", "live"}


def test_the_sides_of_a_book_are_joined_and_its_sign_turned() -> None:
    rows = pd.DataFrame(
        [*book_rows("book_68", -6.5, price=-105), *book_rows("open", -5.5), *book_rows("consensus", -6.0)]
    )
    quotes = books_quotes(rows).set_index("source")
    assert quotes["line"].to_dict() == {"books_68": 6.5, "books_open": 5.5, "books_consensus": 6.0}
    assert quotes["kind"].to_dict() == {"books_68": "close", "books_open": "open", "books_consensus": "close"}
    assert quotes.loc["books_68", "american_home"] == -105


def test_book_openers_that_only_copy_the_consensus_are_left_out_and_named() -> None:
    rows = pd.DataFrame([*book_rows("open", -6.0), *book_rows("consensus", -6.0)])
    assert books_quotes(rows)["source"].to_list() == ["books_consensus"]
    assert [note.feature for note in degraded_book_openers(rows)] == ["spread openers of books_open 2024"]


def test_where_a_copy_of_the_consensus_stands_beside_an_opener_the_opener_comes_first() -> None:
    rows = pd.DataFrame([*book_rows("open", -6.0), *book_rows("open", -4.5), *book_rows("consensus", -6.0)])
    opens = books_quotes(rows).query("source == 'books_open'")
    assert opens["line"].to_list() == [4.5, 6.0]


def test_sbr_gives_openers_and_closes_and_its_suspect_spreads_are_quarantined(
    mirror: Path, load: Load, write: Write
) -> None:
    row = {
        "nflverse_game_id": "2024_01_ARI_BUF", "home_open_spread": -4.5, "home_close_spread": 3.5,
        "open_over_under": 46.0, "close_over_under": 45.5, "home_close_ml": -180, "away_close_ml": 170,
        "spread_suspect": True,
    }  # fmt: skip
    unnamed = row | {"nflverse_game_id": None}
    sound = row | {"nflverse_game_id": "2024_01_KC_LV", "spread_suspect": False}
    write(pd.DataFrame([row, sound, unnamed]), mirror / "lines" / "sbr_1.parquet")
    facts = load()
    assert spreads(facts, "sbr")["line"].to_list() == [4.5, -3.5]
    assert facts.report.tables["quotes"].quarantined == {"suspect_at_source": 2, "unknown_game": 5}
    totals = facts.tables["quotes"].query("source == 'sbr' and market == 'total'")
    assert sorted(totals["line"]) == [45.5, 45.5, 46.0, 46.0]
    assert len(sbr_quotes(pd.DataFrame([row]))) == 5


def test_one_line_of_13_847_is_quarantined_and_its_source_stays(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    states = frames["history"]
    states.loc[1, "home_spread_last"] = -13.847
    write(states, mirror / "lines" / "history_2024.parquet")
    facts = load()
    assert spreads(facts, "consensus")["line"].to_list() == [6.0, 7.0]
    bad = facts.quarantine.iloc[0]
    assert (bad["rule"], bad["value"], bad["source"]) == ("half_point_grid", "13.847", "history_2024.parquet")


def test_a_source_that_sells_averages_is_rejected_whole_and_said(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    states = pd.concat([frames["history"].iloc[[1]]] * 30, ignore_index=True)
    states["commit_time"] += pd.to_timedelta(range(30), unit="min")
    states["home_spread_last"] = [-6.5 - 0.13 * (i % 3 > 0) for i in range(30)]
    write(states, mirror / "lines" / "history_2024.parquet")
    facts = load()
    quotes = facts.tables["quotes"]
    assert "consensus" not in set(quotes["source"])
    assert {"schedule_close"} <= set(quotes["source"])
    grid = next(grid for grid in facts.report.grids if grid.source == "consensus")
    assert (grid.lines, grid.off_grid, grid.rejected) == (60, 20, True)
    assert any("averages" in note.reason for note in facts.degraded)
    assert facts.report.tables["quotes"].quarantined == {"averaged_source": 90}


def test_a_few_lines_off_the_grid_do_not_condemn_a_source() -> None:
    quotes = pd.DataFrame({"source": "book", "line": [3.25] * 19 + [3.0]})
    assert not line_grids(quotes.iloc[:19])[0].rejected
    assert line_grids(quotes)[0].rejected
    assert not line_grids(quotes.assign(line=[3.25] * 4 + [3.0] * 16))[0].rejected


def test_american_odds_smaller_than_100_are_quarantined(mirror: Path, load: Load, frames: Tables, write: Write) -> None:
    states = frames["history"]
    states.loc[0, "home_ml_last"] = 1.38
    write(states, mirror / "lines" / "history_2024.parquet")
    bad = load().quarantine
    assert bad["reason"].to_list() == ["American odds must be 100 or more in size, got 1.38. Decimal odds?"]


def test_a_line_file_without_its_stamp_column_degrades_and_the_rest_goes_on(
    mirror: Path, load: Load, frames: Tables, write: Write
) -> None:
    write(frames["history"].drop(columns="commit_time"), mirror / "lines" / "history_2024.parquet")
    facts = load()
    assert set(facts.tables["quotes"]["source"]) == {"schedule_close"}
    assert any(
        note.feature == "lines of history_2024.parquet" and "commit_time" in note.reason for note in facts.degraded
    )


def test_a_line_file_without_totals_still_gives_spreads(frames: Tables) -> None:
    states = frames["history"].drop(columns=[name for name in frames["history"] if "total" in name or "over" in name])
    assert set(history_quotes(states)["market"]) == {"spread", "moneyline"}
