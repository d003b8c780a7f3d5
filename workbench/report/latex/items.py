"""What a notebook marks for the dissertation: tables, figures, sentences and numbers, written beside its run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import pandas as pd

from workbench.errors import ValidationError
from workbench.report.drawing import Finding
from workbench.report.latex.tables import table_tex
from workbench.report.page import KeyNumber
from workbench.report.tables import Digits
from workbench.store.atomic import write_text

FOLDER: Final = "export"
INDEX: Final = "export.json"


class Run(Protocol):
    """A run of a stage or a study: a folder to leave files in, and its key."""

    @property
    def folder(self) -> Path:
        """Where the run writes."""

    @property
    def key(self) -> str:
        """The name of the run."""


@dataclass(frozen=True, slots=True)
class TableItem:
    """A table for print.

    Attributes
    ----------
    name : str
        Of the file and the label: lower-case letters, digits and dashes.
    frame : DataFrame
    caption : str
    note : str
        Set under the table: measure, population, how intervals were had.
    labels : mapping of str to str
        Column heads.
    digits : int or mapping
    """

    name: str
    frame: pd.DataFrame
    caption: str
    note: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    digits: Digits = 2


@dataclass(frozen=True, slots=True)
class FigureItem:
    """A figure for print: the page's own, as a vector.

    Attributes
    ----------
    name : str
    finding : Finding
        Its title and subtitle make the caption.
    """

    name: str
    finding: Finding


def leave(
    run: Run, *, section: str, title: str, sentences: Sequence[str], items: Sequence[TableItem | FigureItem],
    numbers: Sequence[KeyNumber] = (), as_of: object, data_hash: str = "", revision: str = "", simulated: bool = False,
) -> None:  # fmt: skip
    """Write what a page gives to the dissertation below its run's folder; ``workbench export`` gathers it.

    Parameters
    ----------
    run : Run
    section : str
        Which section it joins, such as ``causal_inference``.
    title : str
        The heading of its part.
    sentences : sequence of str
        Computed from results.
    items : sequence of TableItem or FigureItem
        In the order of print.
    numbers : sequence of KeyNumber
        Become macros.
    as_of, data_hash, revision
        The stamp every file carries.
    simulated : bool
        Simulated numbers say so in print as on the page.

    Raises
    ------
    ValidationError
        If two items or two numbers share a name, or a name would not do for a file.
    """
    labels = [number.label for number in numbers]
    if len(set(labels)) < len(labels):
        raise ValidationError(f"Each number needs a label of its own, got {', '.join(labels)}.")
    names = [item.name for item in items]
    bad = [name for name in names if not name.replace("-", "").isalnum() or not name.isascii()]
    if bad or len(set(names)) < len(names):
        raise ValidationError(f"Items need names of their own, of letters, digits and dashes, got {', '.join(names)}.")
    folder = run.folder / FOLDER
    entries = []
    for item in items:
        if isinstance(item, TableItem):
            text = table_tex(item.frame, caption=item.caption, label=item.name, note=item.note, labels=item.labels,
                             digits=item.digits)  # fmt: skip
            write_text(folder / f"{item.name}.tex", text)
            entries.append({"kind": "table", "name": item.name, "caption": item.caption})
        else:
            item.finding.save(folder / f"{item.name}.pdf")
            caption = {"title": item.finding.title, "subtitle": item.finding.subtitle}
            entries.append({"kind": "figure", "name": item.name, **caption})
    index = {
        "section": section, "title": title, "sentences": list(sentences), "items": entries,
        "numbers": [number.as_dict() for number in numbers], "run": run.key, "as_of": str(as_of),
        "data_hash": data_hash, "revision": revision, "simulated": simulated,
    }  # fmt: skip
    write_text(folder / INDEX, json.dumps(index, indent=1, allow_nan=False))
