"""The compiled kernel factor and median distance are those of the NumPy twin, and say what they promise."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from aitia.compiled import is_compiled, kernel
from aitia.compiled import kernel_moments as twin


def gram(points: np.ndarray, labels: np.ndarray, precision: float) -> np.ndarray:
    apart = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
    return np.exp(-precision * apart) * (labels[:, None] == labels)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(0, 3), st.integers(1, 3), st.integers(0, 10**6), st.booleans())
def test_the_factor_gives_the_kernel_back_up_to_the_trace_that_may_be_left(n: int, d: int, levels: int, seed: int, ties: bool) -> None:
    if not is_compiled("kernel_moments") and shutil.which("cc"):
        pytest.fail("there is a C compiler, and the kernel was not built")
    rng = np.random.default_rng(seed)
    points = np.ascontiguousarray(rng.integers(0, 4, (n, d)).astype(float) if ties else rng.normal(size=(n, d)))
    labels, weights = rng.integers(0, levels, n), rng.integers(1, 4, n).astype(float)
    exact = gram(points, labels, 0.7)
    for way in (twin.factor, kernel("kernel_moments", "factor")):
        out, left, rank, before = np.zeros((n, n)), np.ones(n), 0, -1
        while rank > before:  # a few pivots at a time
            before = rank
            rank = way(points, labels, weights, 0.7, 1e-6 * n, left, out, rank, 3)
        residue = exact - out[:rank].T @ out[:rank]
        assert np.diag(residue) @ weights <= 1e-6 * n + 1e-9
        assert np.linalg.eigvalsh(residue).min() > -1e-7
        assert np.allclose(np.diag(residue), left, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 3), st.integers(0, 10**6), st.booleans())
def test_the_median_is_that_of_all_distances_above_zero(n: int, d: int, seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    points = np.ascontiguousarray(rng.integers(0, 3, (n, d)).astype(float) if ties else rng.standard_t(2, size=(n, d)))
    apart = pdist(points)
    expected = float(np.median(apart[apart > 0])) if (apart > 0).any() else 0.0
    for way in (twin.median_distance, kernel("kernel_moments", "median_distance")):
        assert way(points) == pytest.approx(expected)
