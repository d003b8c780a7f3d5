"""The study of the backtest: what the strategy would have earned, as it would have been played, and how sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.backtest.season import SeasonWalk
from workbench.clock import DecisionInstant
from workbench.decision.clustered import weeks_of
from workbench.decision.evaluation import FORECASTERS, brier
from workbench.decision.walk_performance import WalkPerformance, walk_performance
from workbench.errors import MissingArtifactError, ParameterError
from workbench.intervals import Estimate, clustered_mean
from workbench.settings import Settings
from workbench.stages.bookkeeping import stage_policy
from workbench.stages.studies.backtest_naive import NaiveSide, naive_sides
from workbench.stages.studies.backtest_seasons import Walked, walked_seasons
from workbench.stages.studies.backtest_tried import recalibrated_gain
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.peers import PEERS, Peers, read_peers
from workbench.store.ledger import open_ledger

LEDGER: Final = "ledger.sqlite"
#: A season needs two earlier ones to learn from, and openers are real from 2010 on.
_FIRST: Final = 2010
_EARLIER: Final = 2
_KEPT: Final = ("bets", "evaluated", "weeks", "excluded")
_RESAMPLES: Final = 2_000
_SMOKE_WEEKS: Final = (5, 6, 7, 8)
_SMOKE_DRAWS: Final = 500


@dataclass(frozen=True, slots=True)
class Played:
    """A strategy walked and measured.

    Attributes
    ----------
    decide_at : str
    held_back_hours : float
        How much later than it might the model was told.
    walked : Walked
    performance : WalkPerformance
    """

    decide_at: DecisionInstant
    held_back_hours: float
    walked: Walked
    performance: WalkPerformance

    @property
    def walk(self) -> SeasonWalk:
        """The frames."""
        return self.walked.walk

    @property
    def seasons(self) -> tuple[int, ...]:
        """Seasons with a decision."""
        return tuple(sorted({int(s) for s in self.walk.weeks["season"]}))


@dataclass(frozen=True, slots=True)
class OpenerGain:
    """What the forecast knew beyond the prices it was given, on winners.

    Attributes
    ----------
    gain : Estimate
        The market's Brier score at the decision less the model's; positive where the model is better.
    gap : Estimate
        The market's at the decision less the close's, on the same games.
    share : float
        ``gain / gap``; its interval resamples weeks.
    share_low, share_high : float
    """

    gain: Estimate
    gap: Estimate
    share: float
    share_low: float
    share_high: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    main : Played
        The seasons and the instant asked for.
    held_back : Played or None
        The same decisions by a model told later: what the closing line value is at least.
    late : Played or None
        One season decided on Wednesday.
    opener : OpenerGain or None
        None where fewer than two weeks have all three forecasts.
    recalibrated : Estimate or None
        What the winners' forecast would gain with odds recalibrated on earlier seasons: tried, not in the decision.
    naive : tuple of NaiveSide
        What every underdog and every under had, at the main walk's prices.
    peers : Peers
    accounts : tuple of str
        Under these names the ledger keeps each season.
    notes : tuple of str
        What is missing or assumed, one sentence each.
    """

    main: Played
    held_back: Played | None
    late: Played | None
    opener: OpenerGain | None
    recalibrated: Estimate | None
    naive: tuple[NaiveSide, ...]
    peers: Peers
    accounts: tuple[str, ...]
    notes: tuple[str, ...]

    def save(self, run: StudyRun) -> None:
        """Leave the frames of every walk beside the result."""
        walks = {"main": self.main, "held_back": self.held_back, "wednesday": self.late}
        for name, played in ((name, played) for name, played in walks.items() if played is not None):
            for frame in _KEPT:
                run.save_table(f"{name}_{frame}.parquet", getattr(played.walk, frame))

    def tables(self) -> dict[str, object]:
        """Return what ``result.json`` holds beside the claims."""
        found = self.main.performance
        parts = {"split": found.split, "verdicts": found.verdicts, "until_known": found.until_known}
        weeks = {"weeks": found.weeks, "clv_weeks": found.clv_weeks, "edge_buckets": found.buckets.table}
        return {**parts, **weeks, "accounts": list(self.accounts), "notes": list(self.notes)}


def study_backtest(
    run: StudyRun,
    *,
    seasons: Sequence[int] = (),
    decide_at: str = "open",
    wednesday: int = 0,
    held_back_hours: float = 0.0,
    smoke: bool = False,
) -> Backtest:
    """Walk the seasons, measure them, and leave one ledger of all their bets.

    Parameters
    ----------
    run : StudyRun
    seasons : sequence of int
        Empty: all with two earlier ones, from 2010 on.
    decide_at : {"open", "wednesday"}
    wednesday : int
        A season that is also decided on Wednesday; 0: none.
    held_back_hours : float
        The same seasons once more, by a model told this much later; 0: not.
    smoke : bool
        Four weeks of the last season, few draws.

    Raises
    ------
    ParameterError
        If ``decide_at`` is neither, or the hours are negative.
    MissingArtifactError
        If there are no facts of the seasons.
    """
    at = _instant(decide_at)
    if held_back_hours < 0:
        raise ParameterError(f"held_back_hours must be 0 or more, got {held_back_hours}.")
    chosen = _seasons(run, seasons)
    settings = run.settings.model_copy(update={"draws": _SMOKE_DRAWS}) if smoke else run.settings
    asked = chosen[-1:] if smoke else chosen
    peers = read_peers(run.path("peers"), which=tuple(PEERS))
    play = _Player(run, settings, peers=peers, weeks=_SMOKE_WEEKS if smoke else ())
    main = play(asked, at)
    held = play(asked, at, held_back_hours=held_back_hours) if held_back_hours and not smoke else None
    late = play([wednesday], "wednesday") if wednesday in run.seasons and at == "open" and not smoke else None
    every = [p for p in (main, held, late) if p is not None]
    accounts = _ledger_of(run, every)
    return Backtest(
        main=main,
        held_back=held,
        late=late,
        opener=opener_gain(main.walk.evaluated, rng=np.random.default_rng(settings.seed)),
        recalibrated=recalibrated_gain(main.walk.evaluated),
        naive=naive_sides(run.everything, main.walk, maximum_age_hours=stage_policy(settings).close_maximum_age_hours),
        peers=peers,
        accounts=accounts,
        notes=(*peers.missing, *_notes(main, settings)),
    )


@dataclass(frozen=True, slots=True)
class _Player:
    run: StudyRun
    settings: Settings
    peers: Peers
    weeks: tuple[int, ...]

    def __call__(self, seasons: Sequence[int], at: DecisionInstant, *, held_back_hours: float = 0.0) -> Played:
        walked = walked_seasons(
            self.run.facts, settings=self.settings, seasons=seasons, decide_at=at,
            held_back_hours=held_back_hours, weeks=self.weeks,
        )  # fmt: skip
        performance = walk_performance(
            walked.walk.bets, walked.walk.evaluated, rng=np.random.default_rng(self.settings.seed),
            peers=self.peers.probabilities if len(self.peers.probabilities) else None,
        )  # fmt: skip
        return Played(at, held_back_hours, walked, performance)


def _instant(text: str) -> DecisionInstant:
    if text == "open":
        return "open"
    if text == "wednesday":
        return "wednesday"
    raise ParameterError(f"decide_at must be open or wednesday, got {text!r}.")


def _seasons(run: StudyRun, seasons: Sequence[int]) -> list[int]:
    known = run.seasons[_EARLIER:]
    chosen = [s for s in known if s in seasons] if seasons else [s for s in known if s >= _FIRST]
    if not chosen or (absent := sorted(set(seasons) - set(chosen))):
        asked = absent if chosen else list(seasons)
        raise MissingArtifactError(
            f"Seasons {asked} cannot be walked: a season needs {_EARLIER} earlier ones among the facts, which are of "
            f"{run.seasons}."
        )
    return chosen


def opener_gain(evaluated: pd.DataFrame, *, rng: np.random.Generator) -> OpenerGain | None:
    """Return what the model's forecast of winners gained on the prices it was given, and the share of what there was.

    Parameters
    ----------
    evaluated : DataFrame
        Of a walk.
    rng : Generator
        For the share's interval: weeks are drawn with replacement and both means taken anew.
    """
    games = evaluated[(evaluated["target"] == "win") & evaluated["outcome"].notna()]
    games = games[games[list(FORECASTERS)].notna().all(axis=1)]
    labels = weeks_of(games)
    if len(np.unique(labels)) < 2:
        return None
    score = {name: brier(games[name], games["outcome"]) for name in FORECASTERS}
    gained, gap = score["market"] - score["model"], score["market"] - score["close"]
    week = np.unique(labels, return_inverse=True)[1]
    sums = [np.bincount(week, weights=values) for values in (gained, gap)]
    pick = rng.integers(0, len(sums[0]), size=(_RESAMPLES, len(sums[0])))
    low, high = np.quantile(sums[0][pick].sum(axis=1) / sums[1][pick].sum(axis=1), [0.025, 0.975])
    share = float(gained.sum() / gap.sum())
    return OpenerGain(clustered_mean(gained, labels), clustered_mean(gap, labels), share, float(low), float(high))


def _ledger_of(run: StudyRun, played: Sequence[Played]) -> tuple[str, ...]:
    """Join the seasons' ledgers into the study's own; return the accounts' names."""
    path = run.folder / LEDGER
    path.unlink(missing_ok=True)
    ledger = open_ledger(f"sqlite:///{path}")
    try:
        for part in (path for one in played for path in one.walked.ledgers):
            season = open_ledger(f"sqlite:///{part}")
            try:
                ledger.absorb(season)
            finally:
                season.close()
        return tuple(sorted(ledger.table("bankroll_history")["policy"].unique()))
    finally:
        ledger.close()


def _notes(main: Played, settings: Settings) -> list[str]:
    bets, policy = main.walk.bets, stage_policy(settings)
    assumed = int(bets["instant_assumed"].sum())
    unpriced = int(bets["price_assumed"].sum())
    notes = [
        f"Each season begins anew with {policy.bankroll:g} units; wealth over seasons compounds the weeks' returns."
    ]
    if assumed:
        notes.append(
            f"{assumed} of {len(bets)} bets are at openers without a time stamp, taken as known on Tuesday 06:00 "
            "Eastern: some were posted earlier, before the last games were over."
        )
    if unpriced:
        notes.append(f"{unpriced} of {len(bets)} bets have no price on record and are taken at 10/11 (-110).")
    return notes
