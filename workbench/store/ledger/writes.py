"""What the ledger's transactions are made of: the claim of a week, placed bets, grades, quotes used."""

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.clock import Week, utc
from workbench.errors import StoreError
from workbench.schema import THREE_WAY
from workbench.store.ledger import schema
from workbench.store.ledger.rows import rows_of

#: What grading fills in of a bet.
GRADE_COLUMNS = (
    "outcome", "profit_units", "home_score", "away_score", "settled_at", "close_source", "close_recorded_at",
    "close_age_hours", "close_line", "close_price", "close_price_other", "close_stale", "cross_source", "headline",
    "clv_points", "clv_prob", "clv_ev", "ev_at_close", "clv_verdict",
)  # fmt: skip


class SlipLike(Protocol):
    """What the ledger reads of a `workbench.decision.slip.Slip` (a floor above)."""

    @property
    def prices(self) -> pd.DataFrame:
        """Every priced row."""
        ...

    @property
    def bets(self) -> pd.DataFrame:
        """The chosen rows."""
        ...

    @property
    def as_of(self) -> pd.Timestamp:
        """The decision instant."""
        ...

    @property
    def week(self) -> Week:
        """The week decided."""
        ...

    @property
    def base_units(self) -> float:
        """What stakes are shares of."""
        ...

    @property
    def digest(self) -> str:
        """The slip's hash."""
        ...


def bets_of(league: str, policy: str) -> sa.Select[Any]:
    """Return the statement that reads one league and policy's bets of record, by key."""
    bets = schema.WEEKLY_BETS
    return sa.select(bets).where(bets.c.league == league, bets.c.policy == policy).order_by(*bets.primary_key.columns)


def key_clause(row: Mapping[Any, Any], *, league: str, policy: str) -> sa.ColumnElement[bool]:
    """Return the clause that finds one bet: season, week, game_id, market, side."""
    bets = schema.WEEKLY_BETS.c
    week = (bets.season == int(row["season"]), bets.week == int(row["week"]))
    bet = (bets.game_id == row["game_id"], bets.market == row["market"], bets.side == row["side"])
    return sa.and_(bets.league == league, bets.policy == policy, *week, *bet)


def audit_row(slip: SlipLike, *, league: str, policy: str, run_key: str, audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision's row of the audit trail."""
    facts = {
        "run_key": run_key,
        "league": league,
        "policy": policy,
        "season": slip.week.season,
        "week": slip.week.week,
        "as_of": slip.as_of,
        "recorded_at": pd.Timestamp.now(tz="UTC"),
        "slip_digest": slip.digest,
        "n_bets": len(slip.bets),
        "base_units": slip.base_units,
        "staked_units": float(slip.bets["stake_units"].sum()),
    }
    return rows_of(pd.DataFrame([facts | dict(audit)]), schema.AUDIT_TRAIL)[0]


def claimed(connection: Connection, *, mark: str, run_key: str) -> str:
    """Make this run the week's run of record if there is none, and return the run that is."""
    audit = schema.AUDIT_TRAIL
    held = sa.select(audit.c.run_key).where(audit.c.record_of == mark)
    if holder := connection.execute(held).scalar():
        return str(holder)
    try:
        with connection.begin_nested():
            connection.execute(sa.update(audit).where(audit.c.run_key == run_key).values(record_of=mark))
    except sa.exc.IntegrityError:
        # another run claimed the week between our look and our claim
        return str(connection.execute(held).scalar_one())
    return run_key


def decision_snapshots(prices: pd.DataFrame, *, league: str) -> list[dict[str, Any]]:
    """Return the quotes a slip looked at, one row each: home or over carries both prices.

    Quotes of home, draw and away are left to the facts: a snapshot has two prices.
    """
    plus = prices[prices["side"].isin(["home", "over"]) & (prices["market"] != THREE_WAY)]
    named = plus.rename(
        columns={"quote_recorded_at": "recorded_at", "price": "price_home", "price_other": "price_away"}
    )
    return rows_of(named, schema.LINE_SNAPSHOTS, extra={"league": league})


def closing_snapshots(grades: pd.DataFrame, *, league: str) -> list[dict[str, Any]]:
    """Return the quotes that bets closed against, one row each."""
    closed = grades[grades["close_recorded_at"].notna() & (grades["market"] != THREE_WAY)]
    plus = closed["side"].isin(["home", "over"])
    named = pd.DataFrame(
        {
            "game_id": closed["game_id"],
            "market": closed["market"],
            "source": closed["close_source"],
            "recorded_at": closed["close_recorded_at"],
            "line": closed["close_line"],
            "price_home": closed["close_price"].where(plus, closed["close_price_other"]),
            "price_away": closed["close_price_other"].where(plus, closed["close_price"]),
        }
    ).drop_duplicates(["game_id", "market", "source", "recorded_at"])
    return rows_of(named, schema.LINE_SNAPSHOTS, extra={"league": league})


def update_grades(
    connection: Connection, grades: pd.DataFrame, *, league: str, policy: str, graded_at: pd.Timestamp
) -> None:
    """Write grades into their bets.

    Raises
    ------
    StoreError
        If a grade belongs to no bet of record.
    """
    given = [name for name in GRADE_COLUMNS if name in grades]
    keys = ["season", "week", "game_id", "market", "side"]
    extra = {"league": league, "policy": policy}
    for row in rows_of(grades[[*keys, *given]], schema.WEEKLY_BETS, extra=extra):
        values = {name: row[name] for name in given} | {"graded_at": utc(graded_at).to_pydatetime()}
        here = key_clause(row, league=league, policy=policy)
        if connection.execute(sa.update(schema.WEEKLY_BETS).where(here).values(values)).rowcount != 1:
            bet = f"{row['game_id']} {row['market']} {row['side']}"
            raise StoreError(f"Only bets of record are graded, {bet} is none. Was it advisory?")


def note_realized_clv(connection: Connection, bets: pd.DataFrame) -> None:
    """Write each run of record's mean clv_points into its audit row."""
    counted = bets[bets["headline"].fillna(False).astype(bool)]
    audit = schema.AUDIT_TRAIL
    for run_key, points in counted.groupby("run_key")["clv_points"]:
        mean = None if points.isna().all() else float(points.mean())
        connection.execute(sa.update(audit).where(audit.c.run_key == run_key).values(realized_clv=mean))
