"""A decoder is what its weights and its order say, for one row or many, at once or node by node."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from aitia.core.errors import BadOption, InputError
from aitia.sequence.attend import attend_dense
from aitia.sequence.attend.masked import masked
from aitia.sequence.models import Decoder, DecoderShape, Past
from aitia.sequence.order import Relation, causal, fork_join, pack, window
from aitia.sequence.order.masks import mask_of
from aitia.sequence.order.relation import first
from tests.sequence.order.relations import relations

SHAPE = DecoderShape(vocabulary=17, width=32, layers=3, heads=4, key_heads=2)


def words(batch: int, n: int) -> torch.Tensor:
    return torch.randint(17, (batch, n), generator=torch.Generator().manual_seed(0))


def test_rows_of_a_batch_are_those_alone_and_packed_ones_too() -> None:
    model, tokens, order = Decoder(SHAPE).double(), words(3, 12), window(12, 4, 1)
    whole = model(tokens, order)
    packed = model(tokens.reshape(1, -1), pack([order] * 3)).reshape(whole.shape)
    assert (whole - packed).abs().max() < 1e-10
    assert all((whole[i : i + 1] - model(tokens[i : i + 1], order)).abs().max() < 1e-10 for i in range(3))


def test_one_layer_is_the_textbook() -> None:
    """Normalise, rotate, attend by the mask, add; normalise, gate, add: written out once more, with nothing shared."""
    model = Decoder(DecoderShape(vocabulary=17, width=16, layers=1, heads=2, key_heads=1)).double()
    tokens, layer, n = words(1, 6), model.layers[0], 6
    x = model.embedding.weight[tokens[0]]

    def normal(given: torch.Tensor) -> torch.Tensor:
        return given / (given.pow(2).mean(dim=-1, keepdim=True) + 1e-6).sqrt()

    def turned(given: torch.Tensor) -> torch.Tensor:
        half = given.shape[-1] // 2
        angle = torch.arange(n)[:, None] * 10_000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
        whole = torch.complex(given[:, :half], given[:, half:]) * torch.polar(torch.ones_like(angle), angle)
        return torch.cat([whole.real, whole.imag], dim=-1)

    one, two, key, value = (normal(x) @ layer.into.weight.T).split(8, dim=-1)
    hidden = torch.full((n, n), -torch.inf, dtype=torch.float64).triu(1)
    seen = [torch.softmax(turned(query) @ turned(key).T / 8**0.5 + hidden, dim=-1) @ value for query in (one, two)]
    x = x + torch.cat(seen, dim=-1) @ layer.out.weight.T
    gate, up = (normal(x) @ layer.gate.weight.T).chunk(2, dim=-1)
    x = x + (gate * torch.sigmoid(gate) * up) @ layer.down.weight.T
    assert (normal(x) @ model.embedding.weight.T - model(tokens, causal(6))[0]).abs().max() < 1e-12


@settings(max_examples=100, deadline=None)
@given(relations)
def test_rows_of_the_mask_are_those_of_the_relation(found: Relation) -> None:
    rng = np.random.default_rng(0)
    some, other = (rng.permutation(found.n)[: rng.integers(1, found.n + 1)] for _ in range(2))
    assert (mask_of(found, some, other) == found.dense()[np.ix_(some, other)]).all()
    count = int(rng.integers(1, found.n + 1))
    assert (first(found, count).dense() == found.dense()[:count, :count]).all()


@pytest.mark.parametrize("share", [0.3, 0.9, 1.0])
def test_shared_keys_and_rows_that_read_nothing(share: float) -> None:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, h, m, 8, generator=generator, dtype=torch.float64) for h, m in ((6, 5), (2, 9), (2, 9)))
    mask = torch.rand(5, 9, generator=generator) < share
    if share < 0.5:
        mask[2] = False
    assert (masked(mask)(q, k, v) - attend_dense(q, k, v, mask)[0]).abs().max() < 1e-12


def test_looking_ahead_keeps_nothing() -> None:
    model, tokens = Decoder(SHAPE).double(), words(1, 8)
    cache = model.cache(causal(8))
    model.step(tokens[:, :4], range(4), cache)
    looked = model.fresh(tokens[:, 4:6], [4, 5], [cache])
    assert sorted(cache.nodes) == [0, 1, 2, 3]
    assert torch.equal(looked.logits, model.step(tokens[:, 4:6], [4, 5], cache))


def test_a_relation_is_refused_where_cached_nodes_are_to_be_read() -> None:
    model, order = Decoder(SHAPE), causal(4)
    cache = model.cache(order)
    model.step(words(1, 2), [0, 1], cache)
    past = Past(cache.pool, cache.places, np.arange(2))
    with pytest.raises(BadOption, match="Give a mask"):
        model.compute(model.embedding(words(1, 2)), torch.arange(2, 4), past, causal(2))


def test_forks_are_read_together() -> None:
    model, order, tokens = Decoder(SHAPE).double(), fork_join(5, (3, 3), 2), words(1, 13)
    cache = model.cache(order)
    model.step(tokens[:, :5], range(5), cache)
    both = cache.fork(2)
    with pytest.raises(InputError, match="neither cached nor in this pass"):
        model.step(tokens[:, 11:12], [11], cache.join(both))
    for i in range(3):
        nodes = [5 + i, 8 + i]
        found = model.fresh(tokens[:, nodes], nodes, both)
        for j, path in enumerate(both):
            path.append([nodes[j]], found.keys[..., j : j + 1, :], found.values[..., j : j + 1, :])
    logits = model.step(tokens[:, 11:], [11, 12], both[0].join(both[1:]))
    assert (logits - model(tokens, order)[:, 11:]).abs().max() < 1e-10
    with pytest.raises(BadOption, match="different pools"):
        model.fresh(tokens[:, :1], [0], [cache, model.cache(order)])


def test_gradients_are_those_of_the_dense_mask() -> None:
    model, tokens, order = Decoder(SHAPE).double(), words(2, 10), fork_join(3, (2, 3), 2)
    places = order.schedule().positions
    one = torch.autograd.grad(model(tokens, order, places).logsumexp(dim=-1).sum(), tuple(model.parameters()))
    dense = model.compute(model.embedding(tokens), places, None, torch.from_numpy(order.dense()))
    other = torch.autograd.grad(dense.logits.logsumexp(dim=-1).sum(), tuple(model.parameters()))
    assert all((a - b).abs().max() < 1e-10 for a, b in zip(one, other, strict=True))


def test_weights_come_from_the_seed_alone() -> None:
    torch.manual_seed(1)
    one = Decoder(SHAPE, seed=3)
    torch.manual_seed(2)
    again, other = Decoder(SHAPE, seed=3), Decoder(SHAPE, seed=4)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True))
    assert not torch.equal(one.embedding.weight, other.embedding.weight)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(words(1, 5), causal(5)), other(words(1, 5), causal(5)))


def test_heads_may_be_tied_or_not() -> None:
    tied, untied = (Decoder(DecoderShape(vocabulary=17, tied=tied)) for tied in (True, False))
    assert tied.logits.weight is tied.embedding.weight and untied.logits.weight is not untied.embedding.weight


def test_widths_that_do_not_part_are_refused() -> None:
    for wrong in ({"width": 60, "heads": 8}, {"heads": 4, "key_heads": 3}):
        with pytest.raises(BadOption):
            DecoderShape(vocabulary=5, **wrong)
