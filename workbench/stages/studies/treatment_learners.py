"""Whether effects vary: quarterback changes and other injuries by severity, position and expected spread."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from workbench.causal.learners.heterogeneity import average_effects, best_linear_projection, calibration_test
from workbench.causal.learners.meta_learners import LEARNERS, Base, LearnedEffects, LearnerName, learned_effects
from workbench.causal.pool.severity_bands import BANDS, scale_of, severity_bands
from workbench.errors import ValidationError
from workbench.features.panels import team_week_panel
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.cells import position_group
from workbench.stages.effects.frames import EffectFrames
from workbench.stages.studies.treatment_parts import kept_tables

OUTCOMES: Final = ("margin", "margin_vs_close")
#: What was known of a team and its game before the week's news.
FEATURES: Final = (
    "expected", "market_rating", "opponent_market_rating", "last4_residual", "win_rate", "home", "week", "already_out",
)  # fmt: skip
#: Points the team was expected to win by before the news; home field at two points.
SPREADS: Final = (("underdog by over 3", -99.0, -3.0), ("within 3", -3.0, 3.0), ("favourite by over 3", 3.0, 99.0))
_HOME: Final = 2.0
_TREATMENTS: Final = ("quarterback_exit", "injury")
_WORDS: Final = {"quarterback_exit": "Quarterback change", "injury": "Other starter out"}
_BAND_WORDS: Final = {"low": "mild", "middle": "middling", "high": "severe"}
_CLUSTERS: Final = ("team_season", "game_id")
#: A position is learned only where at least this many teams' games lost one.
_FEWEST: Final = 60
#: Spared games drawn for each one hit: of a rare shock nearly all games would else be unlike any that was hit.
_SPARED: Final = 5
#: Draws of spared games and folds behind each level's answer.
_DRAWS: Final = 7


def learner_rows(frames: EffectFrames, kind: str) -> pd.DataFrame:
    """Return one row a team and game: whether a shock of a kind first hit it, how severe, at which position.

    Returns
    -------
    DataFrame
        ``FEATURES``, ``OUTCOMES``, ``hit`` (0 or 1), ``band`` and ``group`` (empty where not hit), ``spread``,
        ``team_season, game_id, season``. A quarterback's later games away are left out; of other starters it is counted
        how many are ``already_out``.
    """
    window = frames.window((kind,))
    hits = frames.exposures[frames.exposures["type"].eq(kind) & frames.exposures["sign"].ne(0)]
    first = hits[hits["horizon"].eq(0)]
    scale = scale_of(kind)
    size = -first["dose"].astype("float64") if scale == "quarterback_points" else first["expected_severity"]
    told = first.assign(
        band=severity_bands(size.astype("float64"), scale=scale), group=position_group(first["position"])
    )
    # The worst of a game's absences speaks for the team.
    worst = (
        told.assign(size=size.astype("float64")).sort_values("size").drop_duplicates(["game_id", "team"], keep="last")
    )
    panel = team_week_panel(frames.games[frames.games["season"].between(*window)])
    rows = panel.merge(worst[["game_id", "team", "band", "group"]], on=["game_id", "team"], how="left")
    hit = rows["band"].notna()
    key = pd.MultiIndex.from_frame(rows[["game_id", "team"]])
    away = hits[hits["horizon"].gt(0)].groupby(["game_id", "team"]).size().reindex(key, fill_value=0).to_numpy()
    later = (away > 0) & (kind == "quarterback_exit")
    home = np.where(rows["neutral"], 0.0, np.where(rows["is_home"], 1.0, -1.0))
    expected = rows["market_rating"] - rows["opponent_market_rating"] + _HOME * home
    cut = pd.cut(expected, [SPREADS[0][1], *(high for *_, high in SPREADS)], labels=[name for name, *_ in SPREADS])
    named = rows.assign(hit=hit.astype("float64"), home=home, expected=expected, spread=cut.astype("str"),
                        already_out=np.where(later, 0.0, away))  # fmt: skip
    kept = named[hit | ~later].dropna(subset=[*FEATURES, *OUTCOMES])
    return kept.fillna({"band": "", "group": ""})[
        [*dict.fromkeys((*FEATURES, *OUTCOMES, "hit", "band", "group", "spread", "team_season", "game_id", "season"))]
    ].reset_index(drop=True)


def varying_effects(frames: EffectFrames, *, cache: EstimateCache, seed: int, smoke: bool) -> dict[str, pd.DataFrame]:
    """Return how two effects vary.

    Returns
    -------
    dict of str to DataFrame
        ``groups``: ``treatment, outcome, by`` (all, spread, severity, position), ``learner, group, effect,
        standard_error, low, high, p_value, plug_in, rows, treated``; ``calibration``: ``treatment, outcome, learner``
        and the coefficient with its interval; ``slopes``: the best linear projection; ``overlap``: sentences;
        ``refused``: what could not be learned and why.
    """
    parts: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("groups", "calibration", "slopes", "overlap", "refused")
    }
    for kind in _TREATMENTS:
        if frames.window((kind,))[0] > frames.window((kind,))[1]:
            continue
        rows = learner_rows(frames, kind)
        for outcome in OUTCOMES:
            found = kept_tables(
                lambda r=rows, o=outcome: _learned(r, outcome=o, seed=seed, smoke=smoke),  # type: ignore[misc]
                name=f"learned-{kind}", cache=cache, frames={"rows": rows}, maker=__file__,
                options={"outcome": outcome, "seed": seed, "smoke": smoke},
            )  # fmt: skip
            for name, table in found.items():
                place = "refused" if name == "why_not" else name
                parts[place].append(table.assign(treatment=_WORDS[kind], outcome=outcome))
    columns = ["treatment", "outcome", "by", "learner", "group", "effect", "low", "high", "treated"]
    return {name: pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
            for name, tables in parts.items()}  # fmt: skip


def _learned(rows: pd.DataFrame, *, outcome: str, seed: int, smoke: bool) -> dict[str, pd.DataFrame]:
    base: Base = "ridge" if smoke else "trees"
    whole = _fitted(_thinned(rows, seed=seed), outcome=outcome, seed=seed, base=base, learners=LEARNERS)
    table, joint = best_linear_projection(whole, features=("expected", "market_rating", "week"))
    groups = [average_effects(whole).assign(by="all"), average_effects(whole, by="spread").assign(by="spread")]
    refused = []
    for by, level, part in () if smoke else _levels(rows):
        try:
            groups.append(_over_draws(part, outcome=outcome, seed=seed).assign(by=by, group=level))
        except ValidationError as error:
            refused.append({"why_not": f"{level}: {error}"})
    tables = {
        "groups": pd.concat(groups, ignore_index=True),
        "calibration": calibration_test(whole),
        "slopes": table.assign(joint_p=joint),
        "overlap": pd.DataFrame({"sentence": [whole.overlap.sentence]}),
    }
    return tables | ({"refused": pd.DataFrame(refused)} if refused else {})


def _fitted(
    rows: pd.DataFrame, *, outcome: str, seed: int, base: Base, learners: tuple[LearnerName, ...]
) -> LearnedEffects:
    return learned_effects(
        rows, outcome=outcome, treatment="hit", features=FEATURES, clusters=_CLUSTERS, fold_by="season",
        rng=np.random.default_rng(seed), base=base, learners=learners,
    )  # fmt: skip


def _over_draws(rows: pd.DataFrame, *, outcome: str, seed: int) -> pd.DataFrame:
    """Return the middle of several draws of spared games and folds, their spread part of the standard error.

    A rare level rests on few hit games with large weights, so that one draw alone says as much of the draw as of the
    level. Medians after Chernozhukov et al. (2018), doi:10.1111/ectj.12097, section 3.4.
    """
    parts = []
    for draw in range(_DRAWS):
        one = _fitted(_thinned(rows, seed=seed + draw), outcome=outcome, seed=seed + draw, base="ridge",
                      learners=("DR",))  # fmt: skip
        parts.append(average_effects(one))
    found = pd.concat(parts, ignore_index=True)
    middle = float(found["effect"].median())
    error = float(np.sqrt((found["standard_error"] ** 2 + (found["effect"] - middle) ** 2).median()))
    reach = float(stats.norm.ppf(0.975)) * error
    kept = found.iloc[[0]].assign(effect=middle, standard_error=error, low=middle - reach, high=middle + reach)
    return kept.assign(p_value=2 * stats.norm.sf(abs(middle) / error), plug_in=found["plug_in"].median(),
                       treated=int(found["treated"].median()))  # fmt: skip


def _thinned(rows: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return the rows hit and, drawn by chance, at most five spared ones for each.

    Effects given features are as before; their average is over games hit and as many others as are kept.
    """
    spared = np.flatnonzero(rows["hit"].eq(0))
    hit = np.flatnonzero(rows["hit"].eq(1))
    most = min(len(spared), _SPARED * len(hit))
    drawn = np.random.default_rng(seed).choice(spared, size=most, replace=False)
    return rows.iloc[np.sort(np.concatenate([hit, drawn]))].reset_index(drop=True)


def _levels(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the rows hit at one severity or one position, with all that were not hit."""
    spared = rows["hit"].eq(0)
    names: Mapping[str, tuple[str, ...]] = {
        "band": BANDS, "group": tuple(g for g in sorted(rows["group"].unique()) if g not in ("", "any", "QB")),
    }  # fmt: skip
    for column, levels in names.items():
        for level in levels:
            mine = rows[column].eq(level) & ~spared
            if mine.sum() >= _FEWEST:
                by = "severity" if column == "band" else "position"
                yield by, _BAND_WORDS.get(level, level), rows[mine | spared].reset_index(drop=True)
