"""The long study of effects: what shocks do to games and what the market leaves, over all seasons there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from workbench.causal.checks.multiple_testing import family_table
from workbench.causal.checks.run import CheckPlan
from workbench.causal.pool.library import build_library
from workbench.causal.power import POINTS, power_table
from workbench.clock import RESULT_LAG
from workbench.stages.effects.absorbing import Absorbed, absorbing_effects, matched_firings
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.cells import absorbing_cells, library_cells
from workbench.stages.effects.checked import check_estimates
from workbench.stages.effects.claims import claims_under_test
from workbench.stages.effects.estimates import estimate_from, records, two_numbers, unpriced_shares
from workbench.stages.effects.frames import EffectFrames, effect_frames
from workbench.stages.effects.player_effects import yards_effects
from workbench.stages.effects.questions import QUESTIONS, question_named
from workbench.stages.effects.week import Effects, event_counts
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.treatment_coaches import Coaches, coaching_changes
from workbench.stages.studies.treatment_learners import varying_effects
from workbench.stages.studies.treatment_pool import OUTCOMES, Pooled, pooled_outcome
from workbench.stages.studies.treatment_quarterbacks import by_horizon, gap_response
from workbench.stages.studies.treatment_schedule import bye_by_era, bye_shares, home_by_era

#: Longer than the weekly stage's checks.
_CHECKS: Final = CheckPlan(placebos=200, noises=20, subsets=50)
_SMOKE_CHECKS: Final = CheckPlan(placebos=20, noises=3, subsets=5)
_CACHE: Final = "kept_estimates"
FAMILIES: Final = ("game", "after_close")


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentEffects:
    """Everything the study found.

    Attributes
    ----------
    seasons : tuple of int
        First and last with games.
    games, events : int
    whole : Effects
        What the weekly stage answers, over all seasons, with longer checks.
    family : DataFrame
        ``number, question, estimate, p_value, holm, benjamini_hochberg, survives_holm, survives_bh``.
    power : DataFrame
        ``question, label, number, horizon`` and what each standard error lets one see.
    byes, bye_share, home : DataFrame
        Beside published values.
    doses, horizons : DataFrame
        Quarterback changes by value gap, and game by game.
    coaches : Coaches
    varying : mapping of str to DataFrame
        Meta-learners.
    pools : tuple of Pooled
    """

    seasons: tuple[int, int]
    games: int
    events: int
    whole: Effects
    family: pd.DataFrame
    power: pd.DataFrame
    byes: pd.DataFrame
    bye_share: pd.DataFrame
    home: pd.DataFrame
    doses: pd.DataFrame
    horizons: pd.DataFrame
    coaches: Coaches
    varying: Mapping[str, pd.DataFrame]
    pools: tuple[Pooled, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be derived or estimated."""
        return (*self.whole.notes, *self.coaches.notes)

    @property
    def survivors(self) -> pd.DataFrame:
        """One row a question and number: ``question, number, survives, summary``."""
        return self.whole.checks.drop_duplicates(["question", "number"])[["question", "number", "survives", "summary"]]

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        coaches, whole = self.coaches, self.whole
        return {
            "estimates": whole.estimates, "unpriced_shares": whole.shares, "yards": whole.yards, "byes": self.byes,
            "bye_shares": self.bye_share, "home_field": self.home, "quarterback_doses": self.doses,
            "quarterback_horizons": self.horizons, "coaching": coaches.effects, "coaching_balance": coaches.balance,
            "coaching_trends": dict(coaches.trends), "coaching_honest": dict(coaches.honest),
            "event_studies": whole.absorbed.paths, "pre_trends": whole.absorbed.pre_trends,
            "heterogeneity": dict(self.varying), "pooled": {p.outcome: p.cells for p in self.pools},
            "spreads": {p.outcome: p.spreads for p in self.pools},
            "convergence": {p.outcome: p.convergence for p in self.pools}, "family": self.family, "power": self.power,
            "checks": whole.checks, "claims_under_test": whole.claims, "notes": list(self.notes),
        }  # fmt: skip


def study_treatment_effects(run: StudyRun, *, sampled: bool = False, smoke: bool = False) -> TreatmentEffects:
    """Answer every question of effects with all there is.

    Parameters
    ----------
    run : StudyRun
    sampled : bool
        Whether PyMC samples the hierarchical model beside the exact grid.
    smoke : bool
        Short checks and light learners.

    Raises
    ------
    ValidationError
        If sampling did not converge.
    """
    cache = EstimateCache(run.folder.parent / _CACHE)
    frames = effect_frames(run.everything)
    return effects_studied(frames, as_of=run.as_of, cache=cache, seed=run.settings.seed, sampled=sampled, smoke=smoke)


def effects_studied(
    frames: EffectFrames, *, as_of: pd.Timestamp, cache: EstimateCache, seed: int, sampled: bool, smoke: bool
) -> TreatmentEffects:
    """Answer every question from frames at hand."""
    horizons = by_horizon(frames, cache=cache)
    absorbed = absorbing_effects(frames, questions=QUESTIONS, cache=cache)
    cells = pooled_cells(frames, absorbed, cache=cache)
    whole = _whole(
        frames, absorbed, cells, as_of=as_of, cache=cache, seed=seed, plan=_SMOKE_CHECKS if smoke else _CHECKS
    )
    pools = (pooled_outcome(cells, outcome=outcome, sampled=sampled, seed=seed) for outcome in OUTCOMES)
    seasons = frames.games["season"]
    return TreatmentEffects(
        seasons=(int(seasons.min()), int(seasons.max())), games=len(frames.games), events=len(frames.events),
        whole=whole, family=families(whole.estimates), power=seen_and_unseen(whole.estimates, horizons),
        byes=bye_by_era(frames, cache=cache), bye_share=bye_shares(frames, cache=cache),
        home=home_by_era(frames, cache=cache), doses=gap_response(frames, cache=cache), horizons=horizons,
        coaches=coaching_changes(frames, cache=cache, seed=seed),
        varying=varying_effects(frames, cache=cache, seed=seed, smoke=smoke),
        pools=tuple(pool for pool in pools if pool is not None),
    )  # fmt: skip


def _whole(
    frames: EffectFrames, absorbed: Absorbed, cells: pd.DataFrame, *, as_of: pd.Timestamp, cache: EstimateCache,
    seed: int, plan: CheckPlan,
) -> Effects:  # fmt: skip
    """Return the weekly stage's answers over all seasons; no week's own shocks are looked up."""
    single = two_numbers(frames, questions=QUESTIONS, cache=cache)
    estimates = pd.concat([single, absorbed.estimates], ignore_index=True)
    firings = matched_firings(frames, question=question_named("coaching_change"), cache=cache)
    yards = yards_effects(frames, questions=QUESTIONS, cache=cache)
    return Effects(
        as_of=as_of, counts=event_counts(frames), windows=frames.database.windows,
        missing=frames.database.missing(), estimates=estimates,
        shares=unpriced_shares(frames, questions=QUESTIONS, cache=cache), yards=yards, absorbed=absorbed,
        firings=firings, checks=check_estimates(frames, single, cache=cache, plan=plan, seed=seed),
        power=pd.DataFrame(), library=build_library(cells, as_of=as_of) if len(cells) else cells,
        claims=claims_under_test(estimates, firings=firings, yards=yards), now=pd.DataFrame(),
        notes=frames.database.notes, kept=cache.found, made=cache.made,
    )  # fmt: skip


def pooled_cells(frames: EffectFrames, absorbed: Absorbed, *, cache: EstimateCache) -> pd.DataFrame:
    """Return every cell that the library pools."""
    cells = library_cells(frames, cache=cache)
    if frames.games.empty:
        return cells
    last = frames.games["kickoff_utc"].max() + RESULT_LAG
    types = {question.name: question.types[0] for question in QUESTIONS}
    return pd.concat([cells, absorbing_cells(absorbed.estimates, types=types, known_at=last)], ignore_index=True)


def families(estimates: pd.DataFrame) -> pd.DataFrame:
    """Return the p-values of the family, on the game and after the close, adjusted for the looking."""
    known = estimates[estimates["why_not"].eq("")]
    asked = {question.name: question.label for question in QUESTIONS if question.family}
    parts = []
    for number in FAMILIES:
        mine = known[known["number"].eq(number) & known["question"].isin(list(asked))]
        table = family_table({str(row["question"]): estimate_from(row) for row in records(mine)})
        parts.append(table.rename(columns={"name": "question"}).assign(number=number))
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(label=whole["question"].map(asked))


def seen_and_unseen(estimates: pd.DataFrame, horizons: pd.DataFrame) -> pd.DataFrame:
    """Return what each standard error lets one see, with horizon and number beside it, and the games that would see it.

    Returns
    -------
    DataFrame
        ``label, number, horizon, effect, standard_error, minimal_detectable, power, seen, treated, treated_needed``.
    """
    spans = {q.name: "first game" if q.last_horizon == 0 else f"games 0 to {q.last_horizon}" for q in QUESTIONS}
    labels = {q.name: q.label for q in QUESTIONS}
    rows = {}
    for row in records(estimates[estimates["why_not"].eq("")]):
        rows[row["label"], row["number"], spans[row["question"]]] = estimate_from(row)
    for row in records(horizons[horizons["why_not"].eq("")]):
        if row["horizon"] != "first less later":
            rows[labels[row["question"]], row["number"], row["horizon"]] = estimate_from(row)
    keys = pd.DataFrame(list(rows), columns=["label", "number", "horizon"])
    table = power_table({str(place): estimate for place, estimate in enumerate(rows.values())}, points=POINTS)
    return pd.concat([keys, table.drop(columns="estimate")], axis=1)
