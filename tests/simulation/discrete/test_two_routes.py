"""Every quantity by elimination equals, as a fraction, the one by running through all noises, and the formula where there is one."""

from __future__ import annotations

import collections
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from aitia.graphs.reachability import descendants
from aitia.simulation.exact.arithmetic import Answer, Undefined
from aitia.simulation.exact.causation import disablement, enablement, pn, pns, ps
from aitia.simulation.exact.counterfactual import Potential, potential
from aitia.simulation.exact.effects import Comparison, along_paths, association, atc, ate, att, cde, nde, nie
from aitia.simulation.exact.interventions import do
from aitia.simulation.exact.models import Model, as_floats
from aitia.simulation.exact.queries import Route, distribution, expectation, probability
from aitia.simulation.exact.random_models import random_model, random_structural
from tests.simulation.discrete.worlds import Case, Law, cases

MODELS = 500
Quantity = Callable[[Model, Case, Route], Answer]


def compared(case: Case, level: int | None = None) -> Comparison:
    return Comparison(treatment=case.x, outcome=case.y, level=level)


def several_worlds(model: Model, case: Case, by: Route) -> Answer:
    """P(Y_x = 1, Y_x' = 0, Z_x = 1 | Z = 0, Y = 1)."""
    x, y, z = case.x, case.y, case.z
    events = (potential(y, {x: 1}).equals(1), potential(y, {x: 0}).equals(0), potential(z, {x: 1}).equals(1))
    return probability(model, events, {z: 0, y: 1}, by=by)


def nested(model: Model, case: Case, by: Route) -> Answer:
    """P(Y_{x, Z_{x', Y_...}} ...): settings two deep, given what was seen in the actual world."""
    x, y, z = case.x, case.y, case.z
    deep = potential(y, {x: 1, z: potential(z, {x: 0, **{name: potential(name, {x: 1}) for name in case.between if name != z}})})
    return probability(model, deep.among([0, 1]), (Potential(x).equals(1), potential(z, {x: 0}).differs_from(0)), by=by)


QUANTITIES: dict[str, Quantity] = {
    "P(y)": lambda m, c, by: probability(m, {c.y: 1}, by=by),
    "P(y | x, z)": lambda m, c, by: probability(m, {c.y: 1}, {c.x: 0, c.z: 0}, by=by),
    "E[y | z]": lambda m, c, by: expectation(m, c.y, {c.z: 1}, by=by),
    "P(y | do x)": lambda m, c, by: probability(do(m, {c.x: 1}), {c.y: 1}, by=by),
    "P(y | do x, z)": lambda m, c, by: probability(do(m, {c.x: 1}), {c.y: 1}, {c.z: 0}, by=by),
    "P(z_x | y_x)": lambda m, c, by: probability(m, potential(c.z, {c.x: 1}).equals(0), potential(c.y, {c.x: 1}).equals(1), by=by),
    "correlation": lambda m, c, by: association(m, compared(c), by=by),
    "explaining away": lambda m, c, by: association(m, Comparison(treatment=c.x, outcome=c.z), {c.y: 1}, by=by),
    "ATE": lambda m, c, by: ate(m, compared(c), by=by),
    "ATE given z": lambda m, c, by: ate(m, compared(c, 1), {c.z: 1}, by=by),
    "ETT": lambda m, c, by: att(m, compared(c), by=by),
    "ATC": lambda m, c, by: atc(m, compared(c, 0), by=by),
    "CDE": lambda m, c, by: cde(m, compared(c), {c.z: 1}, by=by),
    "NDE": lambda m, c, by: nde(m, compared(c), c.between, by=by),
    "NIE": lambda m, c, by: nie(m, compared(c), c.between, by=by),
    "NDE by z": lambda m, c, by: nde(m, compared(c), (c.z,), by=by),
    "NIE by z": lambda m, c, by: nie(m, compared(c), (c.z,), by=by),
    "along paths": lambda m, c, by: along_paths(m, compared(c), [(e.source, e.target) for e in m.graph.edges if e.target != c.z], by=by),
    "PN": lambda m, c, by: pn(m, compared(c, 1), by=by),
    "PS": lambda m, c, by: ps(m, compared(c, 1), by=by),
    "PNS": lambda m, c, by: pns(m, compared(c, 1), by=by),
    "PD": lambda m, c, by: disablement(m, compared(c, 1), by=by),
    "PE": lambda m, c, by: enablement(m, compared(c, 1), by=by),
    "several worlds": several_worlds,
    "nested": nested,
}


def both_routes_agree(count: int, seed: int, *, positive: bool) -> collections.Counter[str]:
    """How often each quantity is defined, once all of them have been found equal."""
    defined: collections.Counter[str] = collections.Counter()
    for case in cases(count, seed, positive=positive):
        for name, quantity in QUANTITIES.items():
            one, other = (quantity(case.model, case, by) for by in ("elimination", "enumeration"))
            assert type(one) is type(other) and one == other, (name, case)
            assert isinstance(one, Fraction | Undefined)
            defined[name] += isinstance(one, Fraction)
    return defined


def test_elimination_equals_enumeration_as_fractions_on_500_models() -> None:
    """All worlds solved for every combination of noises, against the network of all worlds summed out; half the models
    leave nothing impossible, in the other half some evidence is, and both routes say so."""
    sometimes = both_routes_agree(MODELS // 2, 2026, positive=False)
    always = both_routes_agree(MODELS // 2, 2027, positive=True)
    assert min(sometimes.values()) > MODELS // 2 * 0.4, sometimes
    assert min(always.values()) > MODELS // 2 * 0.95, always


@pytest.mark.long
def test_elimination_equals_enumeration_on_4000_more_models() -> None:
    both_routes_agree(2000, 1, positive=False)
    both_routes_agree(2000, 2, positive=True)


def test_tables_alone_answer_what_they_determine_and_say_when_they_do_not() -> None:
    """The same quantities from the projection: the structural model's fraction, or the reason why tables are not enough."""
    told: dict[str, collections.Counter[str]] = {name: collections.Counter() for name in QUANTITIES}
    for case in cases(MODELS // 2, 77, positive=True):
        for name, quantity in QUANTITIES.items():
            one, other = (quantity(case.model.projection, case, by) for by in ("elimination", "enumeration"))
            assert one == other, (name, case)
            if isinstance(one, Undefined):
                assert "tables alone" in one.reason or "probability 0" in one.reason
                told[name]["open"] += 1
            else:
                assert one == quantity(case.model, case, "elimination"), (name, case)
                told[name]["determined"] += 1
    always = {"P(y)", "P(y | x, z)", "E[y | z]", "P(y | do x)", "P(y | do x, z)", "P(z_x | y_x)", "correlation", "explaining away"}
    assert all(told[name]["open"] == 0 for name in (*always, "ATE", "ETT", "ATC", "CDE", "NDE", "NIE")), told
    assert told["PNS"]["open"] > 50 < told["several worlds"]["open"]
    assert told["PNS"]["determined"] > 5  # where x does not move y


def test_formulas_equal_the_engine_on_250_models() -> None:
    """Truncated factorisation, adjustment for the parents of x, its law on the treated, and the mediation formula."""
    moved = 0
    for case in cases(MODELS // 2, 11, positive=True):
        tables, x, y = case.model.projection, case.x, case.y
        law, parents, between = Law(tables), tables.parents[x], case.between
        before = tuple(node for node in tables.parents if node not in descendants(tables.graph, x))

        def adjusted(setting: int, given: dict[str, int]) -> Fraction:
            groups = law.groups(parents, given)  # noqa: B023
            return sum((p * law.mean(y, {x: setting, **group}) for group, p in groups), Fraction(0))  # noqa: B023

        def mediated(setting: int, mediators_at: int) -> Fraction:
            found = Fraction(0)
            for group, p in law.groups(before, {}):  # noqa: B023
                for state, q in law.groups(between, {**group, x: mediators_at}):  # noqa: B023
                    found += p * q * law.mean(y, {**group, **state, x: setting})  # noqa: B023
            return found

        truncated = [Law(tables, {x: setting}).mean(y, {}) for setting in (0, 1)]
        assert ate(case.model, compared(case)) == truncated[1] - truncated[0] == adjusted(1, {}) - adjusted(0, {})
        assert att(case.model, compared(case)) == adjusted(1, {x: 1}) - adjusted(0, {x: 1})
        assert atc(case.model, compared(case)) == adjusted(1, {x: 0}) - adjusted(0, {x: 0})
        base = mediated(0, 0)
        assert nde(case.model, compared(case), between) == mediated(1, 0) - base
        assert nie(case.model, compared(case), between) == mediated(0, 1) - base
        assert association(case.model, compared(case)) == law.mean(y, {x: 1}) - law.mean(y, {x: 0})
        moved += bool(between)
    assert moved > 50


def test_joint_laws_over_worlds_are_equal_too() -> None:
    for case in cases(100, 5):
        x, y, z = case.x, case.y, case.z
        variables = [potential(y, {x: 1}), y, potential(y, {x: 0}), potential(x, {x: 1}), potential(z, {y: 0}), y]
        laws = [distribution(case.model, variables, {z: 0}, by=by) for by in ("elimination", "enumeration")]
        if isinstance(laws[0], Undefined):
            assert laws[0] == laws[1]
            continue
        assert laws[0].shape == laws[1].shape and (laws[0] == laws[1]).all()
        assert laws[0].sum() == 1


def test_floats_and_fractions_agree() -> None:
    rng = np.random.default_rng(9)
    for case in cases(60, 8, positive=True):
        exact = random_model(case.model.graph, rng)
        rough = as_floats(exact)
        for quantity in (QUANTITIES["P(y | x, z)"], QUANTITIES["ATE"], QUANTITIES["NDE"], QUANTITIES["ETT"]):
            for by in ("elimination", "enumeration"):
                found = quantity(rough, case, by)
                assert isinstance(found, float)
                assert abs(found - float(quantity(exact, case, by))) < 1e-12


def test_nodes_with_a_single_level_change_nothing() -> None:
    rng = np.random.default_rng(14)
    compared = 0
    for case in cases(60, 15):
        model = random_structural(case.model.graph, rng, levels=(1, 3), noises=(1, 3))
        if min(model.projection.size(node) for node in (case.x, case.y, case.z)) > 1:
            for name in ("several worlds", "PNS", "ETT", "P(y | do x, z)"):
                one, other = (QUANTITIES[name](model, case, by) for by in ("elimination", "enumeration"))
                assert type(one) is type(other) and one == other
                compared += 1
    assert compared > 20


def test_large_denominators_leave_64_bits_and_stay_exact() -> None:
    """Chances over a prime of 10 digits: products need Python's integers, which both routes must reach on their own."""
    rng = np.random.default_rng(4)
    for case in cases(25, 3, positive=True):
        model = random_structural(case.model.graph, rng, noises=(2, 3), denominator=9_999_999_967, positive=True)
        for name in ("ATE", "PNS", "PN", "NDE", "P(y | do x, z)"):
            one, other = (QUANTITIES[name](model, case, by) for by in ("elimination", "enumeration"))
            assert isinstance(one, Fraction) and one == other
            assert name != "PN" or one in (0, 1) or one.denominator > 10**6
