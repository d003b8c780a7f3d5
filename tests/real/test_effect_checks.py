"""Checks on a real effect: the bye week on the margin, 2002-2024, by the game design.

The effect is small and not asked for here; what is asked is that the design is sound where nothing was done: placebos
about zero at their stated rate, and noise that moves nothing.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.causal.checks.placebo_treatment import placebo_treatment
from workbench.causal.checks.random_common_cause import random_common_cause
from workbench.causal.checks.run import gathered
from workbench.causal.games.game_design import GameDesign

pytestmark = pytest.mark.real

#: Of 60 placebos at a true 5 %, more than 9 come up once in a thousand.
MOST_CALLED = 9
BYE_REST = range(13, 17)


@pytest.fixture(scope="module")
def games(real_data: Path) -> pd.DataFrame:
    raw = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")
    kept = raw[(raw["season"].between(2002, 2024)) & (raw["game_type"] == "REG") & raw["result"].notna()]
    rows = kept[["game_id", "season", "week", "home_team", "away_team"]].reset_index(drop=True)
    rest = {side: kept[f"{side}_rest"].isin(BYE_REST).to_numpy(dtype=float) for side in ("home", "away")}
    return rows.assign(margin=kept["result"].to_numpy(dtype=float), bye=rest["home"] - rest["away"])


def test_the_game_design_finds_nothing_where_byes_are_dealt_by_lot(games: pd.DataFrame) -> None:
    design = GameDesign(outcome="margin", treatment="bye", inference="cluster")
    rng = np.random.default_rng(1)
    real = design.fit(games)
    placebo = placebo_treatment(design, games, rng=rng, draws=60, estimate=real)
    noise = random_common_cause(design, games, rng=rng, draws=5, estimate=real)
    assert len(games) > 5_000
    assert (placebo.table["p_value"].iloc[1:] < 0.05).sum() <= MOST_CALLED
    assert (placebo.verdict, noise.verdict) == ("passes", "passes")
    assert "survives" in gathered(real, [placebo, noise], name="bye").sentence
