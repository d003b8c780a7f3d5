"""The study of forecast skill: every game walked forward, peers on identical games, gains paired and clustered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.backtest.forecast_skill import brier_gain, skill_table, walk_forward
from workbench.clock import AsOf, decision_instants
from workbench.decision.history import walked_scales
from workbench.decision.quotes import chosen_quotes, latest_quotes
from workbench.errors import MissingArtifactError
from workbench.features.evaluation import brier_score, win_outcome
from workbench.features.forecast import ForecastFacts, facts_of
from workbench.settings import Policy
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.peers import FIXED_WIN_SD, Peers, read_peers

_RESAMPLES: Final = 2_000
_TABLES: Final = ("games", "results", "starters", "player_weeks", "quotes")


@dataclass(frozen=True, slots=True)
class Gain:
    """How much lower one forecaster's Brier score is than another's, paired on the games both forecast.

    Attributes
    ----------
    name, what : str
    by, over : float
        The two Brier scores on these games.
    value, low, high, standard_error : float
        ``over - by``, 95 % interval clustered by week.
    games : int
    first, last : int
        Seasons.
    """

    name: str
    what: str
    by: float
    over: float
    value: float
    low: float
    high: float
    standard_error: float
    games: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class GapShare:
    """Which share of the way from the opener's Brier score to the close's the informed forecast goes."""

    value: float
    low: float
    high: float
    games: int


@dataclass(frozen=True, slots=True)
class Wednesday:
    """One season on the games that had a fresh, timestamped line on Wednesday noon.

    Attributes
    ----------
    season : int
    skill : DataFrame
        One row a forecaster; ``line`` is Wednesday's.
    gain : Gain or None
        Of the informed forecast over Wednesday's line.
    """

    season: int
    skill: pd.DataFrame
    gain: Gain | None


@dataclass(frozen=True, slots=True)
class ForecastSkill:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    walk : DataFrame
        One row a game, from ``backtest.forecast_skill.walk_forward``, peers added.
    skill : DataFrame
        One row a forecaster, all on identical games.
    gains : tuple of Gain
    share : GapShare or None
        None where there are no lines.
    by_season : DataFrame
        ``season, value, low, high, games``: the informed forecast's gain over the opener.
    wednesday : Wednesday or None
        None where no season with timestamped lines was asked for or there.
    notes : tuple of str
        What is missing, one sentence each.
    """

    walk: pd.DataFrame
    skill: pd.DataFrame
    gains: tuple[Gain, ...]
    share: GapShare | None
    by_season: pd.DataFrame
    wednesday: Wednesday | None
    notes: tuple[str, ...]


def study_forecast_skill(
    run: StudyRun, *, seasons: Sequence[int], wednesday: int, smoke: bool = False
) -> ForecastSkill:
    """Walk the seasons forward and score everyone.

    Parameters
    ----------
    run : StudyRun
    seasons : sequence of int
        Empty: all but the first two there are facts of, from 2010 on.
    wednesday : int
        Season whose Wednesday lines are scored; 0: none.
    smoke : bool
        Only the last season.

    Raises
    ------
    MissingArtifactError
        If there are no facts of the seasons.
    """
    view = run.everything
    facts = facts_of({name: view.table(name) for name in _TABLES if view.has(name)})
    chosen = _seasons(run, seasons)[-1:] if smoke else _seasons(run, seasons)
    if not chosen:
        raise MissingArtifactError(f"None of the seasons asked for is among the facts, which are of {run.seasons}.")
    peers = read_peers(run.path("peers"))
    walk = walk_forward(facts, seasons=chosen, scales=walked_scales(view, seasons=chosen))
    walk = walk.merge(peers.probabilities, how="left", left_on="game_id", right_index=True).reset_index(drop=True)
    late = wednesday_skill(run, facts, season=wednesday) if wednesday else None
    return ForecastSkill(
        walk=walk,
        skill=skill_by_population(walk),
        gains=tuple(_gains(walk)),
        share=gap_share(walk, rng=np.random.default_rng(run.settings.seed)),
        by_season=_gain_by_season(walk),
        wednesday=late,
        notes=(*_peer_notes(walk, peers), *_wednesday_notes(wednesday, late)),
    )


def _seasons(run: StudyRun, seasons: Sequence[int]) -> list[int]:
    known = run.seasons
    return [s for s in known if s in seasons] if seasons else [s for s in known[2:] if s >= 2010]


def _shown(walk: pd.DataFrame) -> dict[str, "pd.Series[float]"]:
    names = [n for n in ("rating", "memory", "line", "informed", "close") if walk[f"{n}_win"].notna().any()]
    return {name: walk[f"{name}_win"] for name in names}


def skill_by_population(walk: pd.DataFrame) -> pd.DataFrame:
    """Return the skill of all forecasters on all games, then, for each peer, on the games it forecast too.

    Returns
    -------
    DataFrame
        As ``skill_table``, with ``population`` (``all`` or the peer) and the ``first`` and ``last`` season in front.
    """
    parts = []
    for name in ("all", *(peer for peer in ("elo", "nfelo") if peer in walk and walk[peer].notna().any())):
        games = walk if name == "all" else walk[walk[name].notna()]
        if games.groupby(["season", "week"]).ngroups < 2:
            continue
        table = skill_table(games, _shown(games) | ({} if name == "all" else {name: games[name]}))
        span = int(games["season"].min()), int(games["season"].max())
        parts.append(table.assign(population=name, first=span[0], last=span[1]))
    return pd.concat(parts, ignore_index=True)


def _peer_notes(walk: pd.DataFrame, peers: Peers) -> list[str]:
    empty = [n for n in peers.probabilities.columns if walk[n].isna().all()]
    return [*peers.missing, *(f"The peer {name} forecast none of these games." for name in empty)]


def _wednesday_notes(season: int, found: Wednesday | None) -> list[str]:
    return [f"Season {season} has no timestamped lines on Wednesdays."] if season and found is None else []


def _gains(walk: pd.DataFrame) -> list[Gain]:
    fixed = pd.Series(norm.cdf(walk["line"].to_numpy(dtype=np.float64) / FIXED_WIN_SD), index=walk.index)
    alone = "rating model without the market over"
    wanted: tuple[tuple[str, str, pd.Series[float] | None, str], ...] = (
        ("rating_over_elo", f"{alone} plain 538 Elo", walk.get("elo"), "rating"),
        ("rating_over_nfelo", f"{alone} nfelo alone (its own curve)", walk.get("nfelo"), "rating"),
        ("rating_over_nfelo_fixed", f"{alone} nfelo alone (a fixed curve)", walk.get("nfelo_fixed"), "rating"),
        ("informed_over_opener", "informed forecast over the opener (its best curve)", walk["line_win"], "informed"),
        ("informed_over_fixed", "informed forecast over the opener (a fixed curve)", fixed, "informed"),
        ("close_over_opener", "closing line over the opener", walk["line_win"], "close"),
        ("informed_over_close", "informed forecast over the closing line", walk["close_win"], "informed"),
    )
    found = (
        paired_gain(walk, name=name, what=what, over=over, by=walk[f"{by}_win"])
        for name, what, over, by in wanted
        if over is not None
    )
    return [gain for gain in found if gain is not None]


def paired_gain(
    walk: pd.DataFrame, *, name: str, what: str, over: "pd.Series[float]", by: "pd.Series[float]"
) -> Gain | None:
    """Return the paired gain of one forecaster over another; None where no two weeks have both."""
    both = over.notna() & by.notna()
    games = walk[both]
    if games.groupby(["season", "week"]).ngroups < 2:
        return None
    gain = brier_gain(walk, over=over, by=by)
    won = win_outcome(games["outcome"])
    better, worse = (float(brier_score(p[both], won).mean()) for p in (by, over))
    return Gain(
        name=name, what=what, by=better, over=worse, value=gain["value"], low=gain["low"], high=gain["high"],
        standard_error=gain["standard_error"], games=int(gain["n"]), first=int(games["season"].min()),
        last=int(games["season"].max()),
    )  # fmt: skip


def gap_share(walk: pd.DataFrame, *, rng: np.random.Generator) -> GapShare | None:
    """Return the informed forecast's share of the gap from opener to close, its interval from resampled weeks.

    A ratio of two noisy means: weeks are drawn with replacement and both means taken anew, so the interval is honest
    about the gap's own noise. A resample whose gap is not positive counts as it falls.
    """
    scores = pd.DataFrame({n: walk[f"{n}_win"] for n in ("line", "informed", "close")}).dropna()
    games = walk.loc[scores.index]
    if games.groupby(["season", "week"]).ngroups < 2:
        return None
    won = win_outcome(games["outcome"])
    brier = {name: brier_score(scores[name], won) for name in scores.columns}
    week = pd.factorize(games["season"] * 100 + games["week"])[0]
    gained, gap = (np.bincount(week, weights=brier["line"] - brier[name]) for name in ("informed", "close"))
    pick = rng.integers(0, len(gap), size=(_RESAMPLES, len(gap)))
    low, high = np.quantile(gained[pick].sum(axis=1) / gap[pick].sum(axis=1), [0.025, 0.975])
    return GapShare(float(gained.sum() / gap.sum()), float(low), float(high), len(games))


def _gain_by_season(walk: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for season, games in walk.groupby("season"):
        gain = paired_gain(games, name=str(season), what="", over=games["line_win"], by=games["informed_win"])
        if gain is not None:
            rows.append(
                {"season": season, "value": gain.value, "low": gain.low, "high": gain.high, "games": gain.games}
            )
    return pd.DataFrame(rows, columns=["season", "value", "low", "high", "games"])


def wednesday_skill(run: StudyRun, facts: ForecastFacts, *, season: int) -> Wednesday | None:
    """Score a season on the games that had a fresh, timestamped line on Wednesday; None where there are too few.

    The model is the one of the walk: fitted on earlier seasons' openers, then given Wednesday's line.
    """
    lines = wednesday_lines(run.everything, run.settings.policy, season=season)
    weeks = facts.games[facts.games["game_id"].isin(lines["game_id"])].groupby(["season", "week"]).ngroups
    if weeks < 2:
        return None
    others = facts.opening[~facts.opening["game_id"].isin(facts.games.loc[facts.games["season"] == season, "game_id"])]
    walk = walk_forward(
        replace(facts, opening=pd.concat([others, lines], ignore_index=True)),
        seasons=[season],
        scales=walked_scales(run.everything, seasons=[season]),
    )
    walk = walk[walk["line"].notna()].reset_index(drop=True)
    what = "informed forecast over Wednesday's line"
    gain = paired_gain(walk, name="wednesday_gain", what=what, over=walk["line_win"], by=walk["informed_win"])
    return Wednesday(season, skill_table(walk, _shown(walk)), gain)


def wednesday_lines(view: AsOf, policy: Policy, *, season: int) -> pd.DataFrame:
    """Return the home line of each game on its week's Wednesday noon, as a decision under a policy would choose it.

    Returns
    -------
    DataFrame
        ``game_id, line, source``; a game without a fresh, timestamped line is left out.
    """
    games = view.table("games", seasons=[season])
    quotes = view.table("quotes", seasons=[season])
    quotes = quotes[(quotes["market"] == "spread") & ~quotes["instant_assumed"]]
    frames = [pd.DataFrame({"game_id": pd.Series(dtype=str), "line": pd.Series(dtype=np.float64)})]
    for instant, group in games.groupby(decision_instants(games["kickoff_utc"])):
        latest = latest_quotes(quotes[quotes["game_id"].isin(group["game_id"])], group, at=instant)
        chosen = chosen_quotes(latest, books=policy.books, maximum_age_hours=policy.maximum_quote_age_hours)
        frames.append(chosen[["game_id", "line"]])
    return pd.concat(frames, ignore_index=True).assign(source="wednesday")


def brier_of(skill: pd.DataFrame, forecaster: str, *, population: str = "all") -> Mapping[str, float] | None:
    """Return one forecaster's row of a skill table, None where it has none."""
    here = skill[skill["population"] == population] if "population" in skill else skill
    rows = here[here["forecaster"] == forecaster]
    return None if rows.empty else {str(k): v for k, v in rows.iloc[0].items()}
