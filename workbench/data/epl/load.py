"""English football through the border: games, results and quotes of home, draw and away.

Prices collected before the match are known when their batch is decided (``clock.uk_batch_instants``), closes at
kick-off, results four hours after it. ``week`` is the number of the decision batch within the season, counted over the
schedule as played: about fifty a season, a weekend and some midweeks.
"""

from collections.abc import Sequence

import pandas as pd

from workbench.clock import LONDON, RESULT_LAG, uk_batch_instants
from workbench.data.epl.matches import BOOKS, OUTCOMES, read_matches
from workbench.data.quality import cross
from workbench.data.quality_report import QualityReport, TableQuality
from workbench.data.quarantine import Checked, empty_quarantine, quarantined
from workbench.data.source import Degradation, LoadedFacts, RawFiles
from workbench.errors import SourceError
from workbench.schema import THREE_WAY

#: Matches of a whole season of twenty clubs.
WHOLE_SEASON = 380
SOURCE = "football-data"
_PRICES = {"H": "price_home", "D": "price_draw", "A": "price_away"}
#: A decimal price this long is an American one.
_LONGEST = 1000.0


def load_matches(raws: RawFiles, *, seasons: Sequence[int]) -> LoadedFacts:
    """Return the facts of some seasons.

    Parameters
    ----------
    raws : RawFiles
        From `workbench.data.epl.source.EplSource`.
    seasons : sequence of int
        Starting years.

    Raises
    ------
    SourceError
        If no file gives a match of these seasons.
    """
    matches, stopped, degraded = _read(raws, seasons=seasons)
    scheduled = _scheduled(matches)
    games = cross(scheduled, name="games", source=SOURCE)
    sound = scheduled[scheduled["game_id"].isin(games.facts["game_id"])].drop_duplicates("game_id")
    results = cross(_results(sound), name="results", source=SOURCE)
    offers = _sound_prices(_quotes(sound))
    quotes = cross(offers.kept, name="quotes", source=SOURCE)
    quarantine = pd.concat(
        [stopped, games.quarantine, results.quarantine, offers.quarantine, quotes.quarantine], ignore_index=True
    )
    notes = [*degraded, *_short_seasons(games.facts), *_assumed_kickoffs(sound), *_unquoted(games.facts, quotes.facts)]
    qualities = {"games": games.quality, "results": results.quality, "quotes": quotes.quality}
    before = {"games": stopped, "results": empty_quarantine(), "quotes": offers.quarantine}
    report = QualityReport(
        tables={name: quality + _stopped(before[name]) for name, quality in qualities.items()},
        degraded=tuple((note.feature, note.reason) for note in notes),
    )
    facts = {"games": games.facts, "results": results.facts, "quotes": quotes.facts}
    return LoadedFacts(tables=facts, quarantine=quarantine, degraded=notes, report=report)


def _read(raws: RawFiles, *, seasons: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame, list[Degradation]]:
    parts, stopped, degraded = [], [empty_quarantine()], list(raws.degraded)
    for raw in raws.files.values():
        try:
            read = read_matches(raw)
        except SourceError as error:
            degraded.append(Degradation(f"matches of {raw.name}", str(error)))
            continue
        parts.append(read.kept[read.kept["season"].isin(list(seasons))])
        stopped.append(read.quarantine)
    if not any(len(part) for part in parts):
        why = "; ".join(f"{note.feature}: {note.reason}" for note in degraded) or "no file in sources.epl.base"
        raise SourceError(
            f"There is no match of the seasons {min(seasons)} to {max(seasons)}: {why}. Name a folder of "
            "football-data.co.uk's season files: --set sources.epl.base=FOLDER."
        )
    return pd.concat(parts, ignore_index=True), pd.concat(stopped, ignore_index=True), degraded


def _scheduled(matches: pd.DataFrame) -> pd.DataFrame:
    """Attach batches, their numbers in the season, and when a match counts as known: the schedule's release."""
    batch = uk_batch_instants(matches["kickoff_utc"])
    week = batch.groupby(matches["season"]).rank(method="dense").astype("int64")
    release = pd.to_datetime(matches["season"].astype("str") + "-07-01").dt.tz_localize(LONDON)
    # a match moved out of its season by years would have been known before the year's release: never after its batch
    known = release.dt.tz_convert("UTC").dt.as_unit("us")
    return matches.assign(
        batch=batch, week=week, game_type="REG", neutral=False, known_at=known.where(known < batch, batch)
    )


def _results(matches: pd.DataFrame) -> pd.DataFrame:
    played = matches[matches["home_score"].notna() & matches["away_score"].notna()]
    return played.assign(overtime=False, known_at=played["kickoff_utc"] + RESULT_LAG)


def _quotes(matches: pd.DataFrame) -> pd.DataFrame:
    """Return one row a match, book and kind that has any of the three prices."""
    parts = []
    for book, prefixes in BOOKS.items():
        for kind, prefix in zip(("open", "close"), prefixes, strict=True):
            named = {_PRICES[outcome]: matches[f"{prefix}{outcome}"] for outcome in OUTCOMES}
            stamp = matches["batch"] if kind == "open" else matches["kickoff_utc"]
            part = matches[["game_id", "season", "week", "file"]].assign(
                **named, market=THREE_WAY, source=book, kind=kind, recorded_at=stamp, known_at=stamp,
                price_assumed=False, instant_assumed=True if kind == "open" else matches["kickoff_assumed"],
            )  # fmt: skip
            parts.append(part[part[list(named)].notna().any(axis=1)])
    return pd.concat(parts, ignore_index=True)


def _sound_prices(quotes: pd.DataFrame) -> Checked:
    """Stop quotes that lack one of their three prices, or have one that cannot be a decimal price."""
    found, kept = [empty_quarantine()], quotes
    for column in _PRICES.values():
        missing = kept[kept[column].isna()]
        words = f"A quote of home, draw and away needs all three prices, got no {column}. A cut line?"
        found.append(quarantined(missing, table="quotes", rule="three_prices", column=column, reason=words))
        kept = kept.drop(index=missing.index)
        wrong = kept[(kept[column] <= 1.0) | (kept[column] >= _LONGEST)]
        reason = wrong[column].map(lambda price: f"Decimal odds must be above 1, got {price}. American odds?")
        found.append(quarantined(wrong, table="quotes", rule="decimal_odds", column=column, reason=reason))
        kept = kept.drop(index=wrong.index)
    return Checked(kept, pd.concat(found, ignore_index=True))


def _stopped(quarantine: pd.DataFrame) -> TableQuality:
    counts = {str(rule): int(count) for rule, count in quarantine["rule"].value_counts().items()}
    return TableQuality(rows_in=len(quarantine), quarantined=counts)


def _short_seasons(games: pd.DataFrame) -> list[Degradation]:
    return [
        Degradation(f"matches of {season}", f"{count} of {WHOLE_SEASON}: the file ends early or lines are missing")
        for season, count in games.groupby("season").size().items()
        if count != WHOLE_SEASON
    ]


def _assumed_kickoffs(matches: pd.DataFrame) -> list[Degradation]:
    lacking = sorted({int(season) for season in matches.loc[matches["kickoff_assumed"], "season"]})
    if not lacking:
        return []
    said = "no kick-off time in the files: the latest plausible one, 20:15 UK, is assumed"
    return [Degradation(f"kick-off times of {lacking[0]} to {lacking[-1]}", said)]


def _unquoted(games: pd.DataFrame, quotes: pd.DataFrame) -> list[Degradation]:
    first = next(iter(BOOKS))
    quoted = set(quotes.loc[quotes["source"] == first, "season"])
    lacking = sorted(set(games["season"]) - quoted)
    return [Degradation(f"prices of {first}, {lacking[0]} to {lacking[-1]}", "not in the files")] if lacking else []
