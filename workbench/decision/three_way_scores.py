"""Forecasts of home win, draw and away win beside one another: rows of evaluation, and each match's scores.

The Brier score is the sum of squared errors over the three outcomes; the ranked probability score minds that a draw
lies between the others.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.decision.three_way import PRICE_COLUMNS, SIDES, side_fair
from workbench.market.outcome_scores import outcome_brier, outcome_log_loss, ranked_probability_score
from workbench.market.overround import OverroundMethod
from workbench.schema import SIDE_SIGN, THREE_WAY

_Floats = NDArray[np.float64]
#: Targets of evaluation, in the order of `SIDES`.
TARGETS = tuple(f"{THREE_WAY}_{side}" for side in SIDES)
SCORES = {"brier": outcome_brier, "rps": ranked_probability_score, "log_loss": outcome_log_loss}
_SIGN_OF_TARGET = dict(zip(TARGETS, (SIDE_SIGN[side] for side in SIDES), strict=True))
_GAME = ["game_id", "season", "week", "game_type"]
#: A chance is never taken for less: one match must not outweigh a season.
_LEAST = 1e-6


def three_way_rows(prices: pd.DataFrame, closes: pd.DataFrame, *, method: OverroundMethod) -> pd.DataFrame:
    """Return one row a match and side: what model, market at decision and market at close said.

    Parameters
    ----------
    prices : DataFrame
        The slip's rows of this market.
    closes : DataFrame
        The close of the same source is used.
    """
    keys = ["game_id", "market", "source"]
    rows = prices.reset_index(drop=True)
    closing = rows[[*keys, "side"]].merge(closes[[*keys, *PRICE_COLUMNS]], on=keys, how="left", validate="many_to_one")
    return rows[_GAME].assign(
        target=THREE_WAY + "_" + rows["side"],
        model=rows["win"],
        market=rows["market_win"],
        close=side_fair(closing, method=method),
        line=0.0,
    )


def is_three_way_target(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of evaluation speak of home, draw or away."""
    return np.asarray(rows["target"].isin(TARGETS), dtype=bool)


def three_way_outcomes(rows: pd.DataFrame) -> _Floats:
    """Return 1 where the row's side came, 0 where another did, null while nobody knows or for other targets."""
    home, away = (rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("home_score", "away_score"))
    sign = rows["target"].map(_SIGN_OF_TARGET).to_numpy(dtype=np.float64, na_value=np.nan)
    came = np.where(np.sign(home - away) == sign, 1.0, 0.0)
    return np.where(np.isnan(home - away) | np.isnan(sign), np.nan, came)


def match_forecasts(evaluated: pd.DataFrame, *, forecasters: Sequence[str]) -> pd.DataFrame:
    """Return one row a match: ``won`` (0, 1, 2: home, draw, away), and three probabilities a forecaster.

    Parameters
    ----------
    evaluated : DataFrame
        From `workbench.decision.evaluation.evaluations`.
    forecasters : sequence of str
        Columns, such as model, market, close. Only matches that all of them spoke about, and whose result is known.

    Returns
    -------
    DataFrame
        game_id, season, week, won, and ``<forecaster>_home``, ``_draw``, ``_away``.
    """
    rows = evaluated[is_three_way_target(evaluated)]
    side = rows["target"].str.removeprefix(f"{THREE_WAY}_")
    wide = rows.assign(side=side).pivot(
        index=["season", "week", "game_id"], columns="side", values=[*forecasters, "outcome"]
    )
    said = pd.DataFrame({f"{name}_{s}": wide[(name, s)] for name in forecasters for s in SIDES}, index=wide.index)
    came = wide["outcome"][list(SIDES)].to_numpy(dtype=np.float64)
    known = np.isfinite(said.to_numpy(dtype=np.float64)).all(axis=1) & np.isfinite(came).all(axis=1)
    known_matches: pd.DataFrame = said.astype("float64").assign(won=np.argmax(came, axis=1))[known]
    return known_matches.reset_index()


def probabilities(matches: pd.DataFrame, forecaster: str) -> _Floats:
    """Return a forecaster's chances of home, draw and away, shape (n_matches, 3), each row summing to one."""
    said = np.maximum(matches[[f"{forecaster}_{side}" for side in SIDES]].to_numpy(dtype=np.float64), _LEAST)
    whole: _Floats = said / said.sum(axis=1, keepdims=True)
    return whole


def match_scores(matches: pd.DataFrame, *, forecasters: Sequence[str]) -> pd.DataFrame:
    """Return every match's scores: ``brier_<forecaster>``, ``rps_<forecaster>``, ``log_loss_<forecaster>``.

    Parameters
    ----------
    matches : DataFrame
        From `match_forecasts`.
    """
    won = matches["won"].to_numpy()
    scored = {
        f"{score}_{name}": function(probabilities(matches, name), won)
        for name in forecasters
        for score, function in SCORES.items()
    }
    return matches[["game_id", "season", "week", "won"]].assign(**scored)
