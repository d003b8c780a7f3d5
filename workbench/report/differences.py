"""Two decisions side by side as a table for a page: the rows that differ, or one line that says there are none."""

import pandas as pd

from workbench.report.blocks import Block
from workbench.report.tables import table

_LABELS = {"game_id": "game", "played": "as played", "replayed": "replayed"}


def differences_table(differences: pd.DataFrame, *, caption: str = "The week as played and as replayed") -> Block:
    """Return what differs between two decisions as a table.

    Parameters
    ----------
    differences : DataFrame
        From ``backtest.equivalence.slip_differences``.
    caption : str
        Which decisions, of which week.

    Examples
    --------
    >>> from workbench.backtest.equivalence import no_differences
    >>> differences_table(no_differences(), caption="2024 week 10, as played and as replayed")
    2024 week 10, as played and as replayed
    Every row is the same, to the last bit.
    """
    return table(differences, caption=caption, labels=_LABELS, empty="Every row is the same, to the last bit.")
