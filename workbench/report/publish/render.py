"""The templates, with every text escaped, and the one small script a page carries, named by its hash."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from workbench.report.blocks import block_css
from workbench.report.page import badge

#: Opens or folds all code of a page; all else works without it.
SCRIPT: Final = (
    'document.getElementById("code").onclick=function(){var o=this.getAttribute("aria-pressed")!=="true";'
    'this.setAttribute("aria-pressed",o);document.querySelectorAll("details.code").forEach(function(d){d.open=o})}'
)


def template_folder() -> Path:
    """Return the folder of the templates."""
    return Path(str(files("workbench.report.publish").joinpath("templates")))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["badge"] = badge
    return environment


@cache
def _page_css() -> Markup:
    css = template_folder().joinpath("page.css").read_text(encoding="utf-8")
    return Markup(f"{block_css()}\n{css}")


def partial(template: str, **values: Any) -> str:
    """Return a part of a page."""
    return _environment().get_template(template).render(**values)


def render(template: str, **values: Any) -> str:
    """Return a page: nothing is loaded from anywhere, and only the house's own script may run."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; script-src 'sha256-{digest}'"
    page = _environment().get_template(template)
    return page.render(css=_page_css(), script=Markup(SCRIPT), policy=policy, **values)
