"""What shocks left after a line in past seasons: by kind and severity, and as one unpriced share of the whole.

The effect of each kind of shock is a regression of the outcome less the line on all kinds at once, pooled by the effect
library.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.causal.games.game_design import GameDesign, Intercept
from workbench.causal.pool.library import MINIMUM_ANALOGS, build_library
from workbench.causal.pool.lookup import effect_of
from workbench.clock import RESULT_LAG
from workbench.errors import ValidationError

Market = Literal["spread", "total"]
_ANY: Final = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A line to be adjusted.

    Attributes
    ----------
    name, label : str
    market : {"spread", "total"}
    line : str
        Column of the games.
    instant : str
        Column of the games: a shock known by then adjusts.
    offered : bool
        Whether somebody offered this line at that instant, so that a bet on it could have been had.
    """

    name: str
    label: str
    market: Market
    line: str
    instant: str
    offered: bool = True

    @property
    def outcome(self) -> str:
        """The column of the games that the line is about."""
        return "margin" if self.market == "spread" else "total"


#: Each line at the instant it stood; and the opener with the news that came after it, when nobody offered it any more.
BASELINES: Final[tuple[Baseline, ...]] = (
    Baseline(name="open", label="opener", market="spread", line="open_line", instant="opened_at"),
    Baseline(name="news", label="opener with later news", market="spread", line="open_line", instant="late_at",
             offered=False),
    Baseline(name="close", label="close", market="spread", line="close_line", instant="late_at"),
    Baseline(name="rating", label="ratings of last week", market="spread", line="rating_line", instant="late_at",
             offered=False),
    Baseline(name="open_total", label="opening total", market="total", line="open_total", instant="opened_at"),
    Baseline(name="close_total", label="closing total", market="total", line="close_total", instant="late_at"),
)  # fmt: skip
#: The line that has nothing of this week's shocks in it: what is left after it is the shock's whole effect.
WHOLE: Final = "rating"
#: Shocks that move totals; all others move margins.
TOTAL_TYPES: Final = ("prime_time", "division_game", "wind", "precipitation", "cold")


def shock_library(past: pd.DataFrame, seen: pd.DataFrame, *, baseline: Baseline, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the effect library of what each kind of shock left after a line; empty where nothing can be told.

    Parameters
    ----------
    past : DataFrame
        Games to learn from: nothing later comes in.
    seen : DataFrame
        Touches; those on other games are left out.
    baseline : Baseline
    as_of : Timestamp
        After the last of these games.
    """
    cells = pd.DataFrame(list(_cells(past, seen, baseline=baseline)))
    if cells.empty:
        return pd.DataFrame(columns=["type", "severity_band", "position", "outcome", "effect", "standard_error"])
    return build_library(cells.assign(position=_ANY, outcome=baseline.name), as_of=as_of)


def _cells(past: pd.DataFrame, seen: pd.DataFrame, *, baseline: Baseline) -> Iterator[dict[str, object]]:
    """Yield what each kind and band of shock left after the line, all held against one another."""
    games = past[past[baseline.line].notna()].reset_index(drop=True)
    mine = seen[seen["game_id"].isin(games["game_id"]) & of_market(seen, baseline.market)]
    columns, events = _columns(games, mine)
    rows = games[["season", "week", "home_team", "away_team", "neutral"]].assign(
        left=games[baseline.outcome] - games[baseline.line], **columns
    )
    intercept: Intercept = "home" if baseline.market == "spread" else "every_game"
    known_at = games["kickoff_utc"].max() + RESULT_LAG if len(games) else pd.NaT
    for name, (kind, band, n) in events.items():
        held = tuple(other for other in columns if other != name)
        design = GameDesign(outcome="left", treatment=name, controls=held, strength="none", intercept=intercept)
        try:
            fitted = design.prepared(rows).fit(name)
        except ValidationError:  # it says what another kind says: two shocks that always came together
            continue
        error = fitted.standard_error
        if np.isfinite(error) and error > 0:
            yield {"type": kind, "severity_band": band, "estimate": fitted.value, "standard_error": error, "n": n,
                   "known_at": known_at}  # fmt: skip


def _columns(
    games: pd.DataFrame, touches: pd.DataFrame
) -> tuple[dict[str, "pd.Series[float]"], dict[str, tuple[str, str, int]]]:
    """Return a column for each cell and for each type's spent exposure, and which cell each of the former is."""
    columns, events = {}, {}
    sized = touches.assign(size=touches["sign"].where(touches["sign"].ne(0), 1).astype("float64"))
    banded = set(sized.loc[sized["treated"] & sized["band"].ne(_ANY), "type"])
    for (kind, band), part in sized[sized["treated"]].groupby(["type", "band"], sort=True):
        n = int(part["event_id"].nunique())
        column = games["game_id"].map(part.groupby("game_id")["size"].sum()).fillna(0.0)
        if n < MINIMUM_ANALOGS or column.nunique() < 2:
            continue
        name = f"{kind}, {band}"
        columns[name] = column
        if band != _ANY or kind not in banded:  # beside bands, "any" is a severity that is not known: only held
            events[name] = (str(kind), str(band), n)
    for spent, part in sized[~sized["treated"]].groupby("type", sort=True):
        column = games["game_id"].map(part.groupby("game_id")["size"].sum()).fillna(0.0)
        if column.nunique() > 1:
            columns["after " + str(spent)] = column
    return columns, events


def shifts_by_type(known: pd.DataFrame, library: pd.DataFrame, *, baseline: Baseline) -> pd.DataFrame:
    """Return each game's shift by type of shock.

    Parameters
    ----------
    known : DataFrame
        Touches that adjust, with ``season`` and ``week``.
    library : DataFrame
        From ``shock_library``; of another line where whole effects are asked for.
    baseline : Baseline
        The line adjusted.

    Returns
    -------
    DataFrame
        ``season, week, game_id, type, oracle, shift`` (points), ``variance, unpriced_share`` (1), ``baseline``.
    """
    held = set(library["type"])
    mine = known[known["type"].isin(held)]
    of = str(library["outcome"].iloc[0]) if len(library) else ""  # the whole effect's library serves other lines too
    cells = {
        (kind, band): effect_of(library, type=kind, severity=band, position=_ANY, outcome=of)
        for kind, band in mine[["type", "band"]].drop_duplicates().itertuples(index=False, name=None)
    }
    entries = [cells[key] for key in zip(mine["type"], mine["band"], strict=True)]
    signs = mine["sign"].where(mine["sign"].ne(0), 1).astype("float64").to_numpy()
    shifted = mine.assign(
        shift=signs * np.array([entry.effect for entry in entries], dtype=np.float64),
        variance=np.array([entry.standard_error**2 for entry in entries], dtype=np.float64),
    )
    return by_game(shifted).assign(baseline=baseline.name)


def by_game(shifted: pd.DataFrame) -> pd.DataFrame:
    """Return shifts summed by game and type; errors of a game's shocks are taken as independent."""
    key = ["season", "week", "game_id", "type", "oracle"]
    return shifted.groupby(key, sort=False)[["shift", "variance"]].sum().reset_index().assign(unpriced_share=1.0)


def of_market(touches: pd.DataFrame, market: Market) -> "pd.Series[bool]":
    """Return which touches move a market: those of both teams its totals, all others its spreads."""
    totals = touches["type"].isin(TOTAL_TYPES)
    return totals if market == "total" else ~totals


def crossed_wholes(past: pd.DataFrame, seen: pd.DataFrame, *, as_of: pd.Timestamp) -> "pd.Series[float]":
    """Return each past game's whole effect, by its id, as the other half of the past seasons has it.

    A library of the same games would carry their luck, which is in what a line left of them too: the share would look
    unpriced for no other reason.
    """
    baseline = next(b for b in BASELINES if b.name == WHOLE)
    due = seen[seen["treated"] & ~seen["oracle"] & of_market(seen, "spread")]
    halves = []
    for odd in (0, 1):
        learn = past["season"].mod(2).eq(odd)
        if learn.any() and not learn.all():
            library = shock_library(past[learn].reset_index(drop=True), seen, baseline=baseline, as_of=as_of)
            rest = past.loc[~learn, ["game_id", "season", "week"]]
            mine = due.merge(rest, on="game_id", validate="m:1")
            halves.append(shifts_by_type(mine, library, baseline=baseline).groupby("game_id")["shift"].sum())
    return pd.concat(halves) if halves else pd.Series(dtype="float64")


def unpriced_share(past: pd.DataFrame, *, baseline: Baseline, whole: "pd.Series[float]") -> tuple[float, float]:
    """Return which share of whole effects a line left unpriced in the past, with its standard error by week.

    Where the past is too short to learn it from, all is taken as unpriced.
    """
    rows = past.assign(whole=past["game_id"].map(whole)).dropna(subset=["whole", baseline.line])
    left = rows[baseline.outcome] - rows[baseline.line]
    squares = float((rows["whole"] ** 2).sum())
    if squares == 0:
        return 1.0, 0.0
    share = float((left * rows["whole"]).sum()) / squares
    scores = ((left - share * rows["whole"]) * rows["whole"]).groupby([rows["season"], rows["week"]]).sum()
    return share, float(np.sqrt((scores**2).sum())) / squares
