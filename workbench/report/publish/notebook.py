"""An executed notebook as one page: nbconvert turns its cells into HTML, the house's template sets them.

Outputs that are display objects say their role in their metadata; the header, the findings and the key numbers are
lifted to the top of the page, wherever the notebook computed them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from workbench.errors import FormatError
from workbench.report.publish.context import PageContext
from workbench.report.publish.navigation import navigation, refresh
from workbench.report.publish.redact import redactor, without_ansi
from workbench.report.publish.render import render, template_folder
from workbench.report.sentences import MISSING, instant

Redact = Callable[[str], str]
_TEXTS: Final = ("text/html", "text/plain", "text/markdown", "text/latex", "image/svg+xml")
_LIFTED: Final = ("header", "findings", "numbers")
_PAPERMILL: Final = ("papermill-error-cell-tag", "injected-parameters-note")
_SCRIPT: Final = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_STYLE: Final = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)
_H1: Final = re.compile(r"\A\s*#\s+(?P<title>[^\n]+)\n?(?P<rest>.*)\Z", re.DOTALL)


@dataclass(slots=True)
class _Parts:
    """What is taken out of the notebook while it is read."""

    slots: list[str] = field(default_factory=list)
    lifted: dict[str, list[str]] = field(default_factory=lambda: {role: [] for role in _LIFTED})
    header: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] = field(default_factory=dict)
    title: str = ""


def publish_page(notebook: Path, *, output: Path, context: PageContext) -> Path:
    """Publish an executed notebook as one HTML page.

    Parameters
    ----------
    notebook : Path
        The executed .ipynb; a failed one gives a page that shows its error at the top.
    output : Path
        The .html to write; its folder is made.
    context : PageContext
        Where the page stands and what made it.

    Returns
    -------
    Path
        The page written.

    Raises
    ------
    FormatError
        If the file is not a notebook.
    """
    redact = redactor()
    cells = _read(notebook)
    parts = _Parts()
    _take_apart(cells, parts, redact)
    body = _filled(_converted(cells), parts.slots)
    body, contents = _with_anchors(body)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(_page(context, parts, body, contents, redact), encoding="utf-8")
    refresh(context.site, context.week, context.stages)
    return output


def publish_notebook(notebook: Path, *, output: Path) -> Path:
    """Copy an executed notebook without secrets and machine paths, to stand beside its page."""
    nbformat = import_module("nbformat")
    redact = redactor()
    cells = _read(notebook)
    for cell in cells.cells:
        for out in cell.get("outputs", []):
            _redact_output(out, redact)
    cells.metadata.pop("papermill", None)
    output.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(cells, output)
    return output


def _read(notebook: Path) -> Any:
    nbformat = import_module("nbformat")
    try:
        return nbformat.read(notebook, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, KeyError, AttributeError) as error:
        raise FormatError(f"{notebook.name} must be an executed notebook, got something else: {error}") from error


def _redact_output(out: Any, redact: Redact) -> None:
    if out.output_type == "stream":
        out.text = redact(without_ansi(out.text))
    elif out.output_type == "error":
        out.traceback = [redact(without_ansi(line)) for line in out.traceback]
        out.evalue = redact(without_ansi(out.evalue))
    else:
        for kind in _TEXTS:
            if kind in out.data:
                out.data[kind] = redact(out.data[kind])


def _take_apart(cells: Any, parts: _Parts, redact: Redact) -> None:
    kept = []
    for cell in cells.cells:
        if set(cell.metadata.get("tags", [])) & set(_PAPERMILL):
            continue
        if cell.cell_type == "code":
            cell.source = redact(cell.source)
            cell.outputs = [out for out in cell.outputs if _keep(out, parts, redact, cell)]
        elif not parts.title and (match := _H1.match(cell.source)):
            parts.title, cell.source = match["title"].strip(), match["rest"]
        kept.append(cell)
    cells.cells = _merged([c for c in kept if c.cell_type != "raw" and c.source.strip()])


def _keep(out: Any, parts: _Parts, redact: Redact, cell: Any) -> bool:
    """Take one output apart; False where the page shows it elsewhere or not at all."""
    _redact_output(out, redact)
    if out.output_type == "error":
        parts.error = {"name": out.ename, "value": out.evalue, "cell": cell.get("execution_count")}
        return True
    if out.output_type == "stream":
        return bool(out.text.strip())
    marks = out.metadata.get("workbench", {})
    html = out.data.get("text/html", "")
    html = _SCRIPT.sub("", html)
    if marks:
        html = _STYLE.sub("", html)
    if marks.get("role") in _LIFTED:
        parts.lifted[marks["role"]].append(html)
        if marks["role"] == "header" and not parts.header:
            parts.header = dict(marks)
        return False
    if html:
        # nbconvert would send it through an HTML parser that lowers the names of SVG; it waits outside instead.
        parts.slots.append(html)
        out.data = {"text/html": f'<div data-slot="{len(parts.slots) - 1}"></div>'}
    return True


def _merged(cells: list[Any]) -> list[Any]:
    """Join runs of silent code cells to the next one, so that a page has one fold where a notebook has three."""
    merged: list[Any] = []
    for cell in cells:
        last = merged[-1] if merged else None
        if last is not None and last.cell_type == cell.cell_type == "code" and not last.outputs:
            cell.source = f"{last.source}\n\n{cell.source}"
            merged.pop()
        merged.append(cell)
    return merged


def _converted(cells: Any) -> str:
    exporter = import_module("nbconvert").HTMLExporter(  # two seconds to import: only when a page is made
        template_name="notebook",
        extra_template_basedirs=[str(template_folder())],
        exclude_anchor_links=True,
        preprocessors=["nbconvert.preprocessors.CoalesceStreamsPreprocessor"],  # one fold of messages a cell
    )
    body, _ = exporter.from_notebook_node(cells)
    return str(body)


def _filled(body: str, slots: list[str]) -> str:
    return re.sub(r'<div data-slot="(\d+)"></div>', lambda match: slots[int(match[1])], body)


def _with_anchors(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Give each H2 an id, and return the page with its contents."""
    contents: list[tuple[str, str]] = []

    def anchored(match: re.Match[str]) -> str:
        contents.append((f"q{len(contents) + 1}", re.sub(r"<[^>]+>", "", match[1])))
        return f'<h2 id="{contents[-1][0]}">{match[1]}</h2>'

    return re.sub(r"<h2>(.*?)</h2>", anchored, body, flags=re.DOTALL), contents


def _page(context: PageContext, parts: _Parts, body: str, contents: list[tuple[str, str]], redact: Redact) -> str:
    return render(
        "page.html.j2",
        title=context.title(),
        simulated=context.site.simulated,
        crumbs=context.crumbs(),
        notebook=context.notebook,
        data=context.data,
        error=parts.error,
        findings=Markup("".join(parts.lifted["findings"])),
        numbers=Markup("".join(parts.lifted["numbers"])),
        contents=[(anchor, Markup(text)) for anchor, text in contents],
        body=Markup(body),
        parameters={k: redact(str(v)) for k, v in context.parameters.items()},
        **_masthead(context, parts),
        **navigation(context.site, context.week, context.stages, current=context.stage.name),
    )


def _masthead(context: PageContext, parts: _Parts) -> dict[str, Any]:
    """Return what stands at the head and the foot: the notebook's own header fills what the context leaves open."""
    header = parts.header
    failed = bool(parts.error) or context.failed
    status = "failed" if failed else context.status or str(header.get("status", "complete"))
    heading = parts.title or context.stage.title
    question = str(header.get("question") or context.stage.question)
    as_of = instant(context.as_of) if context.as_of else str(header.get("as_of", ""))
    stamps = {"As of": as_of, "Data": context.data_hash[:16], "Revision": context.revision[:12]}
    stamps |= {"Run": context.key[:16], "Started": instant(context.started), "Finished": instant(context.finished)}
    return {
        "heading": heading,
        "question": "" if question.strip() == heading.strip() else question,
        "leaves": header.get("leaves", ""),
        "eyebrow": context.eyebrow(),
        "as_of": as_of,
        "badges": list(dict.fromkeys(["simulated"] * context.site.simulated + [status])),
        "failed": failed,
        "stamps": {name: value for name, value in stamps.items() if value and value != MISSING},
    }
