"""The study of causal benchmarks: published numbers reproduced, and panels with known truth covered or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import t

from workbench.causal.controls.augmented_control import augmented_control
from workbench.causal.controls.control_panel import ControlPanel, control_panel
from workbench.causal.controls.control_placebos import placebos_in_space
from workbench.causal.controls.synthetic_control import ControlSpec, fit_synthetic_control
from workbench.causal.controls.synthetic_did import synthetic_did_of
from workbench.errors import FormatError
from workbench.intervals import wilson
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.control_panels import StudiedPanel, read_panel, simulated_panel
from workbench.stages.studies.synthetic_control import ControlStudy, compared_methods, study_panel

#: A published number is reproduced where ours is this near, as a share of it.
WITHIN: Final = 0.02
_SMOKE_SIMULATIONS: Final = 12
_SCHOOLING: Final = "school.illit+school.prim+school.med+school.high+school.post.high"
#: Abadie & Gardeazabal's predictors as R's Synth has them: shares of schooling, the two highest kinds as one.
BASQUE_PREDICTORS: Final = (
    *(f"{kind}/{_SCHOOLING}:1964:1969" for kind in
      ("school.illit", "school.prim", "school.med", "school.high+school.post.high")),
    "invest:1964:1969",
    *(f"sec.{sector}:1961:1969" for sector in
      ("agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa")),
    "gdpcap:1960:1969",
    "popdens@1969",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One published number beside ours.

    Attributes
    ----------
    name, dataset, what : str
    published : float
    source : str
    value : float
        Ours.
    low, high, standard_error : float or None
    rows : int
        Outcomes behind it.
    how : str
        What the interval is, or why there is none.
    """

    name: str
    dataset: str
    what: str
    published: float
    source: str
    value: float
    low: float | None
    high: float | None
    standard_error: float | None
    rows: int
    how: str

    @property
    def off(self) -> float:
        """How far ours is from the published number, as a share of it."""
        return abs(self.value / self.published - 1.0)

    @property
    def reached(self) -> bool:
        """Whether it is near enough."""
        return self.off <= WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalBenchmarks:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    published : tuple of Benchmark
        Empty without a folder.
    panels : dict of str to ControlStudy
        Proposition 99 and the Basque Country, where their files are.
    simulated : DataFrame
        ``method, panels, error, low, high, covered, covered_low, covered_high``: the mean error against the planted
        effect, and the share of 95 % intervals that hold it.
    truth : float
        The planted effect.
    notes : tuple of str
    """

    published: tuple[Benchmark, ...]
    panels: dict[str, ControlStudy]
    simulated: pd.DataFrame
    truth: float
    notes: tuple[str, ...]


def study_causal_benchmarks(run: StudyRun, *, simulations: int = 50, smoke: bool = False) -> CausalBenchmarks:
    """Reproduce the published numbers of the files there are, and estimate planted effects.

    Parameters
    ----------
    run : StudyRun
        Its parameter ``causal`` names the folder; empty: no published numbers.
    simulations : int
        Simulated panels; at smoke size a dozen.
    """
    folder = run.path("causal")
    seed = run.settings.seed
    panels: dict[str, ControlStudy] = {}
    found: list[Benchmark] = []
    notes: list[str] = []
    if folder is None:
        notes.append("No published numbers: set the parameter causal to a folder with their files.")
    else:
        for make in (_proposition_99, _basque, _card_krueger):
            found += make(folder, panels=panels, notes=notes, rng=np.random.default_rng(seed))
    truth, simulated = planted_truth(min(simulations, _SMOKE_SIMULATIONS) if smoke else simulations, seed=seed)
    return CausalBenchmarks(published=tuple(found), panels=panels, simulated=simulated, truth=truth, notes=tuple(notes))


def _file(folder: Path, name: str, *, notes: list[str]) -> pd.DataFrame | None:
    path = folder / name
    if not path.exists():
        notes.append(f"There is no {name} in the folder.")
        return None
    return read_panel(path)


def _studied(
    frame: pd.DataFrame, *, source: str, spec: ControlSpec, rng: np.random.Generator, exclude: tuple[str, ...] = (),
    **names: str,
) -> ControlStudy:  # fmt: skip
    panel = control_panel(frame, exclude=exclude, **names)
    return study_panel(StudiedPanel(panel=panel, source=source, outcome=names["outcome"]), spec=spec, rng=rng)


def _proposition_99(
    folder: Path, *, panels: dict[str, ControlStudy], notes: list[str], rng: np.random.Generator
) -> Iterator[Benchmark]:
    frame = _file(folder, "california_prop99.csv", notes=notes)
    if frame is None:
        return
    result = _studied(frame, source="Proposition 99", spec=ControlSpec(), rng=rng, unit="State", time="Year",
                      outcome="PacksPerCapita", treated_unit="California", treatment_time="1989")  # fmt: skip
    panels["Proposition 99"] = result
    paper = "Arkhangelsky et al. 2021, doi:10.1257/aer.20190159"
    for name, method, published in (
        ("prop99_synthetic_did", "synthetic DiD", -15.6),
        ("prop99_synthetic_control", "synthetic control", -19.5),
        ("prop99_did", "difference in differences", -27.35),
    ):
        row = result.method(method)
        yield Benchmark(
            name=name, dataset="Proposition 99", what=f"packs a head, {method}", published=published, source=paper,
            value=row["value"], low=row["low"], high=row["high"], standard_error=row["standard_error"],
            rows=result.panel.outcomes.size, how=row["how"],
        )  # fmt: skip


def _basque(
    folder: Path, *, panels: dict[str, ControlStudy], notes: list[str], rng: np.random.Generator
) -> Iterator[Benchmark]:
    frame = _file(folder, "basque.csv", notes=notes)
    if frame is None:
        return
    result = _studied(
        frame, source="the Basque Country", spec=ControlSpec(predictors=BASQUE_PREDICTORS, fit_first=5), rng=rng,
        exclude=("Spain (Espana)",), unit="regionname", time="year", outcome="gdpcap",
        treated_unit="Basque Country (Pais Vasco)", treatment_time="1970",
    )  # fmt: skip
    panels["Basque Country"] = result
    for name, donor, published in (
        ("basque_catalonia", "Cataluna", 0.85),
        ("basque_madrid", "Madrid (Comunidad De)", 0.15),
    ):
        yield Benchmark(
            name=name, dataset="Basque Country", what=f"weight of {donor}", published=published,
            source="Abadie & Gardeazabal 2003, doi:10.1257/000282803321455188", value=float(result.fit.weights[donor]),
            low=None, high=None, standard_error=None, rows=result.panel.n_before,
            how="weights are chosen, not estimated",
        )  # fmt: skip
    notes.append(_other_optimum(result))


def _other_optimum(result: ControlStudy) -> str:
    """Return what a wider search for predictor weights finds: Synth's own stops at the first valley."""
    panel = result.panel
    spec = ControlSpec(predictors=result.spec.predictors, fit_first=result.spec.fit_first, search="wide")
    wide = fit_synthetic_control(panel, spec=spec)
    fitted = spec.fit_rows(panel)
    ours, wider = (float(np.sqrt(np.mean(np.square(fitted[:, 0] - fitted[:, 1:] @ f.weights.to_numpy()))))
                   for f in (result.fit, wide))  # fmt: skip
    if wider >= ours * (1 - 1e-6):
        return "Many more starts for the Basque predictor weights find no better fit than Synth's two."
    heavy = ", ".join(f"{u} {w:.2f}" for u, w in wide.weights.sort_values(ascending=False).head(3).items())
    return (
        "The published Basque weights are where Synth's two starts lead, not the best fit there is: a search from more "
        f"starts follows the past with an error of {wider:.3f} against {ours:.3f}, by {heavy}."
    )


def _card_krueger(
    folder: Path, *, panels: dict[str, ControlStudy], notes: list[str], rng: np.random.Generator
) -> Iterator[Benchmark]:
    frame = _file(folder, "card_krueger_njmin3.csv", notes=notes)
    if frame is None:
        return
    if not {"DEMP", "nj", "d"} <= set(frame.columns):
        raise FormatError("card_krueger_njmin3.csv must have the columns DEMP, nj and d.")
    value, error, rows = two_by_two(frame[frame["d"] == 1], change="DEMP", group="nj")
    half = float(t.ppf(0.975, rows - 2)) * error
    yield Benchmark(
        name="card_krueger", dataset="Card & Krueger",
        what="full-time equivalents, New Jersey against Pennsylvania, stores seen twice", published=2.75,
        source="Card & Krueger 1994, table 3, row 4", value=value, low=value - half, high=value + half,
        standard_error=error, rows=2 * rows, how="t interval, stores independent",
    )  # fmt: skip


def two_by_two(stores: pd.DataFrame, *, change: str, group: str) -> tuple[float, float, int]:
    """Return the difference of two groups' mean changes, its standard error (unequal variances), and the rows used.

    Examples
    --------
    >>> stores = pd.DataFrame({"change": [1.0, 3.0, 0.0, 0.0], "new": [1, 1, 0, 0]})
    >>> two_by_two(stores, change="change", group="new")
    (2.0, 1.0, 4)
    """
    kept = stores.dropna(subset=[change])
    parts = [kept.loc[kept[group] == side, change].to_numpy(dtype=np.float64) for side in (1, 0)]
    error = float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts)))
    return float(parts[0].mean() - parts[1].mean()), error, len(kept)


def planted_truth(simulations: int, *, seed: int) -> tuple[float, pd.DataFrame]:
    """Estimate the planted effect of simulated panels by every method.

    Returns
    -------
    float
        The planted effect.
    DataFrame
        As ``CausalBenchmarks.simulated``.
    """
    rows, truth = [], float("nan")
    for number in range(simulations):
        studied = simulated_panel(seed + number)
        truth = float(studied.truth or 0.0)
        rows.append(_methods(studied.panel, seed=seed).assign(panel=number))
    every = pd.concat(rows, ignore_index=True)
    every["error"] = every["value"] - truth
    every["covered"] = (every["low"] <= truth) & (truth <= every["high"])
    return truth, pd.DataFrame([_summary(str(name), part) for name, part in every.groupby("method", sort=False)])


def _methods(panel: ControlPanel, *, seed: int) -> pd.DataFrame:
    spec = ControlSpec()
    fit = fit_synthetic_control(panel, spec=spec)
    return compared_methods(panel, fit, space=placebos_in_space(panel, fit, spec=spec),
                            augmented=augmented_control(panel),
                            did=synthetic_did_of(panel, rng=np.random.default_rng(seed)))  # fmt: skip


def _summary(method: str, part: pd.DataFrame) -> dict[str, object]:
    n, error = len(part), part["error"].to_numpy(dtype=np.float64)
    half = float(t.ppf(0.975, max(n - 1, 1)) * error.std(ddof=1) / np.sqrt(n))
    low, high = wilson(int(part["covered"].sum()), n)
    return {"method": method, "panels": n, "error": error.mean(), "low": error.mean() - half,
            "high": error.mean() + half, "covered": float(part["covered"].mean()),
            "covered_low": low, "covered_high": high}  # fmt: skip
