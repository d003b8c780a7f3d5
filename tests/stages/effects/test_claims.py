"""Earlier claims beside what the data say."""

import pandas as pd
import pytest

from workbench.stages.effects.claims import EARLIER, claims_under_test

NONE = pd.DataFrame()


def rain(*, low: float | None, high: float | None, why_not: str = "") -> pd.DataFrame:
    row = {"question": "precipitation", "number": "game", "value": -3.0, "low": low, "high": high, "treated": 40.0}
    return pd.DataFrame([row | {"why_not": why_not}])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-4.0, -2.0, "not contradicted"),
        (-3.0, -1.0, "contradicted"),  # the claim, -3.2, lies below
        (-7.0, 1.0, "cannot be told from nothing"),
        (-3.2, -0.1, "not contradicted"),  # an end belongs to its interval
        (None, -0.1, "not contradicted"),  # an end that was never reached is no contradiction
        (None, None, "cannot be told from nothing"),
    ],
)
def test_a_verdict_goes_by_the_interval(low: float | None, high: float | None, verdict: str) -> None:
    found = claims_under_test(rain(low=low, high=high), firings=NONE, yards=NONE)
    assert found["label"].tolist() == ["Rain or snow"]
    assert found["verdict"].tolist() == [verdict]
    assert found[["claimed", "estimate", "games"]].iloc[0].tolist() == [-3.2, -3.0, 40]


def test_what_could_not_be_estimated_is_not_judged() -> None:
    refused = rain(low=-4.0, high=-2.0, why_not="only 2 games with the outcome")
    assert claims_under_test(refused, firings=NONE, yards=NONE).empty
    assert claims_under_test(NONE, firings=NONE, yards=NONE).empty


def test_each_claim_finds_its_own_row_and_no_other() -> None:
    number = {"value": 5.0, "low": 4.0, "high": 6.0, "treated": 9}
    firings = pd.DataFrame(
        [{"outcome": o, "span": s, "way": w, **number, "value": v}
         for v, (o, s, w) in enumerate([("margin", "all remaining", "naive"), ("margin", "weeks 0 to 3", "naive"),
                                        ("margin_vs_close", "weeks 0 to 3", "adjusted"),
                                        ("margin", "weeks 0 to 3", "adjusted")])]
    )  # fmt: skip
    yards = pd.DataFrame([{"question": "quarterback_injury", "yards": k, **number} for k in ("rushing", "passing")])
    found = claims_under_test(NONE, firings=firings, yards=yards).set_index("label")
    assert found.loc["Coach replaced, before and after", "estimate"] == 1.0
    assert found.loc["Coach replaced, like teams", "estimate"] == 3.0
    assert found.loc["Quarterback injured, passing", "verdict"] == "contradicted"  # -15 outside of 4 to 6
    assert len(found) == 4


def test_the_claims_are_the_five_that_were_made() -> None:
    assert {claim.claimed for claim in EARLIER} == {5.1, -15.0, -8.0, -3.2}
