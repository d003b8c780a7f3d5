"""Made-up seasons of one target, and forecasts of them whose law is known; the season's model in a second."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workbench.bayes.ensemble import Ensemble
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.network_method import NetworkMethod
from workbench.bayes.sampling.anchored import AnchoredOptions
from workbench.bayes.zoo import network_named
from workbench.stages.calibration.split import SeasonRows

SUPPORT = Support(-30, 330)
FEATURES = ("yards_long", "share")
SD = 15.0


def seasons(names: Sequence[int], *, weeks: int = 8, a_week: int = 24, seed: int = 0) -> pd.DataFrame:
    """Return rows whose yards are normal about 40 + 12 ``share`` with a standard deviation of 15."""
    n = len(names) * weeks * a_week
    rng = np.random.default_rng(seed)
    share, noise = rng.normal(size=(2, n))
    at = np.arange(n)
    season, week = np.repeat(names, weeks * a_week), np.tile(np.repeat(np.arange(1, weeks + 1), a_week), len(names))
    games = [f"{s}_{w:02d}_{i % 4}" for s, w, i in zip(season, week, at, strict=True)]
    return pd.DataFrame(
        {
            "player_id": [f"p{i % 24:02d}" for i in at], "player_name": [f"Back {i % 24}" for i in at],
            "position": "RB", "team": [f"t{i % 8}" for i in at], "opponent": [f"t{(i + 1) % 8}" for i in at],
            "game_id": games, "season": season, "week": week, "role": np.where(at % 3 == 0, "lead", "other"),
            "earlier_games": at // 24, "home": (at % 2).astype(float), "volume": 10.0, "share": share,
            "yards_long": 40.0 + 6.0 * share, "yards": np.rint(40.0 + 12.0 * share + SD * noise),
        }
    )  # fmt: skip


def said(rows: pd.DataFrame, *, sd: float = SD) -> IntegerForecast:
    """Return normal forecasts about the true mean."""
    cdf = stats.norm.cdf((SUPPORT.yards + 0.5 - (40.0 + 12.0 * rows["share"].to_numpy())[:, None]) / sd)
    cdf[:, -1] = 1.0
    return IntegerForecast(SUPPORT, cdf)


def parted(calibration: pd.DataFrame, forecast: pd.DataFrame) -> SeasonRows:
    """Return a split without training rows."""
    return SeasonRows(2024, calibration.iloc[:0], *(part.reset_index(drop=True) for part in (calibration, forecast)))


def tiny(*, support: tuple[int, int], workers: int = 1, members: int = 2, network: str = "two_layer") -> Ensemble:
    """Stand for ``production_method``: one small network, two members, two passes."""
    options = AnchoredOptions(members=members, epochs=2, batch=256, chunk=members)
    return Ensemble((NetworkMethod(network=network_named(network), support=support, options=options, workers=workers),))


def tinier(members: int) -> Any:
    """Return another stand-in: as if the code had changed what a model is."""
    return partial(tiny, members=members)
