"""The studies there are: what each asks, and which of its parameters name files. Imports nothing heavy."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from workbench.errors import SettingsError

#: Where the notebooks lie: beside the package, as in the repository.
NOTEBOOKS: Final = Path(__file__).parents[3] / "notebooks" / "studies"


@dataclass(frozen=True, slots=True)
class Study:
    """One study.

    Attributes
    ----------
    name : str
        The notebook's name and the command's argument, such as ``forecast_skill``.
    title, question : str
        What its page is called and what it answers.
    files : tuple of str
        Parameters that name a file or a folder (empty: none given): keyed by content, never by place.
    instead : tuple of str
        Those of them that, where given, take the place of the league's games: the page then is not about the league.
    first_season : int or None
        Facts are read from here on, where the profile starts later.
    """

    name: str
    title: str
    question: str
    files: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    first_season: int | None = None

    @property
    def notebook(self) -> Path:
        """The notebook's file."""
        return NOTEBOOKS / f"{self.name}.ipynb"


STUDIES: Final[tuple[Study, ...]] = (
    Study("forecast_skill", "Forecast skill", "Who forecasts games better than whom, and by how much?", ("peers",)),
    Study("simulation", "Simulated games", "Do simulated games look like real ones?", ("drives",)),
    Study("did", "Staggered treatment", "What did a treatment do that units took up at different times?", ("panel",),
          instead=("panel",)),
    Study("synthetic_control", "Synthetic control", "What would one unit have been without its treatment?", ("panel",),
          instead=("panel",)),
    Study(
        "causal_benchmarks", "Causal benchmarks",
        "Do the estimators reproduce what was published, and find what was planted?", ("causal",), instead=("causal",),
    ),
    Study(
        "treatment_effects", "Treatment effects", "What do shocks do to games, and what does the market leave?",
        first_season=1999,
    ),
    Study(
        "shock_events", "Shock events", "What shocks were there, and can the list be trusted?", ("checked",),
        first_season=1999,
    ),
    Study("planted_truth", "Planted truth", "Do the estimators find what was planted?"),
    Study("bnn_truth", "Networks against known truth", "Do the intervals cover where the law of yards is known?"),
    Study(
        "bnn", "Networks that cover", "When a network says 90 %, is it 90 %, and does it beat simpler methods?",
        ("peers", "props"),
    ),
    Study("shock_backtest", "Shock backtest", "Would knowing what shocks do have helped?", first_season=1999),
    Study(
        "bnn_failure", "Why intervals failed",
        "Why did 90 % intervals of a Bayesian network cover a quarter?",
    ),
    Study(
        "overround", "Overround", "Which way of taking a margin out of prices fits what happened?", ("epl",),
    ),
    Study(
        "sharpness", "Sharpness", "How accurate are opening and closing lines, and where is the market weakest?",
        ("epl",),
    ),
    Study(
        "thresholds", "Thresholds", "How often does each gate and switch err, and how soon does it decide?", ("peers",),
    ),
    Study(
        "backtest", "Backtest", "What would the strategy have earned, and how sure is that?", ("peers",),
    ),
    Study(
        "experiments", "Experiments", "What did each change make of price, forecast and money?", ("results",),
    ),
    Study("rent", "Rent", "Which module earns its keep, over many seasons?"),
    Study("bnn_samplers", "Samplers", "Which sampler gives the posterior of a network, and for how much work?"),
    Study(
        "backtest_epl", "Backtest, home, draw and away",
        "Does a model of goals beat the sharpest prices on English football?", ("matches",), instead=("matches",),
    ),
)  # fmt: skip


def study_named(name: str, *, league: str = "") -> Study:
    """Return the study with a name, a league's own where it has one: ``backtest`` of the EPL is ``backtest_epl``.

    Raises
    ------
    SettingsError
        If there is none; names the nearest.
    """
    known = {study.name: study for study in STUDIES}
    if found := known.get(f"{name}_{league}") or known.get(name):
        return found
    names = [study.name for study in STUDIES]
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names)}."
    raise SettingsError(f"There is no study {name!r}. {hint}")
