"""One by one with a cache is what the whole text computed anew in every pass would give."""

from __future__ import annotations

import pytest
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode import OneByOne, autoregressive, rescored
from aitia.sequence.order import Relation, causal, fork_join, prefix, window
from tests.sequence.decode.models import chance, model_of, prompt_of


def anew(model, prompt: torch.Tensor, order: Relation) -> torch.Tensor:
    """The likeliest tokens, the whole text computed in every pass."""
    tokens = torch.cat([prompt, torch.zeros(len(prompt), order.n - prompt.shape[1], dtype=torch.long)], dim=1)
    places = order.schedule(3, "index").positions
    for at in range(prompt.shape[1], order.n):
        tokens[:, at] = model(tokens, order, places)[:, at - 1].argmax(dim=-1)
    return tokens


@pytest.mark.parametrize(
    "order", [causal(30), causal(30) & window(30, 8, 2), causal(30) | prefix(30, 10)], ids=["causal", "window", "prefix"]
)
def test_cached_decoding_is_decoding_anew(order: Relation) -> None:
    model, prompt = model_of(), prompt_of(2, 10)
    found = autoregressive(model, prompt, chance(), OneByOne(length=20, temperature=0, order=order))
    assert torch.equal(found.tokens, anew(model, prompt, order))
    assert found.forwards == 20 and found.computed == 2 * 29


@pytest.mark.parametrize("order", [window(16, 1, 1), window(16, 1, 3), fork_join(4, (7, 5), 0)], ids=["sink", "sinks", "paths"])
def test_nodes_that_share_a_level_come_one_by_one(order: Relation) -> None:
    """What only the last of them reads outlives the others: a sink of a window of one, the start of a short path behind a long one."""
    model, prompt = model_of(), prompt_of(2, 4)
    found = autoregressive(model, prompt, chance(), OneByOne(length=12, order=order))
    assert (rescored(model, found) - found.log_probabilities).abs().max() < 1e-10


def test_rows_end_where_they_meet_the_end() -> None:
    found = autoregressive(model_of(), prompt_of(8, 4), chance(2), OneByOne(length=40, end=3))
    new = found.tokens[:, 4:]
    ended = (new == 3).any(dim=1)
    assert ended.any() and not ended.all()
    assert (found.sources[~ended, 4:] >= 0).all()
    for row in ended.nonzero()[:, 0].tolist():
        stop = int((new[row] == 3).nonzero()[0])
        assert (new[row, stop:] == 3).all() and (found.sources[row, 4 : 5 + stop] >= 0).all()
        assert (found.sources[row, 5 + stop :] == -1).all()


def test_decoding_stops_when_every_row_has_ended() -> None:
    model, prompt = model_of(), prompt_of(1, 4)
    likeliest = autoregressive(model, prompt, chance(), OneByOne(length=9, temperature=0)).tokens[0]
    end = int(likeliest[6])
    found = autoregressive(model, prompt, chance(), OneByOne(length=9, temperature=0, end=end))
    stop = likeliest[4:].tolist().index(end)
    assert found.forwards == stop + 1 and found.tokens[0].tolist() == [*likeliest[: 5 + stop].tolist(), *[end] * (8 - stop)]


def test_the_chance_of_a_token_is_that_of_the_model() -> None:
    """4,000 rows draw one token each from one distribution: every frequency lies within 5 standard errors. Seed 0."""
    model = model_of()
    prompt = prompt_of(1, 5).expand(4_000, 5)
    found = autoregressive(model, prompt, chance(), OneByOne(length=1, temperature=1.5))
    share = torch.bincount(found.tokens[:, 5], minlength=23) / 4_000
    expected = torch.softmax(model(prompt[:1], causal(5))[0, -1] / 1.5, dim=-1)
    assert ((share - expected).abs() <= 5 * (expected * (1 - expected) / 4_000).sqrt() + 1e-9).all()


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in (
        lambda: OneByOne(length=0),
        lambda: OneByOne(length=1, temperature=-0.1),
        lambda: autoregressive(model_of(), prompt_of(1, 4), chance(), OneByOne(length=3, order=causal(9))),
        lambda: autoregressive(model_of(), prompt_of(1, 4)[0], chance(), OneByOne(length=3)),
    ):
        with pytest.raises(BadOption):
            wrong()
