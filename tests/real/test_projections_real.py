"""ESPN's projections and posted lines as they are, on outcomes of 2022 (2023 is not looked at here)."""

from pathlib import Path

import pandas as pd
import pytest

from workbench.stages.studies.projections import DOUBLED, KEY, espn_projections, prop_lines

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def outcomes(real_data: Path) -> pd.DataFrame:
    path = real_data / "nflverse" / "stats_player" / "stats_player_week_2022.parquet"
    return pd.read_parquet(path, columns=[*KEY, "position", "rushing_yards"]).query("position == 'RB'")


def test_espns_doubled_yards_are_there_and_their_halves_are_nearer_the_outcomes(
    real_data: Path, outcomes: pd.DataFrame
) -> None:
    found = espn_projections(real_data / "peers", yards="rushing_yards").rows
    assert not found.duplicated(KEY).any()
    both = found[found["doubled"]].merge(outcomes, on=KEY)
    assert len(both) >= 30  # 44 of 2022 with two attempts or more
    error = (both["rushing_yards"] - both["value"]).abs().mean()
    assert error < (both["rushing_yards"] - both["published"]).abs().mean() / 1.5
    # Halved ones are spread about their outcomes as a whole, as other projections are.
    assert both["value"].mean() == pytest.approx(both["rushing_yards"].mean(), rel=0.3)
    # Nobody is expected to run further than the best are in their best weeks.
    assert found.merge(outcomes, on=KEY)["value"].max() < 150.0
    assert DOUBLED[0] < 2.0 < DOUBLED[1]


def test_posted_lines_are_medians_of_2022(real_data: Path, outcomes: pd.DataFrame) -> None:
    found = prop_lines(real_data / "nfl_props", yards="rushing_yards").rows
    assert not found.duplicated(KEY).any()
    both = found.merge(outcomes, on=KEY)
    assert len(both) > 500
    # Four standard errors of a share of 540 are 8.6 points.
    assert (both["rushing_yards"] > both["value"]).mean() == pytest.approx(0.5, abs=0.086)
    assert found["over_probability"].between(0.4, 0.6).all()


def test_nobody_ruled_out_on_friday_has_a_projection(real_data: Path) -> None:
    found = espn_projections(real_data / "peers", yards="rushing_yards").rows
    reports = pd.read_parquet(real_data / "nflverse" / "injuries" / "injuries_2022.parquet")
    out = reports[reports["report_status"].eq("Out") & reports["position"].eq("RB")]
    keys = out.rename(columns={"gsis_id": "player_id"})[KEY].drop_duplicates()
    assert len(keys) >= 40
    assert len(keys.merge(found, on=KEY)) == 0
