"""Injuries, trades and suspensions of 2021-2024: known ones found, and a seeded sample checked in the raw files.

The check never goes through the package: it opens the raw reports, rosters and snap counts and looks for the player by
name and team, so an error of matching, dating or counting would show as a wrong event.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.data.nflverse import players, plays, schedule
from workbench.schema import FACT_TABLES
from workbench.shocks.identity import identified_snaps, match_shares
from workbench.shocks.injuries import REGULAR_SHARE, injury_events
from workbench.shocks.player_weeks import player_weeks
from workbench.shocks.suspensions import suspension_events
from workbench.shocks.trades import trade_events
from workbench.store.frames import conform

pytestmark = pytest.mark.real

SEASONS = (2021, 2022, 2023, 2024)
#: The aim set for the sample checked by eye; drawn from thousands, so an interval of about +-0.06 at 100.
RIGHT, SAMPLE = 0.9, 100
#: Missing required fields within a type's window.
MISSING = 0.05
#: One core, and others at work: four seasons take some three seconds on an idle machine.
PATIENCE_SECONDS = 40.0
#: (player, old team, new team, season, first week with the new team), as the press reported them.
TRADES = [
    ("Christian McCaffrey", "CAR", "SF", 2022, 7), ("Davante Adams", "LV", "NYJ", 2024, 7),
    ("Roquan Smith", "CHI", "BAL", 2022, 9), ("Montez Sweat", "WAS", "CHI", 2023, 9),
    ("Von Miller", "DEN", "LA", 2021, 9), ("Bradley Chubb", "DEN", "MIA", 2022, 9),
    ("T.J. Hockenson", "DET", "MIN", 2022, 9), ("Zach Ertz", "PHI", "ARI", 2021, 7),
    ("C.J. Henderson", "JAX", "CAR", 2021, 4), ("Amari Cooper", "CLE", "BUF", 2024, 7),
    ("DeAndre Hopkins", "TEN", "KC", 2024, 8), ("Marshon Lattimore", "NO", "WAS", 2024, 10),
    ("Leonard Williams", "NYG", "SEA", 2023, 9), ("Rasul Douglas", "GB", "BUF", 2023, 9),
    ("Chase Young", "WAS", "SF", 2023, 10), ("Kevin Byard", "TEN", "PHI", 2023, 8),
    ("Melvin Ingram", "PIT", "KC", 2021, 9), ("Chase Claypool", "PIT", "CHI", 2022, 9),
    ("Robert Quinn", "CHI", "PHI", 2022, 8), ("Joshua Dobbs", "ARI", "MIN", 2023, 9),
]  # fmt: skip
#: (player, team, season, first week, last week), as the league announced them.
SUSPENSIONS = [
    ("Deshaun Watson", "CLE", 2022, 1, 12), ("DeAndre Hopkins", "ARI", 2022, 1, 6),
    ("Jameson Williams", "DET", 2023, 1, 4), ("Alvin Kamara", "NO", 2023, 1, 3),
    ("Von Miller", "BUF", 2024, 5, 8), ("Antonio Brown", "TB", 2021, 13, 15),
    ("Cam Robinson", "JAX", 2023, 1, 4), ("Mike Evans", "TB", 2022, 3, 3),
    ("Grover Stewart", "IND", 2023, 7, 13), ("Azeez Al-Shaair", "HOU", 2024, 15, 17),
]  # fmt: skip


def raw(folder: Path, pattern: str) -> pd.DataFrame:
    return pd.concat(
        [pd.read_parquet(folder / "nflverse" / pattern.format(season=s)) for s in SEASONS], ignore_index=True
    )


@pytest.fixture(scope="module")
def tables(real_data: Path) -> dict[str, pd.DataFrame]:
    every = schedule.with_kickoff(pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet"))
    own = every[every["season"].isin(SEASONS)].reset_index(drop=True)
    games = schedule.games(own)
    quotes = schedule.closing_quotes(own)
    people = {
        "rosters": players.rosters(raw(real_data, "weekly_rosters/roster_weekly_{season}.parquet"), games=games),
        "injuries": players.injuries(raw(real_data, "injuries/injuries_{season}.parquet"), games=games),
        "snaps": plays.snaps(raw(real_data, "snap_counts/snap_counts_{season}.parquet"), kickoffs=games),
    }
    whole = {name: frame.dropna(subset=[*FACT_TABLES[name].columns]) for name, frame in people.items()}
    facts = {name: conform(frame, name=name) for name, frame in whole.items()}
    return {"games": conform(games, name="games"), "quotes": quotes, **facts}


@pytest.fixture(scope="module")
def weeks(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return player_weeks(tables)


@pytest.fixture(scope="module")
def events(tables: dict[str, pd.DataFrame], weeks: pd.DataFrame) -> pd.DataFrame:
    started = time.process_time()
    derivers = (injury_events, trade_events, suspension_events)
    whole = pd.concat([derive(tables, weeks=weeks) for derive in derivers], ignore_index=True)
    assert time.process_time() - started < PATIENCE_SECONDS
    return whole


def test_nearly_every_snap_row_finds_its_player(tables: dict[str, pd.DataFrame]) -> None:
    assert match_shares(identified_snaps(tables))["matched"].min() > 0.98


def test_names_alone_find_the_same_player_as_the_id(tables: dict[str, pd.DataFrame]) -> None:
    with_id = identified_snaps(tables)
    blind = identified_snaps({**tables, "snaps": tables["snaps"].assign(pfr_id=None)})
    both = with_id["matched_by"].eq("pfr_id") & blind["player_id"].notna()
    assert (with_id["player_id"] == blind["player_id"])[both].mean() > 0.99
    assert both.sum() > 50_000


def test_thousands_of_events_and_few_missing_fields(events: pd.DataFrame) -> None:
    counts = events["type"].value_counts()
    assert counts["injury"] > 2_500
    assert counts["injury_return"] > 1_500
    assert counts["trade_in"] == counts["trade_out"] > 50
    assert counts["suspension"] > 50
    assert events["event_id"].is_unique
    free = {"replaced_by", "realised_games", "realised_severity"}
    missing = events.drop(columns=[*free]).isna().groupby(events["type"]).mean()
    assert missing.max(axis=None) < MISSING
    assert events["expected_severity"].between(0, 1).all()


@pytest.mark.parametrize(("name", "old", "new", "season", "week"), TRADES)
def test_known_trades_are_found_on_both_sides(
    events: pd.DataFrame, name: str, old: str, new: str, season: int, week: int
) -> None:
    own = events[events["player_name"].eq(name) & events["season"].eq(season)]
    arrived = own[own["type"].eq("trade_in") & own["team"].eq(new)]
    assert arrived["week"].to_list() == [week]
    assert (own["type"].eq("trade_out") & own["team"].eq(old)).sum() == 1


@pytest.mark.parametrize(("name", "team", "season", "first", "last"), SUSPENSIONS)
def test_known_suspensions_are_found_with_their_weeks(
    events: pd.DataFrame, name: str, team: str, season: int, first: int, last: int
) -> None:
    own = events[events["player_name"].eq(name) & events["season"].eq(season) & events["type"].eq("suspension")]
    assert own[["team", "week", "last_week"]].to_numpy().tolist() == [[team, first, last]]


def test_released_and_signed_is_no_trade(events: pd.DataFrame) -> None:
    signed = events[events["player_name"].isin(["Odell Beckham", "Zach Cunningham", "Baker Mayfield"])]
    assert not signed["type"].isin(["trade_in", "trade_out"]).any()


def test_a_seeded_sample_of_absences_stands_in_the_raw_files(
    real_data: Path, events: pd.DataFrame, record_property: pytest.FixtureRequest
) -> None:
    reports = raw(real_data, "injuries/injuries_{season}.parquet")
    listed = raw(real_data, "weekly_rosters/roster_weekly_{season}.parquet")
    snaps = raw(real_data, "snap_counts/snap_counts_{season}.parquet")
    absences = events[events["type"].isin(["injury", "injury_return", "suspension"])]
    drawn = absences.iloc[np.random.default_rng(20240901).choice(len(absences), SAMPLE, replace=False)]
    right = [_stands(event, reports=reports, listed=listed, snaps=snaps) for event in drawn.itertuples()]
    record_property("right", sum(right))  # type: ignore[operator]
    assert np.mean(right) >= RIGHT


def _stands(event: object, *, reports: pd.DataFrame, listed: pd.DataFrame, snaps: pd.DataFrame) -> bool:
    """Whether the raw files say of this event's week what the event says."""
    season, week, team, name = event.season, event.week, event.team, event.player_name  # type: ignore[attr-defined]
    kind, player = event.type, event.player_id  # type: ignore[attr-defined]
    own = snaps[snaps["season"].eq(season) & snaps["team"].eq(team)]
    counts = own[own["player"].eq(name)]
    if counts.empty:  # another spelling: initial and last name
        last = name.replace(" Jr.", "").replace(" III", "").replace(" II", "").replace(" Sr.", "").split()[-1]
        counts = own[own["player"].str.contains(last, regex=False) & own["player"].str[0].eq(name[0])]
    took = counts[counts["week"].eq(week)][["offense_pct", "defense_pct"]].to_numpy().sum() > 0
    if kind == "injury_return":
        return bool(took)
    report = reports[reports["season"].eq(season) & reports["week"].eq(week) & reports["gsis_id"].eq(player)]
    status = listed[listed["season"].eq(season) & listed["week"].eq(week) & listed["player_id"].eq(player)]
    status = status[status["team"].eq(team) & status["status"].eq("RES")]["status_description_abbr"]
    if kind == "suspension":
        return bool(status.isin(["R40", "R06"]).any() and not took)
    said = report["report_status"].isin(["Out", "Doubtful"]).any()
    held = status.isin(["R01", "R48", "R04", "R05", "R27", "R59"]).any()
    return bool((said or held) and not took and event.dose >= REGULAR_SHARE)  # type: ignore[attr-defined]
