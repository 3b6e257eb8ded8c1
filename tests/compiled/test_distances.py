"""The compiled sum over pairs is that of the NumPy twin."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.compiled import distances as twin
from aitia.compiled import is_compiled, kernel


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 120), st.integers(0, 10**6), st.booleans(), st.floats(-1e4, 1e4))
def test_the_sum_over_pairs_in_n_log_n_steps_is_the_sum_over_pairs(n: int, seed: int, ties: bool, far: float) -> None:
    if not is_compiled("distances") and shutil.which("cc"):
        pytest.fail("there is a C compiler, and the kernel was not built")
    rng = np.random.default_rng(seed)
    x, y = far + rng.normal(size=n), rng.integers(0, 4, n).astype(float) if ties else rng.normal(size=n)
    for first, second in ((x, y), (y, x), (y, y)):
        found = kernel("distances", "product_sum")(first, second)
        assert found == pytest.approx(twin.product_sum(first, second), rel=1e-9, abs=1e-6)
