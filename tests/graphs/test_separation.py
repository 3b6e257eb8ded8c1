"""m-separation equals its definition, and separators are minimal."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadGraph, UnknownName
from aitia.core.graph import Edge, Graph
from aitia.graphs.classes import is_acyclic, is_pag
from aitia.graphs.conversions import to_cpdag, to_mag, to_pag
from aitia.graphs.definite import all_separate
from aitia.graphs.formats.text import parse
from aitia.graphs.members import every_dag
from aitia.graphs.separation import prepare, separated, separated_batch, separator
from tests.graphs.random_graphs import brute_separated, random_graph


def test_separated_equals_path_enumeration_on_2000_admgs() -> None:
    rng = np.random.default_rng(20250711)
    both = {True: 0, False: 0}
    for _ in range(2000):
        graph = random_graph(rng, int(rng.integers(2, 7)), rng.uniform(0.1, 0.7), rng.uniform(0, 0.4))
        x, y, *rest = (str(name) for name in rng.permutation(graph.nodes))
        for _ in range(3):
            z = {name for name in rest if rng.random() < 0.5}
            expected = brute_separated(graph, x, y, z)
            assert separated(graph, x, y, z) == expected, (graph, x, y, z)
            both[expected] += 1
    assert min(both.values()) > 500


def random_mixed(rng: np.random.Generator, n: int) -> Graph:
    """A random graph of `->`, `<->` and `--` in which no arrowhead meets a `--`; pairs may be joined twice."""
    graph = random_graph(rng, n, rng.uniform(0.1, 0.7), rng.uniform(0, 0.4))
    free = [node for node in graph.nodes if rng.random() < 0.5]
    kept = [e for e in graph.edges if e.target not in free and not (e.at_source == "arrow" and e.source in free)]
    lines = [Edge(source=a, target=b, at_target="tail") for a, b in itertools.combinations(free, 2) if rng.random() < 0.6]
    return Graph(nodes=graph.nodes, edges=(*kept, *lines))


def test_separated_equals_path_enumeration_on_2500_graphs_with_undirected_edges() -> None:
    rng = np.random.default_rng(20261124)
    both = {True: 0, False: 0}
    lined = 0
    for _ in range(2500):
        graph = random_mixed(rng, int(rng.integers(2, 7)))
        lined += any(edge.symbol == "--" for edge in graph.edges)
        x, y, *rest = (str(name) for name in rng.permutation(graph.nodes))
        for _ in range(3):
            z = {name for name in rest if rng.random() < 0.5}
            expected = brute_separated(graph, x, y, z)
            assert separated(graph, x, y, z) == expected, (graph, x, y, z)
            both[expected] += 1
    assert min(both.values()) > 500
    assert lined > 1000


def every_question(nodes: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every pair with every set of the other nodes."""
    return [
        (x, y, given)
        for x, y in itertools.combinations(nodes, 2)
        for size in range(len(nodes) - 1)
        for given in itertools.combinations([node for node in nodes if node not in (x, y)], size)
    ]


def test_a_cpdag_and_an_mpdag_separate_as_each_of_their_dags() -> None:
    rng = np.random.default_rng(11)
    open_classes = 0
    for _ in range(150):
        dag = random_graph(rng, 5, rng.uniform(0.2, 0.8))
        cpdag = to_cpdag(dag)
        lines = [edge for edge in cpdag.edges if edge.symbol == "--"]
        classes = [cpdag]
        if lines:
            known = dict(zip(("source", "target"), (lines[0].source, lines[0].target), strict=True))
            loose = [edge if edge is not lines[0] else Edge(**known) for edge in cpdag.edges]
            classes.append(dataclasses.replace(cpdag, edges=tuple(loose), graph_class="unknown"))  # an MPDAG before Meek's rules
        questions = every_question(dag.nodes)
        expected = separated_batch(dag, questions)
        for graph in classes:
            assert np.array_equal(separated_batch(graph, questions), expected), graph
        for one in itertools.islice(every_dag(cpdag), 6):
            assert np.array_equal(separated_batch(one, questions), expected)
        open_classes += bool(lines)
    assert open_classes > 80


def test_a_pag_separates_as_the_graph_with_hidden_and_selected_nodes_that_it_stands_for() -> None:
    rng = np.random.default_rng(12)
    circles = 0
    for _ in range(150):
        dag = random_graph(rng, 7, rng.uniform(0.2, 0.6))
        hidden, chosen = [str(name) for name in rng.choice(dag.nodes, 3, replace=False)][:2], dag.nodes[-1]
        chosen = () if chosen in hidden or rng.random() < 0.5 else (chosen,)
        whole = dag.with_latent(tuple(hidden))
        pag = to_pag(whole, chosen)
        questions = every_question(pag.nodes)
        within = [(x, y, (*given, *chosen)) for x, y, given in questions]
        expected = separated_batch(dag, within)
        assert np.array_equal(separated_batch(pag, questions), expected), (whole, pag)
        assert np.array_equal(separated_batch(to_mag(whole, chosen), questions), expected)
        circles += any("circle" in (edge.at_source, edge.at_target) for edge in pag.edges)
    assert circles > 100


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10**6), st.integers(4, 8))
def test_the_graphoid_axioms_hold(seed: int, n: int) -> None:
    """Symmetry, decomposition, weak union, contraction, intersection and composition, which m-separation all has. [sadeghi2014]"""
    rng = np.random.default_rng(seed)
    graph = random_mixed(rng, n)
    groups = rng.integers(0, 5, n)
    x, y, w, z = ({name for name, group in zip(graph.nodes, groups, strict=True) if group == k} for k in range(4))

    def apart(one: set[str], other: set[str], given: set[str]) -> bool:
        return separated(graph, one, other, given)

    whole = apart(x, y | w, z)
    assert apart(x, y, z) == apart(y, x, z)
    if whole:
        assert apart(x, y, z) and apart(x, w, z)  # decomposition
        assert apart(x, y, z | w) and apart(x, w, z | y)  # weak union
    if apart(x, y, z) and apart(x, w, z | y):  # contraction
        assert whole
    if apart(x, y, z | w) and apart(x, w, z | y):  # intersection
        assert whole
    if apart(x, y, z) and apart(x, w, z):  # composition
        assert whole


def test_many_questions_at_once_are_answered_as_one_by_one() -> None:
    rng = np.random.default_rng(13)
    graph = random_mixed(rng, 9)
    prepared = prepare(graph)
    triples = []
    for _ in range(300):
        groups = rng.integers(0, 5, 9)
        triples.append(tuple([name for name, group in zip(graph.nodes, groups, strict=True) if group == k] for k in range(3)))
    triples += [((), "v1", ()), ("v0", (), "v1"), ("v0", "v0", ()), ("v0", "v0", "v0"), ("v0", "v1", "v1")]
    answers = separated_batch(graph, triples)
    assert answers.dtype == bool
    assert answers.tolist() == [prepared.separated(*triple) for triple in triples] == [separated(graph, *triple) for triple in triples]
    assert separated_batch(graph, []).tolist() == []


def test_long_batches_are_cut_and_answered_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = parse("a->b->c; a<->c; d")
    questions = every_question(graph.nodes)
    whole = separated_batch(graph, questions)
    monkeypatch.setattr("aitia.graphs.separation.STEPS_AT_A_TIME", 1)
    assert np.array_equal(separated_batch(graph, questions), whole)


def test_a_graph_is_laid_out_once() -> None:
    graph = parse("a->b")
    assert prepare(graph) is prepare(graph)
    assert prepare(parse("a->b")) is not prepare(graph)


def completions(graph: Graph) -> list[Graph]:
    """Every graph with a tail or an arrowhead in place of each circle that has no cycle and no arrowhead at an end of `--`."""
    found = []
    open_ends = [(i, end) for i, edge in enumerate(graph.edges) for end in ("at_source", "at_target") if getattr(edge, end) == "circle"]
    for marks in itertools.product(("tail", "arrow"), repeat=len(open_ends)):
        edges = list(graph.edges)
        for (i, end), mark in zip(open_ends, marks, strict=True):
            edges[i] = dataclasses.replace(edges[i], **{end: mark})
        made = Graph(nodes=graph.nodes, edges=tuple(edges))
        lined = {end for edge in edges if edge.symbol == "--" for end in (edge.source, edge.target)}
        headed = {end for e in edges for end, mark in ((e.source, e.at_source), (e.target, e.at_target)) if mark == "arrow"}
        if not lined & headed and is_acyclic(made):
            found.append(made)
    return found


def test_open_marks_are_decided_only_where_every_completion_agrees() -> None:
    rng = np.random.default_rng(14)
    marks = ("tail", "arrow", "circle")
    count = {True: 0, False: 0, None: 0}
    for _ in range(120):
        pairs = [pair for pair in itertools.combinations("abcd", 2) if rng.random() < 0.6]
        drawn = [(a, b, str(rng.choice(marks, p=[0.4, 0.2, 0.4])), str(rng.choice(marks[1:]))) for a, b in pairs]
        graph = Graph(nodes=tuple("abcd"), edges=tuple(Edge(source=a, target=b, at_source=m, at_target=k) for a, b, m, k in drawn))
        every = completions(graph)
        for x, y, z in every_question("abcd"):
            answer = all_separate(graph, x, y, z)
            apart = {brute_separated(member, x, y, set(z)) for member in every}
            count[answer] += 1
            if answer is not None and not is_pag(graph):
                assert apart <= {answer}, (graph, x, y, z)
    assert min(count.values()) > 100


def test_a_class_of_equivalent_graphs_is_never_undecided() -> None:
    rng = np.random.default_rng(15)
    for _ in range(30):
        pag = to_pag(random_graph(rng, 6, 0.4, latent=0.3))
        for question in every_question(pag.nodes):
            assert all_separate(pag, *question) == separated(pag, *question)


def test_separator_exists_exactly_where_some_subset_separates_and_is_minimal() -> None:
    rng = np.random.default_rng(3)
    none = 0
    for _ in range(600):
        graph = random_graph(rng, int(rng.integers(2, 7)), rng.uniform(0.1, 0.6), rng.uniform(0, 0.3))
        x, y, *rest = (str(name) for name in rng.permutation(graph.nodes))
        allowed = {name for name in rest if rng.random() < 0.7}
        subsets = [set(s) for size in range(len(allowed) + 1) for s in itertools.combinations(sorted(allowed), size)]
        working = [s for s in subsets if brute_separated(graph, x, y, s)]
        found = separator(graph, x, y, allowed)
        if found is None:
            assert not working, graph
            none += 1
        else:
            assert set(found) in working
            assert not any(s < set(found) for s in working)
    assert 100 < none < 500


def test_separator_of_sets() -> None:
    graph = parse("a->c; b->c; c->d; c->e; f->a; f->d")
    assert separator(graph, ["a", "b"], ["d", "e"], ["c", "f"]) == ("c", "f")
    assert separated(graph, ["a", "b"], ["d", "e"], ["c", "f"])
    assert not separated(graph, ["a", "b"], ["d", "e"], "c")
    assert separator(graph, ["a"], ["a", "d"], ["c"]) is None


def test_agrees_with_networkx_on_dags() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        graph = random_graph(rng, 12, rng.uniform(0.1, 0.4))
        peer = networkx.DiGraph([(e.source, e.target) for e in graph.edges])
        peer.add_nodes_from(graph.nodes)
        groups = rng.integers(0, 4, 12)
        x, y, z = ({name for name, g in zip(graph.nodes, groups, strict=True) if g == k} for k in range(3))
        if x and y:
            assert separated(graph, x, y, z) == networkx.is_d_separator(peer, x, y, z)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_separation_is_symmetric_and_decomposes(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, n, 0.4, 0.2)
    x, *rest = graph.nodes
    y, z = set(rest[::2]), set(rest[1::2])
    together = separated(graph, x, y, z)
    assert together == separated(graph, y, x, z)
    assert together == all(separated(graph, x, one, z) for one in y)


def test_separators_among_a_thousand_nodes_separate() -> None:
    graph = random_graph(np.random.default_rng(1), 1000, 0.004, 0.001)
    chains = [(a.source, b.target) for a in graph.edges if a.directed for b in graph.edges if b.directed and b.source == a.target]
    found = {pair: separator(graph, *pair, graph.nodes) for pair in chains[::200]}
    assert any(found.values())
    assert all(middle is None or separated(graph, *pair, middle) for pair, middle in found.items())
    assert not any(separated(graph, *pair) for pair in found)


def test_misuse_says_what_is_wrong() -> None:
    graph = parse("a->b->c")
    with pytest.raises(UnknownName, match="no node"):
        separated(graph, "a", "q")
    with pytest.raises(BadGraph, match="stands beside undirected edges"):
        separated(parse("a<->b--c"), "a", "b")
    with pytest.raises(BadGraph, match="No DAG has these arrows"):
        separated(parse("a->b--c<-d; d->e--b"), "a", "b")
    with pytest.raises(BadGraph, match="is not a PAG"):
        separated(parse("a o-> b o-> c"), "a", "b")
    with pytest.raises(BadGraph, match="second edge"):
        separated(parse("z->a; a->b; a--b"), "a", "b")
    with pytest.raises(BadGraph, match="has a lag"):
        separated(parse("a[-1]->b"), "a", "b")
    with pytest.raises(BadGraph, match="has a cycle"):
        separated(parse("a->b; b->a"), "a", "b")
    for graph in (parse("a[-1] o-> b"), parse("a->b; b->c; c->a; a o-o d")):
        with pytest.raises(BadGraph, match=r"has a lag|cycle"):
            all_separate(graph, "a", "b")
    assert separated(Graph(nodes=("a", "b")), "a", "b")
