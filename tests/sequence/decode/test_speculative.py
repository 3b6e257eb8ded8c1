"""Checked drafts give the tokens of plain decoding, one by one, whatever the draft; a good draft saves passes."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.decode import OneByOne, Speculation, Tree, autoregressive, likeliest, repeats, speculative, tree_order
from tests.sequence.decode.models import WORDS, chance, model_of, prompt_of


def wild(seed: int):
    """A drafter that draws any tree at all, with twins and long branches."""
    generator = torch.Generator().manual_seed(seed)

    def draft(tokens: torch.Tensor) -> Tree:
        size = int(torch.randint(0, 9, (1,), generator=generator))
        parents = tuple(int(torch.randint(-1, i, (1,), generator=generator)) if i else -1 for i in range(size))
        return Tree(tuple(torch.randint(WORDS, (size,), generator=generator).tolist()), parents)

    return draft


DRAFTS = {
    "itself": lambda model: likeliest(model, (3, 2, 1)),
    "another": lambda model: likeliest(model_of(seed=9, layers=1), (2, 2)),
    "repeats": lambda model: repeats(5),
    "nothing": lambda model: lambda tokens: Tree((), ()),
    "anything": lambda model: wild(1),
}


@pytest.mark.parametrize("temperature", [0.0, 0.8, 1.5])
@pytest.mark.parametrize("draft", DRAFTS)
def test_the_tokens_are_those_of_decoding_one_by_one(draft: str, temperature: float) -> None:
    model, prompt = model_of(), prompt_of(3, 7)
    plain = autoregressive(model, prompt, chance(4), OneByOne(length=24, temperature=temperature, end=3))
    found = speculative(model, prompt, chance(4), Speculation(length=24, draft=DRAFTS[draft](model), temperature=temperature, end=3))
    assert torch.equal(found.tokens, plain.tokens) and torch.equal(found.sources, plain.sources)
    assert (found.log_probabilities - plain.log_probabilities).abs().max() < 1e-10
    assert found.forwards <= plain.forwards


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_no_draft_whatever_leads_astray(seed: int, length: int) -> None:
    model, prompt = model_of(), prompt_of(2, 3, seed)
    plain = autoregressive(model, prompt, chance(seed), OneByOne(length=length))
    assert torch.equal(speculative(model, prompt, chance(seed), Speculation(length=length, draft=wild(seed))).tokens, plain.tokens)


def test_a_draft_that_knows_the_model_saves_passes_and_nothing_accepted_is_computed_again() -> None:
    model, prompt = model_of(), prompt_of(1, 7)
    found = speculative(model, prompt, chance(), Speculation(length=25, draft=likeliest(model, (1, 1, 1)), temperature=0))
    assert found.forwards == 1 + 6  # the prompt tells one token, every round the three drafted and one more
    assert found.computed == 7 + 6 * 4


def test_a_tree_reads_its_ancestors_and_stands_by_its_depth() -> None:
    tree = Tree(tokens=(7, 3, 9, 4, 4), parents=(-1, 0, 0, 1, -1))
    mask = tree_order(tree).dense()
    assert [set(row.nonzero()[0].tolist()) for row in mask] == [{0}, {0, 1}, {0, 2}, {0, 1, 3}, {4}]
    assert tuple(tree_order(tree).schedule().positions.tolist()) == tree.depths == (0, 1, 1, 2, 0)
    assert dataclasses.astuple(tree.cut(1)) == ((7, 4), (-1, -1))


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in (lambda: Tree((1, 2), (0, -1)), lambda: Tree((1,), ()), lambda: Speculation(length=0, draft=repeats(2))):
        with pytest.raises(BadOption):
            wrong()
