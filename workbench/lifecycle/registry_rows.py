"""The registry's statements: rows of the ledger's database to versions, events and decisions, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.errors import StoreError
from workbench.lifecycle.versions import (
    CHALLENGER,
    CHAMPION,
    Action,
    AliasEvent,
    ModelDecision,
    ModelVersion,
    TrainedModel,
    canonical,
    checked_metrics,
)
from workbench.store.ledger.rows import upsert
from workbench.store.ledger.schema import MODEL_ALIASES, MODEL_DECISIONS, MODEL_EVENTS, MODELS

_PLAIN = ("features", "training_seasons", "metrics", "sampler", "files")


def read_versions(connection: Connection, *, league: str, name: str | None = None) -> tuple[ModelVersion, ...]:
    """Return the versions of a name, or of all, by name and number."""
    statement = sa.select(MODELS).where(MODELS.c.league == league).order_by(MODELS.c.name, MODELS.c.version)
    found = connection.execute(statement if name is None else statement.where(MODELS.c.name == name)).mappings()
    pointed: dict[tuple[str, int], list[str]] = {}
    for alias in read_aliases(connection, league=league):
        pointed.setdefault((alias["name"], alias["version"]), []).append(alias["alias"])
    return tuple(
        _version(dict(row), aliases=tuple(sorted(pointed.get((row["name"], row["version"]), ())))) for row in found
    )


def read_aliases(connection: Connection, *, league: str) -> list[Mapping[str, Any]]:
    """Return the league's aliases: name, alias, version, previous_version."""
    statement = sa.select(MODEL_ALIASES).where(MODEL_ALIASES.c.league == league)
    return [dict(row) for row in connection.execute(statement).mappings()]


def read_alias(connection: Connection, name: str, *, alias: str, league: str) -> dict[str, Any]:
    """Return one alias of a name: version, previous_version; empty where nothing has it."""
    rows = (dict(row) for row in read_aliases(connection, league=league))
    return next((row for row in rows if (row["name"], row["alias"]) == (name, alias)), {})


def read_version(connection: Connection, name: str, number: int, *, league: str) -> ModelVersion:
    """Return one version.

    Raises
    ------
    StoreError
        If there is none; names those there are.
    """
    versions = read_versions(connection, league=league, name=name)
    found = next((version for version in versions if version.version == number), None)
    if found is not None:
        return found
    if not versions:
        raise StoreError(_unknown(connection, name, league=league))
    raise StoreError(f"{name} has no version {number}. It has: {', '.join(str(v.version) for v in versions)}.")


def read_champion(connection: Connection, name: str, *, league: str) -> dict[str, Any]:
    """Return the champion's alias.

    Raises
    ------
    StoreError
        If no model has that name.
    """
    found = read_alias(connection, name, alias=CHAMPION, league=league)
    if not found:
        raise StoreError(_unknown(connection, name, league=league))
    return found


def read_challenger(connection: Connection, name: str, *, league: str) -> ModelVersion:
    """Return the version that is challenger.

    Raises
    ------
    StoreError
        If no model has that name, or it has no challenger; says what to do.
    """
    champion = read_champion(connection, name, league=league)
    found = read_alias(connection, name, alias=CHALLENGER, league=league)
    if not found:
        there = ", ".join(str(v.version) for v in read_versions(connection, league=league, name=name))
        raise StoreError(
            f"{name} has no challenger to promote: its versions are {there}, and {champion['version']} is champion. "
            f"Name one: `workbench models promote {name} VERSION`."
        )
    return read_version(connection, name, found["version"], league=league)


def read_events(connection: Connection, *, league: str, name: str) -> tuple[AliasEvent, ...]:
    """Return a name's history, oldest first."""
    events = MODEL_EVENTS.c
    statement = sa.select(MODEL_EVENTS).where(events.league == league, events.name == name).order_by(events.event)
    rows = (dict(row) for row in connection.execute(statement).mappings())
    return tuple(AliasEvent(**_without_league(row) | {"changed_at": _stamp(row["changed_at"])}) for row in rows)


def read_decisions(connection: Connection, *, league: str, name: str | None = None) -> tuple[ModelDecision, ...]:
    """Return the decisions about a name, or about all, in order of name, week and version."""
    decided = MODEL_DECISIONS.c
    statement = sa.select(MODEL_DECISIONS).where(decided.league == league)
    if name is not None:
        statement = statement.where(decided.name == name)
    ordered = statement.order_by(decided.name, decided.season, decided.week, decided.version)
    names = {part.name for part in fields(ModelDecision)}
    rows = ({key: row[key] for key in names} for row in connection.execute(ordered).mappings())
    return tuple(ModelDecision(**row | {"evidence": json.loads(row["evidence"])}) for row in rows)


def insert_version(
    connection: Connection, trained: TrainedModel, *, league: str, version: int, files: Mapping[str, str]
) -> None:
    """Add a version."""
    seasons = sorted({int(season) for season in trained.training_seasons})
    kept: dict[str, Any] = {
        "features": list(trained.features),
        "training_seasons": seasons,
        "metrics": checked_metrics(trained.metrics),
        "sampler": dict(trained.sampler),
        "files": dict(files),
    }
    row = {
        "league": league,
        "name": trained.name,
        "version": version,
        "created_at": pd.Timestamp.now(tz="UTC").to_pydatetime(),
        "trained_through": seasons[-1],
        "content_hash": trained.content_hash,
        "data_hash": trained.data_hash,
        "revision": trained.revision,
        "source_digest": trained.source_digest,
    }
    # the order of metrics says which one is listed, so that their keys are not sorted
    plain = {key: canonical(kept[key], of=trained.name) for key in _PLAIN} | {"metrics": json.dumps(kept["metrics"])}
    connection.execute(sa.insert(MODELS).values(row | plain))


def update_files(connection: Connection, version: ModelVersion, *, files: Mapping[str, str]) -> None:
    """Note the hashes of files that were written anew."""
    values = {"files": json.dumps(dict(files), sort_keys=True)}
    connection.execute(sa.update(MODELS).where(*_key(version)).values(values))


def point(connection: Connection, version: ModelVersion, *, alias: str, previous: int | None = None) -> None:
    """Let an alias of the version's name point at it, remembering whom it replaced."""
    now = pd.Timestamp.now(tz="UTC").to_pydatetime()
    key = {"league": version.league, "name": version.name, "alias": alias}
    values = {"version": version.version, "previous_version": previous, "changed_at": now}
    upsert(connection, MODEL_ALIASES, [key | values])


def unpoint(connection: Connection, version: ModelVersion, *, alias: str) -> None:
    """Take an alias away from a version, if it has it."""
    at = MODEL_ALIASES.c
    here = (at.league == version.league, at.name == version.name, at.alias == alias, at.version == version.version)
    connection.execute(sa.delete(MODEL_ALIASES).where(*here))


def note_event(
    connection: Connection, version: ModelVersion, *, action: Action, alias: str, before: int | None, by: str, why: str
) -> None:
    """Add a change to the history of the version's name."""
    events = MODEL_EVENTS.c
    here = (events.league == version.league, events.name == version.name)
    number = connection.execute(sa.select(sa.func.coalesce(sa.func.max(events.event), 0)).where(*here)).scalar_one()
    event = AliasEvent(
        name=version.name, event=number + 1, action=action, alias=alias, version=version.version,
        version_before=before, changed_by=by, changed_at=pd.Timestamp.now(tz="UTC"), reason=why,
    )  # fmt: skip
    row = asdict(event) | {"league": version.league, "changed_at": event.changed_at.to_pydatetime()}
    connection.execute(sa.insert(MODEL_EVENTS).values(row))


def note_reproduced(connection: Connection, version: ModelVersion, trained: TrainedModel, *, by: str, why: str) -> None:
    """Where other code made the same content, let the entry name that code and the history say so."""
    if trained.source_digest in ("", version.source_digest):
        return
    values = {"source_digest": trained.source_digest, "revision": trained.revision}
    connection.execute(sa.update(MODELS).where(*_key(version)).values(values))
    alias = version.aliases[0] if version.aliases else ""
    note_event(connection, version, action="reproduced", alias=alias, before=version.version, by=by, why=why)


def write_decision(connection: Connection, decision: ModelDecision, *, league: str) -> bool:
    """Write a decision by its key; return whether that changed anything."""
    row = asdict(decision) | {"evidence": canonical(dict(decision.evidence), of=f"a decision on {decision.name}")}
    key = {"league": league} | {name: row.pop(name) for name in ("name", "version", "season", "week")}
    decided = MODEL_DECISIONS.c
    here = [decided[name] == value for name, value in key.items()]
    there = connection.execute(sa.select(*(decided[name] for name in row)).where(*here)).mappings().first()
    if there is not None and dict(there) == row:
        return False
    upsert(connection, MODEL_DECISIONS, [key | row | {"recorded_at": pd.Timestamp.now(tz="UTC").to_pydatetime()}])
    return True


def _key(version: ModelVersion) -> tuple[sa.ColumnElement[bool], ...]:
    models = MODELS.c
    return models.league == version.league, models.name == version.name, models.version == version.version


def _unknown(connection: Connection, name: str, *, league: str) -> str:
    known = sorted({version.name for version in read_versions(connection, league=league)})
    there = f"It has: {', '.join(known)}" if known else "It has none yet: 04_bnn_calibration trains and registers them"
    return f"The registry of {league!r} has no model {name!r}. {there}."


def _version(row: Mapping[str, Any], *, aliases: tuple[str, ...]) -> ModelVersion:
    try:
        plain = {name: json.loads(row[name]) for name in _PLAIN}
    except (TypeError, ValueError) as error:
        what = f"{row['name']} version {row['version']}"
        raise StoreError(f"The registry's row of {what} cannot be read: {error}. Was it changed by hand?") from error
    whole = _without_league(row) | plain | {"league": row["league"], "aliases": aliases}
    whole |= {"features": tuple(plain["features"]), "training_seasons": tuple(plain["training_seasons"])}
    whole["created_at"] = _stamp(row["created_at"])
    return ModelVersion(**{part.name: whole[part.name] for part in fields(ModelVersion)})


def _without_league(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "league"}


def _stamp(instant: Any) -> pd.Timestamp:
    return pd.Timestamp(instant).tz_convert("UTC")
