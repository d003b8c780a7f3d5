"""What the page of the rent tests says."""

from typing import Any, Final, Protocol

import pandas as pd

from workbench.backtest.rent import LEAST_RENT, PRIMARY
from workbench.decision.variants import ALL_MODULES, BASELINE, FULL
from workbench.report.drawing import Finding
from workbench.report.figures import rent as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, interval, listing, number
from workbench.report.stories.frame import as_of_words
from workbench.stages.rent import SPANS, Rents

NAMES: Final = {
    "quarterback": "quarterbacks",
    "playcalling": "play-calling",
    "drives": "drives",
    "shocks": "shocks",
    "tilting": "tilting",
    "shrinkage": "shrinkage",
    ALL_MODULES: "all modules",
}
#: What each module is in the decision, and what stands in its place without it.
MODULE_WORDS: Final = (
    ("quarterbacks", "Quarterbacks have strengths of their own, and the starter is forecast",
     "No quarterback states: offences carry whoever plays"),
    ("play-calling", "Not in the decision: a candidate that moves totals by tempo and pass rate over expectation",
     "As decided"),
    ("drives", "Scores are drawn drive by drive", "Past final scores, weighted to the forecast's spread and means"),
    ("shocks", "Bye, short week, sure starter and the last line's move; reports rule starters out",
     "The line and the ratings' gaps alone"),
    ("tilting", "Draws are reweighted to the means and to the season's shape", "Draws are shifted to the means"),
    ("shrinkage", "Strengths are pulled to average by priors and over summers", "This season's games speak alone"),
    ("all modules", "The model as decided on",
     "Rounded normal margins and totals about unshrunken team ratings and the line"),
)  # fmt: skip
_MEASURES: Final = {"clv_points": "closing line value", "brier": "Brier score", "log_loss": "log loss"}


def looks(table: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that verdicts rest on, each with its verdict and the module's name in words."""
    primary = [pair in PRIMARY for pair in zip(table["measure"], table["scope"], strict=True)]
    keys = [c for c in ("span", "module", "against") if c in table]
    joined = table[primary].merge(verdicts, on=keys, how="left")
    return joined.assign(name=joined["module"].map(NAMES))


def findings(result: Rents) -> list[str]:
    """Return which modules pay, what the whole adds to the baseline, and what could not have been seen."""
    if not result.weeks:
        return ["No week of the season is over yet: there is nothing to compare."]
    rows = looks(result.table, result.verdicts)
    own = rows[rows["span"] == SPANS[0]]
    return [told for told in (_verdict_words(own), _largest(own), _whole(own), _power(own, result)) if told]


def _verdict_words(rows: pd.DataFrame) -> str:
    one = rows[rows["against"] == FULL].drop_duplicates("module")
    parts = [
        f"{listing(sorted(part['name']), most=6)} {_agrees(str(verdict), len(part))}"
        for verdict, part in one.groupby("verdict", sort=True)
    ]
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}, each held against the full model without it on the same games."


def _agrees(verdict: str, n: int) -> str:
    words = {"pays": ("pays", "pay"), "does not pay": ("does not pay", "do not pay")}
    one, more = words.get(verdict, ("is unclear", "are unclear"))
    # Play-calling and shrinkage are singular, drives and quarterbacks are not: a list takes the plural.
    return one if n == 1 else more


def _largest(rows: pd.DataFrame) -> str:
    clv = rows[(rows["against"] == FULL) & (rows["measure"] == "clv_points")].dropna(subset=["difference"])
    if clv.empty:
        return ""
    best: dict[Any, Any] = clv.sort_values("difference").iloc[-1].to_dict()
    size = estimate(best["difference"], best["low"], best["high"], unit="points", digits=2, signed=True)
    return (
        f"The largest change in closing line value of the week's ten largest edges comes with {best['name']}: {size}, "
        f"{against_zero(best['low'], best['high'])}."
    )


def _whole(rows: pd.DataFrame) -> str:
    whole = rows[(rows["module"] == ALL_MODULES) & (rows["against"] == BASELINE)].set_index("measure")
    if "brier" not in whole.index:
        return ""
    by: dict[str, dict[str, Any]] = whole.to_dict("index")  # type: ignore[assignment]
    score, clv = by["brier"], by["clv_points"]
    size = estimate(1000 * score["difference"], 1000 * score["low"], 1000 * score["high"], digits=1, signed=True)
    points = estimate(clv["difference"], clv["low"], clv["high"], unit="points", digits=2, signed=True)
    return (
        f"Beside rounded normals about unshrunken ratings and the same line, the whole model gains {size} thousandths "
        f"of Brier score on {count(int(score['n']), 'forecast')} and {points} of closing line value."
    )


def _power(rows: pd.DataFrame, result: Rents) -> str:
    own = rows[rows["against"] == FULL].groupby("measure")["detectable"].median()
    if own.isna().all() or "brier" not in own:
        return ""
    return (
        f"In {count(len(result.weeks), 'week')} a module would have had to add about {number(own['clv_points'])} "
        f"points of closing line value or {number(1000 * own['brier'], digits=1)} thousandths of Brier score to be "
        "found four times in five: unclear means not seen, not absent."
    )


def numbers(result: Rents) -> list[KeyNumber]:
    """Return the strip: what each module adds to the season's closing line value."""
    rows = looks(result.table, result.verdicts) if len(result.table) else pd.DataFrame(columns=["module"])
    strip = []
    for module, label in NAMES.items():
        if module == ALL_MODULES:
            continue
        found = rows[rows["module"] == module]
        if len(found):
            found = found[(found["span"] == SPANS[0]) & (found["measure"] == "clv_points") & (found["against"] == FULL)]
        value, low, high = (None,) * 3 if found.empty else found.iloc[0][["difference", "low", "high"]]
        name = f"CLV by {label}"
        strip.append(KeyNumber(name, value, low, high, unit="points", digits=2, signed=True))
    return strip


def rent_figure(result: Rents, span: str = SPANS[0]) -> Finding:
    """Draw what each module adds over a span."""
    rows = looks(result.table, result.verdicts) if len(result.table) else result.table
    own = rows[rows["span"] == span] if len(rows) else rows
    paying = set(own[own["verdict"].eq("pays") & own["against"].eq(FULL)]["name"]) if len(own) else set()
    sure = f"{count(len(paying), 'module')} of six surely {'pays' if len(paying) == 1 else 'pay'}"
    title = f"{sure if paying else 'None of six modules surely pays'}, {_span_words(span)}"
    subtitle = f"with the module less without it, right is better, 95 % intervals, {_population(result, span)}"
    return figures.rents(own, title=title, subtitle=subtitle)


def _span_words(span: str) -> str:
    return "season to date" if span == SPANS[0] else span


def _population(result: Rents, span: str) -> str:
    if not result.weeks:
        return as_of_words(result.as_of)
    weeks = result.weeks if span == SPANS[0] else result.weeks[-4:]
    return f"weeks {weeks[0].week} to {weeks[-1].week} of {weeks[0].season}, {as_of_words(result.as_of)}"


def module_table() -> pd.DataFrame:
    """Return what each module is in this decision, and what stands in its place."""
    return pd.DataFrame(MODULE_WORDS, columns=["module", "in the decision", "without it"])


def verdict_table(result: Rents, span: str) -> pd.DataFrame:
    """Return one row a module: verdict, why, and the difference of each measure."""
    rows = looks(result.table, result.verdicts) if len(result.table) else result.table
    return verdict_rows(rows[rows["span"] == span] if len(rows) else rows)


def verdict_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a module and base, differences of scores in thousandths."""
    out = []
    for (name, against), part in rows.groupby(["name", "against"], sort=False) if len(rows) else ():
        by: dict[str, dict[str, Any]] = part.set_index("measure").to_dict("index")  # type: ignore[assignment]
        told: dict[str, str] = {"module": f"{name}{_beside(str(against))}", "verdict": part["verdict"].iloc[0]}
        for measure, column in _MEASURES.items():
            factor = 1.0 if measure == "clv_points" else 1000.0
            digits, row = (2 if measure == "clv_points" else 1), by[measure]
            ends = (factor * row["low"], factor * row["high"])
            middle = number(factor * row["difference"], digits=digits, signed=True)
            told[column] = f"{middle} ({interval(*ends, digits=digits)})"
        told["because"] = part["because"].iloc[0]
        out.append(told)
    return pd.DataFrame(out, columns=["module", "verdict", *_MEASURES.values(), "because"])


def _beside(against: str) -> str:
    return "" if against == FULL else ", over the baseline"


def detail_table(result: Rents) -> pd.DataFrame:
    """Return every comparison with its interval, p-value, sample and what could have been seen."""
    return detail_rows(result.table)


def detail_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rent table for a page: scores' differences in thousandths."""
    factor = table["measure"].map({"clv_points": 1.0}).fillna(1000.0)
    shown = table.assign(
        module=table["module"].map(NAMES),
        measure=table["measure"].map(_MEASURES),
        **{c: table[c] * factor for c in ("difference", "low", "high", "detectable")},
    )
    lead = ["span"] if "span" in table else []
    columns = [*lead, "module", "against", "measure", "scope", "with_it", "without_it", "difference", "low", "high",
               "p", "p_holm", "detectable", "n", "n_weeks", "blocks"]  # fmt: skip
    return shown[columns]


class Drawn(Protocol):
    """Whatever says how often a game was drawn."""

    @property
    def n_draws(self) -> int:
        """Draws a game and variant."""
        ...


def rule(result: Drawn) -> str:
    """Return the rule a verdict follows, in words."""
    least = f"{LEAST_RENT['clv_points']:g} points, {1000 * LEAST_RENT['brier']:g} and {1000 * LEAST_RENT['log_loss']:g}"
    return (
        "Pays: at least one of three looks (closing line value of the ten largest edges a week, Brier score, log loss) "
        "is better with the module after Holm's correction for all modules and looks, and none is wholly worse. Does "
        "not pay: one is worse after correction and none better; or all three intervals end below the least worth "
        f"having ({least} thousandths); or the module changes nothing. Unclear: all else. Weeks are resampled whole; "
        f"with fewer than six, games are. Each variant is drawn {result.n_draws:,} times a game."
    )


def status(result: Rents) -> str:
    """Return the page's status word."""
    return "graded" if result.weeks else "waiting"
