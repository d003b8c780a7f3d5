"""What a notebook displays: safe HTML for JupyterLab and the page, plain text for a terminal.

A block tells the publisher its role through the output's metadata, so that the page can lift the header, the findings
and the key numbers to its top wherever the notebook computed them. Every text is escaped: team names, error messages
and file names come from outside.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from markupsafe import Markup

Role = Literal["header", "findings", "numbers", "table", "figure", "note", "manifest"]


@cache
def block_css() -> str:
    """Return the style sheet shared by notebooks and pages, without its line breaks and comments."""
    text = files("workbench.report").joinpath("blocks.css").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


@dataclass(frozen=True, slots=True)
class Block:
    """One display object.

    Attributes
    ----------
    role : str
        What it is; the publisher lifts headers, findings and numbers to the top of the page.
    html : Markup
        Escaped HTML.
    text : str
        The same in plain text.
    facts : mapping
        JSON-able contents, for the publisher.
    """

    role: Role
    html: Markup
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        # Each block brings the style: a reader runs cells in any order. The publisher takes it out again.
        return f"<style>{block_css()}</style>{self.html}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        data = {"text/html": self._repr_html_(), "text/plain": self.text}
        return data, {"workbench": {"role": self.role, **self.facts}}

    def __repr__(self) -> str:
        return self.text


def element(tag: str, content: object, *, css: str = "", **attributes: str) -> Markup:
    """Return one element; content that is not ``Markup`` is escaped.

    Examples
    --------
    >>> str(element("b", "<script>", css="wb-x", title='"'))
    '<b class="wb-x" title="&#34;">&lt;script&gt;</b>'
    """
    pairs = ({"class": css} if css else {}) | attributes
    opened = Markup("").join(Markup(' {}="{}"').format(name.replace("_", "-"), value) for name, value in pairs.items())
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), opened, content)


def joined(parts: object) -> Markup:
    """Return parts one after another, each escaped unless it is ``Markup``."""
    return Markup("").join(parts)  # type: ignore[arg-type]


def stacked(blocks: Sequence[Block], *, empty: str = "Nothing to show.") -> Block:
    """Return blocks of one role as one, one under the other, for a cell that shows as many as there are."""
    if not blocks:
        return Block(role="note", html=element("p", empty, css="wb wb-empty"), text=empty)
    facts = {key: value for block in blocks for key, value in block.facts.items()}
    text = "\n\n".join(block.text for block in blocks)
    return Block(role=blocks[0].role, html=joined(block.html for block in blocks), text=text, facts=facts)
