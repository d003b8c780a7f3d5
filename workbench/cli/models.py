"""The models of a league: which there are, who is champion, and one step back."""

import getpass
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.lifecycle.registry import AliasChange, ModelRegistry, ModelVersion, open_registry
from workbench.settings import Settings

if TYPE_CHECKING:
    from workbench.cli.week import Asked

#: The metric listed, where a model has it; else its first.
HEADLINE = "coverage_90"
_TITLES = ("model", "version", "alias", "trained on", "metric", "created")


def list_models(asked: "Asked") -> str:
    """Return the table of every registered version, or what makes the first."""
    versions: tuple[ModelVersion, ...] = ()
    if _has_ledger(asked.settings):
        with open_registry(asked.settings) as registry:
            versions = registry.versions()
    if not versions:
        return (
            f"No models are registered for {asked.settings.label} yet: 04_bnn_calibration trains the season's and "
            f"registers them. `workbench run 04_bnn_calibration --profile {asked.settings.league}`."
        )
    return _table(_TITLES, [_row(version) for version in versions])


def show_model(asked: "Asked", name: str) -> str:
    """Return what is known of a name: versions, the champion's facts, history, decisions.

    Raises
    ------
    StoreError
        If no model has that name.
    """
    with open_registry(asked.settings) as registry:
        champion = registry.required(name)
        parts = [
            _table(_TITLES, [_row(version) for version in registry.versions(name)]),
            _facts(champion, whole=registry.is_whole(champion)),
            _history(registry, name),
            _decisions(registry, name),
        ]
    return "\n\n".join(part for part in parts if part)


def promote_model(asked: "Asked", name: str, *, version: int | None, why: str) -> str:
    """Make a version, or the challenger, champion, and say so.

    Raises
    ------
    StoreError
        If there is no such version, no challenger, or its files are damaged.
    """
    with open_registry(asked.settings) as registry:
        change = registry.promote(name, version, by=getpass.getuser(), why=why)
    if not change.changed:
        return f"{name} version {change.champion.version} is champion already: nothing was changed."
    back = f"`workbench models rollback {name} --profile {asked.settings.league}` goes back."
    return f"{_said(change)} {back}"


def rollback_model(asked: "Asked", name: str, *, why: str) -> str:
    """Give the title back to whom the champion replaced, and say so.

    Raises
    ------
    StoreError
        If no model has that name, or the files of the version to go back to are damaged.
    """
    with open_registry(asked.settings) as registry:
        change = registry.rollback(name, by=getpass.getuser(), why=why)
    if change.changed:
        return f"{_said(change)} The next week takes it."
    other = f"`workbench models promote {name} VERSION --profile {asked.settings.league}`"
    return (
        f"{name} stays at version {change.champion.version}: nothing was promoted since it became champion. "
        f"Another version: {other}."
    )


def damaged_models(settings: Settings) -> tuple[int, tuple[str, ...]]:
    """Return how many champions and challengers a league has, and which of them have damaged files.

    Raises
    ------
    StoreError
        If the ledger cannot be opened.
    """
    if not _has_ledger(settings):
        return 0, ()
    with open_registry(settings) as registry:
        used = [version for version in registry.versions() if version.aliases]
        damaged = [f"{version.name} version {version.version}" for version in used if not registry.is_whole(version)]
    return len(used), tuple(damaged)


def _has_ledger(settings: Settings) -> bool:
    """Whether there is one to look into: looking makes none."""
    return bool(settings.ledger) or (settings.league_artifacts / "ledger.sqlite").exists()


def _said(change: AliasChange) -> str:
    return f"{change.champion.name}: version {change.champion.version} is champion now, it was {change.before}."


def _row(version: ModelVersion) -> tuple[str, ...]:
    return (
        version.name,
        str(version.version),
        ", ".join(version.aliases) or "-",
        _seasons(version.training_seasons),
        _metric(version.metrics),
        f"{version.created_at:%Y-%m-%d %H:%M}",
    )


def _seasons(seasons: Sequence[int]) -> str:
    """Return seasons as a reader says them.

    Examples
    --------
    >>> _seasons((2002, 2003, 2004)), _seasons((2004, 2006)), _seasons((2021,))
    ('2002-2004', '2004-2006 (2 seasons)', '2021')
    """
    first, last = min(seasons), max(seasons)
    span = str(first) if first == last else f"{first}-{last}"
    return span if len(seasons) == last - first + 1 else f"{span} ({len(seasons)} seasons)"


def _metric(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    name = HEADLINE if HEADLINE in metrics else next(iter(metrics), "")
    return f"{name} {_measured(metrics[name])}" if name else "-"


def _measured(metric: Mapping[str, Any]) -> str:
    """Return a metric with its interval.

    Examples
    --------
    >>> _measured({"value": 0.9, "low": 0.88, "high": 0.92}), _measured({"value": 19.13})
    ('0.9 (0.88 to 0.92)', '19.13')
    """
    value, low, high = (_number(metric.get(part)) for part in ("value", "low", "high"))
    return f"{value} ({low} to {high})" if low and high else value or "unknown"


def _number(part: Any) -> str:
    return "" if part is None else f"{part:.4g}" if isinstance(part, float) else str(part)


def _facts(version: ModelVersion, *, whole: bool) -> str:
    metrics = "; ".join(f"{name} {_measured(metric)}" for name, metric in version.metrics.items())
    facts = {
        "champion": f"version {version.version}, content {version.content_hash}",
        "trained on": f"{_seasons(version.training_seasons)}, rows {version.data_hash or 'unknown'}",
        "features": ", ".join(version.features),
        "metrics": metrics or "-",
        "sampler": ", ".join(f"{name} {value}" for name, value in version.sampler.items()) or "-",
        "code": f"revision {version.revision or 'unknown'}, source {version.source_digest[:12] or 'unknown'}",
        "files": f"{version.folder}: {', '.join(version.files)} ({'as written' if whole else 'GONE OR CHANGED'})",
    }
    width = max(map(len, facts))
    return "\n".join(f"{name:<{width}}  {said}" for name, said in facts.items())


def _history(registry: ModelRegistry, name: str) -> str:
    rows = [
        (f"{e.changed_at:%Y-%m-%d %H:%M}", e.action.replace("_", " "), e.alias, _step(e.version_before, e.version),
         e.changed_by, e.reason or "-")
        for e in registry.history(name)
    ]  # fmt: skip
    return _table(("when", "what", "alias", "version", "by", "why"), rows)


def _decisions(registry: ModelRegistry, name: str) -> str:
    decisions = registry.decisions(name)
    rows = [(f"{d.season} week {d.week}", str(d.version), d.decision, d.run_key or "-") for d in decisions]
    return _table(("week", "version", "decision", "run"), rows) if rows else ""


def _step(before: int | None, after: int) -> str:
    return str(after) if before is None else f"{before} -> {after}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text in columns."""
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in (titles, *rows))
    return "\n".join(line.rstrip() for line in lines)
