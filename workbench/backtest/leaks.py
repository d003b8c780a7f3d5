"""Is a decision blind to what it could not know? Its facts are provoked, and its slip must not move by a byte.

The whole way from facts to slip is gone anew on each provoked state of the facts. A search that finds nothing proves
nothing unless it finds what is there: leaks are planted besides, and each must be caught.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from workbench.backtest.bent_facts import Tables, future_dropped, rows_arriving_late, rows_changed
from workbench.backtest.equivalence import DIFFERENCE_COLUMNS, frame_differences, slip_differences
from workbench.backtest.planted import At, PeekingView, Prophet
from workbench.backtest.provocations import LATE_BY_ROW, PROVOCATIONS, REWRITTEN, SHUFFLED, Provocation
from workbench.backtest.season import SeasonWalk
from workbench.clock import AsOf, Week
from workbench.decision.model import Model
from workbench.decision.slip import Slip
from workbench.errors import WorkbenchError

#: From some tables in another state to the views of facts that are otherwise as they were.
Opened = Callable[[Mapping[str, pd.DataFrame]], AbstractContextManager[At]]
#: The whole way from facts to the week's slip.
Way = Callable[[At], Slip]
#: What facts bent out of shape may make of a decision that read them: it stops. An honest one never sees them.
_STOPS: Final = (WorkbenchError, ValueError, LookupError, ArithmeticError, TypeError)


#: What tells the rows of a walk's frames apart.
_WALK_KEYS: Final = {
    "weeks": ["season", "week"],
    "bets": ["game_id", "market", "side"],
    "prices": ["game_id", "market", "side"],
    "forecasts": ["game_id"],
    "evaluated": ["game_id", "target"],
    "excluded": ["game_id", "market", "reason"],
}


@dataclass(frozen=True, slots=True)
class LeakTest:
    """What came of one provocation.

    Attributes
    ----------
    week : Week
    provocation : str
    touched : int
        Rows of facts that a peeking decision could have seen otherwise.
    differing : DataFrame
        ``equivalence.DIFFERENCE_COLUMNS``; empty where the slips are the same to the byte.
    seconds : float
    planted : bool
        Whether a leak was planted, which must be caught.
    """

    week: Week
    provocation: str
    touched: int
    differing: pd.DataFrame
    seconds: float
    planted: bool = False

    @property
    def identical(self) -> bool:
        """Whether the slips are the same to the byte."""
        return self.differing.empty

    @property
    def vacuous(self) -> bool:
        """Whether there was nothing to touch, so that equal slips prove nothing: late in a season, say."""
        return self.touched == 0

    @property
    def passed(self) -> bool:
        """Whether nothing leaked, or what was planted was caught."""
        return self.identical != self.planted


@dataclass(frozen=True, slots=True)
class Case:
    """One week whose decision is put to the test.

    Attributes
    ----------
    week : Week
    instant : Timestamp
        Of the decision.
    tables : mapping of str to DataFrame
        Every fact, whenever it became known.
    opened : callable
        Opens facts in which some tables are in another state.
    seed : int
    """

    week: Week
    instant: pd.Timestamp
    tables: Tables
    opened: Opened
    seed: int


def provoked_tests(case: Case, *, way: Way, provocations: Sequence[Provocation] = PROVOCATIONS) -> Iterator[LeakTest]:
    """Decide a week on provoked facts, one provocation after another, and hold each slip to the honest one.

    Parameters
    ----------
    case : Case
    way : callable
        From the views of some facts to the slip, everything fitted anew.
    provocations : sequence of Provocation

    Yields
    ------
    LeakTest
    """
    honest = None if all(p.takes_away for p in provocations) else _slip({}, case, way=way)
    for provocation in provocations:
        yield _tested(case, provocation, way=way, honest=honest)


@dataclass(frozen=True, slots=True)
class PlantedLeak:
    """A leak planted in an honest decision, and the provocation that must catch it.

    Attributes
    ----------
    name : str
    caught_by : Provocation
    view : callable
        From the honest views and the instant to what the decision looks at.
    model : callable
        From the honest model and the views to the one that is asked.
    """

    name: str
    caught_by: Provocation
    view: Callable[[At, pd.Timestamp], AsOf] = lambda at, instant: at(instant)
    model: Callable[[Model, At], Model] = lambda model, at: model


def _quotes_ahead(at: At, instant: pd.Timestamp) -> AsOf:
    return PeekingView(at, instant, table="quotes", peek="hours ahead")


def _quotes_as_recorded(at: At, instant: pd.Timestamp) -> AsOf:
    return PeekingView(at, instant, table="quotes", peek="as recorded")


def _every_result(at: At, instant: pd.Timestamp) -> AsOf:
    return PeekingView(at, instant, table="results", peek="everything")


PLANTED: Final = (
    PlantedLeak("quotes filtered two days too late", REWRITTEN, view=_quotes_ahead),
    PlantedLeak("quotes taken when recorded, not when they came in", LATE_BY_ROW, view=_quotes_as_recorded),
    PlantedLeak("ratings that read every result", REWRITTEN, view=_every_result),
    PlantedLeak("a model that has seen a tenth of the result", SHUFFLED, model=Prophet),
)


def planted_tests(
    case: Case, *, model: Model, decided: Callable[[AsOf, Model], Slip], planted: Sequence[PlantedLeak] = PLANTED
) -> Iterator[LeakTest]:
    """Plant leaks in an honest decision: each must be caught, or the search proves nothing.

    Parameters
    ----------
    case : Case
    model : Model
        The honest model of the week; it is not fitted anew.
    decided : callable
        From a view and a model to the slip.
    planted : sequence of PlantedLeak

    Yields
    ------
    LeakTest
    """
    for leak in planted:

        def way(at: At, leak: PlantedLeak = leak) -> Slip:
            return decided(leak.view(at, case.instant), leak.model(model, at))

        honest = None if leak.caught_by.takes_away else _slip({}, case, way=way)
        yield replace(_tested(case, leak.caught_by, way=way, honest=honest), provocation=leak.name, planted=True)


def leak_table(tests: Sequence[LeakTest]) -> pd.DataFrame:
    """Return the tests as rows: week, provocation, rows touched, what came of it, seconds, passed."""
    return pd.DataFrame(
        [
            {
                "week": test.week.label,
                "provocation": f"PLANTED: {test.provocation}" if test.planted else test.provocation,
                "rows_touched": test.touched,
                "slip": "no row to touch" if test.vacuous and test.identical else _told(test.differing),
                "seconds": round(test.seconds, 1),
                "passed": test.passed,
            }
            for test in tests
        ]
    )


def walk_differences(one: SeasonWalk, other: SeasonWalk, *, through: Week) -> pd.DataFrame:
    """Return what differs between two walks in the weeks up to one, slips, grades, scores and bankroll alike.

    Returns
    -------
    DataFrame, columns ``equivalence.DIFFERENCE_COLUMNS``
    """
    parts = [
        frame_differences(
            _until(getattr(one, name), through), _until(getattr(other, name), through), name=name, key=key
        )
        for name, key in _WALK_KEYS.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _until(frame: pd.DataFrame, week: Week) -> pd.DataFrame:
    return frame[frame["season"] * 100 + frame["week"] <= week.season * 100 + week.week]


def _tested(case: Case, provocation: Provocation, *, way: Way, honest: Slip | None) -> LeakTest:
    started = time.perf_counter()
    state = provocation.make(case.tables, instant=case.instant, seed=case.seed)
    arrived = future_dropped(state, instant=case.instant)
    expected = _slip(arrived, case, way=way) if provocation.takes_away or honest is None else honest
    differing = _differences(expected, _attempted(state, case, way=way), arrived=arrived.get("quotes"))
    count = rows_arriving_late if provocation.takes_away else rows_changed
    touched = count(case.tables, state, instant=case.instant)
    return LeakTest(case.week, provocation.name, touched, differing, time.perf_counter() - started)


def _slip(state: Mapping[str, pd.DataFrame], case: Case, *, way: Way) -> Slip:
    with case.opened(state) as at:
        return way(at)


def _attempted(state: Mapping[str, pd.DataFrame], case: Case, *, way: Way) -> Slip | str:
    """Return the slip of provoked facts, or in words why there is none."""
    try:
        return _slip(state, case, way=way)
    except _STOPS as error:
        return f"{type(error).__name__}: {error}"


def _differences(expected: Slip, found: Slip | str, *, arrived: pd.DataFrame | None) -> pd.DataFrame:
    if isinstance(found, str):
        return _difference("slip", column="the decision stopped", replayed=found)
    rows = slip_differences(expected, found)
    if rows.empty and expected.to_bytes() != found.to_bytes():
        rows = _difference("slip", column="canonical form", replayed=found.digest)
    return rows if arrived is None else pd.concat([rows, quotes_not_arrived(found, arrived)], ignore_index=True)


def quotes_not_arrived(slip: Slip, arrived: pd.DataFrame) -> pd.DataFrame:
    """Return the prices of a slip whose quote is not among those that had arrived, as rows of differences."""
    key = ["game_id", "market", "source", "recorded_at"]
    quoted = slip.prices.rename(columns={"quote_recorded_at": "recorded_at"})
    looked = quoted.merge(arrived[key].drop_duplicates(), on=key, how="left", indicator=True)
    unseen = looked[looked["_merge"] == "left_only"]
    told = unseen.assign(table="prices", column="quote", played="had not arrived", replayed="used")
    return told[list(DIFFERENCE_COLUMNS)].astype("str").reset_index(drop=True)


def _difference(table: str, *, column: str, replayed: str) -> pd.DataFrame:
    row = dict.fromkeys(DIFFERENCE_COLUMNS, "") | {"table": table, "column": column, "replayed": replayed}
    return pd.DataFrame([row], dtype="str")


def _told(differing: pd.DataFrame) -> str:
    """Say which rows differ: how many of which frame, and the first of them.

    Examples
    --------
    >>> _told(_difference("prices", column="win", replayed="0.5"))
    '1 row of prices differs (prices win)'
    """
    if differing.empty:
        return "identical"
    rows = differing.drop_duplicates(["table", "game_id", "market", "side"])
    counts = ", ".join(
        f"{n} {'row' if n == 1 else 'rows'} of {name}" for name, n in rows["table"].value_counts().items()
    )
    first = " ".join(part for part in differing.iloc[0][["table", "game_id", "market", "side", "column"]] if part)
    return f"{counts} {'differs' if len(rows) == 1 else 'differ'} ({first})"
