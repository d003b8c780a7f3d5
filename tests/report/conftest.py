"""Invented inputs for every figure: full, one row, and empty."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from workbench.decision.slip_risk import SlipRisk, WeekRisk
from workbench.report.drawing import Finding
from workbench.report.figures import dashboard, grade, ingest, picks, profiles, simulate, slip_risk, validation
from workbench.risk.ruin import expected_shortfall, pooled_profits, repeated_weeks, summed_profits, value_at_risk

TEAMS = ["KC", "BUF", "DET", "BAL", "PHI", "SF", "GB", "HOU", "MIN", "LAC", "PIT", "ATL", "WAS", "DEN", "TB", "CIN"]
SUBTITLE = "Invented games, weeks 1 to 9 of 2024, as of Wed 6 Nov 2024, 12:00 ET"


def _rows(n: int) -> dict[str, pd.DataFrame]:
    """Return one invented frame a figure, with at most n rows."""
    rng = np.random.default_rng(7)
    teams = TEAMS[:n]
    k = len(teams)
    weeks = np.arange(1, 10)[:n]
    rating = np.sort(rng.normal(0, 4.5, k))[::-1]
    clv = rng.normal(0.35, 1.1, 40)[:n].round(0) / 2
    profile = pd.DataFrame({"team": teams, "metric": "epa", "unit": "points a play", "raw": rng.normal(0.03, 0.12, k)})
    profile["n"] = rng.integers(250, 420, k)
    profile["weight"] = rng.uniform(0.45, 0.7, k)
    profile["prior_mean"] = rng.normal(0.02, 0.01, k)
    profile["shrunk"] = profile["weight"] * profile["raw"] + (1 - profile["weight"]) * profile["prior_mean"]
    profile["standard_error"] = 0.03
    counts = pd.DataFrame({"table": ["games", "plays", "quotes", "injuries", "rosters", "snaps"][:n]})
    counts["rows"] = [6991, 245_322, 31_884, 24_100, 188_240, 90_112][:n]
    counts["previous"] = [6991, 242_900, 30_720, 24_350, 186_000, np.nan][:n]
    shares = pd.DataFrame({"feature": ["EPA", "pressure flag", "shotgun", "wind", "opening price"][:n]})
    shares["share"] = [1.0, 0.0, 0.997, 0.61, 0.88][:n]
    rules = [("quotes", "half-point grid")] * 19 + [("games", "duplicate key")] * 4 + [("results", "score changed")] * 2
    splits = pd.DataFrame({"name": [f"Q. {t.title()}" for t in teams], "calm": rng.normal(0.2, 0.08, k)})
    splits["hot"] = splits["calm"] - np.abs(rng.normal(0.35, 0.12, k))
    for side, half in (("calm", 0.11), ("hot", 0.24)):
        splits[f"{side}_low"], splits[f"{side}_high"] = splits[side] - half, splits[side] + half
    splits["n"] = rng.integers(180, 340, k)
    ratings = pd.DataFrame({"team": teams, "rating": rating, "standard_error": 1.6})
    ratings["previous"] = rating + rng.normal(0, 0.8, k)
    plane = pd.DataFrame({"team": teams, "offence": rng.normal(0, 3, k), "defence": rng.normal(0, 2, k)})
    plane["offence_error"], plane["defence_error"] = 0.9, 0.8
    calls = pd.DataFrame({"team": teams, "value": rng.normal(0, 0.04, k), "standard_error": 0.018, "n": 310})
    prices = pd.DataFrame({"label": [f"{a} at {h}" for a, h in zip(teams, TEAMS[::-1], strict=False)]})
    prices["market_line"] = (rng.normal(2, 5, k) * 2).round() / 2
    prices["fair_line"] = prices["market_line"] + rng.normal(0, 1.6, k)
    prices["fair_low"], prices["fair_high"] = prices["fair_line"] - 1.9, prices["fair_line"] + 1.9
    prices["bet"] = (prices["fair_line"] - prices["market_line"]).abs() > 2
    bets = pd.DataFrame({"label": [f"{t} +3.5 at −110" for t in teams[:5]]})
    bets["wanted"] = [0.041, 0.027, 0.018, 0.012, 0.007][:n]
    bets["stake_share"] = bets["wanted"].clip(upper=0.025)
    bets["status"] = "shadow"
    grades = pd.DataFrame({"clv_points": clv, "week": np.repeat(np.arange(1, 11), 4)[:n]})
    grades["clv_verdict"] = np.select([clv > 0, clv < 0], ["better", "worse"], "same")
    grades["headline"] = np.arange(len(clv)) % 7 != 6
    brier = pd.DataFrame({"week": weeks, "model": rng.normal(0.213, 0.02, len(weeks)), "n": 16})
    brier["standard_error"] = 0.006
    brier["market"] = brier["model"] + rng.normal(-0.002, 0.006, len(weeks))
    bank = pd.DataFrame({"week": weeks, "stake_units": rng.uniform(20, 120, len(weeks))})
    bank["profit_units"] = bank["stake_units"] * rng.normal(0.02, 0.35, len(weeks))
    bank["bankroll"] = 1000 + bank["profit_units"].cumsum()
    spread = 1.96 * np.sqrt((bank["stake_units"] ** 2 * 0.12).cumsum())
    bank["low"], bank["high"] = 1000 - spread, 1000 + spread
    games = pd.DataFrame({"week": np.repeat(np.arange(1, 10), 16)[: 16 * n], "market": rng.beta(2, 6, 144)[: 16 * n]})
    games["model"] = games["market"] + rng.normal(0.001, 0.02, len(games))
    slate = pd.DataFrame({"home_team": TEAMS[:n], "away_team": TEAMS[::-1][:n], "home_line": (rating * 2).round() / 2})
    quarantine = pd.DataFrame(rules[: 25 if n > 1 else n], columns=["table", "rule"])
    return {
        "counts": counts, "shares": shares, "quarantine": quarantine, "splits": splits, "profile": profile,
        "ratings": ratings, "plane": plane, "calls": calls, "prices": prices, "bets": bets, "grades": grades,
        "brier": brier, "bank": bank, "games": games, "slate": slate,
    }  # fmt: skip


def _risk(n_bets: int) -> WeekRisk | None:
    """Return the risk of invented bets of 2 % at 1.91, if they win 56 % and if they win half."""
    if n_bets == 0:
        return None

    def seen(win: float) -> SlipRisk:
        week = summed_profits([pooled_profits([0.0182, -0.02], [win, 1.0 - win])] * n_bets)
        weeks = repeated_weeks(week, weeks=22, paths=100, rng=np.random.default_rng(7))
        return SlipRisk(week, 0.95, value_at_risk(week), expected_shortfall(week), weeks, weeks)

    return WeekRisk(model=seen(0.56), market=seen(0.5))


def _draws(n_games: int) -> np.ndarray:
    """Return invented margins that pile up on 3 and 7, shape (n_games, 2000)."""
    rng = np.random.default_rng(11)
    home = 3 * rng.binomial(4, 0.42, (n_games, 2000)) + 7 * rng.binomial(5, 0.5, (n_games, 2000))
    away = 3 * rng.binomial(4, 0.42, (n_games, 2000)) + 7 * rng.binomial(5, 0.42, (n_games, 2000))
    return home - away


def figures(n: int) -> dict[str, Callable[[], Finding]]:
    """Return every figure function, bound to invented inputs of at most n rows."""
    f, draws = _rows(n), _draws(min(n, len(TEAMS)))
    rng = np.random.default_rng(3)
    real = draws[:, : 60 if n else 0].ravel()
    one = draws[0] if n else np.array([])
    meter = {"n": 0} if n == 0 else {"n": 32, "false_pass": 0.16}
    clv = (None, None, None) if n == 0 else (0.41, -0.02, 0.84)
    return {
        "rows_against_last_week": lambda: ingest.rows_against_last_week(f["counts"], subtitle=SUBTITLE),
        "completeness": lambda: ingest.completeness(f["shares"], subtitle=SUBTITLE),
        "quarantine_counts": lambda: ingest.quarantine_counts(f["quarantine"], subtitle=SUBTITLE),
        "quarterback_split": lambda: ingest.quarterback_split(f["splits"], subtitle=SUBTITLE),
        "shrinkage_arrows": lambda: profiles.shrinkage_arrows(f["profile"], metric="epa", subtitle=SUBTITLE),
        "ranked_ratings": lambda: profiles.ranked_ratings(f["ratings"], subtitle=SUBTITLE),
        "offence_defence": lambda: profiles.offence_defence(f["plane"], subtitle=SUBTITLE),
        "play_calling": lambda: profiles.play_calling(f["calls"], subtitle=SUBTITLE),
        "margin_distribution": lambda: simulate.margin_distribution(
            one, home="KC", away="DEN", subtitle=SUBTITLE, market_open=2.5, market_close=4.0
        ),
        "slate": lambda: simulate.slate(draws, games=f["slate"], subtitle=SUBTITLE),
        "edges": lambda: simulate.edges(f["prices"], subtitle=SUBTITLE),
        "margins_against_real": lambda: validation.margins_against_real(draws, real, subtitle=SUBTITLE),
        "pit_histogram": lambda: validation.pit_histogram(rng.uniform(size=100 * n), subtitle=SUBTITLE),
        "stakes": lambda: picks.stakes(f["bets"], subtitle=SUBTITLE),
        "week_profit": lambda: slip_risk.week_profit(_risk(min(n, 6)), subtitle=SUBTITLE),
        "gate_meter": lambda: picks.gate_meter(*clv, subtitle=SUBTITLE, **meter),
        "clv_by_bet": lambda: grade.clv_by_bet(f["grades"], subtitle=SUBTITLE),
        "reliability": lambda: grade.reliability(rng.beta(5, 5, 60 * n), rng.integers(0, 2, 60 * n), subtitle=SUBTITLE),
        "brier_by_week": lambda: grade.brier_by_week(f["brier"], subtitle=SUBTITLE),
        "bankroll": lambda: dashboard.bankroll(f["bank"], subtitle=SUBTITLE),
        "weekly_roi": lambda: dashboard.weekly_roi(f["bank"], subtitle=SUBTITLE),
        "brier_gap": lambda: dashboard.brier_gap(f["games"], subtitle=SUBTITLE),
        "cumulative_clv": lambda: dashboard.cumulative_clv(f["grades"], subtitle=SUBTITLE),
    }


@pytest.fixture(params=sorted(figures(0)))
def figure_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def gallery() -> Callable[[int], dict[str, Callable[[], Finding]]]:
    """Every figure function by name, bound to invented inputs of at most n rows."""
    return figures
