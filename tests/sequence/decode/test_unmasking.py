"""Masked tokens are set as planned, the surest first; blocks from left to right with an exact cache, the whole without any."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.decode import Blockwise, Unmasking, ascending, block_diffusion, masked_diffusion, plan
from aitia.sequence.decode.unmasking import patience
from aitia.sequence.models import Decoder
from aitia.sequence.order import blocks
from tests.sequence.decode.models import LIMITS, MASK, chance, model_of, prompt_of


def test_ascending_steps_are_the_published_ones() -> None:
    assert ascending(128) == [1, 2, 4, 8, 16, 32, 65]
    assert [(s.start, s.stop, s.count) for s in plan(128, "ascending", blocks=3)] == [
        *((0, 31, count) for count in (1, 2, 4, 8, 16)),
        (31, 63, 32),
        (63, 128, 65),
    ]


@given(st.integers(1, 300), st.sampled_from(["uniform", "ascending"]), st.integers(1, 8), st.none() | st.integers(1, 300))
def test_every_plan_sets_every_place_once(length: int, pace: str, count: int, steps: int | None) -> None:
    try:
        found = plan(length, pace, count, steps)
    except BadOption:
        return
    assert sum(stride.count for stride in found) == length and all(stride.count >= 1 for stride in found)
    for at in range(length):
        assert sum(stride.start <= at < stride.stop for stride in found) >= 1
    ranges = list(dict.fromkeys((s.start, s.stop) for s in found))
    assert ranges[0][0] == 0 and ranges[-1][1] == length and len(ranges) == count
    for low, high in ranges:
        assert sum(s.count for s in found if (s.start, s.stop) == (low, high)) == high - low


@given(st.integers(1, 300), st.integers(1, 8))
def test_ascending_plans_exist_for_as_many_blocks_as_steps(length: int, count: int) -> None:
    if count <= len(ascending(length)):
        assert len(plan(length, "ascending", count)) == len(ascending(length))
    else:
        with pytest.raises(BadOption):
            plan(length, "ascending", count)


def test_patience_rises_to_one() -> None:
    even = [patience("uniform", s, 8) for s in range(8)]
    rising = [patience("ascending", s, 7) for s in range(7)]
    assert even[0] == 0.4 and even[-1] == 1 and even == sorted(even)
    assert rising[0] == pytest.approx(0.01 + 0.99 * 1 / 128) and rising[-1] == pytest.approx(0.01 + 0.99 * 127 / 128)


@pytest.mark.parametrize(
    "options",
    [
        Unmasking(length=20, mask=MASK),
        Unmasking(length=20, mask=MASK, blocks=2),
        Unmasking(length=20, mask=MASK, pace="uniform", steps=5),
        Unmasking(length=20, mask=MASK, pace="uniform", blocks=4),
    ],
    ids=["ascending", "ascending, 2 blocks", "uniform", "uniform, 4 blocks"],
)
def test_each_pass_sets_as_many_as_planned_where_planned(options: Unmasking) -> None:
    found = masked_diffusion(model_of(), prompt_of(3, 5), chance(), options)
    strides = plan(20, options.pace, options.blocks, options.steps)
    assert found.forwards == len(strides) == found.passes and not (found.tokens == MASK).any()
    for i, stride in enumerate(strides):
        chosen = found.steps == i
        assert (chosen.sum(dim=1) == stride.count).all()
        assert not chosen[:, : 5 + stride.start].any() and not chosen[:, 5 + stride.stop :].any()


def test_the_surest_tokens_are_set_first_and_patience_puts_the_end_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is surest of the end everywhere ends at once; with patience the end comes last."""
    logits = torch.zeros(1, 13, 23, dtype=torch.float64)
    logits[..., 7], logits[0, 9:, 3] = 3.0, 4.0  # the likeliest token is 7 up to place 8, the end from 9 on, and the end is surer
    monkeypatch.setattr(Decoder, "forward", lambda *_: logits)
    model, prompt = model_of(), prompt_of(1, 5)
    hasty = masked_diffusion(model, prompt, chance(), Unmasking(length=8, mask=MASK, pace="uniform", temperature=0))
    patient = masked_diffusion(model, prompt, chance(), Unmasking(length=8, mask=MASK, pace="uniform", temperature=0, end=3, least=0.1))
    assert hasty.steps[0, 9:].tolist() == [0, 1, 2, 3] and torch.equal(hasty.tokens, patient.tokens)
    assert patient.steps[0, 5:9].tolist() == [0, 1, 2, 3] and patient.steps[0, 9:].tolist() == [4, 5, 6, 7]


def test_a_cache_is_refused_where_everything_reads_everything() -> None:
    with pytest.raises(BadOption, match="every node reads every other"):
        masked_diffusion(model_of(), prompt_of(1, 5), chance(), Unmasking(length=8, mask=MASK, cached=True))


@pytest.mark.parametrize("dtype", LIMITS, ids=str)
def test_blocks_with_a_cache_are_blocks_computed_anew(monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype) -> None:
    model, seen, plain = model_of(dtype), [], Decoder.fresh

    def watched(self, tokens, nodes, caches, **more):
        found = plain(self, tokens, nodes, caches, **more)
        seen.append((nodes, found.logits))
        return found

    monkeypatch.setattr(Decoder, "fresh", watched)
    found = block_diffusion(model, prompt_of(2, 6), chance(), Blockwise(length=14, block=4, steps=3, mask=MASK))
    order = blocks([6, 4, 4, 4, 2])
    assert found.order(0).dense().tolist() == order.dense().tolist()
    places = order.schedule(3, "index").positions
    for step, (nodes, logits) in enumerate(seen):
        assert (logits - model(found.states(step), order, places)[:, nodes]).abs().max() <= LIMITS[dtype]
    assert found.forwards == 3 + 3 + 3 + 2  # the pass that opens a block writes the one before
    assert found.computed == 2 * (6 + (4 * 3) + (4 + 4 * 3) + (4 + 4 * 3) + (4 + 2 * 2))


def test_blocks_are_set_from_left_to_right() -> None:
    found = block_diffusion(model_of(), prompt_of(2, 6), chance(), Blockwise(length=14, block=4, steps=2, mask=MASK))
    for low in (10, 14, 18):
        assert (found.steps[:, low:].min() > found.steps[:, :low].max()).all()


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in (
        lambda: plan(0, "uniform"),
        lambda: plan(8, "uniform", blocks=3, steps=2),
        lambda: plan(8, "uniform", steps=9),
        lambda: plan(8, "descending"),
        lambda: plan(8, "ascending", steps=4),
        lambda: Blockwise(length=4, block=5, steps=1, mask=MASK),
        lambda: Unmasking(length=4, mask=MASK, blocks=5),
    ):
        with pytest.raises(BadOption):
            wrong()
