"""Every figure function, on full, single-row and empty inputs. Exact comparisons: same input, same bytes."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.report import style
from workbench.report.drawing import Finding, figure
from workbench.report.figures import margins, validation

Gallery = Callable[[int], dict[str, Callable[[], Finding]]]
FULL = 40
#: Rounding of a sum of 85 shares.
SUMS_TO_ONE = 1e-12


def test_a_full_figure_tells_its_finding_and_stays_small(gallery: Gallery, figure_name: str) -> None:
    found = gallery(FULL)[figure_name]()
    html = str(found.block().html)
    assert found.title[0].isupper() or found.title[0].isdigit()
    assert found.alt.startswith(found.title)
    assert 'role="img" aria-label="' in html
    assert len(html) < 180_000
    assert "http" not in html


def test_a_single_row_is_drawn_the_same_twice_in_the_houses_colours(gallery: Gallery, figure_name: str) -> None:
    found, again = (gallery(1)[figure_name]() for _ in range(2))
    html = str(found.block().html)
    assert html == str(again.block().html)
    assert "nan" not in f"{found.title} {found.alt}".lower().split()
    own = re.sub(r"var\(--wb-[a-z]+,#[0-9a-f]{6}\)", "", html)
    assert re.findall(r"#[0-9a-f]{6}\b", own) == []


def test_an_empty_input_gives_a_panel_that_says_why(gallery: Gallery, figure_name: str) -> None:
    found = gallery(0)[figure_name]()
    reason = found.alt.removeprefix(f"{found.title}. ")
    assert reason
    assert reason in str(found.block().html)


def test_a_paper_figure_embeds_its_fonts_and_carries_no_date(gallery: Gallery, tmp_path: Path) -> None:
    found = gallery(3)["ranked_ratings"]()
    first, again = found.save(tmp_path / "a.pdf").read_bytes(), found.save(tmp_path / "b.pdf").read_bytes()
    assert first == again
    assert b"/FontFile2" in first
    assert b"/Type3" not in first
    assert b"CreationDate" not in first


def test_a_heavy_figure_becomes_a_picture_with_alternative_text() -> None:
    drawing, axes = style.canvas()
    points = np.random.default_rng(1).normal(size=(2, 9000))
    axes.scatter(*points)
    html = str(figure(drawing, title="t", subtitle="s", alt="Nine thousand points").html)
    assert 'alt="Nine thousand points"' in html
    assert "data:image/png;base64," in html


def test_two_figures_on_a_page_share_no_ids(gallery: Gallery) -> None:
    one, two = (str(gallery(3)[name]().block().html) for name in ("bankroll", "weekly_roi"))
    ids = [set(re.findall(r' id="([^"]+)"', html)) for html in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for html, own in zip((one, two), ids, strict=True):
        assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', html)) <= own


def test_drawing_leaves_the_readers_own_settings_alone(gallery: Gallery) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    gallery(3)["stakes"]().block()
    assert dict(mpl.rcParams) == before


def test_the_meanings_differ_in_grey() -> None:
    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    drawn_together = ("outcome", "model", "market close", "market open")
    shades = sorted(grey(style.MEANINGS[meaning]) for meaning in drawn_together)
    assert min(np.diff(shades)) > 25  # a tenth of the grey scale; shapes and dashes say the rest


@settings(max_examples=30, deadline=None)
@given(arrays(np.int16, st.integers(1, 60), elements=st.integers(-90, 90)))
def test_margin_shares_sum_to_one_and_mirror(draws: np.ndarray) -> None:
    shares = margins.margin_shares(draws)
    assert shares.sum() == pytest.approx(1, abs=SUMS_TO_ONE)
    assert np.array_equal(margins.margin_shares(-draws), shares[::-1])
    assert margins.home_chance(shares) == pytest.approx(1 - margins.home_chance(shares[::-1]), abs=SUMS_TO_ONE)


def test_weights_tilt_the_shares() -> None:
    shares = margins.margin_shares([3, -3], [0.9, 0.1])
    assert margins.home_chance(shares) == pytest.approx(0.9, abs=SUMS_TO_ONE)
    assert margins.mass_on(shares, (3, 7)) == pytest.approx(1.0, abs=SUMS_TO_ONE)


def test_a_miscalibrated_forecast_is_said_to_be_rejected() -> None:
    pit = np.random.default_rng(4).beta(2, 2, 1500)
    assert "is rejected" in validation.pit_histogram(pit, subtitle="").title


def test_the_gate_stays_shut_below_its_number_of_bets() -> None:
    from workbench.report.figures.picks import gate_meter

    found = gate_meter(0.8, 0.2, 1.4, n=6, subtitle="", false_pass=0.3)
    assert found.title.startswith("The gate stays shut (needs 10 bets, has 6): +0.80 points")
    assert "passes 30\u202f% of the time" in found.title


def test_a_finding_speaks_in_a_terminal() -> None:
    found = Finding(style.canvas()[0], "Title", "Subtitle", "Alt")
    assert repr(found) == "Title\nSubtitle\n[Alt]"


def test_labels_of_one_crowd_do_not_cover_one_another() -> None:
    from workbench.report.figures.parts import label_offsets

    _, axes = style.canvas()
    axes.set_xlim(-5, 5)
    axes.set_ylim(-5, 5)
    x, y = np.array([0.0, 0.05, 0.1, 0.02]), np.array([0.0, 0.04, -0.03, 0.02])
    assert len(set(label_offsets(axes, x, y, ["KC", "BUF", "DET", "SF"]))) == 4


def test_a_figure_tells_the_interval_that_the_page_tells() -> None:
    from workbench.report.figures.dashboard import weekly_roi

    history = pd.DataFrame({"week": [1, 2, 3], "profit_units": [4.0, -2.0, 1.0], "stake_units": [10.0, 10.0, 10.0]})
    told = weekly_roi(history, subtitle="", interval=(0.01, 0.19)).title
    assert told == "Return on stakes +10\u202f% (95\u202f% interval 1 to 19\u202f%), above zero"
