"""The compiled judgement of effects is that of its twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.compiled import adjustment_distance, is_compiled, kernel
from aitia.core.graph import Graph
from aitia.graphs.conversions import to_cpdag
from aitia.graphs.indexed import indexed
from tests.graphs.random_graphs import random_graph


def drawn(rng: np.random.Generator, n: int, completed: bool) -> Graph:
    graph = random_graph(rng, n, rng.uniform(0, 0.8))
    return to_cpdag(graph) if completed else graph


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(0, 2), st.booleans(), st.booleans(), st.data())
def test_both_judge_alike(seed: int, n: int, strategy: int, first: bool, second: bool, data: st.DataObject) -> None:
    if not is_compiled("adjustment_distance"):
        pytest.fail("the kernel of adjustment distances was not compiled")
    rng = np.random.default_rng(seed)
    truth, guess = indexed(drawn(rng, n, first)), indexed(drawn(rng, n, second))
    begin = data.draw(st.integers(0, n - 1))
    rows = data.draw(st.integers(0, n - begin))
    found, expected = np.full((rows, n), 7, dtype=np.uint8), np.full((rows, n), 7, dtype=np.uint8)
    arrays = (truth.bounds, truth.others, guess.bounds, guess.others, strategy, begin)
    kernel("adjustment_distance", "wrong_effects")(*arrays, found)
    adjustment_distance.wrong_effects(*arrays, expected)
    assert np.array_equal(found, expected)
