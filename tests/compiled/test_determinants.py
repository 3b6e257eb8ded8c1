"""The compiled log-determinants are those of the NumPy twin, and those of NumPy's own determinant."""

from __future__ import annotations

import math
import pickle
import shutil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.compiled import determinants, is_compiled, kernel

BOTH = pytest.mark.parametrize("compiled", [False, True], ids=["twin", "compiled"])


def covariance(compiled: bool, matrix: np.ndarray, widths: list[int], logs: np.ndarray) -> Any:
    if compiled and not is_compiled("determinants") and shutil.which("cc"):
        pytest.fail("there is a C compiler, and the kernel was not built")
    offsets = np.concatenate([[0], np.cumsum(widths)]).astype(np.int64)
    return (kernel("determinants", "Covariance") if compiled else determinants.Covariance)(matrix, offsets, logs)


def drawn(widths: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(sum(widths), 3 * sum(widths) + 3)) + rng.normal(size=3 * sum(widths) + 3)
    return np.ascontiguousarray(np.corrcoef(rows).reshape(len(rows), -1)).reshape(sum(widths), sum(widths)), rng.normal(size=len(widths))


def direct(matrix: np.ndarray, widths: list[int], logs: np.ndarray, members: tuple[int, ...]) -> float:
    ends = np.cumsum(widths)
    columns = [c for j in members for c in range(ends[j] - widths[j], ends[j])]
    own = float(np.linalg.slogdet(matrix[np.ix_(columns, columns)])[1]) if columns else 0.0
    return own + sum(logs[j] for j in members)


@BOTH
@given(st.lists(st.integers(0, 3), min_size=2, max_size=6).filter(any), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_every_subset_has_its_log_determinant(compiled: bool, widths: list[int], seed: int) -> None:
    matrix, logs = drawn(widths, seed)
    count = len(widths)
    found = np.full(1 << count, np.nan)
    covariance(compiled, matrix, widths, logs).below((), count, count, found)
    sets = [tuple(j for j in range(count) if mask >> j & 1) for mask in range(1 << count)]
    assert found == pytest.approx([direct(matrix, widths, logs, chosen) for chosen in sets], rel=1e-9, abs=1e-9)


@given(st.lists(st.integers(0, 3), min_size=3, max_size=6).filter(any), st.data())
@settings(max_examples=100, deadline=None)
def test_compiled_is_twin(widths: list[int], data: st.DataObject) -> None:
    matrix, logs = drawn(widths, data.draw(st.integers(0, 10**6)))
    twin, fast = (covariance(compiled, matrix, widths, logs) for compiled in (False, True))
    count = len(widths)
    node = data.draw(st.integers(0, count - 1))
    others = [j for j in range(count) if j != node]
    parents = tuple(data.draw(st.lists(st.sampled_from(others), unique=True)))
    assert fast.pair(node, parents) == pytest.approx(twin.pair(node, parents), rel=1e-10, abs=1e-10)
    toggled = np.empty((2, len(others), 2))
    twin.toggles(node, parents, others, toggled[0])
    fast.toggles(node, parents, others, toggled[1])
    assert toggled[1] == pytest.approx(toggled[0], rel=1e-10, abs=1e-10)
    limit, most = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count))
    size = sum(math.comb(limit, k) for k in range(min(limit, most) + 1))
    members = tuple(j for j in range(limit, count) if data.draw(st.booleans()))
    filled = np.full((2, size), np.nan)
    twin.below(members, limit, most, filled[0])
    fast.below(members, limit, most, filled[1])
    assert filled[1] == pytest.approx(filled[0], rel=1e-10, abs=1e-10)


@BOTH
def test_many_families_are_answered_at_once(compiled: bool) -> None:
    matrix, logs = drawn([1, 2, 1, 1], 3)
    held = covariance(compiled, matrix, [1, 2, 1, 1], logs)
    families = [(0, ()), (1, (0, 2)), (3, (1,)), (2, (0, 1, 3))]
    starts = np.cumsum([0, *(len(parents) for _, parents in families)]).astype(np.int64)
    flat = np.array([p for _, parents in families for p in parents], dtype=np.int64)
    out = np.empty((len(families), 2))
    held.pairs(np.array([node for node, _ in families], dtype=np.int64), flat, starts, out)
    assert out == pytest.approx(np.array([held.pair(*family) for family in families]))


@BOTH
def test_columns_that_determine_each_other_stay_finite(compiled: bool) -> None:
    matrix = np.ascontiguousarray(np.ones((40, 40)))
    held = covariance(compiled, matrix, [1] * 40, np.zeros(40))
    assert np.isfinite(held.pair(39, tuple(range(39)))).all()


@BOTH
def test_it_can_be_sent_to_another_process(compiled: bool) -> None:
    matrix, logs = drawn([1, 2], 5)
    held = covariance(compiled, matrix, [1, 2], logs)
    assert pickle.loads(pickle.dumps(held)).pair(0, (1,)) == held.pair(0, (1,))


def test_an_element_that_is_not_there_is_an_error() -> None:
    held = covariance(True, *(lambda m: (m[0], [1, 1], m[1]))(drawn([1, 1], 1)))
    for wrong in (lambda: held.pair(0, (2,)), lambda: held.pair(-1, ()), lambda: held.toggles(0, (), [5], np.empty((1, 2)))):
        with pytest.raises(IndexError):
            wrong()
