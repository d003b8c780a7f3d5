"""Files that appear whole or not at all, and disk errors said plainly."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workbench.errors import StoreError

#: Asking for the umask sets it for a moment: done once, before there are threads that could be asked meanwhile.
_UMASK = os.umask(0o077)
os.umask(_UMASK)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Turn a full or read-only disk into a StoreError that says what to do; other OS errors pass.

    Raises
    ------
    StoreError
        If the disk is full, over quota, read-only or not ours to write.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreError(
                f"The disk is full: {what} was not written, and nothing half-written was kept. "
                "Free some space and run the same command again."
            ) from error
        if error.errno in _REFUSED:
            raise StoreError(
                f"{what} may not be written here ({error.strerror}). Check the folder's rights."
            ) from error
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; on a clean exit it is renamed over ``path``, otherwise removed.

    Raises
    ------
    StoreError
        If the disk is full or refuses; ``path`` then is what it was before.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    with disk_errors(path.name):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_UMASK)
            _flush(temporary)
            temporary.replace(path)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file atomically: readers see the old content or the new, never a part."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 file atomically."""
    write_bytes(path, content.encode())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Make the content reach the disk before its name does: a crash must not leave an empty file under a good name."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
