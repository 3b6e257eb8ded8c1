"""Paths of one fork never read each other, at any depth; positions are those of published forks, each path from its own fork on."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.order import causal, fork_join
from aitia.sequence.order.expression import read_relation
from aitia.sequence.order.intervals import Segment, joined
from aitia.sequence.order.layouts import Path
from tests.sequence.order.relations import forks


def spans(path: Path, way: tuple[tuple[int, int], ...] = (), name: tuple[int, ...] = ()) -> list[dict[tuple[int, ...], int]]:
    """For each node of a path, in which path of which fork it lies; a fork is named by the way to it."""
    own = dict(way)
    if isinstance(path, int):
        return [own] * path
    before, paths, after = path
    inside = [node for i, below in enumerate(paths) for node in spans(below, (*way, (name, i)), (*name, i))]
    return [own] * before + inside + spans(after, way, (*name, -1))


def by_definition(path: Path) -> np.ndarray:
    """The mask: everything so far but what lies in another path of a fork in which the reader lies, too."""
    nodes = spans(path)
    apart = [[any(one[fork] != other[fork] for fork in one.keys() & other.keys()) for other in nodes] for one in nodes]
    return np.tri(len(nodes), dtype=bool) & ~np.array(apart)


def positions(path: Path, first: int = 0) -> list[int]:
    """Positions by the published rule: every path begins behind its fork, what follows the join behind the longest of them."""
    if isinstance(path, int):
        return list(range(first, first + path))
    before, paths, after = path
    inside = [positions(below, first + before) for below in paths]
    join = 1 + max(max(below) for below in inside)
    return [*range(first, first + before), *(place for below in inside for place in below), *positions(after, join)]


@settings(max_examples=300, deadline=None)
@given(forks())
def test_nested_forks_are_those_of_the_definition(fork: Path) -> None:
    found = fork_join(*fork)
    assert (found.dense() == by_definition(fork)).all()
    plan = found.schedule()
    assert plan.positions.tolist() == positions(fork) and plan.depth == max(positions(fork)) + 1
    assert tuple(found.segments) == joined(Segment(s.start, s.stop, s.parts) for s in found.segments)  # of as few segments as can be


@settings(max_examples=100, deadline=None)
@given(forks(), st.data())
def test_the_order_of_listing_moves_nodes_and_changes_nothing_else(fork: Path, data: st.DataObject) -> None:
    before, paths, after = fork
    turn = data.draw(st.permutations(range(len(paths))))
    ends = np.cumsum([before, *(len(positions(path)) for path in paths)])
    inside = [np.arange(ends[i], ends[i + 1]) for i in turn]
    moved = np.concatenate([np.arange(before), *inside, np.arange(ends[-1], fork_join(*fork).n)])
    assert (fork_join(before, [paths[i] for i in turn], after).dense() == fork_join(*fork).dense()[np.ix_(moved, moved)]).all()


def test_a_fork_three_levels_deep() -> None:
    plan = fork_join(2, (3, (1, (2, (2, (1, 3), 1)), 2)), 1).schedule()
    assert plan.positions.tolist() == [0, 1, *(2, 3, 4), *(2, *(3, 4), *(3, 4, 5, 5, 6, 7, 8), *(9, 10)), 11]
    reads = plan.relation.reads
    assert reads(11) == [(0, 2), (5, 6), (8, 10), (11, 12)]  # in the innermost of three forks: what stands before each, and its own path
    assert reads(14) == [(0, 2), (5, 6), (8, 15)] and reads(15) == [(0, 2), (5, 16)] and reads(17) == [(0, 18)]


def test_forks_in_a_row() -> None:
    plan = fork_join(2, (3, 1), (1, (2, 2), (0, (1, 1), 2))).schedule()
    assert plan.positions.tolist() == [0, 1, *(2, 3, 4), 2, 5, *(6, 7), *(6, 7), 8, 8, 9, 10]
    reads = plan.relation.reads
    assert reads(5) == [(0, 2), (5, 6)] and reads(6) == [(0, 7)] and reads(9) == [(0, 7), (9, 10)] and reads(12) == [(0, 11), (12, 13)]
    assert reads(14) == [(0, 15)]
    long = 3000
    assert fork_join(*functools.reduce(lambda after, _: (1, (1, 1), after), range(long), 1)).n == 3 * long + 1


def test_one_path_and_nothing_around_it_are_plain_text() -> None:
    assert fork_join(2, [5], 1) == fork_join(2, [(0, [(1, [3], 0)], 1)], 1) == causal(8)


def test_a_run_is_a_segment_however_long() -> None:
    inner = (200, (300, 250) * 4, 100)
    found = fork_join(500, (inner,) * 12, 300)
    assert found.n == 30_800 and len(found.segments) == 12 * 9 + 1  # 8 paths and what follows them, twelve times, and the outer rest
    assert found.schedule().depth == 500 + 200 + 300 + 100 + 300


def test_what_is_wrong_in_a_text_is_said_as_it_was_written() -> None:
    for text, says in (("fork_join(3, (4, 2), (1, (3), 2))", r"\(1, 3, 2\) is no path"), ("fork_join(3, (4,), -2)", "from 0, not -2")):
        with pytest.raises(BadOption, match=says):
            read_relation(text, 8)


def test_forks_are_read_from_text() -> None:
    assert read_relation("fork_join(2, (3, (1, (2, 2), n // 4)), 1)", 8) == fork_join(2, (3, (1, (2, 2), 2)), 1)


@pytest.mark.parametrize(
    "paths",
    [
        (),
        (3, (1, (2, 2))),
        (3, (1, 2, 3)),
        (3, (1, (), 3)),
        (3, (-1, (2,), 3)),
        (3, (1, (0,), 3)),
        (3, (1, (2,), -1)),
        (3, (1, (2,), (1, (), 2))),
        (3, "abc"),
        (2.5,),
    ],
)
def test_what_is_no_path_is_refused(paths) -> None:
    with pytest.raises(BadOption):
        fork_join(2, paths, 1)
