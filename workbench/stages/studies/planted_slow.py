"""The estimators that take longer than a fifth of a second a league."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd

from workbench.causal.controls.augmented_control import augmented_control
from workbench.causal.controls.control_placebos import placebos_in_space
from workbench.causal.controls.synthetic_control import ControlSpec, fit_synthetic_control
from workbench.causal.controls.synthetic_did import synthetic_did_of
from workbench.causal.learners.heterogeneity import average_effects
from workbench.causal.learners.meta_learners import learned_effects
from workbench.data.demo.panel import PanelLeague
from workbench.features.panels import GAME_COLUMNS, team_week_panel
from workbench.stages.studies.control_panels import simulated_panel
from workbench.stages.studies.planted_estimators import Estimator, Sample, Trial
from workbench.stages.studies.synthetic_control import compared_methods

#: Ratings as the season opened: later ones have seen the absences of earlier weeks.
_FEATURES: Final = ("first_rating", "opponent_first_rating", "home")
_STRUCK: Final = ("quarterback_out", "fake_week")


def synthetic_controls(sample: Sample) -> Iterator[Trial]:
    """Yield one treated unit's planted effect by synthetic control and its rivals, errors from placebo units."""
    seed = int(sample.rng.integers(2**31))
    studied = simulated_panel(seed)
    truth = float(studied.truth or 0.0)
    panel, spec = studied.panel, ControlSpec()
    fit = fit_synthetic_control(panel, spec=spec)
    methods = compared_methods(
        panel, fit, space=placebos_in_space(panel, fit, spec=spec), augmented=augmented_control(panel),
        did=synthetic_did_of(panel, rng=sample.rng),
    )  # fmt: skip
    for row in methods.to_dict("records"):
        low, high = float(row["low"]), float(row["high"])
        yield Trial(
            estimator=str(row["method"]), shock="one unit treated", outcome="long panel", truth=truth,
            estimate=float(row["value"]), standard_error=float(row["standard_error"]), low=low, high=high,
            p_value=float("nan"), covered=bool(low <= truth <= high), treated=1, null=False,
        )  # fmt: skip


def meta_learners(sample: Sample) -> Iterator[Trial]:
    """Yield the average effect of a quarterback's absence, and of a treatment drawn by lot, by each meta-learner."""
    rows = _team_rows(sample.league)
    for shock in _STRUCK:
        learned = learned_effects(
            rows, outcome="margin", treatment=shock, features=_FEATURES, clusters=("team_season", "game_id"),
            fold_by="season", rng=sample.rng,
        )  # fmt: skip
        for row in average_effects(learned).to_dict("records"):
            truth = sample.league.realised(shock, "margin")
            yield Trial(
                estimator=f"{row['learner']}-learner", shock=shock, outcome="margin", truth=truth,
                estimate=row["effect"], standard_error=row["standard_error"], low=row["low"], high=row["high"],
                p_value=row["p_value"], covered=bool(row["low"] <= truth <= row["high"]),
                treated=int(row["treated"]), null=shock == "fake_week",
            )  # fmt: skip


def _team_rows(league: PanelLeague) -> pd.DataFrame:
    """Return two rows a game, each team's own side, with its own treatments."""
    panel = team_week_panel(league.games.reindex(columns=list(GAME_COLUMNS)))
    struck = league.exposures.dropna(subset=["team"])
    for shock in _STRUCK:
        keys = pd.MultiIndex.from_frame(struck.loc[struck["type"] == shock, ["game_id", "team"]])
        panel[shock] = pd.MultiIndex.from_frame(panel[["game_id", "team"]]).isin(keys).astype(np.float64)
    by_season = panel.groupby(["team", "season"], sort=False)["market_rating"].transform("first")
    first = panel.assign(first_rating=by_season)
    against = first[["game_id", "team", "first_rating"]].rename(
        columns={"team": "opponent", "first_rating": "opponent_first_rating"}
    )
    known = first.merge(against, on=["game_id", "opponent"], validate="1:1").dropna(subset=list(_FEATURES[:2]))
    return known.assign(home=(known["is_home"] & ~known["neutral"]).astype(np.float64)).reset_index(drop=True)


SLOW: Final[Mapping[str, Estimator]] = {"synthetic_controls": synthetic_controls, "meta_learners": meta_learners}
