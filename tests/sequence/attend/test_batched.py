"""Batches of tiles give what the dense mask gives, forward and backward, and windows are few calls of the kernel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitia.sequence.attend import attend_dense, pieces, tiles
from aitia.sequence.attend.batched import attend_batched
from aitia.sequence.attend.tiles import cutting_of
from aitia.sequence.order import Relation, block_diffusion, blocks, causal, chunks, fork_join, pack, rings, window
from tests.sequence.attend.test_attend import LARGE, heads, mask_of
from tests.sequence.order.relations import relations

torch.set_num_threads(1)


@pytest.fixture(
    params=[(1024, 256, 64, 256, 32, 2048), (4, 6, 3, 3, 2, 3), (5, 1, 1, 2, 4, 1)], ids=["as shipped", "cut small", "no tiles"]
)
def cutting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes at which tiles are cut: as shipped, and so small that short relations meet every kind of tile."""
    for name, value in zip(("ROWS", "SHORT", "SMALL", "LARGE", "BAND", "WIDEST"), request.param, strict=True):
        monkeypatch.setattr(tiles, name, value)
    monkeypatch.setattr(pieces, "NARROW", min(request.param[-1], pieces.NARROW))
    tiles.cutting_of.cache_clear()


def counted(found: Relation) -> np.ndarray:
    """How often each pair is covered."""
    seen = np.zeros((found.n, found.n), dtype=int)
    cut = cutting_of(found)
    for run in cut.scattered:
        seen[np.ix_(run.queries, run.keys)] += 1
    for batch in cut.batches:
        tile = batch.tile
        shape = (tile.rows, tile.keys)
        reads = np.frombuffer(tile.mask, dtype=bool).reshape(shape) if tile.shape == "masked" else np.ones(shape, bool)
        for i in range(batch.count):
            a, b = tile.start + i * batch.step, tile.low + i * batch.low_step
            seen[a : a + tile.rows, b : b + tile.keys] += reads
    return seen


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=relations, seed=st.integers(0, 1000))
def test_batches_cover_every_pair_once_and_equal_the_dense_mask_forward_and_backward(cutting: None, found: Relation, seed: int) -> None:
    assert (counted(found) == found.dense()).all()
    q, k, v = heads(found.n, seed)
    out, size = attend_batched(q, k, v, found)
    expected, total = attend_dense(q, k, v, mask_of(found))
    assert torch.allclose(out, expected, rtol=0, atol=1e-10)
    assert torch.equal(size.isinf(), total.isinf()) and torch.allclose(size.nan_to_num(), total.nan_to_num(), rtol=0, atol=1e-10)
    grad = torch.randn(out.shape, dtype=out.dtype, generator=torch.Generator().manual_seed(seed))
    for one, other in zip(torch.autograd.grad(out, (q, k, v), grad), torch.autograd.grad(expected, (q, k, v), grad), strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-10)


MORE = [
    *LARGE,
    causal(900) & window(900, 64),
    pack([causal(100)] * 7),
    pack([causal(300)] * 3),
    pack([causal(k) for k in (70, 30, 200, 70)]),
    chunks(30, 15, n=700),
    chunks(30, 15, 4, n=700),
    block_diffusion(900, 16),
    fork_join(40, (24,) * 20, 30),
    blocks([32] * 20, 3, 1),
    rings(20, 20),
]


@pytest.mark.parametrize("found", MORE, ids=[f"{i} of {r.n} nodes" for i, r in enumerate(MORE)])
def test_batches_equal_the_dense_mask_at_sizes_of_use(found: Relation) -> None:
    q, k, v = heads(found.n, 1, torch.float32)
    out, _ = attend_batched(q, k, v, found)
    expected, _ = attend_dense(q, k, v, mask_of(found))
    assert (out - expected).abs().max() < 1e-5
    grad = torch.ones_like(out)
    for one, other in zip(torch.autograd.grad(out, (q, k, v), grad), torch.autograd.grad(expected, (q, k, v), grad), strict=True):
        assert (one - other).abs().max() < 1e-4


def test_heads_that_lie_across_memory_are_read_where_they_are() -> None:
    """Projections give (b, n, h, d), so that heads are views."""
    made = [torch.randn(2, 50, 4, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(i)) for i in range(3)]
    q, k, v = (x.transpose(1, 2) for x in made)
    found = causal(50) & window(50, 9)
    assert (attend_batched(q, k, v, found)[0] - attend_dense(q, k, v, mask_of(found))[0]).abs().max() < 1e-12


@pytest.mark.parametrize(
    ("found", "calls"),
    [
        (causal(4096) & window(4096, 256), 10),
        (pack([causal(256)] * 16), 4),
        (fork_join(512, (48,) * 64, 512), 8),
        (blocks([128] * 32, 3, 1), 6),
    ],
    ids=["window", "packed", "fork", "frames"],
)
def test_few_calls_of_the_kernel_do(found: Relation, calls: int) -> None:
    assert len(cutting_of(found).batches) <= calls
