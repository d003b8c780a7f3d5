"""The yards league: tables as sources leave them, and laws that are those of the draws.

Tolerances: exact laws agree with another way of computing them to 1e-9; frequencies of draws lie within four standard
errors; marginals beside the NFL's within what the docstring of the league claims.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.bayes.scores import coverage, exact_coverage, uniformity
from workbench.data.demo.yards_fixtures import TEAMS, WEEKS
from workbench.data.demo.yards_law import CARRY_YARDS, SUPPORT, YardsLaw
from workbench.data.demo.yards_league import YardsLeague, true_coverage, yards_league
from workbench.errors import ValidationError
from workbench.features.player_yards.rows import TABLES, player_yards
from workbench.schema import FACT_TABLES

EXACT = 1e-9
ERRORS = 4.0
SEASONS = (2019, 2020, 2021, 2022)


@pytest.fixture(scope="module")
def league() -> YardsLeague:
    return yards_league(11, seasons=SEASONS)


@pytest.fixture(scope="module")
def rows(league: YardsLeague) -> pd.DataFrame:
    return player_yards(league.tables, target="rushing_yards").rows


class TestTheLaw:
    def test_equals_the_mixture_of_convolutions(self):
        law = YardsLaw(np.array([2.5]), 4.0, np.array([0.01]))
        chance = stats.nbinom.pmf(np.arange(60), 4.0, 4.0 / 6.5)
        total, power, first = np.zeros(2000), np.array([1.0]), 0
        for count in range(60):
            total[600 + first : 600 + first + len(power)][: 2000 - 600 - first] += (
                chance[count] * power[: 2000 - 600 - first]
            )
            power, first = np.convolve(power, law.carry[0])[:1400], first + CARRY_YARDS[0]
        cdf = np.cumsum(total)[600 + SUPPORT.yards]
        assert law.forecast.cdf[0, :-1] == pytest.approx(cdf[:-1], abs=1e-8)  # sixty carries, 1,400 yards

    def test_of_a_carry_is_like_the_nfls(self):
        carry = YardsLaw(np.array([1.0]), 1.0, np.array([0.0])).carry[0]
        mean = carry @ CARRY_YARDS
        assert mean == pytest.approx(4.2, abs=0.3)  # 4.23 yards, running backs 2002-2024
        assert np.sqrt(carry @ (CARRY_YARDS - mean) ** 2) == pytest.approx(
            6.2, abs=0.6
        )  # of ten carries, 19.5 / sqrt 10

    def test_is_that_of_its_draws(self):
        law = YardsLaw(np.repeat([1.0, 12.0, 22.0], 3000), 16.0, np.repeat([0.0, -0.01, 0.02], 3000))
        count, yards = law.drawn(np.random.default_rng(3))
        forecast = law.forecast
        for part in np.split(np.arange(9000), 3):
            assert count[part].mean() == pytest.approx(law.carries[part[0]], abs=ERRORS * count[part].std() / 54)
            assert forecast.mean[part[0]] == pytest.approx(yards[part].mean(), abs=ERRORS * yards[part].std() / 54)
            own = forecast.rows(part)
            found = uniformity(own, yards[part], clusters=part, rng=np.random.default_rng(1))
            assert found.p_value > 0.001
        assert (yards[count == 0] == 0).all()


class TestALeague:
    def test_leaves_the_tables_as_the_schema_has_them(self, league):
        assert set(league.tables) == set(TABLES)
        for name, table in league.tables.items():
            schema = FACT_TABLES[name]
            assert set(schema.columns) <= set(table.columns), name
            assert set(table.columns) <= set(schema.columns | schema.optional), name
            assert table[list(schema.columns)].notna().all(axis=None), name
            assert not table.duplicated(list(schema.key)).any(), name
            assert str(table["known_at"].dtype) == "datetime64[us, UTC]", name

    def test_knows_nothing_of_a_game_before_it_is_played(self, league):
        starts = league.tables["games"].set_index("game_id")["kickoff_utc"]
        for name in ("results", "snaps"):
            table = league.tables[name]
            assert (table["known_at"] > table["game_id"].map(starts)).all()
        quotes = league.tables["quotes"]
        assert (quotes["known_at"] < quotes["game_id"].map(starts)).all()

    def test_is_the_same_for_the_same_seed_alone(self, league):
        again, other = (yards_league(seed, seasons=SEASONS[:2]) for seed in (11, 12))
        assert not again.players["yards"].equals(other.players["yards"])
        pd.testing.assert_frame_equal(again.players, yards_league(11, seasons=SEASONS[:2]).players)

    def test_plays_every_team_once_a_week_but_for_its_rest(self, league):
        games = league.tables["games"]
        sides = pd.concat([games[["season", "week", f"{side}_team"]].set_axis(["season", "week", "team"], axis=1)
                           for side in ("home", "away")])  # fmt: skip
        assert not sides.duplicated().any()
        assert (sides.groupby(["season", "team"]).size() == WEEKS - 1).all()
        assert set(sides["team"]) == set(TEAMS)

    def test_is_beside_the_nfl_where_it_says(self, rows):
        yards = rows["yards"]
        assert yards.mean() == pytest.approx(40.0, abs=2.5)
        assert yards.std() == pytest.approx(39.0, abs=4.0)
        assert yards.median() == pytest.approx(29.0, abs=3.0)
        assert (yards <= 0).mean() == pytest.approx(0.09, abs=0.025)
        assert (rows["role"] == "lead").mean() == pytest.approx(1 / 3, abs=0.08)

    def test_costs_little(self):
        import time

        started = time.process_time()
        yards_league(5)
        assert time.process_time() - started < 5.0  # sixteen seasons take .7 s on an idle core


class TestTrueCoverage:
    def test_is_what_outcomes_estimate(self, league, rows):
        fixed = (np.zeros(len(rows)), np.full(len(rows), 80.0))
        true, seen = true_coverage(league, rows, *fixed), coverage(fixed, rows["yards"], level=0.9)
        assert true.mean() == pytest.approx(seen.mean(), abs=ERRORS * (seen - true).std() / np.sqrt(len(rows)))
        half = true_coverage(league, rows, *fixed, mid=True)
        drawn = coverage(fixed, rows["yards"], level=0.9, mid=True)
        assert half.mean() == pytest.approx(drawn.mean(), abs=ERRORS * (drawn - half).std() / np.sqrt(len(rows)))
        # What the one draw adds is left out.
        assert true.std() < 0.6 * seen.std()

    def test_of_ends_by_hand_sums_the_atoms(self, league):
        one = league.players.head(1)
        mass = league.forecast(one).mass[0]
        at = dict(zip(SUPPORT.yards, mass, strict=True))
        assert true_coverage(league, one, [0], [2])[0] == pytest.approx(at[0] + at[1] + at[2], abs=EXACT)
        assert true_coverage(league, one, [0], [2], mid=True)[0] == pytest.approx(
            at[0] / 2 + at[1] + at[2] / 2, abs=EXACT
        )
        assert true_coverage(league, one, [0], [0], mid=True)[0] == pytest.approx(at[0], abs=EXACT)
        assert true_coverage(league, one, [-0.5], [1.5], mid=True)[0] == pytest.approx(at[0] + at[1], abs=EXACT)
        assert true_coverage(league, one, [0.2], [0.8])[0] == 0.0

    def test_of_the_laws_own_intervals_is_the_level(self, league, rows):
        law = league.forecast(rows)
        held = exact_coverage(law, rows["yards"], level=0.9)
        assert held.mean() == pytest.approx(0.9, abs=ERRORS * held.std() / np.sqrt(len(rows)))
        assert (true_coverage(league, rows, *law.interval(0.9)) >= 0.9 - EXACT).all()

    def test_is_refused_for_games_of_another_league(self, league):
        stranger = pd.DataFrame({"game_id": ["2024_01_A_B"], "player_id": ["x"]})
        with pytest.raises(ValidationError, match="Another seed"):
            true_coverage(league, stranger, [0], [1])

    def test_knows_every_row_of_the_population_and_agrees_with_its_yards(self, league, rows):
        both = rows.merge(league.players, on=["game_id", "player_id"], suffixes=("", "_drawn"), validate="1:1")
        assert len(both) == len(rows)
        assert (both["yards"] == both["yards_drawn"]).all()
