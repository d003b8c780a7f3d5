"""The long study's answers on 1999-2024 beside published ones, from schedule, starters and lines alone.

A published value must lie in our 95 % interval; where our own number is held, it is by sign or by order.
"""

from pathlib import Path

import pandas as pd
import pytest

from workbench.data.ingest import load_league
from workbench.features.panels import game_panel
from workbench.settings import Settings
from workbench.shocks.database import derive_events
from workbench.shocks.exposure import exposures
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.treatments import held_columns
from workbench.stages.studies.treatment_coaches import coaching_changes
from workbench.stages.studies.treatment_parts import row_of
from workbench.stages.studies.treatment_schedule import bye_by_era, home_by_era

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def frames(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> EffectFrames:
    """Frames without plays, reports and rosters: they would cost the time of other tests."""
    root = tmp_path_factory.mktemp("effects")
    (root / "nflverse").mkdir()
    (root / "nflverse" / "schedules").symlink_to(real_data / "nflverse" / "schedules")
    bases = {"nflverse": root / "nflverse", "lines": real_data / "nfl_lines", "weather": real_data / "nfl_weather"}
    settings = Settings.model_validate({"sources": {name: {"base": str(base)} for name, base in bases.items()}})
    tables = load_league(settings, seasons=range(1999, 2025), root=root / "facts").tables
    games, database = game_panel(tables), derive_events(tables)
    position = database.events[["event_id", "position"]]
    hit = exposures(database.events, tables["games"]).merge(position, on="event_id", how="left")
    hit = hit[hit["game_id"].isin(set(games["game_id"]))].reset_index(drop=True)
    signed, summed = (held_columns(games, hit, signed=way) for way in (True, False))
    return EffectFrames(tables, database, hit, games, held_signed=signed, held_summed=summed)


@pytest.fixture
def cache(tmp_path: Path) -> EstimateCache:
    return EstimateCache(tmp_path)


def test_the_bye_agrees_with_lopez_and_bliss_on_game_and_line(frames: EffectFrames, cache: EstimateCache) -> None:
    found = bye_by_era(frames, cache=cache)
    told = found[found["published"].notna()]
    assert told["published"].tolist() == [2.2, 0.31, 0.97]
    assert ((told["low"] < told["published"]) & (told["published"] < told["high"])).all()
    # The line gave more after the agreement than before, while the game took less.
    early, late = (row_of(found, span=span, number="in_the_line") for span in ("2002–2010", "2011–2022"))
    assert early is not None
    assert late is not None
    assert early["high"] < late["value"]


def test_home_field_falls_as_published_and_is_nothing_without_crowds(
    frames: EffectFrames, cache: EstimateCache
) -> None:
    found = home_by_era(frames, cache=cache)
    told = found[found["published"].notna()].set_index("span")
    assert told["published"].to_dict() == {"2020": 0.0, "trend 2000": 2.9, "trend 2019": 2.2}
    assert ((told["low"] < told["published"]) & (told["published"] < told["high"])).all()
    slope = row_of(found, span="change a decade", number="in_the_line")
    assert slope is not None
    assert slope["high"] < 0


def test_a_new_coach_gains_on_his_own_past_and_on_no_like_team(frames: EffectFrames, cache: EstimateCache) -> None:
    # Roach 2013: none or negative once reversion is allowed for.
    found = coaching_changes(frames, cache=cache, seed=1)
    rows = found.effects[found.effects["span"].eq("weeks 0 to 3") & found.effects["outcome"].eq("margin_vs_close")]
    by: pd.DataFrame = rows.set_index(["source", "way"])
    for source in ("corrected", "derived"):
        assert by.loc[(source, "naive"), "low"] > 0
        assert by.loc[(source, "adjusted"), "low"] < 0
    gap = by.loc[("corrected", "adjusted"), "value"] - by.loc[("derived", "adjusted"), "value"]
    assert abs(gap) < by.loc[("corrected", "adjusted"), "standard_error"]
    assert found.events == {"corrected": 47, "derived": 43}
    balance = found.balance
    assert (balance["difference_after"].abs() < balance["difference_before"].abs()).all()
