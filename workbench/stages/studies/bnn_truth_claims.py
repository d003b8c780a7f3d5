"""What the study of networks against known truth claims."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from workbench.bayes.baselines.catalogue import BASELINES
from workbench.stages.studies.bnn_truth import LEVEL, TOLERANCE, TruthStudy
from workbench.stages.studies.bnn_truth_methods import CONFORMAL, DELIVERED, ENSEMBLE, LAW, MEAN, ONCE
from workbench.stages.studies.claims import Claim

#: The claim that is the study's estimate.
HEADLINE: Final = "true_coverage_delivered_90"
WORDS: Final = {
    DELIVERED: "the ensemble as delivered", ONCE: "the ensemble calibrated once", ENSEMBLE: "the ensemble as it is",
    CONFORMAL: "the ensemble conformalized once", MEAN: "the ensemble's mean alone", LAW: "the law itself",
}  # fmt: skip
KINDS: Final = {ONCE: "calibrated once", DELIVERED: "as delivered"}
PERIOD_WORDS: Final = {
    "before": "before the change", "soon": "in its first three weeks", "later": "in the weeks after those",
}  # fmt: skip
_TARGET: Final = f"{100 * (LEVEL - TOLERANCE):.1f} to {100 * (LEVEL + TOLERANCE):.1f} %"
_BY_GAME: Final = "one draw, clustered by game"


def called(method: str) -> str:
    """Return a method's name as readers know it.

    Examples
    --------
    >>> called("delivered"), called("two_layer")
    ('the ensemble as delivered', 'two layer')
    """
    return WORDS.get(method, method.replace("_", " "))


def best_baseline(result: TruthStudy) -> str:
    """Return the baseline of the smallest CRPS."""
    rows = result.skill[result.skill["method"].isin(list(BASELINES))].set_index("method")["excess"]
    return str(rows.idxmin())


def truth_claims(result: TruthStudy) -> list[Claim]:
    """Return every number of the study."""
    return [*_delivered(result), *_law(result), *_methods(result), *_skill(result), *_drift(result), *_alarms(result)]


def _share(result: TruthStudy, name: str, what: str, *, method: str, level: float, measure: str = "mid") -> Claim:
    row = result.at(method, level)
    aimed = result.judged and method == DELIVERED and level == LEVEL and measure in ("mid", "exact")
    value = float(row[measure])
    return Claim(
        name=name, what=what, value=value, low=float(row[f"{measure}_low"]), high=float(row[f"{measure}_high"]),
        games=int(row["games"]), unit="%", digits=1, interval_is=result.interval_is,
        target=_TARGET if aimed else "", reached=abs(value - LEVEL) <= TOLERANCE + 1e-12 if aimed else None,
    )  # fmt: skip


def _delivered(result: TruthStudy) -> Iterator[Claim]:
    words = "of the law held by the intervals delivered at"
    for level in sorted(result.coverage["level"].unique(), key=lambda one: abs(one - LEVEL)):
        what = f"true mid-coverage, {words} {100 * level:g} %"
        yield _share(result, f"true_coverage_delivered_{100 * level:.0f}", what, method=DELIVERED, level=level)
    for measure, what in (
        ("exact", "true exact coverage, of the law between the tails of what was delivered at 90 %"),
        ("closed", f"true closed coverage, {words} 90 %"),
        ("plain_mid", "true mid-coverage of plain equal-tailed quantiles of what was delivered at 90 %"),
        ("plain_closed", "true closed coverage of plain equal-tailed quantiles of what was delivered at 90 %"),
    ):
        yield _share(result, f"true_{measure}_delivered_90", what, method=DELIVERED, level=LEVEL, measure=measure)
    row = result.at(DELIVERED)
    yield Claim(
        name="drawn_coverage_delivered_90", what="mid-coverage of the outcomes that were drawn, delivered at 90 %",
        value=row["drawn_mid"], low=row["drawn_low"], high=row["drawn_high"], games=int(row["games"]), unit="%",
        digits=1, interval_is=_BY_GAME,
    )  # fmt: skip


def _law(result: TruthStudy) -> Iterator[Claim]:
    for measure, what in (
        ("mid", "true mid-coverage of the law's own 90 % intervals, made as the delivered ones are"),
        ("plain_mid", "true mid-coverage of the law's own equal-tailed quantiles at 90 %"),
        ("plain_closed", "true closed coverage of the law's own equal-tailed quantiles at 90 %"),
    ):
        yield _share(result, f"law_{measure}_90", what, method=LAW, level=LEVEL, measure=measure)


def _methods(result: TruthStudy) -> Iterator[Claim]:
    for method in result.coverage["method"].unique():
        if method not in (DELIVERED, LAW):
            what = f"true mid-coverage at 90 %, {called(method)}"
            yield _share(result, f"true_coverage_{_slug(method)}_90", what, method=method, level=LEVEL)


def _skill(result: TruthStudy) -> Iterator[Claim]:
    for row in _records(result.skill[result.skill["method"].ne(LAW)]):
        yield Claim(
            name=f"excess_{_slug(row['method'])}", what=f"CRPS over the law's own, {called(row['method'])}",
            value=row["excess"], low=row["low"], high=row["high"], games=row["games"], unit="yards",
            interval_is=result.interval_is, digits=2,
        )  # fmt: skip
    rival = best_baseline(result)
    row = _records(result.skill[result.skill["method"].eq(rival)])[0]
    yield Claim(
        name="gain_over_best_baseline", what=f"CRPS by which {called(rival)} is behind what was delivered",
        value=row["behind"], low=row["behind_low"], high=row["behind_high"], games=row["games"], unit="yards",
        interval_is=f"paired, {result.interval_is}", digits=2,
    )  # fmt: skip


def _drift(result: TruthStudy) -> Iterator[Claim]:
    for row in _records(result.drift[result.drift["scale"].ne(1.0)]):
        times, when, kind = row["scale"], PERIOD_WORDS[row["period"]], KINDS[row["kind"]]
        yield Claim(
            name=f"drift_{100 * times:.0f}_{row['period']}_{row['kind']}",
            what=f"true mid-coverage at 90 % where yards become {times:g} times as many, {when}, {kind}",
            value=row["mid"], low=row["low"], high=row["high"], games=row["games"], unit="%", digits=1,
            interval_is=result.interval_is,
        )  # fmt: skip
    for row in _records(result.noticed):
        yield Claim(
            name=f"noticed_{100 * row['scale']:.0f}",
            what=f"seasons in which {row['scale']:g} times the yards were noticed within four weeks",
            value=row["in_time"], low=row["low"], high=row["high"], games=row["seasons"], unit="%", digits=0,
            interval_is="Wilson's, over seasons",
        )  # fmt: skip


def _alarms(result: TruthStudy) -> Iterator[Claim]:
    for row in _records(result.alarms):
        shared = "; weeks share their windows" if row["of"] == "weeks" else ""
        yield Claim(
            name=f"false_alarms_{row['of']}", what=f"{row['of']} recalibrated though nothing had changed",
            value=row["share"], low=row["low"], high=row["high"], games=row["n"], unit="%", digits=1,
            interval_is=f"Wilson's, over {row['of']}{shared}",
        )  # fmt: skip
    inside = result.cells["inside"].mean()
    yield Claim(
        name="cells_inside", what="cells by role and tenth of the forecast within five points of 90 %, as delivered",
        value=float(inside), games=int(result.at(DELIVERED)["games"]), unit="%", digits=0,
        without_interval=f"a count of {len(result.cells)} cells",
    )  # fmt: skip


def _slug(method: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in method)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
