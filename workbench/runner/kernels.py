"""A fresh process a notebook, the next ones started while one runs."""

import os
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

from workbench.runner.kernel import PRELOAD_VARIABLE

#: One thread a worker: two stages' kernels share the machine, and sums must not depend on its number of cores.
ONE_THREAD: dict[str, str] = {
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "BLIS_NUM_THREADS",
            "NUMEXPR_NUM_THREADS",
            "NUMBA_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
        ),
        "1",
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "PYTHONHASHSEED": "0",
}
#: A Unix socket's path holds about 100 characters, and the kernel adds a few of its own.
_LONGEST_FOLDER = 60
_SOCKETS = "workbench-"


class _OwnSpec(KernelSpecManager):
    """One kernel, this interpreter's: nothing installed on the machine is asked."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "workbench.runner.kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Workbench", language="python")


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel process and its manager (jupyter_client)."""

    manager: Any

    def stop(self) -> None:
        """End the process at once; what it wrote is on disk, and nothing else is wanted from it."""
        with suppress(RuntimeError):  # already dead
            run_sync(self.manager.shutdown_kernel)(now=True)


class Kernels:
    """Starts kernels, some ahead of their use; leaving the context ends them all.

    Parameters
    ----------
    environment : mapping of str to str
        Added to this process's environment and the one-thread settings.
    folder : Path
        The kernels' working folder.
    log : Path
        Where kernels write what no cell shows (a crash's last words).
    """

    def __init__(self, *, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self._environment = {**os.environ, **ONE_THREAD, **environment}
        self._folder = folder
        self._log = log
        self._sockets = _short_folder()
        self._started = 0
        self._ahead: deque[Kernel] = deque()
        self._running: list[Kernel] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for kernel in self._running:
            kernel.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def prestart(self, modules: tuple[str, ...]) -> None:
        """Start a kernel that ``take`` will return after those waiting; it imports the modules meanwhile."""
        self._ahead.append(self._start(modules))

    @property
    def waiting(self) -> int:
        """How many kernels were started ahead and are not taken."""
        return len(self._ahead)

    def take(self, modules: tuple[str, ...] = ()) -> Kernel:
        """Return a kernel nobody has used: the first started ahead, or a new one."""
        return self._ahead.popleft() if self._ahead else self._start(modules)

    def retire(self, kernel: Kernel) -> None:
        """End a kernel whose notebook is finished."""
        kernel.stop()
        self._running.remove(kernel)

    def _start(self, modules: tuple[str, ...]) -> Kernel:
        self._started += 1
        connection = self._sockets / f"{self._started}.json"
        manager = AsyncKernelManager(
            kernel_name="workbench", kernel_spec_manager=_OwnSpec(), transport="ipc", connection_file=str(connection)
        )
        kernel = Kernel(manager)
        self._running.append(kernel)
        with self._log.open("ab") as log:
            # Started from this thread, not a helper: Linux ends the kernel with the THREAD that started it.
            run_sync(manager.start_kernel)(
                env={**self._environment, PRELOAD_VARIABLE: ",".join(modules)}, cwd=str(self._folder), stderr=log
            )
        return kernel


def _short_folder() -> Path:
    """Return a new private folder for sockets, and remove those of killed runners."""
    base = Path(tempfile.gettempdir())
    if len(str(base)) > _LONGEST_FOLDER:
        base = Path("/tmp")
    for left in base.glob(f"{_SOCKETS}*-*"):
        owner = left.name.removeprefix(_SOCKETS).partition("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_SOCKETS}{os.getpid()}-", dir=base))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
