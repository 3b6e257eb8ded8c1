"""Discrete scores are sums over a table of counts, by the formulas of the papers written out."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable

import numpy as np
import pytest

from aitia.core.errors import BadOption, UnusableColumn
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Column, Table
from aitia.measures import discrete_families
from tests.measures.tables import table_of

SIZES = {"a": 2, "b": 3, "c": 4, "d": 2}
FAMILIES = [("a", ()), ("d", ("a",)), ("c", ("a", "b")), ("b", ("a", "c", "d"))]


def drawn(n: int = 200, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    values = {name: np.r_[np.arange(size), rng.integers(0, size, n) * (rng.random(n) < 0.7)].astype(float) for name, size in SIZES.items()}
    most = max(map(len, values.values()))
    values = {name: np.r_[array, np.zeros(most - len(array))] for name, array in values.items()}
    return table_of(dict.fromkeys(SIZES, "categorical"), values)


def counted(table: Table, node: str, parents: tuple[str, ...]) -> dict[tuple[float, ...], dict[float, int]]:
    counts: dict[tuple[float, ...], dict[float, int]] = collections.defaultdict(lambda: collections.defaultdict(int))
    rows = table.rows()
    for i in range(table.n):
        counts[tuple(rows[p][i] for p in parents)][rows[node][i]] += 1
    return counts


def dirichlet(table: Table, node: str, parents: tuple[str, ...], q: float, alpha: float) -> float:
    r, total = SIZES[node], 0.0
    for cells in counted(table, node, parents).values():
        total += math.lgamma(alpha / q) - math.lgamma(sum(cells.values()) + alpha / q)
        total += sum(math.lgamma(count + alpha / (r * q)) - math.lgamma(alpha / (r * q)) for count in cells.values())
    return total


@pytest.mark.parametrize("alpha", [1.0, 0.1, 25.0])
def test_bdeu_and_bds_are_dirichlet_integrals(alpha: float) -> None:
    table = drawn()
    for node, parents in FAMILIES:
        possible = math.prod(SIZES[p] for p in parents)
        observed = len(counted(table, node, parents))
        assert scores["bdeu"](table, node, parents, Run(), alpha=alpha) == pytest.approx(dirichlet(table, node, parents, possible, alpha))
        assert scores["bds"](table, node, parents, Run(), alpha=alpha) == pytest.approx(dirichlet(table, node, parents, observed, alpha))


@pytest.mark.parametrize("penalty", [1.0, 0.0, 2.5])
def test_bic_is_the_entropy_less_its_price(penalty: float) -> None:
    table = drawn()
    for node, parents in FAMILIES:
        cells = counted(table, node, parents).values()
        likelihood = sum(c * math.log(c / sum(cell.values())) for cell in cells for c in cell.values())
        free = math.prod(SIZES[p] for p in parents) * (SIZES[node] - 1)
        found = scores["discrete-bic"](table, node, parents, Run(), penalty=penalty)
        assert found == pytest.approx(likelihood - penalty * 0.5 * math.log(table.n) * free)


def test_bdeu_is_exact_bayes_on_two_rows() -> None:
    """Two coins that agree twice: p(y | x) = (1/2) (3/4) with two rows of prior spread over the four cells."""
    table = table_of({"x": "binary", "y": "binary"}, {"x": np.array([1.0, 1.0]), "y": np.array([1.0, 1.0])})
    columns = tuple(Column(name=c.name, kind=c.kind, levels=("no", "yes")) for c in table.columns)
    table = Table(columns=columns, source=table.source)
    # parents' cell worth 1, a level of it .5: (.5 / 1) · (1.5 / 2)
    assert scores["bdeu"](table, "y", ("x",), Run(), alpha=2.0) == pytest.approx(math.log(0.5 * 0.75))


@pytest.mark.parametrize("method", ["bdeu", "bds", "discrete-bic"])
def test_rows_and_counts_give_one_answer(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the contingency table of all columns is asked for or the rows are read makes no difference."""
    table = drawn()
    batch: Callable[..., np.ndarray] = scores[method].kernels["batch"]
    by_counts = batch(table, FAMILIES, Run())
    monkeypatch.setattr(discrete_families, "MOST_CELLS", 0)
    assert batch(table, FAMILIES, Run()) == pytest.approx(by_counts, rel=1e-12)


def test_levels_that_no_row_shows_count_as_possible() -> None:
    table = drawn()
    wider = Table(
        columns=tuple(Column(name=c.name, kind=c.kind, levels=(*c.levels, "unseen") if c.name == "b" else c.levels) for c in table.columns),
        source=table.source,
    )
    more = 0.5 * math.log(table.n) * (4 - 1) * 2
    for narrow, wide in ((table, wider),):
        found = scores["discrete-bic"](narrow, "c", ("a", "b"), Run()) - scores["discrete-bic"](wide, "c", ("a", "b"), Run())
        assert found == pytest.approx(more)


def test_a_prior_that_is_not_one_and_a_column_without_levels_are_refused() -> None:
    table = drawn()
    for method in ("bdeu", "bds"):
        with pytest.raises(BadOption):
            scores[method](table, "a", (), Run(), alpha=0.0)
    bare = Table(columns=tuple(Column(name=c.name, kind=c.kind) for c in table.columns), source=table.source)
    with pytest.raises(UnusableColumn, match="levels"):
        scores["bdeu"](bare, "a", ("b",), Run())


def test_many_columns_with_many_levels_are_counted() -> None:
    """More combinations than could be listed: the counts are still exact."""
    rng = np.random.default_rng(2)
    values = {f"x{i}": rng.integers(0, 40, 500).astype(float) for i in range(12)}
    for name in values:
        values[name][:40] = np.arange(40)
    table = table_of(dict.fromkeys(values, "categorical"), values)
    parents = tuple(f"x{i}" for i in range(1, 12))
    assert scores["discrete-bic"](table, "x0", parents, Run()) < -1e15
    assert -1e5 < scores["bdeu"](table, "x0", parents, Run()) < 0
