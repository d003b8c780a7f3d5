"""A simulated league of goals, written as football-data.co.uk writes its seasons, with everything known.

Clubs' log strengths drift from week to week, two clubs go down and two come up each year, goals are Dixon and Coles',
and books quote the truth through an error: a larger one before the match, a smaller one at the close.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.goals.grid import cells, outcome_probabilities, scoreline_probabilities

_Floats = NDArray[np.float64]
HEADER: Final = (
    "Div", "Date", "Time", "HomeTeam", "AwayTeam", "FTHG", "FTAG", "FTR",
    "B365H", "B365D", "B365A", "PSH", "PSD", "PSA", "B365CH", "B365CD", "B365CA", "PSCH", "PSCD", "PSCA",
)  # fmt: skip
_NAMES: Final = (
    "Ashford", "Bexley", "Corby", "Dover", "Epsom", "Frome", "Goole", "Hythe", "Ilkley", "Jarrow", "Keswick", "Louth",
    "Malton", "Neston", "Oakham", "Penrith", "Quorn", "Ripon", "Selby", "Thirsk", "Usk", "Verwood", "Whitby", "Yarm",
    "Alnwick", "Buxton", "Crewe", "Diss", "Evesham", "Fowey",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalsLeague:
    """The truth of a simulated league.

    Attributes
    ----------
    clubs : int
        A season, each playing each other twice.
    moving : int
        Clubs that go down and come up every year.
    level, home, rho : float
        As in `workbench.goals.dixon_coles`.
    spread : float
        Standard deviation of log strengths.
    promoted : float
        What is taken from the strengths of a club that comes up.
    drift : float
        Standard deviation of a strength's move a week.
    error_open, error_close : float
        Standard deviation of the books' error in a log mean.
    margin : float
        Of the books.
    """

    clubs: int = 20
    moving: int = 3
    level: float = 0.15
    home: float = 0.25
    rho: float = -0.05
    spread: float = 0.3
    promoted: float = 0.2
    drift: float = 0.02
    error_open: float = 0.10
    error_close: float = 0.05
    margin: float = 0.025


@dataclass(frozen=True, slots=True)
class _Club:
    name: str
    attack: float
    defence: float


def write_goals_league(
    folder: Path, *, seasons: range, truth: GoalsLeague | None = None, rng: np.random.Generator
) -> Path:
    """Write ``<2324>/E0.csv`` for every season and return the folder.

    Parameters
    ----------
    folder : Path
    seasons : range
        Starting years.
    truth : GoalsLeague, optional
    rng : Generator
    """
    law = truth or GoalsLeague()
    waiting = list(_NAMES[law.clubs :])
    clubs = [_Club(name, *rng.normal(0.0, law.spread, 2)) for name in _NAMES[: law.clubs]]
    for season in seasons:
        clubs, rows = _season(clubs, season=season, law=law, rng=rng)
        path = folder / f"{season % 100:02d}{(season + 1) % 100:02d}" / "E0.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([HEADER, *rows])
        clubs, waiting = _moved(clubs, waiting, law=law, rng=rng)
    return folder


def round_robin(clubs: int) -> list[list[tuple[int, int]]]:
    """Return the rounds of a double round robin by the circle method: each pairing once at each ground.

    Examples
    --------
    >>> rounds = round_robin(4)
    >>> len(rounds), len({pair for matches in rounds for pair in matches})
    (6, 12)
    """
    others, half = list(range(1, clubs)), []
    for number in range(clubs - 1):
        row = [0, *others]
        pairs = [(row[i], row[clubs - 1 - i]) for i in range(clubs // 2)]
        half.append([(b, a) if number % 2 else (a, b) for a, b in pairs])
        others = [others[-1], *others[:-1]]
    return [*half, *[[(b, a) for a, b in matches] for matches in half]]


def _season(
    clubs: list[_Club], *, season: int, law: GoalsLeague, rng: np.random.Generator
) -> tuple[list[_Club], list[list[object]]]:
    now, rows = list(clubs), []
    for day, matches in zip(_days(season, rounds=2 * (law.clubs - 1)), round_robin(law.clubs), strict=True):
        now = [_Club(c.name, *(np.array([c.attack, c.defence]) + rng.normal(0.0, law.drift, 2))) for c in now]
        home, away = (np.array([pair[side] for pair in matches]) for side in (0, 1))
        attack, defence = np.array([c.attack for c in now]), np.array([c.defence for c in now])
        ours = law.level + law.home + attack[home] - defence[away]
        theirs = law.level + attack[away] - defence[home]
        rows += _round(now, matches, log_means=(ours, theirs), day=day, law=law, rng=rng)
    return now, rows


def _round(
    clubs: list[_Club],
    matches: list[tuple[int, int]],
    *,
    log_means: tuple[_Floats, _Floats],
    day: date,
    law: GoalsLeague,
    rng: np.random.Generator,
) -> list[list[object]]:
    ours, theirs = log_means
    home_goals, away_goals = cells()
    grid = scoreline_probabilities(np.exp(ours), np.exp(theirs), rho=law.rho)
    drawn = np.array([rng.choice(len(home_goals), p=row) for row in grid])
    # bet365's prices are Pinnacle's with a wider margin; the close is nearer to the truth than what came before it
    books = [
        _prices(ours, theirs, error=error, margin=margin, law=law, rng=rng)
        for error in (law.error_open, law.error_close)
        for margin in (2.0 * law.margin, law.margin)
    ]
    rows: list[list[object]] = []
    for place, (home, away) in enumerate(matches):
        h, a = int(home_goals[drawn[place]]), int(away_goals[drawn[place]])
        result = "H" if h > a else "A" if a > h else "D"
        prices = [f"{price:.2f}" for book in books for price in book[place]]
        clock = "15:00" if day.weekday() == 5 else "19:45"
        rows.append(["E0", day.strftime("%d/%m/%Y"), clock, clubs[home].name, clubs[away].name, h, a, result, *prices])
    return rows


def _prices(
    ours: _Floats, theirs: _Floats, *, error: float, margin: float, law: GoalsLeague, rng: np.random.Generator
) -> _Floats:
    seen = (np.exp(mean + rng.normal(0.0, error, len(mean))) for mean in (ours, theirs))
    chance = outcome_probabilities(scoreline_probabilities(*seen, rho=law.rho))
    prices: _Floats = np.maximum(1.0 / (chance * (1.0 + margin)), 1.01)
    return prices


def _days(season: int, *, rounds: int) -> list[date]:
    """Return Saturdays from August on, with a Wednesday every fourth week while there are too few of them."""
    first = date(season, 8, 10)
    saturday = first + timedelta(days=(5 - first.weekday()) % 7)
    days: list[date] = []
    week = 0
    while len(days) < rounds:
        days.append(saturday + timedelta(weeks=week))
        if week % 4 == 3 and len(days) < rounds:
            days.append(saturday + timedelta(weeks=week, days=4))
        week += 1
    return days


def _moved(
    clubs: list[_Club], waiting: list[str], *, law: GoalsLeague, rng: np.random.Generator
) -> tuple[list[_Club], list[str]]:
    """Send the weakest down and bring new clubs up."""
    ranked = sorted(clubs, key=lambda club: club.attack + club.defence)
    down, stay = ranked[: law.moving], ranked[law.moving :]
    names, left = waiting[: law.moving], waiting[law.moving :]
    up = [_Club(name, *(rng.normal(0.0, law.spread / 2, 2) - law.promoted)) for name in names]
    return [*stay, *up], [*left, *(club.name for club in down)]
