"""What the study of overround claims."""

from collections.abc import Iterator
from typing import Any, Final

from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.overround import REFERENCE, OverroundStudy

#: The claim that is the study's estimate.
HEADLINE: Final = "gain_power_moneyline"
#: Every method as readers know it; of two outcomes Shin's is the additive one.
METHOD_NAMES: Final = {
    "proportional": "proportional",
    "additive": "additive",
    "power": "power",
    "shin": "Shin",
    "odds_ratio": "odds ratio",
}
_MARKETS: Final = {"moneyline": "moneylines", "spread": "spreads", "total": "totals", "1x2": "Premier League matches"}


def method_name(method: str, *, outcomes: int = 0) -> str:
    """Return a method as readers know it, with the names that coincide.

    Examples
    --------
    >>> method_name("additive", outcomes=2), method_name("odds_ratio", outcomes=3)
    ('additive (= Shin)', 'odds ratio (= logarithmic)')
    """
    if method == "additive" and outcomes == 2:
        return "additive (= Shin)"
    return "odds ratio (= logarithmic)" if method == "odds_ratio" and outcomes else METHOD_NAMES[method]


def market_name(market: str, source: str) -> str:
    """Return a market and its source as readers know them.

    Examples
    --------
    >>> market_name("moneyline", "schedule_close")
    'moneylines of schedule_close'
    """
    return f"{_MARKETS[market]} of {source}"


def overround_claims(study: OverroundStudy) -> list[Claim]:
    """Return every number of the study: of each market's largest source; no target applies."""
    return [claim for row in study.main.to_dict("records") for claim in _row({str(k): v for k, v in row.items()})]


def _row(row: dict[str, Any]) -> Iterator[Claim]:
    method, stem = str(row["method"]), _stem(row)
    where = f"{market_name(row['market'], row['source'])}, {span(int(row['first']), int(row['last']))}"
    named = method_name(method, outcomes=int(row["outcomes"]))
    if method != REFERENCE:
        yield _claim(
            row, "gain", name=f"gain_{method}_{stem}", what=f"log-loss gain over proportional, {named}, {where}"
        )
        brier = f"Brier gain over proportional, {named}, {where}"
        yield _claim(row, "brier_gain", name=f"brier_gain_{method}_{stem}", what=brier)
    if row["slope_low"] == row["slope_low"]:
        yield _claim(row, "slope", name=f"slope_{method}_{stem}", what=f"calibration slope, {named}, {where}")
    if method == REFERENCE:
        for side, words in (("favourite", "shortest"), ("longshot", "longest")):
            if row[f"{side}_low"] == row[f"{side}_low"]:
                what = f"{words} price won more often than its {named} probability, {where}"
                yield _claim(row, side, name=f"{side}_{method}_{stem}", what=what, unit="pp", scale=100.0)


def _stem(row: dict[str, Any]) -> str:
    """Return a market's name, with its source where bookmakers stand beside one another."""
    return f"epl_{row['source']}" if row["market"] == "1x2" else str(row["market"])


def _claim(row: dict[str, Any], column: str, *, name: str, what: str, unit: str = "", scale: float = 1.0) -> Claim:
    value, low, high, error = (scale * row[f"{column}{end}"] for end in ("", "_low", "_high", "_se"))
    return Claim(
        name=name,
        what=what,
        value=value,
        low=low,
        high=high,
        standard_error=error,
        games=int(row[f"{column}_n"]),
        unit=unit,
    )
