"""Keys depend on content only: no order of rows or columns changes them, and different content changes them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aitia.core.keys import bits_of, column_keys, fold_of, row_keys, running_number

VALUES = st.one_of(st.sampled_from([0.0, 1.0, -0.0, np.nan]), st.floats(width=32))
TABLES = arrays.arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=VALUES)


@settings(max_examples=200, deadline=None)
@given(values=TABLES, data=st.data())
def test_permuting_rows_and_columns_permutes_the_keys(values: np.ndarray, data: st.DataObject) -> None:
    rows = np.array(data.draw(st.permutations(range(values.shape[0]))))
    columns = np.array(data.draw(st.permutations(range(values.shape[1]))))
    moved = values[rows][:, columns]
    keys, after = row_keys(list(values.T)), row_keys(list(moved.T))
    assert np.array_equal(after, keys[rows])
    assert np.array_equal(column_keys(list(moved.T), after), column_keys(list(values.T), keys)[columns])


@settings(max_examples=200, deadline=None)
@given(values=TABLES)
def test_rows_share_a_key_only_when_they_are_alike(values: np.ndarray) -> None:
    # Columns that could be swapped without changing the table may swap values between rows; roles forbid it.
    keys = row_keys(list(values.T), range(values.shape[1]))
    bits = np.column_stack([bits_of(column) for column in values.T])
    for i in range(len(keys)):
        for j in range(i):
            assert (keys[i] == keys[j]) == np.array_equal(bits[i], bits[j])


def test_zeros_and_missing_values_have_one_form() -> None:
    odd = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)
    assert bits_of(np.array([0.0]))[0] == bits_of(np.array([-0.0]))[0]
    assert bits_of(odd)[0] == bits_of(np.array([np.nan]))[0]


def test_columns_of_one_multiset_are_told_apart() -> None:
    y, t, x = np.array([1.0, 0, 0, 1, 2]), np.array([0.0, 1, 0, 1, 2]), np.array([5.0, 6, 7, 8, 9])
    keys = row_keys([y, t, x])
    assert len(np.unique(keys)) == 5
    assert len(np.unique(column_keys([y, t, x], keys))) == 3


def test_no_keys_collide_in_a_large_table() -> None:
    rng = np.random.default_rng(0)
    columns = [rng.normal(size=200_000), rng.integers(0, 2, 200_000).astype(float), np.arange(200_000.0)]
    assert len(np.unique(row_keys(columns))) == 200_000


@settings(max_examples=100, deadline=None)
@given(values=arrays.arrays(np.uint64, st.integers(1, 30), elements=st.integers(0, 5)))
def test_running_numbers_count_identical_rows(values: np.ndarray) -> None:
    seen: dict[int, int] = {}
    for key, number in zip(values, running_number(values), strict=True):
        assert number == seen.get(int(key), 0)
        seen[int(key)] = seen.get(int(key), 0) + 1


@settings(max_examples=100, deadline=None)
@given(
    keys=arrays.arrays(np.uint64, st.integers(1, 60), elements=st.integers(0, 40)),
    folds=st.integers(1, 6),
    seed=st.integers(0, 2**40),
    data=st.data(),
)
def test_folds_are_balanced_and_follow_the_content(keys: np.ndarray, folds: int, seed: int, data: st.DataObject) -> None:
    n = len(keys)
    strata = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    fold = fold_of(keys, seed, folds, strata)
    for group in [np.ones(n, dtype=bool), *(strata == s for s in np.unique(strata))]:
        sizes = np.bincount(fold[group], minlength=folds)
        assert sizes.max() - sizes.min() <= 1
    order = np.array(data.draw(st.permutations(range(n))))
    moved = fold_of(keys[order], seed, folds, strata[order])
    # Identical rows are exchangeable: each content keeps its collection of folds, unless copies lie in unlike strata.
    if all(len(set(strata[keys == k])) == 1 for k in np.unique(keys)):
        for k in np.unique(keys):
            assert sorted(fold[keys == k]) == sorted(moved[keys[order] == k])


def test_another_seed_gives_other_folds() -> None:
    keys = np.arange(1000, dtype=np.uint64)
    first, second = fold_of(keys, 1, 5), fold_of(keys, 2, 5)
    assert 0.1 < (first == second).mean() < 0.3
