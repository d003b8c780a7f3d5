"""What was known: features worked by hand, masks, lines, reports, roles and the errors.

Tolerance: values worked by hand agree to rounding (1e-9).
"""

import numpy as np
import pandas as pd
import pytest

from tests.features.player_yards.small_league import HOUR, League, Row, Tables, sunday, wednesday_noon
from workbench.errors import ParameterError, ValidationError
from workbench.features.player_yards import ROW_COLUMNS, player_yards
from workbench.features.player_yards.states import decayed_sums

EXACT = 1e-9
SHORT, LONG, TALENT, OPPONENT = (0.5 ** (1 / games) for games in (1.5, 6.0, 16.0, 8.0))


def last_row(tables: Tables, player: str = "runner", *, cutoff: str = "kickoff_minus_90") -> "pd.Series[float]":
    rows = player_yards(tables, target="rushing_yards", cutoff=cutoff).rows  # type: ignore[arg-type]
    return rows[rows["player_id"].eq(player)].iloc[-1]


def three_games() -> Tables:
    """The runner's 10 carries for 30 and 20 for 100; of the team's 20 and 25; week 3 is asked."""
    league = League()
    for week, (volume, yards, other) in {1: (10.0, 30.0, 10.0), 2: (20.0, 100.0, 5.0), 3: (1.0, 1.0, 1.0)}.items():
        game = league.game(2015, week, "A", "B")
        league.carries(game, "A", "runner", volume, yards)
        league.carries(game, "A", "thrower", other, 0.0, position="QB")
    return league.tables()


def test_features_are_those_worked_by_hand() -> None:
    row = last_row(three_games())
    rate = 130.0 / 30.0
    by_hand = {
        "volume_short": (20 + SHORT * 10) / (1 + SHORT),
        "volume_long": (20 + LONG * 10) / (1 + LONG),
        "yards_long": (100 + LONG * 30) / (1 + LONG),
        "last_volume": 20.0,
        "yards_per_volume": (100 + TALENT * 30 + 60 * rate) / (20 + TALENT * 10 + 60),
        "opponent_volume": (25 + OPPONENT * 20) / (1 + OPPONENT),
        "opponent_yards_per_volume": (100 + OPPONENT * 30) / (25 + OPPONENT * 20),
        "experience": np.log(3.0),
        "missed_games": 0.0,
        "new_season": 0.0,
        "home": 1.0,
        "relative_share": 1.0,
    }
    assert row[list(by_hand)].to_dict() == pytest.approx(by_hand, abs=EXACT)
    assert row[["earlier_games", "yards", "volume", "role"]].to_list() == [2, 1.0, 1.0, "lead"]


def test_a_missing_value_lets_a_decayed_sum_and_its_weight_fade() -> None:
    values = np.array([[8.0], [np.nan], [1.0], [5.0]])
    sums, weights = decayed_sums(values, number=np.array([0, 1, 2, 0]), decay=np.array([0.5]))
    assert sums[:, 0].tolist() == [8.0, 4.0, 3.0, 5.0]
    assert weights[:, 0].tolist() == [1.0, 0.5, 1.25, 1.0]


def test_games_missed_are_those_of_the_team_and_a_bye_is_none() -> None:
    league = League()
    for week in (1, 2, 3, 5):  # week 4 is free
        game = league.game(2015, week, "A", "B")
        league.carries(game, "A", "other", 5.0, 20.0)
        if week in (1, 5):
            league.carries(game, "A", "runner", 5.0, 20.0)
    assert last_row(league.tables())["missed_games"] == 2.0
    assert last_row(league.tables(), "other")["missed_games"] == 0.0


def test_the_first_game_of_a_season_says_so() -> None:
    league = League()
    for season, week in ((2014, 1), (2014, 2), (2015, 1), (2015, 2)):
        league.carries(league.game(season, week, "A", "B"), "A", "runner", 5.0, 20.0)
    found = player_yards(league.tables(), target="rushing_yards").rows
    assert found["new_season"].to_list() == [0.0, 1.0, 0.0]


def two_backs(season: int, *, lesser: str | None) -> tuple[League, Row]:
    """Shares of .6 and .4 in week 1; the state of the lesser back in week 2, none before 2021."""
    league = League()
    first, second = league.game(season, 1, "A", "B"), league.game(season, 2, "B", "A")
    league.carries(first, "A", "runner", 12.0, 50.0)
    league.carries(first, "A", "lesser", 8.0, 30.0)
    league.carries(second, "A", "runner", 12.0, 50.0)
    if lesser is not None:
        league.roster(first, "A", runner="ACT", lesser="ACT")
        league.roster(second, "A", runner="ACT", lesser=lesser)
    return league, second


@pytest.mark.parametrize(
    ("season", "lesser", "cutoff", "chance"),
    [
        (2015, None, "kickoff_minus_90", 0.84),  # nothing but his games is known of him
        (2021, "ACT", "kickoff_minus_90", 1.0),
        (2021, "INA", "kickoff_minus_90", 0.0),
        (2021, "RES", "kickoff_minus_90", 0.0),
        (2021, "INA", "wednesday", 0.84),  # inactives are named on game day
    ],
)
def test_a_share_is_relative_to_the_mates_who_may_be_expected(
    season: int, lesser: str | None, cutoff: str, chance: float
) -> None:
    row = last_row(two_backs(season, lesser=lesser)[0].tables(), cutoff=cutoff)
    assert row["relative_share"] == pytest.approx(0.6 / (0.6 + chance * 0.4), abs=EXACT)
    assert row["role"] == "lead"


def test_on_wednesday_reports_known_by_then_rule_a_mate_out() -> None:
    for hours, chance in ((-1.0, 0.0), (1.0, 0.84)):
        league, second = two_backs(2021, lesser="INA")
        league.report(second, "A", "lesser", "Out", at=wednesday_noon(2021, 2) + hours * HOUR)
        row = last_row(league.tables(), cutoff="wednesday")
        assert row["relative_share"] == pytest.approx(0.6 / (0.6 + chance * 0.4), abs=EXACT)


def test_a_mate_who_missed_games_is_expected_less_and_the_only_one_has_it_all() -> None:
    league = League()
    for week in (1, 2, 3):
        game = league.game(2015, week, "A", "B")
        league.carries(game, "A", "runner", 10.0, 40.0)
        if week == 1:
            league.carries(game, "A", "hurt", 10.0, 40.0)
    found = player_yards(league.tables(), target="rushing_yards").rows.set_index("week")
    share = (1.0 + SHORT * 0.5) / (1.0 + SHORT)
    assert found.loc[3, "relative_share"] == pytest.approx(share / (share + 0.36 * 0.5), abs=EXACT)
    assert last_row(three_games())["relative_share"] == 1.0


@pytest.mark.parametrize(
    ("share", "role"), [(12.0, "lead"), (7.0, "committee"), (3.0, "depth")], ids=["large", "middling", "small"]
)
def test_roles_go_by_the_relative_share(share: float, role: str) -> None:
    league = League()
    for week in (1, 2):
        game = league.game(2015, week, "A", "B")
        league.carries(game, "A", "runner", share, 40.0)
        league.carries(game, "A", "other", 20.0 - share, 40.0)
    assert last_row(league.tables())["role"] == role


def quoted() -> tuple[League, Row]:
    league = League()
    for week in (1, 2):
        game = league.game(2015, week, "B", "A")
        league.carries(game, "A", "runner", 5.0, 20.0)
    return league, game


def test_the_line_is_the_last_one_known_from_the_side_of_the_players_team() -> None:
    league, game = quoted()
    for line, hours in ((1.0, 120), (3.0, 100), (7.0, 24), (9.0, 1.0), (11.0, 0)):
        league.quote(game, line, at=sunday(2015, 2) - hours * HOUR)
    league.quote(game, 44.5, at=sunday(2015, 2) - 110 * HOUR, market="total", source="sbr")
    late, early = (
        last_row(league.tables(), cutoff=c)[["team_line", "total"]] for c in ("kickoff_minus_90", "wednesday")
    )
    assert late.to_list() == [-7.0, 44.5]  # home_line favours B, and the runner plays for A
    assert early.to_list() == [-3.0, 44.5]


def test_of_two_sources_at_one_instant_the_first_in_the_order_counts() -> None:
    league, game = quoted()
    for source, line in (("legacy", 4.0), ("sbr", 2.0), ("books_open", 1.0)):
        league.quote(game, line, at=sunday(2015, 2) - 100 * HOUR, source=source)
    assert last_row(league.tables())["team_line"] == -4.0


def test_what_is_not_known_stays_null() -> None:
    league, game = quoted()
    league.quote(game, 4.0, at=sunday(2015, 2))  # an opener dated kick-off
    row = last_row(league.tables())
    assert row[["team_line", "total", "snap_share", "report"]].isna().all()


def test_the_own_report_is_a_number_by_its_last_state_known() -> None:
    for status, practice, worry in (
        (None, "Full Participation in Practice", 0.0),
        (None, "Limited Participation in Practice", 1.0),
        ("Questionable", "Full Participation in Practice", 2.0),
    ):
        league, second = two_backs(2021, lesser="ACT")
        league.report(second, "A", "lesser", None, at=sunday(2021, 2) - 60 * HOUR)
        league.report(second, "A", "runner", "Out", at=sunday(2021, 2) - 59 * HOUR)
        league.report(second, "A", "runner", status, at=sunday(2021, 2) - 40 * HOUR, practice_status=practice)
        league.report(second, "A", "runner", "Out", at=sunday(2021, 2))
        assert last_row(league.tables())["report"] == worry
    assert "report" not in last_row(league.tables(), cutoff="wednesday")


def test_snaps_are_shares_of_games_before() -> None:
    league, second = two_backs(2021, lesser="ACT")
    tables = league.tables()
    assert np.isnan(last_row(tables)["snap_share"])
    first = {name: tables["games"].iloc[0][name] for name in ("game_id", "season", "week", "kickoff_utc")}
    league.snaps(first, "A", runner=45.0, lesser=15.0)
    league.snaps(second, "A", runner=60.0)
    assert last_row(league.tables())["snap_share"] == pytest.approx(0.75)


def test_rows_have_the_columns_and_types_of_the_contract() -> None:
    found = player_yards(three_games(), target="rushing_yards")
    assert {name: str(found.rows[name].dtype) for name in ROW_COLUMNS} == ROW_COLUMNS
    assert list(found.rows) == [*ROW_COLUMNS, *found.features]
    assert set(found.rows[list(found.features)].dtypes.astype("str")) == {"float64"}
    assert len(found.features) == 16
    assert any("no rosters" in note for note in found.notes)


def test_rows_of_some_seasons_keep_the_features_of_all() -> None:
    league = League()
    for season, week in ((2014, 1), (2014, 2), (2015, 1)):
        league.carries(league.game(season, week, "A", "B"), "A", "runner", 5.0, 20.0)
    every = player_yards(league.tables(), target="rushing_yards").rows
    some = player_yards(league.tables(), target="rushing_yards", seasons=[2015]).rows
    pd.testing.assert_frame_equal(some, every[every["season"].eq(2015)].reset_index(drop=True))


def test_a_season_without_rows_is_named_with_those_that_have_some() -> None:
    with pytest.raises(ValidationError, match=r"no row of 2031. Seasons with rows: 2015 to 2015"):
        player_yards(three_games(), target="rushing_yards", seasons=[2015, 2031])


@pytest.mark.parametrize("absent", ["player_weeks", "games"])
def test_without_stat_lines_or_games_there_is_no_answer(absent: str) -> None:
    tables = three_games()
    with pytest.raises(ValidationError, match=f"'{absent}'.*ingested"):
        player_yards({n: t for n, t in tables.items() if n != absent}, target="rushing_yards")
    with pytest.raises(ValidationError, match=f"'{absent}'.*ingested"):
        player_yards(tables | {absent: tables[absent].iloc[:0]}, target="rushing_yards")


def test_a_target_or_cutoff_that_does_not_exist_is_answered_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'receiving_yards'"):
        player_yards(three_games(), target="recieving_yards")
    with pytest.raises(ParameterError, match="Known are rushing_yards"):
        player_yards(three_games(), target="punts")
    with pytest.raises(ParameterError, match="kickoff_minus_90, wednesday"):
        player_yards(three_games(), target="rushing_yards", cutoff="friday")  # type: ignore[arg-type]


def test_a_target_nobody_plays_for_has_no_rows() -> None:
    found = player_yards(three_games(), target="receiving_yards_te")
    assert found.rows.empty
    assert found.excluded.empty


def test_the_tables_are_not_changed() -> None:
    league, _ = two_backs(2021, lesser="INA")
    tables = league.tables()
    before = {name: table.copy() for name, table in tables.items()}
    player_yards(tables, target="rushing_yards")
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])
