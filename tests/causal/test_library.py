"""The effect library: its entries, how they widen, what it refuses, and the forecast an effect moves.

Tolerances: 1e-9 where arithmetic must agree; posteriors to 0.02 points, the step of the grid of spreads.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.causal.pool.library import COLUMNS, build_library, known_before, validate_library
from workbench.causal.pool.lookup import LibraryEntry, adjusted_forecast, effect_of
from workbench.causal.pool.pooling import PriorScales
from workbench.causal.pool.severity_bands import severity_bands
from workbench.errors import LeakageError, ParameterError, ValidationError

AS_OF = pd.Timestamp("2024-09-03 10:00", tz="UTC")
BEFORE = pd.Timestamp("2024-01-09", tz="UTC")


def cells(rows: list[tuple[str, str, str, float, float, int]], *, outcome: str = "margin") -> pd.DataFrame:
    names = ["type", "severity_band", "position", "estimate", "standard_error", "n"]
    return pd.DataFrame(rows, columns=names).assign(outcome=outcome, known_at=BEFORE)


INJURIES = cells(
    [
        ("injury", "low", "T", -0.1, 0.4, 80),
        ("injury", "high", "T", -1.5, 0.6, 30),
        ("injury", "high", "WR", -1.0, 0.6, 25),
        ("injury", "high", "C", -9.0, 4.0, 3),
        ("bye", "any", "any", 0.6, 0.4, 500),
        ("suspension", "middle", "WR", -0.5, 3.0, 4),
    ]
)


@pytest.fixture(scope="module")
def library() -> pd.DataFrame:
    return build_library(INJURIES, as_of=AS_OF, types=["venue_change"])


def look(library: pd.DataFrame, kind: str, severity: str, position: str) -> LibraryEntry:
    return effect_of(library, type=kind, severity=severity, position=position, outcome="margin")


@pytest.mark.parametrize(
    ("kind", "severity", "position", "level", "n"),
    [
        ("injury", "high", "WR", "cell", 25),
        ("injury", "high", "C", "band", 58),  # three analogs are too few for an entry of their own
        ("injury", "middle", "T", "type", 138),  # no middle injury was ever seen
        ("bye", "any", "any", "cell", 500),
        ("suspension", "middle", "WR", "league", 4),
        ("venue_change", "any", "any", "league", 0),
    ],
)
def test_a_look_up_widens_until_five_analogs_carry_it(
    library: pd.DataFrame, kind: str, severity: str, position: str, level: str, n: int
) -> None:
    found = look(library, kind, severity, position)
    assert (found.level, found.n) == (level, n)


def test_no_effect_known_is_zero_with_the_leagues_spread(library: pd.DataFrame) -> None:
    unknown = look(library, "venue_change", "any", "any")
    known = library[(library["type"] == "injury") & (library["level"] == "type")].iloc[0]
    assert unknown.effect == 0
    assert unknown.low == -unknown.high
    assert unknown.standard_error > known["standard_error"]
    assert "no effect known" in unknown.sentence


def test_a_wider_entry_counts_no_fewer_analogs(library: pd.DataFrame) -> None:
    of_type = library[library["level"] == "type"].set_index("type")["n"]
    bands = library[library["level"] == "band"].set_index(["type", "severity_band"])["n"]
    inner = library[(library["level"] == "cell") & (library["severity_band"] != "any")]
    assert len(inner) > 0
    for row in inner.itertuples():
        assert row.n <= bands[(row.type, row.severity_band)] <= of_type[row.type]


def test_a_cell_of_few_analogs_hardly_moves_its_type() -> None:
    without = build_library(INJURIES[INJURIES["position"] != "C"], as_of=AS_OF)
    with_it = build_library(INJURIES, as_of=AS_OF)
    gap = look(with_it, "injury", "any", "any").effect - look(without, "injury", "any", "any").effect
    assert -0.3 < gap < 0


def test_one_precise_type_is_what_it_was_estimated_at() -> None:
    """With an error of 0.1 against priors of points, the posterior is the estimate and its error."""
    entry = look(build_library(cells([("bye", "any", "any", 1.0, 0.1, 900)]), as_of=AS_OF), "bye", "any", "any")
    assert entry.effect == pytest.approx(1.0, abs=0.02)
    assert entry.standard_error == pytest.approx(0.1, abs=0.002)
    assert (entry.low, entry.high) == pytest.approx((1 - 0.196, 1 + 0.196), abs=0.02)


def test_a_cell_known_later_is_refused_and_one_filtered_is_not() -> None:
    late = INJURIES.assign(known_at=[BEFORE] * 5 + [AS_OF + pd.Timedelta("1s")])
    with pytest.raises(LeakageError, match="known"):
        build_library(late, as_of=AS_OF)
    kept = build_library(known_before(late, AS_OF), as_of=AS_OF)
    assert "suspension" not in set(kept["type"])


def test_a_cell_that_does_not_say_when_it_was_known_is_refused() -> None:
    with pytest.raises(LeakageError):
        build_library(INJURIES.drop(columns="known_at"), as_of=AS_OF)
    with pytest.raises(LeakageError):
        build_library(INJURIES.assign(known_at=pd.NaT), as_of=AS_OF)


@given(hours=st.lists(st.integers(-1000, 1000) | st.none(), min_size=1, max_size=20))
def test_nothing_later_than_the_instant_passes(hours: list[int | None]) -> None:
    stamps = [pd.NaT if hour is None else AS_OF + pd.Timedelta(hours=hour) for hour in hours]
    rows = pd.DataFrame({"known_at": pd.to_datetime(pd.Series(stamps), utc=True)})
    passed = known_before(rows, AS_OF)
    assert (passed["known_at"] <= AS_OF).all()
    assert len(passed) == sum(hour is not None and hour <= 0 for hour in hours)


def test_an_unknown_type_is_refused_with_the_nearest_name(library: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="Did you mean 'suspension'"):
        look(library, "suspensoin", "low", "T")
    with pytest.raises(ParameterError, match="no outcome 'points'"):
        effect_of(library, type="bye", severity="any", position="any", outcome="points")
    with pytest.raises(ParameterError, match="Severity bands"):
        look(library, "injury", "0.8", "T")


def test_the_library_survives_parquet(library: pd.DataFrame, tmp_path: Path) -> None:
    library.to_parquet(tmp_path / "library.parquet")
    back = pd.read_parquet(tmp_path / "library.parquet")
    assert dict(library.dtypes.astype(str)) == COLUMNS
    pd.testing.assert_frame_equal(validate_library(back.astype(COLUMNS)), library)
    assert look(back, "injury", "high", "T") == look(library, "injury", "high", "T")


def test_the_order_of_cells_changes_nothing(library: pd.DataFrame) -> None:
    again = build_library(INJURIES.sample(frac=1.0, random_state=3), as_of=AS_OF, types=["venue_change"])
    pd.testing.assert_frame_equal(again, library, rtol=1e-9, atol=1e-9)


def test_each_outcome_is_pooled_alone_and_in_its_own_unit(library: pd.DataFrame) -> None:
    yards = INJURIES.assign(
        outcome="yards", estimate=INJURIES["estimate"] * 10, standard_error=INJURIES["standard_error"] * 10
    )
    both = build_library(
        pd.concat([INJURIES, yards]), as_of=AS_OF, types=["venue_change"], scales={"yards": PriorScales().times(10)}
    )
    margin = both[both["outcome"] == "margin"].reset_index(drop=True)
    pd.testing.assert_frame_equal(margin, library, rtol=1e-9, atol=1e-9)
    tenfold = both[both["outcome"] == "yards"].reset_index(drop=True)
    np.testing.assert_allclose(tenfold["effect"], 10 * margin["effect"], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (INJURIES.drop(columns="n"), "missing: n"),
        (INJURIES.assign(standard_error=0.0), "standard error"),
        (INJURIES.assign(severity_band="severe"), "Severity bands"),
        (pd.concat([INJURIES, INJURIES]), "stands once"),
        (INJURIES.head(0), "nothing to pool"),
    ],
)
def test_unusable_cells_are_refused(broken: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        build_library(broken, as_of=AS_OF)


def test_a_library_with_its_interval_turned_over_is_refused(library: pd.DataFrame) -> None:
    with pytest.raises(ValidationError, match="interval"):
        validate_library(library.assign(low=library["high"], high=library["low"]))


def test_an_effect_is_added_never_averaged() -> None:
    """By hand: 3.5 + 0.5 x (-5.2) = 0.9; variance 1.5 x (4 + 0.25 x 1) = 6.375. Never an average of the two."""
    out = LibraryEntry(
        effect=-5.2, standard_error=1.0, low=-7.2, high=-3.2, n=60, level="cell", as_of=AS_OF, sentence=""
    )
    moved = adjusted_forecast(3.5, 4.0, effect=out, unpriced_share=0.5)
    assert (moved.mean, moved.variance, moved.shift) == pytest.approx((0.9, 6.375, -2.6), abs=1e-9)


@settings(max_examples=30)
@given(share=st.floats(0, 1), error=st.floats(0, 1), variance=st.floats(0, 50))
def test_an_effect_never_makes_a_forecast_surer(share: float, error: float, variance: float) -> None:
    out = LibraryEntry(effect=-3.0, standard_error=1.5, low=-6, high=0, n=9, level="type", as_of=AS_OF, sentence="")
    moved = adjusted_forecast(1.0, variance, effect=out, unpriced_share=share, unpriced_share_error=error)
    assert moved.variance >= 1.5 * variance
    assert 1.0 - 3.0 <= moved.mean <= 1.0


def test_a_forecast_is_not_deflated() -> None:
    out = LibraryEntry(effect=-3.0, standard_error=1.5, low=-6, high=0, n=9, level="type", as_of=AS_OF, sentence="")
    with pytest.raises(ParameterError, match="inflation"):
        adjusted_forecast(1.0, 2.0, effect=out, unpriced_share=1.0, inflation=0.5)


def test_a_severity_that_is_no_share_is_refused() -> None:
    with pytest.raises(ParameterError, match="Points"):
        severity_bands([0.2, 4.0])
