"""The compiled walk along intervals gives what its twin gives, and reads nothing that a query does not."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.compiled import interval_attention as twin
from aitia.compiled import is_compiled, kernel
from aitia.sequence.order import Relation, blocks, causal, fork_join, pack, window
from aitia.sequence.order.columns import columns_of
from tests.sequence.order.relations import relations

LONG = {
    "causal": causal(700),
    "window and sink": window(1000, 300, 16),
    "fork": fork_join(70, (100, 53), 40),
    "frames": blocks([100] * 7, 3, 1),
    "packed": pack([causal(200), causal(31), causal(300)]),
}


@pytest.fixture(autouse=True)
def need_compiled() -> None:
    if not is_compiled("interval_attention") and shutil.which("cc"):
        pytest.fail("there is a C compiler, and the kernel was not built")


def both(found: Relation, seed: int, heads: int, width: int) -> list[list[np.ndarray]]:
    """Output, log-sum-exp and gradients by the kernel and by its twin; rows of a head lie apart."""
    rng = np.random.default_rng(seed)
    q, grad = (rng.normal(size=(found.n, heads, width)).astype(np.float32).transpose(1, 0, 2) for _ in range(2))
    k, v = rng.normal(size=(2, 1, found.n, width)).astype(np.float32)
    results, shift = [], rng.normal(size=(heads, found.n)).astype(np.float32)
    compiled = kernel("interval_attention", "attend"), kernel("interval_attention", "descend")
    for attend, descend in (compiled, (twin.attend, twin.descend)):
        out, level = np.full((heads, found.n, width), np.nan, np.float32), np.full((heads, found.n), np.nan, np.float32)
        columns, scale = columns_of(found.segments), 1 / np.sqrt(width)
        attend(q, k, v, columns, scale, (0, found.n), out, level)
        slopes = tuple(np.zeros(x.shape, np.float32) for x in (q, k, v))
        mean = (grad * out).sum(axis=-1) + shift
        descend(q, k, v, columns, scale, (grad, level, mean), slopes)
        results.append([out, level, *slopes])
    return results


def near(found: Relation, seed: int, heads: int = 2, width: int = 16) -> None:
    for one, other in zip(*both(found, seed, heads, width), strict=True):
        assert (np.isinf(one) == np.isinf(other)).all()
        assert np.nan_to_num(one, neginf=0.0) == pytest.approx(np.nan_to_num(other, neginf=0.0), abs=3e-5)


@settings(max_examples=200, deadline=None)
@given(found=relations, seed=st.integers(0, 1000))
def test_the_kernel_gives_what_its_twin_gives(found: Relation, seed: int) -> None:
    near(found, seed)


@pytest.mark.parametrize("found", LONG.values(), ids=list(LONG))
def test_the_kernel_gives_what_its_twin_gives_over_many_tiles(found: Relation) -> None:
    near(found, 1, width=48)


def test_nothing_unread_reaches_an_output_and_nothing_read_is_hidden() -> None:
    found, rng = causal(400) & window(400, 37), np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 1, 400, 32)).astype(np.float32)
    out, level = np.empty((2, 1, 400, 32), np.float32), np.empty((2, 1, 400), np.float32)
    attend = kernel("interval_attention", "attend")
    for i, value in enumerate((1.0, 1e30)):
        k[:, 200], v[:, 200] = value, value
        attend(q, k, v, columns_of(found.segments), 0.2, (0, 400), out[i], level[i])
    same = (out[0] == out[1]).all(axis=(0, 2))
    assert same[:200].all() and same[237:].all() and not same[200:237].any()
    v[:, 300] = np.nan
    attend(q, k, v, columns_of(found.segments), 0.2, (0, 400), out[0], level[0])
    assert np.isnan(out[0, 0, 300:337]).all() and not np.isnan(out[0, 0, :290]).any() and not np.isnan(out[0, 0, 350:]).any()


def test_runs_of_queries_one_by_one_are_all_of_them() -> None:
    found, rng = window(500, 120, 5), np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 1, 500, 16)).astype(np.float32)
    whole, parts = (np.empty_like(q), np.empty((1, 500), np.float32)), (np.empty_like(q), np.empty((1, 500), np.float32))
    attend, columns = kernel("interval_attention", "attend"), columns_of(found.segments)
    attend(q, k, v, columns, 0.25, (0, 500), *whole)
    for start in range(0, 500, 96):
        attend(q, k, v, columns, 0.25, (start, min(start + 96, 500)), *parts)
    assert all((one == other).all() for one, other in zip(whole, parts, strict=True))
