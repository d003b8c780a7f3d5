"""What the page of networks against known truth says."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.scores.cells import BAND_POINTS
from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.figures.calibration import said_and_covered
from workbench.report.figures.coverage import coverage_dots
from workbench.report.figures.drift import held_through_change
from workbench.report.figures.studies import gains
from workbench.report.page import KeyNumber
from workbench.report.sentences import compared, count, estimate, listing, percent
from workbench.report.stories.studies import key_number, said, verdict
from workbench.stages.studies.bnn_truth import LEVEL, TOLERANCE, TruthStudy
from workbench.stages.studies.bnn_truth_claims import HEADLINE, KINDS, PERIOD_WORDS, best_baseline, called
from workbench.stages.studies.bnn_truth_league import CHANGED_FROM
from workbench.stages.studies.bnn_truth_methods import CONFORMAL, DELIVERED, ENSEMBLE, LAW, MEAN, ONCE
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.context import StudyRun

_STRIP: Final = (
    ("Delivered", HEADLINE), ("Exact", "true_exact_delivered_90"), ("Mean alone", "true_coverage_mean_only_90"),
    ("The law itself", "law_mid_90"), ("CRPS over the law's", "excess_delivered"),
    ("False alarms", "false_alarms_weeks"),
)  # fmt: skip
#: Methods whose promises are drawn level by level.
_CURVES: Final = (DELIVERED, ENSEMBLE, MEAN, LAW)


def head(run: StudyRun, result: TruthStudy, *, smoke: bool) -> Block:
    """Return the head of the page: leagues drawn for it, whatever the profile's own."""
    drawn = f"{count(result.leagues, 'simulated league')}, {span(result.tested[0], result.tested[-1])} tested"
    return page.header(
        "Drawn leagues", f"{drawn}{', smoke size' if smoke else ''}", as_of=run.as_of, status="complete",
        question=run.study.question, title=run.study.title, simulated=True,
    )  # fmt: skip


def findings(result: TruthStudy, claims: Sequence[Claim]) -> list[str]:
    """Return how much of the law is held, by which way of counting, what the mean holds, who knows more, and drift."""
    by_name = {claim.name: claim for claim in claims}
    return [
        _chief(result, by_name), _seasons(result), _mean(by_name), _counting(by_name), _skill(result, by_name),
        _drift(result), _alarms(result), _size(result, claims),
    ]  # fmt: skip


def _chief(result: TruthStudy, claims: dict[str, Claim]) -> str:
    chief, drawn = claims[HEADLINE], claims["drawn_coverage_delivered_90"]
    row = result.at(DELIVERED)
    off = 100 * abs(chief.value - LEVEL)
    return (
        f"Where the law is known, 90 % intervals as delivered hold {said(chief)} of it (half of each end counted), "
        f"{off:.1f} points off, over {count(int(row['rows']), 'player-game')} of {count(result.leagues, 'league')}; of "
        f"the outcomes that happened to be drawn they hold {said(drawn)}."
    )


def _seasons(result: TruthStudy) -> str:
    held, raw = result.seasons["mid"], result.seasons["ensemble_mid"]
    inside = int((held - LEVEL).abs().le(TOLERANCE).sum())
    return (
        f"{inside} of {count(len(held), 'season')} lie within a point and a half. Calibrated on the season "
        f"before, seasons hold {percent(held.min(), digits=1)} to {percent(held.max(), digits=1)}; the ensemble as it "
        f"is, {percent(raw.min(), digits=1)} to {percent(raw.max(), digits=1)}."
    )


def _mean(claims: dict[str, Claim]) -> str:
    mean, plain = claims[f"true_coverage_{MEAN}_90"], claims[f"true_coverage_{ENSEMBLE}_90"]
    return (
        f"Intervals of the same networks' mean hold {said(mean)}, {100 * (LEVEL - mean.value):.0f} points short, where "
        f"those of their predictive distribution hold {said(plain)}: no luck of the draw is in these numbers, they "
        "answer another question."
    )


def _counting(claims: dict[str, Claim]) -> str:
    mid, closed, own = (claims[f"law_{name}_90"] for name in ("plain_mid", "plain_closed", "mid"))
    exact = claims["true_exact_delivered_90"]
    return (
        f"The definition matters: equal-tailed quantiles of the law itself hold {said(closed)} of it closed and "
        f"{said(mid)} with half of each end, for zero yards are an atom wider than a tail; ends moved as the delivered "
        f"ones are hold {said(own)}. By the transform, free of atoms, what was delivered holds {said(exact)}."
    )


def _skill(result: TruthStudy, claims: dict[str, Claim]) -> str:
    gain = claims["gain_over_best_baseline"]
    word = compared(gain.low, gain.high, below="is ahead of", above="is behind")
    return (
        f"The CRPS of what was delivered is {said(claims['excess_delivered'])} over the law's own, which nobody can "
        f"beat; the best baseline, {called(best_baseline(result))}, {word} it: {said(gain, signed=True)}."
    )


def _drift(result: TruthStudy) -> str:
    parts = []
    for scale in sorted(result.noticed["scale"]):
        plain, mended = (_held(result, scale=scale, period="later", kind=kind) for kind in (ONCE, DELIVERED))
        row = result.noticed[result.noticed["scale"].eq(scale)].iloc[0]
        parts.append(
            f"at {scale:g} times the yards {_said(plain)} are held if calibrated once, {_said(mended)} as delivered, "
            f"the change noticed within four weeks in {percent(row['in_time'])} of "
            f"{count(int(row['seasons']), 'season')}"
        )
    return f"Where the law changes in week {CHANGED_FROM}, from the fourth week on {'; '.join(parts)}."


def _alarms(result: TruthStudy) -> str:
    weeks, seasons = (result.alarms[result.alarms["of"].eq(of)].iloc[0] for of in ("weeks", "seasons"))
    return (
        f"Where nothing changes, {count(int(weeks['alarms']), 'week')} of {int(weeks['n'])} were recalibrated all the "
        f"same, in {int(seasons['alarms'])} of {count(int(seasons['n']), 'season')}."
    )


def _size(result: TruthStudy, claims: Sequence[Claim]) -> str:
    if result.judged:
        return verdict(claims)
    return "No target is judged: a run this small cannot tell how much networks of other leagues would differ."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    by_name = {claim.name: claim for claim in claims}
    shown = (key_number(label, by_name.get(name)) for label, name in _STRIP)
    return [entry for entry in shown if entry is not None]


# --- figures -------------------------------------------------------------------------------------------------------
def curves(result: TruthStudy) -> Finding:
    """Draw what intervals promise against how much of the law they hold."""
    rows = result.coverage[result.coverage["method"].isin(_CURVES)]
    rows = rows.assign(
        covered=rows["mid"], low=rows["mid_low"], high=rows["mid_high"], order=rows["method"].map(_CURVES.index)
    ).sort_values(["order", "level"])
    rows["method"] = rows["method"].map(
        dict(zip(_CURVES, ("delivered", "as it is", "its mean", "the law"), strict=True))
    )
    title = f"Of 90 % intervals delivered {percent(result.at(DELIVERED)['mid'], digits=1)} of the law is held"
    return said_and_covered(rows, title=title, subtitle=_drawn(result), label="of the law held")


def methods(result: TruthStudy) -> Finding:
    """Draw every method's true coverage at 90 %."""
    rows = result.coverage[np.isclose(result.coverage["level"], LEVEL)]
    first = [m for m in (DELIVERED, ONCE, ENSEMBLE, CONFORMAL, LAW) if m in set(rows["method"])]
    rest = [m for m in rows["method"] if m not in (*first, MEAN)]
    rows = rows.set_index("method").loc[[*first, *rest]].reset_index()
    shown = pd.DataFrame(
        {
            "name": [called(m).removeprefix("the ") for m in rows["method"]], "value": rows["mid"],
            "low": rows["mid_low"], "high": rows["mid_high"], "band_low": LEVEL - TOLERANCE,
            "band_high": LEVEL + TOLERANCE, "reached": (rows["mid"] - LEVEL).abs() <= TOLERANCE,
        }
    )  # fmt: skip
    inside = int(shown["reached"].sum())
    mean = percent(result.at(MEAN)["mid"])
    title = f"{inside} of {count(len(shown), 'method')} hold 90 % within a point and a half"
    return coverage_dots(
        shown, title=title, subtitle=f"the mean alone, {mean}, is off the axis; {_drawn(result)}",
        label="of the law held by 90 % intervals", aim=LEVEL, digits=1,
    )  # fmt: skip


def skill(result: TruthStudy) -> Finding:
    """Draw how far each method's CRPS is behind what was delivered."""
    rows = result.skill[~result.skill["method"].isin([DELIVERED, LAW, MEAN])]
    rows = rows.assign(
        name=[called(m).removeprefix("the ") for m in rows["method"]], value=-rows["behind"], low=-rows["behind_high"],
        high=-rows["behind_low"],
    ).sort_values("value", ascending=False)  # fmt: skip
    ahead = int((rows["low"] > 0).sum())
    title = (
        f"{count(ahead, 'method') if ahead else 'No method'} {'is' if ahead < 2 else 'are'} ahead of what is delivered"
    )
    return gains(rows, title=title, subtitle=f"paired, the luck of the draw left out; {_drawn(result)}",
                 label="CRPS gained on what is delivered, yards")  # fmt: skip


def cells(result: TruthStudy) -> Finding:
    """Draw true coverage by role and tenth of the forecast."""
    rows = result.cells
    shown = pd.DataFrame(
        {
            "name": ["tenth " + c if by == "decile" else c for by, c in zip(rows["by"], rows["cell"], strict=True)],
            "value": rows["mid"], "low": rows["low"], "high": rows["high"], "band_low": LEVEL - BAND_POINTS,
            "band_high": LEVEL + BAND_POINTS, "reached": rows["inside"],
        }
    )  # fmt: skip
    out = int((~shown["reached"]).sum())
    title = f"{count(out, 'cell')} more than five points off" if out else "No cell is more than five points off"
    return coverage_dots(
        shown, title=title, subtitle=f"as delivered, by role and size of forecast; {_drawn(result)}",
        label="of the law held by 90 % intervals", aim=LEVEL,
    )  # fmt: skip


def drift(result: TruthStudy) -> Finding:
    """Draw what is held week by week where the law changes."""
    weekly = result.weekly[result.weekly["scale"].ne(1.0)]
    off = [
        100 * abs(_held(result, scale=scale, period="later", kind=kind)["mid"] - LEVEL)
        for scale in sorted(weekly["scale"].unique()) for kind in (ONCE, DELIVERED)
    ]  # fmt: skip
    pairs = [f"from {a:.1f} to {b:.1f} points" for a, b in zip(off[::2], off[1::2], strict=True)]
    title = f"Recalibration moves what is held, late in the season, {listing(pairs)} off"
    return held_through_change(
        weekly, title=title, subtitle=_drawn(result), level=LEVEL, tolerance=0.05, changed_from=CHANGED_FROM
    )


def _drawn(result: TruthStudy) -> str:
    return f"simulated: {count(result.leagues, 'league')}, rushing yards, intervals: {result.interval_is}"


# --- tables --------------------------------------------------------------------------------------------------------
def coverage_table(result: TruthStudy) -> pd.DataFrame:
    """Return true coverage by method and level, half of each end counted, beside that of the one draw."""
    table = result.coverage.assign(method=[called(m) for m in result.coverage["method"]])
    drawn = ["drawn_mid", "drawn_low", "drawn_high", "drawn_closed"]
    columns = ["method", "level", "mid", "mid_low", "mid_high", "closed", "exact", *drawn, "width"]
    order = (table["level"] - LEVEL).abs()
    return table.assign(order=order).sort_values(["order"], kind="stable")[columns].reset_index(drop=True)


def definition_table(result: TruthStudy) -> pd.DataFrame:
    """Return what the law's own and the delivered intervals hold at 90 % by each way of counting."""
    columns = {
        "mid": "delivered ends, half of each end", "closed": "delivered ends, closed", "exact": "by the transform",
        "plain_mid": "equal-tailed, half of each end", "plain_closed": "equal-tailed, closed",
    }  # fmt: skip
    law, mine = result.at(LAW), result.at(DELIVERED)
    return pd.DataFrame({
        "counting": list(columns.values()), "the law itself": [law[name] for name in columns],
        "as delivered": [mine[name] for name in columns], "low": [mine[f"{name}_low"] for name in columns],
        "high": [mine[f"{name}_high"] for name in columns],
    })  # fmt: skip


def skill_table(result: TruthStudy) -> pd.DataFrame:
    """Return each method's CRPS over the law's own, and how far it is behind what was delivered."""
    table = result.skill.assign(method=[called(m) for m in result.skill["method"]])
    columns = ["method", "excess", "low", "high", "behind", "behind_low", "behind_high", "drawn_crps"]
    return table.sort_values("excess", kind="stable")[columns].reset_index(drop=True)


def drift_table(result: TruthStudy) -> pd.DataFrame:
    """Return what was held before and after the law changed."""
    table = result.drift.assign(period=result.drift["period"].map(PERIOD_WORDS), kind=result.drift["kind"].map(KINDS))
    return table[["scale", "period", "kind", "rows", "mid", "low", "high"]]


def cell_table(result: TruthStudy) -> pd.DataFrame:
    """Return true coverage by cell beside the law's own and the draw's."""
    columns = ["by", "cell", "rows", "mid", "low", "high", "exact", "law_mid", "drawn_mid", "drawn_low", "drawn_high"]
    return result.cells[columns]


# --- parts ---------------------------------------------------------------------------------------------------------
def _held(result: TruthStudy, *, scale: float, period: str, kind: str) -> "pd.Series[Any]":
    rows = result.drift
    return rows[rows["scale"].eq(scale) & rows["period"].eq(period) & rows["kind"].eq(kind)].iloc[0]


def _said(row: "pd.Series[Any]") -> str:
    return estimate(row["mid"], row["low"], row["high"], unit="%", digits=1)
