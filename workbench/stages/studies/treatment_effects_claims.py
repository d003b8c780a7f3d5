"""What the long study of effects claims, beside what was published."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from workbench.stages.effects.questions import QUESTIONS
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.treatment_effects import TreatmentEffects
from workbench.stages.studies.treatment_parts import known

#: The claim that is the study's estimate: what the market leaves of the shock that does most.
HEADLINE: Final = "quarterback_exit_after_close"
_INFERENCE: Final = {
    "cluster": "clustered by team-season and week",
    "wild bootstrap": "wild bootstrap by cluster",
    "randomization": "randomization",
}
NUMBER_WORDS: Final = {
    "game": "on the game",
    "in_the_line": "in the closing line",
    "after_open": "after the opener, for news between opener and close",
    "after_close": "after the close",
}
WAY_WORDS: Final = {
    "naive": "before and after",
    "matched": "against like teams",
    "adjusted": "against like teams, adjusted",
    "event study": "event study on games",
    "pooled synthetic control": "pooled synthetic control",
}
_OUTCOME_WORDS: Final = {"margin": "on the margin", "margin_vs_close": "after the close"}
_EVENTS_AIMED: Final = 850


def effects_claims(result: TreatmentEffects, *, aimed: bool) -> list[Claim]:
    """Return every headline number of the study.

    Parameters
    ----------
    result : TreatmentEffects
    aimed : bool
        Whether the targets apply: real games, full size.
    """
    parts = (_family(result), _byes(result, aimed=aimed), _home(result, aimed=aimed), _quarterbacks(result),
             _coaches(result, aimed=aimed), _varying(result), _pools(result), _counts(result, aimed=aimed))  # fmt: skip
    return [claim for part in parts for claim in part]


def _claim(name: str, what: str, row: Mapping[str, Any], *, target: str = "", reached: bool | None = None) -> Claim:
    error = row.get("standard_error")
    return Claim(
        name=name, what=what, value=float(row["value"]), low=float(row["low"]), high=float(row["high"]),
        standard_error=None if error is None else float(error), games=int(row["treated"]), unit="points",
        interval_is=_INFERENCE.get(str(row.get("inference", "")), str(row.get("inference", ""))), digits=2,
        target=target, reached=reached,
    )  # fmt: skip


def _published(row: Mapping[str, Any], *, value: float | None, source: str, aimed: bool) -> dict[str, Any]:
    """Return the target that a published value sets: to lie inside our interval."""
    if not aimed or value is None or math.isnan(value):
        return {}
    return {"target": f"{value:g} inside the interval ({source})", "reached": row["low"] <= value <= row["high"]}


def _family(result: TreatmentEffects) -> Iterator[Claim]:
    labels = {q.name: f"{q.label}, a {q.per}" if q.unit != "event" else q.label for q in QUESTIONS}
    for row in known(result.whole.estimates).to_dict("records"):
        name, number = str(row["question"]), str(row["number"])
        what = f"{labels[name]}: effect {NUMBER_WORDS[number]}"
        yield _claim(f"{name}_{number}", what, {str(k): v for k, v in row.items()})


def _byes(result: TreatmentEffects, *, aimed: bool) -> Iterator[Claim]:
    for row in known(result.byes).to_dict("records"):
        span, number = str(row["span"]), str(row["number"])
        entry = {str(k): v for k, v in row.items()}
        target = _published(entry, value=row["published"], source="Lopez & Bliss 2024", aimed=aimed)
        yield _claim(f"bye_{span}_{number}", f"Bye week {span}: {NUMBER_WORDS[number]}", entry, **target)
    for row in result.bye_share.to_dict("records"):
        span, games = str(row["span"]), int(row["games"])
        what = f"Bye week {span}: share of the effect that the line leaves"
        if row["bounded"]:
            yield Claim(name=f"bye_{span}_share", what=what, value=row["share"], low=row["low"], high=row["high"],
                        games=games, interval_is="Fieller", digits=2)  # fmt: skip
        else:
            yield Claim(name=f"bye_{span}_share", what=what, value=row["share"], games=games, digits=2,
                        without_interval="Fieller's set has no end: the effect itself is too near zero")  # fmt: skip


def _home(result: TreatmentEffects, *, aimed: bool) -> Iterator[Claim]:
    for row in known(result.home).to_dict("records"):
        span, number = str(row["span"]), str(row["number"])
        entry = {str(k): v for k, v in row.items()}
        target = _published(entry, value=row["published"], source="published", aimed=aimed)
        yield _claim(f"home_{span}_{number}", f"Home field, {span}: {NUMBER_WORDS[number]}", entry, **target)


def _quarterbacks(result: TreatmentEffects) -> Iterator[Claim]:
    lines = result.doses[result.doses["shape"].eq("linear")] if len(result.doses) else result.doses
    for row in lines.drop_duplicates("outcome").to_dict("records"):
        outcome = row["outcome"]
        yield Claim(
            name=f"gap_slope_{outcome}", value=row["slope"], low=row["slope_low"], high=row["slope_high"],
            what=f"Quarterback change: {_OUTCOME_WORDS[str(outcome)]}, a point of value gap, first game",
            standard_error=row["slope_error"], games=int(row["changes"]), unit="points", digits=2,
            interval_is="clustered by team-season and game",
        )  # fmt: skip
    for row in known(result.horizons).to_dict("records"):
        what = f"{'Quarterback change' if row['question'] == 'quarterback_exit' else 'A point of value gap'}"
        name = f"{row['question']}_{str(row['horizon']).replace(' ', '_')}_{row['number']}"
        entry = {str(k): v for k, v in row.items()}
        yield _claim(f"horizon_{name}", f"{what}, {row['horizon']}: {NUMBER_WORDS[str(row['number'])]}", entry)


def _coaches(result: TreatmentEffects, *, aimed: bool) -> Iterator[Claim]:
    for row in result.coaches.effects.to_dict("records"):
        source, outcome, span, way = (str(row[key]) for key in ("source", "outcome", "span", "way"))
        if span != "weeks 0 to 3" or (source == "derived" and way == "naive"):
            continue
        target = {}
        if aimed and source == "corrected" and way in ("adjusted", "event study") and outcome == "margin":
            target = {"target": "none or negative (Roach 2013)", "reached": row["low"] <= 0}
        name = f"coach_{source}_{outcome}_{way}".replace(" ", "_")
        what = f"Coach replaced ({source} list), {WAY_WORDS[way]}: {_OUTCOME_WORDS[outcome]}"
        yield _claim(name, what, {str(k): v for k, v in row.items()}, **target)
    yield from _plain(result)


def _plain(result: TreatmentEffects) -> Iterator[Claim]:
    changes, study = result.coaches.events["corrected"], "Coach replaced, plain event study"
    for outcome, trend in result.coaches.trends.items():
        if not math.isnan(trend.p_value):
            what = f"{study} {_OUTCOME_WORDS[outcome]}: p-value of no difference before"
            yield Claim(name=f"coach_pre_trend_{outcome}", what=what, value=trend.p_value, games=changes,
                        without_interval="a p-value")  # fmt: skip
    for outcome, honest in result.coaches.honest.items():
        if math.isfinite(honest.relative_breakdown):
            what = f"{study} {_OUTCOME_WORDS[outcome]}: worst breaks of trend before that bring zero in"
            yield Claim(name=f"coach_breakdown_{outcome}", what=what, value=honest.relative_breakdown, games=changes,
                        without_interval="itself drawn from intervals")  # fmt: skip


def _varying(result: TreatmentEffects) -> Iterator[Claim]:
    groups = result.varying["groups"]
    for row in groups.dropna(subset=["effect", "low"]).to_dict("records") if len(groups) else ():
        if row["learner"] != "DR":
            continue
        what = f"{row['treatment']}, DR-learner, {row['by']}: {row['group']}, {_OUTCOME_WORDS[str(row['outcome'])]}"
        name = f"learned_{row['treatment']}_{row['by']}_{row['group']}_{row['outcome']}".lower().replace(" ", "_")
        entry = {str(k): v for k, v in row.items()} | {
            "value": row["effect"],
            "inference": "clustered by team-season and game",
        }
        yield _claim(name, what, entry)
    tests = result.varying["calibration"]
    for row in tests.dropna(subset=["effect"]).to_dict("records") if len(tests) else ():
        mine = groups[groups["treatment"].eq(row["treatment"]) & groups["outcome"].eq(row["outcome"])]
        yield Claim(
            name=f"calibration_{row['treatment']}_{row['learner']}_{row['outcome']}".lower().replace(" ", "_"),
            what=f"{row['treatment']}, {row['learner']}-learner {_OUTCOME_WORDS[str(row['outcome'])]}: share of its "
            "predicted differences that is real", value=row["effect"], low=row["low"], high=row["high"], digits=2,
            standard_error=row["standard_error"], games=int(mine["treated"].max()),
            interval_is="clustered by team-season and game",
        )  # fmt: skip


def _pools(result: TreatmentEffects) -> Iterator[Claim]:
    for pool in result.pools:
        games = int(pool.cells["n"].sum())
        for row in pool.spreads.to_dict("records"):
            yield Claim(
                name=f"pool_{pool.outcome}_{row['name']}".replace(" ", "_"), value=row["effect"], low=row["low"],
                high=row["high"], what=f"Effect library {_OUTCOME_WORDS[pool.outcome]}: {row['name']}", games=games,
                standard_error=row["standard_error"], unit="points", interval_is="posterior, exact grid", digits=2,
            )  # fmt: skip
        if pool.convergence is not None:
            what = f"Effect library {_OUTCOME_WORDS[pool.outcome]}: largest gap of grid and PyMC, in standard errors"
            yield Claim(name=f"pool_{pool.outcome}_grid_gap", value=pool.largest_gap, games=games, what=what,
                        without_interval="a comparison of two computations")  # fmt: skip


def _counts(result: TreatmentEffects, *, aimed: bool) -> Iterator[Claim]:
    target = {"target": f"at least {_EVENTS_AIMED}", "reached": result.events >= _EVENTS_AIMED} if aimed else {}
    yield Claim(name="events", what="events derived", value=result.events, games=result.games, digits=0,
                without_interval="a count", **target)  # type: ignore[arg-type] # fmt: skip
    standing: pd.DataFrame = result.survivors
    for number, rows in standing.groupby("number"):
        what = f"of {len(rows)} estimates {NUMBER_WORDS[str(number)]}, those no check fails"
        yield Claim(name=f"standing_{number}", what=what, value=int(rows["survives"].sum()), games=result.games,
                    digits=0, without_interval="a count")  # fmt: skip
