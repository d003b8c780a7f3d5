"""What the page of the study of rent says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from workbench.decision.variants import ALL_MODULES, BASELINE, FULL
from workbench.report.drawing import Finding
from workbench.report.figures import rent as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, listing, number
from workbench.report.stories.rent import NAMES, detail_rows, looks, verdict_rows
from workbench.report.stories.studies import key_number, said
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.rent import RentStudy
from workbench.stages.studies.rent_claims import HEADLINE

_STRIP: Final = (
    ("All modules, CLV", HEADLINE, True),
    ("All modules, Brier in thousandths", "brier_all_modules_gaussian", True),
    ("Quarterbacks, CLV", "clv_points_quarterback_full", True),
    ("Shocks, CLV", "clv_points_shocks_full", True),
    ("Shrinkage, CLV", "clv_points_shrinkage_full", True),
    ("Noise said to pay", "false_pays", False),
)


def findings(study: RentStudy, claims: Sequence[Claim]) -> list[str]:
    """Return which modules pay, what the whole adds, and how far the rule may be believed."""
    known = {claim.name: claim for claim in claims}
    parts = [_verdicts(study, FULL), _whole(known), _verdicts(study, BASELINE), _power(study), _errs(known)]
    return [part for part in parts if part]


def _verdicts(study: RentStudy, against: str) -> str:
    rows = study.verdicts[(study.verdicts["against"] == against) & (study.verdicts["module"] != ALL_MODULES)]
    if rows.empty:
        return ""
    parts = [
        f"{verdict}: {listing(sorted(NAMES[m] for m in part['module']), most=6)}"
        for verdict, part in rows.groupby("verdict", sort=True)
    ]
    where = "Taken from the full model" if against == FULL else "Added to the Gaussian baseline alone"
    return (
        f"{where} in {count(study.weeks, 'week')} of {span(study.seasons[0], study.seasons[-1])}, {'; '.join(parts)}."
    )


def _whole(known: dict[str, Claim]) -> str:
    clv, score = known.get(HEADLINE), known.get("brier_all_modules_gaussian")
    if clv is None or score is None:
        return ""
    return (
        f"All modules together add {said(clv, signed=True)} of closing line value to the ten largest edges a week over "
        f"the Gaussian baseline, {against_zero(clv.low, clv.high)}, and {said(score, signed=True)} of Brier score on "
        f"{count(score.games, 'forecast')}, {against_zero(score.low, score.high)}."
    )


def _power(study: RentStudy) -> str:
    rows = looks(study.table, study.verdicts)
    own = rows[rows["against"] == FULL].groupby("measure")["detectable"].median()
    if own.isna().any() or own.empty:
        return ""
    return (
        f"A module would have had to add about {number(own['clv_points'])} points of closing line value or "
        f"{number(1000 * own['brier'])} thousandths of Brier score to be found four times in five."
    )


def _errs(known: dict[str, Claim]) -> str:
    false = known["false_pays"]
    found = [claim for name, claim in known.items() if name.startswith("found_")]
    best = found[-1] if found else None
    tail = f"; of the largest planted, {said(best)} are found in a season" if best else ""
    return f"In simulated seasons {said(false)} of noise modules are said to pay{tail}."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    entries = [key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP]
    # The strip is narrow: its label names the unit there.
    short = {"thousandths": ""}
    return [replace(entry, unit=short.get(entry.unit, entry.unit)) for entry in entries if entry is not None]


def rent_figure(study: RentStudy, against: str) -> Finding:
    """Draw what each module adds, taken from the full model or added to the baseline."""
    rows = looks(study.table, study.verdicts)
    whole = rows["module"].eq(ALL_MODULES)
    own = rows[(rows["against"] == against) & ~whole | whole]
    sure = own[own["verdict"].eq("pays") & own["module"].ne(ALL_MODULES)].drop_duplicates("module")["name"]
    title = f"{listing(list(sure), most=6)} surely {'pays' if len(sure) == 1 else 'pay'}" if len(sure) else (
        "no module surely pays")  # fmt: skip
    base = "taken from the full model" if against == FULL else "added to the Gaussian baseline"
    period = span(study.seasons[0], study.seasons[-1])
    subtitle = f"each {base}, right is better, 95 % intervals by week, {study.weeks} weeks of {period}"
    return figures.rents(own, title=title, subtitle=subtitle)


def verdict_table(study: RentStudy) -> pd.DataFrame:
    """Return one row a module and base: verdict, why, and each measure's difference."""
    return verdict_rows(looks(study.table, study.verdicts))


def season_table(study: RentStudy) -> pd.DataFrame:
    """Return one row a season and module: closing line value and Brier score, each season by itself."""
    rows: list[dict[str, Any]] = []
    for (season, module), part in study.by_season.groupby(["season", "module"], sort=True):
        by = part.set_index("measure")
        clv, score = by.loc[["clv_points"]].iloc[0], by.loc[["brier"]].iloc[0]
        rows.append({"season": str(season), "module": NAMES[str(module)], "closing line value": clv["difference"],
                     "low": clv["low"], "high": clv["high"], "edges": clv["n"],
                     "Brier score": 1000 * score["difference"], "forecasts": score["n"]})  # fmt: skip
    return pd.DataFrame(rows)


def detail_table(study: RentStudy) -> pd.DataFrame:
    """Return every comparison."""
    return detail_rows(study.table)


def rate_table(study: RentStudy) -> pd.DataFrame:
    """Return how often modules of known worth get each verdict, in simulated seasons."""
    both = pd.concat([study.null_rates.assign(league="all noise"), study.rates.assign(league="three planted")])
    wide = both.groupby(["league", "worth", "verdict"], sort=False)["share"].mean().unstack("verdict").reset_index()
    return wide.rename(columns={"worth": "points of error spared", "league": "simulated seasons"})


def as_tables(study: RentStudy) -> dict[str, object]:
    """Return the verdicts for the result."""
    return {"verdicts": study.verdicts.to_dict("records"), "weeks": study.weeks, "decide_at": study.decide_at}
