"""Display objects for notebooks: what a page is made of.

::

    from workbench.report import page

    page.header("Demo league", Week(2024, 10), as_of=..., status="shadow", question="How good is each team?")
    page.findings(["Three teams moved by more than a point.", ...])
    page.key_numbers([page.KeyNumber("Brier", 0.2103, 0.2084, 0.2122, previous=0.2110, digits=4)])
    page.table(frame, caption="Ratings, points, as of Wednesday", digits=1)
    page.figure(fig, title="The finding", subtitle="Measure, population, as-of", alt="...")
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import pandas as pd
from markupsafe import Markup

from workbench.clock import Week
from workbench.report.blocks import Block, element, joined
from workbench.report.drawing import Finding, figure
from workbench.report.sentences import (
    MISSING,
    instant,
    interval,
    is_missing,
    number,
    quantity,
    supported_digits,
    week_name,
)
from workbench.report.tables import table

__all__ = [
    "Block",
    "Finding",
    "KeyNumber",
    "figure",
    "findings",
    "header",
    "key_numbers",
    "manifest",
    "note",
    "table",
    "warning",
]

Status = Literal["simulated", "shadow", "waiting", "graded", "approved", "failed", "complete"]

#: What a status word means, shown when a reader points at it.
STATUS_MEANS: Final[Mapping[str, str]] = {
    "simulated": "A simulated league with known truth: no real team, no real market.",
    "shadow": "Bets are written down and graded, but not acted on: the gate has not been passed.",
    "waiting": "Some of these games have not been graded yet.",
    "graded": "All games are over and graded.",
    "approved": "A person approved these picks.",
    "failed": "The stage stopped with an error.",
    "complete": "The stage ran to its end.",
}


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """One number of the strip, with its interval and where it stood a week ago.

    Attributes
    ----------
    label : str
    value, low, high, previous : float or None
        The number, its 95 % interval and last week's number; None where there is none.
    unit : str
        ``"%"`` takes a share of one; other units follow the number.
    digits : int or None
        Decimals; None shows what the interval supports.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    previous: float | None = None
    digits: int | None = None
    signed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON-able entry that a manifest's summary keeps."""
        return {k: None if is_missing(v) else v for k, v in asdict(self).items()}

    @property
    def places(self) -> int:
        """The decimals shown."""
        if self.digits is not None:
            return self.digits
        scale = 100.0 if self.unit == "%" else 1.0
        ends = [None if is_missing(v) else scale * float(v) for v in (self.low, self.high)]  # type: ignore[arg-type]
        return supported_digits(*ends, default=0 if self.unit == "%" else 2)


def badge(word: str) -> Markup:
    """Return a status word as a badge."""
    return element("span", word, css=f"wb-badge wb-is-{_slug(word)}", title=STATUS_MEANS.get(word, word))


def _slug(word: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in word.lower())


def header(
    league_label: str,
    week: Week | str,
    *,
    as_of: pd.Timestamp | str | None,
    status: Status | str,
    question: str = "",
    simulated: bool = False,
    title: str = "",
    leaves: str = "",
) -> Block:
    """Return the head of a notebook: league, week, as-of instant, status word, and the question it answers.

    Parameters
    ----------
    league_label : str
        The league as readers know it.
    week : Week or str
    as_of : Timestamp or ISO string, or None
        The instant after which nothing was known, with its time zone.
    status : str
        ``simulated``, ``shadow``, ``waiting``, ``graded``, ``approved``, ``failed`` or ``complete``.
    question, title, leaves : str
        The question, the stage's title, and what the notebook reads and leaves behind.
    simulated : bool
        Adds the badge that says so, whatever the status.
    """
    name = week if isinstance(week, str) else week_name(Week(*week))
    words = list(dict.fromkeys(["simulated"] * simulated + [str(status)]))
    facts: dict[str, Any] = {"league": league_label, "week": name, "as_of": instant(as_of), "status": str(status)}
    facts |= {"simulated": simulated, "question": question, "title": title, "leaves": leaves}
    line = Markup(" · ").join([league_label, name, f"as of {facts['as_of']}"])
    parts = [
        element("p", joined([line, " ", joined(badge(word) for word in words)]), css="wb-eyebrow"),
        element("p", question, css="wb-question") if question else "",
        element("p", leaves, css="wb-quiet") if leaves else "",
    ]
    text = "\n".join(filter(None, [f"{league_label} · {name} · as of {facts['as_of']} [{', '.join(words)}]", question]))
    return Block(role="header", html=element("div", joined(parts), css="wb wb-header"), text=text, facts=facts)


def findings(sentences: Sequence[str], *, title: str = "What we found") -> Block:
    """Return the findings, the surprising one first; the page shows them at its top.

    Examples
    --------
    >>> findings(["Home field is worth 1.9 points."])
    What we found
    - Home field is worth 1.9 points.
    """
    shown = [s for s in sentences if s] or ["Nothing to report: no result was computed."]
    items = element("ul", joined(element("li", s) for s in shown))
    html = element("section", joined([element("h2", title), items]), css="wb wb-findings")
    return Block(
        role="findings",
        html=html,
        text="\n".join([title, *(f"- {s}" for s in shown)]),
        facts={"findings": list(shown)},
    )


def key_number_html(entry: KeyNumber) -> Markup:
    """Return one card of the strip."""
    places = entry.places
    shown = quantity(entry.value, unit="%" if entry.unit == "%" else "", digits=places, signed=entry.signed)
    unit = element("span", entry.unit, css="wb-unit") if entry.unit not in ("", "%") and shown != MISSING else ""
    return element(
        "div",
        joined(
            [
                element("dt", entry.label),
                element("dd", joined([shown, unit]), css="wb-value"),
                element("dd", _between(entry), css="wb-interval"),
                element("dd", _change(entry), css="wb-change"),
            ]
        ),
        css="wb-key",
    )


def _between(entry: KeyNumber) -> str:
    if is_missing(entry.low) or is_missing(entry.high):
        return "" if entry.digits == 0 and entry.unit == "" else "no interval"  # a count has none to miss
    return f"95 % {interval(entry.low, entry.high, digits=entry.places, unit='%' if entry.unit == '%' else '')}"


def _change(entry: KeyNumber) -> str:
    if is_missing(entry.value) or is_missing(entry.previous):
        return ""
    scale = 100 if entry.unit == "%" else 1
    step = scale * (float(entry.value) - float(entry.previous))  # type: ignore[arg-type]
    moved = number(step, digits=entry.places, signed=True)
    if not moved.strip("0.,"):
        return "same as last week"
    return f"{moved}{' pp' if entry.unit == '%' else ''} on last week"


def key_numbers(entries: Sequence[KeyNumber]) -> Block:
    """Return the strip of four to six key numbers, each with its interval and its change from last week.

    Examples
    --------
    >>> key_numbers([KeyNumber("Beat the close", 0.57, 0.54, 0.6, unit="%", previous=0.55)])
    Beat the close: 57\u202f% (95 % 54 to 60\u202f%)
    """
    html = element("dl", joined(key_number_html(entry) for entry in entries), css="wb wb-keys")
    lines = []
    for entry in entries:
        unit = entry.unit
        shown = quantity(entry.value, unit=unit, digits=entry.places, signed=entry.signed)
        between = _between(entry)
        lines.append(f"{entry.label}: {shown}" + (f" ({between})" if between else ""))
    return Block(role="numbers", html=html, text="\n".join(lines), facts={"numbers": [e.as_dict() for e in entries]})


def _remark(text: str, details: Sequence[str], *, kind: str, lead: str) -> Block:
    more = element("ul", joined(element("li", item) for item in details)) if details else ""
    line = element("p", joined([element("strong", lead), " ", text]))
    html = element("aside", joined([line, more]), css=f"wb wb-{kind}", role="note")
    return Block(role="note", html=html, text="\n".join([f"{lead} {text}", *(f"- {d}" for d in details)]))


def note(text: str, *, details: Sequence[str] = (), lead: str = "Note.") -> Block:
    """Return a remark: a proxy in use, a degraded feature, an assumption.

    Examples
    --------
    >>> note("Pressure is a game-level proxy.")
    Note. Pressure is a game-level proxy.
    """
    return _remark(text, details, kind="note", lead=lead)


def warning(text: str, *, details: Sequence[str] = (), lead: str = "Take care.") -> Block:
    """Return a warning: quarantined rows, stale feeds, a check that failed."""
    return _remark(text, details, kind="warning", lead=lead)


def manifest(
    *,
    as_of: pd.Timestamp | str | None = None,
    data_hash: str = "",
    revision: str = "",
    key: str = "",
    parameters: Mapping[str, object] | None = None,
    files: Mapping[str, str] | None = None,
) -> Block:
    """Return what the run leaves behind: files with their hashes, parameters, as-of stamp, data hash, revision."""
    rows = {"as of": instant(as_of), "data": data_hash[:12], "revision": revision[:12], "run": key[:12]}
    rows |= {name: str(value) for name, value in (parameters or {}).items()}
    kept = {name: digest[:12] for name, digest in (files or {}).items()}
    html = element(
        "details",
        joined(
            [
                element("summary", f"What this run left: {len(kept)} files"),
                _pairs({k: v for k, v in rows.items() if v and v != MISSING}),
                _pairs(kept),
            ]
        ),
        css="wb wb-manifest",
    )
    text = "\n".join(f"{k}: {v}" for k, v in (rows | kept).items() if v)
    return Block(role="manifest", html=html, text=text)


def _pairs(entries: Mapping[str, str]) -> Markup:
    rows = (element("tr", joined([element("th", k, scope="row"), element("td", v)])) for k, v in entries.items())
    return element("table", joined(rows), css="wb-pairs") if entries else Markup("")
