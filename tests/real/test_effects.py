"""The stage's own questions on real games, from the schedule and its lines alone: byes by era, wind.

Tolerances: an estimate and a published number, both uncertain, are held to each other's interval; nothing is held to a
value read off an earlier run of this code.
"""

from pathlib import Path

import pandas as pd
import pytest

from workbench.data.ingest import load_league
from workbench.settings import Settings
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.estimates import two_numbers, unpriced_shares
from workbench.stages.effects.frames import effect_frames
from workbench.stages.effects.questions import question_named
from workbench.store.tables import FrameAsOf

pytestmark = pytest.mark.real

AS_OF = pd.Timestamp("2024-11-06T17:00:00+00:00")
#: Lopez & Bliss 2024 (arXiv:2408.10867): a bye in points, before and after the agreement of 2011, and what is priced.
BYE_BEFORE, BYE_AFTER, BYE_PRICED = 2.2, 0.31, 0.97
ERAS = {"before": range(2002, 2011), "after": range(2011, 2025)}
NUMBERS = ("game", "after_close")


@pytest.fixture(scope="module")
def tables(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    root = tmp_path_factory.mktemp("effects")
    (root / "nflverse").mkdir()
    (root / "nflverse" / "schedules").symlink_to(real_data / "nflverse" / "schedules")
    bases = {"nflverse": root / "nflverse", "lines": real_data / "nfl_lines"}
    settings = Settings.model_validate({"sources": {name: {"base": str(base)} for name, base in bases.items()}})
    return load_league(settings, seasons=range(2002, 2025), root=root / "facts").tables


@pytest.fixture(scope="module")
def found(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    cache = EstimateCache(tmp_path_factory.mktemp("cache"))
    asked = [question_named(name) for name in ("bye", "wind")]
    parts = []
    for era, seasons in ERAS.items():
        frames = effect_frames(FrameAsOf(tables, AS_OF), seasons=seasons)
        assert (frames.events["known_at"].dropna() <= AS_OF).all()
        shares = unpriced_shares(frames, questions=asked[:1], cache=cache)[["question", "priced"]]
        told = two_numbers(frames, questions=asked, cache=cache, numbers=NUMBERS).merge(shares, how="left")
        parts.append(told.assign(era=era))
    return pd.concat(parts).set_index(["era", "question", "number"])


def test_a_bye_was_worth_two_points_until_2010_and_little_since(found: pd.DataFrame) -> None:
    before, after = (found.loc[(era, "bye", "game")] for era in ERAS)
    assert before["low"] <= BYE_BEFORE <= before["high"]
    assert before["low"] > 0
    assert after["low"] <= BYE_AFTER <= after["high"]
    assert after["value"] < before["value"]


def test_the_line_prices_about_a_point_of_a_bye_since_2011(found: pd.DataFrame) -> None:
    # Lines are known to .1 of their mean over 400 byes; half a point leaves room for another line's source.
    assert found.loc[("after", "bye", "after_close"), "priced"] == pytest.approx(BYE_PRICED, abs=0.5)


def test_strong_wind_takes_points_and_the_close_leaves_some(found: pd.DataFrame) -> None:
    for era in ERAS:
        game, left = (found.loc[(era, "wind", number)] for number in NUMBERS)
        assert game["high"] < 0
        assert left["value"] < 0
        assert left["low"] > -8.0  # the rawest published claim
