"""Files of one folder, recognised by name: what sources without an index of their own have in common."""

from collections.abc import Callable

from workbench.data.fetch import Fetcher
from workbench.data.source import Degradation, RawFile, RawFiles
from workbench.errors import SourceError


def folder_files(fetcher: Fetcher, *, wanted: Callable[[str], bool], what: str) -> RawFiles:
    """Keep the bytes of every wanted file of a folder; a file that cannot be used is named, not fatal.

    Parameters
    ----------
    fetcher : Fetcher
    wanted : callable
        Whether a file of this name is one of the source's.
    what : str
        What the files hold, for the notes: ``lines``.
    """
    files: dict[str, RawFile] = {}
    degraded: list[Degradation] = []
    for name in filter(wanted, fetcher.names()):
        try:
            raw = fetcher.fetch(name)
        except SourceError as error:
            degraded.append(Degradation(f"{what} of {name}", str(error)))
            continue
        if raw is not None:
            files[name] = raw
            degraded += [Degradation(f"fresh {what} of {name}", raw.stale)] if raw.stale else []
    return RawFiles(files, tuple(degraded))
