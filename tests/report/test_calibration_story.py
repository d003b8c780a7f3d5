"""What the calibration page says: true when nothing is known, when coverage is below, and with a challenger."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.bayes.conformal.intervals import mid_intervals
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.clock import Week
from workbench.features.player_yards.targets import target_named
from workbench.intervals import clustered_mean
from workbench.lifecycle.recalibrate import RecalibrationPath, RecalibrationPolicy
from workbench.lifecycle.versions import ModelVersion
from workbench.report.stories import calibration as story
from workbench.stages.calibration.challenge import Challenge
from workbench.stages.calibration.week import Calibration, TargetCalibration

AS_OF = pd.Timestamp("2024-11-06T17:00Z")


def version(number: int = 1) -> ModelVersion:
    metric = {"value": 13.4, "low": 12.9, "high": 13.9, "unit": "yards"}
    return ModelVersion(
        league="nfl", name="rushing_yards@2024", version=number, created_at=AS_OF, content_hash="c", data_hash="d",
        features=("share",), training_seasons=(2020, 2021, 2022), sampler={}, revision="abc", source_digest="s",
        metrics={"coverage_90": {"value": 0.91, "low": 0.89, "high": 0.93, "unit": "share"}, "crps": metric,
                 "mae": metric, "crps_boosted": metric | {"value": 13.6}, "mae_boosted": metric}, files={},
    )  # fmt: skip


def weeks(decision: str = "kept", *, covered: float = 0.91, rows: int = 250) -> pd.DataFrame:
    low, high = (covered - 0.03, covered + 0.03) if rows else (np.nan, np.nan)
    row = {
        "season": 2024, "week": 10, "rows": 60, "rows_seen": rows, "games_seen": 50, "coverage": covered, "low": low,
        "high": high, "distance": covered - 0.9, "triggered": decision == "recalibrated", "decision": decision,
        "way": "pit" if decision == "recalibrated" else "none", "evidence": "What was seen.",
    }  # fmt: skip
    return pd.DataFrame([row])


def curves(covered: float = 0.905, mean_alone: float = 0.22) -> pd.DataFrame:
    rows = [("as delivered", 0.9, covered), ("the network as it is", 0.9, 0.92), ("its mean alone", 0.9, mean_alone)]
    frame = pd.DataFrame(rows, columns=["method", "level", "covered"])
    return frame.assign(low=frame["covered"] - 0.012, high=frame["covered"] + 0.012)


def cells(*verdicts: str) -> pd.DataFrame:
    rows = [
        {"by": "all", "cell": "all", "verdict": "inside"}, {"by": "position", "cell": "RB", "verdict": "inside"},
        {"by": "role", "cell": "lead", "verdict": verdicts[0] if verdicts else "inside"},
        {"by": "decile", "cell": "10 of 10", "verdict": verdicts[1] if len(verdicts) > 1 else "meets"},
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(rows=300, games=90, mid_coverage=0.9, low=0.87, high=0.93, width=88.0)
    frame.loc[frame["verdict"].isin(["outside", "misses"]), "mid_coverage"] = 0.81
    return frame


def players(n: int = 2) -> pd.DataFrame:
    frame = pd.DataFrame({
        "player_id": ["p1", "p2"], "player_name": ["R. Back", "S. Back"], "position": "RB", "team": "KC",
        "opponent": "DEN", "game_id": "g", "role": "lead", "yards": np.nan, "median": [71, 30], "mean": [75.2, 34.0],
        "low_50": [45, 12], "high_50": [100, 50], "low_90": [12, 0], "high_90": [152, 99],
    })  # fmt: skip
    return frame.head(n)


def part(name: str = "rushing_yards", **changes: Any) -> TargetCalibration:
    said = IntegerForecast(Support(0, 1), np.array([[0.5, 1.0]]))
    path = RecalibrationPath(changes.pop("weeks", weeks()), said, mid_intervals(said, 0.9), RecalibrationPolicy())
    whole = TargetCalibration(
        target=target_named(name), version=version(), trained_now=False, reason="trained before", challenge=None,
        path=path, curves=curves(), cells=cells(), pit=np.linspace(0, 1, 101), players=players(),
        excluded=pd.DataFrame({"reason": ["inactive"], "season": [2024], "n": [12]}), notes=("There are no quotes.",),
    )  # fmt: skip
    return replace(whole, **changes)


def result(*parts: TargetCalibration, waiting: dict[str, str] | None = None) -> Calibration:
    return Calibration(AS_OF, Week(2024, 10), parts, waiting or {})


def unknown() -> TargetCalibration:
    """Nothing has met its outcome, nobody plays."""
    return part(
        weeks=weeks("too few rows", covered=np.nan, rows=0), curves=curves().iloc[:0], cells=cells().iloc[:0],
        pit=np.array([]), players=players(0), excluded=part().excluded.iloc[:0], notes=(),
    )  # fmt: skip


class TestSentences:
    def test_of_a_quiet_week(self):
        assert story.findings(result(part())) == [
            "Rushing yards of running backs: before 2024, week 10, 91.0\u202f% (95\u202f% interval 88.0 to "
            "94.0\u202f%) of 250 intervals at 90 % had held, so the forecasts were delivered as they are.",
            "Over last season and this one, as delivered, 90.5\u202f% (95\u202f% interval 89.3 to 91.7\u202f%) of 90 % "
            "intervals held, not told apart from 90 %.",
            "Had the interval been that of the network's mean, 22.0\u202f% (95\u202f% interval 20.8 to 23.2\u202f%) "
            "would have held: most of a player's yards is luck that no mean knows.",
            "None of 3 cells by size, position, role, experience, season and site is shown to lie more than five "
            "points off.",
        ]

    @pytest.mark.parametrize(
        ("covered", "verdict"), [(0.86, "below 90 %."), (0.905, "not told apart from 90 %."), (0.94, "above 90 %.")]
    )
    def test_of_coverage_say_which_side_of_the_promise_it_lies(self, covered, verdict):
        assert story.findings(result(part(curves=curves(covered))))[1].endswith(verdict)

    def test_of_a_recalibration_say_what_was_seen_and_how_it_was_mended(self):
        said = story.findings(result(part(weeks=weeks("recalibrated", covered=0.82))))[0]
        assert "82.0" in said
        assert said.endswith("so they were recalibrated (pit).")

    def test_of_a_mean_that_holds_much_blame_no_luck(self):
        said = story.findings(result(part(curves=curves(mean_alone=0.88))))[2]
        assert said.startswith("Had the interval been that of the network's mean, 88.0")
        assert said.endswith("would have held.")

    def test_of_too_few_rows_say_that_nothing_was_changed(self):
        said = story.findings(result(part(weeks=weeks("too few rows", rows=40))))[0]
        assert said.endswith("of 40 intervals at 90 % had held, too few rows to decide on, so nothing was changed.")

    def test_where_nothing_is_known_claim_nothing(self):
        assert story.findings(result(unknown())) == [
            "Rushing yards of running backs: before 2024, week 10, no interval had met its outcome, so nothing was "
            "changed."
        ]

    def test_name_cells_that_are_off(self):
        said = story.findings(result(part(cells=cells("outside", "misses"))))[-1]
        assert said == (
            "2 of 3 cells lie more than five points off: role lead 81\u202f% and tenth 10 by forecast 81\u202f%."
        )

    @pytest.mark.parametrize(("gain", "shown"), [(0.4, "+0.40"), (-0.4, "−0.40")])
    def test_of_a_challenger_give_its_gain_with_its_sign_and_the_command(self, gain, shown):
        values = clustered_mean(gain + np.array([0.02, -0.02, 0.01, -0.01]), [1, 1, 2, 2])
        said = story.findings(result(part(challenge=Challenge(version(2), values))))[-1]
        assert said.startswith("Version 2 challenges version 1: its CRPS is lower by ")
        assert shown in said
        assert "on 4 player-games" in said
        assert "`workbench models promote rushing_yards@2024` would make it champion." in said

    def test_of_what_waits_come_first_with_the_reason(self):
        found = result(part(), waiting={"passing_yards": "No player-game of 2023 is known."})
        assert story.findings(found)[0] == "passing_yards: No player-game of 2023 is known."
        assert story.status(found) == "complete"

    def test_of_a_league_without_any_target_are_its_reasons_alone(self):
        found = result(waiting={"rushing_yards": "No player-game to 2020 is known."})
        assert story.status(found) == "waiting"
        assert story.findings(found) == ["rushing_yards: No player-game to 2020 is known."]
        assert story.numbers(found) == []
        assert story.notes(found) == []
        assert story.for_print(found) == []


class TestNumbers:
    def test_are_of_the_first_target_in_full_and_of_others_what_they_hold(self):
        strip = story.numbers(result(part(), part("receiving_yards")))
        assert [n.label for n in strip] == [
            "90 % intervals hold", "Its mean's would hold", "Seen before this week", "CRPS", "MAE", "Players forecast",
            "90 % intervals hold, receiving yards of wide receivers",
        ]  # fmt: skip
        assert [strip[0].value, strip[0].low, strip[0].high] == pytest.approx([0.905, 0.893, 0.917], abs=1e-12)
        assert strip[5].value == 2.0

    def test_that_are_unknown_are_null(self):
        strip = {n.label: n.as_dict() for n in story.numbers(result(unknown()))}
        assert strip["90 % intervals hold"]["value"] is None
        assert strip["Seen before this week"]["value"] is None
        assert strip["Players forecast"]["value"] == 0.0


class TestFigures:
    def test_say_their_finding(self):
        whole = part()
        shown = result(whole)
        assert story.players(whole, shown).title == (
            "R. Back is expected to gain most: 71 yards, nine times in ten 12 to 152"
        )
        assert story.curves(whole, shown).title == "Of 90 % intervals 90.5\u202f% hold"
        assert story.decisions(whole, shown).title == "Recalibrated before 0 of 1 week"
        assert story.cell_coverage(whole, shown).title == "No cell is shown to be more than five points off"
        assert story.transforms(whole, shown).title.startswith("10\u202f% of outcomes fell in the lowest tenth")

    def test_count_the_cells_that_are_off(self):
        off = part(cells=cells("outside"))
        found = story.cell_coverage(off, result(off))
        assert found.title == "1 of 3 cells more than five points off"
        assert "role lead" in found.alt

    @pytest.mark.parametrize("name", ["players", "curves", "transforms", "decisions", "cell_coverage"])
    def test_wait_where_nothing_is_known_and_claim_nothing(self, name):
        bare = unknown()
        found = getattr(story, name)(bare, result(bare))
        assert not found.figure.axes[0].axison
        assert "nan" not in found.title
        assert "No cell" not in found.title

    @pytest.mark.parametrize("name", ["players", "curves", "transforms", "decisions", "cell_coverage"])
    def test_say_whose_yards_and_as_of_when(self, name):
        whole = part("receiving_yards")
        found = getattr(story, name)(whole, result(whole))
        assert found.subtitle.startswith("receiving yards of wide receivers, ")
        assert "as of Wed 6 Nov 2024" in found.subtitle

    def test_of_several_targets_stand_one_under_the_other(self):
        block = story.each(result(part(), part("receiving_yards")), story.curves)
        assert str(block.html).count("<figure") == 2


class TestTables:
    def test_show_yards_only_where_some_are_known(self):
        waiting, played = part(), part(players=players().assign(yards=[80.0, np.nan]))
        assert "yards" not in story.player_table(waiting).columns
        assert story.player_table(played)["yards"].to_list()[0] == 80.0

    def test_set_the_champion_beside_the_baselines(self):
        table = story.metric_table(part())
        assert table["method"].to_list() == ["network", "boosted"]
        assert table["crps"].to_list() == [13.4, 13.6]

    def test_name_what_the_model_was_trained_on_and_why_it_stands(self):
        entry = story.model_table(part()).set_index("entry")["value"]
        assert entry["trained on"] == "2020–2022"
        assert entry["why"] == "trained before"

    def test_are_one_a_target_and_are_made_of_nothing_too(self):
        for made in (story.player_tables, story.evidence_tables, story.model_tables, story.metric_tables):
            assert str(made(result(part(), part("receiving_yards"))).html).count("<table") == 2
            assert "Nothing to show." in str(made(result()).html)
        assert "No rows." in str(story.player_tables(result(unknown())).html)

    def test_notes_count_who_was_left_out(self):
        assert story.notes(result(part())) == [
            "Rushing yards of running backs: inactive: 12 player-games",
            "Rushing yards of running backs: There are no quotes.",
        ]

    def test_for_print_are_two_figures_and_a_table_a_target(self):
        items = story.for_print(result(part(), part("receiving_yards")))
        assert len(items) == 6
        assert len({item.name for item in items}) == 6
