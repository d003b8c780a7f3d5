"""The market-informed forecast: the line at the decision, moved by what it does not seem to know yet.

Which way a line will still move is learned from how lines moved in earlier seasons (closing lines are far less noisy
than results), and how far to trust that move from the results themselves: result - line = trust x expected move plus
noise, ``trust`` shrunk to 1, its value if the closing line is right on average. The line gets its own win curve, fitted
on the same games, so that a gain over it is not mere recalibration.
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

#: Points the model, and the model that remembers past lines, lie above the line; then known circumstances.
MARGIN_FEATURES = ("model_gap", "memory_gap", "home", "bye", "short_week")
TOTAL_FEATURES = ("model_gap",)
#: Prior of ``trust``: the closing line is right on average, give or take.
_TRUST_MEAN, _TRUST_SD = 1.0, 0.5
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
        Points the line is expected to move for one unit of each feature.
    trust : float
        Share of the expected move to take; 1 if closing lines are right on average.
    win_sd, line_win_sd, close_win_sd : float
        Points: P(home wins) = Phi(margin / sd) for the informed margin, the line itself, and the close.
    outcome_sd : float
        Root mean square of outcome minus informed mean, points.
    n_games : int
        Games learned from; 0 means the line is returned as it is.
    """

    before_season: int
    features: tuple[str, ...]
    weights: tuple[float, ...]
    trust: float = 1.0
    win_sd: float = 13.0
    line_win_sd: float = 13.0
    close_win_sd: float = 13.0
    outcome_sd: float = 13.5
    n_games: int = 0


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


def informed_inputs(
    games: pd.DataFrame, lines: pd.DataFrame, *, model: pd.DataFrame, memory: pd.DataFrame
) -> pd.DataFrame:
    """Lay the line, the two models and the circumstances side by side.

    Parameters
    ----------
    games : DataFrame
        As ``schema.GAMES``.
    lines : DataFrame
        ``game_id, line``: the home line at the decision.
    model, memory : DataFrame
        ``game_id, margin_mean``: without the market, and with the lines of past games.

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
    return frame.merge(rest_contrasts(games), on="game_id", how="left")


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
    ridge = np.diag(_RIDGE_GAMES * x.var(axis=0) + 1e-9)
    weights = np.linalg.solve(x.T @ x + ridge, x.T @ (close - line))
    trust = _trust(x @ weights, outcome - line)
    informed = line + trust * (x @ weights)
    return InformedParameters(
        before_season,
        tuple(features),
        tuple(weights.tolist()),
        trust=trust,
        win_sd=fitted_win_sd(informed, outcome),
        line_win_sd=fitted_win_sd(line, outcome),
        close_win_sd=fitted_win_sd(close, outcome),
        outcome_sd=float(np.sqrt(np.mean((outcome - informed) ** 2))),
        n_games=len(past),
    )


def _trust(move: Floats, surprise: Floats) -> float:
    """Posterior mean of the share of the expected move that results bear out."""
    noise = float(np.mean(surprise**2))
    information = float(move @ move) / noise
    prior = 1 / _TRUST_SD**2
    return (prior * _TRUST_MEAN + float(move @ surprise) / noise) / (prior + information)


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
    moved: Floats = inputs["line"].to_numpy(np.float64) + parameters.trust * (x @ np.array(parameters.weights))
    return moved


def win_probability(margin_mean: ArrayLike, *, sd: float) -> Floats:
    """Return P(home wins), a tie counting half, for normal margins."""
    out: Floats = norm.cdf(np.asarray(margin_mean, dtype=np.float64) / sd)
    return out
