"""How good forecasts on whole yards are: coverage, transforms, proper scores, cells, paired differences."""

from workbench.bayes.scores.cells import cells
from workbench.bayes.scores.coverage import (
    coverage,
    ends,
    exact_coverage,
    expected_mid_coverage,
    interval_score,
    one_sigma_coverage,
)
from workbench.bayes.scores.paired import paired, paired_rmse, paired_table
from workbench.bayes.scores.proper import absolute_error, crps, log_score, squared_error
from workbench.bayes.scores.summary import Scores, row_scores, summary
from workbench.bayes.scores.transform import Uniformity, pit_bins, randomized_pit, uniformity

__all__ = [
    "Scores", "Uniformity", "absolute_error", "cells", "coverage", "crps", "ends", "exact_coverage",
    "expected_mid_coverage", "interval_score", "log_score", "one_sigma_coverage", "paired", "paired_rmse",
    "paired_table", "pit_bins", "randomized_pit", "row_scores", "squared_error", "summary", "uniformity",
]  # fmt: skip
