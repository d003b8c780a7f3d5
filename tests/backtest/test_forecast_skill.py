"""The walk-forward study on a small invented league: identical games, earlier seasons, paired gains.

Tolerances: gains of a forecaster over itself are exactly zero; the rest are identities.
"""

import numpy as np
import pandas as pd

from workbench.backtest.forecast_skill import FORECASTERS, brier_gain, claims, skill_table, walk_forward
from workbench.features.forecast import facts_of, fit_model, informed_forecasts
from workbench.store.frames import FrameAsOf

TEAMS = [f"T{i}" for i in range(8)]
SEASONS = range(2011, 2016)
_ASSUMED = {"price_assumed": True, "instant_assumed": True}


def _tables(seed: int = 1) -> dict[str, pd.DataFrame]:
    """Eight teams of fixed strength, 14 weeks a season, an opener that knows them noisily, a sharper close."""
    rng = np.random.default_rng(seed)
    strength = dict(zip(TEAMS, np.linspace(-8, 8, 8), strict=True))
    rows, ring = [], TEAMS.copy()
    for season in SEASONS:
        for week in range(1, 15):
            kickoff = pd.Timestamp(f"{season}-09-10 17:00", tz="UTC") + pd.Timedelta(weeks=week)
            for i in range(4):
                home, away = (ring[i], ring[7 - i]) if (week + i) % 2 else (ring[7 - i], ring[i])
                rows.append((f"{season}_{week:02d}_{away}_{home}", season, week, kickoff, home, away))
            ring = [ring[0], ring[-1], *ring[1:-1]]
    games = pd.DataFrame(rows, columns=["game_id", "season", "week", "kickoff_utc", "home_team", "away_team"])
    games = games.assign(neutral=False, game_type="REG", known_at=pd.Timestamp("2011-05-15", tz="UTC"))
    truth = games["home_team"].map(strength) - games["away_team"].map(strength) + 2
    points = {
        side: (22 + sign * truth / 2 + rng.normal(0, 9, len(games))).clip(0).round()
        for side, sign in (("home", 1), ("away", -1))
    }
    results = games[["game_id", "season", "week"]].assign(
        home_score=points["home"].astype(int),
        away_score=points["away"].astype(int),
        overtime=False,
        known_at=games["kickoff_utc"] + pd.Timedelta(hours=4),
    )
    tuesday = games["kickoff_utc"].dt.normalize() - pd.Timedelta(days=4)
    quotes = [
        games[["game_id", "season", "week"]].assign(
            market=market, kind=kind, source="legacy", line=line.round(), recorded_at=at, known_at=at, **_ASSUMED
        )
        for kind, at, noise in (("open", tuesday, 3.0), ("close", games["kickoff_utc"], 1.0))
        for market, line in (
            ("spread", truth + rng.normal(0, noise, len(games))),
            ("total", 44 + rng.normal(0, noise, len(games))),
        )
    ]
    return {"games": games, "results": results, "quotes": pd.concat(quotes, ignore_index=True)}


TABLES = _tables()
FACTS = facts_of(TABLES)
WALK = walk_forward(FACTS, seasons=[2014, 2015])


def test_every_game_of_the_seasons_is_forecast_once_by_every_forecaster() -> None:
    games = TABLES["games"]
    assert sorted(WALK["game_id"]) == sorted(games.loc[games["season"] >= 2014, "game_id"])
    for name in FORECASTERS:
        assert WALK[f"{name}_win"].between(0, 1, inclusive="neither").all()


def test_results_of_a_season_change_no_parameter_and_no_earlier_forecast_of_it() -> None:
    changed = TABLES["results"].copy()
    late = (changed["season"] == 2015) & (changed["week"] >= 5)
    changed.loc[late, ["home_score", "away_score"]] = [60, 0]
    walk = walk_forward(facts_of({**TABLES, "results": changed}), seasons=[2014, 2015])
    early = (WALK["season"] == 2014) | (WALK["week"] <= 5)
    columns = [c for c in WALK.columns if c not in ("outcome", "total")]
    pd.testing.assert_frame_equal(walk.loc[early, columns], WALK.loc[early, columns], check_exact=True)
    assert not np.allclose(walk.loc[~early, "rating_margin"], WALK.loc[~early, "rating_margin"])


def test_the_live_forecast_equals_the_walked_one() -> None:
    week = TABLES["games"].query("season == 2015 and week == 9")
    instant = week["kickoff_utc"].min().normalize() - pd.Timedelta(days=3)
    lines, totals = (
        TABLES["quotes"].query("kind == 'open' and market == @market")[["game_id", "line"]]
        for market in ("spread", "total")
    )
    view = FrameAsOf(TABLES, instant)
    model = fit_model(facts_of({n: view.table(n) for n in TABLES}), before_season=2015)
    live = informed_forecasts(view, games=week, model=model, lines=lines, totals=totals).set_index("game_id")
    walked = WALK.set_index("game_id").loc[live.index]
    np.testing.assert_allclose(live["margin_model"], walked["rating_margin"], atol=1e-9)
    np.testing.assert_allclose(live["margin_memory"], walked["memory_margin"], atol=1e-9)
    np.testing.assert_allclose(live["margin_mean"], walked["informed_margin"], atol=1e-9)
    np.testing.assert_allclose(live["home_win"], walked["informed_win"], atol=1e-9)
    np.testing.assert_allclose(live["total_mean"], walked["total_informed"], atol=1e-9)


def test_without_a_line_the_live_forecast_is_the_models_own() -> None:
    week = TABLES["games"].query("season == 2015 and week == 9")
    view = FrameAsOf(TABLES, week["kickoff_utc"].min() - pd.Timedelta(days=4))
    model = fit_model(FACTS, before_season=2015)
    alone = informed_forecasts(view, games=week, model=model)
    np.testing.assert_array_equal(alone["margin_mean"], alone["margin_model"])
    np.testing.assert_array_equal(alone["margin_sd"], np.full(len(week), model.rating.margin_sd))


def test_forecasters_are_scored_on_the_games_they_share() -> None:
    holed = WALK["rating_win"].where(WALK["week"] > 3)
    table = skill_table(WALK, {"rating": holed, "close": WALK["close_win"]})
    assert table["games"].tolist() == [2 * 11 * 4] * 2
    assert (table["brier_low"] < table["brier"]).all()


def test_a_forecaster_gains_nothing_over_itself_and_the_sharper_line_gains_on_the_noisier() -> None:
    itself = brier_gain(WALK, over=WALK["line_win"], by=WALK["line_win"])
    assert (itself["value"], itself["standard_error"]) == (0.0, 0.0)
    sharper = brier_gain(WALK, over=1 - WALK["close_win"], by=WALK["close_win"])
    assert sharper["low"] > 0


def test_without_quotes_the_walk_still_rates_and_the_informed_forecast_is_missing() -> None:
    walk = walk_forward(facts_of({k: TABLES[k] for k in ("games", "results")}), seasons=[2015])
    assert walk["informed_win"].isna().all()
    assert walk["rating_win"].notna().all()


def test_claims_compare_each_peer_on_its_own_games_and_leave_out_peers_without_any() -> None:
    late = WALK[WALK["season"] == 2015]
    coin = pd.Series(0.5, index=late["game_id"].to_numpy())
    table = claims(WALK, {"coin": coin, "absent": pd.Series(dtype=np.float64)}).set_index(["forecaster", "against"])
    row = table.loc[("rating", "coin")]
    assert (row["games"], row["first_season"]) == (len(late), 2015)
    assert row["against_brier"] == 0.25 - (late["outcome"] == 0).mean() * 0.25
    assert abs(row["gain"] - (row["against_brier"] - row["brier"])) < 1e-12
    assert "absent" not in table.index.get_level_values("against")
