"""Libraries that turn logging on for everyone when they are imported, kept from doing so."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def logging_kept() -> Iterator[None]:
    """Leave the root logger as it was: pyfixest configures it at import, and every library then tells of every step.

    Examples
    --------
    >>> with logging_kept():
    ...     logging.getLogger().setLevel(logging.DEBUG)
    >>> logging.getLogger().level == logging.DEBUG
    False
    """
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
