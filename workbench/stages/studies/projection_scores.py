"""A forecast against other people's numbers, on the player-games that both have."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.paired import paired
from workbench.errors import ValidationError
from workbench.intervals import Estimate, clustered_mean
from workbench.stages.studies.projections import KEY, External, unique_player_games

#: A certain forecast that is wrong would cost infinitely much.
_LEAST_PROBABILITY: Final = 1e-6
COLUMNS: Final = ("source", "measure", "forecast", "external", "difference", "low", "high", "rows", "games")


def comparison(rows: pd.DataFrame, forecast: IntegerForecast, external: External) -> pd.DataFrame:
    """Compare a forecast with external numbers on identical player-games, outcomes of a game erring together.

    Parameters
    ----------
    rows : DataFrame
        With ``player_id, season, week, game_id, yards``; rows without yards are left out.
    forecast : IntegerForecast
        One row each.
    external : External

    Returns
    -------
    DataFrame, one row a measure; none where no player-game is in both
        ``source, measure, forecast, external, difference, low, high, rows, games``: means, the paired difference
        (below zero the forecast errs less) and its 95 % interval clustered by game. Measures: ``absolute_error`` of
        the predictive median and the external value, in yards; of mended sources ``absolute_error_published`` (before
        mending) and ``absolute_error_unmended`` (mended rows left out); of lines also ``brier`` and ``log_loss`` of
        P(over), and ``share_over``: the share of outcomes above the line under ``external`` and how far it is from
        one half.

    Raises
    ------
    ValidationError
        If rows and forecasts differ in number, or a player has two rows in a week.
    """
    if len(rows) != len(forecast):
        raise ValidationError(f"Every row needs its forecast, got {len(rows)} rows and {len(forecast)} forecasts.")
    unique_player_games(rows)
    both = _matched(rows, external)
    if both.empty:
        return pd.DataFrame({name: pd.Series(dtype="str" if name in COLUMNS[:2] else "float64") for name in COLUMNS})
    chosen = forecast.rows(both["place"].to_numpy())
    ours = np.abs(both["yards"].to_numpy() - chosen.median)
    theirs = (both["yards"] - both["value"]).abs().to_numpy()
    games = both["game_id"].to_numpy()
    lines = [_line(external.source, "absolute_error", ours, theirs, games)]
    if "published" in both.columns:
        as_published = (both["yards"] - both["published"]).abs().to_numpy()
        kept = ~both["doubled"].to_numpy(dtype=bool)
        lines += [
            _line(external.source, "absolute_error_published", ours, as_published, games),
            _line(external.source, "absolute_error_unmended", ours[kept], theirs[kept], games[kept]),
        ]
    if "over_probability" in both.columns:
        lines += _over_under(both, chosen, source=external.source)
    return pd.DataFrame(lines, columns=list(COLUMNS))


def over_probability(forecast: IntegerForecast, lines: pd.Series) -> np.ndarray:
    """Return P(yards above the line, given not on it), shape (n_rows,): a line that is hit exactly is a push.

    Examples
    --------
    >>> from workbench.bayes.forecast import Support
    >>> coin = IntegerForecast(Support(0, 2), np.array([[0.25, 0.5, 1.0], [0.25, 0.5, 1.0]]))
    >>> over_probability(coin, pd.Series([0.5, 1.0])).round(3).tolist()
    [0.75, 0.667]
    """
    line = np.asarray(lines, dtype=np.float64)
    over, under = 1.0 - forecast.at(line), forecast.at(np.ceil(line) - 1.0)
    decided = over + under
    return np.where(decided > 0.0, over / np.where(decided > 0.0, decided, 1.0), 0.5)


def _matched(rows: pd.DataFrame, external: External) -> pd.DataFrame:
    known = rows.assign(place=np.arange(len(rows)))[rows["yards"].notna().to_numpy()]
    # A line knows its game: a week that was moved must not pair it with another one.
    keys = [*KEY, "game_id"] if "game_id" in external.rows.columns else KEY
    wanted = known[[*KEY, "game_id", "yards", "place"]].astype({"yards": "float64"})
    return wanted.merge(external.rows, on=keys, how="inner", validate="one_to_one")


def _over_under(both: pd.DataFrame, chosen: IntegerForecast, *, source: str) -> list[tuple[object, ...]]:
    decided = (both["yards"] != both["value"]).to_numpy()
    over = (both["yards"] > both["value"]).to_numpy(dtype=np.float64)[decided]
    games = both["game_id"].to_numpy()[decided]
    ours = over_probability(chosen, both["value"])[decided]
    theirs = both["over_probability"].to_numpy(dtype=np.float64)[decided]
    share = clustered_mean(over, games)
    middle = (source, "share_over", float(ours.mean()) if len(ours) else float("nan"), share.value)
    return [
        _line(source, "brier", np.square(over - ours), np.square(over - theirs), games),
        _line(source, "log_loss", _log_loss(over, ours), _log_loss(over, theirs), games),
        (*middle, share.value - 0.5, share.low - 0.5, share.high - 0.5, share.n, share.clusters),
    ]


def _log_loss(over: np.ndarray, chance: np.ndarray) -> np.ndarray:
    said = np.where(over > 0.5, chance, 1.0 - chance)
    return -np.log(np.maximum(said, _LEAST_PROBABILITY))


def _line(source: str, measure: str, ours: np.ndarray, theirs: np.ndarray, games: np.ndarray) -> tuple[object, ...]:
    found: Estimate = paired(ours, theirs, games)
    means = [float(score.mean()) if len(score) else float("nan") for score in (ours, theirs)]
    return (source, measure, *means, found.value, found.low, found.high, found.n, found.clusters)
