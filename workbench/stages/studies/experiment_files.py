"""Experiments as files: what is asked, why, what is changed against a base, on which seasons; read safely."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from workbench.errors import SettingsError
from workbench.settings import known_keys, profile_path

#: Beside the profiles.
FOLDER: Final = "experiments"
#: A file is some lines that a person wrote.
_LARGEST_BYTES: Final = 20_000
_NAME: Final = r"^[a-z][a-z0-9_]{0,40}$"
_DEEPEST: Final = 5
#: Where things are kept, whose they are and how they are run decides no result; an experiment may not move them.
_CLOSED: Final = (
    "artifacts", "reports", "ledger", "sources", "runner", "compute", "label", "league", "simulated", "calibration",
    "default_season", "default_week", "first_season", "warmup", "seed",
)  # fmt: skip
#: Parameters of the study that say on what arms are compared, not how: they stand in the file's own lines.
OWN_LINES: Final = ("profile", "seasons", "wednesday", "smoke", "peers")

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+. -]{1,60}$")]
Scalar = bool | int | Annotated[float, Field(allow_inf_nan=False)] | Word
Change = Scalar | tuple[Scalar, ...]
Name = Annotated[str, Field(pattern=_NAME)]


class Experiment(BaseModel):
    """One experiment.

    Attributes
    ----------
    what, why : str
        In words.
    base : str
        A profile, or another experiment, whose changes are then laid below these.
    seasons : tuple of int
    seeds : tuple of int
        Empty: the profile's.
    decide_at : {"open", "wednesday"}
        Of the base; a change may say otherwise.
    changes : mapping
        Settings by dotted key, or parameters of the study ``backtest``, and what they become.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    what: Annotated[str, Field(min_length=1, max_length=300)]
    why: Annotated[str, Field(min_length=1, max_length=900)]
    base: Name
    seasons: Annotated[tuple[Annotated[int, Field(ge=1999, le=2100)], ...], Field(min_length=1, max_length=40)]
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=20)] = ()
    decide_at: Literal["open", "wednesday"] = "open"
    changes: Annotated[dict[str, Change], Field(min_length=1, max_length=20)]

    @field_validator("seasons", "seeds", mode="after")
    @classmethod
    def _each_once(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(values)) < len(values):
            raise ValueError("each may stand there once")
        return values

    @property
    def digest(self) -> str:
        """A hash of what is asked and how, whatever the order of lines and their comments."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without anchors, aliases, merges or a key twice: what is read is what stands there."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        events: Any = self
        if getattr(events.peek_event(), "anchor", None):  # an alias names its anchor too
            raise SettingsError("anchors and aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if repeated := [key for key in keys if keys.count(key) > 1]:
            raise SettingsError(f"{repeated[0]!r} stands there twice")
        return super().construct_mapping(node, deep=deep)


def parse_experiment(text: str, *, where: str, parameters: Iterable[str] = ()) -> Experiment:
    """Return the experiment that a text holds.

    Parameters
    ----------
    text : str
        YAML.
    where : str
        What to call it in messages.
    parameters : iterable of str
        Of the study ``backtest``: what may be changed beside settings.

    Raises
    ------
    SettingsError
        If it is not plain YAML, a line is unknown or ill typed, or a change is of nothing that may be changed; names
        the nearest.
    """
    tree = _tree(text, where=where)
    try:
        asked = Experiment.model_validate(_tuples(tree))
    except ValidationError as error:
        raise SettingsError(f"{where}: {_reason(error)}") from None
    for key in asked.changes:
        _require_open(key, where=where, parameters=tuple(parameters))
    return asked


def _tree(text: str, *, where: str) -> dict[str, Any]:
    if len(text.encode()) > _LARGEST_BYTES:
        raise SettingsError(f"{where} must be under {_LARGEST_BYTES:,} bytes: an experiment is a few lines.")
    try:
        tree = yaml.load(text, Loader=_PlainLoader)  # derived from SafeLoader, and stricter
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}.") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise SettingsError(f"{where} is not plain YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(tree, dict) or not all(isinstance(key, str) for key in tree):
        raise SettingsError(f"{where} must hold `key: value` lines, got {type(tree).__name__}.")
    return tree


def _tuples(value: Any) -> Any:
    """Return lists as tuples, for types are strict."""
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(_tuples(inner) for inner in value) if isinstance(value, list) else value


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if not isinstance(part, int)) or "the file"
    key = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        return f"there is no line {key!r}. {_nearest(key, list(Experiment.model_fields))}"
    if first["type"] == "missing":
        return f"the line {key!r} is missing."
    return f"{place} got {str(first['input'])[:80]!r}: {first['msg'][:1].lower()}{first['msg'][1:]}."


def _require_open(key: str, *, where: str, parameters: tuple[str, ...]) -> None:
    if key in OWN_LINES or key == "seed":
        raise SettingsError(
            f"{where}: {key!r} may not be a change: arms are compared on the same games. Seasons, seeds and the base "
            "stand in the file's own lines."
        )
    if key.split(".")[0] in _CLOSED:
        raise SettingsError(f"{where}: {key!r} may not be changed: it says where, whose or how, never what is bet.")
    choices = [*open_keys(), *parameters]
    if key not in choices:
        raise SettingsError(f"{where}: there is nothing called {key!r} to change. {_nearest(key, choices)}")


def open_keys() -> list[str]:
    """Return the settings that an experiment may change."""
    return [key for key in known_keys() if key.split(".")[0] not in _CLOSED]


def _nearest(word: str, choices: list[str]) -> str:
    last = {choice.rpartition(".")[2]: choice for choice in choices}
    close = get_close_matches(word, choices, n=1, cutoff=0.6) or [
        last[found] for found in get_close_matches(word.rpartition(".")[2], list(last), n=1, cutoff=0.5)
    ]
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(choices)}."


def experiments_folder() -> Path:
    """Return the folder of the experiments, beside the profiles."""
    return profile_path("demo").parent / FOLDER


def experiment_names(folder: Path) -> list[str]:
    """Return the names of the experiments in a folder."""
    return sorted(path.stem for path in folder.glob("*.yaml") if re.fullmatch(_NAME[1:-1], path.stem))


def read_experiment(name: str, *, folder: Path, parameters: Iterable[str] = ()) -> Experiment:
    """Return the experiment of a name.

    Raises
    ------
    SettingsError
        If the name is not one, there is no such file in the folder, or the file breaks a rule.
    """
    if not re.fullmatch(_NAME[1:-1], name):
        raise SettingsError(f"An experiment's name is small letters, digits and _, got {name[:60]!r}.")
    path = folder / f"{name}.yaml"
    if not path.is_file() or path.resolve().parent != folder.resolve():
        known = experiment_names(folder)
        raise SettingsError(f"There is no experiment {name!r}. {_nearest(name, known) if known else 'There is none.'}")
    where = f"params/{FOLDER}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is not text.") from None
    return parse_experiment(text, where=where, parameters=parameters)


def resolved_base(
    name: str, *, folder: Path, parameters: Iterable[str] = (), profiles: Iterable[str] = ()
) -> tuple[str, dict[str, Change]]:
    """Return the profile that an experiment rests on in the end, and the changes that its base has made already.

    Raises
    ------
    SettingsError
        If bases go round, or too deep, or there is no such base.
    """
    parameters, profiles, seen = tuple(parameters), tuple(profiles), [name]
    below: list[Mapping[str, Change]] = []
    base = read_experiment(name, folder=folder, parameters=parameters).base
    while base not in profiles:
        if base in seen or len(seen) >= _DEEPEST:
            raise SettingsError(f"The bases of {name} go round or too deep: {' on '.join([*seen, base])}.")
        if base not in experiment_names(folder):
            raise SettingsError(
                f"The base {base!r} of {seen[-1]} is no profile and no experiment. "
                f"{_nearest(base, [*profiles, *experiment_names(folder)])}"
            )
        seen.append(base)
        other = read_experiment(base, folder=folder, parameters=parameters)
        below.append(other.changes)
        base = other.base
    return base, {key: value for changes in reversed(below) for key, value in changes.items()}


def typed(value: Change) -> str:
    """Return a change as it would be typed after ``--set``.

    Examples
    --------
    >>> typed(0.5), typed(True), typed(("spread", "total"))
    ('0.5', 'true', '[spread, total]')
    """
    if isinstance(value, tuple):
        return f"[{', '.join(typed(inner) for inner in value)}]"
    return value if isinstance(value, str) else json.dumps(value)
