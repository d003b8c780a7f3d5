"""What the study of staggered treatment claims."""

import math
from collections.abc import Iterator
from typing import Final

from workbench.causal.result import Estimate
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.did import Did

#: The claim that is the study's estimate.
HEADLINE: Final = "att_simple"
_WORDS: Final = {
    "simple": "every treated unit and period alike",
    "dynamic": "every horizon alike",
    "group": "every treated unit alike",
    "calendar": "every period alike",
}
RIVALS: Final = {
    "imputation": "imputation (Borusyak et al.)",
    "did2s": "two-stage (Gardner)",
    "sun_abraham": "saturated (Sun–Abraham)",
    "twfe": "two-way fixed effects",
}


def did_claims(result: Did) -> list[Claim]:
    """Return every number of the study; no target applies to a panel that anyone may bring."""
    return [*_overall(result), *_rivals(result), *_path(result), *_checks(result), *_truth(result)]


def _claim(name: str, what: str, found: Estimate) -> Claim:
    return Claim(
        name=name, what=what, value=found.value, low=found.low, high=found.high, standard_error=found.standard_error,
        games=found.rows, interval_is="clustered by unit",
    )  # fmt: skip


def _overall(result: Did) -> Iterator[Claim]:
    for kind, words in _WORDS.items():
        what = f"average effect on the treated, {words}"
        yield _claim(f"att_{kind}", what, result.aggregations[kind].overall)


def _rivals(result: Did) -> Iterator[Claim]:
    for name, words in RIVALS.items():
        if name in result.rivals:
            yield _claim(name, f"average effect, {words}", result.rivals[name])


def _path(result: Did) -> Iterator[Claim]:
    for row in result.event_study.dropna(subset=["standard_error"]).to_dict("records"):
        h = int(row["horizon"])
        yield Claim(
            name=f"horizon_{h}", what=f"effect at horizon {h}", value=row["estimate"], low=row["low"],
            high=row["high"], standard_error=row["standard_error"], games=int(result.panel.seen.sum()),
            interval_is="pointwise, clustered by unit",
        )  # fmt: skip


def _checks(result: Did) -> Iterator[Claim]:
    rows = int(result.panel.seen.sum())
    two_way, tested, honest = result.two_way, result.pre_trends, result.honest
    bare = [
        ("pre_trend_p", "joint p-value of no effects before treatment", tested.p_value, "a p-value"),
        ("detectable_slope", "drift a period that the pre-trend test finds four times in five",
         tested.detectable_slope, "a property of the test"),
        ("negative_weights", "share of treated cells with a negative weight in two-way fixed effects",
         two_way.negative_share, "a property of the design"),
        ("forbidden_weight", "weight of two-way fixed effects on comparisons with already treated units",
         two_way.forbidden_share, "a property of the design"),
    ]  # fmt: skip
    if honest is not None:
        reason = "itself drawn from intervals"
        bare.append(("breakdown_mbar", "breakdown of relative magnitudes", honest.relative_breakdown, reason))
        bare.append(("breakdown_m", "breakdown of smoothness, a period", honest.smooth_breakdown, reason))
    for name, what, value, reason in bare:
        if math.isfinite(value):
            yield Claim(name=name, what=what, value=value, games=rows, without_interval=reason, digits=3)


def _truth(result: Did) -> Iterator[Claim]:
    if result.simulated is not None:
        yield Claim(
            name="truth", what="true average effect of the simulated panel", value=result.simulated.overall,
            games=int(result.panel.seen.sum()), without_interval="known", digits=3,
        )  # fmt: skip
