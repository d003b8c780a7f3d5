"""The study of the shock-event database: what it claims, what a filled-in sample does, and what is refused.

Tolerances: Wilson's interval of 8 of 10 is compared to the third decimal with the textbook's .490 and .943.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import FormatError
from workbench.report.stories import shock_events as story
from workbench.shocks.checked_sample import checked_events, claim_marks
from workbench.shocks.database import ShockDatabase
from workbench.shocks.events import typed_events
from workbench.stages.studies.shock_events import (
    SAMPLE_FILE,
    ShockEvents,
    missing_fields,
    read_checked,
    save_sample,
    shock_study,
)
from workbench.stages.studies.shock_events_claims import headline, shock_claims

KNOWN = pd.Timestamp("2023-05-15T10:00:00Z")


@dataclass(frozen=True)
class Run:
    """As much of a study's run as saving the sample asks for."""

    folder: Path


def database(n: int = 10) -> ShockDatabase:
    """Ten byes and ten exits of quarterbacks, a game each; no exit has an instant, one lacks its dose."""
    base = {"season": 2023, "week": 5, "expected_severity": 1.0, "dose_unit": "x", "source_table": "games",
            "source_rows": "r", "note": "Said."}  # fmt: skip
    byes = [base | {"event_id": f"bye_{i}", "type": "bye", "cause": "schedule", "game_id": f"g{i}", "team": "AAA",
                    "anticipation": "before_open", "quality": "derived", "dose": 7.0, "known_at": KNOWN}
            for i in range(n)]  # fmt: skip
    exits = [base | {"event_id": f"exit_{i}", "type": "quarterback_exit", "cause": "unknown" if i else "injury",
                     "game_id": f"g{i}", "team": "BBB", "anticipation": "unknown", "quality": "assumed",
                     "dose": None if i == 9 else -3.0} for i in range(n)]  # fmt: skip
    windows = pd.DataFrame(
        {"type": ["bye", "quarterback_exit", "move"], "first_season": [1999, 1999, pd.NA],
         "last_season": [2024, 2024, pd.NA], "reason": ["a", "b", "cannot be derived: no rosters"]}
    ).astype({"first_season": "Int64", "last_season": "Int64"})  # fmt: skip
    return ShockDatabase(typed_events(pd.DataFrame([*byes, *exits])), windows, ("A note.",))


def study(*, right: int = 8, read: int = 10) -> ShockEvents:
    made = database()
    marked = pd.DataFrame(
        {"event_id": [f"bye_{i}" for i in range(read)], "right": ["yes"] * right + ["no"] * (read - right)}
    )
    sample = made.events[["event_id", "type", "cause", "anticipation", "note"]].assign(
        facts="2023_05_A_B REG | quarterback X, coach Y | 60 F, wind 3 mph | inches by hour ET: 0.1",
        claim=claim_marks(made.events), right="",
    )  # fmt: skip
    return ShockEvents(
        database=made, missing=missing_fields(made), coaches=pd.DataFrame(), trades=pd.DataFrame(), sample=sample,
        checked=checked_events(made.events, marked), given=True, matched=pd.DataFrame(),
    )  # fmt: skip


class TestClaims:
    def test_the_share_right_has_wilsons_interval(self):
        claims = {claim.name: claim for claim in shock_claims(study(), targets=False)}
        whole = claims["right_overall"]
        assert (whole.value, round(whole.low, 3), round(whole.high, 3)) == (0.8, 0.49, 0.943)
        assert headline(list(claims.values())) == "right_overall"

    def test_counts_and_shares_are_those_worked_by_hand(self):
        claims = {claim.name: claim.value for claim in shock_claims(study(), targets=False)}
        assert (claims["events"], claims["types"], claims["both_teams"]) == (20, 2, 0)
        assert (claims["firm"], claims["dated"], claims["anticipation_unknown"]) == (0.5, 0.5, 0.5)
        assert claims["quarterback_causes"] == 0.1
        assert (claims["missing_worst"], claims["undated_worst"]) == (0.1, 1.0)

    def test_every_number_lies_in_its_interval_at_none_and_all_too(self):
        for right in range(11):
            found = [claim for claim in shock_claims(study(right=right), targets=False) if claim.low is not None]
            assert all(claim.low <= claim.value <= claim.high for claim in found)

    def test_targets_are_judged_only_where_they_apply(self):
        judged = {claim.name: claim.reached for claim in shock_claims(study(), targets=True)}
        assert [judged[name] for name in ("events", "missing_worst", "undated_worst", "right_overall")] == [False] * 4
        good = {claim.name: claim.reached for claim in shock_claims(study(right=9), targets=True)}
        assert good["right_overall"]
        assert all(claim.reached is None for claim in shock_claims(study(), targets=False))

    def test_without_any_read_event_the_firm_share_leads(self):
        claims = shock_claims(study(right=0, read=0), targets=False)
        assert headline(claims) == "firm"
        assert not any(claim.name.startswith("right") for claim in claims)


class TestFilledInFile:
    def test_comes_back_as_it_was_filled_in(self, tmp_path):
        made = study()
        save_sample(Run(tmp_path), made)
        rows = pd.read_csv(tmp_path / SAMPLE_FILE, encoding="utf-8-sig")
        assert rows["right"].isna().all()
        assert {"event_id", "note", "facts", "claim"} <= set(rows.columns)
        filled = rows.astype({"right": "str"}).assign(right=["Yes", "n", *[""] * (len(rows) - 2)])
        filled.to_csv(tmp_path / "filled.csv", index=False)
        found = checked_events(made.events, read_checked(tmp_path / "filled.csv"))
        assert found.rows["right"].tolist() == [True, False]
        assert found.changed == 0

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("event_id,why\na,b\n", "lacks right"),
            ("event_id,right\na,perhaps\n", "must be yes, no or empty, got 'perhaps'"),
            ("", "no table of checked events"),
            ("event_id,right\n\xe9,yes\n", "UTF-8"),
        ],
    )
    def test_what_is_no_such_file_is_refused(self, tmp_path, text, said):
        path = tmp_path / "checked.csv"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(FormatError, match=said):
            read_checked(path)

    def test_the_last_word_on_an_event_counts(self, tmp_path):
        path = tmp_path / "checked.csv"
        path.write_text("event_id,right\na,yes\na,no\nb, \n", encoding="utf-8")
        assert read_checked(path)[["event_id", "right"]].to_numpy().tolist() == [["a", "no"]]


class TestPage:
    def test_says_what_was_found_right_and_what_is_not_known(self):
        made = study()
        said = " ".join(story.findings(made, shock_claims(made, targets=True)))
        assert "Of 10 events read one by one, 80" in said
        assert "wrong: 2 bye" in said
        assert "50\u202f% of events cannot be placed" in said
        assert "targets not reached" in said

    def test_says_that_nothing_was_checked_where_nothing_was(self):
        made = study(right=0, read=0)
        gone = checked_events(made.events, pd.DataFrame({"event_id": ["other"], "right": ["yes"]}))
        bare = ShockEvents(**{name: getattr(made, name) for name in made.__slots__} | {"checked": gone})
        assert "nothing here has been checked" in story.findings(bare, shock_claims(bare, targets=False))[0]
        assert "Nobody has read" in story.right_figure(bare).title

    def test_names_the_suspensions_that_are_disputed(self):
        made = study()
        events = made.events.assign(
            type="suspension", quality=["disputed"] + ["sourced"] * 19, detail="R06", player_name="Left Him", team="AAA"
        )
        changed = ShockDatabase(events, made.database.windows, ())
        left = ShockEvents(**{name: getattr(made, name) for name in made.__slots__} | {"database": changed})
        assert "1 suspension of roster code R06" in story.notes(left)[0]
        assert "Left Him, AAA 2023" in story.notes(left)[0]
        assert story.notes(made) == ["A note."]

    def test_shows_only_the_facts_that_can_speak_of_an_event(self):
        facts = story.sample_table(study()).set_index("type")["facts it rests on"]
        assert set(facts["bye"]) == {"2023_05_A_B REG"}
        assert set(facts["quarterback exit"]) == {"2023_05_A_B REG; quarterback X, coach Y"}

    def test_a_type_that_cannot_be_derived_is_listed_with_its_reason_and_no_season(self):
        table = story.count_table(study()).set_index("type")
        assert table.loc["move", ["events", "from"]].tolist() == [0, "–"]
        assert "no rosters" in table.loc["move", "why these seasons"]

    def test_every_figure_and_table_can_be_made(self):
        made = study()
        figures = [story.counts_figure(made), story.quality_figure(made), story.anticipation_figure(made)]
        assert all(finding.title and finding.alt for finding in [*figures, story.right_figure(made)])
        assert len(story.printed(made)) == 4
        assert story.cause_table(made)["events"].sum() == 10
        assert story.missing_table(made).iloc[0]["type"] == "quarterback exit"


def test_facts_without_a_schedule_give_an_empty_study():
    nothing = shock_study(
        {}, marked=pd.read_csv(io.StringIO("event_id,right\nx,yes\n")), given=False, sample=10, seed=0
    )
    assert nothing.events.empty
    assert nothing.checked.changed == 1
    assert shock_claims(nothing, targets=True) == []
