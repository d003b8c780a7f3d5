"""Libraries imported by estimators leave logging as it was. Tolerances: none."""

import subprocess
import sys

SCRIPT = """
import logging
import numpy as np
from workbench.causal.panels.kept_estimators import saturated
from workbench.causal.panels.simulated_panel import simulated_panel
from workbench.causal.panels.long_panel import long_panel
made = simulated_panel(np.random.default_rng(0), units=40)
rows = made.rows if hasattr(made, "rows") else made[0]
saturated(long_panel(rows, unit="unit", time="time", outcome="outcome", cohort="cohort"))
print(logging.getLogger().level, logging.getLogger().handlers)
"""


def test_a_saturated_regression_turns_no_logging_on():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "30 []"
