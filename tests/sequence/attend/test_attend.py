"""Every backend gives what the dense mask gives, forward and backward; parts merge exactly; rotation sees differences only."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.attend import attend, attend_dense, merge, rotate
from aitia.sequence.attend.flex import block_mask, padded_intervals
from aitia.sequence.attend.merge import Part
from aitia.sequence.order import Relation, blocks, causal, fork_join, full, mutual, prefix, rings, scales, window
from aitia.sequence.order.intervals import part
from aitia.sequence.order.relation import relation
from tests.sequence.order.relations import relations


def heads(n: int, seed: int, dtype: torch.dtype = torch.float64, query: int = 4, key: int = 2, width: int = 8) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, h, n, width, dtype=dtype, generator=generator).requires_grad_() for h in (query, key, key)]


def slopes(parts: Part, given: list[torch.Tensor], seed: int, *, sizes: bool = True) -> tuple[torch.Tensor, ...]:
    """Gradients of queries, keys and values from random ones of the output and, if asked for, of the log-sum-exp where it is finite."""
    generator = torch.Generator().manual_seed(seed)
    grads = [torch.randn(x.shape, dtype=x.dtype, generator=generator) for x in parts]
    grads[1] = grads[1].masked_fill(parts[1].isinf(), 0.0)
    return torch.autograd.grad(parts if sizes else parts[:1], given, grads if sizes else grads[:1], retain_graph=True)


def mask_of(relation: Relation) -> torch.Tensor:
    return torch.from_numpy(relation.dense())


LARGE = [
    causal(1500),
    causal(1500) & window(1500, 200),
    window(700, 8, 3),
    causal(900) | prefix(900, 100),
    blocks([100] * 9, 3, 1),
    rings(30, 31),
    fork_join(100, (300, 200, 400), 100),
    mutual(400, 100, 300),
    scales((1, 4, 16, 64, 256, 700)),
    full(600),
]


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("found", LARGE[:8], ids=[f"{i} of {r.n} nodes" for i, r in enumerate(LARGE[:8])])
def test_flex_equals_the_dense_mask(found: Relation) -> None:
    q, k, v = (x.detach() for x in heads(found.n, 2, torch.float32))
    out, size = attend(q, k, v, found, backend="flex")
    expected, total = attend_dense(q, k, v, mask_of(found))
    assert (out - expected).abs().max() < 1e-5 and (size - total).abs().max() < 1e-4


@settings(max_examples=100, deadline=None)
@given(relations)
def test_the_block_mask_of_flex_holds_every_pair(found: Relation) -> None:
    low, high = padded_intervals(found)
    keys = np.arange(found.n)
    assert (((keys >= low[..., None]) & (keys < high[..., None])).any(axis=0) == found.dense()).all()


def test_the_block_mask_of_flex_skips_what_nobody_reads() -> None:
    mask = block_mask(causal(1024) & window(1024, 128), torch.device("cpu"))
    assert int(mask.kv_num_blocks.sum() + mask.full_kv_num_blocks.sum()) == 8 + 7


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 30), st.integers(0, 1000), st.lists(st.integers(0, 3), min_size=30, max_size=30))
def test_merging_parts_of_the_keys_is_exact(n: int, seed: int, parts: list[int]) -> None:
    q, k, v = heads(n, seed)
    whole = mask_of(causal(n))
    label = torch.tensor(parts[:n])
    found, size = merge([attend_dense(q, k, v, whole & (label == part)) for part in range(4)])
    expected, total = attend_dense(q, k, v, whole)
    assert (found - expected).abs().max() < 1e-12 and (size - total).abs().max() < 1e-12


@pytest.mark.parametrize(("dtype", "width", "limit"), [(torch.float64, 8, 1e-10), (torch.float32, 16, 1e-4)], ids=["tiles", "kernel"])
@settings(max_examples=60, deadline=None)
@given(found=relations, seed=st.integers(0, 1000), share=st.floats(0, 1))
def test_parts_attended_apart_and_merged_have_the_gradient_of_the_whole(
    dtype: torch.dtype, width: int, limit: float, found: Relation, seed: int, share: float
) -> None:
    cut = int(share * found.n)
    parts = [found & relation(found.n, [(0, found.n, [part(low, high)])]) for low, high in ((0, cut), (cut, found.n))]
    given_heads = heads(found.n, seed, dtype, width=width)
    ours = merge([attend(*given_heads, own, backend="segment") for own in parts])
    whole = attend_dense(*given_heads, mask_of(found))
    for sizes in (False, True):
        for one, other in zip(*(slopes(each, given_heads, seed, sizes=sizes) for each in (ours, whole)), strict=True):
            assert (one - other).abs().max() < limit


@pytest.mark.parametrize("interleaved", [False, True])
def test_scores_of_rotated_heads_depend_on_differences_of_positions(interleaved: bool) -> None:
    q, k = (x.detach() for x in heads(6, 3, key=4)[:2])
    places = torch.tensor([0.0, 1, 2, 5, 7.5, 40])
    score = rotate(q, places, interleaved=interleaved) @ rotate(k, places, interleaved=interleaved).mT
    later = rotate(q, places + 1000, interleaved=interleaved) @ rotate(k, places + 1000, interleaved=interleaved).mT
    assert (score - later).abs().max() < 1e-9
    assert (rotate(rotate(q, places, interleaved=interleaved), places, backwards=True, interleaved=interleaved) - q).abs().max() < 1e-12


def test_no_mask_is_ever_written_out() -> None:
    """At 40,000 nodes a mask would be 1.6 GB of truth values; the run below needs little more than its inputs."""
    n = 40_000
    q = torch.zeros(1, 1, n, 8)
    out, _ = attend(q, q, q, causal(n) & window(n, 64), backend="segment")
    assert out.shape == q.shape


def test_what_does_not_fit_is_refused() -> None:
    q, k, v = heads(6, 0)
    for wrong in (
        lambda: attend(q, k, v, causal(5)),
        lambda: attend(q, k, v, causal(6), backend="segments"),
        lambda: attend(q[:, :3], k, v, causal(6)),
    ):
        with pytest.raises(BadOption):
            wrong()
