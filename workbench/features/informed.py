"""The market-informed forecast: the line at the decision, moved by what it does not seem to know yet.

Which way a line will still move is learned from how lines moved in earlier seasons, for closing lines are far less
noisy than results; the results of the same seasons may then correct each weight a little (the closing line is right on
average, give or take). The line gets its own win curve, fitted on the same games, so that a gain over it is not mere
recalibration.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_ndtr
from scipy.stats import norm

Floats = NDArray[np.float64]

#: Points the model, and the model that remembers past lines, lie above the line; then circumstances, home minus away:
#: a home field at all, from a bye, a short week, how sure the starter is, how the last game's line moved.
MARGIN_FEATURES = ("model_gap", "memory_gap", "home", "bye", "short_week", "sure_starter", "last_move")
TOTAL_FEATURES = ("model_gap",)
#: How far results may pull a weight from what line moves say: points per standard deviation of the feature.
_RESULTS_PULL_POINTS = 0.15
#: One game's worth of ridge on standardised features: keeps tiny samples tame, changes nothing on seasons.
_RIDGE_GAMES = 1.0


@dataclass(frozen=True, slots=True)
class InformedParameters:
    """What was learned from the seasons before one.

    Attributes
    ----------
    before_season : int
    features : tuple of str
    weights : tuple of float
        Points to add to the line for one unit of each feature.
    move_weights : tuple of float
        The same, had only the moves of lines been asked and not the results.
    win_sd, line_win_sd, close_win_sd : float
        Points: P(home wins) = Phi(margin / sd) for the informed margin, the line itself, and the close.
    outcome_sd : float
        Root mean square of outcome minus informed mean, points.
    close_sd : float or None
        Root mean square of closing line minus informed mean, points, corrected for the weights learned: how far the
        mean may be off, as far as the close is right. The close is not the truth, so it is a lower bound. None where
        nothing was learned, or by a release that did not ask.
    n_games : int
        Games learned from; 0 means the line is returned as it is.
    """

    before_season: int
    features: tuple[str, ...]
    weights: tuple[float, ...]
    move_weights: tuple[float, ...] = ()
    win_sd: float = 13.0
    line_win_sd: float = 13.0
    close_win_sd: float = 13.0
    outcome_sd: float = 13.5
    n_games: int = 0
    close_sd: float | None = None


def rest_contrasts(games: pd.DataFrame) -> pd.DataFrame:
    """Return who comes from a bye and who has had a short week, home minus away, from the schedule alone.

    Returns
    -------
    DataFrame
        ``game_id, bye, short_week`` in {-1, 0, 1}; a season's first game counts as neither.
    """
    sides = pd.concat([games[["game_id", "season", "kickoff_utc"]].assign(team=games[f"{s}_team"], side=s)
                       for s in ("home", "away")])  # fmt: skip
    sides = sides.sort_values("kickoff_utc", kind="stable")
    days = sides.groupby(["season", "team"])["kickoff_utc"].diff().dt.total_seconds() / 86_400
    flags = sides.assign(bye=(days >= 12.5).astype(float), short_week=(days < 6.5).astype(float))
    home, away = (flags[flags["side"] == s].set_index("game_id")[["bye", "short_week"]] for s in ("home", "away"))
    return (home - away).reindex(games["game_id"]).reset_index()


def last_moves(games: pd.DataFrame, *, opening: pd.DataFrame, closing: pd.DataFrame) -> pd.DataFrame:
    """Return how far the line of each team's last game of the season moved its way, home minus away.

    Parameters
    ----------
    games : DataFrame
        As ``schema.GAMES``.
    opening, closing : DataFrame
        ``game_id, line`` of games already played.

    Returns
    -------
    DataFrame
        ``game_id, last_move`` in points; a first game, or one whose lines are not known, counts as no move.
    """
    ends = [
        frame.set_index("game_id")["line"].reindex(games["game_id"]).to_numpy(float) for frame in (opening, closing)
    ]
    keyed = games[["game_id", "season", "kickoff_utc"]].assign(move=ends[1] - ends[0])
    sides = pd.concat(
        [keyed.assign(team=games["home_team"], sign=1.0), keyed.assign(team=games["away_team"], sign=-1.0)]
    )
    sides = sides.assign(move=sides["move"] * sides["sign"]).sort_values("kickoff_utc", kind="stable")
    sides["last"] = sides.groupby(["season", "team"])["move"].shift(1).fillna(0.0) * sides["sign"]
    moved = sides.groupby("game_id")["last"].sum().reindex(games["game_id"])
    return moved.rename("last_move").reset_index()


def informed_inputs(
    games: pd.DataFrame, lines: pd.DataFrame, *, model: pd.DataFrame, memory: pd.DataFrame, moves: pd.DataFrame
) -> pd.DataFrame:
    """Lay the line, the two models and the circumstances side by side.

    Parameters
    ----------
    games : DataFrame
        As ``schema.GAMES``.
    lines : DataFrame
        ``game_id, line``: the home line at the decision.
    model, memory : DataFrame
        ``game_id, margin_mean``: without the market, and with the lines of past games; ``model`` also
        ``home_quarterback_chance, away_quarterback_chance``.
    moves : DataFrame
        From ``last_moves``.

    Returns
    -------
    DataFrame, one row a game of ``games``
        ``game_id, season, week, line`` and ``MARGIN_FEATURES``; NaN gaps where there is no line.
    """
    frame = games[["game_id", "season", "week"]].merge(lines[["game_id", "line"]], on="game_id", how="left")
    for name, forecast in (("model_gap", model), ("memory_gap", memory)):
        means = forecast.set_index("game_id")["margin_mean"].reindex(frame["game_id"]).to_numpy(np.float64)
        frame[name] = means - frame["line"]
    frame["home"] = 1.0 - games["neutral"].to_numpy(np.float64)
    chance = model.set_index("game_id")[["home_quarterback_chance", "away_quarterback_chance"]].reindex(
        frame["game_id"]
    )
    frame["sure_starter"] = (chance.iloc[:, 0] - chance.iloc[:, 1]).to_numpy(np.float64)
    return frame.merge(rest_contrasts(games), on="game_id", how="left").merge(moves, on="game_id", how="left")


def fit_informed(
    inputs: pd.DataFrame, *, before_season: int, features: Sequence[str] = MARGIN_FEATURES
) -> InformedParameters:
    """Learn from the seasons strictly before one.

    Parameters
    ----------
    inputs : DataFrame
        As ``informed_inputs``, plus ``close`` (the last line) and ``outcome`` (margin, or total points).
    before_season : int
    features : sequence of str

    Returns
    -------
    InformedParameters
    """
    needed = ["line", "close", "outcome", *features]
    past = inputs[(inputs["season"] < before_season) & inputs[needed].notna().all(axis=1)]
    if past.empty:
        return InformedParameters(before_season, tuple(features), (0.0,) * len(features))
    x, line = past[list(features)].to_numpy(np.float64), past["line"].to_numpy(np.float64)
    close, outcome = past["close"].to_numpy(np.float64), past["outcome"].to_numpy(np.float64)
    move_weights = _move_weights(x, close - line)
    weights = _borne_out(x, outcome - line, prior=move_weights)
    informed = line + x @ weights
    return InformedParameters(
        before_season,
        tuple(features),
        tuple(weights.tolist()),
        move_weights=tuple(move_weights.tolist()),
        win_sd=fitted_win_sd(informed, outcome),
        line_win_sd=fitted_win_sd(line, outcome),
        close_win_sd=fitted_win_sd(close, outcome),
        outcome_sd=float(np.sqrt(np.mean((outcome - informed) ** 2))),
        n_games=len(past),
        close_sd=_rms(close - informed, parameters=len(features)),
    )


def _rms(errors: Floats, *, parameters: int) -> float | None:
    """Return a root mean square with as many degrees of freedom taken off as were learned; None if none are left."""
    left = errors.size - parameters
    return float(np.sqrt(np.sum(errors**2) / left)) if left > 0 else None


def _move_weights(features: Floats, move: Floats) -> Floats:
    """Regress line moves on the features, with a ridge of one game."""
    ridge = np.diag(_RIDGE_GAMES * features.var(axis=0) + 1e-9)
    weights = np.linalg.solve(features.T @ features + ridge, features.T @ move)
    return np.asarray(weights, dtype=np.float64)


def _borne_out(features: Floats, surprise: Floats, *, prior: Floats) -> Floats:
    """Return the posterior mean of the weights, the line moves' weights being the prior and results the data."""
    noise = float(np.mean(surprise**2))
    precision: Floats = np.diag(np.mean(features**2, axis=0) / _RESULTS_PULL_POINTS**2 + 1e-9)
    error = features.T @ (surprise - features @ prior) / noise
    out: Floats = prior + np.linalg.solve(features.T @ features / noise + precision, error)
    return out


def fitted_win_sd(margin_mean: ArrayLike, margin: ArrayLike) -> float:
    """Return the spread of the win curve Phi(mean / sd) that makes the results likeliest; a tie is half a win.

    Examples
    --------
    >>> means = np.repeat([-7.0, 7.0], 1000)
    >>> wins = np.r_[np.ones(300), -np.ones(700), np.ones(700), -np.ones(300)]
    >>> round(fitted_win_sd(means, wins), 1)  # 7 / 13.3 standard deviations is a 70 % chance
    13.3
    """
    mean, sign = np.asarray(margin_mean, dtype=np.float64), np.sign(np.asarray(margin, dtype=np.float64))
    if not sign.any():
        return 13.0

    def loss(sd: float) -> float:
        wins, losses = log_ndtr(mean / sd), log_ndtr(-mean / sd)
        return float(-((1 + sign) / 2 * wins + (1 - sign) / 2 * losses).sum())

    return float(minimize_scalar(loss, bounds=(8.0, 25.0), method="bounded").x)


def informed_mean(inputs: pd.DataFrame, parameters: InformedParameters) -> Floats:
    """Return the informed mean of each game, shape (n_games,); a game without a line has none (NaN).

    A feature that is missing moves nothing.
    """
    x = inputs[list(parameters.features)].fillna(0.0).to_numpy(np.float64)
    moved: Floats = inputs["line"].to_numpy(np.float64) + x @ np.array(parameters.weights)
    return moved


def win_probability(margin_mean: ArrayLike, *, sd: float) -> Floats:
    """Return P(home wins), a tie counting half, for normal margins."""
    out: Floats = norm.cdf(np.asarray(margin_mean, dtype=np.float64) / sd)
    return out
