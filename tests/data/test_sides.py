"""Over and under: turned where their source has them swapped, and a planted swap is named.

Planted prices lean by .03 a point of line with lines half a point apart: correlations of .6 to .8, ten standard errors.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.data.lines.open_last import open_last_quotes
from workbench.data.nflverse.schedule import closing_quotes, with_kickoff
from workbench.data.prices import checked_american
from workbench.data.sides import leaning_prices, swapped_sides, with_true_sides

OVER, UNDER = 1 + 100 / 104, 1 + 100 / 116  # -104 and -116 in decimals


def schedule(season: int) -> pd.DataFrame:
    """One game whose file says over -104, under -116 and home -105."""
    return with_kickoff(
        pd.DataFrame(
            {
                "game_id": [f"{season}_01_ARI_BUF"], "season": season, "week": 1, "gameday": f"{season}-09-08",
                "gametime": "13:00", "home_team": "BUF", "away_team": "ARI", "total_line": 47.5, "over_odds": -104.0,
                "under_odds": -116.0, "spread_line": 6.5, "home_spread_odds": -105.0, "away_spread_odds": -115.0,
            }
        )
    )  # fmt: skip


def lines(season: int, source: str) -> pd.DataFrame:
    """The same total as a line file has it, an opener beside it."""
    row = {
        "nflverse_game_id": f"{season}_01_ARI_BUF",
        "season": season,
        "home_spread_open": -5.5,
        "home_spread_last": -6.5,
    }
    for side in ("open", "last"):
        row |= {f"total_line_{side}": 47.5, f"over_price_{side}": -104.0, f"under_price_{side}": -116.0}
        row |= {f"total_line_{side}_source": source, f"home_spread_{side}_source": source}
    return pd.DataFrame([row])


def prices(quotes: pd.DataFrame, *, market: str = "total") -> list[list[float]]:
    rows = quotes.assign(price_home=np.nan, price_away=np.nan)
    return checked_american(rows[rows["market"].eq(market)]).kept[["price_home", "price_away"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("season", "expected"), [(2006, [UNDER, OVER]), (2019, [UNDER, OVER]), (2020, [OVER, UNDER]), (2024, [OVER, UNDER])]
)
def test_the_schedules_over_is_its_under_until_2019_and_itself_since(season: int, expected: list[float]) -> None:
    quotes = closing_quotes(schedule(season))
    assert prices(quotes) == [pytest.approx(expected)]
    assert quotes.loc[quotes["market"].eq("total"), "line"].to_list() == [47.5]


def test_spreads_keep_their_sides_in_every_season() -> None:
    for season in (2006, 2019, 2020):
        assert prices(closing_quotes(schedule(season)), market="spread") == [
            pytest.approx([1 + 100 / 105, 1 + 100 / 115])
        ]


def test_legacy_lines_are_turned_as_the_schedule_and_another_books_of_the_same_season_are_not() -> None:
    for season, source, expected in (
        (2019, "legacy", [UNDER, OVER]), (2020, "legacy", [OVER, UNDER]), (2019, "draftkings", [OVER, UNDER])
    ):  # fmt: skip
        quotes = open_last_quotes(lines(season, source))
        assert sorted(quotes["kind"].unique()) == ["close", "open"]
        assert prices(quotes) == [pytest.approx(expected)] * 2


def test_turning_twice_gives_the_file_back_and_an_absent_price_stays_absent() -> None:
    games = pd.DataFrame({"over": [-104.0, -104.0], "under": [-116.0, np.nan]})
    every = pd.Series([True, True])
    once = with_true_sides(games, over="over", under="under", swapped=every)
    assert once["over"].isna().to_list() == [False, True]
    pd.testing.assert_frame_equal(with_true_sides(once, over="over", under="under", swapped=every), games)
    alone = with_true_sides(games[["over"]], over="over", under="under", swapped=every)
    assert alone["under"].to_list() == [-104.0, -104.0]
    assert alone["over"].isna().all()
    assert list(with_true_sides(games, over="a", under="b", swapped=every)) == ["over", "under"]


def closes(*, turned: tuple[int, ...], market: str = "total") -> pd.DataFrame:
    """Two books' closes of two seasons; the first has real prices, which lean with its own error of the line."""
    rng = np.random.default_rng(5)
    parts = []
    for season in (2018, 2019):
        truth = rng.normal(44.0, 3.0, 120)
        for source, real in (("one", True), ("two", False)):
            line = np.round((truth + rng.normal(0, 0.6, 120)) * 2) / 2
            chance = 0.5 + 0.03 * (truth - line)
            chance = 1 - chance if season in turned and source == "one" else chance
            part = pd.DataFrame({"game_id": [f"{season}_{k}" for k in range(120)], "line": line})
            part["price_home"], part["price_away"] = 0.97 / chance, 0.97 / (1 - chance)
            parts.append(part.assign(market=market, source=source, season=season, kind="close", price_assumed=not real))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("market", ["total", "spread"])
def test_a_planted_swap_is_found_in_its_season_and_only_there(market: str) -> None:
    quotes = closes(turned=(2018,), market=market)
    found = leaning_prices(quotes)
    assert found[["market", "source", "season"]].to_numpy().tolist() == [[market, "one", 2018]]
    note = swapped_sides(quotes)[0]
    assert note.feature == f"{market} prices of one 2018"
    assert "swapped at the source, or mended there" in note.reason


def test_prices_that_lean_as_they_should_say_nothing() -> None:
    assert swapped_sides(closes(turned=())) == []


def test_a_copy_an_opener_and_a_distant_line_are_no_second_opinion() -> None:
    quotes = closes(turned=(2018, 2019))
    own = quotes[quotes["source"].eq("one")]
    copy = own.assign(source="copy")
    opener = quotes[quotes["source"].eq("two")].assign(kind="open")
    distant = quotes[quotes["source"].eq("two")].assign(line=lambda f: f["line"] + 7, source="far")
    for other in (copy, opener, distant):
        assert leaning_prices(pd.concat([own, other], ignore_index=True)).empty
