"""The study of simulated games: seasons drawn by models fitted on earlier drives, held against what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.backtest.forecast_skill import walk_forward
from workbench.decision.history import walked_scales
from workbench.errors import MissingArtifactError
from workbench.features.drives import derive_drives
from workbench.features.forecast import ForecastFacts, facts_of
from workbench.simulate.drives import game_seeds
from workbench.simulate.loop import Scores
from workbench.simulate.masses import margin_masses, randomized_pit, total_masses
from workbench.simulate.model import MINIMUM_DRIVES, DriveModel, fit_drive_model
from workbench.simulate.score_model import MINIMUM_GAMES, ScoreModel, drawn_scores, fit_score_model
from workbench.simulate.tilt import tilted_weights
from workbench.simulate.validate import Floats, ValidationTable, uniformity, validate_draws
from workbench.stages.models import DRIVE_SEASONS
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.reference_drives import read_reference_drives

#: From here on the study draws: before it there are neither plays nor drives to learn from.
FIRST_SEASON: Final = 2019
#: Seasons whose scatter about the closing line is the normal baseline's spread.
_BASELINE_SEASONS: Final = 10
#: The randomized transform is drawn this often: one draw's p-value depends on its luck.
_RANDOMIZATIONS: Final = 100
#: A p-value below this rejects.
REJECTED_BELOW: Final = 0.01
_SMOKE_DRAWS: Final = 300
_TABLES: Final = ("games", "results", "starters", "player_weeks", "quotes")


@dataclass(frozen=True, slots=True)
class Population:
    """All games of the study under one way of centring the draws.

    Attributes
    ----------
    scores : Scores
    weights : ndarray, shape (n_games, n_draws)
    table : ValidationTable
    uniform : DataFrame
        ``market, p_value, low, high, rejected``: median and 95 % range over randomizations of the chi-square test in 20
        bins, and the share of them below 1 %.
    pit : DataFrame
        ``margin, total``, a row a game: the randomization whose p-value is the median.
    effective : float
        Mean share of draws that count after reweighting (Kish).
    """

    scores: Scores
    weights: Floats
    table: ValidationTable
    uniform: pd.DataFrame
    pit: pd.DataFrame
    effective: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    games : DataFrame
        One row a game: ids, scores, the close, the rating model's forecast.
    tilted, untilted : Population
        Drawn about the close and reweighted to it; drawn about the rating model's own forecast, as they fall.
    notes : tuple of str
        What each season's model was fitted on, and what is left out.
    """

    games: pd.DataFrame
    tilted: Population
    untilted: Population
    notes: tuple[str, ...]

    def tables(self) -> dict[str, Any]:
        """Return the tables that the result keeps beside its claims."""
        return {name: {"measures": p.table.measures, "calibration": p.table.calibration, "scores": p.table.scores}
                for name, p in (("tilted", self.tilted), ("untilted", self.untilted))}  # fmt: skip


def study_simulation(
    run: StudyRun, *, seasons: Sequence[int] = (), draws: int = 2_000, smoke: bool = False
) -> Simulation:
    """Draw every game of the seasons and compare.

    Raises
    ------
    MissingArtifactError
        If no season has both enough earlier drives and closing lines.
    """
    facts = _facts(run)
    drives = all_drives(run)
    chosen = _seasons(run, seasons)[-1:] if smoke else _seasons(run, seasons)
    every = _finished(run, facts)
    models, notes = season_models(chosen, drives, games=every)
    if not models:
        raise MissingArtifactError(f"No season can be drawn. {' '.join(notes)} Give earlier drives or other seasons.")
    games = _games(every, facts, seasons=list(models))
    n_draws = min(draws, _SMOKE_DRAWS) if smoke else draws
    tilted, untilted = (
        population(run, games, models=models, centre=centre, n_draws=n_draws) for centre in ("close", "model")
    )
    return Simulation(games, tilted, untilted, (*notes, *_left_out(games, facts, list(models))))


def _facts(run: StudyRun) -> ForecastFacts:
    view = run.everything
    return facts_of({name: view.table(name) for name in _TABLES if view.has(name)})


def all_drives(run: StudyRun) -> pd.DataFrame:
    """Return every drive known: from play-by-play, and before it from the file that the parameter ``drives`` names."""
    view = run.everything
    with_plays = [file.season for file in run.facts.version.tables.get("plays", ())]
    reference = read_reference_drives(run.path("drives"), results=view.table("results"), games=view.table("games"))
    if len(reference):
        reference = reference[reference["season"] < min(with_plays, default=9999)].assign(basis="a file of drives")
    derived = [derive_drives(view.table("plays", seasons=[s])).assign(basis="play-by-play") for s in with_plays]
    parts = [part for part in (reference, *derived) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"season": pd.Series(dtype=np.int64)})


def _seasons(run: StudyRun, seasons: Sequence[int]) -> list[int]:
    return [s for s in run.seasons if (s in seasons if seasons else s >= FIRST_SEASON)]


def season_models(
    seasons: Sequence[int], drives: pd.DataFrame, *, games: pd.DataFrame
) -> tuple[dict[int, DriveModel | ScoreModel], list[str]]:
    """Return each season's model, fitted on the seasons before it, and what was said of each."""
    models: dict[int, DriveModel | ScoreModel] = {}
    notes = []
    for season in seasons:
        past = drives[(drives["season"] < season) & (drives["season"] >= season - DRIVE_SEASONS)]
        if len(past) >= MINIMUM_DRIVES:
            made = models[season] = _drive_model(past, games)
            notes.append(f"Season {season} is drawn by a model of {made.n_drives:,} drives: {made.basis}.")
        elif (games["season"] < season).sum() >= MINIMUM_GAMES:
            margin_sd, total_sd = _close_spreads(games, before=season)
            scores = fit_score_model(games[games["season"] < season], margin_sd=margin_sd, total_sd=total_sd)
            models[season] = scores
            notes.append(f"Season {season} is drawn from past finals, no drives being known before it: {scores.basis}.")
        else:
            notes.append(f"Season {season} is left out: too few drives and scores are known of the seasons before it.")
    return models, notes


def _drive_model(past: pd.DataFrame, games: pd.DataFrame) -> DriveModel:
    """Fit on past drives; what the closing market expected of their games teaches how much rates vary."""
    expected = games[games["game_id"].isin(past["game_id"])].rename(
        columns={"margin_close": "margin_mean", "total_close": "total_mean"}
    )
    basis = " and ".join(past["basis"].unique())
    return fit_drive_model(past, expectations=expected if len(expected) else None, basis=basis)


def _finished(run: StudyRun, facts: ForecastFacts) -> pd.DataFrame:
    """Return the finished games that have both closing lines, as the means they stand for, with their scores."""
    points = facts.data.points
    frame = facts.games[["game_id", "season", "week", "game_type"]].assign(
        home_score=points[0::2],
        away_score=points[1::2],
        margin_close=facts.games["game_id"].map(facts.closing.set_index("game_id")["line"]),
        total_close=facts.games["game_id"].map(facts.closing_totals.set_index("game_id")["line"]),
    )
    scales = walked_scales(run.everything, seasons=sorted(set(frame["season"])))
    for season, read in scales.items():
        own = frame["season"].eq(season)
        for name, fair in (("margin_close", read.margin), ("total_close", read.total)):
            frame.loc[own, name] = fair.means_of(frame.loc[own, name])
    results = run.everything.table("results", columns=["game_id", "overtime"])
    return frame[facts.data.played].dropna().merge(results, on="game_id").reset_index(drop=True)


def _games(every: pd.DataFrame, facts: ForecastFacts, *, seasons: Sequence[int]) -> pd.DataFrame:
    """Return the games to draw: closes, the rating model's walked forecasts, and the baseline's spreads."""
    own = walk_forward(facts, seasons=seasons)[["game_id", "rating_margin", "margin_sd", "total_mean", "total_sd"]]
    own = own.rename(columns={"rating_margin": "margin_model", "total_mean": "total_model"})
    own = own.rename(columns={"margin_sd": "margin_sd_model", "total_sd": "total_sd_model"})
    games = every[every["season"].isin(seasons)].merge(own, on="game_id", how="inner")
    spreads = {season: _close_spreads(every, before=season) for season in seasons}
    for place, name in enumerate(("margin_sd_close", "total_sd_close")):
        games[name] = games["season"].map({season: both[place] for season, both in spreads.items()})
    return games.assign(cluster=games["season"] * 100 + games["week"]).reset_index(drop=True)


def _close_spreads(games: pd.DataFrame, *, before: int) -> tuple[float, float]:
    """Return how far margins and totals of the ten seasons before one fell from their closes (root mean square)."""
    past = games[(games["season"] < before) & (games["season"] >= before - _BASELINE_SEASONS)]
    margin = past["home_score"] - past["away_score"] - past["margin_close"]
    total = past["home_score"] + past["away_score"] - past["total_close"]
    return float(np.sqrt((margin**2).mean())), float(np.sqrt((total**2).mean()))


def _left_out(games: pd.DataFrame, facts: ForecastFacts, seasons: Sequence[int]) -> list[str]:
    played = facts.games[facts.data.played & facts.games["season"].isin(seasons).to_numpy()]
    missing = len(played) - len(games)
    return [f"{missing} of {len(played)} games lack a closing spread or total and are left out."] if missing else []


def population(
    run: StudyRun, games: pd.DataFrame, *, models: Mapping[int, DriveModel | ScoreModel], centre: str, n_draws: int
) -> Population:
    """Draw every game about one centre and compare with what happened.

    Parameters
    ----------
    centre : {"close", "model"}
        Drawn about the close and reweighted to it exactly, or about the model's own forecast and left as drawn.
    """
    parts = [
        _season(run, games[games["season"] == season], model=model, centre=centre, n_draws=n_draws)
        for season, model in models.items()
    ]
    home, away, overtime = (
        np.concatenate([getattr(part, name) for part, _ in parts]) for name in ("home", "away", "overtime")
    )
    scores = Scores(home, away, overtime, sum(part.uniforms for part, _ in parts))
    weights = np.concatenate([weights for _, weights in parts])
    table = validate_draws(
        scores, weights, games, margin_sd=games[f"margin_sd_{centre}"], total_sd=games[f"total_sd_{centre}"],
        rng=np.random.default_rng(run.settings.seed),
    )  # fmt: skip
    effective = float((1.0 / np.square(weights).sum(axis=1) / n_draws).mean())
    uniform, pit = _uniform(scores, weights, games, seed=run.settings.seed)
    return Population(scores, weights, table, uniform, pit, effective)


def _season(
    run: StudyRun, games: pd.DataFrame, *, model: DriveModel | ScoreModel, centre: str, n_draws: int
) -> tuple[Scores, Floats]:
    means = {"margin_mean": games[f"margin_{centre}"], "total_mean": games[f"total_{centre}"]}
    scores = drawn_scores(
        model, **means, seeds=game_seeds(games["game_id"], seed=run.settings.seed), season=games["season"],
        playoff=games["game_type"] != "REG", n_draws=n_draws,
    )  # fmt: skip
    if centre == "model":
        return scores, np.full(scores.home.shape, 1.0 / n_draws)
    return scores, tilted_weights(scores, **means).weights


def _uniform(scores: Scores, weights: Floats, games: pd.DataFrame, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the chi-square test's p-value over many randomizations, and the transform of the median one."""
    home, away = games["home_score"].to_numpy(np.int64), games["away_score"].to_numpy(np.int64)
    rng, rows, median = np.random.default_rng(seed), [], {}
    for market, masses, real in (
        ("margin", margin_masses(scores, weights), home - away),
        ("total", total_masses(scores, weights), home + away),
    ):
        pits = [randomized_pit(masses, real, rng=rng) for _ in range(_RANDOMIZATIONS)]
        p = np.array([uniformity(pit)["p_value"] for pit in pits])
        rows.append((market, *np.quantile(p, [0.5, 0.025, 0.975]), float((p < REJECTED_BELOW).mean())))
        median[market] = pits[int(np.argsort(p)[len(p) // 2])]
    return pd.DataFrame(rows, columns=["market", "p_value", "low", "high", "rejected"]), pd.DataFrame(median)
