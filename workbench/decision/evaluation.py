"""The model's probabilities against the market's, game by game: winner, spread and total; or home, draw and away."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.decision.grade import lattices
from workbench.decision.intervals import clustered_mean, wilson
from workbench.decision.three_way import is_three_way
from workbench.decision.three_way_scores import is_three_way_target, three_way_outcomes, three_way_rows
from workbench.market.keynumbers import KeyNumbers, market_chances, tilts_for_market
from workbench.market.overround import OverroundMethod, fair_probabilities

_Floats = NDArray[np.float64]
_GAME = ["game_id", "season", "week", "game_type"]
EVALUATION_COLUMNS = [*_GAME, "target", "model", "market", "close", "outcome"]
FORECASTERS = ("model", "market", "close")
#: A forecast this sure is scored as if it were this unsure: one game must not outweigh a season.
_SUREST = 1e-6


def evaluations(
    forecasts: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    closes: pd.DataFrame,
    results: pd.DataFrame,
    key_numbers: KeyNumbers,
    overround_method: OverroundMethod = "power",
) -> pd.DataFrame:
    """Return one row a game and target: what model, market at decision and market at close said, and what happened.

    Parameters
    ----------
    forecasts, prices : DataFrame
        Of a slip: the market's quotes are those chosen at decision.
    closes : DataFrame
        From `workbench.decision.quotes.closing_quotes`; the close of the same source is used.
    results : DataFrame
        The ``results`` fact table.
    key_numbers : KeyNumbers
        Carries the close to the decision's line, and spreads to winners where there is no moneyline.

    Returns
    -------
    DataFrame
        `EVALUATION_COLUMNS`. Targets: ``win`` (home wins; a tie is .5), ``spread`` (home covers the decision's line),
        ``total`` (over); pushes have a null outcome and are left out of scores. A game quoted by home, draw and away
        has ``1x2_home``, ``1x2_draw`` and ``1x2_away`` in place of ``win``. All three probabilities speak of the same
        event; null where a forecaster said nothing.
    """
    plus = prices[prices["side"].isin(["home", "over"])]
    parts = [_lines(plus[plus["market"] == market], closes, key_numbers=key_numbers) for market in ("spread", "total")]
    three = prices[is_three_way(prices)]
    winners = forecasts[~forecasts["game_id"].isin(three["game_id"])]
    parts.append(_winners(winners, plus, closes, key_numbers=key_numbers))
    if len(three):
        parts = [part for part in parts if len(part)] + [three_way_rows(three, closes, method=overround_method)]
    joined = pd.concat(parts, ignore_index=True).merge(
        results[["game_id", "home_score", "away_score"]], on="game_id", how="left", validate="many_to_one"
    )
    joined["outcome"] = np.where(is_three_way_target(joined), three_way_outcomes(joined), _outcomes(joined))
    return joined[EVALUATION_COLUMNS].sort_values(["game_id", "target"], kind="stable").reset_index(drop=True)


def brier(probability: ArrayLike, outcome: ArrayLike) -> _Floats:
    """Return squared errors, shape (n,).

    Examples
    --------
    >>> brier([0.7, 0.7], [1, 0.5]).round(2)
    array([0.09, 0.04])
    """
    error: _Floats = np.asarray(probability, dtype=np.float64) - np.asarray(outcome, dtype=np.float64)
    return error**2


def log_loss(probability: ArrayLike, outcome: ArrayLike) -> _Floats:
    """Return negative log likelihoods, shape (n,); a tie (0.5) is half of each."""
    sure = np.clip(np.asarray(probability, dtype=np.float64), _SUREST, 1.0 - _SUREST)
    happened = np.asarray(outcome, dtype=np.float64)
    loss: _Floats = -(happened * np.log(sure) + (1.0 - happened) * np.log(1.0 - sure))
    return loss


def score_table(evaluated: pd.DataFrame, *, by: Sequence[str] = ("target",), rng: np.random.Generator) -> pd.DataFrame:
    """Return Brier score and log loss of model, market and close on identical games.

    Parameters
    ----------
    evaluated : DataFrame
        From `evaluations`. A game counts for all of those forecasters that said something anywhere in the group, and
        only if each of them said something about it.
    by : sequence of str, default ("target",)
        Such as ``("target", "season", "week")`` for the weekly table.
    rng : Generator

    Returns
    -------
    DataFrame
        ``by``, n, ``brier_model``, ``brier_market``, ``brier_close``, the same for ``log_loss``, and
        ``brier_gain`` with ``_low`` and ``_high``: market less model, paired, positive when the model is better; its
        interval resamples weeks, or games where there are fewer than six weeks.
    """
    groups = evaluated[evaluated["outcome"].notna()].groupby(list(by), sort=True)
    rows = [dict(zip(by, key, strict=True)) | _scores(part, rng=rng) for key, part in groups]
    return pd.DataFrame(rows)


def reliability(probability: ArrayLike, outcome: ArrayLike, *, n_bins: int = 10) -> pd.DataFrame:
    """Return observed against predicted in bins of equal width, with bands.

    Returns
    -------
    DataFrame
        low, high (bin edges), predicted (mean), observed (mean), n, ``observed_low`` and ``observed_high`` (Wilson),
        ``band_low`` and ``band_high`` (where the observed share of a calibrated forecaster falls in 95 %).
    """
    said, happened = np.asarray(probability, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    known = np.isfinite(said) & np.isfinite(happened)
    said, happened = said[known], happened[known]
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    place = np.clip(np.digitize(said, edges) - 1, 0, n_bins - 1)
    rows = [_bin(said[place == b], happened[place == b], low=edges[b], high=edges[b + 1]) for b in np.unique(place)]
    return pd.DataFrame(rows)


def _lines(plus: pd.DataFrame, closes: pd.DataFrame, *, key_numbers: KeyNumbers) -> pd.DataFrame:
    """Return the spread or total rows: the close is asked about the decision's line."""
    rows = plus.reset_index(drop=True)
    closing = _with_close(rows, closes)
    at_stake = rows["win"] + rows["lose"]
    return rows[_GAME].assign(
        target=rows["market"],
        model=rows["win"] / at_stake.where(at_stake > 0),
        market=rows["market_win"],
        close=_read(closing, key_numbers, at=rows["line"].to_numpy(dtype=np.float64)),
        line=rows["line"],
    )


def _winners(
    forecasts: pd.DataFrame, plus: pd.DataFrame, closes: pd.DataFrame, *, key_numbers: KeyNumbers
) -> pd.DataFrame:
    """Return the winner rows: the moneyline where it is quoted, else the spread read at zero."""
    games = forecasts[_GAME].assign(target="win", model=forecasts["home_win"] + 0.5 * forecasts["tie"], line=0.0)
    market, close = pd.Series(np.nan, index=games.index), pd.Series(np.nan, index=games.index)
    for name in ("moneyline", "spread"):
        quoted = plus[plus["market"] == name].reset_index(drop=True)
        zero = np.zeros(len(quoted))
        now = quoted.rename(columns={"price": "price_home", "price_other": "price_away"})
        said = pd.DataFrame(
            {
                "game_id": quoted["game_id"],
                "market": _read(now, key_numbers, at=zero),
                "close": _read(_with_close(quoted, closes), key_numbers, at=zero),
            }
        ).set_index("game_id")
        market = market.fillna(games["game_id"].map(said["market"]))
        close = close.fillna(games["game_id"].map(said["close"]))
    return games.assign(market=market, close=close)


def _with_close(rows: pd.DataFrame, closes: pd.DataFrame) -> pd.DataFrame:
    keys = ["game_id", "market", "source"]
    bare = rows[[*keys, "game_type"]]
    return bare.merge(closes[[*keys, "line", "price_home", "price_away"]], on=keys, how="left", validate="one_to_one")


def _read(quotes: pd.DataFrame, key_numbers: KeyNumbers, *, at: _Floats) -> _Floats:
    """Return what quotes say of home or over at another line, pushes aside (half a push at zero is half a tie)."""
    said = np.full(len(quotes), np.nan)
    whole = quotes[["price_home", "price_away"]].notna().all(axis=1).to_numpy(dtype=bool)
    line = np.where(quotes["market"] == "moneyline", 0.0, quotes["line"].to_numpy(dtype=np.float64))
    for lattice, mine in lattices(quotes, key_numbers):
        use = mine & whole
        prices = quotes.loc[use, ["price_home", "price_away"]].to_numpy(dtype=np.float64)
        tilts = tilts_for_market(lattice, line[use], decided=fair_probabilities(prices)[:, 0])
        seen = market_chances(lattice, tilts, line=at[use], sign=np.ones(int(use.sum())))
        said[use] = np.where(at[use] == 0.0, seen.win + 0.5 * seen.push, seen.decided)
    return said


def _outcomes(rows: pd.DataFrame) -> _Floats:
    home, away = (rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("home_score", "away_score"))
    value = np.where(rows["target"] == "total", home + away, home - away) - rows["line"].to_numpy(dtype=np.float64)
    level = np.where(rows["target"] == "win", 0.5, np.nan)
    return np.select([np.isnan(value), value > 0, value < 0], [np.nan, 1.0, 0.0], default=level)


def _scores(part: pd.DataFrame, *, rng: np.random.Generator) -> dict[str, float]:
    spoke = [name for name in FORECASTERS if part[name].notna().any()]
    same = part[part[spoke].notna().all(axis=1)]
    happened = same["outcome"].to_numpy(dtype=np.float64)
    scores: dict[str, float] = {"n": len(same)}
    for name in FORECASTERS:
        said = same[name].to_numpy(dtype=np.float64)
        scores[f"brier_{name}"] = float(brier(said, happened).mean()) if len(same) else float("nan")
        scores[f"log_loss_{name}"] = float(log_loss(said, happened).mean()) if len(same) else float("nan")
    weeks = (same["season"].astype(str) + "w" + same["week"].astype(str)).to_numpy()
    clusters = weeks if len(set(weeks)) >= 6 else same["game_id"].to_numpy()
    gain = clustered_mean(brier(same["market"], happened) - brier(same["model"], happened), clusters, rng=rng)
    return scores | {"brier_gain": gain.value, "brier_gain_low": gain.low, "brier_gain_high": gain.high}


def _bin(said: _Floats, happened: _Floats, *, low: float, high: float) -> dict[str, float]:
    n, predicted = len(said), float(said.mean())
    observed = wilson(round(float(happened.sum())), n)
    half = 1.959963984540054 * float(np.sqrt((said * (1.0 - said)).sum())) / n
    return {
        "low": low,
        "high": high,
        "predicted": predicted,
        "observed": float(happened.mean()),
        "n": n,
        "observed_low": observed.low,
        "observed_high": observed.high,
        "band_low": max(predicted - half, 0.0),
        "band_high": min(predicted + half, 1.0),
    }
