"""The task on the simulated league: the same code, facts by the loader, a view as of its own present."""

import pandas as pd
import pytest

from workbench.data.ingest import load_league
from workbench.features.player_yards import TABLES, TARGETS, PlayerYards, player_yards
from workbench.settings import Settings

SEASONS = (2021, 2022, 2023, 2024)
#: Wednesday 12:00 ET of 2024 week 11, the week that waits.
DECISION = pd.Timestamp("2024-11-13T17:00:00+00:00")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    loaded = load_league(Settings(league="demo"), seasons=SEASONS, root=tmp_path_factory.mktemp("yards")).tables
    known = {name: loaded[name] for name in TABLES}
    return {name: table[table["known_at"] <= DECISION] for name, table in known.items()}


@pytest.fixture(scope="module")
def found(tables: dict[str, pd.DataFrame]) -> dict[str, PlayerYards]:
    return {name: player_yards(tables, target=name, cutoff="wednesday") for name in TARGETS}


def test_every_target_has_rows_of_every_season_and_of_the_week_that_waits(found: dict[str, PlayerYards]) -> None:
    for name, own in found.items():
        assert set(own.rows["season"]) == set(SEASONS), name
        waiting = own.rows[own.rows["yards"].isna()]
        assert len(waiting) > 0
        assert (waiting["cutoff_utc"] >= DECISION).all(), name
        assert not own.notes


def test_past_rows_are_the_players_stat_lines(found: dict[str, PlayerYards], tables: dict[str, pd.DataFrame]) -> None:
    rows = found["rushing_yards"].rows.dropna(subset=["yards"])
    lines = tables["player_weeks"][["season", "week", "player_id", "rushing_yards", "carries"]]
    joined = rows.merge(lines, on=["season", "week", "player_id"], how="left")
    listed = joined["rushing_yards"].notna()
    assert listed.mean() > 0.9
    assert (joined["yards"] == joined["rushing_yards"].fillna(0.0)).all()
    assert (joined["volume"] == joined["carries"].fillna(0.0)).all()


def test_features_are_there_and_forecast(found: dict[str, PlayerYards]) -> None:
    for name, own in found.items():
        rows = own.rows.dropna(subset=["yards"])
        masked = rows[list(own.features)].isna().mean()
        assert masked.drop("snap_share").max() < 0.05, name
    backs = found["rushing_yards"].rows.dropna(subset=["yards"])
    assert backs["volume_long"].corr(backs["volume"]) > 0.3  # first and second backs are planted .58 and .34
