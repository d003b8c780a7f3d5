"""Events as the backtest of shocks wants them: one row an event and game it touches, and when it was known."""

from typing import Final

import pandas as pd

from workbench.backtest.shock_adjusted import TOUCH_COLUMNS
from workbench.clock import MINIMUM_LEAD
from workbench.shocks.anticipation import opener_instants
from workbench.shocks.events import ABSORBING
from workbench.stages.effects.cells import event_bands
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.effects.questions import QUESTIONS

#: Games from the first on in which a shock that stays for the season counts; of all others only the first counts, for
#: that it lasted into the next was not known before the next.
LAST_HORIZON: Final = 3
#: Shocks of one game's weather, observed and never forecast.
ORACLES: Final = tuple(sorted({kind for question in QUESTIONS if question.oracle for kind in question.types}))
_OFF_SEASON: Final = "off_season"


def touches_of(frames: EffectFrames) -> pd.DataFrame:
    """Return the touches of every event on the panel's games.

    Returns
    -------
    DataFrame
        ``TOUCH_COLUMNS``. A coach who came between seasons is no shock of a game and left out.
    """
    hit = frames.exposures[frames.exposures["detail"].ne(_OFF_SEASON).fillna(True)]
    hit = hit[~hit["censored"]].reset_index(drop=True)
    known = frames.events.set_index("event_id")["known_at"]
    last = hit["type"].isin(ABSORBING).astype("int64") * LAST_HORIZON
    touches = hit.assign(
        band=event_bands(hit).astype("str"),
        treated=hit["horizon"].le(last),
        known_at=hit["event_id"].map(known),
        oracle=hit["type"].isin(ORACLES),
    )
    return touches[list(TOUCH_COLUMNS)]


def dated_games(frames: EffectFrames) -> pd.DataFrame:
    """Return the panel with the instants a line is bet at: ``opened_at``, and ``late_at``, an hour before kick-off."""
    instants = opener_instants(frames.tables)
    return frames.games.assign(
        opened_at=frames.games["game_id"].map(instants["opened_at"]),
        late_at=frames.games["kickoff_utc"] - MINIMUM_LEAD,
    )
