"""Lines adjusted by what shocks are known to do, walked forward: every season by effects of strictly earlier seasons.

An adjustment is a line plus what is LEFT of a shock's effect after that line (``workbench.backtest.shock_effects``).
Only shocks known at the instant the line is bet at adjust it; what the weather was is an oracle, kept apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.backtest.shock_effects import (
    BASELINES,
    WHOLE,
    Baseline,
    by_game,
    crossed_wholes,
    of_market,
    shifts_by_type,
    shock_library,
    unpriced_share,
)
from workbench.causal.pool.lookup import LibraryEntry, adjusted_forecast
from workbench.errors import ParameterError, ValidationError

Adjuster = Literal["library", "share", "earlier"]

#: What an earlier report claimed, in points: of margin for the team, of total for rain. Its yards have no points.
EARLIER_CLAIMS: Final[dict[str, float]] = {"coaching_change": 5.1, "precipitation": -3.2}

GAME_COLUMNS: Final = ("game_id", "season", "week", "home_team", "away_team", "neutral", "kickoff_utc", "game_type")
TOUCH_COLUMNS: Final = ("event_id", "game_id", "type", "band", "sign", "treated", "known_at", "oracle")
PART_COLUMNS: Final = (
    "adjuster", "baseline", "season", "week", "game_id", "type", "oracle", "shift", "variance", "unpriced_share",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShockWalk:
    """What shocks were taken to do to each line, season by season.

    Attributes
    ----------
    games : DataFrame
        As given, with ``rating_line``.
    parts : DataFrame
        One row an adjuster, baseline, game and type of shock that was known: ``PART_COLUMNS``; ``shift`` in points of
        the outcome, ``variance`` that of the whole shift's error.
    effects : DataFrame
        The libraries: one row a season, baseline and entry.
    shares : DataFrame
        ``season, baseline, share, standard_error``: how much of the library's effects each line had left unpriced.
    """

    games: pd.DataFrame
    parts: pd.DataFrame
    effects: pd.DataFrame
    shares: pd.DataFrame


def walk_shocks(games: pd.DataFrame, touches: pd.DataFrame, *, seasons: Sequence[int]) -> ShockWalk:
    """Adjust the lines of some seasons by what earlier seasons say shocks leave in them.

    Parameters
    ----------
    games : DataFrame
        Played games: ``GAME_COLUMNS``, margin, total, market ratings, the lines, ``opened_at`` and ``late_at`` (UTC).
    touches : DataFrame
        One row an event and game it touches (``TOUCH_COLUMNS``): ``sign`` (+1 home, -1 away, 0 both), ``treated``
        (False: spent exposure, only held as a control), ``known_at`` (null: not known to be known), ``oracle``.
    seasons : sequence of int

    Raises
    ------
    ValidationError
        If a column is absent.
    ParameterError
        If no season asked for has one before it.

    References
    ----------
    DESIGN, section 5: mean plus unpriced share times effect; variances add, then inflate.
    """
    _require(games, touches)
    wanted = [season for season in sorted(seasons) if games["season"].lt(season).any()]
    if not wanted:
        raise ParameterError(f"A season needs one before it to learn from; none of {list(seasons)} has. Fewer seasons?")
    lined = games.assign(rating_line=rating_lines(games))
    told = touches[list(TOUCH_COLUMNS)]
    years = [_year(lined, told, season=season) for season in wanted]
    return ShockWalk(
        games=lined,
        parts=pd.concat([year[0] for year in years], ignore_index=True),
        effects=pd.concat([year[1] for year in years], ignore_index=True),
        shares=pd.concat([year[2] for year in years], ignore_index=True),
    )


def rating_lines(games: pd.DataFrame) -> "pd.Series[float]":
    """Return lines without this week's market: ratings from earlier weeks' closes, home field of earlier seasons."""
    gap = games["home_market_rating"] - games["away_market_rating"]
    at_home = ~games["neutral"]
    left = (games["margin"] - gap).where(at_home)
    field = {s: left[games["season"].lt(s)].mean() for s in games["season"].unique()}
    return gap + games["season"].map(field) * at_home


def adjusted_lines(
    walk: ShockWalk, baseline: Baseline, *, adjuster: Adjuster = "library", types: Sequence[str] = (),
    oracle: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Return the lines that known shocks move, and where to.

    Parameters
    ----------
    walk : ShockWalk
    baseline : Baseline
    adjuster : {"library", "share", "earlier"}
        What is left after the line, by kind; the whole effect times one unpriced share; or the earlier report's claims.
    types : sequence of str
        Only these shocks adjust; default: all.
    oracle : bool
        Whether shocks adjust that nobody knew at the time.

    Returns
    -------
    DataFrame, one row a game with a shift
        ``game_id, season, week, kickoff_utc, game_type, market, line, outcome, shift, mean`` (line plus shift),
        ``variance`` (of that mean, points squared).
    """
    parts = walk.parts
    chosen = parts["baseline"].eq(baseline.name) & parts["adjuster"].eq(adjuster)
    chosen &= oracle | ~parts["oracle"].astype(bool)
    if types:
        chosen &= parts["type"].isin(types)
    moved = parts[chosen].groupby("game_id", sort=False)[["shift", "variance"]].sum().reset_index()
    moved = moved.rename(columns={"shift": "effect", "variance": "error"})
    columns = {"game_id": "game_id", "season": "season", "week": "week", "kickoff_utc": "kickoff_utc",
               "game_type": "game_type", baseline.line: "line", baseline.outcome: "outcome"}  # fmt: skip
    rows = walk.games[list(columns)].rename(columns=columns).merge(moved, on="game_id", validate="1:1")
    rows = rows[rows["line"].notna() & rows["effect"].ne(0)].reset_index(drop=True)
    own = rows["season"].map(_line_variances(walk.games, baseline, seasons=rows["season"].unique().tolist()))
    shifted = [
        adjusted_forecast(line, spread, effect=_entry(effect, error), unpriced_share=1.0)
        for line, spread, effect, error in zip(rows["line"], own, rows["effect"], rows["error"], strict=True)
    ]
    return rows.drop(columns=["effect", "error"]).assign(
        market=baseline.market,
        shift=[forecast.shift for forecast in shifted],
        mean=[forecast.mean for forecast in shifted],
        variance=[forecast.variance for forecast in shifted],
    )


def _line_variances(games: pd.DataFrame, baseline: Baseline, *, seasons: Sequence[int]) -> dict[int, float]:
    """Return how far a line lay from the close in earlier seasons, mean square: its own error as the market saw it."""
    close = games["close_line" if baseline.market == "spread" else "close_total"]
    gap = (games[baseline.line] - close) ** 2
    return {int(s): float(np.nan_to_num(gap[games["season"].lt(s)].mean())) for s in seasons}


def _year(
    games: pd.DataFrame, touches: pd.DataFrame, *, season: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return one season's parts, and the libraries and shares they rest on: of the seasons before it alone."""
    past, now = games[games["season"].lt(season)].reset_index(drop=True), games[games["season"].eq(season)]
    as_of = now["kickoff_utc"].min().floor("D")
    seen = touches[touches["game_id"].isin(past["game_id"])]
    by_line = {b.line: b for b in BASELINES}  # the opener is one line, whenever it is adjusted
    made = {line: shock_library(past, seen, baseline=b, as_of=as_of) for line, b in by_line.items()}
    libraries = {b.name: made[b.line] for b in BASELINES}
    due = touches[touches["game_id"].isin(now["game_id"]) & touches["treated"]]
    wholes = crossed_wholes(past, seen, as_of=as_of)
    parts, shares = [], []
    for baseline in BASELINES:
        known = _known(now, due, baseline=baseline)
        parts.append(shifts_by_type(known, libraries[baseline.name], baseline=baseline).assign(adjuster="library"))
        parts.append(_claimed(known).assign(adjuster="earlier", baseline=baseline.name))
        if baseline.market == "spread" and baseline.name != WHOLE:
            share, error = unpriced_share(past, baseline=baseline, whole=wholes)
            shares.append((season, baseline.name, share, error))
            whole = shifts_by_type(known, libraries[WHOLE], baseline=baseline)
            parts.append(_priced(whole, share=share, error=error).assign(adjuster="share"))
    rows = pd.concat(parts, ignore_index=True).reindex(columns=list(PART_COLUMNS))
    effects = pd.concat([lib.assign(season=season, baseline=name) for name, lib in libraries.items()])
    return rows, effects, pd.DataFrame(shares, columns=["season", "baseline", "share", "standard_error"])


def _known(now: pd.DataFrame, due: pd.DataFrame, *, baseline: Baseline) -> pd.DataFrame:
    """Return the touches of a season known when the baseline is bet, and the oracle ones, on games that have a line."""
    when = now.loc[now[baseline.line].notna(), ["game_id", "season", "week", baseline.instant]]
    both = due[of_market(due, baseline.market)].merge(when, on="game_id", validate="m:1")
    return both[both["known_at"].le(both[baseline.instant]) | both["oracle"]].reset_index(drop=True)


def _priced(whole: pd.DataFrame, *, share: float, error: float) -> pd.DataFrame:
    """Return whole effects times the share a line leaves: mean and variance of a product of two estimates."""
    moved = [
        adjusted_forecast(0.0, 0.0, effect=_entry(effect, variance), unpriced_share=share, unpriced_share_error=error,
                          inflation=1.0)
        for effect, variance in zip(whole["shift"], whole["variance"], strict=True)
    ]  # fmt: skip
    return whole.assign(shift=[m.shift for m in moved], variance=[m.variance for m in moved], unpriced_share=share)


def _claimed(known: pd.DataFrame) -> pd.DataFrame:
    """Return the shifts of the earlier report's claims, taken at their word: whole, and certain."""
    mine = known[known["type"].isin(EARLIER_CLAIMS)]
    size = mine["type"].map(EARLIER_CLAIMS).astype("float64") * mine["sign"].where(mine["sign"].ne(0), 1)
    return by_game(mine.assign(shift=size.astype("float64"), variance=0.0))


def _entry(effect: float, variance: float) -> LibraryEntry:
    """Return the sum of a game's effects as one entry; its interval is not asked for."""
    error = float(np.sqrt(variance))
    return LibraryEntry(
        effect=effect, standard_error=error, low=effect - 1.96 * error, high=effect + 1.96 * error, n=0, level="cell",
        as_of=pd.Timestamp(0, tz="UTC"), sentence="",
    )  # fmt: skip


def _require(games: pd.DataFrame, touches: pd.DataFrame) -> None:
    lines = {b.line for b in BASELINES if b.name != WHOLE} | {b.instant for b in BASELINES}
    needed = [*GAME_COLUMNS, "margin", "total", "home_market_rating", "away_market_rating", *sorted(lines)]
    for what, frame, columns in (("Games", games, needed), ("Touches", touches, TOUCH_COLUMNS)):
        if absent := [name for name in columns if name not in frame]:
            raise ValidationError(f"{what} must have the columns {absent}, got {list(frame.columns)[:12]}.")
