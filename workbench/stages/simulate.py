"""Stage 06, simulate: each game's distribution, price, edge and stake."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import __version__
from workbench.backtest.account import account_before
from workbench.clock import AsOf
from workbench.decision.decide import decide
from workbench.decision.model import Model, ModelDraws, no_draws
from workbench.decision.performance import expected_clv
from workbench.decision.policy import Policy
from workbench.decision.slip import Slip
from workbench.decision.slip_risk import WeekRisk, week_risk
from workbench.simulate.shape import DriftVerdict
from workbench.simulate.validate import ValidationTable
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.context import StageRun, decision_instant
from workbench.stages.keys import package_digest
from workbench.stages.models import forecast_from_json, season_model
from workbench.stages.profiles import FORECAST_MODEL
from workbench.stages.season_check import SeasonCheck, validated
from workbench.stages.warmup import WarmUp, warm_up
from workbench.store.ledger import Ledger, Recorded


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
    risk : WeekRisk or None
        What the slip puts at risk; None without bets.
    recorded : Recorded
        Whether this slip is the week's slip of record, or another run's is.
    warmup : WarmUp
    check : SeasonCheck
        The season so far against its draws.
    drift : DriftVerdict or None
        Whether the shape has drifted; None before the first finished game.
    validation : ValidationTable or None
        None before the first finished game.
    basis : str
        What the drive model was fitted on.
    """

    as_of: pd.Timestamp
    slip: Slip
    draws: ModelDraws
    risk: WeekRisk | None
    recorded: Recorded
    warmup: WarmUp
    check: SeasonCheck
    drift: DriftVerdict | None
    validation: ValidationTable | None
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
    model = season_model(view, season=run.week.season, forecast=forecast, settings=run.settings)
    kept = KeptDraws(model.at(instant))
    ledger = stage_ledger(run.settings)
    try:
        warmup = warm_up(run, facts=facts, instant=instant, model=model, policy=policy, ledger=ledger)
        account = account_before(ledger, league=run.settings.league, policy=policy, week=run.week, instant=instant)
        slip = decide(
            view,
            model=kept,
            policy=policy,
            week=run.week,
            bankroll=account.bankroll,
            open_stakes=sum(account.open_by_game.values()),
            open_by_game=account.open_by_game,
            controls=account.controls,
        )
        _, drift = model.check.shape_at(instant)
        recorded = _recorded(run, ledger, slip, drift=drift)
    finally:
        ledger.close()
    draws = kept.given or no_draws()
    validation = validated(model.check, seed=run.settings.seed)
    # a stream of its own: the risk of a week hangs on no other number drawn
    rng = np.random.default_rng([run.settings.seed, run.week.season, run.week.week])
    risk = week_risk(slip.bets, slip.prices, draws=draws, rng=rng)
    _leave(run, slip, draws, policy=policy, recorded=recorded, risk=risk)
    return Simulated(instant, slip, draws, risk, recorded, warmup, model.check, drift, validation, model.drives.basis)


def _recorded(run: StageRun, ledger: Ledger, slip: Slip, *, drift: DriftVerdict | None) -> Recorded:
    """Record the slip with its audit row: what it knew, what it was made with, what it expects."""
    league, policy = run.settings.league, slip.policy.name
    history = ledger.bets(league=league, policy=policy)
    earlier = history[history["season"] * 100 + history["week"] < run.week.season * 100 + run.week.week]
    expected = expected_clv(earlier.assign(headline=earlier["headline"].eq(True)), slip.bets["edge_points"])
    weights = run.read_table("02_profiles", "team_profiles.parquet").groupby("metric")["weight"].mean()
    audit = {
        "data_hash": run.upstream["01_ingest"].data_hash,
        "module_versions": json.dumps({"workbench": __version__, "source": package_digest()[:16]}),
        "expected_clv": float(expected.mean()) if expected.notna().any() else None,
        "shrinkage_weights": json.dumps({str(k): round(float(v), 4) for k, v in weights.items()}),
        "shape_drift": drift.sentence if drift else "no finished game yet",
    }
    return ledger.record_slip(slip, league=league, policy=policy, run_key=run.key, audit=audit)


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


def _leave(
    run: StageRun, slip: Slip, draws: ModelDraws, *, policy: Policy, recorded: Recorded, risk: WeekRisk | None
) -> None:
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
            "risk": None if risk is None else risk.summary(),
        },
    )
