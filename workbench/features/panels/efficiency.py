"""Expected points added a play, by game and offence, where plays were recorded."""

import pandas as pd

from workbench.features.snaps import scrimmage_snaps

_NEEDED = ("game_id", "posteam", "play_type", "down", "epa")


def offence_epa(plays: pd.DataFrame) -> pd.DataFrame:
    """Return each offence's mean EPA over its passes and runs on a down.

    Parameters
    ----------
    plays : DataFrame
        Rows of ``schema.PLAYS``; without ``epa`` there is nothing to say and the frame is empty.

    Returns
    -------
    DataFrame
        ``game_id, team, epa_per_play, epa_plays`` (plays behind it).
    """
    if any(name not in plays for name in _NEEDED):
        return pd.DataFrame(columns=["game_id", "team", "epa_per_play", "epa_plays"])
    snaps = scrimmage_snaps(plays.loc[plays["epa"].notna(), list(_NEEDED)])
    means = snaps.groupby(["game_id", "posteam"])["epa"].agg(["mean", "size"]).reset_index()
    return means.rename(columns={"posteam": "team", "mean": "epa_per_play", "size": "epa_plays"})
