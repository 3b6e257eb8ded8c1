"""Draw structural models for tests, and compute their laws from the definitions, with fractions and nothing of the engine."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from aitia.core.graph import Graph
from aitia.graphs.reachability import descendants
from aitia.simulation.exact.models import DiscreteModel, StructuralModel
from aitia.simulation.exact.random_models import random_structural, with_hidden_causes
from tests.graphs.random_graphs import random_graph

State = dict[str, int]


@dataclasses.dataclass(frozen=True)
class Case:
    """A model of 3 to 6 nodes, latent ones among them, with two nodes of which the first comes before the second, and a third."""

    model: StructuralModel
    x: str
    y: str
    z: str

    @property
    def between(self) -> tuple[str, ...]:
        """The parents of y that x can move: with these as mediators the mediation formula holds."""
        moved = descendants(self.model.graph, self.x) - {self.x}
        return tuple(node for node in self.model.projection.parents[self.y] if node in moved)


def graphs(rng: np.random.Generator) -> Graph:
    """A DAG of 3 to 6 nodes, some of them latent, some made of <->."""
    while True:
        graph = with_hidden_causes(random_graph(rng, int(rng.integers(3, 7)), rng.uniform(0.3, 0.9), rng.uniform(0, 0.3), 0.15))
        if len(graph.nodes) <= 6:
            return graph


def cases(count: int, seed: int, *, positive: bool = False) -> Iterator[Case]:
    """Random models; without `positive` some values and some evidence are impossible."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        graph = graphs(rng)
        model = random_structural(graph, rng, noises=(2, 3), denominator=10, positive=positive)
        order = list(model.projection.parents)
        first, second = sorted(rng.choice(len(order), 2, replace=False))
        rest = [node for node in order if node not in (order[first], order[second])]
        yield Case(model, order[first], order[second], str(rng.choice(rest)))


class Law:
    """The joint law of a model of tables, as a list of states with their chances: slow, and by the definition."""

    def __init__(self, model: DiscreteModel, do: State | None = None) -> None:
        self.states: list[tuple[State, Fraction]] = []
        tables = {node: model.table(node) for node in model.graph.nodes}
        for codes in itertools.product(*(range(model.size(node)) for node in model.graph.nodes)):
            state = dict(zip(model.graph.nodes, codes, strict=True))
            if any(state[node] != code for node, code in (do or {}).items()):
                continue
            chance = Fraction(1)
            for node, table in tables.items():
                if node not in (do or {}):
                    chance *= table[tuple(state[name] for name in (*model.parents[node], node))]
            if chance:
                self.states.append((state, chance))

    def chance(self, event: State) -> Fraction:
        """P(event)."""
        return sum((p for state, p in self.states if all(state[node] == code for node, code in event.items())), Fraction(0))

    def mean(self, node: str, given: State) -> Fraction:
        """E[node | given]."""
        held = [(state[node], p) for state, p in self.states if all(state[name] == code for name, code in given.items())]
        return sum((code * p for code, p in held), Fraction(0)) / sum(p for _, p in held)

    def groups(self, nodes: tuple[str, ...], given: State) -> list[tuple[State, Fraction]]:
        """The states of some nodes with their chances given others."""
        found: dict[tuple[int, ...], Fraction] = {}
        for state, p in self.states:
            if all(state[name] == code for name, code in given.items()):
                key = tuple(state[node] for node in nodes)
                found[key] = found.get(key, Fraction(0)) + p
        total = sum(found.values(), Fraction(0))
        return [(dict(zip(nodes, key, strict=True)), p / total) for key, p in found.items()]
