"""Figures of effects, counts, checks and graphs, on invented inputs: full, one row, and empty. Exact comparisons."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
import pytest

from workbench.causal.graph.catalogue import RECIPES, graph_of
from workbench.causal.graph.identify import backdoor_set
from workbench.report.drawing import Finding, svg
from workbench.report.figures import causal_graph, effect_groups, effects, shock_counts
from workbench.report.style import WIDTHS

SUBTITLE = "Invented games, 1999 to 2024, 95 % intervals"
TYPES = sorted(RECIPES)
CHECKS = [
    "placebo treatment",
    "placebo outcome",
    "random common cause",
    "subset",
    "robustness value",
    "power",
    "pre-trends",
]
FULL = 40
#: Letters of DejaVu Sans at 8.5 points, with air: wider than the page's own font.
POINTS_A_LETTER, POINTS_A_LETTER_BOLD = 5.6, 6.4


def _forest(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"label": [t.replace("_", " ") for t in TYPES[:n]]})
    k = len(frame)
    frame["n"] = np.array(
        [9, 812, 1251, 420, 61, 33, 150, 77, 3100, 640, 240, 90, 1800, 700, 512, 44, 300, 410, 130, 95]
    )[:k]
    error = 14 / np.sqrt(frame["n"])
    for name, scale in (("effect", 2.2), ("left_open", 0.7), ("left_close", 0.4)):
        frame[name] = rng.normal(0, scale, k)
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - 1.96 * error, frame[name] + 1.96 * error
    frame.loc[frame.index % 4 == 3, ["left_open", "left_open_low", "left_open_high"]] = np.nan
    return frame


def _claims(n: int) -> pd.DataFrame:
    rows = [
        ("Coach replaced", "points of margin", 5.1, 0.4, -1.1, 1.9),
        ("Rain", "points of total", -3.2, -1.4, -2.4, -0.4),
        ("Star receiver traded in", "yards a game", -15.0, -3.0, -12.0, 6.0),
        ("Quarterback out", "yards a game", -8.0, -6.0, -11.0, -1.0),
    ]
    return pd.DataFrame(rows[:n], columns=["label", "unit", "claimed", "estimate", "low", "high"])


def _counts(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    cells = [(t, s, int(rng.poisson(3 + 12 * (i % 5)))) for i, t in enumerate(TYPES) for s in range(2016, 2025)]
    return pd.DataFrame(cells[: n * 20], columns=["type", "season", "n"])


def _checks(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    verdicts = rng.choice(["passes", "passes", "passes", "cannot say", "fails"], (len(TYPES), len(CHECKS)))
    rows = [(t, c, verdicts[i, j]) for i, t in enumerate(TYPES) for j, c in enumerate(CHECKS)]
    return pd.DataFrame(rows[: n * 4], columns=["estimate", "check", "verdict"])


def _groups(n: int) -> pd.DataFrame:
    names = ["quarterback", "receiver", "tackle", "edge rusher", "corner", "safety"][:n]
    effect = np.array([-5.2, -0.9, -0.7, -0.5, -0.2, 0.1])[: len(names)]
    frame = pd.DataFrame({"group": names, "effect": effect, "n": 120})
    return frame.assign(low=frame["effect"] - 1.1, high=frame["effect"] + 1.1)


def _library(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    cells = [
        (t, b, p) for t in ("injury", "quarterback_exit", "bye") for b in ("low", "high") for p in ("QB", "WR", None)
    ]
    frame = pd.DataFrame(cells[:n], columns=["type", "severity_band", "position"])
    frame["outcome"], frame["effect"] = "margin", rng.normal(-1, 1.5, len(frame))
    frame["low"], frame["high"] = frame["effect"] - 1.4, frame["effect"] + 1.4
    return frame.assign(n=range(5, 5 + len(frame)), level=(["cell", "type", "league"] * 6)[: len(frame)])


def _doses(n: int) -> pd.DataFrame:
    frame = pd.DataFrame({"dose": np.arange(0, 8, 1.0)[:n]})
    frame["effect"], frame["left"] = -0.9 * frame["dose"], -0.1 * frame["dose"]
    for name, prefix in (("effect", ""), ("left", "left_")):
        frame[f"{prefix}low"] = frame[name] - 0.5 - 0.2 * frame["dose"]
        frame[f"{prefix}high"] = frame[name] + 0.5 + 0.2 * frame["dose"]
    return frame


def figures(n: int) -> dict[str, Callable[[], Finding]]:
    """Return every figure of effects, bound to invented inputs of at most n rows."""
    windows = pd.DataFrame({"type": ["injury", "trade_in"], "first_season": [2021, 2021], "last_season": [2024, 2024]})
    over = (-1.2, -1.8, -0.6)
    return {
        "two_numbers": lambda: effects.two_numbers_figure(_forest(n), subtitle=SUBTITLE),
        "claims": lambda: effects.claims_figure(_claims(n), subtitle=SUBTITLE),
        "shock_counts": lambda: shock_counts.shock_counts_figure(_counts(n), windows=windows, subtitle=SUBTITLE),
        "survival": lambda: shock_counts.survival_figure(_checks(n), subtitle=SUBTITLE),
        "dose_response": lambda: effect_groups.dose_response_figure(
            _doses(n), dose="gap in value between the quarterbacks (points)", subtitle=SUBTITLE
        ),
        "heterogeneity": lambda: effect_groups.heterogeneity_figure(_groups(n), overall=over, subtitle=SUBTITLE),
        "library": lambda: effect_groups.library_figure(_library(n), subtitle=SUBTITLE),
    }


@pytest.mark.parametrize("name", sorted(figures(0)))
@pytest.mark.parametrize("n", [0, 1, FULL])
def test_every_figure_draws_whatever_the_number_of_rows_and_says_what_it_found(name: str, n: int) -> None:
    found = figures(n)[name]()
    assert found.title
    assert found.alt.startswith(found.title)
    assert "nan" not in f"{found.title} {found.alt}".lower().replace("tenan", "")
    assert "<svg" in svg(found.figure)


@pytest.mark.parametrize("name", sorted(figures(0)))
def test_the_same_input_draws_the_same_bytes(name: str) -> None:
    assert svg(figures(FULL)[name]().figure) == svg(figures(FULL)[name]().figure)


@pytest.mark.parametrize("name", ["two_numbers", "survival"])
def test_a_figure_saves_as_a_vector_pdf(name: str, tmp_path: Path) -> None:
    assert figures(FULL)[name]().save(tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_the_largest_effect_stands_on_top() -> None:
    drawn = figures(FULL)["two_numbers"]().figure.axes[0]
    frame = _forest(FULL)
    largest = frame.loc[frame["effect"].abs().idxmax(), "label"]
    assert drawn.get_yticklabels()[0].get_text().startswith(largest)


def test_the_forest_counts_what_moves_the_game_and_what_is_left() -> None:
    frame = pd.DataFrame({"label": ["bye", "wind"], "n": 500, "effect": [2.0, 0.1], "left_close": [0.1, 0.0]})
    for name in ("effect", "left_close"):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - 1, frame[name] + 1
    assert effects.two_numbers_figure(frame, subtitle="").title == (
        "1 of 2 shocks moves the game; after the close none is left"
    )


def test_small_samples_are_grey() -> None:
    frame = _forest(FULL)
    few, many = (effects.two_numbers_figure(frame, subtitle="", small=s) for s in (0, 40))
    assert "grey: fewer than" not in few.figure.axes[0].get_xlabel()
    assert "grey: fewer than 40 games" in many.figure.axes[0].get_xlabel()


def test_a_claim_outside_its_interval_is_counted() -> None:
    assert effects.claims_figure(_claims(4), subtitle="").title == (
        "3 of 4 earlier claims lie outside what is estimated here"
    )


def test_a_season_outside_the_window_is_blank_and_one_inside_without_events_is_zero() -> None:
    counts = pd.DataFrame({"type": ["bye", "injury"], "season": [2020, 2022], "n": [3, 4]})
    windows = pd.DataFrame({"type": ["bye", "injury"], "first_season": [2020, 2021], "last_season": [2022, 2022]})
    found = shock_counts.shock_counts_figure(counts, windows=windows, subtitle="")
    written = [t.get_text() for t in found.figure.axes[0].texts]
    assert sorted(written) == sorted(["3", "0", "0", "0", "4", "3", "4"])
    assert found.title == "7 events of 2 types; most are injury"


def test_an_estimate_that_fails_a_check_is_not_counted_as_standing() -> None:
    rows = [("bye", "subset", "passes"), ("bye", "power", "cannot say"), ("wind", "subset", "fails")]
    found = shock_counts.survival_figure(pd.DataFrame(rows, columns=["estimate", "check", "verdict"]), subtitle="")
    assert found.title == "1 of 2 estimates survive every check that could speak"
    assert "wind (subset)" in found.alt


@pytest.mark.parametrize("shock_type", TYPES)
def test_no_two_boxes_of_a_graph_overlap_and_every_label_fits_its_box(shock_type: str) -> None:
    graph = graph_of(shock_type)
    rows = causal_graph._rows(graph, backdoor_set(graph).controls)
    assert sorted(name for row in rows for name in row) == sorted(graph.nodes)
    size = np.array([WIDTHS["column"] * 72, causal_graph._ROW * len(rows) + causal_graph._KEY])
    middles = np.array(list(causal_graph._places(rows, size).values()))
    for one, other in combinations(middles, 2):
        assert (np.abs(one - other) >= causal_graph._BOX).any()
    for name, node in graph.nodes.items():
        bold = name in (graph.treatment, graph.outcome)
        lines = wrap(node.label, causal_graph._BOLD_LETTERS if bold else causal_graph._LETTERS)
        assert len(lines) <= 2
        longest = max(len(line) for line in lines)
        assert longest * (POINTS_A_LETTER_BOLD if bold else POINTS_A_LETTER) <= causal_graph._BOX[0]
    assert (middles - causal_graph._BOX / 2 >= 0).all()
    assert (middles + causal_graph._BOX / 2 <= size).all()


def test_a_graph_s_title_says_what_is_held_and_what_cannot_be_seen() -> None:
    assert causal_graph.causal_graph_figure(graph_of("coaching_change"), subtitle="").title == (
        "Coach replaced: we hold the calendar, team strength before and results so far, and cannot see the mood of the "
        "locker room"
    )
    assert "closes every back door" in causal_graph.causal_graph_figure(graph_of("bye"), subtitle="").title


def test_a_graph_saves_as_a_vector_pdf(tmp_path: Path) -> None:
    drawn = causal_graph.causal_graph_figure(graph_of("wind"), subtitle="")
    assert drawn.save(tmp_path / "wind.pdf").read_bytes().startswith(b"%PDF")


def test_missing_and_nullable_values_are_drawn_like_any_others() -> None:
    frame = _forest(FULL)
    frame.loc[2, ["left_close", "left_close_low", "left_close_high"]] = np.nan
    nullable = frame.convert_dtypes()
    one, other = (effects.two_numbers_figure(f, subtitle="").alt for f in (frame, nullable))
    assert one == other
    groups = _groups(4).convert_dtypes()
    groups.loc[1, ["effect", "low", "high"]] = pd.NA
    assert effect_groups.heterogeneity_figure(groups, subtitle="").title == (
        "The effect is told apart from zero in 1 of 4 groups"
    )
