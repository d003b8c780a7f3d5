"""Match teams that fired their coach to teams that did not, on what both were before the firing.

Coaches are fired after bad luck, and luck does not last: against itself a team that fired its coach improves. Its like,
as bad by record, rating and recent results in the same weeks of the same season, improves too. Nothing after the firing
enters the match.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from workbench.causal.games.signed_strength import Floats
from workbench.causal.result import Estimate
from workbench.errors import ValidationError

#: What teams are matched on: each is built from strictly earlier games.
COVARIATES = ("win_rate", "market_rating", "last4_residual")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedComparison:
    """Fired against like teams.

    Attributes
    ----------
    naive : Estimate
        Fired teams after the firing, less the same teams before it.
    matched : Estimate
        Fired teams after the firing, less their matches from the same week on.
    adjusted : Estimate
        The same, less what the covariates still differing within a match foretell (Abadie & Imbens 2011).
    balance : DataFrame
        ``covariate, fired, candidates, matched, difference_before, difference_after`` (differences in standard
        deviations of the fired and candidate teams).
    pairs : DataFrame
        ``season, team, week, match, match_week, distance``, a row a match.
    unmatched : DataFrame
        Events without a match within the caliper, or without later games.
    """

    naive: Estimate
    matched: Estimate
    adjusted: Estimate
    balance: pd.DataFrame
    pairs: pd.DataFrame
    unmatched: pd.DataFrame


def matched_comparison(
    panel: pd.DataFrame,
    events: pd.DataFrame,
    *,
    outcome: str,
    first: int = 0,
    last: int | None = 3,
    neighbours: int = 3,
    caliper: float = 2.0,
    window: int = 1,
    covariates: Sequence[str] = COVARIATES,
) -> MatchedComparison:
    """Compare the games after a firing with those of like teams.

    Parameters
    ----------
    panel : DataFrame
        One row a team and game, the team's own side: team, season, week, the outcome, the covariates (known before the
        game).
    events : DataFrame
        team, season, week of the first game under the new coach; only a team-season's first event counts.
    outcome : str
        Such as margin or margin_vs_close.
    first, last : int, int or None
        Games after the event that are averaged, 0 the first; None for all the remaining.
    neighbours, caliper : int, float
        Matches a firing, none twice, and the largest Mahalanobis distance.
    window : int
        Weeks a match's game may lie from the event's, for byes; the season is always the same.

    Raises
    ------
    ValidationError
        If a column is absent or fewer than two events find a match.
    """
    _require(panel, events, (outcome, *covariates))
    games = panel.sort_values(["season", "week"]).reset_index(drop=True)
    fired = events.sort_values("week").drop_duplicates(["season", "team"])[["season", "week", "team"]]
    starts = _starting_points(games, outcome=outcome, first=first, last=last).dropna(subset=[*covariates, "after"])
    treated = fired.merge(starts, on=["season", "week", "team"]).sort_values(
        ["season", "week", "team"], ignore_index=True
    )
    candidates = _at_risk(starts, fired)
    pairs = _pairs(
        treated, candidates, covariates=list(covariates), neighbours=neighbours, caliper=caliper, window=window
    )
    if len(pairs) == 0 or pairs["event"].nunique() < 2:
        raise ValidationError(
            f"At least two events must find a match, of {len(fired)}. Too narrow a caliper or a panel?"
        )
    horizon = f"games {first} to {'the last' if last is None else last}"
    kept = treated.loc[sorted(pairs["event"].unique())]
    near = _near(treated, candidates, window=window)
    differences, gaps = _matched_differences(treated, candidates, pairs=pairs, covariates=list(covariates))
    foretold = gaps.to_numpy() @ _slopes(near, covariates=list(covariates))
    return MatchedComparison(
        naive=_from_differences(kept["after"] - kept["before"], method=f"before and after, {horizon}"),
        matched=_from_differences(differences, method=f"matched, {horizon}"),
        adjusted=_from_differences(differences - foretold, method=f"matched and adjusted, {horizon}"),
        balance=_balance(treated, candidates, pairs=pairs, covariates=covariates, near=near),
        pairs=_named(treated, candidates, pairs=pairs),
        unmatched=_unmatched(fired, kept),
    )


def _starting_points(games: pd.DataFrame, *, outcome: str, first: int, last: int | None) -> pd.DataFrame:
    """Return each team's game with the mean outcome from it on (``after``) and before it in the season (``before``)."""
    team_season = games.groupby(["season", "team"], sort=False).ngroup().to_numpy()
    order = np.argsort(team_season, kind="stable")
    sizes = np.bincount(team_season)
    begins = np.repeat(np.cumsum(sizes) - sizes, sizes)
    ends = begins + np.repeat(sizes, sizes)
    here = np.arange(len(games))
    values = games[outcome].to_numpy(dtype=np.float64)[order]
    stops = ends if last is None else np.minimum(here + last + 1, ends)
    after = _means(values, starts=np.minimum(here + first, stops), stops=stops)
    before = _means(values, starts=begins, stops=here)
    return games.iloc[order].assign(after=after, before=before).reset_index(drop=True)


def _at_risk(starts: pd.DataFrame, fired: pd.DataFrame) -> pd.DataFrame:
    """Return the games before which a team had not fired its coach, whatever it did later.

    Who is never fired all season is who did well later: as a control he would make every firing look bad.
    """
    when = fired.rename(columns={"week": "fired_week"})
    told = starts.merge(when, how="left", on=["season", "team"])
    unfired = told["fired_week"].isna() | (told["week"] < told["fired_week"])
    return told[unfired].drop(columns="fired_week").reset_index(drop=True)


def _means(values: Floats, *, starts: NDArray[np.intp], stops: NDArray[np.intp]) -> Floats:
    """Return the mean of what is known from each start up to each stop; missing where nothing is."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    n = counts[stops] - counts[starts]
    return np.asarray(np.where(n > 0, (sums[stops] - sums[starts]) / np.maximum(n, 1), np.nan))


def _pairs(
    treated: pd.DataFrame,
    candidates: pd.DataFrame,
    *,
    covariates: list[str],
    neighbours: int,
    caliper: float,
    window: int,
) -> pd.DataFrame:
    """Return event and candidate row numbers with their distance: greedy by time, a team-season matched once only.

    Used once each, the matched sets are apart, and an error clustered by set is right (Abadie & Spiess 2022).
    """
    if len(treated) < 2 or candidates.empty:  # no spread to measure distances by, and too few to compare
        return pd.DataFrame(columns=["event", "candidate", "distance"])
    scale = np.linalg.pinv(np.atleast_2d(np.cov(pd.concat([treated, candidates])[covariates].to_numpy().T)))
    taken: set[tuple[int, str]] = set()
    rows: list[tuple[int, int, float]] = []
    for event, fired in treated.iterrows():
        near = candidates[
            (candidates["season"] == fired["season"])
            & ((candidates["week"] - fired["week"]).abs() <= window)
            & (candidates["team"] != fired["team"])
        ]
        gaps = near[covariates].to_numpy(dtype=np.float64) - fired[covariates].to_numpy(dtype=np.float64)
        distances = np.sqrt(np.einsum("ij,jk,ik->i", gaps, scale, gaps))
        chosen = 0
        for place in np.argsort(distances, kind="stable"):
            key = (int(fired["season"]), str(near["team"].iloc[place]))
            if chosen == neighbours or distances[place] > caliper:
                break
            if key not in taken:
                taken.add(key)
                rows.append((int(event), int(near.index[place]), float(distances[place])))  # type: ignore[call-overload]
                chosen += 1
    return pd.DataFrame(rows, columns=["event", "candidate", "distance"])


def _near(treated: pd.DataFrame, candidates: pd.DataFrame, *, window: int) -> pd.DataFrame:
    """Return the candidates that season and week allow, whatever their distance."""
    weeks = treated[["season", "week"]].rename(columns={"week": "event_week"}).drop_duplicates()
    near = candidates.merge(weeks, on="season")
    return near[(near["week"] - near["event_week"]).abs() <= window]


def _matched_differences(
    treated: pd.DataFrame, candidates: pd.DataFrame, *, pairs: pd.DataFrame, covariates: list[str]
) -> tuple["pd.Series[float]", pd.DataFrame]:
    """Return, an event, fired less mean match: of the outcome after, and of the covariates."""
    columns = ["after", *covariates]
    likes = candidates.loc[pairs["candidate"], columns].set_axis(pairs["event"].to_numpy()).groupby(level=0).mean()
    differences = treated.loc[likes.index, columns] - likes
    return differences["after"], differences[covariates]


def _slopes(near: pd.DataFrame, *, covariates: list[str]) -> Floats:
    """Return what a unit of each covariate foretells of the outcome among candidates, within a season."""
    columns = near[["after", *covariates]]
    centred = (columns - columns.groupby(near["season"]).transform("mean")).to_numpy(dtype=np.float64)
    return np.asarray(np.linalg.lstsq(centred[:, 1:], centred[:, 0])[0])


def _unmatched(fired: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    found = fired.merge(kept[["season", "team"]], how="left", on=["season", "team"], indicator=True)
    return found[found["_merge"] == "left_only"].drop(columns="_merge").reset_index(drop=True)


def _from_differences(differences: "pd.Series[float]", *, method: str) -> Estimate:
    values = differences.dropna().to_numpy(dtype=np.float64)
    value, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    law = stats.t(len(values) - 1)
    reach = float(law.ppf(0.975)) * error
    return Estimate(
        value=value, standard_error=error, low=value - reach, high=value + reach,
        p_value=float(2 * law.sf(abs(value) / error)), rows=len(values), treated=len(values), clusters=len(values),
        method=method, inference="cluster",
    )  # fmt: skip


def _balance(
    treated: pd.DataFrame,
    candidates: pd.DataFrame,
    *,
    pairs: pd.DataFrame,
    covariates: Sequence[str],
    near: pd.DataFrame,
) -> pd.DataFrame:
    kept, likes = treated.loc[pairs["event"]], candidates.loc[pairs["candidate"]]
    shares = (1 / pairs.groupby("event")["event"].transform("size")).to_numpy()
    rows = []
    for name in covariates:
        spread = float(np.sqrt((treated[name].var() + near[name].var()) / 2))
        fired = float(np.average(kept[name], weights=shares))
        matched = float(np.average(likes[name], weights=shares))
        before = (float(treated[name].mean()) - float(near[name].mean())) / spread
        rows.append((name, fired, float(near[name].mean()), matched, before, (fired - matched) / spread))
    columns = ["covariate", "fired", "candidates", "matched", "difference_before", "difference_after"]
    return pd.DataFrame(rows, columns=columns)


def _named(treated: pd.DataFrame, candidates: pd.DataFrame, *, pairs: pd.DataFrame) -> pd.DataFrame:
    fired = treated.loc[pairs["event"], ["season", "team", "week"]].reset_index(drop=True)
    likes = candidates.loc[pairs["candidate"], ["team", "week"]].reset_index(drop=True)
    return fired.assign(match=likes["team"], match_week=likes["week"], distance=pairs["distance"])


def _require(panel: pd.DataFrame, events: pd.DataFrame, columns: Sequence[str]) -> None:
    absent = [column for column in ("team", "season", "week", *columns) if column not in panel]
    absent += [f"events.{column}" for column in ("team", "season", "week") if column not in events]
    if absent:
        raise ValidationError(f"Matching needs the columns {absent}, got {list(panel.columns)[:12]}.")
