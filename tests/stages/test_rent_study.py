"""What the study of rent claims and says, on comparisons whose truth is planted.

Tolerances: none; claims repeat the table's numbers to the last bit but for their unit.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.backtest.rent import rent_table, rent_verdicts
from workbench.backtest.rent_power import simulated_weeks, verdict_rates
from workbench.clock import Week
from workbench.decision.variants import BASELINE, FULL, MODULES, comparisons
from workbench.report.stories import rent_study as story
from workbench.stages.studies.rent import PLANTED, RentStudy, _by_season
from workbench.stages.studies.rent_claims import HEADLINE, rent_claims

N_WEEKS = 12


@pytest.fixture(scope="module")
def study() -> RentStudy:
    """Twelve simulated weeks: shrinkage spares six points of error, everything else is noise."""
    rng = np.random.default_rng(21)
    worth = dict.fromkeys((*MODULES, "the rest"), 0.0) | {"shrinkage": 6.0, "the rest": 6.0}
    picks, said = simulated_weeks(worth, n_weeks=N_WEEKS, rng=rng)
    names = {f"without {pair.module}": pair.lacking for pair in comparisons() if pair.against == FULL}
    names |= {"without playcalling": "full_with_playcalling", "without the rest": BASELINE}
    picks = picks.assign(variant=picks["variant"].replace(names))
    said = said.rename(columns=names)
    table = rent_table(picks, said, rng=rng, resamples=500)
    weeks = [Week(2024, w) for w in range(1, N_WEEKS + 1)]
    rates = verdict_rates({"drives": 0.0, "shrinkage": 5.0}, n_simulations=3, n_weeks=8, rng=rng, resamples=100)
    by_season = _by_season(picks, said, weeks=weeks, rng=rng)
    return RentStudy((2024,), N_WEEKS, "open", 200, table, rent_verdicts(table), by_season, rates, rates)


def test_every_difference_a_verdict_rests_on_is_a_claim(study: RentStudy) -> None:
    claims = {claim.name: claim for claim in rent_claims(study)}
    assert HEADLINE in claims
    for module in MODULES:
        assert {f"{m}_{module}_full" for m in ("clv_points", "brier", "log_loss")} <= set(claims)
    row = study.table[
        study.table["module"].eq("drives") & study.table["measure"].eq("brier") & study.table["scope"].eq("all targets")
    ].iloc[0]
    claim = claims["brier_drives_full"]
    assert claim.value == 1000 * row["difference"]
    assert (claim.low, claim.high) == (1000 * row["low"], 1000 * row["high"])
    assert claim.games == N_WEEKS * 15


def test_the_page_names_what_was_planted_and_calls_nothing_else_paying(study: RentStudy) -> None:
    said = story.findings(study, rent_claims(study))
    assert "pays: shrinkage" in said[0]
    assert said[1].startswith("All modules together add")
    assert any("four times in five" in sentence for sentence in said)
    figure = story.rent_figure(study, FULL)
    assert figure.title == "Shrinkage surely pays"
    assert "12 weeks of 2024" in figure.subtitle
    assert next(entry.label for entry in story.numbers(rent_claims(study))) == "All modules, CLV"


def test_tables_have_a_row_for_all_that_was_asked(study: RentStudy) -> None:
    assert len(story.verdict_table(study)) == len(MODULES) + 1
    seasons = story.season_table(study)
    assert sorted(seasons["module"]) == sorted(story.NAMES[m] for m in MODULES)
    assert (seasons["season"] == "2024").all()
    rates = story.rate_table(study)
    assert rates[["pays", "unclear", "does not pay"]].sum(axis=1).round(9).eq(1).all()
    assert set(PLANTED) == set(MODULES)
    assert isinstance(story.as_tables(study)["verdicts"], list)
    assert isinstance(story.detail_table(study), pd.DataFrame)
