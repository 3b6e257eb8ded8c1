"""What every identification method promises: its estimand's value is the interventional truth in random models."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.core.estimand import Estimand, Unidentified
from aitia.core.graph import Graph
from aitia.core.query import Query
from aitia.core.run import Run
from aitia.core.shelf import identification
from aitia.graphs.classes import classified
from tests.graphs.random_graphs import brute_adjustment_sets, random_graph

METHODS = list(identification)
MODELS = 1500


class Model:
    """A discrete structural model: one axis per node, the joint law as a product of conditional tables."""

    def __init__(self, graph: Graph, rng: np.random.Generator) -> None:
        self.graph = graph
        self.axis = {node: i for i, node in enumerate(graph.nodes)}
        self.sizes = [int(rng.integers(2, 4)) for _ in graph.nodes]
        self.tables = {node: self.table(node, rng) for node in graph.nodes}
        self.joint = self.law(self.tables)

    def table(self, node: str, rng: np.random.Generator) -> np.ndarray:
        """P(node | parents), strictly positive, broadcast over all axes."""
        parents = set(self.graph.parents(node))
        shape = [size if name in parents or name == node else 1 for name, size in zip(self.graph.nodes, self.sizes, strict=True)]
        raw = rng.uniform(0.05, 1, shape) ** 2
        return raw / raw.sum(axis=self.axis[node], keepdims=True)

    def law(self, tables: dict[str, np.ndarray]) -> np.ndarray:
        """The joint law: the product of all tables."""
        joint = np.ones(self.sizes)
        for table in tables.values():
            joint = joint * table
        return joint

    def marginal(self, *names: str) -> np.ndarray:
        """The law of some nodes, with the other axes kept at length 1."""
        drop = tuple(i for node, i in self.axis.items() if node not in names)
        return self.joint.sum(axis=drop, keepdims=True)

    def interventional(self, x: str, y: str) -> np.ndarray:
        """P(y | do(x)) for every x, by leaving out the table of x: (levels of x, levels of y)."""
        joint = self.law({node: table for node, table in self.tables.items() if node != x})
        drop = tuple(i for node, i in self.axis.items() if node not in (x, y))
        return self.as_matrix(joint.sum(axis=drop), x, y)

    def adjusted(self, x: str, y: str, given: tuple[str, ...]) -> np.ndarray:
        """Σ_z P(y | x, z) P(z): (levels of x, levels of y)."""
        conditional = self.marginal(x, y, *given) / self.marginal(x, *given)
        drop = tuple(self.axis[name] for name in self.graph.nodes if name not in (x, y))
        return self.as_matrix((conditional * self.marginal(*given)).sum(axis=drop), x, y)

    def as_matrix(self, array: np.ndarray, x: str, y: str) -> np.ndarray:
        return array if self.axis[x] < self.axis[y] else array.T

    def among(self, x: str, y: str, given: tuple[str, ...], level: int) -> np.ndarray:
        """Σ_z P(y | x, z) P(z | x = level) for every x; given all parents of x this is the law of y had x been set, among those."""
        conditional = self.marginal(x, y, *given) / self.marginal(x, *given)
        law = (self.marginal(x, *given) / self.marginal(x)).take([level], axis=self.axis[x])
        drop = tuple(self.axis[name] for name in self.graph.nodes if name not in (x, y))
        return self.as_matrix((conditional * law).sum(axis=drop), x, y)


def value_of(model: Model, query: Query, found: Estimand) -> np.ndarray:
    """What the estimand's formula gives in a model."""
    if found.adjustment is None:
        alone = model.marginal(query.outcome).ravel()
        return np.tile(alone, (model.sizes[model.axis[query.treatment]], 1))
    return model.adjusted(query.treatment, query.outcome, found.adjustment)


VALUES = {"backdoor": value_of}


def models(count: int) -> list[tuple[Model, str, str]]:
    rng = np.random.default_rng(314)
    found = []
    for _ in range(count):
        graph = random_graph(rng, int(rng.integers(4, 7)), rng.uniform(0.3, 0.8), 0.0, 0.25)
        x, y = (str(name) for name in rng.permutation(graph.nodes)[:2])
        graph = classified(graph.with_latent(tuple(set(graph.latent) - {x, y})))
        found.append((Model(graph, rng), x, y))
    return found


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_the_estimand_is_the_interventional_truth(method: object) -> None:
    run = Run()
    seen = {"set": 0, "empty": 0, "zero": 0, "refused": 0, "alternatives": 0}
    for model, x, y in models(MODELS):
        query = Query(treatment=x, outcome=y)
        found = run.use(method, model.graph, query)  # type: ignore[arg-type]
        if isinstance(found, Unidentified):
            seen["refused"] += 1
            continue
        assert isinstance(found, Estimand)
        truth = model.interventional(x, y)
        assert np.abs(VALUES[found.strategy](model, query, found) - truth).max() < 1e-10, (model.graph, x, y, found)
        for other in found.alternatives:
            assert np.abs(model.adjusted(x, y, other) - truth).max() < 1e-10
            seen["alternatives"] += 1
        seen["zero" if found.adjustment is None else "set" if found.adjustment else "empty"] += 1
    assert min(seen.values()) >= 20, seen


@pytest.mark.parametrize("method", [m for m in METHODS if "att" in m.card.effects], ids=lambda m: m.name)
def test_effects_on_those_at_one_level_are_true_as_well(method: object) -> None:
    """The law of y had x been set, among those with x = level: by the parents of x in the whole model, and by the set found."""
    run, compared = Run(), 0
    for model, x, y in models(MODELS):
        found = run.use(method, model.graph, Query(treatment=x, outcome=y, effect="att"))  # type: ignore[arg-type]
        if isinstance(found, Estimand) and found.adjustment is not None:
            for level in range(model.sizes[model.axis[x]]):
                truth = model.among(x, y, model.graph.parents(x), level) if y not in model.graph.parents(x) else None
                if truth is not None:
                    assert np.abs(model.among(x, y, found.adjustment, level) - truth).max() < 1e-10
                    compared += 1
    assert compared > 200


@pytest.mark.parametrize("method", [m for m in METHODS if "backdoor" in m.card.answers], ids=lambda m: m.name)
def test_a_refusal_by_adjustment_means_that_no_set_would_do(method: object) -> None:
    run, refused = Run(), 0
    for model, x, y in models(MODELS):
        found = run.use(method, model.graph, Query(treatment=x, outcome=y))  # type: ignore[arg-type]
        if not isinstance(found, Unidentified):
            continue
        refused += 1
        assert not brute_adjustment_sets(model.graph, x, y)
        truth = model.interventional(x, y)
        rest = [name for name in model.graph.observed if name not in (x, y)]
        for size in range(len(rest) + 1):
            for given in itertools.combinations(rest, size):
                assert np.abs(model.adjusted(x, y, given) - truth).max() > 1e-10, (model.graph, x, y, given)
    assert refused >= 30
