"""``workbench experiment`` with a backtest that only remembers what it was told: what is run, joined, kept and refused.

Tolerances: none.
"""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench.cli import experiment as commands
from workbench.cli.app import app
from workbench.cli.study import run_study
from workbench.errors import SettingsError
from workbench.settings import load_settings
from workbench.stages.studies.latest import latest_runs

WHAT = "what: {what}\nwhy: To see.\nbase: {base}\nseasons: [2023, 2024]\nchanges:\n  {change}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a profile and experiments on it, and a backtest that leaves small frames by what it is told."""
    folder = tmp_path / "params" / "experiments"
    folder.mkdir(parents=True)
    (tmp_path / "params" / "demo.yaml").write_text("league: demo\nlabel: Demo\nsimulated: true\nfirst_season: 2022\n")
    for name, base, change in (
        ("half", "demo", "policy.kelly_fraction: 0.5"),
        ("half_shin", "half", "policy.overround_method: shin"),
        ("late", "demo", "decide_at: wednesday"),
        ("idle", "demo", "policy.kelly_fraction: 0.25"),
    ):
        (folder / f"{name}.yaml").write_text(WHAT.format(what=f"The {name} one.", base=base, change=change))
    monkeypatch.chdir(tmp_path)
    told: list[tuple[str, dict[str, str], str]] = []

    def fake(name, *, profile, changes, force=False, asked_by=""):
        told.append((name, dict(changes), asked_by))
        if name != "backtest":
            return "page"
        key = f"{abs(hash(tuple(sorted(changes.items())))):x}"[:16]
        runs = tmp_path / "artifacts" / "studies" / "backtest" / key
        runs.mkdir(parents=True, exist_ok=True)
        leave_arm(runs, gain=0.5 if "0.5" in str(changes.get("policy.kelly_fraction")) else 0.0)
        (runs / "result.json").write_text("{}")
        return f"artifacts/studies/backtest/{key}/result.json"

    monkeypatch.setattr(commands, "run_study", fake)
    return tmp_path, told


def leave_arm(folder, *, gain):
    when = pd.DataFrame({"season": [2023] * 4 + [2024] * 4, "week": [1, 2, 3, 4] * 2})
    value = gain + np.tile([0.1, -0.1, 0.2, -0.2], 2)
    bets = when.assign(
        clv_points=value, headline=True, profit_units=0.0, stake_units=1.0, base_units=9.0, outcome="win"
    )
    games = when.assign(game_id=[f"g{i}" for i in range(8)], target="win", model=0.5, outcome=1.0)
    for name, frame in (("bets", bets), ("evaluated", games), ("weeks", when)):
        frame.to_parquet(folder / f"main_{name}.parquet")


def done(*words):
    result = CliRunner().invoke(app, ["experiment", *words])
    return result.stdout if result.exit_code == 0 else result.exception


def test_the_list_names_each_with_what_it_asks(project):
    assert [line.split()[0] for line in done("list").splitlines()] == ["half", "half_shin", "idle", "late"]
    assert "The half one." in done("list")


def test_what_is_shown_is_what_is_changed_from_what_to_what(project):
    shown = done("show", "half_shin")
    assert "policy.overround_method: power becomes shin" in shown
    assert "Base    half (profile demo)" in shown
    assert "kelly" not in shown  # the base has changed that


class TestARun:
    def test_tells_both_arms_the_same_but_for_the_change(self, project):
        _, told = project
        done("run", "half_shin")
        (_, base, asked), (_, change, _) = told[:2]
        assert asked == "workbench experiment run half_shin"
        assert set(change.items()) - set(base.items()) == {("policy.overround_method", "shin")}
        assert base["policy.kelly_fraction"] == "0.5"
        assert base["seasons"] == "[2023, 2024]"
        assert base["seed"] == str(load_settings("demo").seed)
        assert (base["wednesday"], base["held_back_hours"], base["decide_at"]) == ("0", "0", "open")

    def test_leaves_a_record_that_names_runs_file_and_hash(self, project):
        root, told = project
        record = json.loads((root / done("run", "half").strip()).read_text())
        assert record["experiment"] == "half"
        assert record["digest"] == commands.planned("half").asked.digest
        assert [arm["arm"] for arm in record["arms"]] == ["base", "change"]
        assert record["changes"] == [{"key": "policy.kelly_fraction", "from": "0.25", "to": "0.5"}]
        assert all((root / "artifacts" / "studies" / "backtest" / arm["run"]).is_dir() for arm in record["arms"])
        assert told[-1][0] == "experiments"
        assert told[-1][1]["results"].endswith("experiments/results")

    def test_runs_every_seed_and_only_what_was_asked(self, project):
        root, told = project
        file = root / "params" / "experiments" / "half.yaml"
        file.write_text(file.read_text() + "seeds: [1, 2]\n")
        done("run", "half", "--set", "compute.workers=1")
        asked = [changes for name, changes, _ in told if name == "backtest"]
        assert [c["seed"] for c in asked] == ["1", "1", "2", "2"]
        assert all(c["compute.workers"] == "1" for c in asked)

    def test_of_an_edited_file_keeps_the_record_of_the_first(self, project):
        root, _ = project
        first = done("run", "half").strip()
        file = root / "params" / "experiments" / "half.yaml"
        file.write_text(file.read_text().replace("To see.", "To look closer."))
        second = done("run", "half").strip()
        assert first != second
        assert (root / first).is_file()
        assert len(list((root / "artifacts" / "demo" / "experiments" / "results").iterdir())) == 2

    def test_at_smoke_size_is_a_trial_kept_apart(self, project):
        root, _ = project
        left = done("run", "half", "--set", "smoke=true").strip()
        assert "/trials/" in left
        assert json.loads((root / left).read_text())["smoke"] is True

    @pytest.mark.parametrize("setting", ["policy.kelly_fraction=0.9", "seasons=[2024]", "seed=4", "draws=100"])
    def test_changes_nothing_from_the_command_line(self, project, setting):
        _, told = project
        refused = done("run", "half", "--set", setting)
        assert isinstance(refused, SettingsError)
        assert "stand in its file" in str(refused)
        assert not told

    def test_that_changes_nothing_at_all_is_refused(self, project):
        refused = done("run", "idle")
        assert isinstance(refused, SettingsError)
        assert "what the base has already: 0.25" in str(refused)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("policy.kelly_fraction: 7", "'policy.kelly_fraction'"),
            ("policy.staking: martingale", "'policy.staking'"),
            ("policy.markets: [spreads]", "'policy.markets"),
        ],
    )
    def test_of_an_ill_typed_change_is_refused_before_anything_runs(self, project, change, said):
        root, told = project
        text = WHAT.format(what="x", base="demo", change=change)
        (root / "params" / "experiments" / "bad.yaml").write_text(text)
        refused = done("run", "bad")
        assert isinstance(refused, SettingsError)
        assert said in str(refused)
        assert not told

    @pytest.mark.parametrize("name", ["../demo", "nothing", "half.yaml"])
    def test_of_what_is_no_experiment_is_refused(self, project, name):
        assert isinstance(done("run", name), SettingsError)


class TestComparing:
    def test_shows_both_changes_on_the_weeks_they_share(self, project):
        for name in ("half", "late"):
            done("run", name)
        shown = done("compare", "late", "half").splitlines()
        price = next(line for line in shown if line.startswith("closing line value"))
        assert [float(word) for word in price.split()[3:6]] == [0.0, 0.5, 0.5]
        assert "2023, 2024" in shown[-1]

    def test_asks_for_what_has_not_been_run(self, project):
        refused = done("compare", "half", "late")
        assert isinstance(refused, SettingsError)
        assert "workbench experiment run half" in str(refused)


def test_an_arm_is_no_ones_latest_run(tmp_path, monkeypatch):
    settings = load_settings("demo").model_copy(update={"artifacts": tmp_path})
    for key, command, finished in (
        ("a", "workbench study backtest --profile demo", "2026-01-01"),
        ("b", "workbench experiment run half", "2026-01-02"),
    ):
        folder = tmp_path / "studies" / "backtest" / key
        folder.mkdir(parents=True)
        made = {"league": "demo", "command": command, "finished": finished, "parameters": {}}
        (folder / "result.json").write_text(json.dumps(made))
    assert latest_runs(settings)["backtest"].name == "a"


def test_a_part_of_something_larger_publishes_no_page_and_says_who_asked(tmp_path, monkeypatch):
    seen = {}

    def fake_steps(steps, *, hooks, environment, **_):
        seen.update(hooks=hooks, environment=environment)
        return [type("Done", (), {"key": "k"})()]

    monkeypatch.setattr("workbench.cli.study.run_steps", fake_steps)
    changes = {"artifacts": str(tmp_path)}
    plain = run_study("forecast_skill", profile="demo", changes=changes)
    published = seen["hooks"].on_executed
    assert run_study("forecast_skill", profile="demo", changes=changes, asked_by="workbench experiment run x") == plain
    assert "workbench experiment run x" in seen["environment"].values()
    assert seen["hooks"].on_executed is not published
    assert seen["hooks"].on_executed.__name__ != "publish"
