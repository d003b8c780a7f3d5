"""What later stages ask of the effect library, and how its answer moves a forecast."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from workbench.causal.pool.library import LEVELS
from workbench.causal.pool.severity_bands import MIDPOINTS
from workbench.errors import ParameterError

#: Forecast and effect were fitted on the same games and neither knows the other's errors: their variances add, then
#: grow by this factor (DESIGN, section 5).
INFLATION: Final = 1.5
_WHERE: Final = {
    "cell": "{band} {type}, {position}",
    "band": "{band} {type}, all positions",
    "type": "{type}, all severities and positions",
    "league": "{type}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryEntry:
    """One effect, with how sure it is and how far it was pooled.

    Attributes
    ----------
    effect, standard_error, low, high : float
        In the outcome's unit, for the affected team; the 95 % interval.
    n : int
        Historical analogs it rests on.
    level : str
        cell, band, type or league; league means that no effect is known.
    as_of : Timestamp
        UTC; nothing later is in it.
    sentence : str
        The entry in words.
    """

    effect: float
    standard_error: float
    low: float
    high: float
    n: int
    level: str
    as_of: pd.Timestamp
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedForecast:
    """A forecast with an effect in it: mean in points, variance in points squared, the points it moved."""

    mean: float
    variance: float
    shift: float


def effect_of(library: pd.DataFrame, *, type: str, severity: str, position: str, outcome: str) -> LibraryEntry:
    """Look up the narrowest entry that has analogs enough.

    Parameters
    ----------
    library : DataFrame
        As ``build_library`` makes it.
    type : str
        Of the shock.
    severity : {"low", "middle", "high", "any"}
    position : str
        ``any`` where it means nothing.
    outcome : str

    Returns
    -------
    LibraryEntry

    Raises
    ------
    ParameterError
        If the type, band or outcome is unknown; the message names the nearest. An unknown position widens the entry.

    Examples
    --------
    >>> from workbench.causal.pool.library import build_library
    >>> cells = pd.DataFrame({"type": ["injury"] * 2, "severity_band": ["low", "high"], "position": "T",
    ...     "outcome": "margin", "estimate": [-0.2, -1.9], "standard_error": [0.4, 0.6], "n": [90, 40],
    ...     "known_at": pd.Timestamp("2024-01-09", tz="UTC")})
    >>> library = build_library(cells, as_of=pd.Timestamp("2024-09-01", tz="UTC"))
    >>> print(effect_of(library, type="injury", severity="high", position="T", outcome="margin").sentence)
    high injury, T: -1.8 on margin (95 % -2.9 to -0.6), from 40 analogs known by 2024-09-01.
    >>> effect_of(library, type="injury", severity="low", position="C", outcome="margin").level
    'band'
    >>> effect_of(library, type="injry", severity="low", position="C", outcome="margin")
    Traceback (most recent call last):
    ...
    workbench.errors.ParameterError: The library knows no type 'injry'. Did you mean 'injury'?
    """
    if severity not in MIDPOINTS:
        raise ParameterError(f"Severity bands are {', '.join(MIDPOINTS)}; got {severity!r}. A share? severity_bands().")
    of_outcome = library.loc[library["outcome"] == _known(outcome, library["outcome"], word="outcome")]
    of_type = of_outcome.loc[of_outcome["type"] == _known(type, of_outcome["type"], word="type")]
    for band, place in ((severity, position), (severity, "any"), ("any", position), ("any", "any")):
        found = of_type.loc[(of_type["severity_band"] == band) & (of_type["position"] == place)]
        if len(found):
            return _entry(found.iloc[0])
    raise ParameterError(f"The library holds no entry for {type!r} of any severity. Not made by build_library?")


def adjusted_forecast(
    mean: float,
    variance: float,
    *,
    effect: LibraryEntry,
    unpriced_share: float,
    unpriced_share_error: float = 0.0,
    inflation: float = INFLATION,
) -> AdjustedForecast:
    """Add what is not yet in a forecast of an effect to it.

    A forecast is a level and an effect a change: averaging them by precision would pull the forecast towards
    the effect, that is towards zero. They add; so do their variances, then inflated by the stated factor.

    Parameters
    ----------
    mean : float
        Forecast margin of the affected team, points.
    variance : float
        Of the forecast mean (not of the game), points squared.
    effect : LibraryEntry
    unpriced_share : float
        Share of the effect that the forecast has not in it: 1 all, 0 none.
    unpriced_share_error : float
        Its standard error.
    inflation : float, default 1.5

    Returns
    -------
    AdjustedForecast

    Raises
    ------
    ParameterError
        If a variance or error is negative, or the factor below one.

    Examples
    --------
    Home quarterback out, effect -5.2, none of it priced: 3.5 becomes -1.7.

    >>> out = LibraryEntry(effect=-5.2, standard_error=1.0, low=-7.2, high=-3.2, n=60, level="cell",
    ...     as_of=pd.Timestamp("2024-09-01", tz="UTC"), sentence="")
    >>> moved = adjusted_forecast(3.5, 3.0, effect=out, unpriced_share=1.0)
    >>> round(moved.mean, 2), moved.variance
    (-1.7, 6.0)
    """
    if variance < 0 or unpriced_share_error < 0 or inflation < 1:
        raise ParameterError(f"Variances are not negative, inflation at least 1; got {variance}, {inflation}.")
    error = effect.standard_error**2
    # Of a product of two independent estimates.
    added = (unpriced_share**2 + unpriced_share_error**2) * error + (unpriced_share_error * effect.effect) ** 2
    shift = unpriced_share * effect.effect
    return AdjustedForecast(mean=mean + shift, variance=inflation * (variance + added), shift=shift)


def _known(name: str, names: Iterable[str], *, word: str) -> str:
    known = sorted(set(names) - {"any"})
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
    raise ParameterError(f"The library knows no {word} {name!r}. {hint}")


def _entry(row: "pd.Series[Any]") -> LibraryEntry:
    level, stamp = str(row["level"]), pd.Timestamp(str(row["as_of"]))
    where = _WHERE[level].format(type=row["type"], band=row["severity_band"], position=row["position"])
    where = where.removeprefix("any ").removesuffix(", any").replace("_", " ")
    effect, error, low, high = (float(str(row[name])) for name in ("effect", "standard_error", "low", "high"))
    n, day = int(str(row["n"])), f"{stamp:%Y-%m-%d}"
    spread = f"(95 % {low:+.1f} to {high:+.1f})"
    if level not in LEVELS[:3]:
        said = f"{where}: no effect known on {row['outcome']}, {n} analogs by {day}; a shock may do {spread}."
    else:
        said = f"{where}: {effect:+.1f} on {row['outcome']} {spread}, from {n} analogs known by {day}."
    return LibraryEntry(
        effect=effect, standard_error=error, low=low, high=high, n=n, level=level, as_of=stamp, sentence=said
    )
