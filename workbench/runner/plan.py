"""A sequence of notebooks to run, and the choice of which."""

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from workbench.errors import ParameterError
from workbench.runner.parameters import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One notebook to run.

    Attributes
    ----------
    name : str
    notebook : Path
        The notebook as written, never changed by a run.
    parameters : mapping of str to value
        Checked against the notebook's parameters cell before anything runs.
    key : callable
        Returns the run's key. Called when the step's turn comes: it may depend on what earlier steps left.
    is_done : callable
        Whether what a key stands for is there, whole.
    title : str
    """

    name: str
    notebook: Path
    key: Callable[[], str]
    is_done: Callable[[str], bool]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    title: str = ""


def select(steps: Sequence[Step], *, only: Sequence[str] = (), start: str | None = None) -> tuple[Step, ...]:
    """Return the steps asked for, in their order.

    Parameters
    ----------
    steps : sequence of Step
    only : sequence of str
        Names of the steps wanted; empty for all.
    start : str, optional
        The first step wanted; those before it are left out.

    Raises
    ------
    ParameterError
        If a name is not one of the steps; names the nearest.
    """
    names = [step.name for step in steps]
    for name in (*only, *([start] if start else [])):
        if name not in names:
            close = get_close_matches(name, names, n=1, cutoff=0.4)
            hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names)}."
            raise ParameterError(f"There is no stage {name!r}. {hint}")
    first = names.index(start) if start else 0
    return tuple(step for step in steps[first:] if not only or step.name in only)


def imported_modules(notebook: Path) -> tuple[str, ...]:
    """Return the modules a notebook imports, so that a kernel started ahead can import them while it waits.

    ``from a import b`` counts as ``a`` and ``a.b``: whoever imports them must bear that ``a.b`` may be no module.
    Cells that are not plain Python are left out.
    """
    found: dict[str, None] = {}
    for cell in json.loads(notebook.read_bytes())["cells"]:
        if cell["cell_type"] != "code":
            continue
        try:
            tree = ast.parse("".join(cell["source"]))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.update(dict.fromkeys((node.module, *(f"{node.module}.{a.name}" for a in node.names))))
    return tuple(found)
