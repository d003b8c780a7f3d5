"""Ratings: the Kalman step by hand, symmetry, planted strengths, and nothing from the future.

Tolerances: hand-worked values and identities to 1e-9 (double precision through a 20-state solve). Planted strengths: 6
seasons of 56 games with 10-point noise a side leave each rating a standard error of about 2 points, so a correlation
of .8 with the truth is far below what is expected (about .95) and far above chance.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.clock import Week
from workbench.errors import LeakageError
from workbench.features.rating_data import RatingData, rating_data
from workbench.features.rating_filter import (
    FIXED,
    HOME,
    HOME_NO_CROWD,
    MARKET_MEMORY,
    FilterParameters,
    advanced,
    initial_state,
    observe,
    updated,
    with_quarterbacks,
)
from workbench.features.rating_forecast import filter_ratings
from workbench.features.ratings import RatingParameters, fit_parameters, forecasts_as_of, game_forecasts
from workbench.features.starter_reports import forecast_starters
from workbench.features.starters import fit_starters, starter_candidates, starter_probabilities
from workbench.features.team_ratings import team_ratings
from workbench.store.frames import FrameAsOf

TEAMS = ("ANT", "BEE", "CAT", "DOG", "ELK", "FOX", "GNU", "HEN")
OFFENCE = dict(zip(TEAMS, (6.0, 4.0, 2.0, 1.0, -1.0, -2.0, -4.0, -6.0), strict=True))
HOME_FIELD = 3.0
FIRST_SEASON, SEASONS, LAST_WEEK = 2011, 6, 14


def _schedule() -> pd.DataFrame:
    """Double round robin, 14 weeks of 4 games, Sundays from mid September."""
    rows = []
    for season in range(FIRST_SEASON, FIRST_SEASON + SEASONS):
        ring = list(TEAMS)
        for week in range(1, LAST_WEEK + 1):
            for i in range(4):
                home, away = ring[i], ring[7 - i]
                if (week > 7) ^ (i % 2 == 1):
                    home, away = away, home
                sunday = pd.Timestamp(f"{season}-09-12 17:00", tz="UTC") + pd.Timedelta(weeks=week)
                rows.append((f"{season}_{week:02d}_{away}_{home}", season, week, "REG", sunday, home, away, False))
            ring = [ring[0], ring[-1], *ring[1:-1]]
    columns = ["game_id", "season", "week", "game_type", "kickoff_utc", "home_team", "away_team", "neutral"]
    return pd.DataFrame(rows, columns=columns).assign(known_at=pd.Timestamp("2011-05-15", tz="UTC"))


def _tables(seed: int = 7) -> dict[str, pd.DataFrame]:
    """Results, starters and player weeks of the planted league; FOX's quarterback sits out weeks 8-11."""
    rng = np.random.default_rng(seed)
    games = _schedule()
    home, away = games["home_team"].map(OFFENCE), games["away_team"].map(OFFENCE)
    points = {
        "home": 21 + HOME_FIELD / 2 + home - away / 2 + rng.normal(0, 8, len(games)),
        "away": 21 - HOME_FIELD / 2 + away - home / 2 + rng.normal(0, 8, len(games)),
    }
    results = games[["game_id", "season", "week"]].copy()
    starters, players = [], []
    for side in ("home", "away"):
        results[f"{side}_score"] = points[side].clip(lower=0).round().astype(int)
        sides = games[["game_id", "season", "week"]].assign(team=games[f"{side}_team"])
        second = (sides["team"] == "FOX") & sides["week"].between(8, 11)
        identity = sides["team"] + np.where(second, "_Q2", "_Q1")
        starters.append(sides.assign(quarterback_id=identity, quarterback_name=identity, known_at=games["kickoff_utc"]))
        epa = points[side] - 21 + rng.normal(0, 4, len(games))
        stats = sides.drop(columns="game_id").assign(player_id=identity, player_name=identity, position="QB")
        stats = stats.assign(attempts=30.0, sacks=2.0, carries=3.0, interceptions=1.0, fumbles_lost=0.0)
        tuesday = games["kickoff_utc"].dt.normalize() + pd.Timedelta(days=2, hours=11)
        players.append(stats.assign(passing_epa=epa, rushing_epa=0.0, known_at=tuesday))
    results["overtime"], results["known_at"] = False, games["kickoff_utc"] + pd.Timedelta(hours=4)
    return {
        "games": games,
        "results": results,
        "starters": pd.concat(starters, ignore_index=True),
        "player_weeks": pd.concat(players, ignore_index=True),
    }


TABLES = _tables()


def _data(tables: dict[str, pd.DataFrame]) -> RatingData:
    return rating_data(
        tables["games"], tables["results"], starters=tables["starters"], player_weeks=tables["player_weeks"]
    )


DATA = _data(TABLES)
LAST = FIRST_SEASON + SEASONS - 1
PARAMETERS = fit_parameters(DATA, before_season=LAST)


def _week_games(week: int) -> pd.DataFrame:
    games = TABLES["games"]
    return games[(games["season"] == LAST) & (games["week"] == week)]


def _tuesday_of(week: int) -> pd.Timestamp:
    return _week_games(week)["kickoff_utc"].min().normalize() - pd.Timedelta(days=3) + pd.Timedelta(hours=11)


def test_one_kalman_step_equals_the_value_worked_by_hand() -> None:
    # Prior N(0, 4) of an offence, points seen 6 above expectation with noise 12: gain 4 / 16, mean 1.5, variance 3.
    state = initial_state(2, FilterParameters(initial_variance=4.0))
    design = np.zeros((1, len(state.mean)))
    design[0, FIXED] = 1.0
    after = updated(state, design, observed=np.array([6.0]), noise=np.array([[12.0]]))
    assert after.mean[FIXED] == pytest.approx(1.5, abs=1e-9)
    assert after.covariance[FIXED, FIXED] == pytest.approx(3.0, abs=1e-9)
    assert after.mean[FIXED + 1] == 0.0


def test_a_summer_shrinks_strengths_by_the_stated_share_and_widens_them() -> None:
    parameters = FilterParameters(offence_keep=0.5, offence_season_variance=2.0, initial_variance=8.0)
    state = advanced(initial_state(2, parameters), parameters, season=2011, tuesday=np.datetime64("2011-09-06"))
    mean = state.mean.copy()
    mean[FIXED] = 10.0
    after = advanced(replace(state, mean=mean), parameters, season=2012, tuesday=np.datetime64("2012-09-04"))
    assert after.mean[FIXED] == pytest.approx(5.0)
    assert after.covariance[FIXED, FIXED] == pytest.approx(0.25 * 8.0 + 2.0)


def test_a_quarterback_unseen_for_two_seasons_leaves_the_state() -> None:
    parameters = FilterParameters()
    state = advanced(initial_state(2, parameters), parameters, season=2011, tuesday=np.datetime64("2011-09-06"))
    state = with_quarterbacks(state, np.array([3]), parameters=parameters)
    for season, expected in ((2012, 1), (2013, 1), (2014, 0)):
        state = advanced(state, parameters, season=season, tuesday=np.datetime64(f"{season}-09-05"))
        assert len(state.quarterbacks) == expected
    assert len(state.mean) == FIXED + 4


def test_swapping_home_and_away_negates_the_margin_minus_home_field() -> None:
    games = _week_games(LAST_WEEK)
    swapped = games.rename(columns={"home_team": "away_team", "away_team": "home_team"})
    played = TABLES["results"]
    earlier = played[~played["game_id"].isin(games["game_id"])]
    margins = []
    for last_week in (games, swapped):
        others = TABLES["games"][~TABLES["games"]["game_id"].isin(games["game_id"])]
        data = _data({**TABLES, "games": pd.concat([others, last_week]), "results": earlier})
        state = filter_ratings(data, PARAMETERS.filter)
        margins.append(game_forecasts(state, data, game_ids=games["game_id"], parameters=PARAMETERS))
    there, back = margins
    home = there["home_field_points"].to_numpy()
    assert (home > 0).all()
    np.testing.assert_allclose(there["margin_mean"] - home, -(back["margin_mean"] - home), atol=1e-9)


def test_parts_of_the_margin_add_up_to_it() -> None:
    view = FrameAsOf(TABLES, _tuesday_of(9))
    f = forecasts_as_of(view, games=_week_games(9), parameters=PARAMETERS)
    parts = f["home_rating"] - f["away_rating"] + f["home_field_points"]
    np.testing.assert_allclose(parts, f["margin_mean"], atol=1e-9)


def test_planted_strengths_and_home_field_are_recovered() -> None:
    state = filter_ratings(DATA, FilterParameters())
    # What is planted as offence o acts on both sides: o points scored, o / 2 points prevented.
    truth = np.array([OFFENCE[t] for t in DATA.teams])
    offence, defence = state.mean[state.offence], state.mean[state.defence]
    assert np.corrcoef(offence + defence, truth)[0, 1] > 0.8
    assert state.mean[HOME] == pytest.approx(HOME_FIELD, abs=4 * np.sqrt(state.covariance[HOME, HOME]))


def test_a_neutral_site_has_no_home_field() -> None:
    games = TABLES["games"].copy()
    last = games["game_id"].isin(_week_games(LAST_WEEK)["game_id"])
    games.loc[last, "neutral"] = True
    f = forecasts_as_of(
        FrameAsOf({**TABLES, "games": games}, _tuesday_of(LAST_WEEK)),
        games=_week_games(LAST_WEEK),
        parameters=PARAMETERS,
    )
    assert (f["home_field_points"] == 0).all()


def test_a_season_without_crowds_learns_its_own_home_field_and_leaves_the_usual_one_alone() -> None:
    parameters = FilterParameters(no_crowd_seasons=(LAST,))
    first_week = np.flatnonzero((DATA.season == LAST) & (DATA.games["week"] == 1))
    sides = np.sort(np.r_[2 * first_week, 2 * first_week + 1])
    state = advanced(initial_state(8, parameters), parameters, season=LAST, tuesday=DATA.tuesday[first_week[0]])
    after = observe(state, DATA, sides=sides, parameters=parameters)
    assert after.covariance[HOME_NO_CROWD, HOME_NO_CROWD] < state.covariance[HOME_NO_CROWD, HOME_NO_CROWD]
    assert after.covariance[HOME, HOME] == pytest.approx(state.covariance[HOME, HOME])


@settings(max_examples=6, deadline=None)
@given(week=st.integers(2, LAST_WEEK), shift=st.integers(-40, 40), seed=st.integers(0, 99))
def test_changing_every_row_after_the_instant_changes_no_forecast(week: int, shift: int, seed: int) -> None:
    instant = _tuesday_of(week)
    other = _tables(seed=seed + 100)
    changed = {}
    for name, table in TABLES.items():
        later = other[name][other[name]["known_at"] > instant].copy()
        if name == "results":
            later["home_score"] = later["home_score"] + abs(shift)
        changed[name] = pd.concat([table[table["known_at"] <= instant], later])
    now = forecasts_as_of(FrameAsOf(TABLES, instant), games=_week_games(week), parameters=PARAMETERS)
    then = forecasts_as_of(FrameAsOf(changed, instant), games=_week_games(week), parameters=PARAMETERS)
    pd.testing.assert_frame_equal(now, then, check_exact=True)


def test_parameters_do_not_see_the_season_they_are_for() -> None:
    other = _tables(seed=8)
    mixed = {
        name: pd.concat([TABLES[name][TABLES[name]["season"] < LAST], other[name][other[name]["season"] >= LAST]])
        for name in TABLES
    }
    assert fit_parameters(_data(mixed), before_season=LAST) == PARAMETERS


def test_a_forecast_on_friday_reads_no_result_of_its_own_week() -> None:
    tuesday = forecasts_as_of(FrameAsOf(TABLES, _tuesday_of(9)), games=_week_games(9), parameters=PARAMETERS)
    later = FrameAsOf(TABLES, _tuesday_of(9) + pd.Timedelta(days=6))
    sunday = forecasts_as_of(later, games=_week_games(9), parameters=PARAMETERS)
    pd.testing.assert_frame_equal(tuesday, sunday, check_exact=True)


def test_a_state_that_has_read_later_weeks_refuses_an_earlier_game() -> None:
    state = filter_ratings(DATA, PARAMETERS.filter)
    with pytest.raises(LeakageError, match="earlier week"):
        game_forecasts(state, DATA, game_ids=_week_games(3)["game_id"], parameters=PARAMETERS)


def test_slopes_are_learned_from_enough_games_and_left_alone_without() -> None:
    assert PARAMETERS.n_games == (SEASONS - 3) * LAST_WEEK * 4
    assert PARAMETERS.margin_slope == pytest.approx(1.0, abs=0.35)
    alone = fit_parameters(DATA, before_season=FIRST_SEASON + 1)
    assert (alone.n_games, alone.margin_slope) == (0, 1.0)


def test_closing_lines_of_past_games_sharpen_a_rating_only_where_they_are_read() -> None:
    lines = TABLES["games"][["game_id"]].assign(home_line=3.0)
    with_lines = rating_data(TABLES["games"], TABLES["results"], closing_lines=lines)
    without = rating_data(TABLES["games"], TABLES["results"])
    plain = [filter_ratings(d, FilterParameters()).covariance for d in (with_lines, without)]
    remembering = [filter_ratings(d, MARKET_MEMORY).covariance for d in (with_lines, without)]
    np.testing.assert_array_equal(plain[0], plain[1])
    assert np.trace(remembering[0]) < np.trace(remembering[1])


def test_ratings_stand_without_quarterbacks_or_stats() -> None:
    data = rating_data(TABLES["games"], TABLES["results"])
    parameters = fit_parameters(data, before_season=LAST)
    view = FrameAsOf({k: TABLES[k] for k in ("games", "results")}, _tuesday_of(9))
    f = forecasts_as_of(view, games=_week_games(9), parameters=parameters)
    assert f["home_quarterback_id"].isna().all()
    assert np.isfinite(f[["margin_mean", "total_mean", "margin_sd", "total_sd"]].to_numpy()).all()


def test_the_forecasts_table_keeps_its_contract() -> None:
    f = forecasts_as_of(FrameAsOf(TABLES, _tuesday_of(9)), games=_week_games(9), parameters=PARAMETERS)
    contract = "game_id margin_mean margin_sd total_mean total_sd home_quarterback_id away_quarterback_id"
    contract += " home_quarterback_name away_quarterback_name quarterback_points"
    assert set(contract.split()) <= set(f.columns)
    assert set(f["game_id"]) == set(_week_games(9)["game_id"])


def test_the_starter_forecast_follows_a_change_one_week_late_and_names_the_last_starter() -> None:
    week_of_change, week_after = 8, 9
    before = forecast_starters(FrameAsOf(TABLES, _tuesday_of(week_of_change)), _week_games(week_of_change))
    after = forecast_starters(FrameAsOf(TABLES, _tuesday_of(week_after)), _week_games(week_after))
    assert before.loc[before["team"] == "FOX", "quarterback_id"].item() == "FOX_Q1"
    row = after[after["team"] == "FOX"].iloc[0]
    assert (row["quarterback_id"], row["basis"]) == ("FOX_Q2", "last starter")


def _injury(status: str, *, known_at: pd.Timestamp) -> pd.DataFrame:
    row = {"season": LAST, "week": 10, "team": "FOX", "player_id": "FOX_Q2", "report_status": status}
    return pd.DataFrame([row | {"known_at": known_at}])


def test_a_starter_reported_out_is_replaced_only_once_the_report_is_known() -> None:
    friday = _tuesday_of(10) + pd.Timedelta(days=3)
    tables = {**TABLES, "injuries": _injury("Out", known_at=friday)}
    chosen = {}
    for label, instant in (("tuesday", _tuesday_of(10)), ("saturday", friday + pd.Timedelta(days=1))):
        starters = forecast_starters(FrameAsOf(tables, instant), _week_games(10))
        chosen[label] = starters[starters["team"] == "FOX"].iloc[0]
    assert (chosen["tuesday"]["quarterback_id"], chosen["tuesday"]["basis"]) == ("FOX_Q2", "last starter")
    assert (chosen["saturday"]["quarterback_id"], chosen["saturday"]["basis"]) == ("FOX_Q1", "injury report")


def test_a_starter_on_the_reserve_list_is_replaced_and_the_forecast_says_why() -> None:
    row = {"season": LAST, "week": 9, "team": "FOX", "player_id": "FOX_Q2", "status": "RES"}
    rosters = pd.DataFrame([row | {"known_at": _tuesday_of(10) - pd.Timedelta(days=2)}])
    starters = forecast_starters(FrameAsOf({**TABLES, "rosters": rosters}, _tuesday_of(10)), _week_games(10))
    fox = starters[starters["team"] == "FOX"].iloc[0]
    assert (fox["quarterback_id"], fox["basis"]) == ("FOX_Q1", "reserve")


def test_starter_probabilities_of_a_side_sum_to_one_and_a_man_ruled_out_has_none() -> None:
    candidates = starter_candidates(DATA)
    coefficients = fit_starters(candidates, DATA, before_season=LAST)
    leaves = np.where(candidates.player == DATA.players.index("FOX_Q1"), 0.0, 1.0)
    p = starter_probabilities(candidates, coefficients, leaves=leaves)
    sums = np.bincount(candidates.side, p)
    np.testing.assert_allclose(sums, 1.0, atol=1e-12)
    assert (p[leaves == 0] == 0).all()


def test_the_starter_model_learns_that_the_last_starter_starts_again() -> None:
    candidates = starter_candidates(DATA)
    p = starter_probabilities(candidates, fit_starters(candidates, DATA, before_season=LAST))
    again = (candidates.player == candidates.last_starter[candidates.side]) & (
        DATA.season[candidates.side // 2] == LAST
    )
    assert p[again].mean() > 0.8


def test_team_ratings_weigh_the_season_more_as_it_goes_on_and_shrink_towards_the_prior() -> None:
    early = team_ratings(FrameAsOf(TABLES, _tuesday_of(3)), week=Week(LAST, 3), parameters=PARAMETERS)
    late = team_ratings(FrameAsOf(TABLES, _tuesday_of(13)), week=Week(LAST, 13), parameters=PARAMETERS)
    team = late[late["metric"] == "rating_team"]
    assert (late["weight"].to_numpy() > early["weight"].to_numpy()).all()
    assert (team["n"] == 12).all()
    assert late["weight"].between(0, 1).all()
    assert np.corrcoef(team["shrunk"], [OFFENCE[t] for t in team["team"]])[0, 1] > 0.8


def test_default_parameters_are_for_no_season_in_particular() -> None:
    assert RatingParameters(2011).filter == FilterParameters()
