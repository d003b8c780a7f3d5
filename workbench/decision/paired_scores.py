"""Scores of model, market, close and every peer on the same games: paired differences, clustered by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.decision.clustered import p_value, weeks_of
from workbench.decision.evaluation import FORECASTERS, brier, log_loss
from workbench.errors import ValidationError
from workbench.intervals import clustered_mean, holm

_Floats = NDArray[np.float64]
_SCORES: Final = {"brier": brier, "log_loss": log_loss}
SCORE_COLUMNS: Final = (
    "population", "forecaster", "games", "weeks", "first", "last",
    "brier", "brier_low", "brier_high", "log_loss", "log_loss_low", "log_loss_high",
)  # fmt: skip
GAIN_COLUMNS: Final = (
    "population", "by", "over", "score", "gain", "low", "high", "standard_error", "p_value", "p_holm", "games", "weeks",
    "first", "last",
)  # fmt: skip
#: A peer that spoke of fewer games than this share is left out of the population common to all.
COMMON_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class PairedScores:
    """Who forecast how well, on identical games.

    Attributes
    ----------
    scores : DataFrame
        `SCORE_COLUMNS`: one row a population and forecaster; the intervals are of the mean score, not of differences.
    gains : DataFrame
        `GAIN_COLUMNS`: the score of ``over`` less that of ``by`` on the same games, positive where ``by`` is better;
        Student intervals clustered by week. ``p_holm`` is adjusted over the peers of a score; market and close,
        compared with in any case, keep theirs.
    left_out : tuple of str
        Peers that forecast none of these games.
    """

    scores: pd.DataFrame
    gains: pd.DataFrame
    left_out: tuple[str, ...]


def paired_scores(
    evaluated: pd.DataFrame, *, peers: pd.DataFrame | None = None, target: str = "win", by: str = "model"
) -> PairedScores:
    """Score everyone who spoke of one target, on games that all those compared spoke of.

    Parameters
    ----------
    evaluated : DataFrame
        ``decision.evaluation.EVALUATION_COLUMNS``; rows without an outcome are left out.
    peers : DataFrame, index = game_id, optional
        Home-win probabilities, a column a peer; null where it said nothing.
    target : str, default "win"
        Peers speak of winners; with another target leave them out.
    by : str, default "model"
        Whose gains on the others are taken.

    Returns
    -------
    PairedScores
        Populations: ``all`` (the games of model, market and close), each peer (those it forecast too), and ``common``
        (those of every peer that forecast at least half of all). In each, the market is compared too.

    Raises
    ------
    ValidationError
        If a peer has two forecasts of a game.
    """
    games = _games(evaluated, peers=peers, target=target)
    named = [] if peers is None else [str(name) for name in peers.columns]
    spoke = [name for name in named if games[name].notna().any()]
    house = [name for name in FORECASTERS if games[name].notna().any()]
    populations = {"all": house} | {name: [*house, name] for name in spoke}
    wide = [name for name in spoke if games[name].notna().mean() >= COMMON_SHARE]
    if wide:
        populations["common"] = [*house, *wide]
    parts = [_population(games, name, who, by=by) for name, who in populations.items()]
    gains = _holm_over_peers(_stacked([gained for _, gained in parts], GAIN_COLUMNS), peers=spoke)
    left_out = tuple(name for name in named if name not in spoke)
    return PairedScores(_stacked([scored for scored, _ in parts], SCORE_COLUMNS), gains, left_out)


def paired_gains(
    games: pd.DataFrame, *, by: str, over: Sequence[str], score: str = "brier", level: float = 0.95
) -> pd.DataFrame:
    """Return one forecaster's paired gains on others: their score less its own.

    Parameters
    ----------
    games : DataFrame
        ``season, week, outcome`` and a column of probabilities a forecaster, none missing.
    by : str
    over : sequence of str
    score : {"brier", "log_loss"}
    level : float, default 0.95

    Returns
    -------
    DataFrame
        `GAIN_COLUMNS` without population; ``p_holm`` over the forecasters given.
    """
    rule, happened, weeks = _SCORES[score], games["outcome"], weeks_of(games)
    own = rule(games[by], happened)
    span = {"games": len(games), "weeks": len(np.unique(weeks))} | _span(games)
    rows = []
    for name in over:
        found = clustered_mean(rule(games[name], happened) - own, weeks, level=level)
        told = {"gain": found.value, "low": found.low, "high": found.high, "standard_error": found.standard_error}
        rows.append({"by": by, "over": name, "score": score} | told | {"p_value": p_value(found)} | span)
    frame = pd.DataFrame(rows, columns=[name for name in GAIN_COLUMNS if name not in ("population", "p_holm")])
    return frame.assign(p_holm=holm(frame["p_value"]))


def _games(evaluated: pd.DataFrame, *, peers: pd.DataFrame | None, target: str) -> pd.DataFrame:
    games = evaluated[(evaluated["target"] == target) & evaluated["outcome"].notna()].reset_index(drop=True)
    if peers is None or peers.empty:
        return games
    if peers.index.duplicated().any():
        raise ValidationError(
            f"A peer forecasts a game once, {peers.index[peers.index.duplicated()][0]} is there twice."
        )
    return games.join(peers, on="game_id")


def _population(games: pd.DataFrame, name: str, who: Sequence[str], *, by: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    same = games[games[list(who)].notna().all(axis=1)] if who else games[:0]
    if same.empty:
        return pd.DataFrame(columns=SCORE_COLUMNS), pd.DataFrame(columns=GAIN_COLUMNS)
    pairs = [(by, [other for other in who if other != by])] if by in who else []
    if "market" in who:
        pairs.append(("market", [other for other in who if other not in ("market", by)]))
    gains = [paired_gains(same, by=one, over=over, score=s) for s in _SCORES for one, over in pairs if over]
    scores = [_scored(same, forecaster) for forecaster in who]
    return pd.DataFrame(scores).assign(population=name), _stacked(gains, GAIN_COLUMNS).assign(population=name)


def _scored(games: pd.DataFrame, name: str) -> dict[str, object]:
    weeks = weeks_of(games)
    row: dict[str, object] = {"forecaster": name, "games": len(games), "weeks": len(np.unique(weeks))} | _span(games)
    for score, rule in _SCORES.items():
        found = clustered_mean(rule(games[name], games["outcome"]), weeks)
        row |= {score: found.value, f"{score}_low": found.low, f"{score}_high": found.high}
    return row


def _span(games: pd.DataFrame) -> dict[str, object]:
    return {"first": int(games["season"].min()), "last": int(games["season"].max())} if len(games) else {}


def _holm_over_peers(gains: pd.DataFrame, *, peers: Sequence[str]) -> pd.DataFrame:
    """Adjust over the peers, each on its own games; those of the common population are shown beside, adjusted alone."""
    adjusted = gains["p_value"].to_numpy(np.float64).copy()
    own = gains["over"].isin(peers) & (gains["population"] == gains["over"])
    common = gains["over"].isin(peers) & (gains["population"] == "common")
    for family in (own, common):
        for _, rows in gains[family].groupby(["score", "by"]):
            adjusted[rows.index] = holm(rows["p_value"])
    return gains.assign(p_holm=adjusted)


def _stacked(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
    return whole.reindex(columns=list(columns))
