"""Exposures as columns of the game panel: what a regression's treatment is made of."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from workbench.shocks.events import BOTH_TEAMS
from workbench.stages.effects.questions import Question

#: Events known only after the opener stood, and before the close: the ones that can show what the opener missed.
LATE: Final = "open_to_close"
#: Games exposed beyond a question's last horizon: neither treated nor a clean control.
AFTER: Final = "after_"


def chosen_exposures(exposures: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the exposures a question is about, every horizon."""
    chosen = exposures["type"].isin(question.types)
    if question.causes:
        chosen &= exposures["cause"].isin(question.causes)
    if question.details:
        chosen &= exposures["detail"].isin(question.details)
    return exposures[chosen]


def treatment(
    games: pd.DataFrame, exposures: pd.DataFrame, *, unit: str = "event", horizons: tuple[int, int] = (0, 0),
    signed: bool = True,
) -> pd.Series:  # fmt: skip
    """Return one game-level treatment.

    Parameters
    ----------
    games : DataFrame
        With ``game_id``.
    exposures : DataFrame
        Of one question: ``game_id, team, sign, horizon, dose``.
    unit : {"event", "dose"}
        A team counts once a game however many of its events fall on it (event), or by the sum of its doses.
    horizons : (first, last)
    signed : bool
        Home minus away; else the sum of both sides, or the game's own.

    Returns
    -------
    Series, index of ``games``
        Null where a dose is asked for and not known.
    """
    inside = exposures[exposures["horizon"].between(*horizons)]
    size = inside["dose"].astype("float64") if unit == "dose" else pd.Series(1.0, index=inside.index)
    sides = inside[["game_id", "sign"]].assign(size=size.to_numpy()).groupby(["game_id", "sign"])["size"]
    by_side = (sides.max() if unit == "event" else sides.sum(skipna=False)).reset_index()
    weight = np.where(by_side["sign"].eq(0) | (not signed), 1.0, by_side["sign"].astype("float64"))
    by_game = (by_side["size"] * weight).groupby(by_side["game_id"]).sum(skipna=False)
    found = games["game_id"].map(by_game)
    return found.where(games["game_id"].isin(by_game.index), 0.0).astype("float64")


def with_treatments(
    games: pd.DataFrame, exposures: pd.DataFrame, *, questions: Iterable[Question], late_only: bool = False
) -> pd.DataFrame:
    """Return the games with one column a question, named as the question, and ``after_`` columns for spent exposure.

    Parameters
    ----------
    games, exposures : DataFrame
    questions : iterable of Question
    late_only : bool
        Count as treated only events known between opener and close; the question's other events move to ``after_``.
    """
    columns: dict[str, pd.Series] = {}
    for question in questions:
        mine = chosen_exposures(exposures, question)
        signed = question.kind != "game"
        late = mine["anticipation"].eq(LATE) if late_only else pd.Series(True, index=mine.index)
        span = (0, question.last_horizon)
        columns[question.name] = treatment(games, mine[late], unit=question.unit, horizons=span, signed=signed)
        spent = mine[~(late & mine["horizon"].between(*span))]
        columns[AFTER + question.name] = treatment(games, spent, horizons=(0, 99), signed=signed)
    return games.assign(**columns)


def control_columns(
    games: pd.DataFrame, exposures: pd.DataFrame, *, types: Sequence[str], signed: bool
) -> pd.DataFrame:
    """Return the games with one column an event type, ``control_<type>``: signed, or the sum of both sides."""
    columns = {
        f"control_{kind}": treatment(games, exposures[exposures["type"].eq(kind)], horizons=(0, 3), signed=signed)
        for kind in types
        if not (signed and kind in BOTH_TEAMS)
    }
    return games.assign(**columns)
