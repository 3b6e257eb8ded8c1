"""Measure a vector by its covariance, in the directions in which that is not null."""

from __future__ import annotations

import numpy as np

NOTHING_LEFT = 1e-8


def quadratic_form(products: np.ndarray, variance: np.ndarray) -> tuple[float, int]:
    """Return u' V⁻¹ u on the directions in which V is not null, and their number."""
    scale = np.sqrt(np.diag(variance)) if len(products) else np.empty(0)
    kept = scale > NOTHING_LEFT * max(1.0, float(scale.max(initial=0.0)))
    if not kept.any():
        return 0.0, 0
    sizes, directions = np.linalg.eigh(variance[np.ix_(kept, kept)] / np.outer(scale[kept], scale[kept]))
    used = sizes > NOTHING_LEFT
    along = directions[:, used].T @ (products[kept] / scale[kept])
    return float(np.sum(along**2 / sizes[used])), int(used.sum())
