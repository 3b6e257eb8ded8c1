"""Images that read their question but never an answer, and images read ring by ring, as published and beyond."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.audit import leak, replay
from aitia.sequence.models.vlm import KINDS, concentric, mutual_turns
from aitia.sequence.order import Relation, causal, mutual, pad
from tests.sequence.instances.stack import LAYERS, Stack, inputs

SINGLE = [("text", 4), ("image", 8), ("question", 5), ("answer", 6)]
CHAT = [
    ("text", 2), ("image", 4), ("text", 1), ("image", 3), ("question", 3), ("answer", 4),
    ("question", 2), ("answer", 2), ("image", 3), ("question", 2), ("answer", 3),
]  # fmt: skip


def rule(turns: list[tuple[str, int]]) -> np.ndarray:
    """The same order, pair by pair, from the kind and the turn of each node."""
    kinds, turn, number = [], [], 0
    for kind, length in turns:
        kinds += [kind] * length
        turn += [number] * length
        number += kind == "answer"
    n = len(kinds)
    return np.array([
        [k <= q or (kinds[q] == "image" and kinds[k] == "question" and turn[q] == turn[k]) for k in range(n)] for q in range(n)
    ]).reshape(n, n)  # fmt: skip


segment = st.tuples(st.sampled_from(KINDS), st.integers(0, 4))


@settings(max_examples=200, deadline=None)
@given(st.lists(segment, min_size=1, max_size=7).filter(lambda turns: sum(length for _, length in turns) > 0))
def test_turns_are_cut_as_combined_relations_are_so_that_equal_ones_compare_equal(turns: list[tuple[str, int]]) -> None:
    found = mutual_turns(turns)
    assert found & found == found and found | causal(found.n) == found


@settings(max_examples=200, deadline=None)
@given(st.lists(segment, min_size=1, max_size=9).filter(lambda turns: sum(n for _, n in turns)))
def test_an_image_reads_the_questions_of_its_turn_whatever_comes_before(turns: list[tuple[str, int]]) -> None:
    assert (mutual_turns(turns).dense() == rule(turns)).all()


def test_one_turn_is_the_layout_mutual_and_an_empty_question_is_causal_bit_for_bit() -> None:
    assert (mutual_turns([("image", 4), ("question", 3), ("answer", 2)]).dense() == mutual(4, 3, 2).dense()).all()
    found = mutual_turns([("text", 2), ("image", 6), ("question", 0), ("answer", 5)])
    assert found.segments == causal(13).segments
    x = inputs(13)
    positions = found.schedule().positions
    assert torch.equal(Stack()(x, found, positions), Stack()(x, causal(13), torch.arange(13)))


def test_image_states_depend_on_the_question_and_never_on_the_answer() -> None:
    found = mutual_turns(SINGLE)
    model, positions = Stack(), torch.arange(found.n)
    jacobian = torch.autograd.functional.jacobian(lambda x: model(x, found, positions)[0].sum(-1), inputs(found.n))[:, 0].abs().sum(-1)
    image, question, answer = slice(4, 12), slice(12, 17), slice(17, 23)
    assert (jacobian[image, question] > 0).all()
    assert (jacobian[image, answer] == 0).all() and (jacobian[question, answer] == 0).all()


@pytest.mark.parametrize("turns", [SINGLE, CHAT], ids=["one turn", "three turns"])
@pytest.mark.parametrize("left", [0, 3])
def test_training_and_generation_with_a_cache_agree_and_nothing_leaks(turns: list[tuple[str, int]], left: int) -> None:
    found = pad(mutual_turns(turns), left=left)
    plan, model, x = found.schedule(LAYERS, "index"), Stack(), inputs(found.n)
    with torch.no_grad():
        finding = replay(lambda: model(x, found, plan.positions), model.stepper(x, plan), plan)
    assert finding.passed, finding.says
    assert leak(lambda given: model(given, found, plan.positions), x, found).passed


def test_image_and_question_are_one_block_so_a_new_question_takes_the_image_out_of_the_cache() -> None:
    found = mutual_turns([("image", 32), ("question", 20), ("answer", 40)])
    plan = found.schedule()
    assert plan.depth == 1 + 40 and {len(block) for block in plan.blocks} == {52, 1}
    asked = mutual_turns([("image", 4), ("question", 2), ("answer", 2)])
    more = mutual_turns([("image", 4), ("question", 2), ("answer", 2), ("question", 3)])
    assert len(asked.schedule(LAYERS).appendable(more)) == 0  # a second turn goes on with the cache
    without = mutual_turns([("text", 1), ("image", 4)])
    wider = mutual_turns([("text", 1), ("image", 4), ("question", 2)])
    assert without.schedule(LAYERS).appendable(wider).tolist() == [1, 2, 3, 4]


def test_a_batch_keeps_every_item() -> None:
    layouts = [
        concentric([3, (4, 5), 4]),
        concentric([1, (2, 2), (5, 4), 2]),
        mutual_turns([("image", 20), ("question", 3), ("answer", 4)]),
    ]
    assert {layout.n for layout in layouts} == {27}
    model, x = Stack(), inputs(27, batch=3)
    alone = [model(x[i : i + 1], layout, layout.schedule().positions) for i, layout in enumerate(layouts)]
    dense = [model(x[i : i + 1], layout, layout.schedule().positions, "dense") for i, layout in enumerate(layouts)]
    assert (torch.cat(alone) - torch.cat(dense)).abs().max() < 1e-12
    same = model(x, layouts[0], layouts[0].schedule().positions)
    each = torch.cat([model(x[i : i + 1], layouts[0], layouts[0].schedule().positions) for i in range(3)])
    assert (same - each).abs().max() < 1e-12


def published(parts: list[int | tuple[int, int]]) -> list[int]:
    """The positions of the paper: ring by ring from the image's first, and text goes on behind half of the shorter side."""
    found: list[int] = []
    place = 0
    for item in parts:
        if isinstance(item, int):
            found += range(place, place + item)
            place += item
        else:
            height, width = item
            found += [place + min(i, j, height - 1 - i, width - 1 - j) for i in range(height) for j in range(width)]
            place += math.ceil(min(height, width) / 2)
    return found


grid = st.tuples(st.integers(1, 7), st.integers(1, 7))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 4) | grid, min_size=1, max_size=5).filter(any))
def test_heights_are_the_published_positions(parts: list[int | tuple[int, int]]) -> None:
    assert concentric(parts).schedule().positions.tolist() == published(parts)


def test_the_image_of_llava_spends_twelve_positions() -> None:
    found = concentric([35, (24, 24), 20])
    assert found.schedule().positions[-20:].tolist() == list(range(35 + 12, 35 + 12 + 20))
    assert found.density < 0.55


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 3) | grid, min_size=1, max_size=4))
def test_a_cell_reads_its_ring_those_outside_it_and_all_before_its_image(parts: list[int | tuple[int, int]]) -> None:
    image, ring = [], []
    for number, item in enumerate(parts):
        if isinstance(item, int):
            image += [-1 - i - 10 * number for i in range(item)]
            ring += [0] * item
        else:
            height, width = item
            image += [number] * (height * width)
            ring += [min(i, j, height - 1 - i, width - 1 - j) for i in range(height) for j in range(width)]
    n = len(image)
    expected = np.array([[ring[k] <= ring[q] if image[k] == image[q] else k < q for k in range(n)] for q in range(n)])
    assert (concentric(parts).dense() == expected.reshape(n, n)).all()


@pytest.mark.parametrize("parts", [[2, (5, 6), 3], [(3, 3), 2, (4, 2), 2], [1, (1, 5), (5, 1), 1]])
@pytest.mark.parametrize("right", [0, 2])
def test_rings_keep_their_order_and_stream_with_a_cache(parts: list[int | tuple[int, int]], right: int) -> None:
    found: Relation = pad(concentric(parts), right=right)
    plan, model, x = found.schedule(LAYERS), Stack(), inputs(found.n)
    with torch.no_grad():
        finding = replay(lambda: model(x, found, plan.positions), model.stepper(x, plan), plan)
    assert finding.passed, finding.says
    assert leak(lambda given: model(given, found, plan.positions), x, found).passed


def test_segments_that_do_not_exist_are_refused() -> None:
    with pytest.raises(BadOption, match="questio"):
        mutual_turns([("questio", 3)])  # type: ignore[list-item]
    with pytest.raises(BadOption):
        mutual_turns([("text", -1)])
    with pytest.raises(BadOption):
        concentric([(0, 3)])
    with pytest.raises(BadOption, match="neither"):
        concentric([0])
