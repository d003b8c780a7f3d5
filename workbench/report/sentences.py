"""Numbers in words: signs, units, intervals and plurals, written the same way on every page.

No page types a number by hand; each sentence is made here from a result, and is true whatever the parameters were.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final, SupportsFloat

import pandas as pd

from workbench.clock import EASTERN, Week, utc

MISSING: Final = "–"
_MINUS: Final = "−"
_NARROW_SPACE: Final = "\u202f"


def is_missing(value: object) -> bool:
    """Whether a value is None, NaN, NaT or pandas' NA."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def number(value: SupportsFloat | None, *, digits: int = 2, signed: bool = False) -> str:
    """Return a number as a reader writes it: a true minus, grouped thousands, no negative zero.

    Examples
    --------
    >>> number(-1234.5, digits=1)
    '−1,234.5'
    >>> number(0.42, signed=True), number(-0.001), number(None)
    ('+0.42', '0.00', '–')
    """
    if is_missing(value) or not math.isfinite(float(value)):  # type: ignore[arg-type]
        return MISSING
    amount = float(value)  # type: ignore[arg-type]
    text = f"{abs(amount):,.{digits}f}"
    if not text.strip("0.,"):
        return text
    return (_MINUS if amount < 0 else "+" if signed else "") + text


def supported_digits(low: float | None, high: float | None, *, default: int = 2) -> int:
    """Return the decimals an interval supports: those of its half-width's leading digit, one more where that is 1 or 2.

    Examples
    --------
    >>> supported_digits(0.2126, 0.2158), supported_digits(-0.4, 1.1), supported_digits(30.0, 90.0)
    (4, 1, 0)
    """
    if low is None or high is None or is_missing(low) or is_missing(high) or not high > low:
        return default
    half = (high - low) / 2
    exponent = math.floor(math.log10(half))
    return min(6, max(0, -exponent + (1 if half / 10**exponent < 3 else 0)))


def quantity(value: SupportsFloat | None, *, unit: str = "", digits: int = 2, signed: bool = False) -> str:
    """Return a number with its unit; ``unit="%"`` takes a share of one.

    Examples
    --------
    >>> quantity(0.571, unit="%", digits=0), quantity(1.0, unit="points", digits=1), quantity(None, unit="points")
    ('57\u202f%', '1.0 points', '–')
    """
    if unit == "%":
        shown = number(None if is_missing(value) else 100 * float(value), digits=digits, signed=signed)  # type: ignore[arg-type]
        return shown if shown == MISSING else f"{shown}{_NARROW_SPACE}%"
    shown = number(value, digits=digits, signed=signed)
    return shown if shown == MISSING or not unit else f"{shown} {unit}"


def percent(share: SupportsFloat | None, *, digits: int = 0, signed: bool = False) -> str:
    """Return a share of one as a percentage.

    Examples
    --------
    >>> percent(0.1512, digits=1)
    '15.1\u202f%'
    """
    return quantity(share, unit="%", digits=digits, signed=signed)


def interval(low: SupportsFloat | None, high: SupportsFloat | None, *, digits: int = 2, unit: str = "") -> str:
    """Return an interval's two ends.

    Examples
    --------
    >>> interval(-0.12, 0.5, digits=1), interval(0.484, 0.642, unit="%", digits=0)
    ('−0.1 to 0.5', '48 to 64\u202f%')
    """
    if is_missing(low) or is_missing(high):
        return MISSING
    left = number(100 * float(low) if unit == "%" else low, digits=digits)  # type: ignore[arg-type]
    return f"{left} to {quantity(high, unit=unit, digits=digits)}"


def estimate(
    value: SupportsFloat | None,
    low: SupportsFloat | None,
    high: SupportsFloat | None,
    *,
    unit: str = "",
    digits: int | None = None,
    signed: bool = False,
    level: float = 0.95,
) -> str:
    """Return a value with its interval, ready to stand in a sentence.

    Examples
    --------
    >>> estimate(0.76, 0.31, 1.22, unit="points")
    '0.8 points (95\u202f% interval 0.3 to 1.2)'
    >>> estimate(0.76, None, None, unit="points")
    '0.76 points (no interval)'
    """
    scale = 100.0 if unit == "%" else 1.0
    if is_missing(low) or is_missing(high):
        return f"{quantity(value, unit=unit, digits=2 if digits is None else digits, signed=signed)} (no interval)"
    below, above = float(low), float(high)  # type: ignore[arg-type]
    places = supported_digits(scale * below, scale * above) if digits is None else digits
    ends = interval(below, above, digits=places, unit=unit if unit == "%" else "")
    return f"{quantity(value, unit=unit, digits=places, signed=signed)} ({percent(level)} interval {ends})"


def against_zero(low: SupportsFloat | None, high: SupportsFloat | None) -> str:
    """Return what an interval says of zero.

    Examples
    --------
    >>> against_zero(0.1, 0.4), against_zero(-0.1, 0.4)
    ('above zero', 'not told apart from zero')
    """
    if is_missing(low) or is_missing(high):
        return "too early to tell from zero"
    if float(low) > 0:  # type: ignore[arg-type]
        return "above zero"
    return "below zero" if float(high) < 0 else "not told apart from zero"  # type: ignore[arg-type]


def compared(low: SupportsFloat | None, high: SupportsFloat | None, *, below: str, above: str) -> str:
    """Return the verdict of a difference's interval: the word for below zero, the word for above, or neither.

    Examples
    --------
    >>> compared(-0.004, -0.001, below="ahead of", above="behind")
    'ahead of'
    >>> compared(None, None, below="ahead of", above="behind")
    'too early to compare with'
    """
    if is_missing(low) or is_missing(high):
        return "too early to compare with"
    if float(high) < 0:  # type: ignore[arg-type]
        return below
    return above if float(low) > 0 else "not told apart from"  # type: ignore[arg-type]


def count(n: int, noun: str, *, plural: str | None = None) -> str:
    """Return a counted noun.

    Examples
    --------
    >>> count(1, "game"), count(1600, "game"), count(0, "bet"), count(2, "loss", plural="losses")
    ('1 game', '1,600 games', 'no bets', '2 losses')
    """
    many = plural or f"{noun}s"
    return f"no {many}" if n == 0 else f"{n:,} {noun if n == 1 else many}"


def listing(items: Sequence[str], *, most: int = 5) -> str:
    """Return items as a phrase, the rest counted.

    Examples
    --------
    >>> listing(["KC", "BUF", "DET"])
    'KC, BUF and DET'
    >>> listing(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    shown = list(items) if len(items) <= most else [*items[:most], f"{len(items) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "none"


def instant(stamp: datetime | pd.Timestamp | str | None) -> str:
    """Return an instant as a reader in New York reads a clock.

    Examples
    --------
    >>> instant("2024-11-06T17:00:00+00:00")
    'Wed 6 Nov 2024, 12:00 ET'
    """
    if is_missing(stamp) or stamp is None or stamp == "":
        return MISSING
    local = utc(stamp).tz_convert(EASTERN)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ET"


def week_name(week: Week) -> str:
    """Return a week as words.

    Examples
    --------
    >>> week_name(Week(2024, 10))
    '2024, week 10'
    """
    return f"{week.season}, week {week.week}"


def handicap(home_line: float | None, *, home: str, away: str) -> str:
    """Return a line as sportsbooks print it: the favourite and the points it gives.

    Parameters
    ----------
    home_line : float or None
        Expected home margin in points, positive when the home team is favoured.

    Examples
    --------
    >>> handicap(3.5, home="KC", away="DEN"), handicap(-1.0, home="KC", away="DEN"), handicap(0.0, home="A", away="B")
    ('KC −3.5', 'DEN −1.0', 'A and B even')
    """
    if home_line is None or is_missing(home_line):
        return MISSING
    if home_line == 0:
        return f"{home} and {away} even"
    return f"{home if home_line > 0 else away} {number(-abs(home_line), digits=1)}"


def american(decimal_price: float | None) -> str:
    """Return a decimal price as American odds.

    Examples
    --------
    >>> american(1.9090909), american(2.5), american(None)
    ('−110', '+150', '–')
    """
    if decimal_price is None or is_missing(decimal_price) or decimal_price <= 1:
        return MISSING
    odds = 100 * (decimal_price - 1) if decimal_price >= 2 else -100 / (decimal_price - 1)
    return number(odds, digits=0, signed=True)
