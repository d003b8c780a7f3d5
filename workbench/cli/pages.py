"""A week's pages, made as its stages end. The site's code is imported only when a page has to be made."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import StoreError
from workbench.runner.plan import Step
from workbench.runner.sequence import Hooks
from workbench.store.atomic import write_text

if TYPE_CHECKING:
    from workbench.cli.week import Asked
    from workbench.clock import Week
    from workbench.report.publish import PageContext, Site, StageTitle

#: Beside a week's pages: which run each was made from.
PAGES_NOTE = ".pages.json"


class Pages:
    """The pages of one week: what the runner's hooks call."""

    def __init__(self, asked: "Asked") -> None:
        self.asked = asked
        self.folder = asked.settings.league_reports / f"{asked.season}_week{asked.week}"

    def hooks(self) -> Hooks:
        """Return the hooks that publish."""
        return Hooks(on_executed=self.publish, on_failed=self.publish_failure, on_unchanged=self.keep)

    def publish(self, step: Step, notebook: Path, key: str) -> None:
        """Make a stage's page and put its executed notebook beside it.

        Raises
        ------
        StoreError
            If the notebook ended without making its run permanent.
        """
        from workbench.report.publish import publish_notebook, publish_page

        manifest = self.asked.store.manifest(key)
        if manifest is None:
            raise StoreError(f"{step.name} ended without making its run permanent: its last cell must finish the run.")
        made = {
            n: getattr(manifest, n) for n in ("as_of", "parameters", "data_hash", "revision", "started", "finished")
        }
        context = self._context(step.name, key=manifest.key, data=self._data(manifest.kind), **made)
        publish_page(notebook, output=context.site.page(context.week, step.name), context=context)
        publish_notebook(notebook, output=context.site.notebook(context.week, step.name))
        write_text(self.folder / PAGES_NOTE, json.dumps(self._made_from() | {step.name: manifest.key}))

    def publish_failure(self, step: Step, notebook: Path, reason: str) -> None:
        """Make the page of a failed stage, and say so on the week's index."""
        from workbench.report.publish import publish_notebook, publish_page

        context = self._context(step.name, parameters=step.parameters, failed=True)
        publish_page(notebook, output=context.site.page(context.week, step.name), context=context)
        publish_notebook(notebook, output=context.site.notebook(context.week, step.name))
        kept = {name: key for name, key in self._made_from().items() if name != step.name}
        write_text(self.folder / PAGES_NOTE, json.dumps(kept))
        self._write_indexes(failed={step.name: reason})

    def keep(self, step: Step, notebook: Path, key: str) -> None:
        """See that the week shows the run that was found unchanged: it may have shown another since."""
        store = self.asked.store
        manifest = store.manifest(key)
        if manifest is not None and not store.is_current(manifest):
            store.promote(manifest)
        page = self.folder / f"{step.name}.html"
        if manifest is not None and (self._made_from().get(step.name) != manifest.key or not page.is_file()):
            self.publish(step, notebook, key)
            self.index_path.unlink(missing_ok=True)

    @property
    def index_path(self) -> Path:
        """The week's index."""
        return self.folder / "index.html"

    def index(self, *, changed: bool) -> Path:
        """Return the week's index, made anew if any page was."""
        if changed or not self.index_path.is_file():
            self._write_indexes(failed={})
        return self.index_path

    def _write_indexes(self, *, failed: dict[str, str]) -> None:
        from workbench.clock import Week
        from workbench.report.publish import publish_root, publish_season, publish_week

        site, week = self._site(), Week(self.asked.season, self.asked.week)
        season = [asdict(m) for m in self.asked.store.weeks() if m.season == week.season]
        own = [m for m in season if m["week"] == week.week and m["stage"] not in failed]
        own += [_failure(stage, reason, week=week) for stage, reason in failed.items()]
        beside = [Week(week.season, week.week + step) for step in (-1, 1)]
        before, after = (w if site.week_index(w).is_file() else None for w in beside)
        publish_week(site, week, manifests=own, stages=self._stages(), before=before, after=after)
        publish_season(site, week.season, manifests=[*(m for m in season if m["week"] != week.week), *own])
        publish_root(site.root)

    def _site(self) -> "Site":
        from workbench.report.publish import Site

        s = self.asked.settings
        return Site(s.reports, league=s.league, label=s.label, simulated=s.simulated)

    def _stages(self) -> "Sequence[StageTitle]":
        from workbench.report.publish import StageTitle
        from workbench.stages.catalogue import STAGES

        return [StageTitle(s.name, s.title, s.question) for s in STAGES]

    def _context(self, stage: str, **made: Any) -> "PageContext":
        from workbench.clock import Week
        from workbench.report.publish import PageContext

        stages = tuple(self._stages())
        title = next(s for s in stages if s.name == stage)
        week = Week(self.asked.season, self.asked.week)
        return PageContext(self._site(), week, title, stages=stages, notebook=f"{stage}.ipynb", **made)

    def _data(self, kind: str) -> str:
        """Return the link to a stage's data, unless it would name folders outside the project."""
        data, root = self.asked.settings.league_artifacts / kind / self.folder.name, self.asked.root
        inside = data.is_relative_to(root) and self.folder.is_relative_to(root)
        return Path(os.path.relpath(data, self.folder)).as_posix() if inside else ""

    def _made_from(self) -> dict[str, str]:
        note = self.folder / PAGES_NOTE
        kept: dict[str, str] = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
        return kept


def _failure(stage: str, reason: str, *, week: "Week") -> dict[str, Any]:
    summary = {"status": "failed", "findings": [f"The stage stopped: {reason}."], "numbers": []}
    return {"stage": stage, "season": week.season, "week": week.week, "status": "failed", "summary": summary}
