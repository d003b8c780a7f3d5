"""Can the treated unit be made of its donors at all? A convex combination cannot leave their hull."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.causal.controls.control_panel import ControlPanel
from workbench.causal.controls.control_predictors import predictor_matrix
from workbench.causal.controls.simplex import simplex_weights

#: In sds of a row: nearer than this the hull is taken to hold the unit.
_TOUCHES: Final = 0.01
#: A past that is missed by less than this share of its own scale is followed well.
FOLLOWED: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class HullCheck:
    """Whether the treated unit's past lies inside its donors' hull.

    Attributes
    ----------
    inside : bool
        Whether some convex combination of donors has the treated unit's whole past.
    distance : float
        Root mean square distance from the hull, in sds of the units' outcomes at each time.
    outside_share : float
        Share of times before treatment at which the treated unit is above or below every donor.
    relative_rmspe : float
        The fit's error before treatment over the sd of the treated unit's past.
    predictors : DataFrame
        ``predictor, treated, lowest, highest, outside``, in the predictors' units.
    verdict : {"passes", "fails", "cannot say"}
    """

    inside: bool
    distance: float
    outside_share: float
    relative_rmspe: float
    predictors: pd.DataFrame
    verdict: Literal["passes", "fails", "cannot say"]

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        where = "inside" if self.inside else "outside"
        return (
            f"The treated unit's past lies {where} the hull of its donors ({self.distance:.2f} sd from it); it is "
            f"beyond every donor at {100 * self.outside_share:.0f} % of times before treatment, and on "
            f"{int(self.predictors['outside'].sum())} of {len(self.predictors)} predictors."
        )


def convex_hull_check(panel: ControlPanel, *, pre_rmspe: float, predictors: tuple[str, ...] = ()) -> HullCheck:
    """Check whether the treated unit's past lies in its donors' convex hull.

    Parameters
    ----------
    panel : ControlPanel
    pre_rmspe : float
        Of the synthetic control, in the outcome's unit.
    predictors : tuple of str
        Empty: outcomes before treatment.

    Notes
    -----
    ``passes``: no more than a tenth of the times lie beyond every donor, and the past is missed by less than a quarter
    of its own sd (or the hull holds it). ``fails``: it is missed by more than one sd or half of the times lie beyond.
    """
    past = panel.matrix[: panel.n_before]
    spread = past.std(axis=1, ddof=1, keepdims=True)
    scaled = past / np.where(spread > 0, spread, 1.0)
    weights = simplex_weights(scaled[:, 1:], scaled[:, 0])
    distance = float(np.sqrt(np.mean(np.square(scaled[:, 0] - scaled[:, 1:] @ weights))))
    beyond = (past[:, 0] < past[:, 1:].min(axis=1)) | (past[:, 0] > past[:, 1:].max(axis=1))
    own = float(past[:, 0].std(ddof=1))
    relative = pre_rmspe / own if own > 0 else float("inf")
    table = _by_predictor(predictor_matrix(panel, predictors))
    outside, inside = float(beyond.mean()), distance <= _TOUCHES
    return HullCheck(
        inside=inside, distance=distance, outside_share=outside, relative_rmspe=relative, predictors=table,
        verdict=_verdict(inside, outside, relative),
    )  # fmt: skip


def _verdict(inside: bool, outside: float, relative: float) -> Literal["passes", "fails", "cannot say"]:
    if outside > 0.5 or (relative > 1.0 and not inside):
        return "fails"
    return "passes" if outside <= 0.1 and (relative <= FOLLOWED or inside) else "cannot say"


def _by_predictor(matched: pd.DataFrame) -> pd.DataFrame:
    treated, donors = matched.iloc[:, 0], matched.iloc[:, 1:]
    lowest, highest = donors.min(axis=1), donors.max(axis=1)
    table = pd.DataFrame({"treated": treated, "lowest": lowest, "highest": highest})
    table["outside"] = (treated < lowest) | (treated > highest)
    return table.rename_axis("predictor").reset_index().astype({"predictor": str})
