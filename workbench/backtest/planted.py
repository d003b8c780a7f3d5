"""Leaks planted on purpose: views and models that peek, which a search for leaks must find to be believed."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.decision.model import Model, ModelDraws
from workbench.schema import FACT_TABLES

At = Callable[[pd.Timestamp], AsOf]
#: How a view peeks at a table: it sees it some hours ahead, goes by when rows say they were recorded, or sees it all.
Peek = Literal["hours ahead", "as recorded", "everything"]

_ALWAYS = pd.Timestamp("2200-01-01", tz="UTC")


class PeekingView:
    """A view that shows more of one table than was known at its instant.

    Parameters
    ----------
    at : callable
        From an instant to the view that shows no more than it should.
    instant : Timestamp
    table : str
        The table it peeks at.
    peek : {"hours ahead", "as recorded", "everything"}
    hours : float
        How far ahead, for ``hours ahead``.
    """

    def __init__(self, at: At, instant: pd.Timestamp, *, table: str, peek: Peek, hours: float = 48.0) -> None:
        self._at, self._table, self._peek, self._hours = at, table, peek, hours
        self._honest = at(instant)

    @property
    def instant(self) -> pd.Timestamp:
        """The instant it claims."""
        return self._honest.instant

    def has(self, name: str) -> bool:
        """Whether the fact table exists at all."""
        return self._honest.has(name)

    def earlier(self, instant: pd.Timestamp) -> "PeekingView":
        """Return the same facts as of an earlier instant, peeked at alike."""
        return PeekingView(self._at, instant, table=self._table, peek=self._peek, hours=self._hours)

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, seasons: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return the rows of a fact table, of one table more than was known; the last state of each row."""
        if name != self._table:
            return self._honest.table(name, columns=columns, seasons=seasons)
        ahead = self.instant + pd.Timedelta(hours=self._hours) if self._peek == "hours ahead" else _ALWAYS
        seen = self._at(ahead).table(name, seasons=seasons)
        if self._peek == "as recorded":
            seen = seen[seen["recorded_at"] <= self.instant]
        last = seen.drop_duplicates(list(FACT_TABLES[name].key), keep="last").reset_index(drop=True)
        return last if columns is None else last[list(columns)]


class Prophet:
    """A model that has seen the final scores and moves a tenth of the way towards them.

    Parameters
    ----------
    model : Model
        The honest one it is made of.
    at : callable
        Where it reads the results that are not out yet.
    """

    def __init__(self, model: Model, at: At) -> None:
        results = at(_ALWAYS).table("results").drop_duplicates("game_id", keep="last").set_index("game_id")
        self._model = model
        self._margin = results["home_score"] - results["away_score"]

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        """Return the honest draws, their home scores moved."""
        drawn = self._model.draws(view, games, quotes)
        seen = self._margin.reindex(drawn.game_ids).fillna(0.0).to_numpy(dtype=np.float64)
        shift = np.round(0.1 * (seen - drawn.fair_margin)).astype(np.int16)[:, None]
        return dataclasses.replace(drawn, home=np.maximum(drawn.home + shift, 0).astype(np.int16))
