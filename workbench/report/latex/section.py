r"""One section of the dissertation: sentences, tables and figures of the runs that gave to it, ready for ``\input``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from workbench.report.latex.text import escaped, macro_name
from workbench.report.sentences import estimate, quantity

#: Where the section looks for its files: redefine it where the section is read from another folder.
ROOT: Final = r"\workbenchexport"
PREAMBLE: Final = (
    r"\usepackage[T1]{fontenc}",
    r"\usepackage{booktabs}",
    r"\usepackage{graphicx}",
    r"\usepackage{amssymb}",
)

_TITLES: Final = {"causal_inference": "Causal inference"}


def section_tex(section: str, parts: Sequence[Mapping[str, Any]]) -> str:
    r"""Return ``section_<name>.tex``.

    Parameters
    ----------
    section : str
    parts : sequence of mapping
        The export indexes of the runs, each with ``source``: the folder of its files.
    """
    lines = [
        f"% Made by `workbench export`; needs {', '.join(PREAMBLE)}.",
        "% Read from elsewhere: \\newcommand{\\workbenchexport}{path/to/this/folder} before \\input.",
        rf"\providecommand{{{ROOT}}}{{.}}",
        rf"\section{{{escaped(_TITLES.get(section, section.replace('_', ' ').capitalize()))}}}",
        rf"\label{{sec:{section.replace('_', '-')}}}",
    ]
    for part in parts:
        lines += _part(part)
    return "\n".join(lines) + "\n"


def _part(part: Mapping[str, Any]) -> list[str]:
    source = str(part["source"])
    lines = ["", rf"\subsection{{{escaped(part['title'])}}}", f"% {stamp(part)}"]
    if part.get("simulated"):
        lines += [r"\emph{Simulated league: nothing below is about real games.}", ""]
    lines += [f"{escaped(sentence)}" for sentence in part["sentences"]]
    lines += ["", rf"{{\footnotesize {escaped(stamp(part))}\par}}", ""]
    for item in part["items"]:
        lines += _table(source, item) if item["kind"] == "table" else _figure(source, item)
    return [*lines, r"\clearpage"]


def _table(source: str, item: Mapping[str, Any]) -> list[str]:
    return [rf"\input{{{ROOT}/{source}/{item['name']}.tex}}"]


def _figure(source: str, item: Mapping[str, Any]) -> list[str]:
    return [
        r"\begin{figure}[htbp]",
        r"\centering",
        rf"\includegraphics[width=\linewidth,height=0.8\textheight,keepaspectratio]{{{ROOT}/{source}/{item['name']}.pdf}}",
        rf"\caption[{escaped(item['title'])}]{{{escaped(item['title'])} {escaped(_ended(item['subtitle']))}}}",
        rf"\label{{fig:{item['name']}}}",
        r"\end{figure}",
    ]


def _ended(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text[:1].upper()}{text[1:]}."


def stamp(part: Mapping[str, Any]) -> str:
    """Return the stamp of a run: what its numbers were made from."""
    said = f"{part['source']}, run {part['run']}, as of {part['as_of']}"
    said += f", data {str(part['data_hash'])[:12]}" if part.get("data_hash") else ""
    return said + (f", revision {part['revision']}" if part.get("revision") else "")


def numbers_tex(parts: Sequence[Mapping[str, Any]]) -> str:
    r"""Return ``numbers_<name>.tex``: each key number as a macro, so that a text never types one.

    Examples
    --------
    >>> bye = {"label": "Bye", "value": 0.31, "low": -0.2, "high": 0.8, "unit": "points", "digits": None}
    >>> part = {"source": "effects", "run": "ab", "as_of": "2024", "numbers": [bye]}
    >>> print(numbers_tex([part]).splitlines()[-1])
    \newcommand{\wbEffectsBye}{0.3 points (95\,\% interval $-$0.2 to 0.8)}
    """
    lines = []
    for part in parts:
        lines.append(f"% {stamp(part)}")
        for entry in part["numbers"]:
            name = macro_name("wb", str(part["source"]), str(entry["label"]))
            lines.append(rf"\newcommand{{\{name}}}{{{escaped(_said(entry))}}}")
    return "\n".join(lines) + "\n"


def _said(entry: Mapping[str, Any]) -> str:
    value, unit = entry["value"], str(entry.get("unit", ""))
    if entry.get("low") is None or entry.get("high") is None:
        digits = entry.get("digits")
        return quantity(value, unit=unit, digits=2 if digits is None else int(digits))
    return estimate(value, entry["low"], entry["high"], unit=unit, digits=entry.get("digits"))


def document_tex(sections: Sequence[str]) -> str:
    """Return a document that holds the sections and nothing else: to see that they compile."""
    body = [line for name in sections for line in (rf"\input{{numbers_{name}.tex}}", rf"\input{{section_{name}.tex}}")]
    return "\n".join([r"\documentclass{article}", *PREAMBLE, r"\begin{document}", *body, r"\end{document}"]) + "\n"
