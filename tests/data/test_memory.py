"""Memory answers for values as NumPy does, also where columns are badly scaled or incomplete."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.core import codec
from aitia.core.errors import InputError, UnknownName, UnusableColumn
from aitia.core.memory import Memory, in_memory
from aitia.core.table import Column, Table
from aitia.data.read import read
from aitia.data.subset import subset


def held(**values: np.ndarray) -> Memory:
    return in_memory([Column(name=name, kind="continuous") for name in values], values)


@pytest.mark.parametrize("shift", [0.0, 1e3, 1e8, 1e12])
def test_moments_keep_ten_digits_on_badly_scaled_columns(shift: float) -> None:
    """Values that float64 holds exactly, shifted far from zero: the covariance is that of the unshifted values."""
    rng = np.random.default_rng(1)
    exact = np.round(rng.normal(size=(500, 3)) * 1024) / 1024
    exact[:, 2] += exact[:, 0]
    scales = np.array([1.0, 1e-6, 1e6])
    expected = np.cov(exact, rowvar=False) * np.outer(scales, scales)
    columns = (exact + shift) if shift <= 1e8 else np.round(exact * 1024) + shift
    factor = scales if shift <= 1e8 else scales * 1024
    values = columns * scales
    found = held(a=values[:, 0], b=values[:, 1], c=values[:, 2]).moments(("a", "b", "c"))
    np.testing.assert_allclose(found.mean, values.mean(axis=0), rtol=1e-12)
    reference = np.cov(values, rowvar=False)
    np.testing.assert_allclose(found.covariance, reference, rtol=1e-10)
    # The product with the scale itself rounds at 1e-16 of the shift, which limits what any formula can recover.
    tolerance = max(1e-10, 1e-14 * shift) if shift else 1e-10
    np.testing.assert_allclose(found.covariance, expected * np.outer(factor, factor) / np.outer(scales, scales), rtol=tolerance)


def test_moments_use_complete_rows_only() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(200, 3))
    holes = rng.random((200, 3)) < 0.1
    values[holes] = np.nan
    found = held(a=values[:, 0], b=values[:, 1], c=values[:, 2]).moments(("c", "a"))
    complete = values[~np.isnan(values[:, [2, 0]]).any(axis=1)][:, [2, 0]]
    assert found.n == len(complete) < 200
    np.testing.assert_allclose(found.mean, complete.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(complete, rowvar=False), rtol=1e-10)


def test_moments_of_too_few_rows_are_missing_not_wrong() -> None:
    one = held(a=np.array([1.0, np.nan]), b=np.array([2.0, 3.0])).moments(("a", "b"))
    assert one.n == 1
    assert one.mean.tolist() == [1.0, 2.0]
    assert np.isnan(one.covariance).all()
    none = held(a=np.array([np.nan, 1.0]), b=np.array([2.0, np.nan])).moments(("a", "b"))
    assert none.n == 0
    assert np.isnan(none.mean).all()


def test_counts_equal_brute_force() -> None:
    rng = np.random.default_rng(3)
    table = read({name: np.array(["u", "v", "w", None], dtype=object)[rng.integers(0, 4, 300)] for name in "abc"})
    found = table.counts(("a", "c"))
    frame = table.to_frame()
    pairs = [(x, y) for x, y in zip(frame["a"], frame["c"], strict=True) if isinstance(x, str) and isinstance(y, str)]
    for (i, x), (j, y) in itertools.product(enumerate(found.levels[0]), enumerate(found.levels[1])):
        assert found.counts[i, j] == pairs.count((x, y))
    assert found.counts.shape == (3, 3)
    assert found.missing == 300 - len(pairs)


def test_counts_refuse_what_has_no_levels_and_what_is_too_large() -> None:
    table = read({"x": [0.5, 1.5, 2.5], "g": ["a", "b", "a"]})
    with pytest.raises(UnusableColumn, match="x has no levels"):
        table.counts(("g", "x"))
    many = tuple(range(100_000))
    with pytest.raises(InputError, match="too large"):
        table.source.counts(("g", "x"), (many, many))


def test_the_digest_knows_names_kinds_levels_order_and_values() -> None:
    base = {"a": [1.5, 2.5, 3.5], "b": ["x", "y", "x"]}
    first = read(base).fingerprint()
    assert read(base).fingerprint() == first
    changed = [
        {"a": [1.5, 2.5, 3.25], "b": ["x", "y", "x"]},
        {"a": [2.5, 1.5, 3.5], "b": ["y", "x", "x"]},
        {"a": [1.5, 2.5, 3.5], "b": ["x", "z", "x"]},
        {"c": [1.5, 2.5, 3.5], "b": ["x", "y", "x"]},
        {"b": ["x", "y", "x"], "a": [1.5, 2.5, 3.5]},
        {"a": [1.5, 2.5, None], "b": ["x", "y", "x"]},
    ]
    digests = [read(data).fingerprint() for data in changed]
    assert len({first, *digests}) == 7


def test_negative_zero_and_kinds_of_nan_do_not_change_the_digest() -> None:
    other = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    first = held(a=np.array([0.0, np.nan, 2.0]))
    second = held(a=np.array([-0.0, other, 2.0]))
    assert first.digest() == second.digest()


def test_rows_cannot_be_written_to_and_the_callers_array_stays_the_callers() -> None:
    mine = np.array([1.0, 2.0, 4.5])
    table = read({"a": mine})
    with pytest.raises(ValueError, match="read-only"):
        table.rows()["a"][0] = 9
    before = table.fingerprint()
    mine[0] = 9.0
    assert table.rows()["a"][0] == 1.0
    assert table.fingerprint() == before


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="ab"):
        held(a=np.zeros(2)).rows(("ab",))


def test_a_subset_keeps_kinds_and_levels() -> None:
    table = read({"g": ["a", "b", "c", "a"], "x": [0.5, None, 2.5, 3.5]})
    part = subset(table, np.array([True, True, False, False]))
    assert part.n == 2
    assert part.column("g").levels == ("a", "b", "c")
    assert (table.column("x").missing, part.column("x").missing, part.column("g").missing) == (1, 1, 0)
    assert subset(table, np.array([3, 0])).rows()["x"].tolist() == [3.5, 0.5]
    assert part.fingerprint() != table.fingerprint()


def test_a_table_goes_into_a_study_as_its_digest() -> None:
    table = read({"g": ["a", "b", "c", "a"], "x": [0.5, None, 2.5, 3.5]})
    back = codec.from_json(codec.to_json(table), Table)
    assert back.fingerprint() == table.fingerprint()
    assert back.columns == table.columns
    with pytest.raises(InputError, match="not at hand"):
        back.rows()
