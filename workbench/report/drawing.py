"""A figure with its finding: drawn once, shown on the page as SVG or PNG, and kept as a journal's vector PDF."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup
from matplotlib.figure import Figure

from workbench.report.blocks import Block, element, joined
from workbench.report.style import PAGE_VARIABLES, PAPER, Width, house_style

#: An inline SVG above this many bytes becomes a PNG at twice the size.
SVG_LIMIT: Final = 180_000
_CSS_DPI: Final = 96


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure that says what it shows.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        Drawn in the house style; its title is not drawn in, the page or the paper sets it in type.
    title : str
        The finding, computed: a sentence.
    subtitle : str
        Measure, population and as-of.
    alt : str
        The same for who cannot see it.
    """

    figure: Figure
    title: str
    subtitle: str
    alt: str

    def block(self) -> Block:
        """Return the display object."""
        return figure(self.figure, title=self.title, subtitle=self.subtitle, alt=self.alt)

    def _repr_html_(self) -> str:
        return self.block()._repr_html_()

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        return self.block()._repr_mimebundle_()

    def __repr__(self) -> str:
        return f"{self.title}\n{self.subtitle}\n[{self.alt}]"

    def save(self, path: Path) -> Path:
        """Save the figure for print: .pdf (fonts embedded), .pgf or .png by its suffix; no date, so same bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"dpi": 300} if path.suffix == ".png" else {}
        if path.suffix == ".pdf":
            options["metadata"] = {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None}
        with house_style():
            self.figure.savefig(path, **options)
        return path


def svg(drawing: Figure) -> str:
    """Return a figure as an SVG element whose house colours follow the page's light or dark theme."""
    out = StringIO()
    with house_style():
        drawing.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(?::xlink)?="[^"]*"| version="[^"]*"', "", text)
    text = text.replace("xlink:href", "href").replace("&quot;", "'")
    # Six decimals of a point are no one's to see, and half of the bytes.
    text = re.sub(r' (?:d|x|y|x1|x2|y1|y2|transform)="[^"]*"', lambda match: _rounded(match[0]), text)
    for colour, variable in {**PAGE_VARIABLES, "#000000": "--wb-ink"}.items():
        text = text.replace(colour, f"var({variable},{colour})")
    return re.sub(r"\n\s*", "\n", text)


def _rounded(attribute: str) -> str:
    return re.sub(r"(\.\d\d)\d+", r"\1", attribute)


def _png(drawing: Figure) -> str:
    out = BytesIO()
    with house_style():
        drawing.savefig(out, format="png", dpi=2 * _CSS_DPI, facecolor=PAPER, metadata={"Software": None})
    return base64.b64encode(out.getvalue()).decode("ascii")


def _labelled(text: str, alt: str) -> str:
    width = float(re.search(r'width="([\d.]+)pt"', text).group(1)) * _CSS_DPI / 72  # type: ignore[union-attr]
    opened = Markup('<svg role="img" aria-label="{}" style="max-width:{}px"').format(alt, round(width * 1.15))
    return str(opened) + re.sub(r' (?:width|height)="[\d.]+pt"', "", text[len("<svg") :], count=2)


def figure(drawing: Figure, *, title: str, subtitle: str, alt: str, width: Width | None = None) -> Block:
    """Return a figure as a display object: inline SVG while it is small, a PNG at twice the size otherwise.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure
    title, subtitle, alt : str
        The finding; measure, population and as-of; the finding for who cannot see it.
    width : {"column", "page", "wide"}, optional
        How wide the page sets it; by default as wide as it was drawn.
    """
    inches = float(drawing.get_figwidth())
    size = width or ("wide" if inches > 8 else "page")
    vector = svg(drawing)
    if len(vector.encode()) <= SVG_LIMIT:
        picture = Markup(_labelled(_own_ids(vector), alt))
    else:
        source = Markup("data:image/png;base64,") + Markup(_png(drawing))
        picture = element("img", "", css="wb-card", src=source, alt=alt, width=str(round(inches * _CSS_DPI)))
        picture = Markup(str(picture).replace("></img>", ">"))
    caption = element(
        "figcaption",
        joined([element("span", title, css="wb-finding"), element("span", subtitle, css="wb-subtitle")]),
    )
    html = element("figure", joined([caption, element("div", picture, css="wb-scroll")]), css=f"wb wb-figure wb-{size}")
    return Block(role="figure", html=html, text=f"{title}\n{subtitle}\n[{alt}]", facts={"title": title})


def _own_ids(text: str) -> str:
    """Make ids unique to this drawing: a page holds many, and an id found twice borrows the first one's clip."""
    import hashlib

    stem = hashlib.sha256(text.encode()).hexdigest()[:8]
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    text = re.sub(r' id="([^"]+)"', _renamed(stem, used), text)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{stem}-", text)


def _renamed(stem: str, used: set[str]) -> "Callable[[re.Match[str]], str]":
    return lambda match: f' id="{stem}-{match[1]}"' if match[1] in used else ""
