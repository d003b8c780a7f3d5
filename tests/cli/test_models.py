"""`workbench models`: what it lists, says, changes and returns."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from workbench import cli
from workbench.cli.week import ask
from workbench.lifecycle.registry import ModelDecision, TrainedModel, open_registry
from workbench.settings import Settings

NAME = "rushing_yards@2024"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an empty project, in whose folder we are."""
    for name in [n for n in os.environ if n.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    (tmp_path / "params").mkdir()
    for league in ("demo", "nfl"):
        (tmp_path / "params" / f"{league}.yaml").write_text(f"league: {league}\nlabel: The {league} league\n")
    monkeypatch.chdir(tmp_path)
    return ask("nfl", overrides={}).settings


@pytest.fixture
def command(settings, capfd, monkeypatch):
    """Runs a command and gives (exit, out, error)."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, error = capfd.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, error

    return run


@pytest.fixture
def two(settings: Settings) -> Settings:
    """Two versions of one model, the first champion; a decision about it."""
    with open_registry(settings) as registry:
        for number in (1, 2):
            model = TrainedModel(
                name=NAME, features=("carries", "spread"), training_seasons=range(2002, 2023),
                data_hash=f"rows-{number}", model={"network": "two_layer"}, revision="abc123",
                arrays={"w": np.full((2, 3), float(number))},
                metrics={"mae": 19.1, "coverage_90": {"value": 0.9, "low": 0.88, "high": 0.92}},
            )  # fmt: skip
            registry.register(model, by="04_bnn_calibration")
        decision = ModelDecision(
            name=NAME, version=1, season=2024, week=7, decision="recalibrate", evidence={"n": 412}, run_key="k1"
        )
        registry.record(decision)
    return settings


def champion(settings: Settings) -> int:
    with open_registry(settings) as registry:
        return registry.required(NAME).version


class TestTheList:
    def test_names_every_version_its_alias_seasons_metric_and_day(self, two, command):
        code, out, error = command("models", "--profile", "nfl")
        assert (code, error) == (0, "")
        title, first, second = out.splitlines()
        assert title.split("  ")[0] == "model"
        assert first.split()[:3] == [NAME, "1", "champion"]
        assert second.split()[:3] == [NAME, "2", "challenger"]
        assert "2002-2022   coverage_90 0.9 (0.88 to 0.92)  20" in first

    def test_says_what_makes_the_first_and_makes_no_ledger(self, command, settings):
        code, out, _ = command("models", "--profile", "nfl")
        assert code == 0
        assert out == (
            "No models are registered for The nfl league yet: 04_bnn_calibration trains the season's and registers "
            "them. `workbench run 04_bnn_calibration --profile nfl`.\n"
        )
        assert not settings.league_artifacts.exists()

    def test_leagues_do_not_see_one_another(self, two, command):
        assert "No models" in command("models", "--profile", "demo")[1]


class TestPromotionAndRollback:
    def test_promote_then_back_then_back_again(self, two, command):
        code, out, _ = command("models", "promote", NAME, "--profile", "nfl", "--why", "covers better")
        assert (code, champion(two)) == (0, 2)
        back = f"`workbench models rollback {NAME} --profile nfl`"
        assert out == f"{NAME}: version 2 is champion now, it was 1. {back} goes back.\n"
        code, out, _ = command("models", "rollback", NAME, "--profile", "nfl")
        assert (code, champion(two)) == (0, 1)
        assert out == f"{NAME}: version 1 is champion now, it was 2. The next week takes it.\n"
        code, out, _ = command("models", "rollback", NAME, "--profile", "nfl")
        assert (code, champion(two)) == (0, 1)
        assert f"{NAME} stays at version 1" in out
        assert "models promote" in out

    def test_the_champion_promoted_again_is_said_to_be_champion(self, two, command):
        code, out, _ = command("models", "promote", NAME, "1", "--profile", "nfl")
        assert (code, out) == (0, f"{NAME} version 1 is champion already: nothing was changed.\n")

    def test_options_before_the_verb_are_refused_for_they_might_mean_another_league(self, two, command):
        code, _, error = command("models", "--profile", "nfl", "promote", NAME)
        assert (code, champion(two)) == (2, 1)
        assert error == ("workbench: Options stand after the verb: `workbench models promote NAME --profile nfl`.\n")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("rollback", "passing_yards@2024"), f"has no model 'passing_yards@2024'. It has: {NAME}."),
            (("show", "passing_yards@2024"), f"has no model 'passing_yards@2024'. It has: {NAME}."),
            (("promote", NAME, "7"), f"{NAME} has no version 7. It has: 1, 2."),
        ],
    )
    def test_what_there_is_not_is_said_in_one_line_with_what_there_is(self, two, command, words, said):
        code, out, error = command("models", *words, "--profile", "nfl")
        assert (code, out, error.count("\n")) == (1, "", 1)
        assert said in error

    def test_a_version_with_damaged_files_is_not_promoted(self, two, command):
        for path in two.league_artifacts.glob("models/*/*/posterior.nc"):
            path.unlink()
        code, _, error = command("models", "promote", NAME, "--profile", "nfl")
        assert (code, champion(two)) == (1, 1)
        assert "cannot be champion" in error
        assert "restore the files" in error


class TestShow:
    def test_tells_versions_facts_history_and_decisions(self, two, command, tmp_path):
        command("models", "promote", NAME, "--profile", "nfl", "--why", "covers better")
        code, out, _ = command("models", "show", NAME, "--profile", "nfl")
        assert code == 0
        for said in ("version 2, content", "carries, spread", "coverage_90 0.9 (0.88 to 0.92)", "rows-2", "as written"):
            assert said in out
        assert [line.split()[2:4] for line in out.splitlines() if "04_bnn_calibration" in line] == [
            ["registered", "champion"], ["registered", "challenger"],
        ]  # fmt: skip
        assert "1 -> 2" in out
        assert "covers better" in out
        assert "2024 week 7  1        recalibrate  k1" in out
        assert str(tmp_path) not in out


class TestDoctor:
    @pytest.fixture(autouse=True)
    def _sources(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.setattr("workbench.data.ingest.probe", lambda settings, *, root: [("nflverse", True, "it answers")])

    def test_the_models_in_use_are_counted(self, two, command):
        assert "models: 2 in use, files as written" in command("doctor", "--profile", "nfl")[1]
        assert "models: 0 in use" in command("doctor", "--profile", "demo")[1]

    def test_a_damaged_model_is_named_with_what_to_do(self, two, command):
        next(two.league_artifacts.glob("models/*/*/posterior.nc")).unlink()
        code, out, _ = command("doctor", "--profile", "nfl")
        assert code == 1
        assert "models: files gone or changed: rushing_yards@2024 version" in out
        assert "models promote NAME VERSION" in out


def test_help_lists_the_models_and_imports_no_ledger():
    code = (
        "import sys, workbench.cli.app\n"
        "print([m for m in ('workbench.lifecycle.registry', 'sqlalchemy', 'pandas', 'numpy') if m in sys.modules])\n"
        "print('models' in [g.name for g in workbench.cli.app.app.registered_groups])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True"]
