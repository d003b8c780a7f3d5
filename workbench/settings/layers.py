"""The layers of settings: built-in defaults, a profile, the environment, the command line; each key knows its origin.

They are merged by hand rather than by pydantic-settings: every key must name its origin, and the check of an
unchanged week cannot afford another second of imports.
"""

import json
import os
import types
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import yaml
from pydantic import TypeAdapter, ValidationError

from workbench.errors import SettingsError
from workbench.settings.model import Settings, known_keys, leaves, masked

#: ``WORKBENCH__SOURCES__NFLVERSE__BASE=...`` sets ``sources.nflverse.base``.
ENVIRONMENT_PREFIX = "WORKBENCH__"
#: How the runner hands resolved settings to its kernels.
SETTINGS_VARIABLE = "WORKBENCH_SETTINGS"


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
    folders = [f / "params" for f in (*_ancestors(), Path(__file__).parents[2]) if (f / "params").is_dir()]
    for folder in folders:
        if (folder / f"{profile}.yaml").is_file():
            return folder / f"{profile}.yaml"
    known = sorted({p.stem for folder in folders for p in folder.glob("*.yaml")})
    raise SettingsError(f"There is no profile {profile!r}. {_nearest(profile, known)}")


def _ancestors() -> tuple[Path, ...]:
    here = Path.cwd()
    return (here, *here.parents)


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
        hint = f"It is a section: {', '.join(inside)}." if inside else _nearest_key(key, known)
        raise SettingsError(f"There is no setting {key!r} (from {origin}). {hint}")


def _nearest_key(key: str, known: list[str]) -> str:
    """Name the key whose last word is nearest, its own section first; else what the section holds."""
    section, _, last = key.rpartition(".")
    siblings = {k.rpartition(".")[2]: k for k in known if k.rpartition(".")[0] == section}
    anywhere = {k.rpartition(".")[2]: k for k in known}
    tries = (
        (last, anywhere, 1.0),
        (last, siblings, 0.6),
        (last, anywhere, 0.75),
        (key, {} if siblings else {k: k for k in known}, 0.75),
    )
    for word, choices, cutoff in tries:
        close = get_close_matches(word, choices, n=1, cutoff=cutoff)
        if close:
            return f"Did you mean {choices[close[0]]!r}?"
    return f"Known: {', '.join(sorted(siblings.values() or known))}."


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."


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
    got = "a value that is not shown" if key.endswith("key_env") else repr(masked(str(value)))
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
    for key, default in leaves(Settings()):
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
    settings._origins.update({key: origins.get(key, "default") for key, _ in leaves(settings)})
    return settings
