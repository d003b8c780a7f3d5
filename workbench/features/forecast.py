"""The whole forecast of a week from one AsOf view: ratings, past lines, and the line at the decision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.features.fair_lines import AS_MEANS, FairLines, LineScales
from workbench.features.informed import (
    TOTAL_FEATURES,
    InformedParameters,
    fit_informed,
    informed_inputs,
    informed_mean,
    last_moves,
    win_probability,
)
from workbench.features.line_history import closing_lines, opening_lines
from workbench.features.rating_data import Floats, Integers, RatingData, rating_data
from workbench.features.rating_filter import MARKET_MEMORY, FilterParameters
from workbench.features.rating_forecast import StarterChances, filter_ratings, walk_moments
from workbench.features.ratings import RatingParameters, calibrated, finished, game_forecasts
from workbench.features.starter_reports import availability
from workbench.features.starters import Candidates, fit_starters, starter_candidates, starter_probabilities


@dataclass(frozen=True, slots=True)
class ForecastModel:
    """Everything fitted before a season: the ratings, the ratings that remember lines, and the trust in both.

    Attributes
    ----------
    before_season : int
    rating, memory : RatingParameters
    margin, total : InformedParameters
        Learned on lines as ``scales`` read them.
    scales : LineScales
        What a line says of the mean.
    """

    before_season: int
    rating: RatingParameters
    memory: RatingParameters
    margin: InformedParameters
    total: InformedParameters
    scales: LineScales = AS_MEANS


@dataclass(frozen=True, slots=True)
class ForecastFacts:
    """What fitting and forecasting read, gathered once from tables or a view."""

    games: pd.DataFrame
    data: RatingData
    candidates: Candidates
    opening: pd.DataFrame
    closing: pd.DataFrame
    opening_totals: pd.DataFrame
    closing_totals: pd.DataFrame
    moves: pd.DataFrame


_TABLES = ("games", "results", "starters", "player_weeks", "quotes")


def facts_of(tables: Mapping[str, pd.DataFrame]) -> ForecastFacts:
    """Gather fact tables (``games, results`` and, where there are any, ``starters, player_weeks, quotes``)."""
    quotes = tables.get("quotes", pd.DataFrame(columns=["game_id", "market", "source", "kind", "recorded_at", "line"]))
    opening, closing = opening_lines(quotes), closing_lines(quotes)
    data = rating_data(
        tables["games"],
        tables["results"],
        starters=tables.get("starters"),
        player_weeks=tables.get("player_weeks"),
        closing_lines=closing.rename(columns={"line": "home_line"}),
    )
    games = data.games[["game_id"]].merge(tables["games"], on="game_id", how="left")
    return ForecastFacts(
        games=games,
        data=data,
        candidates=starter_candidates(data),
        opening=opening,
        closing=closing,
        moves=last_moves(games, opening=opening, closing=closing),
        opening_totals=opening_lines(quotes, market="total"),
        closing_totals=closing_lines(quotes, market="total"),
    )


#: By view, while it lives, and how lines were read: several models asked about one view share what it lets through. A
#: view never changes.
_gathered: "WeakKeyDictionary[AsOf, dict[LineScales, ForecastFacts]]" = WeakKeyDictionary()


def view_facts(view: AsOf, *, scales: LineScales = AS_MEANS) -> ForecastFacts:
    """Gather what a view lets through, lines read as the means at which they are fair; once a view and reading."""
    if view not in _gathered:
        _gathered[view] = {AS_MEANS: facts_of({name: view.table(name) for name in _TABLES if view.has(name)})}
    known = _gathered[view]
    if scales not in known:
        known[scales] = in_means(known[AS_MEANS], scales)
    return known[scales]


@dataclass(frozen=True, slots=True)
class WalkedForecasts:
    """Every game forecast from the weeks before it, by the two rating models (raw)."""

    model: pd.DataFrame
    memory: pd.DataFrame


def walked(facts: ForecastFacts, probabilities: Floats, *, model: pd.DataFrame | None = None) -> WalkedForecasts:
    """Forecast every game from the weeks before its own, with the starter probabilities given.

    ``model`` is that part where it is already made: however lines are read, it knows none.
    """
    chances = StarterChances(facts.candidates, probabilities)
    return WalkedForecasts(
        model=walk_moments(facts.data, FilterParameters(), chances=chances) if model is None else model,
        memory=walk_moments(facts.data, MARKET_MEMORY, chances=chances),
    )


def in_means(facts: ForecastFacts, scales: LineScales) -> ForecastFacts:
    """Return the facts with every line as the mean at which it is fair."""
    opening, closing = (means_of(lines, scales.margin) for lines in (facts.opening, facts.closing))
    return replace(
        facts,
        data=replace(facts.data, line=scales.margin.means_of(facts.data.line)),
        opening=opening,
        closing=closing,
        opening_totals=means_of(facts.opening_totals, scales.total),
        closing_totals=means_of(facts.closing_totals, scales.total),
        moves=last_moves(facts.games, opening=opening, closing=closing),
    )


def means_of(lines: pd.DataFrame, fair: FairLines) -> pd.DataFrame:
    """Return lines (``game_id, line``) with each line as the mean at which it is fair."""
    return lines.assign(line=fair.means_of(lines["line"].to_numpy(np.float64)))


def fit_model(facts: ForecastFacts, *, before_season: int, scales: LineScales = AS_MEANS) -> ForecastModel:
    """Fit everything on the seasons strictly before one; about three seconds for 25 seasons.

    Parameters
    ----------
    facts : ForecastFacts
        With lines read by ``scales`` (``view_facts``, ``in_means``).
    before_season : int
    scales : LineScales
        Kept with the model, so that lines are read the same way when it forecasts.
    """
    coefficients = fit_starters(facts.candidates, facts.data, before_season=before_season)
    both = walked(facts, starter_probabilities(facts.candidates, coefficients))
    return fit_from_walk(facts, both, before_season=before_season, starters=coefficients, scales=scales)


def fit_from_walk(
    facts: ForecastFacts,
    both: WalkedForecasts,
    *,
    before_season: int,
    starters: Floats,
    scales: LineScales = AS_MEANS,
) -> ForecastModel:
    """Fit slopes, spreads and the trust in the models from raw forecasts already made; see ``fit_model``."""
    coefficients = tuple(starters.tolist())
    rating, memory = (
        calibrated(RatingParameters(before_season, variances, coefficients), facts.data, raw=raw)
        for variances, raw in ((FilterParameters(), both.model), (MARKET_MEMORY, both.memory))
    )
    everything = np.arange(len(facts.games))
    model = finished(both.model, facts.data, games=everything, parameters=rating)
    inputs = informed_inputs(
        facts.games,
        facts.opening,
        model=model,
        memory=finished(both.memory, facts.data, games=everything, parameters=memory),
        moves=facts.moves,
    )
    return ForecastModel(
        before_season,
        rating,
        memory,
        margin=fit_informed(with_outcomes(inputs, facts, games=everything), before_season=before_season),
        total=fit_informed(
            total_inputs(facts, model, games=everything), before_season=before_season, features=TOTAL_FEATURES
        ),
        scales=scales,
    )


def with_outcomes(inputs: pd.DataFrame, facts: ForecastFacts, *, games: Integers) -> pd.DataFrame:
    """Add ``close`` and ``outcome`` (the margin), where known, to the inputs of some games, in their order."""
    margin = facts.data.points[2 * games] - facts.data.points[2 * games + 1]
    return inputs.assign(close=_line_of(facts.closing, inputs["game_id"]), outcome=margin)


def total_inputs(facts: ForecastFacts, model: pd.DataFrame, *, games: Integers) -> pd.DataFrame:
    """Lay total openers, closes, outcomes and the model's gap side by side, for some games in their order."""
    frame = facts.games[["game_id", "season", "week"]].iloc[games].reset_index(drop=True)
    line = _line_of(facts.opening_totals, frame["game_id"])
    return frame.assign(
        line=line,
        close=_line_of(facts.closing_totals, frame["game_id"]),
        outcome=facts.data.points[2 * games] + facts.data.points[2 * games + 1],
        model_gap=model["total_mean"].to_numpy(np.float64) - line,
    )


def _line_of(lines: pd.DataFrame, game_ids: "pd.Series[str]") -> Floats:
    return lines.set_index("game_id")["line"].reindex(game_ids).to_numpy(np.float64)


def informed_forecasts(
    view: AsOf,
    *,
    games: pd.DataFrame,
    model: ForecastModel,
    lines: pd.DataFrame | None = None,
    totals: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Forecast games as of a view, informed by the lines at the decision where there are any.

    Parameters
    ----------
    view : AsOf
    games : DataFrame
        Rows of the ``games`` table; only ``game_id`` is read.
    model : ForecastModel
        Fitted on seasons before these games.
    lines, totals : DataFrame, optional
        ``game_id, line``: home line and total at the decision. A game without one keeps the model's mean.

    Returns
    -------
    DataFrame, one row a game by kick-off
        As ``ratings.game_forecasts`` (``margin_mean`` and ``total_mean`` informed, their ``_sd`` those of the outcome),
        and ``margin_model, total_model`` (without the market), ``margin_memory`` (with past lines), ``fair_line,
        fair_total`` (the lines that are fair at the means), ``home_line, total_line, home_win`` (a tie counts half),
        ``quarterback_basis`` of each side.
    """
    facts = view_facts(view, scales=model.scales)
    asked = facts.games["game_id"].isin(games["game_id"]).to_numpy()
    before = facts.data.tuesday[asked].min()
    evidence = availability(view, facts.candidates, data=facts.data, asked=np.flatnonzero(asked))
    own, memory = (
        game_forecasts(
            filter_ratings(facts.data, p.filter, before=before),
            facts.data,
            game_ids=games["game_id"],
            parameters=p,
            candidates=facts.candidates,
            leaves=evidence.leaves,
        )
        for p in (model.rating, model.memory)
    )
    none = pd.DataFrame({"game_id": pd.Series(dtype=str), "line": pd.Series(dtype=np.float64)})
    schedule = facts.games
    shown = (none if lines is None else lines, none if totals is None else totals)
    seen = means_of(shown[0], model.scales.margin), means_of(shown[1], model.scales.total)
    inputs = informed_inputs(schedule, seen[0], model=own, memory=memory, moves=facts.moves)
    out = _combined(own, memory, inputs=inputs[asked].reset_index(drop=True), totals=seen[1], model=model)
    return out.assign(home_line=_line_of(shown[0], out["game_id"]), total_line=_line_of(shown[1], out["game_id"]))


def _combined(
    own: pd.DataFrame, memory: pd.DataFrame, *, inputs: pd.DataFrame, totals: pd.DataFrame, model: ForecastModel
) -> pd.DataFrame:
    """Put models and lines together; ``inputs`` and ``totals`` have the means that lines stand for."""
    moved, has_line = informed_mean(inputs, model.margin), inputs["line"].notna().to_numpy()
    total_line = _line_of(totals, own["game_id"])
    gap = pd.DataFrame({"line": total_line, "model_gap": own["total_mean"] - total_line})
    out = own.assign(
        margin_model=own["margin_mean"], total_model=own["total_mean"], margin_memory=memory["margin_mean"]
    )
    out["margin_mean"] = np.where(has_line, moved, own["margin_mean"])
    out["total_mean"] = np.where(np.isfinite(total_line), informed_mean(gap, model.total), own["total_mean"])
    out["fair_line"] = model.scales.margin.lines_of(out["margin_mean"])
    out["fair_total"] = model.scales.total.lines_of(out["total_mean"])
    out["margin_sd"] = np.where(has_line, model.margin.outcome_sd, own["margin_sd"])
    out["total_sd"] = np.where(np.isfinite(total_line), model.total.outcome_sd, own["total_sd"])
    own_win = win_probability(own["margin_mean"], sd=model.rating.margin_sd)
    out["home_win"] = np.where(has_line, win_probability(moved, sd=model.margin.win_sd), own_win)
    return out
