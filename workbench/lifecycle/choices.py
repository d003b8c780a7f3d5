"""Who chose the champion: the stage, by its rules, or a person against them."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from workbench.lifecycle.versions import CHAMPION, AliasEvent, ModelVersion

#: What a stage does by itself; the rest are a person's acts.
AUTOMATIC: Final = frozenset({"registered", "succeeded"})


def persons_choice(events: Sequence[AliasEvent]) -> AliasEvent | None:
    """Return the event by which a person made someone champion whom the stage had not; None where there is none.

    Parameters
    ----------
    events : sequence of AliasEvent
        The history of one name, oldest first.

    Returns
    -------
    AliasEvent or None
        None too where a person's promotion was taken back: then the stage's own champion stands again.
    """
    crowned = [event for event in events if event.alias == CHAMPION and event.action != "reproduced"]
    by_itself = [event for event in crowned if event.action in AUTOMATIC]
    if not crowned or not by_itself or crowned[-1].version == by_itself[-1].version:
        return None
    return crowned[-1]


def choices_digest(chosen: Mapping[str, ModelVersion]) -> str:
    """Return a digest of the champions persons chose, by name; empty where there are none."""
    lines = [f"{name} {chosen[name].content_hash}" for name in sorted(chosen)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""
