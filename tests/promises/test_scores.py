"""Every score is decomposable, is the same over an equivalence class where its card says so, and prefers the truth as rows grow."""

from __future__ import annotations

import dataclasses
import inspect
import itertools

import numpy as np
import pytest

from aitia.core.card import Method
from aitia.core.errors import InputError, UnusableColumn
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.local_scores import LocalScores, open_families
from aitia.measures.score_table import score_table
from tests.measures.scores.worlds import (
    Parents,
    all_kinds,
    covered_edges,
    kinds_of,
    options_of,
    random_dag,
    turned_through,
    with_gaps,
    with_turned,
    world,
)
from tests.measures.tables import table_of

METHODS = list(scores)
EACH = pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
FAMILIES = [("y", ()), ("y", ("a",)), ("y", ("a", "b")), ("c", ("a", "b", "y")), ("a", ("c",))]


def tables(method: Method, n: int = 300, seed: int = 0) -> list[Table]:
    """One table for each kind of column that the node y may have."""
    kinds = kinds_of(method)
    return [world(turned_through(kinds, first), n, [seed, first, n]) for first in range(len(kinds))]


def total(method: Method, table: Table, parents: Parents) -> float:
    return sum(method(table, node, causes, Run(), **options_of(method)) for node, causes in parents.items())


@EACH
def test_the_batch_and_the_table_say_what_single_scores_say(method: Method) -> None:
    for table in tables(method):
        single = [method(table, node, parents, Run(), **options_of(method)) for node, parents in FAMILIES]
        assert method.kernels["batch"](table, FAMILIES, Run(), **options_of(method)) == pytest.approx(single, rel=1e-9)
        for most in (None, 2, 1):
            whole = score_table(table, method, "yabc", Run(), max_parents=most, options=options_of(method))
            for (node, parents), value in zip(FAMILIES, single, strict=True):
                if len(parents) <= whole.max_parents:
                    assert whole.score(node, parents) == pytest.approx(value, rel=1e-9)


@EACH
def test_a_score_depends_on_its_family_only(method: Method) -> None:
    """Decomposable: neither the order of the parents nor what other columns hold changes it."""
    for table in tables(method):
        plain = method(table, "y", ("a", "b"), Run(), **options_of(method))
        values = {**table.rows(), "c": np.random.default_rng(3).permutation(table.rows()["c"])}
        other = table_of({column.name: column.kind for column in table.columns}, values)
        for found, parents in ((table, ("b", "a")), (other, ("a", "b"))):
            assert method(found, "y", parents, Run(), **options_of(method)) == pytest.approx(plain, rel=1e-9)


@EACH
def test_turning_a_covered_edge(method: Method) -> None:
    """It changes nothing for a score that calls itself equivalent, and there is a case where it does for any other."""
    differences = []
    for seed, table in enumerate([*tables(method, 200, 1), *tables(method, 60, 2)]):
        rng = np.random.default_rng([5, seed])
        for _ in range(6):
            graph = random_dag(["a", "b", "c", "y"], rng)
            before = total(method, table, graph)
            if not np.isfinite(before):
                continue
            turned = [total(method, table, with_turned(graph, x, y)) for x, y in covered_edges(graph)]
            differences += [abs(after - before) / max(1.0, abs(before)) for after in turned]
    assert len(differences) > 20
    if method.card.equivalent:
        assert max(differences) < 1e-8
    else:
        assert max(differences) > 1e-4


@EACH
def test_the_truth_wins_as_rows_grow(method: Method) -> None:
    """Of the eight parent sets of y the true one scores best in nearly all of 12 samples of 5,000, for every kind that y may have."""
    kinds = kinds_of(method)
    for first in range(len(kinds)):
        rates = {n: np.mean([best_is_true(method, turned_through(kinds, first), n, seed) for seed in range(12)]) for n in (200, 1000, 5000)}
        assert rates[5000] >= 0.9, (kinds[first], rates)
        assert rates[200] - 0.09 <= rates[1000] <= rates[5000] + 0.09, (kinds[first], rates)  # one sample of 12 is .083


def best_is_true(method: Method, kinds: dict[str, str], n: int, seed: int) -> bool:
    local = LocalScores(world(kinds, n, [seed, n, 77]), method, Run(), nodes=("a", "b", "c", "y"), options=options_of(method))
    sets = [parents for size in range(4) for parents in itertools.combinations(range(3), size)]
    return sets[int(local.scores([(3, parents) for parents in sets]).argmax())] == (0, 1)


@EACH
def test_refuses_kinds_that_are_not_on_its_card(method: Method) -> None:
    rng = np.random.default_rng(0)
    taken = kinds_of(method)[0]
    for kind in all_kinds() - method.card.kinds:
        values = {"x": rng.integers(0, 2, 50).astype(float), "y": rng.integers(0, 2, 50).astype(float)}
        with pytest.raises(UnusableColumn, match="x"):
            method(table_of({"x": kind, "y": taken}, values), "y", ("x",), Run(), **options_of(method))


@EACH
def test_families_of_one_call_share_their_rows(method: Method) -> None:
    """Rows that miss a value in any named column are out for all families: the scores are those of the complete rows."""
    for table in tables(method):
        gaps = with_gaps(table, {"a": [1, 5], "c": [5, 9, 200]})
        kept = np.setdiff1d(np.arange(table.n), [1, 5, 9, 200])
        whole = table_of({c.name: c.kind for c in table.columns}, {name: array[kept] for name, array in table.rows().items()})
        found = method.kernels["batch"](gaps, FAMILIES, Run(), **options_of(method))
        assert found == pytest.approx(method.kernels["batch"](whole, FAMILIES, Run(), **options_of(method)), rel=1e-9)
        families = open_families(gaps, method, "yabc", Run(), options_of(method))
        assert families.n == score_table(gaps, method, "yabc", Run(), options=options_of(method)).n
        if "graph" not in method.card.needs:
            assert families.n == len(kept)


@EACH
def test_order_and_names_change_nothing(method: Method) -> None:
    for table in tables(method):
        rng = np.random.default_rng(8)
        rows = rng.permutation(table.n)
        names = {"a": "zeta", "b": "b", "c": "alpha", "y": "m"}
        columns = [table.columns[i] for i in rng.permutation(4)]
        mixed = table_of({names[c.name]: c.kind for c in columns}, {names[c.name]: table.rows()[c.name][rows] for c in columns})
        graph = "zeta->m; b->m; zeta->alpha"
        for node, parents in FAMILIES:
            plain = method(table, node, parents, Run(), **options_of(method))
            again = method(mixed, names[node], tuple(names[p] for p in parents), Run(), **options_of(method, graph))
            if "graph" in method.card.needs:  # its weights are drawn by names: what is best stays, the figures do not
                continue
            assert again == pytest.approx(plain, rel=1e-7)


@EACH
def test_codes_are_never_numbers(method: Method) -> None:
    """Calling the levels of coded columns otherwise changes nothing."""
    for table in tables(method):
        values = {}
        for column in table.columns:
            own = table.rows()[column.name]
            values[column.name] = np.roll(np.arange(len(column.levels)), 1)[own.astype(int)].astype(float) if column.coded else own
        turned = table_of({c.name: c.kind for c in table.columns}, values)
        for node, parents in FAMILIES:
            plain = method(table, node, parents, Run(), **options_of(method))
            assert method(turned, node, parents, Run(), **options_of(method)) == pytest.approx(plain, rel=1e-4)


@EACH
def test_few_rows_constants_and_copies_are_no_trouble(method: Method) -> None:
    """The score is a number or -inf; a second copy of a parent that leaves something open is not worth its price."""
    kind = kinds_of(method)[0]
    rng = np.random.default_rng(4)
    for n in (0, 1, 2, 5, 200):
        numeric = kind in ("continuous", "count")
        x = rng.normal(size=n) if numeric else rng.integers(0, 2, n).astype(float)
        y = x + rng.normal(size=n) if numeric else np.where(rng.random(n) < 0.3, 1 - x, x)
        values = {"x": x, "copy": x.copy(), "same": np.zeros(n), "y": y}
        columns = table_of(dict.fromkeys(values, kind), values) if n else empty(kind, tuple(values))
        options = options_of(method, "x->y; x->copy; same")
        found = {p: method(columns, "y", p, Run(), **options) for p in ((), ("x",), ("same",), ("x", "copy"), ("x", "copy", "same"))}
        assert all(not np.isnan(value) and value < np.inf for value in found.values()), (n, found)
        assert not np.isnan(method(columns, "same", ("x", "y"), Run(), **options))
        if n == 200:
            assert all(np.isfinite(value) for value in found.values())
            assert found["x", "copy"] <= found[("x",)] + 1e-9


def empty(kind: str, names: tuple[str, ...]) -> Table:
    """A table without rows."""
    table = table_of(dict.fromkeys(names, kind), {name: np.zeros(1) for name in names})
    source = dataclasses.replace(table.source, values={name: np.zeros(0) for name in names}, kept={})
    return dataclasses.replace(table, source=source)


@EACH
def test_a_node_is_not_its_own_parent(method: Method) -> None:
    table = tables(method)[0]
    with pytest.raises(InputError, match="y"):
        method(table, "y", ("a", "y"), Run(), **options_of(method))


@EACH
def test_options_are_the_same_by_every_door(method: Method) -> None:
    """The single score and the one that prepares take the same options with the same defaults."""
    own, prepared = (inspect.signature(f).parameters for f in (method.function, method.kernels["prepare"]))
    assert {name: p.default for name, p in own.items() if p.kind is p.KEYWORD_ONLY} == {
        name: p.default for name, p in prepared.items() if p.kind is p.KEYWORD_ONLY
    }
    assert {setting.name for setting in method.settings} == {name for name, p in own.items() if p.kind is p.KEYWORD_ONLY}


@EACH
def test_the_table_is_not_touched(method: Method) -> None:
    table = tables(method)[0]
    before = {name: array.copy() for name, array in table.rows().items()}
    score_table(table, method, "yabc", Run(), options=options_of(method))
    assert all(np.array_equal(before[name], array) for name, array in table.rows().items())
