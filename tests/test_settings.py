"""Settings: four layers, each key typed, refused when unknown, and knowing where it came from."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from workbench.errors import SettingsError
from workbench.features.player_yards.targets import TARGETS
from workbench.settings import Settings, known_keys, load_settings, settings_from_environment

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with one profile; nothing of the machine's environment."""
    for name in [n for n in __import__("os").environ if n.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "demo.yaml").write_text(
        "league: demo\ndraws: 2000\npolicy:\n  cap_week: 0.10\n  books: [a, b]\nmodel:\n  home_points: 2.2\n"
        "artifacts: kept\nsources:\n  lines:\n    base: lines\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestLayers:
    def test_the_profile_lies_over_the_defaults(self, project):
        settings = load_settings("demo")
        assert settings.draws == 2000
        assert settings.policy.cap_week == 0.10
        assert settings.policy.books == ("a", "b")
        assert settings.policy.cap_bet == 0.025

    def test_the_environment_lies_over_the_profile(self, project, monkeypatch):
        monkeypatch.setenv("WORKBENCH__POLICY__CAP_WEEK", "0.2")
        monkeypatch.setenv("WORKBENCH__DRAWS", "3000")
        settings = load_settings("demo")
        assert (settings.policy.cap_week, settings.draws) == (0.2, 3000)

    def test_the_command_line_lies_over_all(self, project, monkeypatch):
        monkeypatch.setenv("WORKBENCH__DRAWS", "3000")
        assert load_settings("demo", overrides={"draws": "4000"}).draws == 4000

    def test_each_key_knows_where_it_came_from(self, project, monkeypatch):
        monkeypatch.setenv("WORKBENCH__POLICY__CAP_WEEK", "0.2")
        origins = load_settings("demo", overrides={"draws": "4000"}).origins
        assert origins["seed"] == "default"
        assert origins["model.home_points"] == "params/demo.yaml"
        assert origins["policy.cap_week"] == "environment"
        assert origins["draws"] == "--set"
        assert set(origins) >= set(known_keys())

    def test_text_is_read_as_the_type_of_its_key(self, project):
        settings = load_settings(
            "demo",
            overrides={
                "simulated": "true",
                "policy.markets": "spread, total",
                "model.home_points": "1.5",
                "ledger": "12",
                "runner.prestart": "no",
                "calibration.targets": "passing_yards, receiving_yards_te",
            },
        )
        assert settings.simulated is True
        assert settings.policy.markets == ("spread", "total")
        assert settings.model["home_points"] == 1.5
        assert settings.ledger == "12"
        assert settings.runner.prestart is False
        assert settings.calibration.targets == ("passing_yards", "receiving_yards_te")


class TestFolders:
    def test_a_profiles_folders_are_taken_from_the_project(self, project, monkeypatch):
        (project / "deep" / "er").mkdir(parents=True)
        monkeypatch.chdir(project / "deep" / "er")
        settings = load_settings("demo")
        assert settings.artifacts == project / "kept"
        assert settings.reports == project / "reports"
        assert settings.sources.lines.base == str(project / "lines")

    def test_typed_folders_are_taken_from_the_current_one(self, project, monkeypatch):
        (project / "deep").mkdir()
        monkeypatch.chdir(project / "deep")
        settings = load_settings("demo", overrides={"sources.lines.base": "../elsewhere", "artifacts": "here"})
        assert settings.sources.lines.base == str(project / "elsewhere")
        assert settings.league_artifacts == project / "deep" / "here" / "demo"

    def test_an_address_and_an_empty_base_stay_as_they_are(self, project):
        typed = {"sources.nflverse.base": "https://example.org/data", "sources.lines.base": ""}
        sources = load_settings("demo", overrides=typed).sources
        assert sources.nflverse.base == "https://example.org/data"
        assert sources.lines.base == ""


class TestRefusals:
    @pytest.mark.parametrize(
        ("key", "nearest"),
        [
            ("polcy.cap_week", "policy.cap_week"),
            ("policy.cap_wek", "policy.cap_week"),
            ("cap_week", "policy.cap_week"),
            ("artifact", "artifacts"),
            ("model.home_point", "model.home_points"),
        ],
    )
    def test_an_unknown_key_is_refused_and_the_nearest_named(self, project, key, nearest):
        with pytest.raises(SettingsError) as refused:
            load_settings("demo", overrides={key: "1"})
        assert str(refused.value) == f"There is no setting {key!r} (from --set). Did you mean {nearest!r}?"

    def test_a_key_like_no_other_names_its_section(self, project):
        with pytest.raises(SettingsError, match=r"Known: sources.lines.base"):
            load_settings("demo", overrides={"sources.lines.zzz": "1"})

    def test_a_section_is_no_setting(self, project):
        with pytest.raises(SettingsError, match=r"It is a section: sources.odds_api.base"):
            load_settings("demo", overrides={"sources.odds_api": "x"})

    @pytest.mark.parametrize(
        ("key", "value", "reason"),
        [
            ("policy.cap_week", "two", "valid number"),
            ("policy.cap_week", "2", "less than or equal to 1"),
            ("draws", "10.5", "valid integer"),
            ("decide_at", "friday", "'wednesday' or 'open'"),
            ("policy.markets", "spread,corners", "'moneyline' or '1x2'"),
            ("simulated", "perhaps", "valid boolean"),
            ("default_week", "0", "greater than or equal to 1"),
            ("calibration.targets", "rushing_yards,punting_yards", "'receiving_yards_te' or 'passing_yards'"),
            ("calibration.workers", "0", "greater than or equal to 1"),
        ],
    )
    def test_an_ill_typed_value_is_refused_with_its_key_and_origin(self, project, key, value, reason):
        with pytest.raises(SettingsError) as refused:
            load_settings("demo", overrides={key: value})
        assert f"Setting {key!r} (from --set) got" in str(refused.value)
        assert reason in str(refused.value)

    def test_the_environments_mistakes_are_named_as_such(self, project, monkeypatch):
        monkeypatch.setenv("WORKBENCH__POLICY__CAP_WEAK", "0.2")
        with pytest.raises(SettingsError, match=r"'policy.cap_weak' \(from environment\)"):
            load_settings("demo")

    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("draws: '2000'\n", r"Setting 'draws' \(from params/demo.yaml\) got '2000'"),
            ("draws: true\n", r"Setting 'draws' \(from params/demo.yaml\) got 'True'"),
            ("drows: 2000\n", r"'drows' \(from params/demo.yaml\). Did you mean 'draws'"),
            ("- draws\n", "must hold `key: value` lines, got list"),
            ("draws: [\n", "params/demo.yaml is not YAML"),
            ("draws: !!python/object/apply:os.getcwd []\n", "is not YAML"),
        ],
    )
    def test_a_profiles_mistakes_are_named_as_such(self, project, text, rule):
        (project / "params" / "demo.yaml").write_text(text)
        with pytest.raises(SettingsError, match=rule):
            load_settings("demo")

    def test_an_unknown_profile_is_refused_and_the_nearest_named(self, project):
        with pytest.raises(SettingsError, match=r"There is no profile 'dem'. Did you mean 'demo'"):
            load_settings("dem")

    def test_settings_are_frozen(self, project):
        with pytest.raises(ValueError, match="frozen"):
            load_settings("demo").draws = 5


class TestSecrets:
    def test_a_key_pasted_where_its_variables_name_belongs_is_refused_and_not_shown(self, project):
        with pytest.raises(SettingsError) as refused:
            load_settings("demo", overrides={"sources.odds_api.key_env": "0a1b2c3d"})
        assert "0a1b2c3d" not in str(refused.value)
        assert "sources.odds_api.key_env" in str(refused.value)

    def test_a_secret_is_never_written(self, project, monkeypatch):
        monkeypatch.setenv("ODDS_API_KEY", "0a1b2c3d")
        settings = load_settings("demo")
        assert settings.secrets() == ("0a1b2c3d",)
        assert "0a1b2c3d" not in f"{settings!r} {settings.to_json()} {settings.shown()} {settings.keyed()}"

    def test_a_ledgers_password_is_shown_to_nobody(self, project):
        url = "postgresql+psycopg://reader:pass-word@localhost:5432/ledger"
        settings = load_settings("demo", overrides={"ledger": url})
        assert settings.shown()["ledger"] == ("postgresql+psycopg://reader:***@localhost:5432/ledger", "--set")
        assert settings.secrets() == ("pass-word",)
        assert settings.ledger_url == url
        assert "pass-word" not in json.dumps(settings.keyed())


class TestHandingOver:
    def test_a_kernel_sees_the_same_settings_and_origins(self, project, monkeypatch):
        settings = load_settings("demo", overrides={"draws": "777", "policy.books": "x,y"})
        monkeypatch.setenv("WORKBENCH_SETTINGS", settings.to_json())
        seen = settings_from_environment(profile="nobody")
        assert seen == settings
        assert seen.origins == settings.origins

    def test_outside_a_run_a_profile_is_loaded(self, project):
        assert settings_from_environment(profile="demo") == load_settings("demo")

    def test_folders_sources_and_how_it_is_run_do_not_enter_the_key(self, project):
        plain = load_settings("demo").keyed()
        moved = {
            "artifacts": "a",
            "reports": "r",
            "ledger": "sqlite:///x",
            "sources.nflverse.base": "/mnt/data",
            "runner.prestart": "false",
            "label": "L",
        }
        assert load_settings("demo", overrides=moved).keyed() == plain
        assert load_settings("demo", overrides={"draws": "700"}).keyed() != plain
        assert load_settings("demo", overrides={"calibration.targets": "passing_yards"}).keyed() != plain

    def test_the_ledger_lies_beside_its_league(self, project):
        assert load_settings("demo").ledger_url == f"sqlite:///{project / 'kept' / 'demo' / 'ledger.sqlite'}"

    @hypothesis_settings(max_examples=15, deadline=None)
    @given(st.floats(0, 1), st.integers(100, 10**6), st.sampled_from(["wednesday", "open"]))
    def test_settings_come_back_as_they_went(self, cap, draws, decide_at):
        settings = Settings.model_validate({"policy": {"cap_week": cap}, "draws": draws, "decide_at": decide_at})
        assert Settings.from_json(settings.to_json()) == settings


def test_every_target_there_is_may_be_forecast():
    assert Settings.model_validate({"calibration": {"targets": tuple(TARGETS)}}).calibration.targets == tuple(TARGETS)


@pytest.mark.parametrize("profile", ["demo", "nfl"])
def test_the_profiles_that_are_shipped_load(profile, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    settings = load_settings(profile)
    assert settings.league == profile
    assert settings.simulated == (profile == "demo")
