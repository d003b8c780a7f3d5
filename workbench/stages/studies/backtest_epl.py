"""The study of football with three outcomes: goals against Pinnacle's prices on a season that nothing was tuned on."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.backtest.goals_season import GoalsWalk, Tuning, planned_batches, walk_goals_season, walk_informed_season
from workbench.backtest.goals_tuning import HALF_LIVES, SPREADS, Tuned, tuned
from workbench.backtest.retraining import Trigger, firing_rate
from workbench.backtest.season import SeasonWalk
from workbench.clock import AsOf
from workbench.data.demo.goals_league import GoalsLeague, write_goals_league
from workbench.data.epl.load import load_matches
from workbench.data.epl.source import EplSource, season_code, season_of_code
from workbench.data.fetch import Fetcher
from workbench.decision.clustered import weeks_of
from workbench.decision.policy import Policy
from workbench.decision.three_way_scores import match_forecasts, match_scores
from workbench.decision.walk_performance import WalkPerformance, walk_performance
from workbench.errors import MissingArtifactError, ParameterError
from workbench.schema import THREE_WAY
from workbench.settings import Settings
from workbench.stages.bookkeeping import stage_policy
from workbench.stages.studies.context import StudyRun
from workbench.store.ledger import Ledger, open_ledger
from workbench.store.tables import FactStore, write_facts

LEDGER: Final = "ledger.sqlite"
_ALWAYS: Final = pd.Timestamp("2200-01-01", tz="UTC")
#: Seasons before the test season that everything is tuned on.
TRAINING: Final = 7
#: Of everyone whose forecasts are compared, in the order of tables: goals alone, goals and price, the two prices.
FORECASTERS: Final = ("goals", "informed", "open", "close")
#: Seasons looked back on when a trigger calls for tuning anew, the one that is played included.
_RETUNE: Final = 4
_BOOK: Final = "pinnacle"
_SMOKE_BATCHES: Final = tuple(range(1, 7))
_SIMULATED: Final = range(2019, 2024)
_SMOKE_SIMULATED: Final = range(2021, 2024)
#: Seasons simulated for the rates of the rule: half a percentage point of error, or five.
_RATES: Final = 4000
_SMOKE_RATES: Final = 200
#: Of the rule's operating characteristic: how much worse a model that is truly off would be.
BROKEN: Final = 0.06


@dataclass(frozen=True, slots=True)
class Rule:
    """The trigger and what it does.

    Attributes
    ----------
    trigger : Trigger
    false_alarms : float
        Share of seasons in which it fires for a model as good as the market.
    usual_alarms : float
        For one as much worse as the model was in training.
    found : float
        For one that is worse by `BROKEN`.
    """

    trigger: Trigger
    false_alarms: float
    usual_alarms: float
    found: float


@dataclass(frozen=True, slots=True)
class BacktestEpl:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    season : int
        Starting year of the season that nothing was tuned on.
    training : Tuned
    training_scores, scores : DataFrame
        One row a match: ``brier_``, ``rps_`` and ``log_loss_`` of each of `FORECASTERS`, game_id, season, week, won.
    matches : DataFrame
        The test season's chances, ``<forecaster>_home`` and so on.
    goals : GoalsWalk
    informed : SeasonWalk
    money : mapping of str to WalkPerformance
        By ``goals`` and ``informed``: what their bets earned.
    rule : Rule
    simulated : bool
        Whether the matches are a simulated league's.
    notes : tuple of str
    """

    season: int
    training: Tuned
    training_scores: pd.DataFrame
    scores: pd.DataFrame
    matches: pd.DataFrame
    goals: GoalsWalk
    informed: SeasonWalk
    money: Mapping[str, WalkPerformance]
    rule: Rule
    simulated: bool
    notes: tuple[str, ...]

    @property
    def season_name(self) -> str:
        """The test season as people write it, such as 2023-24."""
        return f"{self.season}-{(self.season + 1) % 100:02d}"

    @property
    def training_name(self) -> str:
        """The training seasons as people write them."""
        seasons = sorted(set(self.training.matches["season"]))
        return f"{seasons[0]}-{(seasons[0] + 1) % 100:02d} to {seasons[-1]}-{(seasons[-1] + 1) % 100:02d}"


def study_backtest_epl(run: StudyRun, *, test_season: int = 2324, smoke: bool = False) -> BacktestEpl:
    """Tune on the seasons before, walk the test season batch by batch, and score it once.

    Parameters
    ----------
    run : StudyRun
        Its parameter ``matches`` may name a folder of season files; without one the league's are read, and where the
        league is another, a simulated league of goals.
    test_season : int
        As football-data.co.uk writes it, 2324, or its starting year.
    smoke : bool
        Six batches, one setting, one season to tune on.

    Raises
    ------
    ParameterError
        If ``test_season`` names no season.
    MissingArtifactError
        If it, or a season before it with prices, is not among the matches.
    """
    season = _season(test_season)
    given = run.path("matches")
    if given is None and run.settings.league == "epl":
        return _studied(run, run.facts, season=season, smoke=smoke, notes=())
    with tempfile.TemporaryDirectory() as made:
        folder = given
        if folder is None:
            folder = _simulated(Path(made) / "files", smoke=smoke, seed=run.settings.seed)
        facts, notes = _facts(folder, root=Path(made), seasons=range(season - 15, season + 1))
        return _studied(run, facts, season=season, smoke=smoke, notes=notes)


def _simulated(folder: Path, *, smoke: bool, seed: int) -> Path:
    seasons, law = (_SMOKE_SIMULATED, GoalsLeague(clubs=12)) if smoke else (_SIMULATED, GoalsLeague())
    return write_goals_league(folder, seasons=seasons, truth=law, rng=np.random.default_rng(seed))


def _season(code: int) -> int:
    try:
        return season_of_code(f"{code:04d}")
    except ValueError as error:
        raise ParameterError(f"test_season: {error}") from error


def _facts(folder: Path, *, root: Path, seasons: range) -> tuple[FactStore, tuple[str, ...]]:
    source = EplSource(Fetcher(base=str(folder), raw=root / "raw"))
    loaded = load_matches(source.fetch(list(seasons)), seasons=list(seasons))
    notes = tuple(f"{note.feature}: {note.reason}." for note in loaded.degraded)
    return FactStore(root, write_facts(root, loaded.tables)), notes


def _studied(run: StudyRun, facts: FactStore, *, season: int, smoke: bool, notes: tuple[str, ...]) -> BacktestEpl:
    settings, policy = run.settings, _policy(run.settings)
    games = facts.as_of(_ALWAYS).table("games")
    plan = planned_batches(games, season=season, batches=_SMOKE_BATCHES if smoke else ())
    if not plan:
        raise MissingArtifactError(
            f"The season {season_code(season)} is not among the matches, which are of {sorted(set(games['season']))}. "
            f"A league is read up to its default_season: --set default_season={season}."
        )
    how: dict[str, Any] = {"policy": policy, "smoke": smoke, "settings": settings}
    training = _tuned(facts.as_of(plan[0].instant), seasons=range(season - TRAINING, season), **how)

    def retuned(instant: pd.Timestamp) -> Tuning:
        found = _tuned(facts.as_of(instant), seasons=range(season - _RETUNE + 1, season + 1), **how)
        return Tuning(found.memory, found.weight)

    trigger = Trigger()
    rule = _rule(training, trigger=trigger, seed=settings.seed, smoke=smoke)
    account = f"{_BOOK}-{season_code(season)}"
    ledger = _ledger(run.folder)
    try:
        common: dict[str, Any] = {"policy": policy, "ledger": ledger, "league": "epl", "seed": settings.seed}
        goals = walk_goals_season(
            facts.as_of, plan=plan, tuning=Tuning(training.memory, training.weight),
            retune=retuned, trigger=trigger, account=f"{account}-goals", **common,
        )  # fmt: skip
        informed = walk_informed_season(
            facts.as_of, plan=plan, tunings=goals.tunings, account=f"{account}-informed", **common
        )
    finally:
        ledger.close()
    matches = _joined(goals.walk.evaluated, informed.evaluated)
    rng = np.random.default_rng(settings.seed)
    money = {
        name: walk_performance(walk.bets, walk.evaluated, rng=rng, lines=False)
        for name, walk in (("goals", goals.walk), ("informed", informed))
    }
    return BacktestEpl(
        season=season,
        training=training,
        training_scores=match_scores(_renamed(training.matches), forecasters=FORECASTERS),
        scores=match_scores(matches, forecasters=FORECASTERS),
        matches=matches,
        goals=goals,
        informed=informed,
        money=money,
        rule=rule,
        simulated=run.path("matches") is None and settings.league != "epl",
        notes=(*notes, *_notes(goals.walk, games=games, season=season), *_kickoffs(facts)),
    )


def _policy(settings: Settings) -> Policy:
    if settings.league == "epl":
        return stage_policy(settings)
    return replace(Policy(), name="epl", books=(_BOOK,), markets=(THREE_WAY,))


def _tuned(view: AsOf, *, seasons: range, policy: Policy, smoke: bool, settings: Settings) -> Tuned:
    """Tune on what a view knows of some seasons: those with prices and an earlier one to learn from."""
    tables = {name: view.table(name) for name in ("games", "results", "quotes")}
    quotes = tables["quotes"]
    priced = set(quotes.loc[(quotes["source"] == policy.books[0]) & (quotes["kind"] == "open"), "season"])
    known = set(tables["results"]["season"])
    chosen = [season for season in seasons if season in priced and any(earlier < season for earlier in known)]
    if not chosen:
        raise MissingArtifactError(
            f"None of the seasons {season_code(seasons[0])} to {season_code(seasons[-1])} has {policy.books[0]}'s "
            "prices and an earlier one to learn from."
        )
    half_lives, spreads = ((365.0,), (0.4,)) if smoke else (HALF_LIVES, SPREADS)
    return tuned(
        tables, seasons=chosen, source=policy.books[0], half_lives=half_lives, spreads=spreads,
        method=policy.overround_method, workers=1 if smoke else settings.compute.workers,
    )  # fmt: skip


def _rule(training: Tuned, *, trigger: Trigger, seed: int, smoke: bool) -> Rule:
    scores = match_scores(training.matches, forecasters=("model", "market"))
    excess = (scores["brier_model"] - scores["brier_market"]).to_numpy(dtype=np.float64)
    batches = weeks_of(scores)
    rates = [
        firing_rate(
            excess,
            list(batches),
            trigger=trigger,
            mean=mean,
            rng=np.random.default_rng(seed),
            seasons=_SMOKE_RATES if smoke else _RATES,
        )
        for mean in (0.0, None, BROKEN)
    ]
    return Rule(trigger, *rates)


def _ledger(folder: Path) -> Ledger:
    path = folder / LEDGER
    path.unlink(missing_ok=True)
    return open_ledger(f"sqlite:///{path}")


def _joined(goals: pd.DataFrame, informed: pd.DataFrame) -> pd.DataFrame:
    """Return the test season's matches with the chances of all four forecasters."""
    keys = ["game_id", "season", "week"]
    alone = match_forecasts(goals, forecasters=("model", "market", "close"))
    both = match_forecasts(informed, forecasters=("model",)).drop(columns="won")
    both = both.rename(columns={c: c.replace("model_", "informed_") for c in both.columns})
    return _renamed(alone.merge(both, on=keys, how="inner", validate="one_to_one"))


def _renamed(matches: pd.DataFrame) -> pd.DataFrame:
    named = {"model_": "goals_", "market_": "open_"}
    out = matches
    for old, new in named.items():
        out = out.rename(columns={c: c.replace(old, new, 1) for c in out.columns if c.startswith(old)})
    return out


def _kickoffs(facts: FactStore) -> list[str]:
    """Say of which seasons the files have no kick-off times."""
    quotes = facts.as_of(_ALWAYS).table("quotes", columns=["season", "kind", "instant_assumed"])
    lacking = sorted(set(quotes.loc[(quotes["kind"] == "close") & quotes["instant_assumed"], "season"]))
    if not lacking:
        return []
    return [
        f"The files have no kick-off times from {lacking[0]} to {lacking[-1]}: matches then count as starting at 20:15 "
        "UK, the latest plausible time, so that no result is known too early."
    ]


def _notes(walk: SeasonWalk, *, games: pd.DataFrame, season: int) -> Sequence[str]:
    mine = games[(games["season"] == season) & games["week"].isin(walk.weeks["week"])]
    undecided = len(mine) - len(walk.forecasts)
    notes = [
        "Prices before the match carry no time stamp: they count as known on Friday or Tuesday at 18:00 UK, or 90 "
        "minutes before the first match of a day that begins earlier. The schedule is the one played: who was told "
        "what of a postponement, and when, is not in the files.",
    ]
    if undecided:
        notes.append(f"{undecided} matches were not decided on.")
    if len(walk.excluded):
        notes.append(f"{len(walk.excluded)} matches had no usable price of the book.")
    return notes
