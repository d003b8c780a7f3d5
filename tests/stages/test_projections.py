"""Other people's numbers are read as they are, mended only where they contradict themselves, and compared in pairs.

Tolerances: 1e-12 is rounding of arithmetic done by hand.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.bayes.forecast import IntegerForecast, Support
from workbench.errors import FormatError, ValidationError
from workbench.stages.studies.projection_scores import comparison, over_probability
from workbench.stages.studies.projections import External, espn_projections, prop_lines

EXACT = 1e-12
SUPPORT = Support(0, 200)


def _espn(folder: Path, **changes: object) -> Path:
    count = 7
    frame = pd.DataFrame({
        "season": 2022, "week": 1, "player_id": [f"p{i}" for i in range(count)], "espn_id": range(count),
        "position": "RB", "projected_rushing_yards": [42.0] * count, "projected_rushing_attempts": [10.0] * count,
    })  # fmt: skip
    for name, values in changes.items():
        frame[name] = values
    frame.to_parquet(folder / "espn_player_projections_2022_2022.parquet")
    return folder


def _props(folder: Path, quotes: list[tuple[object, ...]]) -> Path:
    columns = ["player_id", "book_id", "side", "value", "odds"]
    frame = pd.DataFrame(quotes, columns=columns).assign(
        season=2022, week=1, game_id="2022_01_A_B", bet_type="rushing_yards", line_type="total", period="event"
    )
    frame.to_parquet(folder / "props_over_under_2022_2022.parquet")
    return folder


def _certain(yards: list[int]) -> IntegerForecast:
    return IntegerForecast(SUPPORT, (SUPPORT.yards >= np.array(yards)[:, None]).astype(np.float64))


def _rows(yards: list[float]) -> pd.DataFrame:
    count = len(yards)
    games = [f"2022_01_{i}" for i in range(count)]
    players = [f"p{i}" for i in range(count)]
    return pd.DataFrame({"player_id": players, "season": 2022, "week": 1, "game_id": games, "yards": yards})


def _external(values: list[float], **more: object) -> External:
    rows = _rows([0.0] * len(values))[["player_id", "season", "week"]].assign(value=values, source="x", **more)
    return External("x", rows, ())


def test_without_a_folder_or_a_file_there_is_nothing_and_the_reason_is_said(tmp_path: Path) -> None:
    for read in (espn_projections, prop_lines):
        for folder in (None, tmp_path):
            found = read(folder, yards="rushing_yards")
            assert found.rows.empty
            assert len(found.notes) == 1
            assert comparison(_rows([1.0]), _certain([1]), found).empty


def test_a_file_that_lacks_its_columns_is_refused_by_name(tmp_path: Path) -> None:
    pd.DataFrame({"season": [2022]}).to_parquet(tmp_path / "espn_player_projections_1.parquet")
    pd.DataFrame({"season": [2022]}).to_parquet(tmp_path / "props_over_under_1.parquet")
    with pytest.raises(FormatError, match="projected_rushing_yards"):
        espn_projections(tmp_path, yards="rushing_yards")
    with pytest.raises(FormatError, match="odds"):
        prop_lines(tmp_path, yards="rushing_yards")


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "props_over_under_1.parquet").write_text("season,week")
    with pytest.raises(FormatError, match="must be parquet"):
        prop_lines(tmp_path, yards="passing_yards")


def test_a_projection_of_twice_its_attempts_is_halved_and_its_published_number_kept(tmp_path: Path) -> None:
    yards = [42.0, 84.0, 42.0, 4200.0, 42.0, 42.0, 42.0]
    found = espn_projections(_espn(tmp_path, projected_rushing_yards=yards), yards="rushing_yards")
    row = found.rows.set_index("player_id")
    assert row.loc["p1", ["value", "published", "doubled"]].tolist() == [42.0, 84.0, True]
    assert row.loc["p0", ["value", "published", "doubled"]].tolist() == [42.0, 42.0, False]
    assert "p3" not in row.index  # a hundredfold: nobody knows what was meant
    assert "1 projections are about twice" in found.notes[1]


def test_what_cannot_be_checked_is_taken_as_published(tmp_path: Path) -> None:
    yards, tries = [84.0, *[42.0] * 6], [0.0, *[10.0] * 6]
    folder = _espn(tmp_path, projected_rushing_yards=yards, projected_rushing_attempts=tries)
    assert espn_projections(folder, yards="rushing_yards").rows["value"].iloc[0] == 84.0


def test_repeated_players_count_once_and_those_without_an_id_not_at_all(tmp_path: Path) -> None:
    folder = _espn(tmp_path, espn_id=[0, 0, 2, 3, 4, 5, 6], player_id=["p0", "p0", None, "p3", "p4", "p5", "p6"])
    found = espn_projections(folder, yards="rushing_yards")
    assert found.rows["player_id"].tolist() == ["p0", "p3", "p4", "p5", "p6"]
    assert found.notes[0].startswith("ESPN: 1 rows that repeat another were dropped")


def test_a_null_projection_is_no_projection_of_zero(tmp_path: Path) -> None:
    folder = _espn(tmp_path, projected_rushing_yards=[None, *[42.0] * 6])
    assert "p0" not in espn_projections(folder, yards="rushing_yards").rows["player_id"].tolist()


def test_the_preferred_book_gives_the_line_and_no_mean_of_books_is_made(tmp_path: Path) -> None:
    quotes = [("p0", book, side, line, -110) for book, line in ((68, 40.5), (15, 45.5)) for side in ("over", "under")]
    rows = prop_lines(_props(tmp_path, quotes), yards="rushing_yards").rows
    assert rows[["book_id", "value", "over_probability"]].to_numpy().tolist() == [[15.0, 45.5, 0.5]]


def test_the_margin_is_taken_out_of_american_prices(tmp_path: Path) -> None:
    quotes = [("p0", 15, "over", 45.5, 100), ("p0", 15, "under", 45.5, -150)]
    rows = prop_lines(_props(tmp_path, quotes), yards="rushing_yards").rows
    assert rows["over_probability"].iloc[0] == pytest.approx(0.5 / 1.1, abs=EXACT)  # .5 and .6 share 1.1


@pytest.mark.parametrize(
    "quotes",
    [
        [("p0", 15, "over", 0.5, 350), ("p0", 15, "under", 0.5, -500)],  # no median at these odds
        [("p0", 15, "over", 45.5, 0), ("p0", 15, "under", 45.5, 0)],  # zero stands for no price
        [("p0", 15, "over", 45.5, -110)],  # one side only
        [("p0", 15, "over", 45.5, -110), ("p0", 15, "under", 46.5, -110)],  # two lines, one side each
        [(None, 15, "over", 45.5, -110), (None, 15, "under", 45.5, -110)],
        [("p0", 99, "over", 45.5, -110), ("p0", 99, "under", 45.5, -110)],  # a book nobody chose
    ],
)
def test_what_is_no_priced_median_is_no_line(tmp_path: Path, quotes: list[tuple[object, ...]]) -> None:
    assert prop_lines(_props(tmp_path, quotes), yards="rushing_yards").rows.empty


def test_a_comparison_is_the_paired_difference_worked_by_hand() -> None:
    table = comparison(_rows([10.0, 20.0, np.nan]), _certain([12, 20, 50]), _external([15.0, 23.0, 9.0]))
    row = table.set_index("measure").loc["absolute_error"]
    assert row[["forecast", "external", "difference"]].tolist() == [1.0, 4.0, -3.0]
    assert row[["rows", "games"]].tolist() == [2, 2]
    assert row["low"] < -3.0 < row["high"] or row["low"] == row["high"] == -3.0


def test_a_mended_source_is_also_compared_as_published_and_without_the_mended() -> None:
    external = _external([10.0, 20.0], published=[20.0, 20.0], doubled=[True, False])
    table = comparison(_rows([10.0, 25.0]), _certain([10, 20]), external).set_index("measure")
    assert table["external"].to_dict() == {
        "absolute_error": 2.5, "absolute_error_published": 7.5, "absolute_error_unmended": 5.0,
    }  # fmt: skip
    assert table["rows"].tolist() == [2, 2, 1]


def test_over_and_under_are_scored_without_pushes() -> None:
    external = _external([10.5, 10.5, 12.0], over_probability=[0.5, 0.5, 0.5])
    table = comparison(_rows([11.0, 9.0, 12.0]), _certain([11, 11, 11]), external).set_index("measure")
    assert table.loc["brier", ["forecast", "external", "rows"]].tolist() == [0.5, 0.25, 2]
    assert table.loc["share_over", ["external", "difference"]].tolist() == [0.5, 0.0]


def test_an_over_is_above_the_line_and_a_hit_line_is_a_push() -> None:
    even = IntegerForecast(Support(0, 3), np.array([[0.25, 0.5, 0.75, 1.0]] * 3))
    assert over_probability(even, pd.Series([1.5, 1.0, 7.5])) == pytest.approx([0.5, 2 / 3, 0.0], abs=EXACT)


def test_a_line_of_another_game_of_the_week_is_not_matched() -> None:
    external = _external([10.0], game_id="2022_01_elsewhere")
    assert comparison(_rows([10.0]), _certain([10]), external).empty


def test_rows_that_repeat_or_lack_forecasts_are_refused() -> None:
    twice = pd.concat([_rows([1.0])] * 2)
    with pytest.raises(ValidationError, match="one row a player-game"):
        comparison(twice, _certain([1, 1]), _external([1.0]))
    with pytest.raises(ValidationError, match="needs its forecast"):
        comparison(_rows([1.0]), _certain([1, 1]), _external([1.0]))
