"""The latest run of each study on a league."""

import json
from pathlib import Path
from typing import Any

from workbench.settings import Settings
from workbench.stages.studies.catalogue import STUDIES
from workbench.stages.studies.keys import study_folder

_RESULT = "result.json"
_EXPERIMENT = "workbench experiment"


def latest_runs(settings: Settings) -> dict[str, Path]:
    """Return, by study, the folder of its latest complete run on the league; full-size runs go before trials.

    Arms of experiments are no one's latest run: they answer another question.
    """
    found = {}
    for study in STUDIES:
        runs = [
            (*_standing(path, league=settings.league), path.parent) for path in _results(study_folder(study, settings))
        ]
        mine = sorted((full, finished, str(folder)) for full, finished, folder in runs if finished)
        if mine:
            found[study.name] = Path(mine[-1][2])
    return found


def _results(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*/{_RESULT}"))


def _standing(path: Path, *, league: str) -> tuple[bool, str]:
    """Return whether a run was of full size and when it ended; an empty instant where it is not the league's."""
    try:
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # half a file is no result
        return False, ""
    mine = made.get("league") == league and not str(made.get("command", "")).startswith(_EXPERIMENT)
    return not made.get("parameters", {}).get("smoke", False), str(made.get("finished", "")) if mine else ""
