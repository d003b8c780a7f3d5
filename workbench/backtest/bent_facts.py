"""Facts changed on purpose after an instant: bent, shuffled, rewritten, cut off, or late. What was known stays.

Everything a decision may know by the instant is left as it is, to the bit; only *late* feeds take something away, and
then the decision must be the one made where it never was.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.schema import FACT_TABLES

Tables = dict[str, pd.DataFrame]

#: What a game's end makes known.
OUTCOMES = ("results", "starters", "player_weeks")
#: A later correction arrives this soon after the instant at the soonest: one tick of the facts' clock.
TICK = pd.Timedelta(microseconds=1)
#: Rows of a table that are rewritten at most: enough of its plays to move anything fitted on them.
_MOST_REWRITTEN = 100_000
#: A feed's delay concerns what came in this long before the instant; older rows have arrived whatever their delay.
_DELAYED_SINCE = pd.Timedelta(days=30)


def future_bent(tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int) -> Tables:
    """Return the tables with every row known after an instant changed, dropped or joined by others.

    Rows known by the instant stay as they are, to the bit. Of the later rows a quarter is dropped and every value of
    the others is another's or shifted; later corrections of what was known, of this season and earlier ones, are added.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Fact tables by name.
    instant : Timestamp
    seed : int
    """
    rng = np.random.default_rng(seed)
    return {name: _bent(frame, name=name, instant=instant, rng=rng) for name, frame in tables.items()}


def past_rewritten(
    tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int, season: int | None = None
) -> Tables:
    """Return the tables with what was known corrected, row by row, a tick after the instant.

    Parameters
    ----------
    tables : mapping of str to DataFrame
    instant : Timestamp
    seed : int
    season : int, optional
        Correct only the seasons before this one.
    """
    rng = np.random.default_rng(seed)
    out = {}
    for name, frame in tables.items():
        known = _known(frame, instant) if season is None else _known(frame[frame["season"] < season], instant)
        chosen = known.sample(n=min(len(known), _MOST_REWRITTEN), random_state=int(rng.integers(2**31)))
        late = chosen.assign(known_at=_stamps(instant + TICK, len(chosen), index=chosen.index))
        out[name] = _joined(frame, [_scrambled(late, name=name, instant=instant, rng=rng)], name=name)
    return out


def outcomes_shuffled(tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int) -> Tables:
    """Return the tables of outcomes with those known after the instant dealt out anew among games and players.

    No game keeps its own: results, starters and players' numbers go round, over every later week and season.
    """
    rng = np.random.default_rng(seed)
    return {name: _dealt(tables[name], name=name, instant=instant, rng=rng) for name in OUTCOMES if name in tables}


def future_dropped(tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int = 0) -> Tables:
    """Return the tables without a row known after the instant; nothing is left to chance, so ``seed`` is not used."""
    return {name: _known(frame, instant) for name, frame in tables.items()}


def feeds_late(
    tables: Mapping[str, pd.DataFrame],
    *,
    instant: pd.Timestamp,
    seed: int,
    hours: float | None = None,
    most_hours: float = 240.0,
) -> Tables:
    """Return the tables with their latest rows arriving later than they did; what they say of themselves stays.

    Parameters
    ----------
    tables : mapping of str to DataFrame
    instant : Timestamp
        Rows of the month before it and all later ones are late.
    seed : int
    hours : float, optional
        The delay of every row; by default each row has its own: none for half of them, else up to ``most_hours``.
    most_hours : float
    """
    rng = np.random.default_rng(seed)
    out = {}
    for name, frame in tables.items():
        own = rng.uniform(0.0, most_hours, len(frame)) * (rng.random(len(frame)) < 0.5)
        delays = pd.to_timedelta(own if hours is None else np.full(len(frame), hours), unit="h").floor("us")
        recent = frame["known_at"] > instant - _DELAYED_SINCE
        late = (frame["known_at"] + delays).astype(frame["known_at"].dtype)
        out[name] = frame.assign(known_at=late.where(recent, frame["known_at"]))
    return out


def earlier_seasons_late(
    tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int, season: int, share: float = 0.05
) -> Tables:
    """Return the tables with a share of the rows of earlier seasons arriving only a tick after an instant.

    Unlike a correction, which comes beside the row it corrects, a late row leaves facts that later weeks can read.
    """
    rng = np.random.default_rng(seed)
    out = {}
    for name in sorted(set(tables) - {"games"}):
        frame = tables[name]
        late = (frame["season"] < season) & (rng.random(len(frame)) < share)
        stamps = pd.Series(instant + TICK, index=frame.index).astype(frame["known_at"].dtype)
        out[name] = frame.assign(known_at=frame["known_at"].mask(late, stamps))
    return out


def rows_arriving_late(
    tables: Mapping[str, pd.DataFrame], late: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp
) -> int:
    """Return how many rows known at an instant have not arrived by it where feeds are late."""
    return sum(int(((tables[name]["known_at"] <= instant) & (late[name]["known_at"] > instant)).sum()) for name in late)


def rows_changed(
    tables: Mapping[str, pd.DataFrame], changed: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp
) -> int:
    """Return how many rows known after an instant one state of the facts has and the other has not, or not so."""
    return sum(_unlike(_later(tables[name], instant), _later(frame, instant)) for name, frame in changed.items())


def _unlike(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """Count the rows of the longer table that have no equal in the other, told by a hash of their values."""
    hashes = [set(pd.util.hash_pandas_object(frame, index=False)) for frame in (one, other)]
    return max(len(one), len(other)) - len(hashes[0] & hashes[1])


def _known(frame: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    return frame[frame["known_at"] <= instant]


def _later(frame: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    return frame[frame["known_at"] > instant]


def _bent(frame: pd.DataFrame, *, name: str, instant: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    later, known = _later(frame, instant), _known(frame, instant)
    kept = later[rng.random(len(later)) > 0.25]
    corrections = known.sample(frac=0.05, random_state=int(rng.integers(2**31)))
    delays = pd.to_timedelta(rng.integers(1, 10**6, len(corrections)), unit="s").to_series(index=corrections.index)
    corrections = corrections.assign(known_at=(instant + delays).astype("datetime64[us, UTC]"))
    parts = [_scrambled(part, name=name, instant=instant, rng=rng) for part in (kept, corrections) if len(part)]
    return _joined(known, parts, name=name)


def _joined(frame: pd.DataFrame, parts: list[pd.DataFrame], *, name: str) -> pd.DataFrame:
    whole = pd.concat([frame, *(part for part in parts if len(part))], ignore_index=True)
    return whole.drop_duplicates([*FACT_TABLES[name].key, "known_at"])


def _stamps(stamp: pd.Timestamp, n: int, *, index: pd.Index) -> "pd.Series[pd.Timestamp]":
    return pd.Series([stamp] * n, index=index, dtype="datetime64[us, UTC]")


def _scrambled(rows: pd.DataFrame, *, name: str, instant: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    """Change every value but season, week, key and when it was known; a game may also move to another hour."""
    left = {"season", "week", "known_at", *FACT_TABLES[name].key}
    changed = {column: _changed(rows[column], rng=rng) for column in rows.columns if column not in left}
    if "recorded_at" in rows:  # a quote that claims to be older than it was known: whoever goes by the claim is caught
        minutes = pd.to_timedelta(rng.integers(1, 600, len(rows)), unit="min")
        changed["recorded_at"] = pd.Series(instant - minutes, index=rows.index).astype("datetime64[us, UTC]")
    return rows.assign(**changed)


def _changed(values: "pd.Series[Any]", *, rng: np.random.Generator) -> "pd.Series[Any]":
    shuffled = values.iloc[rng.permutation(len(values))].set_axis(values.index)
    kind = str(values.dtype)
    if kind in ("bool", "boolean"):
        return ~values
    if kind.startswith("datetime"):
        return shuffled + pd.Timedelta(hours=int(rng.integers(1, 48)))
    if kind in ("int64", "Int64"):
        return shuffled + int(rng.integers(1, 20))
    if kind == "float64":
        return shuffled + 0.5 * rng.integers(1, 40)
    return shuffled


def _dealt(frame: pd.DataFrame, *, name: str, instant: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    """Deal the values of the later rows round a random ring: none stays where it was."""
    later = np.flatnonzero((frame["known_at"] > instant).to_numpy())
    ring = rng.permutation(later)
    values = [c for c in frame.columns if c not in {"season", "week", "known_at", *FACT_TABLES[name].key}]
    order = np.arange(len(frame))
    order[ring] = np.roll(ring, 1)
    dealt = frame[values].iloc[order].set_axis(frame.index)
    return frame.assign(**{column: dealt[column] for column in values})
