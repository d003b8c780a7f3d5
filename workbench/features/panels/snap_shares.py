"""The share of the offence's snaps of each player-game, where snaps were counted.

Snap counts carry another id than stat lines. Rosters know both; a player they do not know, or a source without that
id, is found by name and team, and a name that two players of a team share finds nobody.
"""

from collections.abc import Mapping

import pandas as pd

_SUFFIX = r"\s+(jr|sr|ii|iii|iv|v)$"


def snap_shares(lines: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> "pd.Series[float]":
    """Return the share of offensive snaps, 0 to 1; null where none were counted or the player was not found.

    Parameters
    ----------
    lines : DataFrame
        ``game_id, team, player_id, player_name``.
    tables : mapping of str to DataFrame
        ``snaps``, and ``rosters`` with ``pfr_id``, as far as they are there.

    Returns
    -------
    Series, index of ``lines``
    """
    snaps = tables.get("snaps")
    if snaps is None or "offense_share" not in snaps:
        return pd.Series(float("nan"), index=lines.index)
    by_name = _joined(
        lines.assign(name=plain_names(lines["player_name"])),
        snaps.assign(name=plain_names(snaps["player_name"])),
        on=["game_id", "team", "name"],
    )
    rosters = tables.get("rosters")
    if rosters is None or "pfr_id" not in rosters or "pfr_id" not in snaps:
        return by_name
    ids = rosters.loc[rosters["pfr_id"].notna(), ["player_id", "pfr_id"]].drop_duplicates("player_id", keep="last")
    known = lines["player_id"].map(ids.set_index("player_id")["pfr_id"]).astype("str")
    return _joined(lines.assign(pfr_id=known), snaps, on=["game_id", "pfr_id"]).fillna(by_name)


def plain_names(names: "pd.Series[str]") -> "pd.Series[str]":
    """Return names without case, points, apostrophes, hyphens and suffixes.

    Examples
    --------
    >>> plain_names(pd.Series(["Odell Beckham Jr.", "D'Andre Swift"])).to_list()
    ['odell beckham', 'dandre swift']
    """
    plain = names.astype("str").str.lower().str.replace(r"[.'’-]", "", regex=True)
    return plain.str.replace(_SUFFIX, "", regex=True).str.strip()


def _joined(lines: pd.DataFrame, snaps: pd.DataFrame, *, on: list[str]) -> "pd.Series[float]":
    """Join the shares on keys that are whole and, among the snaps, unique."""
    whole = snaps.dropna(subset=on)
    single = whole[~whole.duplicated(on, keep=False)]
    shares = lines[on].merge(single[[*on, "offense_share"]], on=on, how="left", validate="m:1")["offense_share"]
    return shares.set_axis(lines.index).astype("float64").where(lines[on].notna().all(axis=1))
