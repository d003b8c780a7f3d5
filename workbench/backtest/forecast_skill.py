"""How good the forecasts are, walked forward: every game from the weeks before it, parameters from earlier seasons.

The line is the opener (``features.line_history.opening_lines``). Openers without a time stamp count as known on Tuesday
06:00 ET of the game's week; some of them may in truth be later, which would flatter line and informed forecast alike.
Injury and roster reports are not used here (none are on file before 2021): starters come from who played before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from workbench.features.evaluation import brier_score, clustered_mean, log_loss, win_outcome
from workbench.features.fair_lines import AS_MEANS, LineScales
from workbench.features.forecast import (
    ForecastFacts,
    ForecastModel,
    WalkedForecasts,
    fit_from_walk,
    in_means,
    means_of,
    total_inputs,
    walked,
    with_outcomes,
)
from workbench.features.informed import informed_inputs, informed_mean, win_probability
from workbench.features.rating_data import Floats
from workbench.features.ratings import finished
from workbench.features.starters import fit_starters, starter_probabilities

#: The forecasters of ``walk_forward`` and what they may know.
FORECASTERS = {
    "rating": "results, EPA and forecast starters; no line",
    "memory": "as rating, and the closing lines of past games",
    "line": "the opener, by its own best walk-forward win curve",
    "informed": "the opener, the rating and past lines",
    "close": "the closing line, by its own best walk-forward win curve",
}

#: How an opener is usually turned into a probability: a normal margin with this spread (FACTS states .2143 for it).
_USUAL_SD = 13.0


def walk_forward(
    facts: ForecastFacts,
    *,
    seasons: Sequence[int],
    lines: pd.DataFrame | None = None,
    scales: Mapping[int, LineScales] | None = None,
    first_starters: int = 2001,
) -> pd.DataFrame:
    """Forecast every game of some seasons with everything fitted on earlier seasons.

    Parameters
    ----------
    facts : ForecastFacts
        From ``features.forecast.facts_of``.
    seasons : sequence of int
    lines : DataFrame, optional
        ``game_id, line``: home lines at the decision, where it is not the opener (weights stay as learned on openers,
        the only lines with a history).
    scales : mapping of season to LineScales, optional
        What lines say of means, learned on the seasons before; lines are taken for means where it is not given.
    first_starters : int, default 2001
        First season whose starters are forecast by a model fitted on earlier ones; before it all are equally unknown.

    Returns
    -------
    DataFrame, one row a played game
        ``game_id, season, week, outcome`` (margin), ``total`` (points), ``line, close`` as shown, for each of
        ``FORECASTERS`` its ``_margin`` (the mean, points; of a line where it is fair) and ``_win`` (probability, a tie
        half), ``margin_sd``, ``total_mean, total_sd, total_line, total_close`` (as shown), ``total_informed`` (mean).
    """
    probabilities, coefficients = _walked_starters(facts, first=first_starters, last=max(seasons))
    both = walked(facts, probabilities)
    frames = []
    for season in seasons:
        read = (scales or {}).get(season, AS_MEANS)
        seen, known = facts, both
        if read != AS_MEANS:
            seen = in_means(facts, read)
            known = walked(seen, probabilities, model=both.model)
        model = fit_from_walk(seen, known, before_season=season, starters=coefficients[season], scales=read)
        frames.append(_season(seen, known, model=model, season=season, shown=_shown(facts, lines)))
    return pd.concat(frames, ignore_index=True)


def _walked_starters(facts: ForecastFacts, *, first: int, last: int) -> tuple[Floats, dict[int, Floats]]:
    """Each candidate's probability by the coefficients of the seasons before his, and those coefficients."""
    season = facts.data.season[facts.candidates.side // 2]
    probabilities = starter_probabilities(facts.candidates, np.zeros(facts.candidates.features.shape[1]))
    fitted = {}
    for year in range(first, last + 1):
        fitted[year] = fit_starters(facts.candidates, facts.data, before_season=year)
        now = season == year
        probabilities[now] = starter_probabilities(facts.candidates, fitted[year])[now]
    return probabilities, fitted


def _shown(facts: ForecastFacts, lines: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Return the lines as they were shown, before anything is read into them."""
    opening = facts.opening if lines is None else lines
    totals = {"total_line": facts.opening_totals, "total_close": facts.closing_totals}
    return {"line": opening, "close": facts.closing, **totals}


def _season(
    facts: ForecastFacts,
    both: WalkedForecasts,
    *,
    model: ForecastModel,
    season: int,
    shown: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Forecast a season; ``facts`` hold the means that lines stand for, ``shown`` the lines."""
    games = np.flatnonzero((facts.data.season == season) & facts.data.played)
    schedule = facts.games.iloc[games].reset_index(drop=True)
    own = finished(both.model.iloc[games].reset_index(drop=True), facts.data, games=games, parameters=model.rating)
    memory = finished(both.memory.iloc[games].reset_index(drop=True), facts.data, games=games, parameters=model.memory)
    every = facts.games[facts.games["season"] == season]
    opening = means_of(shown["line"], model.scales.margin)
    inputs = informed_inputs(every, opening, model=own, memory=memory, moves=facts.moves)
    inputs = with_outcomes(schedule[["game_id"]].merge(inputs, on="game_id", how="left"), facts, games=games)
    totals = total_inputs(facts, own, games=games)
    out = inputs[["game_id", "season", "week", "outcome"]].copy()
    for name, table in shown.items():
        out[name] = out["game_id"].map(table.set_index("game_id")["line"]).astype(np.float64)
    spreads = {
        "rating": (own["margin_mean"], model.rating.margin_sd),
        "memory": (memory["margin_mean"], model.memory.margin_sd),
        "line": (inputs["line"], model.margin.line_win_sd),
        "informed": (pd.Series(informed_mean(inputs, model.margin)), model.margin.win_sd),
        "close": (inputs["close"], model.margin.close_win_sd),
    }
    for name, (margin, sd) in spreads.items():
        out[f"{name}_margin"], out[f"{name}_win"] = margin.to_numpy(), win_probability(margin, sd=sd)
    out["margin_sd"], out["margin_mean_sd"] = own["margin_sd"], own["margin_mean_sd"]
    out["total"], out["total_mean"], out["total_sd"] = totals["outcome"], own["total_mean"], own["total_sd"]
    out["total_informed"] = informed_mean(totals, model.total)
    return out


def skill_table(walk: pd.DataFrame, probabilities: Mapping[str, "pd.Series[float]"]) -> pd.DataFrame:
    """Score forecasters on the games that all of them forecast.

    Parameters
    ----------
    walk : DataFrame
        From ``walk_forward``; ``outcome, season, week`` are read.
    probabilities : mapping of str to Series
        P(home wins) of each forecaster, on the index of ``walk``; the games where one is missing are left out for all.

    Returns
    -------
    DataFrame, one row a forecaster
        ``forecaster, games, brier, brier_low, brier_high, log_loss, straight_up``; 95 % intervals clustered by week.
    """
    table = pd.DataFrame(dict(probabilities)).dropna()
    games = walk.loc[table.index]
    won, weeks = win_outcome(games["outcome"]), _weeks(games)
    rows = []
    for name in table.columns:
        p = table[name].to_numpy(np.float64)
        brier = clustered_mean(brier_score(p, won), weeks)
        decided = won != 0.5
        rows.append(
            {
                "forecaster": name,
                "games": brier.n,
                "brier": brier.value,
                "brier_low": brier.low,
                "brier_high": brier.high,
                "log_loss": float(log_loss(p, won).mean()),
                "straight_up": float(((p > 0.5) == (won == 1))[decided].mean()),
            }
        )
    return pd.DataFrame(rows)


def brier_gain(walk: pd.DataFrame, *, over: "pd.Series[float]", by: "pd.Series[float]") -> dict[str, float]:
    """Return how much lower ``by``'s Brier score is than ``over``'s: paired, identical games, clustered by week."""
    both = pd.DataFrame({"over": over, "by": by}).dropna()
    games = walk.loc[both.index]
    won = win_outcome(games["outcome"])
    gain = brier_score(both["over"], won) - brier_score(both["by"], won)
    return asdict(clustered_mean(gain, _weeks(games)))


def claims(walk: pd.DataFrame, peers: Mapping[str, "pd.Series[float]"]) -> pd.DataFrame:
    """Return the numbers the project states about its forecasts, each with its interval and its games.

    Parameters
    ----------
    walk : DataFrame
        From ``walk_forward``.
    peers : mapping of str to Series
        Other people's P(home wins) by ``game_id``; each is compared with the rating on the games it has.

    Returns
    -------
    DataFrame, one row a comparison
        ``forecaster, against, first_season, last_season, games, brier, brier_low, brier_high, against_brier, gain,
        gain_low, gain_high``: 95 % intervals clustered by week, gains paired (positive: the forecaster is better).
    """
    wins = {name: walk[f"{name}_win"] for name in FORECASTERS}
    wins["line, normal with sd 13"] = pd.Series(win_probability(walk["line"], sd=_USUAL_SD), index=walk.index)
    wins |= {name: pd.Series(p.reindex(walk["game_id"]).to_numpy(), index=walk.index) for name, p in peers.items()}
    pairs = [("rating", name) for name in peers] + [("memory", name) for name in peers]
    pairs += [("informed", "line"), ("informed", "line, normal with sd 13"), ("close", "informed"), ("close", "line")]
    rows = [_claim(walk, by=(by, wins[by]), over=(over, wins[over])) for by, over in pairs]
    return pd.DataFrame([row for row in rows if row])


def _claim(
    walk: pd.DataFrame, *, by: "tuple[str, pd.Series[float]]", over: "tuple[str, pd.Series[float]]"
) -> dict[str, object]:
    """Compare two forecasters on the games both have; nothing where they share none."""
    shared = by[1].notna() & over[1].notna()
    if not shared.any():
        return {}
    scores = skill_table(walk[shared], {"by": by[1][shared], "over": over[1][shared]})
    gain = brier_gain(walk[shared], over=over[1][shared], by=by[1][shared])
    return {
        "forecaster": by[0],
        "against": over[0],
        "first_season": int(walk.loc[shared, "season"].min()),
        "last_season": int(walk.loc[shared, "season"].max()),
        **{name: scores[name].to_numpy()[0] for name in ("games", "brier", "brier_low", "brier_high")},
        "against_brier": float(scores["brier"].to_numpy()[1]),
        "gain": gain["value"],
        "gain_low": gain["low"],
        "gain_high": gain["high"],
    }


def _weeks(games: pd.DataFrame) -> Floats:
    weeks: Floats = games["season"].to_numpy(np.float64) * 100 + games["week"].to_numpy(np.float64)
    return weeks
