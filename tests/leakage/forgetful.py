"""A planted leak that leakage tests must catch."""

from typing import Any

import pandas as pd

from workbench.schema import FACT_TABLES
from workbench.store.frames import FrameAsOf


class Forgetful(FrameAsOf):
    """A planted leak: a view that forgets its instant for one table."""

    forgets = ""

    def table(self, name: str, **chosen: Any) -> pd.DataFrame:
        if name != self.forgets:
            return super().table(name, **chosen)
        everything = FrameAsOf(self._frames, pd.Timestamp("2200-01-01", tz="UTC")).table(name, **chosen)
        keys = [key for key in FACT_TABLES[name].key if key in everything]
        return everything.drop_duplicates(keys, keep="last").reset_index(drop=True)
