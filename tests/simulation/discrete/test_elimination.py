"""Elimination sums in an order that keeps tables small, and refuses tables that are too large before it begins."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from aitia.core.errors import InputError
from aitia.core.graph import Edge, Graph
from aitia.simulation.discrete import binary_model, discrete_model, distribution, do, potential, probability, random_structural
from aitia.simulation.exact import elimination, enumeration
from aitia.simulation.exact.elimination import Factor, min_fill, reduced


def test_summing_out_equals_the_sum_of_the_product_whatever_the_order() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        sizes = {axis: int(rng.integers(1, 4)) for axis in range(6)}
        scopes = [tuple(int(a) for a in rng.choice(6, int(rng.integers(1, 4)), replace=False)) for _ in range(5)]
        factors = [Factor(scope, rng.integers(0, 5, [sizes[axis] for axis in scope])) for scope in scopes]
        present = sorted({axis for scope in scopes for axis in scope})
        keep = tuple(int(a) for a in rng.permutation(present)[: int(rng.integers(0, 3))])
        found = reduced(factors, keep, sizes)
        for state in itertools.product(*(range(sizes[axis]) for axis in keep)):
            total = 0
            for codes in itertools.product(*(range(sizes[axis]) for axis in present)):
                at = dict(zip(present, codes, strict=True))
                if all(at[axis] == code for axis, code in zip(keep, state, strict=True)):
                    total += math.prod(int(factor.values[tuple(at[axis] for axis in factor.axes)]) for factor in factors)
            assert found[state] == total


def test_a_tree_needs_no_new_joins_and_a_ring_the_fewest() -> None:
    tree = [(0, 1), (1, 2), (1, 3), (3, 4), (3, 5)]
    order = min_fill(tree, (), dict.fromkeys(range(6), 2))
    joined = {frozenset(scope) for scope in tree}
    for axis in order:
        around = {other for pair in joined if axis in pair for other in pair} - {axis}
        assert all(frozenset(pair) in joined for pair in itertools.combinations(around, 2))
        joined = {pair for pair in joined if axis not in pair}
    assert sorted(order) == list(range(6))
    assert sorted(min_fill([(0, 1), (1, 2), (2, 3), (3, 0)], (0,), dict.fromkeys(range(4), 2))) == [1, 2, 3]


def chain(n: int) -> Graph:
    nodes = tuple(f"v{i}" for i in range(n))
    return Graph(nodes=nodes, edges=tuple(Edge(source=a, target=b) for a, b in itertools.pairwise(nodes)))


def test_a_chain_of_2000_nodes_is_no_trouble() -> None:
    """Far ends of a chain in floating point, in the actual world and in two at once; recursion would not get here."""
    n = 2000
    model = binary_model(chain(n), {"v0": 0.5, **{f"v{i}": [0.001, 0.999] for i in range(1, n)}})
    stay = 0.998 ** (n - 1)
    assert distribution(model, f"v{n - 1}", {"v0": 1})[1] == pytest.approx((1 + stay) / 2)
    assert probability(model, potential(f"v{n - 1}", v0=1).equals(1), {"v0": 0}) == pytest.approx((1 + stay) / 2)
    assert probability(do(model, {"v1000": 0}), {f"v{n - 1}": 1}) == pytest.approx((1 - 0.998**999) / 2)


def test_a_structural_model_of_40_nodes_is_compared_across_worlds() -> None:
    """Far beyond what noises can be run through one by one; PN of the first node for the last by its own formula."""
    n = 40
    model = random_structural(chain(n), np.random.default_rng(5), levels=(2, 2), noises=(3, 3), denominator=None, positive=True)
    last = f"v{n - 1}"
    law = distribution(model, [potential(last, v0=1), potential(last, v0=0)])
    assert law.sum() == pytest.approx(1)
    transfer = np.eye(4)  # the pair (value under v0 = 1, value under v0 = 0) is a Markov chain
    for i in range(1, n):
        function, noise = model.functions[f"v{i}"], model.noises[f"v{i}"].values
        step = np.zeros((4, 4))
        for (a, b), (u, chance) in itertools.product(np.ndindex(2, 2), enumerate(noise)):
            step[2 * a + b, 2 * function[a, u] + function[b, u]] += chance
        transfer = transfer @ step
    assert np.abs(law.ravel() - transfer[2]).max() < 1e-12
    with pytest.raises(InputError, match='by="elimination"'):
        distribution(model, last, by="enumeration")


def test_tables_that_are_too_large_are_refused_with_what_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 30
    roots = tuple(f"r{i}" for i in range(n))
    model = binary_model(Graph(nodes=roots), dict.fromkeys(roots, 0.5))
    with pytest.raises(InputError, match=r"1,073,741,824 cells.*Ask about fewer|1,073,741,824 cells") as caught:
        distribution(model, roots)
    assert "Ask about fewer variables" in str(caught.value)
    monkeypatch.setattr(elimination, "MOST_CELLS", 100)
    joined = discrete_model(
        Graph(nodes=("a", "b", "c"), edges=(Edge(source="a", target="c"), Edge(source="b", target="c"))),
        {"a": np.full(10, 0.1), "b": np.full(10, 0.1), "c": np.full((10, 10, 2), 0.5)},
    )
    with pytest.raises(InputError, match="200 cells"):
        distribution(joined, "c")
    monkeypatch.setattr(enumeration, "MOST_ROWS", 100)
    with pytest.raises(InputError, match="200 combinations"):
        distribution(joined, "c", by="enumeration")
