"""Many runs of the drift test at once are the drift test.

Tolerances: none for equality; the false-alarm share is allowed five Monte-Carlo standard errors above its bound.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.simulate.shape import drift_verdict
from workbench.simulate.shape_power import drift_paths


def test_each_path_is_what_the_weekly_verdicts_say():
    paths, weeks, games, spread = 6, 12, 10, 1.25
    declared = drift_paths(rng=np.random.default_rng(2), spread=spread, paths=paths, weeks=weeks, games_a_week=games)
    normal = np.random.default_rng(2).standard_normal((2, paths, weeks, games))
    normal[0] *= spread
    for path in range(paths):
        columns = {name: ndtr(normal[i, path]).ravel() for i, name in enumerate(("margin_pit", "total_pit"))}
        rows = pd.DataFrame(columns | {"season": 2024, "week": np.repeat(np.arange(1, weeks + 1), games)})
        said = [drift_verdict(rows[rows["week"] <= week]).drift for week in range(1, weeks + 1)]
        assert declared[path].tolist() == said
    assert declared.any()
    assert not declared.all()


def test_false_alarms_keep_to_the_guarantee_and_a_wider_law_is_seen():
    quiet, wide = (drift_paths(rng=np.random.default_rng(3), spread=s, paths=1_500, weeks=22) for s in (1.0, 1.3))
    assert quiet[:, -1].mean() < 22 / 100 + 5 * np.sqrt(0.22 * 0.78 / 1_500)  # P(T <= n) <= n / ARL
    assert wide[:, -1].mean() > 0.95
