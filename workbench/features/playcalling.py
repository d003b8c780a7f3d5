"""Play-calling: how often a team passes by situation, against expectation; tempo, shotgun and no-huddle.

The expectation is the feed's ``xpass`` where it is there, else fitted on the league's plays in the same view
(:mod:`workbench.features.pass_expectation`), and labelled so.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.features.league_priors import league_priors
from workbench.features.metrics import Kind
from workbench.features.pass_expectation import fitted_expectation
from workbench.features.play_order import action_plays
from workbench.features.shrunken_tables import shrunken_rows
from workbench.features.snaps import flag, scrimmage_snaps, with_charting
from workbench.features.tallies import season_to_date

Floats = NDArray[np.float64]
ExpectationBasis = Literal["feed xpass", "fitted on the league's plays"]
TENDENCY_COLUMNS: Final = (
    "season", "week", "team", "metric", "split", "bucket", "basis", "expected", "n", "raw", "shrunk", "standard_error",
    "weight", "prior_mean",
)  # fmt: skip
#: A neutral situation: within one score, before the last two minutes of a half, not in the fourth quarter.
NEUTRAL_LEAD: Final = 7.0
_TWO_MINUTES: Final = 120.0
_FOURTH_QUARTER: Final = 900.0
_HALFTIME: Final = 1800.0
_LONGEST_GAP: Final = 60.0
_METRICS: Final[dict[str, Kind]] = {
    "pass_rate": "rate",
    "pass_rate_over_expected": "mean",
    "seconds_per_play": "mean",
    "shotgun_rate": "rate",
    "no_huddle_rate": "rate",
}


@dataclass(frozen=True, slots=True)
class Situations:
    """Snaps with what the situation led one to expect.

    Attributes
    ----------
    snaps : DataFrame
        ``snaps.scrimmage_snaps`` with ``pass_expected``, ``seconds_since_snap``, and the charting's flags.
    basis : str
        Where ``pass_expected`` comes from.
    """

    snaps: pd.DataFrame
    basis: ExpectationBasis


@dataclass(frozen=True, slots=True)
class PlayCalling:
    """Play-calling tendencies of a week.

    Attributes
    ----------
    tendencies : DataFrame
        Columns ``TENDENCY_COLUMNS``: one row a team, metric and bucket of a split (``all``, ``down``, ``distance``,
        ``field``, ``score``). ``expected`` is the expected pass rate of the same snaps (null for other metrics).
    notes : tuple of str
        What is missing or stands in for something else.
    """

    tendencies: pd.DataFrame
    notes: tuple[str, ...]


def playcalling_tendencies(
    plays: pd.DataFrame, *, season: int, week: int, charting: pd.DataFrame | None = None
) -> PlayCalling:
    """Return how each team called its plays in the season to date.

    Parameters
    ----------
    plays : DataFrame
        Rows of ``schema.PLAYS`` that the view can see; the season's weeks before ``week`` are described, the season
        before helps the priors.
    season, week : int
        The week to be predicted.
    charting : DataFrame, optional
        Rows of ``schema.CHARTING``: shotgun and no-huddle where the plays lack them.

    Returns
    -------
    PlayCalling
    """
    recent = plays[plays["season"].eq(season - 1) | (plays["season"].eq(season) & plays["week"].lt(week))]
    if not recent["season"].eq(season).any():
        return PlayCalling(pd.DataFrame(columns=list(TENDENCY_COLUMNS)), ("No plays of the season before this week.",))
    situations = play_situations(recent, charting=charting)
    tallies = _tendency_tallies(situations.snaps)
    kinds = {name: _METRICS[name.partition("|")[0]] for name in tallies["metric"].unique()}
    priors = league_priors(tallies, kinds=kinds, season=season, week=week)
    rows = shrunken_rows(season_to_date(tallies, season=season, week=week), priors=priors, unit="team")
    parts = rows["metric"].str.split("|", expand=True)
    rows = rows.assign(
        metric=parts[0], split=parts[1], bucket=parts[2], season=season, week=week, basis=situations.basis
    )
    rows = rows.merge(_expected(situations.snaps, season=season), on=["team", "split", "bucket"], how="left")
    rows["expected"] = rows["expected"].where(rows["metric"].isin(("pass_rate", "pass_rate_over_expected")))
    return PlayCalling(rows[list(TENDENCY_COLUMNS)], _notes(rows, basis=situations.basis))


def play_situations(plays: pd.DataFrame, *, charting: pd.DataFrame | None = None) -> Situations:
    """Return the snaps of ``plays`` with the expected chance of a pass and the seconds since the snap before.

    Parameters
    ----------
    plays : DataFrame
        Rows of ``schema.PLAYS``; the expectation is fitted on the latest two seasons among them.
    charting : DataFrame, optional
        Rows of ``schema.CHARTING``.
    """
    snaps = with_charting(scrimmage_snaps(plays), charting=charting)
    snaps = snaps.merge(_snap_gaps(plays), on=["game_id", "play_id"], how="left", validate="1:1")
    given = flag(snaps, "xpass")
    if not np.isnan(given).all():
        return Situations(snaps.assign(pass_expected=given), "feed xpass")
    latest = snaps[snaps["season"].ge(snaps["season"].max() - 1)]
    chances = fitted_expectation(latest).probabilities(snaps)
    return Situations(snaps.assign(pass_expected=chances), "fitted on the league's plays")


def _snap_gaps(plays: pd.DataFrame) -> pd.DataFrame:
    """Return game seconds from the snap before, in neutral situations, the clock not stopped by an incompletion."""
    order = action_plays(plays)
    before = order[["_game", "_half", "posteam", "play_type", "game_seconds_remaining"]].shift(1)
    stopped = np.roll(order["play_type"].eq("pass").to_numpy() & (flag(order, "complete_pass") == 0.0), 1)
    together = order[["_game", "_half", "posteam"]].eq(before[["_game", "_half", "posteam"]]).all(axis=1)
    snapped = order["play_type"].isin(("pass", "run")) & before["play_type"].isin(("pass", "run"))
    gap = before["game_seconds_remaining"] - order["game_seconds_remaining"]
    clock = order["game_seconds_remaining"]
    neutral = order["score_differential"].abs().le(NEUTRAL_LEAD) & clock.gt(_FOURTH_QUARTER)
    neutral &= ~clock.between(_HALFTIME, _HALFTIME + _TWO_MINUTES) & order["_half"].ne(3)
    kept = together & snapped & neutral & ~stopped & gap.between(1.0, _LONGEST_GAP)
    gaps: pd.DataFrame = order.loc[kept, ["game_id", "play_id"]]
    return gaps.assign(seconds_since_snap=gap[kept])


def _tendency_tallies(snaps: pd.DataFrame) -> pd.DataFrame:
    passed = snaps["dropback"].to_numpy(dtype=np.float64)
    expected = snaps["pass_expected"].to_numpy(dtype=np.float64)
    values = {
        "pass_rate": passed,
        "pass_rate_over_expected": passed - expected,
        "seconds_per_play": flag(snaps, "seconds_since_snap"),
        "shotgun_rate": flag(snaps, "shotgun"),
        "no_huddle_rate": flag(snaps, "no_huddle"),
    }
    parts = []
    for split, bucket in _buckets(snaps).items():
        wanted = list(values) if split == "all" else ["pass_rate", "pass_rate_over_expected"]
        numbers = pd.DataFrame({name: values[name] for name in wanted}, index=snaps.index)
        keys = [
            snaps["season"],
            snaps["week"],
            snaps["game_id"],
            snaps["posteam"].rename("team"),
            bucket.rename("bucket"),
        ]
        grouped = numbers.groupby(keys, observed=True)
        long = pd.DataFrame({"total": grouped.sum().stack(), "n": grouped.count().stack().astype("float64")})
        long.index = long.index.set_names([*long.index.names[:-1], "name"])
        long = long[long["n"] > 0].reset_index()
        parts.append(long.assign(metric=long["name"].astype(str) + f"|{split}|" + long["bucket"].astype(str)))
    return pd.concat(parts, ignore_index=True)[["season", "week", "game_id", "team", "metric", "total", "n"]]


def _buckets(snaps: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the split each snap falls into, by split."""
    return {
        "all": pd.Series("all", index=snaps.index),
        "down": snaps["down"].map({1.0: "1st", 2.0: "2nd", 3.0: "3rd", 4.0: "4th"}),
        "distance": _cut(snaps["ydstogo"], edges=(0, 3, 6, 10, 99), labels=("1-3", "4-6", "7-10", "11+")),
        "field": _cut(
            snaps["yardline_100"],
            edges=(0, 20, 50, 80, 100),
            labels=("red zone", "opponent half", "own half", "own 20"),
        ),
        "score": _cut(
            snaps["score_differential"],
            edges=(-99, -9, -1, 0, 8, 99),
            labels=("behind 9+", "behind 1-8", "tied", "ahead 1-8", "ahead 9+"),
        ),
    }


def _cut(values: pd.Series, *, edges: tuple[int, ...], labels: tuple[str, ...]) -> pd.Series:
    return pd.cut(values, bins=list(edges), labels=list(labels)).astype("object")


def _expected(snaps: pd.DataFrame, *, season: int) -> pd.DataFrame:
    """Return the expected pass rate of each team's snaps this season, by split and bucket."""
    current = snaps[snaps["season"].eq(season)]
    parts = [
        current.groupby([current["posteam"].rename("team"), bucket.loc[current.index].rename("bucket")], observed=True)[
            "pass_expected"
        ]
        .mean()
        .rename("expected")
        .reset_index()
        .assign(split=split)
        for split, bucket in _buckets(current).items()
    ]
    return pd.concat(parts, ignore_index=True)


def _notes(rows: pd.DataFrame, *, basis: ExpectationBasis) -> tuple[str, ...]:
    notes = (
        []
        if basis == "feed xpass"
        else ["The feed has no xpass: the expected pass rate is fitted on the league's plays."]
    )
    seen = set(rows["metric"])
    notes += [
        f"The feed does not give {name.replace('_', ' ')}: it is left out." for name in _METRICS if name not in seen
    ]
    return tuple(notes)
