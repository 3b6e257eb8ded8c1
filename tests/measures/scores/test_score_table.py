"""A table holds the score of every family, honours knowledge, and stops when asked."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aitia.core.errors import BadOption, InputError, Stopped, UnknownName
from aitia.core.event import Event
from aitia.core.knowledge import Constraint, Knowledge, Role, Tier
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures import gaussian_families, subsets
from aitia.measures.score_table import score_table
from tests.measures.tables import table_of


def numbers(columns: int, n: int = 100, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(n, columns)) @ (np.eye(columns) + 0.3 * rng.normal(size=(columns, columns)))
    return table_of({f"x{i}": "continuous" for i in range(columns)}, {f"x{i}": mixed[:, i] for i in range(columns)})


def codes(columns: int, n: int = 100, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    values = {f"x{i}": rng.integers(0, 2 + i % 3, n).astype(float) for i in range(columns)}
    return table_of(dict.fromkeys(values, "categorical"), values)


@pytest.mark.parametrize(("method", "table"), [("bge", numbers(6)), ("gaussian-bic", numbers(6)), ("bdeu", codes(6)), ("bds", codes(6))])
@pytest.mark.parametrize("most", [None, 5, 3, 1, 0])
def test_every_family_has_its_single_score(method: str, table: Table, most: int | None) -> None:
    found = score_table(table, method, table.names, Run(), max_parents=most)
    limit = 5 if most is None else most
    assert found.dense == (limit == 5)
    assert len(found.masks) == (64 if found.dense else subsets.count(6, limit))
    assert found.masks.tolist() == sorted(m for m in range(64) if m.bit_count() <= limit or found.dense)
    for i, name in enumerate(table.names):
        for at, mask in enumerate(found.masks.tolist()):
            if mask >> i & 1:
                assert found.values[i, at] == -math.inf
            else:
                parents = tuple(table.names[j] for j in subsets.members(mask))
                assert found.values[i, at] == pytest.approx(scores[method](table, name, parents, Run()), rel=1e-9)


def test_pieces_give_what_one_sweep_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short the pieces between two looks at the clock, the table is the same to rounding."""
    table = numbers(9)
    whole = score_table(table, "bge", table.names, Run()).values
    for longest in (1, 3, 40):
        monkeypatch.setattr(gaussian_families, "LONGEST", longest)
        assert score_table(table, "bge", table.names, Run()).values == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("most", [None, 4])
def test_families_with_too_many_parents_for_their_rows_get_minus_infinity(most: int | None) -> None:
    table = numbers(7, n=6)
    found = score_table(table, "gaussian-bic", table.names, Run(), max_parents=most)
    for i in range(7):
        for at, mask in enumerate(found.masks.tolist()):
            assert (found.values[i, at] > -math.inf) == (not mask >> i & 1 and mask.bit_count() <= 3)


def test_a_subset_of_columns_and_their_order() -> None:
    table = numbers(6)
    found = score_table(table, "gaussian-bic", ("x4", "x0", "x2"), Run())
    assert found.names == ("x4", "x0", "x2")
    assert found.score("x0", ("x2", "x4")) == found.values[1, 0b101]
    assert found.score("x0", ("x2", "x4")) == pytest.approx(scores["gaussian-bic"](table, "x0", ("x2", "x4"), Run()))
    with pytest.raises(UnknownName):
        score_table(table, "gaussian-bic", ("x0", "nobody"), Run())


def test_knowledge_rules_parent_sets_out() -> None:
    table = numbers(4)
    knowledge = Knowledge(
        required=(Constraint(source="x0", target="x1"),),
        forbidden=(Constraint(source="x2", target="x1"),),
        tiers=(Tier(names=("x0", "x1", "x2")), Tier(names=("x3",))),
        roles=(Role(name="x0", role="randomised"),),
    )
    found = score_table(table, "bge", table.names, Run(), knowledge=knowledge)
    allowed = {i: {m for m in range(16) if np.isfinite(found.values[i, m])} for i in range(4)}
    assert allowed[0] == {0}  # randomised: nothing acts on it
    assert allowed[1] == {0b0001}  # x0 must, x2 may not, x3 comes later
    assert allowed[2] == {0b0000, 0b0001, 0b0010, 0b0011}
    assert allowed[3] == set(range(8))
    free = score_table(table, "bge", table.names, Run())
    kept = np.isfinite(found.values)
    assert np.array_equal(found.values[kept], free.values[kept])


def test_a_table_that_no_memory_holds_is_refused_with_what_would_fit() -> None:
    table = numbers(40, n=20)
    with pytest.raises(InputError, match="40 nodes") as refused:
        score_table(table, "bge", table.names, Run())
    fits = int(refused.value.next.split("=")[1].split()[0])
    assert 40 * subsets.count(40, fits) <= 1 << 28 < 40 * subsets.count(40, fits + 1)
    with pytest.raises(InputError, match="not in the table"):
        score_table(table, "bge", table.names[:5], Run(), max_parents=1).score("x0", ("x1", "x2"))
    with pytest.raises(BadOption):
        score_table(table, "bge", (), Run())


def test_a_deadline_stops_it() -> None:
    rng = np.random.default_rng(0)
    values = {f"x{i}": rng.integers(0, 3, 20_000).astype(float) for i in range(18)}
    table = table_of(dict.fromkeys(values, "categorical"), values)
    with pytest.raises(Stopped):
        score_table(table, "bdeu", table.names, Run(deadline=0.3))


def test_progress_is_told() -> None:
    seen: list[Event] = []
    table = codes(4)
    score_table(table, "bds", table.names, Run(listener=seen.append))
    score_table(numbers(4), "bge", ("x0", "x1"), Run(listener=seen.append))
    assert {event.stage for event in seen} == {"score all sets", "score all families"}
    assert all(event.total is not None and event.done <= event.total for event in seen)


def test_it_shows_each_nodes_best_parents() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    table = table_of({"x": "continuous", "y": "continuous"}, {"x": x, "y": x + 0.5 * rng.normal(size=200)})
    shown = str(score_table(table, "bge", ("x", "y"), Run()))
    assert "Scores of 2 nodes" in shown
    assert "best parents" in shown


def test_masks_are_ascending_and_complete() -> None:
    for limit in range(7):
        for most in range(limit + 1):
            found = subsets.masks(limit, most).tolist()
            assert found == [m for m in range(1 << limit) if m.bit_count() <= most]
            amounts = [3, 1, 4, 1, 5, 9][:limit]
            sums = [sum(a for j, a in enumerate(amounts) if m >> j & 1) for m in found]
            products = [math.prod(a for j, a in enumerate(amounts) if m >> j & 1) for m in found]
            assert subsets.added(subsets.masks(limit, most), np.array(amounts, dtype=np.int64)).tolist() == sums
            assert subsets.multiplied(subsets.masks(limit, most), amounts).tolist() == products
            pieces = subsets.pieces(limit, most, 5)
            assert sum(piece.size for piece in pieces) == len(found)
            assert [piece.at for piece in pieces] == np.cumsum([0, *(piece.size for piece in pieces[:-1])]).tolist()
