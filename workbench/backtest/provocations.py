"""Ways of provoking a leak: each makes another state of the facts, and a blind decision sees none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import pandas as pd

from workbench.backtest.bent_facts import (
    Tables,
    feeds_late,
    future_bent,
    future_dropped,
    outcomes_shuffled,
    past_rewritten,
)


class Provoked(Protocol):
    """Makes another state of some tables."""

    def __call__(self, tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int) -> Tables:
        """Return the tables that differ from the real ones."""
        ...


@dataclass(frozen=True, slots=True)
class Provocation:
    """One way of provoking a leak.

    Attributes
    ----------
    name : str
    make : callable
    takes_away : bool
        Whether rows known by the instant are among those touched: the slip then must be the one of facts in which they
        never were.
    """

    name: str
    make: Provoked
    takes_away: bool = False


def _six_hours_late(tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int) -> Tables:
    return feeds_late(tables, instant=instant, seed=seed, hours=6.0)


BENT: Final = Provocation("every later row changed, dropped or corrected", future_bent)
REWRITTEN: Final = Provocation("all that was known corrected a tick later", past_rewritten)
SHUFFLED: Final = Provocation("later outcomes dealt out anew", outcomes_shuffled)
DROPPED: Final = Provocation("the future cut off", future_dropped)
SIX_HOURS_LATE: Final = Provocation("every feed six hours late", _six_hours_late, takes_away=True)
LATE_BY_ROW: Final = Provocation("every other row late, up to ten days", feeds_late, takes_away=True)
PROVOCATIONS: Final = (BENT, REWRITTEN, SHUFFLED, DROPPED, SIX_HOURS_LATE, LATE_BY_ROW)
