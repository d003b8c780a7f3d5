"""Run notebooks in sequence: parameters checked, unchanged ones kept, a failure told and kept."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.errors import ParameterError, StageError
from workbench.runner.parameters import Value, notebook_schema, resolved
from workbench.runner.plan import Step, imported_modules
from workbench.runner.progress import Progress
from workbench.runner.records import Records, Timing
from workbench.store.atomic import write_bytes

if TYPE_CHECKING:
    from workbench.runner.kernels import Kernels

#: How many kernels wait ahead of their use: each imports for seconds, and holds some 200 MB meanwhile.
AHEAD = 2
#: The kernel's environment variable that holds the key of the run.
RUN_KEY_VARIABLE = "WORKBENCH_RUN_KEY"


def _nothing(step: Step, notebook: Path, told: str) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What is called as notebooks end.

    Attributes
    ----------
    on_executed : callable (step, executed notebook, key)
        A notebook ended well. Called in a helper thread while the next one runs; the step counts as done only when
        it returned.
    on_failed : callable (step, executed notebook, reason)
        A notebook failed; the notebook with its error is saved. Its own errors do not hide the failure.
    on_unchanged : callable (step, executed notebook, key)
        A notebook was not run again; must be quick.
    """

    on_executed: Callable[[Step, Path, str], None] = _nothing
    on_failed: Callable[[Step, Path, str], None] = _nothing
    on_unchanged: Callable[[Step, Path, str], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run.

    Attributes
    ----------
    records : Path
        Folder of executed notebooks and timings.
    root : Path
        The kernels' working folder; its path is kept out of notebooks.
    environment : mapping of str to str
        For every kernel.
    limit_seconds : float
        For each notebook.
    force : bool
        Run also what is unchanged.
    prestart : bool
        Start the next kernels while one runs.
    secrets : tuple of str
        Values kept out of executed notebooks.
    """

    records: Path
    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    limit_seconds: float = 900.0
    force: bool = False
    prestart: bool = True
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended."""

    name: str
    key: str
    status: Literal["done", "unchanged"]
    seconds: float
    notebook: Path


def run_sequence(
    steps: Sequence[Step], *, options: Options, progress: Progress, hooks: Hooks | None = None
) -> list[Outcome]:
    """Run notebooks one after the other, each in a fresh process.

    Raises
    ------
    ParameterError
        If any step's parameters do not fit its notebook; nothing has run then.
    StageError
        If a notebook fails; later ones do not run.
    """
    values = [_checked(step) for step in steps]
    with ExitStack() as stack:
        progress.begin([step.name for step in steps])
        stack.callback(progress.end)
        sequence = _Sequence(steps, values, options=options, progress=progress, hooks=hooks or Hooks(), stack=stack)
        outcomes = [sequence.take(index) for index in range(len(steps))]
        sequence.settle()
    return outcomes


def _checked(step: Step) -> dict[str, Value]:
    if not step.notebook.is_file():
        raise ParameterError(f"{step.name} has no notebook {step.notebook.name!r}. Is the checkout whole?")
    return resolved(notebook_schema(step.notebook), step.parameters, where=step.name)


class _Sequence:
    """The state of one run: its kernels and the pages still being made."""

    def __init__(
        self,
        steps: Sequence[Step],
        values: Sequence[Mapping[str, Value]],
        *,
        options: Options,
        progress: Progress,
        hooks: Hooks,
        stack: ExitStack,
    ) -> None:
        self.steps, self.values, self.options = steps, values, options
        self.progress, self.hooks, self.stack = progress, hooks, stack
        self.records = Records(options.records)
        self.kernels: Kernels | None = None
        self.pages: list[Future[None]] = []
        self.thread: ThreadPoolExecutor | None = None

    def take(self, index: int) -> Outcome:
        """Run one step, unless it is done."""
        step = self.steps[index]
        self._raise_page_errors(wait=False)
        key = step.key()
        notebook = self.records.notebook(step.name, key)
        if not self.options.force and self.records.is_done(step.name, key) and step.is_done(key):
            self.progress.unchanged(step.name)
            self.hooks.on_unchanged(step, notebook, key)
            return Outcome(step.name, key, "unchanged", 0.0, notebook)
        began = time.monotonic()
        self.progress.started(step.name, expected=self._expected_seconds(step))
        timing = self._execute(index, key=key)
        seconds = time.monotonic() - began
        self._publish(step, key=key, timing=replace(timing, seconds=round(seconds, 3)))
        self.progress.finished(step.name, seconds=seconds)
        return Outcome(step.name, key, "done", seconds, notebook)

    def settle(self) -> None:
        """Wait for the pages still being made."""
        self._raise_page_errors(wait=True)

    def _execute(self, index: int, *, key: str) -> Timing:
        step = self.steps[index]
        kernels = self._kernels()
        kernel = kernels.take(imported_modules(step.notebook))  # starts while the next lines import papermill
        _spare_the_grammar()
        from workbench.runner.engine import Execution, NotebookError, execute
        from workbench.runner.executed import replacements, without

        def on_cell(cell: int, total: int) -> None:
            if cell == 1:  # only now is this one's kernel ready: those of later steps must not compete with its start
                self._prestart(kernels, after=index)
            self.progress.cell(step.name, index=cell, total=total)

        execution = Execution(
            kernel=kernel,
            output=self.records.begin(step.name, key),
            limit_seconds=self.options.limit_seconds,
            environment={RUN_KEY_VARIABLE: key},
            hidden=replacements(secrets=self.options.secrets, root=self.options.root),
            on_cell=on_cell,
        )
        try:
            return execute(step.notebook, execution, parameters=self.values[index])
        except NotebookError as failure:
            reason = without(str(failure), execution.hidden)
            raise self._failed(step, execution.output, reason=reason) from None
        finally:
            kernels.retire(kernel)

    def _prestart(self, kernels: "Kernels", *, after: int) -> None:
        """Start the kernels of the next steps; a short step leaves too little time to start only one."""
        if self.options.prestart:
            for step in self.steps[after + 1 + kernels.waiting : after + 1 + AHEAD]:
                kernels.prestart(imported_modules(step.notebook))

    def _failed(self, step: Step, notebook: Path, *, reason: str) -> StageError:
        self.progress.failed(step.name, reason=reason)
        error = StageError(
            f"{step.name} failed, {reason.rstrip('.')}. Its notebook {_relative(notebook, self.options.root)} is kept."
        )
        try:
            self.hooks.on_failed(step, notebook, reason)
        except Exception as second:  # the page is a courtesy: its error must not hide the stage's
            error.add_note(f"Its page could not be made: {second}")
        return error

    def _kernels(self) -> "Kernels":
        if self.kernels is None:
            from workbench.runner.kernels import Kernels

            log = self.options.records / "kernels.log"
            write_bytes(log, b"")
            self.kernels = self.stack.enter_context(
                Kernels(
                    environment=self.options.environment,
                    folder=self.options.root,
                    log=log,
                )
            )
        return self.kernels

    def _publish(self, step: Step, *, key: str, timing: Timing) -> None:
        """Make the page in a helper thread, so that the next notebook need not wait for it."""
        if self.thread is None:
            self.thread = self.stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages"))
        notebook = self.records.notebook(step.name, key)

        def finish() -> None:
            self.hooks.on_executed(step, notebook, key)
            self.records.finish(step.name, key, timing=timing)

        self.pages.append(self.thread.submit(finish))

    def _raise_page_errors(self, *, wait: bool) -> None:
        for page in self.pages:
            if wait or page.done():
                page.result()

    def _expected_seconds(self, step: Step) -> float | None:
        last = self.records.expected(step.name)
        return last.seconds if last else None


def _spare_the_grammar() -> None:
    """Halve the import of papermill: jsonschema, asked to check notebooks, builds a grammar of international addresses.

    It is optional to jsonschema, and no notebook holds such an address: told the package is absent, it does without.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _relative(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
