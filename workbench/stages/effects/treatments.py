"""Exposures as columns of the game panel: what a regression's treatment is made of."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.shocks.events import BOTH_TEAMS
from workbench.stages.effects.questions import Question, Unit

#: Events known only after the opener stood, and before the close: the ones that can show what the opener missed.
LATE: Final = "open_to_close"
#: Games exposed beyond a question's last horizon: neither treated nor a clean control.
AFTER: Final = "after_"
#: An event type as a control.
HELD: Final = "held_"
#: Games from the first one on during which a shock is held as a control.
_HELD_HORIZONS: Final = (0, 3)


def chosen_exposures(exposures: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the exposures a question is about, every horizon."""
    chosen = exposures["type"].isin(question.types)
    if question.causes:
        chosen &= exposures["cause"].isin(question.causes)
    if question.details:
        chosen &= exposures["detail"].isin(question.details)
    return exposures[chosen]


def treatment(
    games: pd.DataFrame, exposures: pd.DataFrame, *, unit: Unit = "event", horizons: tuple[int, int] = (0, 0),
    signed: bool = True,
) -> pd.Series:  # fmt: skip
    """Return one game-level treatment.

    Parameters
    ----------
    games : DataFrame
        With ``game_id``.
    exposures : DataFrame
        Of one question: ``game_id, team, sign, horizon, dose``.
    unit : {"event", "count", "dose"}
        A team counts once a game however many of its events fall on it, once an event, or by the sum of doses.
    horizons : (first, last)
    signed : bool
        Home minus away; else the sum of both sides, or the game's own.

    Returns
    -------
    Series, index of ``games``
        Null where a dose is asked for and not known.

    Examples
    --------
    >>> games = pd.DataFrame({"game_id": ["a", "b"]})
    >>> out = pd.DataFrame({"game_id": ["a", "a", "a"], "sign": [1, 1, -1], "horizon": 0, "dose": [2.0, 1.0, 5.0]})
    >>> [treatment(games, out, unit=unit).tolist() for unit in ("event", "count", "dose")]
    [[0.0, 0.0], [1.0, 0.0], [-2.0, 0.0]]
    >>> treatment(games, out, signed=False).tolist()
    [2.0, 0.0]
    """
    inside = exposures[exposures["horizon"].between(*horizons)]
    place = pd.Index(games["game_id"].astype(object)).get_indexer(inside["game_id"].astype(object))
    here = place >= 0
    sign = inside["sign"].to_numpy(dtype="int64")[here]
    size = inside["dose"].to_numpy(dtype="float64", na_value=np.nan)[here] if unit == "dose" else np.ones(len(sign))
    # Three places a game: the away side's, the whole game's, the home side's.
    sides = np.bincount(place[here] * 3 + sign + 1, weights=size, minlength=3 * len(games)).reshape(-1, 3)
    if unit == "event":
        sides = np.minimum(sides, 1.0)
    weight = np.array([-1.0 if signed else 1.0, 1.0, 1.0])
    return pd.Series((sides * weight).sum(axis=1) + 0.0, index=games.index)


def within(exposures: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return the exposures in some games."""
    return exposures[exposures["game_id"].astype(object).isin(games["game_id"].astype(object))]


def with_treatment(
    games: pd.DataFrame, exposures: pd.DataFrame, *, question: Question, late_only: bool = False
) -> pd.DataFrame:
    """Return the games with the question's treatment under its name, and its spent exposure after ``after_``.

    Parameters
    ----------
    games, exposures : DataFrame
        Exposures of the question.
    question : Question
    late_only : bool
        Count as treated only events known between opener and close; the question's other events move to ``after_``.
    """
    signed, span = question.kind != "game", (0, question.last_horizon)
    treated = exposures["horizon"].between(*span)
    if late_only:
        treated &= exposures["anticipation"].eq(LATE)
    own = treatment(games, exposures[treated], unit=question.unit, horizons=span, signed=signed)
    spent = treatment(games, exposures[~treated], horizons=(0, 99), signed=signed)
    return games.assign(**{question.name: own, AFTER + question.name: spent})


def held_columns(games: pd.DataFrame, exposures: pd.DataFrame, *, signed: bool) -> pd.DataFrame:
    """Return one column an event type, ``held_<type>``, on the games' index: signed, or the sum of both sides.

    A shock to both teams has no sign: it is left out of the signed columns.
    """
    kinds = [kind for kind in sorted(exposures["type"].unique()) if not (signed and kind in BOTH_TEAMS)]
    groups = dict(tuple(exposures.groupby("type")))
    columns = {
        HELD + kind: treatment(games, groups[kind], unit="count", horizons=_HELD_HORIZONS, signed=signed)
        for kind in kinds
    }
    return pd.DataFrame(columns, index=games.index)
