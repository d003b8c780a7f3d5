"""The study of knowing what shocks do: lines adjusted by it, walked forward, and what bets on it would have earned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.backtest.shock_adjusted import Adjuster, ShockWalk, adjusted_lines, walk_shocks
from workbench.backtest.shock_effects import BASELINES, Baseline
from workbench.backtest.shock_scores import bet_record, gain, gain_table, profit_path, shock_bets
from workbench.backtest.shock_selection import CLAIMED_BETS, KINDS, Selection, rebuilt_set, selection_bets
from workbench.errors import ParameterError
from workbench.stages.effects.frames import EffectFrames, effect_frames
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.shock_touches import ORACLES, dated_games, touches_of

#: The seasons of the earlier report.
CLAIMED_SEASONS: Final = (2020, 2021, 2022, 2023, 2024)
#: Thresholds shown beside the one the study states.
THRESHOLDS: Final = (0.5, 1.0, 1.5, 2.0)
ADJUSTERS: Final[tuple[Adjuster, ...]] = ("library", "share", "earlier")
#: Ends of the market that the rebuilt set is bet at.
ENDS: Final = ("open", "close")
_SMOKE_SEASONS: Final = 1
_BET_COLUMNS: Final = ("baseline", "adjuster", "type", "threshold", "oracle", "offered")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShockBacktest:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    seasons : tuple of int
        Adjusted, each by the seasons before it.
    threshold : float
        Points the adjustment must move a line by to be bet.
    walk : ShockWalk
    gains : DataFrame
        From ``gain_table``: by baseline, adjuster and type of shock.
    weather : Mapping
        The gain at the closing total had the weather been known: an oracle.
    bets : DataFrame
        ``baseline, adjuster, type, threshold, oracle, offered`` and ``BET_COLUMNS``.
    paths : mapping of str to DataFrame
        Cumulative profit at the stated threshold by baseline.
    selection : Selection
        The earlier set, rebuilt.
    rebuilt : DataFrame
        ``end, kind`` (all: every kind), ``events, in_time`` (known when that line stood) and ``BET_COLUMNS``.
    nearby : DataFrame
        ``cut, end, bets, win_rate``: what other cuts on severity would have given.
    notes : tuple of str
    """

    seasons: tuple[int, ...]
    threshold: float
    walk: ShockWalk
    gains: pd.DataFrame
    weather: Mapping[str, float]
    bets: pd.DataFrame
    paths: Mapping[str, pd.DataFrame]
    selection: Selection
    rebuilt: pd.DataFrame
    nearby: pd.DataFrame
    notes: tuple[str, ...]

    def gain_of(self, baseline: str, *, adjuster: str = "library", type: str = "all") -> Mapping[str, Any] | None:
        """Return one row of the gains; None where no such shock was known in time."""
        return _row(self.gains, baseline=baseline, adjuster=adjuster, type=type)

    def bets_of(
        self, baseline: str, *, adjuster: str = "library", type: str = "all", threshold: float | None = None
    ) -> Mapping[str, Any] | None:
        """Return one row of the bets, at the stated threshold unless another is given; None where none was bet."""
        at = self.threshold if threshold is None else threshold
        return _row(self.bets, baseline=baseline, adjuster=adjuster, type=type, threshold=at)

    def rebuilt_of(self, end: str, *, kind: str = "all") -> Mapping[str, Any] | None:
        """Return one row of the rebuilt set."""
        return _row(self.rebuilt, end=end, kind=kind)

    def tables(self) -> dict[str, Any]:
        """Return what stands beside the claims in the result."""
        return {"gains": self.gains, "bets": self.bets, "rebuilt": self.rebuilt, "unpriced_shares": self.walk.shares,
                "cut": self.selection.cut, "notes": self.notes}  # fmt: skip


def study_shock_backtest(
    run: StudyRun, *, seasons: Sequence[int], threshold: float, smoke: bool = False
) -> ShockBacktest:
    """Redo the old backtest.

    Parameters
    ----------
    run : StudyRun
    seasons : sequence of int
        Empty: those of the earlier report, as far as there are facts.
    threshold : float
        Points.
    smoke : bool
        The last season alone.

    Raises
    ------
    ParameterError
        If no season asked for can be adjusted, or the threshold is not above zero.
    """
    if threshold <= 0:
        raise ParameterError(f"A bet needs a shift of some size: the threshold must be above 0, got {threshold}.")
    held = run.seasons
    wanted = [s for s in (seasons or CLAIMED_SEASONS) if s in held[1:]]
    if not wanted:
        raise ParameterError(
            f"Seasons to adjust must have facts, and one before them; got {list(seasons)}, there are {held}."
        )
    return shock_backtest(
        effect_frames(run.everything), seasons=wanted[-_SMOKE_SEASONS:] if smoke else wanted, threshold=threshold,
        seed=run.settings.seed,
    )  # fmt: skip


def shock_backtest(frames: EffectFrames, *, seasons: Sequence[int], threshold: float, seed: int = 0) -> ShockBacktest:
    """Walk shocks through seasons, score the adjusted lines, and rebuild the earlier set.

    Parameters
    ----------
    frames : EffectFrames
        Of everything; each season is adjusted by the ones before it.
    seasons : sequence of int
    threshold : float
    seed : int
        Of the resampled weeks.
    """
    walk = walk_shocks(dated_games(frames), touches_of(frames), seasons=seasons)
    results, rng = frames.tables["results"], np.random.default_rng(seed)
    selection = rebuilt_set(frames.events, walk.games, seasons=seasons)
    sky = adjusted_lines(walk, _named("close_total"), types=ORACLES, oracle=True)
    return ShockBacktest(
        seasons=tuple(seasons),
        threshold=threshold,
        walk=walk,
        gains=gain_table(walk, adjusters=ADJUSTERS),
        weather=gain(sky) if len(sky) else {},
        bets=_bets(walk, results, thresholds=sorted({threshold, *THRESHOLDS}), stated=threshold, rng=rng),
        paths={
            name: profit_path(shock_bets(adjusted_lines(walk, _named(name)), results, threshold=threshold), rng=rng)
            for name in ("open", "close")
        },
        selection=selection,
        rebuilt=_rebuilt(selection, walk.games, frames, rng=rng),
        nearby=_nearby(frames, walk.games, seasons=seasons),
        notes=_notes(walk, seasons),
    )


def _named(name: str) -> Baseline:
    return next(baseline for baseline in BASELINES if baseline.name == name)


def _row(frame: pd.DataFrame, **where: str | float) -> Mapping[str, Any] | None:
    chosen = frame
    for column, value in where.items():
        chosen = chosen[chosen[column].eq(value)]
    return None if chosen.empty else {str(k): v for k, v in chosen.iloc[0].to_dict().items()}


def _bets(
    walk: ShockWalk, results: pd.DataFrame, *, thresholds: Sequence[float], stated: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the records of bets; single types at the stated threshold alone, and none on what is no line of a book."""
    rows = []
    for baseline in BASELINES:
        if baseline.name == "rating":
            continue
        for adjuster in ADJUSTERS:
            mine = walk.parts[walk.parts["baseline"].eq(baseline.name) & walk.parts["adjuster"].eq(adjuster)]
            kinds = mine.drop_duplicates("type").set_index("type")["oracle"].to_dict()
            asked = [("all", False, at) for at in thresholds]
            asked += [(str(kind), bool(oracle), stated) for kind, oracle in sorted(kinds.items())]
            for kind, oracle, at in asked:
                types = () if kind == "all" else (kind,)
                lines = adjusted_lines(walk, baseline, adjuster=adjuster, types=types, oracle=oracle)
                bets = shock_bets(lines, results, threshold=at)
                if len(bets):
                    named = (baseline.name, adjuster, kind, at, oracle, baseline.offered)
                    rows.append({**dict(zip(_BET_COLUMNS, named, strict=True)), **bet_record(bets, rng=rng)})
    columns = [*_BET_COLUMNS, "bets", "wins", "pushes", "win_rate", "win_low", "win_high", "roi", "roi_low", "roi_high"]
    return pd.DataFrame(rows, columns=columns)


def _rebuilt(
    selection: Selection, games: pd.DataFrame, frames: EffectFrames, *, rng: np.random.Generator
) -> pd.DataFrame:
    known = frames.events.set_index("event_id")["known_at"]
    opened = games.set_index("game_id")["opened_at"]
    kicked = games.set_index("game_id")["late_at"]
    rows = []
    for end, stood in zip(ENDS, (opened, kicked), strict=True):
        bets = selection_bets(selection.events, games, frames.tables["results"], end=end)
        timely = bets["event_id"].map(known).le(bets["game_id"].map(stood))
        for kind in ("all", *KINDS):
            mine = bets["kind"].eq(kind) | (kind == "all")
            if mine.any():
                events = len(selection.events) if kind == "all" else int(selection.events["kind"].eq(kind).sum())
                named = {"end": end, "kind": kind, "events": events, "in_time": int(timely[mine].sum())}
                rows.append(named | bet_record(bets[mine], rng=rng))
    columns = ["end", "kind", "events", "in_time", "bets", "wins", "pushes", "win_rate", "win_low", "win_high", "roi",
               "roi_low", "roi_high"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _nearby(frames: EffectFrames, games: pd.DataFrame, *, seasons: Sequence[int]) -> pd.DataFrame:
    """Return win rates at half to twice the count asked for: how far the answer hangs on where the cut lies."""
    rows = []
    for count in (CLAIMED_BETS // 2, CLAIMED_BETS, 2 * CLAIMED_BETS):
        chosen = rebuilt_set(frames.events, games, seasons=seasons, count=count)
        for end in ENDS:
            bets = selection_bets(chosen.events, games, frames.tables["results"], end=end)
            won, lost = (int(bets["outcome"].eq(word).sum()) for word in ("win", "loss"))
            rows.append({"cut": chosen.cut, "end": end, "bets": len(bets),
                         "win_rate": won / (won + lost) if won + lost else float("nan")})  # fmt: skip
    return pd.DataFrame(rows)


def _notes(walk: ShockWalk, seasons: Sequence[int]) -> tuple[str, ...]:
    games = walk.games[walk.games["season"].isin(list(seasons))]
    bare = [str(s) for s, part in games.groupby("season") if part["open_total"].notna().mean() < 0.5]
    assumed = games["open_instant_assumed"].fillna(True).astype(bool).groupby(games["season"]).mean()
    undated = [str(s) for s, share in assumed.items() if share > 0.5]
    said = [
        "Of a shock that lasts, only the first game is adjusted: that it lasted into the next was not known before. "
        "A new coach and a trade stay, and count for four games.",
        "A shock without an instant it became known at never adjusts: quarterback changes before 2021 among them.",
        "A closing line is taken to stand an hour before kick-off, the last a bet may be placed.",
        "Every price is assumed to be the usual one of a spread; none is known for most of these lines.",
        "The earlier report's effects on yards cannot be turned into points, and adjust nothing here.",
    ]
    if undated:
        said.append(f"Openers of {', '.join(undated)} carry no time stamp: taken as Tuesday 06:00 ET of the week.")
    if bare:
        said.append(f"Few or no opening totals are known of {', '.join(bare)}.")
    return tuple(said)
