"""The study of one treated unit: its synthetic control by four methods, and everything it is held against."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.controls.augmented_control import AugmentedControl, augmented_control
from workbench.causal.controls.control_panel import ControlPanel
from workbench.causal.controls.control_placebos import (
    SpacePlacebos,
    leave_one_out,
    placebo_spread,
    placebos_in_space,
    placebos_in_time,
)
from workbench.causal.controls.convex_hull import HullCheck, convex_hull_check
from workbench.causal.controls.synthetic_control import ControlSpec, SyntheticControl, fit_synthetic_control
from workbench.causal.controls.synthetic_did import SyntheticDid, difference_in_differences, synthetic_did_of
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.control_panels import StudiedPanel, file_panel, league_panel, simulated_panel

#: With predictors and more donors than this, every fit searches predictor weights from one start only.
_MANY_DONORS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStudy:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    studied : StudiedPanel
    spec : ControlSpec
    fit : SyntheticControl
    space : SpacePlacebos
    time : DataFrame
        Placebo dates.
    left_out, left_out_gaps : DataFrame
        The fit without each heavy donor.
    hull : HullCheck
    augmented : AugmentedControl
    did_weighted : SyntheticDid
    methods : DataFrame
        ``method, value, low, high, standard_error, how``, a row a method.
    notes : tuple of str
    """

    studied: StudiedPanel
    spec: ControlSpec
    fit: SyntheticControl
    space: SpacePlacebos
    time: pd.DataFrame
    left_out: pd.DataFrame
    left_out_gaps: pd.DataFrame
    hull: HullCheck
    augmented: AugmentedControl
    did_weighted: SyntheticDid
    methods: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def panel(self) -> ControlPanel:
        """The panel studied."""
        return self.studied.panel

    def method(self, name: str) -> dict[str, Any]:
        """Return a method's row of ``methods``."""
        rows = self.methods[self.methods["method"] == name]
        return {str(key): value for key, value in rows.iloc[0].items()}

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps at its top level beside the headline."""
        space, did = self.space, self.did_weighted
        return {
            "source": self.studied.source,
            "treated_unit": self.panel.treated,
            "treatment_time": self.panel.times[self.panel.n_before],
            "standard_error_is": _HOW_SPACE.format(n=space.comparable, of=len(space.units)),
            "weights": self.fit.weights.to_dict(),
            "predictor_weights": self.fit.predictor_weights.to_dict(),
            "predictor_balance": self.fit.balance.rename_axis("predictor").reset_index(),
            "p_value": space.p_value,
            "pre_rmspe": self.fit.pre_rmspe,
            "post_rmspe": self.fit.post_rmspe,
            "gaps": self.fit.gaps,
            "synthetic_did": self._method("synthetic DiD")
            | {"unit_weights": did.unit_weights.to_dict(), "time_weights": did.time_weights.to_dict()},
            "augmented": self._method("augmented")
            | {"weights": self.augmented.weights.to_dict(), "penalty": self.augmented.penalty,
               "pre_rmspe": self.augmented.pre_rmspe},
            "did": self._method("difference in differences"),
            "placebo_in_space": {"p_value": space.p_value, "treated_ratio": self.fit.ratio, "units": space.units},
            "placebo_in_time": self.time,
            "leave_one_out": self.left_out,
            "convex_hull": {
                "verdict": self.hull.verdict, "sentence": self.hull.sentence, "inside": self.hull.inside,
                "distance_sd": self.hull.distance, "outside_share": self.hull.outside_share,
                "relative_rmspe": self.hull.relative_rmspe, "predictors": self.hull.predictors,
            },
            "notes": list(self.notes),
        }  # fmt: skip

    def _method(self, name: str) -> dict[str, Any]:
        row = self.method(name)
        return {"estimate": row["value"], "standard_error": row["standard_error"],
                "interval": [row["low"], row["high"]], "standard_error_is": row["how"]}  # fmt: skip


_HOW_SPACE: Final = (
    "root mean square of the mean gaps of {n} of {of} placebo units (those whose past fits comparably); interval: "
    "estimate with a t-quantile times it"
)


def study_synthetic_control(
    run: StudyRun,
    *,
    unit: str = "",
    time: str = "",
    outcome: str = "",
    treated_unit: str = "",
    treatment_time: str = "",
    predictors: Sequence[str] = (),
    exclude: Sequence[str] = (),
    fit_first: str = "",
    fit_last: str = "",
) -> ControlStudy:
    """Read the panel that is asked for and study it.

    Parameters
    ----------
    run : StudyRun
        Its parameter ``panel`` names a file; empty: the league's first change of coach within a season, or a
        simulated panel where there is none.
    unit, time, outcome, treated_unit, treatment_time : str
        The file's columns, the unit and its first treated time.
    predictors : sequence of str
        ``control_predictors.parse_predictor`` says how they are written; empty: all outcomes before treatment.
    exclude : sequence of str
        Units that are no donors.
    fit_first, fit_last : str
        Ends of the times whose outcomes are fitted; empty: all before treatment.
    """
    path = run.path("panel")
    if path is None:
        studied = league_panel(run.everything) or simulated_panel(run.settings.seed)
    else:
        studied = file_panel(path, unit=unit, time=time, outcome=outcome, treated_unit=treated_unit,
                             treatment_time=treatment_time, exclude=exclude)  # fmt: skip
    spec = ControlSpec(predictors=tuple(predictors) if path else ())
    spec = _windowed(spec, studied.panel, first=fit_first, last=fit_last)
    return study_panel(studied, spec=spec, rng=np.random.default_rng(run.settings.seed))


def _windowed(spec: ControlSpec, panel: ControlPanel, *, first: str, last: str) -> ControlSpec:
    before = panel.before
    begin = int(before.searchsorted(_like(first, before))) if first else None
    end = int(before.searchsorted(_like(last, before), side="right")) - 1 if last else None
    return replace(spec, fit_first=begin, fit_last=end)


def _like(text: str, times: pd.Index) -> Any:
    if pd.api.types.is_numeric_dtype(times):
        return float(text)
    return pd.Timestamp(text) if pd.api.types.is_datetime64_any_dtype(times) else text


def study_panel(studied: StudiedPanel, *, spec: ControlSpec, rng: np.random.Generator) -> ControlStudy:
    """Estimate by every method, and hold the synthetic control against placebos, its donors and their hull."""
    panel = studied.panel
    notes = list(panel.notes)
    if spec.predictors and len(panel.donors) > _MANY_DONORS:
        spec = replace(spec, search="quick")
        notes.append(f"With {len(panel.donors)} donors predictor weights are searched from equal weights only.")
    fit = fit_synthetic_control(panel, spec=spec)
    space = placebos_in_space(panel, fit, spec=spec)
    left_out, left_out_gaps = leave_one_out(panel, fit, spec=spec)
    augmented, did = augmented_control(panel), synthetic_did_of(panel, rng=rng)
    return ControlStudy(
        studied=studied, spec=spec, fit=fit, space=space, time=placebos_in_time(panel, spec=spec), left_out=left_out,
        left_out_gaps=left_out_gaps, augmented=augmented, did_weighted=did, notes=tuple(notes),
        hull=convex_hull_check(panel, pre_rmspe=fit.pre_rmspe, predictors=spec.predictors),
        methods=compared_methods(panel, fit, space=space, augmented=augmented, did=did),
    )  # fmt: skip


def compared_methods(
    panel: ControlPanel, fit: SyntheticControl, *, space: SpacePlacebos, augmented: AugmentedControl, did: SyntheticDid
) -> pd.DataFrame:
    """Return every method's estimate with its interval, errors from placebo units.

    Returns
    -------
    DataFrame
        ``method, value, low, high, standard_error, how``, a row a method.
    """
    every = f"root mean square over {len(panel.donors)} placebo units"
    rows = [("synthetic control", fit.effect, space.low, space.high, space.standard_error,
             _HOW_SPACE.format(n=space.comparable, of=len(space.units)))]  # fmt: skip
    rows.append(("synthetic DiD", did.value, *did.interval, did.standard_error, did.inference))
    others = [(u, [d for d in panel.donors if d != u]) for u in panel.donors]
    placebos = [panel.treating(u, donors=rest) for u, rest in others]
    for name, value, effects in (
        ("augmented", augmented.value, [augmented_control(p).value for p in placebos]),
        (
            "difference in differences",
            difference_in_differences(panel),
            [difference_in_differences(p) for p in placebos],
        ),
    ):
        error, half = placebo_spread(pd.Series(effects, dtype=np.float64))
        rows.append((name, value, value - half, value + half, error, every))
    return pd.DataFrame(rows, columns=["method", "value", "low", "high", "standard_error", "how"])
