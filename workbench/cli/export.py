"""``workbench export``: the tables, figures and sections that runs left for a dissertation, gathered in one folder."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.cli.week import Asked
    from workbench.settings import Settings

FOLDER = "dissertation"


def export_week(asked: "Asked", *, to: str = "") -> str:
    """Gather what a week's stages and the latest studies left for print, and return where the sections are.

    Parameters
    ----------
    asked : Asked
    to : str
        A folder; empty: ``dissertation`` among the league's reports.

    Raises
    ------
    MissingArtifactError
        If nothing has been left for print.
    """
    from workbench.report.latex.gather import gather

    target = Path(to).expanduser() if to else asked.settings.league_reports / FOLDER
    made = gather(_sources(asked), to=target)
    return "\n".join(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path) for path in made)


def _sources(asked: "Asked") -> dict[str, Path]:
    from workbench.stages.catalogue import STAGES
    from workbench.store.runs import RunStore

    store = RunStore(asked.settings.league_artifacts)
    found = {s.name: store.latest(s.name, (asked.season, asked.week)) for s in STAGES}
    stages = {name.replace("_", "-"): store.folder(manifest.key) for name, manifest in found.items() if manifest}
    return stages | _studies(asked.settings)


def _studies(settings: "Settings") -> dict[str, Path]:
    from workbench.stages.studies.latest import latest_runs

    return {f"study-{name.replace('_', '-')}": folder for name, folder in latest_runs(settings).items()}
