"""The table of measured numbers: the latest full-size results and no others, no number without its interval."""

import json
import re
from pathlib import Path

import pytest

from workbench.errors import FormatError, MissingArtifactError
from workbench.report.measured import COLUMNS, document, latest_results, main
from workbench.stages.studies.claims import Claim

DOCUMENT = Path(__file__).parents[2] / "docs" / "measured.md"
#: A folder at the root of a machine, or a drive.
MACHINE_PATH = re.compile(r"(?:^|[\s`'\"(=])(?:/(?:home|root|work|tmp|Users|var|mnt|opt|srv|data)\b|[A-Z]:\\)", re.M)
AN_INTERVAL = re.compile(r"^[−\d.,]+ to [−\d.,]+(\u202f%)?( \(.+\))?$|^none: \w+")

GAIN = Claim(
    name="gain", what="|a| over b", value=0.0012, low=0.0002, high=0.0022, games=4065, target="above zero", reached=True
)
MISSED = Claim(name="mass", what="mass", value=0.02, low=0.01, high=0.03, games=9, unit="%", target="t", reached=False)
BARE = Claim(name="speed", what="ratio", value=3.0, games=16, without_interval="one run")


def left(folder: Path, *, run: str, finished: str, claims: tuple[Claim, ...] = (GAIN,), **more: object) -> None:
    plain = {
        "study": "skill", "question": "Who?", "league": "nfl", "label": "NFL", "parameters": {"smoke": False},
        "command": "workbench study skill", "revision": "abc123", "finished": finished, "as_of": "",
        "data_hash": "d" * 64, "claims": [claim.as_dict() for claim in claims],
    }  # fmt: skip
    path = folder / "studies" / "skill" / run / "result.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(plain | more))


def rows(text: str) -> list[dict[str, str]]:
    lines = [re.split(r" (?<!\\)\| ", line.strip().strip("|").strip()) for line in text.splitlines() if line[:1] == "|"]
    assert tuple(lines[0]) == COLUMNS
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[2:]]


def test_the_latest_full_size_result_of_the_league_counts(tmp_path):
    left(tmp_path, run="a", finished="2026-01-01T00:00:00+00:00", revision="old")
    left(tmp_path, run="b", finished="2026-01-03T00:00:00+00:00", revision="new")
    left(tmp_path, run="c", finished="2026-01-04T00:00:00+00:00", revision="smoke", parameters={"smoke": True})
    left(tmp_path, run="d", finished="2026-01-05T00:00:00+00:00", revision="demo", league="demo")
    left(tmp_path, run="e", finished="2026-01-06T00:00:00+00:00", revision="arm", command="workbench experiment run x")
    assert [result.revision for result in latest_results(tmp_path, league="nfl")] == ["new"]


def test_a_row_says_what_how_sure_on_how_many_games_and_whether_it_was_reached(tmp_path):
    left(tmp_path, run="a", finished="2026-01-01T00:00:00+00:00", claims=(GAIN, MISSED, BARE))
    text = document(latest_results(tmp_path, league="nfl"))
    gain, mass, speed = rows(text)
    assert gain["value"] == "0.0012"
    assert gain["95 % interval"] == "0.0002 to 0.0022"
    assert (gain["games"], gain["verdict"], gain["date"]) == ("4,065", "reached", "2026-01-01")
    assert (mass["value"], mass["verdict"]) == ("2.0\u202f%", "not reached")
    assert speed["95 % interval"] == "none: one run"
    assert "1 of 2 targets reached. Not reached:\n\n- mass" in text


def test_without_any_result_it_says_what_to_run(tmp_path):
    with pytest.raises(MissingArtifactError, match="workbench study NAME"):
        main(["--artifacts", str(tmp_path), "--output", str(tmp_path / "m.md")])
    assert not (tmp_path / "m.md").exists()


def test_it_is_written_whole(tmp_path, capsys):
    left(tmp_path, run="a", finished="2026-01-01T00:00:00+00:00")
    main(["--artifacts", str(tmp_path), "--output", str(tmp_path / "docs" / "m.md")])
    assert rows((tmp_path / "docs" / "m.md").read_text())
    assert "skill" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["not json", "[]", '{"study": "skill"}'])
def test_a_result_of_another_form_is_refused_by_name(tmp_path, content):
    left(tmp_path, run="a", finished="2026-01-01T00:00:00+00:00")
    (tmp_path / "studies" / "skill" / "a" / "result.json").write_text(content)
    with pytest.raises(FormatError, match="skill"):
        latest_results(tmp_path, league="nfl")


class TestTheCommittedDocument:
    def test_holds_no_number_without_an_interval_or_a_reason(self):
        found = rows(DOCUMENT.read_text())
        assert len(found) > 30
        assert [row["number"] for row in found if not AN_INTERVAL.match(row["95 % interval"])] == []
        # Only a benchmark may rest on no games: what it times is synthetic.
        none = [row for row in found if row["games"] == "–"]
        assert all("within one run on one machine" in row["95 % interval"] for row in none)
        assert all(int(row["games"].replace(",", "")) > 0 for row in found if row not in none)
        assert {row["verdict"] for row in found} <= {"reached", "not reached", "no target"}

    def test_names_command_revision_and_day_of_each(self):
        for row in rows(DOCUMENT.read_text()):
            assert re.fullmatch(r"[0-9a-f]{7,12}\+?", row["revision"])
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
        commands = re.findall(r"^    (.+)$", DOCUMENT.read_text(), re.M)
        assert all(c.startswith("workbench study ") or c == "make bench" for c in commands)
        assert all(f"**{row['command']}**" in DOCUMENT.read_text() for row in rows(DOCUMENT.read_text()))

    def test_names_no_place_of_the_machine(self):
        text = DOCUMENT.read_text()
        assert MACHINE_PATH.findall(text) == []
        assert "../" not in text

    def test_the_pattern_of_places_knows_one_when_it_sees_one(self):
        assert MACHINE_PATH.search("--set peers=/data/peers")
        assert not MACHINE_PATH.search("artifacts/studies/*/*/result.json, 95 % and/or 2/3")
