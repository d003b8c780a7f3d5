"""The page of a study: the same page as a stage's, with no week above it."""

from dataclasses import dataclass
from pathlib import Path

from workbench.report.publish.context import Link, PageContext, Site
from workbench.report.publish.indexes import publish_root
from workbench.report.publish.notebook import publish_notebook, publish_page
from workbench.store.atomic import write_text

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


def publish_study(notebook: Path, *, context: StudyContext, beside: Path | None = None) -> Path:
    """Publish a study's executed notebook as its page, the notebook beside it, and see that the door above exists.

    Parameters
    ----------
    notebook : Path
    context : StudyContext
    beside : Path, optional
        A folder of whole pages that the study made, such as a season's tear sheet; its page links to them.
    """
    page = study_page(context.site, context.stage.name)
    publish_page(notebook, output=page, context=context)
    publish_notebook(notebook, output=page.with_suffix(".ipynb"))
    for sheet in sorted(beside.glob("*.html")) if beside else ():
        write_text(page.with_suffix("") / sheet.name, sheet.read_text(encoding="utf-8"))
    publish_root(context.site.root)
    return page
