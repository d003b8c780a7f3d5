"""What the page of the shock-event database says."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from workbench.report import page
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.figures.shock_checks import shares_right_figure, words_figure
from workbench.report.figures.shock_counts import shock_counts_figure
from workbench.report.latex.items import FigureItem, TableItem
from workbench.report.page import KeyNumber
from workbench.report.sentences import MISSING, count, listing, percent
from workbench.report.stories.studies import key_number, said, verdict
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.shock_events import ShockEvents

_AIM: Final = 0.9
_STRIP: Final = (
    ("Events", "events"),
    ("Types", "types"),
    ("Read by eye, right", "right_overall"),
    ("Worst type, required field missing", "missing_worst"),
    ("Known between opener and close", "anticipation_open_to_close"),
    ("Quarterback causes known", "quarterback_causes"),
)
_QUALITIES: Final = ("sourced", "derived", "assumed", "disputed")
_ANTICIPATIONS: Final = ("before_open", "open_to_close", "unknown")
_OF_THE_SKY: Final = ("wind", "cold", "precipitation", "dome_team_outdoors")
_ENDS: Final = ("first_season", "last_season")


def words(name: object) -> str:
    """Return an event type as readers know it.

    Examples
    --------
    >>> words("trade_in")
    'trade in'
    """
    return str(name).replace("_", " ")


def findings(result: ShockEvents, claims: Sequence[Claim]) -> list[str]:
    """Return how many of the read events are right, how many there are, and what cannot be known."""
    known = {claim.name: claim for claim in claims}
    if not known:
        return list(result.database.notes)
    tried = _trades(result) if len(result.trades) else ""
    aimed = verdict(claims) if any(claim.reached is not None for claim in claims) else ""
    return [s for s in (_right(result, known), _size(result), tried, _unknown(known), aimed) if s]


def _right(result: ShockEvents, known: dict[str, Claim]) -> str:
    checked = result.checked
    if "right_overall" not in known:
        if not checked.changed:
            return ""
        return "None of the events that were read by eye is among these: nothing here has been checked."
    found_wrong = checked.rows.loc[~checked.rows["right"], "type"].map(words).value_counts(sort=False).sort_index()
    wrong = [f"{n} {name}" for name, n in found_wrong.items()]
    whose = f" ({checked.who}{', ' if checked.date else ''}{checked.date})" if checked.who else ""
    lost = f"; wrong: {listing(wrong, most=8)}" if wrong else ""
    gone = f" {count(checked.changed, 'event')} read before are changed or gone." if checked.changed else ""
    share = said(known["right_overall"])
    return f"Of {count(len(checked.rows), 'event')} read one by one{whose}, {share} are right{lost}.{gone}"


def _size(result: ShockEvents) -> str:
    events = result.events
    seasons = f"{int(events['season'].min())}–{int(events['season'].max())}"
    top = events["type"].value_counts()
    return (
        f"The facts of {seasons} hold {count(len(events), 'shock event')} of {count(len(top), 'type')}; "
        f"{words(top.index[0])} is the most frequent ({int(top.iloc[0]):,}), {words(top.index[-1])} the rarest "
        f"({int(top.iloc[-1]):,})."
    )


def _trades(result: ShockEvents) -> str:
    what = result.trades["what"].value_counts()
    derived, out = int(result.trades["derived"].eq("trade").sum()), int(what.get("taken out", 0))
    if not derived:
        return ""
    return (
        f"Rosters alone would name {count(derived, 'trade')}; a cited list takes out {out} that were released or "
        f"claimed and adds {int(what.get('added', 0))} that rosters hide."
    )


def _unknown(known: dict[str, Claim]) -> str:
    parts = [f"{percent(known['anticipation_unknown'].value)} of events cannot be placed before or after the opener"]
    if "quarterback_causes" in known:
        parts.append(f"{percent(1 - known['quarterback_causes'].value)} of quarterback changes have no known cause")
    return f"Not known is not guessed: {' and '.join(parts)}."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    entries = (key_number(label, known.get(name)) for label, name in _STRIP)
    return [entry for entry in entries if entry is not None]


def counts_figure(result: ShockEvents) -> Finding:
    """Draw events by type and season."""
    limits = result.database.windows.dropna(subset=["first_season"])
    return shock_counts_figure(result.counts(), subtitle="events by type and season", windows=limits)


def count_table(result: ShockEvents) -> pd.DataFrame:
    """Return events by type, with the seasons it can be derived for and why; years are text: no amounts."""
    events, rows = result.events, result.database.windows.set_index("type")
    n = events["type"].value_counts().reindex(rows.index).fillna(0).astype("int64")
    span = (rows["last_season"] - rows["first_season"] + 1).astype("float64")
    lasting = events["realised_games"].astype("float64").groupby(events["type"]).median().reindex(rows.index)
    years = [rows[c].map(lambda year: MISSING if pd.isna(year) else str(int(year))) for c in _ENDS]
    shown = {"events": n, "a season": n / span, "median games affected": lasting, "from": years[0], "to": years[1]}
    out = pd.DataFrame(shown | {"why these seasons": rows["reason"]}).sort_values(
        "events", ascending=False, kind="stable"
    )
    out = out.rename_axis("type").reset_index()
    return out.assign(type=out["type"].map(words))


def missing_table(result: ShockEvents) -> pd.DataFrame:
    """Return, for each type, its worst required field, all of them together, and ``known_at`` apart, as percentages."""
    rows = result.missing
    required = rows[rows["field"].ne("known_at")]
    worst = required.sort_values("share", ascending=False, kind="stable").drop_duplicates("type").set_index("type")
    apart = rows[rows["field"].eq("known_at")].set_index("type")["share"]
    out = pd.DataFrame(
        {
            "events": worst["events"],
            "all required fields": 100 * required.groupby("type")["share"].mean(),
            "worst required field": 100 * worst["share"],
            "which": worst["field"].where(worst["share"].gt(0), "none").map(words),
            "instant it became known": 100 * apart,
        }
    )
    ordered = (
        out.sort_values("instant it became known", ascending=False, kind="stable").rename_axis("type").reset_index()
    )
    return ordered.assign(type=ordered["type"].map(words))


def quality_figure(result: ShockEvents) -> Finding:
    """Draw the quality flags by type."""
    table = result.split("quality")
    total = table.drop(columns="type").sum()
    firm = (total.get("sourced", 0) + total.get("derived", 0)) / max(total.sum(), 1)
    return words_figure(
        table, words=_QUALITIES, title=f"{percent(firm)} of events are sourced or derived without an assumption",
        subtitle="quality flag, share of a type's events", label="share of events",
    )  # fmt: skip


def anticipation_figure(result: ShockEvents) -> Finding:
    """Draw what was known when, by type."""
    table = result.split("anticipation")
    total = table.drop(columns="type").sum()
    between = total.get("open_to_close", 0) / max(total.sum(), 1)
    return words_figure(
        table, words=_ANTICIPATIONS, title=f"{percent(between)} of events became known while the line was open",
        subtitle="known before the opener, between opener and close, or unknown; share of a type's events",
        label="share of events",
    )  # fmt: skip


def cause_table(result: ShockEvents) -> pd.DataFrame:
    """Return why quarterbacks changed."""
    rows = result.causes()
    whole = rows.groupby(["type", "seasons"])["events"].transform("sum")
    return rows.assign(type=rows["type"].map(words), **{"share of them, %": 100 * rows["events"] / whole})


def coach_table(result: ShockEvents) -> pd.DataFrame:
    """Return in-season changes of coach, those that were corrected first."""
    rows = result.coaches.sort_values("what", key=lambda what: what.eq("unchanged"), kind="stable")
    weeks = {
        name: rows[column].map(lambda week: "none" if pd.isna(week) else str(int(week)))
        for name, column in (("schedule's week", "derived_week"), ("list's week", "corrected_week"))
    }
    changed = rows["out_coach"] + " to " + rows["in_coach"]
    shown = {"season": rows["season"].astype("str"), "team": rows["team"], "change": changed}
    return pd.DataFrame(shown | weeks | {"what": rows["what"], "why": rows["why"]}).reset_index(drop=True)


def trade_table(result: ShockEvents) -> pd.DataFrame:
    """Return trades, those that the list changes first."""
    if result.trades.empty:
        return result.trades
    rows = result.trades.sort_values("what", key=lambda what: what.eq("unchanged"), kind="stable")
    shown = rows.rename(columns={"out_team": "from", "in_team": "to", "derived": "rosters say", "corrected": "kept as"})
    return shown.assign(season=shown["season"].astype("str"))[
        ["season", "week", "player", "from", "to", "rosters say", "kept as", "what", "why"]
    ].reset_index(drop=True)


def right_figure(result: ShockEvents) -> Finding:
    """Draw the shares found right."""
    who = f"read by {result.checked.who.removeprefix('read by ')}" if result.checked.who else "as filled in"
    return shares_right_figure(
        result.right_by_type(), aim=_AIM, subtitle=f"events read one by one against their facts, {who}"
    )


def wrong_table(result: ShockEvents) -> pd.DataFrame:
    """Return the events found wrong, and why."""
    rows = result.checked.rows
    wrong = rows.loc[~rows["right"], ["event_id", "why"]]
    return wrong.rename(columns={"event_id": "event", "why": "what is wrong"}).reset_index(drop=True)


def sample_table(result: ShockEvents) -> pd.DataFrame:
    """Return the sample to check, types in turn: what each event claims, facts beside it, and what was found."""
    turn = result.sample.groupby("type").cumcount()
    sample = result.sample.loc[turn.sort_values(kind="stable").index].reset_index(drop=True)
    found = result.checked.rows.set_index("event_id")["right"].map({True: "right", False: "wrong"})
    said = sample["note"].str.rstrip(".") + "; cause: " + sample["cause"].map(words) + "; known: "
    facts = [_telling(facts, kind=kind) for facts, kind in zip(sample["facts"], sample["type"], strict=True)]
    return pd.DataFrame(
        {
            "type": sample["type"].map(words),
            "what the event says": said + sample["anticipation"].map(words) + ".",
            "facts it rests on": facts,
            "read": sample["event_id"].map(found).fillna("not yet"),
        }
    )


def _telling(facts: str, *, kind: str) -> str:
    """Return the facts that can speak for or against an event of a type; the sample's file has them all."""
    sky, people = kind in _OF_THE_SKY, kind.startswith(("quarterback", "coaching"))
    marks = {"inches by hour": kind == "precipitation", " F, wind ": sky, "quarterback ": people}
    kept = [part for part in facts.split(" | ") if all(telling for mark, telling in marks.items() if mark in part)]
    return "; ".join(kept)


def how_to_check(result: ShockEvents) -> Block:
    """Say how a person checks the sample and gets the share computed."""
    return page.note(
        "To check them yourself.",
        details=[
            "sample.csv beside this page's data holds these events with an empty column right: fill in yes or no.",
            "Run the study again with --set checked=FILE: the shares above are then of your file.",
            f"Rows whose event has changed since are counted and left out: {result.checked.changed} of them now.",
        ],
    )


def notes(result: ShockEvents) -> list[str]:
    """Return what cannot be seen in the facts, and the suspensions that are none."""
    events = result.events
    doubtful = events[events["type"].eq("suspension") & events["quality"].eq("disputed")]
    who = [f"{row['player_name']}, {row['team']} {row['season']}" for row in doubtful.to_dict("records")]
    codes = listing(sorted(set(doubtful["detail"].dropna())))
    said = f"Disputed: {count(len(who), 'suspension')} of roster code {codes}, whose players had left their squads"
    return [*result.database.notes, *([f"{said} ({'; '.join(who)})."] if who else [])]


def printed(result: ShockEvents) -> list[TableItem | FigureItem]:
    """Return what the dissertation prints."""
    shares = result.right_by_type().drop(columns="events")
    shares = shares.assign(type=shares["type"].map(words))
    counted = count_table(result).drop(columns="why these seasons")
    note = "A row is right only if everything it says is; Wilson's 95 % intervals."
    return [
        FigureItem("shock-counts", counts_figure(result)),
        TableItem("shock-windows", counted, "Shock events by type and the seasons they can be derived for",
                  digits={"a season": 1, "median games affected": 0}),
        FigureItem("shock-right", right_figure(result)),
        TableItem("shock-right-by-type", shares, "Events found right among those read by eye", note=note),
    ]  # fmt: skip
