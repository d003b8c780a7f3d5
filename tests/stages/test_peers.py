"""Peers: whose forecasts are read, and which of their rows are not to be trusted. Hand-worked values: 1e-9."""

from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import FormatError, ParameterError
from workbench.stages.studies.peers import INDEPENDENT, PEERS, read_peers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two games of each file; FPI's second row was touched after kick-off."""
    games = pd.DataFrame({"nflverse_game_id": ["g1", "g2"]})
    games.assign(home_prob=[0.5, 10 / 11]).to_parquet(tmp_path / "fivethirtyeight_elo_1.parquet")
    games.assign(
        nfelo_dif_base=[0.0, 400.0],
        nfelo_dif_open=[0.0, 0.0],
        nfelo_dif_close=[400.0, 0.0],
        home_net_qb_mod=[400.0, 0.0],
    ).to_parquet(tmp_path / "nfelo_games_1.parquet")
    games.assign(
        home_prob=[0.6, 0.99],
        date=["2020-09-13T17:00Z"] * 2,
        lastModified=["2020-09-13 16:59:00+00:00", "2021-02-01 00:00:00+00:00"],
    ).to_parquet(tmp_path / "espn_fpi_1.parquet")
    return tmp_path


def test_every_peer_by_hand(folder: Path) -> None:
    found = read_peers(folder, which=tuple(PEERS)).probabilities
    assert found["elo"].tolist() == pytest.approx([0.5, 10 / 11], abs=1e-9)
    # 400 points are odds of ten to one, wherever they come from
    assert found["elo_quarterback"].tolist() == pytest.approx([10 / 11, 10 / 11], abs=1e-9)
    assert found["nfelo"].tolist() == pytest.approx([0.5, 10 / 11], abs=1e-9)
    assert found["nfelo_open"].tolist() == pytest.approx([0.5, 0.5], abs=1e-9)
    assert found["nfelo_close"].tolist() == pytest.approx([10 / 11, 0.5], abs=1e-9)
    assert found["nfelo_fixed"].loc["g2"] > 0.85  # 16 points on a normal curve of sd 13


def test_a_forecast_touched_after_kick_off_is_left_out_and_counted(folder: Path) -> None:
    found = read_peers(folder, which=("fpi",))
    assert found.probabilities["fpi"].to_dict() == {"g1": 0.6}
    assert found.counted[0].startswith("1 of 2 forecasts of ESPN's FPI were modified after kick-off")


def test_those_that_read_a_line_say_so() -> None:
    assert all(not PEERS[name].knows for name in INDEPENDENT)
    assert "opening line" in PEERS["nfelo_open"].knows
    assert "closing line" in PEERS["nfelo_close"].knows


def test_the_study_of_forecast_skill_reads_the_independent_ones(folder: Path) -> None:
    found = read_peers(folder)
    assert tuple(found.probabilities.columns) == INDEPENDENT
    assert found.counted == ()


def test_what_two_files_make_is_missing_with_either(folder: Path) -> None:
    (folder / "nfelo_games_1.parquet").unlink()
    found = read_peers(folder, which=("elo", "elo_quarterback"))
    assert tuple(found.probabilities.columns) == ("elo",)
    assert "no nfelo_games_*.parquet" in found.missing[0]


def test_an_unknown_peer_and_dates_that_are_none_are_refused(folder: Path) -> None:
    with pytest.raises(ParameterError, match="There are: elo"):
        read_peers(folder, which=("eol",))
    rows = pd.read_parquet(folder / "espn_fpi_1.parquet").assign(lastModified="yesterday")
    rows.to_parquet(folder / "espn_fpi_1.parquet")
    with pytest.raises(FormatError, match="ISO 8601"):
        read_peers(folder, which=("fpi",))
