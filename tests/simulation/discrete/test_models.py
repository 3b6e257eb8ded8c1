"""Models are checked when they are built, say what is wrong with them, and change only as an intervention says."""

from __future__ import annotations

import itertools
from fractions import Fraction as F

import numpy as np
import pytest

from aitia.core.errors import BadGraph, BadOption, UnknownName
from aitia.graphs.formats.text import parse
from aitia.simulation.discrete import (
    Comparison,
    DiscreteModel,
    Undefined,
    along_paths,
    as_floats,
    as_fractions,
    ate,
    binary_model,
    discrete_model,
    distribution,
    do,
    expectation,
    from_equations,
    pns,
    potential,
    probability,
    structural_model,
    with_table,
)

HALF = F(1, 2)


def chain() -> DiscreteModel:
    return binary_model(parse("x->m; m->y"), {"x": HALF, "m": [F(1, 4), F(3, 4)], "y": [F(1, 3), F(2, 3)]})


def test_parents_may_stand_in_any_order_that_is_named() -> None:
    table = np.array([[[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]], [[0.4, 0.6], [0.5, 0.5], [0.6, 0.4]]])  # a, b, c
    graph = parse("a->c; b->c")
    roots = {"a": [0.5, 0.5], "b": [0.2, 0.3, 0.5]}
    one = discrete_model(graph, {**roots, "c": table})
    other = discrete_model(graph, {**roots, "c": table.transpose(1, 0, 2)}, parents={"c": ("b", "a")})
    assert np.allclose(distribution(one, ["a", "b", "c"]), distribution(other, ["a", "b", "c"]))


def test_levels_may_be_words_and_are_asked_for_by_name() -> None:
    model = discrete_model(
        parse("sky->grass"),
        {"sky": [F(3, 4), F(1, 4)], "grass": [[1, 0], [0, 1]]},
        levels={"sky": ("sun", "rain"), "grass": ("dry", "wet")},
    )
    assert probability(model, {"grass": "wet"}) == F(1, 4)
    assert probability(model, potential("grass", sky="rain").equals("wet"), {"sky": "sun"}) == 1
    assert pns(model, Comparison(treatment="sky", outcome="grass", arm="rain", versus="sun")) == 1
    asked = Comparison(treatment="sky", outcome="grass", arm="rain", versus="sun", level="wet")
    assert ate(model, asked) == 1
    with pytest.raises(UnknownName, match=r"level of grass 'wett'\.\nDid you mean wet"):
        probability(model, {"grass": "wett"})
    with pytest.raises(BadOption, match="not numbers"):
        expectation(model, "grass")


def test_means_use_the_levels_as_numbers() -> None:
    graph = parse("x->y")
    tables = {"x": [HALF, HALF], "y": [[HALF, HALF, 0], [0, F(1, 4), F(3, 4)]]}
    model = discrete_model(graph, tables, levels={"y": (0, 10, F(41, 2))})
    assert expectation(model, "y", {"x": 1}) == F(10, 4) + F(3, 4) * F(41, 2)
    assert ate(model, Comparison(treatment="x", outcome="y")) == expectation(model, "y", {"x": 1}) - 5
    assert expectation(as_floats(model), "y", {"x": 1}) == pytest.approx(17.875)


@pytest.mark.parametrize(
    ("graph", "tables", "error", "words"),
    [
        ("x->y; y->x", {"x": [1], "y": [1]}, BadGraph, "cycle"),
        ("x->y; x<->y", {"x": [1], "y": [[1]]}, BadGraph, "hidden common cause"),
        ("x[-1]->y", {"x": [1], "y": [[1]]}, BadGraph, "no lag"),
        ("x->y", {"x": [HALF, HALF]}, BadOption, "no table of y"),
        ("x->y", {"x": [HALF, HALF], "y": [[1, 0], [0, 1]], "yy": [1]}, UnknownName, "Did you mean y"),
        ("x->y", {"x": [HALF, HALF], "y": [HALF, HALF]}, BadOption, r"shape must be \(2, 2\)"),
        ("x", {"x": [HALF, F(1, 3)]}, BadOption, "sum to 1"),
        ("x", {"x": [F(3, 2), F(-1, 2)]}, BadOption, "non-negative"),
        ("x", {"x": [0.5, float("nan")]}, BadOption, "sum to 1"),
        ("x", {"x": ["half", "half"]}, BadOption, "not a number"),
        ("x", {"x": []}, BadOption, "at least one"),
    ],
)
def test_what_is_no_model_is_refused_with_the_reason(graph: str, tables: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        discrete_model(parse(graph), tables)


def test_levels_and_parents_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadOption, match="different from each other"):
        discrete_model(parse("x"), {"x": [HALF, HALF]}, levels={"x": ("a", "a")})
    with pytest.raises(BadOption, match=r"parents \['x'\], not \['y'\]"):
        discrete_model(parse("x->y"), {"x": [1], "y": [[1]]}, parents={"y": ("y",)})
    with pytest.raises(BadOption, match=r"shape must be \(3,\)"):
        discrete_model(parse("x"), {"x": [HALF, HALF]}, levels={"x": (1, 2, 3)})


def test_functions_that_do_not_fit_are_refused() -> None:
    noise = {"x": [HALF, HALF]}
    with pytest.raises(BadOption, match="codes below 2"):
        structural_model(parse("x"), {"x": [0, 2]}, noise, levels={"x": (0, 1)})
    with pytest.raises(BadOption, match="has 3 noises; it must have 2"):
        structural_model(parse("x"), {"x": [0, 1, 1]}, noise)
    with pytest.raises(BadOption, match="not a code"):
        structural_model(parse("x"), {"x": [0.5, 1]}, noise)
    with pytest.raises(BadOption, match="noise of x"):
        structural_model(parse("x"), {"x": [0, 1]}, {"x": [HALF, F(1, 3)]})


def test_questions_about_nodes_that_are_not_there_list_near_names() -> None:
    model = chain()
    for asked in ({"yy": 1}, potential("y", xx=1).equals(1), potential("y", x=1, m=potential("mm", x=0)).equals(1)):
        with pytest.raises(UnknownName, match="Did you mean"):
            probability(model, asked)
    with pytest.raises(UnknownName):
        do(model, {"q": 1})
    with pytest.raises(BadOption, match="no event"):
        probability(model, ["y"])  # type: ignore[list-item]
    with pytest.raises(BadOption, match="no edge x->y"):
        along_paths(model, Comparison(treatment="x", outcome="y"), [("x", "y")])


def test_a_node_is_set_only_to_what_it_can_be() -> None:
    graph = parse("x->y; z->y")
    model = discrete_model(graph, {"x": [HALF, HALF], "z": [F(1, 3)] * 3, "y": np.full((2, 3, 2), HALF)})
    with pytest.raises(BadOption, match="different levels"):
        probability(model, potential("y", x=potential("z")).equals(1))
    with pytest.raises(UnknownName, match="level of x"):
        probability(model, potential("y", x=2).equals(1))
    with pytest.raises(UnknownName, match="level of y"):
        probability(model, potential("x", y=7).equals(1))


def test_a_node_may_be_set_to_another_node_of_the_same_levels() -> None:
    """Y_{m = X}: the mediator copies the treatment, so y differs from what it is by chain alone."""
    model = chain()
    assert probability(model, potential("y", m=potential("x")).equals(1), {"x": 1}) == F(2, 3)
    assert probability(model, (potential("y", m=potential("x")).equals(1), potential("x").equals(0))) == HALF * F(1, 3)
    later = binary_model(parse("m->y; z"), {"m": HALF, "y": [0, 1], "z": F(1, 3)})
    for by in ("elimination", "enumeration"):
        assert probability(later, potential("y", m=potential("z")).equals(1), {"z": 1}, by=by) == 1  # type: ignore[arg-type]
        assert probability(later, (potential("y", m=potential("z")).equals(1), potential("z").equals(0)), by=by) == 0  # type: ignore[arg-type]


def test_doing_leaves_the_model_as_it_was() -> None:
    model = chain()
    before = {node: table.numbers.copy() for node, table in model.chances.items()}
    done = do(model, {"m": 1})
    assert done.graph.parents("m") == () and model.graph.parents("m") == ("x",)
    assert all((model.chances[node].numbers == table).all() for node, table in before.items())
    assert do(done, {"m": 1}).parents == done.parents


def test_a_policy_may_read_what_the_node_did_not() -> None:
    graph = parse("a->b; b->c")
    model = binary_model(graph, {"a": HALF, "b": [F(1, 4), F(3, 4)], "c": [0, 1]})
    read = with_table(model, "c", [[1, 0], [0, 1]], parents=["a"])
    assert probability(read, {"c": 1}, {"a": 1, "b": 0}) == 1
    with pytest.raises(BadGraph, match="cycle"):
        with_table(model, "a", [[1, 0], [0, 1]], parents=["c"])


def test_tables_alone_tell_what_they_leave_open_and_deterministic_ones_leave_nothing() -> None:
    asked = Comparison(treatment="x", outcome="y")
    open_one = pns(binary_model(parse("x->y"), {"x": HALF, "y": [F(1, 4), F(3, 4)]}), asked)
    assert isinstance(open_one, Undefined) and "y in one world" in open_one.reason
    sure = binary_model(parse("x->y"), {"x": HALF, "y": [0, 1]})
    assert pns(sure, asked) == pns(sure, asked, by="enumeration") == 1


def test_what_was_observed_joins_worlds_in_whatever_order_it_is_told() -> None:
    """Where x was seen to be 1, m and m had x been 1 are one variable, so tables are enough."""
    model = chain()
    seen = [potential("y").equals(1), potential("m").equals(0), potential("x").equals(1)]
    for order in itertools.permutations(seen):
        assert probability(model, potential("m", x=1).equals(0), order) == 1
        assert probability(model, potential("y", x=1).equals(0), order) == 0
        assert probability(model, potential("y", x=0, m=0).equals(1), order) == 1


def test_fractions_become_floats_and_decimals_fractions() -> None:
    model = chain()
    there_and_back = as_fractions(as_floats(model))
    assert there_and_back.table("x").tolist() == [HALF, HALF] and there_and_back.table("m").tolist() == model.table("m").tolist()
    assert not as_floats(model).exact and there_and_back.exact
    thirds = as_fractions(discrete_model(parse("x"), {"x": [1 / 3, 1 / 3, 1 / 3]}))
    assert thirds.table("x").tolist() == [F(1, 3)] * 3
    assert isinstance(probability(as_floats(model), potential("x", x=1).equals(1)), float)


def test_what_is_shown_of_a_model_fits_a_screen() -> None:
    assert "Discrete model of 3 nodes, in fractions" in str(chain())
    squad = from_equations({"c": "u"}, {"u": HALF})
    assert "Structural model of 2 nodes" in str(squad) and "noises" in str(squad)
    assert "probability 0" in str(probability(chain(), {"x": 1}, potential("x", x=0).equals(1)))
