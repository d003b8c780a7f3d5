"""Season files of English football: what becomes of good ones, and of every bad one that was met or can be thought of.

Tolerances: none; instants and counts are equal or not.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli.week import ask, run_week
from workbench.clock import uk_batch_instants
from workbench.data.demo.goals_league import GoalsLeague, round_robin, write_goals_league
from workbench.data.epl.load import load_matches
from workbench.data.epl.source import EplSource, season_code, season_of_code
from workbench.data.fetch import Fetcher
from workbench.data.ingest import fingerprint, load_league, probe
from workbench.errors import SettingsError, SourceError
from workbench.settings import load_settings

HEADER = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,PSH,PSD,PSA,PSCH,PSCD,PSCA"
ARSENAL = "E0,16/09/2023,15:00,Arsenal,Wolves,2,1,H,1.50,4.5,7.0,1.48,4.6,7.2"
EVERTON = "E0,19/09/2023,19:45,Everton,Nott'm Forest,0,0,D,2.10,3.4,3.8,2.05,3.5,3.9"


def loaded(tmp_path, *lines, header=HEADER, seasons=(2023,), name="2324/E0.csv", encoding="utf-8"):
    file = tmp_path / "files" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes("\r\n".join([header, *lines]).encode(encoding))
    return load(tmp_path, seasons=seasons)


def load(tmp_path, *, seasons):
    source = EplSource(Fetcher(base=str(tmp_path / "files"), raw=tmp_path / "raw"))
    return load_matches(source.fetch(list(seasons)), seasons=list(seasons))


def stamp(text):
    return pd.Timestamp(text, tz="UTC")


class TestASeasonFile:
    def test_becomes_games_results_and_quotes_each_known_by_its_rule(self, tmp_path):
        facts = loaded(tmp_path, ARSENAL, EVERTON)
        games, results, quotes = (facts.tables[n].set_index("game_id") for n in ("games", "results", "quotes"))
        assert games.loc["2023_Arsenal_Wolves", "kickoff_utc"] == stamp("2023-09-16 14:00")  # British summer time
        assert games["week"].to_dict() == {"2023_Arsenal_Wolves": 1, "2023_Everton_NottmForest": 2}
        assert games.loc["2023_Everton_NottmForest", "away_team"] == "Nott'm Forest"
        assert results.loc["2023_Arsenal_Wolves", "known_at"] == stamp("2023-09-16 18:00")
        early, late = (quotes[quotes["kind"] == kind] for kind in ("open", "close"))
        assert early.loc["2023_Arsenal_Wolves", "known_at"] == stamp("2023-09-15 17:00")  # Friday 18:00 UK
        assert early.loc["2023_Everton_NottmForest", "known_at"] == stamp("2023-09-19 17:00")  # Tuesday 18:00 UK
        assert late.loc["2023_Arsenal_Wolves", "known_at"] == stamp("2023-09-16 14:00")
        assert early["instant_assumed"].all()
        assert not late["instant_assumed"].any()
        assert early.loc["2023_Arsenal_Wolves", ["price_home", "price_draw", "price_away"]].tolist() == [1.5, 4.5, 7.0]
        assert set(quotes["market"]) == {"1x2"}
        assert set(quotes["source"]) == {"pinnacle"}
        assert facts.quarantine.empty

    def test_without_kick_off_times_takes_the_latest_plausible_one_and_says_so(self, tmp_path):
        header, line = HEADER.replace("Time,", ""), ARSENAL.replace("15:00,", "").replace("2023", "2017")
        facts = loaded(tmp_path, line, header=header, seasons=(2017,), name="1718/E0.csv")
        assert facts.tables["games"]["kickoff_utc"].iloc[0] == stamp("2017-09-16 19:15")
        assert facts.tables["results"]["known_at"].iloc[0] == stamp("2017-09-16 23:15")
        assert facts.tables["quotes"]["instant_assumed"].all()
        assert any("20:15 UK" in note.reason for note in facts.degraded)

    def test_with_short_dates_ragged_lines_and_old_letters_is_read_as_the_site_wrote_it(self, tmp_path):
        line = ARSENAL.replace("2023", "23").replace("Wolves", "Málaga") + ",,,,"
        facts = loaded(tmp_path, line, "," * 20, "", encoding="cp1252")
        assert len(facts.tables["games"]) == 1
        assert facts.tables["games"]["away_team"].iloc[0] == "Málaga"

    def test_of_any_name_in_the_folder_is_found_and_dated_by_its_first_match(self, tmp_path):
        facts = loaded(tmp_path, ARSENAL, name="premier.csv")
        assert facts.tables["games"]["season"].tolist() == [2023]
        spring = ARSENAL.replace("16/09/2023", "16/04/2024").replace("Arsenal,Wolves", "Wolves,Arsenal")
        assert loaded(tmp_path / "b", ARSENAL, spring, name="x.csv").tables["games"]["season"].tolist() == [2023, 2023]

    def test_as_parquet_of_many_seasons_gives_the_same(self, tmp_path):
        frame = pd.DataFrame([ARSENAL.split(",")], columns=HEADER.split(",")).assign(season="2324")
        frame["Date"] = pd.to_datetime(frame["Date"], dayfirst=True)
        for name in ("FTHG", "FTAG", "PSH", "PSD", "PSA", "PSCH", "PSCD", "PSCA"):
            frame[name] = frame[name].astype(float)
        (tmp_path / "files").mkdir()
        frame.to_parquet(tmp_path / "files" / "many.parquet")
        one = load(tmp_path, seasons=(2023,)).tables
        other = loaded(tmp_path / "b", ARSENAL).tables
        for name in ("games", "results", "quotes"):
            pd.testing.assert_frame_equal(one[name], other[name])

    def test_with_matches_yet_to_be_played_has_games_without_results(self, tmp_path):
        facts = loaded(tmp_path, ARSENAL, EVERTON.replace("0,0,D", ",,"))
        assert len(facts.tables["games"]) == 2
        assert facts.tables["results"]["game_id"].tolist() == ["2023_Arsenal_Wolves"]


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("line", "rule", "said"),
        [
            (ARSENAL.replace("1.50", "1.00"), "decimal_odds", "above 1, got 1.0"),
            (ARSENAL.replace("1.50", "-200"), "decimal_odds", "American odds"),
            (ARSENAL.replace("4.5", "", 1), "three_prices", "all three prices, got no price_draw"),
            (ARSENAL.replace("7.0", "1.5"), "overround", "0.97-1.3"),
            (ARSENAL.replace("16/09/2023", "2023-16-09"), "date", "19/05/2024"),
            (ARSENAL.replace("E0", "E1"), "division", "division E0"),
            (ARSENAL.replace("Wolves", "Arsenal"), "two_teams", "two teams"),
            (ARSENAL.replace("2,1,H", "2,-1,H"), "range", "between 0 and 100"),
        ],
    )
    def test_goes_to_quarantine_with_its_reason_and_the_rest_goes_on(self, tmp_path, line, rule, said):
        facts = loaded(tmp_path, line, EVERTON)
        mine = facts.quarantine[facts.quarantine["rule"] == rule]
        assert len(mine) == 1
        assert said in mine["reason"].iloc[0]
        assert "2023_Everton_NottmForest" in set(facts.tables["results"]["game_id"])
        assert sum(sum(t.quarantined.values()) for t in facts.report.tables.values()) == len(facts.quarantine)

    def test_a_match_twice_stands_once_and_one_with_two_scores_is_named(self, tmp_path):
        same = loaded(tmp_path, ARSENAL, ARSENAL)
        assert len(same.tables["games"]) == len(same.tables["results"]) == 1
        other = loaded(tmp_path / "b", ARSENAL, ARSENAL.replace("16/09", "17/09"))
        assert (other.quarantine["rule"] == "conflicting_duplicate").any()
        assert len(other.tables["games"]) == 1

    def test_a_short_season_is_said_to_be_short(self, tmp_path):
        notes = {note.feature: note.reason for note in loaded(tmp_path, ARSENAL).degraded}
        assert "1 of 380" in notes["matches of 2023"]

    @pytest.mark.parametrize(
        ("header", "said"),
        [
            ("<!DOCTYPE html>", "must be CSV"),
            ("Date,HomeTeam,AwayTeam", "needs the columns FTHG, FTAG"),
            (HEADER, "no match"),
        ],
    )
    def test_a_file_that_is_none_is_named_where_nothing_else_is_there(self, tmp_path, header, said):
        with pytest.raises(SourceError, match=said):
            loaded(tmp_path, header=header)

    def test_no_file_at_all_says_which_setting_to_name(self, tmp_path):
        with pytest.raises(SourceError, match=r"--set sources\.epl\.base=FOLDER"):
            load(tmp_path, seasons=(2023,))

    def test_one_bad_file_beside_a_good_one_is_named_and_left(self, tmp_path):
        (tmp_path / "files").mkdir()
        (tmp_path / "files" / "notes.csv").write_text("a,b\n1,2\n")
        facts = loaded(tmp_path, ARSENAL)
        assert len(facts.tables["games"]) == 1
        assert any(note.feature == "matches of notes.csv" for note in facts.degraded)


class TestBatches:
    @pytest.mark.parametrize(
        ("kickoff", "instant"),
        [
            ("2023-09-15 19:00", "2023-09-15 17:00"),  # Friday evening: that day's prices
            ("2023-09-18 19:00", "2023-09-15 17:00"),  # Monday evening: Friday's
            ("2023-09-19 18:45", "2023-09-19 17:00"),  # Tuesday evening: that day's
            ("2023-09-21 19:00", "2023-09-19 17:00"),  # Thursday: Tuesday's
            ("2023-12-30 12:30", "2023-12-29 18:00"),  # winter time
            ("2023-12-26 12:30", "2023-12-26 11:00"),  # Tuesday noon: 90 minutes before
            ("2021-04-02 11:30", "2021-04-02 10:00"),  # Good Friday
        ],
    )
    def test_are_decided_on_friday_or_tuesday_at_six(self, kickoff, instant):
        assert uk_batch_instants(pd.Series([stamp(kickoff)])).iloc[0] == stamp(instant)

    def test_the_matches_of_an_early_day_share_its_first_kick_off(self):
        kickoffs = pd.Series([stamp(f"2023-12-26 {t}") for t in ("12:30", "15:00", "17:30", "20:00")])
        found = uk_batch_instants(kickoffs)
        assert found.tolist() == [stamp("2023-12-26 11:00")] * 3 + [stamp("2023-12-26 18:00")]

    @given(st.datetimes(pd.Timestamp("2005-01-01"), pd.Timestamp("2030-01-01")))
    def test_leave_every_match_more_than_an_hour_and_less_than_four_days(self, when):
        kickoff = pd.Timestamp(when).tz_localize("UTC").floor("min")
        lead = kickoff - uk_batch_instants(pd.Series([kickoff])).iloc[0]
        assert pd.Timedelta(hours=1) < lead < pd.Timedelta(days=3, hours=8)


class TestSeasonCodes:
    @given(st.integers(1994, 2080))
    def test_go_there_and_back(self, season):
        assert season_of_code(season_code(season)) == season

    @pytest.mark.parametrize("code", ["2325", "12", "season", "1850"])
    def test_that_name_no_season_are_refused(self, code):
        with pytest.raises(ValueError, match=r"2324|invalid literal"):
            season_of_code(code)


class TestTheProfile:
    def test_loads_probes_and_notices_a_change(self, tmp_path):
        loaded(tmp_path, ARSENAL)
        given_base = {"sources.epl.base": str(tmp_path / "files")}
        settings = load_settings("epl", overrides=given_base)
        facts = load_league(settings, seasons=[2023], root=tmp_path / "root")
        assert len(facts.tables["games"]) == 1
        assert probe(settings, root=tmp_path / "root") == [("epl", True, "1 files")]
        before = fingerprint(settings, seasons=[2023], root=tmp_path / "root")
        assert fingerprint(settings, seasons=[2023], root=tmp_path / "root") == before
        loaded(tmp_path, ARSENAL, EVERTON)
        assert fingerprint(settings, seasons=[2023], root=tmp_path / "root") != before

    def test_without_a_folder_says_so(self, tmp_path):
        ((name, answered, said),) = probe(load_settings("epl", overrides={}), root=tmp_path)
        assert (name, answered) == ("epl", False)
        assert "sources.epl.base" in said

    def test_has_no_week_and_says_what_there_is(self):
        with pytest.raises(SettingsError, match="workbench study backtest --profile epl"):
            run_week(ask("epl", overrides={}))


class TestTheSimulatedLeague:
    def test_is_read_without_a_complaint_and_books_know_more_at_the_close(self, tmp_path):
        write_goals_league(
            tmp_path / "files", seasons=range(2021, 2024), truth=GoalsLeague(clubs=20), rng=np.random.default_rng(1)
        )
        facts = load(tmp_path, seasons=range(2021, 2024))
        assert facts.quarantine.empty
        assert facts.degraded == []
        assert facts.tables["games"].groupby("season").size().to_list() == [380] * 3
        games = facts.tables["games"]
        before, after = (set(games.loc[games["season"] == s, "home_team"]) for s in (2021, 2022))
        assert len(after - before) == 3

    @pytest.mark.parametrize("clubs", [4, 8, 20])
    def test_everyone_meets_everyone_at_both_grounds_once(self, clubs):
        rounds = round_robin(clubs)
        pairs = [pair for matches in rounds for pair in matches]
        assert len(set(pairs)) == len(pairs) == clubs * (clubs - 1)
        assert all(len({club for pair in matches for club in pair}) == clubs for matches in rounds)
