"""A line small enough to stand in a sentence: drawn by hand, a few hundred bytes."""

from collections.abc import Sequence

from markupsafe import Markup

from workbench.report.sentences import percent

_WIDTH, _HEIGHT, _PAD = 320.0, 56.0, 6.0


def sparkline(points: Sequence[tuple[int, float]], *, label: str) -> Markup:
    """Return weekly shares as a bar each about a zero line, the last one labelled.

    Parameters
    ----------
    points : sequence of (week, share of one)
    label : str
        What is shown; part of the alternative text.
    """
    top = max(*(abs(value) for _, value in points), 1e-9)
    step = (_WIDTH - 60) / len(points)
    middle, reach = _HEIGHT / 2, _HEIGHT / 2 - _PAD
    bars = Markup("").join(
        Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"><title>{}</title></rect>').format(
            round(i * step, 1),
            round(middle - max(value, 0) / top * reach, 1),
            round(max(step - 3, 2), 1),
            round(max(abs(value) / top * reach, 1), 1),
            "up" if value >= 0 else "down",
            f"Week {week}: {percent(value, digits=1, signed=True)}",
        )
        for i, (week, value) in enumerate(points)
    )
    week, last = points[-1]
    alt = f"{label}, weeks {points[0][0]} to {week}; last {percent(last, digits=1, signed=True)}."
    drawn = Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><line x1="0" x2="{}" y1="{}" y2="{}"/>{}'
        '<text x="{}" y="{}">{}</text></svg>'
    ).format(
        _WIDTH, _HEIGHT, alt, _WIDTH - 60, middle, middle, bars, _WIDTH - 54, middle + 4, percent(last, signed=True)
    )
    return Markup('<figure class="spark"><figcaption>{}</figcaption>{}</figure>').format(label, drawn)
