"""``docs/measured.md``: every number claimed, with its interval, games, target, command, revision and date.

    python -m workbench.report.measured [--artifacts FOLDER] [--output FILE] [--league nfl]

It is written from the latest full-size result of each study, and of each benchmark that left one in the same form
(``artifacts/benchmarks/<name>/<run>/result.json``). Nothing is typed by hand.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.errors import FormatError, MissingArtifactError, ValidationError
from workbench.report.sentences import count, listing
from workbench.report.stories.studies import shown_interval, shown_value
from workbench.stages.studies.claims import Claim
from workbench.store.atomic import write_text

COLUMNS: Final = ("number", "value", "95 % interval", "games", "target", "verdict", "command", "revision", "date")
_FOLDERS: Final = ("studies", "benchmarks")
#: Of an invented league whatever the profile, or of the one other league there is.
_OF_ANOTHER_LEAGUE: Final = ("backtest_epl", "bnn_truth", "planted_truth")
#: How the command of an experiment's arm begins: it answers another question than the study it runs.
_EXPERIMENT: Final = "workbench experiment"
_HEAD: Final = """# Measured numbers

Written by `make measured` from the latest results of the studies and benchmarks (`artifacts/studies/*/*/result.json`,
`artifacts/benchmarks/*/*/result.json`): not typed, and not to be edited. Every number stands with its 95 % interval,
or with the reason why it has none; intervals are clustered by week unless they say otherwise. A target that was not
reached says so. `+` after a revision: the tree had changes that were not committed.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """The latest result of one study.

    Attributes
    ----------
    name, question, command, revision, finished, label, as_of, data_hash : str
    claims : tuple of Claim
    """

    name: str
    question: str
    command: str
    revision: str
    finished: str
    label: str
    as_of: str
    data_hash: str
    claims: tuple[Claim, ...]

    @property
    def day(self) -> str:
        """The day the run ended (UTC)."""
        return self.finished[:10]


def latest_results(artifacts: Path, *, league: str) -> list[Measured]:
    """Return the latest full-size result of each study on a league, by name.

    Raises
    ------
    FormatError
        If a result cannot be read.
    """
    found: dict[str, Measured] = {}
    for folder in _FOLDERS:
        for path in sorted((artifacts / folder).glob("*/*/result.json")):
            plain = _read(path)
            elsewhere = plain.get("league", league) != league and plain.get("study") not in _OF_ANOTHER_LEAGUE
            arm = str(plain.get("command", "")).startswith(_EXPERIMENT)
            if elsewhere or arm or plain.get("parameters", {}).get("smoke"):
                continue
            result = _measured(plain, where=path)
            if result.name not in found or found[result.name].finished < result.finished:
                found[result.name] = result
    return [found[name] for name in sorted(found)]


def _read(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FormatError(f"The result of {path.parent.parent.name} is not JSON ({error}). Run it again.") from error
    if not isinstance(plain, dict):
        raise FormatError(f"The result of {path.parent.parent.name} must be an object. Run it again.")
    return plain


def _measured(plain: dict[str, Any], *, where: Path) -> Measured:
    stamps = ("question", "command", "revision", "finished", "label", "as_of", "data_hash")
    try:
        claims = tuple(Claim.from_dict(claim) for claim in plain["claims"])
        named = {name: str(plain[name]) for name in stamps}
        return Measured(name=_named(plain), claims=claims, **named)
    except (KeyError, ValidationError) as error:
        raise FormatError(f"The result of {where.parent.parent.name} is of another form: {error}.") from error


def _named(plain: dict[str, Any]) -> str:
    """Return the study's name, and beside it the target where it is asked of several: each keeps its latest result."""
    target = plain.get("parameters", {}).get("target", "")
    return f"{plain['study']} ({target})" if target else str(plain["study"])


def document(results: Sequence[Measured]) -> str:
    """Return the document as Markdown."""
    parts = [_HEAD, _summary(results), _table(results), *_sources(results)]
    return "\n".join(parts).rstrip() + "\n"


def _summary(results: Sequence[Measured]) -> str:
    aimed = [claim for result in results for claim in result.claims if claim.reached is not None]
    missed = [claim.what for claim in aimed if not claim.reached]
    reached = f"{len(aimed) - len(missed)} of {count(len(aimed), 'target')} reached."
    if not missed:
        return f"{reached}\n"
    return f"{reached} Not reached:\n\n" + "\n".join(f"- {what}" for what in missed) + "\n"


def _table(results: Sequence[Measured]) -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(row for result in results for row in _rows(result))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


def _rows(result: Measured) -> Iterator[tuple[str, ...]]:
    for claim in result.claims:
        yield (
            claim.what.replace("|", "\\|"),
            shown_value(claim),
            shown_interval(claim),
            f"{claim.games:,}" if claim.games else "–",
            claim.target or "–",
            claim.verdict,
            result.name,
            result.revision,
            result.day,
        )


def _sources(results: Sequence[Measured]) -> Iterator[str]:
    yield "## Commands\n"
    for command in dict.fromkeys(result.command for result in results):
        same = [result for result in results if result.command == command]
        names = ", ".join(f"**{result.name}**" for result in same)
        facts = f"{same[0].label}, facts {same[0].data_hash[:12]}" if same[0].data_hash else same[0].label
        yield f"{names} ({facts})\n"
        yield f"    {command}\n"
    yield "`FOLDER` stands for wherever your copies of the files are."


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the document.

    Raises
    ------
    MissingArtifactError
        If no study has left a full-size result; says what to run.
    """
    parser = argparse.ArgumentParser(prog="python -m workbench.report.measured", description=__doc__.splitlines()[0])
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    parser.add_argument("--output", type=Path, default=Path("docs/measured.md"))
    parser.add_argument("--league", default="nfl")
    asked = parser.parse_args(arguments)
    results = latest_results(asked.artifacts, league=asked.league)
    if not results:
        raise MissingArtifactError(
            f"No study has left a full-size result on {asked.league} yet. Run `workbench study NAME --profile "
            f"{asked.league}` first."
        )
    write_text(asked.output, document(results))
    print(f"{asked.output}: {listing([result.name for result in results])}")


if __name__ == "__main__":
    main()
