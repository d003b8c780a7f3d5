"""The questions: which shocks are asked about, by which kind of design. Written once, read by stage and studies.

A *team* shock hits one side and may come and go: a game-level regression on home-minus-away exposure. A *game* shock
hits both sides: totals. An *absorbing* one stays for the team's season: a staggered design, its clock reset each
season.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["team", "game", "absorbing"]
Unit = Literal["event", "count", "dose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question asked of the data.

    Attributes
    ----------
    name : str
        Stable; the row of every table.
    label : str
        What readers call it.
    types : tuple of str
        Event types of ``shocks.events``.
    causes, details : tuple of str
        Only events of these causes and details; empty: all.
    kind : {"team", "game", "absorbing"}
    last_horizon : int
        Games from the first affected that count as treated; later ones are neither treated nor controls.
    unit : {"event", "count", "dose"}
        Whether the effect is of any event, of each event, or of each unit of dose.
    per : str
        The unit of treatment in words.
    yards : bool
        Whether players' yards are asked about too.
    family : bool
        Whether it counts in the multiple-testing family; variants of another question do not.
    oracle : bool
        Whether exposure was not known when bets were placed (observed weather).
    """

    name: str
    label: str
    types: tuple[str, ...]
    kind: Kind
    causes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    last_horizon: int = 0
    unit: Unit = "event"
    per: str = "event"
    yards: bool = False
    family: bool = True
    oracle: bool = False


QUESTIONS: Final[tuple[Question, ...]] = (
    Question(name="quarterback_injury", label="Quarterback out injured", types=("quarterback_exit",),
             causes=("injury",), kind="team", last_horizon=3, yards=True),
    Question(name="quarterback_benching", label="Quarterback benched", types=("quarterback_exit",),
             causes=("benching",), kind="team", last_horizon=3),
    Question(name="quarterback_rest", label="Quarterback rested", types=("quarterback_exit",),
             causes=("rest",), kind="team"),
    Question(name="quarterback_exit", label="Quarterback change, any cause", types=("quarterback_exit",),
             kind="team", last_horizon=3, yards=True),
    Question(name="quarterback_gap", label="Quarterback change, by value gap", types=("quarterback_exit",),
             kind="team", last_horizon=3, unit="dose", per="point of prior value", family=False),
    Question(name="quarterback_return", label="Quarterback returns", types=("quarterback_return",), kind="team"),
    Question(name="injury", label="Other starter out injured", types=("injury",), kind="team", unit="count",
             per="player", yards=True),
    Question(name="injury_severity", label="Other injuries, by severity", types=("injury",), kind="team",
             unit="dose", per="unit of severity", family=False),
    Question(name="suspension", label="Suspension", types=("suspension",), kind="team", last_horizon=3),
    Question(name="suspension_return", label="Return from suspension", types=("suspension_return",), kind="team"),
    Question(name="bye", label="After a bye week", types=("bye",), kind="team"),
    Question(name="short_rest", label="Short rest against longer", types=("short_rest",), kind="team"),
    Question(name="short_rest_total", label="Short rest, total", types=("short_rest",), kind="game", per="team"),
    Question(name="long_rest", label="Long rest", types=("long_rest",), kind="team"),
    Question(name="dome_team_outdoors", label="Dome team outdoors", types=("dome_team_outdoors",), kind="team"),
    Question(name="venue_change", label="Home game moved or abroad", types=("venue_change",), kind="team"),
    Question(name="coaching_change", label="Coach replaced in mid-season", types=("coaching_change",),
             details=("mid_season",), kind="absorbing", last_horizon=3),
    Question(name="trade_in", label="Player arrives by trade", types=("trade_in",), kind="absorbing", last_horizon=3),
    Question(name="trade_out", label="Player leaves by trade", types=("trade_out",), kind="absorbing", last_horizon=3),
    Question(name="prime_time", label="Prime time", types=("prime_time",), kind="game"),
    Question(name="division_game", label="Division rivalry", types=("division_game",), kind="game"),
    Question(name="wind", label="Strong wind", types=("wind",), details=("oracle: strong",), kind="game",
             yards=True, oracle=True),
    Question(name="wind_per_mph", label="Wind, by speed", types=("wind",), kind="game", unit="dose",
             per="mph above calm", family=False, oracle=True),
    Question(name="precipitation", label="Rain or snow", types=("precipitation",), kind="game", yards=True,
             oracle=True),
    Question(name="cold", label="Cold", types=("cold",), kind="game", yards=True, oracle=True),
)  # fmt: skip


def question_named(name: str) -> Question:
    """Return a question by its name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {question.name: question for question in QUESTIONS}[name]
