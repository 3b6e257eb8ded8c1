"""Back-door identification: which set is taken, what is said, and what stands in the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aitia.core.errors import BadGraph, UnknownName
from aitia.core.estimand import Estimand, Unidentified
from aitia.core.graph import Graph
from aitia.core.query import Query
from aitia.core.run import Run
from aitia.core.shelf import identification
from aitia.graphs.formats.read import read_graph
from aitia.graphs.reachability import descendants
from tests.graphs.random_graphs import is_open, paths, random_graph


def identify(graph: str | Graph, x: str = "t", y: str = "y", latent: tuple[str, ...] = (), limit: int = 100, **asked: Any) -> Any:
    read = read_graph(graph)
    read = read.with_latent((*read.latent, *latent))
    return Run().use(identification["backdoor"], read, Query(treatment=x, outcome=y, **asked), limit=limit)


def test_a_confounder() -> None:
    found = identify("z->t; z->y; t->m->y; m->d")
    assert found.adjustment == ("z",)
    assert found.alternatives == ()
    assert found.exhaustive
    assert found.assumptions == ("graph", "no hidden common cause", "overlap", "consistency")
    assert "averaged over P(z)" in found.text
    arms = [rf"\mathrm{{E}}[\text{{y}} \mid \text{{t}} = {arm}, \text{{z}}]" for arm in "ab"]
    assert found.latex == rf"\sum_{{\text{{z}}}} \left( {arms[0]} - {arms[1]} \right) P(\text{{z}})"
    told = "\n".join(found.steps)
    assert "t -> m -> y" in told
    assert "Remove the first arrow of each: t -> m." in told
    assert "Never adjust for m and d" in told
    assert "t <- z -> y: blocked by adjusting for z" in told


def test_m_bias_needs_nothing() -> None:
    found = identify("t->y; t<->z; z<->y")
    assert found.adjustment == ()
    assert "closed at z, where two arrows meet" in "\n".join(found.steps)


def test_the_set_taken_is_small_then_shared_with_the_optimal_set_then_early() -> None:
    assert identify("a->t; a->b; b->y; t->y").adjustment == ("b",)  # b is the optimal set
    assert identify("a->t; a->b; b->y; t->y").alternatives == (("a",),)
    assert identify("b; a; a->t; a->b; b->c; c->y; t->y").adjustment == ("c",)
    assert identify("a->t; a->b; b->u; u->y; t->y", latent=("u",)).adjustment == ("a",)  # no optimal set: first in the graph
    assert identify("b; a->t; a->b; b->u; u->y; t->y", latent=("u",)).adjustment == ("b",)
    assert identify("a->t; b->t; a->c; b->c; c->y; t->y").adjustment == ("c",)  # smaller than {a, b}


def test_names_do_not_decide() -> None:
    one = identify("a->t; a->b; b->u; u->y; t->y", latent=("u",))
    other = identify("z->t; z->b; b->u; u->y; t->y", latent=("u",))
    assert (one.adjustment, other.adjustment) == (("a",), ("z",))


def test_every_alternative_is_listed_up_to_the_limit() -> None:
    graph = "; ".join([*(f"c{i}->t; c{i}->d{i}; d{i}->y" for i in range(12)), "t->y"])
    found = identify(graph, limit=50)
    assert set(found.adjustment) == {f"d{i}" for i in range(12)}
    assert len(found.alternatives) == 49
    assert not found.exhaustive
    assert found.adjustment not in found.alternatives


def test_25_confounders_are_one_set() -> None:
    names = [f"c{i}" for i in range(25)]
    found = identify("; ".join([*(f"{n}->t; {n}->y" for n in names), "t->y"]))
    assert found.adjustment == tuple(names)


@pytest.mark.parametrize("effect", ["ate", "att", "atc", "ato"])
def test_every_effect_says_whom_it_averages_over(effect: str) -> None:
    found = identify("z->t; z->y; t->y", effect=effect)
    who = {"ate": "everyone", "att": "the treated", "atc": "the untreated", "ato": "those who could get either"}[effect]
    assert found.text.endswith(f"average over {who}")


@pytest.mark.parametrize("effect", ["late", "direct", "indirect"])
def test_other_effects_are_refused_with_a_reason(effect: str) -> None:
    found = identify("z->t; z->y; t->y", effect=effect)
    assert isinstance(found, Unidentified)
    assert effect in found.tried[0].why
    assert "does not answer" in found.tried[0].why


@pytest.mark.parametrize(
    ("graph", "latent", "named"),
    [
        ("t->y; t<->y", (), "the path t <-> y is open and no measured set blocks it"),
        ("t->y; u->t; u->y", ("u",), "the path t <- u -> y is open and no measured set blocks it"),
        ("t<->m; m<->y; m->y; t->y", (), "no measured set closes t <-> m <-> y: adjusting for m opens it"),
        ("t->m; m->y; m<->t", (), "the path t <-> m -> y is open"),
    ],
)
def test_an_open_path_is_named(graph: str, latent: tuple[str, ...], named: str) -> None:
    found = identify(graph, latent=latent)
    assert isinstance(found, Unidentified)
    assert found.reason.startswith("not identified by adjustment")
    assert "backdoor" in found.reason
    assert found.tried[0].strategy == "backdoor"
    assert named in found.tried[0].why
    assert "backdoor" not in found.not_built
    assert all(name in found.reason for name in found.not_built)


def test_zero_by_the_graph() -> None:
    found = identify("y->t")
    assert isinstance(found, Estimand)
    assert (found.adjustment, found.text, found.assumptions) == (None, "P(y)", ("graph",))
    assert identify("t<->y").adjustment is None
    assert identify("z->t; z->y").adjustment == ("z",)  # a set separates, so the data can show the zero


def test_what_is_held_fixed_is_in_every_set() -> None:
    found = identify("z->t; z->w; w->y; t->y; s->y", given=("s",))
    assert found.adjustment == ("w", "s") or found.adjustment == ("z", "s")
    assert all("s" in names for names in (found.adjustment, *found.alternatives))
    below = identify("t->y; t->d", given=("d",))
    assert isinstance(below, Unidentified)
    assert "t itself affects it" in below.tried[0].why
    assert identify("t<->m; m<->y; t->y", given=("m",)).reason.startswith("not identified by adjustment")


@pytest.mark.parametrize(("graph", "named"), [("t--y", "CPDAG"), ("t o-> y", "no direction"), ("t[-1]->y", "lag")])
def test_other_graphs_are_refused_with_a_reason(graph: str, named: str) -> None:
    found = identify(graph)
    assert isinstance(found, Unidentified)
    assert named in found.tried[0].why


def test_misuse() -> None:
    with pytest.raises(BadGraph, match="cycle"):
        Run().use(
            identification["backdoor"],
            Graph(nodes=("t", "y"), edges=read_graph("t->y").edges + read_graph("y->t").edges),
            Query(treatment="t", outcome="y"),
        )
    with pytest.raises(UnknownName, match="'q'"):
        identify("t->y", "q")
    assert isinstance(identify("t->y; z->t", latent=("t",)), Unidentified)


def test_the_path_named_in_a_refusal_is_in_the_graph_and_open() -> None:
    """On random ADMGs: it leads from treatment to outcome, and if called open it is so given nothing and given all that is allowed."""
    rng = np.random.default_rng(12)
    named = 0
    for _ in range(1000):
        graph = random_graph(rng, 6, 0.35, 0.2, 0.2)
        x, y = graph.nodes[:2]
        graph = graph.with_latent(tuple(set(graph.latent) - {x, y}))
        found = identify(graph, x, y)
        if not isinstance(found, Unidentified):
            continue
        words = (
            found.tried[0]
            .why.replace("no measured set closes ", "the path ")
            .replace(":", " is")
            .split("the path ")[1]
            .split(" is")[0]
            .split()
        )
        assert (words[0], words[-1]) == (x, y)
        nodes, signs = words[::2], words[1::2]
        every = {(p[0][0], *(s[3] for s in p)): p for p in paths(graph, x, y)}
        for a, sign, b in zip(nodes, signs, nodes[1:], strict=False):
            assert any(
                (e.source, e.symbol, e.target) in ((a, sign, b), (b, {"<-": "->", "<->": "<->"}.get(sign, ""), a)) for e in graph.edges
            )
        assert tuple(nodes) in every
        if "no measured set blocks it" in found.tried[0].why:
            allowed = set(graph.observed) - {x, y} - descendants(graph, x)
            walked = [(a, sign.startswith("<"), sign.endswith(">"), b) for a, sign, b in zip(nodes, signs, nodes[1:], strict=False)]
            assert is_open(graph, walked, set())
            assert is_open(graph, walked, allowed)
        named += 1
    assert named > 60
