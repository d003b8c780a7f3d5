"""Draw the games of a week, drive by drive."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError
from workbench.simulate.loop import Scores, run_draws
from workbench.simulate.model import DriveModel
from workbench.simulate.overtime import overtime_rules
from workbench.simulate.response import solved_rates

N_DRAWS: Final = 10_000


def game_seeds(game_ids: Iterable[str], *, seed: int) -> NDArray[np.uint64]:
    """Return a seed for each game from its name, so that a game's draws depend on no other game.

    Examples
    --------
    >>> both = game_seeds(["2024_10_A_B", "2024_10_C_D"], seed=1)
    >>> bool(both[1] == game_seeds(["2024_10_C_D"], seed=1)[0])
    True
    """
    hashes = [blake2b(f"{seed}:{game}".encode(), digest_size=8).digest() for game in game_ids]
    return np.array([int.from_bytes(value, "little") for value in hashes], dtype=np.uint64)


def simulate_scores(
    model: DriveModel, *, margin_mean: ArrayLike, total_mean: ArrayLike, seeds: NDArray[np.uint64],
    season: ArrayLike, playoff: ArrayLike, n_draws: int = N_DRAWS,
) -> Scores:  # fmt: skip
    """Draw final scores, drive by drive.

    Parameters
    ----------
    model : DriveModel
    margin_mean, total_mean : array_like, shape (n_games,)
        Expected margin (home minus away) and total, points. Hit approximately; ``tilt.tilted_weights`` hits exactly.
    seeds : ndarray of uint64, shape (n_games,)
        From ``game_seeds``.
    season, playoff : array_like, shape (n_games,)
        Choose the overtime rules; a play-off cannot tie.
    n_draws : int, default 10,000

    Returns
    -------
    Scores

    Raises
    ------
    ValidationError
        If a mean is missing or gives a team a negative expected score.
    """
    margin, total = np.asarray(margin_mean, dtype=float), np.asarray(total_mean, dtype=float)
    if not (np.isfinite(margin).all() and np.isfinite(total).all()):
        raise ValidationError(
            "Every game needs an expected margin and total, got a missing one. No rating or line for it?"
        )
    if (np.abs(margin) >= total).any():
        worst = int(np.argmax(np.abs(margin) - total))
        raise ValidationError(
            f"An expected margin must be smaller than the expected total, got {margin[worst]:g} and {total[worst]:g}."
        )
    rates = solved_rates(model.response, margin_mean=margin, total_mean=total)
    shape = margin.shape
    rules = overtime_rules(np.broadcast_to(season, shape), playoff=np.broadcast_to(playoff, shape))
    return run_draws(model.tables, rates=rates, seeds=seeds, rules=rules, n_draws=n_draws)
