"""The rent tests of a real week: every variant speaks of every game, and each module that is in it changes something.

Tolerances: none; a Brier score of a week of real spreads lies about 0.25, and 0.15 to 0.32 holds any that is one.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.backtest.rent import VERDICTS
from workbench.decision.variants import FULL, MODULES
from workbench.stages.catalogue import stage_named

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def rent(real_week: Any) -> pd.DataFrame:
    folder = real_week.artifacts / stage_named("09_rent_tests").kind / "2024_week10"
    return pd.read_parquet(folder / "rent.parquet")


def test_every_module_changes_something_on_every_game(rent: pd.DataFrame) -> None:
    own = rent[(rent["span"] == "season") & (rent["against"] == FULL)]
    scores = own[(own["measure"] == "brier") & (own["scope"] == "all targets")].set_index("module")
    assert sorted(scores.index) == sorted(MODULES)
    assert scores["n"].nunique() == 1
    assert scores["n"].iloc[0] > 30
    assert scores["with_it"].between(0.15, 0.32).all()
    assert (scores["difference"] != 0).all()


def test_ten_edges_a_week_are_graded_for_everybody(rent: pd.DataFrame) -> None:
    edges = rent[(rent["scope"] == "ten largest edges") & (rent["span"] == "season")]
    assert edges["n"].between(5, 10 * edges["n_weeks"].max()).all()
    assert np.isfinite(edges["difference"]).all()


def test_one_week_makes_no_verdict_but_unclear_or_less(real_week: Any, rent: pd.DataFrame) -> None:
    folder = real_week.artifacts / stage_named("09_rent_tests").kind / "2024_week10"
    verdicts = pd.read_parquet(folder / "verdicts.parquet")
    assert set(verdicts["verdict"]) <= set(VERDICTS)
    assert len(verdicts) == 2 * (len(MODULES) + 1)
    assert set(rent["blocks"]) == {"game"}
