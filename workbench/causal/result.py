"""What every design returns: an estimate that cannot be read without its uncertainty."""

from dataclasses import dataclass
from typing import Protocol, Self

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One effect.

    Attributes
    ----------
    value : float
        In the outcome's unit, per unit of treatment.
    standard_error : float
    low, high : float
        The 95 % interval.
    p_value : float
        Of no effect, two-sided.
    rows : int
        Rows in the estimation.
    treated : int
        Rows with treatment.
    clusters : int
        The fewest clusters of any way of clustering that hold treatment.
    method : str
        The design, in words fit for a table.
    inference : str
        How the uncertainty was had: ``cluster``, ``wild bootstrap``, ``randomization``, ``placebo``, ``posterior``.
    """

    value: float
    standard_error: float
    low: float
    high: float
    p_value: float
    rows: int
    treated: int
    clusters: int
    method: str
    inference: str


class Design(Protocol):
    """What a check needs of a design: columns it reads, and a fit that can be run again on other rows.

    Implementations are frozen dataclasses, so that ``dataclasses.replace(design, controls=...)`` makes a variant.
    """

    @property
    def outcome(self) -> str:
        """Column of the outcome."""

    @property
    def treatment(self) -> str:
        """Column of the treatment."""

    @property
    def controls(self) -> tuple[str, ...]:
        """Columns controlled for."""

    def fit(self, rows: pd.DataFrame) -> Estimate:
        """Estimate the effect on these rows."""

    def with_controls(self, controls: tuple[str, ...]) -> Self:
        """Return the same design with other controls."""
