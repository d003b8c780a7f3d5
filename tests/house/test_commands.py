"""Every command is documented: what the command line offers, the README names."""

import re
from pathlib import Path

import pytest

from workbench.cli.app import app

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(str(c.name or (c.callback.__name__ if c.callback else "")) for c in app.registered_commands)
GROUPS = {str(g.name): g.typer_instance for g in app.registered_groups if g.typer_instance}
VERBS = [
    f"{group} {c.name or (c.callback.__name__ if c.callback else '')}"
    for group, verbs in GROUPS.items()
    for c in verbs.registered_commands
]


def documented() -> set[str]:
    """The words of every code span that belongs to a command row: `workbench ingest`, `profiles`, ..."""
    rows = [line for line in README.splitlines() if "`workbench " in line]
    spans = [span for row in rows for span in re.findall(r"`([^`]+)`", row)]
    return {word for span in spans for word in span.removeprefix("workbench ").split()[:1]}


def test_there_are_commands() -> None:
    assert {"weekly", "run", "status", "doctor", "ingest", "profiles", "simulate", "publish", "grade"} <= set(COMMANDS)


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert name in documented(), f"README.md must name `workbench {name}` in its table of commands"


@pytest.mark.parametrize("words", VERBS)
def test_every_verb_of_a_group_stands_in_the_readme(words: str) -> None:
    assert re.search(rf"`(workbench )?{words}\b", README), f"README.md must name `{words}` in its table of commands"


def test_the_readme_names_no_command_that_is_not_there() -> None:
    named = set(re.findall(r"(?:`|bin/)workbench ([a-z]+)", README))
    assert named
    assert named <= {*COMMANDS, *GROUPS}
