"""The panels of 1999-2024 against the facts file: how lines move, how margins scatter, home field by era.

Published or measured values carry their source; bands are four standard errors of the measurement unless said.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.data.ingest import load_league
from workbench.features.panels import game_panel, player_week_panel, team_week_panel
from workbench.settings import Settings

pytestmark = pytest.mark.real

SEASONS = tuple(range(1999, 2025))
#: Files the panels read here; plays and the rest would cost the time of other tests.
FILES = ("schedules/", "stats_player/", "snap_counts/", "weekly_rosters/", "pbp/play_by_play_2023")
#: Published (FACTS): share of spreads that move, mean and sd of the move in points. The openers' own definition
#: changes with the source (2022: .57 in the mean), so bands are wider than sampling alone.
MOVED, MEAN_MOVE, SD_MOVE = 0.77, 1.18, 1.79
#: FACTS: sd of the margin about the close by era.
SPREAD_SD = {(2009, 2014): 13.8, (2015, 2019): 12.8, (2020, 2023): 12.7}
#: The panel of 6,991 games takes about a second; ten leave room for a loaded machine.
SECONDS = 10.0


@pytest.fixture(scope="module")
def tables(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    root = tmp_path_factory.mktemp("panels")
    for path in (real_data / "nflverse").rglob("*.parquet"):
        name = path.relative_to(real_data / "nflverse")
        if name.as_posix().startswith(FILES):
            (root / "nflverse" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "nflverse" / name).symlink_to(path)
    bases = {"nflverse": root / "nflverse", "lines": real_data / "nfl_lines", "weather": real_data / "nfl_weather"}
    settings = Settings.model_validate({"sources": {name: {"base": str(base)} for name, base in bases.items()}})
    return load_league(settings, seasons=SEASONS, root=root / "facts").tables


@pytest.fixture(scope="module")
def games(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return game_panel(tables)


@pytest.fixture(scope="module")
def players(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return player_week_panel(tables)


def test_every_game_is_there_once_and_has_a_close(games: pd.DataFrame) -> None:
    assert len(games) == games["game_id"].nunique() == 6_991
    assert games[["close_line", "close_total", "margin"]].notna().all(axis=None)


def test_openers_begin_where_they_are_real(games: pd.DataFrame) -> None:
    spreads = games.groupby("season")["open_line"].count()
    assert (spreads.loc[:2006] == 0).all()
    shares = spreads / games.groupby("season").size()
    assert (shares.loc[2007:2023] > 0.98).all()
    assert shares.loc[2024] > 0.9  # week 14 of 2024 has no openers
    totals = games.groupby("season")["open_total"].count()
    with_openers = [*range(2011, 2022), 2024]
    assert (totals.loc[with_openers] > 240).all()
    assert (totals.drop(with_openers) <= 2).all()  # two play-off games of 2023 come from a stamped book


def test_a_move_has_one_source_and_spreads_move_as_published(games: pd.DataFrame) -> None:
    moved = games[games["line_move"].notna()]
    assert moved["open_source"].eq(moved["close_source"]).all()
    n = len(moved)
    assert moved["line_move"].ne(0).mean() == pytest.approx(MOVED, abs=4 * np.sqrt(MOVED * (1 - MOVED) / n))
    assert moved["line_move"].abs().mean() == pytest.approx(MEAN_MOVE, abs=4 * 1.34 / np.sqrt(n))
    assert moved["line_move"].std() == pytest.approx(SD_MOVE, abs=0.1)
    assert abs(moved["line_move"].mean()) < 0.3  # measured -.167, standard error .026


def test_margins_scatter_about_the_close_as_measured_by_era(games: pd.DataFrame) -> None:
    for (first, last), spread in SPREAD_SD.items():
        era = games[games["season"].between(first, last)]["margin_vs_close"]
        assert era.std() == pytest.approx(spread, abs=0.1), (first, last)  # the same games; a tenth for rounding
        assert abs(era.mean()) < 4 * era.std() / np.sqrt(len(era))


def test_home_field_fades_as_published(games: pd.DataFrame) -> None:
    home = games[~games["neutral"]]
    crowds = home[home["season"].ne(2020)]
    slope, start = np.polyfit(crowds["season"] - 2000, crowds["margin"], 1)
    error = crowds["margin"].std() / np.sqrt(len(crowds))  # of the level in the middle; at the ends twice that
    assert start == pytest.approx(2.9, abs=4 * 2 * error)
    assert start + 19 * slope == pytest.approx(2.2, abs=4 * 2 * error)
    empty = home[home["season"].eq(2020)]["margin"]
    assert empty.mean() == pytest.approx(0.0, abs=4 * empty.std() / np.sqrt(len(empty)))
    assert empty.mean() < crowds["margin"].mean()


def test_ratings_know_most_of_the_next_line(games: pd.DataFrame) -> None:
    gap = games["home_market_rating"] - games["away_market_rating"]
    rated = gap.notna() & ~games["neutral"]
    assert np.corrcoef(gap[rated], games.loc[rated, "close_line"])[0, 1] > 0.8  # measured .86
    assert games.loc[games["season"].ge(2000), ["home_market_rating"]].isna().mean().item() < 0.001


def test_history_agrees_with_a_season_counted_by_hand(games: pd.DataFrame) -> None:
    chiefs = team_week_panel(games).query("team_season == 'KC-2023' and game_type == 'REG'").set_index("week")
    # Won 11, lost 6 in 2023; 6-1 after week 7, 8-4 after week 13 (bye in week 10).
    assert chiefs.loc[8, "win_rate"] == pytest.approx(6 / 7)
    assert chiefs.loc[14, ["games_played", "win_rate"]].to_list() == [12.0, pytest.approx(8 / 12)]
    assert chiefs.loc[11, "rest_days"] >= 14
    assert chiefs["margin"].gt(0).sum() == 11


def test_efficiency_stands_only_where_plays_are(games: pd.DataFrame) -> None:
    known = games["home_epa_per_play"].notna()
    assert set(games.loc[known, "season"]) == {2023}
    assert known[games["season"].eq(2023)].all()
    assert games.loc[known, ["home_epa_per_play", "away_epa_per_play"]].mean().between(-0.1, 0.1).all()


def test_projections_beat_the_position_s_mean_in_later_seasons(players: pd.DataFrame) -> None:
    late = players[players["season"].ge(2011)]
    assert players["season"].min() == 2002
    assert players["projection_yards"].isna().eq(players["season"].eq(2002)).all()
    for position, own in late.groupby("position"):
        explained = 1 - (own["yards_vs_projection"] ** 2).mean() / own["yards"].var()
        assert explained > 0.2, position  # measured .26 (WR) to .34 (QB)


def test_nearly_every_player_s_snaps_are_found(players: pd.DataFrame) -> None:
    counted = players[players["season"].ge(2021)]
    assert counted["snap_share"].notna().mean() > 0.99  # measured .999 by id, .993 by name alone
    assert players.loc[players["season"].lt(2021), "snap_share"].isna().all()


def test_rain_stands_where_it_was_observed_and_nowhere_else(games: pd.DataFrame) -> None:
    seen = games.groupby("season")["precipitation_inches"].count() / games.groupby("season").size()
    assert (seen.loc[2000:2019] > 0.5).all()  # most stadiums are in the open
    assert games.loc[games["roof"].isin(["dome", "closed"]), "precipitation_inches"].isna().all()
    assert (seen.loc[2021:] == 0).all()
    wet = games["precipitation_inches"].dropna()
    assert wet.between(0, 8).all()
    assert 0.02 < wet.gt(0.05).mean() < 0.25  # measured .05


def test_the_panel_is_made_in_seconds(tables: dict[str, pd.DataFrame]) -> None:
    began = time.process_time()
    game_panel({name: frame for name, frame in tables.items() if name != "plays"})
    assert time.process_time() - began < SECONDS
