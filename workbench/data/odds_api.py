"""The JSON of a public odds API (events, bookmakers, markets, outcomes), as the-odds-api's version 4 serves it.

The key comes from the environment variable that the settings name; it stands in no file name, note, message or log.
Each answer is kept under its own hash, so that the states of a week gather into a line history.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.data.fetch import Fetcher
from workbench.data.source import Degradation, RawFile, RawFiles
from workbench.errors import FormatError, SourceError
from workbench.store import atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

SPORT = "americanfootball_nfl"
PREFIX = "odds_api_"
_MARKETS = {"spreads": "spread", "totals": "total", "h2h": "moneyline"}
#: An event and a scheduled game of the same teams are one if their kick-offs lie this close.
SAME_GAME_HOURS = 36.0


class _Redacted(logging.Filter):
    """Takes a secret out of log records: the client writes whole addresses at level INFO."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        """Blank the secret; every record passes."""
        message = record.getMessage()
        if self._secret in message:
            record.msg, record.args = message.replace(self._secret, "***"), ()
        return True


@dataclass(slots=True)
class OddsApiSource:
    """Current odds of one sport.

    Attributes
    ----------
    fetcher : Fetcher
    key_env : str
        The environment variable that holds the key.
    regions : str
    """

    fetcher: Fetcher
    key_env: str
    regions: str = "us"
    name: str = "odds_api"

    def fetch(self, seasons: Sequence[int]) -> RawFiles:
        """Ask for the current odds; return them and every earlier answer that was kept."""
        degraded: list[Degradation] = []
        key = os.environ.get(self.key_env, "")
        if key:
            try:
                self._keep(self._ask(key))
            except SourceError as error:
                degraded.append(Degradation("current odds", str(error).replace(key, "***")))
        else:
            degraded.append(Degradation("current odds", f"the environment variable {self.key_env} holds no key"))
        return RawFiles({raw.name: raw for raw in self._kept()}, tuple(degraded))

    def _ask(self, key: str) -> RawFile | None:
        logger, redacted = logging.getLogger("httpx"), _Redacted(key)
        logger.addFilter(redacted)
        query = {"apiKey": key, "regions": self.regions, "markets": ",".join(_MARKETS), "oddsFormat": "decimal"}
        try:
            return self.fetcher.fetch(f"sports/{SPORT}/odds", kind="json", query=query)
        finally:
            self.fetcher.close()
            logger.removeFilter(redacted)

    def _keep(self, raw: RawFile | None) -> None:
        if raw is not None and not raw.stale:
            atomic.write_text(self._folder / f"{PREFIX}{raw.sha256}.json", raw.sha256)

    def _kept(self) -> Iterator[RawFile]:
        for entry in sorted(self._folder.glob(f"{PREFIX}*.json")):
            sha256 = entry.stem.removeprefix(PREFIX)
            if (self.fetcher.raw / sha256).exists():
                yield RawFile(entry.name, sha256, self.fetcher.raw / sha256)

    @property
    def _folder(self) -> Path:
        return self.fetcher.raw / "odds_api"


def odds_api_quotes(content: bytes, *, schedule: pd.DataFrame) -> pd.DataFrame:
    """Return an answer's quotes with decimal prices, spreads turned into ``home_line``.

    Parameters
    ----------
    content : bytes
        JSON: a list of events.
    schedule : DataFrame
        ``game_id, home_team, away_team, kickoff_utc``; an event that matches no game keeps its id as ``game_id``,
        for the border to see.

    Raises
    ------
    FormatError
        If the JSON is not a list of events with bookmakers.
    """
    import pandas as pd

    try:
        rows = [row for event in json.loads(content) for row in _event_rows(event)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FormatError(f"An odds answer must be a list of events with bookmakers, got {error!r}.") from error
    quotes = pd.DataFrame(rows, columns=_COLUMNS)
    for name in ("recorded_at", "commence"):
        quotes[name] = pd.to_datetime(quotes[name], utc=True, format="ISO8601").dt.as_unit("us")
    quotes["game_id"] = _game_ids(quotes, schedule=schedule)
    prices = {name: pd.to_numeric(quotes[name], errors="coerce") for name in ("line", "price_home", "price_away")}
    dated = quotes.assign(**prices, kind="live", seen_at=quotes["recorded_at"], instant_assumed=False)
    return dated.drop(columns=["home", "away", "commence", "event"])


_COLUMNS = ["event", "home", "away", "commence", "market", "source", "recorded_at", "line", "price_home", "price_away"]


def _event_rows(event: dict[str, Any]) -> Iterator[list[Any]]:
    for book in event["bookmakers"]:
        for market in book["markets"]:
            if market["key"] not in _MARKETS:
                continue
            name, recorded = _MARKETS[market["key"]], market.get("last_update") or book["last_update"]
            first, second = ("Over", "Under") if name == "total" else (event["home_team"], event["away_team"])
            sides = {outcome["name"]: outcome for outcome in market["outcomes"]}
            home, away = sides.get(first, {}), sides.get(second, {})
            yield [
                event["id"], event["home_team"], event["away_team"], event["commence_time"],
                name, book["key"], recorded, _home_line(name, home), home.get("price"), away.get("price"),
            ]  # fmt: skip


def _home_line(market: str, outcome: dict[str, Any]) -> float | None:
    point = outcome.get("point")
    if point is None or market == "moneyline":
        return None
    # Sportsbook notation ends here: home -3.5 becomes home_line +3.5.
    return -float(point) if market == "spread" else float(point)


def _game_ids(quotes: pd.DataFrame, *, schedule: pd.DataFrame) -> pd.Series[str]:
    """Return the scheduled game of each quote: the same teams, the kick-off within a day and a half."""
    import pandas as pd

    from workbench.data.teams import nickname_codes

    teams = quotes.assign(home_team=nickname_codes(quotes["home"]), away_team=nickname_codes(quotes["away"]))
    known = schedule[["game_id", "home_team", "away_team", "kickoff_utc"]]
    pairs = teams.reset_index().merge(known, on=["home_team", "away_team"])
    near = (pairs["kickoff_utc"] - pairs["commence"]).abs() <= pd.Timedelta(hours=SAME_GAME_HOURS)
    found = pairs[near].drop_duplicates("index").set_index("index")["game_id"]
    return found.reindex(quotes.index).fillna(quotes["event"].astype("str")).astype("str")
