"""What the study of a synthetic control claims, beside what was planted where anything was."""

from collections.abc import Iterator
from typing import Final

from workbench.stages.studies.claims import Claim
from workbench.stages.studies.synthetic_control import ControlStudy

#: The claim that is the study's estimate.
HEADLINE: Final = "synthetic_control"
_DESCRIBES = "describes this panel: nothing is drawn"
_NAMES: Final = {
    "synthetic control": "synthetic_control",
    "synthetic DiD": "synthetic_did",
    "augmented": "augmented",
    "difference in differences": "did",
}


def control_claims(result: ControlStudy) -> list[Claim]:
    """Return every number of the study."""
    return [*_methods(result), *_fit(result), *_placebos(result), *_robustness(result), *_weights(result)]


def _rows(result: ControlStudy) -> int:
    return int(result.panel.outcomes.size)


def _methods(result: ControlStudy) -> Iterator[Claim]:
    unit, rows = result.panel.treated, _rows(result)
    for row in result.methods.to_dict("records"):
        yield Claim(
            name=_NAMES[str(row["method"])], what=f"mean effect on {unit} over the treated times, {row['method']}",
            value=row["value"], low=row["low"], high=row["high"], standard_error=row["standard_error"], games=rows,
            interval_is=str(row["how"]),
        )  # fmt: skip
    if result.studied.truth is not None:
        yield Claim(name="planted", what="planted effect", value=result.studied.truth, games=rows,
                    without_interval="it was planted")  # fmt: skip


def _fit(result: ControlStudy) -> Iterator[Claim]:
    cells = result.panel.n_before
    for name, what, value in (
        ("pre_rmspe", "error before treatment (root mean square gap)", result.fit.pre_rmspe),
        ("relative_rmspe", "error before treatment over the sd of the treated unit's past", result.hull.relative_rmspe),
        ("hull_distance", "distance of the treated unit's past from its donors' hull, in sds", result.hull.distance),
    ):
        yield Claim(name=name, what=what, value=value, games=cells, without_interval=_DESCRIBES)
    yield Claim(
        name="outside_share", what="times before treatment at which the treated unit is beyond every donor",
        value=result.hull.outside_share, games=cells, unit="%", without_interval=_DESCRIBES,
    )  # fmt: skip


def _placebos(result: ControlStudy) -> Iterator[Claim]:
    space, rows = result.space, _rows(result)
    units = len(space.units) + 1
    yield Claim(
        name="p_value", what="p-value: rank of the ratio of errors after and before among all units",
        value=space.p_value, games=rows, digits=3,
        without_interval=f"a rank among {units} units, so never below {1 / units:.3f}",
    )  # fmt: skip
    yield Claim(name="ratio", what="error after treatment over error before", value=result.fit.ratio, games=rows,
                without_interval="its placebo distribution is the p-value")  # fmt: skip
    if len(result.time):
        largest = result.time.iloc[int(result.time["effect"].abs().to_numpy().argmax())]
        yield Claim(
            name="placebo_in_time", what=f"largest effect at {len(result.time)} placebo dates, at {largest['time']}",
            value=float(largest["effect"]), games=rows, without_interval="it should be small against the estimate",
        )  # fmt: skip


def _robustness(result: ControlStudy) -> Iterator[Claim]:
    if result.left_out.empty:
        return
    for name, what, value in (
        ("leave_one_out_low", "lowest", result.left_out["effect"].min()),
        ("leave_one_out_high", "highest", result.left_out["effect"].max()),
    ):
        yield Claim(
            name=name, what=f"{what} effect with one donor left out", value=float(value), games=_rows(result),
            without_interval="one end of the range over donors left out",
        )  # fmt: skip


def _weights(result: ControlStudy) -> Iterator[Claim]:
    for place, (unit, weight) in enumerate(result.fit.weights.sort_values(ascending=False).head(3).items(), start=1):
        yield Claim(
            name=f"weight_{place}", what=f"weight of {unit}", value=float(weight), digits=3,
            games=result.panel.n_before,
            without_interval="weights are chosen, not estimated; leaving donors out shows what hangs on them",
        )  # fmt: skip
