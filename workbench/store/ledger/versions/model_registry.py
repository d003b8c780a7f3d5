"""The model registry: versions, aliases with their history, decisions about calibration."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KINDS: dict[str, Any] = {"s": sa.Text(), "i": sa.Integer(), "t": sa.DateTime(timezone=True)}
#: Table -> key columns, other columns; a letter tells the kind.
_TABLES = {
    "models": (
        "s:league s:name i:version",
        "t:created_at i:trained_through s:content_hash s:data_hash s:features s:training_seasons s:sampler s:metrics "
        "s:revision s:source_digest s:files",
    ),
    "model_aliases": ("s:league s:name s:alias", "i:version i:previous_version t:changed_at"),
    "model_events": (
        "s:league s:name i:event",
        "s:action s:alias s:changed_by s:reason i:version i:version_before t:changed_at",
    ),
    "model_decisions": (
        "s:league s:name i:version i:season i:week",
        "s:decision s:evidence s:run_key t:recorded_at",
    ),
}
_ONE_CONTENT = ("league", "name", "content_hash")


def upgrade() -> None:
    """Create the tables; those of the first release stay as they are."""
    for name, (key, columns) in _TABLES.items():
        unique = [sa.UniqueConstraint(*_ONE_CONTENT, name="uq_models_content")] if name == "models" else []
        op.create_table(name, *_columns(key, primary_key=True), *_columns(columns), *unique)


def downgrade() -> None:
    """Drop the tables."""
    for name in reversed(_TABLES):
        op.drop_table(name)


def _columns(names: str, *, primary_key: bool = False) -> list[sa.Column[object]]:
    pairs = (name.split(":") for name in names.split())
    return [
        sa.Column(name, _KINDS[kind], primary_key=primary_key, autoincrement=False, nullable=not primary_key)
        for kind, name in pairs
    ]
