"""Numbers claimed: each with its interval or the reason it has none, its games, and what was aimed at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from workbench.errors import ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One number that a page shows and the table of measured numbers repeats.

    Attributes
    ----------
    name : str
        Stable within its study.
    what : str
        What was measured, in words.
    value : float
    low, high : float or None
        The 95 % interval.
    standard_error : float or None
    games : int
        Games behind it.
    unit : str
        ``"%"`` takes a share of one; ``"pp"`` (percentage points) and others follow the number.
    target : str
        What was aimed at, in words; empty where nothing was.
    reached : bool or None
        None where there is no target.
    without_interval : str
        Why there is no interval, where there is none.
    digits : int or None
        Decimals, where a target or a paired comparison needs more than the interval supports.
    interval_is : str
        What the interval is, where it is not the usual one clustered by week.

    Raises
    ------
    ValidationError
        If a number has neither an interval nor a reason for having none, or a target no verdict.
    """

    name: str
    what: str
    value: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    games: int
    unit: str = ""
    target: str = ""
    reached: bool | None = None
    without_interval: str = ""
    interval_is: str = ""
    digits: int | None = None

    def __post_init__(self) -> None:
        if (self.low is None or self.high is None) and not self.without_interval:
            raise ValidationError(f"{self.name} must have an interval or say why it has none.")
        if bool(self.target) != (self.reached is not None):
            raise ValidationError(f"{self.name} must have both a target and a verdict, or neither.")

    @property
    def verdict(self) -> str:
        """Whether the target was reached, in words."""
        return "no target" if self.reached is None else "reached" if self.reached else "not reached"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON-able entry of a result."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read an entry of a result.

        Raises
        ------
        ValidationError
            If it is not one.
        """
        try:
            return cls(**plain)
        except TypeError as error:
            raise ValidationError(f"A claim of a result cannot be read: {error}.") from error


def span(first: int, last: int) -> str:
    """Return seasons as words.

    Examples
    --------
    >>> span(2010, 2024), span(2024, 2024)
    ('2010–2024', '2024')
    """
    return f"{first}–{last}" if last > first else str(first)
