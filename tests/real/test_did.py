"""Card and Krueger's minimum wage as two periods of staggered treatment, and coaching changes as events on games.

Tolerance: 2 % of the published +2.75 full-time equivalents (Card & Krueger 1994, table 3, balanced sample).
"""

from dataclasses import replace

import pandas as pd
import pytest

from workbench.causal.games.staggered_games import StaggeredDesign
from workbench.causal.panels.aggregation import aggregated
from workbench.causal.panels.group_time import group_time_effects
from workbench.causal.panels.imputation import imputed_effects
from workbench.causal.panels.long_panel import long_panel
from workbench.causal.panels.two_way_fixed_effects import two_way_fixed_effects

pytestmark = pytest.mark.real
PUBLISHED = 2.75
WITHIN = 0.02
FIXED = ["CO_OWNED", "SOUTHJ", "CENTRALJ", "PA1", "PA2", "nj", "bk", "kfc", "roys", "wendys"]


@pytest.fixture(scope="module")
def stores(real_data) -> pd.DataFrame:
    """The file has no store number: its two halves pair up row by row, as their fixed columns confirm."""
    rows = pd.read_csv(real_data / "causal" / "card_krueger_njmin3.csv")
    halves = [half.reset_index(drop=True) for _, half in rows.groupby("d")]
    assert halves[0][FIXED].equals(halves[1][FIXED])
    panel = pd.concat([half.assign(store=half.index) for half in halves])
    return panel.assign(cohort=panel["nj"])  # New Jersey from period 1 on, Pennsylvania never


def test_the_published_effect_on_employment_is_found_by_each_estimator(stores):
    whole = long_panel(stores, unit="store", time="d", outcome="fte", cohort="cohort")
    # The published comparison is of stores seen twice.
    seen = stores.groupby("store")["fte"].transform("count") == 2
    both = long_panel(stores[seen], unit="store", time="d", outcome="fte", cohort="cohort")
    simple = aggregated(group_time_effects(whole), kind="simple").overall
    assert simple.value == pytest.approx(PUBLISHED, rel=WITHIN)
    # Card and Krueger's own standard error of the balanced comparison is 1.34.
    assert simple.standard_error == pytest.approx(1.34, rel=0.02)
    assert imputed_effects(both).overall.value == pytest.approx(PUBLISHED, rel=WITHIN)
    assert two_way_fixed_effects(both).overall.value == pytest.approx(PUBLISHED, rel=WITHIN)
    assert any("26 of 820 outcomes are missing" in note for note in whole.notes)


def test_a_new_coach_in_mid_season_does_nothing_once_mean_reversion_is_allowed_for(real_data):
    """Roach (2013) finds no effect or a negative one; team-season effects read the end of an unlucky spell as a gain.

    Events are the schedule's switches of coach as they stand, absences among them.
    """
    games = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")
    games = games[(games["game_type"] == "REG") & games["result"].notna()]
    games = games.assign(neutral=games["location"].eq("Neutral"), surprise=games["result"] - games["spread_line"])
    sides = [
        games[["season", "week", f"{side}_team", f"{side}_coach"]].set_axis(["season", "week", "team", "coach"], axis=1)
        for side in ("home", "away")
    ]
    coaches = pd.concat(sides).sort_values(["team", "season", "week"])
    before = coaches.groupby(["team", "season"])["coach"].shift()
    events = coaches[before.notna() & (before != coaches["coach"])].rename(columns={"week": "first_week"})
    assert len(events) == 43
    design = StaggeredDesign(outcome="surprise")
    shrunken = design.fit(games, events).overall
    plain = replace(design, shrunken=False).fit(games, events).overall
    assert shrunken.low < 0 < shrunken.high  # measured -0.7 (-3.0 to 1.6) points against the close
    assert plain.low > 0  # measured +4.2 (1.2 to 7.2): the naive reading
