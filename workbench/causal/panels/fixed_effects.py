"""Fixed-effects difference-in-differences on a long panel: unit and time effects, errors clustered by unit."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.result import Estimate
from workbench.errors import ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedEffectsDiD:
    """outcome = unit + time + effect x treatment + controls, by linearmodels' PanelOLS.

    Right where the effect is one number: with staggered adoption and effects that grow, use the group-time design, for
    here the already treated serve as controls.

    Attributes
    ----------
    outcome, treatment, unit, time : str
        Columns of the panel, one row a unit and time.
    controls : tuple of str
    cluster : str
        Column to cluster by; the unit where empty.
    balanced : bool
        Whether units missing in any period are left out first.
    repeated : bool
        Whether a unit has several rows at one time: repeated cross-sections, whose unit is the treated group.
    """

    outcome: str
    treatment: str
    unit: str
    time: str
    controls: tuple[str, ...] = ()
    cluster: str = ""
    balanced: bool = False
    repeated: bool = False

    def with_controls(self, controls: tuple[str, ...]) -> Self:
        """Return the same design with other controls."""
        return replace(self, controls=controls)

    def fit(self, rows: pd.DataFrame) -> Estimate:
        """Estimate the effect; rows without the outcome are left out, and counted in ``method``.

        Raises
        ------
        ValidationError
            If a column is absent, a unit is seen twice at one time, a treatment or control is missing, or the treatment
            never changes within a unit.
        """
        panel = self._panel(rows)
        result = self._regress(panel)
        treated = panel[self.treatment] != 0
        clusters = int(panel.loc[treated, self.cluster or self.unit].nunique())
        return _estimate(
            result, self.treatment, treated=int(treated.sum()), clusters=clusters, all_clusters=self._clusters(panel),
            method=self._method(len(rows) - len(panel)),
        )  # fmt: skip

    def _panel(self, rows: pd.DataFrame) -> pd.DataFrame:
        columns = list(dict.fromkeys([self.unit, self.time, self.outcome, self.treatment, *self.controls]))
        columns += [self.cluster] if self.cluster and self.cluster not in columns else []
        if absent := [column for column in columns if column not in rows]:
            raise ValidationError(f"The panel must have the columns {absent}, got {list(rows.columns)[:12]}.")
        panel = rows[columns].dropna(subset=[self.outcome])
        if missing := [column for column in columns if panel[column].isna().any()]:
            raise ValidationError(
                f"{missing} must be known in every row. Leave those rows out on purpose, or flag them."
            )
        if not self.repeated and panel.duplicated([self.unit, self.time]).any():
            raise ValidationError(
                f"A row is one {self.unit} and {self.time}, but some are there twice. A finer unit, or repeated=True?"
            )
        seen = panel.groupby(self.unit)[self.time].transform("size")
        if not self.repeated:  # a unit seen once is fitted by its own effect and says nothing
            panel = panel[seen == panel[self.time].nunique() if self.balanced else seen > 1]
        changes = panel.groupby(self.unit)[self.treatment].nunique()
        if not (changes > 1).any():
            raise ValidationError(f"{self.treatment!r} must change within some {self.unit}, but never does.")
        return panel

    def _regress(self, panel: pd.DataFrame) -> object:
        if self.repeated:
            return self._absorb(panel)
        from linearmodels.panel import PanelOLS  # late: it takes seconds to import

        time = pd.factorize(panel[self.time], sort=True)[0]
        indexed = panel.assign(_unit=panel[self.unit].astype(str), _time=time).set_index(["_unit", "_time"])
        columns = [self.treatment, *self.controls]
        model = PanelOLS(
            indexed[self.outcome].astype(float), indexed[columns].astype(float), entity_effects=True, time_effects=True
        )
        clusters = pd.DataFrame({"cluster": pd.factorize(indexed[self.cluster or self.unit])[0]}, index=indexed.index)
        # Effects nested in clusters take nothing from the clustered errors: counting them would inflate those by
        # sqrt(2) in a panel of two periods (Cameron & Miller 2015).
        nested = bool((panel.groupby(self.unit)[self.cluster or self.unit].nunique() == 1).all())
        return model.fit(
            cov_type="clustered", clusters=clusters, group_debias=True, auto_df=False, count_effects=not nested
        )

    def _absorb(self, panel: pd.DataFrame) -> object:
        from linearmodels.iv.absorbing import AbsorbingLS

        plain = panel.reset_index(drop=True)
        effects = plain[[self.unit, self.time]].astype(str).astype("category")
        columns = plain[[self.treatment, *self.controls]].astype(float)
        clusters = pd.factorize(plain[self.cluster or self.unit])[0]
        model = AbsorbingLS(plain[self.outcome].astype(float), columns, absorb=effects)
        return model.fit(cov_type="clustered", clusters=clusters)

    def _clusters(self, panel: pd.DataFrame) -> int:
        return int(panel[self.cluster or self.unit].nunique())

    def _method(self, dropped: int) -> str:
        name = "fixed-effects DiD" + (", balanced" if self.balanced else "")
        return f"{name} ({dropped} rows left out)" if dropped else name


def fixed_effects_did(
    panel: pd.DataFrame, *, unit: str, time: str, outcome: str, treatment: str, balanced: bool = False
) -> Estimate:
    """Return the fixed-effects estimate of any long panel; see ``FixedEffectsDiD``."""
    return FixedEffectsDiD(outcome=outcome, treatment=treatment, unit=unit, time=time, balanced=balanced).fit(panel)


def _estimate(
    result: object, treatment: str, *, treated: int, clusters: int, all_clusters: int, method: str
) -> Estimate:
    """Read a linearmodels result; t has as many degrees of freedom as clusters, less one."""
    value, error = float(result.params[treatment]), float(result.std_errors[treatment])  # type: ignore[attr-defined]
    law = stats.t(max(all_clusters - 1, 1))
    reach = float(law.ppf(0.975)) * error
    p_value = float(2 * law.sf(abs(value) / error)) if error > 0 else float(np.nan)
    return Estimate(
        value=value, standard_error=error, low=value - reach, high=value + reach, p_value=p_value,
        rows=int(result.nobs), treated=treated, clusters=clusters, method=method, inference="cluster",  # type: ignore[attr-defined]
    )  # fmt: skip
