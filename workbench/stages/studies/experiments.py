"""The study of experiments: every one run on the league, its arms joined by run, compared on the same weeks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.errors import FormatError
from workbench.stages.studies.context import RESULT, StudyRun
from workbench.stages.studies.experiment_pairs import Arm, Gap, gaps, holm_looks, verdict

#: The study whose runs are joined.
BACKTEST: Final = "backtest"
_FRAMES: Final = ("bets", "evaluated", "weeks")
_FIELDS: Final = ("experiment", "digest", "what", "why", "base", "profile", "seasons", "decide_at", "changes", "arms")
_PLANTED_WEEKS: Final = 54
_PLANTED_GAMES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One experiment as it was run, and what came of it.

    Attributes
    ----------
    name, digest : str
        The file's name and the hash of what it asked.
    what, why, base : str
    seasons : tuple of int
    changes : tuple of (key, from, to)
    runs : tuple of str
        Keys of the runs of the study ``backtest``, bases first.
    gaps : tuple of Gap
    verdict, because : str
    smoke : bool
        Whether its arms were tried at smoke size only.
    """

    name: str
    digest: str
    what: str
    why: str
    base: str
    seasons: tuple[int, ...]
    changes: tuple[tuple[str, str, str], ...]
    runs: tuple[str, ...]
    gaps: tuple[Gap, ...]
    verdict: str
    because: str
    smoke: bool


@dataclass(frozen=True, slots=True)
class Experiments:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    compared : tuple of Compared
    looks : DataFrame
        From `stages.studies.experiment_pairs.holm_looks`.
    planted : bool
        Whether no experiment was run, so that simulated ones show how the page reads.
    notes : tuple of str
    """

    compared: tuple[Compared, ...]
    looks: pd.DataFrame
    planted: bool
    notes: tuple[str, ...]

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims: each experiment with the runs it joins."""
        keep = ("name", "digest", "what", "why", "base", "seasons", "changes", "runs", "verdict", "because", "smoke")
        return {
            "experiments": [{name: getattr(one, name) for name in keep} for one in self.compared],
            "looks": self.looks.to_dict("records"),
            "planted": self.planted,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class _Joined:
    """A record with the frames of its runs."""

    record: dict[str, Any]
    base: list[Arm]
    change: list[Arm]

    @property
    def same_lines(self) -> bool:
        """Whether both arms were decided at one instant."""
        return all(change["key"] != "decide_at" for change in self.record["changes"])


def study_experiments(run: StudyRun, *, smoke: bool = False) -> Experiments:
    """Join and compare.

    Raises
    ------
    FormatError
        If a record is none.
    """
    folder = None if smoke else run.path("results")
    runs = run.settings.artifacts / "studies" / BACKTEST
    records = [] if folder is None else [read_record(path) for path in sorted(folder.glob("*.json"))]
    joined, notes = [], []
    for record in records:
        try:
            joined.append(_joined(record, runs))
        except FileNotFoundError:
            notes.append(f"A run of {record['experiment']} is no longer there: run the experiment again.")
    planted = not joined
    return compared_experiments(planted_experiments(run.settings.seed) if planted else joined, notes, planted=planted)


def compared_experiments(joined: Sequence[_Joined], notes: Sequence[str] = (), *, planted: bool = False) -> Experiments:
    """Return every experiment with its verdict, corrected for all that looked at some of the same seasons."""
    found = [gaps(one.base, one.change, same_lines=one.same_lines) for one in joined]
    labels = [_label(one.record) for one in joined]
    looks = holm_looks(
        (label, tuple(one.record["seasons"]), several)
        for label, one, several in zip(labels, joined, found, strict=True)
    )
    compared = [
        Compared(
            name=one.record["experiment"], digest=one.record["digest"], what=one.record["what"], why=one.record["why"],
            base=one.record["base"], seasons=tuple(one.record["seasons"]),
            changes=tuple((c["key"], c["from"], c["to"]) for c in one.record["changes"]),
            runs=tuple(arm["run"] for arm in one.record["arms"]), gaps=tuple(several),
            verdict=verdict(label, looks)[0], because=verdict(label, looks)[1], smoke=bool(one.record.get("smoke")),
        )
        for label, one, several in zip(labels, joined, found, strict=True)
    ]  # fmt: skip
    return Experiments(tuple(compared), looks, planted, tuple(notes))


def _label(record: dict[str, Any]) -> str:
    """Return a name that an edited file does not share with what it was before."""
    return f"{record['experiment']} {record['digest'][:12]}"


def read_record(path: Path) -> dict[str, Any]:
    """Return the record that ``workbench experiment run`` left.

    Raises
    ------
    FormatError
        If it is none.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FormatError(f"{path.name} is not a record of an experiment: it is not JSON.") from error
    if not isinstance(record, dict) or not set(_FIELDS) <= set(record):
        raise FormatError(f"{path.name} is not a record of an experiment: it must have {', '.join(_FIELDS)}.")
    return record


def read_arm(runs: Path, key: str) -> Arm:
    """Return the frames of one run of the study ``backtest``.

    Raises
    ------
    FileNotFoundError
        If the run is not there, or not whole.
    """
    folder = runs / Path(key).name
    if not (folder / RESULT).is_file():
        raise FileNotFoundError(folder.name)
    return Arm(*(pd.read_parquet(folder / f"main_{name}.parquet") for name in _FRAMES))


def _joined(record: dict[str, Any], runs: Path) -> _Joined:
    arms = {
        side: [read_arm(runs, arm["run"]) for arm in record["arms"] if arm["arm"] == side]
        for side in ("base", "change")
    }
    return _Joined(record, arms["base"], arms["change"])


def planted_experiments(seed: int) -> list[_Joined]:
    """Return two simulated experiments: one that changes the price by half a point, one that changes nothing true."""
    rng = np.random.default_rng([seed, len(_FRAMES)])  # a stream of its own
    return [
        _planted(rng, name, what=what, gain=gain)
        for name, what, gain in (
            ("planted_gain", "Simulated: the change is worth half a point of closing line value.", 0.5),
            ("planted_nothing", "Simulated: the change draws other bets, no better ones.", 0.0),
        )
    ]


def _planted(rng: np.random.Generator, name: str, *, what: str, gain: float) -> _Joined:
    week = np.tile(np.arange(1, _PLANTED_WEEKS // 3 + 1), 3)
    when = pd.DataFrame({"season": np.repeat([2022, 2023, 2024], len(week) // 3), "week": week})
    base, change = (_planted_arm(rng, when, gain=g) for g in (0.0, gain))
    outcome = (rng.random(len(base.evaluated)) < 0.5).astype(float)
    arms = [Arm(a.bets, a.evaluated.assign(outcome=outcome), a.weeks) for a in (base, change)]
    changes = [{"key": "planted", "from": "no gain", "to": f"{gain:+.1f} points"}]
    record = {
        "experiment": name, "digest": "0" * 64, "what": what, "why": "To show how a page of experiments reads.",
        "base": "simulated", "profile": "simulated", "seasons": [2022, 2023, 2024], "decide_at": "open",
        "changes": changes, "arms": [],
    }  # fmt: skip
    return _Joined(record, [arms[0]], [arms[1]])


def _planted_arm(rng: np.random.Generator, when: pd.DataFrame, *, gain: float) -> Arm:
    bets = when.loc[when.index.repeat(8)].reset_index(drop=True)
    won = rng.random(len(bets)) < 0.52 + 0.02 * gain
    bets = bets.assign(
        clv_points=gain + rng.normal(0, 1.8, len(bets)), headline=True, profit_units=np.where(won, 10 / 11, -1.0),
        stake_units=1.0, base_units=100.0, outcome=np.where(won, "win", "loss"),
    )  # fmt: skip
    games = when.loc[when.index.repeat(_PLANTED_GAMES)].reset_index(drop=True)
    names = [
        f"{s}_{w}_{i % _PLANTED_GAMES}" for i, (s, w) in enumerate(zip(games["season"], games["week"], strict=True))
    ]
    model = np.clip(0.5 + rng.normal(0, 0.1, len(games)), 0.05, 0.95)
    return Arm(bets, games.assign(game_id=names, target="win", model=model, outcome=np.nan), when)
