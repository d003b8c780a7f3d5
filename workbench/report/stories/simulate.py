"""What the simulation page says."""

import numpy as np
import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import simulate as figures
from workbench.report.figures.parts import waiting
from workbench.report.figures.validation import margins_against_real, pit_histogram
from workbench.report.page import KeyNumber
from workbench.report.sentences import count, handicap, percent
from workbench.report.stories import slip_risk
from workbench.report.stories.frame import as_of_words
from workbench.stages.simulate import Simulated


def findings(result: Simulated) -> list[str]:
    """Return what is bet and why, where model and market part, and what is assumed."""
    said = [_bets(result), slip_risk.sentence(result), _widest(result), _shape(result), _record(result)]
    return [s for s in [*said, _assumed(result), _warmup(result)] if s]


def _bets(result: Simulated) -> str:
    bets, games = result.slip.bets, result.slip.forecasts
    if result.slip.prices.empty:
        return f"Nothing is bet: none of {count(len(games), 'game')} has a usable quote."
    if bets.empty:
        return f"Nothing is bet: no price of {count(len(games), 'game')} is far enough from fair."
    return (
        f"{count(len(bets), 'bet')} on {count(bets['game_id'].nunique(), 'game')} of {len(games)} "
        f"{'stakes' if len(bets) == 1 else 'stake'} {percent(bets['stake_share'].sum(), digits=1)} of the bankroll; "
        f"the model expects {percent(_expected(bets), digits=1)} of it back as profit, which the market doubts."
    )


def _expected(bets: pd.DataFrame) -> float:
    return float((bets["edge_ev"] * bets["stake_units"]).sum() / bets["stake_units"].sum())


def _widest(result: Simulated) -> str:
    spreads = _spreads(result)
    if spreads.empty:
        return "No game has a usable spread: nothing can be held against the market."
    widest = spreads.iloc[int((spreads["fair_line"] - spreads["line"]).abs().to_numpy().argmax())]
    teams = {"home": str(widest["home_team"]), "away": str(widest["away_team"])}
    return (
        f"Model and market are furthest apart on {widest['away_team']} at {widest['home_team']}: "
        f"{handicap(float(widest['fair_line']), **teams)} against {handicap(float(widest['line']), **teams)}."
    )


def _record(result: Simulated) -> str:
    if result.recorded.of_record:
        return "This slip is the week's slip of record."
    return (
        "This slip is advisory: an earlier run's stays the slip of record "
        f"(run {result.recorded.record_run_key[:12]}), and its bets are neither changed nor cancelled."
    )


def _assumed(result: Simulated) -> str:
    prices = result.slip.prices
    assumed = float(prices["price_assumed"].mean()) if len(prices) else 0.0
    left = result.slip.excluded
    words = []
    if assumed > 0:
        words.append(f"{percent(assumed)} of prices are assumed at −110")
    if len(left):
        words.append(f"{count(len(left), 'market or game', plural='markets or games')} could not be bet")
    return f"{'; '.join(words)}: see below." if words else ""


def _shape(result: Simulated) -> str:
    return result.drift.sentence if result.drift else ""


def _warmup(result: Simulated) -> str:
    weeks = result.warmup.replayed
    if not weeks:
        return ""
    were = "was" if len(weeks) == 1 else "were"
    return f"{count(len(weeks), 'earlier week')} had no slip and {were} replayed in shadow."


def numbers(result: Simulated) -> list[KeyNumber]:
    """Return the strip."""
    bets = result.slip.bets
    fair = _spreads(result)
    gap = float((fair["fair_line"] - fair["line"]).abs().mean()) if len(fair) else None
    return [
        KeyNumber("Games simulated", result.draws.home.shape[0], digits=0),
        KeyNumber("Bets", len(bets), digits=0),
        KeyNumber("Staked", float(bets["stake_share"].sum()) if len(bets) else 0.0, unit="%", digits=1),
        KeyNumber("Expected return on stakes", _expected(bets) if len(bets) else None, unit="%", digits=1),
        KeyNumber("Mean gap to the market", gap, unit="points", digits=1),
        KeyNumber("Margin sd of a game", _spread(result), unit="points", digits=1),
    ]


def _spread(result: Simulated) -> float | None:
    if result.draws.home.shape[0] == 0:
        return None
    margin, weights = _margins(result), result.draws.weights
    mean = (weights * margin).sum(axis=1)
    variance = (weights * (margin - mean[:, None]) ** 2).sum(axis=1)
    return float(np.sqrt(variance.mean()))


def _margins(result: Simulated) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    margins: np.ndarray[tuple[int, int], np.dtype[np.float64]] = result.draws.home.astype(np.float64)
    return margins - result.draws.away


def _spreads(result: Simulated) -> pd.DataFrame:
    prices = result.slip.prices
    return prices[(prices["market"] == "spread") & (prices["side"] == "home")]


def _slate(result: Simulated) -> pd.DataFrame:
    """Return the drawn games in the order of the draws, with the market's line at the decision where there is one."""
    order = pd.DataFrame({"game_id": result.draws.game_ids.astype(object)})
    lines = _spreads(result)[["game_id", "line"]].rename(columns={"line": "home_line"})
    named = order.merge(result.slip.forecasts, on="game_id", how="left")
    return named.merge(lines, on="game_id", how="left")


def slate_figure(result: Simulated) -> Finding:
    """Draw every game of the week."""
    return figures.slate(
        _margins(result),
        games=_slate(result),
        weights=result.draws.weights,
        subtitle=f"{result.draws.home.shape[1]:,} draws a game, {as_of_words(result.as_of)}",
    )


def game_figure(result: Simulated) -> Finding:
    """Draw the game on which model and market differ most."""
    slate = _slate(result)
    gaps = np.abs(result.draws.fair_margin - slate["home_line"].to_numpy(dtype=np.float64))
    most = int(np.nanargmax(gaps)) if np.isfinite(gaps).any() else 0
    game = slate.iloc[most]
    line = float(game["home_line"])
    return figures.margin_distribution(
        _margins(result)[most],
        home=str(game["home_team"]),
        away=str(game["away_team"]),
        weights=result.draws.weights[most],
        fair_line=float(result.draws.fair_margin[most]),
        market_open=line if np.isfinite(line) else None,
        subtitle=f"{result.draws.home.shape[1]:,} draws, {as_of_words(result.as_of)}",
    )


def edges_figure(result: Simulated) -> Finding:
    """Draw fair lines against the market's."""
    spreads = _spreads(result)
    bet = set(result.slip.bets.loc[result.slip.bets["market"] == "spread", "game_id"])
    shown = pd.DataFrame(
        {
            "label": spreads["away_team"] + " at " + spreads["home_team"],
            "fair_line": spreads["fair_line"],
            "fair_low": np.nan,
            "fair_high": np.nan,
            "market_line": spreads["line"],
            "bet": spreads["game_id"].isin(bet),
        }
    )
    return figures.edges(shown, subtitle=f"home line, points; {as_of_words(result.as_of)}")


def check_figure(result: Simulated) -> Finding:
    """Draw how often this season's games ended by each number of points, beside the draws and a normal curve."""
    if result.check.scores is None:
        return waiting(
            "No game of the season is over yet",
            subtitle=as_of_words(result.as_of),
            reason="Nothing to hold the draws against.",
        )
    games = result.check.games
    return margins_against_real(
        result.check.scores.margin,
        (games["home_score"] - games["away_score"]).to_numpy(dtype=np.float64),
        weights=result.check.weights,
        subtitle=f"{len(games)} games of the season so far, draws tilted to the last line, {as_of_words(result.as_of)}",
    )


def pit_figure(result: Simulated) -> Finding:
    """Draw the randomized PIT of the season's margins."""
    pit = np.empty(0) if result.validation is None else result.validation.pit["margin"].to_numpy(dtype=np.float64)
    return pit_histogram(pit, subtitle=f"{len(pit)} games of the season so far, {as_of_words(result.as_of)}")


def check_table(result: Simulated) -> pd.DataFrame:
    """Return spread, key numbers and tails: drawn, real with its interval, and under a normal curve."""
    columns = ["measure", "unit", "simulated", "real", "low", "high", "gaussian", "inside"]
    return pd.DataFrame(columns=columns) if result.validation is None else result.validation.measures[columns]


def score_table(result: Simulated) -> pd.DataFrame:
    """Return log score and CRPS of the draws against the normal curve, paired, with intervals."""
    columns = ["market", "score", "simulated", "gaussian", "difference", "low", "high"]
    return pd.DataFrame(columns=columns) if result.validation is None else result.validation.scores[columns]


def bet_table(result: Simulated) -> pd.DataFrame:
    """Return the bets with their reasons in words."""
    bets = result.slip.bets
    shown = bets[["game_id", "market", "reason", "edge_ev", "confidence", "stake_share", "status"]]
    shares = {name: 100 * bets[name] for name in ("edge_ev", "confidence", "stake_share")}
    return shown.assign(**shares, needs_approval=np.where(bets["needs_approval"], "by name", ""))


def price_table(result: Simulated) -> pd.DataFrame:
    """Return fair prices beside the market's for every game, market and side, with push probabilities."""
    prices = result.slip.prices
    shown = prices[["game_id", "market", "side", "line", "price", "fair_line", "fair_price", "win", "push", "edge_ev"]]
    return shown.assign(win=100 * prices["win"], push=100 * prices["push"], edge_ev=100 * prices["edge_ev"])


def game_table(result: Simulated) -> pd.DataFrame:
    """Return one row a game: fair margin and total, win and tie probability, correlation of margin and total."""
    home, away = result.draws.home.astype(np.float64), result.draws.away.astype(np.float64)
    weights = result.draws.weights
    table = result.slip.forecasts.set_index("game_id").loc[[str(g) for g in result.draws.game_ids]].reset_index()
    return table[["game_id", "fair_margin", "fair_total"]].assign(
        home_win=100 * table["home_win"],
        tie=100 * table["tie"],
        margin_sd=_weighted_sd(home - away, weights),
        total_sd=_weighted_sd(home + away, weights),
        correlation=_weighted_correlation(home - away, home + away, weights=weights),
        effective_draws=table["effective_draws"],
    )


def _weighted_sd(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    mean = (weights * values).sum(axis=1, keepdims=True)
    sd: np.ndarray = np.sqrt((weights * (values - mean) ** 2).sum(axis=1))
    return sd


def _weighted_correlation(first: np.ndarray, second: np.ndarray, *, weights: np.ndarray) -> np.ndarray:
    a = first - (weights * first).sum(axis=1, keepdims=True)
    b = second - (weights * second).sum(axis=1, keepdims=True)
    scale = _weighted_sd(first, weights) * _weighted_sd(second, weights)
    correlation: np.ndarray = (weights * a * b).sum(axis=1) / scale
    return correlation


def status(result: Simulated) -> str:
    """Return the page's status word: what the slip's bets are."""
    bets = result.slip.bets["status"]
    return "proposed" if (bets == "proposed").any() else "shadow"
