"""What earlier seasons say of lines: planted lines that are fair, and nothing read of the season itself.

4,000 games tell a point's share to about half a percentage point, and a fair mean to about .2 points between the heaps:
held to .5, which taking lines for means misses at every heap. Without history the law is a rounded bell: a line is its
mean to .02 points of margin, and .1 of total, where the bell is cut off at nought.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.decision.history import known_scales, walked_scales
from workbench.features.fair_lines import AS_MEANS
from workbench.market.keynumbers import MARGIN_SUPPORT, Lattice, fair_means, tilted, tilts_for_market
from workbench.store.frames import FrameAsOf

SEASONS = range(2001, 2011)
GAMES = 400
NOW = pd.Timestamp("2012-01-01", tz="UTC")


def _heaped() -> Lattice:
    """A law of margins with heaps on 3 and 7, three times as high as their neighbours'."""
    bell = np.exp(-0.5 * (MARGIN_SUPPORT / 13.0) ** 2) * np.where(np.isin(np.abs(MARGIN_SUPPORT), [3, 7]), 3.0, 1.0)
    return Lattice(MARGIN_SUPPORT, bell / bell.sum(), 0.0, 1)


LAW = _heaped()
LINES = np.arange(-10.0, 10.5, 0.5)


def _tables(*, last_margin: int | None = None) -> dict[str, pd.DataFrame]:
    """Ten seasons whose lines are fair by the heaped law; the last season's margins replaced where one is given."""
    rng = np.random.default_rng(5)
    line = rng.choice(LINES, len(SEASONS) * GAMES)
    chance = np.cumsum(tilted(LAW, tilts_for_market(LAW, line, decided=0.5)), axis=1)
    margin = MARGIN_SUPPORT[(rng.random((len(line), 1)) > chance).sum(axis=1)]
    season = np.repeat(list(SEASONS), GAMES)
    if last_margin is not None:
        margin = np.where(season == max(SEASONS), last_margin, margin)
    ids = [f"g{i}" for i in range(len(line))]
    known = pd.Timestamp("2001-01-01", tz="UTC")
    results = pd.DataFrame(
        {
            "game_id": ids,
            "season": season,
            "week": 1,
            "home_score": 40 + margin,
            "away_score": 40,
            "overtime": False,
            "known_at": known,
        }
    )
    quotes = pd.DataFrame(
        {"game_id": ids, "season": season, "week": 1, "market": "spread", "source": "book", "kind": "close",
         "recorded_at": known, "line": line, "price_home": np.nan, "price_away": np.nan, "price_draw": np.nan,
         "price_assumed": True, "instant_assumed": True, "known_at": known}
    )  # fmt: skip
    return {"results": results, "quotes": quotes}


def test_the_means_of_fair_lines_are_found_where_heaps_part_them() -> None:
    scales = known_scales(FrameAsOf(_tables(), NOW), season=2011)
    truth = fair_means(LAW, LINES)
    found = scales.margin.means_of(LINES)
    assert np.abs(found - truth).max() < 0.5
    apart = np.isin(np.abs(LINES), [2.5, 3.5, 7.5])
    assert (np.abs(LINES - truth)[apart] > 0.5).all()  # what reading a line as a mean would miss


def test_nothing_of_the_season_itself_is_read() -> None:
    seen, bent = (FrameAsOf(_tables(last_margin=m), NOW) for m in (None, 35))
    assert known_scales(seen, season=2010) == known_scales(bent, season=2010)
    assert known_scales(seen, season=2011) != known_scales(bent, season=2011)


def test_without_history_a_line_is_its_mean() -> None:
    scales = known_scales(FrameAsOf(_tables(), NOW), season=2001)
    np.testing.assert_allclose(scales.margin.means_of(LINES), AS_MEANS.margin.means_of(LINES), atol=0.02)
    np.testing.assert_allclose(scales.total.means_of([38.5, 44.0]), [38.5, 44.0], atol=0.1)


def test_every_season_has_the_reading_of_the_seasons_before_it() -> None:
    view = FrameAsOf(_tables(), NOW)
    every = walked_scales(view, seasons=[2005, 2006])
    assert every == {s: known_scales(view, season=s) for s in (2005, 2006)}
    assert every[2005] != every[2006]


@pytest.mark.parametrize("line", [-7.0, 2.5, 3.0])
def test_both_sides_of_a_line_are_even_at_its_mean(line: float) -> None:
    (mean,) = fair_means(LAW, [line])
    law = tilted(LAW, tilts_for_market(LAW, [line], decided=0.5))[0]
    assert law @ MARGIN_SUPPORT == pytest.approx(mean, abs=1e-9)
    assert law[line < MARGIN_SUPPORT].sum() == pytest.approx(law[line > MARGIN_SUPPORT].sum(), abs=1e-9)
