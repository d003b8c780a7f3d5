"""The yards of player-games of 2002-2024: how many, how many zeros, who is left out, and a game checked by hand.

Counts are exact: facts of finished seasons do not change, so that a difference is a change of the rules. Time: the
rows of one target take a second and a half of one core; six leave room for a loaded machine.
"""

import time
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.ingest import load_league
from workbench.features.player_yards import TABLES, TARGETS, PlayerYards, player_yards
from workbench.features.player_yards.population import REASONS
from workbench.settings import Settings

pytestmark = pytest.mark.real

SEASONS = tuple(range(2002, 2025))
FILES = ("schedules/", "stats_player/", "snap_counts/", "weekly_rosters/", "injuries/")
SECONDS = 6.0
#: Rows of running backs.
RUSHING_ROWS = 27_941
#: Rows of 2021, 2022 by the snaps, and by the rule before 2021.
BY_SNAPS, BY_STAT_ROWS = [1_327, 1_366], [1_258, 1_285]


@pytest.fixture(scope="module")
def tables(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    root = tmp_path_factory.mktemp("yards")
    for path in (real_data / "nflverse").rglob("*.parquet"):
        name = path.relative_to(real_data / "nflverse")
        if name.as_posix().startswith(FILES):
            (root / "nflverse" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "nflverse" / name).symlink_to(path)
    bases = {"nflverse": root / "nflverse", "lines": real_data / "nfl_lines"}
    settings = Settings.model_validate({"sources": {name: {"base": str(base)} for name, base in bases.items()}})
    loaded = load_league(settings, seasons=SEASONS, root=root / "facts").tables
    return {name: loaded[name] for name in TABLES}


@pytest.fixture(scope="module")
def rushing(tables: dict[str, pd.DataFrame]) -> PlayerYards:
    return player_yards(tables, target="rushing_yards")


def left_out(found: PlayerYards, reason: str, seasons: range) -> int:
    own = found.excluded[found.excluded["reason"].eq(REASONS[reason]) & found.excluded["season"].isin(seasons)]
    return int(own["n"].sum())


def test_running_backs_have_some_twelve_hundred_rows_a_season(rushing: PlayerYards) -> None:
    seasons = rushing.rows.groupby("season").size()
    assert seasons.index.to_list() == list(SEASONS)
    assert seasons.between(1_080, 1_370).all()
    assert seasons.sum() == RUSHING_ROWS
    assert rushing.rows["yards"].notna().all()  # the last game of 2024 is played
    assert not rushing.rows.duplicated(["game_id", "player_id"]).any()


def test_zeros_are_twice_as_many_where_snaps_tell_them_from_absences(
    tables: dict[str, pd.DataFrame], rushing: PlayerYards
) -> None:
    older = player_yards(tables, target="rushing_yards", zeros="stat_rows")
    counts, shares = {}, {}
    for name, found in (("snaps", rushing), ("stat_rows", older)):
        by = found.rows[found.rows["season"].isin([2021, 2022])].groupby("season")["yards"]
        counts[name], shares[name] = by.size().to_list(), by.agg(lambda yards: yards.eq(0).mean()).to_list()
    assert counts == {"snaps": BY_SNAPS, "stat_rows": BY_STAT_ROWS}
    assert shares["snaps"] == pytest.approx([0.109, 0.119], abs=0.001)
    assert shares["stat_rows"] == pytest.approx([0.060, 0.064], abs=0.001)
    touched = [found.rows.query("volume >= 1 and season in (2021, 2022)") for found in (rushing, older)]
    assert len(touched[0]) == len(touched[1]) == 2_419  # the selected set is the same by either rule


def test_who_is_left_out_is_counted_by_the_reason_that_can_be_known(rushing: PlayerYards) -> None:
    before, since = range(2002, 2021), range(2021, 2025)
    assert left_out(rushing, "unknown", before) == 9_455
    assert left_out(rushing, "unknown", since) == 0
    assert (left_out(rushing, "void", before), left_out(rushing, "void", since)) == (0, 444)
    assert (left_out(rushing, "inactive", before), left_out(rushing, "inactive", since)) == (0, 1_717)
    assert left_out(rushing, "not_expected", range(2002, 2025)) == 0


def test_a_players_game_is_as_counted_by_hand(rushing: PlayerYards) -> None:
    own = rushing.rows[rushing.rows["player_name"].eq("Derrick Henry") & rushing.rows["season"].eq(2020)]
    week = own.set_index("week").loc[17]  # 34 carries for 250 yards at Houston, after 23 at Green Bay
    assert week[["team", "opponent", "yards", "volume", "last_volume", "home"]].to_list() == [
        "TEN", "HOU", 250.0, 34.0, 23.0, 0.0,
    ]  # fmt: skip
    assert week["missed_games"] == week["new_season"] == 0.0
    assert week[["snap_share", "report"]].isna().all()
    assert week["cutoff_utc"] == pd.Timestamp("2021-01-03T19:55:00+00:00")


def test_stats_of_a_tuesday_game_are_not_known_on_the_monday_after(rushing: PlayerYards) -> None:
    # Buffalo and Tennessee played on Tuesday, 13 October 2020; Buffalo again on Monday, the 19th.
    bills = rushing.rows[rushing.rows["team"].eq("BUF") & rushing.rows["season"].eq(2020)]
    singletary = bills[bills["player_name"].eq("Devin Singletary")].set_index("week")
    assert singletary.loc[6, "last_volume"] == singletary.loc[4, "volume"]
    assert singletary.loc[7, "last_volume"] == singletary.loc[6, "volume"]


def test_wednesday_leaves_out_the_games_played_before_it(tables: dict[str, pd.DataFrame], rushing: PlayerYards) -> None:
    wednesday = player_yards(tables, target="rushing_yards", cutoff="wednesday")
    assert left_out(wednesday, "undecidable", range(2002, 2025)) == 36
    gone = set(rushing.rows["game_id"]) - set(wednesday.rows["game_id"])
    local = rushing.rows[rushing.rows["game_id"].isin(gone)]["kickoff_utc"].dt.tz_convert("America/New_York")
    assert set(local.dt.day_name()) <= {"Tuesday", "Wednesday"}


def test_features_are_masked_where_their_sources_do_not_reach(rushing: PlayerYards) -> None:
    known = rushing.rows.set_index("season")[list(rushing.features)].notna().groupby("season").mean()
    assert (known.loc[:2020, ["snap_share", "report"]] == 0.0).all(axis=None)
    assert (known.loc[2022:, ["snap_share", "report"]] > 0.99).all(axis=None)
    assert (known.loc[:2006, "team_line"] == 0.0).all()
    assert (known.loc[2007:2023, "team_line"] > 0.95).all()
    always = known.drop(columns=["snap_share", "report", "team_line", "total"]).loc[2003:]
    assert (always == 1.0).all(axis=None)


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"rushing_yards"}))
def test_the_other_targets_come_by_the_same_code_and_in_time(tables: dict[str, pd.DataFrame], target: str) -> None:
    start = time.process_time()
    found = player_yards(tables, target=target)
    assert time.process_time() - start < SECONDS
    assert len(found.rows) > 10_000
    seasons = set(found.rows["season"])
    unrecorded = set(range(2003, 2009)) if TARGETS[target].volume == "targets" else set()
    assert seasons == set(SEASONS) - unrecorded
    first, last = TARGETS[target].support
    assert found.rows["yards"].between(first, last).all()
