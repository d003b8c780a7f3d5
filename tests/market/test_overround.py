"""Overround removal. Solved by bisection to the last bit: held to 1e-9; published values to their digits."""

from typing import ClassVar, get_args

import numpy as np
import pytest
import shin
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, logit

from workbench.errors import MarketError, SettingsError
from workbench.market.overround import OverroundMethod, fair_probabilities, overround
from workbench.settings import load_settings
from workbench.settings.model import Policy

METHODS: tuple[OverroundMethod, ...] = ("proportional", "additive", "power", "shin", "odds_ratio", "logarithmic")
two_prices = st.tuples(st.floats(0.1, 0.9), st.floats(0.0, 0.08)).map(
    lambda p: [1.0 / (p[0] * (1 + p[1])), 1.0 / ((1 - p[0]) * (1 + p[1]))]
)


def _book(parts: list[float], margin: float) -> list[float]:
    truth = np.array(parts) / sum(parts)
    return (1.0 / (truth * (1.0 + margin))).tolist()


#: Three to six outcomes, none so long that equal parts of the margin leave nothing of it.
many_prices = st.lists(st.floats(1.0, 5.0), min_size=3, max_size=6).flatmap(
    lambda parts: st.floats(0.0, 0.08).map(lambda margin: _book(parts, margin))
)


class TestPublished:
    """Numbers printed elsewhere, to the digits printed there."""

    #: The odds of the examples of penaltyblog (github.com/martineastwood/penaltyblog, README, section Implied
    #: Probabilities; the power method from its tests) and its answers; its "differential margin weighting" is the
    #: additive method.
    PENALTYBLOG: ClassVar = {
        "proportional": [0.35873804, 0.42112726, 0.22013470],
        "additive": [0.3595618, 0.42397404, 0.21646416],
        "power": [0.3591708, 0.4237291, 0.2171001],
        "shin": [0.35934392, 0.42324385, 0.21741223],
        "odds_ratio": [0.35881036, 0.42256142, 0.21862822],
    }

    @pytest.mark.parametrize("method", PENALTYBLOG)
    def test_the_examples_of_penaltyblog(self, method: OverroundMethod) -> None:
        # printed from root finders that stop at about 1e-6
        found = fair_probabilities([2.7, 2.3, 4.4], method=method)
        assert found == pytest.approx(self.PENALTYBLOG[method], abs=2e-6)

    #: Three matches, and what the R package implied prints for them (github.com/opisthokonta/implied, README.md);
    #: "wpo" is Buchdahl's margin weights proportional to the odds: the additive method.
    MATCHES = ((4.20, 3.70, 1.95), (2.45, 3.70, 2.90), (2.05, 3.20, 3.80))
    IMPLIED: ClassVar = {
        "proportional": [
            [0.2331556, 0.2646631, 0.5021813], [0.3988848, 0.2641264, 0.3369888], [0.4586948, 0.2938514, 0.2474538]
        ],
        "additive": [
            [0.2310332, 0.2632083, 0.5057585], [0.4004096, 0.2625166, 0.3370739], [0.4666506, 0.2913457, 0.2420036]
        ],
        "odds_ratio": [
            [0.2320048, 0.2636415, 0.5043537], [0.3996912, 0.2633869, 0.3369219], [0.4634406, 0.2919032, 0.2446562]
        ],
        "power": [
            [0.2311414, 0.2630644, 0.5057942], [0.4003156, 0.2627189, 0.3369655], [0.4667139, 0.2908985, 0.2423876]
        ],
    }  # fmt: skip

    @pytest.mark.parametrize("method", IMPLIED)
    def test_the_examples_of_the_r_package_implied(self, method: OverroundMethod) -> None:
        # R's uniroot stops at about 1e-4 of the parameter: 5e-5 in the probabilities
        found = fair_probabilities(self.MATCHES, method=method)
        np.testing.assert_allclose(found, self.IMPLIED[method], atol=5e-5)

    def test_the_odds_ratios_that_the_r_package_prints(self) -> None:
        # the same README: res4$odds_ratios
        inverse = 1.0 / np.array(self.MATCHES)
        fair = fair_probabilities(self.MATCHES, method="odds_ratio")
        ratios = (inverse / (1 - inverse)) / (fair / (1 - fair))
        np.testing.assert_allclose(ratios.T, np.broadcast_to([1.034449, 1.035805, 1.102606], (3, 3)), atol=5e-4)

    def test_shins_example(self) -> None:
        # the example in the documentation of the shin package 0.2 (github.com/mberk/shin), to its last digits
        found = fair_probabilities([2.6, 2.4, 4.3], method="shin")
        assert found == pytest.approx([0.37299406033208965, 0.4047794109200184, 0.2222265287474275], abs=1e-9)

    def test_the_race_whose_longshots_the_additive_method_makes_impossible(self) -> None:
        # Clarke, Kovalchik & Ingram (2017), doi:10.11648/j.ajss.20170506.12: booksum 1.25, a part of .0417 each
        prices = 1.0 / np.array([0.870, 0.2, 0.1, 0.05, 0.02, 0.01])
        with pytest.raises(MarketError, match=r"probability of -0\.0317 .* Use power"):
            fair_probabilities(prices, method="additive")
        for method in ("proportional", "power", "shin", "odds_ratio"):
            assert fair_probabilities(prices, method=method).min() > 0


class TestWorkedByHand:
    def test_the_closing_moneyline_of_minus_150_plus_130(self) -> None:
        prices = [1.0 + 100 / 150, 2.3]  # inverse prices .6 and .434783
        assert overround(prices) == pytest.approx(0.034783, abs=1e-6)
        assert fair_probabilities(prices, method="proportional") == pytest.approx([0.579832, 0.420168], abs=1e-6)
        assert fair_probabilities(prices, method="additive") == pytest.approx([0.582609, 0.417391], abs=1e-6)
        # odds 1.5 and 1 / 1.3: fair odds are the root of their ratio, sqrt(1.95) = 1.396424 to 1
        assert fair_probabilities(prices, method="odds_ratio") == pytest.approx([0.582711, 0.417289], abs=1e-6)

    def test_odds_whose_common_factor_is_two(self) -> None:
        # fair odds 1:4, 1:4, 3:2 (.2, .2, .6), each doubled: 1:2, 1:2, 3:1, prices 3, 3 and 4/3
        found = fair_probabilities([3.0, 3.0, 4.0 / 3.0], method="odds_ratio")
        assert found == pytest.approx([0.2, 0.2, 0.6], abs=1e-9)


class TestNamesThatCoincide:
    @given(prices=two_prices)
    @settings(max_examples=40, deadline=None)
    def test_with_two_outcomes_shin_is_the_additive_method(self, prices: list[float]) -> None:
        # Jullien & Salanié (1994)
        first, second = (fair_probabilities(prices, method=method) for method in ("shin", "additive"))
        assert first == pytest.approx(second, abs=1e-9)

    @given(prices=two_prices)
    @settings(max_examples=40, deadline=None)
    def test_with_two_outcomes_the_odds_ratio_is_the_root_of_the_ratio_of_the_odds(self, prices: list[float]) -> None:
        first, second = np.array(prices) - 1.0  # odds against
        found = fair_probabilities(prices, method="odds_ratio")
        assert found[0] / found[1] == pytest.approx(np.sqrt(second / first), rel=1e-9)

    @given(prices=many_prices)
    @settings(max_examples=30, deadline=None)
    def test_logarithmic_takes_one_constant_off_every_log_odds_and_so_is_the_odds_ratio(
        self, prices: list[float]
    ) -> None:
        offered = logit(1.0 / np.array(prices))
        constant = brentq(lambda c: expit(offered - c).sum() - 1.0, -1.0, 20.0, xtol=1e-14)
        expected = expit(offered - constant)
        for method in ("logarithmic", "odds_ratio"):
            assert fair_probabilities(prices, method=method) == pytest.approx(expected, abs=1e-9)

    @given(prices=many_prices)
    @settings(max_examples=30, deadline=None)
    def test_buchdahls_logarithmic_function_is_the_power_method(self, prices: list[float]) -> None:
        # fair price O ** n, so that the logarithm of every price is stretched alike
        offered = np.log(prices)
        stretch = brentq(lambda n: np.exp(-n * offered).sum() - 1.0, 0.5, 20.0, xtol=1e-14)
        assert fair_probabilities(prices, method="power") == pytest.approx(np.exp(-stretch * offered), abs=1e-9)

    def test_a_factor_of_the_log_odds_is_no_method_for_two_outcomes(self) -> None:
        offered = logit([0.6, 0.434783])
        sums = [float(expit(k * offered).sum()) for k in (0.0, 0.5, 1.0, 2.0, 4.0)]
        assert sums[0] == 1.0
        assert min(sums[1:]) > 1.0


@pytest.mark.parametrize("prices", [[2.6, 2.4, 4.3], [1.09, 13.11, 20.39], [7.16, 6.0, 1.35], [2.9, 3.3, 2.6]])
def test_the_shin_package_is_an_oracle_for_three_outcomes(prices: list[float]) -> None:
    # it stops when z moves by less than 1e-12
    expected = shin.calculate_implied_probabilities(prices)
    assert fair_probabilities(prices, method="shin") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
class TestEveryMethod:
    @given(prices=two_prices)
    @settings(max_examples=40, deadline=None)
    def test_sums_to_one_and_keeps_the_favourite(self, method: OverroundMethod, prices: list[float]) -> None:
        found = fair_probabilities(prices, method=method)
        assert found.sum() == pytest.approx(1.0, abs=1e-9)
        assert np.all((found > 0) & (found <= 1.0 / np.array(prices) + 1e-9))
        if abs(prices[0] - prices[1]) > 1e-6:
            assert (found[0] > found[1]) == (prices[0] < prices[1])

    @given(prices=many_prices)
    @settings(max_examples=40, deadline=None)
    def test_keeps_the_order_of_many_outcomes(self, method: OverroundMethod, prices: list[float]) -> None:
        found = fair_probabilities(prices, method=method)
        assert found.sum() == pytest.approx(1.0, abs=1e-9)
        ranked = found[np.argsort(prices)]  # the shortest price first
        assert np.all(np.diff(ranked) <= 1e-12)

    @given(prices=many_prices, cut=st.floats(0.9, 0.99))
    @settings(max_examples=40, deadline=None)
    def test_a_shorter_price_is_never_a_smaller_probability(
        self, method: OverroundMethod, prices: list[float], cut: float
    ) -> None:
        before = fair_probabilities(prices, method=method)
        after = fair_probabilities([1.0 + (prices[0] - 1.0) * cut, *prices[1:]], method=method)
        assert after[0] > before[0] - 1e-12
        assert np.all(after[1:] <= before[1:] + 1e-12)

    def test_leaves_a_book_without_margin_as_it_is(self, method: OverroundMethod) -> None:
        assert fair_probabilities([4.0, 4.0 / 3.0], method=method) == pytest.approx([0.25, 0.75], abs=1e-9)
        assert fair_probabilities([2.0, 4.0, 4.0], method=method) == pytest.approx([0.5, 0.25, 0.25], abs=1e-9)

    def test_strips_row_by_row_and_leaves_a_missing_price_missing(self, method: OverroundMethod) -> None:
        found = fair_probabilities([[1.91, 1.91], [np.nan, 2.0]], method=method)
        assert found[0] == pytest.approx([0.5, 0.5], abs=1e-9)
        assert np.isnan(found[1]).all()

    def test_is_chosen_by_its_name_in_the_settings(self, method: OverroundMethod) -> None:
        chosen = load_settings("demo", overrides={"policy.overround_method": method})
        assert chosen.policy.overround_method == method


@pytest.mark.parametrize("method", ["power", "shin", "odds_ratio", "additive", "proportional"])
def test_the_truth_is_recovered_when_the_margin_was_put_on_by_the_same_rule(method: OverroundMethod) -> None:
    truth = np.array([0.1, 0.3, 0.6])
    root = np.sqrt(0.02 * truth + 0.98 * truth**2)  # Shin's prices with two insiders in a hundred, before their sum
    offered = {
        "proportional": truth * 1.05,
        "additive": truth + 0.02,
        "power": truth**0.95,
        "shin": root * root.sum(),
        "odds_ratio": 1.1 * truth / (1.0 + 0.1 * truth),  # odds of 1.1 times the fair ones
    }[method]
    assert fair_probabilities(1.0 / offered, method=method) == pytest.approx(truth, abs=1e-9)


def test_a_longshot_gives_up_the_larger_part_of_its_price_by_every_method_but_the_proportional() -> None:
    inverse = 1.0 / np.array([1.09, 13.11, 20.39])
    kept = {method: fair_probabilities(1.0 / inverse, method=method) / inverse for method in METHODS}
    assert np.ptp(kept["proportional"]) == pytest.approx(0.0, abs=1e-12)
    for method in METHODS[1:]:
        assert kept[method][0] > kept[method][1] > kept[method][2]


class TestRefused:
    def test_prices_of_two_books_that_carry_no_margin(self) -> None:
        with pytest.raises(MarketError, match=r"sum to at least 1, got 0\.9524"):
            fair_probabilities([2.1, 2.1])

    @pytest.mark.parametrize("method", METHODS)
    def test_american_prices(self, method: OverroundMethod) -> None:
        with pytest.raises(MarketError, match="American odds"):
            fair_probabilities([-110.0, -110.0], method=method)

    def test_a_longshot_that_the_additive_method_would_make_impossible(self) -> None:
        with pytest.raises(MarketError, match="Use power"):
            fair_probabilities([1.1, 6.0, 100.0], method="additive")

    def test_a_margin_that_no_exponent_takes_out(self) -> None:
        with pytest.raises(MarketError, match="still sum to"):
            fair_probabilities([1.001, 1.001], method="power")

    def test_a_method_that_is_none(self) -> None:
        with pytest.raises(SettingsError, match="overround_method"):
            load_settings("demo", overrides={"policy.overround_method": "logit"})
        assert Policy().overround_method == "power"

    def test_settings_know_the_methods_that_there_are(self) -> None:
        # settings lie a floor below, so the names stand there a second time
        assert get_args(Policy.model_fields["overround_method"].annotation) == get_args(OverroundMethod)
