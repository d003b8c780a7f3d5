"""Executed notebooks as pages, and the indexes above them. Exact comparisons: text has no tolerance."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from workbench.clock import Week
from workbench.errors import FormatError
from workbench.report import page
from workbench.report.publish import (
    PageContext,
    Site,
    StageTitle,
    publish_notebook,
    publish_page,
    publish_root,
    publish_season,
    publish_week,
    redactor,
)

WEEK = Week(2024, 10)
STAGES = (
    StageTitle("01_ingest", "Ingest", "What came in?"),
    StageTitle("02_profiles", "Profiles", "How good is each team?"),
    StageTitle("06_simulate", "Simulate", "What is each game worth?"),
)
KEY = "s3cr3t-0dds-k3y-value"


def _shown(block: Any) -> Any:
    data, metadata = block._repr_mimebundle_()
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


def _code(source: str, *outputs: Any) -> Any:
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=3)
    cell.metadata["papermill"] = {"duration": 1.0}
    return cell


def _executed(*cells: Any) -> Any:
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"papermill": {"input_path": str(Path.cwd())}})


def _notebook(gallery: Any) -> Any:
    """Return an executed notebook whose findings come last, as they do when a notebook computes them last."""
    head = page.header("Demo", WEEK, as_of="2024-11-06T17:00Z", status="shadow", question="How good?", simulated=True)
    frame = pd.DataFrame({"team": ["<b>KC</b>"] * 12, "rating": range(12)})
    return _executed(
        nbformat.v4.new_markdown_cell("# How good is each team?\n\nIt decides what is simulated."),
        _code("season = 2024"),
        _code("open_stage()", _shown(head)),
        nbformat.v4.new_markdown_cell("## Who is best?\n\nRatings are `points`."),
        _code("figure()", _shown(gallery(3)["ranked_ratings"]().block())),
        _code("table()", _shown(page.table(frame, caption="Ratings"))),
        _code("print()", nbformat.v4.new_output("stream", name="stdout", text="<i>fitted</i>\n")),
        nbformat.v4.new_markdown_cell("## What would change our mind?"),
        _code("findings()", _shown(page.findings(["KC is best."]))),
        _code("numbers()", _shown(page.key_numbers([page.KeyNumber("Home field", 1.9, 1.1, 2.7)]))),
    )


def _failed() -> Any:
    where = f"{Path.home()}/study/run.py and {Path.cwd()}/notebooks and /usr/lib/python3.11/site-packages/x.py"
    error = nbformat.v4.new_output(
        "error",
        ename="FetchError",
        evalue=f"no answer from https://odds.example/v4?apiKey={KEY} in {where}",
        traceback=[f"\x1b[31mFetchError\x1b[0m: key {KEY}", where, "/tmp/ipykernel_12/3.py in <module>"],
    )
    return _executed(nbformat.v4.new_markdown_cell("# What came in?"), _code("load()", error))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "reports", league="demo", label="Demo league", simulated=True)


def _publish(site: Site, executed: Any, stage: StageTitle = STAGES[1], **more: Any) -> str:
    source = site.notebook(WEEK, stage.name)
    source.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(executed, source)
    context = PageContext(
        site, WEEK, stage, STAGES, as_of="2024-11-06T17:00Z", notebook=source.name, data="../..", **more
    )
    return publish_page(source, output=site.page(WEEK, stage.name), context=context).read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Heading levels, images without alternative text, links, and text outside folded code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.unnamed: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if (tag == "img" and not named.get("alt")) or (tag == "svg" and not named.get("aria-label")):
            self.unnamed.append(tag)
        if tag == "a":
            self.links.append(named.get("href") or "")


def _everything(site: Site, gallery: Any) -> dict[str, str]:
    _publish(site, _failed(), STAGES[0])
    _publish(site, _notebook(gallery), revision="abc123", parameters={"seed": 1})
    manifests = [_manifest("01_ingest", status="failed"), _manifest("02_profiles")]
    publish_week(site, WEEK, manifests=manifests, stages=STAGES, before=Week(2024, 9))
    publish_season(site, 2024, manifests=[_manifest("02_profiles", week=w) for w in (9, 10)])
    publish_root(site.root)
    return {p.relative_to(site.root).as_posix(): p.read_text(encoding="utf-8") for p in site.root.rglob("*.html")}


def _manifest(stage: str, *, week: int = 10, status: str = "complete") -> dict[str, Any]:
    numbers = [
        {
            "label": "Return on stakes",
            "value": 0.04 * week,
            "unit": "%",
            "digits": 0,
            "later": "unknown to this version",
        }
    ]
    summary = {"status": "shadow", "findings": ["KC < BUF."], "numbers": numbers}
    return {
        "stage": stage,
        "season": 2024,
        "week": week,
        "status": status,
        "as_of": "2024-11-06T17:00:00+00:00",
        "summary": summary if status == "complete" else {},
    }


def test_every_page_stands_alone_small_and_in_order(site: Site, gallery: Any) -> None:
    pages = _everything(site, gallery)
    assert len(pages) == 5
    for name, html in pages.items():
        outline = Outline(html)
        assert outline.unnamed == [], name
        assert outline.levels[0] == 1, name
        assert outline.levels.count(1) == 1, name
        assert all(b - a <= 1 for a, b in zip(outline.levels, outline.levels[1:], strict=False)), name
        assert len(html.encode()) < 300_000, name
        assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", html), name
        assert "default-src 'none'" in html.replace("&#39;", "'"), name
        assert html.count("<script") <= 1, name
        assert html.count("<style") == 1, name


def test_every_page_of_a_simulated_league_says_so(site: Site, gallery: Any) -> None:
    pages = _everything(site, gallery)
    assert all("Simulated league" in html for name, html in pages.items() if name.startswith("demo/"))


def test_no_link_is_dead(site: Site, gallery: Any) -> None:
    for name, html in _everything(site, gallery).items():
        here = (site.root / name).parent
        for href in Outline(html).links:
            target = here / href.split("#")[0]
            known = href.startswith("#") or target.exists() or "2024_week9" in href  # a week published elsewhere
            assert known, f"{name} links to {href}"


def test_a_page_published_first_learns_of_its_neighbour(site: Site, gallery: Any) -> None:
    first = _publish(site, _failed(), STAGES[0])
    assert 'href="02_profiles.html"' not in first
    _publish(site, _notebook(gallery))
    later = site.page(WEEK, "01_ingest").read_text(encoding="utf-8")
    assert 'aria-label="Next: Profiles"' in later
    assert later.count("<html") == 1


def test_findings_and_numbers_are_lifted_above_the_questions(site: Site, gallery: Any) -> None:
    html = _publish(site, _notebook(gallery))
    order = [html.index(text) for text in ("<h1>", "KC is best.", "Home field", "It decides", 'id="q1"')]
    assert order == sorted(order)
    assert html.count("KC is best.") == 1


def test_outputs_are_escaped_and_code_is_folded(site: Site, gallery: Any) -> None:
    html = _publish(site, _notebook(gallery))
    assert "<b>KC</b>" not in html
    assert "&lt;i&gt;fitted&lt;/i&gt;" in html
    assert html.count('<details class="code">') == html.count("<summary>Code</summary>")
    assert '<details class="code" open' not in html


def test_silent_code_cells_share_one_fold(site: Site, gallery: Any) -> None:
    html = _publish(site, _notebook(gallery))
    visible_outputs = 3  # figure, table, stream; set-up and lifted cells join the fold of what follows
    assert html.count('<details class="code">') == visible_outputs + 2


def test_a_failed_stage_says_so_at_the_top(site: Site) -> None:
    html = _publish(site, _failed(), STAGES[0])
    assert html.index("This stage failed in cell 3") < html.index("<article>")
    assert "FetchError" in html
    assert "wb-is-failed" in html


def test_no_secret_and_no_machine_path_is_published(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODDS_API_KEY", KEY)
    html = _publish(site, _failed(), STAGES[0], parameters={"base": f"{Path.home()}/odds?token={KEY}"})
    copy = publish_notebook(site.notebook(WEEK, "01_ingest"), output=site.root / "copy.ipynb").read_text("utf-8")
    for text in (html, copy):
        assert KEY not in text
        assert str(Path.home()) + "/" not in text
        assert str(Path.cwd()) not in text
        assert "site-packages" not in text
        assert "/tmp/ipykernel" not in text
    assert "~/study/run.py" in copy


def test_something_else_than_a_notebook_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("<html>not found</html>")
    with pytest.raises(FormatError, match="must be an executed notebook"):
        publish_page(tmp_path / "x.ipynb", output=tmp_path / "x.html", context=PageContext(site, WEEK, STAGES[0]))


def test_the_week_shows_every_stage_and_its_failures_first(site: Site, gallery: Any) -> None:
    html = _everything(site, gallery)["demo/2024_week10/index.html"]
    assert html.index("Ingest: it stopped with an error") < html.index("KC &lt; BUF.")
    assert "Not run yet." in html
    assert "wb-is-failed" in html


def test_the_season_shows_its_weeks_newest_first_with_their_returns(site: Site, gallery: Any) -> None:
    html = _everything(site, gallery)["demo/season_2024.html"]
    assert html.index('href="2024_week10/index.html"') < html.index('href="2024_week9/index.html"')
    assert 'aria-label="Return on stakes by week, weeks 9 to 10; last +40.0' in html


def test_a_week_without_a_manifest_is_a_page_all_the_same(site: Site) -> None:
    html = publish_week(site, WEEK, manifests=[], stages=STAGES).read_text(encoding="utf-8")
    assert html.count("Not run yet.") == len(STAGES)


def test_the_door_keeps_every_league_and_season(site: Site) -> None:
    publish_season(site, 2023, manifests=[])
    publish_season(site, 2024, manifests=[])
    publish_season(Site(site.root, league="nfl", label="NFL & co"), 2024, manifests=[])
    html = publish_root(site.root).read_text(encoding="utf-8")
    for href in ("demo/season_2024.html", "demo/season_2023.html", "nfl/season_2024.html"):
        assert f'href="{href}"' in html
    assert "NFL &amp; co" in html
    assert json.loads((site.root / "demo" / "league.json").read_text())["seasons"] == [2023, 2024]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgresql://ann:hunter2@host/db", "postgresql://<hidden>@host/db"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer <hidden>"),
        ("https://x.example/?a=1&api_key=zzz9", "https://x.example/?a=1&api_key=<hidden>"),
        (r"C:\Users\ann\study", r"~\study"),
        ("/Users/ann/study", "~/study"),
        ("/opt/env/lib/python3.11/site-packages/pandas/core.py", "<python>/pandas/core.py"),
        ("a and/or b, 3/7, home/away", "a and/or b, 3/7, home/away"),
        ('panel = "../../../../mnt/disk/panel.csv"', 'panel = "<given>/panel.csv"'),
        ("../shared/panel.csv", "../shared/panel.csv"),
    ],
)
def test_redaction_takes_out_what_it_must_and_nothing_else(text: str, left: str) -> None:
    assert redactor({})(text) == left


def test_short_and_unnamed_values_are_not_secrets() -> None:
    redact = redactor({"USE_KEY": "1", "LANG": "en_US.UTF-8", "API_TOKEN": "abcdefgh12"})
    assert redact("1 en_US.UTF-8 abcdefgh12") == "1 en_US.UTF-8 <API_TOKEN>"


def test_the_current_folder_is_not_found_inside_a_longer_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "cwd", lambda: Path("/srv/work"))
    redact = redactor({})
    assert redact("/srv/workshop/x") == "/srv/workshop/x"
    assert redact("/srv/work/x") == "./x"


def test_what_a_long_cell_said_while_it_ran_is_one_fold(site: Site) -> None:
    said = [
        nbformat.v4.new_output("stream", name="stderr", text=f"season {season} walked\n") for season in (2023, 2024)
    ]
    html = _publish(site, _executed(nbformat.v4.new_markdown_cell("# What was earned?"), _code("walk()", *said)))
    assert html.count("<summary>Messages</summary>") == 1
    assert "season 2023 walked\nseason 2024 walked" in html
