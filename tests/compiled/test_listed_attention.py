"""The compiled kernel over listed rows gives what its twin gives, wherever the rows lie."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.compiled import is_compiled, kernel
from aitia.compiled import listed_attention as twin


@pytest.fixture(autouse=True)
def need_compiled() -> None:
    if not is_compiled("listed_attention") and shutil.which("cc"):
        pytest.fail("there is a C compiler, and the kernel was not built")


def laid(x: np.ndarray) -> twin.Laid:
    """Where and how an array lies in memory."""
    return x.ctypes.data, x.shape, [step // 4 for step in x.strides]


def two(arrays: tuple[np.ndarray, ...] | None) -> twin.Pair | None:
    return None if arrays is None else (laid(arrays[0]), laid(arrays[1]))


def both(given_arrays: tuple, shape: tuple[int, ...], own: tuple | None = None) -> list[np.ndarray]:  # type: ignore[type-arg]
    found = []
    for attend in (kernel("listed_attention", "attend"), twin.attend):
        out = np.full(shape, np.nan, dtype=np.float32).swapaxes(1, 2)
        q, kept, *lists = given_arrays
        attend(laid(q), two(kept), *lists, laid(out), two(own))
        found.append(out)
    return found


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    groups=st.integers(1, 3),
    width=st.sampled_from([8, 24, 32, 72]),
    rows=st.integers(0, 40),
    own=st.none() | st.integers(1, 5),
)
def test_the_kernel_gives_what_its_twin_gives(seed: int, groups: int, width: int, rows: int, own: int | None) -> None:
    rng = np.random.default_rng(seed)
    batch, heads, queries = 2, 2, 4
    q = rng.normal(size=(batch, queries, heads * groups, width)).astype(np.float32).swapaxes(1, 2)
    wide = rng.normal(size=(2, batch, heads, rows + 7, width)).astype(np.float32)
    kept = wide[0][:, :, :rows], wide[1][:, :, :rows]
    more = None if own is None else tuple(rng.normal(size=(2, batch, own, heads, width)).astype(np.float32).swapaxes(2, 3))
    total = rows + (own or 0)
    reads = [rng.permutation(total)[: rng.integers(0, total + 1)] for _ in range(queries)]
    edge, place = np.append(0, np.cumsum([len(own) for own in reads])), np.concatenate(reads).astype(np.int64)
    one, other = both((q, kept, edge, place, 0.3), (batch, queries, heads * groups, width), more)
    assert one == pytest.approx(other, abs=2e-5)


def test_what_no_list_names_reaches_nothing() -> None:
    rng = np.random.default_rng(0)
    q, k, v = (rng.normal(size=(1, 1, size, 16)).astype(np.float32) for size in (2, 30, 30))
    edge, place = np.array([0, 5, 5]), np.array([3, 9, 4, 20, 11])
    attend = kernel("listed_attention", "attend")
    found = []
    for value in (0.0, 1e30, np.nan):
        rest = np.setdiff1d(np.arange(30), place)
        k[:, :, rest], v[:, :, rest] = value, value
        out = np.empty_like(q)
        attend(laid(q), two((k, v)), edge, place, 0.25, laid(out))
        found.append(out)
    assert all((out == found[0]).all() for out in found) and (found[0][0, 0, 1] == 0).all()


def test_a_query_gets_the_same_bits_whoever_else_asks() -> None:
    rng = np.random.default_rng(1)
    q, k, v = (rng.normal(size=(1, 2, size, 32)).astype(np.float32) for size in (6, 50, 50))
    attend, place = kernel("listed_attention", "attend"), np.tile(np.arange(50), 6)
    together = np.empty_like(q)
    attend(laid(q), two((k, v)), np.arange(7) * 50, place, 0.2, laid(together))
    for i in range(6):
        alone = np.empty_like(q[:, :, :1])
        attend(laid(q[:, :, i : i + 1]), two((k, v)), np.array([0, 50]), place[:50], 0.2, laid(alone))
        assert (alone[:, :, 0] == together[:, :, i]).all()


def test_rows_are_put_where_they_belong_and_nowhere_else() -> None:
    rng = np.random.default_rng(2)
    for write in (kernel("listed_attention", "put"), twin.put):
        kept = tuple(np.zeros((2, 3, 12, 16), np.float32)[:, :, 1:] for _ in range(2))
        new = tuple(rng.normal(size=(2, 4, 3, 16)).astype(np.float32).swapaxes(1, 2) for _ in range(2))
        write(two(kept), two(new), 5)
        for into, rows in zip(kept, new, strict=True):
            assert (
                (into[:, :, 5:9] == rows).all() and not into[:, :, :5].any() and not into[:, :, 9:].any() and not into.base[:, :, 0].any()
            )
