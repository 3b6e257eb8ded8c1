"""Knowledge narrows a class to exactly the DAGs that agree with it, and contradictions are named, never settled silently."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.core.errors import BadGraph
from aitia.core.knowledge import Constraint, Knowledge, Role, Tier
from aitia.graphs.background import to_mpdag
from aitia.graphs.classes import is_mpdag
from aitia.graphs.colliders import direct_skeleton
from aitia.graphs.conversions import to_cpdag
from aitia.graphs.equivalence import completed_pdag
from aitia.graphs.formats.text import parse
from aitia.graphs.pdag import pdag
from aitia.graphs.statements import circling
from tests.graphs.mixed_graphs import extensions, graph_of, random_parents, reached, shared_arrows


def required(*pairs: str, said_by: str = "user") -> Knowledge:
    return Knowledge(required=tuple(Constraint(source=a, target=b, said_by=said_by) for a, b in pairs))


def random_knowledge(rng: np.random.Generator, n: int) -> Knowledge:
    names = [f"v{i}" for i in range(n)]
    pair = lambda: tuple(str(name) for name in rng.choice(names, 2, replace=False))  # noqa: E731
    made = [Constraint(source=a, target=b) for a, b in (pair() for _ in range(int(rng.integers(0, 4))))]
    split = int(rng.integers(0, len(made) + 1))
    order = [str(name) for name in rng.permutation(names)]
    tiers = (Tier(names=tuple(order[:2])), Tier(names=tuple(order[2:4]))) if rng.random() < 0.3 else ()
    roles = (Role(name=order[-1], role="randomised"),) if rng.random() < 0.2 else ()
    return Knowledge(required=tuple(made[:split]), forbidden=tuple(made[split:]), tiers=tiers, roles=roles)


def agrees(parents: list[set[int]], knowledge: Knowledge) -> bool:
    """By definition, on edges that are there; a required edge between nodes that are not joined asks for nothing here."""
    place = lambda name: int(name[1:])  # noqa: E731
    arrows = {(f"v{a}", f"v{b}") for b, own in enumerate(parents) for a in own}
    if any((c.target, c.source) in arrows for c in knowledge.required) or any((c.source, c.target) in arrows for c in knowledge.forbidden):
        return False
    if any(knowledge.randomised(f"v{b}") and parents[b] for b in range(len(parents))):
        return False
    tier = {place(name): i for i, group in enumerate(knowledge.tiers) for name in group.names}
    return not any(tier.get(place(a), -1) > tier.get(place(b), 9) for a, b in arrows)


def test_the_graph_stands_for_exactly_the_dags_that_agree_on_2000_graphs() -> None:
    """Where nothing contradicts; where something does, a conflict is named and the graph is still an MPDAG of the class."""
    rng = np.random.default_rng(20261124)
    seen = {True: 0, False: 0}
    for _ in range(2000):
        n = int(rng.integers(3, 7))
        state = completed_pdag(random_parents(rng, n, rng.uniform(0.3, 0.9)))
        knowledge = random_knowledge(rng, n)
        found = to_mpdag(graph_of(state), knowledge)
        every = extensions(state)
        left = [parents for parents in every if agrees(parents, knowledge)]
        contradictions = [conflict for conflict in found.conflicts if conflict.about != "absent"]
        assert bool(contradictions) == (not left)
        assert is_mpdag(found.graph)
        if left:
            assert pdag(found.graph).same_as(shared_arrows(left))
            assert extensions(pdag(found.graph)) == left
        else:
            kept = extensions(pdag(found.graph))
            assert kept
            assert all(parents in every for parents in kept)
        seen[bool(left)] += 1
    assert min(seen.values()) > 400


def test_a_smallest_group_of_statements_in_conflict_is_named() -> None:
    """Any statement of a group less, and the group can be had."""
    rng = np.random.default_rng(5)
    together = 0
    for _ in range(3000):
        n = int(rng.integers(3, 7))
        state = completed_pdag(random_parents(rng, n, rng.uniform(0.3, 0.9)))
        for conflict in to_mpdag(graph_of(state), random_knowledge(rng, n)).conflicts:
            if conflict.about == "together":
                together += 1
                every = extensions(state)
                asked = [(int(a[1:]), int(b[1:])) for a, b in conflict.arrows]
                assert not any(all(a in parents[b] for a, b in asked) for parents in every)
                for left_out in asked:
                    rest = [pair for pair in asked if pair != left_out]
                    assert any(all(a in parents[b] for a, b in rest) for parents in every)
    assert together > 50


@pytest.mark.parametrize(
    ("graph", "knowledge", "about", "edges"),
    [
        ("a--b--c", required("ab", "cb"), "together", ["a -- b", "b -- c"]),
        ("a--b", required("ab", "ba"), "both ways", ["a -- b"]),
        ("a--b; a--c; b--c", required("ab", "bc", "ca"), "cycle", ["a -- b", "a -- c", "b -- c"]),
        ("a->c; b->c", required("ca"), "decided", ["a -> c", "b -> c"]),
        ("a--b; c--d", required("ab", "ac"), "absent", ["a -> b", "c -- d"]),
    ],
)
def test_each_kind_of_conflict(graph: str, knowledge: Knowledge, about: str, edges: list[str]) -> None:
    """None of the statements in conflict is used, whichever comes first."""
    for order in itertools.permutations(knowledge.required):
        found = to_mpdag(parse(graph), Knowledge(required=order))
        assert [conflict.about for conflict in found.conflicts] == [about]
        assert [f"{e.source} {e.symbol} {e.target}" for e in found.graph.edges] == edges
        assert found.conflicts[0].says.endswith(".")


def test_a_conflict_says_who_said_what() -> None:
    knowledge = Knowledge(
        required=(Constraint(source="b", target="a", said_by="Ada"),),
        tiers=(Tier(names=("a",), said_by="Bob"), Tier(names=("b",), said_by="Bob")),
    )
    (conflict,) = to_mpdag(parse("a--b"), knowledge).conflicts
    assert conflict.about == "both ways"
    assert set(conflict.said_by) == {"Ada", "Bob"}
    assert "b -> a is required" in conflict.says
    assert "a is in an earlier tier than b" in conflict.says


def test_tiers_and_random_assignment_direct_edges() -> None:
    found = to_mpdag(parse("a--b; a--c; b--c"), Knowledge(tiers=(Tier(names=("c",)), Tier(names=("a", "b")))))
    assert [f"{e.source} {e.symbol} {e.target}" for e in found.graph.edges] == ["a -- b", "c -> a", "c -> b"]
    assert found.graph.graph_class == "mpdag"
    found = to_mpdag(parse("t--y--m"), Knowledge(roles=(Role(name="t", role="randomised"),)))
    assert [f"{e.source} {e.symbol} {e.target}" for e in found.graph.edges] == ["t -> y", "y -> m"]
    assert found.graph.graph_class == "dag"


def test_a_graph_that_is_not_closed_is_closed_first() -> None:
    found = to_mpdag(parse("a->b--c"))
    assert [edge.symbol for edge in found.graph.edges] == ["->", "->"]
    assert not found.conflicts
    with pytest.raises(BadGraph, match="No DAG"):
        to_mpdag(parse("a--b--c--d--a"))
    with pytest.raises(BadGraph, match="hidden common cause"):
        to_mpdag(parse("a<->b"))


def test_colliders_of_a_dag_give_its_completed_graph() -> None:
    rng = np.random.default_rng(3)
    for _ in range(500):
        parents = random_parents(rng, int(rng.integers(2, 8)), rng.uniform(0.2, 0.8))
        state = completed_pdag(parents)
        graph = graph_of(state)
        colliders = [
            (f"v{a}", f"v{b}", f"v{c}")
            for b, own in enumerate(parents)
            for a, c in itertools.combinations(sorted(own), 2)
            if c not in state.joined[a]
        ]
        skeleton = graph.with_edges(tuple(e.__class__(source=e.target, target=e.source, at_target="tail") for e in graph.edges))
        found = direct_skeleton(skeleton, colliders)
        assert not found.conflicts
        assert pdag(found.graph).same_as(state)
        assert found.graph.graph_class in ("cpdag", "dag")
        assert pdag(to_cpdag(found.graph)).same_as(state)


def drawn(text: str, colliders: list[str], knowledge: Knowledge | None = None) -> tuple[list[str], list[str]]:
    found = direct_skeleton(parse(text), [tuple(c) for c in colliders], knowledge)
    return [f"{e.source} {e.symbol} {e.target}" for e in found.graph.edges], [c.about for c in found.conflicts]


def test_colliders_that_contradict_each_other_are_marked_in_any_order() -> None:
    for order in itertools.permutations(["abc", "bcd"]):
        assert drawn("a--b--c--d", list(order)) == (["a -> b", "b <-> c", "d -> c"], ["both ways"])
    assert drawn("a--b--c", ["abc"], required("ba"))[0] == ["a <-> b", "c -> b"]


def test_rules_that_ask_both_ways_mark_the_edge() -> None:
    """a -> b and d -> c, by colliders elsewhere, ask for b -> c and for c -> b."""
    text = "a--b; e--b; b--c; d--c; f--c"
    edges, about = drawn(text, ["abe", "dcf"])
    assert edges == ["a -> b", "e -> b", "b <-> c", "d -> c", "f -> c"]
    assert about == ["both ways"]


def test_arrows_that_lead_round_are_marked() -> None:
    text = "a--b; b--c; c--a; d--b; e--c; f--a"
    edges, about = drawn(text, ["abd", "bce", "caf"])
    assert edges[:3] == ["a <-> b", "b <-> c", "a <-> c"]
    assert about == ["cycle"]


def test_what_leads_round_is_found_by_definition() -> None:
    rng = np.random.default_rng(1)
    for _ in range(500):
        n = int(rng.integers(1, 9))
        children = [{b for b in range(n) if a != b and rng.random() < 0.2} for a in range(n)]
        below = reached([sorted(own) for own in children])
        parts = {frozenset(b for b in below[a] if a in below[b]) for a in range(n)}
        assert {frozenset(part) for part in circling(children, n)} == {part for part in parts if len(part) > 1}
