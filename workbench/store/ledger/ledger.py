"""The ledger: slips of record, their grades, the bankroll, who may bet. Rows are upserted, a call is a transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from workbench.clock import Week, utc
from workbench.errors import StoreError
from workbench.store.ledger import schema
from workbench.store.ledger.bankroll import folded, open_positions, settled_bankroll
from workbench.store.ledger.engine import opened
from workbench.store.ledger.queries import asked, exported
from workbench.store.ledger.rows import frame_of, rows_of, upsert
from workbench.store.ledger.writes import (
    SlipLike,
    audit_row,
    bets_of,
    claimed,
    closing_snapshots,
    decision_snapshots,
    key_clause,
    note_realized_clv,
    update_grades,
)

KILL_SWITCH = "kill_switch"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a slip.

    Attributes
    ----------
    of_record : bool
        Whether this run's slip is the week's slip of record; else it is advisory.
    record_run_key : str
        The run whose slip is.
    """

    of_record: bool
    record_run_key: str


class Ledger:
    """A paper ledger: no money moves.

    Shadow bets count in the bankroll like any other; approval changes a status, never a stake or a result.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    def table(self, name: str) -> pd.DataFrame:
        """Return a whole table, ordered by its key.

        Raises
        ------
        StoreError
            If the ledger has no such table.
        """
        if name not in schema.TABLES:
            raise StoreError(f"The ledger has no table {name!r}. It has: {', '.join(sorted(schema.TABLES))}.")
        found = schema.TABLES[name]
        with self._reading() as connection:
            return frame_of(connection, sa.select(found).order_by(*found.primary_key.columns))

    def query(self, sql: str) -> pd.DataFrame:
        """Answer a question in SQL (DuckDB's dialect) over the ledger's tables; nothing is changed.

        Raises
        ------
        StoreError
            If it cannot be answered; says why and which tables there are.

        Examples
        --------
        >>> open_ledger("sqlite://").query("SELECT count(*) AS bets FROM weekly_bets")
           bets
        0     0
        """
        return asked(sql, self.table)

    def export(self, folder: Path) -> list[Path]:
        """Write every table into a folder as parquet, one file a table, and return the files."""
        return exported(folder, self.table)

    def absorb(self, other: "Ledger") -> dict[str, int]:
        """Take over every row of another ledger, such as a season of a backtest; repeating it changes nothing.

        Rows that both have become the other's. All or nothing: a call is a transaction.

        Parameters
        ----------
        other : Ledger
            Read only. Its accounts should be its own: two ledgers that both hold the slip of record of one account and
            week, from different runs, cannot be one.

        Returns
        -------
        dict of str to int
            Rows taken over by table.

        Raises
        ------
        StoreError
            If both hold a slip of record of the same account and week; neither is changed.
        """
        rows = {}
        with other._reading() as reading:
            for table in schema.METADATA.sorted_tables:
                rows[table] = [dict(row) for row in reading.execute(sa.select(table)).mappings()]
        try:
            with self._engine.begin() as connection:
                for table, found in rows.items():
                    upsert(connection, table, found)
        except sa.exc.IntegrityError as error:
            raise StoreError(
                "Two ledgers hold the slip of record of one account and week, or one model twice: they cannot be one. "
                "Was a season walked twice under one name?"
            ) from error
        return {table.name: len(found) for table, found in rows.items() if found}

    def record_slip(
        self, slip: SlipLike, *, league: str, policy: str, run_key: str, audit: Mapping[str, Any] | None = None
    ) -> Recorded:
        """Record a decision: the first of a week becomes its slip of record, later ones are advisory.

        Placed bets are neither duplicated nor cancelled, by this run repeated or by another.

        Parameters
        ----------
        slip : SlipLike
        league, policy : str
        run_key : str
            One audit row each.
        audit : mapping, optional
            More of ``audit_trail``: data_hash, module_versions, expected_clv, shrinkage_weights, shape_drift.
        """
        row = audit_row(slip, league=league, policy=policy, run_key=run_key, audit=audit or {})
        mark = f"{league}/{policy}/{slip.week.season}/{slip.week.week}"
        with self._engine.begin() as connection:
            upsert(connection, schema.AUDIT_TRAIL, [row])
            holder = claimed(connection, mark=mark, run_key=run_key)
            if holder == run_key:
                placed = {"league": league, "policy": policy, "run_key": run_key, "placed_at": slip.as_of}
                bets = rows_of(slip.bets, schema.WEEKLY_BETS, extra=placed)
                upsert(connection, schema.WEEKLY_BETS, bets, replace=False)
            upsert(connection, schema.LINE_SNAPSHOTS, decision_snapshots(slip.prices, league=league))
        return Recorded(of_record=holder == run_key, record_run_key=holder)

    def record_grades(
        self, grades: pd.DataFrame, *, league: str, policy: str, initial_units: float, graded_at: pd.Timestamp
    ) -> None:
        """Store grades of bets of record and fold the bankroll anew; repeating it changes nothing.

        Parameters
        ----------
        grades : DataFrame
            From `workbench.decision.grade.grade`, keyed by season, week, game_id, market and side.
        initial_units : float
            The bankroll before the first week.
        graded_at : Timestamp

        Raises
        ------
        StoreError
            If a grade belongs to no bet of record.
        """
        with self._engine.begin() as connection:
            update_grades(connection, grades, league=league, policy=policy, graded_at=graded_at)
            bets = frame_of(connection, bets_of(league, policy))
            weeks = folded(bets, initial_units=initial_units)
            rows = rows_of(weeks, schema.BANKROLL_HISTORY, extra={"league": league, "policy": policy})
            upsert(connection, schema.BANKROLL_HISTORY, rows)
            upsert(connection, schema.LINE_SNAPSHOTS, closing_snapshots(grades, league=league))
            note_realized_clv(connection, bets)

    def record_performance(
        self, summary: pd.DataFrame, *, league: str, policy: str, week: Week, span: str = "week"
    ) -> None:
        """Store a performance summary (group, measure, value, low, high, n) of a week or of the season to date."""
        named = summary.rename(columns={"group": "group_name"})
        key = {"league": league, "policy": policy, "season": week.season, "week": week.week, "span": span}
        with self._engine.begin() as connection:
            upsert(connection, schema.WEEKLY_PERFORMANCE, rows_of(named, schema.WEEKLY_PERFORMANCE, extra=key))

    def record_evaluations(self, scores: pd.DataFrame, *, league: str, model: str, week: Week) -> None:
        """Store a week's scores by target."""
        key = {"league": league, "model": model, "season": week.season, "week": week.week}
        with self._engine.begin() as connection:
            upsert(connection, schema.MODEL_EVALUATIONS, rows_of(scores, schema.MODEL_EVALUATIONS, extra=key))

    def record_run(self, run: Mapping[str, Any]) -> None:
        """Store one stage's run: run_key, stage, league, status, season, week, as_of, started, finished, summary."""
        with self._engine.begin() as connection:
            upsert(connection, schema.RUNS, rows_of(pd.DataFrame([dict(run)]), schema.RUNS))

    def bets(self, *, league: str, policy: str, week: Week | None = None) -> pd.DataFrame:
        """Return the bets of record of one league and policy, of a week or of all."""
        statement = bets_of(league, policy)
        if week is not None:
            bets = schema.WEEKLY_BETS.c
            statement = statement.where(bets.season == week.season, bets.week == week.week)
        with self._reading() as connection:
            return frame_of(connection, statement)

    def bankroll_at(self, instant: pd.Timestamp, *, league: str, policy: str, initial_units: float) -> float:
        """Return the settled bankroll as it stood at an instant, whatever has been graded since."""
        return settled_bankroll(
            self.bets(league=league, policy=policy), instant=utc(instant), initial_units=initial_units
        )

    def open_stakes(self, instant: pd.Timestamp, *, league: str, policy: str) -> dict[str, float]:
        """Return the units at stake by game at an instant; their sum is what ``decide`` takes as open_stakes."""
        return open_positions(self.bets(league=league, policy=policy), instant=utc(instant))

    def shadow_bets(
        self, *, league: str, policy: str, before: Week, instant: pd.Timestamp, n_weeks: int = 2
    ) -> pd.DataFrame:
        """Return the graded bets of the last completed weeks that had any: what the gate looks at.

        All bets of record count, whatever their status: a gate that looked at shadow bets alone could never close
        again. A week is complete when each of its bets was settled by the instant.
        """
        bets = self.bets(league=league, policy=policy)
        stamp = bets["season"] * 100 + bets["week"]
        earlier = bets[stamp < before.season * 100 + before.week].assign(_week=stamp)
        settled = (earlier["settled_at"] <= utc(instant)).groupby(earlier["_week"]).all()
        last = sorted(settled.index[settled])[-n_weeks:]
        return earlier[earlier["_week"].isin(last)].drop(columns="_week").reset_index(drop=True)

    def approve(self, bets: pd.DataFrame, *, league: str, policy: str, by: str, at: pd.Timestamp) -> int:
        """Approve proposed bets (season, week, game_id, market, side): their status changes, nothing else.

        Returns
        -------
        int
            Bets newly approved; approving twice changes nothing.

        Raises
        ------
        StoreError
            If one is not a bet of record, or is a shadow bet, which the gate has not opened.
        """
        changed = 0
        with self._engine.begin() as connection:
            for row in bets.to_dict("records"):
                here = key_clause(row, league=league, policy=policy)
                status = connection.execute(sa.select(schema.WEEKLY_BETS.c.status).where(here)).scalar()
                if status not in ("proposed", "approved"):
                    bet = f"{row['game_id']} {row['market']} {row['side']}"
                    raise StoreError(f"Only proposed bets can be approved, {bet} is {status or 'not in the ledger'}.")
                if status == "proposed":
                    approval = {"status": "approved", "approved_by": by, "approved_at": utc(at).to_pydatetime()}
                    changed += connection.execute(sa.update(schema.WEEKLY_BETS).where(here).values(approval)).rowcount
        return changed

    def set_kill_switch(self, *, league: str, halted: bool, reason: str, at: pd.Timestamp) -> None:
        """Halt betting in a league, or let it go on."""
        row = {"league": league, "name": KILL_SWITCH, "value": "on" if halted else "off", "reason": reason}
        with self._engine.begin() as connection:
            upsert(connection, schema.CONTROL_STATE, [row | {"changed_at": utc(at).to_pydatetime()}])

    def kill_switch(self, *, league: str) -> tuple[bool, str]:
        """Return whether betting is halted, and why."""
        state = schema.CONTROL_STATE.c
        here = sa.select(state.value, state.reason).where(state.league == league, state.name == KILL_SWITCH)
        with self._reading() as connection:
            found = connection.execute(here).first()
        return (False, "") if found is None or found[0] != "on" else (True, str(found[1] or ""))


def open_ledger(url: str) -> Ledger:
    """Open a ledger, migrating its tables to the newest release.

    Parameters
    ----------
    url : str
        ``sqlite:///path/to/ledger.sqlite`` or ``postgresql://user@host/name``.

    Examples
    --------
    >>> open_ledger("sqlite://").table("weekly_bets").empty
    True
    """
    return Ledger(opened(url))
