"""Small made-up rows whose law is known: yards lean on one feature, and their noise on another."""

import numpy as np
import pandas as pd

FEATURES = ("level", "noise", "masked")
SUPPORT = (-30, 330)


def small_rows(n: int = 1500, *, seed: int = 0) -> pd.DataFrame:
    """Return rows with mean 40 + 15 level and sd 6 exp(0.5 noise) yards, shape (n, ...)."""
    rng = np.random.default_rng(seed)
    level, noise, masked = rng.normal(size=(3, n))
    yards = np.rint(40.0 + 15.0 * level + 6.0 * np.exp(0.5 * noise) * rng.normal(size=n))
    return pd.DataFrame(
        {
            "player_id": [f"p{i % 40}" for i in range(n)], "player_name": "A Back", "position": "RB",
            "team": [f"t{i % 8}" for i in range(n)], "opponent": "t0", "game_id": [f"g{i:05d}" for i in range(n)],
            "season": 2020 + np.arange(n) % 2, "week": 1, "role": "lead", "earlier_games": 5, "volume": 10.0,
            "yards": yards, "level": level, "noise": noise, "masked": np.where(masked > 0.0, masked, np.nan),
        }
    )  # fmt: skip
