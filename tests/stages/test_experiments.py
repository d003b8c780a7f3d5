"""Experiments: what a file may say, what is made of two arms, and what the page says of it.

Tolerances: coverage of intervals and rates of false verdicts within five binomial standard errors; the rest by hand.
"""

import json

import numpy as np
import pandas as pd
import pytest

from workbench.errors import FormatError, SettingsError
from workbench.report.stories import experiments as story
from workbench.stages.context import plain
from workbench.stages.studies import experiment_files as files
from workbench.stages.studies import experiment_pairs as pairs
from workbench.stages.studies.experiments import (
    compared_experiments,
    planted_experiments,
    read_arm,
    read_record,
)
from workbench.stages.studies.experiments_claims import experiments_claims, headline

GOOD = """
what: Half Kelly.
why: To see.
base: nfl
seasons: [2023, 2024]
changes:
  policy.kelly_fraction: 0.5
"""


def parsed(text: str, **more) -> files.Experiment:
    return files.parse_experiment(text, where="x.yaml", parameters=("decide_at",), **more)


class TestAFile:
    def test_says_what_why_base_seasons_and_changes(self):
        found = parsed(GOOD)
        assert (found.base, found.seasons, found.decide_at) == ("nfl", (2023, 2024), "open")
        assert found.changes == {"policy.kelly_fraction": 0.5}

    def test_has_a_digest_of_what_it_asks_not_of_how_it_is_written(self):
        turned = "\n".join(["# a comment", *reversed(GOOD.strip().split("\nchanges")[0].splitlines())])
        turned += "\nchanges: {policy.kelly_fraction: 0.5}\n"
        assert parsed(turned).digest == parsed(GOOD).digest
        assert parsed(GOOD.replace("0.5", "0.6")).digest != parsed(GOOD).digest
        assert parsed(GOOD.replace("To see", "To look")).digest != parsed(GOOD).digest

    def test_may_change_parameters_of_the_study_and_lists(self):
        more = GOOD + "  decide_at: wednesday\n  policy.markets: [spread, total]\n"
        assert parsed(more).changes["policy.markets"] == ("spread", "total")
        assert files.typed(("spread", "total")) == "[spread, total]"

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("  policy.kelly_fracton: 0.5", "nothing called 'policy.kelly_fracton' to change. Did you mean "
             "'policy.kelly_fraction'"),
            ("  kelly_fraction: 0.5", "Did you mean 'policy.kelly_fraction'"),
            ("  variant: x", "nothing called 'variant'"),
            ("  artifacts: elsewhere", "'artifacts' may not be changed"),
            ("  reports: elsewhere", "'reports' may not be changed"),
            ("  sources.lines.base: elsewhere", "'sources.lines.base' may not be changed"),
            ("  sources.odds_api.key_env: SECRET", "may not be changed"),
            ("  ledger: postgres", "'ledger' may not be changed"),
            ("  compute.workers: 3", "may not be changed"),
            ("  league: epl", "may not be changed"),
            ("  seasons: 2020", "'seasons' may not be a change"),
            ("  seed: 3", "'seed' may not be a change"),
            ("  smoke: true", "'smoke' may not be a change"),
            ("  policy.name: ../../x", "got '../../x'"),
            ("  policy.staking: [[flat]]", "changes"),
            ("  policy.staking: {a: b}", "changes"),
            ("  policy.kelly_fraction: .nan", "changes"),
            ("  policy.kelly_fraction: .inf", "changes"),
            ("  policy.kelly_fraction:", "changes"),
            ("  policy.kelly_fraction: 2024-01-01", "changes"),
        ],
    )  # fmt: skip
    def test_is_refused_where_it_changes_what_it_may_not(self, change, said):
        text = GOOD.replace("  policy.kelly_fraction: 0.5", change)
        with pytest.raises(SettingsError) as refused:
            parsed(text)
        assert said in str(refused.value)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("season: [2024]", "no line 'season'. Did you mean 'seasons'"),
            ("sources: {}", "no line 'sources'"),
            ("seeds: [1, 1]", "each may stand there once"),
            ("seeds: [one]", "seeds got 'one'"),
            ("seeds: [-1]", "greater than or equal to 0"),
            ("decide_at: friday", "decide_at got 'friday'"),
            ("base: ../nfl", "stands there twice"),
        ],
    )
    def test_is_refused_where_a_line_is_unknown_or_ill_typed(self, line, said):
        with pytest.raises(SettingsError) as refused:
            parsed(GOOD + line + "\n")
        assert said in str(refused.value)

    @pytest.mark.parametrize("missing", ["what", "why", "base", "seasons", "changes"])
    def test_is_refused_where_a_line_is_missing(self, missing):
        text = "\n".join(line for line in GOOD.splitlines() if not line.startswith(missing) and line[:2] != "  ")
        if missing != "changes":
            text = text.replace("changes:", "changes: {draws: 500}")
        with pytest.raises(SettingsError, match=f"line '{missing}' is missing"):
            parsed(text)

    @pytest.mark.parametrize("base", ["../nfl", "/etc/passwd", "NFL", "nfl/../x", "a" * 60, "nfl\n", ""])
    def test_is_refused_where_its_base_is_no_name(self, base):
        with pytest.raises(SettingsError):
            parsed(GOOD.replace("base: nfl", f"base: {json.dumps(base)}"))


class TestHostileText:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("!!python/object/apply:os.system ['true']", "not plain YAML"),
            (GOOD + "why2: !!python/name:os.system", "not plain YAML"),
            (GOOD + "x: !secret abc", "not plain YAML"),
            ("what: &a [x]\nwhy: *a", "anchors and aliases"),
            ("a: &a {b: 1}\n<<: *a\n", "anchors and aliases"),
            (GOOD + "what: again\n", "'what' stands there twice"),
            (GOOD + "  policy.kelly_fraction: 0.7\n", "stands there twice"),
            ("- a\n- b\n", "must hold `key: value` lines, got list"),
            ("just words", "got str"),
            ("", "got NoneType"),
            ("1: 2", "must hold `key: value`"),
            ("? [a, b]\n: c", "not plain YAML"),
            ("what: 'unclosed", "not plain YAML"),
            ("--- {a: 1}\n--- {b: 2}\n", "not plain YAML"),
            ("what: \x00", "not plain YAML"),
        ],
    )
    def test_is_refused_with_a_reason(self, text, said):
        with pytest.raises(SettingsError) as refused:
            parsed(text)
        assert said in str(refused.value)

    def test_cannot_be_a_bomb_of_aliases_or_of_nesting_or_of_size(self):
        bomb = "a: &a [x, x]\n" + "".join(
            f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        with pytest.raises(SettingsError, match="anchors and aliases"):
            parsed(bomb)
        with pytest.raises(SettingsError, match="not plain YAML"):
            parsed("what: " + "[" * 9_000)
        with pytest.raises(SettingsError, match="under 20,000 bytes"):
            parsed("# " + "x" * 20_001)

    @pytest.mark.parametrize("name", ["../nfl", "/etc/passwd", "a/b", "a.yaml", "..", "", "Kelly", "a\n", "a\x00", "é"])
    def test_names_that_are_none_never_reach_the_disk(self, name, tmp_path):
        with pytest.raises(SettingsError, match="small letters"):
            files.read_experiment(name, folder=tmp_path)

    def test_a_link_out_of_the_folder_is_no_experiment(self, tmp_path):
        (tmp_path / "outside.yaml").write_text(GOOD)
        folder = tmp_path / "experiments"
        folder.mkdir()
        (folder / "linked.yaml").symlink_to(tmp_path / "outside.yaml")
        with pytest.raises(SettingsError, match="no experiment 'linked'"):
            files.read_experiment("linked", folder=folder)

    def test_bytes_that_are_no_text_are_refused(self, tmp_path):
        (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SettingsError, match=r"odd\.yaml is not text"):
            files.read_experiment("odd", folder=tmp_path)


class TestBases:
    def written(self, folder, **bases):
        for name, base in bases.items():
            value = 0.1 * len(name)
            (folder / f"{name}.yaml").write_text(
                GOOD.replace("base: nfl", f"base: {base}").replace("0.5", f"{value:.1f}")
                + f"  draws: {100 * len(name)}\n"
            )

    def test_are_laid_below_nearest_last(self, tmp_path):
        self.written(tmp_path, a="nfl", bb="a", ccc="bb")
        profile, below = files.resolved_base("ccc", folder=tmp_path, profiles=["nfl"])
        assert profile == "nfl"
        assert below == {"policy.kelly_fraction": 0.2, "draws": 200}

    def test_may_not_go_round_nor_be_unknown(self, tmp_path):
        self.written(tmp_path, a="bb", bb="a", d="nfk")
        with pytest.raises(SettingsError, match="go round or too deep: a on bb on a"):
            files.resolved_base("a", folder=tmp_path, profiles=["nfl"])
        with pytest.raises(SettingsError, match=r"no profile and no experiment\. Did you mean 'nfl'"):
            files.resolved_base("d", folder=tmp_path, profiles=["nfl"])


def test_every_shipped_experiment_can_be_read_and_changes_something():
    from workbench.cli.experiment import planned

    folder = files.experiments_folder()
    names = files.experiment_names(folder)
    assert len(names) >= 5
    assert len(names) == len(list(folder.iterdir()))
    for name in names:
        plan = planned(name)
        assert plan.rows
        assert all(row["from"] != row["to"] for row in plan.rows)
        assert plan.base["wednesday"] == plan.base["held_back_hours"] == "0"


def arm(*, clv, profit, model, weeks=3, base=100.0) -> pairs.Arm:
    """Two bets and one game a week; values a week."""
    when = pd.DataFrame({"season": 2024, "week": np.arange(1, weeks + 1)})
    bets = when.loc[when.index.repeat(2)].reset_index(drop=True)
    bets = bets.assign(
        clv_points=np.repeat(clv, 2), headline=True, profit_units=np.repeat(profit, 2), stake_units=1.0,
        base_units=base, outcome="win",
    )  # fmt: skip
    games = when.assign(game_id=[f"g{w}" for w in when["week"]], target="win", model=model, outcome=[1.0, 0.0, 1.0])
    return pairs.Arm(bets, games, when)


class TestGaps:
    def test_are_worked_by_hand(self):
        base = arm(clv=[0.0, 1.0, -1.0], profit=[1.0, -1.0, 0.0], model=[0.5, 0.5, 0.5])
        change = arm(clv=[1.0, 1.0, 1.0], profit=[1.0, 1.0, 1.0], model=[0.8, 0.5, 0.6])
        found = {g.measure: g for g in pairs.gaps([base], [change])}
        assert (found["clv"].base, found["clv"].change, found["clv"].value) == (0.0, 1.0, 1.0)
        assert found["brier"].value == pytest.approx((0.04 + 0.25 + 0.16) / 3 - 0.25)
        assert found["roi"].value == pytest.approx(1.0)
        assert (found["roi"].terms, found["clv"].terms, found["brier"].terms, found["growth"].terms) == (6, 6, 3, 3)
        assert found["growth"].value == pytest.approx(np.log(1.02) - (np.log(1.02) + np.log(0.98)) / 3)
        # weekly differences of CLV sums are 2, 0, 4 about 2 a week of two bets: sd 2, over six bets and root three
        assert found["clv"].standard_error == pytest.approx(np.sqrt(3 / 2 * 8) / 6)
        assert found["clv"].weeks == 3

    def test_of_equal_arms_are_nothing_and_no_look(self):
        one = arm(clv=[0.0, 1.0, -1.0], profit=[1.0, -1.0, 0.0], model=[0.5, 0.5, 0.5])
        several = pairs.gaps([one], [one])
        assert all(g.value == 0.0 and g.p == 1.0 for g in several)
        looks = pairs.holm_looks([("x", [2024], several)])
        assert looks.empty
        assert pairs.verdict("x", looks) == ("the same", "no price, forecast or stake differs")

    def test_count_a_week_without_bets_as_no_growth_not_as_missing(self):
        base = arm(clv=[0.0, 0.0, 0.0], profit=[1.0, 1.0, 1.0], model=[0.5] * 3)
        idle = pairs.Arm(base.bets[base.bets["week"] == 1], base.evaluated, base.weeks)
        growth = next(g for g in pairs.gaps([base], [idle]) if g.measure == "growth")
        assert growth.weeks == 3
        assert growth.change == pytest.approx(np.log(1.02) / 3)

    def test_leave_out_stale_closes_voids_and_events_only_one_arm_has(self):
        base = arm(clv=[0.0, 1.0, 2.0], profit=[1.0, 1.0, 1.0], model=[0.5] * 3)
        bets = base.bets.assign(headline=[True] * 4 + [False] * 2, outcome=["win"] * 4 + ["void"] * 2)
        change = pairs.Arm(bets, base.evaluated[base.evaluated["week"] > 1], base.weeks)
        found = {g.measure: g for g in pairs.gaps([base], [change])}
        assert found["clv"].change == 0.5
        assert found["brier"].terms == 2
        assert found["roi"].change == 1.0

    def test_score_only_winners_where_lines_differ(self):
        base = arm(clv=[0.0] * 3, profit=[0.0] * 3, model=[0.5] * 3)
        both = pairs.Arm(
            base.bets, pd.concat([base.evaluated, base.evaluated.assign(target="spread", model=0.1)]), base.weeks
        )
        terms = {
            same: next(g.terms for g in pairs.gaps([both], [both], same_lines=same) if g.measure == "brier")
            for same in (True, False)
        }
        assert terms == {True: 6, False: 3}

    def test_take_seeds_of_a_week_together(self):
        base = arm(clv=[0.0, 1.0, -1.0], profit=[0.0] * 3, model=[0.5] * 3)
        change = arm(clv=[1.0, 1.5, 0.0], profit=[0.0] * 3, model=[0.5] * 3)
        one, two = (pairs.gaps([base] * n, [change] * n)[0] for n in (1, 2))
        assert (one.value, one.weeks) == (two.value, two.weeks)
        assert one.standard_error == pytest.approx(two.standard_error)  # a seed twice is no more evidence

    def test_cover_a_planted_difference(self):
        rng = np.random.default_rng(3)
        weeks = pd.DataFrame({"season": 2024, "week": np.arange(40), "d0": 5.0, "d1": 5.0})
        hits = 0
        for _ in range(200):
            shared = rng.normal(0, 3, 40)
            found = pairs.ratio_gap(
                "clv", weeks.assign(n0=shared + rng.normal(0, 2, 40), n1=shared + rng.normal(1.5, 2, 40))
            )
            hits += found.low <= 0.3 <= found.high
        assert abs(hits / 200 - 0.95) < 5 * np.sqrt(0.95 * 0.05 / 200)

    def test_of_one_week_have_no_interval(self):
        names = ["season", "week", "n0", "d0", "n1", "d1"]
        found = pairs.ratio_gap("clv", pd.DataFrame([(2024, 1, 1.0, 2.0, 2.0, 2.0)], columns=names))
        assert found.value == 0.5
        assert np.isnan(found.low)


class TestLooks:
    def gap(self, measure, p, value=1.0):
        return pairs.Gap(measure, 0.0, value, value, value - 1, value + 1, 0.5, p, weeks=10, terms=20)

    def test_are_counted_over_experiments_that_share_a_season(self):
        looks = pairs.holm_looks(
            [
                ("a", [2023, 2024], [self.gap("clv", 0.01), self.gap("growth", 0.5)]),
                ("b", [2024], [self.gap("clv", 0.02)]),
                ("c", [2010], [self.gap("clv", 0.02), self.gap("roi", 0.001)]),  # return is no primary look
            ]
        ).set_index(["experiment", "measure"])
        assert looks["looks"].to_dict() == {("a", "clv"): 3, ("a", "growth"): 3, ("b", "clv"): 3, ("c", "clv"): 1}
        assert looks.loc[("a", "clv"), "p_holm"] == pytest.approx(0.03)
        assert looks.loc[("b", "clv"), "p_holm"] == pytest.approx(0.04)
        assert looks.loc[("c", "clv"), "p_holm"] == pytest.approx(0.02)

    def test_a_verdict_knows_that_a_lower_brier_score_is_better(self):
        for value, said in ((-0.01, "better"), (0.01, "worse")):
            looks = pairs.holm_looks([("a", [2024], [self.gap("brier", 0.001, value)])])
            assert pairs.verdict("a", looks) == (said, "Brier score")

    def test_luck_alone_seldom_gives_any_experiment_a_verdict(self):
        rng, wrong = np.random.default_rng(5), 0
        for _ in range(200):
            looks = pairs.holm_looks(
                [(name, [2024], [self.gap(m, p) for m, p in zip(pairs.PRIMARY, rng.random(3), strict=True)])
                 for name in ("a", "b", "c")]
            )  # fmt: skip
            wrong += any(pairs.verdict(name, looks)[0] != "unclear" for name in ("a", "b", "c"))
        assert wrong / 200 <= 0.05 + 5 * np.sqrt(0.05 * 0.95 / 200)
        assert wrong > 0

    def test_one_that_gains_and_loses_is_mixed_and_chance_is_unclear(self):
        looks = pairs.holm_looks([("a", [2024], [self.gap("clv", 1e-6), self.gap("growth", 1e-6, -1.0)])])
        assert pairs.verdict("a", looks)[0] == "mixed"
        assert pairs.verdict("a", pairs.holm_looks([("a", [2024], [self.gap("clv", 0.2)])]))[0] == "unclear"


@pytest.fixture(scope="module")
def planted():
    return compared_experiments(planted_experiments(7), planted=True)


class TestPage:
    def test_finds_the_planted_gain_and_nothing_where_nothing_was_planted(self, planted):
        assert {one.name: one.verdict for one in planted.compared} == {
            "planted_gain": "better", "planted_nothing": "unclear",
        }  # fmt: skip

    def test_says_that_it_is_simulated_and_how_many_looks_there_were(self, planted):
        said = story.findings(planted)
        assert "simulated" in said[0]
        assert "planted_gain is better than its base: closing line value" in said[1]
        assert "2 experiments asked the same seasons 6 questions" in said[-1]

    def test_every_claim_has_an_interval_and_the_headline_is_one_that_moved(self, planted):
        claims = experiments_claims(planted)
        assert len(claims) == 11
        chief = next(c for c in claims if c.name == headline(planted, claims))
        assert chief.low < chief.value < chief.high

    def test_its_tables_are_json_and_its_figure_names_its_experiments(self, planted):
        assert json.loads(json.dumps(plain(planted.tables()), allow_nan=False))["planted"] is True
        assert "planted_gain" in story.gap_figure(planted).title
        assert len(story.gap_table(planted)) == 10
        assert story.question_table(planted)["to"].tolist() == ["+0.5 points", "+0.0 points"]

    def test_an_edited_file_is_another_look(self):
        first, second = planted_experiments(1)[0], planted_experiments(2)[0]
        second.record["digest"] = "1" * 64
        both = compared_experiments([first, second])
        assert both.looks["looks"].tolist() == [6] * 6
        assert len({claim.name for claim in experiments_claims(both)}) == 11


class TestRecords:
    def test_that_are_none_are_refused(self, tmp_path):
        for text, said in (
            ("{", "not JSON"),
            ("[]", "must have"),
            ('{"experiment": "x"}', "must have experiment, digest"),
        ):
            (tmp_path / "x.json").write_text(text)
            with pytest.raises(FormatError, match=said):
                read_record(tmp_path / "x.json")

    def test_a_run_is_looked_for_among_runs_only(self, tmp_path):
        (tmp_path / "secret").mkdir()
        (tmp_path / "runs").mkdir()
        with pytest.raises(FileNotFoundError):
            read_arm(tmp_path / "runs", "../secret")
