"""The compiled walks over a graph give what their twins give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.compiled import is_compiled, kernel, separation
from aitia.core.graph import Edge, Graph
from aitia.graphs.indexed import indexed

MARKS = [("tail", "arrow"), ("arrow", "arrow"), ("tail", "tail"), ("arrow", "tail")]


@st.composite
def any_graphs(draw: st.DrawFn) -> Graph:
    """Any graph of arrows and lines, cycles and loops included: the kernels do not judge."""
    nodes = tuple(f"v{i}" for i in range(draw(st.integers(1, 7))))
    ends = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes), st.sampled_from(MARKS))
    return Graph(
        nodes=nodes, edges=tuple(Edge(source=a, target=b, at_source=m, at_target=k) for a, b, (m, k) in draw(st.lists(ends, max_size=14)))
    )


def need_compiled() -> None:
    if not is_compiled("separation"):
        pytest.fail("the kernels of separation were not compiled")


@settings(deadline=None)
@given(any_graphs(), st.data())
def test_separations_agree(graph: Graph, data: st.DataObject) -> None:
    need_compiled()
    index = indexed(graph)
    sets = data.draw(st.lists(st.lists(st.integers(0, len(graph.nodes) - 1), max_size=4), min_size=3, max_size=12))
    sets = sets[: len(sets) // 3 * 3]
    members = np.array([node for one in sets for node in one], dtype=np.int32)
    limits = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.int64)
    found, expected = np.empty(len(sets) // 3, dtype=np.uint8), np.empty(len(sets) // 3, dtype=np.uint8)
    kernel("separation", "separated")(index.bounds, index.others, members, limits, found)
    separation.separated(index.bounds, index.others, members, limits, expected)
    assert found.tolist() == expected.tolist()


@settings(deadline=None)
@given(any_graphs())
def test_orders_agree(graph: Graph) -> None:
    need_compiled()
    index = indexed(graph)
    found, expected = np.zeros(len(graph.nodes), dtype=np.int32), np.zeros(len(graph.nodes), dtype=np.int32)
    count = kernel("separation", "ordered")(index.bounds, index.others, found)
    assert count == separation.ordered(index.bounds, index.others, expected)
    assert found[:count].tolist() == expected[:count].tolist()
