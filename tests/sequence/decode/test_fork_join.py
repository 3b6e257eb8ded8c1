"""Paths decoded side by side are those of training: no prefix twice, no order of listing, no difference to one after the other."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode import Fork, ForkJoin, Path, Trajectory, fork_join, rescored
from aitia.sequence.models import Decoder
from aitia.sequence.order import fork_join as layout
from tests.sequence.decode.models import LIMITS, chance, model_of, prompt_of

THREE = Fork(paths=(Path(start=(1,), most=24), Path(start=(2,), most=16), Path(start=(3,), most=20)), join=(4,), after=16)
OPEN = ForkJoin(forks=(THREE,))
RAGGED = ForkJoin(forks=(THREE,), close=5, end=6)


def listed(*order: int) -> ForkJoin:
    return dataclasses.replace(RAGGED, forks=(dataclasses.replace(THREE, paths=tuple(THREE.paths[i] for i in order)),))


def parts_of(found: Trajectory, before: int, sizes: list[int], row: int = 0) -> list[slice]:
    """The places of the paths and of what follows."""
    ends = [before, *(before + end for end in itertools.accumulate(sizes))]
    return [slice(a, b) for a, b in itertools.pairwise([*ends, found.order(row).n])]


def sizes_of(found: Trajectory, before: int, options: ForkJoin, row: int = 0) -> list[int]:
    """How long each path came out, read off the closing token and the most tokens."""
    sizes, at = [], before
    for path in options.forks[0].paths:
        words = found.tokens[row, at : at + path.most].tolist()
        closing = [i for i, word in enumerate(words) if word == options.close and i >= len(path.start)]
        sizes.append(closing[0] + 1 if closing else path.most)
        at += sizes[-1]
    return sizes


def test_passes_are_the_levels_behind_the_prompt_and_nothing_is_computed_twice() -> None:
    found = fork_join(model_of(), prompt_of(1, 20), chance(), OPEN)
    plan = found.order(0).schedule()
    assert found.order(0).dense().tolist() == layout(20, (24, 16, 20), 16).dense().tolist()
    assert plan.depth == 60 and found.forwards == 1 + 40
    assert found.computed == found.order(0).n == 96  # each node once: no prefix is computed again at the fork, no path at the join


@pytest.mark.parametrize("dtype", LIMITS, ids=str)
@pytest.mark.parametrize("options", [OPEN, RAGGED], ids=["to the most", "ragged"])
def test_the_engine_gives_the_logits_of_the_training_mask(monkeypatch: pytest.MonkeyPatch, options: ForkJoin, dtype: torch.dtype) -> None:
    model, seen = model_of(dtype), {}
    plain = Decoder.fresh

    def watched(self, tokens, nodes, caches, **more):
        found = plain(self, tokens, nodes, caches, **more)
        seen.update(zip((int(node) for node in nodes), found.logits[0], strict=True))
        return found

    monkeypatch.setattr(Decoder, "fresh", watched)
    found = fork_join(model, prompt_of(1, 20), chance(3), options)
    whole = model(found.tokens, found.order(0))[0]
    sizes = sizes_of(found, 20, options)
    room = [20, *(path.most for path in THREE.paths)]  # the engine's nodes lie apart as far as paths may grow
    starts = list(itertools.accumulate(room))
    engine = torch.stack(
        [seen[i] for i in [*range(20), *(a + j for a, size in zip(starts, [*sizes, 16], strict=True) for j in range(size))][: len(whole)]]
    )
    assert (options is OPEN) == (sizes == [24, 16, 20])
    assert (engine - whole).abs().max() <= LIMITS[dtype]


@pytest.mark.parametrize("dtype", LIMITS, ids=str)
def test_the_order_in_which_paths_are_listed_changes_no_bit(dtype: torch.dtype) -> None:
    model, prompt = model_of(dtype), prompt_of(1, 12)
    runs = []
    for order in itertools.permutations(range(3)):
        found = fork_join(model, prompt, chance(1), listed(*order))
        sizes = sizes_of(found, 12, listed(*order))
        parts = parts_of(found, 12, sizes)
        back = [parts[order.index(i)] for i in range(3)] + [parts[3]]
        runs.append([(found.tokens[0, p].tolist(), found.log_probabilities[0, p].tolist(), found.steps[0, p].tolist()) for p in back])
    assert all(run == runs[0] for run in runs[1:])


def test_paths_side_by_side_are_those_one_after_the_other() -> None:
    model, prompt = model_of(), prompt_of(1, 12)
    for seed in range(5):
        beside = fork_join(model, prompt, chance(seed), RAGGED)
        behind = fork_join(model, prompt, chance(seed), dataclasses.replace(RAGGED, together=False))
        assert torch.equal(beside.tokens, behind.tokens) and beside.forwards < behind.forwards
        assert (beside.log_probabilities - behind.log_probabilities).abs().max() < 1e-10
        assert beside.computed == behind.computed


def test_a_path_that_never_closes_is_closed() -> None:
    model = model_of()
    for seed in range(8):
        found = fork_join(model, prompt_of(1, 12), chance(seed), RAGGED)
        sizes = sizes_of(found, 12, RAGGED)
        for part, path, size in zip(parts_of(found, 12, sizes), THREE.paths, sizes, strict=False):
            assert found.tokens[0, part][-1] == 5 and size <= path.most
            forced = found.sources[0, part][-1] < 0
            assert not forced or size == path.most
            assert (found.log_probabilities[0, part][-1] == 0) == forced


def test_what_follows_stands_behind_the_longest_path() -> None:
    found = fork_join(model_of(), prompt_of(1, 12), chance(2), RAGGED)
    sizes = sizes_of(found, 12, RAGGED)
    assert len(set(sizes)) > 1
    assert int(found.order(0).schedule().positions[12 + sum(sizes)]) == 12 + max(sizes)


def test_rows_with_different_trees_are_those_alone() -> None:
    model = model_of()
    other = Fork(paths=(Path(start=(7, 8), most=9), Path(start=(9,), most=5, seed=4)), join=(4, 4), after=6)
    prompts = [prompt_of(1, 12)[0], prompt_of(1, 5, 9)[0]]
    both = fork_join(model, prompts, chance(1), ForkJoin(forks=(THREE, other), close=5, end=6))
    first = fork_join(model, [prompts[0]], chance(1), ForkJoin(forks=(THREE,), close=5, end=6))
    n = first.order(0).n
    assert torch.equal(both.tokens[0, :n], first.tokens[0]) and both.order(0).n == n
    assert both.forwards <= first.forwards + 11 and both.computed == n + both.order(1).n
    assert (both.steps[1, both.order(1).n :] == -1).all()
    assert (rescored(model, both) - both.log_probabilities).abs().max() < 1e-9


def test_paths_without_a_start_are_told_by_the_prompt() -> None:
    fork = Fork(paths=(Path(most=4, seed=1), Path(most=6, seed=2)), join=(4,), after=3)
    model = model_of()
    found = fork_join(model, prompt_of(1, 6), chance(), ForkJoin(forks=(fork,)))
    assert found.sources[0].tolist() == [-1] * 6 + [5, 6, 7, 8] + [5, 10, 11, 12, 13, 14] + [-1, 16, 17]
    assert (rescored(model, found) - found.log_probabilities).abs().max() < 1e-9


def test_forks_that_make_no_sense_are_refused() -> None:
    for wrong in (
        lambda: Fork(paths=(), join=(4,), after=3),
        lambda: Fork(paths=(Path(most=3), Path(most=4)), join=(4,), after=3),
        lambda: Fork(paths=(Path(start=(1, 2), most=1),), join=(4,), after=3),
        lambda: Fork(paths=(Path(most=3),), join=(), after=3),
        lambda: fork_join(model_of(), prompt_of(3, 4), chance(), ForkJoin(forks=(THREE, THREE))),
        lambda: ForkJoin(forks=(THREE,), temperature=-1),
    ):
        with pytest.raises(BadOption):
            wrong()
