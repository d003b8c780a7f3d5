"""What a fit looks back on: nothing later than its instant, and clubs that come up as clubs that came up were.

Tolerances: pytest's own; two fits of the same numbers agree to 1e-6.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ValidationError
from workbench.goals.dixon_coles import Memory
from workbench.goals.history import history, promoted, strengths_at
from workbench.goals.promoted import PRIOR_CLUBS, promoted_prior

MEMORY = Memory(365.0, 0.4)


def league(rng, *, seasons=(2020, 2021, 2022)):
    """Four clubs a season; each year E, F, ... come up for D, E, ..."""
    games, results = [], []
    for season in seasons:
        clubs = ["A", "B", "C", "DEFGH"[season - 2020]]
        day = pd.Timestamp(f"{season}-09-01 14:00", tz="UTC")
        for n, (h, a) in enumerate((h, a) for h in clubs for a in clubs if h != a):
            kick = day + pd.Timedelta(weeks=n)
            key = f"{season}_{h}_{a}"
            games.append((key, season, n + 1, kick, h, a))
            results.append((key, *rng.poisson([1.6, 1.1]), kick + pd.Timedelta(hours=4)))
    g = pd.DataFrame(games, columns=["game_id", "season", "week", "kickoff_utc", "home_team", "away_team"])
    r = pd.DataFrame(results, columns=["game_id", "home_score", "away_score", "known_at"])
    return g.assign(known_at=g["kickoff_utc"] - pd.Timedelta(days=60)), r


def test_no_later_result_moves_a_strength():
    games, results = league(np.random.default_rng(1))
    instant = pd.Timestamp("2022-10-10 17:00", tz="UTC")
    later = results["known_at"] > instant
    assert 0 < later.sum() < len(results)
    bent = results.assign(
        home_score=results["home_score"].mask(later, 9), away_score=results["away_score"].mask(later, 0)
    )
    one, other, only = (
        strengths_at(history(games, r), instant=instant, season=2022, memory=MEMORY)
        for r in (results, bent, results[~later])
    )
    for name in ("attack", "defence"):
        assert (getattr(one, name) == getattr(other, name)).all()
        assert getattr(one, name) == pytest.approx(getattr(only, name), abs=1e-6)


def test_clubs_that_come_up_are_those_of_no_season_before():
    games, results = league(np.random.default_rng(2))
    past = history(games, results)
    assert [past.clubs[i] for i in promoted(past, 2021)] == ["E"]
    assert promoted(past, 2020) == frozenset()  # nobody knows who came up in the first season there is


def test_before_its_first_match_a_promoted_club_is_what_such_clubs_were():
    games, results = league(np.random.default_rng(3))
    past = history(games, results)
    instant = pd.Timestamp("2022-08-20", tz="UTC")
    found = strengths_at(past, instant=instant, season=2022, memory=MEMORY)
    # by hand: the only earlier promoted club with a first season is E, in 2021
    mine = games[games["season"] == 2021].merge(results, on="game_id")
    scored = (
        mine.loc[mine["home_team"] == "E", "home_score"].sum() + mine.loc[mine["away_team"] == "E", "away_score"].sum()
    )
    let_in = (
        mine.loc[mine["home_team"] == "E", "away_score"].sum() + mine.loc[mine["away_team"] == "E", "home_score"].sum()
    )
    usual = (mine["home_score"].sum() + mine["away_score"].sum()) / 4
    place = past.clubs.index("F")
    clubs = 1 + PRIOR_CLUBS
    assert found.attack[place] == pytest.approx(np.log((scored + 0.5) / (usual + 0.5)) / clubs, abs=1e-6)
    assert found.defence[place] == pytest.approx(np.log((usual + 0.5) / (let_in + 0.5)) / clubs, abs=1e-6)


def test_without_a_club_that_came_up_nothing_is_known_of_such():
    none = np.empty(0)
    assert promoted_prior(none, none, league_goals=none) == (0.0, 0.0)


def test_a_club_of_no_schedule_is_refused():
    past = history(*league(np.random.default_rng(4)))
    with pytest.raises(ValidationError, match="'Z'"):
        past.places(pd.Series(["A", "Z"]))
