"""The border: what breaks a rule is kept apart with its reason, and every row is accounted for."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.clock import utc
from workbench.data.quality import Border, cross
from workbench.data.quality_report import QualityReport, TableQuality, summed
from workbench.data.source import QUARANTINE
from workbench.errors import ValidationError
from workbench.schema import FACT_TABLES

KICKOFF = utc("2024-09-08T17:00:00+00:00")


def games(**values: object) -> pd.DataFrame:
    row = {
        "game_id": "g1", "season": 2024, "week": 1, "game_type": "REG", "kickoff_utc": KICKOFF, "home_team": "BUF",
        "away_team": "ARI", "neutral": False, "known_at": utc("2024-05-15T10:00:00+00:00"),
    }  # fmt: skip
    return pd.DataFrame([row | values])


def quotes(*lines: float | None, **values: object) -> pd.DataFrame:
    row = {
        "season": 2024, "week": 1, "market": "spread", "source": "book", "kind": "live", "recorded_at": KICKOFF,
        "known_at": KICKOFF, "price_assumed": False, "instant_assumed": False, "price_home": 1.909, "price_away": 1.909,
        "file": "history_2024.parquet",
    }  # fmt: skip
    return pd.DataFrame([row | {"game_id": f"g{i}", "line": line} | values for i, line in enumerate(lines)])


def reasons(border: Border) -> list[str]:
    return border.quarantine["reason"].to_list()


def test_a_sound_row_passes_and_is_conformed() -> None:
    border = cross(games(), name="games", source="games.parquet", teams={"BUF", "ARI"})
    assert list(border.facts.columns) == [*FACT_TABLES["games"].columns, *FACT_TABLES["games"].optional]
    assert border.quarantine.empty
    assert border.quality.newest_known_at == "2024-05-15T10:00:00+00:00"


def test_a_line_of_13_847_is_quarantined_as_an_average() -> None:
    border = cross(quotes(13.847, 3.5), name="quotes", source="")
    assert border.facts["line"].to_list() == [3.5]
    assert reasons(border) == ["Lines must lie on the half-point grid, got 13.847. An average of several books?"]
    assert border.quarantine["source"].to_list() == ["history_2024.parquet"]


@pytest.mark.parametrize(
    ("frame", "rule"),
    [
        (quotes(47.5), "spread_range"),
        (quotes(3.5, market="total"), "total_range"),
        (quotes(3.5, price_home=6.5), "overround"),
        (quotes(3.5, recorded_at=KICKOFF + pd.Timedelta(hours=1)), "known_when_recorded"),
        (quotes(3.5, market="corners"), "one_of"),
        (quotes(3.5, game_id=None), "not_nullable"),
    ],
)
def test_a_quote_no_market_would_offer_is_quarantined(frame: pd.DataFrame, rule: str) -> None:
    border = cross(frame, name="quotes", source="")
    assert border.facts.empty
    assert border.quarantine["rule"].to_list() == [rule]


def test_an_unknown_team_is_quarantined_by_name() -> None:
    border = cross(games(home_team="LON"), name="games", source="s", teams={"BUF", "ARI"})
    assert border.quality.quarantined == {"unknown_team": 1}
    assert "got LON" in reasons(border)[0]


def test_a_team_against_itself_is_quarantined() -> None:
    assert cross(games(away_team="BUF"), name="games", source="s").quality.quarantined == {"two_teams": 1}


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "got nothing"), ("soon", "must be a whole number, got soon"), (1.5, "must be a whole number, got 1.5")],
)
def test_a_value_of_the_wrong_type_is_quarantined(value: object, words: str) -> None:
    border = cross(games(week=value), name="games", source="s")
    assert border.facts.empty
    assert words in reasons(border)[0]


def test_a_score_beyond_reason_shows_its_range() -> None:
    results = games().assign(home_score=346, away_score=3, overtime=False)
    border = cross(results, name="results", source="s")
    assert reasons(border) == ["home_score must lie between 0 and 100, got 346. Another column's number?"]


def test_identical_duplicates_are_dropped_and_counted() -> None:
    border = cross(pd.concat([games(), games()]), name="games", source="s")
    assert (border.quality.kept, border.quality.identical_duplicates, len(border.quarantine)) == (1, 1, 0)


def test_of_conflicting_duplicates_the_first_is_kept_and_the_other_quarantined() -> None:
    border = cross(pd.concat([games(), games(week=2)]), name="games", source="s")
    assert border.facts["week"].to_list() == [1]
    assert border.quality.quarantined == {"conflicting_duplicate": 1}
    assert "the first is kept" in reasons(border)[0]


def test_a_later_injury_report_corrects_the_earlier() -> None:
    row = {"season": 2024, "week": 1, "team": "BUF", "player_id": "00-1", "known_at": KICKOFF}
    frame = pd.DataFrame([row | {"report_status": status} for status in ("Questionable", "Out")])
    border = cross(frame, name="injuries", source="s")
    assert border.facts["report_status"].to_list() == ["Out"]


def test_an_absent_required_column_is_beyond_quarantine() -> None:
    with pytest.raises(ValidationError, match="kickoff_utc"):
        cross(games().drop(columns="kickoff_utc"), name="games", source="games.parquet")


def test_absent_optional_columns_are_named_and_missing() -> None:
    border = cross(games(), name="games", source="s")
    assert "home_rest_days" in border.quality.missing_columns
    assert border.facts["home_rest_days"].isna().all()


def test_an_empty_table_passes() -> None:
    border = cross(games().iloc[:0], name="games", source="s")
    assert (border.quality.rows_in, len(border.facts), border.quality.newest_known_at) == (0, 0, "")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([3.0, 3.25, 99.0, None, -2.5])), max_size=12))
def test_every_row_is_kept_dropped_as_a_copy_or_quarantined(rows: list[tuple[int, float | None]]) -> None:
    frame = pd.concat([quotes(line, game_id=f"g{game}") for game, line in rows] or [quotes(1.0).iloc[:0]])
    quality = cross(frame, name="quotes", source="").quality
    assert quality.rows_in == len(rows)
    assert quality.rows_in == quality.kept + quality.identical_duplicates + sum(quality.quarantined.values())


def test_the_quarantine_names_table_key_rule_column_value_reason_and_source() -> None:
    border = cross(games(home_team="LON"), name="games", source="games.parquet", teams={"ARI"})
    assert tuple(border.quarantine.columns) == QUARANTINE
    row = border.quarantine.iloc[0]
    assert (row["table"], row["key"], row["column"], row["value"]) == ("games", "g1", "home_team", "LON")
    assert row["source"] == "games.parquet"


def test_counts_of_parts_add_up_and_the_report_is_plain_json() -> None:
    part = TableQuality(rows_in=3, kept=2, quarantined={"type": 1}, missing_columns=("wp",), newest_known_at="2024")
    whole = summed([part, part])
    assert (whole.rows_in, whole.kept, whole.quarantined, whole.missing_columns) == (6, 4, {"type": 2}, ("wp",))
    report = QualityReport(tables={"plays": whole}, degraded=(("tempo", "no column"),))
    assert report.quarantined == 2
    assert report.to_json()["degraded"] == [{"feature": "tempo", "reason": "no column"}]
