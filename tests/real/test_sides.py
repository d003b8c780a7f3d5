"""Over and under on the real files: swapped at their source until 2019, true in the facts, and a double turn caught.

Correlations of 140 to 266 games have standard errors of .06 to .09; those of turned seasons lie 2.4 to 7.7 of them off
zero. A swap that came back, or a turn that is no longer needed, changes the sign of nine seasons at once.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.data.lines.books import books_quotes
from workbench.data.lines.open_last import LEGACY, open_last_quotes
from workbench.data.lines.sbr import sbr_quotes
from workbench.data.nflverse.schedule import CLOSE_SOURCE, closing_quotes, with_kickoff
from workbench.data.prices import checked_american, offered
from workbench.data.sides import SWAPPED_TOTALS_UNTIL, leaning_prices, swapped_sides

pytestmark = pytest.mark.real

#: Until 2019 sbr's close judges; the consensus from 2016 on.
JUDGED = range(2011, 2025)


@pytest.fixture(scope="module")
def schedule(real_data: Path) -> pd.DataFrame:
    return with_kickoff(pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet"))


@pytest.fixture(scope="module")
def quotes(real_data: Path, schedule: pd.DataFrame) -> pd.DataFrame:
    """Every reader's closing totals, priced as the facts are."""
    lines = real_data / "nfl_lines"
    if not lines.exists():
        pytest.skip("real data has no folder nfl_lines")
    parts = [closing_quotes(schedule)]
    for name, read in (
        ("open_last_1999_2024", open_last_quotes), ("sbr_2011_2021", sbr_quotes), ("books_2016_2024", books_quotes)
    ):  # fmt: skip
        parts.append(read(pd.read_parquet(lines / f"{name}.parquet")))
    columns = ["game_id", "market", "source", "kind", "line", "american_home", "american_away"]
    every = pd.concat([part[columns].astype({"line": "float64"}) for part in parts], ignore_index=True)
    every = every[every["market"].eq("total") & every["kind"].eq("close") & every["line"].between(20, 90)]
    priced = checked_american(every.assign(price_home=np.nan, price_away=np.nan)).kept
    return offered(priced).merge(schedule[["game_id", "season"]], on="game_id")


def leans(quotes: pd.DataFrame, source: str) -> "pd.Series[float]":
    """Return, by season, how the over's chance goes with how much higher the other books' totals are."""
    own = quotes[quotes["source"].eq(source) & ~quotes["price_assumed"]].set_index("game_id")
    others = quotes[~quotes["source"].isin([CLOSE_SOURCE, LEGACY, source])]
    gap = others.groupby("game_id")["line"].mean().reindex(own.index) - own["line"]
    chance = own["price_away"] / (own["price_home"] + own["price_away"])
    both = pd.DataFrame({"season": own["season"], "chance": chance, "gap": gap})[gap.abs() <= 3]
    return both.groupby("season")[["chance", "gap"]].corr().xs("chance", level=1)["gap"]


def turned_again(quotes: pd.DataFrame) -> pd.DataFrame:
    """Return what a second turn, or a first one of a file mended at its source, would leave."""
    again = quotes["source"].isin([CLOSE_SOURCE, LEGACY]) & quotes["season"].le(SWAPPED_TOTALS_UNTIL)
    home, away = quotes["price_home"], quotes["price_away"]
    return quotes.assign(price_home=home.where(~again, away), price_away=away.where(~again, home))


@pytest.mark.parametrize("source", [CLOSE_SOURCE, LEGACY])
def test_the_facts_over_costs_more_wherever_other_books_totals_are_higher(quotes: pd.DataFrame, source: str) -> None:
    found = leans(quotes, source)
    judged = [season for season in JUDGED if season in found.index]
    assert judged == list(range(2011, 2025 if source == CLOSE_SOURCE else 2024))
    assert (found.loc[judged] > 0.1).all()


def test_the_sources_own_labels_say_the_contrary_until_2019_and_only_until_then(
    quotes: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    raw = schedule.assign(season=2020)  # a season that is not turned: the file as it stands
    read = closing_quotes(raw)
    total = read[read["market"].eq("total")].assign(price_home=np.nan, price_away=np.nan)
    labelled = offered(checked_american(total).kept).drop(columns="season")
    labelled = labelled.merge(schedule[["game_id", "season"]], on="game_id").assign(source="labelled")
    found = leans(pd.concat([quotes, labelled], ignore_index=True), "labelled")
    assert (found.loc[2011:SWAPPED_TOTALS_UNTIL] < -0.1).all()
    assert (found.loc[SWAPPED_TOTALS_UNTIL + 1 : 2024] > 0.1).all()


def test_the_other_sources_agree_with_each_other_all_along(quotes: pd.DataFrame) -> None:
    assert (leans(quotes, "books_consensus").loc[2016:2021] > 0.1).all()


def test_the_check_at_ingest_is_silent_on_the_facts_and_names_a_double_turn(quotes: pd.DataFrame) -> None:
    assert swapped_sides(quotes) == []
    found = leaning_prices(turned_again(quotes))
    assert set(found["source"]) == {CLOSE_SOURCE, LEGACY}
    assert set(range(2014, 2020)) <= set(found["season"]) <= set(range(2011, 2020))


def test_turning_changes_prices_of_totals_until_2019_and_nothing_else(schedule: pd.DataFrame) -> None:
    read, raw = closing_quotes(schedule), closing_quotes(schedule.assign(season=2020))
    changed = (read["american_home"] != raw["american_home"]) & read["american_home"].notna()
    assert set(read.loc[changed, "market"]) == {"total"}
    seasons = schedule.set_index("game_id")["season"].reindex(read.loc[changed, "game_id"])
    assert (seasons.min(), seasons.max()) == (2006, SWAPPED_TOTALS_UNTIL)
    assert read["line"].equals(raw["line"])
    assert read.loc[changed, "american_home"].to_list() == raw.loc[changed, "american_away"].to_list()
