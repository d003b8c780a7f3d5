"""The links between the stages of a week: rewritten in every page whenever one is published, so that none is dead.

A page is written when its stage ends, before its neighbour exists; its navigation stands between two comments and is
filled in again later.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from workbench.clock import Week
from workbench.report.publish.context import Link, Site, StageTitle
from workbench.report.publish.render import partial

_PARTS: Final = ("steps", "stages")


def stage_links(site: Site, week: Week, stages: Sequence[StageTitle], *, current: str) -> list[Link]:
    """Return the week's stages; those without a page have no address."""
    return [
        Link(s.title, f"{s.name}.html" if site.page(week, s.name).exists() else "", current=s.name == current)
        for s in stages
    ]


def neighbours(links: Sequence[Link]) -> tuple[Link | None, Link | None]:
    """Return the nearest stages before and after the current one that have a page.

    Examples
    --------
    >>> a, b, c = Link("Ingest", "01.html"), Link("Profiles", "02.html", current=True), Link("Simulate", "")
    >>> neighbours([a, b, c])
    (Link(label='Ingest', href='01.html', current=False), None)
    """
    here = next((i for i, link in enumerate(links) if link.current), len(links))
    before = [link for link in links[:here] if link.href]
    after = [link for link in links[here + 1 :] if link.href]
    return (before[-1] if before else None), (after[0] if after else None)


def navigation(site: Site, week: Week, stages: Sequence[StageTitle], *, current: str) -> dict[str, Markup]:
    """Return the marked parts of a page's navigation."""
    links = stage_links(site, week, stages, current=current)
    before, after = neighbours(links)
    return {name: _marked(name, partial(f"{name}.html.j2", before=before, after=after, links=links)) for name in _PARTS}


def _marked(name: str, html: str) -> Markup:
    return Markup(f"<!--{name}-->{html}<!--/{name}-->")


def refresh(site: Site, week: Week, stages: Sequence[StageTitle]) -> None:
    """Fill in the navigation of every page of the week again."""
    for stage in stages:
        path = site.page(week, stage.name)
        if path.exists():
            html = path.read_text(encoding="utf-8")
            for name, part in navigation(site, week, stages, current=stage.name).items():
                start, end = html.find(f"<!--{name}-->"), html.find(f"<!--/{name}-->")
                if start >= 0:
                    html = html[:start] + str(part) + html[end + len(f"<!--/{name}-->") :]
            path.write_text(html, encoding="utf-8")
