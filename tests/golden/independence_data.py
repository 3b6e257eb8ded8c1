"""Make the data sets of the golden independence tests, from seeds."""

from __future__ import annotations

import numpy as np


def numbers(n: int) -> dict[str, np.ndarray]:
    """Data sets (n, 3 to 5): x, y and what is given."""
    rng = np.random.default_rng([20261124, n])
    e = rng.normal
    z, w, x = e(size=n), e(size=n), e(size=n)
    return {
        "linear": np.column_stack([z + e(size=n), 0.7 * z + e(size=n), z]),
        "curved": np.column_stack([np.sin(2 * z) + 0.5 * e(size=n), z**2 + 0.5 * e(size=n), z]),
        "weak": np.column_stack([x + z, z + 0.1 * (x + z) + e(size=n), z]),
        "weak curved": np.column_stack([x + z, z + 0.1 * (x + z) ** 2 + e(size=n), z]),
        "two given": np.column_stack([z + w + e(size=n), z * w + e(size=n), z, w]),
        "heavy tails": np.column_stack([z + rng.standard_t(3, size=n), z + rng.standard_t(3, size=n), z]),
        "counts": np.column_stack([rng.poisson(np.exp(0.4 * z)), rng.poisson(np.exp(0.4 * z)), z]).astype(float),
    }


def codes(n: int) -> np.ndarray:
    """Codes (n, 6) of 2, 3, 4, 2, 3 and 5 levels, each column acting a little on the next; the last has rare levels."""
    rng = np.random.default_rng([20261124, n])
    levels, found = (2, 3, 4, 2, 3, 5), [rng.integers(0, 2, n)]
    for size in levels[1:]:
        drawn = rng.choice(size, n, p=np.arange(1, size + 1) ** 2 / np.sum(np.arange(1, size + 1) ** 2))
        found.append(np.where(rng.random(n) < 0.15, found[-1] % size, drawn))
    return np.column_stack(found)
