"""The diagnosis: which fits are asked for, which may stand in a headline, what is counted how, and what is refused.

Tolerances: pytest's own for a mean of equal numbers; everything else is counted by hand or equal.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ParameterError
from workbench.report.drawing import Finding
from workbench.report.stories import bnn_failure as story
from workbench.stages.studies import bnn_failure_fits
from workbench.stages.studies.bnn_failure import FailureStudy, bnn_failure_study, wanted_fits
from workbench.stages.studies.bnn_failure_claims import HEADLINE, bnn_failure_claims
from workbench.stages.studies.bnn_failure_fits import FitPlan, Scored, Spec, scored_fits
from workbench.stages.studies.bnn_failure_measures import measured, with_the_ball
from workbench.stages.studies.bnn_rows import split_rows

CONVERGED = {
    "r_hat_mean": 1.002, "r_hat_scale": 1.001, "ess_mean": 900.0, "ess_scale": 1200.0, "ess_tail_mean": 800.0,
    "ess_tail_scale": 800.0, "divergences": 0, "draws": 3000, "chains": 2, "points": 40, "converged": True,
    "reasons": [],
}  # fmt: skip
STUCK = CONVERGED | {"r_hat_mean": 1.3, "ess_mean": 5.0, "converged": False, "reasons": ["The chains disagree."]}


def rows(*, held: float, n: int = 200) -> pd.DataFrame:
    """Rows of which the mean's intervals hold a share, the yards' nine in ten; every fifth never had the ball."""
    place = np.arange(n)
    yes = (place % 100 < 100 * held).astype(float)
    often = (place % 10 > 0).astype(float)
    return pd.DataFrame(
        {
            "game_id": [f"g{i // 4}" for i in place], "player_id": [f"p{i}" for i in place], "player_name": "A Back",
            "season": 2023, "week": 1, "role": np.where(place % 2, "lead", "depth"), "yards": place % 60.0,
            "volume": np.where(place % 5, 10.0, 0.0), "mean_low": 20, "mean_high": 30, "mean_closed": yes,
            "mean_mid": yes, "crps_of_mean": 20.0, "plain_low": 0, "plain_high": 90, "closed": often,
            "plain_mid": often, "low": 0, "high": 90, "mid": often, "exact": often, "crps": 15.0, "median_error": 20.0,
            "median": 25, "mean_error": 21.0, "centre": 20.0 + place / 10.0, "aleatoric": 900.0, "epistemic": 100.0,
        }
    )  # fmt: skip


def scored(n: int, held: float, *, learned: int = 0, convergence: dict | None = None, **spec: object) -> Scored:
    named = {"network": "two_layer", "sigma": 1.0, "sampler": "nuts" if convergence else "fast"} | spec
    return Scored(Spec(n=n, **named), rows(held=held), learned or n, convergence or {}, 1500, 1.0, 1.0)


def study(*fits: Scored, sizes: tuple[int, ...] = (250, 2663)) -> FailureStudy:
    return FailureStudy(
        fits=fits, missing=(), sizes=sizes, sampler="nuts", learned=20_000, tested=200, games=50, test_seasons=(2023,),
        train_through=2021, title="Rushing yards of running backs", notes=(),
    )  # fmt: skip


WHOLE = study(
    scored(0, 0.1, learned=20_000), scored(0, 0.05, learned=20_000, sigma=0.5),
    scored(0, 0.1, learned=19_000, selected=True), scored(0, 0.1, learned=20_000, network="skewed"),
    scored(2663, 0.3), scored(250, 0.5, convergence=CONVERGED), scored(2663, 0.25, convergence=CONVERGED),
    scored(2663, 0.2, sigma=0.5, convergence=CONVERGED), scored(2663, 0.9, sigma=1.5, convergence=STUCK),
)  # fmt: skip


class TestWhatIsFitted:
    def test_sizes_and_priors_by_the_sampler_all_rows_by_the_fast_path_each_once(self):
        asked = wanted_fits("nuts", sizes=(250, 2663), scales=(1.0, 0.5), fixes=("skewed",))
        assert len(set(asked)) == len(asked)
        sampled = {(spec.n, spec.sigma) for spec in asked if spec.sampler == "nuts"}
        assert sampled == {(250, 1.0), (2663, 1.0), (2663, 0.5)}
        assert all(spec.sampler == "fast" for spec in asked if not spec.n)
        assert {spec.network for spec in asked} == {"two_layer", "skewed"}

    def test_by_the_fast_path_nothing_is_sampled(self):
        asked = wanted_fits("fast", sizes=(250, 2663), scales=(1.0,))
        assert {spec.sampler for spec in asked} == {"fast"}
        assert len(set(asked)) == len(asked)

    def test_a_kept_fit_is_read_and_a_damaged_one_is_not(self, tmp_path):
        made, path = scored(250, 0.5, convergence=CONVERGED), tmp_path / "fit"
        bnn_failure_fits._write(path, made)
        back = bnn_failure_fits._read(path, spec=made.spec)
        pd.testing.assert_frame_equal(back.rows, made.rows)
        assert (back.convergence, back.learned, back.published) == (CONVERGED, 250, True)
        path.with_name("fit.parquet").write_bytes(b"PAR1")
        assert bnn_failure_fits._read(path, spec=made.spec) is None

    def test_without_drawing_what_is_not_kept_is_missing_and_nothing_is_drawn(self, tmp_path, monkeypatch):
        asked = SimpleNamespace(unit=SimpleNamespace(folder="none", key="k", warmup=500))
        monkeypatch.setattr(bnn_failure_fits, "_unit", lambda spec, plan: asked)
        plan = FitPlan(
            train=rows(held=0.5), test=rows(held=0.5), features=(), support=(-30, 330), train_through=2021,
            artifacts=tmp_path, posteriors="draws", drawing=False,
        )  # fmt: skip
        said: list[str] = []
        wanted = [Spec("two_layer", 1.0, 250, "nuts")]
        assert scored_fits(wanted, plan, on_progress=said.append) == ([], wanted)
        assert "fit 1 of 1" in said[0]
        assert list(tmp_path.iterdir()) == []


class TestWhatStandsInAHeadline:
    def test_full_sampling_of_the_largest_size_where_it_converged(self):
        assert (WHOLE.reference.spec.n, WHOLE.reference.spec.sampler) == (2663, "nuts")
        assert measured(WHOLE.reference, "mean_closed").value == 0.25
        assert [fit.learned for fit in WHOLE.by_size] == [250, 2663, 20_000]

    def test_the_fast_path_where_it_did_not(self):
        fits = [f for f in WHOLE.fits if f.spec != WHOLE.reference.spec]
        stuck = study(*fits, replace(WHOLE.reference, convergence=STUCK))
        assert (stuck.reference.spec.n, stuck.reference.spec.sampler) == (2663, "fast")

    def test_a_prior_whose_chains_disagree_is_reported_and_left_out(self):
        assert [fit.spec.sigma for fit in WHOLE.by_prior] == [0.5, 1.0]
        assert [fit.spec.sigma for fit in WHOLE.unconverged] == [1.5]
        said = " ".join(story.findings(WHOLE))
        assert "1 of 4 fits by full sampling did not converge" in said
        assert "prior scale 1.5" in said

    def test_the_fall_is_paired_between_fits_of_one_sampler(self):
        first, last, lost = WHOLE.fall
        assert (first.learned, last.learned) == (250, 2663)
        assert lost.value == -0.25
        assert study(WHOLE.fits[0], sizes=(250,)).fall is None


class TestWhatIsCounted:
    def test_the_selected_set_leaves_out_who_never_had_the_ball(self):
        assert len(with_the_ball(WHOLE.reference).rows) == 160

    def test_doubt_is_its_share_of_the_variance_by_fit_role_and_tenth(self):
        shares = WHOLE.variance_shares
        assert shares["share"].tolist() == pytest.approx([0.1] * len(shares))
        assert set(shares["by"]) == {"all", "role", "tenth of expectation"}

    def test_the_first_step_is_the_interval_of_the_mean(self):
        steps = WHOLE.fixes
        assert steps["coverage"].tolist() == [0.1, 0.9, 0.9]
        assert steps["width"].tolist() == [10.0, 90.0, 90.0]
        assert steps["worst_cell"].iloc[0] == 0.0

    def test_claims_have_names_of_their_own_and_verdicts_from_the_data(self):
        claims = {claim.name: claim for claim in bnn_failure_claims(WHOLE, targets=True)}
        assert len(claims) == len(bnn_failure_claims(WHOLE, targets=True))
        assert claims[HEADLINE].reached
        assert claims[HEADLINE].value == 0.25
        assert claims["fall"].value == -25.0
        assert not claims["converged"].reached
        assert claims["r_hat"].value == 1.002
        plain = bnn_failure_claims(WHOLE, targets=False)
        assert all(claim.reached is None for claim in plain)

    def test_a_mean_that_holds_what_it_promises_is_no_failure_and_is_said_so(self):
        fine = study(scored(0, 0.95, learned=9000), scored(2663, 0.95, convergence=CONVERGED), sizes=(2663,))
        claims = {claim.name: claim for claim in bnn_failure_claims(fine, targets=True)}
        assert not claims[HEADLINE].reached
        assert "the mean is so badly known" in story.findings(fine)[0]

    def test_every_figure_and_table_is_drawn(self):
        drawn = [story.size_figure(WHOLE), story.example_figure(WHOLE), story.prior_figure(WHOLE)]
        drawn.append(story.variance_figure(WHOLE))
        assert all(isinstance(figure, Finding) and figure.alt for figure in drawn)
        assert story.prior_table(WHOLE)["converged"].value_counts().to_dict() == {"no chains": 3, "yes": 3, "no": 1}
        assert len(story.for_print(WHOLE, drawn[0], drawn[1])) == 4
        assert len(story.numbers(bnn_failure_claims(WHOLE, targets=False))) == 6


@dataclass(frozen=True)
class Run:
    """As much of a run as the study asks for before it fits."""

    folder: Path = Path("nowhere")
    simulated: bool = True

    @property
    def settings(self) -> SimpleNamespace:
        return SimpleNamespace(seed=1, league_artifacts=self.folder)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"sampler": "gibbs"}, "nuts or fast, got 'gibbs'"),
        ({"sizes": []}, "Samples need 20 rows"),
        ({"prior_scales": [0.0]}, "prior scales must be positive"),
        ({"target": "rushing_yard"}, "Did you mean 'rushing_yards'"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_drawn(asked, said):
    with pytest.raises(ParameterError, match=said):
        bnn_failure_study(Run(), **asked)


@pytest.mark.parametrize(
    ("through", "seasons", "said"),
    [
        (2023, [2023], "must come after train_through=2023"),
        (2022, [], "must come after"),
        (2022, [2030], "no row of 2030 to score. Seasons with rows: 2023 to 2024"),
        (2021, [2023], "no row of 2021 or earlier to learn from"),
    ],
)
def test_a_season_without_rows_is_named(through, seasons, said):
    frame = pd.DataFrame({"season": [2023, 2024, 2024], "yards": [1.0, 2.0, np.nan]})
    with pytest.raises(ParameterError, match=said):
        split_rows(frame, train_through=through, test_seasons=seasons)


def test_rows_are_split_by_season_and_rows_without_yards_left_out():
    frame = pd.DataFrame({"season": [2021, 2022, 2023, 2023], "yards": [1.0, 2.0, 3.0, np.nan]})
    train, test = split_rows(frame, train_through=2021, test_seasons=[2023])
    assert (train["yards"].tolist(), test["yards"].tolist()) == ([1.0], [3.0])
