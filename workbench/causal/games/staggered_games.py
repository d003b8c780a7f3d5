"""Absorbing events within team-seasons, the game as the row: what treated games add to what untreated ones foretell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from workbench.causal.games.game_strength import Floats, GameStrength, fit_strength
from workbench.causal.games.season_clock import Clock, season_clock
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

#: Weeks since the event counted as its first effect; later ones are the remaining games.
FIRST_WEEKS: Final = (0, 1, 2, 3)
#: Leads tested against the games before them and the last one before the event.
LEADS: Final = (-4, -3, -2)
_REFERENCE: Final = -1
_FEWEST_EVENTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy:
    """An event study on games.

    Attributes
    ----------
    path : DataFrame
        ``horizon, estimate, standard_error, low, high, n`` (team-games). Horizons are games since the event; the last
        one stands for all remaining games. The reference, -1, is zero without a standard error.
    overall : Estimate
        The games of ``first_weeks`` alike.
    remaining : Estimate or None
        The games after them alike; None where there are none.
    pre_trend : tuple of float
        Joint F statistic of the leads, and its p-value.
    strength_sd, noise_sd : float
        Spread of team-seasons about their prior and of games about the teams, in the outcome's unit.
    notes : tuple of str
    """

    path: pd.DataFrame
    overall: Estimate
    remaining: Estimate | None
    pre_trend: tuple[float, float]
    strength_sd: float
    noise_sd: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggeredDesign:
    """Imputation on games.

    Untreated games give each team-season a strength, drawn from a normal distribution about its prior, and home field.
    Treated games' residuals, in signed units of the affected team, are averaged by horizon. The strength is shrunk by
    its posterior: what a team was selected for on the strength of earlier results is thereby allowed for, which
    unshrunken team-season effects do not do (an unlucky start reads as low strength, and its end as an effect).

    Attributes
    ----------
    outcome : str
        Home-minus-away outcome of the game.
    prior : str
        Columns ``home_<prior>`` and ``away_<prior>``: each team-season's first value counts, for later ones would know
        of the event; empty: all team-seasons alike.
    horizons : tuple of int
        Those of the path, ascending, -1 among them as the reference; the last stands for all remaining games.
    first_weeks : tuple of int
        Horizons of the overall effect.
    controls : tuple of str
        Further columns, home minus away, whose coefficient the untreated games give.
    shrunken : bool
        False: unshrunken team-season effects, to see what they do.
    """

    outcome: str
    prior: str = ""
    horizons: tuple[int, ...] = (*LEADS, _REFERENCE, *FIRST_WEEKS, 4)
    first_weeks: tuple[int, ...] = FIRST_WEEKS
    controls: tuple[str, ...] = ()
    shrunken: bool = True

    @property
    def treatment(self) -> str:
        """What the treatment is called."""
        return "event"

    def fit(self, rows: pd.DataFrame, exposures: pd.DataFrame) -> EventStudy:
        """Estimate the path.

        Parameters
        ----------
        rows : DataFrame
            One row a game: ``game_id, season, week, home_team, away_team``, the outcome, the prior's columns, and
            ``neutral`` where there is one.
        exposures : DataFrame
            One row an event: ``team, season, first_week``. The first of a team-season counts, games from the second on
            are left out.

        Raises
        ------
        ValidationError
            If a column is missing, or fewer than three events have games after them.
        """
        clock = season_clock(rows, exposures, outcome=self.outcome, prior=self.prior, controls=self.controls)
        events = clock.events_after
        if events < _FEWEST_EVENTS:
            raise ValidationError(
                f"An event study needs at least {_FEWEST_EVENTS} events with games before and after, got {events}. "
                "Do teams and seasons of the events match the games'?"
            )
        fitted = fit_strength(clock, shrunken=self.shrunken)
        after = [h for h in self.horizons if h >= 0]
        bins = _binned(clock, after)
        effects, forms = _horizon_effects(fitted, bins)
        return self._assembled(clock, fitted, after=after, bins=bins, effects=effects, forms=forms)

    def _assembled(
        self, clock: Clock, fitted: GameStrength, *, after: Sequence[int], bins: Floats, effects: Floats, forms: Floats
    ) -> EventStudy:
        counts = np.abs(bins).sum(axis=0)
        covariance = fitted.covariance(forms, treated_fit=bins @ effects)
        first = np.array([h in self.first_weeks for h in after])
        leads, pre_trend = _leads(clock, [h for h in self.horizons if h < _REFERENCE], shrunken=self.shrunken)
        degrees = max(clock.events_after - 1, 1)
        rows = [*leads, {"horizon": _REFERENCE, "estimate": 0.0, "standard_error": np.nan, "n": clock.games_at(-1)}]
        rows += [
            {"horizon": h, "estimate": e, "standard_error": s, "n": int(n)}
            for h, e, s, n in zip(after, effects, np.sqrt(np.diag(covariance)), counts, strict=True)
        ]
        path = pd.DataFrame(rows)
        reach = t_distribution.ppf(0.975, degrees) * path["standard_error"]
        path.insert(3, "low", path["estimate"] - reach)
        path.insert(4, "high", path["estimate"] + reach)
        summed = [
            _summed(clock, fitted, chosen * counts, effects=effects, covariance=covariance, degrees=degrees)
            for chosen in (first, ~first)
        ]
        if summed[0] is None:
            raise ValidationError(f"No event has games at horizons {list(self.first_weeks)}.")
        return EventStudy(
            path=path, overall=summed[0], remaining=summed[1], pre_trend=pre_trend, strength_sd=fitted.strength_sd,
            noise_sd=fitted.noise_sd, notes=clock.notes,
        )  # fmt: skip


def _binned(clock: Clock, after: Sequence[int]) -> Floats:
    """Return signed horizon dummies of every game, shape (n_games, n_bins); the last bin holds all later horizons."""
    columns = []
    for i, h in enumerate(after):
        inside = [(side >= h) if i == len(after) - 1 else (side == h) for side in (clock.home_since, clock.away_since)]
        columns.append(inside[0].astype(np.float64) - inside[1].astype(np.float64))
    return np.column_stack(columns)


def _horizon_effects(fitted: GameStrength, bins: Floats) -> tuple[Floats, Floats]:
    """Return effects by horizon and the weights of all games in them, shape (n_games, n_bins).

    Least squares of the treated games' residuals on signed dummies: their mean where one side of a game is treated, and
    both sides' difference where both are.
    """
    treated = fitted.clock.treated
    gram = np.linalg.pinv(bins[treated].T @ bins[treated])
    weights = np.zeros(bins.shape)
    weights[treated] = bins[treated] @ gram
    effects = weights[treated].T @ fitted.residual[treated]
    return np.asarray(effects), weights + fitted.imputation_weights(weights)


def _summed(
    clock: Clock, fitted: GameStrength, counts: Floats, *, effects: Floats, covariance: Floats, degrees: int
) -> Estimate | None:
    """Return the mean over horizons weighted by games; None where there are no games."""
    if counts.sum() == 0:
        return None
    weight = counts / counts.sum()
    value, error = float(weight @ effects), float(np.sqrt(weight @ covariance @ weight))
    reach = float(t_distribution.ppf(0.975, degrees)) * error
    return Estimate(
        value=value, standard_error=error, low=value - reach, high=value + reach,
        p_value=float(2 * t_distribution.sf(abs(value) / error, degrees)), rows=len(clock.outcome),
        treated=int(counts.sum()), clusters=clock.events_after, method="imputation on games", inference="cluster",
    )  # fmt: skip


def _leads(clock: Clock, leads: Sequence[int], *, shrunken: bool) -> tuple[list[dict[str, float]], tuple[float, float]]:
    """Return effects before the event, from untreated games only, and their joint test."""
    dummies = [(clock.home_since == h).astype(np.float64) - (clock.away_since == h).astype(np.float64) for h in leads]
    kept = [i for i, d in enumerate(dummies) if np.abs(d[~clock.treated]).sum() >= _FEWEST_EVENTS]
    if not kept:
        return [], (float("nan"), float("nan"))
    fitted = fit_strength(clock, shrunken=shrunken, extra=np.column_stack([dummies[i] for i in kept]))
    effects, covariance = fitted.extra_effects()
    degrees = max(clock.events_after - 1, 1)
    statistic = float(effects @ np.linalg.pinv(covariance) @ effects) / len(kept)
    p = float(f_distribution.sf(statistic, len(kept), degrees))
    rows = [
        {"horizon": leads[i], "estimate": float(e), "standard_error": float(s),
         "n": int(np.abs(dummies[i][~clock.treated]).sum())}
        for i, e, s in zip(kept, effects, np.sqrt(np.diag(covariance)), strict=True)
    ]  # fmt: skip
    return rows, (statistic, p)
