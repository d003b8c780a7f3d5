"""The HTML site: a page a stage, an index a week, a season index above it, and a door to the leagues.

::

    site = Site(reports_root, league="nfl", label="NFL", simulated=False)
    publish_page(executed_notebook, output=site.page(week, "06_simulate"), context=PageContext(...))
    publish_week(site, week, manifests=[...], stages=[...])
    publish_season(site, 2024, manifests=[...])
    publish_root(reports_root)

Pages carry their own style, load nothing, and work from ``file://``.
"""

from workbench.report.publish.context import Link, PageContext, Site, StageTitle
from workbench.report.publish.indexes import publish_root, publish_season, publish_week
from workbench.report.publish.notebook import publish_notebook, publish_page
from workbench.report.publish.redact import redactor

__all__ = [
    "Link",
    "PageContext",
    "Site",
    "StageTitle",
    "publish_notebook",
    "publish_page",
    "publish_root",
    "publish_season",
    "publish_week",
    "redactor",
]
