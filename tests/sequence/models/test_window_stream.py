"""A stream with sink and window is the whole order, and after a change of prompt it is as if the new one had always been there."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from aitia.core.errors import BadOption
from aitia.sequence.models import Decoder, DecoderShape
from aitia.sequence.models.past import Past
from aitia.sequence.models.window_stream import Refresh, Streaming, WindowStream
from aitia.sequence.order.masks import mask_of

PROMPT, BLOCK, WINDOW = 4, 3, 3
OPTIONS = Streaming(block=BLOCK, window=WINDOW, sink=1, most=30, mask=16, steps=3)


def model_of(layers: int = 3, dtype: torch.dtype = torch.float64) -> Decoder:
    return Decoder(DecoderShape(vocabulary=17, width=32, layers=layers, heads=4, key_heads=2)).to(dtype).requires_grad_(False)


def words(n: int, seed: int) -> torch.Tensor:
    return torch.randint(16, (2, n), generator=torch.Generator().manual_seed(seed))


def stream_of(model: Decoder, options: Streaming = OPTIONS, count: int = 20, prompt: int = 0) -> tuple[WindowStream, torch.Tensor]:
    """A stream that has taken some blocks, and their tokens."""
    stream = WindowStream(model, words(PROMPT, prompt), options, np.random.Generator(np.random.Philox(0)))
    blocks = [words(BLOCK, 100 + i) for i in range(count)]
    for tokens in blocks:
        stream.push(tokens)
    return stream, torch.cat([words(0, 0), *blocks], dim=1)


def error_of(stream: WindowStream, prompt: torch.Tensor, tokens: torch.Tensor) -> float:
    """How far the cached entries are from those computed anew over the prompt and all that was ever said."""
    nodes = np.arange(PROMPT + tokens.shape[1])
    mask = torch.from_numpy(mask_of(stream.order, nodes, nodes))
    whole = stream.model.compute(stream.model.embedding(torch.cat([prompt, tokens], dim=1)), torch.from_numpy(nodes), None, mask)
    cached = np.array(sorted(stream.cache.nodes))
    past = Past(stream.cache.pool, stream.cache.places, cached).gathered
    return max(float((a - b[..., cached, :]).abs().max()) for a, b in zip(past, (whole.keys, whole.values), strict=True))


def test_the_stream_is_the_whole_order_and_keeps_no_more_than_it_must() -> None:
    stream, tokens = stream_of(model_of())
    logits = stream.push(words(BLOCK, 7))
    everything = torch.cat([words(PROMPT, 0), tokens, words(BLOCK, 7)], dim=1)
    n = everything.shape[1]
    nodes = np.arange(n)
    whole = stream.model.compute(
        stream.model.embedding(everything), torch.from_numpy(nodes), None, torch.from_numpy(mask_of(stream.order, nodes, nodes))
    )
    assert (logits - whole.logits[:, -BLOCK:]).abs().max() < 1e-10
    assert len(stream.cache.nodes) == PROMPT + BLOCK * (1 + WINDOW - 1)
    assert stream.cache.schedule.peak_live == PROMPT + BLOCK * (1 + WINDOW)
    assert len(stream.tokens) == 1 + stream.memory == 1 + 3 * (WINDOW - 1)


def test_memory_and_work_stay_the_same_however_long_the_stream() -> None:
    sizes, passes = [], []
    stream, _ = stream_of(model_of(), count=0)
    for _ in range(24):
        before = stream.forwards
        stream.block()
        sizes.append((len(stream.cache.nodes), len(stream.tokens), stream.cache.pool.nbytes))
        passes.append(stream.forwards - before)
    assert len({size[:2] for size in sizes[12:]}) == 1 and max(size[2] for size in sizes[12:]) == max(size[2] for size in sizes[8:12])
    assert set(passes) == {3 + 1}


@pytest.mark.parametrize(
    ("layers", "window", "sink", "count"),
    [(3, 3, 1, 20), (3, 3, 0, 20), (4, 2, 2, 20), (2, 4, 1, 20), (1, 3, 1, 20), (3, 1, 2, 9), (3, 3, 1, 4), (3, 3, 2, 1), (3, 3, 1, 0)],
)
def test_after_a_change_it_is_as_if_the_new_prompt_had_always_been_there(layers: int, window: int, sink: int, count: int) -> None:
    options = dataclasses.replace(OPTIONS, window=window, sink=sink)
    stream, tokens = stream_of(model_of(layers), options, count)
    found = stream.switch(words(PROMPT, 1))
    assert found.exact and found.blocks == found.needed and error_of(stream, words(PROMPT, 1), tokens) <= 1e-10
    if count == 20 and window > 1:
        assert found.needed == layers * (window - 1) + sink  # W' + (L - 1)(W - 1), of which W' = W - 1 stay for the next block


def test_the_same_prompt_again_changes_nothing() -> None:
    for dtype, limit in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
        stream, tokens = stream_of(model_of(dtype=dtype))
        assert stream.switch(words(PROMPT, 0)).exact and error_of(stream, words(PROMPT, 0), tokens) <= limit


@pytest.mark.parametrize("less", [1, 2, 3, 4])
def test_a_shorter_refresh_is_called_an_approximation_and_is_one(less: int) -> None:
    stream, tokens = stream_of(model_of())
    found = stream.switch(words(PROMPT, 1), span=6 - less)
    assert not found.exact and found.blocks == found.needed - less and "approximation" in found.says
    assert error_of(stream, words(PROMPT, 1), tokens) > 1e-4


def test_a_refresh_is_not_called_exact_when_the_tokens_are_gone() -> None:
    stream, tokens = stream_of(model_of(), dataclasses.replace(OPTIONS, memory=4))
    found = stream.switch(words(PROMPT, 1))
    assert isinstance(found, Refresh) and (found.blocks, found.needed, found.exact) == (5, 7, False)
    assert error_of(stream, words(PROMPT, 1), tokens) > 1e-4


def test_the_old_prompt_is_not_used_at_the_switch() -> None:
    """An official release computed the refresh with the prompt that had just been replaced."""
    model = model_of()
    stream, _ = stream_of(model)
    stale, _ = stream_of(model)
    stale.switch(words(PROMPT, 0))
    stream.switch(words(PROMPT, 1))
    always, _ = stream_of(model, prompt=1)
    block = words(BLOCK, 7)
    logits, wrong, right = (s.push(block) for s in (stream, stale, always))
    assert (logits - right).abs().max() <= 1e-10 and (wrong - right).abs().max() > 1e-3


def test_the_sink_is_filled_again_at_the_switch() -> None:
    """Official code could set the sink to zero and leave it so, or keep what it knew of the old prompt."""
    stream, _ = stream_of(model_of())
    sink = np.arange(PROMPT, PROMPT + BLOCK)
    before = Past(stream.cache.pool, stream.cache.places, sink).gathered[1].clone()
    stream.switch(words(PROMPT, 1))
    after = Past(stream.cache.pool, stream.cache.places, sink).gathered[1]
    always, _ = stream_of(model_of(), prompt=1)
    right = Past(always.cache.pool, always.cache.places, sink).gathered[1]
    assert (after - right).abs().max() <= 1e-10 and (after - before)[1:].abs().max() > 1e-3 and after.abs().amin(dim=-1).max() > 0


def test_no_block_sees_a_later_one_in_the_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Official code prepared a mask for the refresh and then attended without it; that leaves an error however long the refresh."""
    model = model_of()
    stream, tokens = stream_of(model)
    careless, _ = stream_of(model)
    stream.switch(words(PROMPT, 1))
    monkeypatch.setattr("aitia.sequence.models.window_stream.mask_of", lambda order, q, k: np.ones((len(q), len(k)), dtype=bool))
    careless.switch(words(PROMPT, 1))
    assert error_of(stream, words(PROMPT, 1), tokens) <= 1e-10 and error_of(careless, words(PROMPT, 1), tokens) > 1e-3


def test_what_was_masked_leaves_no_entry() -> None:
    stream, _ = stream_of(model_of(), count=6)
    block = stream.block()
    again, _ = stream_of(model_of(), count=6)
    again.push(block)
    own = np.array(sorted(stream.cache.nodes))
    one, other = (Past(s.cache.pool, s.cache.places, own).gathered for s in (stream, again))
    assert all((a - b).abs().max() <= 1e-10 for a, b in zip(one, other, strict=True))
    assert not (block == OPTIONS.mask).any()


def test_without_a_refresh_the_blocks_keep_what_they_knew() -> None:
    stream, _ = stream_of(model_of())
    frames = np.array([node for node in sorted(stream.cache.nodes) if node >= PROMPT])
    before = Past(stream.cache.pool, stream.cache.places, frames).gathered[1].clone()
    found = stream.switch(words(PROMPT, 1), span=0)
    assert not found.exact and found.blocks == 0
    assert torch.equal(Past(stream.cache.pool, stream.cache.places, frames).gathered[1], before)


def test_what_does_not_fit_is_refused() -> None:
    stream, _ = stream_of(model_of(), dataclasses.replace(OPTIONS, most=2), 2)
    for wrong in (
        lambda: stream.block(),
        lambda: stream.switch(words(PROMPT + 1, 1)),
        lambda: stream.push(words(BLOCK + 1, 1)),
        lambda: dataclasses.replace(OPTIONS, window=0),
        lambda: dataclasses.replace(OPTIONS, memory=1),
    ):
        with pytest.raises(BadOption):
            wrong()
