"""Tiles cover every pair once, give what the dense mask gives, forward and backward, and are few calls of the kernel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitia.sequence.attend import arranging, attend_dense, segment, tiles
from aitia.sequence.attend.cutting import Batch, Cutting, cutting_of
from aitia.sequence.attend.segment import attend_segment
from aitia.sequence.attend.tiles import BACKWARD_SIZES, FORWARD_SIZES, Sizes
from aitia.sequence.order import Relation, block_diffusion, blocks, causal, chunks, fork_join, pack, prefix, rings, scales, window
from tests.sequence.attend.test_attend import LARGE, heads, mask_of, slopes
from tests.sequence.order.relations import relations

torch.set_num_threads(1)
SMALL = {
    "as shipped": (FORWARD_SIZES, BACKWARD_SIZES, 16, 512, 4, 2048),
    "cut small": (Sizes(4, 3, 2, 6, 2, 3, 3), Sizes(6, 2, 3, 3, 3, 5, 4), 4, 7, 2, 3),
    "no tiles": (Sizes(5, 1, 2, 1, 1, 4, 1), Sizes(3, 3, 1, 9, 2, 2, 1), 2, 0, 2, 0),
}


@pytest.fixture(params=SMALL.values(), ids=list(SMALL))
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Sizes, Sizes]:
    """The sizes at which tiles are cut: as shipped, and so small that short relations meet every kind of tile."""
    forward, backward, vector, longest, fragments, queries = request.param
    monkeypatch.setattr(segment, "FORWARD_SIZES", forward)
    monkeypatch.setattr(segment, "BACKWARD_SIZES", backward)
    monkeypatch.setattr(segment, "QUERIES", queries)
    monkeypatch.setattr(tiles, "VECTOR", vector)
    monkeypatch.setattr(tiles, "LONGEST", longest)
    monkeypatch.setattr(arranging, "FRAGMENTS", fragments)
    arranging.arranged.cache_clear()
    cutting_of.cache_clear()
    return forward, backward


def add(seen: np.ndarray, batches: tuple[Batch, ...], queries: np.ndarray, keys: np.ndarray) -> None:
    """Add how often each pair is covered by some batches over places in queries and keys."""
    for batch in batches:
        tile = batch.tile
        for i in range(batch.count):
            a, b = tile.start + i * batch.step, tile.low + i * batch.low_step
            seen[np.ix_(queries[a : a + tile.rows], keys[b : b + tile.keys])] += tile.reads()


def counted(found: Relation, sizes: Sizes) -> np.ndarray:
    """How often each pair is covered."""
    seen = np.zeros((found.n, found.n), dtype=int)
    cut = cutting_of(found, sizes)
    every = np.arange(found.n)
    add(seen, cut.batches, every, every)
    for one, batches in cut.gathered:
        add(seen, batches, one.queries, one.keys)
    return seen


def equal_to_dense(found: Relation, seed: int, key: int = 2) -> None:
    q, k, v = heads(found.n, seed, key=key)
    out, size = attend_segment(q, k, v, found)
    expected, total = attend_dense(q, k, v, mask_of(found))
    assert torch.allclose(out, expected, rtol=0, atol=1e-10)
    assert torch.equal(size.isinf(), total.isinf()) and torch.allclose(size.nan_to_num(), total.nan_to_num(), rtol=0, atol=1e-10)
    for sizes in (False, True):
        for one, other in zip(*(slopes(each, [q, k, v], seed, sizes=sizes) for each in ((out, size), (expected, total))), strict=True):
            assert torch.allclose(one, other, rtol=0, atol=1e-10)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=relations, seed=st.integers(0, 1000))
def test_tiles_cover_every_pair_once_and_equal_the_dense_mask_forward_and_backward(
    sizes: tuple[Sizes, Sizes], found: Relation, seed: int
) -> None:
    for own in sizes:
        assert (counted(found, own) == found.dense()).all()
    equal_to_dense(found, seed)


LAYOUTS = {
    "window": causal(900) & window(900, 64),
    "narrow window": causal(300) & window(300, 8),
    "wide window": causal(1500) & window(1500, 700),
    "window and sink": window(900, 200, 16),
    "packed": pack([causal(100)] * 7),
    "packed, longer": pack([causal(300)] * 3),
    "packed, mixed": pack([causal(k) for k in (70, 30, 200, 70)]),
    "chunks": chunks(30, 15, n=700),
    "chunks, few back": chunks(30, 15, 4, n=700),
    "chunks, many back": chunks(30, 15, 20, n=900),
    "block diffusion": block_diffusion(900, 16),
    "fork": fork_join(40, (24,) * 20, 30),
    "fork behind much": fork_join(600, (100, 70), 300),
    "frames": blocks([32] * 20, 3, 1),
    "rings": rings(20, 20),
    "rings in a packing": pack([causal(50), rings(12, 12), rings(9, 14)]),
    "prefix": causal(900) | prefix(900, 300),
    "scales": scales((1, 4, 16, 64, 256, 400)),
}


@pytest.mark.parametrize("found", LAYOUTS.values(), ids=list(LAYOUTS))
def test_every_layout_equals_the_dense_mask_forward_and_backward(found: Relation) -> None:
    for own in (FORWARD_SIZES, BACKWARD_SIZES):
        assert (counted(found, own) == found.dense()).all()
    equal_to_dense(found, 1)


@pytest.mark.parametrize("found", [*LARGE, *LAYOUTS.values()], ids=[*(f"{i} of {r.n} nodes" for i, r in enumerate(LARGE)), *LAYOUTS])
def test_tiles_equal_the_dense_mask_in_single_precision(found: Relation) -> None:
    q, k, v = heads(found.n, 1, torch.float32)
    out, _ = attend_segment(q, k, v, found)
    expected, _ = attend_dense(q, k, v, mask_of(found))
    assert (out - expected).abs().max() < 1e-5
    grad = torch.ones_like(out)
    for one, other in zip(torch.autograd.grad(out, (q, k, v), grad), torch.autograd.grad(expected, (q, k, v), grad), strict=True):
        assert (one - other).abs().max() < 1e-4


def test_half_precision_keeps_its_log_sum_exp_in_single() -> None:
    found = causal(200) & window(200, 50, 3)
    q, k, v = (x.to(torch.bfloat16).detach().requires_grad_() for x in heads(200, 2))
    out, size = attend_segment(q, k, v, found)
    expected, total = attend_dense(*(x.float() for x in (q, k, v)), mask_of(found))
    assert out.dtype == torch.bfloat16 and size.dtype == torch.float32
    assert (out - expected).abs().max() < 3e-2 and (size - total).abs().max() < 3e-2
    assert all(one.isfinite().all() for one in torch.autograd.grad(out.float().sum(), (q, k, v)))


def test_heads_that_lie_across_memory_are_read_where_they_are() -> None:
    """Projections give (b, n, h, d), so that heads are views."""
    made = [torch.randn(2, 50, 4, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(i)) for i in range(3)]
    q, k, v = (x.transpose(1, 2) for x in made)
    found = causal(50) & window(50, 9)
    assert (attend_segment(q, k, v, found)[0] - attend_dense(q, k, v, mask_of(found))[0]).abs().max() < 1e-12


def batches(cut: Cutting) -> list[Batch]:
    return [*cut.batches, *(batch for _, found in cut.gathered for batch in found)]


@pytest.mark.parametrize(
    ("found", "calls", "share"),
    [
        (causal(4096) & window(4096, 256), 5, 1.15),
        (chunks(30, 15, 20, n=4096), 6, 1.1),
        (pack([causal(256)] * 16), 4, 1.35),
        (fork_join(512, (48,) * 64, 512), 14, 1.1),
        (blocks([128] * 32, 3, 1), 6, 1.01),
        (rings(64, 64), 30, 1.01),
    ],
    ids=["window", "chunks", "packed", "fork", "frames", "rings"],
)
def test_few_calls_of_the_kernel_over_few_pairs_too_many_do(found: Relation, calls: int, share: float) -> None:
    made = batches(cutting_of(found))
    assert len(made) <= calls
    assert sum(batch.count * batch.tile.rows * batch.tile.keys for batch in made) <= share * found.pairs


@pytest.mark.parametrize("found", LAYOUTS.values(), ids=list(LAYOUTS))
def test_keys_come_in_whole_vectors_where_masks_hide_the_others(found: Relation) -> None:
    made = [batch.tile for batch in batches(cutting_of(found)) if batch.tile.mask]
    assert all(tile.keys % tiles.VECTOR == 0 or tile.keys < tiles.VECTOR for tile in made if tile.low + tile.keys < found.n)


def test_rings_are_gathered_once_and_each_reads_the_first_keys() -> None:
    ((one, batches),) = cutting_of(rings(64, 64)).gathered
    assert len(np.unique(one.keys)) == len(one.keys) and len(np.unique(one.queries)) == len(one.queries)
    assert all(batch.tile.low == 0 for batch in batches if not batch.tile.mask)
