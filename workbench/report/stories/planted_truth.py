"""What the page of planted truth says."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.figures.coverage import coverage_dots
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.planted_truth import FAST_BAND, NULL_BAND, SLOW_BAND, PlantedStudy
from workbench.stages.studies.planted_truth_claims import headline

#: Bias counts as a reason where it is this many Monte-Carlo errors from zero and this share of the estimates' spread.
_BIAS_ERRORS, _BIAS_SHARE = 3.0, 0.2
#: Standard errors are called too small or too large outside these ratios to the spread of estimates.
_SMALL, _LARGE = 0.95, 1.05


def head(run: StudyRun, result: PlantedStudy, *, smoke: bool) -> Block:
    """Return the head of the page: leagues drawn for it, whatever the profile's own."""
    drawn = f"{count(result.leagues, 'simulated league')} of {span(result.seasons[0], result.seasons[-1])}"
    return page.header(
        run.settings.label, f"{drawn}{', smoke size' if smoke else ''}", as_of=run.as_of, status="complete",
        question=run.study.question, title=run.study.title, simulated=run.settings.simulated,
    )  # fmt: skip


def findings(result: PlantedStudy, claims: Sequence[Claim]) -> list[str]:
    """Return how many estimators cover, which nulls are called significant, what fools whom, and the verdict."""
    return [s for s in (_chief(result, claims), _covered(result), _nulls(result), _lessons(result),
                        _size(result, claims)) if s]  # fmt: skip


def _chief(result: PlantedStudy, claims: Sequence[Claim]) -> str:
    chief = next(claim for claim in claims if claim.name == headline(result))
    return (
        f"95 % intervals hold the planted truth in {estimate(chief.value, chief.low, chief.high, unit='%', digits=1)} "
        f"of the trials of {_estimator(chief)}, over {count(chief.games, 'league')} that differ in nothing but luck."
    )


def _estimator(chief: Claim) -> str:
    return chief.what.removeprefix("95 % intervals that hold the truth, ").removesuffix(", over all it was asked")


def _covered(result: PlantedStudy) -> str:
    aimed = result.aimed
    inside = int(aimed["coverage_reached"].sum())
    under = aimed[aimed["coverage"] < aimed["band_low"]]
    over = aimed[aimed["coverage"] > aimed["band_high"]]
    worst = ""
    if len(under):
        row = under.sort_values("coverage").to_dict("records")[0]
        worst = f"; the lowest is {_named(row)} with {percent(row['coverage'], digits=1)}"
    return (
        f"Of {count(len(aimed), 'estimate')} held to their band ({percent(FAST_BAND[0])} to {percent(FAST_BAND[1])}, "
        f"slow ones {percent(SLOW_BAND[0])} to {percent(SLOW_BAND[1])}), {inside} cover within it, {len(under)} too "
        f"seldom and {len(over)} too often{worst}."
    )


def _nulls(result: PlantedStudy) -> str:
    nulls = result.aimed[result.aimed["null"]]
    if nulls.empty:
        return ""
    inside = int(nulls["rejection_reached"].astype(bool).sum())
    row = max(nulls.to_dict("records"), key=lambda r: abs(r["rejected"] - 0.05))
    return (
        f"Nothing was planted in {count(len(nulls), 'question')}: {inside} of them are called significant in "
        f"{percent(NULL_BAND[0])} to {percent(NULL_BAND[1])} of leagues; furthest off is {_named(row)} with "
        f"{estimate(row['rejected'], row['rejected_low'], row['rejected_high'], unit='%', digits=1)}."
    )


def _lessons(result: PlantedStudy) -> str:
    fired = result.lessons[result.lessons["null"]]
    if fired.empty:
        return ""
    row = max(fired.to_dict("records"), key=lambda r: float(r["rejected"]))
    return (
        f"The {row['estimator']} finds an effect of the coaching change, which has none, in "
        f"{estimate(row['rejected'], row['rejected_low'], row['rejected_high'], unit='%', digits=1)} of leagues, by "
        f"{number(row['bias'], signed=True)} points on average: who fires after bad luck sees it end."
    )


def _size(result: PlantedStudy, claims: Sequence[Claim]) -> str:
    if not result.judged:
        return "No target is judged: a run this small cannot tell 95 from 93 %."
    overall = [claim for claim in claims if claim.name.startswith("coverage_")]
    missed = [_short(claim) for claim in overall if not claim.reached]
    if not missed:
        return f"Over all it was asked, each of {count(len(overall), 'estimator')} covers within its band."
    return (
        f"Over all they were asked, {len(missed)} of {count(len(overall), 'estimator')} cover outside their band: "
        f"{listing(missed, most=8)}."
    )


def numbers(result: PlantedStudy, claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip: the first estimators' coverage over all they were asked."""
    overall = [claim for claim in claims if claim.name.startswith("coverage_")][:6]
    shown = (key_number(_short(claim), claim) for claim in overall)
    return [entry for entry in shown if entry is not None]


def _short(claim: Claim) -> str:
    words = _estimator(claim)
    return words[:1].upper() + words[1:]


def overall_figure(result: PlantedStudy) -> Finding:
    """Draw each estimator's coverage over all it was asked."""
    slow = set(result.table.loc[result.table["speed"] == "slow", "group"])
    rows = result.overall.assign(
        name=result.overall["estimator"] + _where(result.overall), value=result.overall["coverage"],
        low=result.overall["coverage_low"], high=result.overall["coverage_high"],
        band_low=[SLOW_BAND[0] if g in slow else FAST_BAND[0] for g in result.overall["group"]],
        band_high=[SLOW_BAND[1] if g in slow else FAST_BAND[1] for g in result.overall["group"]],
    )  # fmt: skip
    rows["reached"] = (rows["value"] >= rows["band_low"]) & (rows["value"] <= rows["band_high"])
    title = f"{int(rows['reached'].sum())} of {count(len(rows), 'estimator')} cover as often as they say"
    return coverage_dots(
        rows, title=title, subtitle=f"all questions of an estimator together; {_drawn(result)}",
        label="95 % intervals that hold the truth",
    )  # fmt: skip


def _where(overall: pd.DataFrame) -> "pd.Series[str]":
    twice = overall["estimator"].duplicated(keep=False)
    return (", " + overall["group"].str.removeprefix("game_")).where(twice, "")


def _drawn(result: PlantedStudy) -> str:
    slow = f", {result.slow_leagues} for slow ones" if result.slow_leagues else ""
    return f"{count(result.leagues, 'league')}{slow}; bars: Monte-Carlo 95 %; grey: the band aimed at"


def coverage_figure(result: PlantedStudy) -> Finding:
    """Draw coverage by estimator and shock, the lowest on top."""
    aimed = result.aimed.sort_values("coverage", kind="stable")
    rows = _rows(aimed, share="coverage").assign(
        band_low=aimed["band_low"].to_numpy(), band_high=aimed["band_high"].to_numpy(),
        reached=aimed["coverage_reached"].to_numpy(dtype=bool),
    )  # fmt: skip
    low = int((aimed["coverage"] < aimed["band_low"]).sum())
    title = f"{count(low, 'estimate')} of {len(aimed)} {'covers' if low == 1 else 'cover'} less often than aimed at"
    return coverage_dots(rows, title=title, subtitle=_drawn(result), label="95 % intervals that hold the truth")


def null_figure(result: PlantedStudy) -> Finding:
    """Draw how often nothing is called significant, lessons included."""
    nulls = result.table[result.table["null"]].sort_values("rejected", ascending=False, kind="stable")
    rows = _rows(nulls, share="rejected").assign(
        band_low=NULL_BAND[0], band_high=NULL_BAND[1], reached=nulls["rejection_reached"].to_numpy(dtype=bool)
    )
    out = int((~rows["reached"]).sum())
    title = f"{count(out, 'null')} of {len(rows)} {'lies' if out == 1 else 'lie'} outside 3 to 7 %"
    subtitle = "share of leagues with p below .05 where nothing was planted; lessons included"
    return coverage_dots(rows, title=title, subtitle=subtitle, label="called significant", aim=0.05)


def _rows(table: pd.DataFrame, *, share: str) -> pd.DataFrame:
    return pd.DataFrame({
        "name": [_named(row, short=True) for row in table.to_dict("records")], "value": table[share].to_numpy(),
        "low": table[f"{share}_low"].to_numpy(), "high": table[f"{share}_high"].to_numpy(),
    })  # fmt: skip


def _named(row: Mapping[Hashable, Any], *, short: bool = False) -> str:
    shock, outcome = str(row["shock"]).replace("_", " "), str(row["outcome"]).replace("_", " ")
    name = str(row["estimator"])
    if short:
        name = name.removeprefix("game design, ").removeprefix("staggered ")
        outcome = outcome.replace("margin vs ", "vs ").replace("total vs ", "total vs ")
        return f"{shock}, {outcome}" if name == "game design" else f"{name}: {shock}"
    return f"{name} for {shock} on {outcome}"


def coverage_table(result: PlantedStudy) -> pd.DataFrame:
    """Return one row an estimate: coverage, bias, standard errors against the spread they should equal."""
    table = result.table
    columns = ["estimator", "shock", "outcome", "role", "leagues", "truth", "coverage", "coverage_error", "bias",
               "bias_error", "mean_error", "spread", "error_ratio", "rejected", "rejected_error"]  # fmt: skip
    return table[columns].sort_values("coverage", kind="stable").reset_index(drop=True)


def reasons(result: PlantedStudy) -> list[str]:
    """Return a sentence a miss: how far off, and whether bias, standard errors or the interval's shape is to blame."""
    aimed = result.aimed
    missed = aimed[~aimed["coverage_reached"].astype(bool)].sort_values("coverage", kind="stable")
    return [_reason(row) for row in missed.to_dict("records")]


def _reason(row: Mapping[Hashable, Any]) -> str:
    covers = estimate(row["coverage"], row["coverage_low"], row["coverage_high"], unit="%", digits=1)
    told = "" if row["coverage_low"] > row["band_high"] or row["coverage_high"] < row["band_low"] else (
        ", which its Monte-Carlo interval does not tell from the band"
    )  # fmt: skip
    return f"{_named(row)} covers {covers}{told}: {'; '.join(_causes(row)) or 'no single reason stands out'}."


def _causes(row: Mapping[Hashable, Any]) -> list[str]:
    causes = []
    if row["unbounded"] > 0.2:
        causes.append(
            f"{percent(row['unbounded'])} of its sets have no end, as they must where the effect is near zero"
        )
    spread = row["spread"]
    if row["estimator"] not in {"Fieller share", "bootstrap share"}:
        if abs(row["bias"]) > _BIAS_ERRORS * row["bias_error"] and abs(row["bias"]) > _BIAS_SHARE * spread:
            causes.append(f"its estimates are off by {number(row['bias'], signed=True)} on average")
        if row["error_ratio"] < _SMALL:
            causes.append(f"its standard errors are {number(row['error_ratio'])} times the spread of its estimates")
        if row["error_ratio"] > _LARGE:
            causes.append(f"its standard errors are {number(row['error_ratio'])} times the spread, so too wide")
    return causes


def seconds_table(result: PlantedStudy) -> pd.DataFrame:
    """Return what each group of estimators takes a league."""
    return result.seconds
