"""The shock-event database: every deriver over one set of facts, its windows, gaps and a sample to check by eye."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import pandas as pd

from workbench.shocks.anticipation import opener_instants, with_anticipation
from workbench.shocks.coaches import coaching_events
from workbench.shocks.events import BOTH_TEAMS, empty_events
from workbench.shocks.evidence import raw_rows
from workbench.shocks.injuries import injury_events
from workbench.shocks.player_weeks import player_weeks
from workbench.shocks.quarterbacks import bound_known, quarterback_events
from workbench.shocks.schedule_shocks import schedule_events
from workbench.shocks.spells import season_weights
from workbench.shocks.suspensions import suspension_events
from workbench.shocks.team_games import Tables, table_of
from workbench.shocks.trades import trade_events
from workbench.shocks.weather import weather_events
from workbench.shocks.windows import shock_windows, within_windows

#: What every event must say, whatever its type. ``known_at`` stands apart: null, it makes the anticipation unknown.
REQUIRED: Final = (
    "event_id", "type", "cause", "season", "week", "game_id", "anticipation", "expected_severity", "dose", "dose_unit",
    "source_table", "source_rows", "quality", "note",
)  # fmt: skip
SHOWN: Final = (
    "event_id", "type", "cause", "detail", "season", "week", "game_id", "team", "player_name", "replaced_by",
    "known_at", "anticipation", "dose", "dose_unit", "quality", "note",
)  # fmt: skip
#: Types whose anticipation is read here from ``known_at``; others say it themselves.
DATED: Final = ("coaching_change", "quarterback_exit", "quarterback_return")
OF_SCHEDULE: Final = (
    "bye", "short_rest", "long_rest", "prime_time", "division_game", "venue_change", "dome_team_outdoors",
)  # fmt: skip
DERIVERS: Final[tuple[Callable[[Tables], pd.DataFrame], ...]] = (
    schedule_events, weather_events, coaching_events, quarterback_events,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShockDatabase:
    """Events, where they can be derived, and what cannot.

    Attributes
    ----------
    events : DataFrame
        An event table (``events.COLUMNS``), ordered by season, week and id.
    windows : DataFrame
        One row a type: ``type, first_season, last_season, reason``.
    notes : tuple of str
        What a reader must know, a sentence each.
    """

    events: pd.DataFrame
    windows: pd.DataFrame
    notes: tuple[str, ...]

    def counts(self) -> pd.DataFrame:
        """Return events by type (rows) and season (columns); null outside a type's window, zero is none found."""
        table = self.events.groupby(["type", "season"]).size().unstack()
        seasons = sorted({int(s) for s in self.events["season"].unique()})
        out = table.reindex(index=self.windows["type"], columns=seasons).astype("Int64")
        limits = self.windows.set_index("type")
        for season in seasons:
            inside = (limits["first_season"].le(season) & limits["last_season"].ge(season)).fillna(False).astype(bool)
            out[season] = out[season].fillna(0).where(inside)
        return out

    def missing(self, *, fields: Sequence[str] = (*REQUIRED, "team", "known_at")) -> pd.DataFrame:
        """Return the share of events without a field, by type.

        The value gap of a quarterback change is counted from the first season that has one: before it, no season of
        player stats lies behind.

        Returns
        -------
        DataFrame, one row a type with events
            ``events``, one column a field (0 to 1), and ``required``: the share over all required fields together.
            ``team`` is null where a field does not apply (both teams are hit), and so not counted there.
        """
        events, quarterbacks = self.events, self.events["type"].str.startswith("quarterback_")
        first = events.loc[quarterbacks & events["dose"].notna(), "season"].min()
        before = quarterbacks & events["season"].lt(first if pd.notna(first) else 0)
        by_type = events.groupby("type")
        out = pd.DataFrame({field: events[field].isna().groupby(events["type"]).mean() for field in fields})
        if "dose" in out.columns:
            out["dose"] = events["dose"].isna()[~before].groupby(events["type"]).mean()
        if "team" in out.columns:
            out["team"] = out["team"].mask(out.index.isin(BOTH_TEAMS))
        required = [field for field in fields if field in REQUIRED]
        return out.assign(required=out[required].mean(axis=1)).set_axis(out.index).assign(events=by_type.size())

    def checking_sample(self, tables: Tables, *, n: int = 100, seed: int = 0) -> pd.DataFrame:
        """Return a seeded sample, each type as evenly as its events allow, beside the facts to check it by.

        Events are drawn by a hash of seed and id, not by their place: an event added elsewhere leaves the others drawn,
        so that what was read by eye stays read.

        Parameters
        ----------
        tables : mapping of str to DataFrame
            The facts that the events were derived from.
        n : int, default 100
        seed : int, default 0

        Returns
        -------
        DataFrame, at most n rows
            What an event claims (``SHOWN``), and ``facts``: the source rows in words.
        """
        if self.events.empty:
            return self.events[list(SHOWN)].assign(facts=pd.Series(dtype="str"))
        share = _even_shares(self.events["type"].value_counts(), n=n)
        drawn = self.events["event_id"].map(lambda name: sha256(f"{seed} {name}".encode()).hexdigest())
        picked: list[int] = []
        for name in sorted(share):
            rows = drawn[self.events["type"].eq(name)].sort_values(kind="stable")
            picked += sorted(rows.index[: share[name]])
        sample = self.events.loc[picked]
        facts = raw_rows(sample, tables)
        return sample[list(SHOWN)].assign(facts=facts.to_numpy()).reset_index(drop=True)


def derive_events(tables: Tables) -> ShockDatabase:
    """Derive every shock that the facts tell of.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Facts by table name (``schema.FACT_TABLES``); any may be missing, and what then cannot be derived is said.
    """
    windows = shock_windows(tables)
    if table_of(tables, "games").empty:
        return ShockDatabase(empty_events(), windows, ("There is no schedule: no shock can be derived.",))
    parts = [*(derive(tables) for derive in DERIVERS), *_roster_events(tables)]
    whole = pd.concat(parts, ignore_index=True)
    events = _anticipated(within_windows(whole, windows), tables)
    events = events.drop_duplicates("event_id").sort_values(["season", "week", "event_id"], kind="stable")
    return ShockDatabase(events.reset_index(drop=True), windows, _notes(events, windows))


def _roster_events(tables: Tables) -> list[pd.DataFrame]:
    """Return the events read from weekly rosters; the rosters are joined and the positions weighed once for all."""
    weeks = player_weeks(tables)
    if weeks.empty:
        return []
    weights = season_weights(tables, weeks=weeks)
    return [derive(tables, weeks=weeks, weights=weights) for derive in (injury_events, trade_events, suspension_events)]


def _anticipated(events: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Say of each event whether it was known at the opener; its own schedule was, unless only kick-off bounds it."""
    instants = opener_instants(tables)
    judged = with_anticipation(events, instants, bound=bound_known(events))
    dated = events["type"].isin(DATED)
    kickoffs = events["game_id"].map(instants["closed_at"])
    planned = events["type"].isin(OF_SCHEDULE) & events["known_at"].lt(kickoffs)
    words = judged["anticipation"].where(dated, events["anticipation"]).mask(planned, "before_open")
    return events.assign(
        anticipation=words.astype("str"), quality=judged["quality"].where(dated, events["quality"]).astype("str")
    )


def _even_shares(counts: "pd.Series[int]", *, n: int) -> dict[str, int]:
    """Return how many to draw of each type: as even as the counts allow, n in all if there are so many."""
    left, share = min(n, int(counts.sum())), dict.fromkeys(counts.index, 0)
    while left:
        for name in sorted(share, key=lambda name: (share[name], name)):
            if left and share[name] < counts[name]:
                share[name] += 1
                left -= 1
    return share


def _notes(events: pd.DataFrame, windows: pd.DataFrame) -> tuple[str, ...]:
    absent = windows.loc[windows["first_season"].isna(), "type"].tolist()
    causes = events[events["type"].isin(["quarterback_exit", "quarterback_return"])]["cause"]
    said = [
        "Games moved or flexed after the schedule's release look like those planned so; 2020 was redrawn weekly.",
        "Prime time is an Eastern kick-off at 19:00 or later on any day.",
        "Weather was observed, not forecast: an oracle, its anticipation is unknown.",
        "A reserve list is dated by the next kick-off, the latest plausible instant: before the opener, or unknown.",
        "A change of starters or of venue that no report dates is known at kick-off at the latest: when is unknown.",
        "Openers without a time stamp are taken as Tuesday 06:00 ET.",
    ]
    if len(causes):
        unknown, share = int(causes.eq("unknown").sum()), causes.eq("unknown").mean()
        said.append(f"The cause of {unknown} of {len(causes)} quarterback changes ({share:.0%}) is unknown.")
    if absent:
        said.append(f"Not derivable from these facts: {', '.join(absent)}.")
    return tuple(said)
