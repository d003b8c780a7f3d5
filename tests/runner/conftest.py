"""Steps over the tiny notebooks of tests/notebooks, each named for its fault."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workbench.runner.plan import Step

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@dataclass
class Heard:
    """A progress that remembers what it was told."""

    said: list[tuple[object, ...]] = field(default_factory=list)

    def begin(self, names):
        self.said.append(("begin", *names))

    def unchanged(self, name):
        self.said.append(("unchanged", name))

    def started(self, name, *, expected):
        self.said.append(("started", name, expected is not None))

    def cell(self, name, *, index, total):
        self.said.append(("cell", name, index, total))

    def finished(self, name, *, seconds):
        self.said.append(("finished", name))

    def failed(self, name, *, reason):
        self.said.append(("failed", name))

    def end(self):
        self.said.append(("end",))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def step(tmp_path) -> Callable[..., Step]:
    """A step over one of the tiny notebooks, whose key is its name unless another is given."""

    def made(name: str, *, key: str = "", done: Callable[[str], bool] = lambda key: True, **parameters: object) -> Step:
        return Step(
            name=name,
            notebook=NOTEBOOKS / f"{name}.ipynb",
            key=lambda: key or f"key-of-{name}",
            is_done=done,
            parameters={"folder": str(tmp_path), **parameters},
        )

    return made
