"""What a policy is made from, and when two policies are two."""

import pytest

from workbench.decision.policy import Policy
from workbench.errors import SettingsError
from workbench.settings import Policy as PolicySettings


def test_the_settings_defaults_are_the_default_policy() -> None:
    assert Policy.from_mapping(PolicySettings().model_dump()) == Policy()


def test_a_policy_that_bets_differently_keeps_its_own_account() -> None:
    strict = Policy.from_mapping({"minimum_edge_ev": 0.05})
    assert strict.name.startswith("custom-")
    assert strict.name != Policy.from_mapping({"minimum_edge_ev": 0.06}).name
    assert strict == Policy.from_mapping({"minimum_edge_ev": 0.05})
    assert Policy.from_mapping({"minimum_edge_ev": 0.05, "name": "strict"}).name == "strict"


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"'kelly'.*kelly_fraction"):
        Policy.from_mapping({"kelly": 0.5})


def test_caps_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(SettingsError, match="Caps must rise"):
        Policy.from_mapping({"cap_game": 0.01})


def test_an_option_set_to_its_default_leaves_the_account_where_it_was() -> None:
    strict = Policy.from_mapping({"minimum_edge_ev": 0.05})
    same = Policy.from_mapping({"minimum_edge_ev": 0.05, "staking": "kelly", "approval_share": 0.025})
    assert same.name == strict.name
    assert Policy.from_mapping({"minimum_edge_ev": 0.05, "staking": "flat"}).name != strict.name


@pytest.mark.parametrize("wrong", [{"staking": "martingale"}, {"flat_share": 2.5}, {"minimum_confidence": 90.0}])
def test_a_staking_nobody_knows_or_percent_for_a_share_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=str(next(iter(wrong.values())))):
        Policy.from_mapping(wrong)
