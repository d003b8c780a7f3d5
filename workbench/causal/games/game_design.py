"""The game as the row: home-minus-away outcome on home-minus-away treatment, with team-season strength.

For one-game and switching shocks (bye, rest, prime time, an absence of a week), and for absorbing ones where the
opponent may be treated too: a treated opponent is modelled, not used as a clean control.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.games.dyadic import Codes, DyadicClusters, dyadic_clusters
from workbench.causal.games.game_refits import GameRefits
from workbench.causal.games.inversion import NullDraws, inverted
from workbench.causal.games.randomization import randomization_draws
from workbench.causal.games.signed_strength import Floats, Partialler, Strength, partialler
from workbench.causal.games.wild_bootstrap import wild_draws
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

Inference = Literal["auto", "cluster", "wild bootstrap", "randomization"]
Intercept = Literal["auto", "home", "every_game", "none"]

#: With fewer treated clusters, cluster-robust errors are not to be trusted (MacKinnon & Webb 2017).
FEW_CLUSTERS = 40
_NEEDED = ("season", "week", "home_team", "away_team")


@dataclass(frozen=True, slots=True, kw_only=True)
class GameDesign:
    """A regression over games.

    Attributes
    ----------
    outcome, treatment : str
        Columns: home minus away (margin, margin against a line; home bye less away bye), or of the whole game (total).
    controls : tuple of str
        Numeric columns without gaps; an era's own home field is one (1 in that era, 0 elsewhere).
    strength : {"team_season", "sum", "none"}
        Signed strengths of both teams, paces of both teams (totals), or none (what the line has not said).
    intercept : {"auto", "home", "every_game", "none"}
        Home field (0 where a column ``neutral`` is true), one for every game, or nothing, for when home field is itself
        the treatment; "auto" takes home field unless ``strength`` is "sum".
    inference : {"auto", "cluster", "wild bootstrap", "randomization"}
        "auto": dyadic clusters, and the wild bootstrap under 40 treated clusters.
    draws, seed : int
        Of the bootstrap or the randomization.
    name : str
        For tables; made from the rest where empty.

    Examples
    --------
    >>> games = pd.DataFrame({
    ...     "season": 1, "week": [1, 1, 2, 2, 3, 3], "home_team": list("acabda"), "away_team": list("bddccb"),
    ...     "margin": [3.0, 1.0, 9.0, 4.0, 2.0, 8.0], "bye": [0.0, 0.0, 1.0, 0.0, -1.0, 1.0]})
    >>> design = GameDesign(outcome="margin", treatment="bye", strength="none", inference="cluster")
    >>> round(design.fit(games).value, 2)
    3.71
    """

    outcome: str
    treatment: str
    controls: tuple[str, ...] = ()
    strength: Strength = "team_season"
    intercept: Intercept = "auto"
    inference: Inference = "auto"
    draws: int = 999
    seed: int = 0
    name: str = ""

    def with_controls(self, controls: tuple[str, ...]) -> Self:
        """Return the same design with other controls."""
        return replace(self, controls=controls)

    def fit(self, rows: pd.DataFrame) -> Estimate:
        """Estimate the effect on these games.

        Parameters
        ----------
        rows : DataFrame
            One row a game: season, week, home_team, away_team, the outcome, the treatment, the controls. Games without
            the outcome are left out, and counted in the estimate's ``method``.

        Raises
        ------
        ValidationError
            If a column is absent, a treatment or control is missing or not numeric, or the treatment says nothing that
            strength and controls do not say already.
        """
        return self.fit_many(rows, [self.treatment])[self.treatment]

    def effect(self, rows: pd.DataFrame) -> float:
        """Return the value of ``fit`` without its interval, which a bootstrap may be behind."""
        return self.prepared(rows).fit(self.treatment).value

    def fit_many(self, rows: pd.DataFrame, treatments: Iterable[str]) -> dict[str, Estimate]:
        """Estimate several treatments, each alone, on the same games; strength is taken out once."""
        games = self.prepared(rows)
        return {treatment: games.fit(treatment).estimate() for treatment in treatments}

    def refits(self, rows: pd.DataFrame) -> GameRefits:
        """Return the fit on these games, ready to be made again with other treatments, controls or games."""
        outcome = pd.to_numeric(rows[self.outcome], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        return GameRefits(self.prepared(rows).fit(self.treatment), np.isfinite(outcome))

    def prepared(self, rows: pd.DataFrame) -> "PreparedGames":
        """Return the games with strength and controls taken out of the outcome, ready for any treatment."""
        _require(rows, (*_NEEDED, self.outcome, *self.controls))
        outcome = pd.to_numeric(rows[self.outcome], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        known = np.isfinite(outcome)
        if not known.any():
            raise ValidationError(f"No game has the outcome {self.outcome!r}, of {len(rows)}. Wrong seasons?")
        games = rows.loc[known].reset_index(drop=True)
        columns = [*self._intercept(games), *(_numeric(games, column) for column in self.controls)]
        controls = np.column_stack(columns) if columns else np.empty((len(games), 0))
        off = partialler(games, strength=self.strength, controls=controls)
        return PreparedGames(
            self, games, off, dyadic_clusters(games), off.residuals(outcome[known]), int((~known).sum())
        )

    def _intercept(self, games: pd.DataFrame) -> list[Floats]:
        if self.intercept == "none":
            return []
        home = self.intercept == "home" or (self.intercept == "auto" and self.strength != "sum")
        if home and "neutral" in games:
            return [1.0 - _numeric(games, "neutral")]
        return [np.ones(len(games))]


@dataclass(frozen=True, slots=True, eq=False)
class PreparedGames:
    """Games with strength and controls out of the outcome.

    Attributes
    ----------
    design : GameDesign
    games : DataFrame
        The rows with an outcome.
    off : Partialler
    clusters : DyadicClusters
    outcome : ndarray, shape (n_games,)
        What strength and controls leave of it.
    dropped : int
        Rows without an outcome.
    """

    design: GameDesign
    games: pd.DataFrame
    off: Partialler
    clusters: DyadicClusters
    outcome: Floats
    dropped: int

    def fit(self, treatment: str) -> "GameFit":
        """Return the regression of the outcome on one treatment."""
        _require(self.games, (treatment,))
        raw = _numeric(self.games, treatment)
        left = self.off.residuals(raw)
        squares = float(left @ left)
        if squares <= 1e-12 * max(float(raw @ raw), 1e-300):
            raise ValidationError(
                f"The treatment {treatment!r} must vary beyond strength and controls, but does not in {len(raw)} games "
                f"({int(np.count_nonzero(raw))} treated). No treated game, or a control that says the same?"
            )
        value = float(left @ self.outcome) / squares
        return GameFit(self, treatment, raw, left, value, self.outcome - value * left)


@dataclass(frozen=True, slots=True, eq=False)
class GameFit:
    """One regression, with what its uncertainty needs.

    Attributes
    ----------
    prepared : PreparedGames
    treatment : str
    raw, left, residuals : ndarray, shape (n_games,)
        The treatment, what strength and controls leave of it, and the errors.
    value : float
        The effect of one unit.
    """

    prepared: PreparedGames
    treatment: str
    raw: Floats
    left: Floats
    value: float
    residuals: Floats

    @property
    def owners(self) -> tuple[Codes, Codes]:
        """The team-season that each game's treatment belongs to, and the week, as codes, shape (n_games,)."""
        links = self.prepared.clusters
        return np.where(self.raw < 0, links.away, links.home), links.week

    @property
    def treated_clusters(self) -> tuple[int, int]:
        """How many team-seasons own treatment, and how many weeks hold it.

        The opponents a treated team meets do not make more clusters: one firing over nine games is one.
        """
        treated = self.raw != 0
        team, week = (int(np.count_nonzero(np.bincount(codes[treated]))) for codes in self.owners)
        return team, week

    @property
    def influence(self) -> Floats:
        """Each game's part in the error of the effect, shape (n_games,), small-sample factor included."""
        return np.asarray(np.sqrt(self.factor) * self.left * self.residuals / (self.left @ self.left))

    @property
    def factor(self) -> float:
        """(n - 1) / (n - k) x G / (G - 1), G the fewer of all team-seasons and all weeks.

        k counts every control once and every strength half: of the two in a game's error, the one of the team-season
        whose games are summed drops out of the sum (as a nested fixed effect does), the opponents' do not.
        """
        links, off, n = self.prepared.clusters, self.prepared.off, len(self.raw)
        controls = off.basis.shape[1]
        taken = 1 + controls + (off.rank - controls) / 2
        fewest = min(len(np.unique(np.concatenate([links.home, links.away]))), int(links.week.max()) + 1)
        return float((n - 1) / max(n - taken, 1) * fewest / max(fewest - 1, 1))

    @property
    def standard_error(self) -> float:
        """Dyadic-robust by team-seasons and by week, and never below the one without clusters."""
        return float(np.sqrt(self.prepared.clusters.variances(self.influence[:, None])[0]))

    def estimate(self) -> Estimate:
        """Return the effect with its interval."""
        inference = self._inference()
        error = self.standard_error
        if inference == "cluster":
            low, high, p_value = self._student(error)
        else:
            low, high, p_value = inverted(self._draws(inference), estimate=self.value, standard_error=error)
        return Estimate(
            value=self.value, standard_error=error, low=low, high=high, p_value=p_value, rows=len(self.raw),
            treated=int(np.count_nonzero(self.raw)), clusters=min(self.treated_clusters), method=self._method(),
            inference=inference,
        )  # fmt: skip

    def _inference(self) -> str:
        wanted = self.prepared.design.inference
        if wanted != "auto":
            return wanted
        return "wild bootstrap" if min(self.treated_clusters) < FEW_CLUSTERS else "cluster"

    def _student(self, error: float) -> tuple[float, float, float]:
        law = stats.t(max(min(self.treated_clusters) - 1, 1))
        reach = float(law.ppf(0.975)) * error
        return self.value - reach, self.value + reach, float(2 * law.sf(abs(self.value) / error))

    def _draws(self, inference: str) -> NullDraws:
        design = self.prepared.design
        rng = np.random.default_rng(design.seed)
        chosen = wild_draws if inference == "wild bootstrap" else randomization_draws
        return chosen(self, draws=design.draws, rng=rng)

    def _method(self) -> str:
        words = {"team_season": "team-season strength", "sum": "team-season pace", "none": "no strength"}
        design, dropped = self.prepared.design, self.prepared.dropped
        name = design.name or f"game regression, {words[design.strength]}"
        return f"{name} ({dropped} games without outcome left out)" if dropped else name


def _require(rows: pd.DataFrame, columns: Sequence[str]) -> None:
    absent = [column for column in columns if column not in rows]
    if absent:
        raise ValidationError(
            f"Games must have the columns {absent}, got {list(rows.columns)[:12]}. A panel without them?"
        )


def _numeric(games: pd.DataFrame, column: str) -> Floats:
    if not (pd.api.types.is_numeric_dtype(games[column]) or pd.api.types.is_bool_dtype(games[column])):
        raise ValidationError(
            f"{column!r} must be numeric, got {games[column].dtype}. Make indicators of categories first."
        )
    values = games[column].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).all():
        missing = int((~np.isfinite(values)).sum())
        raise ValidationError(
            f"{column!r} must be known in every game, but is missing in {missing} of {len(games)}. "
            "Leave those games out on purpose, or flag them."
        )
    return values
