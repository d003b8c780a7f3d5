"""Line records in the layout of ``nfl_lines/history_<season>``: rounded lines and American prices by book and time."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.clock import EASTERN, week_tuesdays
from workbench.data.demo.calendar import games_of
from workbench.data.demo.expectation import World
from workbench.data.demo.fair import FAIR_SPREADS, FAIR_TOTALS
from workbench.data.demo.keys import QUOTES, stream, words
from workbench.data.demo.market import BOOKS, STATES, Lines
from workbench.data.demo.names import CODES

Floats = NDArray[np.float64]

MARGIN_SD: Final = 13.0
#: Cents that one point of line is worth, beside an even market at -110.
CENTS_A_POINT: Final = 22.0
RECORDING_LAG: Final = pd.Timedelta(seconds=30)
_OPENER_BOOK: Final = 0
#: The columns of the history file, in its order.
COLUMNS: Final = words(
    "commit_time game_id season week home_team away_team home_spread_open home_spread_open_price "
    "away_spread_open_price home_spread_open_source home_spread_open_timestamp home_spread_last "
    "home_spread_last_price away_spread_last_price home_spread_last_source home_spread_last_timestamp "
    "home_spread_tickets_pct home_spread_money_pct home_spread_pcts_source home_spread_pct_timestamp home_ml_open "
    "away_ml_open ml_open_source ml_open_timestamp home_ml_last away_ml_last ml_last_source ml_last_timestamp "
    "total_line_open under_price_open over_price_open total_line_open_source total_line_open_timestamp "
    "total_line_last under_price_last over_price_last total_line_last_source total_line_last_timestamp kickoff_utc "
    "hours_to_kick line_changed nflverse_game_id"
)
_STAMPED: Final = ("home_spread_open", "home_spread_last", "ml_open", "ml_last", "total_line_open", "total_line_last")


def american(probability: Floats) -> Floats:
    """Return American odds, rounded to whole cents, of probabilities that carry the book's margin.

    Examples
    --------
    >>> american(np.array([0.52381, 0.40]))
    array([-110.,  150.])
    """
    favourite = probability >= 0.5
    safe = np.clip(probability, 0.005, 0.995)
    return np.asarray(
        np.round(np.where(favourite, -100 * safe / (1 - safe), 100 * (1 - safe) / safe)), dtype=np.float64
    )


def half_points(line: Floats) -> Floats:
    """Return lines on the half-point grid."""
    return np.round(line * 2.0) / 2.0


def _juice(surplus: Floats, tilt: Floats) -> tuple[Floats, Floats]:
    """Return American prices of the favoured and the other side when the line is ``surplus`` points too low."""
    cents = np.asarray(np.round(np.clip(CENTS_A_POINT * surplus + tilt, -9.0, 9.0)), dtype=np.float64)
    return _cents_to_american(-110.0 - cents), _cents_to_american(-110.0 + cents)


def _cents_to_american(price: Floats) -> Floats:
    # -100 and +100 are the same price; between them American odds do not exist.
    return np.where(price > -100.0, 100.0 + (price + 100.0), price)


def line_records(world: World, fixtures: pd.DataFrame, *, lines: Lines) -> pd.DataFrame:
    """Return every record of every game and book, in sportsbook notation (home favoured: negative spread).

    The opener is draftkings', on Sunday evening; the other books follow on Monday. Records end at kick-off.
    """
    n, books = len(fixtures), len(BOOKS)
    draws = np.stack(
        [stream(world.seed, QUOTES, g.season, g.week, g.home).standard_normal((books, 2 + 3 * STATES))
         for g in games_of(fixtures)]
    )  # fmt: skip
    offsets = world.planted.book_error_points * draws[:, :, None, :2]
    jitter = draws[:, :, 2:].reshape(n, books, 3, STATES)
    margin = lines.margin[:, None, :] + offsets[..., 0]
    total = lines.total[:, None, :] + offsets[..., 1]
    when = lines.hours[:, None, :] + (np.abs(jitter[:, :, 2]) * 2.0 + np.arange(books)[None, :, None]) / 60.0
    keep = (when < lines.kick[:, None, None] - 1.0 / 60.0) & (when > lines.hours[:, None, :1] - 1.0)
    keep[:, np.arange(books) != _OPENER_BOOK, 0] = False
    columns = _prices(margin, total, tilt=jitter, overround=world.planted.moneyline_overround)
    opener = {name: np.broadcast_to(c[:, :1, :1], c.shape)[keep] for name, c in columns.items()}
    latest = {name: c[keep] for name, c in columns.items()}
    game, book, _ = np.nonzero(keep)
    frame = _frame(fixtures.iloc[game].reset_index(drop=True), hours=when[keep])
    first = frame["commit_time"].groupby(frame["game_id"]).transform("min")
    return _layout(frame, opener=opener, latest=latest, books=np.array(BOOKS, dtype=object)[book], first=first)


def _prices(margin: Floats, total: Floats, *, tilt: Floats, overround: float) -> dict[str, Floats]:
    fair_spread, fair_total = FAIR_SPREADS.lines_of(margin), FAIR_TOTALS.lines_of(total)
    spread, over = half_points(fair_spread), half_points(fair_total)
    home_price, away_price = _juice(fair_spread - spread, 1.2 * tilt[:, :, 0])
    over_price, under_price = _juice(fair_total - over, 1.2 * tilt[:, :, 1])
    chance = ndtr(margin / MARGIN_SD)
    return {
        "home_spread": np.where(spread == 0, 0.0, -spread),
        "home_spread_price": home_price,
        "away_spread_price": away_price,
        "home_ml": american(chance * (1.0 + overround)),
        "away_ml": american((1.0 - chance) * (1.0 + overround)),
        "total_line": over,
        "under_price": under_price,
        "over_price": over_price,
    }


def _frame(fixtures: pd.DataFrame, *, hours: Floats) -> pd.DataFrame:
    local = week_tuesdays(fixtures["kickoff_utc"]) + pd.to_timedelta(np.round(hours * 3600.0), unit="s")
    stamp = local.dt.tz_localize(EASTERN).dt.tz_convert("UTC").dt.as_unit("us")
    codes = np.array(CODES, dtype=object)
    return pd.DataFrame(
        {
            "commit_time": stamp,
            "game_id": fixtures["game_id"],
            "season": fixtures["season"],
            "week": fixtures["week"],
            "home_team": codes[fixtures["home"].to_numpy()],
            "away_team": codes[fixtures["away"].to_numpy()],
            "kickoff_utc": fixtures["kickoff_utc"],
            "hours_to_kick": (fixtures["kickoff_utc"] - stamp).dt.total_seconds() / 3600.0,
        }
    )


def _layout(
    frame: pd.DataFrame,
    *,
    opener: dict[str, Floats],
    latest: dict[str, Floats],
    books: NDArray[np.object_],
    first: "pd.Series[pd.Timestamp]",
) -> pd.DataFrame:
    out = frame.copy()
    for name, values in opener.items():
        out[_named(name, "open")] = values
    for name, values in latest.items():
        out[_named(name, "last")] = values
    stamps = {"open": _stamps(first), "last": _stamps(frame["commit_time"])}
    for name in _STAMPED:
        end = name.rsplit("_", 1)[1]
        out[f"{name}_source"] = BOOKS[_OPENER_BOOK] if end == "open" else books
        out[f"{name}_timestamp"] = stamps[end]
    favourite = np.clip(0.5 - 0.02 * latest["home_spread"], 0.1, 0.9)  # the public likes favourites
    out["home_spread_tickets_pct"], out["home_spread_money_pct"] = np.round(favourite, 2), np.round(favourite, 2)
    out["home_spread_pcts_source"], out["home_spread_pct_timestamp"] = books, stamps["last"]
    out["line_changed"] = True
    out["nflverse_game_id"] = frame["game_id"]
    return out.sort_values(["kickoff_utc", "game_id", "commit_time"], ignore_index=True)[COLUMNS]


def _named(name: str, end: str) -> str:
    return f"{name.removesuffix('_price')}_{end}_price" if name.endswith("spread_price") else f"{name}_{end}"


def _stamps(times: "pd.Series[pd.Timestamp]") -> "pd.Series[str]":
    # As in the real file, a state carries the book's own stamp, half a minute before the record of it.
    return (times - RECORDING_LAG).dt.strftime("%Y-%m-%d %H:%M:%S.000000+00:00")
