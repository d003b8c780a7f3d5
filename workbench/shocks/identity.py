"""Who is who: snap counts know players by name and a reference id, rosters and reports by the league's id.

A snap row is tied to a player in steps, the surest first: the reference id that some roster carries; the same name on
the same team that season; the same name anywhere that season. A name that fits two players fits none.
"""

from typing import Final

import pandas as pd

from workbench.shocks.team_games import Tables, table_of

#: How a snap row was tied to a player, the surest first.
METHODS: Final = ("pfr_id", "name_team", "name")
_SUFFIX: Final = r"\s+(?:jr|sr|ii|iii|iv|v)$"


def plain_names(names: "pd.Series[str]") -> "pd.Series[str]":
    """Return names as two sources would agree on them: no case, no marks, no generation.

    Examples
    --------
    >>> plain_names(pd.Series(["Odell Beckham Jr.", "D.J. Moore", "Amon-Ra St. Brown"])).to_list()
    ['odell beckham', 'dj moore', 'amonra st brown']
    """
    codes, distinct = pd.factorize(names.astype("str"))  # a name comes back every week
    plain = pd.Series(distinct, dtype="str").str.lower().str.replace(r"[^a-z\s]", "", regex=True).str.strip()
    plain = plain.str.replace(_SUFFIX, "", regex=True).str.replace(r"\s+", " ", regex=True)
    return plain.reindex(codes).set_axis(names.index)


def identified_snaps(tables: Tables) -> pd.DataFrame:
    """Return the snap counts with the league's player id.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``snaps`` and ``rosters``; either may be absent.

    Returns
    -------
    DataFrame
        Columns ``game_id, season, week, team, player_name, position, snap_share`` (the larger of the shares of offence
        and defence, 0 to 1), ``player_id`` (null where nobody fits) and ``matched_by`` (one of ``METHODS``, or null).
    """
    snaps, rosters = table_of(tables, "snaps"), table_of(tables, "rosters")
    if snaps.empty:
        return _no_snaps()
    shares = [snaps[name] for name in ("offense_share", "defense_share") if name in snaps.columns]
    whole = snaps.reindex(columns=["game_id", "season", "week", "team", "player_name", "position", "pfr_id"])
    whole["snap_share"] = pd.concat(shares, axis=1).max(axis=1) if shares else float("nan")
    whole["player_id"], whole["matched_by"] = None, None
    if len(rosters):
        whole = _linked(whole.assign(plain=plain_names(whole["player_name"])), rosters=rosters)
    typed = {"player_id": "str", "matched_by": "str", "position": "str"}
    return whole.astype(typed).drop(columns=["pfr_id", "plain"], errors="ignore").reset_index(drop=True)


def _linked(snaps: pd.DataFrame, *, rosters: pd.DataFrame) -> pd.DataFrame:
    known = rosters.reindex(columns=["season", "team", "player_id", "player_name", "pfr_id"]).drop_duplicates()
    known = known.assign(plain=plain_names(known["player_name"]))
    for method, keys in (
        ("pfr_id", ["pfr_id"]),
        ("name_team", ["plain", "season", "team"]),
        ("name", ["plain", "season"]),
    ):
        found = snaps[keys].merge(_unique(known, keys=keys), on=keys, how="left")["found"].set_axis(snaps.index)
        new = snaps["player_id"].isna() & found.notna()
        snaps = snaps.assign(
            player_id=snaps["player_id"].mask(new, found), matched_by=snaps["matched_by"].mask(new, method)
        )
    return snaps


def _unique(known: pd.DataFrame, *, keys: list[str]) -> pd.DataFrame:
    """Return the player of each key that names one player only."""
    pairs = known.dropna(subset=keys)[[*keys, "player_id"]].drop_duplicates()
    return pairs[~pairs.duplicated(keys, keep=False)].rename(columns={"player_id": "found"})


def _no_snaps() -> pd.DataFrame:
    words = ["game_id", "team", "player_name", "position", "player_id", "matched_by"]
    types = dict.fromkeys(words, "str") | {"season": "int64", "week": "int64", "snap_share": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in types.items()})


def match_shares(snaps: pd.DataFrame) -> pd.DataFrame:
    """Return, for each season, the share of snap rows tied to a player, by method and in all.

    Parameters
    ----------
    snaps : DataFrame
        Of :func:`identified_snaps`.

    Returns
    -------
    DataFrame
        Index ``season``; columns ``METHODS``, ``matched`` (their sum) and ``rows``.
    """
    by = snaps["season"]
    shares = {method: snaps["matched_by"].eq(method).groupby(by).mean() for method in METHODS}
    matched = snaps["player_id"].notna().groupby(by).mean()
    return pd.DataFrame(shares | {"matched": matched, "rows": by.groupby(by).size()})
