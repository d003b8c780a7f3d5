"""What the page of forecast skill says."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.features.evaluation import win_outcome
from workbench.report.drawing import Finding
from workbench.report.figures import grade
from workbench.report.figures import studies as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, number
from workbench.report.stories.studies import key_number, said, verdict
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.forecast_skill import ForecastSkill, Gain
from workbench.stages.studies.forecast_skill_claims import HALF, forecaster_name

_STRIP = (
    ("Informed gain on the opener", "informed_over_opener", True),
    ("Share of the gap to the close", "share_of_gap", False),
    ("Rating gain on 538 Elo", "rating_over_elo", True),
    ("Rating gain on nfelo", "rating_over_nfelo", True),
    ("Informed Brier", "brier_informed_all", False),
    ("Wednesday Brier", "wednesday_brier_informed", False),
)
_LABELS = {
    "rating_over_elo": "rating over 538 Elo",
    "rating_over_nfelo": "rating over nfelo (its own curve)",
    "rating_over_nfelo_fixed": "rating over nfelo (fixed curve)",
    "informed_over_opener": "informed over opener (best curve)",
    "informed_over_fixed": "informed over opener (fixed curve)",
    "close_over_opener": "close over opener",
    "informed_over_close": "informed over close",
}


def findings(result: ForecastSkill, claims: Sequence[Claim]) -> list[str]:
    """Return who forecasts better than whom, what was not reached, and what is missing."""
    peers = (_gain(result, name) for name in ("rating_over_elo", "rating_over_nfelo"))
    market = (_gain(result, "informed_over_opener"), _share(result))
    return [s for s in (*market, *peers, _wednesday(result), verdict(claims), *result.notes) if s]


def _named(result: ForecastSkill, name: str) -> Gain | None:
    return next((gain for gain in result.gains if gain.name == name), None)


def _gain(result: ForecastSkill, name: str) -> str:
    gain = _named(result, name)
    if gain is None:
        return ""
    return (
        f"The {gain.what.replace(' over ', ' against ')}: Brier {number(gain.by, digits=4)} against "
        f"{number(gain.over, digits=4)} on the same {count(gain.games, 'game')} of {span(gain.first, gain.last)}, "
        f"a gain of {estimate(gain.value, gain.low, gain.high, signed=True)}, {against_zero(gain.low, gain.high)}."
    )


def _share(result: ForecastSkill) -> str:
    if result.share is None:
        return "There are no lines: nothing can be said of the market."
    share = result.share
    verdict = "at least" if share.value >= HALF else "less than"
    return (
        f"Informed by the opener, it goes {estimate(share.value, share.low, share.high, unit='%')} of the way "
        f"from the opener's Brier score to the close's: {verdict} half."
    )


def _wednesday(result: ForecastSkill) -> str:
    late = result.wednesday
    if late is None or late.gain is None:
        return ""
    return (
        f"On {count(late.gain.games, 'game')} of {late.season} with a fresh line on Wednesday, the informed forecast "
        f"scores {number(late.gain.by, digits=4)} against the line's {number(late.gain.over, digits=4)}; one season "
        f"settles little: the gain is {estimate(late.gain.value, late.gain.low, late.gain.high, signed=True)}."
    )


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def skill_table(result: ForecastSkill) -> pd.DataFrame:
    """Return one row a forecaster and set of identical games, with intervals."""
    table = result.skill
    games = ["all games" if p == "all" else f"games of {forecaster_name(p)}" for p in table["population"]]
    return pd.DataFrame(
        {
            "games of": [
                f"{where}, {span(a, b)}" for where, a, b in zip(games, table["first"], table["last"], strict=True)
            ],
            "forecaster": [forecaster_name(name) for name in table["forecaster"]],
            "n": table["games"],
            "brier": table["brier"],
            "low": table["brier_low"],
            "high": table["brier_high"],
            "log_loss": table["log_loss"],
            "straight_up": 100 * table["straight_up"],
        }
    )


def season_figure(result: ForecastSkill) -> Finding:
    """Draw the informed forecast's gain on the opener, season by season."""
    rows = result.by_season.assign(name=result.by_season["season"].astype(str))
    title = figures.season_title(rows, who="the informed forecast", over="the opener")
    subtitle = "paired Brier gain on identical games, 95 % intervals clustered by week"
    return figures.gains(rows, subtitle=subtitle, label="Brier gain (right: better than the opener)", title=title)


def comparison_figure(result: ForecastSkill) -> Finding:
    """Draw every paired comparison."""
    rows = pd.DataFrame([{"name": _LABELS.get(g.name, g.name), "value": g.value, "low": g.low, "high": g.high}
                         for g in result.gains], columns=["name", "value", "low", "high"])  # fmt: skip
    better = int((rows["low"] > 0).sum())
    title = f"{better} of {count(len(rows), 'comparison')} {'has its' if better == 1 else 'have their'} gain above zero"
    subtitle = "paired Brier gains, each on the games both forecast, 95 % intervals clustered by week"
    return figures.gains(rows, subtitle=subtitle, label="Brier gain of the first over the second", title=title)


def reliability_figure(result: ForecastSkill) -> Finding:
    """Draw what was forecast against what happened, for the informed forecast or, without lines, the rating's."""
    walk = result.walk
    name = "informed" if walk["informed_win"].notna().any() else "rating"
    games = walk[walk[f"{name}_win"].notna()]
    return grade.reliability(
        games[f"{name}_win"],
        win_outcome(games["outcome"].to_numpy(dtype=np.float64)),
        subtitle=f"{forecaster_name(name)}, {count(len(games), 'game')}, walked forward",
    )


def wednesday_words(result: ForecastSkill, claims: Sequence[Claim]) -> list[str]:
    """Return Wednesday's forecasters, one line each."""
    late = [claim for claim in claims if claim.name.startswith("wednesday")]
    return [f"{claim.what}: {said(claim)}." for claim in late] if result.wednesday else []
