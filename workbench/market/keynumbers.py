"""Key numbers: the distribution of margin and total on whole points, given what the market expects.

A lattice is a base distribution over whole points. Tilting it exponentially, ``base(k) * exp(theta * k)``, moves its
mean and leaves the ratios that make 3 and 7 key numbers; shifting it by a half point would wash them out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.market.prices import Chances, chances, stake_shares

_Floats = NDArray[np.float64]
#: Tilts searched: with a scale of 13 points a tilt of 0.1 is a mean of about 17; beyond 2 all mass is on the edge.
_TILT_LIMIT = 2.0
_HALVINGS = 58
#: Passes of the fit; multipliers move by less than 1e-3 after about fifteen.
_PASSES = 25
#: Residual scale where history is too short to say (FACTS: 12.7 to 13.9 points by era).
DEFAULT_SCALE = 13.2
#: Pseudo-games that pull each whole point's multiplier towards one.
PRIOR_GAMES = 10.0
#: History below this many games is not asked for key numbers: the smooth lattice is used, and ``n_games`` is 0.
MINIMUM_GAMES = 200
MARGIN_SUPPORT = np.arange(-80, 81, dtype=np.float64)
TOTAL_SUPPORT = np.arange(0, 131, dtype=np.float64)
_TOTAL_CENTRE = 44.0


@dataclass(frozen=True, slots=True)
class Lattice:
    """A distribution over whole points that tilting moves.

    Attributes
    ----------
    support : ndarray, shape (n_points,)
        Whole points, rising.
    base : ndarray, shape (n_points,)
        Probabilities, summing to one.
    centre : float
        The mean of ``base``, where tilts start.
    n_games : int
        How many games it was learnt from; 0 for the smooth one.
    """

    support: _Floats
    base: _Floats
    centre: float
    n_games: int


@dataclass(frozen=True, slots=True)
class KeyNumbers:
    """The margin's and the total's lattice; play-offs cannot tie, so they have their own margin."""

    margin: Lattice
    playoff_margin: Lattice
    total: Lattice


def key_numbers(
    margins: ArrayLike, totals: ArrayLike, *, expected_margins: ArrayLike, expected_totals: ArrayLike
) -> KeyNumbers:
    """Learn the key numbers from played games.

    Parameters
    ----------
    margins, totals : array_like, shape (n_games,)
        Results in points.
    expected_margins, expected_totals : array_like, shape (n_games,)
        The lines the market last showed; a game without one (null) is left out of that lattice.
    """
    margin = _learnt(margins, expected_margins, support=MARGIN_SUPPORT, symmetric=True, centre=0.0)
    total = _learnt(totals, expected_totals, support=TOTAL_SUPPORT, symmetric=False, centre=_TOTAL_CENTRE)
    return KeyNumbers(margin=margin, playoff_margin=without_ties(margin), total=total)


def smooth_key_numbers() -> KeyNumbers:
    """Return lattices without key numbers: a rounded normal curve, for leagues with no history."""
    none = np.empty(0)
    return key_numbers(none, none, expected_margins=none, expected_totals=none)


def without_ties(lattice: Lattice) -> Lattice:
    """Return the lattice with no mass on zero."""
    base = np.where(lattice.support == 0.0, 0.0, lattice.base)
    return _lattice(lattice.support, base, n_games=lattice.n_games)


def tilted(lattice: Lattice, tilts: ArrayLike) -> _Floats:
    """Return the tilted probabilities, shape (n_tilts, n_points).

    Examples
    --------
    >>> lattice = smooth_key_numbers().margin
    >>> float((tilted(lattice, [0.0])[0] * lattice.support).sum().round(6))
    0.0
    """
    exponent = np.atleast_1d(np.asarray(tilts, dtype=np.float64))[:, None] * (lattice.support - lattice.centre)
    weights = lattice.base * np.exp(exponent - exponent.max(axis=-1, keepdims=True))
    probabilities: _Floats = weights / weights.sum(axis=-1, keepdims=True)
    return probabilities


def tilts_for_means(lattice: Lattice, means: ArrayLike) -> _Floats:
    """Return the tilts that give these means, shape (n,); null means give null tilts."""
    target, place = np.unique(np.atleast_1d(np.asarray(means, dtype=np.float64)), return_inverse=True)
    return _balanced(lattice, lattice.support - target[:, None])[place]


def tilts_for_market(lattice: Lattice, lines: ArrayLike, *, decided: ArrayLike) -> _Floats:
    """Return the tilts under which the plus side of each line wins as often as the market says.

    Parameters
    ----------
    lattice : Lattice
    lines : array_like, shape (n,)
        home_line, total, or 0 for a moneyline.
    decided : array_like, shape (n,)
        No-vig probability that home or over wins, given no push.
    """
    pairs = np.stack(np.broadcast_arrays(np.atleast_1d(np.asarray(lines, dtype=np.float64)), decided), axis=-1)
    # many quotes are the same quote: -110 both ways at 3
    distinct, place = np.unique(pairs, axis=0, return_inverse=True)
    line, target = distinct[:, :1], distinct[:, 1:]
    shares = stake_shares(lattice.support, line, sign=1.0)
    return _balanced(lattice, np.maximum(shares, 0.0) - target * np.abs(shares))[place.ravel()]


def fair_means(lattice: Lattice, lines: ArrayLike) -> _Floats:
    """Return the means at which both sides of each line have even chances, pushes aside, shape (n,).

    Examples
    --------
    >>> fair_means(smooth_key_numbers().margin, [0.0, 3.0]).round(2)  # without key numbers a line is its mean
    array([0., 3.])
    """
    means: _Floats = tilted(lattice, tilts_for_market(lattice, lines, decided=0.5)) @ lattice.support
    return means


def market_chances(lattice: Lattice, tilts: ArrayLike, *, line: ArrayLike, sign: ArrayLike) -> Chances:
    """Return the chances of bets at their own lines under tilted lattices, each field of shape (n,)."""
    return chances(lattice.support, tilted(lattice, tilts), line=line, sign=sign)


def _balanced(lattice: Lattice, payoffs: _Floats) -> _Floats:
    """Bisect for the tilt, one a row, under which a payoff that rises along the support is worth nothing.

    Only the sign of its worth is needed, so the tilted weights are not normalised; null payoffs give null tilts.
    """
    offset = lattice.support - lattice.centre
    known = np.isfinite(payoffs).all(axis=-1)
    lower, upper = np.full(len(payoffs), -_TILT_LIMIT), np.full(len(payoffs), _TILT_LIMIT)
    for _ in range(_HALVINGS):
        middle = (lower + upper) / 2.0
        exponent = middle[:, None] * offset
        weights = lattice.base * np.exp(exponent - exponent.max(axis=-1, keepdims=True))
        below = (weights * payoffs).sum(axis=-1) < 0.0
        lower, upper = np.where(below, middle, lower), np.where(below, upper, middle)
    return np.where(known, (lower + upper) / 2.0, np.nan)


def _learnt(values: ArrayLike, expected: ArrayLike, *, support: _Floats, symmetric: bool, centre: float) -> Lattice:
    value, line = np.asarray(values, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    usable = np.isfinite(value) & np.isfinite(line) & (value >= support[0]) & (value <= support[-1])
    value, line = value[usable], line[usable]
    if len(value) < MINIMUM_GAMES:
        return _lattice(support, _bell(support, np.array([centre]), scale=DEFAULT_SCALE)[0], n_games=0)
    scale = float(np.sqrt(np.mean((value - line) ** 2)))
    multipliers = _multipliers(value, line, support=support, scale=scale, symmetric=symmetric)
    base = multipliers * _bell(support, np.array([centre]), scale=scale)[0]
    return _lattice(support, base, n_games=len(value))


def _multipliers(value: _Floats, line: _Floats, *, support: _Floats, scale: float, symmetric: bool) -> _Floats:
    """Return how much likelier each whole point is than a bell about the line says, shrunk towards one.

    The posterior mean of a gamma-Poisson model, iterated because a game's probabilities sum to one.
    """
    observed = np.bincount((value - support[0]).astype(np.int64), minlength=len(support)).astype(np.float64)
    lines, games = np.unique(line, return_counts=True)
    bells = _bell(support, lines, scale=scale)
    if symmetric:
        observed = observed + observed[::-1]
    multipliers = np.ones_like(support)
    for _ in range(_PASSES):
        offered = multipliers * bells
        exposure = (games[:, None] * bells / offered.sum(axis=-1, keepdims=True)).sum(axis=0)
        exposure = exposure + exposure[::-1] if symmetric else exposure
        multipliers = (observed + PRIOR_GAMES) / (exposure + PRIOR_GAMES)
    return multipliers


def _bell(support: _Floats, centres: _Floats, *, scale: float) -> _Floats:
    density = np.exp(-0.5 * ((support - centres[:, None]) / scale) ** 2)
    shares: _Floats = density / density.sum(axis=-1, keepdims=True)
    return shares


def _lattice(support: _Floats, base: _Floats, *, n_games: int) -> Lattice:
    share = base / base.sum()
    return Lattice(support=support, base=share, centre=float(share @ support), n_games=n_games)
