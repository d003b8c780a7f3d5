"""The panels of the simulated league against its planted truth: lines, strengths and outcomes as they were made.

Tolerances: a book's line is the exact line rounded to half points (sd .14) with the book's own error (sd .15 planted),
so a mean absolute gap of at most .4 leaves room for twice that. Rating against truth: a correlation over some 380
games above .7, where ratings that ignore the opponents, or the season before, stay below. Mean errors: four standard
errors.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.data.demo.fair import FAIR_SPREADS, FAIR_TOTALS
from workbench.data.demo.truth import Truth, load_truth
from workbench.data.ingest import demo_folder, load_league
from workbench.features.panels import game_panel, player_week_panel, team_week_panel
from workbench.settings import Settings

SEASONS = (2021, 2022, 2023, 2024)
LINE_GAP = 0.4
RATING_CORRELATION = 0.7


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, pd.DataFrame], Truth]:
    root: Path = tmp_path_factory.mktemp("panels")
    settings = Settings(league="demo")
    tables = load_league(settings, seasons=SEASONS, root=root).tables
    return tables, load_truth(demo_folder(settings, root=root))


@pytest.fixture(scope="module")
def games(league: tuple[dict[str, pd.DataFrame], Truth]) -> pd.DataFrame:
    return game_panel(league[0])


def test_every_played_game_has_both_lines_of_one_source(
    games: pd.DataFrame, league: tuple[dict[str, pd.DataFrame], Truth]
) -> None:
    assert len(games) == len(league[0]["results"])
    assert games[["open_line", "close_line", "line_move", "total_move"]].notna().all(axis=None)
    assert games["open_source"].eq(games["close_source"]).all()
    assert not games["open_instant_assumed"].any()


def test_the_lines_are_fair_at_the_means_planted(
    games: pd.DataFrame, league: tuple[dict[str, pd.DataFrame], Truth]
) -> None:
    truth = league[1].market.set_index("game_id").loc[games["game_id"]]
    for mine, planted, fair in (
        ("open_line", "open_margin", FAIR_SPREADS), ("close_line", "close_margin", FAIR_SPREADS),
        ("open_total", "open_total", FAIR_TOTALS), ("close_total", "close_total", FAIR_TOTALS),
    ):  # fmt: skip
        gap = games[mine].to_numpy() - fair.lines_of(truth[planted].to_numpy())
        assert np.abs(gap).mean() < LINE_GAP, mine


def test_market_ratings_follow_the_planted_strengths(
    games: pd.DataFrame, league: tuple[dict[str, pd.DataFrame], Truth]
) -> None:
    strengths = league[1].strengths
    value = strengths[["attack", "defence", "quarterback_usual"]].sum(axis=1)
    planted = strengths[["season", "week", "team"]].assign(value=value)
    teams = team_week_panel(games).merge(planted, on=["season", "week", "team"])
    late = teams[teams["games_played"].ge(4)]
    assert late["market_rating"].corr(late["value"]) > RATING_CORRELATION


def test_margins_against_a_fair_close_are_zero_in_the_mean(games: pd.DataFrame) -> None:
    for name in ("margin_vs_close", "total_vs_close"):
        error = games[name].std() / np.sqrt(len(games))
        assert abs(games[name].mean()) < 4 * error, name


def test_players_have_projections_from_the_second_season_on_and_snaps(
    league: tuple[dict[str, pd.DataFrame], Truth],
) -> None:
    players = player_week_panel(league[0])
    assert players["projection_yards"].isna().eq(players["season"].eq(SEASONS[0])).all()
    assert players["snap_share"].notna().all()
    assert players["snap_share"].between(0.0, 1.0).all()
    late = players[players["season"].gt(SEASONS[0])]
    for position, own in late.groupby("position"):
        spread = own["yards_vs_projection"].std()
        assert spread < own["yards"].std() * 1.05, position  # past games must not mislead
