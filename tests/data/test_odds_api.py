"""A hand-made answer of an odds API: decimal prices, signs turned, and a key that is nowhere to be read."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.data.fetch import Fetcher
from workbench.data.ingest import load_league
from workbench.data.odds_api import OddsApiSource, odds_api_quotes
from workbench.errors import FormatError
from workbench.settings import Settings

KEY = "k3y-of-the-user"


def outcome(name: str, price: float, point: float | None = None) -> dict[str, Any]:
    return {"name": name, "price": price} | ({} if point is None else {"point": point})


def answer(**prices: float) -> list[dict[str, Any]]:
    price = {"home": 1.91, "away": 1.91} | prices
    markets = [
        {"key": "spreads", "last_update": "2024-09-04T15:00:00Z",
         "outcomes": [outcome("Arizona Cardinals", price["away"], 6.5), outcome("Buffalo Bills", price["home"], -6.5)]},
        {"key": "totals", "last_update": "2024-09-04T15:01:00Z",
         "outcomes": [outcome("Over", 1.95, 47.5), outcome("Under", 1.87, 47.5)]},
        {"key": "h2h", "outcomes": [outcome("Buffalo Bills", 1.38), outcome("Arizona Cardinals", 3.2)]},
        {"key": "outrights", "outcomes": []},
    ]  # fmt: skip
    book = {"key": "draftkings", "last_update": "2024-09-04T15:02:00Z", "markets": markets}
    return [{"id": "e1", "commence_time": "2024-09-08T17:00:00Z", "home_team": "Buffalo Bills",
             "away_team": "Arizona Cardinals", "bookmakers": [book]}]  # fmt: skip


#: What the server answers to whoever has the key.
SERVED = {"events": answer()}


@pytest.fixture
def games() -> pd.DataFrame:
    kickoff = pd.to_datetime(["2024-09-08T17:00Z", "2024-12-08T18:00Z"], utc=True).as_unit("us")
    return pd.DataFrame({"game_id": ["sep", "dec"], "home_team": "BUF", "away_team": "ARI", "kickoff_utc": kickoff})


@pytest.fixture
def base() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = (200, json.dumps(SERVED["events"]).encode()) if KEY in self.path else (401, b"{}")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}/v4"
    http.shutdown()
    http.server_close()
    thread.join()


def test_three_markets_become_quotes_with_the_sign_of_home_line(games: pd.DataFrame) -> None:
    quotes = odds_api_quotes(json.dumps(answer()).encode(), schedule=games).set_index("market")
    assert quotes["line"].dropna().to_dict() == {"spread": 6.5, "total": 47.5}
    assert quotes.loc["moneyline", ["price_home", "price_away"]].to_list() == [1.38, 3.2]
    assert quotes.loc["total", ["price_home", "price_away"]].to_list() == [1.95, 1.87]
    assert set(quotes["game_id"]) == {"sep"}, "the same teams meet again in December"
    assert quotes.loc["spread", "recorded_at"] == pd.Timestamp("2024-09-04T15:00Z")
    assert quotes.loc["moneyline", "recorded_at"] == pd.Timestamp("2024-09-04T15:02Z")


def test_an_event_of_no_scheduled_game_keeps_its_own_id(games: pd.DataFrame) -> None:
    events = answer()
    events[0]["commence_time"] = "2024-10-20T17:00:00Z"
    assert set(odds_api_quotes(json.dumps(events).encode(), schedule=games)["game_id"]) == {"e1"}


@pytest.mark.parametrize("content", [b'{"message": "limit reached"}', b'[{"id": "e1"}]', b"[3]"])
def test_another_answer_is_a_format_error(content: bytes, games: pd.DataFrame) -> None:
    with pytest.raises(FormatError, match="list of events"):
        odds_api_quotes(content, schedule=games)


def test_an_empty_answer_has_no_quotes(games: pd.DataFrame) -> None:
    assert odds_api_quotes(b"[]", schedule=games).empty


def test_without_a_key_current_odds_are_missing_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ODDS_KEY", raising=False)
    source = OddsApiSource(Fetcher("http://127.0.0.1:9", tmp_path), key_env="ODDS_KEY")
    assert "ODDS_KEY holds no key" in source.fetch(()).degraded[0].reason


def test_the_key_is_sent_and_stands_in_no_file_log_or_message(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ODDS_KEY", KEY)
    source = OddsApiSource(Fetcher(base, tmp_path, retries=0), key_env="ODDS_KEY")
    with caplog.at_level(logging.DEBUG):
        raws = source.fetch(())
        failed = OddsApiSource(Fetcher("http://127.0.0.1:9", tmp_path / "b", retries=0), key_env="ODDS_KEY").fetch(())
    assert len(raws.files) == 1
    assert caplog.records, "the client must have logged, or this test shows nothing"
    assert KEY not in caplog.text
    assert KEY not in repr((raws, failed, source))
    assert failed.degraded
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in path.read_bytes() or KEY in str(path) for path in kept)


def test_current_odds_join_the_facts_and_american_odds_among_them_are_quarantined(
    settings: Settings, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODDS_KEY", KEY)
    monkeypatch.setitem(SERVED, "events", answer(home=-110.0, away=-110.0))
    sources = settings.sources.model_dump(mode="json") | {"odds_api": {"base": base, "key_env": "ODDS_KEY"}}
    facts = load_league(Settings.model_validate({"sources": sources}), seasons=(2024,), root=tmp_path / "a")
    quotes = facts.tables["quotes"]
    mine = quotes[quotes["source"].eq("draftkings") & quotes["kind"].eq("live")]
    assert set(mine["market"]) == {"total", "moneyline"}
    assert facts.quarantine["reason"].to_list() == ["Decimal odds must be above 1, got -110.0. American odds?"]
