"""Which module earns its keep: differences on common weeks, their intervals, and the rule of the verdict.

Tolerances: hand-worked differences are exact to rounding (1e-12). Shares over n simulations are held within bounds that
a binomial with the stated rate leaves once in a thousand.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.backtest.rent import (
    LEAST_RENT,
    PRIMARY,
    RENT_COLUMNS,
    paired_difference,
    rent_table,
    rent_verdicts,
)
from workbench.backtest.rent_power import simulated_weeks, verdict_rates
from workbench.decision.variants import FULL, MODULES, Comparison
from workbench.intervals import holm

PAIR = Comparison("drives", FULL, FULL, "without drives")


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def small() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two weeks of two games; picks of one variant are not the other's."""
    said = pd.DataFrame(
        {
            "game_id": ["a", "b", "c", "d"], "season": 2024, "week": [1, 1, 2, 2], "target": "win",
            "outcome": [1.0, 0.0, 1.0, np.nan], FULL: [0.8, 0.3, 0.6, 0.5], "without drives": [0.7, 0.4, 0.6, 0.9],
        }
    )  # fmt: skip
    rows = [(FULL, "a", 1, 1.0), (FULL, "c", 2, 0.5), ("without drives", "b", 1, -0.5), ("without drives", "c", 2, 0.5),
            ("without drives", "d", 2, 0.0)]  # fmt: skip
    picks = pd.DataFrame(rows, columns=["variant", "game_id", "week", "clv_points"])
    return picks.assign(season=2024, headline=True, top=True, bet=picks["clv_points"] > 0), said


def row(table: pd.DataFrame, measure: str, scope: str) -> pd.Series:
    return table[(table["measure"] == measure) & (table["scope"] == scope)].iloc[0]


def test_differences_are_those_worked_by_hand() -> None:
    table = rent_table(*small(), rng=rng(), pairs=[PAIR], resamples=200)
    assert list(table.columns) == list(RENT_COLUMNS)
    clv = row(table, "clv_points", "ten largest edges")
    assert clv["with_it"] == pytest.approx(0.75, abs=1e-12)
    assert clv["without_it"] == pytest.approx(0.0, abs=1e-12)
    assert clv["difference"] == pytest.approx(0.75, abs=1e-12)
    assert row(table, "clv_points", "bets chosen")["difference"] == pytest.approx(0.75 - 0.5, abs=1e-12)
    # Brier with: (.04 + .09 + .16) / 3; without: (.09 + .16 + .16) / 3; the game without an outcome is left out
    score = row(table, "brier", "all targets")
    assert (score["n"], score["n_weeks"]) == (3, 2)
    assert score["difference"] == pytest.approx(0.12 / 3, abs=1e-12)
    logs = -np.log([0.8, 0.7, 0.6]).mean() + np.log([0.7, 0.6, 0.6]).mean()
    assert row(table, "log_loss", "win")["difference"] == pytest.approx(-logs, abs=1e-12)


def test_a_module_taken_for_its_absence_has_the_opposite_worth() -> None:
    picks, said = small()
    turned = Comparison("drives", FULL, "without drives", FULL)
    one, other = (rent_table(picks, said, rng=rng(), pairs=[pair], resamples=200) for pair in (PAIR, turned))
    np.testing.assert_allclose(one["difference"], -other["difference"], atol=1e-12)
    np.testing.assert_allclose(one["low"], -other["high"], atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=6, max_size=24), st.floats(-5, 5))
def test_what_both_sides_gain_alike_changes_no_difference(values: list[float], shift: float) -> None:
    first, second = np.array(values), np.array(values[::-1])
    blocks = np.arange(len(values)) // 2
    plain, moved = (
        paired_difference(first + by, second + by, blocks=blocks, rng=rng(), resamples=100) for by in (0.0, shift)
    )
    assert moved.value == pytest.approx(plain.value, abs=1e-9)
    assert moved.low <= moved.value + 1e-9
    assert moved.high == pytest.approx(plain.high, abs=1e-9)


def test_few_weeks_are_resampled_by_game_and_many_by_week() -> None:
    for n_weeks, blocks in ((4, "game"), (6, "week")):
        picks, said = simulated_weeks({"drives": 0.0}, n_weeks=n_weeks, rng=rng())
        table = rent_table(picks, said, rng=rng(), pairs=[PAIR], resamples=50)
        assert set(table["blocks"]) == {blocks}


def test_intervals_cover_a_known_difference_as_often_as_they_say() -> None:
    """Eight weeks with shared luck: without the widening about nine in ten would cover."""
    draws, covered = np.random.default_rng(3), 0
    for _ in range(400):
        luck = np.repeat(draws.normal(0, 1, 8), 5)
        first, second = 0.5 + luck + draws.normal(0, 1, 40), draws.normal(0, 1, 40)
        d = paired_difference(first, second, blocks=np.repeat(range(8), 5), rng=draws, resamples=400)
        covered += d.low <= 0.5 <= d.high
    assert 0.91 <= covered / 400 <= 0.985


def test_holm_steps_down_as_published() -> None:
    """Wright (1992), table 1 style: the smallest of four counts four times, the next three times, never falling."""
    np.testing.assert_allclose(holm([0.005, 0.011, 0.02, 0.04]), [0.02, 0.033, 0.04, 0.04], atol=1e-12)
    np.testing.assert_allclose(holm([0.6, 0.9]), [1.0, 1.0], atol=1e-12)


def looks(*rows: tuple[float, float, float, float]) -> pd.DataFrame:
    """The three looks of one module: difference, low, high, adjusted p."""
    frame = pd.DataFrame(rows, columns=["difference", "low", "high", "p_holm"])
    return frame.assign(module="drives", against=FULL, measure=[m for m, _ in PRIMARY], scope=[s for _, s in PRIMARY])


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (((0.3, 0.1, 0.5, 0.01), (0.0, -0.001, 0.002, 0.9), (0.0, -0.001, 0.002, 0.9)), "pays"),
        (((0.3, 0.1, 0.5, 0.01), (-0.01, -0.02, -0.001, 0.2), (0.0, -0.001, 0.002, 0.9)), "unclear"),
        (((0.3, 0.1, 0.5, 0.08), (0.0, -0.001, 0.002, 0.9), (0.0, -0.001, 0.002, 0.9)), "unclear"),
        (((-0.3, -0.5, -0.1, 0.01), (0.0, -0.001, 0.002, 0.9), (0.0, -0.001, 0.002, 0.9)), "does not pay"),
        (((0.0, -0.02, 0.02, 0.9), (0.0, -0.0002, 0.0002, 0.9), (0.0, -0.0004, 0.0004, 0.9)), "does not pay"),
        (((0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 1.0)), "does not pay"),
    ],
)
def test_a_verdict_follows_the_rule(rows: tuple[tuple[float, ...], ...], verdict: str) -> None:
    assert list(rent_verdicts(looks(*rows))["verdict"]) == [verdict]  # type: ignore[arg-type]


def test_the_least_worth_having_is_named_for_every_look() -> None:
    assert set(LEAST_RENT) == {measure for measure, _ in PRIMARY}


def test_a_module_that_changes_nothing_does_not_pay() -> None:
    picks, said = simulated_weeks({"drives": 0.0}, n_weeks=8, rng=rng())
    same = picks[picks["variant"] == FULL]
    both = pd.concat([same, same.assign(variant="without drives")])
    table = rent_table(both, said.assign(**{"without drives": said[FULL]}), rng=rng(), pairs=[PAIR], resamples=100)
    assert (table["difference"] == 0).all()
    assert rent_verdicts(table)["because"].tolist() == ["it changes nothing here"]


def test_a_module_that_matters_pays_and_noise_seldom_does() -> None:
    """Planted: of two modules over a season, one spares the model five points of error, the other is pure noise.

    The rule promises at most one false pay in forty (half of two-sided five in a hundred); of 40 seasons more than five
    would come once in a thousand. The true module's power was measured above nine in ten.
    """
    rates = verdict_rates(
        {"drives": 5.0, "tilting": 0.0}, n_simulations=40, n_weeks=18, rng=np.random.default_rng(5), resamples=600
    ).set_index(["module", "verdict"])["share"]
    assert rates["drives", "pays"] >= 0.7
    assert rates["tilting", "pays"] <= 5 / 40


def test_all_six_modules_share_the_correction() -> None:
    """With six noise modules the smallest of eighteen p-values counts eighteen times."""
    worth = dict.fromkeys(MODULES, 0.0)
    picks, said = simulated_weeks(worth, n_weeks=8, rng=rng())
    pairs = [Comparison(m, FULL, FULL, f"without {m}") for m in MODULES]
    table = rent_table(picks, said, rng=rng(), pairs=pairs, resamples=200)
    used = table[table["p_holm"].notna()]
    assert len(used) == 18
    assert used["p_holm"].min() == pytest.approx(min(18 * used["p"].min(), 1.0), abs=1e-12)
    # 18 looks: the 0.9986 quantile of the normal is 2.991, power of four in five asks for 0.842 more
    np.testing.assert_allclose(table["detectable"] / table["standard_error"], 2.991 + 0.842, atol=1e-3)
