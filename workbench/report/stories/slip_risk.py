"""What the simulation page says of the slip's risk."""

import pandas as pd

from workbench.decision.slip_risk import RUIN_SEASONS, SEASON_WEEKS, SlipRisk
from workbench.report.drawing import Finding
from workbench.report.figures.slip_risk import week_profit
from workbench.report.sentences import number, percent
from workbench.report.stories.frame import as_of_words
from workbench.stages.simulate import Simulated

#: Normal quantile of a two-sided 95 % interval.
_Z95 = 1.96


def sentence(result: Simulated) -> str:
    """Return what one bad week and a season of such weeks would cost; empty without bets."""
    if result.risk is None:
        return ""
    model, market = result.risk.model, result.risk.market
    worst = percent(-model.value_at_risk, digits=1, signed=True)
    risk = f"One week like this in {number(1 / (1 - model.level), digits=0)} ends at {worst} of the bankroll or worse"
    season = f"a season of such weeks falls {percent(model.season.drawdown)} from its peak on average"
    doubt = "" if market is None else f", {percent(market.season.drawdown)} if the market is right and the model is not"
    return f"{risk}; {season}{doubt}."


def figure(result: Simulated) -> Finding:
    """Draw the law of the week's profit."""
    bets = result.slip.bets
    games = f"{len(bets)} bets on {bets['game_id'].nunique()} games" if len(bets) else "no bets"
    return week_profit(
        result.risk, subtitle=f"{games}; games independent, one game's bets on its draws; {as_of_words(result.as_of)}"
    )


def table(result: Simulated) -> pd.DataFrame:
    """Return the risks, a row each, if the model is right and if the market is; what is simulated with its error."""
    columns = ["what", "model_right", "market_right"]
    if result.risk is None:
        return pd.DataFrame(columns=columns)
    seen = [_column(risk) for risk in (result.risk.model, result.risk.market)]
    return pd.DataFrame([[what, *(column.get(what, "–") for column in seen)] for what in seen[0]], columns=columns)


def _column(risk: SlipRisk | None) -> dict[str, str]:
    if risk is None:
        return {}
    week, season, seasons = risk.profits, risk.season, risk.seasons
    worst = percent(1 - risk.level)
    return {
        "Expected profit": percent(week.mean, digits=2, signed=True),
        "Expected growth": percent(week.growth, digits=2, signed=True),
        "Weeks that lose": percent(week.chance_of_loss, digits=1),
        f"Value at risk, {percent(risk.level)}": percent(risk.value_at_risk, digits=1),
        f"Shortfall, worst {worst}": percent(risk.expected_shortfall, digits=1),
        f"Mean fall in {SEASON_WEEKS} weeks": _simulated(season.drawdown, season.drawdown_error),
        "Fall of 1 season in 20": percent(season.drawdown_high, digits=1),
        f"Down to {percent(seasons.ruin_share)}, {RUIN_SEASONS} seasons": _simulated(seasons.ruin, seasons.ruin_error),
    }


def _simulated(value: float, error: float) -> str:
    return f"{number(100 * value, digits=1)} ± {percent(_Z95 * error, digits=1)}"
