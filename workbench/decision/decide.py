"""The one way to a slip: the live week, the warm-up replay and every backtest call `decide`."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.clock import MINIMUM_LEAD, AsOf, Week
from workbench.decision.confidence import confidences
from workbench.decision.judgement import Judgement, judged
from workbench.decision.model import Model, ModelDraws, no_draws
from workbench.decision.policy import Controls, Policy
from workbench.decision.pricing import effective_draws, priced, settled_values, sides_of
from workbench.decision.quotes import chosen_quotes, latest_quotes, quote_faults
from workbench.decision.slip import EXCLUDED_COLUMNS, FORECAST_COLUMNS, PRICE_COLUMNS, Slip, conformed
from workbench.decision.staking import staked
from workbench.decision.words import bet_sentence, refusal_sentence
from workbench.errors import ValidationError

_SIDE_ORDER = ["game_id", "market", "side"]
_GAME_OPTIONAL = ("game_type", "home_team", "away_team")


def decide(
    view: AsOf,
    *,
    model: Model,
    policy: Policy,
    week: Week,
    bankroll: float,
    open_stakes: float = 0.0,
    open_by_game: Mapping[str, float] | None = None,
    controls: Controls | None = None,
) -> Slip:
    """Decide one week as of the view's instant.

    Games and quotes are read through the view only, so nothing later than its instant can move a stake. Equal inputs
    give equal slips to the byte, in whatever order the tables' rows come.

    Parameters
    ----------
    view : AsOf
        What was known, and when the decision is made.
    model : Model
        Gives the draws.
    policy : Policy
    week : Week
    bankroll : float
        Settled bankroll at the instant, units.
    open_stakes : float, default 0
        Units at stake in bets not yet settled: they reduce the base and use up the week's cap.
    open_by_game : mapping of str to float, optional
        How ``open_stakes`` falls on games, where known: it uses up their caps too.
    controls : Controls, optional
        The gate's verdicts by book and the kill switch; by default every bet is ``shadow``.

    Returns
    -------
    Slip

    Raises
    ------
    ValidationError
        If bankroll or open stakes are negative or not finite, or the model's draws are malformed.
    """
    _check_money(bankroll, open_stakes)
    state = controls or Controls()
    base = max(bankroll - open_stakes, 0.0)
    games, left_out = _bettable(view, week=week)
    quotes, unquoted = _quotes(view, games, policy=policy, week=week)
    draws = model.draws(view, games, quotes) if len(games) else no_draws()
    drawn = games["game_id"].isin([str(game) for game in draws.game_ids])
    prices = priced(sides_of(quotes, games[drawn]), draws, policy=policy)
    prices = prices.assign(confidence=confidences(prices, draws))
    verdicts = judged(prices, policy=policy, controls=state)
    chosen = np.array([verdict.chosen for verdict in verdicts], dtype=bool)
    at_stake = _open_positions(open_stakes, open_by_game)
    stakes = staked(prices[chosen], draws, policy=policy, base_units=base, open_by_game=at_stake)
    told = conformed(_told(prices, stakes, verdicts, controls=state), columns=PRICE_COLUMNS, order=_SIDE_ORDER)
    undrawn = pd.DataFrame(
        {"game_id": games.loc[~drawn, "game_id"], "market": "", "reason": "the model has no forecast"}
    )
    excluded = pd.concat([left_out, unquoted, undrawn], ignore_index=True)
    return Slip(
        prices=told,
        bets=told[told["status"] != ""].reset_index(drop=True),
        forecasts=conformed(_forecasts(games[drawn], draws), columns=FORECAST_COLUMNS, order=["game_id"]),
        excluded=conformed(excluded, columns=EXCLUDED_COLUMNS, order=["game_id", "market", "reason"]),
        as_of=view.instant,
        week=week,
        policy=policy,
        base_units=base,
    )


def _check_money(bankroll: float, open_stakes: float) -> None:
    if not (np.isfinite(bankroll) and np.isfinite(open_stakes) and bankroll >= 0 and open_stakes >= 0):
        raise ValidationError(f"Bankroll and open stakes must be at least 0, got {bankroll} and {open_stakes}.")


def _open_positions(open_stakes: float, open_by_game: Mapping[str, float] | None) -> dict[str, float]:
    """Spread open stakes over games as far as known; what is left counts for the week only."""
    known = dict(open_by_game or {})
    return known | {"": max(open_stakes - sum(known.values()), 0.0)}


def _bettable(view: AsOf, *, week: Week) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the week's games into those that may still be bet, and those that may not with the reason."""
    games = view.table("games", seasons=[week.season])
    games = games[(games["season"] == week.season) & (games["week"] == week.week)].sort_values("game_id", kind="stable")
    for column in _GAME_OPTIONAL:
        games[column] = games[column].fillna("") if column in games else ""
    late = games["kickoff_utc"] <= view.instant + MINIMUM_LEAD
    started = games.loc[late, "kickoff_utc"] <= view.instant
    reason = np.where(started, "kicked off before the decision", "kicks off within 60 minutes of the decision")
    left_out = pd.DataFrame({"game_id": games.loc[late, "game_id"], "market": "", "reason": reason})
    return games[~late].reset_index(drop=True), left_out


def _quotes(view: AsOf, games: pd.DataFrame, *, policy: Policy, week: Week) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose the quotes to bet into; say of each market without one why."""
    quotes = view.table("quotes", seasons=[week.season])
    quotes = quotes[quotes["market"].isin(list(policy.markets)) & quotes["game_id"].isin(games["game_id"])]
    age = policy.maximum_quote_age_hours
    latest = latest_quotes(quotes, games, at=view.instant)
    chosen = chosen_quotes(latest, books=policy.books, maximum_age_hours=age)
    seen = latest[latest["source"].isin(list(policy.books))]
    faults = seen.assign(fault=seen["source"] + ": " + quote_faults(seen, maximum_age_hours=age))
    words = faults.sort_values("source").groupby(["game_id", "market"])["fault"].agg("; ".join)
    have = set(zip(chosen["game_id"], chosen["market"], strict=True))
    missing = [(game, market) for game in games["game_id"] for market in policy.markets if (game, market) not in have]
    reasons = [f"no usable quote ({words.get(key, 'no book quotes it')})" for key in missing]
    named = {"game_id": [game for game, _ in missing], "market": [market for _, market in missing], "reason": reasons}
    return chosen, pd.DataFrame(named)


def _told(prices: pd.DataFrame, stakes: pd.DataFrame, verdicts: list[Judgement], *, controls: Controls) -> pd.DataFrame:
    """Join stakes to prices and put every row's reason in words."""
    rows = prices.join(stakes[["kelly", "stake_units", "stake_share", "needs_approval", "sizing"]])
    money = ["kelly", "stake_units", "stake_share"]
    rows[money] = rows[money].astype("float64").fillna(0.0)
    rows["needs_approval"] = rows["needs_approval"].eq(True)
    earned = rows["source"].isin(list(controls.open_sources))
    bet = rows["stake_units"] > 0
    status = np.where(bet, np.where(earned, "proposed", "shadow"), "")
    told = zip(rows.to_dict("records"), verdicts, strict=True)
    return rows.assign(status=status, reason=[_reason(row, verdict) for row, verdict in told])


def _reason(row: dict[object, object], verdict: Judgement) -> str:
    return bet_sentence(row, verdict.warning) if row["stake_units"] else refusal_sentence(row, verdict)


def _forecasts(games: pd.DataFrame, draws: ModelDraws) -> pd.DataFrame:
    margin = settled_values(draws, total=False)
    known = pd.DataFrame(
        {
            "game_id": pd.array([str(game) for game in draws.game_ids], dtype="str"),
            "fair_margin": draws.fair_margin,
            "fair_total": draws.fair_total,
            "home_win": (draws.weights * (margin > 0)).sum(axis=1),
            "tie": (draws.weights * (margin == 0)).sum(axis=1),
            "effective_draws": effective_draws(draws),
        }
    )
    return games.merge(known, on="game_id", how="inner", validate="one_to_one")
