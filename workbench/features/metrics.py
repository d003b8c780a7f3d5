"""The metrics of a team profile: names, units, families."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["mean", "rate"]
Side = Literal["offence", "defence"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a team.

    Attributes
    ----------
    name : str
        Without its side: ``epa_per_play``; a profile row says ``offence_epa_per_play``.
    unit : str
        What ``raw`` counts, shown to a reader.
    kind : {"mean", "rate"}
        Shrunk with a normal prior, or as successes over trials with a beta prior.
    feed : {"plays", "drives"}
        Where it comes from.
    sides : tuple of {"offence", "defence"}
        Defence: what the opponents did against the team.
    """

    name: str
    unit: str
    kind: Kind
    feed: Literal["plays", "drives"]
    sides: tuple[Side, ...] = ("offence", "defence")


_OFFENCE: Final[tuple[Side, ...]] = ("offence",)

METRICS: Final[tuple[Metric, ...]] = (
    Metric("epa_per_play", "points a play", "mean", "plays"),
    Metric("epa_per_dropback", "points a dropback", "mean", "plays"),
    Metric("epa_per_rush", "points a designed rush", "mean", "plays"),
    Metric("success_rate", "share of plays", "rate", "plays"),
    Metric("explosive_rate", "share of plays (passes of 20 yards, rushes of 10)", "rate", "plays"),
    Metric("sack_rate", "share of dropbacks", "rate", "plays"),
    Metric("scramble_rate", "share of dropbacks", "rate", "plays"),
    Metric("interception_rate", "share of dropbacks", "rate", "plays"),
    Metric("pass_rate_over_expected", "share of plays", "mean", "plays", _OFFENCE),
    Metric("seconds_per_play", "seconds between neutral snaps", "mean", "plays", _OFFENCE),
    Metric("shotgun_rate", "share of plays", "rate", "plays", _OFFENCE),
    Metric("no_huddle_rate", "share of plays", "rate", "plays", _OFFENCE),
    Metric("points_per_drive", "points a drive", "mean", "drives"),
    Metric("touchdown_rate", "share of drives", "rate", "drives"),
    Metric("field_goal_rate", "share of drives", "rate", "drives"),
    Metric("punt_rate", "share of drives", "rate", "drives"),
    Metric("turnover_rate", "share of drives", "rate", "drives"),
    Metric("red_zone_touchdown_rate", "share of drives inside the 20", "rate", "drives"),
    Metric("start_yards_to_goal", "yards", "mean", "drives"),
    Metric("plays_per_drive", "plays", "mean", "drives"),
)
METRIC_BY_NAME: Final = {metric.name: metric for metric in METRICS}


def side_metric(name: str) -> tuple[Side, Metric]:
    """Return the side and the metric of a profile row's name.

    Examples
    --------
    >>> side, metric = side_metric("defence_sack_rate")
    >>> side, metric.unit
    ('defence', 'share of dropbacks')
    """
    side, _, bare = name.partition("_")
    if side == "offence":
        return "offence", METRIC_BY_NAME[bare]
    return "defence", METRIC_BY_NAME[bare]
