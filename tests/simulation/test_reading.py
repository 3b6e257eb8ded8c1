"""What to simulate is read from text, files, mappings and truths, with aliases, ranges and errors that name what is near."""

from __future__ import annotations

import pathlib

import pytest

from aitia.core import codec
from aitia.core.errors import AitiaError, BadGraph, BadOption, Unreadable
from aitia.core.graph import Edge, Graph
from aitia.core.run import Run
from aitia.simulation.graph_of_spec import graph_of
from aitia.simulation.reading import FAMILIES, read_spec
from aitia.simulation.simulating import simulated
from aitia.simulation.spec import HOMES, Spec, says
from aitia.simulation.writing import as_mapping


def test_one_line_names_a_family_and_its_options() -> None:
    spec = read_spec("er:p=20,degree=4,mechanism=gp,noise=uniform,weights=0.2..0.9,changed=a+b")
    assert (spec.wiring.family, spec.wiring.p, spec.wiring.degree) == ("er", 20, 4.0)
    assert (spec.making.mechanism, spec.making.noise, spec.making.weights) == ("gp", "uniform", (0.2, 0.9))
    assert spec.environments.changed == ("a", "b")


@pytest.mark.parametrize(
    ("text", "family"),
    [("erdos-renyi", "er"), ("BA:p=5", "scale-free"), ("sbm", "blocks"), ("enhanced_parallel", "parallel"), ("var", "series")],
)
def test_families_have_the_names_that_people_know(text: str, family: str) -> None:
    assert read_spec(text).wiring.family == family


def test_other_aliases_and_ranges_of_one_number() -> None:
    spec = read_spec("er:mechanism=pnl,noise=normal,explained=0.5,scaling=iscm,outer=none")
    assert (spec.making.mechanism, spec.making.noise, spec.making.explained) == ("post-nonlinear", "gaussian", (0.5, 0.5))
    assert (spec.scaling, spec.making.outer) == ("unit", None)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_drawn_from_its_plain_name(family: str) -> None:
    graph = graph_of(read_spec(family), Run().rng("test"))
    assert len(graph.observed) == 10


@pytest.mark.parametrize("p", [1, 2, 3, 4])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_small_graphs_too(family: str, p: int) -> None:
    if (family, p) in (("layered", 1), ("layered", 2), ("bipartite", 1), ("blocks", 1)):
        with pytest.raises(BadOption):
            graph_of(read_spec(f"{family}:p={p}"), Run().rng("test"))
        return
    assert len(graph_of(read_spec(f"{family}:p={p}"), Run().rng("test")).nodes) == p


def test_a_graph_is_read_from_text_from_a_noun_and_from_files(tmp_path: pathlib.Path) -> None:
    text = "z->t; z->y; t->y"
    graph = read_spec(text).graph
    assert graph is not None
    plain, saved = tmp_path / "g.txt", tmp_path / "g.json"
    plain.write_text(text)
    codec.save(graph, saved)
    for source in (graph, str(plain), plain, str(saved), codec.to_json(graph), codec.dumps(graph)):
        assert read_spec(source).graph == graph


def test_toml_holds_options_flat_or_by_part_nodes_and_the_graph(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "trial.toml"
    path.write_text(
        """
        says = "A trial."
        graph = "z->t; t->y; u->y"
        latent = ["u"]
        n = 50
        noise = "laplace"
        [observing]
        missing = 0.2
        [environments]
        environments = 2
        cases = [{ y = { formula = "t - u" } }]
        [nodes.t]
        kind = "binary"
        [nodes.y]
        coefficients = { t = 2, u = 1 }
        [about]
        source = "a test"
        """
    )
    spec = read_spec(str(path))
    assert (spec.name, spec.says, spec.n, spec.latent) == ("trial", "A trial.", 50, ("u",))
    assert (spec.making.noise, spec.observing.missing, spec.environments.environments) == ("laplace", 0.2, 2)
    assert spec.nodes["y"] == {"coefficients": {"t": 2, "u": 1}}
    assert spec.about == {"source": "a test"}


def test_options_lie_over_what_was_read() -> None:
    spec = read_spec("er:p=5,noise=uniform", {"noise": "laplace", "n": "40", "x1.kind": "count", "noise-scale": "2"})
    assert (spec.making.noise, spec.n, spec.nodes, spec.making.noise_scale) == ("laplace", 40, {"x1": {"kind": "count"}}, (2.0, 2.0))


def test_formulas_alone_make_a_graph() -> None:
    spec = Spec(nodes={"x": {}, "y": {"formula": "2*x + sin(time)"}, "z": {"coefficients": {"y": 1.0, "w": 2.0}}})
    graph = graph_of(spec, Run().rng("test"))
    assert graph.nodes == ("x", "y", "z", "w")
    assert {(e.source, e.target) for e in graph.edges} == {("x", "y"), ("y", "z"), ("w", "z")}


def test_a_bidirected_edge_becomes_a_hidden_cause() -> None:
    graph = graph_of(read_spec("t->y; t<->y"), Run().rng("test"))
    assert graph.latent == ("u_t_y",)
    assert set(graph.children("u_t_y")) == {"t", "y"}


SPECS = [
    "er:p=6,noise=uniform,kinds=mixed,missing=0.1,missingness=mnar,hidden=1",
    "z->t; z->y; t->y; t<->z",
    "series:p=3,lags=2,environments=2,trend=1",
    "er:p=5,groups=20,draws=3",
    {"graph": "z->y; u->y", "latent": ["u"], "nodes": {"y": {"formula": "2*z + u", "noise_scale": [0.5, 1]}, "z": {"kind": "binary"}}},
    {"graph": "a->b", "environments": {"environments": 2, "cases": [{"b": {"coefficients": {"a": 3.0}}}]}},
]


@pytest.mark.parametrize("source", SPECS, ids=str)
def test_a_truth_holds_all_that_makes_its_data_again(source: object, tmp_path: pathlib.Path) -> None:
    spec = read_spec(source, {"n": 30})
    again = read_spec(as_mapping(spec))
    assert as_mapping(again) == as_mapping(spec)
    one, other = simulated(spec, Run(seed=3)), simulated(again, Run(seed=3))
    assert {k: v.tobytes() for k, v in one.sample.rows.items()} == {k: v.tobytes() for k, v in other.sample.rows.items()}
    assert codec.dumps(one.truth) == codec.dumps(other.truth)
    path = tmp_path / "x.truth.json"
    codec.save(one.truth, path)
    assert as_mapping(read_spec(codec.load(path))) == as_mapping(read_spec(one.truth))


@pytest.mark.parametrize(
    ("source", "options", "kind", "words"),
    [
        ("", {}, BadOption, "nothing to simulate"),
        (None, {}, BadOption, "nothing to simulate"),
        ("small-word", {}, BadOption, "small-world"),
        ("er:p", {}, BadOption, "option=value"),
        ("er:p=many", {}, BadOption, "whole number"),
        ("er:nois=gaussian", {}, BadOption, "noise"),
        ("er:noise=gausian", {}, BadOption, "gaussian"),
        ("er:weights=2..1", {}, BadOption, "falls"),
        ("er:weights=1..2..3", {}, BadOption, "range"),
        ("er:weights=nan", {}, BadOption, "cannot be nan"),
        ("er", {"x1.kinds": "binary"}, BadOption, "kind"),
        ("er", {"x1.coefficients": "2"}, BadOption, "table"),
        ("no.toml", {}, Unreadable, "no file"),
        ("folder/none", {}, Unreadable, "no file"),
        ("a--b", {}, BadGraph, "leaves open"),
        ("a->b; b->a", {}, BadGraph, "cycle"),
        ({"graph": "a->b", "nodes": {"b": 3}}, {}, BadOption, "not a table"),
        ("a->b", {"c.kind": "binary"}, BadOption, "no node 'c'"),
        ("a->b", {"treatment": "x", "outcome": "b"}, BadOption, "no node 'x'"),
        ("a->b", {"latent": "a", "treatment": "a", "outcome": "b"}, BadOption, "cannot be latent"),
        ("a->b", {"latent": "a+b"}, BadGraph, "latent"),
        ("a->b", {"b.formula": "2*c"}, BadOption, "not among its causes"),
        ("a->b", {"b.formula": "2"}, BadOption, "does not read it"),
        ("a->b", {"n": 0}, BadOption, "0 rows"),
        ("er:binary=0.7,count=0.7", {}, BadOption, "add up"),
        ("er:explained=1.5", {}, BadOption, "cannot explain"),
        ("er:mechanism=table", {}, BadOption, "needs levels"),
        ("er:scaling=unit,noise_scale=2", {}, BadOption, "scaling=raw"),
        ("er:groups=5,environments=2", {}, BadOption, "Groups"),
        ("er:groups=1", {}, BadOption, "groups"),
        ("er:environments=2,changed=99", {}, BadOption, "99"),
        ("er:environments=2,changed=x1+y", {}, BadOption, "'y'"),
        ("er:environments=3,shares=1+1", {}, BadOption, "3 shares"),
        ("er:drift=30", {}, BadOption, "drift"),
        ("environment->y", {"environments": 2}, BadOption, "Rename"),
        ("er:kinds=categorical,levels=1", {}, BadOption, "1 levels"),
        ("a->b", {"b.formula": "log(a - 99)"}, BadOption, "no number"),
    ],
)
def test_misuse_is_named_with_what_is_near(source: object, options: dict, kind: type[AitiaError], words: str) -> None:
    with pytest.raises(kind) as found:
        simulated(read_spec(source, options), Run())
    assert words in str(found.value)


def test_every_option_says_what_it_sets() -> None:
    assert all(says(name) for name in HOMES)
    assert len(HOMES) == len(set(HOMES))


def test_a_spec_is_a_value() -> None:
    assert read_spec("er:p=5") == read_spec("er:p=5")
    assert read_spec(read_spec("er:p=5")) == read_spec("er:p=5")
    assert Spec(graph=Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b"),))) != Spec()
