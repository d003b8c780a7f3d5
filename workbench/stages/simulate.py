"""Stage 06, simulate: each game's distribution, price, edge and stake."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.decision.decide import decide
from workbench.decision.model import Model, ModelDraws
from workbench.decision.policy import Policy
from workbench.decision.slip import Slip
from workbench.stages.bookkeeping import controls_before, stage_ledger, stage_policy
from workbench.stages.context import StageRun, decision_instant
from workbench.stages.models import forecast_from_json, week_model
from workbench.stages.profiles import FORECAST_MODEL
from workbench.stages.warmup import WarmUp, warm_up
from workbench.store.ledger import Recorded


@dataclass(frozen=True, slots=True)
class Simulated:
    """What simulation leaves and its notebook explains.

    Attributes
    ----------
    as_of : Timestamp
        The decision instant.
    slip : Slip
        Every price looked at, and the bets chosen.
    draws : ModelDraws
        Of every game that could still be bet.
    recorded : Recorded
        Whether this slip is the week's slip of record, or another run's is.
    warmup : WarmUp
    basis : str
        What the drive model was fitted on.
    """

    as_of: pd.Timestamp
    slip: Slip
    draws: ModelDraws
    recorded: Recorded
    warmup: WarmUp
    basis: str


class KeptDraws:
    """A model that keeps the draws it gave, so that the page shows the very draws the slip was decided on."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.given: ModelDraws | None = None

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        """Return the model's draws and keep them."""
        self.given = self._model.draws(view, games, quotes)
        return self.given


def simulate_week(run: StageRun) -> Simulated:
    """Replay the weeks before where needed, then decide this one and record the slip."""
    facts = run.facts()
    instant = decision_instant(run, facts)
    view = facts.as_of(instant)
    policy = stage_policy(run.settings)
    forecast = forecast_from_json(run.read_json("02_profiles", FORECAST_MODEL))
    model = week_model(view, season=run.week.season, forecast=forecast, settings=run.settings)
    ledger = stage_ledger(run.settings)
    try:
        warmup = warm_up(run, facts=facts, instant=instant, model=model, policy=policy, ledger=ledger)
        kept = KeptDraws(model)
        account = {"league": run.settings.league, "policy": policy.name}
        at_stake = ledger.open_stakes(instant, **account)
        slip = decide(
            view,
            model=kept,
            policy=policy,
            week=run.week,
            bankroll=ledger.bankroll_at(instant, initial_units=policy.bankroll, **account),
            open_stakes=sum(at_stake.values()),
            open_by_game=at_stake,
            controls=controls_before(ledger, settings=run.settings, policy=policy, week=run.week, instant=instant),
        )
        recorded = ledger.record_slip(
            slip, league=run.settings.league, policy=policy.name, run_key=run.key, audit=_audit(run)
        )
    finally:
        ledger.close()
    draws = kept.given if kept.given is not None else model.draws(view, slip.forecasts.head(0), slip.prices.head(0))
    _leave(run, slip, draws, policy=policy, recorded=recorded)
    return Simulated(instant, slip, draws, recorded, warmup, model.drives.basis)


def draw_table(draws: ModelDraws) -> pd.DataFrame:
    """Return one row a draw: game_id, draw, home_score, away_score, margin, total, weight."""
    n_games, n_draws = draws.home.shape
    home, away = draws.home.ravel(), draws.away.ravel()
    return pd.DataFrame(
        {
            "game_id": pd.Categorical(np.repeat(draws.game_ids.astype(object), n_draws)),
            "draw": np.tile(np.arange(n_draws, dtype=np.int32), n_games),
            "home_score": home,
            "away_score": away,
            "margin": home - away,
            "total": home + away,
            "weight": draws.weights.ravel(),
        }
    )


def _audit(run: StageRun) -> dict[str, object]:
    return {"data_hash": run.upstream["01_ingest"].data_hash}


def _leave(run: StageRun, slip: Slip, draws: ModelDraws, *, policy: Policy, recorded: Recorded) -> None:
    run.save_table("simulations.parquet", draw_table(draws))
    run.save_table("prices.parquet", slip.prices)
    run.save_table("forecasts.parquet", slip.forecasts)
    run.save_table("excluded.parquet", slip.excluded)
    run.save_table("recommendations.csv", slip.bets)
    run.save_json(
        "metadata.json",
        {
            "as_of": slip.as_of.isoformat(),
            "slip": slip.digest,
            "policy": policy.digest,
            "base_units": slip.base_units,
            "of_record": recorded.of_record,
            "record_run_key": recorded.record_run_key,
            "seed": run.settings.seed,
            "draws": int(draws.home.shape[1]),
            "draws_digest": hashlib.sha256(draws.home.tobytes() + draws.away.tobytes()).hexdigest(),
        },
    )
