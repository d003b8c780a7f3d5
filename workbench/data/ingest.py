"""The one door for facts: which sources a league has, what they hold, whether anything changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data.fetch import Fetcher
from workbench.data.lines.source import LinesSource
from workbench.data.nflverse.source import SCHEDULE_FILE, NflverseSource
from workbench.errors import SourceError

if TYPE_CHECKING:
    from workbench.data.source import LoadedFacts, RawFiles
    from workbench.settings import Settings


def sources(settings: Settings, *, root: Path) -> tuple[NflverseSource, LinesSource]:
    """Return the two sources of the league; the demo league is written first if it is not there."""
    nflverse_base, lines_base = settings.sources.nflverse.base, settings.sources.lines.base
    raw, patience = root / "raw", settings.sources

    def fetcher(base: str) -> Fetcher:
        return Fetcher(base=base, raw=raw, timeout_seconds=patience.timeout_seconds, retries=patience.retries)

    return NflverseSource(fetcher(nflverse_base)), LinesSource(fetcher(lines_base))


def fetch_league(settings: Settings, *, seasons: Sequence[int], root: Path) -> tuple[RawFiles, RawFiles]:
    """Revalidate both sources and keep their bytes."""
    nflverse, lines = sources(settings, root=root)
    return nflverse.fetch(seasons), lines.fetch(seasons)


def fingerprint(settings: Settings, *, seasons: Sequence[int], root: Path) -> str:
    """Return a hash of every raw file of these seasons: equal sources, equal fingerprint.

    Cheap: it imports no pandas, and an unchanged file costs a look (a folder) or a conditional request (a URL).
    """
    lines = []
    for source, raws in zip(("nflverse", "lines"), fetch_league(settings, seasons=seasons, root=root), strict=True):
        lines += [f"{source}/{name} {raws.files[name].sha256}" for name in sorted(raws.files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def load_league(settings: Settings, *, seasons: Sequence[int], root: Path) -> LoadedFacts:
    """Return the validated facts of some seasons.

    Parameters
    ----------
    settings : Settings
    seasons : sequence of int
    root : Path
        The league's artifact folder: raw bytes and parsed seasons are kept below it.

    Raises
    ------
    SourceError
        If there is no usable schedule. Anything else that is missing degrades a named feature.
    """
    from workbench.data.cache import FactCache
    from workbench.data.load import load_facts
    from workbench.data.teams import FRANCHISES

    nflverse, lines = fetch_league(settings, seasons=seasons, root=root)
    teams = frozenset(FRANCHISES) if settings.league == "nfl" else None
    return load_facts(nflverse, lines, seasons=seasons, cache=FactCache(root / "parsed"), teams=teams)


def probe(settings: Settings, *, root: Path) -> list[tuple[str, bool, str]]:
    """Return, for each source, whether it answers and what it says."""
    nflverse, lines = sources(settings, root=root)
    try:
        schedule = nflverse.fetcher.fetch(SCHEDULE_FILE)
        said = "the schedule is there" if schedule else f"no {SCHEDULE_FILE}: is sources.nflverse.base right?"
        found = [("nflverse", schedule is not None, said)]
    except SourceError as error:
        found = [("nflverse", False, str(error))]
    names = lines.fetcher.names()
    return [*found, ("lines", bool(names), f"{len(names)} files")]
