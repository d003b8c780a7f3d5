"""Quarterback splits: efficiency, sacks and scrambles, clean against pressured where the feed can tell.

Three bases, each row labelled with its own. ``pressure flag``: the feed says on which dropback the quarterback was
under pressure. ``blitz split``: it does not, but the charting counts blitzers; sending more is not the same as getting
there. ``game pressure rate (proxy)``: only a count of pressures by game and passer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.features.league_priors import league_priors
from workbench.features.metrics import Kind
from workbench.features.passer_names import match_passers
from workbench.features.shrunken_tables import shrunken_rows
from workbench.features.snaps import flag, scrimmage_snaps, with_charting
from workbench.features.tallies import season_to_date

Floats = NDArray[np.float64]
SPLIT_COLUMNS: Final = (
    "season", "week", "player_id", "player_name", "team", "metric", "split", "basis", "n", "raw", "shrunk",
    "standard_error", "weight", "prior_mean",
)  # fmt: skip
ALL_BASIS: Final = "all dropbacks"
FLAG_BASIS: Final = "pressure flag"
BLITZ_BASIS: Final = "blitz split"
PROXY_BASIS: Final = "game pressure rate (proxy)"
_KINDS: Final[dict[str, Kind]] = {
    "epa_per_dropback": "mean",
    "success_rate": "rate",
    "sack_rate": "rate",
    "scramble_rate": "rate",
    "pressure_rate": "rate",
    "blitz_rate": "rate",
}
_KEYS: Final = ["season", "week", "game_id", "player_id"]


@dataclass(frozen=True, slots=True)
class QuarterbackSplits:
    """Quarterback splits of a week.

    Attributes
    ----------
    splits : DataFrame
        Columns ``SPLIT_COLUMNS``: one row a quarterback, metric and split (``all``; ``clean`` and ``pressured``, or
        ``no blitz`` and ``blitz``). ``n`` counts dropbacks; ``team`` is the latest one.
    notes : tuple of str
        What stands in for what.
    """

    splits: pd.DataFrame
    notes: tuple[str, ...]


def quarterback_splits(
    plays: pd.DataFrame,
    *,
    season: int,
    week: int,
    charting: pd.DataFrame | None = None,
    pressures: pd.DataFrame | None = None,
) -> QuarterbackSplits:
    """Return each quarterback's season to date, raw and shrunk towards the league's quarterbacks.

    Parameters
    ----------
    plays : DataFrame
        Rows of ``schema.PLAYS`` that the view can see; the season's weeks before ``week`` are described, the season
        before helps the priors. Needs ``passer_player_id``.
    season, week : int
        The week to be predicted.
    charting, pressures : DataFrame, optional
        Rows of ``schema.CHARTING`` and ``schema.PRESSURES``.

    Returns
    -------
    QuarterbackSplits
    """
    recent = plays[plays["season"].eq(season - 1) | (plays["season"].eq(season) & plays["week"].lt(week))]
    dropped = quarterback_dropbacks(recent, charting=charting)
    if not dropped["season"].eq(season).any():
        return QuarterbackSplits(
            pd.DataFrame(columns=list(SPLIT_COLUMNS)), ("No dropbacks with a named passer before this week.",)
        )
    tallies = pd.concat([_split_tallies(dropped), *_proxy_tallies(dropped, pressures=pressures)], ignore_index=True)
    kinds = {name: _KINDS[name.partition("|")[0]] for name in tallies["metric"].unique()}
    priors = league_priors(tallies, kinds=kinds, season=season, week=week, unit="player_id")
    rows = shrunken_rows(season_to_date(tallies, season=season, week=week), priors=priors, unit="player_id")
    parts = rows["metric"].str.split("|", expand=True).reindex(columns=range(3))
    rows = rows.assign(metric=parts[0], split=parts[1], basis=parts[2], season=season, week=week)
    rows = rows.merge(_identities(dropped), on="player_id", how="left")
    rows = rows.sort_values(["player_id", "metric", "basis", "split"], kind="stable", ignore_index=True)
    return QuarterbackSplits(rows[list(SPLIT_COLUMNS)], _notes(rows))


def quarterback_dropbacks(plays: pd.DataFrame, *, charting: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the dropbacks with their quarterback: the passer, or the runner of a scramble.

    Returns
    -------
    DataFrame
        ``snaps.scrimmage_snaps`` that are dropbacks, with ``player_id``, ``player_name`` and the charting's
        ``blitzers``.
    """
    snaps = with_charting(scrimmage_snaps(plays), charting=charting)
    snaps = snaps[snaps["dropback"].eq(1.0)]
    names = {}
    for column in ("player_id", "player_name"):
        passer, rusher = (_text(snaps, f"{who}_{column}") for who in ("passer", "rusher"))
        names[column] = passer.where(passer.notna(), rusher)
    snaps = snaps.assign(**names)
    return snaps[snaps["player_id"].notna()]


def _text(snaps: pd.DataFrame, name: str) -> pd.Series:
    return snaps[name] if name in snaps else pd.Series(None, index=snaps.index, dtype="str")


def _split_tallies(dropped: pd.DataFrame) -> pd.DataFrame:
    epa = flag(dropped, "epa")
    success = flag(dropped, "success")
    values = {
        "epa_per_dropback": epa,
        "success_rate": np.where(np.isnan(success) & ~np.isnan(epa), epa > 0, success),
        "sack_rate": flag(dropped, "sack"),
        "scramble_rate": flag(dropped, "qb_scramble"),
    }
    pressured, blitzed = flag(dropped, "was_pressure"), flag(dropped, "blitzers")
    masks = {
        ("all", ALL_BASIS): np.ones(len(dropped), dtype=bool),
        ("clean", FLAG_BASIS): pressured == 0,
        ("pressured", FLAG_BASIS): pressured == 1,
        ("no blitz", BLITZ_BASIS): blitzed == 0,
        ("blitz", BLITZ_BASIS): blitzed > 0,
    }
    parts = [_tally(dropped, values=values, mask=mask, suffix="|".join(name)) for name, mask in masks.items()]
    rates = {f"pressure_rate|all|{FLAG_BASIS}": pressured, f"blitz_rate|all|{BLITZ_BASIS}": _positive(blitzed)}
    parts.append(_tally(dropped, values=rates, mask=np.ones(len(dropped), dtype=bool), suffix=""))
    return pd.concat(parts, ignore_index=True)


def _positive(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.nan, values > 0)


def _tally(dropped: pd.DataFrame, *, values: dict[str, Floats], mask: NDArray[np.bool_], suffix: str) -> pd.DataFrame:
    """Return totals and counts a game, passer and metric over the dropbacks of a mask."""
    named = {f"{name}|{suffix}" if suffix else name: value[mask] for name, value in values.items()}
    kept = dropped.loc[mask, _KEYS]
    grouped = pd.DataFrame(named, index=kept.index).groupby([kept[key] for key in _KEYS], observed=True)
    long = pd.DataFrame({"total": grouped.sum().stack(), "n": grouped.count().stack().astype("float64")})
    long.index = long.index.set_names([*_KEYS, "metric"])
    return long[long["n"] > 0].reset_index()


def _proxy_tallies(dropped: pd.DataFrame, *, pressures: pd.DataFrame | None) -> list[pd.DataFrame]:
    """Return pressures over dropbacks by game, where the feed has no flag on the play."""
    if pressures is None or pressures.empty or not np.isnan(flag(dropped, "was_pressure")).all():
        return []
    games = dropped.groupby([*_KEYS, "posteam"], observed=True).agg(
        n=("dropback", "size"), player_name=("player_name", "first")
    )
    games = match_passers(games.reset_index().rename(columns={"posteam": "team"}), pressures=pressures)
    parts = []
    for metric, column in (("pressure_rate", "times_pressured"), ("blitz_rate", "times_blitzed")):
        counted = games[games[column].notna()]
        total = np.minimum(counted[column].to_numpy(dtype=np.float64), counted["n"].to_numpy(dtype=np.float64))
        part = counted[_KEYS].assign(
            metric=f"{metric}|all|{PROXY_BASIS}", total=total, n=counted["n"].astype("float64")
        )
        parts.append(part)
    return parts


def _identities(dropped: pd.DataFrame) -> pd.DataFrame:
    """Return each quarterback's latest name and team."""
    latest = (
        dropped.sort_values(["season", "week"], kind="stable").groupby("player_id")[["player_name", "posteam"]].last()
    )
    return latest.rename(columns={"posteam": "team"}).reset_index()


def _notes(rows: pd.DataFrame) -> tuple[str, ...]:
    bases = set(rows["basis"])
    notes = []
    if FLAG_BASIS not in bases:
        stand_ins = [basis for basis in (BLITZ_BASIS, PROXY_BASIS) if basis in bases]
        shown = f"shown instead: {' and '.join(stand_ins)}" if stand_ins else "nothing stands in for it"
        notes.append(f"The feed does not say which dropbacks were under pressure; {shown}.")
    return tuple(notes)
