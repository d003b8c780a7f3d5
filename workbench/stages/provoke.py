"""A league's weeks put to the test of blindness: provoked facts in a store of their own, thrown away afterwards."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

import pandas as pd

from workbench.backtest.bent_facts import Tables, outcomes_shuffled, rows_changed
from workbench.backtest.leaks import Case, LeakTest, planted_tests, provoked_tests, walk_differences
from workbench.backtest.planted import At
from workbench.backtest.season import SeasonWalk
from workbench.clock import AsOf, Week, utc
from workbench.decision.model import Model
from workbench.decision.slip import Slip
from workbench.schema import FACT_TABLES
from workbench.settings import Settings
from workbench.stages.context import week_instant, week_over
from workbench.stages.studies.backtest_seasons import walked_seasons
from workbench.stages.whole_way import decided_week, fitted_week, slip_from_facts
from workbench.store.tables import FactStore, FactsVersion, write_facts

_ALWAYS: Final = utc("2200-01-01T00:00:00+00:00")


def every_fact(facts: FactStore) -> Tables:
    """Return all tables of a store, whenever their rows became known."""
    view = facts.as_of(_ALWAYS)
    return {name: view.table(name) for name in FACT_TABLES if view.has(name)}


def week_case(facts: FactStore, tables: Tables, *, week: Week, settings: Settings) -> Case:
    """Return a league's week as a case for `provoked_tests`."""
    instant = week_instant(facts, week, decide_at=settings.decide_at)
    return Case(week, instant, tables, opened=partial(_views, facts), seed=settings.seed)


@contextmanager
def provoked_facts(facts: FactStore, changed: Mapping[str, pd.DataFrame]) -> Iterator[FactStore]:
    """Open facts in which some tables are in another state; the store itself is never touched.

    Changed tables are written and read like any facts, so that the store's own filter is on trial as well.
    """
    if not changed:
        yield facts
        return
    with tempfile.TemporaryDirectory(prefix="provoked-") as folder:
        root = Path(folder)
        written = write_facts(root, changed).tables
        kept = {name: files for name, files in facts.version.tables.items() if name not in written}
        for file in (file for files in kept.values() for file in files):
            here = root / file.file
            here.parent.mkdir(parents=True, exist_ok=True)
            here.symlink_to((facts.root / file.file).resolve())
        yield FactStore(root, FactsVersion(kept | written))


@contextmanager
def _views(facts: FactStore, changed: Mapping[str, pd.DataFrame]) -> Iterator[At]:
    with provoked_facts(facts, changed) as store:
        yield store.as_of


def leak_tests(settings: Settings, facts: FactStore, *, weeks: Sequence[Week], walk: bool = True) -> Iterator[LeakTest]:
    """Provoke leaks week by week, the whole way from facts to slip; then over a walk; then plant some.

    Parameters
    ----------
    settings : Settings
        For policy, draws, seed and ``decide_at``.
    facts : FactStore
    weeks : sequence of Week
        The first one's model is the one leaks are planted in, and a walk goes through it.
    walk : bool
        Whether to walk a few weeks of the season as a backtest does.

    Yields
    ------
    LeakTest
        As soon as it is done.
    """
    tables = every_fact(facts)
    for week in weeks:
        case = week_case(facts, tables, week=week, settings=settings)
        way = partial(slip_from_facts, week=week, instant=case.instant, settings=settings)
        yield from provoked_tests(case, way=way)
    if walk:
        yield from walk_tests(settings, facts, tables, week=weeks[0])
    yield from _planted(settings, facts, week_case(facts, tables, week=weeks[0], settings=settings))


def _planted(settings: Settings, facts: FactStore, case: Case) -> Iterator[LeakTest]:
    def decided(view: AsOf, model: Model) -> Slip:
        return decided_week(view, week=case.week, model=model, settings=settings)

    model = fitted_week(facts.as_of(case.instant), week=case.week, settings=settings)
    yield from planted_tests(case, model=model, decided=decided)


def walk_tests(settings: Settings, facts: FactStore, tables: Tables, *, week: Week) -> Iterator[LeakTest]:
    """Walk a few weeks as the backtest does, on facts whose future after one of them is another.

    What was walked until then must not move: slips, grades, scores, bankroll. The backtest's season model is put
    together as of the last week walked, so that it has seen the other future.
    """
    plan = _short_plan(facts, week)
    after = week_over(facts, week)
    walked = partial(_walked, settings, facts, weeks=plan, season=week.season)
    started = perf_counter()
    dealt = outcomes_shuffled(tables, instant=after, seed=settings.seed)
    differing = walk_differences(walked({}), walked(dealt), through=week)
    touched = rows_changed(tables, dealt, instant=after)
    yield LeakTest(week, "a season walked: later outcomes dealt anew", touched, differing, perf_counter() - started)


def _short_plan(facts: FactStore, week: Week) -> tuple[int, ...]:
    """Return the weeks walked, as far as the schedule has them: the one before, the week, and a later one."""
    schedule = facts.as_of(_ALWAYS).table("games", columns=["week"], seasons=[week.season])
    asked = {week.week - 1, week.week, week.week + 2}  # the later one has seen outcomes that the week has not
    return tuple(sorted({int(w) for w in schedule["week"]} & asked))


def _walked(
    settings: Settings, facts: FactStore, changed: Mapping[str, pd.DataFrame], *, season: int, weeks: Sequence[int]
) -> SeasonWalk:
    alone = settings.model_copy(update={"compute": settings.compute.model_copy(update={"workers": 1})})
    with provoked_facts(facts, changed) as store, tempfile.TemporaryDirectory(prefix="walked-") as folder:
        return walked_seasons(
            store, settings=alone, seasons=[season], decide_at=settings.decide_at, weeks=weeks, folder=Path(folder)
        ).walk
