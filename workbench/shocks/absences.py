"""Why a quarterback did not start: by rule, from the reports and the roster of the first game he misses.

In this order: a suspension list; Out, Doubtful or another reserve list is an injury; Questionable and inactive too; the
last regular week with his start in the play-offs is rest; active without a designation is a benching. Anything else,
and every season without rosters and reports, is unknown.
"""

from typing import Final

import pandas as pd

from workbench.shocks.team_games import Tables, table_of

SUSPENSION_CODES: Final = ("R40", "R06")
#: Injured, physically unable, non-football injury, designated to return.
INJURY_CODES: Final = ("R01", "R04", "R05", "R47", "R48")
#: Non-football illness and the COVID-19 list: a reserve list too, named in the detail.
ILLNESS_CODES: Final = ("R27", "R59")
RULED_OUT: Final = ("Out", "Doubtful")
_WEEK: Final = ["season", "week", "team", "player_id"]


def absence_causes(exits: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Return the cause of each exit.

    Parameters
    ----------
    exits : DataFrame
        ``row, season, week, team, player_id, kickoff_utc`` and ``game_type`` of the first game missed.

    Returns
    -------
    DataFrame, index ``row``
        ``cause, detail, known_at, quality, why, sources``.
    """
    seen = _seen(exits, tables)
    rules = _rules(seen)
    cause, detail = pd.Series("unknown", index=seen.index), _unknown(seen)
    for holds, word, said in reversed(rules):
        cause, detail = cause.mask(holds, word), detail.mask(holds, said)
    by_report = seen["report_status"].isin(RULED_OUT) & ~rules[0][0]
    by_list = detail.str.contains(" list ")
    known = seen["ruled_out_at"].where(by_report).fillna(seen["roster_known_at"].where(by_list | cause.eq("injury")))
    quality = pd.Series("derived", index=seen.index).mask(by_report, "sourced").mask(by_list, "assumed")
    why = " (" + detail + ")"
    columns = {"row": seen["row"], "cause": cause, "detail": detail, "known_at": known, "quality": quality, "why": why}
    return pd.DataFrame({**columns, "sources": _sources(seen)}).set_index("row")


def _seen(exits: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Return the exits beside what roster, report and calendar say of the man in that week."""
    out = exits[["row", *_WEEK]]
    for table, on in (
        (_roster(tables), _WEEK),
        (_reports(tables), _WEEK),
        (_play_off_openers(tables), ["season", "team", "player_id"]),
        (_last_weeks(tables), ["season", "team"]),
    ):
        out = out.merge(table, on=on, how="left")
    return out


def _rules(seen: pd.DataFrame) -> "list[tuple[pd.Series[bool], str, pd.Series[str]]]":
    """Return the rules in order: where each holds, its cause, and what it rests on."""
    code, report = seen["status_code"], seen["report_status"]
    listed, covered = seen["status"].eq("RES"), seen["season_covered"].eq(True)
    final = seen["week"].eq(seen["final_week"]) & seen["opens_playoffs"].eq(True)

    def said(words: str) -> "pd.Series[str]":
        return pd.Series(words, index=seen.index)

    rules = [
        (listed & code.isin(SUSPENSION_CODES), "suspension", "reserve list " + code),
        (report.isin(RULED_OUT), "injury", "report: " + report),
        (listed & code.isin(INJURY_CODES), "injury", "reserve list " + code),
        (listed & code.isin(ILLNESS_CODES), "injury", "illness list " + code),
        (report.eq("Questionable") & seen["status"].eq("INA"), "injury", said("questionable, inactive")),
        (final & covered, "rest", said("final week, starts in the play-offs")),
        (seen["status"].eq("ACT") & report.isna() & covered, "benching", said("active, undesignated")),
    ]
    return [(holds.fillna(False).astype(bool), cause, words) for holds, cause, words in rules]


def _sources(seen: pd.DataFrame) -> "pd.Series[str]":
    key = seen["team"] + " " + seen["player_id"] + " " + seen["season"].astype("str") + " " + seen["week"].astype("str")
    reports = (";injuries:" + key).where(seen["report_status"].notna(), "")
    return reports + (";rosters:" + key).where(seen["status"].notna(), "")


def _unknown(seen: pd.DataFrame) -> "pd.Series[str]":
    """Say why the cause is not known."""
    covered = seen["season_covered"].eq(True)
    said = pd.Series("no rosters or reports of this season", index=seen.index)
    said = said.mask(covered, "no rule holds: status " + seen["status"].fillna("not on the roster"))
    return said.mask(
        covered & seen["report_status"].notna(),
        "no rule holds: " + seen["report_status"] + ", status " + seen["status"].fillna("none"),
    )


def _roster(tables: Tables) -> pd.DataFrame:
    rosters = table_of(tables, "rosters")
    columns = [*_WEEK, "status", "status_code", "roster_known_at"]
    if rosters.empty:
        return pd.DataFrame(columns=columns).astype({"season": "int64", "week": "int64"})
    return rosters.rename(columns={"known_at": "roster_known_at"})[columns].drop_duplicates(_WEEK)


def _reports(tables: Tables) -> pd.DataFrame:
    """Return each player's last designation of a week, and the first report that ruled him out."""
    injuries = table_of(tables, "injuries")
    columns = [*_WEEK, "report_status", "ruled_out_at"]
    if injuries.empty:
        return pd.DataFrame(columns=columns).astype({"season": "int64", "week": "int64"})
    named = injuries[injuries["report_status"].notna()].sort_values("known_at", kind="stable")
    last = named.drop_duplicates(_WEEK, keep="last")[[*_WEEK, "report_status"]]
    first = named[named["report_status"].isin(RULED_OUT)].drop_duplicates(_WEEK)
    return last.merge(first[[*_WEEK, "known_at"]].rename(columns={"known_at": "ruled_out_at"}), on=_WEEK, how="left")


def _play_off_openers(tables: Tables) -> pd.DataFrame:
    """Return who started his team's first play-off game."""
    games, starters = tables["games"], tables["starters"]
    late = starters.merge(games[["game_id", "game_type", "kickoff_utc"]], on="game_id")
    first = late[late["game_type"].ne("REG")].sort_values("kickoff_utc").drop_duplicates(["season", "team"])
    return pd.DataFrame(
        {"season": first["season"], "team": first["team"], "player_id": first["quarterback_id"], "opens_playoffs": True}
    )


def _last_weeks(tables: Tables) -> pd.DataFrame:
    """Return each team-season's last regular week, and whether the season has rosters and reports."""
    games = tables["games"]
    regular = games[games["game_type"].eq("REG")]
    sides = [regular[["season", "week", side]].rename(columns={side: "team"}) for side in ("home_team", "away_team")]
    last = pd.concat(sides).groupby(["season", "team"])["week"].max().reset_index(name="final_week")
    covered = [set(table_of(tables, name).get("season", [])) for name in ("rosters", "injuries")]
    return last.assign(season_covered=last["season"].isin(covered[0] & covered[1]))
