"""The process that runs one notebook: a Jupyter kernel that dies with its runner and imports ahead while it waits.

Started as ``python -m workbench.runner.kernel -f connection.json``, never forked.
"""

import ctypes
import os
import signal
import sys
from typing import Any

#: Modules to import ahead, separated by commas.
PRELOAD_VARIABLE = "WORKBENCH_PRELOAD"

_PR_SET_PDEATHSIG = 1


def import_ahead(names: str) -> None:
    """Import modules by name; one that fails is left to the cell that needs it, where its error can be read."""
    from importlib import import_module

    for name in filter(None, names.split(",")):
        try:
            import_module(name)
        except Exception:  # any error at all belongs to the notebook, not to the waiting kernel
            continue


def die_with_parent() -> None:
    """Ask Linux to kill this process with its parent, at once; elsewhere ipykernel's poll does it within a second."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ.get("JPY_PARENT_PID", os.getppid())):
        raise SystemExit(1)  # it died before we asked


def main() -> None:
    """Run the kernel until it is told to stop."""
    die_with_parent()
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize(sys.argv[1:])
    import_ahead(os.environ.get(PRELOAD_VARIABLE, ""))
    app.start()


if __name__ == "__main__":
    main()
