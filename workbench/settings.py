"""Typed settings: built-in defaults, a profile, the environment, the command line; each key knows where it came from.

Layers are merged by hand rather than by pydantic-settings: every key must name its origin, and the check of an
unchanged week cannot afford another second of imports.
"""

import json
import os
import types
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, TypeAdapter, ValidationError

from workbench.errors import SettingsError

#: ``WORKBENCH__SOURCES__NFLVERSE__BASE=...`` sets ``sources.nflverse.base``.
ENVIRONMENT_PREFIX = "WORKBENCH__"
#: How the runner hands resolved settings to its kernels.
SETTINGS_VARIABLE = "WORKBENCH_SETTINGS"
#: Folders and secrets never enter a run's key; how a run is driven does not change its result.
UNKEYED = ("artifacts", "reports", "ledger", "sources", "runner", "label")

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
#: The name of an environment variable, never the secret itself.
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Nflverse(_Section):
    """The nflverse-data release, or a folder with the same layout."""

    base: str = "https://github.com/nflverse/nflverse-data/releases/download"


class Lines(_Section):
    """A folder of line files; empty for none."""

    base: str = ""


class OddsApi(_Section):
    """A public odds API; the key is read from the environment variable that ``key_env`` names."""

    base: str = ""
    key_env: VariableName = "ODDS_API_KEY"
    regions: str = "us"


class Sources(_Section):
    """Where data comes from, and how patiently it is asked for."""

    nflverse: Nflverse = Nflverse()
    lines: Lines = Lines()
    odds_api: OddsApi = OddsApi()
    timeout_seconds: Positive = 60.0
    retries: int = Field(default=3, ge=0, le=10)


class Policy(_Section):
    """What is bet, how much, and when shadow bets may become real ones (DESIGN section 4)."""

    minimum_edge_ev: float = 0.02
    kelly_fraction: Share = 0.25
    cap_bet: Share = 0.025
    cap_game: Share = 0.05
    cap_week: Share = 0.15
    bankroll: Positive = 1000.0  # units
    gate_clv_points: float = 0.3
    gate_weeks: int = Field(default=2, ge=1)
    gate_minimum_bets: int = Field(default=10, ge=1)
    maximum_quote_age_hours: Positive = 24.0
    close_maximum_age_hours: Positive = 3.0
    books: tuple[str, ...] = ("consensus", "draftkings", "fanduel", "legacy")
    markets: tuple[Literal["spread", "total", "moneyline"], ...] = ("spread", "total", "moneyline")
    sanity_edge_points: Positive = 7.0


class Runner(_Section):
    """How stages are run."""

    stage_limit_seconds: Positive = 900.0
    prestart: bool = True  # start the next stage's kernel while one runs


class Settings(_Section):
    """Everything a run may be told, typed; frozen once loaded.

    ``model`` is a free section of numbers that ratings and simulation read: its keys are opened here or by the
    profile, and the environment and ``--set`` may change only those.
    """

    league: Literal["nfl", "demo"] = "nfl"
    label: str = "NFL"  # the page title
    simulated: bool = False
    default_season: int = 2024
    default_week: int = Field(default=10, ge=1, le=22)
    first_season: int = 2002  # history used
    artifacts: Path = Path("artifacts")
    reports: Path = Path("reports")
    ledger: str = ""  # SQLAlchemy URL; empty: SQLite beside the league's artifacts
    seed: int = Field(default=20240901, ge=0)
    draws: int = Field(default=10_000, ge=100)
    warmup: int = Field(default=6, ge=0, le=18)  # weeks replayed before the first, for gate and shape window
    decide_at: Literal["wednesday", "open"] = "wednesday"
    sources: Sources = Sources()
    policy: Policy = Policy()
    runner: Runner = Runner()
    model: dict[str, float] = {"shape_window_weeks": 6.0}

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def origins(self) -> dict[str, str]:
        """Where each dotted key came from: ``default``, ``params/nfl.yaml``, ``environment`` or ``--set``."""
        return dict(self._origins)

    @property
    def league_artifacts(self) -> Path:
        """The artifact root of this league: what one lock guards."""
        return self.artifacts / self.league

    @property
    def league_reports(self) -> Path:
        """Where this league's pages go."""
        return self.reports / self.league

    @property
    def ledger_url(self) -> str:
        """The ledger's SQLAlchemy URL: the one set, or SQLite beside the league's artifacts."""
        return self.ledger or f"sqlite:///{self.league_artifacts / 'ledger.sqlite'}"

    def keyed(self) -> dict[str, Any]:
        """Return the settings that may change a result: no folder, no source, no secret."""
        return self.model_dump(mode="json", exclude=set(UNKEYED))

    def shown(self) -> dict[str, tuple[str, str]]:
        """Return, for each dotted key, its value as text (passwords hidden) and its origin."""
        return {key: (_masked(str(value)), self._origins.get(key, "default")) for key, value in _leaves(self)}

    def secrets(self) -> tuple[str, ...]:
        """Return the secret values in use, so that whoever writes text can keep them out of it."""
        passwords = [urlsplit(str(value)).password for _, value in _leaves(self) if "://" in str(value)]
        return tuple(s for s in (os.environ.get(self.sources.odds_api.key_env), *passwords) if s)

    def to_json(self) -> str:
        """Return settings and origins as JSON, for a kernel's environment; ``from_json`` reads it back."""
        return json.dumps({"settings": self.model_dump(mode="json"), "origins": self._origins}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return settings written by ``to_json``."""
        payload = json.loads(text)
        settings = cls.model_validate_json(json.dumps(payload["settings"]), strict=True)
        settings._origins.update(payload["origins"])
        return settings


def load_settings(profile: str, *, overrides: Mapping[str, str] = types.MappingProxyType({})) -> Settings:
    """Load a profile and lay the environment and the overrides over it.

    Parameters
    ----------
    profile : str
        The name of a file in ``params/``, such as ``nfl``.
    overrides : mapping of str to str
        Dotted keys and their values as typed, such as ``{"policy.cap_week": "0.10"}``.

    Returns
    -------
    Settings
        Relative folders of the profile are taken from the folder that holds ``params/``, those of the environment
        and the overrides from the current folder.

    Raises
    ------
    SettingsError
        If the profile, a key or a value is not known; names the key, the value and the nearest known key.
    """
    path = profile_path(profile)
    origin = f"params/{path.name}"
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key, value in _flat(_profile_tree(path)):
        _require_known(key, origin=origin, free={"model": ()})
        _put(merged, key, value)
        origins[key] = origin
    opened = {"model": (*Settings().model, *merged.get("model", {}))}
    for source, typed in (("environment", _from_environment()), ("--set", overrides)):
        for key, text in typed.items():
            _require_known(key, origin=source, free=opened)
            value = _from_text(text, key=key, origin=source)
            _put(merged, key, _folder(value, key=key, root=Path.cwd()))
            origins[key] = source
    return _validated(merged, origins=origins, root=path.parents[1] if path.parents[1] in _ancestors() else Path.cwd())


def settings_from_environment(*, profile: str = "demo") -> Settings:
    """Return the settings the runner handed to this kernel; outside a run, those of a profile."""
    handed = os.environ.get(SETTINGS_VARIABLE)
    return Settings.from_json(handed) if handed else load_settings(profile)


def profile_path(profile: str) -> Path:
    """Return the file of a profile, from ``params/`` of the current folder, its parents or the checkout.

    Raises
    ------
    SettingsError
        If there is no such profile; names those there are.
    """
    folders = [f / "params" for f in (*_ancestors(), Path(__file__).parents[1]) if (f / "params").is_dir()]
    for folder in folders:
        if (folder / f"{profile}.yaml").is_file():
            return folder / f"{profile}.yaml"
    known = sorted({p.stem for folder in folders for p in folder.glob("*.yaml")})
    raise SettingsError(f"There is no profile {profile!r}. {_nearest(profile, known)}")


def known_keys() -> tuple[str, ...]:
    """Return every dotted key there is, ``model`` keys as far as they are built in."""
    return tuple(key for key, _ in _leaves(Settings()))


def _ancestors() -> tuple[Path, ...]:
    here = Path.cwd()
    return (here, *here.parents)


def _leaves(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{prefix}{name}.")
        elif isinstance(value, dict):
            yield from ((f"{prefix}{name}.{key}", inner) for key, inner in value.items())
        else:
            yield f"{prefix}{name}", value


def _profile_tree(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SettingsError(f"params/{path.name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict):
        raise SettingsError(f"params/{path.name} must hold `key: value` lines, got {type(tree).__name__}.")
    return tree


def _flat(tree: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _from_environment() -> dict[str, str]:
    names = sorted(name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX))
    return {n.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", "."): os.environ[n] for n in names}


def _require_known(key: str, *, origin: str, free: Mapping[str, tuple[str, ...]]) -> None:
    section, _, rest = key.partition(".")
    if section in free and rest and (not free[section] or rest in free[section]):
        return
    opened = [f"{name}.{inner}" for name, keys in free.items() for inner in keys]
    known = [*known_keys(), *opened]
    if key not in known or section in free:
        inside = [k for k in known if k.startswith(f"{key}.")]
        hint = f"It is a section: {', '.join(inside)}." if inside else _nearest(key, known)
        raise SettingsError(f"There is no setting {key!r} (from {origin}). {hint}")


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    tails = get_close_matches(name.rpartition(".")[2], {k.rpartition(".")[2]: k for k in known}, n=1, cutoff=0.7)
    by_tail = [k for k in known if tails and k.rpartition(".")[2] == tails[0]]
    found = close or by_tail
    return f"Did you mean {found[0]!r}?" if found else f"Known: {', '.join(sorted(known))}."


def _annotation(key: str) -> Any:
    section: Any = Settings
    *parents, last = key.split(".")
    for name in parents:
        section = section.model_fields[name].annotation
        if get_origin(section) is dict:
            return get_args(section)[1]
    field = section.model_fields[last]
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _from_text(text: str, *, key: str, origin: str) -> Any:
    annotation = _annotation(key)
    if get_origin(annotation) is tuple:
        return [part.strip() for part in text.strip("[]() ").split(",") if part.strip()]
    try:
        return TypeAdapter(annotation).dump_python(TypeAdapter(annotation).validate_strings(text), mode="json")
    except ValidationError as error:
        raise _refusal(key, text, origin=origin, reason=error.errors()[0]["msg"]) from None


def _refusal(key: str, value: Any, *, origin: str, reason: str) -> SettingsError:
    # Whoever pastes a key where its variable's name belongs must not find it in a log.
    got = "a value that is not shown" if key.endswith("key_env") else repr(_masked(str(value)))
    return SettingsError(f"Setting {key!r} (from {origin}) got {got}: {reason[:1].lower()}{reason[1:]}.")


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    for name in parents:
        tree = tree.setdefault(name, {})
    tree[last] = value


def _folder(value: Any, *, key: str, root: Path) -> Any:
    is_folder = key in ("artifacts", "reports") or (key.startswith("sources.") and key.endswith(".base"))
    if not is_folder or not isinstance(value, str) or not value or "://" in value:
        return value
    return os.path.normpath(root / Path(value).expanduser())


def _validated(merged: dict[str, Any], *, origins: dict[str, str], root: Path) -> Settings:
    merged["model"] = {**Settings().model, **merged.get("model", {})}
    for key, default in _leaves(Settings()):
        if key in ("artifacts", "reports") and key not in origins:
            _put(merged, key, str(default))
    for key, value in list(_flat(merged)):
        _put(merged, key, _folder(value, key=key, root=root))
    try:
        settings = Settings.model_validate_json(json.dumps(merged, default=str), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        raise _refusal(key, first["input"], origin=origins.get(key, "default"), reason=first["msg"]) from None
    settings._origins.update({key: origins.get(key, "default") for key, _ in _leaves(settings)})
    return settings


def _masked(text: str) -> str:
    password = urlsplit(text).password if "://" in text else None
    return text.replace(f":{password}@", ":***@") if password else text
