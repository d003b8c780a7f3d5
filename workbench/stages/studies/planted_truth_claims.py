"""What the study of planted truth claims, beside the bands that were aimed at."""

import math
import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

from workbench.stages.studies.claims import Claim
from workbench.stages.studies.planted_slow import SLOW
from workbench.stages.studies.planted_truth import FAST_BAND, NULL_BAND, SLOW_BAND, PlantedStudy

_MAIN: Final = ("game_margin", "game design")
_WILSON: Final = "Wilson's, over leagues"


def headline(result: PlantedStudy) -> str:
    """Return the claim that is the study's estimate: the game design on margins, or the first estimator there is."""
    keys = [(str(row["group"]), str(row["estimator"])) for row in result.overall.to_dict("records")]
    return _overall_name(*(_MAIN if _MAIN in keys else keys[0]))


def planted_claims(result: PlantedStudy) -> list[Claim]:
    """Return every number of the study."""
    return [*_overall(result), *_coverages(result), *_nulls(result), *_biases(result)]


def _name(*words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", " ".join(words).lower()).strip("_")


def _overall_name(group: str, estimator: str) -> str:
    return _name("coverage", group, estimator)


def _band(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def _overall(result: PlantedStudy) -> Iterator[Claim]:
    for row in result.overall.to_dict("records"):
        low, high = SLOW_BAND if row["group"] in SLOW else FAST_BAND
        yield Claim(
            name=_overall_name(row["group"], row["estimator"]),
            what=f"95 % intervals that hold the truth, {row['estimator']} ({row['group']}), over all it was asked",
            value=row["coverage"], low=row["coverage_low"], high=row["coverage_high"],
            standard_error=row["coverage_error"], games=row["leagues"], unit="%", interval_is="leagues as clusters",
            digits=1, target=_band(low, high) if result.judged else "",
            reached=bool(low <= row["coverage"] <= high) if result.judged else None,
        )  # fmt: skip


def _coverages(result: PlantedStudy) -> Iterator[Claim]:
    for row in result.table.to_dict("records"):
        aimed = result.judged and row["role"] == "aimed"
        yield Claim(
            name=_name("covers", row["group"], row["estimator"], row["shock"], row["outcome"]),
            what=f"95 % intervals that hold the truth, {_called(row)}", value=row["coverage"],
            low=row["coverage_low"], high=row["coverage_high"], standard_error=row["coverage_error"],
            games=row["leagues"], unit="%", interval_is=_WILSON, digits=1,
            target=_band(row["band_low"], row["band_high"]) if aimed else "",
            reached=row["coverage_reached"] if aimed else None,
        )  # fmt: skip


def _nulls(result: PlantedStudy) -> Iterator[Claim]:
    for row in result.table[result.table["null"]].to_dict("records"):
        aimed = result.judged and row["role"] == "aimed"
        yield Claim(
            name=_name("null", row["group"], row["estimator"], row["shock"], row["outcome"]),
            what=f"leagues in which nothing is called significant, {_called(row)}", value=row["rejected"],
            low=row["rejected_low"], high=row["rejected_high"], standard_error=row["rejected_error"],
            games=row["leagues"], unit="%", interval_is=_WILSON, digits=1,
            target=_band(*NULL_BAND) if aimed else "", reached=row["rejection_reached"] if aimed else None,
        )  # fmt: skip


def _biases(result: PlantedStudy) -> Iterator[Claim]:
    for row in result.table.to_dict("records"):
        if not math.isfinite(row["bias_error"]) or row["estimator"] in {"Fieller share", "bootstrap share"}:
            continue  # a ratio of two normals has no mean
        half = 1.959964 * row["bias_error"]
        yield Claim(
            name=_name("bias", row["group"], row["estimator"], row["shock"], row["outcome"]),
            what=f"mean error against the truth, {_called(row)}", value=row["bias"], low=row["bias"] - half,
            high=row["bias"] + half, standard_error=row["bias_error"], games=row["leagues"],
            interval_is="leagues independent", digits=2,
        )  # fmt: skip


def _called(row: Mapping[Hashable, Any]) -> str:
    shock, outcome = str(row["shock"]).replace("_", " "), str(row["outcome"]).replace("_", " ")
    return f"{row['estimator']}: {shock} on {outcome}"
