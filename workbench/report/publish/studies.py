"""The page of a study: the same page as a stage's, with no week above it."""

from dataclasses import dataclass
from pathlib import Path

from workbench.report.publish.context import Link, PageContext, Site
from workbench.report.publish.indexes import publish_root
from workbench.report.publish.notebook import publish_notebook, publish_page

FOLDER = "studies"


@dataclass(frozen=True, slots=True)
class StudyContext(PageContext):
    """What a study's page says about itself; ``stage`` names the study, ``week`` is its last season's and not shown."""

    def crumbs(self) -> list[Link]:
        """Return the way up: the leagues."""
        return [Link("Leagues", "../../index.html")]

    def eyebrow(self) -> list[str]:
        """Return what stands above the heading."""
        return [self.site.label, "Study"]

    def title(self) -> str:
        """Return the title of the browser's tab."""
        return f"{self.stage.title} · {self.site.label} study"


def study_page(site: Site, name: str) -> Path:
    """Return where a study's page stands.

    Examples
    --------
    >>> study_page(Site(Path("reports"), league="nfl", label="NFL"), "simulation").as_posix()
    'reports/nfl/studies/simulation.html'
    """
    return site.root / site.league / FOLDER / f"{name}.html"


def publish_study(notebook: Path, *, context: StudyContext) -> Path:
    """Publish a study's executed notebook as its page, the notebook beside it, and see that the door above exists."""
    page = study_page(context.site, context.stage.name)
    publish_page(notebook, output=page, context=context)
    publish_notebook(notebook, output=page.with_suffix(".ipynb"))
    publish_root(context.site.root)
    return page
