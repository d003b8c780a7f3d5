"""Fits of the forecast with modules taken out or put in: what is left learns anew from the seasons before.

A module is not tested by breaking it. Whatever remains learns from earlier seasons how far it may be trusted without
it: slopes, spreads and the weights beside the line are those of the smaller model.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.features.forecast import (
    ForecastFacts,
    ForecastModel,
    WalkedForecasts,
    total_inputs,
    with_outcomes,
)
from workbench.features.informed import (
    MARGIN_FEATURES,
    TOTAL_FEATURES,
    InformedParameters,
    fit_informed,
    informed_inputs,
)
from workbench.features.play_tempo import TEMPO_FEATURES, tempo_contrasts
from workbench.features.rating_data import RatingData
from workbench.features.rating_filter import MARKET_MEMORY, FilterParameters
from workbench.features.rating_forecast import StarterChances, walk_moments
from workbench.features.ratings import RatingParameters, calibrated, finished
from workbench.features.starters import FEATURES, Candidates, starter_probabilities

#: Circumstances a line may not have read yet; the ground a game is played on is no shock.
SHOCK_FEATURES: Final = ("bye", "short_week", "sure_starter", "last_move")
CALM_FEATURES: Final = tuple(f for f in MARGIN_FEATURES if f not in SHOCK_FEATURES)
#: Points squared: a prior this wide leaves a strength to the games alone (a game's noise is 82).
WIDE_VARIANCE: Final = 400.0
#: The state spaces without quarterbacks, fitted as the others were (margins, and closing lines, of 2002-2009, each
#: forecast from the weeks before it): offences then change as much as offence and quarterback do together.
FILTER_WITHOUT_QUARTERBACKS: Final = FilterParameters(
    offence_keep=0.705,
    defence_keep=0.745,
    offence_season_variance=13.9,
    defence_season_variance=5.65,
    offence_week_variance=0.058,
    defence_week_variance=0.106,
    quarterback_other=0.0,
)
MEMORY_WITHOUT_QUARTERBACKS: Final = replace(
    MARKET_MEMORY,
    offence_keep=0.698,
    defence_keep=0.613,
    offence_season_variance=2.39,
    defence_season_variance=1.71,
    offence_week_variance=0.206,
    defence_week_variance=0.187,
    quarterback_other=0.0,
)
#: Fits and walks kept: those of one season's variants, and of the season before while it is left.
_KEPT: Final = 24
_fits: "OrderedDict[str, Any]" = OrderedDict()


@dataclass(frozen=True, slots=True)
class MeanModules:
    """Which modules speak in the means.

    Attributes
    ----------
    quarterback : bool
        Quarterbacks have strengths of their own, and the starter is forecast; else offences carry whoever plays.
    shrinkage : bool
        Strengths are pulled to average over the summer and by narrow priors; else this season's games speak alone.
    shocks : bool
        Bye, short week, how sure the starter is, the last line's move, and reports that rule starters out.
    playcalling : bool
        Shrunken tempo and pass rate over expectation move the total. Not in the decision: a candidate.
    """

    quarterback: bool = True
    shrinkage: bool = True
    shocks: bool = True
    playcalling: bool = False


DECIDED_ON: Final = MeanModules()


@dataclass(frozen=True, slots=True)
class FittedMeans:
    """A forecast model of some modules; ``tempo`` moves totals that have a line, None without play-calling."""

    model: ForecastModel
    tempo: InformedParameters | None


def filters_of(modules: MeanModules) -> tuple[FilterParameters, FilterParameters]:
    """Return the state space without the market's memory, and with it."""
    own, memory = (
        (FilterParameters(), MARKET_MEMORY)
        if modules.quarterback
        else (FILTER_WITHOUT_QUARTERBACKS, MEMORY_WITHOUT_QUARTERBACKS)
    )
    return (own, memory) if modules.shrinkage else (unshrunk(own), unshrunk(memory))


def unshrunk(parameters: FilterParameters) -> FilterParameters:
    """Return filter parameters whose team strengths nothing pulls to average; quarterbacks keep their prior.

    Were theirs as wide, the games could not tell a quarterback from his offence.
    """
    return replace(
        parameters,
        initial_variance=WIDE_VARIANCE,
        offence_keep=1.0,
        defence_keep=1.0,
        offence_season_variance=WIDE_VARIANCE,
        defence_season_variance=WIDE_VARIANCE,
    )


def facts_for(facts: ForecastFacts, modules: MeanModules) -> ForecastFacts:
    """Return the facts a model of these modules may look at."""
    if modules.quarterback:
        return facts
    data = facts.data
    nobody = replace(
        data,
        starter=np.full_like(data.starter, -1),
        share_side=data.share_side[:0],
        share_player=data.share_player[:0],
        share=data.share[:0],
    )
    return replace(facts, data=nobody, candidates=_nobody(nobody))


def _nobody(data: RatingData) -> Candidates:
    n = 2 * len(data.games)
    return Candidates(np.arange(n), np.full(n, -1), np.zeros((n, len(FEATURES))), np.full(n, -1))


def fitted_means(view: AsOf, facts: ForecastFacts, *, model: ForecastModel, modules: MeanModules) -> FittedMeans:
    """Fit what is left on the seasons before the model's, or remember the same fit by its content.

    Parameters
    ----------
    view : AsOf
        For the plays of earlier seasons.
    facts : ForecastFacts
        Of the view, whole, lines read as the model reads them.
    model : ForecastModel
        As decided on: gives the season and the starters' coefficients.
    modules : MeanModules
    """
    base = replace(modules, playcalling=False)
    before = model.before_season
    name = _digest(facts, before=before, words=(repr(base), repr(model.rating.starters), repr(model.scales)))
    fitted = model if base == DECIDED_ON else _remembered(name, lambda: _fit(facts, model=model, modules=base))
    if not modules.playcalling:
        return FittedMeans(fitted, None)
    tempo = _remembered(f"{name} tempo", lambda: _fit_tempo(view, facts, model=fitted, modules=base))
    return FittedMeans(fitted, tempo)


def _walk(facts: ForecastFacts, *, model: ForecastModel, modules: MeanModules) -> WalkedForecasts:
    """Forecast every game from the weeks before its own; like the model's own fit, without reports of the past."""
    seen = facts_for(facts, modules)
    probabilities = starter_probabilities(seen.candidates, np.array(model.rating.starters))
    chances = StarterChances(seen.candidates, probabilities)
    own, memory = (walk_moments(seen.data, p, chances=chances) for p in filters_of(modules))
    return WalkedForecasts(model=own, memory=memory)


def _walked(facts: ForecastFacts, *, model: ForecastModel, modules: MeanModules) -> WalkedForecasts:
    kept = replace(modules, shocks=True)
    name = _digest(facts, before=model.before_season, words=("walk", repr(kept), repr(model.rating.starters)))
    walked: WalkedForecasts = _remembered(name, lambda: _walk(facts, model=model, modules=kept))
    return walked


def _fit(facts: ForecastFacts, *, model: ForecastModel, modules: MeanModules) -> ForecastModel:
    before, both = model.before_season, _walked(facts, model=model, modules=modules)
    past = np.flatnonzero(facts.data.season < before)
    parts = zip(filters_of(modules), (both.model, both.memory), strict=True)
    rating, memory = (
        calibrated(RatingParameters(before, p, model.rating.starters), facts.data, raw=_some(raw, facts))
        for p, raw in parts
    )
    own, remembering = (
        finished(raw.iloc[past].reset_index(drop=True), facts.data, games=past, parameters=p)
        for raw, p in ((both.model, rating), (both.memory, memory))
    )
    inputs = informed_inputs(facts.games, facts.opening, model=own, memory=remembering, moves=facts.moves)
    inputs = inputs.iloc[past].reset_index(drop=True)
    margin = fit_informed(
        with_outcomes(inputs, facts, games=past),
        before_season=before,
        features=MARGIN_FEATURES if modules.shocks else CALM_FEATURES,
    )
    total = fit_informed(total_inputs(facts, own, games=past), before_season=before, features=TOTAL_FEATURES)
    return ForecastModel(before, rating, memory, margin=margin, total=total, scales=model.scales)


def _some(raw: pd.DataFrame, facts: ForecastFacts) -> pd.DataFrame:
    """Return remembered forecasts at the length of these facts: games added since are of the season to forecast."""
    return raw.reindex(range(len(facts.games)))


def _fit_tempo(view: AsOf, facts: ForecastFacts, *, model: ForecastModel, modules: MeanModules) -> InformedParameters:
    """Learn what tempo and pass rate add to the total's line beside the model's own gap."""
    before = model.before_season
    past = np.flatnonzero(facts.data.season < before)
    raw = _walked(facts, model=model, modules=modules).model.iloc[past].reset_index(drop=True)
    own = finished(raw, facts.data, games=past, parameters=model.rating)
    inputs = total_inputs(facts, own, games=past)
    tempo = tempo_contrasts(view, facts.games.iloc[past], before_season=before)
    joined = inputs.merge(tempo, on="game_id", how="left")
    return fit_informed(joined, before_season=before, features=(*TOTAL_FEATURES, *TEMPO_FEATURES))


def _remembered(name: str, make: Callable[[], Any]) -> Any:
    if name not in _fits:
        _fits[name] = make()
        while len(_fits) > _KEPT:
            _fits.popitem(last=False)
    _fits.move_to_end(name)
    return _fits[name]


def _digest(facts: ForecastFacts, *, before: int, words: tuple[str, ...]) -> str:
    """Hash everything of the seasons before that a fit looks at."""
    data, past = facts.data, facts.data.season < before
    sides = np.repeat(past, 2)
    shares = sides[data.share_side]
    digest = hashlib.sha256("\n".join([str(before), *words, *data.teams]).encode())
    digest.update("\n".join(data.players[i] for i in data.share_player[shares]).encode())
    digest.update("\n".join(data.players[i] if i >= 0 else "" for i in data.starter[sides]).encode())
    for values in (data.season[past], data.tuesday[past].astype("datetime64[D]").astype(np.int64), data.line[past],
                   data.points[sides], data.passing_epa[sides], data.rushing_epa[sides], data.turnovers[sides],
                   data.share_side[shares], data.share[shares]):  # fmt: skip
        digest.update(np.ascontiguousarray(values).tobytes())
    ids = facts.games.loc[past, "game_id"]
    for lines in (facts.opening, facts.closing, facts.opening_totals, facts.closing_totals):
        digest.update(lines.set_index("game_id")["line"].reindex(ids).to_numpy(np.float64).tobytes())
    return digest.hexdigest()
