"""The stages of the week: what each asks, needs and leaves, written once. Imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.errors import SettingsError

#: Where the notebooks lie: beside the package, as in the repository.
NOTEBOOKS: Final = Path(__file__).parents[2] / "notebooks" / "weekly"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the week.

    Attributes
    ----------
    name : str
        The notebook's name, such as ``06_simulate``.
    kind : str
        The folder of its outputs under ``artifacts/<league>/``.
    title, question : str
        What its page is called and what it answers.
    verb : str
        The button and command that runs up to it.
    needs : tuple of str
        Stages whose outputs it reads.
    uses_ledger : bool
        Whether it reads or writes the ledger, so that the ledger's state joins its key.
    uses_registry : bool
        Whether it reads trained models, so that who was promoted joins its key.
    """

    name: str
    kind: str
    title: str
    question: str
    verb: str
    needs: tuple[str, ...] = ()
    uses_ledger: bool = False
    uses_registry: bool = False

    @property
    def notebook(self) -> Path:
        """The notebook's file."""
        return NOTEBOOKS / f"{self.name}.ipynb"


STAGES: Final[tuple[Stage, ...]] = (
    Stage("01_ingest", "features", "Ingest", "What came in, and can it be trusted?", "ingest"),
    Stage("02_profiles", "profiles", "Profiles", "How good is each team, shrunk how far, as of when?", "profiles",
          needs=("01_ingest",)),
    Stage("03_treatment_effects", "effects", "Treatment effects", "What do shocks do, and does the market know?",
          "effects", needs=("01_ingest",)),
    Stage("04_bnn_calibration", "calibration", "Calibration", "Do the intervals cover, and who recalibrates them?",
          "calibrate", needs=("01_ingest",), uses_registry=True),
    Stage("06_simulate", "predictions", "Simulate", "What is each game's distribution, price, edge, stake?", "simulate",
          needs=("01_ingest", "02_profiles"), uses_ledger=True),
    Stage("07_publish_picks", "picks", "Publish picks", "May we act, and on what?", "publish",
          needs=("01_ingest", "06_simulate"), uses_ledger=True),
    Stage("08_grade_and_clv", "grading", "Grade and CLV", "Were we right, and was the price good?", "grade",
          needs=("01_ingest", "06_simulate", "07_publish_picks"), uses_ledger=True),
    Stage("09_rent_tests", "rent", "Rent tests", "Which module earns its keep?", "grade",
          needs=("01_ingest", "08_grade_and_clv")),
    Stage("11_dashboard", "dashboard", "Dashboard", "Where do we stand this season?", "grade",
          needs=("01_ingest", "08_grade_and_clv"), uses_ledger=True),
)  # fmt: skip


def stage_named(name: str) -> Stage:
    """Return the stage with a name or its number, such as ``06_simulate``, ``simulate`` or ``06``.

    Raises
    ------
    SettingsError
        If no stage has that name.
    """
    for stage in STAGES:
        if name in (stage.name, stage.name[:2], stage.name[3:]):
            return stage
    raise SettingsError(f"No stage is called {name!r}. The stages are: {', '.join(s.name for s in STAGES)}.")


def stages_for(verb: str) -> tuple[Stage, ...]:
    """Return the stages a button runs: its own and all they need, in order."""
    wanted = {s.name for s in STAGES if s.verb == verb}
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted.update(stage.needs)
    return tuple(s for s in STAGES if s.name in wanted)
