"""A relation holds exactly the pairs that were asked for, in disjoint intervals, and combines like a set."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.order import Relation, causal, chunks, full, pack, pad, rings, window
from aitia.sequence.order.columns import Segments, columns_of
from aitia.sequence.order.intervals import Segment
from aitia.sequence.order.relation import relation
from tests.sequence.order.relations import layouts, mask_of, relations, rows


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_and_or_are_those_of_the_masks(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 14))
    one, other = data.draw(rows(n)), data.draw(rows(n))
    a, b = relation(n, one), relation(n, other)
    assert (a.dense() == mask_of(n, one)).all()
    assert ((a & b).dense() == (mask_of(n, one) & mask_of(n, other))).all()
    assert ((a | b).dense() == (mask_of(n, one) | mask_of(n, other))).all()
    assert a.pairs == mask_of(n, one).sum()


@settings(max_examples=200, deadline=None)
@given(layouts())
def test_reads_are_disjoint_and_in_order(found) -> None:
    mask = found.dense()
    for query in range(found.n):
        intervals = found.reads(query)
        assert all(low < high for low, high in intervals)
        assert all(before[1] < after[0] for before, after in itertools.pairwise(intervals))
        assert sorted(k for low, high in intervals for k in range(low, high)) == np.flatnonzero(mask[query]).tolist()


@settings(max_examples=200, deadline=None)
@given(relations, relations)
def test_relations_are_equal_when_their_segments_are(one: Relation, other: Relation) -> None:
    assert (one == other) == (tuple(one.segments) == tuple(other.segments))
    unshared = tuple(Segment(s.start, s.stop, (*s.parts,)) for s in one.segments)
    for again in (Relation(n=one.n, segments=unshared), Relation(n=one.n, segments=Segments(columns_of(unshared)))):
        assert again == one and hash(again) == hash(one) and tuple(again.segments) == unshared


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 5), (4, 1), (2, 2), (5, 5), (6, 7), (8, 3)])
def test_a_ring_reads_itself_and_what_lies_outside(height: int, width: int) -> None:
    row, column = np.divmod(np.arange(height * width), width)
    ring = np.minimum.reduce([row, column, height - 1 - row, width - 1 - column])
    assert (rings(height, width).dense() == (ring <= ring[:, None])).all()


def test_a_part_of_the_mask_is_that_part() -> None:
    found = window(20, 5, 2)
    assert (found.dense(slice(3, 9), slice(1, 7)) == found.dense()[3:9, 1:7]).all()


def test_packed_items_do_not_read_each_other() -> None:
    mask = pack([causal(3), full(2), causal(4)]).dense()
    assert mask.sum() == 6 + 4 + 10
    assert not mask[3:, :3].any() and not mask[:3, 3:].any() and not mask[5:, 3:5].any()


def test_padding_is_read_by_nobody_and_reads_itself() -> None:
    mask = pad(causal(3), left=2, right=1).dense()
    assert (mask[2:5, 2:5] == causal(3).dense()).all()
    assert mask.sum() == 6 + 3 and mask.diagonal().all()


def test_a_stream_takes_the_length_it_meets() -> None:
    stream = chunks(4, 3)
    assert ((stream & causal(11)).dense() == (chunks(4, 3, n=11) & causal(11)).dense()).all()
    assert ((causal(11) | stream).dense() == chunks(4, 3, n=11).dense()).all()


@pytest.mark.parametrize(
    "wrong", [lambda: causal(3) & causal(4), lambda: causal(0), lambda: window(4, 0), lambda: pad(causal(2), left=-1), lambda: pack([])]
)
def test_what_makes_no_sense_is_refused_with_a_reason(wrong) -> None:
    with pytest.raises(BadOption) as error:
        wrong()
    assert error.value.what
