"""What a page knows about its place: where it stands in the site, and what made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.clock import Week
from workbench.report.sentences import week_name


@dataclass(frozen=True, slots=True)
class Link:
    """A link, relative to the page it stands on; ``current`` marks where the reader is, no ``href`` a page not made."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class StageTitle:
    """A stage as readers know it: its name, title and question, in the order of the week."""

    name: str
    title: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a league's pages stand.

    Attributes
    ----------
    root : Path
        The reports folder.
    league, label : str
        Folder name, and the name readers know.
    simulated : bool
        Every page of a simulated league says so.

    Examples
    --------
    >>> site = Site(Path("reports"), league="nfl", label="NFL")
    >>> site.page(Week(2024, 10), "06_simulate").as_posix()
    'reports/nfl/2024_week10/06_simulate.html'
    >>> site.season_index(2024).as_posix()
    'reports/nfl/season_2024.html'
    """

    root: Path
    league: str
    label: str
    simulated: bool = False

    @property
    def root_index(self) -> Path:
        """The page above all leagues."""
        return self.root / "index.html"

    def season_index(self, season: int) -> Path:
        """Return the page of one season."""
        return self.root / self.league / f"season_{season}.html"

    def week_index(self, week: Week) -> Path:
        """Return the page of one week."""
        return self.root / self.league / week.label / "index.html"

    def page(self, week: Week, stage: str) -> Path:
        """Return the page of one stage of one week."""
        return self.root / self.league / week.label / f"{stage}.html"

    def notebook(self, week: Week, stage: str) -> Path:
        """Return the executed notebook beside the page."""
        return self.root / self.league / week.label / f"{stage}.ipynb"


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a stage's page says about itself.

    Attributes
    ----------
    site : Site
    week : Week
    stage : StageTitle
    stages : tuple of StageTitle
        All stages of the week in order: the navigation. Those without a page yet are shown without a link.
    as_of : str
        ISO instant with its time zone, or empty.
    status : str
        The status word; empty takes the notebook's own header's.
    parameters : mapping
        Shown at the foot.
    data_hash, revision, key, started, finished : str
        What made the page.
    notebook, data : str
        Links to the executed notebook and the data folder, relative to the page; empty where there is none.
    failed : bool
        Whether the stage stopped; an error among the outputs says so by itself.
    """

    site: Site
    week: Week
    stage: StageTitle
    stages: tuple[StageTitle, ...] = ()
    as_of: str = ""
    status: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    data_hash: str = ""
    revision: str = ""
    key: str = ""
    started: str = ""
    finished: str = ""
    notebook: str = ""
    data: str = ""
    failed: bool = False

    def crumbs(self) -> list[Link]:
        """Return the way up: leagues, season, week."""
        up = PurePosixPath("..")
        return [
            Link("Leagues", str(up / ".." / "index.html")),
            Link(f"{self.site.label} {self.week.season}", str(up / f"season_{self.week.season}.html")),
            Link(f"Week {self.week.week}", "index.html"),
        ]

    def eyebrow(self) -> list[str]:
        """Return what stands above the heading: league and week."""
        return [self.site.label, week_name(self.week)]

    def title(self) -> str:
        """Return the title of the browser's tab."""
        return f"{self.stage.title} · {self.site.label} {week_name(self.week)}"
