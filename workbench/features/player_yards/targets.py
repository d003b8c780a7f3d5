"""What is asked: the yards of one kind, of players of one kind, and the count they are gained from.

Quarterbacks, receivers and fullbacks run too, and running backs catch; they are other populations with other
distributions, so a target names its positions and none is pooled with another.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from workbench.errors import ParameterError

#: Names of a player's part in the offence, from the largest share to the smallest.
Role = Literal["lead", "committee", "depth", "starter", "rotation", "backup"]


@dataclass(frozen=True, slots=True)
class YardsTarget:
    """One kind of yards.

    Attributes
    ----------
    name : str
    title : str
        For people.
    yards, volume : str
        Columns of ``player_weeks``: what is forecast, and the attempts it is gained from.
    successes : str or None
        The column of attempts that succeeded, where a source may have recorded those alone.
    positions : tuple of str
        As the stat lines name them; FB is a position of its own there, as rosters' RB is not.
    support : tuple of int
        The first and the last whole yard a forecast may name.
    roles : tuple of str
        Names for a large, a middling and a small share of the active players' volume.
    role_floors : tuple of float
        The smallest relative share of the first and of the second role.
    """

    name: str
    title: str
    yards: str
    volume: str
    successes: str | None
    positions: tuple[str, ...]
    support: tuple[int, int]
    roles: tuple[Role, Role, Role]
    role_floors: tuple[float, float]


TARGETS: Final[dict[str, YardsTarget]] = {
    target.name: target
    for target in (
        YardsTarget(
            name="rushing_yards",
            title="Rushing yards of running backs",
            yards="rushing_yards",
            volume="carries",
            successes=None,
            positions=("RB",),
            support=(-30, 330),
            roles=("lead", "committee", "depth"),
            role_floors=(0.55, 0.25),
        ),
        YardsTarget(
            name="receiving_yards",
            title="Receiving yards of wide receivers",
            yards="receiving_yards",
            volume="targets",
            successes="receptions",
            positions=("WR",),
            support=(-30, 360),
            roles=("lead", "rotation", "depth"),
            role_floors=(0.30, 0.15),
        ),
        YardsTarget(
            name="receiving_yards_te",
            title="Receiving yards of tight ends",
            yards="receiving_yards",
            volume="targets",
            successes="receptions",
            positions=("TE",),
            support=(-30, 360),
            roles=("lead", "rotation", "depth"),
            role_floors=(0.60, 0.25),
        ),
        YardsTarget(
            name="passing_yards",
            title="Passing yards of quarterbacks",
            yards="passing_yards",
            volume="attempts",
            successes="completions",
            positions=("QB",),
            support=(-40, 620),
            roles=("starter", "rotation", "backup"),
            role_floors=(0.60, 0.30),
        ),
    )
}


def target_named(name: str) -> YardsTarget:
    """Return the target of that name.

    Raises
    ------
    ParameterError
        If there is none; the nearest name is given.

    Examples
    --------
    >>> target_named("rushing_yards").volume
    'carries'
    >>> target_named("rushing_yard")
    Traceback (most recent call last):
    workbench.errors.ParameterError: There is no target 'rushing_yard'. Did you mean 'rushing_yards'?
    """
    if name in TARGETS:
        return TARGETS[name]
    near = get_close_matches(name, TARGETS, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(TARGETS)}."
    raise ParameterError(f"There is no target {name!r}. {hint}")
