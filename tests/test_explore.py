"""One week opened for exploring, as a person at a notebook does it: over the demo week that the suite ran once."""

import re
import subprocess
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench.errors import LeakageError, MissingArtifactError, ParameterError, SettingsError, StoreError
from workbench.stages.catalogue import STAGES
from workbench.store import runs


@pytest.fixture
def week(demo_week: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(demo_week.folder)
    return wb.open_week(2024, 10, profile="demo")


def test_nothing_is_read_before_it_is_asked_for_and_each_table_once(week: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    path = runs.RunStore.path

    def watched(store: runs.RunStore, manifest: runs.Manifest, name: str) -> Any:
        asked.append(name)
        return path(store, manifest, name)

    monkeypatch.setattr(runs.RunStore, "path", watched)
    repr(week)
    week._repr_html_()
    assert asked == []
    first = week.picks
    assert asked == ["picks.csv"]
    assert week.picks is first
    assert asked == ["picks.csv"]


def test_importing_the_package_imports_nothing_heavy(demo_week: Any) -> None:
    done: subprocess.CompletedProcess[str] = demo_week.python(
        "import sys, workbench; print([m for m in ('pandas', 'numpy', 'duckdb') if m in sys.modules])"
    )
    assert done.stdout == "[]\n", done.stderr


def test_the_tables_of_a_week_fit_together(week: Any) -> None:
    games = set(week.games["game_id"])
    assert len(games) == len(week.games) > 0
    assert set(week.simulations["game_id"]) <= games
    assert set(week.prices["game_id"]) <= games
    assert len(week.picks) == len(week.grades) > 0
    assert set(week.ratings["team"]) == {*week.games["home_team"], *week.games["away_team"]}
    assert {"n", "standard_error", "weight"} <= set(week.profiles.columns)
    weights = week.simulations.groupby("game_id", observed=True)["weight"].sum()
    assert weights.to_list() == pytest.approx([1.0] * len(games), abs=1e-9)  # float64 sums of 1,000 draws
    assert week.quality["tables"]


def test_the_facts_come_as_of_an_instant_and_never_later(week: Any) -> None:
    wednesday = "2024-11-06T17:00Z"
    view = week.facts(wednesday)
    assert (view.table("results")["known_at"] <= pd.Timestamp(wednesday)).all()
    assert len(view.table("results")) < len(week.facts().table("results"))
    with pytest.raises(LeakageError):
        view.earlier(pd.Timestamp("2024-11-08", tz="UTC"))


def test_it_shows_itself_in_a_notebook_and_in_a_terminal(week: Any) -> None:
    assert "2024 week 10" in repr(week)
    assert f"{len(STAGES)} of {len(STAGES)} have run" in repr(week)
    shown = week._repr_html_()
    assert "simulated league" in shown
    assert len(re.findall("<tr", shown)) == 1 + len(STAGES)  # below their heading
    assert list(week.stages["status"].ne("not run")) == [True] * len(STAGES)
    assert "margins" in repr(week.figures)


def test_every_figure_tells_its_finding_and_saves_as_pdf(week: Any, tmp_path: Any) -> None:
    game = week.simulations["game_id"].iloc[0]
    for number, drawn in enumerate(
        (
            week.figures.ratings(),
            week.figures.shrinkage(),
            week.figures.margins(str(game)),
            week.figures.closing_line_value(),
        )
    ):
        file = tmp_path / f"{number}.pdf"
        drawn.save(file)
        assert file.read_bytes().startswith(b"%PDF")
        assert drawn.title
        assert drawn.alt


def test_a_game_that_was_not_simulated_is_refused_with_those_that_were(week: Any) -> None:
    with pytest.raises(MissingArtifactError, match="Simulated: 2024_10_"):
        week.figures.margins("2024_10_NO_NE")


def test_a_week_that_did_not_run_names_the_command(week: Any, demo_week: Any) -> None:
    other = wb.open_week(2024, 5, profile="demo")
    assert f"0 of {len(STAGES)} have run" in repr(other)
    assert set(other.stages["status"]) == {"not run"}
    with pytest.raises(MissingArtifactError, match=r"Run `workbench run 06_simulate --season 2024 --week 5` first"):
        _ = other.prices


def test_a_file_that_was_changed_is_refused(demo_copy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo_copy.folder)
    opened = wb.open_week(2024, 10, profile="demo")
    path = opened._store.path(opened._manifest("07_publish_picks"), "picks.csv")
    path.chmod(0o644)
    path.write_text(path.read_text().replace("2024", "2025", 1))
    with pytest.raises(StoreError, match=r"'picks\.csv' of 07_publish_picks is not what was written"):
        _ = opened.picks


def test_an_unknown_profile_or_setting_is_refused(week: Any) -> None:
    with pytest.raises(SettingsError, match="Did you mean 'demo'"):
        wb.open_week(2024, 10, profile="dem")
    with pytest.raises(SettingsError, match="Did you mean 'draws'"):
        wb.open_week(2024, 10, settings={"drows": "3"})


def test_the_effect_library_is_looked_up_and_drawn(week: Any) -> None:
    known = week.library.query("level != 'league' and outcome == 'margin'").iloc[0]
    entry = week.effect_of(known["type"], severity=known["severity_band"], position=known["position"])
    assert entry.low <= entry.effect <= entry.high
    assert entry.n >= 5
    assert {"game", "after_close"} <= set(week.effects["number"])
    assert week.figures.effects().title
    with pytest.raises(ParameterError, match="injury"):
        week.effect_of("injry")


def test_the_weeks_intervals_are_read_and_drawn(week: Any) -> None:
    table = week.intervals
    assert set(table["target"]) == {"rushing_yards"}
    assert table["mean"].is_monotonic_decreasing
    for low, high in (("low_90", "low_50"), ("low_50", "median"), ("median", "high_50"), ("high_50", "high_90")):
        assert (table[low] <= table[high]).all()
    assert set(table["game_id"]) <= set(week.games["game_id"])
    drawn = week.figures.intervals()
    assert drawn.title == f"{len(table)} players, rushing yards"
    first = table.iloc[0]
    assert drawn.figure.axes[0].get_yticklabels()[0].get_text() == f"{first['player_name']} ({first['team']})"
    assert "intervals" in repr(week)
    assert ".intervals()" in repr(week.figures)


def test_yards_that_were_not_forecast_have_no_figure_but_those_that_were_are_named(week: Any) -> None:
    with pytest.raises(MissingArtifactError, match=r"'passing_yards'.*Forecast: rushing_yards"):
        week.figures.intervals("passing_yards")
