"""The simulated league against real seasons: the shape of results must be football's.

Tolerances: the league has 405 games, real seasons 2015-2024 about 2,700; shares and spreads are held within 3 standard
errors of the league's own sampling plus a modelling allowance stated at each line.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.data.demo import write_league

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("realism") / "demo"
    write_league(folder, seasons=(2021, 2022))
    return folder


def results(path: Path, *, first: int) -> pd.DataFrame:
    games = pd.read_parquet(path)
    return games[(games["season"] >= first) & games["result"].notna()]


def test_margins_and_totals_spread_as_in_real_seasons(demo: Path, real_data: Path) -> None:
    ours = results(demo / "schedules" / "games.parquet", first=2021)
    real = results(real_data / "nflverse" / "schedules" / "games.parquet", first=2015)
    n = len(ours)
    for outcome, line in (("result", "spread_line"), ("total", "total_line")):
        simulated, actual = (g[outcome] - g[line] for g in (ours, real))
        # Allowance 8 %: the league's totals are a little narrower than real ones.
        assert simulated.std() == pytest.approx(actual.std(), rel=0.08 + 3 / np.sqrt(2 * n))
    for margin in (3, 7):
        simulated, actual = ((g["result"].abs() == margin).mean() for g in (ours, real))
        assert simulated == pytest.approx(actual, abs=0.01 + 3 * np.sqrt(actual * (1 - actual) / n))


def test_plays_have_real_rates(demo: Path, real_data: Path) -> None:
    ours = pd.read_parquet(demo / "pbp" / "play_by_play_2022.parquet")
    real = pd.read_parquet(real_data / "nflverse" / "pbp" / "play_by_play_2022.parquet")
    rates = []
    for plays in (ours, real):
        snaps = plays[plays["play_type"].isin(["pass", "run"]) & plays["down"].notna()]
        throws = snaps[(snaps["pass_attempt"] == 1) & (snaps["sack"] == 0)]
        rates.append(
            {
                "throws": (snaps["pass_attempt"] == 1).mean(),
                "caught": throws["complete_pass"].mean(),
                "yards a throw": throws["yards_gained"].mean() / 10,
                "intercepted": throws["interception"].mean() * 10,
                "sacked": snaps["sack"].sum() / (snaps["pass_attempt"] == 1).sum() * 10,
            }
        )
    # Units above bring every rate near .2-.7; the league copies no season, so a tenth is near enough.
    for name, value in rates[0].items():
        assert value == pytest.approx(rates[1][name], abs=0.1), name
