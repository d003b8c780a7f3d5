"""What the facts give the study of thresholds: line moves, closing chances, errors, and what quotes trip the gates."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from workbench.decision.judgement import LINE_BOUNDS
from workbench.decision.policy import Policy
from workbench.errors import MissingArtifactError
from workbench.market.prices import on_half_points
from workbench.stages.publish import spread_moves
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.peers import FIXED_WIN_SD

Floats = NDArray[np.float64]
#: Spread of margins about the closing spread (FACTS: 13.86), the curve by which a line is read as a chance.
MARGIN_SD: Final = 13.86
_CLOSE: Final = "schedule_close"
_QUOTE_COLUMNS: Final = (
    "game_id", "market", "source", "recorded_at", "line", "price_home", "price_away", "price_assumed",
    "instant_assumed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of lines and games.

    Attributes
    ----------
    moves : ndarray, shape (n_moves,)
        Open to close, points, one a game and source (`stages.publish.spread_moves`).
    games : DataFrame
        One row a finished game with a close: ``game_id, season, week, close, margin, chance, won`` (chance and won of
        the home team by the close; a tie is 0.5) and ``open``, null where no opener is known.
    quotes : DataFrame
        One row a source and gate: ``source, gate, hard, quotes, fired, share``.
    """

    moves: Floats
    games: pd.DataFrame
    quotes: pd.DataFrame


def seen_facts(run: StudyRun, policy: Policy) -> Seen:
    """Read the facts.

    Raises
    ------
    MissingArtifactError
        If no line ever moved or no game has a close.
    """
    view = run.everything
    moves = spread_moves(run.facts, pd.Timestamp("2200-01-01", tz="UTC"))
    quotes = view.table("quotes", columns=list(_QUOTE_COLUMNS))
    games = closed_games(view.table("games"), view.table("results"), quotes=quotes)
    if not len(moves) or games.empty:
        raise MissingArtifactError("Thresholds are measured on line moves and closes, and the facts have none.")
    return Seen(moves, games, gate_counts(quotes, policy))


def closed_games(games: pd.DataFrame, results: pd.DataFrame, *, quotes: pd.DataFrame) -> pd.DataFrame:
    """Return finished games with the close of their spread read as a chance, and the opener where it is known.

    The close is the schedule's where there is one, else the last quote known before kick-off.
    """
    played = games[["game_id", "season", "week", "kickoff_utc"]].merge(
        results[["game_id", "home_score", "away_score"]], on="game_id"
    )
    spreads = quotes[(quotes["market"] == "spread") & quotes["line"].notna()]
    spreads = spreads.merge(played[["game_id", "kickoff_utc"]], on="game_id")
    spreads = spreads[spreads["recorded_at"] <= spreads["kickoff_utc"]].sort_values("recorded_at", kind="stable")
    by_source = spreads.groupby(["game_id", "source"])["line"].agg(["first", "last", "size"]).reset_index()
    of_schedule = (by_source["source"] == _CLOSE).astype(int)
    ranked = by_source.assign(of_schedule=of_schedule).sort_values(["of_schedule", "size", "source"])
    close = ranked.groupby("game_id")["last"].last().rename("close")
    moved = by_source[by_source["size"] > 1].sort_values(["size", "source"])
    opened = moved.groupby("game_id")["first"].last().rename("open")
    found = played.join(close, on="game_id", how="inner").join(opened, on="game_id")
    margin = (found["home_score"] - found["away_score"]).astype(float)
    won = np.select([margin > 0, margin < 0], [1.0, 0.0], 0.5)
    chance = norm.cdf(found["close"].to_numpy(dtype=float) / MARGIN_SD)
    kept = found.assign(margin=margin, won=won, chance=chance).sort_values(["season", "week", "game_id"])
    return kept[["game_id", "season", "week", "open", "close", "margin", "chance", "won"]].reset_index(drop=True)


def gate_counts(quotes: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return how often quotes trip the gates that need no model, by source: hard ones stop a bet, soft ones warn."""
    fired = _fired(quotes, policy)
    rows = []
    for (gate, hard), hit in fired.items():
        by_source = hit.groupby(quotes["source"].to_numpy()).agg(["size", "sum"])
        rows += [
            {"source": source, "gate": gate, "hard": hard, "quotes": int(size), "fired": int(hits)}
            for source, size, hits in by_source.itertuples()
        ]
    counted = pd.DataFrame(rows, columns=["source", "gate", "hard", "quotes", "fired"])
    return counted.assign(share=counted["fired"] / counted["quotes"])


def _fired(quotes: pd.DataFrame, policy: Policy) -> dict[tuple[str, bool], "pd.Series[bool]"]:
    """Return, by gate and whether it is hard, which quotes trip it: the rules of ``decision.judgement``."""
    moneyline = quotes["market"] == "moneyline"
    line = quotes["line"].where(~moneyline, 0.0)
    low, high = (quotes["market"].map(lambda m, e=end: LINE_BOUNDS.get(m, (0.0, 0.0))[e]) for end in (0, 1))
    prices = quotes[["price_home", "price_away"]].where(~quotes["price_assumed"], 1 + 100 / 110)
    inside = prices.ge(policy.minimum_price).all(axis=1) & prices.le(policy.maximum_price).all(axis=1)
    missing = line.isna() | prices.isna().any(axis=1)
    overround = (1.0 / prices).sum(axis=1) - 1.0
    wide = ~overround.between(0.0, policy.maximum_overround)
    off_grid = ~pd.Series(on_half_points(line.fillna(0.0).to_numpy(dtype=float)), index=quotes.index)
    return {
        ("missing", True): missing,
        ("grid", True): off_grid & ~missing,
        ("bounds", True): ~((low <= line) & (line <= high) & inside) & ~missing,
        ("overround", True): wide & ~missing,
        ("price assumed", False): quotes["price_assumed"].astype(bool),
        ("instant assumed", False): quotes["instant_assumed"].astype(bool),
        ("executable", False): quotes["source"] == "consensus",
    }


def paired_errors(games: pd.DataFrame, peer: "pd.Series[float] | None") -> pd.DataFrame:
    """Return absolute errors of margins game by game: ``close``, ``open`` and, where given, ``peer``; null if unknown.

    Parameters
    ----------
    peer : Series, index = game_id, or None
        Home-win probabilities, read back as points by a normal curve of sd 13.
    """
    errors = pd.DataFrame({"season": games["season"], "week": games["week"]})
    errors["close"] = (games["margin"] - games["close"]).abs()
    errors["open"] = (games["margin"] - games["open"]).abs()
    if peer is not None:
        points = FIXED_WIN_SD * norm.ppf(games["game_id"].map(peer).astype(float).clip(1e-4, 1 - 1e-4))
        errors["peer"] = (games["margin"] - points).abs()
    return errors


def decision_counts(prices: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return how often rows priced at a decision are stopped by what needs a model or a clock, and how often bet.

    Parameters
    ----------
    prices : DataFrame
        Of a walk of seasons (`backtest.season.SeasonWalk.prices`).

    Returns
    -------
    DataFrame
        ``gate, rows, fired, share``.
    """
    moneyline = prices["market"] == "moneyline"
    far = prices["edge_points"].abs() > policy.sanity_edge_points
    unlikely = prices["edge_prob"].abs() > policy.sanity_edge_prob
    fired = {
        "sanity": far.where(~moneyline, unlikely),
        "stale": prices["quote_age_hours"] > policy.maximum_quote_age_hours,
        "expected value under the filter": prices["edge_ev"] < policy.minimum_edge_ev,
        "bet": prices["status"].fillna("") != "",
    }
    counted = [(gate, len(hit), int(hit.astype(bool).sum())) for gate, hit in fired.items()]
    found = pd.DataFrame(counted, columns=["gate", "rows", "fired"])
    return found.assign(share=found["fired"] / found["rows"])
