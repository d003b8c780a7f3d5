"""What the page of a synthetic control says."""

from collections.abc import Sequence

import pandas as pd

from workbench.report.drawing import Finding
from workbench.report.figures import studies as intervals_figure
from workbench.report.figures import synthetic_control as figures
from workbench.report.page import KeyNumber
from workbench.report.sentences import against_zero, count, estimate, listing, number, percent
from workbench.report.stories.studies import key_number
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.synthetic_control import ControlStudy

_STRIP = (
    ("Synthetic control", "synthetic_control", True),
    ("Synthetic DiD", "synthetic_did", True),
    ("Augmented", "augmented", True),
    ("Plain DiD", "did", True),
    ("Placebo p-value", "p_value", False),
    ("Error before treatment", "pre_rmspe", False),
)


def findings(result: ControlStudy) -> list[str]:
    """Return what was found, what holds it up, and what is wrong with the panel."""
    planted = _planted(result)
    return [s for s in (_effect(result), _rank(result), planted, _agree(result), _hull(result), _left_out(result),
                        _dates(result), f"The panel is {result.studied.source}.", *result.notes) if s]  # fmt: skip


def _effect(result: ControlStudy) -> str:
    row = result.method("synthetic control")
    heavy = result.fit.weights.sort_values(ascending=False).head(3)
    made = listing([f"{unit} ({percent(w)})" for unit, w in heavy.items() if w > 1e-3])
    return (
        f"{result.panel.treated} differs from its synthetic self by "
        f"{estimate(row['value'], row['low'], row['high'], signed=True)} on average over "
        f"{count(int(result.fit.gaps['after'].sum()), 'treated time')}, {against_zero(row['low'], row['high'])}; the "
        f"synthetic one is mostly {made}."
    )


def _rank(result: ControlStudy) -> str:
    space = result.space
    above = int((space.units["ratio"] >= result.fit.ratio).sum())
    return (
        f"{above or 'None'} of {count(len(space.units), 'unit')} never treated, fitted as if treated, "
        f"{'show' if above > 1 else 'shows'} as large an error after treatment for its error before: p = "
        f"{number(space.p_value, digits=3)}."
    )


def _planted(result: ControlStudy) -> str:
    if result.studied.truth is None:
        return ""
    row = result.method("synthetic control")
    inside = "inside" if row["low"] <= result.studied.truth <= row["high"] else "outside"
    return f"The planted effect, {number(result.studied.truth, signed=True)}, lies {inside} the interval."


def _agree(result: ControlStudy) -> str:
    told = [
        f"{row['method']} {estimate(row['value'], row['low'], row['high'], signed=True)}"
        for row in result.methods.to_dict("records")[1:]
    ]
    return f"By other methods: {'; '.join(told)}."


def _hull(result: ControlStudy) -> str:
    words = {
        "passes": "The donors can make it",
        "fails": "The donors cannot make it",
        "cannot say": "The fit is in doubt",
    }
    return f"{words[result.hull.verdict]}. {result.hull.sentence}"


def _left_out(result: ControlStudy) -> str:
    if result.left_out.empty:
        return ""
    effects = result.left_out["effect"]
    ends = f"{number(effects.min(), signed=True)} to {number(effects.max(), signed=True)}"
    turned = (effects * result.fit.effect < 0).any()
    return f"With one donor left out the effect ranges over {ends}{': its sign hangs on one donor' if turned else ''}."


def _dates(result: ControlStudy) -> str:
    if result.time.empty:
        return "There are too few times before treatment for placebo dates."
    largest = float(result.time["effect"].abs().max())
    against = "smaller than" if largest < abs(result.fit.effect) else "as large as"
    return f"At placebo dates the largest effect is {number(largest)} in size, {against} the estimate."


def numbers(claims: Sequence[Claim]) -> list[KeyNumber]:
    """Return the strip."""
    known = {claim.name: claim for claim in claims}
    shown = (key_number(label, known.get(name), signed=signed) for label, name, signed in _STRIP)
    return [entry for entry in shown if entry is not None]


def _population(result: ControlStudy) -> str:
    panel = result.panel
    return (
        f"{result.studied.outcome}, {panel.treated} and {count(len(panel.donors), 'donor')}, "
        f"{panel.times[0]} to {panel.times[-1]}, treated from {panel.times[panel.n_before]} on"
    )


def paths_figure(result: ControlStudy) -> Finding:
    """Draw the treated unit beside its synthetic self."""
    row = result.method("synthetic control")
    title = f"{result.panel.treated} is on average {_direction(row['value'])} its synthetic self"
    return figures.paths(result.fit.gaps, unit=result.panel.treated, outcome=result.studied.outcome, title=title,
                         subtitle=_population(result))  # fmt: skip


def _direction(value: float) -> str:
    return f"{number(abs(value))} {'below' if value < 0 else 'above'}"


def placebo_figure(result: ControlStudy) -> Finding:
    """Draw its gap among those of comparable placebo units."""
    kept = result.space.units.loc[result.space.units["comparable"], "unit"]
    ranked = int((result.space.units["ratio"] >= result.fit.ratio).sum()) + 1
    title = f"{result.panel.treated} ranks {ranked} of {len(result.space.units) + 1} by its ratio of errors"
    subtitle = f"placebos whose past fits comparably ({len(kept)} of {len(result.space.units)}); {_population(result)}"
    return figures.placebo_gaps(result.fit.gaps, result.space.gaps[list(kept)], unit=result.panel.treated,
                                outcome=result.studied.outcome, title=title, subtitle=subtitle)  # fmt: skip


def weights_figure(result: ControlStudy) -> Finding:
    """Draw the donors' weights."""
    some = int((result.fit.weights > 1e-3).sum())
    title = f"{count(some, 'donor')} of {len(result.panel.donors)} make the synthetic {result.panel.treated}"
    return figures.weights(result.fit.weights, title=title, subtitle="weights, not negative, summing to one")


def left_out_figure(result: ControlStudy) -> Finding:
    """Draw the gap with each heavy donor left out."""
    return figures.placebo_gaps(result.fit.gaps, result.left_out_gaps, unit="all donors",
                                outcome=result.studied.outcome,
                                title=_left_out(result).rstrip(".") or "No donor can be left out",
                                subtitle=_population(result), others="one donor left out")  # fmt: skip


def methods_figure(result: ControlStudy) -> Finding:
    """Draw every method's estimate with its interval."""
    rows = result.methods.rename(columns={"method": "name"})
    agree = "agree on the sign" if rows["value"].gt(0).nunique() == 1 else "differ in sign"
    return intervals_figure.gains(
        rows, subtitle=f"95 % intervals from placebo units; {_population(result)}",
        label=f"effect on {result.studied.outcome}",
        title=f"{count(len(rows), 'method')} {agree}",
    )  # fmt: skip


def balance_table(result: ControlStudy) -> pd.DataFrame:
    """Return predictors of the treated, the synthetic and the mean donor, with the predictors' weights."""
    table = result.fit.balance.assign(weight=result.fit.predictor_weights)
    return table.rename_axis("predictor").reset_index()


def placebo_table(result: ControlStudy) -> pd.DataFrame:
    """Return the placebo units, the largest ratio first, the treated unit among them."""
    own = {"unit": result.panel.treated, "effect": result.fit.effect, "pre_rmspe": result.fit.pre_rmspe,
           "post_rmspe": result.fit.post_rmspe, "ratio": result.fit.ratio, "comparable": True}  # fmt: skip
    return pd.concat([pd.DataFrame([own]), result.space.units]).sort_values("ratio", ascending=False, kind="stable")


def dates_table(result: ControlStudy) -> pd.DataFrame:
    """Return the placebo dates, written as they are read."""
    return result.time.assign(time=result.time["time"].astype(str))
