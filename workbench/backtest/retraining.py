"""When a model that is being used is tuned again: its rolling Brier score too far above the market's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError

_Floats = NDArray[np.float64]
_SEASONS = 4000


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule.

    Attributes
    ----------
    margin : float
        How much worse than the market's the model's mean Brier score must be (sum over outcomes).
    window : int
        Latest matches looked at.
    minimum : int
        Matches needed, since the season began or the rule last fired.
    """

    margin: float = 0.04
    window: int = 100
    minimum: int = 50

    def __post_init__(self) -> None:
        if not (self.margin > 0 and self.window >= self.minimum >= 1):
            raise ValidationError(
                f"A trigger needs a margin above 0 and a window of at least its minimum, got {self.margin}, "
                f"{self.window}, {self.minimum}."
            )

    def rolling(self, excess: ArrayLike) -> float:
        """Return the mean excess of the latest matches; null while there are too few.

        Examples
        --------
        >>> Trigger(margin=0.01, window=3, minimum=2).rolling([0.5, 0.0, 0.03, 0.03])
        0.02
        """
        latest = np.asarray(excess, dtype=np.float64)[-self.window :]
        return float(latest.mean()) if len(latest) >= self.minimum else float("nan")

    def fires(self, excess: ArrayLike) -> bool:
        """Whether matches so far, in order of time, call for tuning anew."""
        return self.rolling(excess) > self.margin


def firing_rate(
    excess: ArrayLike,
    batches: Sequence[object],
    *,
    trigger: Trigger,
    mean: float | None,
    rng: np.random.Generator,
    seasons: int = _SEASONS,
) -> float:
    """Return the share of seasons in which the rule would fire at least once, by resampling whole batches.

    Parameters
    ----------
    excess : array_like, shape (n_matches,)
        The model's Brier score less the market's in past matches.
    batches : sequence, length n_matches
        Labels of batches: matches of one share their luck, and the rule looks after each.
    trigger : Trigger
    mean : float or None
        What the excess is moved to on average: 0 is a model as good as the market, for which every firing is false.
        None leaves it as it was.
    rng : Generator
    seasons : int
        Simulated.
    """
    values = np.asarray(excess, dtype=np.float64)
    if mean is not None:
        values = values - values.mean() + mean
    _, place = np.unique(np.asarray(batches).astype(str), return_inverse=True)
    parts = [values[place == batch] for batch in range(int(place.max()) + 1)]
    per_season = max(round(380 / (len(values) / len(parts))), 1)
    fired = [_fires_once(parts, rng.integers(0, len(parts), per_season), trigger=trigger) for _ in range(seasons)]
    return float(np.mean(fired))


def _fires_once(parts: list[_Floats], picked: NDArray[np.int64], *, trigger: Trigger) -> bool:
    season = np.concatenate([parts[p] for p in picked])
    ends = np.cumsum([len(parts[p]) for p in picked])
    sums = np.concatenate([[0.0], np.cumsum(season)])
    count = np.minimum(ends, trigger.window)
    means = (sums[ends] - sums[ends - count]) / count
    return bool((means[count >= trigger.minimum] > trigger.margin).any())
