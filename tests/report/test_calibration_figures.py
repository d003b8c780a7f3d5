"""Figures of calibration and of yards, on invented inputs: full, one row, and empty. Exact comparisons."""

from collections.abc import Callable
from pathlib import Path

import matplotlib.colors as colours
import numpy as np
import pandas as pd
import pytest

from workbench.report.drawing import Finding, svg
from workbench.report.figures import calibration, yards
from workbench.report.style import PAPER

TITLE, SUBTITLE = "of 90 % intervals 91.2 % hold", "Invented players, weeks 1 to 9 of 2024"
FULL = 30


def curves(n: int) -> pd.DataFrame:
    rows = [(m, level, level + shift) for m, shift in (("as delivered", 0.01), ("its mean alone", -0.05))
            for level in (0.1, 0.5, 0.9)]  # fmt: skip
    frame = pd.DataFrame(rows[:n], columns=["method", "level", "covered"])
    return frame.assign(low=frame["covered"] - 0.02, high=frame["covered"] + 0.02)


def path(n: int) -> pd.DataFrame:
    weeks = np.arange(1, 10)[:n]
    decisions = np.array(
        ["too few rows", "kept", "kept", "recalibrated", "kept", "kept", "recalibrated", "kept", "kept"]
    )
    covered = np.array([0.91, 0.9, 0.88, 0.83, 0.86, 0.9, 0.96, 0.92, 0.9])[: len(weeks)]
    frame = pd.DataFrame({"week": weeks, "coverage": covered, "rows": 60, "decision": decisions[: len(weeks)]})
    return frame.assign(low=covered - 0.04, high=covered + 0.03)


def sizes(n: int) -> pd.DataFrame:
    rows = [("of the mean", 2663, 0.31), ("of the mean", 24000, 0.14), ("of the yards", 2663, 0.9),
            ("of the yards", 24000, 0.91)]  # fmt: skip
    frame = pd.DataFrame(rows[:n], columns=["kind", "rows", "coverage"])
    return frame.assign(low=frame["coverage"] - 0.03, high=frame["coverage"] + 0.03)


def players(n: int, *, played: bool = True) -> pd.DataFrame:
    median = np.linspace(80, 5, max(n, 2))[:n].round()
    frame = pd.DataFrame({"player_name": [f"R. Back {i}" for i in range(n)], "team": "KC", "median": median})
    for level, half in ((50, 14), (90, 45)):
        frame[f"low_{level}"], frame[f"high_{level}"] = median - half, median + half
    return frame.assign(yards=median + 7 if played else np.nan)


def methods(n: int) -> pd.DataFrame:
    rows = [("network", 88.1, 13.4, False), ("boosted", 89.0, 13.5, True), ("rolling mean", 96.0, 14.6, True)]
    return pd.DataFrame(rows[:n], columns=["name", "width", "crps", "baseline"])


def pairs(n: int) -> pd.DataFrame:
    made = np.arange(n) * 5.0
    frame = pd.DataFrame({"yards": made, "mean_low": made + 1, "mean_high": made + 4, "low": made - 40})
    return frame.assign(high=made + 40)


def figures(n: int) -> dict[str, Callable[[], Finding]]:
    """Return every figure of calibration and yards, bound to invented inputs of at most n rows."""
    words = {"title": TITLE, "subtitle": SUBTITLE}
    return {
        "said_and_covered": lambda: calibration.said_and_covered(curves(n), **words),
        "transform_histogram": lambda: calibration.transform_histogram(np.linspace(0, 1, n).tolist(), **words),
        "coverage_path": lambda: calibration.coverage_path(path(n), level=0.9, tolerance=0.05, **words),
        "coverage_by_size": lambda: calibration.coverage_by_size(sizes(n), **words),
        "player_intervals": lambda: yards.player_intervals(players(n), **words),
        "width_and_score": lambda: yards.width_and_score(methods(n), **words),
        "yards_of_interval": lambda: yards.yards_of_interval(pairs(n), label="yards", **words),
    }


def scattered(found: Finding) -> list[tuple[str, np.ndarray]]:
    """Return face colour and positions of every scatter that shows something."""
    groups = [c for c in found.figure.axes[0].collections if hasattr(c, "get_sizes") and len(c.get_offsets())]
    return [(colours.to_hex(c.get_facecolor()[0]), np.asarray(c.get_offsets())) for c in groups]


@pytest.mark.parametrize("name", sorted(figures(0)))
@pytest.mark.parametrize("n", [1, FULL])
def test_every_figure_draws_whatever_the_number_of_rows_and_says_what_it_found(name: str, n: int) -> None:
    found = figures(n)[name]()
    assert found.title == "Of 90 % intervals 91.2 % hold"  # as a sentence starts
    assert found.subtitle == SUBTITLE
    assert found.alt.startswith(found.title)
    assert len(found.alt) > len(found.title) + 2
    assert "nan" not in found.alt
    assert len(found.figure.axes) == 1
    assert found.figure.axes[0].axison
    assert "<svg" in svg(found.figure)


@pytest.mark.parametrize("name", sorted(figures(0)))
def test_without_rows_every_figure_waits_and_says_for_what(name: str) -> None:
    found = figures(0)[name]()
    assert not found.figure.axes[0].axison
    reason = found.figure.axes[0].texts[0].get_text()
    assert reason.endswith(".")
    assert found.alt == f"{TITLE}. {reason}"
    assert "<svg" in svg(found.figure)


@pytest.mark.parametrize("name", sorted(figures(0)))
def test_the_same_input_draws_the_same_bytes(name: str) -> None:
    assert svg(figures(FULL)[name]().figure) == svg(figures(FULL)[name]().figure)


def test_a_figure_saves_as_a_vector_pdf(tmp_path: Path) -> None:
    assert figures(FULL)["player_intervals"]().save(tmp_path / "players.pdf").read_bytes().startswith(b"%PDF")


def test_curves_say_what_ninety_per_cent_intervals_hold() -> None:
    alt = figures(FULL)["said_and_covered"]().alt
    assert alt.endswith("Of 90 % intervals: as delivered 91.0\u202f% and its mean alone 85.0\u202f%.")
    none = calibration.said_and_covered(curves(2), title="t", subtitle="").alt
    assert none == "T. The line is perfect calibration."


def test_labels_of_curves_that_end_together_are_kept_apart() -> None:
    heights = calibration._apart([0.95, 0.949, 0.948, 0.2])
    assert heights[:3] == sorted(heights[:3], reverse=True)
    assert min(-np.diff(heights)) >= 0.055 - 1e-9  # rounded to six places
    assert heights[3] == 0.2


def test_a_flat_histogram_leaves_the_band_nowhere_and_a_heap_does() -> None:
    flat = calibration.transform_histogram(np.linspace(0.0005, 0.9995, 1000).tolist(), title="t", subtitle="")
    heap = calibration.transform_histogram([0.51] * 1000, title="t", subtitle="")
    assert flat.alt == "T. 0 of 20 bars leave the band that chance alone would fill."
    assert heap.alt == "T. 20 of 20 bars leave the band that chance alone would fill."


def test_transforms_that_are_unknown_are_no_bars() -> None:
    assert not calibration.transform_histogram([np.nan, np.nan], title="t", subtitle="").figure.axes[0].axison


def test_weeks_on_too_few_rows_are_hollow_and_recalibrated_ones_named() -> None:
    found = figures(FULL)["coverage_path"]()
    assert found.alt.endswith("Recalibrated before week 4 and 7.")
    groups = scattered(found)
    hollow = [places for face, places in groups if face == colours.to_hex(PAPER)]
    assert [places[:, 0].tolist() for places in hollow] == [[1.0]]
    assert sum(len(places) for _, places in groups) == 9


def test_a_path_without_recalibration_says_so_and_unknown_weeks_are_not_drawn() -> None:
    weeks = path(3)
    weeks.loc[0, ["coverage", "low", "high"]] = np.nan
    found = calibration.coverage_path(weeks, title="t", subtitle="", level=0.9, tolerance=0.05)
    assert found.alt == "T. Never recalibrated."
    assert sorted(x for _, places in scattered(found) for x in places[:, 0]) == [2.0, 3.0]
    unknown = weeks.assign(coverage=np.nan)
    assert (
        not calibration.coverage_path(unknown, title="t", subtitle="", level=0.9, tolerance=0.05).figure.axes[0].axison
    )


def test_a_week_without_an_interval_is_drawn_all_the_same() -> None:
    weeks = path(1).assign(low=np.nan, high=np.nan)
    found = calibration.coverage_path(weeks, title="t", subtitle="", level=0.9, tolerance=0.05)
    assert sum(len(places) for _, places in scattered(found)) == 1
    assert np.isfinite(found.figure.axes[0].get_ylim()).all()


def test_yards_made_are_marked_only_where_a_game_is_played() -> None:
    waiting, half = players(4, played=False), players(4)
    half.loc[[1, 3], "yards"] = np.nan
    counts = {}
    for name, frame in (("waiting", waiting), ("half", half)):
        drawn = yards.player_intervals(frame, title="t", subtitle="")
        counts[name] = [len(places) for _, places in scattered(drawn)]
        legend = [text.get_text() for text in drawn.figure.axes[0].get_legend().get_texts()]
        assert ("made" in legend) == (name == "half")
    assert counts == {"waiting": [4], "half": [4, 2]}


def test_at_most_so_many_players_are_drawn_the_first_on_top() -> None:
    found = yards.player_intervals(players(30), title="t", subtitle="")
    assert found.alt == "T. 24 players of 30, in the order drawn."
    labels = [label.get_text() for label in found.figure.axes[0].get_yticklabels()]
    assert labels[0] == "R. Back 0 (KC)"
    assert len(labels) == 24
    assert found.figure.axes[0].yaxis_inverted()


def test_the_lowest_crps_is_named() -> None:
    assert figures(FULL)["width_and_score"]().alt.endswith("Lowest CRPS: network; 3 methods.")


def test_what_either_kind_of_interval_holds_is_counted() -> None:
    assert figures(4)["yards_of_interval"]().alt.endswith(
        "Of 4 player-games the mean's intervals hold 0, the yards' 4."
    )  # fmt: skip


def test_fits_of_different_sizes_stand_on_their_sizes() -> None:
    axes = figures(FULL)["coverage_by_size"]().figure.axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2,663", "24,000"]
