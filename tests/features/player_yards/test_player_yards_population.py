"""Who is in: the four-game window, and what an absent stat line is read as."""

from collections.abc import Callable

import pandas as pd
import pytest

from tests.features.player_yards.small_league import HOUR, League, Tables, as_of, sunday, wednesday_noon
from workbench.features.player_yards import PlayerYards, player_yards
from workbench.features.player_yards.population import REASONS

Week = Callable[..., PlayerYards]


def rushing(tables: Tables, **options: object) -> PlayerYards:
    return player_yards(tables, target="rushing_yards", **options)  # type: ignore[arg-type]


def weeks_of(found: PlayerYards, player: str) -> list[tuple[int, int]]:
    own = found.rows[found.rows["player_id"].eq(player)]
    return list(zip(own["season"].tolist(), own["week"].tolist(), strict=True))


def reasons(found: PlayerYards) -> dict[str, int]:
    names = {text: key for key, text in REASONS.items()}
    return {names[row.reason]: row.n for row in found.excluded.itertuples()}


def counted_league(**states: tuple[str, float | None, float | None]) -> Tables:
    """Week 1 everybody carries; of week 2 the roster's state, the carries (None: no line) and the snaps are given."""
    league = League()
    first, second = league.game(2021, 1, "A", "B"), league.game(2021, 2, "B", "A")
    for player in states:
        league.carries(first, "A", player, 10.0, 40.0)
    league.roster(first, "A", **dict.fromkeys(states, "ACT"))
    league.snaps(first, "A", **dict.fromkeys(states, 30.0))
    league.carries(second, "A", "other", 5.0, 20.0)
    league.roster(second, "A", other="ACT", **{player: state for player, (state, _, _) in states.items()})
    league.snaps(second, "A", other=30.0, **{p: snaps for p, (_, _, snaps) in states.items() if snaps is not None})
    for player, (_, volume, _) in states.items():
        if volume is not None:
            league.carries(second, "A", player, volume, 4.0 * volume)
    return league.tables()


def test_a_snap_without_a_line_is_zero_yards_and_no_snap_is_void() -> None:
    tables = counted_league(
        ran=("ACT", 10.0, 40.0), caught=("ACT", 0.0, 20.0), blocked=("ACT", None, 12.0), stood=("ACT", None, None),
        sat=("INA", None, None), hurt=("RES", None, None), practised=("DEV", None, None),
    )  # fmt: skip
    found = rushing(tables)
    second = found.rows[found.rows["week"].eq(2)].set_index("player_id")
    assert second["yards"].to_dict() == {"ran": 40.0, "caught": 0.0, "blocked": 0.0}
    assert second["volume"].to_dict() == {"ran": 10.0, "caught": 0.0, "blocked": 0.0}
    assert reasons(found) == {"void": 1, "inactive": 3}


def test_a_count_of_no_offensive_snaps_is_void_too() -> None:
    assert reasons(rushing(counted_league(special=("ACT", None, 0.0)))) == {"void": 1}


def test_by_the_older_rule_an_absent_line_is_unknown_and_never_a_zero() -> None:
    tables = counted_league(ran=("ACT", 10.0, 40.0), blocked=("ACT", None, 12.0), sat=("INA", None, None))
    found = rushing(tables, zeros="stat_rows")
    assert weeks_of(found, "ran") == [(2021, 2)]
    assert weeks_of(found, "blocked") == []
    assert reasons(found) == {"inactive": 1, "unknown": 1}


def test_without_snap_counts_an_absent_line_is_unknown() -> None:
    league = League()
    first, second = league.game(2015, 1, "A", "B"), league.game(2015, 2, "B", "A")
    for player in ("ran", "gone"):
        league.carries(first, "A", player, 10.0, 40.0)
    league.carries(second, "A", "ran", 8.0, 30.0)
    found = rushing(league.tables())
    assert weeks_of(found, "ran") == [(2015, 2)]
    assert reasons(found) == {"unknown": 1}


def test_the_window_is_the_teams_last_four_games_and_runs_over_the_end_of_a_season() -> None:
    league = League()
    games = [league.game(2014, week, "A", "B") for week in (1, 2, 3)]
    games += [league.game(2015, week, "B", "A") for week in (1, 2, 3)]
    league.carries(games[1], "A", "old", 12.0, 50.0)  # 2014 week 2: within four games until 2015 week 3
    for game in games:
        league.carries(game, "A", "always", 9.0, 36.0)
    found = rushing(league.tables())
    assert weeks_of(found, "always") == [(2014, 2), (2014, 3), (2015, 1), (2015, 2), (2015, 3)]
    assert found.excluded.groupby("season")["n"].sum().to_dict() == {2014: 1, 2015: 3}  # of "old"
    league.carries(league.game(2015, 4, "A", "B"), "A", "old", 1.0, 2.0)  # back after five games: no member
    assert weeks_of(rushing(league.tables()), "old") == []


def test_a_line_without_an_attempt_makes_no_member() -> None:
    league = League()
    first, second = league.game(2015, 1, "A", "B"), league.game(2015, 2, "B", "A")
    league.line(first, "A", "catcher", targets=4.0, receptions=3.0, receiving_yards=20.0)
    for game in (first, second):
        league.carries(game, "A", "runner", 9.0, 36.0)
    league.carries(second, "A", "catcher", 3.0, 9.0)
    assert weeks_of(rushing(league.tables()), "catcher") == []


def test_fullbacks_receivers_and_quarterbacks_are_no_running_backs() -> None:
    league = League()
    for game in (league.game(2015, 1, "A", "B"), league.game(2015, 2, "B", "A")):
        for position in ("RB", "FB", "WR", "QB", "TE"):
            league.carries(game, "A", position.lower(), 5.0, 20.0, position=position)
    found = rushing(league.tables())
    assert set(found.rows["position"]) == {"RB"}
    assert found.excluded.empty


def test_a_traded_back_leaves_the_old_team_and_joins_the_new_one_with_his_first_carry() -> None:
    league = League()
    for week in (1, 2, 3, 4):
        game = league.game(2015, week, "A", "B")
        league.carries(game, "A", "stays", 9.0, 36.0)
        league.carries(game, "A" if week < 3 else "B", "moves", 10.0, 45.0)
    found = rushing(league.tables())
    own = found.rows[found.rows["player_id"].eq("moves")]
    assert own[["week", "team", "last_volume"]].to_numpy().tolist() == [[2, "A", 10.0], [4, "B", 10.0]]
    assert reasons(found) == {"moved": 2}  # weeks 3 and 4 of team A
    assert own["earlier_games"].to_list() == [1, 3]  # what he did for the old team goes with him


def test_a_game_whose_stats_are_not_out_by_the_cutoff_makes_no_member() -> None:
    league = League()
    tuesday = sunday(2020, 5) + pd.Timedelta(days=2)  # its stats come out on the Tuesday after
    first = league.game(2020, 5, "A", "B", kickoff=tuesday)
    second = league.game(2020, 6, "B", "A", kickoff=sunday(2020, 6) + pd.Timedelta(days=1))
    third = league.game(2020, 7, "A", "B")
    for game in (first, second, third):
        league.carries(game, "A", "runner", 10.0, 40.0)
    for cutoff in ("kickoff_minus_90", "wednesday"):
        assert weeks_of(rushing(league.tables(), cutoff=cutoff), "runner") == [(2020, 7)]


def test_a_tuesday_game_is_over_before_its_weeks_decision() -> None:
    league = League()
    opening = league.game(2020, 1, "A", "B")
    late = league.game(2020, 3, "B", "A", kickoff=sunday(2020, 3) + pd.Timedelta(days=2))
    for game in (opening, late):
        league.carries(game, "A", "runner", 10.0, 40.0)
    assert weeks_of(rushing(league.tables()), "runner") == [(2020, 3)]
    assert reasons(rushing(league.tables(), cutoff="wednesday")) == {"undecidable": 1}


def upcoming_league() -> tuple[League, Tables]:
    league = League()
    first, second = league.game(2021, 1, "A", "B"), league.game(2021, 2, "B", "A", played=False)
    league.game(2021, 3, "A", "B", played=False)
    backs = ("fit", "sat", "hurt", "ruled", "cut")
    for player in backs:
        league.carries(first, "A", player, 10.0, 40.0)
    league.roster(first, "A", fit="ACT", sat="INA", hurt="RES", ruled="ACT", cut="CUT")
    league.snaps(first, "A", **dict.fromkeys(backs, 20.0))
    league.report(second, "A", "ruled", "Out", at=wednesday_noon(2021, 2) - HOUR)
    league.report(second, "A", "fit", "Doubtful", at=wednesday_noon(2021, 2) + HOUR)
    return league, league.tables()


@pytest.mark.parametrize(("cutoff", "expected"), [("wednesday", ["fit", "sat"]), ("kickoff_minus_90", ["sat"])])
def test_the_week_ahead_lists_who_is_expected_by_the_last_roster_and_the_reports(
    cutoff: str, expected: list[str]
) -> None:
    found = rushing(upcoming_league()[1], cutoff=cutoff)
    assert found.rows["player_id"].to_list() == expected
    assert found.rows[["yards", "volume"]].isna().all(axis=None)
    assert set(found.rows["week"]) == {2}  # only the next game: before a later one other games are to come
    assert reasons(found) == {"not_expected": 5 - len(expected)}


def test_a_game_played_and_not_yet_told_has_no_rows() -> None:
    tables = counted_league(ran=("ACT", 10.0, 40.0))
    monday = as_of(tables, sunday(2021, 2) + 20 * HOUR)
    assert reasons(rushing(monday)) == {"pending": 1}
    assert rushing(monday).rows.empty


def test_a_season_whose_source_names_completed_targets_alone_has_no_rows() -> None:
    league = League()
    for season, caught in ((2014, 5.0), (2015, 3.0)):
        for week in (1, 2, 3):
            game = league.game(season, week, "A", "B")
            league.line(game, "A", "wide", "WR", targets=5.0, receptions=caught, receiving_yards=40.0)
    found = player_yards(league.tables(), target="receiving_yards")
    assert weeks_of(found, "wide") == [(2015, 2), (2015, 3)]
    assert found.rows["earlier_games"].to_list() == [1, 2]
    assert "No targets were recorded in 2014" in " ".join(found.notes)


def test_the_same_code_asks_for_quarterbacks_and_receivers() -> None:
    league = League()
    for week in (1, 2):
        game = league.game(2015, week, "A", "B")
        league.line(game, "A", "thrower", "QB", attempts=30.0, passing_yards=210.0 + week)
        for position in ("WR", "TE"):
            league.line(
                game, "A", position.lower(), position, targets=6.0, receptions=4.0, receiving_yards=50.0 + week
            )  # fmt: skip
    answers = {"passing_yards": 212.0, "receiving_yards": 52.0, "receiving_yards_te": 52.0}
    for target, yards in answers.items():
        rows = player_yards(league.tables(), target=target).rows
        assert rows["yards"].to_list() == [yards]
        assert rows["role"].to_list() == ["starter" if target == "passing_yards" else "lead"]
