"""Team profiles: each metric of each team, shrunk towards what league, last season and coach lead one to expect.

Roll-forward: a profile of week W reads only plays that the view can see and of weeks strictly before W. A metric that
the feed cannot give is left out and named in the notes: it is never zero and never silently the league's mean.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import AsOf
from workbench.features.carry_over import CarryOver, History, estimated_carry_over, season_history, season_predictors
from workbench.features.coaches import known_coaches
from workbench.features.drives import derive_drives
from workbench.features.league_priors import PREVIOUS_SEASON_DISCOUNT, league_priors
from workbench.features.metrics import METRICS, Kind, Side, side_metric
from workbench.features.playcalling import play_situations
from workbench.features.shrunken_tables import shrunken_rows
from workbench.features.tallies import TALLY_COLUMNS, drive_tallies, play_tallies, season_to_date

PROFILE_COLUMNS: Final = (
    "season", "week", "as_of", "team", "metric", "unit", "raw", "n", "shrunk", "standard_error", "weight", "prior_mean",
    "prior_source",
)  # fmt: skip
KINDS: Final[dict[str, Kind]] = {f"{side}_{m.name}": m.kind for m in METRICS for side in m.sides}
#: Seasons before the current one that feed the priors.
HISTORY_SEASONS: Final = 5
_PLAY_COLUMNS: Final = (
    "game_id", "season", "week", "play_id", "posteam", "defteam", "home_team", "play_type", "down", "ydstogo",
    "yardline_100", "score_differential", "game_seconds_remaining", "pass_attempt", "qb_scramble", "qb_dropback",
    "sack", "epa", "success", "yards_gained", "complete_pass", "interception", "fumble", "shotgun", "no_huddle",
    "xpass", "fixed_drive", "posteam_score_post", "defteam_score_post",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TeamProfiles:
    """The profiles of a week and what they rest on.

    Attributes
    ----------
    profiles : DataFrame
        Columns ``PROFILE_COLUMNS``: one row a team and metric.
    league_priors : DataFrame
        One row a metric, as returned by ``league_priors.league_priors``, with ``as_of``.
    carry_over : CarryOver
        The rates at which last season and a new coach's past were carried over.
    coaches : DataFrame, index ``team``
        As returned by ``coaches.known_coaches``.
    notes : tuple of str
        What is missing or degraded, one sentence each.
    """

    profiles: pd.DataFrame
    league_priors: pd.DataFrame
    carry_over: CarryOver
    coaches: pd.DataFrame
    notes: tuple[str, ...]


def team_profiles(
    view: AsOf, *, season: int, week: int, previous_discount: float = PREVIOUS_SEASON_DISCOUNT
) -> TeamProfiles:
    """Return every team's profile as it stood before a week.

    Parameters
    ----------
    view : AsOf
        Facts as of the decision; its ``instant`` stamps every row.
    season, week : int
        The week to be predicted: nothing of it or after it is read, even if the view could see it.
    previous_discount : float, default 0.25
        What an observation of the season before counts in the league's prior.

    Returns
    -------
    TeamProfiles
    """
    tallies = team_tallies(view, season=season, week=week)
    starters = view.table("starters", columns=["game_id", "season", "week", "team", "coach"])
    priors = league_priors(tallies, kinds=KINDS, season=season, week=week, previous_discount=previous_discount)
    history = season_history(tallies, starters=starters, kinds=KINDS, season=season)
    carry_over = estimated_carry_over(history, starters=starters[starters["season"].lt(season)])
    coaches = known_coaches(starters, season=season, week=week)
    expected = _expectations(history, carry_over=carry_over, coaches=coaches, season=season)
    played = season_to_date(tallies, season=season, week=week)
    profiles = shrunken_rows(played, priors=priors, unit="team", expected=expected)
    units = profiles["metric"].map({name: side_metric(name)[1].unit for name in KINDS})
    profiles = profiles.assign(season=season, week=week, as_of=view.instant, unit=units)
    return TeamProfiles(
        profiles=profiles[list(PROFILE_COLUMNS)],
        league_priors=priors.assign(as_of=view.instant),
        carry_over=carry_over,
        coaches=coaches,
        notes=_notes(priors, coaches=coaches),
    )


def team_tallies(view: AsOf, *, season: int, week: int) -> pd.DataFrame:
    """Return the tallies of the season to date and of the :data:`HISTORY_SEASONS` before it."""
    seasons = range(season - HISTORY_SEASONS, season + 1)
    plays = view.table("plays", columns=_PLAY_COLUMNS, seasons=seasons)
    plays = plays[plays["season"].lt(season) | plays["week"].lt(week)]
    if plays.empty:
        return pd.DataFrame(columns=list(TALLY_COLUMNS))
    charting = view.table("charting", seasons=seasons) if view.has("charting") else None
    snaps = play_situations(plays, charting=charting).snaps
    return pd.concat([play_tallies(snaps), drive_tallies(derive_drives(plays))], ignore_index=True)


def _expectations(history: History, *, carry_over: CarryOver, coaches: pd.DataFrame, season: int) -> pd.DataFrame:
    """Return each team's expected deviation from the league before it has played: one row a metric and team."""
    frame = season_predictors(history, season=season, coaches=coaches)
    offence = frame["side"].eq("offence").to_numpy()
    new = frame["is_new"].to_numpy(dtype=bool)

    def rate(rates: dict[Side, float]) -> NDArray[np.float64]:
        return np.where(offence, rates["offence"], rates["defence"])

    own = np.where(new, rate(carry_over.new_coach), rate(carry_over.same_coach))
    past = rate(carry_over.coach_past) * frame["coach_past"].to_numpy(dtype=np.float64)
    source = np.select(
        [new & frame["has_past"].to_numpy(), new],
        ["last season, new coach and his past teams", "last season, new coach"],
        default="last season, same coach",
    )
    explained = own**2 * frame["own"].pow(2).groupby([frame["metric"], new]).transform("mean").to_numpy()
    return frame[["metric", "team"]].assign(
        expected=own * frame["own"].to_numpy(dtype=np.float64) + past, explained=explained, prior_source=source
    )


def _notes(priors: pd.DataFrame, *, coaches: pd.DataFrame) -> tuple[str, ...]:
    if priors.empty:
        return ("No plays are known before this week: there are no profiles.",)
    seen = set(priors["metric"])
    missing = [metric.name.replace("_", " ") for metric in METRICS if f"offence_{metric.name}" not in seen]
    notes = [f"The feed does not give {', '.join(missing)}: left out of the profiles."] if missing else []
    if coaches.empty:
        notes.append("No coaches are known before this week: priors are the league's and last season's alone.")
    return tuple(notes)
