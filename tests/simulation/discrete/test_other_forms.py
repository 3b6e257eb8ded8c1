"""Functions made for tables, models drawn at random, and models as SCMs keep to what they promise."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption, InputError
from aitia.graphs.formats.text import parse
from aitia.graphs.separation import separated
from aitia.simulation.discrete import (
    Comparison,
    as_scm,
    canonical,
    discrete_model,
    distribution,
    do,
    exogenous,
    from_equations,
    pns,
    pns_bounds,
    potential,
    probability,
    random_model,
    random_structural,
    with_hidden_causes,
)
from tests.graphs.random_graphs import random_graph
from tests.simulation.discrete.worlds import Case, cases, graphs

POSITIVE = st.integers(0, 10**6).map(lambda seed: next(cases(1, seed, positive=True)))


@pytest.mark.parametrize("coupling", ["monotone", "independent"])
def test_canonical_functions_have_the_tables_they_were_made_for(coupling: str) -> None:
    rng = np.random.default_rng(40)
    for _ in range(60):
        exact = random_model(parse("a->b; a->c; b->c"), rng, levels=(2, 3), denominator=6, positive=bool(rng.random() < 0.5))
        found = canonical(exact, coupling, {"c": "monotone"})  # type: ignore[arg-type]
        for node in exact.parents:
            assert (found.projection.table(node) == exact.table(node)).all()


def test_monotone_functions_never_fall_where_the_chances_rise() -> None:
    """Each noise's response follows the order of the chances of being at least some level."""
    rng = np.random.default_rng(41)
    for _ in range(100):
        model = random_model(parse("x->y"), rng, levels=(2, 4))
        function = canonical(model, "monotone").functions["y"]
        tails = np.cumsum(model.table("y")[:, ::-1], axis=1)[:, ::-1]
        for one, other in itertools.permutations(range(len(tails)), 2):
            if (tails[one] <= tails[other]).all():
                assert (function[one] <= function[other]).all()


def test_couplings_attain_the_ends_or_the_product() -> None:
    """With x as good as random, monotone coupling has the least PNS there is, and the independent one the product."""
    rng = np.random.default_rng(42)
    for _ in range(100):
        low, high = sorted(Fraction(int(k), 12) for k in rng.choice(np.arange(1, 12), 2, replace=False))
        model = discrete_model(parse("x->y"), {"x": [Fraction(1, 3), Fraction(2, 3)], "y": [[1 - low, low], [1 - high, high]]})
        asked = Comparison(treatment="x", outcome="y")
        assert pns(canonical(model, "monotone"), asked) == high - low == pns_bounds(exogenous(high, low, Fraction(2, 3))).low
        assert pns(canonical(model, "independent"), asked) == high * (1 - low)


def test_too_many_ways_to_respond_are_refused_with_the_other_choice() -> None:
    rng = np.random.default_rng(43)
    model = random_model(parse("a->y; b->y; c->y"), rng, levels=(3, 3))
    with pytest.raises(InputError, match="monotone"):
        canonical(model, "independent")
    canonical(model, "independent", {"y": "monotone"})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([None, 4, 12]))
def test_random_models_are_models_of_their_graph(seed: int, positive: bool, denominator: int | None) -> None:
    rng = np.random.default_rng(seed)
    graph = graphs(rng)
    model = random_model(graph, rng, denominator=denominator, positive=positive)
    assert model.graph.nodes == graph.nodes and model.exact == (denominator is not None)
    for node in graph.nodes:
        table = model.table(node)
        assert 2 <= model.size(node) <= 3
        if positive:
            assert (table > 0).all()
        if denominator is not None:
            assert all(denominator % value.denominator == 0 for value in table.ravel())
    structural = random_structural(graph, rng, positive=positive)
    if positive:
        assert all((structural.projection.table(node) > 0).all() for node in graph.nodes)
    same = random_structural(graph, np.random.default_rng(seed)), random_structural(graph, np.random.default_rng(seed))
    assert all((same[0].functions[node] == same[1].functions[node]).all() for node in graph.nodes)


def test_every_way_to_share_out_a_denominator_is_equally_likely() -> None:
    """9,000 draws of 4 into three positive parts: each of the 3 ways 3,000 times, within 5 standard errors."""
    rng = np.random.default_rng(44)
    rows = [tuple(random_model(parse("x"), rng, levels=(3, 3), denominator=4).chances["x"].values.tolist()) for _ in range(9000)]
    counts = {row: rows.count(row) for row in set(rows)}
    assert set(counts) == {(2, 1, 1), (1, 2, 1), (1, 1, 2)}
    assert max(abs(count - 3000) for count in counts.values()) < 5 * np.sqrt(9000 * 2 / 9)
    zeros = [random_model(parse("x"), rng, levels=(3, 3), denominator=4, positive=False).chances["x"].values for _ in range(500)]
    assert min(row.min() for row in zeros) == 0 and len({tuple(row) for row in zeros}) == 15


def test_a_denominator_too_small_for_the_levels_is_refused() -> None:
    with pytest.raises(BadOption, match="at least 3"):
        random_model(parse("x"), np.random.default_rng(0), levels=(3, 3), denominator=2)


def test_hidden_causes_keep_what_a_graph_separates() -> None:
    rng = np.random.default_rng(45)
    for _ in range(200):
        graph = random_graph(rng, 5, 0.4, 0.3)
        explicit = with_hidden_causes(graph)
        assert set(explicit.latent) == set(explicit.nodes) - set(graph.nodes)
        x, y, *rest = (str(name) for name in rng.permutation(graph.nodes))
        given_ = [name for name in rest if rng.random() < 0.5]
        assert separated(graph, x, y, given_) == separated(explicit, x, y, given_)


@settings(max_examples=40, deadline=None)
@given(POSITIVE, st.integers(0, 2**31))
def test_as_an_scm_it_abducts_what_made_the_rows_and_scores_them_by_its_tables(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scm, tables = as_scm(case.model), case.model.projection
    rows = scm.sample(200, rng)
    again = scm.predict(scm.abduct(rows, rng))
    assert all((again[node] == rows[node]).all() for node in rows)
    score = np.zeros(200)
    for node, parents in tables.parents.items():
        index = tuple(rows[name].astype(int) for name in (*parents, node))
        score += np.log(tables.table(node).astype(float)[index])
    assert np.abs(scm.log_density(rows) - score).max() < 1e-9


def test_an_scm_acts_and_imagines_as_the_model_does() -> None:
    """Shares of 40,000 rows after do, and of counterfactuals for rows with evidence, within 5 standard errors."""
    rng = np.random.default_rng(46)
    for case in cases(8, 47):
        model = random_structural(case.model.graph, rng, levels=(2, 2), noises=(6, 6), positive=True)
        scm, n = as_scm(model), 40_000
        law = distribution(do(model, {case.x: 1}), case.y).astype(float)
        acted = np.bincount(scm.do({case.x: 1}).sample(n, rng)[case.y].astype(int), minlength=len(law)) / n
        assert (np.abs(acted - law) <= 5 * np.sqrt(law * (1 - law) / n) + 1e-12).all()
        rows = scm.sample(n, rng)
        imagined = scm.do({case.x: 1}).predict(scm.abduct(rows, rng))
        kept = (rows[case.x] == 0) & (rows[case.y] == 1)
        chance = float(probability(model, potential(case.y, {case.x: 1}).equals(1), {case.x: 0, case.y: 1}))
        share = (imagined[case.y][kept] == 1).mean()
        assert abs(share - chance) <= 5 * np.sqrt(chance * (1 - chance) / kept.sum()) + 1e-12


def test_an_scm_refuses_rows_that_the_model_cannot_make() -> None:
    scm = as_scm(from_equations({"y": "x"}, {"x": Fraction(1, 2)}))
    with pytest.raises(InputError, match="cannot make y = 0 in row 1"):
        scm.abduct({"x": np.array([1.0, 1.0]), "y": np.array([1.0, 0.0])}, np.random.default_rng(0))
    with pytest.raises(InputError, match="x cannot be 7"):
        scm.do({"x": 7}).sample(2, np.random.default_rng(0))
