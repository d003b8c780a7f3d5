"""The one door for facts: which sources a league has, what they hold, whether anything changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data.epl.source import EplSource
from workbench.data.fetch import Fetcher
from workbench.data.lines.source import LinesSource
from workbench.data.nflverse.source import SCHEDULE_FILE, NflverseSource
from workbench.data.odds_api import OddsApiSource
from workbench.data.source import RawFiles, Source
from workbench.data.weather.source import WeatherSource
from workbench.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.source import LoadedFacts
    from workbench.settings import Settings


def demo_folder(settings: Settings, *, root: Path) -> Path:
    """Return the folder of the simulated league, written first if its code or seed is new.

    ``write_league`` renames the folder into place when it is whole, so a folder that is there is a whole league. The
    digest is made here, of the same sources, for importing the league's code costs pandas.
    """
    digest = hashlib.sha256(str(settings.seed).encode())
    for module in sorted((Path(__file__).parent / "demo").rglob("*.py")):
        digest.update(module.read_bytes())
    folder = root / "demo" / digest.hexdigest()[:16]
    if not folder.exists():
        from workbench.data.demo import write_league

        write_league(folder, seed=settings.seed)
    return folder


def sources(settings: Settings, *, root: Path) -> tuple[NflverseSource, tuple[Source, ...], WeatherSource | None]:
    """Return the league's nflverse source, its sources of lines, and that of hourly weather (none: simulated)."""
    patience = settings.sources
    if settings.league == "demo":
        folder = demo_folder(settings, root=root)
        nflverse = NflverseSource(_fetcher(settings, base=str(folder), root=root))
        return nflverse, (LinesSource(_fetcher(settings, base=str(folder / "lines"), root=root)),), None
    lines: list[Source] = [LinesSource(_fetcher(settings, base=patience.lines.base, root=root))]
    if patience.odds_api.base:
        api = patience.odds_api
        asked = _fetcher(settings, base=api.base, root=root)
        lines.append(OddsApiSource(asked, key_env=api.key_env, regions=api.regions))
    weather = WeatherSource(_fetcher(settings, base=patience.weather.base, root=root))
    return NflverseSource(_fetcher(settings, base=patience.nflverse.base, root=root)), tuple(lines), weather


def epl_source(settings: Settings, *, root: Path) -> EplSource:
    """Return the source of English football."""
    return EplSource(_fetcher(settings, base=settings.sources.epl.base, root=root))


def _fetcher(settings: Settings, *, base: str, root: Path) -> Fetcher:
    patience = settings.sources
    return Fetcher(base=base, raw=root / "raw", timeout_seconds=patience.timeout_seconds, retries=patience.retries)


def fetch_league(settings: Settings, *, seasons: Sequence[int], root: Path) -> tuple[RawFiles, RawFiles, RawFiles]:
    """Revalidate every source of the league and keep its bytes: the nflverse files, all files of lines, the weather.

    Raises
    ------
    SourceError
        If there is no usable schedule.
    """
    if settings.league == "epl":
        return epl_source(settings, root=root).fetch(seasons), RawFiles({}), RawFiles({})
    nflverse, lines, weather = sources(settings, root=root)
    quoted = [source.fetch(seasons) for source in lines]
    files = {name: raw for raws in quoted for name, raw in raws.files.items()}
    observed = weather.fetch(seasons) if weather else RawFiles({})
    return nflverse.fetch(seasons), RawFiles(files, tuple(n for raws in quoted for n in raws.degraded)), observed


def fingerprint(settings: Settings, *, seasons: Sequence[int], root: Path) -> str:
    """Return a hash of every raw file of these seasons, and of what is missing or stale.

    Cheap: it imports no pandas, and an unchanged file costs a look (a folder) or a conditional request (a URL).
    """
    entries = []
    for raws in fetch_league(settings, seasons=seasons, root=root):
        entries += [f"{name} {raws.files[name].sha256}" for name in sorted(raws.files)]
        # A feed that went stale keeps its bytes, yet the page must come to say so.
        entries += sorted(note.feature for note in raws.degraded)
    return hashlib.sha256("\n".join(entries).encode()).hexdigest()


def load_league(
    settings: Settings, *, seasons: Sequence[int], root: Path, as_of: pd.Timestamp | None = None
) -> LoadedFacts:
    """Return the validated facts of some seasons; the report tells what changed since the facts written last.

    Parameters
    ----------
    settings : Settings
    seasons : sequence of int
    root : Path
        The league's artifact folder: raw bytes and parsed seasons are kept below it.
    as_of : Timestamp, optional
        With its time zone. Feeds that should be newer by then are named as stale.

    Raises
    ------
    SourceError
        If there is no usable schedule. Anything else that is missing degrades a named feature.
    StoreError
        If the disk refuses.
    """
    from workbench.data.cache import FactCache
    from workbench.data.load import load_facts
    from workbench.data.review import reviewed
    from workbench.data.teams import FRANCHISES

    nflverse, lines, weather = fetch_league(settings, seasons=seasons, root=root)
    if settings.league == "epl":
        from workbench.data.epl.load import load_matches

        return reviewed(load_matches(nflverse, seasons=seasons), root=root, as_of=as_of)
    teams = frozenset(FRANCHISES) if settings.league == "nfl" else None
    kept = FactCache(root / "parsed")
    loaded = load_facts(nflverse, lines, seasons=seasons, cache=kept, teams=teams, weather=weather)
    return reviewed(loaded, root=root, as_of=as_of)


def probe(settings: Settings, *, root: Path) -> list[tuple[str, bool, str]]:
    """Return, for each source, its name, whether it answers, and what it says."""
    if settings.league == "epl":
        raws = epl_source(settings, root=root).fetch((settings.default_season,))
        said = "; ".join(f"{note.feature}: {note.reason}" for note in raws.degraded)
        missing = "no season file: name their folder in sources.epl.base"
        return [("epl", bool(raws.files), said or (f"{len(raws.files)} files" if raws.files else missing))]
    nflverse, lines, weather = sources(settings, root=root)
    found = [_probe_schedule(nflverse)]
    asked = [*lines, *([weather] if weather and settings.sources.weather.base else [])]  # nobody must have weather
    for source in asked:
        raws = source.fetch(())
        said = "; ".join(f"{note.feature}: {note.reason}" for note in raws.degraded)
        found.append((source.name, bool(raws.files), said or f"{len(raws.files)} files"))
    return found


def _probe_schedule(nflverse: NflverseSource) -> tuple[str, bool, str]:
    try:
        schedule = nflverse.fetcher.fetch(SCHEDULE_FILE)
    except SourceError as error:
        return nflverse.name, False, str(error)
    finally:
        nflverse.fetcher.close()
    if schedule is None:
        return nflverse.name, False, f"no {SCHEDULE_FILE}: is sources.nflverse.base right?"
    return nflverse.name, not schedule.stale, schedule.stale or "the schedule is there"
