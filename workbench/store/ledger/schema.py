"""The ledger's tables: what was decided, what came of it, who may bet, and which models there are."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcTimestamp(sa.types.TypeDecorator[datetime]):
    """An instant in UTC, whatever the database: SQLite keeps no time zone, PostgreSQL does."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        stamp: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return stamp.astimezone(UTC)


METADATA = sa.MetaData()
_KINDS: dict[str, Any] = {"s": sa.Text, "i": sa.Integer, "f": sa.Double, "b": sa.Boolean, "t": UtcTimestamp}


def _table(name: str, *, key: dict[str, str], columns: dict[str, str]) -> sa.Table:
    keys = [sa.Column(column, _KINDS[kind], primary_key=True, autoincrement=False) for column, kind in key.items()]
    return sa.Table(name, METADATA, *keys, *(sa.Column(column, _KINDS[kind]) for column, kind in columns.items()))


def _typed(kind: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


_WEEK = {"league": "s", "policy": "s", "season": "i", "week": "i"}

#: One row a stage's run.
RUNS = _table(
    "runs",
    key={"run_key": "s"},
    columns=_typed("s", "stage league status summary")
    | _typed("i", "season week")
    | _typed("t", "as_of started finished"),
)
#: One row a run key that decided: what it knew, and what it expected and got.
AUDIT_TRAIL = _table(
    "audit_trail",
    key={"run_key": "s"},
    columns=_WEEK
    | {"as_of": "t", "recorded_at": "t", "slip_digest": "s", "data_hash": "s", "module_versions": "s"}
    | {"shrinkage_weights": "s", "shape_drift": "s", "n_bets": "i"}
    | _typed("f", "base_units staked_units expected_clv realized_clv")
    # league/policy/season/week for the one run of record, null for advisory ones: unique holds the rule
    | {"record_of": "s"},
)
AUDIT_TRAIL.append_constraint(sa.UniqueConstraint("record_of", name="uq_audit_trail_record_of"))
#: One row a bet of record. Grading fills the second half; approval changes status only.
WEEKLY_BETS = _table(
    "weekly_bets",
    key=_WEEK | _typed("s", "game_id market side"),
    columns={"run_key": "s", "placed_at": "t", "kickoff_utc": "t", "approved_at": "t", "graded_at": "t"}
    | _typed("s", "game_type home_team away_team source status reason approved_by")
    | {"quote_recorded_at": "t"}
    | _typed("b", "price_assumed instant_assumed")
    | _typed("f", "quote_age_hours line price price_other fair_line fair_price win push lose market_win")
    | _typed("f", "edge_points edge_prob edge_ev kelly stake_units stake_share")
    | {"outcome": "s", "profit_units": "f", "home_score": "f", "away_score": "f", "settled_at": "t"}
    | {"close_source": "s", "close_recorded_at": "t"}
    | _typed("f", "close_age_hours close_line close_price close_price_other")
    | _typed("b", "close_stale cross_source headline")
    | _typed("f", "clv_points clv_prob clv_ev ev_at_close")
    | {"clv_verdict": "s"}
    # since 0003; null for bets recorded before
    | {"confidence": "f", "needs_approval": "b"},
)
#: One row a week, group and measure.
WEEKLY_PERFORMANCE = _table(
    "weekly_performance",
    key=_WEEK | _typed("s", "span group_name measure"),
    columns=_typed("f", "value low high") | {"n": "i"},
)
#: One row a week and target: scores of model, market and close on identical games.
MODEL_EVALUATIONS = _table(
    "model_evaluations",
    key=_typed("s", "league model") | _typed("i", "season week") | {"target": "s"},
    columns={"n": "i"}
    | _typed("f", "brier_model brier_market brier_close log_loss_model log_loss_market log_loss_close")
    | _typed("f", "brier_gain brier_gain_low brier_gain_high"),
)
#: The bankroll, folded over weeks.
BANKROLL_HISTORY = _table(
    "bankroll_history",
    key=_WEEK,
    columns=_typed("f", "opening_units staked_units profit_units closing_units") | _typed("i", "n_bets n_settled"),
)
#: The quotes that were bet into or closed against.
LINE_SNAPSHOTS = _table(
    "line_snapshots",
    key=_typed("s", "league game_id market source") | {"recorded_at": "t"},
    columns=_typed("f", "line price_home price_away") | _typed("b", "price_assumed instant_assumed"),
)
#: The kill switch and its like.
CONTROL_STATE = _table(
    "control_state", key=_typed("s", "league name"), columns=_typed("s", "value reason") | {"changed_at": "t"}
)
_MODEL = _typed("s", "league name")
#: One row a trained model; ``features``, ``training_seasons``, ``sampler``, ``metrics`` and ``files`` are JSON.
MODELS = _table(
    "models",
    key=_MODEL | {"version": "i"},
    columns={"created_at": "t", "trained_through": "i"}
    | _typed("s", "content_hash data_hash features training_seasons sampler metrics revision source_digest files"),
)
MODELS.append_constraint(sa.UniqueConstraint("league", "name", "content_hash", name="uq_models_content"))
#: Which version is champion or challenger; a champion remembers whom it replaced.
MODEL_ALIASES = _table(
    "model_aliases",
    key=_MODEL | {"alias": "s"},
    columns=_typed("i", "version previous_version") | {"changed_at": "t"},
)
#: Every change of an alias, in order: who, when and why. Only ever added to.
MODEL_EVENTS = _table(
    "model_events",
    key=_MODEL | {"event": "i"},
    columns=_typed("s", "action alias changed_by reason") | _typed("i", "version version_before") | {"changed_at": "t"},
)
#: What was decided about a model's calibration in a week, and on what evidence (JSON).
MODEL_DECISIONS = _table(
    "model_decisions",
    key=_MODEL | _typed("i", "version season week"),
    columns=_typed("s", "decision evidence run_key") | {"recorded_at": "t"},
)
TABLES: dict[str, sa.Table] = dict(METADATA.tables)
