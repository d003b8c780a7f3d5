"""What the study of rent claims."""

import math
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from workbench.backtest.rent import PRIMARY
from workbench.decision.intervals import wilson
from workbench.decision.variants import ALL_MODULES, BASELINE, FULL
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.rent import SIMULATED_WEEKS, RentStudy

#: The claim that is the study's estimate.
HEADLINE: Final = "clv_points_all_modules_gaussian"
_UNITS: Final = {
    "clv_points": ("points", 1.0, 2),
    "brier": ("thousandths", 1000.0, 2),
    "log_loss": ("thousandths", 1000.0, 2),
}
_WHAT: Final = {
    "clv_points": "closing line value of the ten largest edges a week",
    "brier": "Brier score of winner, spread and total",
    "log_loss": "log loss of winner, spread and total",
}
_NONE: Final = "fewer than two weeks with a pick or a game"


def rent_claims(study: RentStudy) -> list[Claim]:
    """Return every difference a verdict rests on, and how often the rule errs where the truth is known."""
    table = study.table[study.table["difference"].notna()]  # without a graded pick on both sides there is no number
    return [*_differences(table), *_chosen(table), *_rates(study)]


def module_words(module: str) -> str:
    """Return a module's name as words.

    Examples
    --------
    >>> module_words("playcalling"), module_words("all modules")
    ('play-calling', 'all modules')
    """
    return {"playcalling": "play-calling"}.get(module, module)


def _differences(table: pd.DataFrame) -> Iterator[Claim]:
    primary = table[[look in PRIMARY for look in zip(table["measure"], table["scope"], strict=True)]]
    for row in primary.to_dict("records"):
        yield _claim({str(k): v for k, v in row.items()}, what=_WHAT[row["measure"]], suffix="")


def _chosen(table: pd.DataFrame) -> Iterator[Claim]:
    wanted = table["against"].eq(FULL) | table["module"].eq(ALL_MODULES)
    rows = table[table["scope"].eq("bets chosen") & wanted]
    for row in rows.to_dict("records"):
        yield _claim({str(k): v for k, v in row.items()}, what="closing line value of the bets chosen", suffix="_bets")


def _claim(row: dict[str, Any], *, what: str, suffix: str) -> Claim:
    unit, factor, digits = _UNITS[row["measure"]]
    known = math.isfinite(row["low"])
    base = "the Gaussian baseline" if row["against"] == BASELINE else "the full model"
    name = f"{row['measure']}_{row['module'].replace(' ', '_')}_{row['against']}{suffix}"
    return Claim(
        name=name, what=f"what {module_words(row['module'])} adds to {what}, held against {base}", unit=unit,
        value=factor * float(row["difference"]),
        low=factor * float(row["low"]) if known else None, high=factor * float(row["high"]) if known else None,
        standard_error=factor * float(row["standard_error"]) if known else None, games=int(row["n"]), digits=digits,
        without_interval="" if known else _NONE, interval_is=f"resampled by {row['blocks']}",
    )  # fmt: skip


def _rates(study: RentStudy) -> Iterator[Claim]:
    null = study.null_rates[study.null_rates["verdict"] == "pays"]
    n = int(null["n"].sum())
    share = wilson(round(float((null["share"] * null["n"]).sum())), n)
    yield Claim(
        name="false_pays", what=f"noise modules that are said to pay, simulated seasons of {SIMULATED_WEEKS} weeks",
        value=share.value, low=share.low, high=share.high, games=n, unit="%", digits=1, interval_is="Wilson",
    )  # fmt: skip
    planted = study.rates[(study.rates["verdict"] == "pays") & (study.rates["worth"] > 0)]
    for row in planted.to_dict("records"):
        found = wilson(round(row["share"] * row["n"]), int(row["n"]))
        yield Claim(
            name=f"found_{row['worth']:g}_points", value=found.value, low=found.low, high=found.high,
            what=f"planted modules that spare the model {row['worth']:g} points of error and are said to pay, "
            f"simulated seasons of {SIMULATED_WEEKS} weeks",
            games=int(row["n"]), unit="%", digits=0, interval_is="Wilson",
        )  # fmt: skip
