"""What a standard error lets one see: the smallest detectable effect, and the sample that would see a given one."""

import math
from collections.abc import Mapping

import pandas as pd
from scipy import stats

from workbench.causal.result import Estimate
from workbench.errors import ValidationError

#: The effect a bettor would want to see, points of margin.
POINTS = 3.0
_SIZE, _POWER = 0.05, 0.80


def minimal_detectable(standard_error: float, *, power: float = _POWER) -> float:
    """Return the effect that a two-sided 5 % test sees with this power: (z_.975 + z_power) standard errors.

    Examples
    --------
    >>> round(minimal_detectable(1.0), 2)
    2.8
    """
    _positive(standard_error, "A standard error")
    return float((stats.norm.ppf(1 - _SIZE / 2) + stats.norm.ppf(power)) * standard_error)


def power_to_see(points: float, standard_error: float) -> float:
    """Return the chance that a two-sided 5 % test sees an effect of so many points.

    Examples
    --------
    >>> round(power_to_see(3.0, 1.0), 2), round(power_to_see(0.0, 1.0), 2)
    (0.85, 0.05)
    """
    _positive(standard_error, "A standard error")
    reach, shift = stats.norm.ppf(1 - _SIZE / 2), points / standard_error
    return float(stats.norm.sf(reach - shift) + stats.norm.cdf(-reach - shift))


def n_to_see(points: float, *, standard_error: float, n: int, power: float = _POWER) -> int:
    """Return how many events would see so many points, when n events gave this standard error: n (mde / points)^2.

    Examples
    --------
    >>> n_to_see(3.0, standard_error=2.0, n=50)
    175
    """
    _positive(abs(points), "The effect to see")
    return math.ceil(n * (minimal_detectable(standard_error, power=power) / points) ** 2)


def power_table(estimates: Mapping[str, Estimate], *, points: float = POINTS) -> pd.DataFrame:
    """Return, a row an estimate, what it can see.

    Returns
    -------
    DataFrame
        ``estimate, effect, standard_error, minimal_detectable, power, seen`` (the points at 80 % power), ``treated,
        treated_needed`` (games with treatment that would see the points).
    """
    rows = []
    for name, estimate in estimates.items():
        error = estimate.standard_error
        needed = n_to_see(points, standard_error=error, n=estimate.treated)
        power = power_to_see(points, error)
        rows.append(
            (name, estimate.value, error, minimal_detectable(error), power, power >= _POWER, estimate.treated, needed)
        )
    columns = [
        "estimate",
        "effect",
        "standard_error",
        "minimal_detectable",
        "power",
        "seen",
        "treated",
        "treated_needed",
    ]
    return pd.DataFrame(rows, columns=columns)


def _positive(value: float, what: str) -> None:
    if not value > 0:
        raise ValidationError(f"{what} must be above 0, got {value}. An estimate from one row, or a missing one?")
