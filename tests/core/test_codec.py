"""Any noun goes to JSON and back unchanged, and its JSON obeys its schema."""

from __future__ import annotations

import dataclasses
import json
import math
import types
from typing import Any, Literal, Union, get_args, get_origin

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core import codec, show
from aitia.core.belief import Belief, MarkWeight
from aitia.core.design import Design, gram_matrix
from aitia.core.errors import Unreadable, Unwritable
from aitia.core.graph import Edge, Graph
from aitia.core.noun import Noun
from aitia.core.query import Query
from aitia.core.table import Absent, Column, Table

# Nouns that hold arrays, open sources or functions are tested one by one below.
HOLDERS = {"table", "design", "run", "scm", "method", "moments", "counts", "absent", "memory"}
PLAIN = sorted(
    (
        cls
        for cls in Noun.registry.values()
        if cls.__module__.startswith("aitia.core") and cls.noun_kind not in HOLDERS and dataclasses.is_dataclass(cls)
    ),
    key=lambda c: c.noun_kind,
)


def values(expected: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Strategies for any field type that occurs in a noun."""
    origin, arguments = get_origin(expected), get_args(expected)
    if isinstance(expected, type) and issubclass(expected, Noun):
        return nouns(expected, depth + 1)
    if origin in (Union, types.UnionType):
        simple = [a for a in arguments if depth < 3 or a is type(None)] or list(arguments)
        return st.one_of([values(a, depth) for a in simple])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0], depth + 1), max_size=0 if depth >= 3 else 2).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(argument, depth + 1) for argument in arguments))
    if origin is frozenset:
        return st.frozensets(values(arguments[0], depth + 1), max_size=2)
    if origin is dict:
        return st.dictionaries(st.text(max_size=3), values(arguments[1], depth + 1), max_size=2).filter(lambda d: set(d) != {"float"})
    scalars = {
        str: st.text(max_size=5),
        int: st.integers(-9, 9),
        float: st.floats(allow_nan=False) | st.just(math.inf),
        bool: st.booleans(),
        type(None): st.none(),
        Any: st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(allow_nan=False, allow_infinity=False),
    }
    return scalars[expected]


def nouns(cls: type[Noun], depth: int = 0) -> st.SearchStrategy[Noun]:
    hints = codec.hints_of(cls)
    if cls is Belief:
        return st.integers(0, 2).flatmap(beliefs)
    return st.fixed_dictionaries({f.name: values(hints[f.name], depth) for f in codec.kept(cls)}).map(lambda fields: cls(**fields))


def beliefs(size: int) -> st.SearchStrategy[Noun]:
    """Beliefs whose matrices fit their nodes."""
    line = st.lists(st.floats(0, 1), min_size=size, max_size=size).map(tuple)
    matrix = st.lists(line, min_size=size, max_size=size).map(tuple)
    marks = st.lists(nouns(MarkWeight), max_size=1).map(tuple)
    return st.builds(
        Belief,
        means=st.just("probability"),
        nodes=st.just(("a", "b")[:size]),
        edge_probability=matrix,
        path_probability=st.none() | matrix,
        marks=marks,
    )


@pytest.mark.parametrize("cls", PLAIN, ids=lambda c: c.noun_kind)
def test_every_noun_round_trips_and_obeys_its_schema(cls: type[Noun]) -> None:
    schema = codec.schema(cls)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    @settings(max_examples=15, deadline=None)
    @given(nouns(cls))
    def holds(noun: Noun) -> None:
        text = codec.dumps(noun)
        assert codec.loads(text, cls) == noun
        validator.validate(json.loads(text))
        assert show.as_text(show.view_of(noun))
        assert "<" in show.as_html(show.view_of(noun))

    holds()


def test_nouns_without_a_field_named_kind_are_known_by_their_kind() -> None:
    graph = Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b"),))
    assert codec.loads(codec.dumps(graph)) == graph


def test_graph_json_has_the_keys_of_the_contract() -> None:
    body = codec.to_json(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b", support=0.93),)))
    assert {"kind", "nodes", "edges", "class"} <= set(body)
    assert {"from", "to", "at_from", "at_to", "lag", "support"} <= set(body["edges"][0])


def test_large_arrays_are_stored_as_digest_and_small_ones_whole() -> None:
    design = make_design(600)
    back = codec.loads(codec.dumps(design), Design)
    assert np.array_equal(back.gram, design.gram)
    assert back.covariates.shape == (600, 2)
    assert isinstance(back.covariates, codec.Stored)
    assert codec.digest_of(design) == codec.digest_of(make_design(600))
    assert codec.digest_of(design) != codec.digest_of(make_design(601))


def make_design(n: int) -> Design:
    covariates = np.arange(2.0 * n).reshape(n, 2) / n
    return Design(
        outcome=np.arange(float(n)),
        treatment=np.arange(n) % 2.0,
        covariates=covariates,
        gram=gram_matrix(covariates),
        keys=np.arange(n, dtype=np.uint64) + np.uint64(2**63),
        means=np.zeros(2),
        scales=np.ones(2),
        query=Query(treatment="t", outcome="y"),
        outcome_kind="continuous",
        treatment_kind="binary",
    )


def test_a_table_is_stored_without_its_rows() -> None:
    table = Table(columns=(Column(name="a", kind="binary", levels=("no", "yes")),), source=Absent(n=3, stored="f"), recipe="x.csv")
    back = codec.loads(codec.dumps(table))
    assert (back.columns, back.n, back.fingerprint(), back.recipe) == (table.columns, 3, "f", "x.csv")


def test_unknown_keys_and_broken_text_are_refused_with_the_reason() -> None:
    with pytest.raises(Unreadable, match="nodez"):
        codec.loads('{"nodez": []}', Graph)
    with pytest.raises(Unreadable, match="not JSON"):
        codec.loads("{", Graph)


def test_save_replaces_the_file_whole_or_not_at_all(tmp_path: Any) -> None:
    path = tmp_path / "deep" / "study.json"
    codec.save(Query(treatment="t", outcome="y"), path)
    before = path.read_text()
    with pytest.raises(ValueError, match="JSON"):
        codec.write(json.dumps(math.nan, allow_nan=False), path)
    assert path.read_text() == before
    assert [p.name for p in path.parent.iterdir()] == ["study.json"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unwritable):
        codec.save(Query(treatment="t", outcome="y"), tmp_path / "file" / "study.json")
