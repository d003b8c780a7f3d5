"""Display objects. Exact comparisons: text has no tolerance."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pandas as pd
import pytest

from workbench.clock import Week
from workbench.report import page, style
from workbench.report.blocks import Block

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>"\'&'


class Elements(HTMLParser):
    """The elements of a piece of HTML, and whether they close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in {"img", "br", "path", "use", "rect", "line"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"path", "use", "rect", "line"}:
            assert self.open.pop() == tag


BLOCKS: dict[str, Callable[[], Block]] = {
    "header": lambda: page.header(EVIL, EVIL, as_of=None, status=EVIL, question=EVIL, leaves=EVIL),
    "findings": lambda: page.findings([EVIL], title=EVIL),
    "key_numbers": lambda: page.key_numbers([page.KeyNumber(EVIL, 1.0, 0.5, 1.5, unit=EVIL)]),
    "table": lambda: page.table(
        pd.DataFrame({EVIL: [EVIL] * 12}), caption=EVIL, units={EVIL: EVIL}, labels={EVIL: EVIL}
    ),
    "empty_table": lambda: page.table(pd.DataFrame(), caption=EVIL, empty=EVIL),
    "note": lambda: page.note(EVIL, details=[EVIL], lead=EVIL),
    "warning": lambda: page.warning(EVIL, details=[EVIL]),
    "manifest": lambda: page.manifest(parameters={EVIL: EVIL}, files={EVIL: EVIL}, revision=EVIL),
    "figure": lambda: page.figure(style.canvas()[0], title=EVIL, subtitle=EVIL, alt=EVIL),
}


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_untrusted_text_never_becomes_an_element(name: str) -> None:
    html = str(BLOCKS[name]().html)
    elements = Elements(html)
    assert "script" not in elements.names
    assert "img" not in elements.names
    assert elements.open == []
    assert EVIL not in html


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_block_shows_its_role_and_its_own_style_to_jupyter(name: str) -> None:
    block = BLOCKS[name]()
    data, metadata = block._repr_mimebundle_()
    assert metadata["workbench"]["role"] == block.role
    assert data["text/html"].startswith("<style>")
    assert data["text/plain"] == repr(block)


def test_a_long_table_shows_its_top_and_folds_the_rest() -> None:
    frame = pd.DataFrame({"team": [f"T{i:02}" for i in range(20)], "rating": range(20)})
    html = str(page.table(frame, caption="Ratings", top=8).html)
    seen, folded = html.split("<details")
    assert seen.count("<tr>") == 1 + 8
    assert "12 more rows" in folded
    assert folded.count("<tr>") == 1 + 12


def test_a_table_of_nearly_the_shown_length_is_not_folded() -> None:
    assert "<details" not in str(page.table(pd.DataFrame({"n": range(10)}), caption="c", top=8).html)


def test_rows_beyond_the_most_are_counted_not_shown() -> None:
    html = str(page.table(pd.DataFrame({"n": range(900)}), caption="c").html)
    assert "892 more rows" in html
    assert "500 rows are left out here" in html


def test_cells_are_written_by_kind() -> None:
    frame = pd.DataFrame(
        {
            "count": [1200, 3],
            "edge": [-0.254, None],
            "bet": [True, False],
            "at": pd.to_datetime(["2024-11-06T17:00Z", None]),
        }
    )
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", str(page.table(frame, caption="c", signed=["edge"]).html))
    assert cells == ["1,200", "−0.25", "yes", "Wed 6 Nov 2024, 12:00 ET", "3", "–", "no", "–"]


def test_numbers_stand_right_and_words_left() -> None:
    html = str(page.table(pd.DataFrame({"team": ["KC"], "rating": [6.0]}), caption="c").html)
    assert '<td class="wb-num">' in html
    assert '<td class="wb-word">KC</td>' in html


def test_a_key_number_shows_no_more_digits_than_its_interval_supports() -> None:
    text = repr(page.key_numbers([page.KeyNumber("Home field", 1.9234, 1.1, 2.7, unit="points")]))
    assert text == "Home field: 1.9 points (95 % 1.1 to 2.7)"


def test_a_key_number_tells_its_change_in_points_of_a_share() -> None:
    html = str(page.key_numbers([page.KeyNumber("Beat the close", 0.57, unit="%", previous=0.52, digits=0)]).html)
    assert "+5 pp on last week" in html


def test_a_key_number_goes_through_a_manifest_and_back() -> None:
    from workbench.report.publish.indexes import key_number

    entry = page.KeyNumber("CLV", 0.41, float("nan"), None, unit="points", digits=2)
    assert key_number(entry.as_dict()) == page.KeyNumber("CLV", 0.41, None, None, unit="points", digits=2)


def test_the_header_says_simulated_whatever_the_status() -> None:
    block = page.header("Demo", Week(2024, 10), as_of="2024-11-06T17:00Z", status="graded", simulated=True)
    assert repr(block) == "Demo · 2024, week 10 · as of Wed 6 Nov 2024, 12:00 ET [simulated, graded]"


def test_nothing_found_is_said() -> None:
    assert "Nothing to report" in repr(page.findings([]))
