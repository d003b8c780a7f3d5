"""Refits from one fit say what each fit of its own says."""

import numpy as np
import pandas as pd
import pytest

from workbench.causal.checks.base import PlainRefits, refits_of
from workbench.causal.games.game_design import GameDesign
from workbench.causal.games.game_refits import GameRefits
from workbench.causal.games.signed_strength import Strength

#: Exact algebra, two ways of doing it: rounding only.
SAME = 1e-9


def league(seed: int, *, seasons: int = 4, teams: int = 10, weeks: int = 9) -> pd.DataFrame:
    """A small league; one control says something in one season only, some games have no outcome."""
    rng = np.random.default_rng(seed)
    rows = []
    for season in range(seasons):
        strength = rng.normal(0, 5, teams)
        for week in range(weeks):
            order = rng.permutation(teams)
            rows += [
                (season, week, f"T{home}", f"T{away}", strength[home] - strength[away] + rng.normal(0, 10))
                for home, away in zip(order[: teams // 2], order[teams // 2 :], strict=True)
            ]
    games = pd.DataFrame(rows, columns=["season", "week", "home_team", "away_team", "margin"])
    n = len(games)
    return games.assign(
        neutral=False, shock=rng.choice([-1.0, 0.0, 1.0], n, p=[0.1, 0.8, 0.1]), rest=rng.normal(size=n),
        only_once=rng.normal(size=n) * games["season"].eq(1), margin=games["margin"].where(rng.random(n) > 0.05),
    )  # fmt: skip


@pytest.fixture(params=["team_season", "sum", "none"])
def design(request: pytest.FixtureRequest) -> GameDesign:
    strength: Strength = request.param
    return GameDesign(
        outcome="margin", treatment="shock", controls=("rest", "only_once"), strength=strength, inference="cluster"
    )


def test_a_game_design_refits_swiftly(design: GameDesign) -> None:
    assert isinstance(refits_of(design, league(1)), GameRefits)


def test_subsets_and_seasons_left_out_are_fits_on_those_games(design: GameDesign) -> None:
    rows, rng = league(2), np.random.default_rng(2)
    lots = [np.sort(rng.choice(len(rows), round(0.7 * len(rows)), replace=False)) for _ in range(5)]
    swift, plain = refits_of(design, rows), PlainRefits(design, rows)
    assert swift.on_rows(lots) == pytest.approx(plain.on_rows(lots), abs=SAME)
    assert swift.without_seasons([0, 1, 3]) == pytest.approx(plain.without_seasons([0, 1, 3]), abs=SAME)


def test_a_further_control_is_a_fit_with_it(design: GameDesign) -> None:
    rows = league(3)
    noise = np.random.default_rng(3).standard_normal((len(rows), 4))
    found = refits_of(design, rows).beside(noise)
    assert found == pytest.approx(PlainRefits(design, rows).beside(noise), abs=SAME)
    assert len(set(found)) == 4


def test_placebos_are_fits_without_the_effect(design: GameDesign) -> None:
    rows, rng = league(4), np.random.default_rng(4)
    lots = {f"p{i}": rng.permutation(rows["shock"].to_numpy()) for i in range(6)}
    swift = refits_of(design, rows).placebos(lots, effect=2.5)
    plain = PlainRefits(design, rows).placebos(lots, effect=2.5)
    for one, other in zip(swift, plain, strict=True):
        for name in ("value", "standard_error", "low", "high", "p_value", "rows", "treated", "clusters"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=SAME), name


def test_a_placebo_that_falls_nowhere_has_no_value(design: GameDesign) -> None:
    rows = league(5)
    (found,) = refits_of(design, rows).placebos({"none": np.zeros(len(rows))}, effect=0.0)
    assert np.isnan(found.value)


def test_games_without_the_treatment_have_no_effect(design: GameDesign) -> None:
    rows = league(6)
    untreated = np.flatnonzero(rows["shock"].eq(0))
    assert np.isnan(refits_of(design, rows).on_rows([untreated])).all()
