"""``workbench experiment``: a change against a base, both through the study ``backtest``, joined and compared."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from workbench.cli.study import run_study
from workbench.errors import SettingsError
from workbench.runner.parameters import Parameter, notebook_schema
from workbench.settings import Settings, load_settings
from workbench.settings.model import UNKEYED, leaves
from workbench.stages.studies.catalogue import study_named
from workbench.stages.studies.experiment_files import (
    OWN_LINES,
    Change,
    Experiment,
    experiment_names,
    experiments_folder,
    read_experiment,
    resolved_base,
    typed,
)
from workbench.stages.studies.experiment_pairs import MEASURES, gaps
from workbench.stages.studies.experiments import BACKTEST, read_arm, read_record
from workbench.store.atomic import write_text

PAGE: Final = "experiments"
#: What may be said on the command line beside the file: where things are, and whether it is only a trial.
_TRIAL: Final = ("smoke", "peers")
#: The study's other walks are no part of an experiment.
_NO_MORE: Final = {"wednesday": "0", "held_back_hours": "0"}


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment ready to run.

    Attributes
    ----------
    name : str
    asked : Experiment
    profile : str
    base, change : mapping of str to str
        What either arm is told, as typed after ``--set``.
    rows : list of mapping
        ``key, from, to``.
    """

    name: str
    asked: Experiment
    profile: str
    base: Mapping[str, str]
    change: Mapping[str, str]
    rows: list[dict[str, str]]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of the arms: the file's, or the profile's own."""
        return self.asked.seeds or (load_settings(self.profile).seed,)


def list_experiments() -> str:
    """Return the experiments with what they ask, one a line."""
    folder = experiments_folder()
    names = experiment_names(folder)
    if not names:
        return "There is no experiment yet: write one in params/experiments/."
    width = max(map(len, names))
    parameters = _parameters()
    return "\n".join(f"{n:<{width}}  {read_experiment(n, folder=folder, parameters=parameters).what}" for n in names)


def show_experiment(name: str) -> str:
    """Return what an experiment asks, why, and what it changes, one a line."""
    plan = planned(name)
    asked, seeds = plan.asked, ", ".join(map(str, plan.seeds))
    lines = [
        f"{name} ({asked.digest[:12]})",
        f"What    {asked.what}",
        f"Why     {' '.join(asked.why.split())}",
        f"Base    {asked.base} (profile {plan.profile}), decided at {plan.base['decide_at']}",
        f"Seasons {', '.join(map(str, asked.seasons))}",
        f"Seeds   {seeds}",
        *(f"Change  {row['key']}: {row['from']} becomes {row['to']}" for row in plan.rows),
    ]
    return "\n".join(lines)


def planned(name: str) -> Plan:
    """Read an experiment, and check every change as a setting or a parameter before anything runs.

    Raises
    ------
    SettingsError
        If the file breaks a rule, or a change is unknown, ill typed or no change at all.
    """
    folder, parameters = experiments_folder(), _parameters()
    asked = read_experiment(name, folder=folder, parameters=parameters)
    profiles = [path.stem for path in folder.parent.glob("*.yaml") if path.stem != "schedule"]
    profile, below = resolved_base(name, folder=folder, parameters=parameters, profiles=profiles)
    own = {"seasons": typed(asked.seasons), "decide_at": asked.decide_at} | _NO_MORE
    base = own | _texts(below)
    change = base | _texts(asked.changes)
    before, after = (_values(profile, arm) for arm in (base, change))
    rows = [{"key": key, "from": before[key], "to": after[key]} for key in asked.changes]
    if idle := [row["key"] for row in rows if row["from"] == row["to"]]:
        raise SettingsError(f"{name} changes {idle[0]!r} to what the base has already: {before[idle[0]]}.")
    return Plan(name, asked, profile, base, change, rows)


def run_experiment(name: str, *, places: Mapping[str, str], force: bool = False) -> str:
    """Run what has not been run of an experiment, join its arms, renew the page, and return where the record is.

    Parameters
    ----------
    name : str
    places : mapping of str to str
        As typed after ``--set``: where sources and artifacts are, how seasons are fanned out, ``smoke``.
    force : bool
        Run arms also that are unchanged.

    Raises
    ------
    SettingsError
        If the file breaks a rule, or the command line would change what the file says.
    """
    plan = planned(name)
    _require_places(places)
    settings = load_settings(plan.profile, overrides={k: v for k, v in places.items() if k not in _TRIAL})
    arms: list[dict[str, Any]] = []
    wanted = [(side, seed) for seed in plan.seeds for side in ("base", "change")]
    for n, (side, seed) in enumerate(wanted, start=1):
        sys.stderr.write(f"{name}: {side}, seed {seed} ({n} of {len(wanted)})\n")
        told = {**getattr(plan, side), "seed": str(seed), **places}
        left = run_study(
            BACKTEST, profile=plan.profile, changes=told, force=force, asked_by=f"workbench experiment run {name}"
        )
        arms.append({"arm": side, "seed": seed, "run": Path(left).parent.name})
    path = _record_path(settings, plan, smoke=_is_trial(places))
    write_text(path, json.dumps(_record(plan, arms, smoke=_is_trial(places)), indent=1) + "\n")
    keep = {k: v for k, v in places.items() if k not in _TRIAL}
    run_study(PAGE, profile=plan.profile, changes={"results": str(path.parent), **keep})
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def compare_experiments(first: str, second: str, *, places: Mapping[str, str]) -> str:
    """Return the change of one experiment beside that of another, on the weeks that both decided.

    Raises
    ------
    SettingsError
        If one has not been run as its file now stands, or they share no season.
    """
    plans = [planned(name) for name in (first, second)]
    if plans[0].profile != plans[1].profile:
        raise SettingsError(f"{first} and {second} are of different leagues: {plans[0].profile}, {plans[1].profile}.")
    _require_places(places)
    overrides = {k: v for k, v in places.items() if k not in _TRIAL}
    settings = load_settings(plans[0].profile, overrides=overrides)
    shared = sorted(set(plans[0].asked.seasons) & set(plans[1].asked.seasons))
    if not shared:
        raise SettingsError(f"{first} and {second} share no season: nothing can be compared.")
    sides = []
    for plan in plans:
        path = _record_path(settings, plan, smoke=_is_trial(places))
        if not path.is_file():
            raise SettingsError(
                f"{plan.name} has not been run as its file stands: `workbench experiment run {plan.name}`."
            )
        runs = [arm["run"] for arm in read_record(path)["arms"] if arm["arm"] == "change"]
        found = [read_arm(settings.artifacts / "studies" / BACKTEST, run) for run in runs]
        sides.append([arm.of_seasons(shared) for arm in found])
    n = min(map(len, sides))
    same = plans[0].change["decide_at"] == plans[1].change["decide_at"]
    several = gaps(sides[0][:n], sides[1][:n], same_lines=same)
    wide = max(len(first), len(second), 10) + 2
    head = f"{'measure':<20}{first:>{wide}}{second:>{wide}}{'difference':>12}   95 % interval (weeks taken whole)"
    lines = [
        f"{MEASURES[g.measure][0]:<20}{g.base:>{wide}.4f}{g.change:>{wide}.4f}{g.value:>+12.4f}"
        f"   {g.low:+.4f} to {g.high:+.4f}"
        for g in several
    ]
    seasons = ", ".join(map(str, shared))
    return "\n".join(
        [head, *lines, f"Seasons {seasons}. Two looked at because they stood out need more than this interval."]
    )


def _record(plan: Plan, arms: list[dict[str, Any]], *, smoke: bool) -> dict[str, Any]:
    asked = plan.asked
    return {
        "experiment": plan.name, "digest": asked.digest, "what": asked.what, "why": " ".join(asked.why.split()),
        "base": asked.base, "profile": plan.profile, "seasons": list(asked.seasons), "decide_at": asked.decide_at,
        "changes": plan.rows, "arms": arms, "smoke": smoke, "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


def _record_path(settings: Settings, plan: Plan, *, smoke: bool) -> Path:
    """Return where an experiment's record is: an edited file is another experiment, and both looks are kept."""
    trial = "trials" if smoke else "results"
    return settings.league_artifacts / "experiments" / trial / f"{plan.name}-{plan.asked.digest[:12]}.json"


def _is_trial(places: Mapping[str, str]) -> bool:
    return places.get("smoke", "").lower() in ("true", "yes", "on")


def _require_places(places: Mapping[str, str]) -> None:
    for key in places:
        if key not in _TRIAL and key.split(".")[0] not in UNKEYED:
            raise SettingsError(
                f"An experiment's changes stand in its file, got --set {key}. Here only places and workers may be set: "
                f"{', '.join(UNKEYED)}, {', '.join(_TRIAL)}."
            )


def _schema() -> dict[str, Parameter]:
    return notebook_schema(study_named(BACKTEST).notebook)


def _parameters() -> tuple[str, ...]:
    """Return the parameters of the study that a change may name."""
    return tuple(name for name in _schema() if name not in OWN_LINES)


def _texts(changes: Mapping[str, Change]) -> dict[str, str]:
    return {key: typed(value) for key, value in changes.items()}


def _values(profile: str, told: Mapping[str, str]) -> dict[str, str]:
    """Return every key's value as text, settings checked as the command line checks them."""
    schema = _schema()
    settings = load_settings(profile, overrides={k: v for k, v in told.items() if k not in schema})
    values = {key: typed(value) if isinstance(value, tuple) else str(value) for key, value in leaves(settings)}
    return values | {key: text for key, text in told.items() if key in schema}
