"""MAGs and PAGs are what their definitions say, on every small graph."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.graphs.ancestral import mag_fault, member, pag_fault, pag_of
from aitia.graphs.classes import as_mag, as_pag, classified, classify, is_admg, is_dag, is_mag, is_pag
from aitia.graphs.conversions import markov_equivalent, to_cpdag, to_mag, to_pag
from aitia.graphs.formats.text import parse
from aitia.graphs.mag_members import every_mag, random_mag
from aitia.graphs.marked import ARROW, CIRCLE, TAIL, Marked, as_graph, blank, marked
from tests.graphs.mixed_graphs import (
    DECIDED,
    all_dags,
    bits_of,
    built,
    dag_of,
    is_ancestral,
    mag_classes,
    mag_model,
    markings,
    model,
    pairs_of,
    random_parents,
    reached,
    shared_marks,
    skeletons,
    subsets,
)

NAMES = ("a", "b", "c", "d", "e", "f", "g")
MARKS = (TAIL, CIRCLE, ARROW)


def every_skeleton(n: int) -> list[tuple[tuple[int, int], ...]]:
    return [chosen for size in range(n * (n - 1) // 2 + 1) for chosen in itertools.combinations(pairs_of(n), size)]


@functools.cache
def classes(n: int) -> list[list[Marked]]:
    return mag_classes(n, every_skeleton(n))


def named(state: Marked) -> Graph:
    return as_graph(NAMES[: len(state)], state, "unknown")


@pytest.mark.parametrize(("n", "mags", "sorts"), [(2, 5, 2), (3, 72, 11), (4, 3045, 251)])
def test_every_mag_on_up_to_four_nodes_gives_the_marks_that_all_equivalent_ones_share(n: int, mags: int, sorts: int) -> None:
    """Selection included: graphs with undirected edges are among them."""
    assert len(classes(n)) == sorts
    assert sum(map(len, classes(n))) == mags
    for members in classes(n):
        shared = shared_marks(members)
        assert all(pag_of(state).ends == shared.ends for state in members)
        assert pag_fault(shared, NAMES) is None
        assert any(member(shared).ends == state.ends for state in members)


def test_every_marking_of_four_nodes_is_a_mag_exactly_by_definition() -> None:
    """Ancestral, and each two nodes that are not joined are separated by some set: 15,625 graphs."""
    yes = 0
    for skeleton in every_skeleton(4):
        for state in markings(4, skeleton):
            proper = mag_model(state) is not None
            assert (mag_fault(state, NAMES) is None) == proper
            yes += proper
    assert yes == 3045


def check_shape(n: int, skeleton: tuple[tuple[int, int], ...]) -> int:
    found = mag_classes(n, [skeleton])
    for members in found:
        shared = shared_marks(members)
        assert all(pag_of(state).ends == shared.ends for state in members)
        assert any(member(shared).ends == state.ends for state in members)
    return sum(map(len, found))


def test_every_mag_on_five_nodes_with_up_to_six_edges() -> None:
    """One skeleton of each shape: 4,705 MAGs, every class complete."""
    assert sum(check_shape(5, shape) for shape in skeletons(5) if len(shape) <= 6) == 4705


@pytest.mark.long
def test_every_mag_on_five_nodes() -> None:
    """One skeleton of each of 33 shapes: 13,850 MAGs in half a million markings; the complete graph separates nothing."""
    assert sum(check_shape(5, shape) for shape in skeletons(5) if len(shape) < 10) == 13850


@pytest.mark.long
def test_every_mag_on_random_skeletons_of_six_nodes() -> None:
    rng = np.random.default_rng(20261124)
    done = 0
    for _ in range(15):
        chosen = rng.permutation(15)[: int(rng.integers(5, 9))]
        done += check_shape(6, tuple(pairs_of(6)[i] for i in sorted(chosen)))
    assert done > 3000


def random_marks(rng: np.random.Generator, state: Marked, share: float) -> Marked:
    found = state.copy()
    for a, b, *_ in state.edges():
        for x, y in ((a, b), (b, a)):
            if rng.random() < share:
                found.ends[x][y] = MARKS[int(rng.integers(3))]
    return found


def test_pags_among_3000_marked_graphs_are_those_of_the_complete_list() -> None:
    pags = {tuple(tuple(sorted(others.items())) for others in shared_marks(members).ends) for members in classes(4)}
    shared = [shared_marks(members) for members in classes(4)]
    rng = np.random.default_rng(4)
    yes = 0
    for i in range(3000):
        state = random_marks(rng, shared[int(rng.integers(len(shared)))], 0.15 * (i % 3))
        proper = tuple(tuple(sorted(others.items())) for others in state.ends) in pags
        graph = named(state)
        assert is_pag(graph) == proper
        assert (classify_or_none(graph) == "pag") == (proper and any(CIRCLE in others.values() for others in state.ends))
        yes += proper
    assert 1000 < yes < 2500


def classify_or_none(graph: Graph) -> str | None:
    try:
        return classify(graph)
    except BadGraph:
        return None


def test_dags_admgs_and_mags_among_3000_graphs_with_double_edges() -> None:
    rng = np.random.default_rng(5)
    seen = {"dag": 0, "admg": 0, "mag": 0, "none": 0}
    for _ in range(3000):
        n = int(rng.integers(2, 6))
        edges = []
        for a, b in pairs_of(n):
            for ends in DECIDED:
                if rng.random() < (0.04 if ends == (TAIL, TAIL) else 0.15):
                    edges.append((a, b, *ends))
        graph = as_graph(NAMES[:n], blank(n), "unknown")
        graph = graph.with_edges(tuple(drawn(a, b, at_a, at_b) for a, b, at_a, at_b in edges))
        lines = any(at_a == TAIL == at_b for *_, at_a, at_b in edges)
        steps: list[list[int]] = [[] for _ in range(n)]
        for a, b, at_a, at_b in edges:
            if (at_a, at_b) == (TAIL, ARROW):
                steps[a].append(b)
            if (at_a, at_b) == (ARROW, TAIL):
                steps[b].append(a)
        below = reached(steps)
        acyclic = not any(a != b and a in below[b] and b in below[a] for a in range(n) for b in range(n))
        simple = len({(a, b) for a, b, *_ in edges}) == len(edges)
        admg, dag = acyclic and not lines, acyclic and all({x, y} == {TAIL, ARROW} for *_, x, y in edges)
        state = blank(n)
        for edge in edges:
            state.join(*edge)
        mag = simple and mag_model(state) is not None
        assert (is_dag(graph), is_admg(graph), is_mag(graph)) == (dag, admg, mag)
        for name, found in (("dag", dag), ("admg", admg), ("mag", mag), ("none", not (dag or admg or mag))):
            seen[name] += found
    assert min(seen.values()) > 500, seen


def drawn(a: int, b: int, at_a: int, at_b: int) -> Edge:
    return as_graph(NAMES, one_edge(a, b, at_a, at_b), "unknown").edges[0]


def one_edge(a: int, b: int, at_a: int, at_b: int) -> Marked:
    state = blank(len(NAMES))
    state.join(a, b, at_a, at_b)
    return state


def given_selection(n: int, parents: list[set[int]], latent: set[int], selected: set[int]) -> list[tuple[bool, ...]]:
    """The separations of a DAG among its measured nodes, the selected ones always given."""
    whole = model(marked(dag_of(parents)))
    rows = []
    fixed = bits_of(selected)
    measured = [node for node in range(n) if node not in latent | selected]
    for (a, b), facts in zip(pairs_of(n), whole, strict=True):
        if a in measured and b in measured:
            others = [node for node in range(n) if node not in (a, b)]
            known = dict(zip(subsets(others), facts, strict=True))
            rows.append(tuple(known[z | fixed] for z in subsets([node for node in measured if node not in (a, b)])))
    return rows


def test_the_mag_of_2000_dags_with_latent_and_selected_nodes_has_their_separations_and_ancestors() -> None:
    rng = np.random.default_rng(6)
    lines = 0
    for _ in range(2000):
        n = int(rng.integers(3, 7))
        parents = random_parents(rng, n, rng.uniform(0.2, 0.7))
        roles = rng.permutation(n)
        latent, selected = set(map(int, roles[: rng.integers(0, 3)])), set(map(int, roles[3 : 3 + rng.integers(0, 2)]))
        graph = dag_of(parents).with_latent(tuple(f"v{i}" for i in latent))
        found = to_mag(graph, [f"v{i}" for i in selected])
        measured = [node for node in range(n) if node not in latent | selected]
        assert found.nodes == tuple(f"v{i}" for i in measured)
        state = marked(found)
        assert [tuple(row) for row in model(state)] == given_selection(n, parents, latent, selected)
        assert mag_model(state) is not None
        below = reached([[b for b in range(n) if a in parents[b]] for a in range(n)])
        for i, j, at_i, at_j in state.edges():
            for x, y, mark in ((measured[i], measured[j], at_i), (measured[j], measured[i], at_j)):
                assert (mark == TAIL) == bool(below[x] & ({y} | selected))
        lines += any(at_i == TAIL == at_j for _, _, at_i, at_j in state.edges())
    assert lines > 100


def test_a_mag_is_the_mag_of_the_dag_with_a_node_for_each_edge_that_hides_one() -> None:
    """A latent cause for <->, a selected effect for --: every MAG on four nodes comes back."""
    for state in itertools.chain.from_iterable(classes(4)):
        edges = list(state.edges())
        arrows = []
        latent, selected = [], []
        for place, (a, b, at_a, at_b) in enumerate(edges, start=4):
            if (at_a, at_b) == (ARROW, ARROW):
                arrows += [(place, a), (place, b)]
                latent.append(place)
            elif (at_a, at_b) == (TAIL, TAIL):
                arrows += [(a, place), (b, place)]
                selected.append(place)
            else:
                arrows.append((a, b) if at_b == ARROW else (b, a))
        n = 4 + len(edges)
        dag = dag_of(built(n, arrows).parents)
        hidden = [i for i in range(4, n) if i not in selected]
        found = to_mag(dag.with_latent(tuple(f"v{i}" for i in hidden)), [f"v{i}" for i in selected])
        assert marked(found).ends == state.ends


def test_every_mag_of_a_pag_is_listed_once_and_drawn_alike() -> None:
    for members in classes(3) + classes(4)[::10]:
        graph = as_graph(NAMES[: len(members[0])], pag_of(members[0]), "pag")
        listed = [marked(mag).ends for mag in every_mag(graph)]
        assert len(listed) == len(members)
        assert all(state.ends in listed for state in members)
        plain = list(every_mag(graph, selection=False))
        assert len(plain) == sum(not any(x == TAIL == y for _, _, x, y in state.edges()) for state in members)
    rng = np.random.default_rng(3)
    chain = to_pag(parse("a->b->c"))
    drawn_marks = [str(marked(random_mag(chain, rng)).ends) for _ in range(2000)]
    sorts = len(list(every_mag(chain)))
    counts = [drawn_marks.count(text) for text in set(drawn_marks)]
    assert len(counts) == sorts
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_graphs_are_equivalent_exactly_where_their_separations_are_the_same() -> None:
    rng = np.random.default_rng(12)
    yes = 0
    pool = [members for members in classes(4) if len(members) > 1]
    for _ in range(2000):
        members = pool[int(rng.integers(len(pool)))]
        others = members if rng.random() < 0.5 else pool[int(rng.integers(len(pool)))]
        one, two = members[int(rng.integers(len(members)))], others[int(rng.integers(len(others)))]
        graph = dataclasses.replace(named(two), nodes=tuple(rng.permutation(NAMES[:4]).tolist()))
        same = others is members
        assert markov_equivalent(named(one), graph) == same
        yes += same
    assert 500 < yes < 1500


def test_dags_are_equivalent_as_mags_exactly_where_they_are_as_dags() -> None:
    groups: dict[tuple, set[str]] = {}
    for parents in all_dags(4):
        facts = model(marked(dag_of(parents)))
        groups.setdefault(facts, set()).add(str(pag_of(marked(dag_of(parents))).ends))
    assert len(groups) == 185
    assert all(len(pags) == 1 for pags in groups.values())
    assert len({next(iter(pags)) for pags in groups.values()}) == 185


def test_every_class_of_graph_can_be_compared() -> None:
    chain, collider = parse("a->b->c; a->c; d->c"), parse("a->b<-c")
    assert markov_equivalent(to_cpdag(chain), chain)
    assert markov_equivalent(to_pag(chain), to_cpdag(chain))
    assert markov_equivalent(parse("a--b--c"), parse("a o-o b o-o c"))
    assert not markov_equivalent(collider, parse("a--b--c"))
    assert not markov_equivalent(collider, parse("a->b<-d"))
    assert markov_equivalent(parse("a<-u->b; b<-v->c").with_latent(("u", "v")), collider)
    with pytest.raises(BadGraph):
        markov_equivalent(collider, parse("a o-> b; c"))


def test_leaving_out_in_two_steps_is_leaving_out_at_once() -> None:
    """Richardson and Spirtes 2002, theorem 4.20: a MAG can be reduced further, latent and selected nodes in any order."""
    rng = np.random.default_rng(14)
    lines = 0
    for _ in range(1000):
        graph = dag_of(random_parents(rng, 7, rng.uniform(0.2, 0.6)))
        roles = [f"v{i}" for i in rng.permutation(7)]
        latent, selected = roles[:2], roles[2:4]
        whole = to_mag(graph.with_latent(tuple(latent)), selected)
        first = to_mag(graph.with_latent((latent[0],)), selected[0])
        lines += any(edge.symbol == "--" for edge in first.edges)
        second = to_mag(first.with_latent((latent[1],)), selected[1])
        assert second == whole
    assert lines > 300


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 12))
def test_names_and_order_of_nodes_change_nothing(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    graph = dag_of(random_parents(rng, n, 0.35)).with_latent(("v0",))
    other = [f"w{i}" for i in rng.permutation(n)]
    name = dict(zip(graph.nodes, other, strict=True))
    edges = tuple(Edge(source=name[e.source], target=name[e.target]) for e in graph.edges)
    again = Graph(nodes=tuple(sorted(other)), edges=tuple(edges[i] for i in rng.permutation(len(edges))), latent=(name["v0"],))
    one, two = to_pag(graph), to_pag(again)
    assert {(name[e.source], e.symbol, name[e.target]) for e in facing(one)} == {(e.source, e.symbol, e.target) for e in facing(two, name)}


def facing(graph: Graph, name: dict[str, str] | None = None) -> list[Edge]:
    """The edges, those with the same mark at both ends by the order of the first graph's names."""
    back = {new: old for old, new in (name or {}).items()}
    found = []
    for e in graph.edges:
        turn = e.at_source == e.at_target and back.get(e.source, e.source) > back.get(e.target, e.target)
        found.append(dataclasses.replace(e, source=e.target, target=e.source) if turn else e)
    return found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a->b->c; a<->c", r"a <-> c says that neither causes"),
        ("a--b; c->b", r"leads to a selected node"),
        ("a<->b<->c<->d; b->d; c->a", r"not maximal: a and d"),
        ("a o-> b", r"leaves open"),
        ("a->b; a<->b", r"second edge of a and b"),
        ("a->b->a", r"second edge|cycle"),
        ("x[-1]->y", r"has a lag"),
    ],
)
def test_what_is_no_mag_is_refused_with_the_reason(text: str, what: str) -> None:
    with pytest.raises(BadGraph, match=what) as error:
        as_mag(parse(text))
    assert error.value.why
    assert error.value.next


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a o-> b", r"mark at b on the edge of a and b is not what all"),
        ("a->b", r"mark at a on the edge of a and b"),
        ("a o-o b o-o c o-o d o-o a", r"not"),
        ("a<->b<->c<->d; b->d; c->a", r"no maximal ancestral graph"),
        ("a->b; a o-o b", r"second edge of a and b"),
    ],
)
def test_what_is_no_pag_is_refused_with_the_reason(text: str, what: str) -> None:
    with pytest.raises(BadGraph, match=what) as error:
        as_pag(parse(text))
    assert error.value.why
    assert error.value.next


def test_undirected_edges_are_not_read_two_ways() -> None:
    """Those of a CPDAG leave the direction open, those of a MAG speak of selection."""
    lines = parse("a--b--c")
    for claim in ("cpdag", "mpdag"):
        for ask in (as_mag, as_pag):
            with pytest.raises(BadGraph, match=f"is a {claim.upper()}"):
                ask(dataclasses.replace(lines, graph_class=claim))
    assert as_mag(lines).graph_class == "mag"
    assert classify(lines) == "cpdag"


def test_what_only_a_mag_or_pag_can_be_is_called_one() -> None:
    assert classify(parse("a--b; c<->d")) == "mag"
    assert classify(parse("a--b; c<->d; d->c")) == "unknown"
    assert classify(parse("a o-o b")) == "pag"
    assert classify(parse("a o-> c; b o-> c; c->d")) == "pag"
    assert classify(parse("a o-> c; b o-> c; c o-> d")) == "unknown"
    claimed = dataclasses.replace(parse("a--b<-c"), graph_class="mag")
    assert classified(claimed).graph_class == "unknown"
    claimed = dataclasses.replace(parse("a--b; c<->d"), graph_class="mag")
    assert classified(claimed).graph_class == "mag"


def test_pags_of_graphs_with_fifty_nodes_come_back_through_one_of_their_mags() -> None:
    rng = np.random.default_rng(21)
    for _ in range(5):
        graph = dag_of(random_parents(rng, 60, 0.06)).with_latent(tuple(f"v{i}" for i in rng.choice(60, 10, replace=False)))
        found = to_pag(graph, ["v59"] if "v59" not in graph.latent else ())
        assert is_pag(found)
        chosen = to_mag(found)
        assert is_mag(chosen)
        assert marked(to_pag(chosen)).ends == marked(found).ends
        assert is_ancestral(marked(chosen))
