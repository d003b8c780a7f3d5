"""The goals model as a decision asks it: every scoreline, alone or pooled with prices, and only from what was known.

Tolerances: 1e-9, the rounding of sums over 169 scorelines.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.decision.goals_model import GoalsModel
from workbench.decision.three_way import PRICE_COLUMNS
from workbench.errors import ValidationError
from workbench.goals.dixon_coles import Memory
from workbench.goals.grid import outcome_probabilities
from workbench.goals.mixing import pooled
from workbench.market.overround import fair_probabilities
from workbench.store.frames import FrameAsOf

CLOSE = 1e-9
MEMORY = Memory(365.0, 0.4)
NOW = pd.Timestamp("2023-09-15 17:00", tz="UTC")
CLUBS = ["Ashford", "Bexley", "Corby", "Dover"]


def tables():
    rng = np.random.default_rng(3)
    rows = []
    for n, (home, away) in enumerate((h, a) for h in CLUBS for a in CLUBS if h != a):
        for year in (2022, 2023):
            day = pd.Timestamp(f"{year}-08-12 14:00", tz="UTC") + pd.Timedelta(weeks=n)
            rows.append((f"{year}_{home}_{away}", year, n + 1, day, home, away, *rng.poisson([1.6, 1.1])))
    names = ["game_id", "season", "week", "kickoff_utc", "home_team", "away_team", "home_score", "away_score"]
    frame = pd.DataFrame(rows, columns=names).assign(game_type="REG", neutral=False, overtime=False)
    games = frame.assign(known_at=pd.Timestamp("2022-07-01", tz="UTC"))
    return {"games": games, "results": frame.assign(known_at=frame["kickoff_utc"] + pd.Timedelta(hours=4))}


def asked(facts):
    games = facts["games"]
    return games[(games["season"] == 2023) & (games["kickoff_utc"] > NOW)].head(2).reset_index(drop=True)


def quotes(games):
    prices = dict(zip(PRICE_COLUMNS, ([2.0, 3.0], [3.5, 3.4], [4.2, 2.5]), strict=True))
    return pd.DataFrame({"game_id": games["game_id"], "market": "1x2", **prices})


def outcomes(model, *, quoted=None):
    facts = tables()
    games = asked(facts)
    said = model.draws(FrameAsOf(facts, NOW), games, quotes(games) if quoted is None else quoted)
    return outcome_probabilities(said.weights)


def test_every_scoreline_has_its_chance_and_means_follow_from_them():
    facts = tables()
    games = asked(facts)
    said = GoalsModel(MEMORY).draws(FrameAsOf(facts, NOW), games, quotes(games))
    assert said.exact
    assert said.weights.sum(axis=1) == pytest.approx([1.0, 1.0], abs=CLOSE)
    assert (said.weights * (said.home - said.away)).sum(axis=1) == pytest.approx(said.fair_margin, abs=CLOSE)
    assert list(said.game_ids) == list(games["game_id"])


def test_a_weight_of_one_looks_at_no_price_and_of_zero_is_the_market():
    facts = tables()
    games = asked(facts)
    wild = quotes(games).assign(price_home=50.0, price_away=1.05)
    alone = outcomes(GoalsModel(MEMORY))
    assert outcomes(GoalsModel(MEMORY), quoted=wild) == pytest.approx(alone, abs=CLOSE)
    market = fair_probabilities(quotes(games)[list(PRICE_COLUMNS)].to_numpy(), method="power")
    assert outcomes(GoalsModel(MEMORY, 0.0)) == pytest.approx(market, abs=CLOSE)
    assert outcomes(GoalsModel(MEMORY, 0.3)) == pytest.approx(pooled(alone, market, weight=0.3), abs=CLOSE)


def test_a_match_without_a_price_is_left_to_the_goals():
    facts = tables()
    games = asked(facts)
    pool, alone = GoalsModel(MEMORY, 0.3), outcomes(GoalsModel(MEMORY))
    said = outcomes(pool, quoted=quotes(games)[:1])
    assert said[1] == pytest.approx(alone[1], abs=CLOSE)
    assert said[0] != pytest.approx(alone[0], abs=1e-3)
    assert outcomes(pool, quoted=quotes(games)[:0]) == pytest.approx(alone, abs=CLOSE)


def test_a_result_that_is_not_known_yet_moves_nothing():
    facts = tables()
    games = asked(facts)
    later = facts["results"]["known_at"] > NOW
    bent = facts | {"results": facts["results"].assign(home_score=facts["results"]["home_score"].mask(later, 8))}
    one, other = (GoalsModel(MEMORY).draws(FrameAsOf(f, NOW), games, quotes(games)).weights for f in (facts, bent))
    assert (one == other).all()


def test_before_any_result_it_says_what_is_missing():
    facts = tables()
    with pytest.raises(ValidationError, match="needs matches"):
        GoalsModel(MEMORY).draws(
            FrameAsOf(facts, pd.Timestamp("2022-07-02", tz="UTC")), asked(facts), quotes(asked(facts))
        )
