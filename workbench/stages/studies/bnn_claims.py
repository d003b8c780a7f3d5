"""What the networks' study claims: coverage, sharpness and errors, each against what was aimed at."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from workbench.bayes.scores.cells import FULL_CELL
from workbench.intervals import Estimate, clustered_mean, wilson
from workbench.stages.studies.bnn import DELIVERED, HYBRID, BnnStudy
from workbench.stages.studies.bnn_methods import ENSEMBLE
from workbench.stages.studies.claims import Claim

#: The claim that is the study's estimate.
HEADLINE: Final = "coverage_90"
_BY: Final = "clustered by game"
#: What was aimed at, on real hold-outs.
BAND: Final = (0.88, 0.92)
CELL_BAND: Final = (0.85, 0.95)
LIMIT_SECONDS: Final = 1800.0
#: The season other people's numbers were to be met on.
EXTERNAL_SEASON: Final = 2023
WORDS: Final[dict[str, str]] = {
    "crps": "CRPS", "log_score": "log score", "absolute_error": "absolute error of the median",
    "width": "width of 90 % intervals at equal coverage",
}  # fmt: skip


def bnn_claims(result: BnnStudy, *, apply: bool) -> list[Claim]:
    """Return every number of the study.

    Parameters
    ----------
    result : BnnStudy
    apply : bool
        Whether targets apply: they were set for real hold-outs of full size.
    """
    return [
        *_coverage(result, apply=apply), *_cells(result, apply=apply), *_scores(result), *_gains(result, apply=apply),
        *_externals(result, apply=apply), *_rules(result), *_sensitivity(result), *_run(result, apply=apply),
    ]  # fmt: skip


def method_words(name: str) -> str:
    """Return a method's name for sentences.

    Examples
    --------
    >>> method_words("hierarchical_residuals"), method_words("deep_skip sigma 0.5")
    ('hierarchical residuals', 'deep skip sigma 0.5')
    """
    return name.replace("_", " ")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows, each by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def row_of(frame: pd.DataFrame, **where: str | float) -> dict[str, Any]:
    """Return the first row whose columns have these values.

    Examples
    --------
    >>> row_of(pd.DataFrame({"rule": ["static", "rolling"], "width": [80.5, 80.8]}), rule="rolling")["width"]
    80.8
    """
    chosen = pd.Series(True, index=frame.index)
    for name, value in where.items():
        chosen &= frame[name].eq(value)
    return records(frame[chosen])[0]


def furthest(cells: pd.DataFrame) -> dict[str, Any]:
    """Return the cell whose coverage is furthest from 90 %."""
    return records(cells.assign(_far=(cells["mid_coverage"] - 0.9).abs()).sort_values("_far"))[-1]


def slug(name: str) -> str:
    """Return a name for claims: of small letters, digits and underscores.

    Examples
    --------
    >>> slug("ensemble as delivered"), slug("games before 64 or more")
    ('ensemble_as_delivered', 'games_before_64_or_more')
    """
    return "".join(letter if letter.isalnum() else "_" for letter in name.lower())


def equal_width(result: BnnStudy) -> Mapping[str, Any]:
    """Return how much narrower the ensemble is than the best baseline at equal coverage; below zero it is wider."""
    return gain_of(result, ENSEMBLE, result.best, "width")


def gain_of(result: BnnStudy, method: str, baseline: str, measure: str) -> dict[str, Any]:
    """Return one paired gain."""
    return row_of(result.gains, method=method, baseline=baseline, measure=measure)


def full_cells(result: BnnStudy) -> pd.DataFrame:
    """Return the cells that are judged by their own coverage."""
    cells = result.delivery.cells
    return cells[cells["rows"].ge(FULL_CELL) & cells["by"].ne("all")]


def external_of(result: BnnStudy, source: str, season: int, measure: str = "absolute_error") -> dict[str, Any] | None:
    """Return one comparison with other people's numbers; None where there is none."""
    table = result.externals
    found = table[table["source"].eq(source) & table["season"].eq(season) & table["measure"].eq(measure)]
    return records(found)[0] if len(found) else None


def _claim(
    name: str, what: str, found: Mapping[str, Any], *, unit: str = "", digits: int | None = None, target: str = "",
    reached: bool | None = None,
) -> Claim:  # fmt: skip
    value, low, high = (float(found[key]) for key in ("value", "low", "high"))
    known = math.isfinite(low) and math.isfinite(high)
    return Claim(
        name=name, what=what, value=value, low=low if known else None, high=high if known else None,
        standard_error=(high - low) / 3.92 if known else None, games=int(found["games"]), unit=unit, digits=digits,
        interval_is=_BY, without_interval="" if known else "one game only", target=target, reached=reached,
    )  # fmt: skip


def _estimate(found: Estimate) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high, "games": found.clusters}


def _aim(apply: bool, words: str, reached: bool) -> dict[str, Any]:
    return {"target": words, "reached": reached} if apply else {}


def _coverage(result: BnnStudy, *, apply: bool) -> Iterator[Claim]:
    lead = result.score(DELIVERED, "held_90")
    aimed = _aim(apply, "88 to 92 %", BAND[0] <= lead["value"] <= BAND[1])
    what = f"mid-coverage of the 90 % intervals delivered, {result.target.title.lower()}"
    yield _claim(HEADLINE, what, lead, unit="%", digits=1, **aimed)
    for level in ("50", "80", "95"):
        found = result.score(DELIVERED, f"held_{level}")
        yield _claim(
            f"coverage_{level}", f"mid-coverage of the {level} % intervals delivered", found, unit="%", digits=1
        )
    for season in result.splits["season"]:
        found = result.score(DELIVERED, "held_90", season=str(season))
        what = f"mid-coverage of the 90 % intervals delivered, {season}"
        yield _claim(f"coverage_90_{season}", what, found, unit="%", digits=1)
    kinds = {"coverage_90": "closed", "mid_coverage_90": "half of each end", "exact_coverage_90": "exact"}
    for measure, words in kinds.items():
        found = result.score(DELIVERED, measure)
        yield _claim(f"quantiles_{slug(words)}", f"coverage of plain equal-tailed 90 % quantiles, {words}", found,
                     unit="%", digits=1)  # fmt: skip
    sigma = result.score(DELIVERED, "one_sigma")
    what = f"outcomes within one sd of the mean (the forecasts expect {100 * sigma['target']:.1f} %)"
    yield _claim("one_sigma", what, sigma, unit="%", digits=1)
    uniform = result.scores[DELIVERED].uniform
    what = f"p-value of uniform transforms as delivered (largest gap {uniform['distance']:.3f})"
    if math.isfinite(uniform["p_value"]):
        yield Claim(name="pit_p", what=what, value=uniform["p_value"], games=result.games, digits=3,
                    without_interval="a p-value")  # fmt: skip
    for name in result.scores:
        if name != DELIVERED:
            yield _claim(f"coverage_90_of_{slug(name)}", f"mid-coverage of 90 % intervals, {method_words(name)}",
                         result.score(name, "held_90"), unit="%", digits=1)  # fmt: skip


def _cells(result: BnnStudy, *, apply: bool) -> Iterator[Claim]:
    cells = result.delivery.cells
    small = cells[cells["rows"].lt(FULL_CELL) & cells["by"].ne("all")]
    full = full_cells(result)
    for name, part, bad, rule in (
        ("cells_outside", full, "outside", f"cells of {FULL_CELL} rows or more whose coverage is outside 85 to 95 %"),
        ("cells_missing", small, "misses", "smaller cells whose Wilson interval misses 85 to 95 %"),
    ):
        out = int(part["verdict"].eq(bad).sum())
        yield Claim(name=name, what=f"{rule}, of {len(part)}", value=float(out), games=result.games, digits=0,
                    without_interval="a count of verdicts", **_aim(apply, "none", out == 0))  # fmt: skip
    judged = full if len(full) else cells[cells["by"].ne("all")]
    if len(judged):
        at = furthest(judged)
        found = {"value": at["mid_coverage"], "low": at["low"], "high": at["high"], "games": at["games"]}
        what = f"coverage of the cell furthest from 90 %: {at['by'].replace('_', ' ')} {at['cell']}"
        yield _claim("worst_cell", what, found, unit="%", digits=1)


def _scores(result: BnnStudy) -> Iterator[Claim]:
    for name in dict.fromkeys((ENSEMBLE, result.best, HYBRID)):
        for measure, words in (("crps", "CRPS"), ("absolute_error", "MAE of the median"), ("rmse", "RMSE of the mean")):
            found = result.score(name, measure)
            yield _claim(f"{measure}_{slug(name)}", f"{words}, {method_words(name)}", found, unit="yards")
    yield _claim("log_score_ensemble", "log score of the ensemble", result.score(ENSEMBLE, "log_score"), unit="nats")
    for name in dict.fromkeys((ENSEMBLE, result.best)):
        row = row_of(result.widths, method=name)
        found = {"value": row["width"], "low": row["low"], "high": row["high"], "games": result.games}
        what = f"width of 90 % intervals after conformalizing on the season before, {method_words(name)}"
        yield _claim(f"width_{slug(name)}", what, found, unit="yards")


def _gains(result: BnnStudy, *, apply: bool) -> Iterator[Claim]:
    for base in (method.name for method in result.methods.baselines):
        found = gain_of(result, ENSEMBLE, base, "crps")
        aimed = _aim(apply, "above zero, interval and all", found["low"] > 0)
        what = f"CRPS gain of the ensemble over {method_words(base)}, neither recalibrated"
        yield _claim(f"crps_gain_{slug(base)}", what, found | {"value": found["gain"]}, unit="yards", digits=2, **aimed)
    wide = equal_width(result)
    turned = {"value": -wide["gain"], "low": -wide["high"], "high": -wide["low"], "games": wide["games"]}
    what = f"ensemble's intervals wider than those of {method_words(result.best)} (best CRPS) at equal coverage"
    aimed = _aim(apply, "no wider: the interval does not lie above zero", turned["low"] <= 0)
    yield _claim("wider_than_best", what, turned, unit="yards", digits=2, **aimed)
    for measure in ("log_score", "absolute_error"):
        found = gain_of(result, ENSEMBLE, result.best, measure)
        unit = "nats" if measure == "log_score" else "yards"
        what = f"gain of the ensemble over {method_words(result.best)}, {WORDS[measure]}"
        yield _claim(f"{measure}_gain_best", what, found | {"value": found["gain"]}, unit=unit, digits=3)
    for row in records(result.alike):
        what = f"CRPS gain of the ensemble over {method_words(str(row['baseline']))}, both as delivered"
        yield _claim(f"crps_gain_alike_{slug(str(row['baseline']))}", what, row | {"value": row["gain"]}, unit="yards",
                     digits=2)  # fmt: skip


def _externals(result: BnnStudy, *, apply: bool) -> Iterator[Claim]:
    table = result.externals
    for season in sorted(set(table["season"])):
        for source, words in (("espn", "ESPN's projection"), ("props", "the posted line")):
            found = external_of(result, source, season)
            if found is None:
                continue
            aim = apply and source == "espn" and season == EXTERNAL_SEASON
            what = (
                f"absolute error of the median less that of {words} on {int(found['rows']):,} player-games of {season} "
                f"({found['forecast']:.2f} against {found['external']:.2f})"
            )
            yield _claim(f"{source}_{season}", what, found | {"value": found["difference"]}, unit="yards", digits=2,
                         **_aim(aim, "no significant loss", bool(found["low"] <= 0)))  # fmt: skip


def _rules(result: BnnStudy) -> Iterator[Claim]:
    for row in records(result.delivery.rules):
        found = {"value": row["coverage"], "low": row["low"], "high": row["high"], "games": result.games}
        what = f"mid-coverage under the rule “{row['rule']}” ({row['width']:.1f} yards wide)"
        yield _claim(f"rule_{slug(str(row['rule']))}", what, found, unit="%", digits=1)
    always = row_of(result.power, since="always", true_coverage=0.9)
    rate, seasons = float(always["season_rate"]), int(always["repetitions"])
    low, high = wilson(rate * seasons, seasons)
    yield Claim(
        name="false_alarms", what="seasons in which the trigger would recalibrate a model that covers 90 %", value=rate,
        low=low, high=high, standard_error=float(always["standard_error"]), games=result.games, unit="%", digits=1,
        interval_is="of the simulation",
    )  # fmt: skip
    weeks = result.delivery.path.weeks
    yield Claim(
        name="weeks_recalibrated", what=f"weeks that were recalibrated, of {len(weeks)}", digits=0, games=result.games,
        value=float(weeks["triggered"].sum()), without_interval="a count of decisions",
    )  # fmt: skip


def _sensitivity(result: BnnStudy) -> Iterator[Claim]:
    table = result.sensitivity
    for name in dict.fromkeys(table["variant"]):
        if name == "as defined":
            continue
        for measure, words, unit in (("coverage", "mid-coverage of 90 % intervals", "%"), ("crps", "CRPS", "yards")):
            found = row_of(table, variant=name, measure=measure)
            yield _claim(
                f"{measure}_{slug(name)}", f"{words}, {name}", found, unit=unit, digits=1 if unit == "%" else None
            )


def _run(result: BnnStudy, *, apply: bool) -> Iterator[Claim]:
    rows = result.rows
    zeros = clustered_mean(rows["yards"].eq(0).astype("float64"), rows["game_id"].to_numpy())
    yield _claim("zeros", "player-games of exactly zero yards", _estimate(zeros), unit="%", digits=1)
    yield Claim(
        name="seconds", what="seconds of the study, fits included", value=float(round(result.seconds)), digits=0,
        games=result.games, without_interval="measured once",
        **_aim(apply, "30 minutes on two cores", result.seconds <= LIMIT_SECONDS),
    )  # fmt: skip
