"""Papermill with a kernel that is already there: the one module that imports papermill and nbclient."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from workbench.runner.executed import save_executed
from workbench.runner.kernels import Kernel
from workbench.runner.parameters import Value
from workbench.runner.records import Timing

ENGINE = "workbench"
START_SECONDS = 120  # importing ahead counts, on a busy machine

CellListener = Callable[[int, int], None]


class NotebookError(Exception):
    """A notebook did not reach its end; its error is in the saved notebook."""


@dataclass(slots=True, kw_only=True)
class Execution:
    """One notebook in one kernel.

    Attributes
    ----------
    kernel : Kernel
    output : Path
        Where the executed notebook is saved, after every cell.
    limit_seconds : float
        For all its cells together.
    environment : mapping of str to str
        Set in the kernel before the first cell: what was not known when it was started ahead.
    hidden : mapping of str to str
        Texts that must not be saved, and what stands there instead.
    on_cell : callable
        Told the code cell that begins (from 1) and how many there are.
    """

    kernel: Kernel
    output: Path
    limit_seconds: float
    environment: Mapping[str, str]
    hidden: Mapping[str, str]
    on_cell: CellListener
    deadline: float = field(default=0.0, init=False)


def execute(notebook: Path, execution: Execution, *, parameters: Mapping[str, Value]) -> Timing:
    """Run a notebook to its end in the kernel given, and return how long it took.

    Raises
    ------
    NotebookError
        If a cell raises, the limit is passed or the kernel dies; what ran so far is saved, with the error.
    StoreError
        If the executed notebook cannot be written.
    """
    papermill_engines.register(ENGINE, _SuppliedKernelEngine)
    try:
        executed = execute_notebook(
            str(notebook),
            None,  # our engine saves, without secrets and paths
            parameters=dict(parameters),
            engine_name=ENGINE,
            kernel_name="python3",  # papermill asks for one to look up its translator
            language="python",
            progress_bar=False,
            execution=execution,
        )
    except PapermillExecutionError as error:
        raise NotebookError(f"cell {error.exec_count}: {error.ename}: {_first_line(error.evalue)}") from None
    cells = [cell.metadata.papermill for cell in executed.cells if cell.cell_type == "code"]
    seconds = executed.metadata.papermill["duration"]
    return Timing(seconds=float(seconds), cells=tuple(round(float(c["duration"] or 0.0), 3) for c in cells))


class _SavingManager(NotebookExecutionManager):  # type: ignore[misc]
    """Papermill's record of an execution, saved by our rules."""

    def __init__(self, notebook: Any, execution: Execution) -> None:
        super().__init__(notebook, output_path=None, progress_bar=False)
        self.execution = execution
        notebook.metadata.papermill.update(input_path=execution.output.name, output_path=execution.output.name)

    def save(self, **_: Any) -> None:
        save_executed(self.nb, self.execution.output, hidden=self.execution.hidden)
        self.last_save_time = self.now()

    def cell_start(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        # Papermill saves here too; a save after each cell is enough, and half the writing.
        cell.metadata.papermill.update(start_time=self.now().isoformat(), status=self.RUNNING, exception=False)
        if cell.cell_type == "code":
            codes = [c for c in self.nb.cells if c.cell_type == "code"]
            self.execution.on_cell(1 + next(i for i, c in enumerate(codes) if c is cell), len(codes))

    def cell_complete(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        if cell.cell_type == "code":
            super().cell_complete(cell, cell_index=cell_index, **kwargs)
        else:
            cell.metadata.papermill["status"] = self.COMPLETED


class _SuppliedKernelEngine(Engine):  # type: ignore[misc]
    """Run cells in the kernel of the ``Execution`` instead of starting one."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, *, execution: Execution, **_: Any) -> Any:
        manager = _SavingManager(nb, execution)
        manager.notebook_start()
        try:
            _run_cells(manager, execution)
        finally:
            manager.notebook_complete()
        return manager.nb


def _run_cells(manager: _SavingManager, execution: Execution) -> None:
    client: Any = PapermillNotebookClient(
        manager,
        km=execution.kernel.manager,
        startup_timeout=START_SECONDS,
        timeout_func=lambda *_: max(execution.deadline - time.monotonic(), 0.1),
        on_notebook_start=lambda **_: _ready(client, execution),
    )
    try:
        client.execute(cleanup_kc=False)
    except CellTimeoutError:
        reason = f"it took longer than the limit of {execution.limit_seconds:g} s (runner.stage_limit_seconds)"
        raise _stopped(manager, name="StageTimeLimit", reason=reason) from None
    except DeadKernelError:
        reason = "its process died (out of memory, or killed)"
        raise _stopped(manager, name="KernelDied", reason=reason) from None
    except (KeyboardInterrupt, SystemExit):
        # The cell's coroutine is left behind: how it ended is nothing to print over the one line of the command.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        raise
    except RuntimeError as error:  # jupyter_client's word for a kernel that never answered
        raise _stopped(manager, name="KernelDied", reason=f"its process did not start ({error})") from None
    finally:
        if client.kc is not None:
            client.kc.stop_channels()


def _ready(client: Any, execution: Execution) -> None:
    """Hand the kernel, which now answers, what was not known when it was started; start the clock."""
    code = f"import os as _os; _os.environ.update({dict(execution.environment)!r}); del _os"
    client.kc.execute(code, silent=True, store_history=False)
    execution.deadline = time.monotonic() + execution.limit_seconds


def _stopped(manager: _SavingManager, *, name: str, reason: str) -> NotebookError:
    """Write into the running cell why it was stopped, so that the saved notebook tells."""
    running = [c for c in manager.nb.cells if c.metadata.papermill.get("status") == "running"]
    ended = [c for c in manager.nb.cells if c.metadata.papermill.get("end_time")]
    cell = (running or ended or manager.nb.cells)[-1]
    if cell.cell_type == "code":
        cell.outputs.append(_error(name, reason))
    manager.cell_exception(cell)
    return NotebookError(reason)


def _error(name: str, reason: str) -> Any:
    traceback = [f"{name}: {reason}"]
    output: Any = NotebookNode  # untyped
    return output(output_type="error", ename=name, evalue=reason, traceback=traceback)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no message"
