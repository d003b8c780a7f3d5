"""Two numbers a shock: what it does to the game, and what is left once the line has moved; and their ratio.

A ratio with an uncertain denominator has no standard error worth printing. Fieller's interval collects the ratios that
the two numbers do not contradict; where the effect itself is not clearly away from zero it is the whole line,
or all but a piece of it, and that is said.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.games.game_design import GameDesign, GameFit
from workbench.causal.games.signed_strength import Floats
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

RatioKind = Literal["interval", "outside", "everything"]


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """The ratios not contradicted.

    Attributes
    ----------
    low, high : float
        The ends; infinite where the set has none on that side.
    kind : {"interval", "outside", "everything"}
        Between the two ``ends``, all but what lies between them, or every number.
    ends : tuple of float
        Where the set begins or stops; empty for "everything".
    """

    low: float
    high: float
    kind: RatioKind
    ends: tuple[float, ...]

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return self.kind == "interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoNumbers:
    """What a shock does to the game, and what the line leaves of it.

    Attributes
    ----------
    effect, left_after_close : Estimate
        On margin and on margin against the close, over the same games.
    left_after_open : Estimate or None
        On margin against the opener, of what became known between opener and close only.
    covariance : ndarray, shape (2, 2)
        Of effect and left_after_close.
    share, share_low, share_high : float
        left_after_close / effect, with Fieller's 95 % interval, infinite where it has no end.
    bounded : bool
        Whether Fieller's set is an interval; otherwise the effect is too near zero to share out.
    kind : {"interval", "outside", "everything"}
    bootstrap_low, bootstrap_high : float
        The cluster bootstrap's percentiles of the share: always finite, so too short when not ``bounded``.
    """

    effect: Estimate
    left_after_open: Estimate | None
    left_after_close: Estimate
    covariance: Floats
    share: float
    share_low: float
    share_high: float
    bounded: bool
    kind: RatioKind
    bootstrap_low: float
    bootstrap_high: float


def two_numbers(
    rows: pd.DataFrame,
    *,
    treatment: str,
    design: GameDesign | None = None,
    outcomes: tuple[str, str] = ("margin", "margin_vs_close"),
    between: str | None = None,
    open_outcome: str = "margin_vs_open",
) -> TwoNumbers:
    """Estimate the effect on the game and what is left after the line, on the same games.

    Parameters
    ----------
    rows : DataFrame
        One row a game, as for ``GameDesign``. Games that lack either outcome are left out of both numbers.
    treatment : str
    design : GameDesign, optional
        Controls, strength and inference to use; its outcome and treatment are replaced.
    outcomes : (str, str)
        On the game, and against the close.
    between : str, optional
        The part of the treatment that became known between opener and close; the rest of the treatment is then
        controlled for. Without it nothing is said of the opener: what was known before it cannot be left after it.
    open_outcome : str

    Raises
    ------
    ValidationError
        If columns are absent or no game has both outcomes.
    """
    chosen = replace(design or GameDesign(outcome=outcomes[0], treatment=treatment), treatment=treatment)
    if absent := [column for column in outcomes if column not in rows]:
        raise ValidationError(f"Games must have the outcomes {absent}, got {list(rows.columns)[:12]}.")
    games = rows.dropna(subset=list(outcomes))
    fits = [replace(chosen, outcome=outcome).prepared(games).fit(treatment) for outcome in outcomes]
    values, covariance = _joint(fits)
    freedom = max(min(fits[0].treated_clusters) - 1, 1)
    ratio = fieller(values, covariance=covariance, freedom=freedom)
    low, high = bootstrap_share(fits[0], fits[1], draws=chosen.draws, rng=np.random.default_rng(chosen.seed))
    return TwoNumbers(
        effect=fits[0].estimate(), left_after_close=fits[1].estimate(), covariance=covariance,
        left_after_open=_after_open(rows, design=replace(chosen, outcome=open_outcome), between=between),
        share=values[1] / values[0], share_low=ratio.low, share_high=ratio.high, bounded=ratio.bounded, kind=ratio.kind,
        bootstrap_low=low, bootstrap_high=high,
    )  # fmt: skip


def fieller(values: tuple[float, float], *, covariance: Floats, freedom: float) -> RatioInterval:
    """Return the 95 % set of values[1] / values[0].

    A ratio r is kept while (b - r a)^2 <= t^2 (V_bb - 2 r V_ab + r^2 V_aa), Fieller (1954).

    Parameters
    ----------
    values : (denominator, numerator)
    covariance : ndarray, shape (2, 2)
    freedom : float
        Degrees of freedom of t.

    Examples
    --------
    >>> fieller((4.0, 2.0), covariance=np.diag([0.01, 0.01]), freedom=1e9).kind
    'interval'
    >>> fieller((0.1, 2.0), covariance=np.diag([1.0, 0.01]), freedom=1e9).kind
    'outside'
    """
    (a, b), t2 = values, float(stats.t.ppf(0.975, freedom)) ** 2
    square = a * a - t2 * covariance[0, 0]
    cross = a * b - t2 * covariance[0, 1]
    rest = b * b - t2 * covariance[1, 1]
    inside = cross * cross - square * rest
    if inside < 0 or square == 0:
        return RatioInterval(-np.inf, np.inf, "everything", ())
    ends = sorted(float((cross + sign * np.sqrt(inside)) / square) for sign in (-1.0, 1.0))
    if square > 0:
        return RatioInterval(ends[0], ends[1], "interval", tuple(ends))
    return RatioInterval(-np.inf, np.inf, "outside", tuple(ends))


def bootstrap_share(effect: GameFit, left: GameFit, *, draws: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % percentile ends of the share over resampled clusters.

    Whole clusters (of the way of clustering with the fewest treated) are drawn with replacement; strength and controls
    stay as taken out of all games.
    """
    teams, weeks = effect.treated_clusters
    codes = np.unique(effect.owners[0] if teams <= weeks else effect.owners[1], return_inverse=True)[1]
    sums = [np.bincount(codes, weights=fit.left * fit.prepared.outcome) for fit in (effect, left)]
    n = len(sums[0])
    weights = rng.multinomial(n, np.full(n, 1 / n), size=draws)
    low, high = np.percentile((weights @ sums[1]) / (weights @ sums[0]), [2.5, 97.5])
    return float(low), float(high)


def _joint(fits: list[GameFit]) -> tuple[tuple[float, float], Floats]:
    influence = np.column_stack([fit.influence for fit in fits])
    return (fits[0].value, fits[1].value), fits[0].prepared.clusters.covariance(influence)


def _after_open(rows: pd.DataFrame, *, design: GameDesign, between: str | None) -> Estimate | None:
    if between is None or between not in rows or design.outcome not in rows:
        return None
    games = rows.dropna(subset=[design.outcome])
    if not games[between].any():
        return None
    rest = games[design.treatment] - games[between]
    controls = design.controls
    if rest.any():
        games, controls = games.assign(known_before=rest), (*controls, "known_before")
    return replace(design, treatment=between, controls=controls).fit(games)
