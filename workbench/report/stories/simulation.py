"""What the page of simulated games says."""

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import validation as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent, quantity
from workbench.report.stories.studies import key_number, said, verdict
from workbench.stages.studies.claims import Claim, span
from workbench.stages.studies.simulation import Population, Simulation

Which = Literal["tilted", "untilted"]
_STRIP = (
    ("Margin sd, simulated / real", "tilted_margin_sd_ratio", False),
    ("Mass on 3 against real", "tilted_mass_3", True),
    ("Mass on 7 against real", "tilted_mass_7", True),
    ("p of the margin's PIT", "tilted_pit_margin", False),
    ("p of the total's PIT", "tilted_pit_total", False),
    ("Log score over a normal curve", "tilted_log_score_margin", True),
)


def findings(result: Simulation, claims: Sequence[Claim]) -> list[str]:
    """Return whether the draws look like games, where they do not, and what they rest on."""
    known = {claim.name: claim for claim in claims}
    shown = [_keys(result.tilted), _spread(known), _calibration(result), _outside(result.tilted), _baseline(known)]
    shown.append(_alone(known))
    aimed = any(claim.reached is not None for claim in claims)
    return [verdict(claims), *shown] if aimed else [*shown, verdict(claims)]


def _row(drawn: Population, measure: str) -> "dict[str, float]":
    table = drawn.table.measures
    return {str(name): value for name, value in table[table["measure"] == measure].iloc[0].items()}


def _keys(drawn: Population) -> str:
    three, seven = (_row(drawn, f"|margin| = {k}") for k in (3, 7))
    return (
        f"Of {count(drawn.table.n_games, 'real game')} {percent(three['real'], digits=1)} were decided by exactly 3 "
        f"and {percent(seven['real'], digits=1)} by 7; the draws say {percent(three['simulated'], digits=1)} and "
        f"{percent(seven['simulated'], digits=1)}, a rounded normal curve {percent(three['gaussian'], digits=1)} and "
        f"{percent(seven['gaussian'], digits=1)}."
    )


def _spread(known: "dict[str, Claim]") -> str:
    margin, total = known["tilted_margin_sd_ratio"], known["tilted_total_sd_ratio"]
    return f"The draws' spread over the real one is {said(margin)} for margins and {said(total)} for totals."


def _calibration(result: Simulation) -> str:
    words = [
        f"{number(row['p_value'], digits=3)} for {row['market']}s (in {percent(row['rejected'])} below 1 %)"
        for row in result.tilted.uniform.to_dict("records")
    ]
    return (
        "Where results fell in their draws is tested against uniform, over many randomizations: the median p is "
        f"{' and '.join(words)}."
    )


def _outside(drawn: Population) -> str:
    """Return what lies outside its real interval: a miss that no target asks about is a miss."""
    rows = drawn.table.measures[~drawn.table.measures["inside"].astype(bool)].to_dict("records")
    if not rows:
        return "No measure of the draws lies outside the 95 % interval of the real one."
    return f"Outside the 95 % interval of the real value: {listing([_missed(row) for row in rows])}."


def _missed(row: "dict[Hashable, Any]") -> str:
    unit = "%" if row["unit"] == "share" else str(row["unit"])
    drawn, real = (quantity(row[name], unit=unit, digits=1 if unit else 2) for name in ("simulated", "real"))
    return f"{row['measure']} ({drawn} drawn, {real} real)"


def _baseline(known: "dict[str, Claim]") -> str:
    margin, total = (known[f"tilted_log_score_{market}"] for market in ("margin", "total"))
    return (
        f"Against the normal curve the log score gains {estimate(margin.value, margin.low, margin.high, signed=True)} "
        f"a game on margins, {against_zero(margin.low, margin.high)}, and "
        f"{estimate(total.value, total.low, total.high, signed=True)} on totals, {against_zero(total.low, total.high)}."
    )


def _alone(known: "dict[str, Claim]") -> str:
    margin = known["untilted_margin_sd_ratio"]
    return f"Without the market the margins' spread over the real one is {said(margin)}."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def _population(result: Simulation, which: Which) -> Population:
    return result.tilted if which == "tilted" else result.untilted


def margins_figure(result: Simulation) -> Finding:
    """Draw how often games end by each number of points, real, simulated and normal."""
    games = result.games
    return figures.margins_against_real(
        result.tilted.scores.margin,
        (games["home_score"] - games["away_score"]).to_numpy(dtype=np.float64),
        weights=result.tilted.weights,
        subtitle=f"draws tilted to the close, {_population_words(result)}",
    )


def pit_figure(result: Simulation, market: Literal["margin", "total"]) -> Finding:
    """Draw one randomized transform of the results in their draws."""
    subtitle = f"the randomization of median p, draws tilted to the close, {_population_words(result)}"
    return figures.pit_histogram(result.tilted.pit[market], what=market, subtitle=subtitle)


def _population_words(result: Simulation) -> str:
    seasons = span(int(result.games["season"].min()), int(result.games["season"].max()))
    return f"{count(len(result.games), 'game')} of {seasons}, each season's model fitted on earlier drives"


def measure_table(result: Simulation, which: Which) -> pd.DataFrame:
    """Return simulated beside real with its interval and the normal curve, shares in percent."""
    table = _population(result, which).table.measures
    scale = np.where(table["unit"] == "share", 100.0, 1.0)
    shown = table.assign(**{name: table[name] * scale for name in ("simulated", "real", "low", "high", "gaussian")})
    return shown.assign(unit=np.where(table["unit"] == "share", "%", table["unit"]))


def score_table(result: Simulation) -> pd.DataFrame:
    """Return log score and CRPS beside the normal curve's, both ways of centring."""
    parts = (("tilted to the close", result.tilted.table.scores), ("without the market", result.untilted.table.scores))
    return pd.concat([scores.assign(draws=word) for word, scores in parts], ignore_index=True)[
        ["draws", "market", "score", "simulated", "gaussian", "difference", "low", "high"]
    ]
