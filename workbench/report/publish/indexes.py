"""The pages above the stages: a week, a season, and the door to the leagues."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from workbench.clock import Week
from workbench.report.blocks import Block
from workbench.report.page import KeyNumber, findings, key_numbers
from workbench.report.publish.context import Link, Site, StageTitle
from workbench.report.publish.render import render
from workbench.report.publish.sparkline import sparkline
from workbench.report.sentences import MISSING, count, instant, interval, quantity, week_name

#: The season's grid shows the first number of a week whose label holds one of these words.
WEEK_NUMBERS: Final = ("CLV", "Return on stakes", "Brier")
_KEPT: Final = "league.json"
Manifest = Mapping[str, Any]


def key_number(entry: Mapping[str, Any]) -> KeyNumber:
    """Return a manifest's summary number as a key number; unknown fields are left aside."""
    known = {name: entry[name] for name in KeyNumber.__dataclass_fields__ if name in entry}
    return KeyNumber(**{"label": "", "value": None} | known)


def _shown(entry: Mapping[str, Any]) -> dict[str, str]:
    number = key_number(entry)
    between = interval(number.low, number.high, digits=number.places, unit="%" if number.unit == "%" else "")
    value = quantity(number.value, unit=number.unit, digits=number.places, signed=number.signed)
    return {"label": number.label, "shown": value, "between": "" if between == MISSING else f"({between})"}


def _summary(manifest: Manifest) -> Mapping[str, Any]:
    found = manifest.get("summary")
    return found if isinstance(found, Mapping) else {}


def _status(manifest: Manifest) -> str:
    if manifest.get("status") == "failed":
        return "failed"
    return str(_summary(manifest).get("status") or manifest.get("status") or "complete")


def _failed(manifest: Manifest | None) -> bool:
    return manifest is not None and _status(manifest) == "failed"


def week_status(manifests: Sequence[Manifest]) -> str:
    """Return the week's status word: a failure first, then the state of its last stage that has one.

    Examples
    --------
    >>> week_status([{"status": "complete", "summary": {"status": "shadow"}}, {"status": "failed"}])
    'failed'
    """
    words = [_status(m) for m in manifests]
    if "failed" in words:
        return "failed"
    told = [w for w in words if w not in ("complete", "simulated")]
    return told[-1] if told else "complete"


def publish_week(
    site: Site,
    week: Week,
    *,
    manifests: Sequence[Manifest],
    stages: Sequence[StageTitle] = (),
    slate: Block | None = None,
    headline: Sequence[str] = (),
    before: Week | None = None,
    after: Week | None = None,
) -> Path:
    """Publish the index of a week: a card a stage with its status, first finding and key numbers; the slate.

    Parameters
    ----------
    site : Site
    week : Week
    manifests : sequence of mappings
        The latest manifest of each stage that ran, as ``store.runs`` writes them.
    stages : sequence of StageTitle, optional
        All stages in order; those without a manifest show as not run yet. By default those that ran.
    slate : Block, optional
        The table of games.
    headline : sequence of str, optional
        The week's findings; by default the first finding of each stage, the last stage first.
    before, after : Week, optional
        Neighbouring weeks that have an index.

    Returns
    -------
    Path
        The page written.
    """
    by_stage = {str(m["stage"]): m for m in manifests}
    titles = list(stages) or [StageTitle(name, name) for name in by_stage]
    ordered = [by_stage[s.name] for s in titles if s.name in by_stage]
    status = week_status(ordered)
    found = [*_broken(titles, by_stage), *(headline or _first_findings(ordered))][:5]
    numbers = [key_number(n) for m in reversed(ordered) for n in list(_summary(m).get("numbers", []))[:2]][:6]
    last = ordered[-1] if ordered else {}
    path = site.week_index(week)
    return _written(
        path,
        render(
            "week.html.j2",
            title=f"{site.label} {week_name(week)}",
            heading=f"Week {week.week}",
            eyebrow=[site.label, str(week.season)],
            as_of=instant(last.get("as_of")) if last.get("as_of") else "",
            words=list(dict.fromkeys(["simulated"] * site.simulated + [status])),
            simulated=site.simulated,
            crumbs=[
                Link("Leagues", "../../index.html"),
                Link(f"{site.label} {week.season}", f"../season_{week.season}.html"),
            ],
            before=Link(f"Week {before.week}", f"../{before.label}/index.html") if before else None,
            after=Link(f"Week {after.week}", f"../{after.label}/index.html") if after else None,
            findings=findings(found).html if found else "",
            numbers=key_numbers(numbers).html if numbers else "",
            slate=slate.html if slate else "",
            cards=[_card(site, week, stage, by_stage.get(stage.name)) for stage in titles],
            stamps={n: str(last[k])[:16] for n, k in (("Data", "data_hash"), ("Revision", "revision")) if last.get(k)},
        ),
    )


def _broken(titles: Sequence[StageTitle], by_stage: Mapping[str, Manifest]) -> list[str]:
    """Return a sentence for each stage that failed: what it said, or where to look."""
    failed = [(s, by_stage[s.name]) for s in titles if _failed(by_stage.get(s.name))]
    return [
        f"{s.title}: {next(iter(_first_findings([m])), 'it stopped with an error; see its page.')}" for s, m in failed
    ]


def _first_findings(manifests: Sequence[Manifest]) -> list[str]:
    """Return each stage's first finding, the last stage first; a failure beside others is told apart from them."""
    alone = len(manifests) == 1
    return [
        f for m in reversed(manifests) if alone or not _failed(m) for f in list(_summary(m).get("findings", []))[:1]
    ]


def _card(site: Site, week: Week, stage: StageTitle, manifest: Manifest | None) -> dict[str, Any]:
    page = site.page(week, stage.name)
    card = {"name": stage.name[:2], "title": stage.title, "question": stage.question, "finding": "", "numbers": []}
    card |= {"status": "", "href": page.name if page.exists() else ""}
    if manifest is None:
        return card
    summary = _summary(manifest)
    numbers = [_shown(n) for n in list(summary.get("numbers", []))[:3]]
    return card | {
        "status": _status(manifest),
        "finding": next(iter(summary.get("findings", [])), "It stopped with an error." if _failed(manifest) else ""),
        "numbers": numbers,
    }


def publish_season(
    site: Site, season: int, *, manifests: Sequence[Manifest], numbers: Sequence[KeyNumber] = ()
) -> Path:
    """Publish the index of a season: a grid of its weeks with status, CLV, ROI and Brier.

    Parameters
    ----------
    site : Site
    season : int
    manifests : sequence of mappings
        The latest manifests of every stage of every week of the season.
    numbers : sequence of KeyNumber, optional
        The season's own key numbers.
    """
    weeks = sorted({int(m["week"]) for m in manifests if int(m["season"]) == season})
    cards = [_week_card(site, Week(season, w), [m for m in manifests if int(m["week"]) == w]) for w in weeks]
    roi = [(c["week"], c["roi"]) for c in cards if c["roi"] is not None]
    path = _written(
        site.season_index(season),
        render(
            "season.html.j2",
            title=f"{site.label} {season}",
            heading=f"{site.label} {season}",
            eyebrow=["Season"],
            words=["simulated"] if site.simulated else [],
            simulated=site.simulated,
            summary=f"{count(len(weeks), 'week')} published.",
            crumbs=[Link("Leagues", "../index.html")],
            numbers=key_numbers(numbers).html if numbers else "",
            spark=sparkline(roi, label="Return on stakes by week") if len(roi) > 1 else "",
            weeks=list(reversed(cards)),
        ),
    )
    _remember(site, season)
    return path


def _week_card(site: Site, week: Week, manifests: Sequence[Manifest]) -> dict[str, Any]:
    entries = [n for m in manifests for n in _summary(m).get("numbers", [])]
    chosen = [next((n for n in entries if word in str(n.get("label", ""))), None) for word in WEEK_NUMBERS]
    found = [f for m in reversed(manifests) for f in list(_summary(m).get("findings", []))[:1]]
    return {
        "week": week.week,
        "status": week_status(manifests),
        "day": instant(manifests[-1].get("as_of")).split(",")[0],
        "href": f"{week.label}/index.html",
        "finding": found[0] if found else "",
        "numbers": [_shown(n) for n in chosen if n],
        "roi": chosen[1]["value"] if chosen[1] else None,
    }


def _remember(site: Site, season: int) -> None:
    kept = site.root / site.league / _KEPT
    seasons = set(json.loads(kept.read_text(encoding="utf-8"))["seasons"]) if kept.exists() else set()
    entry = {"label": site.label, "simulated": site.simulated, "seasons": sorted(seasons | {season})}
    _written(kept, json.dumps(entry, indent=1))


def publish_root(root: Path) -> Path:
    """Publish the door: every league that has a season index under the reports folder."""
    leagues = []
    for kept in sorted(root.glob(f"*/{_KEPT}")):
        entry = json.loads(kept.read_text(encoding="utf-8"))
        seasons = [Link(str(s), f"{kept.parent.name}/season_{s}.html") for s in reversed(entry["seasons"])]
        leagues.append(entry | {"seasons": seasons, "href": seasons[0].href})
    return _written(
        root / "index.html",
        render(
            "root.html.j2",
            title="Workbench reports",
            heading="Workbench reports",
            summary=f"{count(len(leagues), 'league')}. Choose a season.",
            simulated=False,
            crumbs=[],
            leagues=leagues,
        ),
    )


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
