"""What the study of the shock-event database claims."""

from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd

from workbench.decision.intervals import wilson
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.shock_events import QUARTERBACK_TYPES, ShockEvents

_EVENTS_AIM: Final = 850
_MISSING_AIM: Final = 0.05
_RIGHT_AIM: Final = 0.9
_WILSON: Final = "Wilson's"
#: Of quality sourced or derived: not leaning on an assumption, nor in dispute.
_FIRM: Final = ("sourced", "derived")


def headline(claims: Sequence[Claim]) -> str:
    """Return the name of the claim that is the study's estimate: the share found right, else the firm share."""
    return "right_overall" if any(claim.name == "right_overall" for claim in claims) else "firm"


def shock_claims(result: ShockEvents, *, targets: bool) -> list[Claim]:
    """Return every number of the study; targets only where they were set: on all of the real games."""
    events = result.events
    if events.empty:
        return []
    found = [*_size(result), *_right(result), *_shares(events), *_missing(result), *_corrections(result)]
    return [_aimed(claim) for claim in found] if targets else found


def _aimed(claim: Claim) -> Claim:
    """Return a claim with its target, where one was set."""
    rules = {
        "events": (f"at least {_EVENTS_AIM}", claim.value >= _EVENTS_AIM),
        "missing_worst": ("under 5 %", claim.value < _MISSING_AIM),
        "undated_worst": ("under 5 %", claim.value < _MISSING_AIM),
        "right_overall": ("90 %", claim.value >= _RIGHT_AIM),
        "right_weighted": ("90 %", claim.value >= _RIGHT_AIM),
    }
    target, reached = rules.get(claim.name, ("", False))
    if not target:
        return claim
    return Claim.from_dict(claim.as_dict() | {"target": target, "reached": bool(reached)})


def _share(name: str, what: str, hits: int, trials: int, *, games: int) -> Claim:
    share = wilson(hits, trials)
    # At none and at all of them the ends are 0 and 1 but for rounding.
    low, high = min(share.low, share.value), max(share.high, share.value)
    return Claim(
        name=name, what=what, value=share.value, low=low, high=high, games=games, unit="%",
        interval_is=f"{_WILSON}, n = {trials:,}",
    )  # fmt: skip


def _size(result: ShockEvents) -> Iterator[Claim]:
    events = result.events
    games = events["game_id"].nunique()
    counted = {
        "events": ("shock events derived", len(events)),
        "types": ("types of shock with events", events["type"].nunique()),
        "seasons": ("seasons with events", events["season"].nunique()),
        "both_teams": ("events that hit both teams of a game", int(events["team"].isna().sum())),
        "most_a_type": ("events of the largest type", int(events["type"].value_counts().max())),
        "least_a_type": ("events of the smallest type with any", int(events["type"].value_counts().min())),
    }
    for name, (what, n) in counted.items():
        yield Claim(name=name, what=what, value=float(n), games=games, without_interval="a count", digits=0)


def _right(result: ShockEvents) -> Iterator[Claim]:
    rows = result.checked.rows
    if rows.empty:
        return
    by_type = result.right_by_type()
    read = int(by_type["read"].sum())
    yield _share("right_overall", "events read by eye that are right, types alike", int(by_type["right"].sum()), read,
                 games=read)  # fmt: skip
    weighted = float((by_type["share"] * by_type["events"]).sum() / by_type["events"].sum())
    yield Claim(
        name="right_weighted", what="the same, types weighted by their events", value=weighted, games=read, unit="%",
        without_interval="a handful read a type: see the types' own",
    )  # fmt: skip
    for row in by_type.to_dict("records"):
        what = f"right among those read: {str(row['type']).replace('_', ' ')}"
        yield _share(f"right_{row['type']}", what, int(row["right"]), int(row["read"]), games=int(row["read"]))


def _shares(events: pd.DataFrame) -> Iterator[Claim]:
    games = events["game_id"].nunique()
    n = len(events)
    firm = int(events["quality"].isin(_FIRM).sum())
    yield _share("firm", "events that lean on no assumption and are not in dispute", firm, n, games=games)
    words = {
        "before_open": "events known before the opener",
        "open_to_close": "events that became known between opener and close",
        "unknown": "events of which it is unknown when they became known",
    }
    for word, what in words.items():
        yield _share(f"anticipation_{word}", what, int(events["anticipation"].eq(word).sum()), n, games=games)
    dated = int(events["known_at"].notna().sum())
    yield _share("dated", "events with an instant they were known from, kick-off at the latest", dated, n, games=games)
    changes = events[events["type"].isin(QUARTERBACK_TYPES)]
    if len(changes):
        known = int(changes["cause"].ne("unknown").sum())
        yield _share("quarterback_causes", "changes of quarterback whose cause is known", known, len(changes),
                     games=changes["game_id"].nunique())  # fmt: skip


def _missing(result: ShockEvents) -> Iterator[Claim]:
    dates = result.missing["field"].eq("known_at")
    parts = {
        "missing_worst": ("a required field", result.missing[~dates]),
        "undated_worst": ("an instant they were known from", result.missing[dates]),
    }
    for name, (field, rows) in parts.items():
        worst = rows.sort_values(["share", "events"], ascending=[False, False]).iloc[0]
        what = f"worst share of a type's events without {field}"
        if worst["share"] > 0:
            what += f" ({str(worst['type']).replace('_', ' ')})"
        n = int(worst["events"])
        yield _share(name, what, round(worst["share"] * n), n, games=n)


def _corrections(result: ShockEvents) -> Iterator[Claim]:
    if len(result.coaches):
        kept = int(result.coaches["what"].eq("unchanged").sum())
        yield _share("coaches_agree", "in-season changes of coach that the schedule has as the list has them", kept,
                     len(result.coaches), games=len(result.coaches))  # fmt: skip
    derived = result.trades[result.trades["derived"].eq("trade")] if len(result.trades) else result.trades
    if len(derived):
        stood = int(derived["corrected"].eq("trade").sum())
        yield _share("trades_agree", "trades read from rosters that stand beside the cited list", stood, len(derived),
                     games=len(derived))  # fmt: skip
    if len(result.matched):
        rows = int(result.matched["rows"].sum())
        tied = round(float((result.matched["matched"] * result.matched["rows"]).sum()))
        yield _share("identity", "snap counts tied to a player of the rosters", tied, rows, games=rows)
