"""The graph that knowledge warrants, and where a graph contradicts it."""

from __future__ import annotations

import pytest

from aitia.core.errors import BadGraph, BadOption
from aitia.graphs.adjustment import minimal_sets
from aitia.graphs.formats.knowledge import read_knowledge
from aitia.graphs.formats.text import parse
from aitia.graphs.from_knowledge import conflicts, from_knowledge


def edges(text: str, covariates: tuple[str, ...] = ()) -> set[str] | None:
    graph = from_knowledge(read_knowledge(text), "t", "y", covariates)
    return None if graph is None else {f"{e.source}{e.symbol}{e.target}" for e in graph.edges}


def test_tiers() -> None:
    assert edges("tier a b | t | y") == {"a->t", "b->t", "a->y", "b->y", "t->y", "a<->b"}
    assert edges("tier a | t | m | y") == {"a->t", "a->m", "a->y", "t->m", "t->y", "m->y"}
    assert edges("tier a b | t | y; randomised t") == {"a->y", "b->y", "t->y", "a<->b"}
    assert edges("tier a c t | y; randomised t") == {"a->y", "c->y", "t->y", "a<->c"}
    assert edges("tier a | t | y; forbid a->t") == {"a->y", "t->y"}
    assert edges("tier a b | t | y; require a->b") == {"a->t", "b->t", "a->y", "b->y", "t->y", "a->b"}
    graph = from_knowledge(read_knowledge("tier a b t | y k"), "t", "y")
    assert graph is not None and graph.graph_class == "admg"
    assert minimal_sets(graph, "t", "y")[0] == (("a", "b"),)


def test_covariates() -> None:
    assert edges("", ("a", "b")) == {"a->t", "b->t", "a->y", "b->y", "t->y", "a<->b"}
    assert edges("randomised t", ("a",)) == {"a->y", "t->y"}
    assert edges("forbid a->t", ("a",)) == {"a->y", "t->y"}
    assert edges("require t->m->y", ("a",)) == {"a->t", "a->y", "t->y", "t->m", "m->y"}
    graph = from_knowledge(read_knowledge(""), "t", "y", ("b", "a", "t"))
    assert graph is not None and graph.nodes == ("b", "a", "t", "y")


def test_a_randomised_treatment_alone() -> None:
    assert edges("randomised t") == {"t->y"}


def test_too_little_is_none() -> None:
    assert edges("") is None
    assert edges("tier a | t") is None
    assert edges("tier a | t y") is None  # nothing is said about the order of the two
    assert edges("require t->y; require z->t; require z->y") is None  # says what is there, not what is absent
    assert edges("forbid y->t") is None


def test_an_order_against_the_question_is_refused() -> None:
    with pytest.raises(BadOption, match="earlier tier"):
        edges("tier y | t")
    with pytest.raises(BadGraph, match="cycle"):
        edges("tier a b | t | y; require a->b; require b->a")


@pytest.mark.parametrize(
    ("knowledge", "graph", "failed"),
    [
        ("require a->b", "a->b; c", []),
        ("require a->b", "b->a", ["You required a -> b"]),
        ("require a->b", "a; b", ["You required a -> b"]),
        ("require a->b", "a<->b", ["You required a -> b"]),
        ("require a->b", "a--b", []),
        ("require a->b", "a o-> b", []),
        ("forbid a->b", "a->b", ["You forbade a -> b"]),
        ("forbid a->b", "b->a", []),
        ("tier a b | c", "a->b; a->c; b<->c", []),
        ("tier a b | c", "c->a; c->b", ["arrows from a later tier to an earlier one: c -> a, c -> b"]),
        ("tier a | c", "c[-1]->a", []),
        ("randomised t", "t->y", []),
        ("randomised t", "z->t; t->y; u<->t", ["t was randomised, and the graph has arrows into it: z -> t, u <-> t"]),
        ("require a->b; forbid b->c; randomised c", "b->c; a", ["You required", "You forbade", "was randomised"]),
    ],
)
def test_conflicts(knowledge: str, graph: str, failed: list[str]) -> None:
    found = conflicts(parse(graph), read_knowledge(knowledge))
    if not failed:
        assert [f.passed for f in found] == [True]
    else:
        assert len(found) == len(failed)
        for finding, words in zip(found, failed, strict=True):
            assert finding.passed is False
            assert words in finding.says
            assert finding.says.endswith(".")
            assert finding.next
            assert (finding.check, finding.bears_on) == ("knowledge", "graph")


def test_no_knowledge_no_finding() -> None:
    assert conflicts(parse("a->b"), read_knowledge(None)) == ()
