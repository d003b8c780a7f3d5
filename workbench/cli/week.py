"""A week's stages as steps of the runner."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from workbench.cli import EXIT_INTERRUPTED
from workbench.errors import SettingsError, StageError
from workbench.runner.parameters import Value
from workbench.runner.plan import Step, select
from workbench.runner.progress import LiveProgress, PlainProgress, Progress
from workbench.runner.sequence import Hooks, Options, Outcome, run_sequence
from workbench.settings import SETTINGS_VARIABLE, Settings, load_settings, profile_path
from workbench.store.locks import artifact_lock
from workbench.store.runs import RunStore

if TYPE_CHECKING:
    from workbench.stages.catalogue import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command was asked for: a week of a league under settings.

    Attributes
    ----------
    settings : Settings
    root : Path
        The project's folder: where ``params/`` is.
    season, week : int
    as_of : str
        ISO instant; empty is the week's decision instant.
    """

    settings: Settings
    root: Path
    season: int
    week: int
    as_of: str = ""

    @property
    def store(self) -> RunStore:
        """The runs of the league."""
        return RunStore(self.settings.league_artifacts)


def ask(
    profile: str,
    *,
    season: int | None = None,
    week: int | None = None,
    as_of: str = "",
    overrides: Mapping[str, str],
) -> Asked:
    """Resolve a command's options; the profile says which season and week where they are left out."""
    settings = load_settings(profile, overrides=overrides)
    return Asked(
        settings=settings,
        root=profile_path(profile).parents[1],
        season=settings.default_season if season is None else season,
        week=settings.default_week if week is None else week,
        as_of=as_of,
    )


def run_week(
    asked: Asked, *, verb: str | None = None, only: tuple[str, ...] = (), start: str | None = None, force: bool = False
) -> str:
    """Run a week's stages under the league's lock, publish their pages, and return the path of the week's index.

    Raises
    ------
    LockedError
        If another run is at work on the league.
    ParameterError
        If a notebook's parameters do not fit.
    SettingsError
        If the league has no week: the stages are the NFL's.
    StageError
        If a stage fails; its notebook and page are kept.
    """
    if asked.settings.league == "epl":
        raise SettingsError(
            "The stages of the week are the NFL's; English football is walked season by season: "
            "workbench study backtest --profile epl --set test_season=2324"
        )
    from workbench.cli.pages import Pages
    from workbench.stages.catalogue import STAGES, stage_named, stages_for

    stages = stages_for(verb) if verb else STAGES
    steps = select(
        [step_of(stage, asked) for stage in stages],
        only=[stage_named(name).name for name in only],
        start=stage_named(start).name if start else None,
    )
    pages = Pages(asked)
    root = asked.settings.league_artifacts
    with artifact_lock(root, command=f"workbench {' '.join(sys.argv[1:2])}".strip()):
        asked.store.sweep()
        outcomes = _run(steps, asked, hooks=pages.hooks(), force=force)
        index = pages.index(changed=any(o.status == "done" for o in outcomes))
    return str(index.relative_to(Path.cwd()) if index.is_relative_to(Path.cwd()) else index)


def step_of(stage: "Stage", asked: Asked) -> Step:
    """Return a stage as a step of the runner."""
    from workbench.stages.keys import parameters, stage_key

    where = {"season": asked.season, "week": asked.week, "as_of": asked.as_of}
    given = parameters(stage, asked.settings, **where)  # type: ignore[arg-type]
    return Step(
        name=stage.name,
        title=stage.title,
        notebook=stage.notebook,
        parameters=cast(dict[str, Value], given),  # the runner checks each against its notebook
        key=lambda: stage_key(stage, asked.settings, **where),  # type: ignore[arg-type]
        is_done=asked.store.is_complete,
    )


def _run(steps: tuple[Step, ...], asked: Asked, *, hooks: Hooks, force: bool) -> list[Outcome]:
    records = asked.settings.league_artifacts / "executed"
    return run_steps(steps, settings=asked.settings, root=asked.root, records=records, hooks=hooks, force=force)


def run_steps(
    steps: tuple[Step, ...], *, settings: Settings, root: Path, records: Path, hooks: Hooks, force: bool,
    environment: Mapping[str, str] = MappingProxyType({}), limit_seconds: float | None = None,
) -> list[Outcome]:  # fmt: skip
    """Run steps under settings, with progress on standard error; an interruption ends in one line.

    Raises
    ------
    StageError
        If a notebook fails; says what to do.
    """
    options = Options(
        records=records,
        root=root,
        environment={SETTINGS_VARIABLE: settings.to_json(), **environment},
        limit_seconds=limit_seconds or settings.runner.stage_limit_seconds,
        prestart=settings.runner.prestart,
        force=force,
        secrets=settings.secrets(),
    )
    try:
        return run_sequence(steps, options=options, progress=_progress(), hooks=hooks)
    except StageError as error:
        error.add_note("Mend the cause, then run the same command: finished stages are kept.")
        raise
    except KeyboardInterrupt:  # caught here, for typer would turn it into a bare "Aborted!"
        sys.stderr.write("workbench: interrupted. The same command resumes where it stopped.\n")
        sys.exit(EXIT_INTERRUPTED)


def _progress() -> Progress:
    if sys.stderr.isatty():
        from rich.console import Console

        return LiveProgress(Console(stderr=True))
    return PlainProgress(lambda line: print(line, file=sys.stderr, flush=True))
