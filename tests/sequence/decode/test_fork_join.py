"""Paths decoded side by side are those of training: no prefix twice, no order of listing, no difference to one after the other."""

from __future__ import annotations

import dataclasses
import importlib
import itertools
from collections.abc import Iterator

import pytest
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode import Fork, ForkJoin, Path, Trajectory, fork_join, rescored
from aitia.sequence.decode.lanes import Lane
from aitia.sequence.models import Decoder
from aitia.sequence.order import fork_join as layout
from tests.sequence.decode.models import LIMITS, chance, model_of, prompt_of

THREE = Fork(paths=(Path(start=(1,), most=24), Path(start=(2,), most=16), Path(start=(3,), most=20)), join=(4,), after=16)
TWINS = Fork(paths=(Path(start=(8,), most=7), Path(start=(9,), most=4)), join=(10,), after=5)
DEEP = Fork(
    paths=(
        Path(start=(1,), most=12),
        Path(start=(2,), most=5, fork=dataclasses.replace(TWINS, paths=(*TWINS.paths, Path(start=(11,), most=3, fork=TWINS)))),
        Path(start=(3,), most=9, fork=TWINS),
    ),
    join=(4,),
    after=6,
)
ROW = Fork(
    paths=(Path(start=(1,), most=8), Path(start=(2,), most=3, fork=dataclasses.replace(TWINS, then=TWINS))),
    join=(4,),
    after=5,
    then=Fork(paths=(Path(start=(1,), most=6), Path(start=(3,), most=7)), join=(12,), after=3, then=TWINS),
)
FORKS = pytest.mark.parametrize("fork", [THREE, DEEP, ROW], ids=["flat", "nested", "in a row"])
DTYPES = pytest.mark.parametrize("dtype", LIMITS, ids=str)


def ragged(fork: Fork) -> ForkJoin:
    """Paths end where they say so."""
    return ForkJoin(forks=(fork,), open=7, close=5, end=6)


def listings(fork: Fork | None) -> Iterator[Fork | None]:
    """The fork with its paths, theirs, and those of the next one in a row listed in any order."""
    if fork is None:
        yield None
        return
    ways = [[dataclasses.replace(path, fork=f) for f in listings(path.fork)] for path in fork.paths]
    for paths, then in itertools.product(itertools.product(*ways), listings(fork.then)):
        yield from (dataclasses.replace(fork, paths=order, then=then) for order in itertools.permutations(paths))


@dataclasses.dataclass
class Text:
    """A text read back from its tokens: the places of each run, by the keys of the paths in which it lies, and how long each is."""

    tokens: list[int]
    runs: dict[tuple, slice] = dataclasses.field(default_factory=dict)
    at: int = 0

    def run(self, way: tuple, most: int, start: int, ends: tuple[int | None, ...]) -> int:
        """Read a run up to the first token that ends it, among those that were not given."""
        words = self.tokens[self.at : self.at + most]
        size = next((i + 1 for i, word in enumerate(words) if i >= start and word in ends), len(words))
        self.runs[way] = slice(self.at, self.at + size)
        self.at += size
        return size

    def fork(self, way: tuple, fork: Fork, options: ForkJoin, before: int) -> tuple:
        """Read a fork and return its layout; in a name, "rest" means what follows a join."""
        paths = [self.path((*way, path.key), path, options) for path in fork.paths]
        last = options.close if {*way} - {"rest"} else options.end
        after = self.run((*way, "rest"), fork.after, len(fork.join), (last if fork.then is None else options.open,))
        return (before, paths, after if fork.then is None else self.fork((*way, "rest"), fork.then, options, after))

    def path(self, way: tuple, path: Path, options: ForkJoin) -> int | tuple:
        """Read a path and return its layout."""
        size = self.run(way, path.most, len(path.start), (options.close if path.fork is None else options.open,))
        return size if path.fork is None else self.fork(way, path.fork, options, size)


def read(found: Trajectory, before: int, options: ForkJoin, row: int = 0) -> tuple[Text, tuple]:
    """A row read back from its tokens, and its layout."""
    text = Text(found.tokens[row].tolist(), at=before)
    return text, text.fork((), options.forks[row if len(options.forks) > 1 else 0], options, before)


@FORKS
def test_passes_are_the_levels_behind_the_prompt_and_nothing_is_computed_twice(fork: Fork) -> None:
    options = ForkJoin(forks=(fork,))
    found = fork_join(model_of(), prompt_of(1, 20), chance(), options)
    plan = found.order(0).schedule()
    assert found.order(0) == layout(*read(found, 20, options)[1])
    expected = {
        THREE: (60, 96),
        DEEP: (20 + 5 + (3 + 7 + 5) + 5 + 6, 103),
        ROW: (20 + (3 + 7 + 5 + 7 + 5) + 5 + 7 + 3 + 7 + 5, 20 + 8 + (3 + 16 + 16) + 5 + 13 + 3 + 16),
    }
    assert (plan.depth, found.order(0).n) == expected[fork]
    assert found.forwards == 1 + plan.depth - 20
    assert found.computed == found.order(0).n  # each node once: no prefix is computed again at a fork, no path at a join


@DTYPES
@pytest.mark.parametrize("options", [ForkJoin(forks=(THREE,)), ragged(THREE), ForkJoin(forks=(DEEP,)), ragged(DEEP), ragged(ROW)])
def test_the_engine_gives_the_logits_of_the_training_mask(monkeypatch: pytest.MonkeyPatch, options: ForkJoin, dtype: torch.dtype) -> None:
    model, seen, rows, engine = model_of(dtype), {}, [], importlib.import_module("aitia.sequence.decode.fork_join")
    plain, finished = Decoder.fresh, engine.finished

    def watched(self, tokens, nodes, caches, **more):
        found = plain(self, tokens, nodes, caches, **more)
        assert not seen.keys() & set(nodes.tolist())
        seen.update(zip(nodes.tolist(), found.logits[0], strict=True))
        return found

    monkeypatch.setattr(Decoder, "fresh", watched)
    monkeypatch.setattr(engine, "finished", lambda lanes, *more: rows.extend(lanes) or finished(lanes, *more))
    found = fork_join(model, prompt_of(1, 20), chance(3), options)
    assert found.order(0) == layout(*read(found, 20, options)[1])
    nodes = [lane.first + i for lane, _ in rows[0].listed() for i in range(len(lane.tokens))]  # apart as far as paths may grow
    whole = model(found.tokens, found.order(0))[0]
    assert (torch.stack([seen[node] for node in nodes]) - whole).abs().max() <= LIMITS[dtype]
    assert (rescored(model, found) - found.log_probabilities).abs().max() <= 10 * LIMITS[dtype]


@DTYPES
@FORKS
def test_the_order_in_which_paths_are_listed_changes_no_bit(fork: Fork, dtype: torch.dtype) -> None:
    model, prompt, runs = model_of(dtype), prompt_of(1, 12), []
    for listed in list(listings(fork))[:: {THREE: 1, DEEP: 17, ROW: 5}[fork]]:
        found = fork_join(model, prompt, chance(1), ragged(listed))
        columns = (found.tokens, found.log_probabilities, found.steps)
        runs.append({way: [column[0, p].tolist() for column in columns] for way, p in read(found, 12, ragged(listed))[0].runs.items()})
    assert all(run == runs[0] for run in runs[1:]) and len(runs) >= 6


@FORKS
def test_paths_side_by_side_are_those_one_after_the_other(fork: Fork) -> None:
    model, prompt = model_of(), prompt_of(1, 12)
    for seed in range(4):
        beside = fork_join(model, prompt, chance(seed), ragged(fork))
        behind = fork_join(model, prompt, chance(seed), dataclasses.replace(ragged(fork), together=False))
        assert torch.equal(beside.tokens, behind.tokens) and beside.forwards < behind.forwards
        assert (beside.log_probabilities - behind.log_probabilities).abs().max() < 1e-10
        assert beside.computed == behind.computed


@FORKS
def test_a_path_that_never_closes_is_closed(fork: Fork) -> None:
    model, most = model_of(), {}

    def sizes(way: tuple, fork: Fork) -> None:
        for name, path in [*(((*way, path.key), path) for path in fork.paths), ((*way, "rest"), fork.rest)]:
            if path.fork is not None or {*name} != {"rest"}:  # the last run of a text need not be closed
                most[name] = (path.most, 5 if path.fork is None else 7)
            if path.fork is not None:
                sizes(name, path.fork)

    sizes((), fork)
    forced = []
    for seed in range(8):
        found = fork_join(model, prompt_of(1, 12), chance(seed), ragged(fork))
        runs = read(found, 12, ragged(fork))[0].runs
        (text,) = runs.keys() - most.keys()
        assert {*text} == {"rest"}
        for way, (limit, close) in most.items():
            size = runs[way].stop - runs[way].start
            assert found.tokens[0, runs[way]][-1] == close and size <= limit
            forced.append(bool(found.sources[0, runs[way]][-1] < 0))
            assert not forced[-1] or size == limit
            assert (found.log_probabilities[0, runs[way]][-1] == 0) == forced[-1]
    assert any(forced) and not all(forced)


@FORKS
def test_what_follows_stands_behind_the_longest_path(fork: Fork) -> None:
    found = fork_join(model_of(), prompt_of(1, 12), chance(2), ragged(fork))
    runs = read(found, 12, ragged(fork))[0].runs
    places = found.order(0).schedule().positions
    for rest in [way for way in runs if way[-1] == "rest"]:
        size = len(rest)  # a path inside has all its name but "rest" in common
        inside = [run for way, run in runs.items() if way[: size - 1] == rest[:-1] and len(way) >= size and way[:size] != rest]
        longest = max(int(places[run].max()) for run in inside)
        assert len(inside) > 1 and int(places[runs[rest]][0]) == 1 + longest


def test_rows_with_different_trees_are_those_alone() -> None:
    model = model_of()
    other = Fork(paths=(Path(start=(7, 8), most=9), Path(start=(9,), most=5, seed=4)), join=(4, 4), after=6)
    prompts = [prompt_of(1, 12)[0], prompt_of(1, 5, 9)[0], prompt_of(1, 7, 3)[0]]
    options = dataclasses.replace(ragged(THREE), forks=(THREE, other, DEEP))
    whole = fork_join(model, prompts, chance(1), options)
    first = fork_join(model, [prompts[0]], chance(1), ragged(THREE))
    n = first.order(0).n
    assert torch.equal(whole.tokens[0, :n], first.tokens[0]) and whole.order(0).n == n
    assert [whole.order(row) for row in range(3)] == [layout(*read(whole, len(prompts[row]), options, row)[1]) for row in range(3)]
    assert whole.forwards <= first.forwards + 34 and whole.computed == sum(order.n for order in whole.orders)
    assert (whole.steps[1, whole.order(1).n :] == -1).all()
    assert (rescored(model, whole) - whole.log_probabilities).abs().max() < 1e-9


def test_paths_without_a_start_are_told_by_what_stands_before_their_fork() -> None:
    inner = Fork(paths=(Path(most=2), Path(most=3, seed=1)), join=(4,), after=2)
    fork = Fork(paths=(Path(most=4, seed=1), Path(most=3, seed=2, fork=inner)), join=(4,), after=3)
    model = model_of()
    found = fork_join(model, prompt_of(1, 6), chance(), ForkJoin(forks=(fork,)))
    second = [*(5, 10, 11), *(12, 13), *(12, 15, 16), *(-1, 18)]
    assert found.sources[0].tolist() == [-1] * 6 + [5, 6, 7, 8] + second + [-1, 20, 21]
    assert (rescored(model, found) - found.log_probabilities).abs().max() < 1e-9


def test_a_seed_changes_its_path_and_what_reads_it() -> None:
    """The same fork on two paths draws other numbers on each; another seed inside one path moves nothing outside it but what follows."""
    inner = Fork(paths=(Path(most=6), Path(most=6, seed=1)), join=(4,), after=4)
    twins = (Path(start=(2,), most=2, fork=inner), Path(start=(2,), most=2, seed=1, fork=inner))
    other = dataclasses.replace(inner, paths=(Path(most=6, seed=3), inner.paths[1]))
    texts = []
    for paths in (twins, (dataclasses.replace(twins[0], fork=other), twins[1])):
        fork = ForkJoin(forks=(Fork(paths=paths, join=(4,), after=3),))
        found = fork_join(model_of(), prompt_of(1, 6), chance(), fork)
        texts.append([found.tokens[0, run].tolist() for run in read(found, 6, fork)[0].runs.values()])
    one, again = texts
    assert one[1:3] != one[5:7]
    assert one[0] == again[0] and one[1] != again[1] and one[2] == again[2] and one[4:8] == again[4:8]


def test_a_path_owns_its_key_whatever_its_tokens_say() -> None:
    """A long start and a start with a fork behind it are told apart."""
    cache = model_of().cache(layout(2, (2, 2), 2))
    fork = Fork(paths=(Path(start=(4,), most=2),), join=(4,), after=1)
    lane = Lane(Path(start=(3, 1, 0, 1, 4), most=6), (0, 0, 1, *Path(start=(3, 1, 0, 1, 4), most=6).key), 0, 0, cache)
    outer = Lane(Path(start=(3,), most=2, fork=fork), (0, 0, 1, *Path(start=(3,), most=2).key), 0, 0, cache)
    assert outer.spread(fork, None, None)[0].key != lane.key


def test_forks_that_make_no_sense_are_refused() -> None:
    for wrong in (
        lambda: Fork(paths=(), join=(4,), after=3),
        lambda: Fork(paths=(Path(most=3), Path(most=4)), join=(4,), after=3),
        lambda: Fork(paths=(Path(most=3), Path(most=4, fork=TWINS)), join=(4,), after=3),
        lambda: Fork(paths=(Path(start=(1, 2), most=1),), join=(4,), after=3),
        lambda: Fork(paths=(Path(most=0, fork=TWINS),), join=(4,), after=3),
        lambda: Fork(paths=(Path(most=3),), join=(), after=3),
        lambda: fork_join(model_of(), prompt_of(3, 4), chance(), ForkJoin(forks=(THREE, THREE))),
        lambda: fork_join(model_of(), prompt_of(1, 0), chance(), ForkJoin(forks=(THREE,))),
        lambda: ForkJoin(forks=(THREE,), temperature=-1),
    ):
        with pytest.raises(BadOption):
            wrong()
