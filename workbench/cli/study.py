"""``workbench study NAME``: one long question, run as a notebook, kept, and shown as a page."""

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from workbench.cli.week import run_steps
from workbench.errors import ParameterError, StoreError
from workbench.runner.parameters import Parameter, Value, notebook_schema, resolved
from workbench.runner.plan import Step
from workbench.runner.sequence import Hooks
from workbench.settings import Settings, known_keys, load_settings, profile_path
from workbench.stages.studies.catalogue import STUDIES, Study, study_named
from workbench.stages.studies.keys import COMMAND_VARIABLE, SHEETS, given_path, study_folder, study_key
from workbench.store.locks import artifact_lock

if TYPE_CHECKING:
    from workbench.report.publish.studies import StudyContext

#: Studies are long: a limit that fits a stage would end them.
LIMIT_SECONDS = 7200.0
RESULT = "result.json"


def list_studies() -> str:
    """Return the studies with their questions, one a line."""
    width = max(len(study.name) for study in STUDIES)
    return "\n".join(f"{study.name:<{width}}  {study.question}" for study in STUDIES)


def run_study(name: str, *, profile: str, changes: Mapping[str, str], force: bool = False, asked_by: str = "") -> str:
    """Run a study, publish its page, and return the path of its result.

    Parameters
    ----------
    name : str
    profile : str
    changes : mapping of str to str
        As typed after ``--set``: parameters of the study's notebook, or settings.
    force : bool
        Run it also if nothing has changed.
    asked_by : str
        The command that asked for it as a part of something larger: it stands in the result in place of this one, and
        the study's page stays as it is.

    Raises
    ------
    SettingsError
        If there is no such study, parameter or setting; names the nearest.
    StageError
        If it fails; its notebook and page are kept.
    """
    study = study_named(name, league=load_settings(profile, overrides={}).league)
    schema = notebook_schema(study.notebook)
    given, overrides = _split(changes, schema=schema, where=study.name)
    settings = load_settings(profile, overrides=overrides)
    root = profile_path(profile).parents[1]
    given |= {n: _from_project(str(given[n]), root=root, profile=profile) for n in study.files if n in given}
    values = resolved(schema, {"profile": profile, **given}, where=study.name)
    folder = study_folder(study, settings)
    step = Step(
        name=study.name,
        title=study.title,
        notebook=study.notebook,
        parameters=values,
        key=lambda: study_key(study, settings, parameters=values),
        is_done=lambda key: (folder / key / RESULT).is_file(),
    )
    hooks = Hooks() if asked_by else _Pages(study, settings, folder=folder, root=root, values=values).hooks()
    typed = asked_by or command_words(study.name, profile=profile, changes=changes)
    with artifact_lock(folder, command=f"workbench study {study.name}"):
        (done,) = run_steps(
            (step,), settings=settings, root=root, records=folder, hooks=hooks, force=force,
            environment={COMMAND_VARIABLE: typed},
            limit_seconds=max(LIMIT_SECONDS, settings.runner.stage_limit_seconds),
        )  # fmt: skip
    return _shown(folder / done.key / RESULT)


def command_words(name: str, *, profile: str, changes: Mapping[str, str]) -> str:
    """Return the command as it was typed, places of the machine replaced by a word: others keep theirs elsewhere.

    Examples
    --------
    >>> command_words("simulation", profile="nfl", changes={"draws": "500", "sources.lines.base": "/data/lines"})
    'workbench study simulation --profile nfl --set draws=500 --set sources.lines.base=FOLDER'
    """
    typed = (f"--set {key}={'FOLDER' if _is_place(value) else value}" for key, value in changes.items())
    return " ".join([f"workbench study {name} --profile {profile}", *typed])


def _is_place(value: str) -> bool:
    return os.sep in value or "/" in value


def _split(
    changes: Mapping[str, str], *, schema: Mapping[str, Parameter], where: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Tell parameters of the notebook, typed, from settings.

    Raises
    ------
    ParameterError
        If a key is neither and no setting is nearer than a parameter.
    """
    given = {key: _typed(text, schema[key]) for key, text in changes.items() if key in schema}
    overrides = {key: text for key, text in changes.items() if key not in schema}
    for key in overrides:
        if "." not in key and key not in known_keys():
            close = get_close_matches(key, [*schema, *known_keys()], n=1, cutoff=0.5)
            hint = f"Did you mean {close[0]!r}?" if close else f"Its parameters are: {', '.join(schema)}."
            raise ParameterError(f"The study {where} has no parameter {key!r}, nor is there such a setting. {hint}")
    return given, overrides


def _typed(text: str, parameter: Parameter) -> Any:
    """Read a value as its parameter's type asks; what does not fit is refused later, with the type's name."""
    if parameter.kind.name == "str":
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _from_project(text: str, *, root: Path, profile: str) -> str:
    """Return a path typed in the current folder as one from the project's, for that is where notebooks run."""
    if not text:
        return ""
    shown = os.path.relpath(Path.cwd() / Path(text).expanduser(), root)
    given_path(shown, profile=profile)
    return Path(shown).as_posix()


class _Pages:
    """A study's page: what the runner's hooks call."""

    def __init__(
        self, study: Study, settings: Settings, *, folder: Path, root: Path, values: Mapping[str, Value]
    ) -> None:
        self.study, self.settings, self.folder, self.root = study, settings, folder, root
        self.values = values

    def hooks(self) -> Hooks:
        return Hooks(on_executed=self.publish, on_failed=self.publish_failure, on_unchanged=self.keep)

    def publish(self, step: Step, notebook: Path, key: str) -> None:
        from workbench.report.publish.studies import publish_study

        result = self.folder / key / RESULT
        if not result.is_file():
            raise StoreError(f"{step.name} ended without its {RESULT}: its last cell must finish the run.")
        made = json.loads(result.read_text(encoding="utf-8"))
        stamps = {name: made[name] for name in ("as_of", "data_hash", "revision", "started", "finished")}
        context = self._context(key=key, parameters=made["parameters"], **stamps)
        publish_study(notebook, context=context, beside=self.folder / key / SHEETS)

    def publish_failure(self, step: Step, notebook: Path, reason: str) -> None:
        from workbench.report.publish.studies import publish_study

        shown = {n: v for n, v in self.values.items() if n not in self.study.files}
        publish_study(notebook, context=self._context(parameters=shown, failed=True))

    def keep(self, step: Step, notebook: Path, key: str) -> None:
        """See that the page shows the run that was found unchanged: it may have shown another since."""
        page = self.settings.league_reports / "studies" / f"{step.name}.html"
        if not page.is_file() or key[:16] not in page.read_text(encoding="utf-8"):
            self.publish(step, notebook, key)

    def _context(self, **made: Any) -> "StudyContext":
        from workbench.clock import Week
        from workbench.report.publish import Site, StageTitle
        from workbench.report.publish.studies import StudyContext

        s = self.settings
        own = any(self.values.get(name) for name in self.study.instead)
        label = "Data given" if own else s.label
        site = Site(s.reports, league=s.league, label=label, simulated=s.simulated and not own)
        title = StageTitle(self.study.name, self.study.title, self.study.question)
        week = Week(s.default_season, s.default_week)
        return StudyContext(site, week, title, notebook=f"{self.study.name}.ipynb", **made)


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
