"""Both studies at smoke size on the demo league, through the command line; and what a study refuses.

Tolerances: none; what is compared is equal or of a stated form.
"""

import json
import re

import numpy as np
import pandas as pd
import pytest

from workbench.cli.study import list_studies, run_study
from workbench.errors import FormatError, SettingsError, ValidationError
from workbench.settings import Policy
from workbench.simulate.score_model import ScoreModel
from workbench.stages.studies.catalogue import STUDIES, study_named
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.forecast_skill import gap_share, paired_gain, wednesday_lines
from workbench.stages.studies.keys import content_digest, given_path
from workbench.stages.studies.peers import read_peers
from workbench.stages.studies.reference_drives import drives_of_actions, read_reference_drives
from workbench.stages.studies.simulation import season_models
from workbench.store.frames import FrameAsOf

NAMES = [study.name for study in STUDIES]


#: Studies that hand ``workers`` to nothing but samplers whose draws are the same for any number of them
#: (tests/bayes/sampling): a second process would only compile every network anew.
IN_ONE_PROCESS = ("bnn_failure", "bnn_samplers")
#: The race is of engines, whatever the network: the smallest is compiled soonest. Chains of the study's own network are
#: drawn by the smoke run of bnn_failure.
SMALLEST = ("--set", "network=glm")


def smoke_words(name: str) -> list[str]:
    """The words of a smoke run."""
    one = ("--set", "workers=1") if name in IN_ONE_PROCESS else ()
    return ["--set", "smoke=true", *one, *(SMALLEST if name == "bnn_samplers" else ())]


@pytest.fixture(scope="module")
def project(demo_week, tmp_path_factory):
    """The demo week's project, its facts already read, for the studies to add to."""
    return demo_week.copy(tmp_path_factory.mktemp("studies") / "project")


@pytest.fixture(scope="module", params=NAMES)
def ran(request, project):
    name = str(request.param)
    done = project.run("study", name, *smoke_words(name))
    assert done.returncode == 0, done.stderr
    return name, project, done.stdout.splitlines()


@pytest.mark.notebooks
class TestEveryStudy:
    def test_leaves_its_result_and_prints_where_it_is_last(self, ran):
        name, project, said = ran
        assert re.fullmatch(rf"artifacts/studies/{name}/\w+/result\.json", said[-1])
        result = json.loads((project.folder / said[-1]).read_text())
        assert {"estimate", "standard_error", "interval", "findings", "command", "revision"} <= set(result)
        low, high = result["interval"]
        assert low < result["estimate"] < high
        assert result["simulated"]
        assert result["command"] == " ".join(["workbench study", name, "--profile demo", *smoke_words(name)])

    def test_states_every_number_with_its_interval_and_games(self, ran):
        _, project, said = ran
        claims = [Claim.from_dict(c) for c in json.loads((project.folder / said[-1]).read_text())["claims"]]
        assert len(claims) > 8
        assert all(claim.games > 0 for claim in claims)
        assert all(claim.low <= claim.value <= claim.high for claim in claims if claim.low is not None)
        assert all(claim.reached is None for claim in claims)  # targets were set for real games

    def test_has_a_page_that_says_it_is_simulated_and_no_place_of_the_machine(self, ran):
        name, project, _ = ran
        page = (project.folder / "reports" / "demo" / "studies" / f"{name}.html").read_text()
        assert "What we found" in page
        assert "Simulated league" in page
        assert study_named(name).question in page
        assert str(project.folder) not in page
        assert len(page) < 1_500_000

    def test_links_to_nothing_that_is_not_there(self, ran):
        name, project, _ = ran
        folder = project.folder / "reports" / "demo" / "studies"
        links = re.findall(r'href="([^"#]+)"', (folder / f"{name}.html").read_text())
        assert links
        # A picture that stands in the page itself leads nowhere.
        files = [link for link in links if not link.startswith("data:")]
        assert [link for link in files if not (folder / link).exists()] == []

    def test_is_not_run_again_unchanged(self, ran):
        name, project, said = ran
        again = project.run("study", name, *smoke_words(name))
        assert (again.stdout.splitlines(), again.stderr) == (said, f"{name}: unchanged\n")


@pytest.mark.notebooks
def test_a_study_that_fails_says_why_and_keeps_its_page(project):
    done = project.run("study", "simulation", "--set", "seasons=[1990]")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "No season can be drawn" in done.stderr.splitlines()[-1]
    page = (project.folder / "reports" / "demo" / "studies" / "simulation.html").read_text()
    assert "This stage failed" in page
    again = project.run("study", "simulation", "--set", "smoke=true")  # the page shows what was asked for last
    assert again.returncode == 0
    assert "This stage failed" not in (project.folder / "reports" / "demo" / "studies" / "simulation.html").read_text()


def test_without_a_name_the_studies_are_listed_with_their_questions():
    listed = list_studies()
    assert all(study.name in listed and study.question in listed for study in STUDIES)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("forcast_skill", {}, "There is no study 'forcast_skill'. Did you mean 'forecast_skill'?"),
        ("forecast_skill", {"peer": "x"}, "no parameter 'peer'.* Did you mean 'peers'?"),
        ("simulation", {"zzz": "1"}, "no parameter 'zzz'.* Its parameters are: profile, seasons, drives, draws, smoke"),
        ("simulation", {"sources.lines.bse": "x"}, "no setting 'sources.lines.bse'.* 'sources.lines.base'"),
        ("simulation", {"draws": "many"}, "'draws' of simulation must be int, got 'many'"),
        ("simulation", {"seasons": "2024"}, r"'seasons' of simulation must be list\[int\], got 2024"),
        ("simulation", {"drives": "no/such/file"}, "There is no file or folder"),
    ],
)
def test_what_is_unknown_or_ill_typed_is_refused_before_anything_runs(name, changes, said):
    with pytest.raises(SettingsError, match=said):
        run_study(name, profile="demo", changes=changes)


class TestFilesThatParametersName:
    def test_are_keyed_by_content_not_by_place(self, tmp_path):
        digests = []
        for place, text in (("a", "one"), ("b", "one"), ("c", "two")):
            (tmp_path / place / "peers").mkdir(parents=True)
            (tmp_path / place / "peers" / "x.parquet").write_text(text)
            digests.append(content_digest(tmp_path / place / "peers"))
        assert digests[0] == digests[1] != digests[2]
        assert content_digest(None) == ""

    def test_none_is_none(self):
        assert given_path("", profile="demo") is None


class TestPeers:
    def test_are_left_out_and_it_is_said(self, tmp_path):
        assert "set the parameter peers" in read_peers(None).missing[0]
        pd.DataFrame({"nflverse_game_id": ["g"], "nfelo_dif_base": [0.0]}).to_parquet(
            tmp_path / "nfelo_games_1.parquet"
        )
        peers = read_peers(tmp_path)
        assert peers.probabilities["nfelo"].tolist() == [0.5]
        assert peers.probabilities["nfelo_fixed"].tolist() == [0.5]
        assert len(peers.missing) == 1
        assert "no fivethirtyeight_elo_*.parquet" in peers.missing[0]

    def test_a_file_that_is_no_table_of_forecasts_is_refused(self, tmp_path):
        (tmp_path / "nfelo_games_1.parquet").write_text("<html>")
        with pytest.raises(FormatError, match="nfelo_games_1"):
            read_peers(tmp_path)


class TestReferenceDrives:
    """Two series worked by hand: a punt after three downs, then a touchdown that ends the game."""

    GAMES = pd.DataFrame({"game_id": ["g"], "home_team": ["KC"]})
    RESULTS = pd.DataFrame({"game_id": ["g"], "home_score": [0], "away_score": [7]})

    def actions(self) -> pd.DataFrame:
        rows = [
            (1, 1.0, "KC", 1.0, 10.0, 75, 3600.0, "rush", 2.0),
            (2, 1.0, "KC", 3.0, 8.0, 73, 3540.0, "pass", 0.0),
            (3, 2.0, "OAK", 1.0, 10.0, 70, 3500.0, "pass", 60.0),
            (4, 2.0, "OAK", 1.0, 10.0, 10, 1800.0, "pass", 10.0),
        ]
        names = ["row_id", "drive", "posteam", "down", "ydstogo", "yards_to_goal", "game_seconds_remaining", "action"]
        frame = pd.DataFrame(rows, columns=[*names, "yards_gained"])
        return frame.assign(season=2016, week=1, game_id="g", posteam_score=0, defteam_score=0.0)

    def test_are_worked_out_from_what_follows(self):
        drives = drives_of_actions(self.actions(), results=self.RESULTS, games=self.GAMES)
        assert drives["outcome"].tolist() == ["punt", "touchdown"]
        assert drives[["points_for", "points_against"]].to_numpy().tolist() == [[0, 0], [7, 0]]
        assert drives["posteam"].tolist() == ["KC", "LV"]
        assert drives["is_home"].tolist() == [True, False]
        assert drives["period"].tolist() == [1, 1]

    def test_a_ball_that_stays_where_it_was_was_lost(self):
        actions = self.actions()
        actions.loc[2, "yards_to_goal"] = 27
        drives = drives_of_actions(actions, results=self.RESULTS, games=self.GAMES)
        assert drives["outcome"].tolist() == ["turnover", "touchdown"]

    def test_a_game_whose_points_no_drives_can_make_is_left_out(self):
        results = self.RESULTS.assign(away_score=23)
        assert drives_of_actions(self.actions(), results=results, games=self.GAMES).empty

    def test_a_folder_without_them_is_refused(self, tmp_path):
        with pytest.raises(FormatError, match="no pbp_actions"):
            read_reference_drives(tmp_path, results=self.RESULTS, games=self.GAMES)


class TestClaims:
    def test_need_an_interval_or_a_reason(self):
        with pytest.raises(ValidationError, match="interval or say why"):
            Claim(name="x", what="x", value=1.0, games=3)

    def test_need_a_verdict_for_a_target(self):
        with pytest.raises(ValidationError, match="target and a verdict"):
            Claim(name="x", what="x", value=1.0, low=0.0, high=2.0, games=3, target="above zero")

    def test_come_back_from_json(self):
        claim = Claim(name="x", what="x", value=1.0, low=0.0, high=2.0, games=3, target="above zero", reached=True)
        assert Claim.from_dict(json.loads(json.dumps(claim.as_dict()))) == claim
        with pytest.raises(ValidationError, match="cannot be read"):
            Claim.from_dict({"nonsense": 1})


def test_the_gap_share_is_one_for_the_close_itself_and_zero_for_the_opener():
    rng = np.random.default_rng(1)
    games = pd.DataFrame({"season": 2020, "week": np.repeat(np.arange(1, 18), 16)})
    truth = rng.uniform(0.2, 0.8, len(games))
    games["outcome"] = np.where(rng.random(len(games)) < truth, 3.0, -3.0)
    games["close_win"], games["line_win"] = truth, 0.5
    for informed, share in ((truth, 1.0), (np.full(len(games), 0.5), 0.0)):
        found = gap_share(games.assign(informed_win=informed), rng=rng)
        assert found is not None
        assert (found.value, found.low, found.high) == (share, share, share)


def test_a_paired_gain_is_the_mean_of_the_differences_worked_by_hand():
    games = pd.DataFrame({"season": 2020, "week": [1, 1, 2, 2], "outcome": [3.0, -3.0, 7.0, 0.0]})
    over, by = pd.Series([0.5, 0.5, 0.5, np.nan]), pd.Series([0.7, 0.4, 0.5, 0.5])
    gain = paired_gain(games, name="g", what="", over=over, by=by)
    # 0.25 each against 0.09, 0.16 and 0.25; the tie has no forecast and is left out for both
    assert gain is not None
    assert (gain.games, gain.first, gain.last) == (3, 2020, 2020)
    assert gain.value == pytest.approx((0.16 + 0.09) / 3)
    assert gain.over - gain.by == pytest.approx(gain.value)
    assert paired_gain(games[:2], name="g", what="", over=over[:2], by=by[:2]) is None


def test_wednesdays_line_is_the_last_fresh_one_before_noon_and_no_later_one():
    kickoff = pd.Timestamp("2024-11-10T18:00:00Z")
    noon = pd.Timestamp("2024-11-06T17:00:00Z")
    known = {"known_at": pd.Timestamp("2024-05-15T00:00:00Z")}
    games = pd.DataFrame({"game_id": ["a", "b", "c"], "season": 2024, "week": 10, "kickoff_utc": kickoff, **known})
    games = games.assign(game_type="REG", home_team="KC", away_team="DEN", neutral=False)
    rows = [
        ("a", 3.0, noon - pd.Timedelta(hours=5), False),
        ("a", 3.5, noon - pd.Timedelta(hours=1), False),
        ("a", 9.5, noon + pd.Timedelta(minutes=1), False),  # later
        ("b", 1.0, noon - pd.Timedelta(hours=30), False),  # stale
        ("c", 2.0, noon - pd.Timedelta(hours=2), True),  # its instant is a guess
    ]
    quotes = pd.DataFrame(rows, columns=["game_id", "line", "recorded_at", "instant_assumed"]).assign(
        season=2024, week=10, market="spread", source="consensus", kind="live", price_home=1.91, price_away=1.91,
        price_assumed=False,
    )  # fmt: skip
    view = FrameAsOf({"games": games, "quotes": quotes.assign(known_at=quotes["recorded_at"])}, kickoff)
    lines = wednesday_lines(view, Policy(), season=2024)
    assert lines[["game_id", "line"]].to_numpy().tolist() == [["a", 3.5]]


def test_a_season_without_earlier_drives_is_drawn_from_past_finals_and_one_without_a_past_is_left_out():
    rng = np.random.default_rng(3)
    games = pd.DataFrame({"season": np.repeat([2017, 2018], 150), "margin_close": 0.0, "total_close": 44.0})
    games["home_score"], games["away_score"] = rng.choice([10, 17, 20, 24, 27, 31], size=(2, len(games)))
    games = games.assign(game_id=[f"g{i}" for i in games.index], overtime=False)
    none = pd.DataFrame({"season": pd.Series(dtype="int64")})
    models, notes = season_models([2017, 2019], none, games=games)
    assert isinstance(models[2019], ScoreModel)
    assert "past finals" in notes[1]
    assert list(models) == [2019]
    assert "2017 is left out" in notes[0]
