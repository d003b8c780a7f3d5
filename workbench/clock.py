"""Instants, football weeks, and the view of what was known when.

Storage is UTC, schedules are America/New_York (DESIGN section 4). A *week* runs from Tuesday to Monday, Eastern time.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import pandas as pd

from workbench.errors import LeakageError

EASTERN = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")

#: Kick-off plus this much, and a result is taken as known.
RESULT_LAG = pd.Timedelta(hours=4)
#: A game that kicks off this soon after the decision is not bet.
MINIMUM_LEAD = pd.Timedelta(minutes=60)

DecisionInstant = Literal["wednesday", "open"]


class Week(NamedTuple):
    """One week of one season; orders by time."""

    season: int
    week: int

    @property
    def label(self) -> str:
        """The folder name of the week, such as ``2024_week10``.

        Examples
        --------
        >>> Week(2024, 10).label
        '2024_week10'
        """
        return f"{self.season}_week{self.week}"


def utc(instant: datetime | pd.Timestamp | str) -> pd.Timestamp:
    """Return an instant as a UTC timestamp.

    Raises
    ------
    LeakageError
        If the instant carries no time zone: a naive instant cannot be compared with what was known.
    """
    stamp = pd.Timestamp(instant)
    if stamp.tzinfo is None:
        raise LeakageError(f"An instant must carry its time zone, got {instant!r}. Add +00:00 or use clock.eastern().")
    return stamp.tz_convert("UTC").as_unit("us")


def eastern(day: date, at: time) -> pd.Timestamp:
    """Return a wall-clock time in New York as a UTC timestamp.

    Examples
    --------
    >>> eastern(date(2024, 11, 6), time(12)).isoformat()
    '2024-11-06T17:00:00+00:00'
    """
    return utc(pd.Timestamp(datetime.combine(day, at)).tz_localize(EASTERN))


def week_tuesdays(kickoffs: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    """Return the Eastern midnight that opens each game's Tuesday-to-Monday week, naive and local.

    Parameters
    ----------
    kickoffs : Series of datetime64[ns, UTC], shape (n_games,)

    Returns
    -------
    Series of datetime64 (naive, Eastern wall clock), shape (n_games,)
    """
    local = kickoffs.dt.tz_convert(EASTERN).dt.tz_localize(None).dt.normalize()
    return local - pd.to_timedelta((local.dt.day_of_week - 1) % 7, unit="D")


def week_instants(
    kickoffs: "pd.Series[pd.Timestamp]", *, days_after_tuesday: int, hour: int
) -> "pd.Series[pd.Timestamp]":
    """Return, for each game, an Eastern wall-clock instant of its week, in UTC.

    ``days_after_tuesday=1, hour=12`` is the Wednesday decision; ``7, 6`` is the Tuesday after the game at 06:00, when
    play-by-play, stats and charting count as known.
    """
    local = week_tuesdays(kickoffs) + pd.Timedelta(days=days_after_tuesday, hours=hour)
    return local.dt.tz_localize(EASTERN).dt.tz_convert("UTC").dt.as_unit("us")


def decision_instants(
    kickoffs: "pd.Series[pd.Timestamp]", *, decide_at: DecisionInstant = "wednesday"
) -> "pd.Series[pd.Timestamp]":
    """Return each game's decision instant in UTC: Wednesday 12:00 ET, or Tuesday 06:00 ET for the opener."""
    if decide_at == "wednesday":
        return week_instants(kickoffs, days_after_tuesday=1, hour=12)
    return week_instants(kickoffs, days_after_tuesday=0, hour=6)


def uk_batch_instants(kickoffs: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    """Return when English football's prices count as collected, which is when their batch is decided, in UTC.

    Friday 18:00 UK for matches from Friday to Monday, Tuesday 18:00 UK for those from Tuesday to Thursday. A match that
    kicks off on the collection day itself too early to be bet by then belongs to a batch of its own day, 90 minutes
    before that batch's first kick-off: the latest instant at which all of it could still be bet.

    Parameters
    ----------
    kickoffs : Series of datetime64[ns, UTC], shape (n_matches,)

    Returns
    -------
    Series of datetime64[us, UTC], shape (n_matches,)

    Examples
    --------
    >>> uk_batch_instants(pd.Series(pd.to_datetime(["2024-05-19 15:00", "2024-05-14 19:00"], utc=True))).to_list()
    [Timestamp('2024-05-17 17:00:00+0000', tz='UTC'), Timestamp('2024-05-14 17:00:00+0000', tz='UTC')]
    """
    local = kickoffs.dt.tz_convert(LONDON).dt.tz_localize(None)
    day, weekday = local.dt.normalize(), local.dt.day_of_week
    back = ((weekday - 4) % 7).where(~weekday.isin([1, 2, 3]), weekday - 1)
    collected = day - pd.to_timedelta(back, unit="D") + pd.Timedelta(hours=18)
    early = local <= collected + MINIMUM_LEAD
    firsts = local.where(early).groupby(day).transform("min") - 1.5 * MINIMUM_LEAD
    return collected.mask(early, firsts).dt.tz_localize(LONDON).dt.tz_convert("UTC").dt.as_unit("us")


def stats_known_at(kickoffs: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    """Return when play-by-play, stats and charting count as known: Tuesday 06:00 ET after the game."""
    return week_instants(kickoffs, days_after_tuesday=7, hour=6)


class AsOf(Protocol):
    """What was known at an instant. ``store.tables`` implements it; kernels and tests may fake it with frames."""

    @property
    def instant(self) -> pd.Timestamp:
        """The instant, in UTC."""
        ...

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, seasons: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return the rows of a fact table with ``known_at <= instant``; an absent table is an empty frame."""
        ...

    def has(self, name: str) -> bool:
        """Whether the fact table exists at all (a missing source degrades a feature, it never stops the week)."""
        ...

    def earlier(self, instant: pd.Timestamp) -> "AsOf":
        """Return the same facts as of an earlier instant; a later one raises ``LeakageError``."""
        ...
