"""One week, opened for exploring in JupyterLab: tables and figures read when they are asked for.

>>> import workbench as wb
>>> week = wb.open_week(2024, 10, profile="nfl")      # doctest: +SKIP
>>> week.games                                        # doctest: +SKIP
"""

import json
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.clock import AsOf, Week, utc
from workbench.errors import MissingArtifactError
from workbench.settings import Settings, load_settings
from workbench.stages.catalogue import STAGES, stage_named
from workbench.stages.context import FACTS
from workbench.store.runs import Manifest, RunStore
from workbench.store.tables import FactStore, FactsVersion

if TYPE_CHECKING:
    from workbench.causal.pool.lookup import LibraryEntry
    from workbench.report.drawing import Finding
    from workbench.store.ledger import Ledger


def open_week(
    season: int, week: int, *, profile: str = "demo", settings: Mapping[str, str] | None = None
) -> "OpenWeek":
    """Open one week of a league for reading.

    Parameters
    ----------
    season, week : int
    profile : str
        A file in ``params/``.
    settings : mapping of str to str, optional
        Dotted keys laid over the profile, as ``--set`` does.

    Returns
    -------
    OpenWeek
        Nothing is read before it is asked for.
    """
    return OpenWeek(load_settings(profile, overrides=settings or {}), Week(season, week))


def open_ledger(profile: str = "demo", *, url: str = "", settings: Mapping[str, str] | None = None) -> "Ledger":
    """Open a league's ledger for questions: bets, bankroll, scores and performance, week by week.

    Parameters
    ----------
    profile : str
        A file in ``params/``.
    url : str
        Another ledger, such as the one a backtest leaves in its folder: ``sqlite:///.../ledger.sqlite``.
    settings : mapping of str to str, optional
        Dotted keys laid over the profile, as ``--set`` does.

    Raises
    ------
    MissingArtifactError
        If there is no such SQLite file: looking makes none.

    Examples
    --------
    >>> ledger = open_ledger(url="sqlite://")
    >>> ledger.query("SELECT week, closing_units FROM bankroll_history WHERE season = 2024 ORDER BY week").empty
    True
    """
    from workbench.store.ledger import open_ledger as opened

    where = url or load_settings(profile, overrides=settings or {}).ledger_url
    file = where.removeprefix("sqlite:///") if where.startswith("sqlite:///") else ""
    if file and not Path(file).exists():
        raise MissingArtifactError(f"There is no ledger {Path(file).name}. Run `workbench weekly`, or mind its path.")
    return opened(where)


class OpenWeek:
    """A week as its stages left it. Every table is read once, when first asked for, and verified by its hash."""

    def __init__(self, settings: Settings, week: Week) -> None:
        self.settings = settings
        self.week = week
        self._store = RunStore(settings.league_artifacts)

    # --- tables ----------------------------------------------------------------------------------------------------
    @cached_property
    def games(self) -> pd.DataFrame:
        """The slate: kick-off, teams, forecast margin and total with their sds, the forecast quarterbacks."""
        schedule = self.facts().table("games", seasons=[self.week.season])
        slate = schedule[schedule["week"] == self.week.week].drop(columns="known_at")
        return slate.merge(self.table("02_profiles", "forecasts.parquet"), on="game_id", how="left")

    @cached_property
    def profiles(self) -> pd.DataFrame:
        """Shrunken team profiles: one row a team and metric, with n, standard error and shrinkage weight."""
        return self.table("02_profiles", "team_profiles.parquet")

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """Opponent-adjusted ratings in points, with their standard errors."""
        return self.table("02_profiles", "ratings.parquet")

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What shocks do to games and what the line leaves of it: one row a question and number, with its interval."""
        return self.table("03_treatment_effects", "effects.parquet")

    @cached_property
    def library(self) -> pd.DataFrame:
        """The effect library: one row a type, severity band, position and outcome."""
        return self.table("03_treatment_effects", "library.parquet")

    def effect_of(
        self, shock: str, *, severity: str = "any", position: str = "any", outcome: str = "margin"
    ) -> "LibraryEntry":
        """Look one shock up in the library, such as ``week.effect_of("injury", severity="high", position="OL")``.

        Raises
        ------
        ParameterError
            If the library does not know the shock or the outcome; names the nearest.
        """
        from workbench.causal.pool.lookup import effect_of

        return effect_of(self.library, type=shock, severity=severity, position=position, outcome=outcome)

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """The week's players with their median, 50 and 90 % intervals of yards, one row a player and target."""
        return self.table("04_bnn_calibration", "intervals.parquet")

    @cached_property
    def simulations(self) -> pd.DataFrame:
        """Every draw of every game: scores, margin, total, weight."""
        return self.table("06_simulate", "simulations.parquet")

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Fair prices beside the market's, with edges, for every game, market and side."""
        return self.table("06_simulate", "prices.parquet")

    @cached_property
    def picks(self) -> pd.DataFrame:
        """The slip of the week with stakes, status and reasons."""
        return self.table("07_publish_picks", "picks.csv")

    @cached_property
    def grades(self) -> pd.DataFrame:
        """Every bet settled and graded: outcome, profit, closing line value in three units."""
        return self.table("08_grade_and_clv", "results.csv")

    @cached_property
    def quality(self) -> dict[str, Any]:
        """What came in: rows kept and quarantined by table and rule, degraded features."""
        return dict(self.document("01_ingest", "data_quality.json"))

    # --- doors -----------------------------------------------------------------------------------------------------
    @property
    def stages(self) -> pd.DataFrame:
        """Which stages have run for this week, when, as of which instant, and what they left."""
        rows = [(s.name, s.title, self._store.latest(s.name, self.week)) for s in STAGES]
        return pd.DataFrame(
            [
                {
                    "stage": name,
                    "title": title,
                    "status": m.summary.get("status", "") if m else "not run",
                    "as_of": m.as_of if m else "",
                    "finished": m.finished if m else "",
                    "files": ", ".join(m.files) if m else f"run `workbench run {name}`",
                }
                for name, title, m in rows
            ]
        )

    def table(self, stage: str, name: str) -> pd.DataFrame:
        """Return a table a stage left for this week.

        Raises
        ------
        MissingArtifactError
            If the stage has not been run; names the command.
        """
        path = self._store.path(self._manifest(stage), name)
        return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)

    def document(self, stage: str, name: str) -> Any:
        """Return a JSON document a stage left for this week."""
        return json.loads(self._store.path(self._manifest(stage), name).read_text(encoding="utf-8"))

    def facts(self, as_of: str | pd.Timestamp | None = None) -> AsOf:
        """Return the facts as they were known at an instant; without one, everything the week's ingest brought."""
        version = FactsVersion.from_json(self.document("01_ingest", FACTS))
        latest = pd.Timestamp("2200-01-01", tz="UTC")
        return FactStore(self.settings.league_artifacts, version).as_of(latest if as_of is None else utc(as_of))

    @property
    def figures(self) -> "WeekFigures":
        """The week's figures, drawn when asked for: ``week.figures.margins("2024_10_...")``."""
        return WeekFigures(self)

    def _manifest(self, stage: str) -> Manifest:
        return self._store.require(stage_named(stage).name, self.week)

    def __repr__(self) -> str:
        done = sum(self._store.latest(s.name, self.week) is not None for s in STAGES)
        return (
            f"{self.settings.label}, {self.week.season} week {self.week.week}: {done} of {len(STAGES)} have run. "
            "Look at .games .profiles .ratings .effects .intervals .prices .simulations .picks .grades .quality "
            ".figures .stages."
        )

    def _repr_html_(self) -> str:
        note = "<p><b>A simulated league with known truth.</b></p>" if self.settings.simulated else ""
        return f"<p>{escape(repr(self))}</p>{note}{self.stages.to_html(index=False, border=0)}"


class WeekFigures:
    """The figures of a week, by the same functions that draw its pages; each knows its finding and saves as PDF."""

    def __init__(self, week: OpenWeek) -> None:
        self._week = week

    def ratings(self) -> "Finding":
        """Draw the ratings with their intervals."""
        from workbench.report.figures.profiles import ranked_ratings

        return ranked_ratings(self._week.ratings, subtitle=self._subtitle("02_profiles"))

    def shrinkage(self, metric: str = "offence_epa_per_play") -> "Finding":
        """Draw who was shrunk how far in one metric."""
        from workbench.report.figures.profiles import shrinkage_arrows

        rows = self._week.profiles
        return shrinkage_arrows(rows[rows["metric"] == metric], metric=metric, subtitle=self._subtitle("02_profiles"))

    def margins(self, game_id: str) -> "Finding":
        """Draw one game's simulated margins with the market's line at the decision.

        Raises
        ------
        MissingArtifactError
            If the game was not simulated this week; names those that were.
        """
        from workbench.report.figures.simulate import margin_distribution

        draws = self._week.simulations
        mine = draws[draws["game_id"] == game_id]
        if mine.empty:
            known = ", ".join(sorted(draws["game_id"].unique()))
            raise MissingArtifactError(f"No draws of {game_id!r} this week. Simulated: {known}.")
        game = self._week.games.set_index("game_id").loc[game_id]
        prices = self._week.prices
        spread = prices.loc[(prices["game_id"] == game_id) & (prices["market"] == "spread"), ["line", "fair_line"]]
        return margin_distribution(
            mine["margin"],
            weights=mine["weight"],
            home=str(game["home_team"]),
            away=str(game["away_team"]),
            fair_line=float(spread["fair_line"].iloc[0]) if len(spread) else None,
            market_open=float(spread["line"].iloc[0]) if len(spread) else None,
            subtitle=self._subtitle("06_simulate"),
        )

    def closing_line_value(self) -> "Finding":
        """Draw the closing line value of the week's bets."""
        from workbench.report.figures.grade import clv_by_bet

        graded = self._week.grades
        return clv_by_bet(graded[graded["clv_points"].notna()], subtitle=self._subtitle("08_grade_and_clv"))

    def effects(self, outcome: str = "margin") -> "Finding":
        """Draw the effect library's largest entries for one outcome."""
        from workbench.report.figures.effect_groups import library_figure

        library = self._week.library
        told = library[library["level"].ne("league")]
        return library_figure(told, subtitle=self._subtitle("03_treatment_effects"), outcome=outcome)

    def intervals(self, target: str = "rushing_yards") -> "Finding":
        """Draw the week's players with their intervals of yards.

        Raises
        ------
        MissingArtifactError
            If no such yards were forecast this week; names those that were.
        """
        from workbench.report.figures.yards import player_intervals

        rows = self._week.intervals
        mine = rows[rows["target"].eq(target)]
        if mine.empty:
            known = ", ".join(sorted(rows["target"].unique())) or "none"
            raise MissingArtifactError(f"No intervals of {target!r} this week. Forecast: {known}.")
        title = f"{len(mine)} players, {target.replace('_', ' ')}"
        return player_intervals(mine, title=title, subtitle=self._subtitle("04_bnn_calibration"))

    def _subtitle(self, stage: str) -> str:
        from workbench.report.sentences import instant

        manifest = RunStore(self._week.settings.league_artifacts).require(stage, self._week.week)
        return f"{self._week.settings.label}, as of {instant(manifest.as_of)}"

    def __repr__(self) -> str:
        return "Figures: .ratings() .shrinkage(metric) .effects() .intervals() .margins(game_id) .closing_line_value()"
