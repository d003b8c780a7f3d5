"""``workbench leaks``: provoke leaks, say of each provocation what came of it, and fail if one got through."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from workbench.clock import Week
from workbench.errors import LeakageError, SettingsError
from workbench.stages.provoke import leak_tests
from workbench.stages.studies.context import study_facts

if TYPE_CHECKING:
    from workbench.backtest.leaks import LeakTest
    from workbench.cli.week import Asked

#: Rows of a difference that are printed; the first ones lead to the cause.
_SHOWN = 12
_WIDTHS = (13, 58, 9, 8)
#: Leagues whose weeks are decided as the weekly stages decide them.
_WEEKLY = frozenset({"nfl", "demo"})


def show_leaks(asked: "Asked", *, weeks: str) -> None:
    """Provoke leaks in the weeks named and print a row for each provocation as soon as it is done.

    Raises
    ------
    LeakageError
        If a slip moved, or a planted leak was not caught: says which, and what to do.
    SettingsError
        For a league without weekly stages.
    """
    if asked.settings.league not in _WEEKLY:
        raise SettingsError(f"Leaks are provoked in leagues with weekly stages, got {asked.settings.league!r}.")
    threadpool_limits(limits=1)  # more threads add in another order, and slips are compared by the byte
    chosen = _weeks(asked, weeks)
    facts = study_facts(asked.settings)
    print(_line("week", "provocation", "rows", "seconds", "slip"), flush=True)
    started, done = time.perf_counter(), []
    for test in leak_tests(asked.settings, facts, weeks=chosen):
        done.append(test)
        print(_row(test), flush=True)
    failed = [test for test in done if not test.passed]
    if failed:
        raise LeakageError(_advice(failed[0], asked))
    if all(test.vacuous for test in done if not test.planted):
        raise LeakageError("No provocation touched a row: nothing is proved. Choose a week with a future.")
    print(_verdict(done, seconds=time.perf_counter() - started))


def _weeks(asked: "Asked", weeks: str) -> list[Week]:
    """Return the weeks asked for.

    Raises
    ------
    SettingsError
        If the text is not a list of numbers.
    """
    words = [word.strip() for word in weeks.strip("[] ").split(",") if word.strip()] or [str(asked.week)]
    if wrong := [word for word in words if not word.isdigit()]:
        raise SettingsError(f"--weeks takes numbers such as 6,10, got {wrong[0]!r}.")
    return [Week(asked.season, int(word)) for word in words]


def _row(test: "LeakTest") -> str:
    from workbench.backtest.leaks import leak_table

    row = leak_table([test]).iloc[0]
    mark = "" if test.passed else "  <- A LEAK" if not test.planted else "  <- NOT CAUGHT"
    return _line(
        row["week"], row["provocation"], f"{row['rows_touched']:,}", f"{row['seconds']:.1f}", f"{row['slip']}{mark}"
    )


def _line(*cells: str) -> str:
    week, what, rows, seconds, slip = cells
    return f"{week:<{_WIDTHS[0]}} {what:<{_WIDTHS[1]}} {rows:>{_WIDTHS[2]}} {seconds:>{_WIDTHS[3]}}  {slip}"


def _verdict(tests: "Sequence[LeakTest]", *, seconds: float) -> str:
    honest = [test for test in tests if not test.planted and not test.vacuous]
    rows = sum(test.touched for test in honest)
    return (
        f"Nothing leaks: {len(honest)} provocations touched {rows:,} rows and moved no byte; "
        f"all {len(tests) - len(honest)} planted leaks were caught. {seconds:.0f} seconds."
    )


def _advice(test: "LeakTest", asked: "Asked") -> str:
    """Print the rows that differ, and return one line that says what to do."""
    again = f"`workbench leaks --profile {asked.settings.league} --season {test.week.season} --weeks {test.week.week}`"
    if test.planted:
        return f"The planted leak '{test.provocation}' was not caught: the search is blind. Mend it, then run {again}."
    sys.stderr.write(test.differing.head(_SHOWN).to_string(index=False) + "\n")
    first = test.differing.iloc[0]
    return (
        f"A leak in {test.week.label}: with '{test.provocation}' the slip is another, first in {first['table']} "
        f"{first['column']}. Find what reads past its instant there, mend it, then run {again}; until then believe no "
        "backtest."
    )
