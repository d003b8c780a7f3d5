"""A league whose law of yards changes in the middle of a season, so that what notices and mends it can be watched."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.bayes.forecast import IntegerForecast
from workbench.data.demo.yards_league import YardsLeague
from workbench.errors import ValidationError


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class YardsDrift:
    """A league whose backs gain ``scale`` times their yards from some week of some season on, rounded.

    Attributes
    ----------
    league : YardsLeague
        Before the change.
    season, first_week : int
        Of the change; the rest of that season is changed, the next begins as it was drawn.
    scale : float
        Above zero; 1 changes nothing.

    Raises
    ------
    ValidationError
        If the scale is not above zero.

    Examples
    --------
    >>> from workbench.data.demo.yards_league import yards_league
    >>> drift = YardsDrift(league=yards_league(3, seasons=(2023, 2024)), season=2024, first_week=8, scale=0.5)
    >>> changed = drift.changes(drift.league.players)
    >>> bool((drift.outcomes(drift.league.players)[changed] <= 170).all())
    True
    """

    league: YardsLeague
    season: int
    first_week: int
    scale: float

    def __post_init__(self) -> None:
        if not self.scale > 0.0:
            raise ValidationError(f"Yards are scaled by a number above zero, got {self.scale}.")

    def changes(self, rows: pd.DataFrame) -> "pd.Series[bool]":
        """Return which rows lie after the change."""
        return rows["season"].eq(self.season) & rows["week"].ge(self.first_week)

    def outcomes(self, rows: pd.DataFrame, *, column: str = "yards") -> "pd.Series[float]":
        """Return the yards that are made, one a row."""
        return rows[column].where(~self.changes(rows), np.rint(self.scale * rows[column]) + 0.0)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """What forecasters see: the league's tables, backs' stat lines changed."""
        lines = self.league.tables["player_weeks"]
        made = self.outcomes(lines, column="rushing_yards")
        changed = lines.assign(rushing_yards=made.where(lines["position"].eq("RB"), lines["rushing_yards"]))
        return self.league.tables | {"player_weeks": changed}

    def forecast(self, rows: pd.DataFrame) -> IntegerForecast:
        """Return the law of rows named by ``game_id`` and ``player_id``, after the change where they lie after it.

        Raises
        ------
        ValidationError
            If a row is not a player-game of the league.
        """
        law = self.league.forecast(rows)
        changed = self.changes(rows).to_numpy(dtype=np.bool_)
        cdf = law.cdf.copy()
        cdf[changed] = _scaled(law.rows(changed), scale=self.scale).cdf
        return IntegerForecast(law.support, cdf)


def _scaled(law: IntegerForecast, *, scale: float) -> IntegerForecast:
    """Return the law of yards times a number, rounded as ``outcomes`` are; beyond the support stands at its ends."""
    width = law.cdf.shape[1]
    place = (np.rint(scale * law.support.yards).astype(np.int64) - law.support.first).clip(0, width - 1)
    mass = np.zeros_like(law.cdf)
    np.add.at(mass.T, place, law.mass.T)
    cdf = np.cumsum(mass, axis=1).clip(max=1.0)
    cdf[:, -1] = 1.0
    return IntegerForecast(law.support, cdf)
