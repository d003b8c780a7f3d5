"""Facts beside those of the run before, and beside the calendar."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from workbench.clock import utc
from workbench.data.changes import changes
from workbench.data.freshness import stale_feeds
from workbench.data.source import Degradation, LoadedFacts
from workbench.errors import StoreError
from workbench.store.tables import FactStore, latest_facts

#: After everything: the previous facts are compared whole.
_ALWAYS = utc("2200-01-01T00:00:00+00:00")


def reviewed(loaded: LoadedFacts, *, root: Path, as_of: pd.Timestamp | None) -> LoadedFacts:
    """Return facts whose report also tells what changed and which feeds are late.

    Parameters
    ----------
    loaded : LoadedFacts
    root : Path
        Below it lie the facts written last.
    as_of : Timestamp, optional
        Without it no feed is judged late.
    """
    late = [] if as_of is None else stale_feeds(loaded.tables, as_of=as_of)
    try:
        found = changes(previous_games(root), loaded.tables)
    except StoreError as error:
        found, late = (), [*late, Degradation("changes since the facts before", str(error))]
    notes = [*loaded.degraded, *late]
    report = replace(loaded.report, changes=found, degraded=tuple((n.feature, n.reason) for n in notes))
    return LoadedFacts(loaded.tables, loaded.quarantine, notes, report)


def previous_games(root: Path) -> dict[str, pd.DataFrame]:
    """Return games and results of the facts written last, empty where there are none.

    Raises
    ------
    StoreError
        If they are gone or damaged.
    """
    version = latest_facts(root)
    if version is None:
        return {}
    view = FactStore(root, version).as_of(_ALWAYS)
    return {name: view.table(name) for name in ("games", "results") if view.has(name)}
