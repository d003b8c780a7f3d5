"""The tables of the first release."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KINDS: dict[str, Any] = {
    "s": sa.Text(),
    "i": sa.Integer(),
    "f": sa.Double(),
    "b": sa.Boolean(),
    "t": sa.DateTime(timezone=True),
}
_WEEK = "s:league s:policy i:season i:week"
#: Table -> key columns, other columns; a letter tells the kind.
_TABLES = {
    "runs": ("s:run_key", "s:stage s:league s:status s:summary i:season i:week t:as_of t:started t:finished"),
    "audit_trail": (
        "s:run_key",
        f"{_WEEK} t:as_of t:recorded_at s:slip_digest s:data_hash s:module_versions s:shrinkage_weights s:shape_drift "
        "i:n_bets f:base_units f:staked_units f:expected_clv f:realized_clv s:record_of",
    ),
    "weekly_bets": (
        f"{_WEEK} s:game_id s:market s:side",
        "s:run_key t:placed_at t:kickoff_utc t:approved_at t:graded_at s:game_type s:home_team s:away_team s:source "
        "s:status s:reason s:approved_by t:quote_recorded_at b:price_assumed b:instant_assumed f:quote_age_hours "
        "f:line f:price f:price_other f:fair_line f:fair_price f:win f:push f:lose f:market_win f:edge_points "
        "f:edge_prob f:edge_ev f:kelly f:stake_units f:stake_share s:outcome f:profit_units f:home_score f:away_score "
        "t:settled_at s:close_source t:close_recorded_at f:close_age_hours f:close_line f:close_price "
        "f:close_price_other b:close_stale b:cross_source b:headline f:clv_points f:clv_prob f:clv_ev f:ev_at_close "
        "s:clv_verdict",
    ),
    "weekly_performance": (f"{_WEEK} s:span s:group_name s:measure", "f:value f:low f:high i:n"),
    "model_evaluations": (
        "s:league s:model i:season i:week s:target",
        "i:n f:brier_model f:brier_market f:brier_close f:log_loss_model f:log_loss_market f:log_loss_close "
        "f:brier_gain f:brier_gain_low f:brier_gain_high",
    ),
    "bankroll_history": (
        _WEEK,
        "f:opening_units f:staked_units f:profit_units f:closing_units i:n_bets i:n_settled",
    ),
    "line_snapshots": (
        "s:league s:game_id s:market s:source t:recorded_at",
        "f:line f:price_home f:price_away b:price_assumed b:instant_assumed",
    ),
    "control_state": ("s:league s:name", "s:value s:reason t:changed_at"),
}


def upgrade() -> None:
    """Create the tables."""
    for name, (key, columns) in _TABLES.items():
        unique = [sa.UniqueConstraint("record_of", name="uq_audit_trail_record_of")] if name == "audit_trail" else []
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
