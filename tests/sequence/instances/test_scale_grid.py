"""Scales in one sequence: no coarse cell sees a finer one, and every cell lies where it lies in the picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aitia.core.errors import BadOption
from aitia.sequence.audit import leak, replay
from aitia.sequence.models.scale_grid import pooled, rotate_grid, scale_positions, scale_relation
from tests.sequence.instances.stack import LAYERS, Stack, inputs

SIDES = (1, 2, 4)


def test_nothing_goes_from_finer_to_coarser() -> None:
    found, places = scale_relation(SIDES), scale_positions(SIDES)
    model = Stack(lambda x, _: rotate_grid(x, places, 4))
    scale = np.repeat([0, 1, 2], [1, 4, 16])
    run = lambda x: model(x, found, places)  # noqa: E731
    jacobian = torch.autograd.functional.jacobian(lambda x: run(x)[0].sum(-1), inputs(21))[:, 0].abs().sum(-1).numpy()
    coarser, within = scale[:, None] < scale, scale[:, None] >= scale
    assert (jacobian[coarser] == 0).all() and (jacobian[within] > 0).all()
    assert leak(run, inputs(21), found).passed
    assert (found.schedule().height == scale).all()


def test_every_cell_lies_at_its_centre() -> None:
    places = scale_positions((1, 3, 8))
    expected = [((i + 0.5) / side, (j + 0.5) / side) for side in (1, 3, 8) for i in range(side) for j in range(side)]
    assert torch.allclose(places, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-15)


def test_a_cell_lies_at_the_mean_of_the_finer_cells_under_it() -> None:
    side = 8
    rows = ((torch.arange(side, dtype=torch.float64) + 0.5) / side)[:, None].expand(side, side)
    found = pooled(torch.stack([rows, rows.T])[None], (1, 2, 4, 8))
    assert torch.allclose(found[0], scale_positions((1, 2, 4, 8)), rtol=0, atol=1e-15)


def test_scores_depend_on_both_differences_of_places() -> None:
    x = torch.randn(1, 1, 2, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    places = torch.tensor([[0.1, 0.7], [0.4, 0.2]], dtype=torch.float64)

    def score(shift: list[float]) -> torch.Tensor:
        moved = rotate_grid(x, places + torch.tensor(shift), 8)
        return moved[..., :1, :] @ moved[..., 1:, :].mT

    assert (score([0, 0]) - score([0.3, 0.25])).abs().max() < 1e-6  # the shift is in float32
    other = rotate_grid(x, places[:, [1, 0]], 8)
    assert (score([0, 0]) - other[..., :1, :] @ other[..., 1:, :].mT).abs().max() > 1e-3


def test_scales_stream_coarse_to_fine_with_a_cache() -> None:
    plan, model, x = scale_relation(SIDES).schedule(LAYERS), Stack(), inputs(21)
    assert plan.depth == 3
    with torch.no_grad():
        finding = replay(lambda: model(x, scale_relation(SIDES), plan.positions), model.stepper(x, plan), plan)
    assert finding.passed, finding.says


def test_what_is_no_scale_is_refused() -> None:
    for wrong in (lambda: scale_relation((2, 2)), lambda: scale_positions(()), lambda: pooled(torch.zeros(1, 1, 6, 6), (1, 4))):
        with pytest.raises(BadOption):
            wrong()
