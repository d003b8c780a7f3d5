"""The command line: ``workbench weekly`` and friends. Commands import what they need only when they run."""

import os
import signal
import sys
from types import FrameType

from workbench.errors import SettingsError, WorkbenchError

#: Set by ``--debug``: show the traceback behind an error's one line.
DEBUG_VARIABLE = "WORKBENCH_DEBUG"

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED, EXIT_TERMINATED = 1, 2, 130, 143


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 asked for something there is not, 130 interrupted."""
    signal.signal(signal.SIGTERM, stop_in_order)
    try:
        from workbench.cli.app import app

        app(prog_name="workbench")
    except WorkbenchError as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        sys.stderr.write(f"workbench: {one_line(error)}\n")
        sys.exit(EXIT_USAGE if isinstance(error, SettingsError) else EXIT_FAILED)


def one_line(error: WorkbenchError) -> str:
    """Return an error as one line, its notes included."""
    return " ".join(" ".join((str(error), *getattr(error, "__notes__", ()))).split())


def stop_in_order(number: int, frame: FrameType | None) -> None:
    """Leave through the ordinary exits, so that kernels end and the lock is let go."""
    raise SystemExit(EXIT_TERMINATED)
