"""What the graph says of rows with gaps holds in every model: judged by exact enumeration of random discrete models."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.core.missing import MissingnessGraph
from aitia.graphs.adjustment import all_sets
from aitia.graphs.formats.knowledge import read_knowledge
from aitia.graphs.formats.text import parse, write
from aitia.graphs.missingness import (
    direct_causes,
    knowledge_of_columns,
    mechanism,
    missingness_graph,
    stated_indicators,
    valid_on_complete_rows,
    without_indicators,
)
from aitia.graphs.recoverability import conditional_law, effect_by_adjustment, in_order, joint_law, predictors_of_imputation, weighting
from tests.graphs.random_graphs import random_graph

EXACT = 1e-9


class Model:
    """A random discrete model of a graph: the exact joint law of its measured columns and indicators, all binary."""

    def __init__(self, missing: MissingnessGraph, rng: np.random.Generator) -> None:
        self.missing, graph = missing, missing.graph
        both = [edge for edge in graph.edges if not edge.directed]
        parents = {node: list(graph.parents(node)) for node in graph.nodes}
        for i, edge in enumerate(both):
            for end in (edge.source, edge.target):
                parents[end].append(f"u{i}")
        nodes = [*(f"u{i}" for i in range(len(both))), *graph.nodes]
        axis = {node: i for i, node in enumerate(nodes)}
        law = np.ones((2,) * len(nodes))
        for node in nodes:
            own = sorted([*parents.get(node, []), node], key=lambda name: axis[name])
            chance = rng.uniform(0.1, 0.9, size=(2,) * (len(own) - 1))
            table = np.stack([1 - chance, chance], axis=own.index(node))
            law = law * table.reshape([2 if name in own else 1 for name in nodes])
        kept = [*missing.fully, *missing.partly, *missing.indicators.values()]
        out = tuple(axis[node] for node in nodes if node not in kept)
        left = [node for node in nodes if node in kept]
        self.law, self.axis = law.sum(axis=out), {node: i for i, node in enumerate(left)}

    def p(self, of: Iterable[str], given: Iterable[str] = (), complete: Iterable[str] = ()) -> np.ndarray:
        """P(of | given, the indicators of `complete` are 0), as an array that broadcasts over every node."""
        law = self.law
        for sign in self.missing.signs(complete):
            law = np.take(law, [0], axis=self.axis[sign])
        of, given = set(of), set(given)

        def kept(names: set[str]) -> np.ndarray:
            return law.sum(axis=tuple(i for name, i in self.axis.items() if name not in names), keepdims=True)

        with np.errstate(invalid="ignore"):
            return kept(of | given) / kept(given)

    def out(self, law: np.ndarray, names: Iterable[str]) -> np.ndarray:
        """Sum a law over some nodes."""
        return law.sum(axis=tuple(self.axis[name] for name in names), keepdims=True)


def random_missingness(rng: np.random.Generator, n: int, gaps: int, *, hidden: float = 0.15, touching: float = 0.15) -> MissingnessGraph:
    """A random ADMG of n columns, some of which have gaps that any column may decide."""
    bare = random_graph(rng, n, 0.45, hidden)
    partly = [str(name) for name in rng.permutation(bare.nodes)[:gaps]]
    edges = [Edge(source=name, target=f"R_{col}") for col in partly for name in bare.nodes if rng.random() < 0.3]
    edges += [
        Edge(source=name, target=f"R_{col}", at_source="arrow")
        for col in partly
        for name in bare.nodes
        if rng.random() < hidden / 2 and not any(e.source == name and e.target == f"R_{col}" for e in edges)
    ]
    edges += [Edge(source=f"R_{a}", target=f"R_{b}") for a, b in itertools.combinations(partly, 2) if rng.random() < touching]
    nodes = (*bare.nodes, *(f"R_{col}" for col in partly))
    return missingness_graph(Graph(nodes=nodes, edges=(*bare.edges, *edges)), partly)


def questions(count: int, seed: int) -> Iterator[tuple[MissingnessGraph, str, str, tuple[str, ...], Model]]:
    """Random graphs with a treatment, an outcome and a valid adjustment set, and a model of each."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        missing = random_missingness(rng, int(rng.integers(3, 5)), int(rng.integers(1, 4)))
        t, y = (str(name) for name in rng.permutation([*missing.fully, *missing.partly])[:2])
        sets, _ = all_sets(without_indicators(missing.graph), t, y)
        for held in sets[:3]:
            yield missing, t, y, held, Model(missing, rng)


def adjusted(model: Model, t: str, y: str, held: tuple[str, ...], effect: str, complete: tuple[str, ...]) -> np.ndarray:
    """The mean outcome in each arm, averaged over the population of an effect, from rows complete in some columns."""
    mean = np.take(model.p([y], [t, *held], complete), [1], axis=model.axis[y])
    if effect == "ate":
        weights = model.p(held, (), complete)
    elif effect == "ato":
        e = model.p([t], held, complete)
        weights = model.p(held, (), complete) * np.prod(e, axis=model.axis[t], keepdims=True)
    else:
        weights = np.take(model.p(held, [t], complete), [1 if effect == "att" else 0], axis=model.axis[t])
    return (model.out(mean * weights, held) / weights.sum()).ravel()


@pytest.mark.parametrize("effect", ["ate", "att", "atc", "ato"])
def test_complete_rows_give_the_effect_where_the_graph_says_so(effect: str) -> None:
    """Whenever the rule says yes, adjusting within complete rows is exact; where the criterion is complete, no is right as well."""
    yes, no, wrong_no = 0, 0, 0
    for missing, t, y, held, model in questions(700, 1):
        found = effect_by_adjustment(missing, t, y, held, effect)  # type: ignore[arg-type]
        asked = (t, y, *held)
        gap = np.abs(adjusted(model, t, y, held, effect, asked) - adjusted(model, t, y, held, effect, ())).max()
        if "complete rows" in found.means:
            assert gap < EXACT, (write(missing.graph), t, y, held)
            yes += 1
        else:
            no += 1
            wrong_no += gap < EXACT
    assert yes > 100 and no > 300
    if effect == "ate":
        assert wrong_no == 0, "by the theorem some model differs, and a random one does"
    assert wrong_no <= 0.1 * no


def test_the_other_means_give_the_joint_law_they_promise() -> None:
    """Imputation, weighting and factors from available rows reproduce the full law exactly whenever the graph allows them."""
    counts = {"imputation": 0, "weighting": 0, "available rows": 0}
    for missing, t, y, held, model in questions(900, 2):
        asked = (t, y, *held)
        truth = model.p(asked)
        found = effect_by_adjustment(missing, t, y, held)
        for means in set(found.means) & {"imputation", "weighting"}:
            got = by_imputation(model, missing, asked) if means == "imputation" else by_weighting(model, missing, asked)
            assert np.abs(got - truth).max() < EXACT, (means, write(missing.graph), asked)
            counts[means] += 1
        order = in_order(missing, asked, ())
        if order is not None:
            law = np.ones(1)
            for i, name in enumerate(order):
                law = law * model.p([name], order[:i], order[: i + 1])
            assert np.abs(law - truth).max() < EXACT, (write(missing.graph), order)
            counts["available rows"] += 1
    assert min(counts.values()) > 150, counts


def by_imputation(model: Model, missing: MissingnessGraph, asked: tuple[str, ...]) -> np.ndarray:
    using = predictors_of_imputation(missing, asked)
    assert using is not None
    partly = [name for name in asked if name in missing.indicators]
    fixed = [name for name in (*asked, *using) if name not in partly]
    return model.out(model.p(partly, fixed, asked) * model.p(fixed), using)


def by_weighting(model: Model, missing: MissingnessGraph, asked: tuple[str, ...]) -> np.ndarray:
    found = weighting(missing, asked)
    assert found is not None and found.multiplies
    everything = (*found.partly, *found.predictors)
    law = model.law
    for sign in missing.signs(found.partly):
        law = np.take(law, [0], axis=model.axis[sign])
    law = law.sum(axis=tuple(i for name, i in model.axis.items() if name not in everything), keepdims=True)
    for name in found.partly:
        others = [other for other in found.partly if other != name]
        sign = missing.indicators[name]
        rest = [other for other in everything if other != name]
        law = law / np.take(model.p([sign], rest, others), [0], axis=model.axis[sign])
    return model.out(law, [name for name in everything if name not in asked])


def test_indicators_that_depend_on_each_other_leave_the_law_recoverable() -> None:
    """No column is tied to its own indicator, but the indicators touch: odds ratios give the law, products do not. [nabi2020]"""
    rng = np.random.default_rng(11)
    count = 0
    for _ in range(3000):
        missing = random_missingness(rng, 3, 2, touching=0.7)
        found = weighting(missing, missing.partly)
        if found is None or found.multiplies or len(found.partly) != 2:
            continue
        model, (a, b), rest = Model(missing, rng), found.partly, found.predictors
        first, second = missing.indicators[a], missing.indicators[b]

        def odds(sign: str, other: str, model: Model = model, rest: tuple[str, ...] = rest) -> np.ndarray:
            chance = model.p([sign], [other, *rest], [other])
            return np.take(chance, [1], axis=model.axis[sign]) / np.take(chance, [0], axis=model.axis[sign])

        both = odds(first, b) * odds(second, a)
        complete = model.p([a, b, first, second, *rest])
        complete = np.take(np.take(complete, [0], axis=model.axis[first]), [0], axis=model.axis[second])
        neither = model.p([first, second, *rest])
        neither = np.take(np.take(neither, [1], axis=model.axis[first]), [1], axis=model.axis[second])
        ratio = neither / model.out(complete * both, [a, b])
        law = complete * (1 + odds(first, b) + odds(second, a) + both * ratio)
        assert np.abs(law - model.p([a, b, *rest])).max() < EXACT, write(missing.graph)
        count += 1
        if count == 40:
            return
    raise AssertionError(f"only {count} such graphs were drawn")


def test_averaging_over_more_rows_gives_the_effect_where_complete_rows_do_not() -> None:
    count = 0
    for missing, t, y, held, model in questions(900, 3):
        found = effect_by_adjustment(missing, t, y, held)
        if not held or found.means[:1] != ("available rows",) or "E[" not in (found.expression or ""):
            continue
        order = in_order(missing, held, ())
        assert order is not None
        law = np.ones(1)
        for i, name in enumerate(order):
            law = law * model.p([name], order[:i], order[: i + 1])
        mean = np.take(model.p([y], [t, *held], (t, y, *held)), [1], axis=model.axis[y])
        got = model.out(mean * law, held).ravel()
        assert np.abs(got - adjusted(model, t, y, held, "ate", ())).max() < EXACT, write(missing.graph)
        count += 1
    assert count > 20


def test_what_is_said_of_independence_on_complete_rows_holds() -> None:
    """Yes: equal conditional laws, or independence in both; where the graph separates the pair, no: a dependence that is not there."""
    rng = np.random.default_rng(4)
    yes, no = 0, 0
    for _ in range(900):
        missing = random_missingness(rng, 4, int(rng.integers(1, 4)))
        x, y, *rest = (str(name) for name in rng.permutation([*missing.fully, *missing.partly]))
        given = tuple(rest[: int(rng.integers(0, 3))])
        model, found = Model(missing, rng), valid_on_complete_rows(missing, x, y, given)
        full = dependence(model, x, y, given, ())
        cut = dependence(model, x, y, given, (x, y, *given))
        assert not found.recoverable or (full < EXACT) == (cut < EXACT), (write(missing.graph), x, y, given)
        yes += bool(found.recoverable)
        if full < EXACT and not found.recoverable:
            no += 1
            assert cut > EXACT, (write(missing.graph), x, y, given)
    assert yes > 300 and no > 40


def dependence(model: Model, x: str, y: str, given: tuple[str, ...], complete: tuple[str, ...]) -> float:
    joint = model.p([x, y], given, complete)
    return float(np.abs(joint - model.p([x], given, complete) * model.p([y], given, complete)).max())


def test_an_edge_that_is_not_there_is_not_found_where_the_rule_says_yes() -> None:
    """The rule also protects against a null effect along a drawn edge: with x -> y empty, a yes still means independence."""
    rng = np.random.default_rng(5)
    count = 0
    for _ in range(600):
        missing = random_missingness(rng, 3, 2, hidden=0.0)
        x, y, z = (str(name) for name in rng.permutation([*missing.fully, *missing.partly]))
        if not missing.graph.adjacent(x, y) or not valid_on_complete_rows(missing, x, y, (z,)).recoverable:
            continue
        thinner = missing.graph.with_edges(tuple(e for e in missing.graph.edges if {e.source, e.target} != {x, y}))
        model = Model(MissingnessGraph(graph=thinner, pairs=missing.pairs), rng)
        full, cut = dependence(model, x, y, (z,), ()), dependence(model, x, y, (z,), (x, y, z))
        assert (full < EXACT) == (cut < EXACT), (write(missing.graph), x, y)
        count += 1
    assert count > 50


def test_mcar_and_mar_are_what_their_names_say() -> None:
    """MCAR: complete rows have the law of all rows. MAR: gaps have, given what is always measured, the law of known values."""
    rng = np.random.default_rng(6)
    seen = {"MCAR": 0, "MAR": 0, "MNAR": 0}
    for _ in range(500):
        missing = random_missingness(rng, 3, int(rng.integers(1, 3)))
        model, word = Model(missing, rng), mechanism(missing).mechanism
        everything, signs = (*missing.fully, *missing.partly), [*missing.indicators.values()]
        tie = np.abs(model.p(signs, everything) - model.p(signs)).max()
        left = np.abs(model.p(signs, everything) - model.p(signs, missing.fully)).max()
        assert (tie < EXACT) == (word == "MCAR"), write(missing.graph)
        assert (left < EXACT) == (word in ("MCAR", "MAR")), write(missing.graph)
        seen[word] += 1
    assert min(seen.values()) > 30, seen


def test_a_column_that_decides_on_itself_is_lost_and_said_to_be() -> None:
    missing = missingness_graph(parse("z->t; z->y; t->y; y->R_y"))
    found = joint_law(missing)
    assert found.recoverable is False and "y" in found.says
    effect = effect_by_adjustment(missing, "t", "y", ("z",))
    assert effect.recoverable is None and effect.means == () and "y stays tied" in effect.says
    assert mechanism(missing).mechanism == "MNAR" and "y itself decides" in mechanism(missing).because[0]


def test_a_joint_law_that_is_said_to_be_lost_has_two_models_that_agree_on_the_data() -> None:
    """Self-masking: P(y) is not fixed by P(y, known) and P(unknown): two laws with one observed law."""
    known = np.array([0.3, 0.2])
    for full in (np.array([0.5, 0.5]), np.array([0.6, 0.4])):
        chance = known / full
        assert (chance < 1).all() and np.allclose(full * chance, known)


def test_the_classical_examples() -> None:
    cases = {
        "z->t; z->y; t->y; R_y": ("MCAR", ("complete rows", "imputation", "weighting")),
        "z->t; z->y; t->y; z->R_y": ("MAR", ("available rows", "imputation", "weighting")),
        "z->t; z->y; t->y; t->R_y": ("MAR", ("available rows", "imputation", "weighting")),
        "t->y; t->R_y": ("MAR", ("complete rows", "imputation", "weighting")),
        "z->t; z->y; t->y; y->a; a->R_y": ("MAR", ("imputation", "weighting")),
        "z->t; z->y; t->y; z->R_y; y->R_z": ("MNAR", ("weighting",)),
    }
    for text, (word, means) in cases.items():
        missing = missingness_graph(parse(text))
        held = ("z",) if "z" in missing.graph.nodes else ()
        assert mechanism(missing).mechanism == word, text
        assert effect_by_adjustment(missing, "t", "y", held).means == means, text


def test_a_conditional_law_needs_less_than_the_joint_one() -> None:
    missing = missingness_graph(parse("x->y; x->R_x; x->R_y"))
    assert conditional_law(missing, ["y"], ["x"]).means[0] == "complete rows"
    assert joint_law(missing).recoverable is False


def test_a_set_that_does_not_adjust_is_refused() -> None:
    found = effect_by_adjustment(missingness_graph(parse("z->t; z->y; t->y; R_y")), "t", "y", ())
    assert found.recoverable is False and "adjust" in found.says


def test_indicators_are_read_from_text_and_columns_keep_their_names() -> None:
    assert stated_indicators(parse('z->y; z->"missing(y)"')) == {"y": "missing(y)"}
    assert stated_indicators(parse("z->y; z->R_y"), columns=["z", "y", "R_y"]) == {}
    assert without_indicators(parse("z->y; z->R_y")).nodes == ("z", "y")
    assert write(without_indicators(parse("y->R_y; z->y"))) == "y; z; z->y"


def test_causes_found_in_data_fill_in_what_the_graph_does_not_state() -> None:
    missing = missingness_graph(parse("z->y; z->R_y"), ["y", "z"], {"z": ["w"], "y": ["w"]})
    assert missing.found == ("z",)
    assert missing.graph.parents("R_y") == ("z",) and missing.graph.parents("R_z") == ("w",)
    assert missing.graph.adjacent("w", "y") and missing.graph.adjacent("w", "z"), "nothing is known of w but that it is there"


def test_an_indicator_with_an_effect_on_a_column_is_refused() -> None:
    with pytest.raises(BadGraph, match="R_y -> z"):
        missingness_graph(parse("R_y->z; z->y"))


def test_knowledge_may_state_causes_of_missingness() -> None:
    knowledge, causes = knowledge_of_columns(read_knowledge("randomised t; require age->R_y; require a->b"), ["t", "y", "age", "a", "b"])
    assert causes == {"y": ("age",)}
    assert [(c.source, c.target) for c in knowledge.required] == [("a", "b")]
    assert knowledge.randomised("t")


def test_direct_causes_are_those_that_the_others_do_not_explain() -> None:
    """A chain a -> b -> R: a goes once b is given; p-values as an oracle with 1e-6 for dependence."""
    graph = parse("a->b; b->R; c->R; d->a; e")
    from aitia.graphs.separation import separated

    def p(name: str, given: tuple[str, ...]) -> float:
        return 0.5 if separated(graph, name, "R", given) else 1e-6

    assert direct_causes({name: p(name, ()) for name in "abcde"}, p) == ("b", "c")
