"""The study of the shock-event database: what there is, what is missing, and whether a sample of it is right."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.decision.intervals import wilson
from workbench.errors import FormatError
from workbench.shocks.checked_sample import Checked, checked_events, claim_marks, read_by_builders
from workbench.shocks.coaches import coaching_comparison
from workbench.shocks.database import REQUIRED, ShockDatabase, derive_events
from workbench.shocks.identity import identified_snaps, match_shares
from workbench.shocks.player_weeks import player_weeks
from workbench.shocks.team_games import Tables, table_of
from workbench.shocks.trade_corrections import trade_comparison
from workbench.shocks.trades import team_changes
from workbench.stages.studies.context import StudyRun
from workbench.store.atomic import write_text

_TABLES: Final = (
    "games", "results", "starters", "conditions", "quotes", "player_weeks", "injuries", "rosters", "snaps", "weather",
)  # fmt: skip
QUARTERBACK_TYPES: Final = ("quarterback_exit", "quarterback_return")
_YES: Final = ("yes", "y", "1", "true", "right")
_NO: Final = ("no", "n", "0", "false", "wrong")
#: What a person fills in, and what helps to read the row.
SAMPLE_FILE: Final = "sample.csv"
_SMOKE_SAMPLE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ShockEvents:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    database : ShockDatabase
    missing : DataFrame
        ``type, field, share``: one row a type and required field, and ``known_at``.
    coaches : DataFrame
        In-season changes of coach, derived beside corrected.
    trades : DataFrame
        Moves that rosters or the list call a trade, derived beside corrected.
    sample : DataFrame
        Events to check by eye: what each claims, ``facts`` beside it, ``claim`` (its mark) and an empty ``right``.
    checked : Checked
        What was read by eye: the file given, else what the builders read.
    given : bool
        Whether the file was given.
    matched : DataFrame
        Snap rows tied to a player, by season; empty without snaps.
    """

    database: ShockDatabase
    missing: pd.DataFrame
    coaches: pd.DataFrame
    trades: pd.DataFrame
    sample: pd.DataFrame
    checked: Checked
    given: bool
    matched: pd.DataFrame

    @property
    def events(self) -> pd.DataFrame:
        """The shock events."""
        return self.database.events

    def counts(self) -> pd.DataFrame:
        """Return ``type, season, n``; no row where there is no event."""
        return self.events.groupby(["type", "season"]).size().rename("n").reset_index()

    def split(self, column: str) -> pd.DataFrame:
        """Return the number of events by type (rows) and another column's words (columns)."""
        out = self.events.groupby(["type", column]).size().unstack(fill_value=0).astype("int64")
        return out.rename_axis(columns=None).reset_index()

    def causes(self) -> pd.DataFrame:
        """Return changes of quarterbacks by type, span of seasons and cause."""
        rows = self.events[self.events["type"].isin(QUARTERBACK_TYPES)]
        known = rows.loc[rows["cause"].ne("unknown"), "season"]
        first = int(known.min()) if len(known) else 0
        spans = {True: f"from {first}", False: f"before {first}"}
        seasons = rows["season"].ge(first).astype(bool).map(spans) if first else pd.Series("all", index=rows.index)
        out = rows.assign(seasons=seasons).groupby(["type", "seasons", "cause"]).size().rename("events")
        return out.reset_index().sort_values(["type", "seasons", "events"], ascending=[True, False, False])

    def right_by_type(self) -> pd.DataFrame:
        """Return ``type, events, read, right, share, low, high`` (Wilson), one row a type that was read."""
        rows = self.checked.by_type()
        shares = [wilson(int(right), int(read)) for read, right in zip(rows["read"], rows["right"], strict=True)]
        ends = {name: [getattr(s, name) for s in shares] for name in ("low", "high")}
        there = rows["type"].map(self.events["type"].value_counts())
        return rows.assign(events=there, share=[s.value for s in shares], **ends)

    def tables(self) -> dict[str, Any]:
        """Return what the result keeps beside its claims."""
        return {
            "counts": self.counts(),
            "windows": self.database.windows,
            "right_by_type": self.right_by_type(),
            "checked": {"changed": self.checked.changed, "who": self.checked.who, "date": self.checked.date},
            "coaches": self.coaches,
            "trades": self.trades,
            "notes": list(self.database.notes),
        }


def study_shock_events(run: StudyRun, *, sample: int = 100, seed: int = 0, smoke: bool = False) -> ShockEvents:
    """Derive every shock the facts tell of, and lay out a sample of them.

    Raises
    ------
    FormatError
        If the file of checked events is none.
    """
    tables = {name: run.everything.table(name) for name in _TABLES}
    path = run.path("checked")
    marked = read_by_builders() if path is None else read_checked(path)
    size = min(sample, _SMOKE_SAMPLE) if smoke else sample
    return shock_study(tables, marked=marked, given=path is not None, sample=size, seed=seed)


def shock_study(tables: Tables, *, marked: pd.DataFrame, given: bool, sample: int, seed: int) -> ShockEvents:
    """Return the study of one set of facts."""
    database = derive_events(tables)
    drawn = database.checking_sample(tables, n=sample, seed=seed)
    claims = database.events[["event_id"]].assign(claim=claim_marks(database.events), right="")
    snaps = identified_snaps(tables)
    return ShockEvents(
        database=database,
        missing=missing_fields(database),
        coaches=coaching_comparison(tables),
        trades=_trades(tables),
        sample=drawn.merge(claims, on="event_id"),
        checked=checked_events(database.events, marked),
        given=given,
        matched=match_shares(snaps).reset_index() if len(snaps) else pd.DataFrame(),
    )


def missing_fields(database: ShockDatabase) -> pd.DataFrame:
    """Return ``type, field, share, events``: what every event must say, and when it became known."""
    fields = [name for name in (*REQUIRED, "known_at") if name != "type"]  # rows are by type: it is there
    wide = database.missing(fields=fields)
    long = wide[fields].rename_axis("type").reset_index()
    rows = long.melt(id_vars="type", var_name="field", value_name="share")
    return rows.assign(events=rows["type"].map(wide["events"])).dropna(subset=["share"]).reset_index(drop=True)


def _trades(tables: Tables) -> pd.DataFrame:
    weeks = player_weeks(tables)
    changes = pd.DataFrame() if weeks.empty else team_changes(weeks, games=table_of(tables, "games"))
    return changes if changes.empty else trade_comparison(changes)


def read_checked(path: Path) -> pd.DataFrame:
    """Return the rows of a filled-in sample whose ``right`` somebody has filled: yes or no.

    Raises
    ------
    FormatError
        If it is no such table, or ``right`` says something else.
    """
    try:
        rows = pd.read_csv(path, dtype="str", encoding="utf-8-sig", keep_default_na=True)
    except (ValueError, OSError) as error:
        raise FormatError(f"{path.name} is no table of checked events: {error}. Saved as CSV in UTF-8?") from error
    absent = {"event_id", "right"} - set(rows.columns)
    if absent:
        raise FormatError(f"{path.name} must have columns event_id and right, lacks {', '.join(sorted(absent))}.")
    said = rows["right"].str.strip().str.lower()
    odd = rows.loc[said.notna() & said.ne("") & ~said.isin([*_YES, *_NO]), "right"]
    if len(odd):
        raise FormatError(f"right must be yes, no or empty, got {odd.iloc[0]!r} in {path.name}.")
    filled = rows.assign(right=said.map(dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no")))
    return filled[filled["right"].notna()].drop_duplicates("event_id", keep="last").reset_index(drop=True)


def save_sample(run: StudyRun, result: ShockEvents) -> None:
    """Leave the sample for a person to fill in: UTF-8 with a mark, which spreadsheets need to read it as such."""
    write_text(run.folder / SAMPLE_FILE, "\ufeff" + result.sample.to_csv(index=False, lineterminator="\n"))
