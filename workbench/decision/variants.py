"""The week's model with modules taken out or put in, so that each can be asked whether it earns its keep.

What each module is in this decision, and what stands in its place without it:

=============  =====================================================  ==================================================
module         in the decision                                        without it
=============  =====================================================  ==================================================
quarterback    quarterbacks have strengths of their own in the         no quarterback states: offences carry whoever
               state space; the starter is forecast                   plays (variances fitted anew on 1999-2009)
playcalling    not in it: a candidate that moves totals by shrunken   as decided: totals know nothing of it
               tempo and pass rate over expectation
drives         scores are drawn drive by drive                        past final scores, weighted to spread and means
shocks         bye, short week, sure starter and last line's move     the line and the ratings' gaps alone; starters by
               beside the line; reports rule starters out             who started before
tilting        draws are reweighted to means and the season's shape   draws are shifted to the means
shrinkage      strengths pulled to average by priors and summers      this season's games speak alone
=============  =====================================================  ==================================================

The Gaussian baseline has none of the six: rounded normal margins and totals about lines of unshrunken team ratings. The
line at the decision informs the mean of every variant, and slopes, spreads and weights are fitted anew for each on the
seasons before, so that a module is missed only for what the others cannot make up.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.decision.model import Model, ModelDraws
from workbench.decision.variant_draws import equal_weights, normal_scores, shifted_scores
from workbench.decision.variant_fits import MeanModules
from workbench.decision.variant_means import module_forecasts
from workbench.decision.week_model import WeekModel
from workbench.errors import SettingsError, ValidationError
from workbench.simulate.drives import game_seeds
from workbench.simulate.loop import Scores
from workbench.simulate.score_model import ScoreModel, drawn_scores, fit_score_model
from workbench.simulate.shape import shaped_weights
from workbench.simulate.tilt import tilted_weights

MODULES: Final = ("quarterback", "playcalling", "drives", "shocks", "tilting", "shrinkage")
#: The model as decided on, and the baseline: what the modules are taken from and added to.
FULL, BASELINE = "full", "gaussian"
#: Everything the decision has, against the baseline that has none of it.
ALL_MODULES: Final = "all modules"
_DECIDED: Final = frozenset(MODULES) - {"playcalling"}


def _named() -> dict[str, frozenset[str]]:
    """Return the modules of each variant, by its name."""
    out = {FULL: _DECIDED, BASELINE: frozenset[str]()}
    for module in MODULES:
        name = f"{FULL}_with_{module}" if module not in _DECIDED else f"{FULL}_without_{module}"
        out[name] = _DECIDED ^ {module}
    return out | {f"{BASELINE}_with_{module}": frozenset({module}) for module in MODULES}


MODULES_OF: Final = _named()


def _told(name: str) -> str:
    if name == FULL:
        return "the model as decided on; play-calling is not in it"
    if name == BASELINE:
        return "rounded normal margins and totals about unshrunken team ratings and the line, nothing else"
    base, sign, module = name.split("_", 2)
    subject = "the model as decided on" if base == FULL else "the Gaussian baseline"
    return f"{subject} {sign} {module.replace('playcalling', 'play-calling')}"


#: Every variant by name, and what it is.
VARIANTS: Final[dict[str, str]] = {name: _told(name) for name in MODULES_OF}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two variants that differ in one module.

    Attributes
    ----------
    module : str
        One of `MODULES`, or `ALL_MODULES`.
    against : str
        ``full`` or ``gaussian``: what the module is taken from or added to.
    having, lacking : str
        The variants with the module and without it.
    """

    module: str
    against: str
    having: str
    lacking: str


def comparisons() -> tuple[Comparison, ...]:
    """Return both looks at each module, taken from the full model and added to the baseline, and all at once."""
    out = [Comparison(ALL_MODULES, BASELINE, FULL, BASELINE)]
    for module in MODULES:
        own = (FULL, f"{FULL}_without_{module}") if module in _DECIDED else (f"{FULL}_with_{module}", FULL)
        out.append(Comparison(module, FULL, *own))
        out.append(Comparison(module, BASELINE, f"{BASELINE}_with_{module}", BASELINE))
    return tuple(out)


def variant_of(model: WeekModel, name: str) -> Model:
    """Return the week's model with the modules of a variant; ``full`` is the model itself.

    Parameters
    ----------
    model : WeekModel
    name : str
        One of `VARIANTS`.

    Raises
    ------
    SettingsError
        If no variant has that name.
    """
    if name not in MODULES_OF:
        raise SettingsError(f"No variant is called {name!r}. The variants are: {', '.join(MODULES_OF)}.")
    return model if name == FULL else Variant(model, MODULES_OF[name])


@dataclass(frozen=True, slots=True)
class Variant:
    """A week's model with some of its modules (implements ``decision.model.Model``).

    Attributes
    ----------
    model : WeekModel
        As decided on.
    modules : frozenset of str
        Those of `MODULES` that speak.
    """

    model: WeekModel
    modules: frozenset[str]

    @property
    def mean_modules(self) -> MeanModules:
        """The modules that speak in the means."""
        return MeanModules(**{f.name: f.name in self.modules for f in fields(MeanModules)})

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        """Return draws of these games, from what the view knows and the modules see."""
        forecasts = self.forecasts(view, games, quotes)
        scores = self.scores(view, games, forecasts)
        margin, total = (forecasts[f"{part}_mean"].to_numpy(dtype=np.float64) for part in ("margin", "total"))
        if "tilting" in self.modules:
            base = shaped_weights(scores, self.model.shape) if "drives" in self.modules else None
            weights = tilted_weights(scores, margin_mean=margin, total_mean=total, base=base).weights
        else:
            weights = equal_weights(scores)
        return ModelDraws(
            game_ids=games["game_id"].to_numpy(dtype=str),
            home=scores.home,
            away=scores.away,
            weights=weights,
            fair_margin=forecasts["fair_line"].to_numpy(dtype=np.float64),
            fair_total=forecasts["fair_total"].to_numpy(dtype=np.float64),
            margin_error=forecasts["margin_error"].to_numpy(dtype=np.float64),
            total_error=forecasts["total_error"].to_numpy(dtype=np.float64),
        )

    def forecasts(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
        """Return the forecasts of these games in their order, by the modules that speak in the means."""
        return module_forecasts(view, games=games, quotes=quotes, model=self.model.forecast, modules=self.mean_modules)

    def scores(self, view: AsOf, games: pd.DataFrame, forecasts: pd.DataFrame) -> Scores:
        """Draw the games: by drives (shifted where nothing reweights them), from past finals, or as rounded normals."""
        if "drives" in self.modules:
            drawn = self.model.scores(games, forecasts)
            return drawn if "tilting" in self.modules else self._shifted(drawn, games, forecasts)
        finals = self._finals(view, games) if "tilting" in self.modules else None
        means = {"margin_mean": forecasts["margin_mean"], "total_mean": forecasts["total_mean"]}
        if finals is None:  # normals know no key numbers: to them a line is its mean
            centres = {"margin_mean": forecasts["fair_line"], "total_mean": forecasts["fair_total"]}
            spreads = {"margin_sd": forecasts["margin_sd"], "total_sd": forecasts["total_sd"]}
            return normal_scores(**centres, **spreads, seeds=self._seeds(games), n_draws=self.model.n_draws)
        playoff = games["game_type"] != "REG"
        return drawn_scores(
            finals,
            **means,
            seeds=self._seeds(games),
            season=games["season"],
            playoff=playoff,
            n_draws=self.model.n_draws,
        )

    def _shifted(self, scores: Scores, games: pd.DataFrame, forecasts: pd.DataFrame) -> Scores:
        means = {"margin_mean": forecasts["margin_mean"], "total_mean": forecasts["total_mean"]}
        return shifted_scores(scores, **means, seeds=self._seeds(games))

    def _seeds(self, games: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        return game_seeds(games["game_id"], seed=self.model.seed)

    def _finals(self, view: AsOf, games: pd.DataFrame) -> ScoreModel | None:
        """Fit past finals of the seasons before; None where there are too few.

        Without plays the week itself draws finals: then there are no drives to take out, and these are they.
        """
        if isinstance(self.model.drives, ScoreModel):
            return self.model.drives
        results, forecast = view.table("results"), self.model.forecast
        earlier = results[results["season"] < int(games["season"].min())]
        try:
            return fit_score_model(earlier, margin_sd=forecast.margin.outcome_sd, total_sd=forecast.total.outcome_sd)
        except ValidationError:
            return None
