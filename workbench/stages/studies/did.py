"""The study of staggered treatment in any long panel: effects, pre-trends, sensitivity, rival estimators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.panels.aggregation import Aggregation, Kind, aggregated
from workbench.causal.panels.group_time import ControlUnits, GroupTime, group_time_effects
from workbench.causal.panels.honest import Honest, honest_sensitivity, path_around
from workbench.causal.panels.imputation import imputed_effects
from workbench.causal.panels.kept_estimators import saturated
from workbench.causal.panels.long_panel import LongPanel, long_panel
from workbench.causal.panels.pre_trends import PreTrends, joint_pre_trends
from workbench.causal.panels.simulated_panel import SimulatedPanel, simulated_panel
from workbench.causal.panels.two_way_fixed_effects import TwoWayFixedEffects, two_way_fixed_effects
from workbench.causal.result import Estimate
from workbench.errors import ParameterError, ValidationError
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.panel_files import read_panel

KINDS: Final[tuple[Kind, ...]] = ("simple", "dynamic", "group", "calendar")
_DRAWS: Final = 1_999
_SMOKE_DRAWS: Final = 199
_SMOKE_UNITS: Final = 80
_SIMULATED: Final = {"unit": "unit", "time": "time", "outcome": "outcome", "cohort": "cohort"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column of the panel is what; empty: not given."""

    unit: str = ""
    time: str = ""
    outcome: str = ""
    cohort: str = ""
    cluster: str = ""
    covariates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    panel : LongPanel
    effects : GroupTime
    aggregations : mapping of str to Aggregation
        ``simple, dynamic, group, calendar``.
    pre_trends : PreTrends
        By horizon.
    cell_trends : PreTrends
        By cohort and period, which a mean over cohorts may hide.
    honest : Honest or None
        None where no effect before treatment lies beside the reference.
    rivals : mapping of str to Estimate
        ``imputation, did2s, sun_abraham, twfe``, as far as each could be had.
    two_way : TwoWayFixedEffects
    simulated : SimulatedPanel or None
        The truth, where no panel was given.
    outcome : str
        The outcome's name.
    notes : tuple of str
    """

    panel: LongPanel
    effects: GroupTime
    aggregations: Mapping[str, Aggregation]
    pre_trends: PreTrends
    cell_trends: PreTrends
    honest: Honest | None
    rivals: Mapping[str, Estimate]
    two_way: TwoWayFixedEffects
    simulated: SimulatedPanel | None
    outcome: str
    notes: tuple[str, ...]

    @property
    def event_study(self) -> pd.DataFrame:
        """One row a horizon: ``horizon, estimate, standard_error, low, high, band_low, band_high``."""
        return self.aggregations["dynamic"].table.rename(columns={"key": "horizon"})

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        return {
            "aggregations": {name: _summed(a) for name, a in self.aggregations.items()},
            "group_time": self.effects.table(),
            "event_study": self.event_study,
            "pre_trends": {"by_horizon": self.pre_trends, "by_cohort_and_time": self.cell_trends},
            "honest": self.honest,
            "other_estimators": self.rivals,
            "checks": self._checks(),
            "panel": self._described(),
            "notes": list(self.notes),
        }

    def _checks(self) -> dict[str, Any]:
        two_way = self.two_way
        return {
            "negative_weight_share": two_way.negative_share,
            "negative_weight": two_way.negative_weight,
            "forbidden_share": two_way.forbidden_share,
            "warning": two_way.warning,
            "pre_trends": self.pre_trends.sentence,
            "truth": None if self.simulated is None else self.simulated.overall,
        }

    def _described(self) -> dict[str, Any]:
        panel = self.panel
        return {
            "source": "simulated" if self.simulated is not None else "given",
            "outcome": self.outcome,
            "units": panel.n_units,
            "periods": [panel.periods[0], panel.periods[-1]],
            "clusters": panel.n_clusters,
            "rows": int(panel.seen.sum()),
            "cohorts": {str(panel.periods[g]): int((panel.cohort == g).sum()) for g in panel.cohorts},
            "never_treated": int((~np.isfinite(panel.cohort)).sum()),
            "controls": self.effects.controls,
            "anticipation": self.effects.anticipation,
        }


def _summed(found: Aggregation) -> dict[str, Any]:
    whole = found.overall
    return {
        "estimate": whole.value,
        "standard_error": whole.standard_error,
        "interval": [whole.low, whole.high],
        "p_value": whole.p_value,
        "table": found.table,
    }


def study_did(
    run: StudyRun, *, columns: Columns, controls: str = "notyet", anticipation: int = 0, smoke: bool = False
) -> Did:
    """Estimate the effects of a staggered treatment from the panel that is given, or a simulated one.

    Raises
    ------
    ParameterError
        If a panel is given without its columns, or columns without a panel, or there are no such controls.
    ValidationError
        If the panel breaks a rule.
    """
    kept = _controls(controls)
    path = run.path("panel")
    if path is None:
        if columns != Columns():
            raise ParameterError("Columns were named without a panel to find them in. Set panel=FILE too?")
        rng = np.random.default_rng(run.settings.seed)
        made = simulated_panel(rng, units=_SMOKE_UNITS) if smoke else simulated_panel(rng)
        return did_estimates(
            long_panel(made.rows, **_SIMULATED), outcome="outcome", controls=kept, anticipation=anticipation,
            rng=rng, draws=_SMOKE_DRAWS if smoke else _DRAWS, simulated=made,
        )  # fmt: skip
    rows = read_panel(path)
    named = {name: getattr(columns, name) for name in ("unit", "time", "outcome", "cohort")}
    absent = [name for name, column in named.items() if not column]
    if absent:
        have = ", ".join(map(str, rows.columns[:12]))
        raise ParameterError(f"The panel's {absent[0]} must be named: --set {absent[0]}=COLUMN, one of {have}.")
    panel = long_panel(rows, **named, cluster=columns.cluster, covariates=columns.covariates)
    return did_estimates(
        panel, outcome=columns.outcome, controls=kept, anticipation=anticipation,
        rng=np.random.default_rng(run.settings.seed), draws=_SMOKE_DRAWS if smoke else _DRAWS,
    )  # fmt: skip


def _controls(word: str) -> ControlUnits:
    if word == "never":
        return "never"
    if word != "notyet":
        raise ParameterError(f"Controls must be notyet or never, got {word!r}.")
    return "notyet"


def did_estimates(
    panel: LongPanel,
    *,
    outcome: str,
    controls: ControlUnits,
    anticipation: int,
    rng: np.random.Generator,
    draws: int = _DRAWS,
    simulated: SimulatedPanel | None = None,
) -> Did:
    """Return every estimate and check of one panel."""
    effects = group_time_effects(panel, controls=controls, anticipation=anticipation)
    summed: dict[str, Aggregation] = {kind: aggregated(effects, kind=kind, rng=rng, draws=draws) for kind in KINDS}
    dynamic = summed["dynamic"]
    reference = -1 - anticipation
    before = np.array(dynamic.keys) < reference
    # The treated are the fewer: their clusters bound what the joint tests may lean on.
    treated = dynamic.overall.clusters
    tested = joint_pre_trends(
        dynamic.effect[before], dynamic.covariance[np.ix_(before, before)],
        steps=np.array(dynamic.keys)[before] - reference, clusters=treated,
    )  # fmt: skip
    early = effects.horizon < reference
    cells = joint_pre_trends(
        effects.effect[early], effects.covariance[np.ix_(early, early)], steps=effects.horizon[early] - reference,
        clusters=treated,
    )  # fmt: skip
    sensitivity, said = _sensitivity(dynamic, reference=reference)
    rivals, missing = rival_estimates(panel, anticipation=anticipation)
    two_way = two_way_fixed_effects(panel)
    return Did(
        panel=panel, effects=effects, aggregations=summed, pre_trends=tested, cell_trends=cells, honest=sensitivity,
        rivals=rivals | {"twfe": two_way.overall}, two_way=two_way, simulated=simulated, outcome=outcome,
        notes=(*panel.notes, *effects.notes, *said, *missing, *_remarks(panel)),
    )  # fmt: skip


def _sensitivity(dynamic: Aggregation, *, reference: int) -> tuple[Honest | None, list[str]]:
    try:
        path = path_around(dynamic.keys, dynamic.effect, dynamic.covariance, reference=reference)
    except ValidationError as error:
        return None, [str(error)]
    return honest_sensitivity(path), []


def rival_estimates(panel: LongPanel, *, anticipation: int = 0) -> tuple[dict[str, Estimate], list[str]]:
    """Return the other estimators' overall effects, and why one is missing; none of them uses covariates."""
    imputed = imputed_effects(panel, anticipation=anticipation)
    found = {"imputation": imputed.overall, "did2s": imputed.two_stage}
    notes = list(imputed.notes)
    try:
        found["sun_abraham"] = saturated(panel)[0]
    except ValidationError as error:
        notes.append(str(error))
    return found, notes


def _remarks(panel: LongPanel) -> list[str]:
    notes = ["Horizons count the panel's own periods, whatever their distance."]
    if panel.covariates.shape[2]:
        notes.append("Covariates enter the group-time effects; the other estimators do without.")
    if panel.n_clusters < 40:
        notes.append(f"Only {panel.n_clusters} clusters: intervals rest on large samples and may be too narrow.")
    return notes


def cohort_names(panel: LongPanel) -> Sequence[str]:
    """Return the cohorts as readers know them."""
    return [str(panel.periods[g]) for g in panel.cohorts]
