"""Which stages of a week are done, stale or missing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.errors import MissingArtifactError, SourceError

if TYPE_CHECKING:
    from workbench.cli.week import Asked
    from workbench.stages.catalogue import Stage

State = Literal["done", "stale", "missing", "unknown"]


@dataclass(frozen=True, slots=True)
class StageState:
    """How one stage of a week stands.

    Attributes
    ----------
    name : str
    state : {"done", "stale", "missing", "unknown"}
        Stale: what it was made from has changed. Unknown: its sources do not answer.
    finished, key : str
        Of the run the week shows; empty where there is none.
    """

    name: str
    state: State
    finished: str = ""
    key: str = ""


def week_states(asked: "Asked") -> list[StageState]:
    """Return how each stage of the week stands; sources are asked whether anything is new."""
    from workbench.stages.catalogue import STAGES

    states: dict[str, StageState] = {}
    for stage in STAGES:
        fresh = all(states[needed].state == "done" for needed in stage.needs)
        states[stage.name] = _state(stage, asked, fresh=fresh)
    return list(states.values())


def show_status(asked: "Asked") -> None:
    """Print the week's stages, and who is at work on them."""
    from rich.console import Console
    from rich.table import Table

    from workbench.store.locks import holder

    table = Table(box=None, pad_edge=False, title=f"{asked.settings.label}, {asked.season} week {asked.week}")
    for title in ("stage", "state", "finished", "key"):
        table.add_column(title, no_wrap=True)
    colours = {"done": "green", "stale": "yellow", "missing": "dim", "unknown": "yellow"}
    for s in week_states(asked):
        table.add_row(s.name, f"[{colours[s.state]}]{s.state}[/]", s.finished, s.key)
    console = Console()
    console.print(table)
    at_work = holder(asked.settings.league_artifacts)
    if at_work:
        console.print(f"At work: process {at_work.pid} (`{at_work.command}`), since {at_work.since}.")


def _state(stage: "Stage", asked: "Asked", *, fresh: bool) -> StageState:
    from workbench.stages.keys import stage_key

    shown = asked.store.latest(stage.name, (asked.season, asked.week))
    if shown is None:
        return StageState(stage.name, "missing")
    try:
        key = stage_key(stage, asked.settings, season=asked.season, week=asked.week, as_of=asked.as_of)
        state: State = "done" if fresh and key == shown.key and asked.store.is_complete(key) else "stale"
    except MissingArtifactError:
        state = "stale"
    except SourceError:
        state = "unknown"
    return StageState(stage.name, state, shown.finished, shown.key)
