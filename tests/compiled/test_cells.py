"""The compiled counting of cells is that of the NumPy twin, and that of a dictionary."""

from __future__ import annotations

import collections
import math
import pickle
import shutil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.compiled import cells, is_compiled, kernel

BOTH = pytest.mark.parametrize("compiled", [False, True], ids=["twin", "compiled"])


def held(compiled: bool, codes: np.ndarray, sizes: list[int], weights: np.ndarray) -> Any:
    if compiled and not is_compiled("cells") and shutil.which("cc"):
        pytest.fail("there is a C compiler, and the kernel was not built")
    made = kernel("cells", "Cells") if compiled else cells.Cells
    return made(np.ascontiguousarray(codes, dtype=np.int32), np.array(sizes, dtype=np.int64), weights)


def drawn(sizes: list[int], rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = (rng.random((len(sizes), rows)) ** 2 * np.array(sizes)[:, None]).astype(np.int32)
    return codes, rng.integers(1, 60, rows).astype(float)


def direct(codes: np.ndarray, weights: np.ndarray, members: tuple[int, ...], a: float) -> tuple[float, int]:
    counts: dict[tuple[int, ...], float] = collections.defaultdict(float)
    for t, weight in enumerate(weights):
        counts[tuple(codes[list(members), t].tolist())] += weight
    if a == 0:
        return sum(c * math.log(c) for c in counts.values()), len(counts)
    return sum(math.lgamma(c + a) - math.lgamma(a) for c in counts.values()), len(counts)


SIZES = st.lists(st.sampled_from([1, 2, 3, 7, 300]), min_size=1, max_size=5)  # 300: more cells than a table of all would hold


@BOTH
@given(SIZES, st.integers(1, 60), st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 0.01, 40.0]))
@settings(max_examples=80, deadline=None)
def test_totals_are_those_of_a_dictionary(compiled: bool, sizes: list[int], rows: int, seed: int, a: float) -> None:
    codes, weights = drawn(sizes, rows, seed)
    made = held(compiled, codes, sizes, weights)
    for members in ((), tuple(range(len(sizes))), tuple(range(0, len(sizes), 2))):
        assert made.total(members, a) == pytest.approx(direct(codes, weights, members, a), rel=1e-9, abs=1e-9)


@given(SIZES, st.integers(1, 60), st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 10.0]), st.data())
@settings(max_examples=100, deadline=None)
def test_compiled_is_twin(sizes: list[int], rows: int, seed: int, alpha: float, data: st.DataObject) -> None:
    codes, weights = drawn(sizes, rows, seed)
    twin, fast = (held(compiled, codes, sizes, weights) for compiled in (False, True))
    count = len(sizes)
    limit, most = data.draw(st.integers(0, count)), data.draw(st.integers(0, count))
    members = tuple(j for j in range(limit, count) if data.draw(st.booleans()))
    size = sum(math.comb(limit, k) for k in range(min(limit, most) + 1))
    filled = np.full((2, size), np.nan)
    twin.below(members, limit, most, alpha, filled[0])
    fast.below(members, limit, most, alpha, filled[1])
    assert filled[1] == pytest.approx(filled[0], rel=1e-9, abs=1e-9)
    labels = np.full((2, rows), -1, dtype=np.int32)
    assert twin.label(members, labels[0]) == fast.label(members, labels[1])
    assert (labels[0] == labels[1]).all()


@BOTH
def test_every_subset_has_its_total(compiled: bool) -> None:
    sizes = [2, 3, 1, 4]
    codes, weights = drawn(sizes, 200, 1)
    found = np.empty(16)
    held(compiled, codes, sizes, weights).below((), 4, 4, 2.0, found)
    for mask in range(16):
        members = tuple(j for j in range(4) if mask >> j & 1)
        possible = math.prod(sizes[j] for j in members)
        assert found[mask] == pytest.approx(direct(codes, weights, members, 2.0 / possible)[0], rel=1e-10)


@BOTH
def test_no_rows_and_one_row(compiled: bool) -> None:
    none = held(compiled, np.empty((2, 0)), [2, 2], np.empty(0))
    assert none.total((0, 1), 1.0) == (0.0, 0)
    assert held(compiled, np.zeros((2, 1)), [2, 2], np.ones(1)).total((0, 1), 0.25) == pytest.approx((math.log(0.25), 1))


@BOTH
def test_it_can_be_sent_to_another_process(compiled: bool) -> None:
    codes, weights = drawn([2, 3], 20, 2)
    made = held(compiled, codes, [2, 3], weights)
    assert pickle.loads(pickle.dumps(made)).total((0, 1), 1.0) == made.total((0, 1), 1.0)
