"""Tuning the goals model on seasons gone by: every batch forecast from what was known at its decision, then scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.backtest.fanout import fanned_out
from workbench.clock import uk_batch_instants
from workbench.decision.three_way import PRICE_COLUMNS, SIDES
from workbench.errors import ValidationError
from workbench.goals.dixon_coles import Memory
from workbench.goals.grid import outcome_probabilities, scoreline_probabilities
from workbench.goals.history import History, history, strengths_at
from workbench.goals.mixing import model_weight, pooled
from workbench.market.outcome_scores import outcome_brier, outcome_log_loss
from workbench.market.overround import OverroundMethod, fair_probabilities

_Floats = NDArray[np.float64]
#: What is tried: half a season to two years (Dixon and Coles chose 0.0065 a half week, which is 373 days), and
#: strengths close to the average club or left to themselves.
HALF_LIVES = (180.0, 270.0, 365.0, 540.0, 730.0)
SPREADS = (0.25, 0.4, 0.6)
_GAME = ["game_id", "season", "week", "kickoff_utc"]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was chosen, on which matches.

    Attributes
    ----------
    memory : Memory
        Of all tried the one with the smallest log loss.
    weight : float
        The goals' weight beside the market's prices, learned on the same matches.
    tried : DataFrame
        One row a setting: half_life_days, spread, log_loss, brier.
    matches : DataFrame
        One row a match with prices and a result: game_id, season, week, kickoff_utc, won, and ``model_``, ``market_``,
        ``close_`` and ``informed_`` chances of home, draw, away; the last pooled with the weight that strictly earlier
        seasons gave.
    """

    memory: Memory
    weight: float
    tried: pd.DataFrame
    matches: pd.DataFrame


def tuned(
    tables: dict[str, pd.DataFrame],
    *,
    seasons: Sequence[int],
    source: str,
    half_lives: Sequence[float] = HALF_LIVES,
    spreads: Sequence[float] = SPREADS,
    method: OverroundMethod = "power",
    workers: int = 1,
) -> Tuned:
    """Choose memory and weight on some seasons.

    Parameters
    ----------
    tables : dict of str to DataFrame
        games, results, quotes, as known when the choice is made.
    seasons : sequence of int
        Whose matches are forecast and scored; earlier ones are only looked back on.
    source : str
        The book whose prices before the match are the market's.
    half_lives, spreads : sequence of float
        Every pair is tried.
    method : {"proportional", "additive", "power", "shin", ...}
    workers : int
        Settings tried at a time.

    Raises
    ------
    ValidationError
        If no match of these seasons has prices and a result.
    """
    past = history(tables["games"], tables["results"])
    games = _with_outcomes(tables, seasons=seasons)
    games = games.join(_market(tables["quotes"], games, source=source, method=method))
    games = games[games["market_home"].notna()].reset_index(drop=True)
    if games.empty:
        raise ValidationError(f"No match of {list(seasons)} has {source}'s prices and a result: nothing to tune on.")
    settings = [Memory(half_life, spread) for half_life, spread in product(half_lives, spreads)]
    jobs = [_Job(past, games[[*_GAME, "home_team", "away_team"]], memory) for memory in settings]
    forecasts = fanned_out(_forecast_job, jobs, workers=workers)
    won = games["won"].to_numpy()
    losses = [float(outcome_log_loss(said, won).mean()) for said in forecasts]
    briers = [float(outcome_brier(said, won).mean()) for said in forecasts]
    best = int(np.argmin(losses))
    tried = pd.DataFrame(
        {
            "half_life_days": [m.half_life_days for m in settings],
            "spread": [m.spread for m in settings],
            "log_loss": losses,
            "brier": briers,
        }
    )
    market = games[[f"market_{side}" for side in SIDES]].to_numpy(dtype=np.float64)
    weight = model_weight(forecasts[best], market, won)
    matches = games.assign(**_named("model", forecasts[best]))
    matches = matches.assign(**_named("informed", _informed(matches, model=forecasts[best], market=market)))
    return Tuned(settings[best], weight, tried, matches)


def forecast_matches(past: History, games: pd.DataFrame, *, memory: Memory) -> _Floats:
    """Return the chances of home, draw and away of each match as its batch's decision had them, shape (n_matches, 3).

    Parameters
    ----------
    past : History
        May hold later matches: a batch is forecast from what was known at its instant.
    games : DataFrame
        season, week, kickoff_utc, home_team, away_team; whole batches of a season, or parts of them.
    memory : Memory
    """
    said = np.empty((len(games), len(SIDES)))
    instants = uk_batch_instants(games["kickoff_utc"])
    seasons, strengths = games["season"].to_numpy(np.int64), None
    for instant in sorted(set(instants)):
        mine = np.flatnonzero((instants == instant).to_numpy())
        season = int(seasons[mine[0]])
        strengths = strengths_at(past, instant=instant, season=season, memory=memory, start=strengths)
        part = games.iloc[mine]
        ours, theirs = strengths.means(past.places(part["home_team"]), past.places(part["away_team"]))
        said[mine] = outcome_probabilities(scoreline_probabilities(ours, theirs, rho=strengths.rho))
    return said


@dataclass(frozen=True, slots=True)
class _Job:
    past: History
    games: pd.DataFrame
    memory: Memory


def _forecast_job(job: _Job) -> _Floats:
    return forecast_matches(job.past, job.games, memory=job.memory)


def _with_outcomes(tables: dict[str, pd.DataFrame], *, seasons: Sequence[int]) -> pd.DataFrame:
    games = tables["games"]
    rows = games[games["season"].isin(list(seasons))].merge(
        tables["results"][["game_id", "home_score", "away_score"]], on="game_id", validate="one_to_one"
    )
    margin = rows["home_score"] - rows["away_score"]
    won = np.select([margin > 0, margin == 0], [0, 1], default=2)
    ordered = rows.assign(won=won).sort_values(["kickoff_utc", "game_id"], kind="stable")
    return ordered[[*_GAME, "home_team", "away_team", "won"]].reset_index(drop=True)


def _market(quotes: pd.DataFrame, games: pd.DataFrame, *, source: str, method: OverroundMethod) -> pd.DataFrame:
    """Return no-vig chances before the match and at the close, in the order of the games."""
    own = quotes[(quotes["source"] == source) & quotes["price_draw"].notna()]
    parts = []
    for name, kind in (("market", "open"), ("close", "close")):
        of_kind = own[own["kind"] == kind].drop_duplicates("game_id").set_index("game_id")
        prices = of_kind.reindex(games["game_id"])[list(PRICE_COLUMNS)].to_numpy(dtype=np.float64)
        parts.append(pd.DataFrame(_named(name, fair_probabilities(prices, method=method)), index=games.index))
    return pd.concat(parts, axis=1)


def _informed(matches: pd.DataFrame, *, model: _Floats, market: _Floats) -> _Floats:
    """Return the pool of model and market with the weight that strictly earlier seasons gave."""
    season, won, out = matches["season"].to_numpy(), matches["won"].to_numpy(), market.copy()
    for one in np.unique(season):
        before, now = season < one, season == one
        weight = model_weight(model[before], market[before], won[before])
        out[now] = pooled(model[now], market[now], weight=weight)
    return out


def _named(name: str, chances: _Floats) -> dict[str, _Floats]:
    return {f"{name}_{side}": chances[:, place] for place, side in enumerate(SIDES)}
