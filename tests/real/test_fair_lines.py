"""A line is where chances are even and not the mean: 4,000 closes of 2010-2024, read by the seasons before each.

Squared errors of single games are noisy: their paired gain (clustered by week) is held to one standard error. The
weights of line and mean side by side say more and are held to two.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.decision.history import walked_scales
from workbench.intervals import clustered_mean
from workbench.store.frames import FrameAsOf

pytestmark = pytest.mark.real

SEASONS = range(2010, 2025)


@pytest.fixture(scope="module")
def closes(real_data: Path) -> pd.DataFrame:
    """One row a game: line, total, the means they stand for by earlier seasons, and the outcome."""
    games = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet").dropna(subset=["result"])
    known = pd.Timestamp("2000-01-01", tz="UTC")
    lines = {"spread": "spread_line", "total": "total_line"}
    quotes = [
        games[["game_id", "season", "week"]].assign(
            market=market,
            source="close",
            kind="close",
            recorded_at=known,
            line=games[column],
            known_at=known,
            price_assumed=True,
            instant_assumed=True,
        )
        for market, column in lines.items()
    ]
    tables = {"results": games[["game_id", "season", "week", "home_score", "away_score"]].assign(
        overtime=False, known_at=known),
              "quotes": pd.concat(quotes, ignore_index=True)}  # fmt: skip
    read = walked_scales(FrameAsOf(tables, pd.Timestamp("2025-06-01", tz="UTC")), seasons=SEASONS)
    parts = [
        own.assign(margin_mean=read[season].margin.means_of(own["spread_line"]),
                   total_mean=read[season].total.means_of(own["total_line"]))
        for season, own in games[games["season"].isin(SEASONS)].groupby("season")
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).dropna(subset=["spread_line", "total_line"])


def test_the_mean_at_which_a_spread_is_fair_is_nearer_to_the_margin_than_the_spread(closes: pd.DataFrame) -> None:
    as_mean = (closes["result"] - closes["spread_line"]) ** 2
    as_fair = (closes["result"] - closes["margin_mean"]) ** 2
    gain = clustered_mean((as_mean - as_fair).to_numpy(), (closes["season"] * 100 + closes["week"]).to_numpy())
    assert gain.value > gain.standard_error, gain


def test_beside_its_mean_the_spread_itself_says_nothing_more(closes: pd.DataFrame) -> None:
    x = closes[["spread_line", "margin_mean"]].to_numpy(np.float64)
    y = closes["result"].to_numpy(np.float64)
    weight, *_ = np.linalg.lstsq(x, y, rcond=None)
    noise = np.var(y - x @ weight)
    error = np.sqrt(noise * np.diag(np.linalg.inv(x.T @ x)))
    assert weight[1] > 2 * error[1]
    assert abs(weight[0]) < 2 * error[0]
    assert abs(weight[1] - 1.0) < 2 * error[1]


def test_favourites_of_seven_win_by_eight_on_average(closes: pd.DataFrame) -> None:
    """The heap on 7: games of 6.5 to 7.5 end nearer to the mean than to the line."""
    sign = np.sign(closes["spread_line"])
    seven = closes[closes["spread_line"].abs().between(6.5, 7.5)]
    won_by = (seven["result"] * sign[seven.index]).mean()
    line, mean = ((seven[c] * sign[seven.index]).mean() for c in ("spread_line", "margin_mean"))
    assert mean > line + 0.7
    assert abs(won_by - mean) < abs(won_by - line)


def test_totals_lie_above_their_line_on_average_as_their_mean_does(closes: pd.DataFrame) -> None:
    above = (closes["total"] - closes["total_line"]).mean()
    error = (closes["total"] - closes["total_line"]).std() / np.sqrt(len(closes))
    assert above > 2 * error
    assert abs((closes["total"] - closes["total_mean"]).mean()) < above
