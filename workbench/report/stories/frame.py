"""How every weekly page opens and closes."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from workbench.clock import Week
from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.page import KeyNumber
from workbench.report.sentences import instant
from workbench.stages.context import StageRun


def head(run: StageRun, *, as_of: pd.Timestamp, status: str) -> Block:
    """Return the head of a stage's page."""
    return page.header(
        run.settings.label,
        run.week,
        as_of=as_of,
        status=status,
        question=run.stage.question,
        title=run.stage.title,
        simulated=run.settings.simulated,
    )


def with_previous(run: StageRun, numbers: Sequence[KeyNumber]) -> list[KeyNumber]:
    """Return key numbers with where they stood a week ago, as last week's manifest of the same stage has them."""
    before = run.store.latest(run.stage.name, Week(run.week.season, run.week.week - 1))
    known = {n["label"]: n["value"] for n in before.summary.get("numbers", [])} if before else {}
    return [replace(entry, previous=known.get(entry.label)) for entry in numbers]


def close(
    run: StageRun,
    *,
    as_of: pd.Timestamp,
    status: str,
    findings: Sequence[str],
    numbers: Sequence[KeyNumber],
    data_hash: str = "",
) -> Block:
    """Make the run permanent and return what it left, for the last cell."""
    made = run.finish(status=status, findings=findings, numbers=numbers, as_of=as_of, data_hash=data_hash)
    return page.manifest(
        as_of=made.as_of,
        data_hash=made.data_hash,
        revision=made.revision,
        key=made.key,
        parameters=made.parameters,
        files=made.files,
    )


def remarks(lead: str, details: Sequence[str], *, none: str) -> Block:
    """Return a note with its details, or the sentence that there are none."""
    return page.note(lead, details=details) if details else page.note(none)


def as_of_words(as_of: pd.Timestamp) -> str:
    """Return the as-of stamp for subtitles."""
    return f"as of {instant(as_of)}"
