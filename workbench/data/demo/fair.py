"""Which lines are fair in the simulated league: those at which its games end above as often as below.

Its games end by 3 and by 7 as real ones do, so that a line of 7 is fair where 8.4 points are expected. Measured on
55,500 games of the engine with the default planted truth (50 leagues of ten seasons), whose margins and totals were
held to what was expected of them; standard errors are 0.06 to 0.2 points.
"""

from typing import Final

import numpy as np

from workbench.features.fair_lines import FairLines

#: Expected margins at which 0, 0.5, 1, ... 20 are fair; underdogs are the favourites' mirror.
_MARGINS: Final = (
    0.0, 0.17, 0.57, 0.97, 1.34, 1.72, 3.03, 4.35, 4.91, 5.47, 5.87, 6.28, 6.91, 7.54, 8.43, 9.31, 9.81, 10.3, 10.44,
    10.58, 11.12, 11.66, 12.02, 12.37, 12.58, 12.8, 13.3, 13.8, 14.2, 14.6, 15.0, 15.4, 15.77, 16.14, 16.77, 17.4,
    17.83, 18.26, 18.58, 18.91, 19.44,
)  # fmt: skip
#: Expected totals at which 32, 32.5, ... 60 are fair.
_TOTALS: Final = (
    32.3, 32.68, 33.41, 34.15, 34.56, 34.98, 35.33, 35.68, 36.21, 36.74, 37.45, 38.15, 38.49, 38.83, 39.29, 39.75,
    40.33, 40.91, 41.46, 42.01, 42.31, 42.61, 43.23, 43.85, 44.44, 45.02, 45.42, 45.83, 46.22, 46.6, 47.28, 47.96,
    48.36, 48.76, 49.18, 49.61, 50.08, 50.55, 51.26, 51.98, 52.36, 52.75, 53.19, 53.64, 54.16, 54.69, 55.23, 55.78,
    56.06, 56.34, 56.95, 57.56, 58.12, 58.69, 59.16, 59.62, 59.99,
)  # fmt: skip

FAIR_SPREADS: Final = FairLines(
    lines=tuple(np.arange(-20.0, 20.5, 0.5).tolist()), means=(*(-m for m in _MARGINS[:0:-1]), *_MARGINS)
)
FAIR_TOTALS: Final = FairLines(lines=tuple(np.arange(32.0, 60.5, 0.5).tolist()), means=_TOTALS)
