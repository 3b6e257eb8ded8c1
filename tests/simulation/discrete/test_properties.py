"""What holds for all structural models: effectiveness, composition, consistency, and what follows from them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.graphs.reachability import ancestors
from aitia.graphs.separation import separated
from aitia.simulation.exact.arithmetic import Undefined
from aitia.simulation.exact.causation import pn, pns, ps
from aitia.simulation.exact.counterfactual import Potential, potential
from aitia.simulation.exact.effects import Comparison, along_paths, ate, cde, nde, nie
from aitia.simulation.exact.interventions import do, with_function, with_table
from aitia.simulation.exact.queries import distribution, expectation, probability
from tests.simulation.discrete.worlds import Case, cases

ANY = st.integers(0, 10**6).map(lambda seed: next(cases(1, seed)))
POSITIVE = st.integers(0, 10**6).map(lambda seed: next(cases(1, seed, positive=True)))
some = settings(max_examples=80, deadline=None)


@some
@given(ANY)
def test_effectiveness_what_is_set_is_so(case: Case) -> None:
    assert probability(case.model, potential(case.x, {case.x: 1}).equals(1)) == 1
    assert probability(case.model, potential(case.x, {case.x: 1, case.z: 0}).equals(0)) == 0
    assert probability(do(case.model, {case.x: 1}), {case.x: 1}) == 1


@some
@given(ANY)
def test_consistency_where_x_is_so_setting_it_changes_nothing(case: Case) -> None:
    """X = x implies Y_x = Y, also together with other events and in another world."""
    model, x, y, z = case.model, case.x, case.y, case.z
    for level in (0, 1):
        here = potential(y, {x: 1}).equals(level)
        assert probability(model, (here, Potential(x).equals(1))) == probability(model, {y: level, x: 1})
        assert probability(model, here, {x: 1, z: 0}) == probability(model, {y: level}, {x: 1, z: 0})
        elsewhere = (potential(y, {x: 1}).differs_from(level), Potential(y).equals(level))
        assert probability(model, (*elsewhere, Potential(x).equals(1))) == 0


@some
@given(ANY)
def test_composition_setting_z_to_what_it_would_be_changes_nothing(case: Case) -> None:
    """Z_x = z implies Y_{x,z} = Y_x, and Y_{x, Z_x} is Y_x."""
    model, x, y, z = case.model, case.x, case.y, case.z
    both = (potential(z, {x: 1}).equals(0), potential(y, {x: 1, z: 0}).equals(1))
    assert probability(model, both) == probability(model, (both[0], potential(y, {x: 1}).equals(1)))
    nested = potential(y, {x: 1, z: potential(z, {x: 1})})
    assert (distribution(model, nested) == distribution(model, potential(y, {x: 1}))).all()
    assert probability(model, (nested.equals(1), potential(y, {x: 1}).equals(0))) == 0


@some
@given(ANY)
def test_doing_to_a_node_without_parents_is_seeing_it(case: Case) -> None:
    root = next(iter(case.model.projection.parents))
    seen = distribution(case.model, case.y, {root: 1}) if root != case.y else distribution(case.model, case.z, {root: 1})
    done = distribution(do(case.model, {root: 1}), case.y if root != case.y else case.z)
    assert seen == Undefined(reason="undefined: the evidence has probability 0") if isinstance(seen, Undefined) else (seen == done).all()


@some
@given(ANY)
def test_doing_to_what_is_no_ancestor_changes_nothing(case: Case) -> None:
    assert case.y not in ancestors(case.model.graph, case.x)
    assert (distribution(do(case.model, {case.y: 1}), case.x) == distribution(case.model, case.x)).all()
    assert probability(case.model, (potential(case.x, {case.y: 1}).equals(0), Potential(case.x).equals(1))) == 0


@some
@given(ANY)
def test_the_law_of_potential_outcomes_is_the_law_after_doing(case: Case) -> None:
    model, x, y, z = case.model, case.x, case.y, case.z
    assert (distribution(model, potential(y, {x: 1})) == distribution(do(model, {x: 1}), y)).all()
    together = [potential(y, {x: 0}), potential(z, {x: 0})]
    assert (distribution(model, together) == distribution(do(model, {x: 0}), [y, z])).all()
    law = distribution(model, [potential(y, {x: 1}), y, x])
    assert law.sum() == 1 and (law.sum(axis=(1, 2)) == distribution(do(model, {x: 1}), y)).all()


@some
@given(ANY)
def test_separated_nodes_are_independent(case: Case) -> None:
    model, x, y, z = case.model, case.x, case.y, case.z
    for level in range(model.projection.size(z)):
        law = distribution(model, [x, y], {z: level})
        if separated(model.graph, x, y, z) and not isinstance(law, Undefined):
            assert (law == law.sum(axis=1, keepdims=True) * law.sum(axis=0, keepdims=True)).all()


@some
@given(POSITIVE)
def test_the_total_effect_is_direct_less_the_reversed_indirect_one(case: Case) -> None:
    """TE = NDE - NIE reversed; and as a mean over x it is the effect among all."""
    forward = Comparison(treatment=case.x, outcome=case.y)
    back = Comparison(treatment=case.x, outcome=case.y, arm=0, versus=1)
    for mediators in (case.between, (case.z,)):
        assert ate(case.model, forward) == nde(case.model, forward, mediators) - nie(case.model, back, mediators)
    law = distribution(case.model, case.x)
    parts = [ate(case.model, forward, {case.x: level}) for level in range(len(law))]
    assert ate(case.model, forward) == sum(share * part for share, part in zip(law, parts, strict=True))


@some
@given(POSITIVE)
def test_pns_is_made_of_pn_and_ps(case: Case) -> None:
    """PNS = P(x, y) PN + P(x', y') PS + the part of those who had neither."""
    model, x, y = case.model, case.x, case.y
    asked = Comparison(treatment=x, outcome=y, level=1)
    not_y = probability(model, (Potential(x).equals(0), Potential(y).differs_from(1)))
    both = (potential(y, {x: 1}).equals(1), potential(y, {x: 0}).differs_from(1))
    rest = probability(model, (*both, Potential(x).among(range(2, model.projection.size(x)))))
    assert pns(model, asked) == probability(model, {x: 1, y: 1}) * pn(model, asked) + not_y * ps(model, asked) + rest


@some
@given(POSITIVE)
def test_all_edges_carry_the_total_effect_and_direct_edges_the_direct_one(case: Case) -> None:
    asked = Comparison(treatment=case.x, outcome=case.y)
    edges = [(edge.source, edge.target) for edge in case.model.graph.edges]
    assert along_paths(case.model, asked, edges) == ate(case.model, asked)
    assert along_paths(case.model, asked, []) == 0
    direct = [edge for edge in edges if edge == (case.x, case.y)]
    assert along_paths(case.model, asked, direct) == nde(case.model, asked, case.between)
    not_direct = [edge for edge in edges if edge != (case.x, case.y)]
    assert along_paths(case.model, asked, not_direct) == nie(case.model, asked, case.between)


@some
@given(POSITIVE)
def test_with_everything_else_fixed_only_the_edge_is_left(case: Case) -> None:
    """CDE with all other nodes fixed is 0 without an edge, and the same whatever was observed before."""
    rest = {node: 0 for node in case.model.graph.nodes if node not in (case.x, case.y)}
    found = cde(case.model, Comparison(treatment=case.x, outcome=case.y), rest)
    if case.x not in case.model.projection.parents[case.y]:
        assert found == 0
    assert isinstance(found, Fraction)


@some
@given(POSITIVE, st.integers(0, 1))
def test_a_soft_intervention_that_changes_nothing_changes_nothing_and_a_constant_one_is_do(case: Case, level: int) -> None:
    model, tables, x, y = case.model, case.model.projection, case.x, case.y
    same = with_table(tables, x, tables.table(x))
    assert (distribution(same, [x, y]) == distribution(tables, [x, y])).all()
    point = [Fraction(int(code == level)) for code in range(tables.size(x))]
    assert (distribution(with_table(tables, x, point, parents=()), y) == distribution(do(tables, {x: level}), y)).all()
    set_by_function = with_function(model, x, [level], parents=())
    assert (distribution(set_by_function, y) == distribution(do(model, {x: level}), y)).all()


@some
@given(POSITIVE, st.integers(0, 10**6))
def test_a_policy_mixes_what_its_settings_would_do(case: Case, seed: int) -> None:
    """Setting x by chances that read its parents gives the mean over them of the outcome under do."""
    tables, x, y = case.model.projection, case.x, case.y
    parents = tables.parents[x]
    raw = np.random.default_rng(seed).integers(1, 6, tables.table(x).shape)
    policy = np.vectorize(Fraction, otypes=[object])(raw) / raw.sum(axis=-1, keepdims=True)
    mixed = Fraction(0)
    for state in np.ndindex(policy.shape[:-1]):
        group = dict(zip(parents, map(int, state), strict=True))
        share = probability(tables, group)
        for level in range(tables.size(x)):
            if share:
                mixed += share * policy[(*state, level)] * expectation(do(tables, {x: level}), y, group)
    assert expectation(with_table(tables, x, policy), y) == mixed


def test_what_is_undefined_says_so_and_stays_so() -> None:
    found = [case for case in cases(60, 21) if isinstance(probability(case.model, {case.y: 1}, {case.x: 0, case.z: 0}), Undefined)]
    assert found
    for case in found:
        answer = probability(case.model, {case.y: 1}, {case.x: 0, case.z: 0})
        assert answer == Undefined(reason="undefined: the evidence has probability 0")
        assert (1 - answer, answer / 2, -answer, np.ones(2) * answer) == (answer,) * 4
        assert isinstance(distribution(case.model, case.y, {case.x: 0, case.z: 0}), Undefined)
        assert not answer


@pytest.mark.parametrize("by", ["elimination", "enumeration"])
def test_contradicting_evidence_is_undefined_not_an_error(by: str) -> None:
    case = next(cases(1, 2, positive=True))
    twice = (Potential(case.x).equals(0), Potential(case.x).equals(1))
    assert isinstance(probability(case.model, {case.y: 1}, twice, by=by), Undefined)  # type: ignore[arg-type]
    assert isinstance(probability(case.model, {case.y: 1}, potential(case.x, {case.x: 0}).equals(1), by=by), Undefined)  # type: ignore[arg-type]
    assert probability(case.model, twice, by=by) == 0  # type: ignore[arg-type]
    assert isinstance(probability(case.model.projection, {case.y: 1}, twice, by=by), Undefined)  # type: ignore[arg-type]
