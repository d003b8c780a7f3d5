"""The week's forecast with modules taken out or put in."""

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.decision.variant_fits import MeanModules, facts_for, fitted_means
from workbench.features.forecast import ForecastModel, means_of, view_facts
from workbench.features.informed import InformedParameters, informed_inputs, informed_mean
from workbench.features.play_tempo import tempo_contrasts
from workbench.features.rating_forecast import filter_ratings
from workbench.features.ratings import game_forecasts
from workbench.features.starter_reports import availability


def module_forecasts(
    view: AsOf,
    *,
    games: pd.DataFrame,
    quotes: pd.DataFrame,
    model: ForecastModel,
    modules: MeanModules,
) -> pd.DataFrame:
    """Forecast games with some modules only.

    Parameters
    ----------
    view : AsOf
    games, quotes : DataFrame
        As a model is given them.
    model : ForecastModel
        As decided on.
    modules : MeanModules

    Returns
    -------
    DataFrame, one row a game of ``games`` in their order
        ``game_id, margin_mean, margin_sd, total_mean, total_sd``, ``fair_line, fair_total`` (fair at these means), and
        ``margin_error, total_error``: how far an informed mean may be off. With the modules decided on, to the last bit
        what the week's own model says.
    """
    facts = view_facts(view, scales=model.scales)
    fitted, seen = fitted_means(view, facts, model=model, modules=modules), facts_for(facts, modules)
    asked = facts.games["game_id"].isin(games["game_id"]).to_numpy()
    reads_reports = modules.quarterback and modules.shocks
    leaves = (
        availability(view, seen.candidates, data=seen.data, asked=np.flatnonzero(asked)).leaves
        if reads_reports
        else None
    )
    own, memory = (
        game_forecasts(
            filter_ratings(seen.data, p.filter, before=seen.data.tuesday[asked].min()),
            seen.data,
            game_ids=games["game_id"],
            parameters=p,
            candidates=seen.candidates,
            leaves=leaves,
        )
        for p in (fitted.model.rating, fitted.model.memory)
    )
    lines, totals = (
        means_of(quotes.loc[quotes["market"] == market, ["game_id", "line"]], fair)
        for market, fair in (("spread", model.scales.margin), ("total", model.scales.total))
    )
    inputs = informed_inputs(facts.games, lines, model=own, memory=memory, moves=facts.moves)
    inputs = inputs[asked].reset_index(drop=True)
    out = _beside_the_lines(own, inputs, totals=totals, model=fitted.model)
    if fitted.tempo is not None:
        out = _at_tempo(view, facts.games[asked], out, totals=totals, own=own, tempo=fitted.tempo)
    out = out.assign(
        fair_line=model.scales.margin.lines_of(out["margin_mean"]),
        fair_total=model.scales.total.lines_of(out["total_mean"]),
    )
    return games[["game_id"]].merge(out, on="game_id", how="left", validate="one_to_one")


def _beside_the_lines(
    own: pd.DataFrame, inputs: pd.DataFrame, *, totals: pd.DataFrame, model: ForecastModel
) -> pd.DataFrame:
    has_line = inputs["line"].notna().to_numpy()
    gaps = _total_gaps(own, totals)
    has_total = gaps["line"].notna().to_numpy()
    return pd.DataFrame(
        {
            "game_id": own["game_id"],
            "margin_mean": np.where(has_line, informed_mean(inputs, model.margin), own["margin_mean"]),
            "margin_sd": np.where(has_line, model.margin.outcome_sd, own["margin_sd"]),
            "margin_error": np.where(has_line, _known(model.margin.close_sd), np.nan),
            "total_mean": np.where(has_total, informed_mean(gaps, model.total), own["total_mean"]),
            "total_sd": np.where(has_total, model.total.outcome_sd, own["total_sd"]),
            "total_error": np.where(has_total, _known(model.total.close_sd), np.nan),
        }
    )


def _known(error: float | None) -> float:
    return np.nan if error is None else error


def _total_gaps(own: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    line = totals.set_index("game_id")["line"].reindex(own["game_id"]).to_numpy(np.float64)
    return pd.DataFrame({"game_id": own["game_id"], "line": line, "model_gap": own["total_mean"] - line})


def _at_tempo(
    view: AsOf,
    games: pd.DataFrame,
    forecasts: pd.DataFrame,
    *,
    totals: pd.DataFrame,
    own: pd.DataFrame,
    tempo: InformedParameters,
) -> pd.DataFrame:
    """Move the totals that have a line; a side whose plays are not known moves nothing."""
    season = int(games["season"].iloc[0])
    inputs = _total_gaps(own, totals).merge(
        tempo_contrasts(view, games, before_season=season + 1), on="game_id", how="left"
    )
    moved = informed_mean(inputs, tempo)
    has_total = inputs["line"].notna().to_numpy() & (tempo.n_games > 0)
    return forecasts.assign(
        total_mean=np.where(has_total, moved, forecasts["total_mean"]),
        total_sd=np.where(has_total, tempo.outcome_sd, forecasts["total_sd"]),
        total_error=np.where(has_total, _known(tempo.close_sd), forecasts["total_error"]),
    )
