"""Snaps: the plays from scrimmage that count, with the flags every feature asks for."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: The NFL's own definition of an explosive play.
EXPLOSIVE_PASS_YARDS = 20.0
EXPLOSIVE_RUSH_YARDS = 10.0


def scrimmage_snaps(plays: pd.DataFrame) -> pd.DataFrame:
    """Return the passes and runs on a down: no kneels, spikes, tries, kicks or plays wiped out by a penalty.

    Parameters
    ----------
    plays : DataFrame
        Rows of ``schema.PLAYS``.

    Returns
    -------
    DataFrame
        Those rows with ``dropback`` (float 0 or 1) added: the feed's ``qb_dropback``, or where it is missing a pass,
        sack or scramble.
    """
    counted = plays["play_type"].isin(("pass", "run")) & plays["down"].notna() & plays["posteam"].notna()
    snaps = plays[counted]
    return snaps.assign(dropback=dropbacks(snaps))


def dropbacks(snaps: pd.DataFrame) -> Floats:
    """Return 1 where the quarterback dropped back to pass, else 0.

    Examples
    --------
    >>> dropbacks(pd.DataFrame({"play_type": ["pass", "run", "run"], "qb_scramble": [0.0, 1.0, 0.0]}))
    array([1., 1., 0.])
    """
    derived = snaps["play_type"].eq("pass").to_numpy(dtype=bool)
    for flag in ("qb_scramble", "sack", "pass_attempt"):
        if flag in snaps:
            derived = derived | snaps[flag].eq(1).to_numpy(dtype=bool)
    if "qb_dropback" not in snaps:
        return derived.astype(np.float64)
    given = snaps["qb_dropback"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(np.where(np.isnan(given), derived, given), dtype=np.float64)


def flag(snaps: pd.DataFrame, name: str) -> Floats:
    """Return a 0/1 column as floats, NaN where the feed has no value (or no such column)."""
    if name not in snaps:
        return np.full(len(snaps), np.nan)
    return np.asarray(snaps[name].astype("float64").to_numpy(na_value=np.nan), dtype=np.float64)


def with_charting(snaps: pd.DataFrame, *, charting: pd.DataFrame | None) -> pd.DataFrame:
    """Return the snaps with the charting's columns joined; the feed's own values win where both exist.

    Parameters
    ----------
    snaps : DataFrame
        With ``game_id`` and ``play_id``.
    charting : DataFrame or None
        Rows of ``schema.CHARTING``.
    """
    if charting is None or charting.empty:
        return snaps
    wanted = [name for name in ("shotgun", "no_huddle", "blitzers", "pass_rushers", "play_action") if name in charting]
    charted = charting[["game_id", "play_id", *wanted]].drop_duplicates(["game_id", "play_id"])
    joined = snaps.merge(charted, on=["game_id", "play_id"], how="left", suffixes=("", "_charted"), validate="m:1")
    for name in wanted:
        values = flag(joined, name)
        charted_values = flag(joined, f"{name}_charted")
        joined[name] = np.where(np.isnan(values), charted_values, values)
    return joined.drop(columns=[name for name in joined if str(name).endswith("_charted")])
