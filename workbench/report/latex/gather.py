"""Gathering what runs have left for the dissertation into one folder."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from workbench.errors import MissingArtifactError, StoreError
from workbench.report.latex.items import FOLDER, INDEX
from workbench.report.latex.section import document_tex, numbers_tex, section_tex
from workbench.store.atomic import replacing, write_text

DOCUMENT: Final = "dissertation.tex"


def gather(sources: Mapping[str, Path], *, to: Path) -> list[Path]:
    """Copy the tables and figures of runs, and write their sections.

    Parameters
    ----------
    sources : mapping of str to Path
        A name for each run (a folder below ``to``) and the run's folder.
    to : Path
        Files there of the same names are replaced, others left alone.

    Returns
    -------
    list of Path
        The sections, then the document that holds them.

    Raises
    ------
    MissingArtifactError
        If no run has left anything for print.
    StoreError
        If what a run left cannot be read.
    """
    parts = [part for name, folder in sources.items() if (part := _part(name, folder)) is not None]
    if not parts:
        raise MissingArtifactError(
            "Nothing has been left for print yet. Run `workbench weekly`, or a study such as `workbench study effects`."
        )
    for part in parts:
        _copy(sources[part["source"]] / FOLDER, to / part["source"], names=_files(part["items"]))
    made = []
    for section in dict.fromkeys(str(part["section"]) for part in parts):
        mine = [part for part in parts if part["section"] == section]
        write_text(to / f"numbers_{section}.tex", numbers_tex(mine))
        write_text(to / f"section_{section}.tex", section_tex(section, mine))
        made.append(to / f"section_{section}.tex")
    write_text(to / DOCUMENT, document_tex([path.stem.removeprefix("section_") for path in made]))
    return [*made, to / DOCUMENT]


def _part(name: str, folder: Path) -> dict[str, Any] | None:
    path = folder / FOLDER / INDEX
    if not path.is_file():
        return None
    try:
        part = {"source": name, **json.loads(path.read_text(encoding="utf-8"))}
    except (ValueError, TypeError) as error:
        raise StoreError(f"What {name} left for print cannot be read ({error}). Run it again with --force.") from error
    return part


def _files(items: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"{item['name']}.{'tex' if item['kind'] == 'table' else 'pdf'}" for item in items]


def _copy(source: Path, target: Path, *, names: Iterable[str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        with replacing(target / name) as path:
            shutil.copyfile(source / name, path)
