"""Adjustment distances and the Hamming distance are those that gadjid computes, share and count; see distance_graphs.py."""

from __future__ import annotations

import json

import pytest

from aitia.graphs.distances.ancestor_aid import ancestor_aid
from aitia.graphs.distances.oset_aid import oset_aid
from aitia.graphs.distances.parent_aid import parent_aid
from aitia.graphs.distances.shd import shd
from aitia.graphs.distances.sid import sid
from tests.golden.distance_graphs import ANSWERS, COUNT, KINDS, pair

EXPECTED = json.loads(ANSWERS.read_text(encoding="utf8"))
MEASURES = {"parent_aid": parent_aid, "ancestor_aid": ancestor_aid, "oset_aid": oset_aid, "shd": shd}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MEASURES)
def test_a_distance_is_the_one_that_gadjid_gives(name: str, kind: str) -> None:
    column = EXPECTED["columns"].index(name)
    numbers = range(KINDS.index(kind), COUNT, len(KINDS))
    assert len(EXPECTED["answers"]) == COUNT
    for number in numbers:
        share, count = EXPECTED["answers"][number][column]
        found = MEASURES[name](*pair(number))
        assert (found.count, found.value) == (count, pytest.approx(share, abs=1e-15)), number


def test_the_structural_intervention_distance_is_gadjids_parent_distance_of_dags() -> None:
    for number in range(0, COUNT, len(KINDS)):
        assert sid(*pair(number)).count == EXPECTED["answers"][number][0][1]
